//! Classes 24 to 26 and 30: stake that is not there, not yet there, or no longer.

use super::act::{active, condemn, done, opened_in_time, refused, refused_with, submitted};
use crate::{
    arena::Arena,
    attack::{
        case::{Attack, cases, gathered},
        scene::{CHEAT, CYCLE, IDLER, NEWCOMER, STAKE, Stage, later, scene},
    },
    vm::Refusal,
};
use anchor_lang::error::ErrorCode;
use gradual_consensus::{GradualError as E, TaskParams, state::Task};
use gradual_consensus_client::{address, instruction};

/// All of them.
pub(super) fn attacks() -> Vec<Attack> {
    gathered([
        cases!(
            24,
            "audit",
            no_stake_account,
            slashed_below_the_minimum,
            vote_with_warming_stake_only,
            vote_with_parked_stake
        ),
        cases!(
            24,
            "open_cycle",
            with_stake_that_warms_too_long,
            with_parked_stake,
            resumed_by_the_opening
        ),
        cases!(
            24,
            "submit",
            submission_with_warming_stake_only,
            the_round_before_it_is_active
        ),
        cases!(
            24,
            "submit_distribution_list",
            slashed_below_the_minimum_between_attempts
        ),
        cases!(25, "audit", a_top_up_adds_no_weight),
        cases!(25, "stake", stake_after_the_challenge_is_in_no_electorate),
        cases!(25, "compound", compounded_rewards_add_no_weight_yet),
        cases!(
            25,
            "migrate_stake",
            stake_that_aged_in_a_short_lived_predecessor
        ),
        cases!(
            25,
            "resume_stake",
            resumed_stake_has_no_weight_yet,
            resumed_within_the_round_it_loses_nothing,
            resumed_in_the_next_round_it_misses_none
        ),
        cases!(
            26,
            "withdraw",
            between_submission_and_audit,
            the_author_while_an_audit_is_open,
            the_challenger_while_its_audit_is_open,
            warming_stake_of_a_locked_node,
            the_proposer_before_its_list_is_audited,
            a_proposer_of_a_late_attempt,
            to_leave_between_two_attempts,
            parked_stake_leaves_as_it_likes
        ),
        cases!(
            26,
            "close_stake",
            to_be_gone_before_the_audit,
            with_a_submission_that_is_still_open
        ),
        cases!(
            29,
            "park_stake",
            right_after_a_challenge,
            a_voter_whose_round_is_not_over,
            a_node_that_was_active_within_the_term,
            where_the_task_parks_nobody,
            nothing_at_all
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
    for node in [0, 1, 2] {
        let vote = arena.audit(0, node, subject, false);
        done(&mut arena, vote);
    }
    opened_in_time(&mut arena, 2);
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
    arena.vm.warp_to(440);
    let open = arena.open_cycle(0, 0, 3);
    done(&mut arena, open);
    arena.vm.warp_to(500);
    let submit = arena.submit_for(0, NEWCOMER, 3);
    done(&mut arena, submit);
}

fn the_round_before_it_is_active() {
    let mut arena = scene(Stage::Active);
    let stake = arena.stake(0, NEWCOMER, 100_000);
    done(&mut arena, stake);
    let open = arena.open_cycle(0, 0, 2);
    done(&mut arena, open);
    arena.vm.warp_to(440);
    let submit = arena.submit_for(0, NEWCOMER, 2);
    refused(&mut arena, submit, E::InsufficientActiveStake);
}

fn slashed_below_the_minimum_between_attempts() {
    let mut arena = active(|terms| terms.minimum_stake_amount = 400, &[1_000; 4]);
    for node in [0, 1] {
        let submit = arena.submit(0, node);
        done(&mut arena, submit);
    }
    let open = arena.open_cycle(0, 0, 2);
    done(&mut arena, open);
    arena.vm.warp_to(400);
    let submit = arena.submit_for(0, 0, 2);
    done(&mut arena, submit);
    arena.vm.warp_to(441);
    let cycle = address::cycle(&arena.tasks[0].task, 2);
    let fault = address::submission(&cycle, &arena.node(0));
    condemn(&mut arena, fault, 1..4, 481);
    arena.vm.warp_to(540);
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
    assert_eq!((audit.weight_valid, audit.electorate), (STAKE, 4 * STAKE));
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
    for slot in [581, 600, 680] {
        arena.vm.warp_to(slot);
        let leave = arena.withdraw(0, 0, STAKE);
        refused(&mut arena, leave, E::StakeLocked);
    }
    arena.vm.warp_to(681);
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
    arena.vm.warp_to(700);
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
    // Node 0 has opened the cycle and not submitted: nothing locks it.
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
    arena.vm.warp_to(399);
    let leave = arena.withdraw(0, 0, 1_000);
    refused(&mut arena, leave, E::StakeLocked);
    arena.vm.warp_to(400);
    let leave = arena.withdraw(0, 0, 1_000);
    done(&mut arena, leave);
    let restake = arena.stake(0, 2, 1_000);
    done(&mut arena, restake);
    // Active from round 5: no audit that the old key could have voted on is still open.
    let stake = arena.stake_of(0, 2).stake;
    assert_eq!((stake.as_of_round, stake.amounts), (3, [0, 0, 1_000]));
}

fn to_leave_between_two_attempts() {
    // Whoever stayed last could write the late lists alone: nobody who submitted leaves before the last.
    let mut arena = scene(Stage::Resolved);
    for slot in [500, 581, 600, 680] {
        arena.vm.warp_to(slot);
        for node in 0..3 {
            let leave = arena.withdraw(0, node, STAKE);
            refused(&mut arena, leave, E::StakeLocked);
        }
    }
}

fn parked_stake_leaves_as_it_likes() {
    let mut arena = scene(Stage::Parked);
    let leave = arena.withdraw(0, IDLER, STAKE);
    done(&mut arena, leave);
    let stake = arena.stake_of(0, IDLER).stake;
    assert_eq!((stake.total(), stake.parked), (0, 0));
}

fn stake_that_aged_in_a_short_lived_predecessor() {
    // Staked for many rounds elsewhere, it arrives as a deposit made now.
    let mut arena = scene(Stage::Begun);
    let short = TaskParams {
        starting_slot: 101,
        round_time: 4,
        submission_window: 1,
        audit_window: 2,
        ..later()
    };
    arena.create_task(short);
    arena.vm.warp_to(101);
    let whale = arena.stake(2, NEWCOMER, 100_000);
    done(&mut arena, whale);
    arena.vm.warp_to(299);
    let manager = arena.manager.key;
    let (from, to) = (arena.tasks[2], arena.tasks[0].task);
    assert_eq!(arena.stake_of(2, NEWCOMER).stake.at(49).active(), 100_000);
    done(&mut arena, instruction::migrate_task(from, to, manager));
    opened_in_time(&mut arena, CYCLE);
    arena.vm.warp_to(300);
    let submit = arena.submit(0, 0);
    done(&mut arena, submit);
    let node = arena.node(NEWCOMER);
    done(
        &mut arena,
        instruction::migrate_stake(from, to, node, manager),
    );
    arena.vm.warp_to(341);
    let vote = arena.audit(0, NEWCOMER, arena.submission(0, 0), false);
    refused(&mut arena, vote, E::InsufficientActiveStake);
    let stake = arena.stake_of(0, NEWCOMER);
    assert_eq!(stake.stake.amounts, [0, 0, 100_000]);
    assert_eq!(stake.last_active_round, 2);
}

/// Weight of all who may vote in rounds 4 to 8.
fn electorates(arena: &Arena) -> [u64; 5] {
    let task: Task = arena.task(0);
    [4, 5, 6, 7, 8].map(|round| task.electorate_in(round))
}

fn resumed_stake_has_no_weight_yet() {
    let mut arena = scene(Stage::Parked);
    arena.vm.warp_to(700);
    let resume = arena.valid(0).resume(IDLER);
    done(&mut arena, resume);
    let task = arena.task(0);
    let later = [6, 7, 8, 9].map(|round| task.electorate_in(round));
    assert_eq!(later, [3 * STAKE, 3 * STAKE, 4 * STAKE, 4 * STAKE]);
    let stake = arena.stake_of(0, IDLER);
    assert_eq!(
        (stake.stake.total(), stake.stake.parked, stake.deposited),
        (STAKE, 0, STAKE)
    );
}

fn resumed_within_the_round_it_loses_nothing() {
    let mut arena = scene(Stage::Parked);
    assert_eq!(electorates(&arena), [4_000, 4_000, 3_000, 3_000, 3_000]);
    arena.vm.warp_to(599);
    let resume = arena.valid(0).resume(IDLER);
    done(&mut arena, resume);
    assert_eq!(electorates(&arena), [4 * STAKE; 5]);
}

fn resumed_in_the_next_round_it_misses_none() {
    let mut arena = scene(Stage::Parked);
    arena.vm.warp_to(600);
    let resume = arena.valid(0).resume(IDLER);
    done(&mut arena, resume);
    let task = arena.task(0);
    let rounds = [5, 6, 7].map(|round| task.electorate_in(round));
    assert_eq!(rounds, [4_000; 3]);
}

fn vote_with_parked_stake() {
    // While the notice runs it votes; then no more.
    let mut arena = scene(Stage::Parked);
    for cycle in [4, 5] {
        opened_in_time(&mut arena, cycle);
        arena.vm.warp_to(100 + 100 * (cycle + 1));
        let submit = arena.submit_for(0, 0, cycle);
        done(&mut arena, submit);
        arena.vm.warp_to(141 + 100 * (cycle + 1));
        let address = address::cycle(&arena.tasks[0].task, cycle);
        let subject = address::submission(&address, &arena.node(0));
        let vote = arena.audit(0, IDLER, subject, false);
        if cycle == 4 {
            done(&mut arena, vote);
            assert_eq!(arena.stake_of(0, IDLER).stake.parked, STAKE);
        } else {
            refused(&mut arena, vote, E::InsufficientActiveStake);
        }
    }
}

fn with_stake_that_warms_too_long() {
    let mut arena = scene(Stage::Working);
    let stake = arena.stake(0, NEWCOMER, 100_000);
    done(&mut arena, stake);
    // Active from round 3 on, it opens cycle 2, not cycle 1.
    let open = arena.open_cycle(0, NEWCOMER, CYCLE);
    refused(&mut arena, open, E::InsufficientActiveStake);
    arena.vm.warp_to(300);
    let open = arena.open_cycle(0, NEWCOMER, 2);
    done(&mut arena, open);
}

fn with_parked_stake() {
    let mut arena = scene(Stage::Parked);
    arena.vm.warp_to(600);
    let open = arena.open_cycle(0, IDLER, 5);
    refused(&mut arena, open, E::InsufficientActiveStake);
}

fn resumed_by_the_opening() {
    let mut arena = scene(Stage::Parked);
    let open = arena.open_cycle(0, IDLER, 4);
    done(&mut arena, open);
    let stake = arena.stake_of(0, IDLER);
    assert_eq!((stake.stake.amounts, stake.stake.parked), ([STAKE; 3], 0));
    assert_eq!(stake.last_active_round, 4);
    assert_eq!(electorates(&arena), [4 * STAKE; 5]);
}

fn right_after_a_challenge() {
    // Whoever is idle when an audit is opened stays in its electorate, and in that of the next round.
    let mut arena = scene(Stage::Idle);
    let open = arena.open_cycle(0, 0, 4);
    done(&mut arena, open);
    arena.vm.warp_to(600);
    let submit = arena.submit_for(0, 0, 4);
    done(&mut arena, submit);
    arena.vm.warp_to(641);
    let cycle = address::cycle(&arena.tasks[0].task, 4);
    let subject = address::submission(&cycle, &arena.node(0));
    let challenge = arena.audit(0, 1, subject, false);
    done(&mut arena, challenge);
    for node in [2, 3] {
        let park = arena.valid(0).park(node);
        done(&mut arena, park);
    }
    for (node, error) in [(0, E::StakeInAudit), (1, E::StakeInAudit)] {
        let park = arena.valid(0).park(node);
        refused(&mut arena, park, error);
    }
    assert_eq!(arena.subject(subject).audit.electorate, 4 * STAKE);
    for node in [2, 3] {
        let vote = arena.audit(0, node, subject, true);
        done(&mut arena, vote);
    }
    arena.vm.warp_to(681);
    let resolve = arena.resolve(0, subject);
    done(&mut arena, resolve);
    assert_eq!(arena.stake_of(0, 1).slashed, 200);
}

fn a_voter_whose_round_is_not_over() {
    // Locked by a submission, it is held through the last attempt, however idle it is.
    let mut arena = scene(Stage::Submitted);
    for slot in [399, 600, 680] {
        arena.vm.warp_to(slot);
        let park = arena.valid(0).park(1);
        refused(&mut arena, park, E::StakeLocked);
    }
}

fn a_node_that_was_active_within_the_term() {
    let mut arena = scene(Stage::Begun);
    arena.vm.warp_to(200);
    let open = arena.open_cycle(0, 0, CYCLE);
    done(&mut arena, open);
    for slot in [499, 500, 599] {
        arena.vm.warp_to(slot);
        let park = arena.valid(0).park(0);
        refused(&mut arena, park, E::NotIdle);
    }
    let other = arena.valid(0).park(1);
    done(&mut arena, other);
    arena.vm.warp_to(600);
    let park = arena.valid(0).park(0);
    done(&mut arena, park);
}

fn where_the_task_parks_nobody() {
    let mut arena = active(|terms| terms.idle_rounds = 0, &[1_000, 1_000]);
    arena.vm.warp_to(100_000_000);
    let park = arena.valid(0).park(1);
    refused(&mut arena, park, E::NotIdle);
}

fn nothing_at_all() {
    let mut arena = scene(Stage::Idle);
    let leave = arena.withdraw(0, 1, STAKE);
    done(&mut arena, leave);
    let park = arena.valid(0).park(1);
    refused(&mut arena, park, E::NothingToPark);
    let resume = arena.valid(0).resume(2);
    refused(&mut arena, resume, E::NotParked);
}
