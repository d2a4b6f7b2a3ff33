//! Stake that warms up, and the electorate that follows from it (protocol, section 5).
//!
//! A deposit made in round `D` is active from round `D + 2`, so at any time stake is known for
//! three points: the present round, the next, and every round after that. Both a node's stake and
//! a task's electorate are kept as those three numbers, and looking at them later only shifts them:
//! the work is constant however many nodes there are and however long nobody looked.

use super::schedule::Schedule;

/// Rounds after the deposit's own at which it becomes active.
pub const WARM_UP_ROUNDS: u64 = 2;

/// `[present, next, later]` as seen `rounds` rounds afterwards.
const fn shifted([present, next, later]: [u64; 3], rounds: u64) -> [u64; 3] {
    match rounds {
        0 => [present, next, later],
        1 => [next, later, later],
        _ => [later, later, later],
    }
}

/// One node's stake, in base units: active in `as_of_round`, in the next round, and from the one
/// after it on. The last number is the whole stake, warming included.
#[cfg_attr(feature = "idl-build", anchor_lang::zero_copy)]
#[cfg_attr(
    not(feature = "idl-build"),
    derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable),
    repr(C)
)]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct StakeTimeline {
    /// The round that the first amount speaks of.
    pub as_of_round: u64,
    /// Active stake in that round, the next, and all later ones.
    pub amounts: [u64; 3],
}

impl StakeTimeline {
    /// The same stake, as seen from `round`; from a round in the past it looks the same.
    pub fn at(mut self, round: u64) -> Self {
        self.roll_to(round);
        self
    }

    /// Looks at the same stake from `round`; a round in the past changes nothing.
    pub fn roll_to(&mut self, round: u64) {
        let passed = round.saturating_sub(self.as_of_round);
        self.amounts = shifted(self.amounts, passed);
        self.as_of_round = self.as_of_round.max(round);
    }

    /// Stake that is active now: it votes and makes its node eligible.
    pub const fn active(&self) -> u64 {
        let [active, _, _] = self.amounts;
        active
    }

    /// The whole stake, warming included: what a slash is measured by.
    pub const fn total(&self) -> u64 {
        let [_, _, total] = self.amounts;
        total
    }

    /// Adds warming stake; `None` on overflow.
    pub fn deposit(&mut self, amount: u64) -> Option<()> {
        let [_, _, total] = &mut self.amounts;
        *total = total.checked_add(amount)?;
        Some(())
    }

    /// Takes `amount` out, the latest deposits first; `None` when there is not so much.
    pub fn withdraw(&mut self, amount: u64) -> Option<()> {
        let left = self.total().checked_sub(amount)?;
        self.amounts = self.amounts.map(|stake| stake.min(left));
        Some(())
    }

    /// Takes `amount` away, active stake first; `None` when there is not so much.
    pub fn slash(&mut self, amount: u64) -> Option<()> {
        self.total().checked_sub(amount)?;
        self.amounts = self.amounts.map(|stake| stake.saturating_sub(amount));
        Some(())
    }

    /// Adds stake that is active in `amounts` from this round on, as [`arriving`] reckons it; `None` on
    /// overflow.
    pub fn arrive(&mut self, amounts: [u64; 3]) -> Option<()> {
        let ([s0, s1, s2], [a0, a1, a2]) = (self.amounts, amounts);
        self.amounts = [
            s0.checked_add(a0)?,
            s1.checked_add(a1)?,
            s2.checked_add(a2)?,
        ];
        Some(())
    }

    /// Stake that is active at `slot`, by a task's schedule.
    fn active_at(self, schedule: &Schedule, slot: u64) -> u64 {
        let round = schedule.round_at(slot).unwrap_or_default();
        self.at(round).active()
    }

    /// What this node adds to the electorate: all its active stake and one node, in each round in
    /// which that stake reaches `minimum`; nothing in the others.
    fn votes(&self, minimum: u64) -> Votes {
        let eligible = |stake: u64| stake >= minimum;
        Votes {
            stake: self.amounts.map(|s| if eligible(s) { s } else { 0 }),
            nodes: self.amounts.map(|s| u64::from(eligible(s))),
        }
    }
}

/// What `stake` of a task with schedule `from` is, moved at `slot` to a task with schedule `to`: active
/// in that task's present round, the next, and all later ones (section 9).
///
/// It keeps its age: it is active from the first round of `to` at whose beginning it would have been
/// active where it was, and not later than a deposit made now. It never becomes active within a round
/// that has begun, in which others were counted already.
///
/// `None` where a round is too far off to be counted.
pub fn arriving(
    stake: &StakeTimeline,
    from: &Schedule,
    to: &Schedule,
    slot: u64,
) -> Option<[u64; 3]> {
    let active = |round| Some(stake.active_at(from, to.boundary(round)?));
    let amounts = match to.round_at(slot) {
        Some(round) => [0, active(round.checked_add(1)?)?, stake.total()],
        None => [active(0)?, active(1)?, stake.total()],
    };
    Some(amounts)
}

struct Votes {
    stake: [u64; 3],
    nodes: [u64; 3],
}

/// All who can vote in a task: the sums over its nodes whose active stake reaches the minimum.
#[cfg_attr(feature = "idl-build", anchor_lang::zero_copy)]
#[cfg_attr(
    not(feature = "idl-build"),
    derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable),
    repr(C)
)]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Electorate {
    /// The round that the first numbers speak of.
    pub as_of_round: u64,
    /// Eligible stake in base units: in that round, the next, and all later ones.
    pub stake: [u64; 3],
    /// Eligible nodes: in that round, the next, and all later ones.
    pub nodes: [u64; 3],
}

impl Electorate {
    /// Looks at the same electorate from `round`; a round in the past changes nothing.
    pub fn roll_to(&mut self, round: u64) {
        let passed = round.saturating_sub(self.as_of_round);
        self.stake = shifted(self.stake, passed);
        self.nodes = shifted(self.nodes, passed);
        self.as_of_round = self.as_of_round.max(round);
    }

    /// Stake and nodes that can vote now.
    pub const fn now(&self) -> (u64, u64) {
        let ([stake, _, _], [nodes, _, _]) = (self.stake, self.nodes);
        (stake, nodes)
    }

    /// Puts a node's stake `after` a change in the place of what it was `before`. All three must
    /// speak of the same round. `None` on overflow.
    pub fn replace(
        &mut self,
        before: &StakeTimeline,
        after: &StakeTimeline,
        minimum: u64,
    ) -> Option<()> {
        let (before, after) = (before.votes(minimum), after.votes(minimum));
        self.stake = exchange(self.stake, before.stake, after.stake)?;
        self.nodes = exchange(self.nodes, before.nodes, after.nodes)?;
        Some(())
    }
}

fn exchange(sums: [u64; 3], before: [u64; 3], after: [u64; 3]) -> Option<[u64; 3]> {
    let ([s0, s1, s2], [b0, b1, b2], [a0, a1, a2]) = (sums, before, after);
    let one = |s: u64, b: u64, a: u64| s.checked_sub(b)?.checked_add(a);
    Some([one(s0, b0, a0)?, one(s1, b1, a1)?, one(s2, b2, a2)?])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn timeline(as_of_round: u64, amounts: [u64; 3]) -> StakeTimeline {
        StakeTimeline {
            as_of_round,
            amounts,
        }
    }

    #[test]
    fn a_deposit_is_active_two_rounds_later() {
        let mut stake = timeline(5, [0; 3]);
        stake.deposit(100).unwrap();
        assert_eq!((stake.active(), stake.total()), (0, 100));
        stake.roll_to(6);
        assert_eq!(stake.active(), 0);
        stake.roll_to(7);
        assert_eq!(stake.active(), 100);
    }

    #[test]
    fn a_top_up_leaves_active_stake_alone() {
        let mut stake = timeline(5, [100, 100, 100]);
        stake.deposit(50).unwrap();
        assert_eq!(stake.amounts, [100, 100, 150]);
        stake.roll_to(6);
        stake.deposit(7).unwrap();
        assert_eq!(stake.amounts, [100, 150, 157]);
    }

    #[test]
    fn withdrawals_take_warming_stake_first_and_slashes_active_stake() {
        let mut stake = timeline(5, [100, 150, 157]);
        stake.withdraw(30).unwrap();
        assert_eq!(stake.amounts, [100, 127, 127]);
        stake.slash(110).unwrap();
        assert_eq!(stake.amounts, [0, 17, 17]);
        assert_eq!(stake.slash(18), None);
        assert_eq!(stake.withdraw(18), None);
    }

    #[test]
    fn stake_below_the_minimum_does_not_vote() {
        let (mut all, none) = (Electorate::default(), StakeTimeline::default());
        all.replace(&none, &timeline(0, [10, 50, 90]), 50).unwrap();
        assert_eq!((all.stake, all.nodes), ([0, 50, 90], [0, 1, 1]));
    }

    #[test]
    fn overflow_is_refused() {
        let mut stake = timeline(0, [0, 0, u64::MAX]);
        assert_eq!(stake.deposit(1), None);
        let mut all = Electorate {
            stake: [u64::MAX; 3],
            ..Electorate::default()
        };
        let one = timeline(0, [1; 3]);
        assert_eq!(all.replace(&StakeTimeline::default(), &one, 1), None);
    }

    fn rounds_of(round_time: u64, starting_slot: u64) -> Schedule {
        Schedule {
            starting_slot,
            round_time,
            submission_window: 1,
            audit_window: 2,
        }
    }

    #[test]
    fn a_veteran_waits_for_the_next_round_only() {
        let (from, to) = (rounds_of(100, 0), rounds_of(100, 50));
        let veteran = timeline(5, [100; 3]);
        assert_eq!(arriving(&veteran, &from, &to, 530), Some([0, 100, 100]));
        let newcomer = timeline(5, [0, 0, 100]);
        // Round 5 of the successor begins at slot 550, round 7 of the task only at slot 700.
        assert_eq!(arriving(&newcomer, &from, &to, 530), Some([0, 0, 100]));
        let half = timeline(5, [0, 100, 100]);
        assert_eq!(arriving(&half, &from, &to, 530), Some([0, 0, 100]));
        let aligned = rounds_of(100, 0);
        assert_eq!(arriving(&half, &from, &aligned, 530), Some([0, 100, 100]));
    }

    #[test]
    fn before_the_successor_starts_age_goes_on_growing() {
        let from = rounds_of(100, 0);
        let newcomer = timeline(5, [0, 0, 100]);
        let starts_at = |slot| arriving(&newcomer, &from, &rounds_of(10, slot), 530);
        assert_eq!(starts_at(600), Some([0, 0, 100]));
        assert_eq!(starts_at(695), Some([0, 100, 100]));
        assert_eq!(starts_at(700), Some([100, 100, 100]));
    }

    #[derive(Clone, Debug)]
    enum Change {
        Deposit(u64),
        Withdraw(u64),
        Slash(u64),
    }

    fn changes() -> impl Strategy<Value = Vec<(usize, u64, Change)>> {
        let change = prop_oneof![
            (1u64..1_000).prop_map(Change::Deposit),
            (1u64..1_000).prop_map(Change::Withdraw),
            (1u64..1_000).prop_map(Change::Slash),
        ];
        prop::collection::vec((0usize..5, 0u64..4, change), 1..60)
    }

    proptest! {
        /// Stake that moves is never active within a round that has begun, nor before a round at whose
        /// start it would have been active where it was, unless a deposit made now would be; and never
        /// later than such a deposit.
        #[test]
        fn moved_stake_keeps_its_age_and_gains_none(
            mut amounts in prop::array::uniform3(0u64..1 << 40), as_of_round in 0u64..40,
            from_time in 4u64..300, from_start in 0u64..3_000,
            to_time in 4u64..300, to_start in 0u64..6_000,
            moved_after in 0u64..3_000,
        ) {
            amounts.sort_unstable();
            let (from, to) = (rounds_of(from_time, from_start), rounds_of(to_time, to_start));
            let slot = from.boundary(as_of_round).unwrap() + moved_after;
            let stake = timeline(as_of_round, amounts);
            let moved = arriving(&stake, &from, &to, slot).unwrap();
            prop_assert!(moved.is_sorted());
            prop_assert_eq!(moved[2], stake.total());

            let started = to.round_at(slot);
            let now = started.unwrap_or_default();
            let mut there = timeline(now, [0; 3]);
            there.arrive(moved).unwrap();
            let mut deposit = timeline(now, [0; 3]);
            deposit.deposit(stake.total()).unwrap();
            for round in now..now + 5 {
                there.roll_to(round);
                deposit.roll_to(round);
                let stayed = stake.active_at(&from, to.boundary(round).unwrap());
                let has_begun = started == Some(round);
                prop_assert!(!has_begun || there.active() == 0);
                prop_assert!(there.active() <= stayed.max(deposit.active()));
                prop_assert!(there.active() >= deposit.active());
                prop_assert!(has_begun || there.active() >= stayed.min(there.total()));
            }
        }

        /// The electorate that was only ever shifted and exchanged equals the sum over the nodes.
        #[test]
        fn electorate_is_the_sum_over_nodes(changes in changes(), minimum in 1u64..800) {
            let mut nodes = [StakeTimeline::default(); 5];
            let mut all = Electorate::default();
            let mut round = 0;
            for (node, rounds, change) in changes {
                round += rounds;
                all.roll_to(round);
                nodes[node].roll_to(round);
                let before = nodes[node];
                let _ = match change {
                    Change::Deposit(amount) => nodes[node].deposit(amount),
                    Change::Withdraw(amount) => nodes[node].withdraw(amount),
                    Change::Slash(amount) => nodes[node].slash(amount),
                };
                all.replace(&before, &nodes[node], minimum).unwrap();

                for ahead in 0..4 {
                    let mut later = all;
                    later.roll_to(round + ahead);
                    let (mut stake, mut count) = (0, 0);
                    for mut node in nodes {
                        node.roll_to(round + ahead);
                        prop_assert!(node.amounts.is_sorted());
                        if node.active() >= minimum {
                            stake += node.active();
                            count += 1;
                        }
                    }
                    prop_assert_eq!(later.now(), (stake, count));
                }
            }
        }
    }
}
