//! What to measure, with how much of what, and why there may be no figures.

use gradual_consensus_client::ledger::LedgerError;
use solana_sdk::pubkey::Pubkey;
use std::time::Duration;
use thiserror::Error;

/// What a node stakes, in lamports: the task's minimum.
pub(super) const STAKE: u64 = 10_000;
/// Seconds of the submission window, unless a plan names them: [`WINDOW`], and one more for every [`NODES_A_SECOND`] nodes.
const WINDOW: u16 = 6;
const NODES_A_SECOND: u16 = 8;

/// What to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Nodes that submit.
    pub nodes: u16,
    /// How often they do.
    pub rounds: u16,
    /// Transactions that are under way at the same time at most.
    pub concurrency: u16,
    /// Seconds of the submission window; `None`: as many as the nodes need on a slow cluster.
    pub window: Option<u16>,
}

impl Plan {
    /// Slots of the submission window, if a slot takes `slot_time`; `None` if they cannot be counted.
    pub(super) fn submission_window(self, slot_time: Duration) -> Option<u64> {
        let needed = WINDOW.saturating_add(self.nodes / NODES_A_SECOND);
        let window = Duration::from_secs(self.window.unwrap_or(needed).into());
        let slots = window.as_micros().div_ceil(slot_time.as_micros().max(1));
        u64::try_from(slots).ok()
    }
}

/// Why there are no figures.
#[derive(Debug, Error)]
pub enum BenchError {
    /// The cluster's.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// It takes more SOL than the payer has.
    #[error(
        "this takes {needed} lamports, most of which come back, but {payer} has only {held}: send it some"
    )]
    TooPoor {
        /// Who pays.
        payer: Pubkey,
        /// What it has.
        held: u64,
        /// What it needs.
        needed: u64,
    },
    /// An account that was just made is not there.
    #[error("the cluster confirmed account {0} but does not show it: try another RPC")]
    Missing(Pubkey),
    /// Transactions failed that must all land.
    #[error("{what}: {failed} of {of} transactions failed, the first with: {first}: run it again")]
    Failed {
        /// What was done.
        what: &'static str,
        /// How many failed.
        failed: usize,
        /// Of how many.
        of: usize,
        /// What the first of them said.
        first: String,
    },
    /// A number that cannot be counted with.
    #[error("the SOL for so many nodes and rounds does not fit into 64 bits: use fewer")]
    Overflow,
}
