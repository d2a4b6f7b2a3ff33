//! The logic of a task, as an operator names it.

use crate::cli::{Failure, path, secret};
use gradual_consensus_node::{
    corpus::{Corpus, CorpusIndex},
    external::{DEFAULT_TIMEOUT, External},
    logic::{DistributionCycle, LogicError, Proof, TaskLogic},
    runner::Rewards,
};
use solana_sdk::pubkey::Pubkey;
use std::{
    path::{Path, PathBuf},
    rc::Rc,
    str::FromStr,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

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
    },
}

impl Logic {
    /// The logic that `text` names; a relative path is one in `folder`.
    ///
    /// # Errors
    /// What to write instead.
    pub(in crate::cli) fn parse(
        text: &str,
        folder: &Path,
        (shares, timeout): (u32, Duration),
    ) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("corpus", path)) if !path.is_empty() => Ok(Self::Corpus {
                path: folder.join(path::expand(path)),
                shares,
            }),
            Some(("exec", command)) if !command.trim().is_empty() => Ok(Self::Exec {
                command: command.into(),
                timeout,
            }),
            _ => Err(format!(
                "logic {}: use corpus:PATH or exec:COMMAND",
                secret::shown(text)
            )),
        }
    }

    /// The longest that it may take to answer.
    pub(super) const fn longest_answer(&self) -> Duration {
        match self {
            Self::Corpus { .. } => DEFAULT_TIMEOUT,
            Self::Exec { timeout, .. } => *timeout,
        }
    }

    /// The logic at work for `node`. An external program is started when it is first asked, and an answer of it
    /// is waited for until `stop` is set.
    ///
    /// # Errors
    /// Bad input: the text cannot be read.
    pub(in crate::cli) fn played_by(
        &self,
        node: Pubkey,
        stop: &Arc<AtomicBool>,
    ) -> Result<Played, Failure> {
        Ok(match self {
            Self::Corpus { path, shares } => {
                let corpus = Corpus::read(path);
                let corpus = corpus.map_err(|error| Failure::Usage(error.to_string()))?;
                Played::Corpus(CorpusIndex::new(Rc::new(corpus), node, *shares))
            }
            Self::Exec { command, timeout } => {
                let external = External::new(command.clone(), node, *timeout);
                Played::External(external.until(Arc::clone(stop)))
            }
        })
    }
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
    External(External),
}

impl Played {
    /// The same logic, in a process that has answered nothing yet.
    pub(in crate::cli) fn fresh(&self) -> Self {
        match self {
            Self::Corpus(corpus) => Self::Corpus(corpus.clone()),
            Self::External(external) => Self::External(external.fresh()),
        }
    }

    fn logic(&mut self) -> &mut dyn TaskLogic {
        match self {
            Self::Corpus(corpus) => corpus,
            Self::External(external) => external,
        }
    }
}

impl TaskLogic for Played {
    fn work(&mut self, cycle: u64) -> Result<Vec<u8>, LogicError> {
        self.logic().work(cycle)
    }

    fn audit(&mut self, proof: &Proof) -> Result<bool, LogicError> {
        self.logic().audit(proof)
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
