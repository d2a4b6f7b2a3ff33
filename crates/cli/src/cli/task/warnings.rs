//! Terms of a task that protect nobody (protocol, section 12): allowed, and said.

use crate::cli::pace::{SLOTS_A_DAY, about};
use gradual_consensus::{TaskParams, VotingRule, rules::money::BPS};

/// A window that is shorter than this, in slots, is easily missed.
const SHORTEST_WINDOW: u64 = 32;
/// Half of the electorate, in basis points.
const HALF: u16 = BPS / 2;

/// What is wrong with the terms, one line each, with what to do about it. `money` writes an amount.
pub(super) fn of(params: &TaskParams, money: impl Fn(u64) -> String) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut warn = |is_wrong: bool, what: String| {
        if is_wrong {
            warnings.push(what);
        }
    };
    let most = safest_bounty(params);
    warn(
        params.bounty_amount_per_round > most,
        format!(
            "a bounty of {} a round is more than {}, half of what minimal nodes lose that write a \
             false list in every attempt: lower --bounty-per-round, or raise --minimum-stake",
            money(params.bounty_amount_per_round),
            money(most)
        ),
    );
    let shortest = params.submission_window.min(params.audit_window);
    warn(
        shortest < SHORTEST_WINDOW,
        format!(
            "a window of {shortest} slots ({}) is missed in a short outage: use at least \
             {SHORTEST_WINDOW} for --submission-window and --audit-window",
            about(shortest)
        ),
    );
    warn(
        params.quorum_bps > HALF,
        format!(
            "a quorum of {} bps lets submissions stand that most of those who vote call invalid: use \
             at most {HALF} for --quorum-bps",
            params.quorum_bps
        ),
    );
    warn(
        params.slash_bps == 0,
        "nobody loses anything by wrong work or a false list: raise --slash-bps".into(),
    );
    warn(
        params.false_challenge_bps == 0,
        "nobody loses anything by false challenges, and their number is not limited: raise \
         --false-challenge-bps"
            .into(),
    );
    warn(
        params.voting_rule == VotingRule::PerNode,
        "one vote a node: whoever splits a stake into minimal nodes outvotes those who stake more: use \
         --voting stake, unless all nodes stake the same"
            .into(),
    );
    let idle = params.idle_rounds.saturating_mul(params.round_time);
    warn(
        params.idle_rounds > 0 && idle < SLOTS_A_DAY,
        format!(
            "a stake may be parked after {} idle rounds ({}), a node's short outage: use at least {} \
             for --idle-rounds",
            params.idle_rounds,
            about(idle),
            a_day_of_rounds(params.round_time)
        ),
    );
    warnings
}

/// About a day, in rounds of `round_time` slots, rounded up.
pub(super) fn a_day_of_rounds(round_time: u64) -> u64 {
    SLOTS_A_DAY.div_ceil(round_time.max(1))
}

/// `(F + 1) * slash / 2 * minimum stake`, in base units.
fn safest_bounty(params: &TaskParams) -> u64 {
    let attempts = u128::from(params.allowed_failed_distributions).saturating_add(1);
    let lost = attempts
        .saturating_mul(params.slash_bps.into())
        .saturating_mul(params.minimum_stake_amount.into());
    let most = lost / (2 * u128::from(BPS));
    u64::try_from(most).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four attempts, of which each costs a minimal node 70: 140 is half of it.
    fn good() -> TaskParams {
        TaskParams {
            starting_slot: 1,
            round_time: 1_500,
            submission_window: 32,
            audit_window: 32,
            minimum_stake_amount: 100,
            bounty_amount_per_round: 140,
            claim_window: 8,
            idle_rounds: 144,
            allowed_failed_distributions: 3,
            ..TaskParams::default()
        }
    }

    #[track_caller]
    fn assert_warned(change: impl FnOnce(&mut TaskParams), expected: &[&str]) {
        let mut params = good();
        change(&mut params);
        let warnings = of(&params, |amount| amount.to_string());
        assert_eq!(warnings.len(), expected.len(), "{warnings:?}");
        for (warning, expected) in warnings.iter().zip(expected) {
            assert!(warning.contains(expected), "{warning}");
            assert_eq!(warning.lines().count(), 1, "{warning}");
        }
    }

    #[test]
    fn good_terms_are_not_warned_about() {
        assert_warned(|_| (), &[]);
        assert_warned(|params| params.idle_rounds = 0, &[]);
        assert_warned(|params| params.quorum_bps = 5_000, &[]);
    }

    #[test]
    fn each_term_that_protects_nobody_is_said() {
        let bounty = "a bounty of 141 a round is more than 140";
        assert_warned(|params| params.bounty_amount_per_round = 141, &[bounty]);
        assert_warned(|params| params.submission_window = 31, &["31 slots"]);
        assert_warned(|params| params.audit_window = 31, &["31 slots"]);
        assert_warned(
            |params| params.quorum_bps = 5_001,
            &["a quorum of 5001 bps"],
        );
        let nothing = ["a bounty of 140 a round is more than 0", "a false list"];
        assert_warned(|params| params.slash_bps = 0, &nothing);
        assert_warned(
            |params| params.false_challenge_bps = 0,
            &["false challenges"],
        );
        assert_warned(
            |params| params.voting_rule = VotingRule::PerNode,
            &["one vote a node"],
        );
        assert_warned(
            |params| params.idle_rounds = 143,
            &["use at least 144 for --idle-rounds"],
        );
    }

    #[test]
    fn a_day_of_rounds_is_rounded_up() {
        assert_eq!(a_day_of_rounds(1_500), 144);
        assert_eq!(a_day_of_rounds(1_501), 144);
        assert_eq!(a_day_of_rounds(1_499), 145);
        assert_eq!(a_day_of_rounds(u64::from(u32::MAX)), 1);
    }
}
