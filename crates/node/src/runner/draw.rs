//! The order in which nodes may do what one node does for all: a draw of the round.

use super::prefix::prefix;
use gradual_consensus::rules::schedule::Schedule;
use solana_sdk::pubkey::Pubkey;
use solana_sha256_hasher::hashv;
use std::collections::HashMap;

/// Most slots from one node's turn to the next one's: enough for a transaction to be seen.
const LONGEST_TURN: u64 = 4;

/// A node that may open a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) node: Pubkey,
    /// Whether the node was not seen to act lately. Idle nodes come after all others.
    pub(super) is_idle: bool,
}

/// When a node's turn comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Nodes whose turn comes before.
    before: usize,
    /// All nodes that were drawn.
    of: usize,
}

/// The draw of a cycle: the place of each candidate.
#[derive(Debug, Default)]
pub(super) struct Draw(HashMap<Pubkey, usize>);

/// What decides the place of `node` in the draw of `cycle` of `task`: lower scores come first.
fn score(task: &Pubkey, cycle: u64, node: &Pubkey) -> [u8; 32] {
    hashv(&[task.as_ref(), &cycle.to_le_bytes(), node.as_ref()]).to_bytes()
}

impl Draw {
    /// The draw of `cycle` of `task` among `candidates`, whatever their order.
    pub(super) fn of(
        task: &Pubkey,
        cycle: u64,
        candidates: impl Iterator<Item = Candidate>,
    ) -> Self {
        let drawn = candidates.map(|candidate| {
            let score = score(task, cycle, &candidate.node);
            (candidate.is_idle, score, candidate.node)
        });
        let mut drawn: Vec<_> = drawn.collect();
        drawn.sort_unstable();
        let nodes = drawn.into_iter().map(|(.., node)| node);
        Self(
            nodes
                .enumerate()
                .map(|(before, node)| (node, before))
                .collect(),
        )
    }

    /// The place of `node`. A node that was not drawn comes after the last.
    pub(super) fn place(&self, node: &Pubkey) -> Place {
        let of = self.0.len();
        let before = self.0.get(node).copied().unwrap_or(of);
        Place { before, of }
    }
}

impl Place {
    /// The place that `node` has on average in the draw of `cycle` of `task` among `of` nodes, of which nothing else is
    /// known. Some nodes share one, and nobody has others.
    pub(super) fn expected(task: &Pubkey, cycle: u64, node: &Pubkey, of: u64) -> Self {
        let score = prefix(&score(task, cycle, node));
        let before = u128::from(score).saturating_mul(of.into()) >> u64::BITS;
        let count = |nodes: u128| usize::try_from(nodes).unwrap_or(usize::MAX);
        Self {
            before: count(before),
            of: count(of.into()),
        }
    }

    /// Whether fewer than `nodes` come before.
    pub(super) const fn is_among_first(self, nodes: usize) -> bool {
        self.before < nodes
    }

    /// Slots of the round that pass before the turn comes: half of a submission window at most.
    pub(super) fn wait(self, schedule: &Schedule) -> u64 {
        let width = schedule.submission_window / 2;
        let each = width.checked_div(self.of as u64).unwrap_or_default();
        let turn = each.clamp(1, LONGEST_TURN);
        turn.saturating_mul(self.before as u64).min(width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let draw = Draw::of(&node(200), cycle, candidates.iter().copied());
        let place = |one: &Candidate| draw.place(&one.node).before;
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
        let place = |task: u8, cycle| {
            Draw::of(&node(task), cycle, candidates(5).into_iter()).place(&node(0))
        };
        let of_task = |task: u8| (0..40).map(move |cycle| place(task, cycle));
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
            let stranger = Draw::of(&node(200), cycle, all.iter().copied()).place(&node(99));
            assert_eq!((stranger.before, stranger.of), (6, 6));
        }
    }

    #[test]
    fn who_does_not_know_the_others_finds_about_the_place_that_a_draw_gives() {
        let all: Vec<_> = (0..5_000_u32)
            .map(|number| Candidate {
                node: Pubkey::new_from_array(hashv(&[&number.to_le_bytes()]).to_bytes()),
                is_idle: false,
            })
            .collect();
        let draw = Draw::of(&node(200), 7, all.iter().copied());
        for candidate in &all {
            let drawn = draw.place(&candidate.node);
            let expected = Place::expected(&node(200), 7, &candidate.node, 5_000);
            assert_eq!(expected.of, drawn.of);
            assert!(expected.before.abs_diff(drawn.before) < 150, "{drawn:?}");
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
}
