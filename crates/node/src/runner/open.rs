//! The opening of cycles at the start of their work round. Nodes take turns by a draw, so that as a rule one node opens
//! a cycle and only it pays the fee and lends the rent.

use super::{Action, NodeRunner, Plan, RunnerError, TaskView, send::Due};
use crate::logic::TaskLogic;
use gradual_consensus::{
    rules::schedule::{Schedule, review_round},
    state::Cycle,
};
use gradual_consensus_client::{amount::Unit, instruction, ledger::Ledger};

/// Submissions of the newest cycle before `number` whose submission window is over at `slot`; `None` if no
/// such cycle is open.
fn last_count(
    cycles: impl Iterator<Item = Cycle>,
    schedule: &Schedule,
    number: u64,
    slot: u64,
) -> Option<u32> {
    let is_over = |cycle: &Cycle| {
        let window = review_round(cycle.number).and_then(|k| schedule.submission_window(k));
        cycle.number < number && window.is_some_and(|window| window.end < slot)
    };
    let last = cycles.filter(is_over).max_by_key(|cycle| cycle.number);
    last.map(|cycle| cycle.submissions)
}

impl<L: Ledger, T: TaskLogic> NodeRunner<'_, L, T> {
    /// Whether cycle `number`, with a bounty of `bounty` base units, promises what the operator asks for:
    /// the bounty is divided by the last cycle's submissions.
    pub(super) fn accepts(&self, view: &TaskView, plan: &Plan, number: u64, bounty: u64) -> bool {
        let cycles = plan.cycles.iter().map(|cycle| cycle.data);
        let last = last_count(cycles, &view.task.schedule, number, view.slot);
        let unit = Unit::of(&view.task);
        self.options.accepts(unit, bounty, last.unwrap_or_default())
    }

    /// Opens the cycle of the present round from this node's turn on, unless it is open. Says that there
    /// is work if it is.
    pub(super) fn open_cycle(
        &mut self,
        view: &TaskView,
        plan: &mut Plan,
    ) -> Result<(), RunnerError> {
        let number = view.round;
        if !review_round(number).is_some_and(|review| view.counts_in(review)) {
            return Ok(());
        }
        let open = plan.cycle(number).map(|cycle| cycle.data.bounty);
        let bounty = open.unwrap_or(view.task.bounty_amount_per_round);
        let accepts = self.accepts(view, plan, number, bounty);
        if open.is_some() {
            plan.step.work = accepts.then_some(number);
            plan.step.declined = (!accepts).then_some(number);
            return Ok(());
        }
        // What is settled is closed first: that returns what is left of its bounty.
        if !view.takes_cycles() || plan.closes_accounts() {
            return Ok(());
        }
        if !accepts {
            plan.step.declined = Some(number);
            return Ok(());
        }
        let window = view.task.schedule.opening_window(number);
        if !view.is_open(window) {
            return Ok(());
        }
        let turn = self.turn_in_round(view)?;
        let node = self.node();
        let open = instruction::open_cycle(self.task, node, node, number);
        let due = Due::within(window, Action::Open { cycle: number }, open);
        plan.add_at_turn(view.slot, turn, due);
        Ok(())
    }

    /// The slot of the present round from which it is this node's turn to do what one node may do for
    /// all.
    pub(super) fn turn_in_round(&mut self, view: &TaskView) -> Result<Option<u64>, RunnerError> {
        let place = self.place_in_round(view)?;
        let schedule = &view.task.schedule;
        let start = schedule.boundary(view.round);
        Ok(start.and_then(|start| start.checked_add(place.wait(schedule))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    #[test]
    fn the_last_complete_cycle_says_how_many_share() {
        let cycle = |number, submissions| Cycle {
            number,
            submissions,
            ..Cycle::zeroed()
        };
        let schedule = Schedule {
            starting_slot: 0,
            round_time: 1_000,
            submission_window: 10,
            audit_window: 100,
        };
        let all = [cycle(3, 30), cycle(4, 40), cycle(5, 0)];
        let count = |number, slot| last_count(all.into_iter(), &schedule, number, slot);
        // Cycle 4 is submitted up to slot 5,010.
        assert_eq!(count(5, 5_010), Some(30));
        assert_eq!(count(5, 5_011), Some(40));
        assert_eq!(count(4, 5_011), Some(30));
        assert_eq!(count(3, 5_011), None);
    }
}
