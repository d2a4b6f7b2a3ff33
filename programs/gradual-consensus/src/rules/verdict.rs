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
    /// Weight of all who could vote.
    pub electorate: u64,
}

/// What became of an audit. The numbers are those of accounts and events; 0 is an audit that is not
/// resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Verdict {
    /// A quorum voted, most of it against the subject: the author is slashed.
    Upheld = 1,
    /// A quorum voted, most of it for the subject: the challenger is slashed.
    Dismissed = 2,
    /// A tie, or no quorum: nobody is slashed.
    Inconclusive = 3,
}

impl Verdict {
    /// The verdict with this number.
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Upheld),
            2 => Some(Self::Dismissed),
            3 => Some(Self::Inconclusive),
            _ => None,
        }
    }
}

impl Tally {
    /// The verdict on this tally with the task's `quorum_bps`.
    pub fn verdict(&self, quorum_bps: u16) -> Verdict {
        let cast = u128::from(self.valid).saturating_add(u128::from(self.invalid));
        let needed = u128::from(self.electorate).saturating_mul(u128::from(quorum_bps));
        let quorum = cast.saturating_mul(u128::from(BPS)) >= needed;
        if quorum && self.invalid > self.valid {
            Verdict::Upheld
        } else if quorum && self.valid > self.invalid {
            Verdict::Dismissed
        } else {
            Verdict::Inconclusive
        }
    }

    /// Whether a *list* stands after `verdict`. An inconclusive one stands only if more was cast
    /// for it than against: money never moves without a majority of what was cast.
    pub const fn list_stands(&self, verdict: Verdict) -> bool {
        match verdict {
            Verdict::Upheld => false,
            Verdict::Dismissed => true,
            Verdict::Inconclusive => self.valid > self.invalid,
        }
    }

    /// Whether a *submission* stands after `verdict`: unless the audit was upheld.
    pub const fn submission_stands(verdict: Verdict) -> bool {
        !matches!(verdict, Verdict::Upheld)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tally(valid: u64, invalid: u64, electorate: u64) -> Tally {
        Tally {
            valid,
            invalid,
            electorate,
        }
    }

    #[test]
    fn quorum_is_inclusive() {
        assert_eq!(tally(0, 33, 100).verdict(3_300), Verdict::Upheld);
        assert_eq!(tally(0, 32, 100).verdict(3_300), Verdict::Inconclusive);
        assert_eq!(tally(33, 0, 100).verdict(3_300), Verdict::Dismissed);
        assert_eq!(tally(17, 16, 100).verdict(3_300), Verdict::Dismissed);
    }

    #[test]
    fn a_tie_is_inconclusive() {
        assert_eq!(tally(50, 50, 100).verdict(3_300), Verdict::Inconclusive);
        assert!(!tally(50, 50, 100).list_stands(Verdict::Inconclusive));
        assert!(Tally::submission_stands(Verdict::Inconclusive));
    }

    #[test]
    fn only_an_upheld_audit_fells_a_submission() {
        assert!(!Tally::submission_stands(Verdict::Upheld));
        assert!(Tally::submission_stands(Verdict::Dismissed));
    }

    #[test]
    fn a_list_without_quorum_stands_with_a_majority_of_what_was_cast() {
        assert!(tally(2, 1, 100).list_stands(tally(2, 1, 100).verdict(3_300)));
        assert!(!tally(1, 2, 100).list_stands(tally(1, 2, 100).verdict(3_300)));
    }

    #[test]
    fn largest_weights_do_not_overflow() {
        let all = tally(u64::MAX, u64::MAX - 1, u64::MAX);
        assert_eq!(all.verdict(BPS), Verdict::Dismissed);
    }

    #[test]
    fn a_verdict_is_read_as_it_was_written() {
        for verdict in [Verdict::Upheld, Verdict::Dismissed, Verdict::Inconclusive] {
            assert_eq!(Verdict::from_number(verdict as u8), Some(verdict));
        }
        assert_eq!(Verdict::from_number(0), None);
        for rule in [VotingRule::PerNode, VotingRule::ByStake] {
            assert_eq!(VotingRule::from_byte(rule as u8), rule);
        }
    }

    #[test]
    fn weights() {
        assert_eq!(VotingRule::PerNode.weight(500), 1);
        assert_eq!(VotingRule::ByStake.weight(500), 500);
    }

    proptest! {
        #[test]
        fn verdicts_partition_all_tallies(
            valid: u64, invalid: u64, electorate: u64, quorum_bps in 1u16..=BPS,
        ) {
            let tally = tally(valid, invalid, electorate);
            let cast = u128::from(valid) + u128::from(invalid);
            let quorum = cast * 10_000 >= u128::from(quorum_bps) * u128::from(electorate);
            let expected = match (quorum, invalid.cmp(&valid)) {
                (true, std::cmp::Ordering::Greater) => Verdict::Upheld,
                (true, std::cmp::Ordering::Less) => Verdict::Dismissed,
                _ => Verdict::Inconclusive,
            };
            prop_assert_eq!(tally.verdict(quorum_bps), expected);
        }

        #[test]
        fn nothing_stands_against_a_majority(valid: u64, invalid: u64, electorate: u64) {
            prop_assume!(invalid >= valid);
            let tally = tally(valid, invalid, electorate);
            prop_assert!(!tally.list_stands(tally.verdict(3_300)));
        }
    }
}
