//! The world, seen from one of its tasks.

use super::{
    fault::Faults,
    schedule::Slots,
    state::{Model, Node, Task},
};
use gradual_consensus::GradualError as E;

/// What an operation about task number `number` reads and changes: that task, and the world around it.
pub(super) struct TaskAt<'a> {
    /// The world.
    pub(super) world: &'a mut Model,
    /// The task's number.
    pub(super) number: usize,
}

impl TaskAt<'_> {
    /// The task, which must exist.
    pub(super) fn task(&self) -> &Task {
        self.world.task(self.number)
    }

    /// The same, to change it.
    pub(super) fn task_mut(&mut self) -> &mut Task {
        self.world.task_mut(self.number)
    }

    /// The present round.
    pub(super) fn round(&self) -> u64 {
        self.task().round(self.world.slot)
    }

    /// Whether the present slot lies in `slots`.
    pub(super) fn is_in(&self, slots: &Slots) -> bool {
        slots.contains(&u128::from(self.world.slot))
    }

    /// Whether the audit window of window round `round` is over.
    pub(super) fn audits_are_over(&self, round: u128) -> bool {
        u128::from(self.world.slot) > *self.task().auditing(round).end()
    }

    /// What all needs that a pause stops.
    pub(super) fn require_running(&self, faults: &mut Faults) {
        match &self.world.config {
            None => faults.unless(false, E::NoConfig),
            Some(config) => faults.unless(!config.is_paused, E::Paused),
        }
    }

    /// What all needs that an inactive task stops.
    pub(super) fn require_active(&self, faults: &mut Faults) {
        let fault = match self.task().migrated {
            Some(_) => E::TaskMigrated,
            None => E::TaskInactive,
        };
        faults.unless(self.task().is_active, fault);
    }

    /// What work on a subject does to the stake of `node`: it is active now, and locked.
    pub(super) fn work(&mut self, node: Node, locked_until: u64) {
        let round = self.round();
        let stake = self.task_mut().stake_mut(node);
        stake.last_active = round;
        stake.locked_until = stake.locked_until.max(locked_until);
    }
}
