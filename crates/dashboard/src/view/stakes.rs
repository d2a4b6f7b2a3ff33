//! The stakes of a task: their sums, and its nodes.

use super::{Address, Clock, Head, Paged, Units, clean};
use crate::snapshot::TaskEntry;
use gradual_consensus::state::{NodeStake, Task};
use gradual_consensus_client::{account::Keyed, books::Books};
use serde::Serialize;

/// What the nodes of a task have staked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stakes {
    /// Stake that votes in this round.
    pub active: Units,
    /// Stake that is not active yet.
    pub warming: Units,
    /// Parked stake that is out of the electorate.
    pub parked: Units,
    /// The part of all that a lock or an open audit holds.
    pub locked: Units,
}

impl Stakes {
    /// The sums over `stakes` at `slot`.
    pub fn of(task: &Task, stakes: &[Keyed<NodeStake>], slot: u64) -> Self {
        let round = task.current_round(slot);
        stakes.iter().fold(Self::default(), |sum, stake| {
            let one = Self::of_one(&stake.data, round, slot);
            let add = |a: Units, b: Units| Units(a.0.saturating_add(b.0));
            Self {
                active: add(sum.active, one.active),
                warming: add(sum.warming, one.warming),
                parked: add(sum.parked, one.parked),
                locked: add(sum.locked, one.locked),
            }
        })
    }

    /// The parts of one stake in `round`, to which `slot` belongs.
    pub fn of_one(stake: &NodeStake, round: u64, slot: u64) -> Self {
        let timeline = stake.stake.at(round);
        let (active, total) = (timeline.active(), timeline.total());
        let rest = total.saturating_sub(active);
        let (warming, parked) = if timeline.is_parked() {
            (0, rest)
        } else {
            (rest, 0)
        };
        let is_locked = stake.open_audits > 0 || slot < stake.locked_until_slot;
        Self {
            active: Units(active),
            warming: Units(warming),
            parked: Units(parked),
            locked: Units(if is_locked { total } else { 0 }),
        }
    }

    /// All of it.
    pub const fn total(&self) -> Units {
        Units(
            self.active
                .0
                .saturating_add(self.warming.0)
                .saturating_add(self.parked.0),
        )
    }
}

/// One node in a list.
#[derive(Clone, Debug, Serialize)]
pub struct NodeRow {
    /// The node.
    pub node: Address,
    /// The parts of its stake.
    pub stake: Stakes,
    /// All that it was ever credited.
    pub earned: Units,
    /// The part of that it has not taken yet.
    pub available: Units,
    /// All that it ever lost by verdicts.
    pub slashed: Units,
    /// Open audits against it or opened by it.
    pub open_audits: u32,
    /// Accounts that it opened and that still exist.
    pub open_accounts: u32,
    /// The last round in which it did something.
    pub last_active_round: u64,
    /// Where it says it can be reached; control characters are left out.
    pub endpoint: String,
}

impl NodeRow {
    /// `stake` at `slot`.
    pub fn of(task: &Task, stake: &NodeStake, slot: u64) -> Self {
        Self {
            node: Address(stake.node),
            stake: Stakes::of_one(stake, task.current_round(slot), slot),
            earned: Units(stake.earned),
            available: Units(stake.available_balance),
            slashed: Units(stake.slashed),
            open_audits: stake.open_audits,
            open_accounts: stake.open_accounts,
            last_active_round: stake.last_active_round,
            endpoint: clean(stake.endpoint()),
        }
    }
}

/// The nodes of a task.
#[derive(Clone, Debug, Serialize)]
pub struct NodesFacts {
    /// The task.
    #[serde(flatten)]
    pub head: Head,
    /// What was searched for: the beginning of an address, or a part of an endpoint. Empty for all.
    pub search: String,
    /// Those found, the greatest stake first.
    pub nodes: Paged<NodeRow>,
}

impl NodesFacts {
    /// Page number `page` of the nodes in `books` that `search` finds.
    pub fn of(entry: &TaskEntry, books: &Books, clock: &Clock, search: &str, page: usize) -> Self {
        let (task, search) = (&entry.task.data, clean(search.trim()));
        let mut found: Vec<&NodeStake> = books
            .stakes
            .iter()
            .map(|stake| &stake.data)
            .filter(|stake| {
                search.is_empty()
                    || stake.endpoint().contains(&search)
                    || stake.node.to_string().starts_with(&search)
            })
            .collect();
        found.sort_by_key(|stake| (std::cmp::Reverse(stake.stake.total()), stake.node));
        Self {
            head: Head::of(entry, clock),
            nodes: Paged::of(&found, page, |stake| NodeRow::of(task, stake, clock.slot)),
            search,
        }
    }
}
