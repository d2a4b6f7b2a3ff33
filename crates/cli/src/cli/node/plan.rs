//! What a process plays: which nodes, on which cluster. From the command line, or from a file.

use super::{
    geyser::Geyser,
    grant::Grant,
    indexes,
    logic::{Logic, RewardsArg, Terms},
};
use crate::cli::{
    Failure,
    amount::{Amount, Unit},
    key, path,
    sandbox::{self, require_no_key},
    secret,
    settings::{KeyName, Settings, address_of, require_websocket},
};
use clap::Args as ClapArgs;
use gradual_consensus_client::{
    rpc::{DEFAULT_URGENT_CAP, websocket_of},
    text::one_line,
};
use gradual_consensus_node::{
    corpus::DEFAULT_SHARES,
    daemon,
    external::DEFAULT_TIMEOUT,
    failover::DEFAULT_MAX_LAG,
    fleet::NodeId,
    runner::{AUDIT_RATE, Rewards, RunnerOptions},
};
use gradual_consensus_sandbox::Sandbox;
use reqwest::Url;
use serde::{
    Deserialize, Deserializer,
    de::{self, Visitor},
};
use solana_commitment_config::CommitmentLevel;
use solana_sdk::{
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};
use std::{
    collections::BTreeMap,
    fmt, fs,
    os::unix::fs::FileTypeExt,
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

/// Lamports below which a node warns, unless the operator says otherwise: 0.05 SOL.
const LOW_LAMPORTS: u64 = 50_000_000;
/// Seconds without a new slot after which a node is stale, unless the operator says otherwise.
const STALE_AFTER: u64 = 30;
/// Seconds after which a node gives a transaction up, unless the operator says otherwise.
const GIVE_UP_AFTER: u64 = 20;

/// One node, as the command line and the file name it. What is left out has a default.
#[derive(Clone, ClapArgs, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::cli) struct Entry {
    /// The task to play in; the node, whose key is --keypair, must have staked
    #[arg(long)]
    pub(super) task: Option<String>,
    /// Key of the node: a file. On the command line it is the option of all commands.
    #[arg(skip)]
    keypair: Option<PathBuf>,
    /// The task's logic: exec:COMMAND asks a program of yours (docs/external-logic.md), wasm:FILE plays a
    /// WebAssembly module (docs/wasm-logic.md), k2:FOLDER plays a task of Koii's K2 (docs/from-k2.md), corpus:PATH
    /// indexes the text in a folder or file [default: the module that the task names]
    #[arg(long, value_name = "LOGIC")]
    pub(super) logic: Option<String>,
    /// Where to look for the module that the task names: a file, a folder with files *.wasm, or an address; an
    /// address that ends with / has it under its hash. May be given several times
    #[arg(long, value_name = "PLACE", conflicts_with = "logic")]
    logic_from: Option<Vec<String>>,
    /// Number of shares that the corpus is cut into; the same for all nodes of a task [default: 8]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    corpus_shares: Option<u32>,
    /// Longest wait for an answer from exec:COMMAND, k2:FOLDER or wasm:FILE, in seconds [default: 30]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    logic_timeout: Option<u64>,
    /// Run exec:COMMAND in a sandbox: without network, without the node's key, in a folder that it may only read
    /// (docs/external-logic.md); Linux 6.12 or later
    #[arg(long, num_args = 0, default_missing_value = "true")]
    sandbox: Option<bool>,
    /// The folder in which a sandboxed command starts, and which it may read [default: the present one]
    #[arg(long, value_name = "DIR", requires = "sandbox")]
    logic_folder: Option<PathBuf>,
    /// Let the work of a module ask a host (https:HOST) or read a folder (read:DIR), if it says that it wants to; a sandboxed
    /// command may read DIR. May be given several times
    #[arg(long, value_name = "GRANT")]
    allow: Option<Vec<String>>,
    /// Ask a server (gradual index) what was submitted for a cycle, in the place of the RPC's own list: the node checks what it
    /// is told, and asks the RPC where that is not so. May be given several times
    #[arg(long, value_name = "URL")]
    index: Option<Vec<String>>,
    /// What to do with rewards: leave them in the task (keep), add them to the stake (compound), or send
    /// them to a token account (claim:ADDRESS) [default: keep]
    #[arg(long, value_name = "REWARDS")]
    rewards: Option<String>,
    /// Whether the node proposes distribution lists. On the command line it is --no-propose.
    #[arg(skip)]
    propose: Option<bool>,
    /// Work only for cycles that promise each node at least this, in tokens of the task's mint: the cycle's
    /// bounty divided by the last cycle's submissions [default: 0]
    #[arg(long, value_name = "AMOUNT")]
    #[serde(deserialize_with = "amount")]
    min_reward: Option<Amount>,
    /// Submissions of a cycle that the node judges on average, drawn by a secret of its key, beside all that
    /// are challenged: all of them where there are no more [default: 30]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    audit_rate: Option<u32>,
    /// Warn when the node has less SOL than this [default: 0.05]
    #[arg(long, value_name = "SOL")]
    #[serde(deserialize_with = "amount")]
    low_sol: Option<Amount>,
    /// Warn when its stake is less than this, in tokens of the task's mint [default: the task's minimum]
    #[arg(long, value_name = "AMOUNT")]
    #[serde(deserialize_with = "amount")]
    low_stake: Option<Amount>,
    /// Amounts are in base units, not in whole tokens
    #[arg(long, num_args = 0, default_missing_value = "true")]
    base_units: Option<bool>,
}

/// The process, as the command line and the file name it. What is left out has a default.
#[derive(Clone, ClapArgs, Debug, Default)]
pub(in crate::cli) struct Process {
    /// Serve Prometheus metrics at /metrics and a health line at /health
    #[arg(long, value_name = "HOST:PORT")]
    metrics: Option<String>,
    /// Report a node as stale after so many seconds without a new slot [default: 30]
    #[arg(long, value_name = "SECONDS")]
    stale_after: Option<u64>,
    /// Longest wait for a transaction to be confirmed, in seconds; then the node reads the ledger again
    /// [default: 20]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    give_up_after: Option<u64>,
    /// Most that one transaction pays beyond the base fee when others bid against it: votes, submissions
    /// and lists bid more and more until their window closes, but no more than what is at stake
    /// [default: 0.002]
    #[arg(long, value_name = "SOL")]
    max_priority_fee: Option<Amount>,
    /// Change over from an RPC that is so many slots behind the others [default: 50]
    #[arg(long, value_name = "SLOTS")]
    max_lag: Option<u64>,
    /// Read the tasks' accounts from this server of Yellowstone gRPC, in the place of the RPC, which answers where the
    /// server does not (docs/nodes.md); in a build with --features geyser. A token that it asks for is in
    /// GRADUAL_GEYSER_TOKEN
    #[arg(long, value_name = "URL")]
    geyser: Option<String>,
    /// The file that holds the token which the geyser asks for [default: the token is in GRADUAL_GEYSER_TOKEN, or
    /// there is none]
    #[arg(long, value_name = "FILE", requires = "geyser")]
    geyser_token: Option<PathBuf>,
}

impl Process {
    /// Whether anything is said.
    pub(in crate::cli) const fn is_empty(&self) -> bool {
        self.metrics.is_none()
            && self.stale_after.is_none()
            && self.give_up_after.is_none()
            && self.max_priority_fee.is_none()
            && self.max_lag.is_none()
            && self.geyser.is_none()
            && self.geyser_token.is_none()
    }
}

/// A file of nodes.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    rpc: Vec<String>,
    websocket: Vec<String>,
    commitment: Option<String>,
    compute_unit_price: Option<u64>,
    metrics: Option<String>,
    stale_after: Option<u64>,
    give_up_after: Option<u64>,
    #[serde(deserialize_with = "amount")]
    max_priority_fee: Option<Amount>,
    max_lag: Option<u64>,
    geyser: Option<String>,
    geyser_token: Option<PathBuf>,
    defaults: Entry,
    node: Vec<Entry>,
}

/// More digits are not exact in a number of TOML.
const EXACT_DIGITS: usize = 15;

/// An amount, as a string or as a number.
fn amount<'d, D: Deserializer<'d>>(input: D) -> Result<Option<Amount>, D::Error> {
    struct Written;

    impl Visitor<'_> for Written {
        type Value = Amount;

        fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
            write!(formatter, "an amount, as a number or in quotes")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Amount, E> {
            text.parse().map_err(E::custom)
        }

        fn visit_i64<E: de::Error>(self, number: i64) -> Result<Amount, E> {
            self.visit_str(&number.to_string())
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<Amount, E> {
            self.visit_str(&number.to_string())
        }

        fn visit_f64<E: de::Error>(self, number: f64) -> Result<Amount, E> {
            let text = number.to_string();
            if text.bytes().filter(u8::is_ascii_digit).count() > EXACT_DIGITS {
                return Err(E::custom(format!(
                    "{text} may be rounded: write it in quotes"
                )));
            }
            self.visit_str(&text)
        }
    }

    input.deserialize_any(Written).map(Some)
}

/// An RPC and its subscriptions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Rpc {
    /// Its address.
    pub(in crate::cli) url: String,
    /// Address of subscriptions; `None` if none is known.
    pub(in crate::cli) websocket: Option<String>,
}

/// The cluster, and how nodes talk to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Cluster {
    /// Its RPCs, the preferred one first.
    pub(in crate::cli) rpcs: Vec<Rpc>,
    /// What counts as done.
    pub(in crate::cli) commitment: CommitmentLevel,
    /// Price of a compute unit, in micro-lamports; `None` for what others pay.
    pub(in crate::cli) price: Option<u64>,
    /// Slots that an RPC may be behind the others.
    pub(in crate::cli) max_lag: u64,
    /// Longest wait for a transaction.
    pub(in crate::cli) give_up_after: Duration,
    /// Most that one transaction bids beyond the base fee, in lamports.
    pub(in crate::cli) urgent_fee_cap: u64,
    /// What tasks' accounts are read from in the place of the RPCs.
    pub(in crate::cli) geyser: Option<Geyser>,
}

/// A key that is compared by its address, and never shown.
#[derive(Clone)]
pub(in crate::cli) struct Key(Arc<Keypair>);

impl Key {
    pub(in crate::cli) fn keypair(&self) -> &Keypair {
        &self.0
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.0.pubkey() == other.0.pubkey()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "key of {}", self.0.pubkey())
    }
}

/// One node that is to be played.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::cli) struct Planned {
    /// Its task.
    pub(in crate::cli) task: Pubkey,
    /// Its key.
    pub(in crate::cli) key: Key,
    /// Where the key was read.
    pub(in crate::cli) keypair: KeyName,
    /// The task's logic.
    pub(in crate::cli) logic: Logic,
    /// The servers that tell it what was submitted.
    pub(in crate::cli) indexes: Vec<Url>,
    /// What its operator chose.
    pub(in crate::cli) settings: daemon::Settings,
}

impl Planned {
    pub(in crate::cli) fn id(&self) -> NodeId {
        NodeId {
            task: self.task,
            node: self.key.keypair().pubkey(),
        }
    }
}

/// What a process plays.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::cli) struct Plan {
    /// The cluster.
    pub(in crate::cli) cluster: Cluster,
    /// Where metrics are served.
    pub(in crate::cli) metrics: Option<String>,
    /// When a node is stale.
    pub(in crate::cli) stale_after: Duration,
    /// The nodes.
    pub(in crate::cli) nodes: BTreeMap<NodeId, Planned>,
}

/// One node as far as it is named: what a look at it needs.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Wanted {
    /// Where its key is; not read yet.
    pub(in crate::cli) keypair: KeyName,
    /// Its task.
    pub(in crate::cli) task: Option<Pubkey>,
    /// The task's logic.
    pub(in crate::cli) logic: Option<Logic>,
    /// The servers that tell it what was submitted.
    pub(in crate::cli) indexes: Vec<Url>,
}

impl Wanted {
    /// Of the command line.
    ///
    /// # Errors
    /// Bad input: the logic is none, or an index is no address.
    pub(in crate::cli) fn new(
        keypair: KeyName,
        task: Option<Pubkey>,
        logic: Option<&str>,
        indexes: &[String],
    ) -> Result<Self, Failure> {
        let logic = logic.map(|logic| Logic::parse(logic, Path::new(""), Terms::default()));
        Ok(Self {
            keypair,
            task,
            logic: logic.transpose().map_err(Failure::Usage)?,
            indexes: indexes::named(indexes).map_err(Failure::Usage)?,
        })
    }

    /// Of a node that is planned.
    pub(in crate::cli) fn of(planned: &Planned) -> Self {
        Self {
            keypair: planned.keypair.clone(),
            task: Some(planned.task),
            logic: Some(planned.logic.clone()),
            indexes: planned.indexes.clone(),
        }
    }
}

/// Why a plan cannot be played, in one line.
type Refusal = String;

impl Plan {
    /// The plan of one node, from the command line.
    ///
    /// # Errors
    /// Bad input.
    pub(in crate::cli) fn of_one(
        settings: &Settings,
        process: &Process,
        entry: &Entry,
        propose: bool,
    ) -> Result<Self, Failure> {
        let entry = Entry {
            propose: Some(propose),
            ..entry.clone()
        };
        let file = File {
            metrics: process.metrics.clone(),
            stale_after: process.stale_after,
            give_up_after: process.give_up_after,
            max_priority_fee: process.max_priority_fee,
            max_lag: process.max_lag,
            geyser: process.geyser.clone(),
            geyser_token: process.geyser_token.clone(),
            node: vec![entry],
            ..File::default()
        };
        file.plan(settings, None, false)
            .map_err(|refusal| match refusal {
                Refused::Whole(refusal) | Refused::Node(_, refusal) => Failure::Usage(refusal),
            })
    }

    /// The cluster that the command line names.
    ///
    /// # Errors
    /// Bad input.
    pub(in crate::cli) fn cluster_of(
        settings: &Settings,
        process: &Process,
    ) -> Result<Cluster, Failure> {
        let file = File {
            give_up_after: process.give_up_after,
            max_priority_fee: process.max_priority_fee,
            max_lag: process.max_lag,
            geyser: process.geyser.clone(),
            geyser_token: process.geyser_token.clone(),
            ..File::default()
        };
        file.cluster(settings, None, true).map_err(Failure::Usage)
    }

    /// The plan in the file at `path`. `url_is_named` on the command line goes before the file's.
    ///
    /// # Errors
    /// Bad input, in one line with the file's name, and the number of the line or of the node.
    pub(in crate::cli) fn read(
        path: &Path,
        settings: &Settings,
        url_is_named: bool,
    ) -> Result<Self, Failure> {
        let folder = path.parent().unwrap_or(Path::new(""));
        in_file(path, |text| {
            Self::parse(text, folder, settings, url_is_named)
        })
    }

    /// Where the process of the file at `path` serves its metrics, if the file says. No key is read for it.
    ///
    /// # Errors
    /// Bad input, as for [`Plan::read`].
    pub(in crate::cli) fn metrics_in(path: &Path) -> Result<Option<String>, Failure> {
        in_file(path, |text| Ok(File::parse(text)?.metrics))
    }

    fn parse(
        text: &str,
        folder: &Path,
        settings: &Settings,
        url_is_named: bool,
    ) -> Result<Self, Refusal> {
        let file = File::parse(text)?;
        if file.node.is_empty() {
            return Err("it names no node: write [[node]] with a task".into());
        }
        if file.defaults.task.is_some() {
            return Err("defaults: a task belongs to a [[node]]".into());
        }
        file.plan(settings, Some(folder), url_is_named)
            .map_err(|refusal| match refusal {
                Refused::Whole(refusal) => refusal,
                Refused::Node(number, refusal) => format!("node {number}: {refusal}"),
            })
    }
}

/// Why a plan is refused, and in which of its nodes, from 1.
enum Refused {
    Whole(Refusal),
    Node(usize, Refusal),
}

/// What `read` makes of the file at `path`.
///
/// # Errors
/// Bad input, in one line with the file's name.
fn in_file<T>(path: &Path, read: impl FnOnce(&str) -> Result<T, Refusal>) -> Result<T, Failure> {
    let name = path.to_string_lossy();
    let name = secret::shown(&name);
    let text = path::read_text(path).map_err(|error| {
        Failure::Usage(format!(
            "cannot read {name}: {error}: make one with gradual node init"
        ))
    })?;
    read(&text).map_err(|refusal| Failure::Usage(format!("{name}: {refusal}")))
}

impl File {
    fn parse(text: &str) -> Result<Self, Refusal> {
        toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map_or(1, |before| before.matches('\n').count().saturating_add(1));
            let said = error.message().lines().next().unwrap_or("not TOML");
            format!("line {line}: {}", one_line(said, usize::MAX))
        })
    }

    /// Relative paths are in `folder`, that of the file; `None` for the command line.
    fn plan(
        &self,
        settings: &Settings,
        folder: Option<&Path>,
        url_is_named: bool,
    ) -> Result<Plan, Refused> {
        let cluster = self
            .cluster(settings, folder, url_is_named)
            .map_err(Refused::Whole)?;
        #[cfg(feature = "geyser")]
        if let Some(geyser) = &cluster.geyser {
            geyser.endpoint().map_err(Refused::Whole)?;
        }
        if cluster.commitment == CommitmentLevel::Processed {
            let instead = if self.commitment.is_some() {
                "commitment = \"confirmed\""
            } else {
                "--commitment confirmed"
            };
            return Err(Refused::Whole(format!(
                "a node must not decide by blocks that may be dropped: use {instead}"
            )));
        }
        let usual = self.defaults.base_units == Some(true);
        let defaults = self
            .defaults
            .meant(usual)
            .map_err(|refusal| Refused::Whole(format!("defaults: {refusal}")))?;
        let mut nodes = BTreeMap::new();
        for (number, entry) in (1usize..).zip(&self.node) {
            let planned = entry
                .meant(entry.base_units.unwrap_or(usual))
                .and_then(|entry| entry.or(&defaults).plan(&settings.keypair, folder))
                .map_err(|refusal| Refused::Node(number, refusal))?;
            let id = planned.id();
            if nodes.insert(id, planned).is_some() {
                let twice = format!(
                    "{} plays in task {} already: one node plays once in a task",
                    id.node, id.task
                );
                return Err(Refused::Node(number, twice));
            }
        }
        require_keys_apart(&nodes).map_err(Refused::Whole)?;
        let seconds = |given: Option<u64>, default| Duration::from_secs(given.unwrap_or(default));
        Ok(Plan {
            cluster,
            metrics: self.metrics.clone(),
            stale_after: seconds(self.stale_after, STALE_AFTER),
            nodes,
        })
    }

    /// The cluster, without what is in the files that it names. Relative paths are in `folder`.
    fn cluster(
        &self,
        settings: &Settings,
        folder: Option<&Path>,
        url_is_named: bool,
    ) -> Result<Cluster, Refusal> {
        let is_own = !self.rpc.is_empty() && !url_is_named;
        let rpcs: Vec<Rpc> = if is_own {
            let urls: Result<Vec<String>, Failure> =
                self.rpc.iter().map(|url| address_of(url)).collect();
            let urls = urls.map_err(Failure::said)?;
            if !self.websocket.is_empty() && self.websocket.len() != urls.len() {
                return Err(format!(
                    "websocket: {} addresses for {} of rpc: write one for each, or none",
                    self.websocket.len(),
                    urls.len()
                ));
            }
            for address in &self.websocket {
                require_websocket(Some(address)).map_err(Failure::said)?;
            }
            let given = self.websocket.iter().cloned().map(Some);
            let given = given.chain(std::iter::repeat(None));
            let rpcs = urls.into_iter().zip(given).map(|(url, given)| Rpc {
                websocket: given.or_else(|| websocket_of(&url)),
                url,
            });
            rpcs.collect()
        } else {
            let first = Rpc {
                url: settings.url.clone(),
                websocket: settings.websocket.clone(),
            };
            let more = settings.more.iter().map(|url| Rpc {
                url: url.clone(),
                websocket: websocket_of(url),
            });
            std::iter::once(first).chain(more).collect()
        };
        let commitment = match &self.commitment {
            None => settings.commitment,
            Some(level) => level.parse().map_err(|_| {
                let level = secret::shown(level);
                format!("{level} is no commitment: use confirmed or finalized")
            })?,
        };
        let urgent_fee_cap = match self.max_priority_fee {
            None => DEFAULT_URGENT_CAP,
            Some(most) => most
                .units(Unit::SOL)
                .map_err(|error| format!("max_priority_fee: {error}"))?,
        };
        let token = self.geyser_token.as_ref();
        let token = token
            .filter(|file| !file.as_os_str().is_empty())
            .map(|file| {
                let file = path::expand(&file.to_string_lossy());
                folder.map_or_else(|| file.clone(), |folder| folder.join(&file))
            });
        Ok(Cluster {
            geyser: Geyser::named(self.geyser.as_deref(), token.as_deref())?,
            urgent_fee_cap,
            rpcs,
            commitment,
            price: self.compute_unit_price.or(settings.price),
            max_lag: self.max_lag.unwrap_or(DEFAULT_MAX_LAG),
            give_up_after: Duration::from_secs(self.give_up_after.unwrap_or(GIVE_UP_AFTER).max(1)),
        })
    }
}

/// Refuses sandboxes whose programs could read the key of any of these nodes.
fn require_keys_apart(nodes: &BTreeMap<NodeId, Planned>) -> Result<(), Refusal> {
    let sandboxes = nodes.values().filter_map(|node| node.logic.sandbox());
    for sandbox in sandboxes {
        let keys = nodes.values().map(|node| node.keypair.source.as_str());
        for key in keys.filter(|key| key::is_file(key) && !secret::is_secret(key)) {
            let path = path::expand(key.strip_prefix("file:").unwrap_or(key));
            require_no_key(sandbox, &path)?;
        }
    }
    Ok(())
}

/// What [`Plan::read`] makes of the `text` of a file before it reads what the file names.
///
/// # Errors
/// Bad input, as for [`Plan::read`].
#[cfg(feature = "outside")]
pub(in crate::cli) fn look(text: &str, settings: &Settings) -> Result<(), Refusal> {
    let file = File::parse(text)?;
    file.cluster(settings, None, false)?;
    let usual = file.defaults.base_units == Some(true);
    let defaults = file.defaults.meant(usual)?;
    file.node.iter().try_for_each(|entry| {
        let entry = entry.meant(entry.base_units.unwrap_or(usual))?;
        let entry = entry.or(&defaults);
        indexes::named(entry.index.as_deref().unwrap_or_default())?;
        entry.terms(Some(Path::new(""))).map(drop)
    })
}

impl Entry {
    /// This entry with its amounts in the unit that they are written in: before it is joined with another, in
    /// which the same digits mean something else.
    fn meant(&self, base_units: bool) -> Result<Self, Refusal> {
        let meant = |name: &str, amount: Option<Amount>| match amount {
            // Nothing is nothing in every unit.
            Some(amount) if amount.limit(Unit::SOL) == 0 => Ok(Some(Amount::ZERO)),
            Some(amount) if base_units => {
                let amount = amount.as_base_units();
                amount.map(Some).map_err(|error| format!("{name}: {error}"))
            }
            amount => Ok(amount),
        };
        Ok(Self {
            min_reward: meant("min_reward", self.min_reward)?,
            low_stake: meant("low_stake", self.low_stake)?,
            ..self.clone()
        })
    }

    /// This entry, with `defaults` where it says nothing.
    fn or(&self, defaults: &Self) -> Self {
        macro_rules! or {
            ($($field:ident),+) => {
                Self { $($field: self.$field.clone().or_else(|| defaults.$field.clone())),+ }
            };
        }
        or!(
            task,
            keypair,
            logic,
            logic_from,
            corpus_shares,
            logic_timeout,
            sandbox,
            logic_folder,
            allow,
            index,
            rewards,
            propose,
            min_reward,
            audit_rate,
            low_sol,
            low_stake,
            base_units
        )
    }

    /// Whether anything is said.
    pub(super) const fn is_empty(&self) -> bool {
        self.task.is_none()
            && self.logic.is_none()
            && self.logic_from.is_none()
            && self.corpus_shares.is_none()
            && self.logic_timeout.is_none()
            && self.sandbox.is_none()
            && self.logic_folder.is_none()
            && self.allow.is_none()
            && self.index.is_none()
            && self.rewards.is_none()
            && self.min_reward.is_none()
            && self.audit_rate.is_none()
            && self.low_sol.is_none()
            && self.low_stake.is_none()
            && self.base_units.is_none()
    }

    /// The node that it names. A relative path is one in `folder`, that of the file; `keypair` is the key if it
    /// names none.
    fn plan(&self, keypair: &KeyName, folder: Option<&Path>) -> Result<Planned, Refusal> {
        let (task, logic, settings) = self.terms(folder)?;
        let indexes = indexes::named(self.index.as_deref().unwrap_or_default())?;
        let (key, keypair) = self.key(keypair, folder)?;
        if !matches!(logic, Logic::Named { .. }) {
            // What cannot be read now could not be played either.
            let never = Arc::new(AtomicBool::new(false));
            logic
                .played_by(key.keypair().pubkey(), &never, None, None)
                .map_err(Failure::said)?;
        }
        Ok(Planned {
            task,
            key,
            keypair,
            logic,
            indexes,
            settings,
        })
    }

    /// What it says of its node but for the key. Nothing that it names is read.
    fn terms(&self, folder: Option<&Path>) -> Result<(Pubkey, Logic, daemon::Settings), Refusal> {
        let task = self.task.as_deref().ok_or("it names no task")?;
        let task = task.parse().map_err(|_| {
            let task = secret::shown(task);
            format!("task {task:?} is no address: write the task's")
        })?;
        let rewards = match self.rewards.as_deref() {
            None => Rewards::Keep,
            Some(text) => {
                let parsed: Result<RewardsArg, _> = text.parse();
                parsed
                    .map_err(|kinds| format!("rewards {:?}: {kinds}", secret::shown(text)))?
                    .0
            }
        };
        let shares = self.corpus_shares.unwrap_or(DEFAULT_SHARES);
        for (name, number) in [
            ("logic_timeout", self.logic_timeout),
            ("corpus_shares", self.corpus_shares.map(u64::from)),
            ("audit_rate", self.audit_rate.map(u64::from)),
        ] {
            if number == Some(0) {
                return Err(format!("{name} is 0: use 1 or more"));
            }
        }
        let timeout = self
            .logic_timeout
            .map_or(DEFAULT_TIMEOUT, Duration::from_secs);
        let inside = folder.unwrap_or(Path::new(""));
        let terms = Terms {
            shares,
            timeout,
            sandbox: self.sandboxed(inside)?,
            allow: Grant::all(self.allow.as_deref().unwrap_or_default(), inside)?,
        };
        let logic = match self.logic.as_deref() {
            Some(logic) => Logic::parse(logic, inside, terms)?,
            None => {
                let from = self.logic_from.as_deref().unwrap_or_default();
                Logic::named(from, inside, terms)?
            }
        };
        let of_sol = |amount: Amount| {
            let lamports = amount.units(Unit::SOL);
            lamports.map_err(|error| format!("low_sol: {error}"))
        };
        let settings = daemon::Settings {
            options: RunnerOptions {
                propose: self.propose.unwrap_or(true),
                rewards,
                min_reward: self.min_reward.unwrap_or(Amount::ZERO),
                audit_rate: self.audit_rate.unwrap_or(AUDIT_RATE),
            },
            low_lamports: self.low_sol.map_or(Ok(LOW_LAMPORTS), of_sol)?,
            low_stake: self.low_stake.unwrap_or(Amount::ZERO),
        };
        Ok((task, logic, settings))
    }

    /// What confines its program, if anything does. A relative folder is one in `inside`.
    fn sandboxed(&self, inside: &Path) -> Result<Option<Sandbox>, Refusal> {
        let folder = self.logic_folder.as_ref();
        match (self.sandbox, folder) {
            (Some(true), folder) => {
                let folder = folder.map(|folder| path::expand(&folder.to_string_lossy()));
                Ok(Some(sandbox::named(folder.as_deref(), inside)))
            }
            (_, Some(_)) => Err(
                "logic_folder is of a sandbox only: write sandbox = true, or leave it out".into(),
            ),
            (_, None) => Ok(None),
        }
    }

    /// Its key, and where that is: `default` if it names none. The keys of a file are files, which are read
    /// again with it.
    fn key(&self, default: &KeyName, folder: Option<&Path>) -> Result<(Key, KeyName), Refusal> {
        let name = match (&self.keypair, folder) {
            (Some(source), Some(folder)) => {
                let source = source.to_string_lossy();
                let plain = source.strip_prefix("file:").unwrap_or(&source);
                let path = folder.join(path::expand(plain));
                // What is no path, and may be a secret, is refused as it stands.
                let source = if secret::is_secret(&source) && !path.exists() {
                    source.into_owned()
                } else {
                    path.to_string_lossy().into_owned()
                };
                KeyName {
                    source,
                    named_by: "keypair",
                }
            }
            _ => default.clone(),
        };
        let key = if folder.is_some() {
            if self.keypair.is_none() && !key::is_file(&name.source) {
                return Err(format!(
                    "{} names no file: write keypair with the path of a key file",
                    name.named_by
                ));
            }
            let path = name.source.strip_prefix("file:");
            let path = path.unwrap_or(&name.source);
            require_no_pipe(path, name.named_by)?;
            key::from_file(path, name.named_by).map_err(Failure::said)?
        } else {
            let key = key::read(&name.source, name.named_by, |_| false).map_err(Failure::said)?;
            key.local("a node").map_err(Failure::said)?.insecure_clone()
        };
        Ok((Key(Arc::new(key)), name))
    }
}

/// A pipe may have nobody who writes to it, and would be waited for: whenever the file is read again, too.
fn require_no_pipe(path: &str, named_by: &str) -> Result<(), Refusal> {
    let found = fs::metadata(path::expand(path));
    if found.is_ok_and(|found| found.file_type().is_fifo()) {
        return Err(format!(
            "{named_by} {} is a pipe, which can be read only once: name a file",
            secret::shown(path)
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with two keys and a text.
    fn folder(name: &str) -> (PathBuf, [Pubkey; 2]) {
        let folder =
            std::env::temp_dir().join(format!("gradual-plan-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let keys = ["a", "b"].map(|name| {
            let key = Keypair::new();
            let bytes = serde_json::to_string(&key.to_bytes().to_vec()).unwrap();
            fs::write(folder.join(format!("{name}.json")), bytes).unwrap();
            key.pubkey()
        });
        fs::write(folder.join("text"), "act quickly\n").unwrap();
        (folder, keys)
    }

    fn settings() -> Settings {
        Settings {
            url: "http://flag".into(),
            more: vec!["http://more".into()],
            websocket: Some("ws://flag/".into()),
            keypair: KeyName {
                source: "/no/such/key".into(),
                named_by: "--keypair",
            },
            commitment: CommitmentLevel::Confirmed,
            price: Some(5),
        }
    }

    const TASK: &str = "So11111111111111111111111111111111111111112";

    fn parse(text: &str, folder: &Path) -> Result<Plan, Refusal> {
        Plan::parse(text, folder, &settings(), false)
    }

    #[cfg(not(feature = "geyser"))]
    #[test]
    fn a_geyser_needs_a_build_that_has_it() {
        let (folder, _) = folder("no-geyser");
        let node = format!("[[node]]\ntask = \"{TASK}\"\nkeypair = \"a.json\"\n");
        let text = format!("geyser = \"https://geyser.example\"\n{node}");
        let refusal = parse(&text, &folder).unwrap_err();
        assert!(refusal.contains("--features geyser"), "{refusal}");
    }

    #[cfg(feature = "geyser")]
    #[test]
    fn a_geyser_is_an_address_and_a_file_with_its_token() {
        let (folder, _) = folder("geyser");
        fs::write(folder.join("token"), "a-secret\n").unwrap();
        fs::write(folder.join("empty"), "\n").unwrap();
        let node = format!("[[node]]\ntask = \"{TASK}\"\nkeypair = \"a.json\"\n");
        let parse = |lines: &str| parse(&format!("{lines}\n{node}"), &folder);
        let url = "geyser = \"https://geyser.example:443\"";
        let plan = parse(&format!("{url}\ngeyser_token = \"token\"")).unwrap();
        assert!(!format!("{:?}", plan.cluster.geyser).contains("a-secret"));
        let endpoint = plan.cluster.geyser.unwrap().endpoint().unwrap();
        assert_eq!(endpoint.place(), "https://geyser.example:443");
        assert!(parse("").unwrap().cluster.geyser.is_none());
        for (lines, expected) in [
            ("geyser_token = \"token\"".to_owned(), "is of a geyser only"),
            (
                format!("{url}\ngeyser_token = \"a-secret\""),
                "the file cannot be read",
            ),
            (
                format!("{url}\ngeyser_token = \"empty\""),
                "does not hold one token",
            ),
            (
                "geyser = \"https://me:a-secret@host\"".into(),
                "give a token apart",
            ),
            (
                "geyser = \"https://host/a-secret\"".into(),
                "give a token apart",
            ),
            ("geyser = \"geyser.example\"".into(), "use http://HOST:PORT"),
        ] {
            let refusal = parse(&lines).unwrap_err();
            assert!(refusal.contains(expected), "{lines}: {refusal}");
            assert!(!refusal.contains("a-secret"), "{refusal}");
            assert_eq!(refusal.lines().count(), 1, "{refusal}");
        }
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_file_names_nodes_and_defaults_fill_in() {
        let (folder, [a, b]) = folder("whole");
        let text = format!(
            "rpc = [\"http://one\", \"l\"]\nmetrics = \"127.0.0.1:9100\"\nmax_lag = 7\n\
             max_priority_fee = 0.001\ncommitment = \"finalized\"\n[defaults]\nkeypair = \"a.json\"\nlow_sol = \"1.5\"\nlow_stake = 0.1\n\
             [[node]]\ntask = \"{TASK}\"\nlogic = \"exec:cat\"\nrewards = \"compound\"\n\
             low_stake = 7\nbase_units = true\n\
             [[node]]\ntask = \"{TASK}\"\nlogic = \"corpus:text\"\nkeypair = \"b.json\"\n\
             propose = false\nmin_reward = 9.5\naudit_rate = 70\nlow_sol = 2\ncorpus_shares = 3\n"
        );
        let plan = parse(&text, &folder).unwrap();
        let urls: Vec<&str> = plan
            .cluster
            .rpcs
            .iter()
            .map(|rpc| rpc.url.as_str())
            .collect();
        assert_eq!(urls, ["http://one", "http://localhost:8899"]);
        let websocket = plan.cluster.rpcs[1].websocket.as_deref();
        assert_eq!(websocket, Some("ws://localhost:8900/"));
        assert_eq!(plan.cluster.commitment, CommitmentLevel::Finalized);
        assert_eq!((plan.cluster.max_lag, plan.cluster.price), (7, Some(5)));
        let task: Pubkey = TASK.parse().unwrap();
        let of = |node| &plan.nodes[&NodeId { task, node }];
        let (first, second) = (of(a), of(b));
        assert_eq!(first.settings.options.rewards, Rewards::Compound);
        assert!(first.settings.options.propose && !second.settings.options.propose);
        assert_eq!(second.settings.options.min_reward, "9.5".parse().unwrap());
        let rates = [first, second].map(|node| node.settings.options.audit_rate);
        assert_eq!(rates, [AUDIT_RATE, 70]);
        let stake = [first, second].map(|node| node.settings.low_stake);
        assert_eq!(stake, [Amount::base_units(7), "0.1".parse().unwrap()]);
        assert_eq!(plan.cluster.urgent_fee_cap, 1_000_000);
        let low = [first, second].map(|node| node.settings.low_lamports);
        assert_eq!(low, [1_500_000_000, 2_000_000_000]);
        let path = folder.join("text");
        assert_eq!(second.logic, Logic::Corpus { path, shares: 3 });

        // What is named on the command line goes before the file.
        let plan = Plan::parse(&text, &folder, &settings(), true).unwrap();
        let urls: Vec<&str> = plan
            .cluster
            .rpcs
            .iter()
            .map(|rpc| rpc.url.as_str())
            .collect();
        assert_eq!(urls, ["http://flag", "http://more"]);
    }

    #[cfg(feature = "wasm")]
    #[test]
    fn a_node_without_a_logic_plays_the_module_that_its_task_names() {
        let (folder, [a, _]) = folder("named");
        let task: Pubkey = TASK.parse().unwrap();
        let of = |defaults: &str, node: &str| {
            let text = format!(
                "[defaults]\nkeypair = \"a.json\"\n{defaults}\n[[node]]\ntask = \"{TASK}\"\n{node}\n"
            );
            let plan = parse(&text, &folder).unwrap();
            plan.nodes[&NodeId { task, node: a }].logic.clone()
        };
        let named = |from: &[&str], seconds| Logic::Named {
            from: from.iter().map(|&place| place.to_owned()).collect(),
            timeout: Duration::from_secs(seconds),
            allow: Vec::new(),
        };
        assert_eq!(of("", ""), named(&[], 30));
        let modules = folder.join("modules");
        let places = ["https://host/modules/", modules.to_str().unwrap()];
        let defaults = "logic_from = [\"https://host/modules/\", \"modules\"]";
        assert_eq!(of(defaults, "logic_timeout = 5"), named(&places, 5));
        assert_eq!(of(defaults, "logic_from = [\"/a\"]"), named(&["/a"], 30));
        let exec = of(defaults, "logic = \"exec:cat\"");
        assert!(matches!(exec, Logic::Exec { .. }), "{exec:?}");
        fs::create_dir_all(folder.join("data")).unwrap();
        fs::write(folder.join("a.wasm"), wat::parse_str("(module)").unwrap()).unwrap();
        let allowed = of(
            "allow = [\"https:a.example\", \"read:data\"]",
            "logic = \"wasm:a.wasm\"",
        );
        let data = Grant::Read(folder.join("data"));
        assert!(
            matches!(&allowed, Logic::Wasm { allow, .. } if allow[1] == data && allow.len() == 2),
            "{allowed:?}"
        );
        let odd = format!("[[node]]\ntask = \"{TASK}\"\nlogic_from = [\"ftp://host/a\"]\n");
        refuses(&odd, &folder, "use a file, a folder, or an address");
    }

    #[test]
    fn indexes_are_addresses_and_a_node_may_have_others_than_the_defaults() {
        let (folder, [a, _]) = folder("indexes");
        let task: Pubkey = TASK.parse().unwrap();
        let of = |defaults: &str, node: &str| {
            format!(
                "[defaults]\nkeypair = \"a.json\"\nlogic = \"exec:cat\"\n{defaults}\n[[node]]\ntask = \"{TASK}\"\n{node}\n"
            )
        };
        let named = |text: &str| {
            let plan = parse(text, &folder).unwrap();
            let indexes = plan.nodes[&NodeId { task, node: a }].indexes.clone();
            indexes.iter().map(Url::to_string).collect::<Vec<_>>()
        };
        assert_eq!(named(&of("", "")), [""; 0]);
        let two = "index = [\"https://a.example/tasks\", \"http://b.example:9190\"]";
        let urls = ["https://a.example/tasks/", "http://b.example:9190/"];
        assert_eq!(named(&of(two, "")), urls);
        assert_eq!(named(&of(two, "index = []")), [""; 0]);
        for odd in ["a.example", "ftp://a.example", "http://", ""] {
            let text = of("", &format!("index = [{odd:?}]"));
            refuses(&text, &folder, "use the address of a gradual index");
        }
        let many = of("", &format!("index = {:?}", vec!["http://a.example"; 9]));
        refuses(&many, &folder, "a node asks 8 at most");
    }

    #[test]
    fn an_amount_of_defaults_keeps_its_unit_in_a_node_with_another() {
        let (folder, [a, _]) = folder("units");
        let task: Pubkey = TASK.parse().unwrap();
        let of = |defaults: &str, node: &str| {
            let text = format!(
                "[defaults]\nkeypair = \"a.json\"\n{defaults}\n[[node]]\ntask = \"{TASK}\"\n\
                 logic = \"exec:cat\"\n{node}\n"
            );
            let plan = parse(&text, &folder).unwrap();
            let settings = &plan.nodes[&NodeId { task, node: a }].settings;
            (settings.options.min_reward, settings.low_stake)
        };
        let tokens = |text: &str| text.parse::<Amount>().unwrap();
        assert_eq!(
            of("min_reward = 5", "base_units = true\nlow_stake = 7"),
            (tokens("5"), Amount::base_units(7))
        );
        assert_eq!(
            of(
                "base_units = true\nmin_reward = 5",
                "base_units = false\nlow_stake = 0.5"
            ),
            (Amount::base_units(5), tokens("0.5"))
        );
        assert_eq!(
            of("base_units = true", "min_reward = 5").0,
            Amount::base_units(5)
        );
    }

    #[test]
    fn a_broken_file_is_refused_in_one_line_that_says_where() {
        let (folder, _) = folder("broken");
        let node =
            format!("[[node]]\nkeypair = \"a.json\"\nlogic = \"exec:cat\"\ntask = \"{TASK}\"\n");
        make_pipe(&folder.join("pipe"));
        for (text, expected) in [
            ("rpc = [\n", "line 1: unclosed array"),
            ("metrics = 9100\n", "line 1: "),
            ("\n\nrpcs = []\n", "line 3: unknown field `rpcs`"),
            ("", "it names no node"),
            (
                "[defaults]\ntask = \"x\"\n[[node]]\n",
                "defaults: a task belongs",
            ),
            (
                "[[node]]\nlogic = \"exec:cat\"\n",
                "node 1: it names no task",
            ),
            (
                "[[node]]\ntask = \"TASK\"\n",
                "node 1: task \"TASK\" is no address",
            ),
            (&format!("{node}{node}"), "node 2: "),
            (&format!("{node}rewards = \"burn\"\n"), "use keep, compound"),
            (&format!("{node}low_sol = \"much\"\n"), "is no amount"),
            (&format!("{node}low_sol = -1\n"), "is no amount"),
            (
                &format!("{node}low_sol = 0.0000000001\n"),
                "SOL has 9: use at most 9",
            ),
            (
                &format!("{node}min_reward = 1234567890.123456\n"),
                "write it in quotes",
            ),
            (
                &format!("{node}min_reward = 0.5\nbase_units = true\n"),
                "min_reward: 0.5 is no number of base units",
            ),
            (
                &format!("max_priority_fee = \"much\"\n{node}"),
                "line 1: \"much\" is no amount",
            ),
            (
                &format!("commitment = \"processed\"\n{node}"),
                "use commitment = \"confirmed\"",
            ),
            (
                &node.replace("a.json", "usb://ledger"),
                "node 1: cannot read key",
            ),
            (
                &node.replace("exec:cat", "cat"),
                "use exec:COMMAND, k2:FOLDER, wasm:FILE or corpus:PATH",
            ),
            (&node.replace("exec:cat", "corpus:none"), "cannot read"),
            (&node.replace("a.json", "c.json"), "node 1: cannot read key"),
            (&format!("rpc = [\"main\"]\n{node}"), "main is no cluster"),
            (
                &format!("commitment = \"max\"\n{node}"),
                "max is no commitment",
            ),
            (
                &format!("rpc = [\"l\", \"d\"]\nwebsocket = [\"ws://x\"]\n{node}"),
                "1 addresses for 2 of rpc",
            ),
            (
                &format!("rpc = [\"l\"]\nwebsocket = [\"http://me:secret@x\"]\n{node}"),
                "http://x is no address of subscriptions",
            ),
            (
                &node.replace("a.json", "pipe"),
                "is a pipe, which can be read only once: name a file",
            ),
        ] {
            refuses(text, &folder, expected);
        }
        parse(&node, &folder).unwrap();
    }

    fn make_pipe(path: &Path) {
        let made = std::process::Command::new("mkfifo").arg(path).status();
        assert!(made.unwrap().success());
    }

    #[track_caller]
    fn refuses(text: &str, folder: &Path, expected: &str) {
        let refusal = parse(text, folder).unwrap_err();
        assert!(refusal.contains(expected), "{text}: {refusal}");
        assert_eq!(refusal.lines().count(), 1, "{refusal}");
    }
}
