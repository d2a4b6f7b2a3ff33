//! The logic of a task, as an operator names it.

#[cfg(feature = "wasm")]
use super::grant::of_module;
use super::grant::{Grant, folders};
use crate::cli::{
    Failure, path,
    sandbox::{self, State},
    secret, shell,
};
#[cfg(feature = "wasm")]
use crate::cli::{
    fetch::url_in,
    module::{fetch::fetch_granted, read},
};
#[cfg(feature = "wasm")]
use gradual_consensus_client::text::one_line;
use gradual_consensus_node::{
    check::CYCLE,
    corpus::{Corpus, CorpusIndex, DEFAULT_SHARES},
    external::{
        DEFAULT_TIMEOUT, External,
        host::{Host, Trial},
    },
    logic::{DistributionCycle, ListInput, LogicError, Proof, TaskLogic},
    runner::Rewards,
};
use gradual_consensus_sandbox::Sandbox;
#[cfg(feature = "wasm")]
use gradual_consensus_wasm::asks::Asks;
use solana_sdk::{
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};
use std::{
    env,
    path::{Path, PathBuf},
    str::FromStr,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

/// What holds for a logic, whichever kind it is of.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Terms {
    /// Number of shares that a corpus is cut into.
    pub(in crate::cli) shares: u32,
    /// Longest wait for an answer.
    pub(in crate::cli) timeout: Duration,
    /// What confines a program of `exec:`.
    pub(in crate::cli) sandbox: Option<Sandbox>,
    /// What the work of a module may use, and what a sandboxed program may read.
    pub(in crate::cli) allow: Vec<Grant>,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            shares: DEFAULT_SHARES,
            timeout: DEFAULT_TIMEOUT,
            sandbox: None,
            allow: Vec::new(),
        }
    }
}

/// Where the logic of a task is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Logic {
    /// The index of a text.
    Corpus {
        /// The text's folder or file.
        path: PathBuf,
        /// Number of shares that it is cut into.
        shares: u32,
    },
    /// A program of the operator's.
    Exec {
        /// The shell command.
        command: String,
        /// Longest wait for an answer.
        timeout: Duration,
        /// What confines it.
        sandbox: Option<Sandbox>,
    },
    /// A task of K2.
    K2 {
        /// Its folder.
        folder: PathBuf,
        /// Longest wait for an answer.
        timeout: Duration,
    },
    /// A WebAssembly module.
    Wasm {
        /// Its file.
        file: PathBuf,
        /// Longest wait for an answer.
        timeout: Duration,
        /// What its work may use.
        allow: Vec<Grant>,
    },
    /// The WebAssembly module that the task names, found when a node starts.
    #[cfg_attr(
        not(feature = "wasm"),
        allow(dead_code, reason = "no module is played")
    )]
    Named {
        /// Files, folders and addresses where it is looked for.
        from: Vec<String>,
        /// Longest wait for an answer.
        timeout: Duration,
        /// What its work may use.
        allow: Vec<Grant>,
    },
}

/// A node of no task, whose key anybody knows, and what a logic is tried with that asks for signatures and slots.
pub(in crate::cli) fn trial() -> (Pubkey, Arc<dyn Host>) {
    let key = Keypair::new_from_array([7; 32]);
    (key.pubkey(), Arc::new(Trial::new(key, CYCLE)))
}

/// The program that plays tasks of K2: `client/k2` installs it.
const K2: &str = "gradual-k2";

/// The folder in which the logic of `node` in `task` keeps its state: below systemd's `STATE_DIRECTORY`, or
/// where the user's programs keep theirs. `None` where there is no home.
pub(in crate::cli) fn state_folder(task: &Pubkey, node: &Pubkey) -> Option<PathBuf> {
    let named = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    let base = match (named("STATE_DIRECTORY"), named("XDG_STATE_HOME")) {
        // systemd names several with colons.
        (Some(folders), _) => env::split_paths(&folders).next()?,
        (None, Some(folder)) => PathBuf::from(folder).join("gradual"),
        (None, None) => env::home_dir()?.join(".local/state/gradual"),
    };
    Some(
        base.join("logic")
            .join(task.to_string())
            .join(node.to_string()),
    )
}

impl Logic {
    /// The logic that `text` names; a relative path is one in `folder`.
    ///
    /// # Errors
    /// What to write instead.
    pub(in crate::cli) fn parse(text: &str, folder: &Path, terms: Terms) -> Result<Self, String> {
        let Terms {
            shares,
            timeout,
            sandbox,
            allow,
        } = terms;
        match text.split_once(':') {
            Some(("corpus" | "k2", _)) if !allow.is_empty() => {
                Err(format!("logic {}: {UNGRANTED}", secret::shown(text)))
            }
            Some(("corpus", path)) if !path.is_empty() => Ok(Self::Corpus {
                path: folder.join(path::expand(path)),
                shares,
            }),
            Some(("exec", command)) if !command.trim().is_empty() => Ok(Self::Exec {
                command: command.into(),
                timeout,
                sandbox: confined(sandbox, &allow)?,
            }),
            Some(("k2", _)) if sandbox.is_some() => Err(format!(
                "logic {}: tasks of K2 need the network, which no program has in the sandbox: leave sandbox out",
                secret::shown(text)
            )),
            Some(("k2", path)) if !path.is_empty() => Ok(Self::K2 {
                folder: folder.join(path::expand(path)),
                timeout,
            }),
            Some(("wasm", path)) if !path.is_empty() => Ok(Self::Wasm {
                file: folder.join(path::expand(path)),
                timeout,
                allow,
            }),
            _ => Err(format!(
                "logic {}: use exec:COMMAND, k2:FOLDER, wasm:FILE or corpus:PATH",
                secret::shown(text)
            )),
        }
    }

    /// The module that the task names, looked for in `from`; a relative path there is one in `folder`.
    ///
    /// # Errors
    /// What to write instead.
    #[cfg(feature = "wasm")]
    pub(super) fn named(from: &[String], folder: &Path, terms: Terms) -> Result<Self, String> {
        let place = |text: &String| {
            if url_in(text).is_some() {
                return Ok(text.clone());
            }
            if text.is_empty() || text.contains("://") {
                return Err(format!(
                    "logic_from {:?}: use a file, a folder, or an address with https",
                    secret::shown(text)
                ));
            }
            let path = folder.join(path::expand(text));
            Ok(path.to_string_lossy().into_owned())
        };
        let from = from.iter().map(place).collect::<Result<_, _>>()?;
        Ok(Self::Named {
            from,
            timeout: terms.timeout,
            allow: terms.allow,
        })
    }

    /// As where modules are played: here they are not.
    ///
    /// # Errors
    /// Always.
    #[cfg(not(feature = "wasm"))]
    pub(super) fn named(_: &[String], _: &Path, _: Terms) -> Result<Self, String> {
        Err(format!("it names no logic, and {NO_WASM}"))
    }

    /// The longest that it may take to answer.
    pub(super) const fn longest_answer(&self) -> Duration {
        match self {
            Self::Corpus { .. } => DEFAULT_TIMEOUT,
            // The node's own answers may take as long again.
            Self::Exec { timeout, .. }
            | Self::K2 { timeout, .. }
            | Self::Wasm { timeout, .. }
            | Self::Named { timeout, .. } => timeout.saturating_mul(2),
        }
    }

    /// The logic at work for `node`. An external program is started when it is first asked, and an answer of it
    /// is waited for until `stop` is set. `host` answers its requests; without one it is only tried. A sandboxed
    /// program writes to `state`; without it to a folder that does not stay.
    ///
    /// # Errors
    /// Bad input: the text or the folder cannot be read, what plays it is not installed, or there is no sandbox.
    pub(in crate::cli) fn played_by(
        &self,
        node: Pubkey,
        stop: &Arc<AtomicBool>,
        host: Option<Arc<dyn Host>>,
        state: Option<PathBuf>,
    ) -> Result<Played, Failure> {
        let mut written = None;
        let (command, timeout) = match self {
            Self::Corpus { path, shares } => {
                let corpus = Corpus::read(path);
                let corpus = corpus.map_err(|error| Failure::Usage(error.to_string()))?;
                let index = CorpusIndex::new(Arc::new(corpus), node, *shares);
                return Ok(Played::Corpus(index));
            }
            Self::Exec {
                command,
                timeout,
                sandbox: None,
            } => (command.clone(), *timeout),
            Self::Exec {
                command,
                timeout,
                sandbox: Some(confines),
            } => {
                let state = written.insert(State::new(state)?);
                (sandbox::command(confines, state, command)?, *timeout)
            }
            Self::K2 { folder, timeout } => {
                require_k2(folder)?;
                let folder = shell::quoted(&folder.to_string_lossy());
                (format!("exec {K2} {folder}"), *timeout)
            }
            Self::Wasm {
                file,
                timeout,
                allow,
            } => (wasm_command(file, allow)?, *timeout),
            Self::Named { .. } => {
                return Err(Failure::Failed(
                    "the module that the task names was not looked for: this is a fault of this program".into(),
                ));
            }
        };
        let external = External::new(command, node, timeout).until(Arc::clone(stop));
        let external = match host {
            Some(host) => external.hosted_by(host),
            None => external,
        };
        // The path alone: a folder that does not stay is removed with the logic.
        let state = written.as_ref().map(|state| state.path().to_owned());
        let external = match state {
            Some(state) => external.bounded_by(move || {
                let room = Sandbox::require_room(&state);
                room.map_err(|error| error.to_string())
            }),
            None => external,
        };
        Ok(Played::External(Box::new(external), written))
    }

    /// What confines the program of the logic, if it is one in a sandbox.
    pub(super) const fn sandbox(&self) -> Option<&Sandbox> {
        match self {
            Self::Exec { sandbox, .. } => sandbox.as_ref(),
            _ => None,
        }
    }
}

/// What is said where nothing can be granted.
const UNGRANTED: &str = "allow is for modules, and for programs with sandbox: leave it out, or in a file of nodes write allow = []";

/// The sandbox of a program that is allowed `allow`.
///
/// # Errors
/// It has none, and may do what its node may; or it has no use for what is allowed.
fn confined(sandbox: Option<Sandbox>, allow: &[Grant]) -> Result<Option<Sandbox>, String> {
    match sandbox {
        None if allow.is_empty() => Ok(None),
        None => Err(UNGRANTED.into()),
        Some(sandbox) => Ok(Some(Sandbox {
            read: folders(allow)?,
            ..sandbox
        })),
    }
}

/// # Errors
/// Bad input: there is no such folder, or nothing that plays it.
fn require_k2(folder: &Path) -> Result<(), Failure> {
    if !folder.is_dir() {
        let folder = folder.to_string_lossy();
        let folder = secret::shown(&folder);
        return Err(Failure::Usage(format!(
            "{folder} is no folder: k2: names the folder of a K2 task"
        )));
    }
    if !shell::is_installed(K2) {
        return Err(Failure::Usage(format!(
            "{K2} is not on PATH: install Node.js and npm, build client/k2, then npm install --global ./client/k2 \
             (docs/from-k2.md says how)"
        )));
    }
    Ok(())
}

/// What a command says that plays no modules.
#[cfg(not(feature = "wasm"))]
const NO_WASM: &str = "this command was built without the feature wasm: build it with the feature, or use exec:COMMAND";

/// As where modules are played: here they are not.
///
/// # Errors
/// Always.
#[cfg(not(feature = "wasm"))]
fn wasm_command(_: &Path, _: &[Grant]) -> Result<String, Failure> {
    Err(Failure::Usage(NO_WASM.into()))
}

/// Most characters of what is wrong with a module.
#[cfg(feature = "wasm")]
const MOST_REASON: usize = 200;

/// The command that plays the module in `file`: this one, in a process of its own. Its work may use `allow`.
///
/// # Errors
/// Bad input: there is no such file, or no such folder as is allowed.
#[cfg(feature = "wasm")]
fn wasm_command(file: &Path, allow: &[Grant]) -> Result<String, Failure> {
    let name = file.to_string_lossy();
    of_module(allow, fetch_granted).map_err(Failure::Usage)?;
    if !file.is_file() {
        let name = secret::shown(&name);
        return Err(Failure::Usage(format!(
            "{name} is no file: wasm: names a WebAssembly module"
        )));
    }
    let bytes = read(file)?;
    Asks::of(&bytes).map_err(|why| {
        let (name, size) = (secret::shown(&name), bytes.len());
        let why = one_line(&why, MOST_REASON);
        Failure::Usage(format!("{name}, {size} bytes: {why}"))
    })?;
    let own = shell::own()?;
    let own = shell::quoted(&own.to_string_lossy());
    let mut command = format!("exec {own} logic play {}", shell::quoted(&name));
    for grant in allow {
        let grant = grant.text().map_err(anyhow::Error::from)?;
        command.push_str(&format!(" --allow {}", shell::quoted(&grant)));
    }
    Ok(command)
}

/// What a node does with its rewards, by its name.
#[derive(Clone, Copy, Debug)]
pub(super) struct RewardsArg(pub(super) Rewards);

impl FromStr for RewardsArg {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const KINDS: &str = "use keep, compound, or claim:TOKEN_ACCOUNT";
        match (text, text.strip_prefix("claim:")) {
            ("keep", _) => Ok(Self(Rewards::Keep)),
            ("compound", _) => Ok(Self(Rewards::Compound)),
            (_, Some(account)) => {
                let account = account.parse().map_err(|_| KINDS)?;
                Ok(Self(Rewards::Claim(account)))
            }
            _ => Err(KINDS),
        }
    }
}

/// A task's logic at work.
pub(in crate::cli) enum Played {
    Corpus(CorpusIndex),
    /// With the folder that a sandboxed program writes to.
    External(Box<External>, Option<State>),
}

impl Played {
    /// The same logic, in a process that has answered nothing yet.
    pub(in crate::cli) fn fresh(&self) -> Self {
        match self {
            Self::Corpus(corpus) => Self::Corpus(corpus.clone()),
            Self::External(external, state) => {
                Self::External(Box::new(external.fresh()), state.clone())
            }
        }
    }

    fn logic(&mut self) -> &mut dyn TaskLogic {
        match self {
            Self::Corpus(corpus) => corpus,
            Self::External(external, _) => external.as_mut(),
        }
    }
}

impl TaskLogic for Played {
    fn work(&mut self, cycle: u64) -> Result<Vec<u8>, LogicError> {
        self.logic().work(cycle)
    }

    fn begin_work(&mut self, cycle: u64) -> bool {
        self.logic().begin_work(cycle)
    }

    fn try_work(&mut self, cycle: u64) -> Result<Option<Vec<u8>>, LogicError> {
        self.logic().try_work(cycle)
    }

    fn end_work_before(&mut self, cycle: u64) {
        self.logic().end_work_before(cycle);
    }

    fn audit(&mut self, proof: &Proof) -> Result<bool, LogicError> {
        self.logic().audit(proof)
    }

    fn list_input(&mut self) -> Result<ListInput, LogicError> {
        self.logic().list_input()
    }

    fn distribution(
        &mut self,
        cycle: &DistributionCycle,
        submissions: &[Proof],
        verdicts: &[bool],
    ) -> Result<Vec<(Pubkey, u64)>, LogicError> {
        self.logic().distribution(cycle, submissions, verdicts)
    }
}
