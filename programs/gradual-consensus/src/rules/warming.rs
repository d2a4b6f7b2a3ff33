//! Stake that warms up, and the electorate that follows from it (protocol, section 5).
//!
//! A deposit made in round `D` is active from round `D + 2`, so at any time stake is known for
//! three points: the present round, the next, and every round after that. Both a node's stake and
//! a task's electorate are kept as those three numbers, and looking at them later only shifts them:
//! the work is constant however many nodes there are and however long nobody looked.

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
/// after it on; and what is parked, which is active in none of the rounds after these two.
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
    /// The whole stake, where it is parked: the last amount is 0 then. 0 where it is not.
    pub parked: u64,
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

    /// Stake that will be active in the next round, as far as is known now.
    pub const fn active_next(&self) -> u64 {
        let [_, next, _] = self.amounts;
        next
    }

    /// The whole stake, warming or parked stake included: what a slash is measured by.
    pub const fn total(&self) -> u64 {
        let [_, _, later] = self.amounts;
        // One of the two is 0.
        later.saturating_add(self.parked)
    }

    /// Whether the stake is parked.
    pub const fn is_parked(&self) -> bool {
        self.parked > 0
    }

    /// Parks the whole stake: it stays active in this round and the next.
    pub const fn park(&mut self) {
        self.parked = self.total();
        let [_, _, later] = &mut self.amounts;
        *later = 0;
    }

    /// Ends the parking: stake that is still active stays so, and all of it is active from two rounds later
    /// on, as a deposit made now would be. So a node that answers in the round in which it was parked, or in
    /// the next, is in the electorate throughout, whatever slot the parking came in.
    pub const fn resume(&mut self) {
        let total = self.total();
        let [now, next, later] = &mut self.amounts;
        if *next < *now {
            *next = *now;
        }
        *later = total;
        self.parked = 0;
    }

    /// Adds warming stake, and ends parking; `None` on overflow.
    pub fn deposit(&mut self, amount: u64) -> Option<()> {
        let total = self.total().checked_add(amount)?;
        self.resume();
        let [_, _, later] = &mut self.amounts;
        *later = total;
        Some(())
    }

    /// Takes `amount` out, the latest deposits first; `None` when there is not so much.
    pub fn withdraw(&mut self, amount: u64) -> Option<()> {
        let left = self.total().checked_sub(amount)?;
        self.amounts = self.amounts.map(|stake| stake.min(left));
        self.parked = self.parked.min(left);
        Some(())
    }

    /// Takes `amount` away, active stake first, parked stake too; `None` when there is not so much.
    pub fn slash(&mut self, amount: u64) -> Option<()> {
        self.total().checked_sub(amount)?;
        self.amounts = self.amounts.map(|stake| stake.saturating_sub(amount));
        self.parked = self.parked.saturating_sub(amount);
        Some(())
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
            parked: 0,
        }
    }

    #[test]
    fn a_deposit_is_active_two_rounds_later() {
        let mut stake = timeline(5, [0; 3]);
        stake.deposit(100).unwrap();
        assert_eq!((stake.active(), stake.total()), (0, 100));
        assert_eq!(stake.active_next(), 0);
        stake.roll_to(6);
        assert_eq!((stake.active(), stake.active_next()), (0, 100));
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

    #[test]
    fn parked_stake_stays_active_for_this_round_and_the_next() {
        let mut stake = timeline(5, [100; 3]);
        stake.park();
        assert_eq!((stake.amounts, stake.parked), ([100, 100, 0], 100));
        assert_eq!((stake.total(), stake.is_parked()), (100, true));
        let active = |round| stake.at(round).active();
        assert_eq!([5, 6, 7, 8].map(active), [100, 100, 0, 0]);
    }

    #[test]
    fn parking_that_is_answered_within_the_round_costs_nothing() {
        let mut stake = timeline(5, [100; 3]);
        stake.park();
        stake.resume();
        assert_eq!(stake, timeline(5, [100; 3]));
    }

    #[test]
    fn parked_stake_resumes_as_a_deposit_made_then() {
        let mut parked = timeline(5, [100; 3]);
        parked.park();
        let resumed_in = |round| {
            let mut stake = parked.at(round);
            stake.resume();
            [5, 6, 7, 8, 9].map(|later| stake.at(round.max(later)).active())
        };
        assert_eq!(resumed_in(6), [100; 5], "in the next round");
        assert_eq!(resumed_in(7), [0, 0, 0, 0, 100]);
    }

    #[test]
    fn a_deposit_ends_parking() {
        let mut stake = timeline(5, [100; 3]);
        stake.park();
        stake.deposit(7).unwrap();
        assert_eq!((stake.amounts, stake.parked), ([100, 100, 107], 0));
    }

    #[test]
    fn parked_stake_is_slashed_and_withdrawn_like_any() {
        let mut stake = timeline(5, [100; 3]);
        stake.park();
        stake.slash(30).unwrap();
        assert_eq!((stake.amounts, stake.parked), ([70, 70, 0], 70));
        stake.withdraw(20).unwrap();
        assert_eq!((stake.amounts, stake.parked), ([50, 50, 0], 50));
        stake.withdraw(50).unwrap();
        assert_eq!(stake, timeline(5, [0; 3]));
    }

    #[derive(Clone, Debug)]
    enum Change {
        Deposit(u64),
        Withdraw(u64),
        Slash(u64),
        Park,
        Resume,
    }

    fn changes() -> impl Strategy<Value = Vec<(usize, u64, Change)>> {
        let change = prop_oneof![
            (1u64..1_000).prop_map(Change::Deposit),
            (1u64..1_000).prop_map(Change::Withdraw),
            (1u64..1_000).prop_map(Change::Slash),
            Just(Change::Park),
            Just(Change::Resume),
        ];
        prop::collection::vec((0usize..5, 0u64..4, change), 1..60)
    }

    proptest! {
        /// No order of changes loses or makes stake, or has it active before a deposit would be.
        #[test]
        fn the_whole_stake_is_what_came_less_what_went(changes in changes()) {
            let (mut stake, mut round, mut whole) = (StakeTimeline::default(), 0, 0);
            for (_, rounds, change) in changes {
                round += rounds;
                stake.roll_to(round);
                let active = stake.amounts;
                match change {
                    Change::Deposit(amount) => {
                        stake.deposit(amount).unwrap();
                        whole += amount;
                    }
                    Change::Withdraw(amount) => {
                        let possible = stake.withdraw(amount).is_some();
                        prop_assert_eq!(possible, amount <= whole);
                        whole -= if possible { amount } else { 0 };
                    }
                    Change::Slash(amount) => {
                        let possible = stake.slash(amount).is_some();
                        prop_assert_eq!(possible, amount <= whole);
                        whole -= if possible { amount } else { 0 };
                    }
                    Change::Park => stake.park(),
                    Change::Resume => stake.resume(),
                }
                prop_assert_eq!(stake.total(), whole);
                prop_assert!(!stake.is_parked() || stake.amounts[2] == 0);
                prop_assert!(stake.amounts[0] <= active[0]);
                prop_assert!(stake.amounts[1] <= active[0].max(active[1]));
                prop_assert!(stake.amounts.iter().all(|&amount| amount <= whole));
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
                    Change::Park => {
                        nodes[node].park();
                        Some(())
                    }
                    Change::Resume => {
                        nodes[node].resume();
                        Some(())
                    }
                };
                all.replace(&before, &nodes[node], minimum).unwrap();

                for ahead in 0..4 {
                    let mut later = all;
                    later.roll_to(round + ahead);
                    let (mut stake, mut count) = (0, 0);
                    for mut node in nodes {
                        node.roll_to(round + ahead);
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
