//! What became of a cycle that has no account any more. Its address is its own for ever, so that the
//! cluster's history says whether the program ever wrote there.

use crate::cli::session::{FoundTask, Session};
use gradual_consensus_client::address;

/// What became of a cycle that has no account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Past {
    /// It was opened, and is closed: it was played and settled.
    Closed {
        /// The slot of its last transaction.
        slot: u64,
    },
    /// Nobody opened it in its work round: it did not take place.
    NeverOpened,
    /// The RPC's history does not reach so far back, or it keeps none.
    Unknown,
}

impl Past {
    /// Asks the cluster's history for cycle `number` of `task`.
    pub(super) fn find(session: &Session, task: &FoundTask, number: u64) -> Self {
        let cycle = address::cycle(&task.address, number);
        let seen = session
            .ledger
            .call(|client| client.get_signatures_for_address(&cycle));
        let Ok(seen) = seen else {
            return Self::Unknown;
        };
        let done = seen.iter().filter(|transaction| transaction.err.is_none());
        let begun = task.data.schedule.boundary(number).unwrap_or(u64::MAX);
        let since = session
            .ledger
            .call(|client| client.get_first_available_block());
        Self::of(begun, done.map(|transaction| transaction.slot), since.ok())
    }

    /// Of a cycle whose work round began at slot `begun` and whose address has succeeded transactions in the
    /// slots `done`, by a history that begins at slot `since`.
    fn of(begun: u64, done: impl Iterator<Item = u64>, since: Option<u64>) -> Self {
        // Before its round it could not be opened, whatever else names the address.
        match done.filter(|&slot| slot >= begun).max() {
            Some(slot) => Self::Closed { slot },
            None if since.is_some_and(|since| since <= begun) => Self::NeverOpened,
            None => Self::Unknown,
        }
    }

    /// For programs.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Closed { .. } => "closed",
            Self::NeverOpened => "never opened",
            Self::Unknown => "gone",
        }
    }

    /// For people.
    pub(super) fn text(self) -> String {
        match self {
            Self::Closed { slot } => {
                format!("closed: it was played and settled; its last transaction is of slot {slot}")
            }
            Self::NeverOpened => {
                "never opened: nobody opened it in its work round, so it did not take place".into()
            }
            Self::Unknown => {
                "closed (played and settled), or never opened: this RPC's history does \
                              not say which, ask one that keeps it all"
                    .into()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_is_closed_or_never_opened_only_as_far_as_the_history_reaches() {
        let of = |done: &[u64], since| Past::of(100, done.iter().copied(), since);
        assert_eq!(of(&[130, 101], Some(0)), Past::Closed { slot: 130 });
        assert_eq!(of(&[130], None), Past::Closed { slot: 130 });
        assert_eq!(of(&[], Some(100)), Past::NeverOpened);
        assert_eq!(of(&[99], Some(0)), Past::NeverOpened, "not its own");
        assert_eq!(of(&[], Some(101)), Past::Unknown);
        assert_eq!(of(&[], None), Past::Unknown);
    }

    #[test]
    fn nobody_reads_that_nobody_played() {
        for past in [Past::Closed { slot: 1 }, Past::Unknown] {
            assert!(past.text().contains("played and settled"));
        }
        assert!(Past::NeverOpened.text().contains("did not take place"));
    }
}
