//! What a node does where the ledger lists no accounts, as many RPCs do not: all that lives at addresses
//! which it can derive. It opens, submits, is paid equal shares, claims, and closes its own accounts.
//! Other nodes' submissions and stakes are at addresses that only a list gives, so it neither audits nor
//! builds lists.

use super::{CycleView, NodeRunner, RunnerError, TaskView, close::ROUNDS_TO_CLOSE};
use crate::logic::TaskLogic;
use gradual_consensus::state::{Cycle, Task};
use gradual_consensus_client::{
    account::{self, Keyed},
    address,
    ledger::{Ledger, LedgerError},
};

/// Cycles that are looked for at most, the newest first.
const MOST_CYCLES: u64 = 96;

/// Slots for which a ledger that refused is not asked again: few, since one answer of a gateway may have been
/// an accident, and a node that sees no lists misses its audits.
const SLOTS_REFUSED: u64 = 16;

/// Whether the ledger lists accounts: the slot at which it refused last, and why.
#[derive(Default)]
pub(super) struct Listing(Option<(u64, String)>);

impl Listing {
    /// Why the ledger lists no accounts, if it refused shortly before `slot`.
    pub(super) fn refusal(&self, slot: u64) -> Option<&str> {
        let is_recent = |at: u64| slot < at.saturating_add(SLOTS_REFUSED);
        let refused = self.0.as_ref().filter(|(at, _)| is_recent(*at));
        refused.map(|(_, why)| why.as_str())
    }

    /// What `read` lists; `None` where the ledger refuses.
    pub(super) fn list<R>(
        &mut self,
        slot: u64,
        read: impl FnOnce() -> Result<R, LedgerError>,
    ) -> Result<Option<R>, LedgerError> {
        if self.refusal(slot).is_some() {
            return Ok(None);
        }
        match read() {
            Ok(found) => Ok(Some(found)),
            Err(LedgerError::Unsupported(why)) => {
                self.0 = Some((slot, why));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// The numbers of the cycles of `task` that may be open in `round`.
fn open_numbers(task: &Task, round: u64) -> impl Iterator<Item = u64> {
    let attempts = u64::from(task.allowed_failed_distributions);
    let rounds = (task.claim_window.saturating_add(attempts))
        .saturating_add(ROUNDS_TO_CLOSE.saturating_mul(2))
        .saturating_add(2);
    round.saturating_sub(rounds.min(MOST_CYCLES))..=round
}

impl<L: Ledger, T: TaskLogic> NodeRunner<'_, L, T> {
    /// The task's open cycles, oldest first, as far as they can be seen.
    pub(super) fn open_cycles(
        &mut self,
        view: &TaskView,
    ) -> Result<Vec<Keyed<Cycle>>, RunnerError> {
        let (ledger, task) = (self.ledger, self.task);
        let listed = self
            .listing
            .list(view.slot, || CycleView::open_cycles(ledger, &task))?;
        if let Some(cycles) = listed {
            return Ok(cycles);
        }
        let numbers = open_numbers(&view.task, view.round);
        let addresses: Vec<_> = numbers
            .map(|number| address::cycle(&task, number))
            .collect();
        let found = ledger.accounts(&addresses)?;
        let cycles = addresses.into_iter().zip(found);
        let decoded = cycles.filter_map(|(address, found)| {
            let data = account::decode(found.as_ref()?)?;
            Some(Keyed { address, data })
        });
        Ok(decoded.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    #[test]
    fn all_cycles_that_may_be_open_fit_in_one_call() {
        let mut task = Task::zeroed();
        task.claim_window = 2;
        task.allowed_failed_distributions = 2;
        let numbers: Vec<u64> = open_numbers(&task, 100).collect();
        assert_eq!((numbers[0], numbers.last()), (86, Some(&100)));
        task.claim_window = u64::MAX;
        assert!(open_numbers(&task, 1_000).count() < 100);
        assert_eq!(open_numbers(&task, 3).count(), 4);
    }
}
