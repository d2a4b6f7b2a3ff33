//! Classes 24 to 26 and 30: stake that is not there, not yet there, or no longer.

use super::act::{active, done, refused, refused_with, submitted};
use crate::{
    attack::{
        case::{Attack, cases, gathered},
        scene::{CHEAT, NEWCOMER, STAKE, Stage, scene},
    },
    vm::Refusal,
};
use anchor_lang::error::ErrorCode;
use gradual_consensus::GradualError as E;
use gradual_consensus_client::{address, instruction};

/// All of them.
pub(super) fn attacks() -> Vec<Attack> {
    gathered([
        cases!(
            24,
            "audit",
            no_stake_account,
            slashed_below_the_minimum,
            vote_with_warming_stake_only
        ),
        cases!(
            24,
            "submit",
            submission_with_warming_stake_only,
            the_round_before_it_is_active
        ),
        cases!(24, "submit_distribution_list", withdrawn_below_the_minimum),
        cases!(25, "audit", a_top_up_adds_no_weight),
        cases!(25, "stake", stake_after_the_challenge_is_in_no_electorate),
        cases!(25, "compound", compounded_rewards_add_no_weight_yet),
        cases!(
            26,
            "withdraw",
            between_submission_and_audit,
            the_author_while_an_audit_is_open,
            the_challenger_while_its_audit_is_open,
            warming_stake_of_a_locked_node,
            the_proposer_before_its_list_is_audited,
            a_proposer_of_a_late_attempt
        ),
        cases!(
            26,
            "close_stake",
            to_be_gone_before_the_audit,
            with_a_submission_that_is_still_open
        ),
        cases!(30, "withdraw", vote_then_leave),
        cases!(
            30,
            "audit",
            leave_without_a_vote_and_vote_under_another_key,
            the_same_stake_in_two_rounds_votes_under_one_key
        ),
    ])
}

fn no_stake_account() {
    let mut arena = scene(Stage::Challenged);
    let vote = arena.audit(0, NEWCOMER, arena.submission(0, CHEAT), true);
    let absent = Refusal::Custom(ErrorCode::AccountOwnedByWrongProgram.into());
    refused_with(&mut arena, &[vote], absent);
}

fn slashed_below_the_minimum() {
    // 1,000 of which 700 are slashed: below the minimum of 400.
    let mut arena = submitted(|terms| terms.minimum_stake_amount = 400, &[1_000; 4]);
    let subject = arena.submission(0, 3);
    for node in [0, 1] {
        let vote = arena.audit(0, node, subject, false);
        done(&mut arena, vote);
    }
    arena.vm.warp_to(400);
    let (resolve, submit) = (arena.resolve(0, subject), arena.submit_for(0, 0, 2));
    done(&mut arena, resolve);
    done(&mut arena, submit);
    arena.vm.warp_to(441);
    let cycle = address::cycle(&arena.tasks[0].task, 2);
    let other = address::submission(&cycle, &arena.node(0));
    let vote = arena.audit(0, 3, other, false);
    refused(&mut arena, vote, E::InsufficientActiveStake);
    let vote = arena.audit(0, 1, other, false);
    done(&mut arena, vote);
}

fn vote_with_warming_stake_only() {
    let mut arena = scene(Stage::Challenged);
    let stake = arena.stake(0, NEWCOMER, 100_000);
    done(&mut arena, stake);
    let vote = arena.audit(0, NEWCOMER, arena.submission(0, CHEAT), true);
    refused(&mut arena, vote, E::InsufficientActiveStake);
}

fn submission_with_warming_stake_only() {
    let mut arena = scene(Stage::Active);
    let stake = arena.stake(0, NEWCOMER, 100_000);
    done(&mut arena, stake);
    let submit = arena.submit(0, NEWCOMER);
    refused(&mut arena, submit, E::InsufficientActiveStake);
    arena.vm.warp_to(499);
    arena.vm.warp_to(500);
    let submit = arena.submit_for(0, NEWCOMER, 3);
    done(&mut arena, submit);
}

fn the_round_before_it_is_active() {
    let mut arena = scene(Stage::Active);
    let stake = arena.stake(0, NEWCOMER, 100_000);
    done(&mut arena, stake);
    arena.vm.warp_to(440);
    let submit = arena.submit_for(0, NEWCOMER, 2);
    refused(&mut arena, submit, E::InsufficientActiveStake);
}

fn withdrawn_below_the_minimum() {
    let mut arena = active(|_| (), &[1_000, 1_000]);
    for node in [0, 1] {
        let submit = arena.submit(0, node);
        done(&mut arena, submit);
    }
    // Late attempts come after the lock: a node that has left cannot be slashed for a list.
    arena.vm.warp_to(540);
    let leave = arena.withdraw(0, 0, 1_000);
    done(&mut arena, leave);
    let proposal = arena.proposal(0, &[(0, 1_000)]);
    let propose = arena.propose_list(0, 0, 1, proposal.clone());
    refused(&mut arena, propose, E::InsufficientActiveStake);
    let propose = arena.propose_list(0, 1, 1, proposal);
    done(&mut arena, propose);
}

fn a_top_up_adds_no_weight() {
    let mut arena = scene(Stage::Challenged);
    let top_up = arena.stake(0, 1, 500_000);
    done(&mut arena, top_up);
    let subject = arena.submission(0, CHEAT);
    let vote = arena.audit(0, 1, subject, true);
    done(&mut arena, vote);
    let audit = arena.subject(subject).audit;
    assert_eq!((audit.weight_valid, audit.electorate), (STAKE, 3 * STAKE));
}

fn stake_after_the_challenge_is_in_no_electorate() {
    let mut arena = scene(Stage::Challenged);
    let stake = arena.stake(0, NEWCOMER, 900_000);
    done(&mut arena, stake);
    for node in [1, 2] {
        let vote = arena.audit(0, node, arena.submission(0, CHEAT), false);
        done(&mut arena, vote);
    }
    arena.vm.warp_to(381);
    let subject = arena.submission(0, CHEAT);
    let resolve = arena.resolve(0, subject);
    done(&mut arena, resolve);
    assert_eq!(arena.subject(subject).audit.slashed, 700);
}

fn compounded_rewards_add_no_weight_yet() {
    let mut arena = scene(Stage::Paid);
    let compound = instruction::compound(arena.tasks[0], arena.node(0));
    done(&mut arena, compound);
    let stake = arena.stake_of(0, 0).stake;
    assert_eq!(stake.active(), STAKE);
    assert!(stake.total() > STAKE + 4_000);
}

fn between_submission_and_audit() {
    let mut arena = scene(Stage::Submitted);
    let leave = arena.withdraw(0, CHEAT, STAKE);
    refused(&mut arena, leave, E::StakeLocked);
}

fn the_author_while_an_audit_is_open() {
    let mut arena = scene(Stage::Voted);
    for slot in [381, 500, 10_000] {
        arena.vm.warp_to(slot);
        let leave = arena.withdraw(0, CHEAT, STAKE);
        refused(&mut arena, leave, E::StakeInAudit);
    }
    let resolve = arena.resolve(0, arena.submission(0, CHEAT));
    done(&mut arena, resolve);
    let leave = arena.withdraw(0, CHEAT, STAKE);
    refused(&mut arena, leave, E::InsufficientStake);
}

fn the_challenger_while_its_audit_is_open() {
    let mut arena = scene(Stage::Voted);
    arena.vm.warp_to(10_000);
    let leave = arena.withdraw(0, 0, STAKE);
    refused(&mut arena, leave, E::StakeInAudit);
    let leave = arena.withdraw(0, 1, STAKE);
    done(&mut arena, leave);
}

fn warming_stake_of_a_locked_node() {
    let mut arena = scene(Stage::Submitted);
    let top_up = arena.stake(0, CHEAT, 500);
    done(&mut arena, top_up);
    let leave = arena.withdraw(0, CHEAT, 500);
    refused(&mut arena, leave, E::StakeLocked);
}

fn the_proposer_before_its_list_is_audited() {
    let mut arena = scene(Stage::Proposed);
    let leave = arena.withdraw(0, 0, STAKE);
    refused(&mut arena, leave, E::StakeLocked);
}

fn a_proposer_of_a_late_attempt() {
    let mut arena = scene(Stage::Resolved);
    arena.vm.warp_to(540);
    let proposal = arena.proposal(0, &[(0, 1_000)]);
    let propose = arena.propose_list(0, 0, 1, proposal);
    done(&mut arena, propose);
    arena.vm.warp_to(580);
    let leave = arena.withdraw(0, 0, STAKE);
    refused(&mut arena, leave, E::StakeLocked);
    arena.vm.warp_to(581);
    let leave = arena.withdraw(0, 0, STAKE);
    done(&mut arena, leave);
}

fn to_be_gone_before_the_audit() {
    let mut arena = scene(Stage::Submitted);
    let (node, payer) = (arena.node(CHEAT), arena.manager.key);
    let close = instruction::close_stake(arena.tasks[0].task, node, payer, node);
    refused(&mut arena, close, E::StakeNotEmpty);
}

fn with_a_submission_that_is_still_open() {
    let mut arena = scene(Stage::Resolved);
    arena.vm.warp_to(500);
    let leave = arena.withdraw(0, 2, STAKE);
    done(&mut arena, leave);
    let (node, payer) = (arena.node(2), arena.manager.key);
    let close = instruction::close_stake(arena.tasks[0].task, node, payer, node);
    refused(&mut arena, close, E::NodeAccountsOpen);
}

fn vote_then_leave() {
    let mut arena = scene(Stage::Challenged);
    let vote = arena.audit(0, 1, arena.submission(0, CHEAT), true);
    done(&mut arena, vote);
    let leave = arena.withdraw(0, 1, STAKE);
    refused(&mut arena, leave, E::StakeLocked);
}

fn leave_without_a_vote_and_vote_under_another_key() {
    // Node 0 has not submitted, so that nothing locks it.
    let mut arena = submitted(|_| (), &[1_000, 1_000, 0, 1_000]);
    let subject = arena.submission(0, 3);
    let challenge = arena.audit(0, 1, subject, false);
    done(&mut arena, challenge);
    let leave = arena.withdraw(0, 0, 1_000);
    done(&mut arena, leave);
    let restake = arena.stake(0, 2, 1_000);
    done(&mut arena, restake);
    for node in [0, 2] {
        let vote = arena.audit(0, node, subject, true);
        refused(&mut arena, vote, E::InsufficientActiveStake);
    }
}

fn the_same_stake_in_two_rounds_votes_under_one_key() {
    let mut arena = submitted(|_| (), &[1_000, 1_000, 0, 1_000]);
    let subject = arena.submission(0, 3);
    for (node, valid) in [(1, false), (0, true)] {
        let vote = arena.audit(0, node, subject, valid);
        done(&mut arena, vote);
    }
    arena.vm.warp_to(499);
    let leave = arena.withdraw(0, 0, 1_000);
    refused(&mut arena, leave, E::StakeLocked);
    arena.vm.warp_to(500);
    let leave = arena.withdraw(0, 0, 1_000);
    done(&mut arena, leave);
    let restake = arena.stake(0, 2, 1_000);
    done(&mut arena, restake);
    // Active from round 6: no audit that the old key could have voted on is still open.
    let stake = arena.stake_of(0, 2).stake;
    assert_eq!((stake.as_of_round, stake.amounts), (4, [0, 0, 1_000]));
}
