//! A tap on the node's ledger: it measures the pace of slots, counts what is sent, and stops the node
//! from sending once it is stopping.

use super::{Metrics, pace::Pace};
use gradual_consensus_client::{
    compute::instruction_name,
    ledger::{LedgerError, Receipt, Tap, Tapped},
};
use solana_sdk::{instruction::Instruction, signature::Keypair};
use std::{
    cell::RefCell,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};
use tracing::info;

/// A ledger under watch.
pub(super) type Watched<'a, L> = Tapped<&'a L, Watch<'a>>;

/// What watches the ledger.
pub(super) struct Watch<'a> {
    pub(super) metrics: &'a Metrics,
    stop: &'a AtomicBool,
    pace: RefCell<Pace>,
}

impl<'a> Watch<'a> {
    pub(super) fn new(metrics: &'a Metrics, stop: &'a AtomicBool) -> Self {
        Self {
            metrics,
            stop,
            pace: RefCell::default(),
        }
    }

    /// Whether the node was asked to stop.
    pub(super) fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn require_going(&self) -> Result<(), LedgerError> {
        if self.is_stopping() {
            return Err(LedgerError::Unavailable("the node is stopping".into()));
        }
        Ok(())
    }

    /// How long to wait before the next look, with `slots` slots to pass.
    pub(super) fn pause(&self, slots: u64) -> Duration {
        self.pace.borrow().pause(slots)
    }
}

impl Tap for Watch<'_> {
    /// A node that is stopping asks nothing more: an RPC that is slow would hold it up.
    fn before_read(&self) -> Result<(), LedgerError> {
        self.require_going()
    }

    fn after_slot(&self, slot: u64) {
        let now = Instant::now();
        let mut pace = self.pace.borrow_mut();
        pace.record(now, slot);
        self.metrics.record_slot(slot, now, pace.slot_time());
    }

    fn before_send<'a>(
        &'a self,
        _: &[Instruction],
        _: &mut Vec<&'a Keypair>,
    ) -> Result<(), LedgerError> {
        self.require_going()?;
        self.metrics.sending_begins();
        Ok(())
    }

    fn after_send(
        &self,
        instructions: &[Instruction],
        receipt: &Receipt,
    ) -> Result<(), LedgerError> {
        self.metrics.sending_ends();
        // The runner writes what they were about.
        for instruction in instructions {
            let name = instruction_name(&instruction.data).unwrap_or("other");
            self.metrics.count_sent(name);
        }
        let times = receipt.broadcasts.saturating_sub(1);
        if times > 0 {
            self.metrics.count_sent_again(times);
            info!(times, slot = receipt.slot, "sent again");
        }
        Ok(())
    }

    fn after_error(&self, error: &LedgerError) {
        self.metrics.sending_ends();
        if matches!(error, LedgerError::Unavailable(_)) {
            self.metrics.count_unavailable();
        }
    }
}
