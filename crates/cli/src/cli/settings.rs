//! Which cluster, which key, which commitment. For every setting a flag goes before the environment, the
//! environment before the solana CLI's config, the config before the default.

use super::{Failure, offline::Signing, path, secret};
use clap::{Args as ClapArgs, ValueEnum};
use gradual_consensus_client::{rpc::websocket_of, text::one_line};
use serde::Deserialize;
use solana_commitment_config::CommitmentLevel;
use std::{
    env,
    path::{Path, PathBuf},
};

const MAINNET: &str = "https://api.mainnet-beta.solana.com";

/// Options of every command that needs a cluster.
#[derive(ClapArgs, Clone, Default)]
#[command(next_help_heading = "Cluster options")]
pub(super) struct Globals {
    /// RPC address, or mainnet-beta, testnet, devnet, localhost, or the first letter of one. Nodes and the
    /// doctor take several: the first that is fit is trusted
    /// [env: GRADUAL_URL, separated by commas] [config: json_rpc_url] [default: mainnet-beta]
    #[arg(short, long, global = true, value_name = "URL_OR_MONIKER")]
    url: Vec<String>,
    /// Address of the cluster's subscriptions, from which nodes learn new slots; that of the first RPC
    /// [env: GRADUAL_WS] [config: websocket_url] [default: the RPC's address, with the next port if it names one]
    #[arg(long, global = true, value_name = "URL")]
    ws: Option<String>,
    /// Key that signs and pays: a file, stdin: (or -), prompt:// (seed phrase, optionally
    /// ?key=ACCOUNT/CHANGE), ASK (seed phrase without derivation), usb://ledger (optionally ?key=ACCOUNT/CHANGE),
    /// or, if the signature is made elsewhere, an address
    /// [env: GRADUAL_KEYPAIR] [config: keypair_path] [default: ~/.config/solana/id.json]
    #[arg(short, long, global = true)]
    keypair: Option<String>,
    /// Commitment at which a transaction counts as done
    /// [env: GRADUAL_COMMITMENT] [config: commitment] [default: confirmed]
    #[arg(long, global = true, value_enum)]
    commitment: Option<Commitment>,
    /// The solana CLI's configuration file; for node run, node health and doctor, a file that ends with
    /// .toml says which nodes to run (gradual node init)
    /// [env: GRADUAL_CONFIG] [default: ~/.config/solana/cli/config.yml]
    #[arg(short = 'C', long, global = true, value_name = "PATH", value_parser = path::expanded)]
    config: Option<PathBuf>,
    /// Simulate the transaction and print its cost; send nothing
    #[arg(long, global = true)]
    pub(super) dry_run: bool,
    /// Price of a compute unit, in micro-lamports
    /// [env: GRADUAL_COMPUTE_UNIT_PRICE] [default: what others paid lately for the same accounts, up to 200000]
    #[arg(long, global = true, value_name = "MICRO_LAMPORTS")]
    with_compute_unit_price: Option<u64>,
    #[command(flatten)]
    pub(super) signing: Signing,
}

/// The commitment levels, as the solana CLI calls them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Commitment {
    /// Seen by the node asked
    Processed,
    /// Voted on by two thirds of the stake
    Confirmed,
    /// Rooted
    Finalized,
}

impl From<Commitment> for CommitmentLevel {
    fn from(commitment: Commitment) -> Self {
        match commitment {
            Commitment::Processed => Self::Processed,
            Commitment::Confirmed => Self::Confirmed,
            Commitment::Finalized => Self::Finalized,
        }
    }
}

/// A key as it was named, and by what: a flag, a variable, or the config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeyName {
    /// Where it is.
    pub(super) source: String,
    /// What to change if it is not there.
    pub(super) named_by: &'static str,
}

/// The settings in force.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Settings {
    /// RPC address.
    pub(super) url: String,
    /// Further RPC addresses, for commands that change over from one to another.
    pub(super) more: Vec<String>,
    /// Address of subscriptions; `None` if none is known for the RPC.
    pub(super) websocket: Option<String>,
    /// Where the key is; not read yet.
    pub(super) keypair: KeyName,
    /// What counts as done.
    pub(super) commitment: CommitmentLevel,
    /// Price of a compute unit, in micro-lamports; `None` for what others pay.
    pub(super) price: Option<u64>,
}

/// The parts of the solana CLI's config that this command uses.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ConfigFile {
    json_rpc_url: Option<String>,
    websocket_url: Option<String>,
    keypair_path: Option<String>,
    commitment: Option<String>,
}

impl ConfigFile {
    fn read(path: &Path, is_named: bool) -> Result<Self, Failure> {
        let text = match path::read_text(path) {
            Ok(text) => text,
            Err(error) if !is_named && error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => {
                let path = path.to_string_lossy();
                return Err(Failure::Usage(format!(
                    "cannot read config {}: {error}: name another with --config",
                    secret::shown(&path)
                )));
            }
        };
        Self::parse(&text).map_err(|said| {
            if is_toml(path) {
                let path = path.to_string_lossy();
                return Failure::Usage(format!(
                    "{} is a file of nodes, which only node run, node health and doctor take: name the \
                     solana CLI's configuration with --config",
                    secret::shown(&path)
                ));
            }
            Failure::Usage(format!(
                "config {} is malformed: {said}: correct it, or name another with --config",
                path.display()
            ))
        })
    }

    /// # Errors
    /// What is wrong with it, in one line.
    fn parse(text: &str) -> Result<Self, String> {
        serde_saphyr::from_str(text).map_err(|error| yaml_fault(&error))
    }
}

impl Globals {
    /// # Errors
    /// Bad input: a config that cannot be read, a value that makes no sense.
    pub(super) fn resolve(&self) -> Result<Settings, Failure> {
        self.resolve_in(|name| env::var(name).ok(), env::home_dir())
    }

    /// The settings of a command that takes a file of nodes as --config, and that file, if one is named.
    ///
    /// # Errors
    /// As for [`Globals::resolve`].
    pub(super) fn resolve_for_nodes(&self) -> Result<(Settings, Option<PathBuf>), Failure> {
        let variable = env::var("GRADUAL_CONFIG").ok();
        let variable = variable.map(|path| path::expand(&path));
        let named = self.config.clone().or(variable);
        let Some(file) = named.filter(|path| is_toml(path)) else {
            return Ok((self.resolve()?, None));
        };
        let others = Self {
            config: None,
            ..self.clone()
        };
        let environment = |name: &str| {
            let value = env::var(name).ok();
            value.filter(|value| name != "GRADUAL_CONFIG" || !is_toml(Path::new(value)))
        };
        let settings = others.resolve_in(environment, env::home_dir())?;
        Ok((settings, Some(file)))
    }

    /// # Errors
    /// Bad input: an option was given that `file` of nodes answers itself. It would be dropped without a word.
    pub(super) fn require_file_alone(&self, file: &Path) -> Result<(), Failure> {
        let given = [
            (self.keypair.is_some(), "--keypair"),
            (self.ws.is_some() && !self.names_url(), "--ws"),
            (self.commitment.is_some(), "--commitment"),
            (
                self.with_compute_unit_price.is_some(),
                "--with-compute-unit-price",
            ),
        ];
        match given.into_iter().find(|(given, _)| *given) {
            Some((_, option)) => Err(Failure::Usage(format!(
                "{} says how to run its nodes: write it there, and leave {option} out",
                secret::shown(&file.to_string_lossy())
            ))),
            None => Ok(()),
        }
    }

    /// Whether an RPC address was named, other than by the solana CLI's config.
    pub(super) fn names_url(&self) -> bool {
        !self.url.is_empty() || env::var_os("GRADUAL_URL").is_some_and(|url| !url.is_empty())
    }

    /// Whether a key was named for this command, other than by the solana CLI's config.
    #[cfg(feature = "dashboard")]
    pub(super) fn names_key(&self) -> bool {
        let variable = env::var_os("GRADUAL_KEYPAIR");
        self.keypair.is_some() || variable.is_some_and(|key| !key.is_empty())
    }

    fn resolve_in(
        &self,
        environment: impl Fn(&str) -> Option<String>,
        home: Option<PathBuf>,
    ) -> Result<Settings, Failure> {
        let environment = |name: &str| environment(name).filter(|value| !value.is_empty());
        let solana = home.map(|home| home.join(".config").join("solana"));

        let named = self
            .config
            .clone()
            .or_else(|| environment("GRADUAL_CONFIG").map(|path| path::expand(&path)));
        let is_named = named.is_some();
        let config = named.or_else(|| Some(solana.as_ref()?.join("cli/config.yml")));
        let config = match config {
            Some(path) => ConfigFile::read(&path, is_named)?,
            None => ConfigFile::default(),
        };
        self.resolve_with(config, environment, solana)
    }

    /// The same with the content of the config. `solana` is the solana CLI's folder.
    fn resolve_with(
        &self,
        config: ConfigFile,
        environment: impl Fn(&str) -> Option<String>,
        solana: Option<PathBuf>,
    ) -> Result<Settings, Failure> {
        let pick = |flag: Option<String>, name: &str, configured: Option<String>| {
            flag.or_else(|| environment(name))
                .or_else(|| configured.filter(|value| !value.is_empty()))
        };

        let variable = environment("GRADUAL_URL");
        let is_configured = self.url.is_empty() && variable.is_none();
        let named = match variable {
            _ if !self.url.is_empty() => self.url.clone(),
            // A key is no list of addresses: it is refused as a whole, and not shown.
            Some(urls) if secret::is_secret(&urls) => vec![urls],
            Some(urls) => urls.split(',').map(|url| url.trim().to_owned()).collect(),
            None => pick(None, "GRADUAL_URL", config.json_rpc_url)
                .into_iter()
                .collect(),
        };
        let (url, more) = addresses_of(&named)?;
        // The config's address of subscriptions belongs to the config's RPC only.
        let configured = config.websocket_url.filter(|_| is_configured);
        let websocket = pick(self.ws.clone(), "GRADUAL_WS", configured);
        require_websocket(websocket.as_deref())?;
        let flag = self.commitment.map(CommitmentLevel::from);
        let commitment = pick(
            flag.map(|level| level.to_string()),
            "GRADUAL_COMMITMENT",
            config.commitment,
        );
        let price = self.with_compute_unit_price.map(|price| price.to_string());
        let price = pick(price, "GRADUAL_COMPUTE_UNIT_PRICE", None);
        let default = || Some(solana?.join("id.json").to_string_lossy().into_owned());
        let keypair = [
            (self.keypair.clone(), "--keypair"),
            (environment("GRADUAL_KEYPAIR"), "GRADUAL_KEYPAIR"),
            (config.keypair_path, "keypair_path in the config"),
            (default(), "--keypair"),
        ];
        let keypair = keypair.into_iter().find_map(|(source, named_by)| {
            let source = source.filter(|source| !source.is_empty())?;
            Some(KeyName { source, named_by })
        });
        Ok(Settings {
            websocket: websocket.or_else(|| websocket_of(&url)),
            url,
            more,
            keypair: keypair.ok_or_else(|| {
                Failure::Usage(
                    "there is no home folder to find a key in: name one with --keypair".into(),
                )
            })?,
            commitment: commitment.map_or(Ok(CommitmentLevel::Confirmed), |level| {
                commitment_of(&level)
            })?,
            price: price.map(|price| price_of(&price)).transpose()?,
        })
    }

    /// # Errors
    /// Bad input: an option of signing was given to a command that does not send single transactions.
    pub(super) fn require_unsigned(&self, what: &str) -> Result<(), Failure> {
        match self.signing.given() {
            Some(option) => Err(Failure::Usage(format!("{what}: leave {option} out"))),
            None => Ok(()),
        }
    }

    /// # Errors
    /// Bad input: one of these options was given to `command`, which needs no cluster.
    pub(super) fn require_none(&self, command: &str) -> Result<(), Failure> {
        let given = [
            (!self.url.is_empty(), "--url"),
            (self.ws.is_some(), "--ws"),
            (self.keypair.is_some(), "--keypair"),
            (self.commitment.is_some(), "--commitment"),
            (self.config.is_some(), "--config"),
            (self.dry_run, "--dry-run"),
            (
                self.with_compute_unit_price.is_some(),
                "--with-compute-unit-price",
            ),
        ];
        let given = given.into_iter().find(|(given, _)| *given);
        let given = given.map(|(_, option)| option);
        match given.or_else(|| self.signing.given()) {
            Some(option) => Err(Failure::Usage(format!(
                "{command} needs no cluster: leave {option} out"
            ))),
            None => Ok(()),
        }
    }
}

/// The settings of somebody whose only setting is the config with this `text`.
///
/// # Errors
/// Bad input: what is wrong with the text, in one line.
#[cfg(feature = "outside")]
pub(super) fn in_config(text: &str) -> Result<Settings, Failure> {
    let config = ConfigFile::parse(text).map_err(Failure::Usage)?;
    Globals::default().resolve_with(config, |_| None, Some("/home/config".into()))
}

/// What is wrong with a YAML file, in one line. What the parser suggests to its caller is left out.
pub(super) fn yaml_fault(error: &serde_saphyr::Error) -> String {
    let said = error.to_string();
    let line = said.lines().next().unwrap_or("not YAML");
    let line = line.strip_prefix("error: ").unwrap_or(line);
    let line = line.split(", set DuplicateKeyPolicy").next();
    one_line(line.unwrap_or_default(), usize::MAX)
}

fn is_toml(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "toml")
}

/// The first of these RPC addresses or monikers, and the others.
fn addresses_of(named: &[String]) -> Result<(String, Vec<String>), Failure> {
    let Some((first, others)) = named.split_first() else {
        return Ok((MAINNET.into(), vec![]));
    };
    let others: Result<_, Failure> = others.iter().map(|url| address_of(url)).collect();
    Ok((address_of(first)?, others?))
}

/// # Errors
/// Bad input: there is an `address`, and it is none of subscriptions.
pub(super) fn require_websocket(address: Option<&str>) -> Result<(), Failure> {
    let is_one = |address: &str| address.starts_with("ws://") || address.starts_with("wss://");
    match address.filter(|address| !is_one(address)) {
        Some(other) => Err(Failure::Usage(format!(
            "{} is no address of subscriptions: use one that begins with ws:// or wss://",
            secret::shown(other)
        ))),
        None => Ok(()),
    }
}

fn commitment_of(level: &str) -> Result<CommitmentLevel, Failure> {
    level.parse().map_err(|_| {
        Failure::Usage(format!(
            "{} is no commitment: use processed, confirmed or finalized",
            secret::shown(level)
        ))
    })
}

fn price_of(price: &str) -> Result<u64, Failure> {
    price.parse().map_err(|_| {
        Failure::Usage(format!(
            "compute unit price {} is not a number of micro-lamports: use a whole number",
            secret::shown(price)
        ))
    })
}

/// The RPC address that `url_or_moniker` means, as for the solana CLI.
pub(super) fn address_of(url_or_moniker: &str) -> Result<String, Failure> {
    Ok(match url_or_moniker {
        "m" | "mainnet" | "mainnet-beta" => MAINNET.into(),
        "t" | "testnet" => "https://api.testnet.solana.com".into(),
        "d" | "devnet" => "https://api.devnet.solana.com".into(),
        "l" | "localhost" => "http://localhost:8899".into(),
        url if url.starts_with("http://") || url.starts_with("https://") => url.into(),
        other => {
            let other = match other {
                "" => "an empty address".into(),
                other => secret::shown(other),
            };
            return Err(Failure::Usage(format!(
                "{other} is no cluster: use mainnet-beta, testnet, devnet, localhost, or an address \
                 that begins with http:// or https://"
            )));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn flags() -> Globals {
        Globals {
            url: vec![],
            ws: None,
            keypair: None,
            commitment: None,
            config: None,
            dry_run: false,
            with_compute_unit_price: None,
            signing: Signing::default(),
        }
    }

    fn home(name: &str, config: Option<&str>) -> PathBuf {
        let home = env::temp_dir().join(format!("gradual-settings-{}-{name}", std::process::id()));
        let folder = home.join(".config/solana/cli");
        fs::create_dir_all(&folder).unwrap();
        if let Some(config) = config {
            fs::write(folder.join("config.yml"), config).unwrap();
        }
        home
    }

    fn key(source: &str, named_by: &'static str) -> KeyName {
        let source = source.into();
        KeyName { source, named_by }
    }

    /// As `solana config set` writes it.
    const CONFIG: &str = "---\njson_rpc_url: http://config:8899\nwebsocket_url: ''\n\
        keypair_path: /config/id.json\naddress_labels:\n  \
        '11111111111111111111111111111111': System Program\ncommitment: finalized\n";

    fn environment(name: &str) -> Option<String> {
        let value = match name {
            "GRADUAL_URL" => "d, http://second",
            "GRADUAL_WS" => "wss://environment/",
            "GRADUAL_KEYPAIR" => "/environment/id.json",
            "GRADUAL_COMMITMENT" => "processed",
            "GRADUAL_COMPUTE_UNIT_PRICE" => "7",
            _ => return None,
        };
        Some(value.into())
    }

    #[test]
    fn what_is_wrong_is_one_line_without_the_parsers_own_words() {
        let fault = |text: &str| match ConfigFile::parse(text) {
            Err(fault) => fault,
            Ok(_) => panic!("{text} is a config"),
        };
        assert_eq!(
            fault("commitment: a\ncommitment: b\n"),
            "line 2 column 1: duplicate mapping key: commitment"
        );
        assert_eq!(fault("[1, 2]"), "line 1 column 1: expected mapping start");
        let refused = match address_of("") {
            Err(Failure::Usage(said)) => said,
            _ => panic!("an address"),
        };
        assert!(
            refused.starts_with("an empty address is no cluster: use "),
            "{refused}"
        );
    }

    #[test]
    fn flags_go_before_the_environment_before_the_config_before_defaults() {
        let bare = home("bare", None);
        let configured = home("configured", Some(CONFIG));
        let settings = flags()
            .resolve_in(|_| None, Some(bare.clone()))
            .ok()
            .unwrap();
        assert_eq!(settings.url, MAINNET);
        let websocket = settings.websocket.as_deref();
        assert_eq!(websocket, Some("wss://api.mainnet-beta.solana.com/"));
        assert_eq!(
            Path::new(&settings.keypair.source),
            bare.join(".config/solana/id.json")
        );
        assert_eq!(settings.commitment, CommitmentLevel::Confirmed);
        assert_eq!(settings.price, None);

        let settings = flags().resolve_in(|_| None, Some(configured.clone()));
        let expected = Settings {
            url: "http://config:8899".into(),
            more: vec![],
            websocket: Some("ws://config:8900/".into()),
            keypair: key("/config/id.json", "keypair_path in the config"),
            commitment: CommitmentLevel::Finalized,
            price: None,
        };
        assert_eq!(settings.ok().unwrap(), expected);

        let settings = flags().resolve_in(environment, Some(configured.clone()));
        let expected = Settings {
            url: "https://api.devnet.solana.com".into(),
            more: vec!["http://second".into()],
            websocket: Some("wss://environment/".into()),
            keypair: key("/environment/id.json", "GRADUAL_KEYPAIR"),
            commitment: CommitmentLevel::Processed,
            price: Some(7),
        };
        assert_eq!(settings.ok().unwrap(), expected);

        let flags = Globals {
            url: vec!["l".into(), "http://second".into()],
            ws: Some("ws://flag/".into()),
            keypair: Some("ASK".into()),
            commitment: Some(Commitment::Confirmed),
            with_compute_unit_price: Some(9),
            ..flags()
        };
        let settings = flags.resolve_in(environment, Some(configured));
        let expected = Settings {
            url: "http://localhost:8899".into(),
            more: vec!["http://second".into()],
            websocket: Some("ws://flag/".into()),
            keypair: key("ASK", "--keypair"),
            commitment: CommitmentLevel::Confirmed,
            price: Some(9),
        };
        assert_eq!(settings.ok().unwrap(), expected);
    }
}
