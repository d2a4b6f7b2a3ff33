//! Random terms.

use super::dice::Dice;
use crate::script::Terms;

/// Random terms that the program accepts.
pub fn terms(dice: &mut Dice) -> Terms {
    let submission_window = dice.between(1, 12);
    let audit_window = dice.between(2, 12);
    let slack = dice.below(6);
    let audit_window = audit_window + u64::from(slack == 0 && audit_window == 2);
    // Now and then amounts near what 64 bits hold.
    let unit = [1, 1, 1, 1_000_000_007, 1 << 40][usize::try_from(dice.below(5)).expect("small")];
    let challenger_bps: u16 = dice.small(0, 6_000);
    let quorums = [1, 3_300, 3_300, 5_000, 10_000];
    let slashes = [7_000, 7_000, 10_000, 0, 3_333];
    // Of submissions a node may have 5, 1, 2, 10,000, or any number of challenges open.
    let false_challenges = [2_000, 10_000, 5_000, 5_001, 1, 0];
    // Now and then less than a unit for each submission.
    let most = if dice.chance(6) { 3 } else { 20_000 };
    Terms {
        seed: dice.roll() >> 32,
        nodes: dice.small(2, 6),
        wallet: 1_000_000 * unit,
        starting_slot: dice.between(2, 60),
        round_time: submission_window + audit_window + slack,
        submission_window,
        audit_window,
        minimum_stake: dice.between(1, 500) * unit,
        bounty_per_round: dice.between(1, most) * unit,
        claim_window: dice.between(1, 3),
        allowed_failures: dice.small(0, 3),
        by_stake: dice.chance(65),
        quorum_bps: dice.pick(&quorums).expect("one of them"),
        slash_bps: dice.pick(&slashes).expect("one of them"),
        false_challenge_bps: dice.pick(&false_challenges).expect("one of them"),
        challenger_bps,
        idle_rounds: dice.pick(&[0, 1, 1, 2, 2, 4]).expect("one of them"),
        equal_shares: dice.chance(60),
        voter_bps: dice.small(0, u64::from(10_000 - challenger_bps)),
    }
}
