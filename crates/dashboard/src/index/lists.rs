//! The entries of lists: the keeper recomputes a list that pays equal shares, and looks for another one where its proposer says
//! that people can read it. What it finds it keeps only if it leads to the Merkle root in the list's account.

use super::{Keeper, locked};
use crate::history::HistoryError;
use gradual_consensus::{
    rules::schedule::distribution_round,
    state::{Cycle, DistributionList, Status, Task},
};
use gradual_consensus_client::{
    account::{self, Keyed},
    address,
    ledger::Ledger,
};
use gradual_consensus_node::{
    logic::{Proof, equal_shares},
    runner::{BuiltList, fetch_fallen},
};
use solana_sdk::pubkey::Pubkey;
use std::collections::{HashMap, HashSet};

/// Rounds for which lists are kept at most: as long as a node looks for a cycle (`crates/node/src/runner/listing.rs`).
const MOST_ROUNDS: u64 = 96;
/// Slots for which a place that did not give a list is not asked again.
const SLOTS_BETWEEN_READINGS: u64 = 300;

/// The nodes of a list and what each is paid, in base units.
pub type Entries = Vec<(Pubkey, u64)>;
/// Reads what is at a list's `uri`: each way in which the file may be meant, or why there is none.
pub type ReadUri = Box<dyn Fn(&Task, &DistributionList) -> Result<Vec<Entries>, String> + Send>;

/// What the keeper tried to find the entries of a list.
struct Tried {
    task: Pubkey,
    cycle: u64,
    /// Whether it was recomputed, and is another one.
    is_other: bool,
    /// The slot from which what is at its `uri` may be read.
    read_from: u64,
}

/// How the keeper finds lists.
#[derive(Default)]
pub(super) struct Search {
    read: Option<ReadUri>,
    /// Lists whose entries are not known, by their addresses.
    tried: HashMap<Pubkey, Tried>,
}

impl Search {
    /// What was tried for `list`, which is of `cycle`.
    fn tried(&mut self, list: &Pubkey, cycle: &Cycle) -> &mut Tried {
        self.tried.entry(*list).or_insert(Tried {
            task: cycle.task,
            cycle: cycle.number,
            is_other: false,
            read_from: 0,
        })
    }

    /// Forgets the cycles of `task` before cycle `number`.
    fn forget(&mut self, task: &Pubkey, number: u64) {
        (self.tried).retain(|_, tried| tried.task != *task || tried.cycle >= number);
    }
}

/// The first cycle of `task` whose list may be paid in `round`.
fn first_paid(task: &Task, round: u64) -> u64 {
    let attempts = u64::from(task.allowed_failed_distributions);
    let rounds = attempts.saturating_add(task.claim_window);
    round.saturating_sub(rounds.saturating_add(3).min(MOST_ROUNDS))
}

/// Where the list of `cycle` lives that is proposed or accepted in `round`.
fn address_of(cycle: &Keyed<Cycle>, round: u64) -> Option<Pubkey> {
    let data = &cycle.data;
    let attempt = if data.list_accepted() {
        data.accepted_attempt
    } else if data.list_pending() {
        let first = distribution_round(data.number, 0)?;
        u8::try_from(round.checked_sub(first)?).ok()?
    } else {
        return None;
    };
    Some(address::list(&cycle.address, attempt))
}

impl<L: Ledger> Keeper<L> {
    /// The same keeper, which has `read` read what is at the `uri` of accepted lists that it cannot recompute.
    #[must_use]
    pub fn reading(mut self, read: ReadUri) -> Self {
        self.search.read = Some(read);
        self
    }

    /// Finds the entries of the lists of `cycles` of `task` that are proposed or accepted and not kept yet, at `slot`.
    pub(super) fn look_at_lists(
        &mut self,
        slot: u64,
        task: &Keyed<Task>,
        cycles: &[Keyed<Cycle>],
    ) -> Result<(), HistoryError> {
        let terms = &task.data;
        let round = terms.current_round(slot);
        let first = first_paid(terms, round);
        locked(&self.kept.history).forget_lists(&task.address, first)?;
        self.search.forget(&task.address, first);
        let mut wanted = Vec::new();
        for cycle in cycles {
            if let Some(address) = address_of(cycle, round)
                && !locked(&self.kept.history).has_list(&address)?
            {
                wanted.push((cycle, address));
            }
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let addresses: Vec<Pubkey> = wanted.iter().map(|(_, address)| *address).collect();
        let found = self.ledger.accounts(&addresses)?;
        for ((cycle, address), found) in wanted.into_iter().zip(found) {
            let Some(data) = found.as_ref().and_then(account::decode) else {
                continue;
            };
            let list = Keyed { address, data };
            let built = match self.recompute(terms, cycle, &list)? {
                Some(built) => Some(built),
                None => self.read_list(slot, terms, cycle, &list),
            };
            if let Some(built) = built {
                let at = (&task.address, cycle.data.number, &address);
                locked(&self.kept.history).keep_list(at, built.entries())?;
                self.search.tried.remove(&address);
            }
        }
        Ok(())
    }

    /// The `list` of `cycle`, if it pays equal shares to all whose submissions stand. It is recomputed once, from the submissions
    /// that are kept.
    fn recompute(
        &mut self,
        terms: &Task,
        cycle: &Keyed<Cycle>,
        list: &Keyed<DistributionList>,
    ) -> Result<Option<BuiltList>, HistoryError> {
        if self.search.tried(&list.address, &cycle.data).is_other {
            return Ok(None);
        }
        let history = locked(&self.kept.history);
        let is_whole = history
            .indexed(&cycle.address)?
            .is_some_and(|kept| kept.is_whole);
        if !is_whole {
            return Ok(None);
        }
        let authors = history.authors(&cycle.address)?;
        drop(history);
        let mut built = None;
        if cycle.data.invalid == 0 {
            built = equal_list(cycle, &authors, &HashSet::new());
        }
        if !built
            .as_ref()
            .is_some_and(|built| built.matches(&list.data))
        {
            let fallen = fetch_fallen(&self.ledger, &cycle.address, terms.quorum_bps)?;
            built = equal_list(cycle, &authors, &fallen);
        }
        let built = built.filter(|built| built.matches(&list.data));
        self.search.tried(&list.address, &cycle.data).is_other = built.is_none();
        Ok(built)
    }

    /// The accepted `list` of `cycle`, as it is found where its proposer said.
    fn read_list(
        &mut self,
        slot: u64,
        terms: &Task,
        cycle: &Keyed<Cycle>,
        list: &Keyed<DistributionList>,
    ) -> Option<BuiltList> {
        let is_accepted = list.data.subject.status() == Status::Accepted;
        let tried = self.search.tried(&list.address, &cycle.data);
        if !is_accepted || list.data.uri().is_empty() || slot < tried.read_from {
            return None;
        }
        tried.read_from = slot.saturating_add(SLOTS_BETWEEN_READINGS);
        let read = self.search.read.as_ref()?(terms, &list.data);
        let task = cycle.data.task;
        let found = read.and_then(|all| {
            let mut built = all
                .into_iter()
                .filter_map(|entries| BuiltList::new(&task, cycle.data.number, entries));
            let found = built.find(|built| built.matches(&list.data));
            found.ok_or_else(|| "it does not lead to the list's Merkle root".into())
        });
        found
            .inspect_err(|why| {
                tracing::warn!(
                    list = %list.address,
                    "the entries of an accepted list are not known: what is at its uri: {why}"
                );
            })
            .ok()
    }
}

/// The list of `cycle` that pays the same to each of `authors` but those that have `fallen`.
fn equal_list(
    cycle: &Keyed<Cycle>,
    authors: &[Pubkey],
    fallen: &HashSet<Pubkey>,
) -> Option<BuiltList> {
    let Cycle {
        task,
        number,
        bounty,
        ..
    } = cycle.data;
    let proofs: Vec<Proof> = authors
        .iter()
        .map(|&node| Proof {
            cycle: number,
            node,
            value: Vec::new(),
            slot: 0,
            tally: None,
        })
        .collect();
    let verdicts: Vec<bool> = authors.iter().map(|node| !fallen.contains(node)).collect();
    BuiltList::new(&task, number, equal_shares(bounty, &proofs, &verdicts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    #[test]
    fn a_list_is_kept_while_it_is_paid() {
        let mut task = Task::zeroed();
        for (failed, claim_window) in [(0, 1), (2, 1), (15, 7)] {
            task.allowed_failed_distributions = failed;
            task.claim_window = claim_window;
            let mut cycle = Cycle {
                number: 40,
                ..Cycle::zeroed()
            };
            cycle.list_accepted = 1;
            cycle.accepted_in_round = task.last_attempt_round(cycle.number).unwrap();
            let rounds = 40..200;
            let last = rounds.take_while(|&round| {
                round <= cycle.accepted_in_round || !cycle.is_claim_window_over(&task, round)
            });
            let last = last.last().unwrap();
            assert!(
                first_paid(&task, last) <= cycle.number,
                "{failed} {claim_window}"
            );
            assert!(
                first_paid(&task, last + 3) > cycle.number,
                "{failed} {claim_window}"
            );
        }
        task.claim_window = u64::MAX;
        assert_eq!(first_paid(&task, 1_000), 1_000 - MOST_ROUNDS);
    }
}
