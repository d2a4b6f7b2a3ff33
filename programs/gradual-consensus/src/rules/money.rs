//! Slashes and their split (protocol, sections 4 and 6): checked arithmetic that floors in the
//! pot's favour. Amounts are base units of the task's mint, shares are basis points.

/// Basis points in a whole.
pub const BPS: u16 = 10_000;

/// `floor(amount * numerator / denominator)`; `None` when the denominator is 0 or the result does
/// not fit.
pub fn share(amount: u64, numerator: u64, denominator: u64) -> Option<u64> {
    let product = u128::from(amount).checked_mul(u128::from(numerator))?;
    u64::try_from(product.checked_div(u128::from(denominator))?).ok()
}

/// `floor(amount * bps / 10000)`; `None` when `bps` would make it more than fits.
pub fn bps_of(amount: u64, bps: u16) -> Option<u64> {
    share(amount, u64::from(bps), u64::from(BPS))
}

/// What each of `submissions` submissions is owed of `bounty` where pay is equal; `None` where there are
/// none.
pub fn equal_share(bounty: u64, submissions: u32) -> Option<u64> {
    bounty.checked_div(u64::from(submissions))
}

/// Most challenges of submissions that a node may have open at once, where a false one takes
/// `false_challenge_bps` of its stake: as many as that stake pays for. `None` where nothing is taken, and
/// nothing limited.
pub fn most_open_challenges(false_challenge_bps: u16) -> Option<u32> {
    let covered = BPS.checked_div(false_challenge_bps)?;
    Some(u32::from(covered.max(1)))
}

/// Where a slashed amount goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SlashSplit {
    /// To the party that was in the right: the challenger of an upheld audit, the author of a
    /// dismissed one.
    pub winner: u64,
    /// To the voters who were in the right, pro rata by weight.
    pub voters: u64,
    /// To the task's bounty: the rest, so every rounding falls to the pot.
    pub bounty: u64,
}

/// Splits a slashed `amount`; `None` when the two shares are more than the whole.
pub fn split_slash(amount: u64, challenger_bps: u16, voter_bps: u16) -> Option<SlashSplit> {
    let winner = bps_of(amount, challenger_bps)?;
    let voters = bps_of(amount, voter_bps)?;
    let bounty = amount.checked_sub(winner)?.checked_sub(voters)?;
    Some(SlashSplit {
        winner,
        voters,
        bounty,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_protocols_defaults() {
        assert_eq!(bps_of(1_000, 7_000), Some(700));
        let split = split_slash(700, 3_000, 3_000);
        assert_eq!(
            split,
            Some(SlashSplit {
                winner: 210,
                voters: 210,
                bounty: 280
            })
        );
    }

    #[test]
    fn rounding_falls_to_the_bounty() {
        let split = split_slash(1, 3_333, 3_333).unwrap();
        assert_eq!((split.winner, split.voters, split.bounty), (0, 0, 1));
        assert_eq!(share(10, 1, 3), Some(3));
    }

    #[test]
    fn equal_shares_round_down() {
        assert_eq!(equal_share(100, 3), Some(33));
        assert_eq!(equal_share(2, 3), Some(0));
        assert_eq!(equal_share(100, 0), None);
    }

    #[test]
    fn a_stake_pays_for_all_its_open_challenges() {
        assert_eq!(most_open_challenges(2_000), Some(5));
        assert_eq!(most_open_challenges(3_000), Some(3));
        assert_eq!(most_open_challenges(6_000), Some(1));
        assert_eq!(most_open_challenges(BPS), Some(1));
        assert_eq!(most_open_challenges(0), None);
    }

    #[test]
    fn bounds() {
        assert_eq!(bps_of(u64::MAX, BPS), Some(u64::MAX));
        assert_eq!(share(u64::MAX, 2, 1), None);
        assert_eq!(share(1, 1, 0), None);
        assert_eq!(split_slash(100, 6_000, 5_000), None);
    }

    proptest! {
        #[test]
        fn splits_are_exact_and_never_exceed_the_whole(
            amount: u64, challenger in 0u16..=BPS, voter in 0u16..=BPS,
        ) {
            prop_assume!(challenger + voter <= BPS);
            let split = split_slash(amount, challenger, voter).unwrap();
            let sum = u128::from(split.winner) + u128::from(split.voters) + u128::from(split.bounty);
            prop_assert_eq!(sum, u128::from(amount));
        }

        #[test]
        fn pro_rata_shares_never_exceed_the_pool(
            pool: u64, weights in prop::collection::vec(1u64..1 << 56, 1..20),
        ) {
            let total: u64 = weights.iter().sum();
            let paid: u128 = weights.iter().map(|&w| u128::from(share(pool, w, total).unwrap())).sum();
            prop_assert!(paid <= u128::from(pool));
            prop_assert!(u128::from(pool) - paid < weights.len() as u128);
        }

        #[test]
        fn equal_shares_never_exceed_the_bounty(bounty: u64, submissions in 1u32..) {
            let share = equal_share(bounty, submissions).unwrap();
            prop_assert!(u128::from(share) * u128::from(submissions) <= u128::from(bounty));
        }

        #[test]
        fn a_slash_never_exceeds_the_stake(stake: u64, bps in 0u16..=BPS) {
            prop_assert!(bps_of(stake, bps).unwrap() <= stake);
        }
    }
}
