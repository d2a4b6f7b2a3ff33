//! What an audit's tally means (protocol, section 6), for submissions and lists alike.

use super::money::BPS;

/// How votes are weighed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "idl-build",
    derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize)
)]
#[cfg_attr(
    not(feature = "idl-build"),
    derive(borsh::BorshSerialize, borsh::BorshDeserialize)
)]
pub enum VotingRule {
    /// One vote a node with active stake.
    PerNode,
    /// A node's active stake.
    ByStake,
}

impl VotingRule {
    /// The rule that is stored as `byte`.
    pub const fn from_byte(byte: u8) -> Self {
        match byte {
            0 => Self::PerNode,
            _ => Self::ByStake,
        }
    }

    /// The part of a whole stake of `total` base units that a slash takes its share of. Where each node has
    /// one vote, a vote costs a minimum stake, and must not take more than a share of one.
    pub fn slashable(self, total: u64, minimum: u64) -> u64 {
        match self {
            Self::PerNode => total.min(minimum),
            Self::ByStake => total,
        }
    }

    /// The weight of an eligible node with `active` base units of active stake.
    pub const fn weight(self, active: u64) -> u64 {
        match self {
            Self::PerNode => 1,
            Self::ByStake => active,
        }
    }
}

/// The weights cast for and against a subject, out of an electorate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Weight of the votes that call the subject valid.
    pub valid: u64,
    /// Weight of the votes that call it invalid.
    pub invalid: u64,
    /// The author's weight, which counts for the subject; the author does not vote.
    pub author: u64,
    /// Weight of all who could vote, the author's included.
    pub electorate: u64,
}

/// What became of an audit. The numbers are those of accounts and events; 0 is an audit that is not
/// resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Verdict {
    /// Over half of the electorate called the subject invalid: the author is slashed.
    Upheld = 1,
    /// Over half of the electorate, its author included, called the subject valid: the challenger is
    /// slashed.
    Dismissed = 2,
    /// Neither: nobody is slashed.
    Undecided = 3,
}

impl Verdict {
    /// The verdict with this number.
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Upheld),
            2 => Some(Self::Dismissed),
            3 => Some(Self::Undecided),
            _ => None,
        }
    }
}

impl Tally {
    /// The verdict on this tally.
    pub fn verdict(&self) -> Verdict {
        if self.is_over_half(self.invalid.into()) {
            Verdict::Upheld
        } else if self.is_over_half(self.for_subject()) && self.valid > self.invalid {
            Verdict::Dismissed
        } else {
            Verdict::Undecided
        }
    }

    /// Whether a *submission* stands after the audit. An undecided one falls where a quorum of
    /// `quorum_bps`, and more than its author and all who defend it, call it invalid.
    pub fn submission_stands(&self, quorum_bps: u16) -> bool {
        match self.verdict() {
            Verdict::Upheld => false,
            Verdict::Dismissed => true,
            Verdict::Undecided => {
                !(self.is_quorum(quorum_bps) && u128::from(self.invalid) > self.for_subject())
            }
        }
    }

    /// Whether a *list* stands after the audit. An undecided one stands only if more was cast for it than
    /// against, its author's weight not counted, or if its author and all who defend it are over half of the
    /// electorate: nobody below half makes a list fail that all others are for.
    pub fn list_stands(&self) -> bool {
        match self.verdict() {
            Verdict::Upheld => false,
            Verdict::Dismissed => true,
            Verdict::Undecided => {
                self.valid > self.invalid || self.is_over_half(self.for_subject())
            }
        }
    }

    /// Weight of the author and of all who defend the subject.
    fn for_subject(&self) -> u128 {
        u128::from(self.valid).saturating_add(u128::from(self.author))
    }

    fn is_over_half(&self, weight: u128) -> bool {
        weight.saturating_mul(2) > u128::from(self.electorate)
    }

    fn is_quorum(&self, quorum_bps: u16) -> bool {
        let against = u128::from(self.invalid).saturating_mul(u128::from(BPS));
        against >= u128::from(self.electorate).saturating_mul(u128::from(quorum_bps))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tally(valid: u64, invalid: u64, author: u64, electorate: u64) -> Tally {
        Tally {
            valid,
            invalid,
            author,
            electorate,
        }
    }

    #[test]
    fn a_slash_needs_over_half_of_the_electorate() {
        assert_eq!(tally(0, 51, 10, 100).verdict(), Verdict::Upheld);
        assert_eq!(tally(0, 50, 10, 100).verdict(), Verdict::Undecided);
        assert_eq!(tally(41, 1, 10, 100).verdict(), Verdict::Dismissed);
        assert_eq!(tally(40, 1, 10, 100).verdict(), Verdict::Undecided);
    }

    /// Version 1 slashed the author here: a quorum of 33 voted, the larger part of it against it.
    #[test]
    fn honest_defenders_complete_no_attackers_quorum() {
        let tally = tally(1_600, 1_700, 100, 10_000);
        assert_eq!(tally.verdict(), Verdict::Undecided);
        assert!(tally.submission_stands(3_300));
    }

    /// Version 1 slashed the author here: its own 2,000 did not count.
    #[test]
    fn a_big_authors_own_stake_shields_it() {
        let tally = tally(3_950, 4_050, 2_000, 10_000);
        assert_eq!(tally.verdict(), Verdict::Undecided);
        assert!(tally.submission_stands(3_300));
    }

    #[test]
    fn a_big_author_alone_slashes_no_challenger() {
        let tally = tally(0, 10, 60, 100);
        assert_eq!(tally.verdict(), Verdict::Undecided);
        assert!(tally.submission_stands(1));
    }

    #[test]
    fn an_undecided_submission_falls_at_the_quorum_against_author_and_defenders() {
        assert!(!tally(0, 33, 10, 100).submission_stands(3_300));
        assert!(tally(0, 32, 10, 100).submission_stands(3_300), "no quorum");
        assert!(tally(23, 33, 10, 100).submission_stands(3_300), "a tie");
        assert!(!tally(22, 33, 10, 100).submission_stands(3_300));
    }

    #[test]
    fn an_undecided_list_needs_a_majority_of_what_was_cast_or_half_of_all() {
        assert!(tally(2, 1, 0, 100).list_stands());
        assert!(
            !tally(1, 1, 49, 100).list_stands(),
            "half of all is not over half"
        );
        assert!(!tally(1, 2, 0, 100).list_stands());
        assert!(
            tally(41, 49, 10, 100).list_stands(),
            "all others are for it"
        );
        assert_eq!(tally(41, 49, 10, 100).verdict(), Verdict::Undecided);
    }

    #[test]
    fn largest_weights_do_not_overflow() {
        let all = tally(u64::MAX, u64::MAX, u64::MAX, u64::MAX);
        assert_eq!(all.verdict(), Verdict::Upheld);
        assert!(!all.submission_stands(BPS));
    }

    #[test]
    fn a_verdict_is_read_as_it_was_written() {
        for verdict in [Verdict::Upheld, Verdict::Dismissed, Verdict::Undecided] {
            assert_eq!(Verdict::from_number(verdict as u8), Some(verdict));
        }
        assert_eq!(Verdict::from_number(0), None);
        for rule in [VotingRule::PerNode, VotingRule::ByStake] {
            assert_eq!(VotingRule::from_byte(rule as u8), rule);
        }
    }

    #[test]
    fn a_vote_weighs_and_costs_by_the_rule() {
        assert_eq!(VotingRule::PerNode.weight(500), 1);
        assert_eq!(VotingRule::ByStake.weight(500), 500);
        assert_eq!(VotingRule::PerNode.slashable(500, 100), 100);
        assert_eq!(VotingRule::PerNode.slashable(50, 100), 50);
        assert_eq!(VotingRule::ByStake.slashable(500, 100), 500);
    }

    /// All that can be cast: the author, and votes both ways, of one electorate.
    fn tallies() -> impl Strategy<Value = Tally> {
        (1u64..).prop_flat_map(|electorate| {
            (0..=electorate).prop_flat_map(move |author| {
                (0..=electorate - author).prop_flat_map(move |valid| {
                    (0..=electorate - author - valid)
                        .prop_map(move |invalid| tally(valid, invalid, author, electorate))
                })
            })
        })
    }

    proptest! {
        /// Neither side slashes the other unless it is over half of the electorate, whatever the
        /// others do: vote, abstain, or sleep.
        #[test]
        fn at_any_tally_nobody_below_half_slashes_anybody(tally in tallies()) {
            let half = u128::from(tally.electorate);
            let against = 2 * u128::from(tally.invalid);
            let for_it = 2 * (u128::from(tally.valid) + u128::from(tally.author));
            match tally.verdict() {
                Verdict::Upheld => prop_assert!(against > half),
                Verdict::Dismissed => prop_assert!(for_it > half && tally.valid > tally.invalid),
                Verdict::Undecided => {
                    prop_assert!(against <= half);
                    prop_assert!(for_it <= half || tally.valid <= tally.invalid);
                }
            }
        }

        /// A challenger that is right with over half always wins, and so does a defender.
        #[test]
        fn over_half_decides(tally in tallies()) {
            let half = u128::from(tally.electorate);
            if 2 * u128::from(tally.invalid) > half {
                prop_assert_eq!(tally.verdict(), Verdict::Upheld);
                prop_assert!(!tally.submission_stands(1) && !tally.list_stands());
            }
            if 2 * u128::from(tally.valid) > half {
                prop_assert_eq!(tally.verdict(), Verdict::Dismissed);
                prop_assert!(tally.submission_stands(1) && tally.list_stands());
            }
        }

        #[test]
        fn no_list_stands_against_a_majority(tally in tallies()) {
            let for_it = u128::from(tally.valid) + u128::from(tally.author);
            prop_assert!(!tally.list_stands()
                || tally.valid > tally.invalid
                || 2 * for_it > u128::from(tally.electorate));
        }

        /// A list that over half of the electorate is for stands, whatever the others vote.
        #[test]
        fn nobody_below_half_makes_a_list_fail_that_all_others_are_for(tally in tallies()) {
            let for_it = u128::from(tally.valid) + u128::from(tally.author);
            prop_assert!(2 * for_it <= u128::from(tally.electorate) || tally.list_stands());
        }

        #[test]
        fn no_submission_falls_below_the_quorum(tally in tallies(), quorum_bps in 1u16..=BPS) {
            if tally.submission_stands(quorum_bps) {
                return Ok(());
            }
            let against = u128::from(tally.invalid);
            prop_assert!(against * 10_000 >= u128::from(quorum_bps) * u128::from(tally.electorate)
                || 2 * against > u128::from(tally.electorate));
            prop_assert!(against > u128::from(tally.valid) + u128::from(tally.author)
                || 2 * against > u128::from(tally.electorate));
        }
    }
}
