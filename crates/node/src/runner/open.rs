//! The opening of cycles at the start of their work round. Nodes take turns by a draw, so that as a rule one node opens
//! a cycle and only it pays the fee and lends the rent.

use super::{
    Action, NodeRunner, Plan, RunnerError, TaskView,
    peers::{Candidate, Peers},
    send::Due,
};
use crate::logic::TaskLogic;
use gradual_consensus::{
    rules::schedule::{Schedule, review_round},
    state::Cycle,
};
use gradual_consensus_client::{amount::Unit, instruction, ledger::Ledger};
use solana_sdk::pubkey::Pubkey;
use solana_sha256_hasher::hashv;

/// Most slots from one node's turn to the next one's: enough for a transaction to be seen.
const LONGEST_TURN: u64 = 4;

/// When a node's turn comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Nodes whose turn comes before.
    before: usize,
    /// All nodes that were drawn.
    of: usize,
}

/// The place of `node` in the draw of `cycle` among `candidates`, whatever their order. A node that is not
/// among them comes after the last.
pub(super) fn draw(task: &Pubkey, cycle: u64, candidates: &[Candidate], node: &Pubkey) -> Place {
    let of = candidates.len();
    let key = |candidate: &Candidate| {
        let number = cycle.to_le_bytes();
        let score = hashv(&[task.as_ref(), &number, candidate.node.as_ref()]);
        (candidate.is_idle, score.to_bytes())
    };
    let own = candidates.iter().find(|candidate| candidate.node == *node);
    let before = own.map(key).map_or(of, |own| {
        let earlier = |candidate: &&Candidate| key(candidate) < own;
        candidates.iter().filter(earlier).count()
    });
    Place { before, of }
}

impl Place {
    /// Slots of the round that pass before the turn comes: half of a submission window at most.
    pub(super) fn wait(self, schedule: &Schedule) -> u64 {
        let width = schedule.submission_window / 2;
        let each = width.checked_div(self.of as u64).unwrap_or_default();
        let turn = each.clamp(1, LONGEST_TURN);
        turn.saturating_mul(self.before as u64).min(width)
    }
}

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
        let (task, node) = (self.task, self.node());
        let candidates = Peers::of_round(self, view)?.candidates(view);
        let place = draw(&task, view.round, &candidates, &node);
        let schedule = &view.task.schedule;
        let start = schedule.boundary(view.round);
        Ok(start.and_then(|start| start.checked_add(place.wait(schedule))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    fn node(number: u8) -> Pubkey {
        Pubkey::new_from_array([number; 32])
    }

    fn candidates(count: u8) -> Vec<Candidate> {
        let candidate = |number| Candidate {
            node: node(number),
            is_idle: false,
        };
        (0..count).map(candidate).collect()
    }

    fn places(cycle: u64, candidates: &[Candidate]) -> Vec<usize> {
        let place = |one: &Candidate| draw(&node(200), cycle, candidates, &one.node).before;
        candidates.iter().map(place).collect()
    }

    fn schedule(submission_window: u64) -> Schedule {
        Schedule {
            starting_slot: 0,
            round_time: 1_000,
            submission_window,
            audit_window: 100,
        }
    }

    #[test]
    fn every_node_is_drawn_once_and_none_shares_a_place() {
        for cycle in 0..50 {
            let mut places = places(cycle, &candidates(20));
            places.sort_unstable();
            assert_eq!(places, (0..20).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_draw_does_not_depend_on_the_order_of_the_nodes() {
        let (forth, mut back) = (candidates(9), candidates(9));
        back.reverse();
        let mut places_back = places(3, &back);
        places_back.reverse();
        assert_eq!(places(3, &forth), places_back);
    }

    #[test]
    fn each_cycle_and_task_is_drawn_anew_and_everybody_comes_first_at_times() {
        let all = candidates(5);
        let mut first = [0; 5];
        for cycle in 0..500 {
            let places = places(cycle, &all);
            first[places.iter().position(|&place| place == 0).unwrap()] += 1;
        }
        assert!(
            first.iter().all(|&times| (60..=140).contains(&times)),
            "{first:?}"
        );
        let of_task =
            |task: u8| (0..40).map(move |cycle| draw(&node(task), cycle, &candidates(5), &node(0)));
        assert!(of_task(1).ne(of_task(2)));
    }

    #[test]
    fn idle_nodes_come_after_all_others_and_strangers_after_them() {
        let mut all = candidates(6);
        for number in [1, 4] {
            all[number].is_idle = true;
        }
        for cycle in 0..20 {
            let places = places(cycle, &all);
            assert!(places[1] >= 4 && places[4] >= 4, "{places:?}");
            let stranger = draw(&node(200), cycle, &all, &node(99));
            assert_eq!((stranger.before, stranger.of), (6, 6));
        }
    }

    #[test]
    fn turns_leave_time_to_see_a_transaction_and_end_within_half_a_window() {
        let waits = |of: usize, window: u64| -> Vec<u64> {
            let wait = |before| Place { before, of }.wait(&schedule(window));
            (0..=of).map(wait).collect()
        };
        assert_eq!(waits(3, 350), [0, 4, 8, 12]);
        assert_eq!(waits(4, 16), [0, 2, 4, 6, 8]);
        assert_eq!(waits(4, 4), [0, 1, 2, 2, 2], "many nodes, a short window");
        assert_eq!(waits(2, 1), [0, 0, 0], "no time for turns");
        assert_eq!(waits(0, 350), [0], "nobody is known");
    }

    #[test]
    fn the_last_complete_cycle_says_how_many_share() {
        let cycle = |number, submissions| Cycle {
            number,
            submissions,
            ..Cycle::zeroed()
        };
        let all = [cycle(3, 30), cycle(4, 40), cycle(5, 0)];
        let count = |number, slot| last_count(all.into_iter(), &schedule(10), number, slot);
        // Cycle 4 is submitted up to slot 5,010.
        assert_eq!(count(5, 5_010), Some(30));
        assert_eq!(count(5, 5_011), Some(40));
        assert_eq!(count(4, 5_011), Some(30));
        assert_eq!(count(3, 5_011), None);
    }
}
