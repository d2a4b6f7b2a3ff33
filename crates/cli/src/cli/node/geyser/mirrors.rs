//! The mirrors of a process: what its nodes read of their tasks.

use super::Geyser;
use crate::cli::{node::plan::Cluster, path};
use gradual_consensus_client::{address, ledger::Ledger, rpc::RpcLedger};
use gradual_consensus_geyser::{Counts, Endpoint, Mirrored, Options};
use gradual_consensus_node::{daemon::Exposed, failover::Failover, fleet::NodeId};
use solana_commitment_config::CommitmentLevel;
use solana_sdk::pubkey::Pubkey;
use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fmt::Write,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tracing::warn;

/// The variable that holds the token. No argument does, since every user of the machine sees those.
const TOKEN: &str = "GRADUAL_GEYSER_TOKEN";

impl Geyser {
    /// The server, with its token.
    ///
    /// # Errors
    /// What is wrong with either, in one line without secrets.
    pub(in crate::cli) fn endpoint(&self) -> Result<Endpoint, String> {
        let token = self.token()?;
        Endpoint::new(&self.url, token.as_deref()).map_err(|refused| format!("geyser: {refused}"))
    }

    /// The token: that of the file, if one is named.
    fn token(&self) -> Result<Option<String>, String> {
        let Some(file) = &self.token else {
            let token = env::var(TOKEN).unwrap_or_default();
            return Ok(Some(token.trim().to_owned()).filter(|token| !token.is_empty()));
        };
        // Whoever wrote the token in the place of the file's name does not see it again.
        let text = path::read_text(&path::expand(&file.to_string_lossy())).map_err(|error| {
            format!(
                "geyser_token: the file cannot be read: {error}: name the file that holds the token"
            )
        })?;
        let token = text.trim();
        if token.is_empty() || token.contains(char::is_whitespace) {
            return Err(
                "geyser_token: the file does not hold one token: write the token, and nothing else"
                    .into(),
            );
        }
        Ok(Some(token.to_owned()))
    }
}

/// A task's accounts, on top of the RPCs.
type Mirror = Mirrored<Arc<Failover<RpcLedger>>>;

/// The mirror of each task, with the nodes whose wallets are kept too.
type ByTask = BTreeMap<Pubkey, (BTreeSet<Pubkey>, Arc<Mirror>)>;

/// One mirror for each task, which its nodes share; none where no geyser is named.
#[derive(Default)]
pub(in crate::cli) struct Mirrors {
    endpoint: Option<Endpoint>,
    is_finalized: bool,
    mirrors: Mutex<ByTask>,
}

impl Mirrors {
    /// Those of the geyser that `cluster` names.
    pub(in crate::cli) fn on(cluster: &Cluster) -> Self {
        let endpoint = cluster.geyser.as_ref().map(Geyser::endpoint);
        Self {
            endpoint: endpoint.and_then(|endpoint| {
                let why = endpoint.inspect_err(|why| warn!("the geyser is left out: {why}"));
                why.ok()
            }),
            is_finalized: cluster.commitment == CommitmentLevel::Finalized,
            ..Self::default()
        }
    }

    fn mirrors(&self) -> MutexGuard<'_, ByTask> {
        // Every change is one insertion.
        self.mirrors.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What those of the nodes `all` that play in `task` read of it, on top of `ledger`.
    pub(in crate::cli) fn of<'n>(
        &self,
        task: Pubkey,
        all: impl Iterator<Item = &'n NodeId>,
        ledger: &Arc<Failover<RpcLedger>>,
    ) -> Arc<dyn Ledger + Send + Sync> {
        let Some(endpoint) = &self.endpoint else {
            return Arc::clone(ledger) as _;
        };
        let nodes: BTreeSet<Pubkey> = all.filter(|id| id.task == task).map(|id| id.node).collect();
        let mut mirrors = self.mirrors();
        if let Some((same, mirror)) = mirrors.get(&task)
            && *same == nodes
        {
            return Arc::clone(mirror) as _;
        }
        let named = nodes.iter().copied().chain([address::config()]);
        let options = Options {
            is_finalized: self.is_finalized,
            ..Options::default()
        };
        let mirror = Mirrored::new(Arc::clone(ledger), endpoint, task, named, options);
        let mirror = Arc::new(mirror);
        mirrors.insert(task, (nodes, Arc::clone(&mirror)));
        mirror
    }
}

impl Exposed for Mirrors {
    fn text(&self) -> String {
        let mirrors = self.mirrors();
        if mirrors.is_empty() {
            return String::new();
        }
        let counts = mirrors.iter();
        let counts = counts.map(|(task, (_, mirror))| (task, mirror.counts()));
        let counts: Vec<(&Pubkey, Counts)> = counts.collect();
        let mut text = String::new();
        let mut each = |name: &str, kind: &str, help: &str, value: fn(&Counts) -> u64| {
            // Writing to a string cannot fail.
            let _head = writeln!(
                text,
                "# HELP gradual_{name} {help}\n# TYPE gradual_{name} {kind}"
            );
            for (task, counts) in &counts {
                let value = value(counts);
                let _line = writeln!(text, "gradual_{name}{{task=\"{task}\"}} {value}");
            }
        };
        let help = "1 while the task's accounts are read from the geyser.";
        each("geyser_live", "gauge", help, |counts| {
            u64::from(counts.is_live)
        });
        let help = "Reads that were answered from the geyser alone.";
        each("geyser_answers_total", "counter", help, |counts| {
            counts.mirrored
        });
        let help = "Reads for which the RPC was asked, beside the geyser or in its place.";
        each("geyser_asked_total", "counter", help, |counts| counts.asked);
        let help = "Times that all accounts of the task were read from the RPC.";
        each("geyser_fillings_total", "counter", help, |counts| {
            counts.fillings
        });
        text
    }

    fn health(&self) -> (bool, String) {
        (true, "ok: the RPC is asked where the geyser fails".into())
    }
}
