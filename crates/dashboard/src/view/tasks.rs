//! All tasks.

use super::{Address, Clock, Moment, Paged, Units, clean, task::state};
use crate::snapshot::{Snapshot, TaskEntry};
use gradual_consensus_client::amount::Unit;
use serde::Serialize;

/// One task in a list.
#[derive(Clone, Debug, Serialize)]
pub struct TaskRow {
    /// Its address.
    pub task: Address,
    /// Its name; control characters are left out.
    pub name: String,
    /// Its description; control characters are left out.
    pub description: String,
    /// `active`, `inactive` or `migrated`.
    pub state: &'static str,
    /// Whether a manager of the config vouches for it.
    pub is_allowlisted: bool,
    /// The round that it is in; `None` before it starts.
    pub round: Option<u64>,
    /// Nodes that have a stake account.
    pub node_count: u64,
    /// All that is staked.
    pub total_stake: Units,
    /// Bounty that is set aside for no cycle.
    pub bounty_available: Units,
    /// How many rounds that pays for.
    pub funded_rounds: u64,
    /// What amounts are counted in, for people.
    pub unit: String,
    #[serde(skip)]
    counted_in: Unit,
}

impl TaskRow {
    fn of(entry: &TaskEntry, clock: &Clock) -> Self {
        let task = &entry.task.data;
        let unit = Unit::of(task);
        Self {
            task: Address(entry.task.address),
            name: clean(entry.name()),
            description: clean(entry.description()),
            state: state(task),
            is_allowlisted: task.is_allowlisted(),
            round: task.schedule.round_at(clock.slot),
            node_count: task.node_count,
            total_stake: Units(task.total_stake),
            bounty_available: Units(task.bounty_available),
            funded_rounds: task.funded_rounds(),
            unit: unit.name(),
            counted_in: unit,
        }
    }

    /// The unit that amounts are shown in.
    pub const fn counted_in(&self) -> Unit {
        self.counted_in
    }
}

/// A list of tasks.
#[derive(Clone, Debug, Serialize)]
pub struct TasksFacts {
    /// The slot as of which they were read.
    pub now: Moment,
    /// What was searched for: a part of a name or description, or the beginning of an address. Empty for all.
    pub search: String,
    /// Those found: allowlisted ones first, then active ones, then by nodes.
    pub tasks: Paged<TaskRow>,
}

impl TasksFacts {
    /// Page number `page` of the tasks that `search` finds.
    pub fn of(snapshot: &Snapshot, search: &str, page: usize) -> Self {
        let search = clean(search.trim());
        let wanted = search.to_lowercase();
        let mut found: Vec<&TaskEntry> = snapshot
            .tasks
            .values()
            .filter(|entry| {
                wanted.is_empty()
                    || entry.name().to_lowercase().contains(&wanted)
                    || entry.description().to_lowercase().contains(&wanted)
                    || entry.task.address.to_string().starts_with(&search)
            })
            .collect();
        found.sort_by_key(|entry| entry.place());
        let clock = &snapshot.clock;
        Self {
            now: clock.now(),
            tasks: Paged::of(&found, page, |entry| TaskRow::of(entry, clock)),
            search,
        }
    }
}
