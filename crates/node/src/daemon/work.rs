//! The task's logic under watch: while it works the node sees no slots, and is well all the same.

use super::Metrics;
use crate::logic::{DistributionCycle, LogicError, Proof, TaskLogic};
use solana_sdk::pubkey::Pubkey;

/// A logic whose time is measured.
pub(super) struct Timed<'a, T> {
    pub(super) logic: T,
    pub(super) metrics: &'a Metrics,
}

impl<T> Timed<'_, T> {
    fn time<R>(&mut self, ask: impl FnOnce(&mut T) -> R) -> R {
        self.metrics.logic_begins();
        let answer = ask(&mut self.logic);
        self.metrics.logic_ends();
        answer
    }
}

impl<T: TaskLogic> TaskLogic for Timed<'_, T> {
    fn work(&mut self, cycle: u64) -> Result<Vec<u8>, LogicError> {
        self.time(|logic| logic.work(cycle))
    }

    fn audit(&mut self, proof: &Proof) -> Result<bool, LogicError> {
        self.time(|logic| logic.audit(proof))
    }

    fn distribution(
        &mut self,
        cycle: &DistributionCycle,
        submissions: &[Proof],
        verdicts: &[bool],
    ) -> Result<Vec<(Pubkey, u64)>, LogicError> {
        self.time(|logic| logic.distribution(cycle, submissions, verdicts))
    }
}
