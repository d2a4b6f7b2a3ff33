//! `submit_distribution_list`.

use anchor_lang::error::ErrorCode;
use gradual_consensus::{GradualError, ListProposal, state::Status};
use gradual_consensus_testkit::{
    BOUNTY, Build, STAKE, World, assert_refused, assert_refused_with_code, on_every_build,
    suite::{
        CYCLE, EVERYBODY, SHARES, alone, disputed, fell, other_task, others, propose_first,
        propose_now, proposed, reject, reviewed,
    },
    swapped,
};

on_every_build! {
    no_list_is_accepted_outside_its_attempts_window,
    a_list_is_accepted_in_the_first_and_last_slot_of_each_attempts_window,
    an_attempts_window_is_not_another_attempts,
    a_proposer_waits_for_its_stagger_slot,
    a_node_that_sleeps_is_replaced,
    the_draw_of_each_attempt_is_new,
    only_submitters_propose,
    a_submission_of_another_cycle_does_not_count,
    the_author_of_an_invalid_submission_does_not_propose,
    the_author_of_a_disputed_submission_proposes_once_it_stands,
    a_proposer_needs_the_minimum_of_active_stake,
    a_node_proposes_once_a_cycle,
    no_list_is_accepted_while_another_is_pending,
    a_fallen_list_is_finalized_before_the_next,
    there_are_as_many_attempts_as_allowed,
    a_list_divides_what_was_set_aside,
    a_list_divides_the_cycles_bounty_at_most,
    no_funding_changes_what_a_list_divides,
    a_list_has_one_entry_a_submission_at_most_and_no_entry_of_nothing,
    proposing_locks_the_stake_until_the_attempts_round_is_over,
    proposing_at_the_first_attempt_shortens_no_lock,
    lamports_at_the_lists_address_block_nothing,
    a_uri_has_64_bytes_at_most,
    lists_are_taken_whatever_is_stopped,
    a_list_is_proposed_with_its_own_accounts,
    a_proposer_answers_with_its_own_stake,
}

/// What a single node is paid.
const ALONE: [(usize, u64); 1] = [(0, 10_000)];

/// The single node's proposal for cycle 1, after `change`.
fn changed(world: &World, change: impl FnOnce(&mut ListProposal)) -> ListProposal {
    let mut proposal = world.proposal(CYCLE, &ALONE);
    change(&mut proposal);
    proposal
}

/// `submit_distribution_list.1`
fn no_list_is_accepted_outside_its_attempts_window(build: Build) {
    let world = alone(build);
    for attempt in 0..=2 {
        let start = 400 + 100 * u64::from(attempt);
        for slot in [start - 1, start + 41] {
            world.warp_to(slot);
            let result = propose_now(&world, 0, attempt, &ALONE);
            assert_refused(result, GradualError::ListWindowClosed);
        }
    }
}

/// `submit_distribution_list.1`
fn a_list_is_accepted_in_the_first_and_last_slot_of_each_attempts_window(build: Build) {
    for attempt in 0..=2 {
        let start = 400 + 100 * u64::from(attempt);
        for slot in [start, start + 40] {
            let world = alone(build.clone());
            world.warp_to(slot);
            propose_now(&world, 0, attempt, &ALONE).unwrap();
            let list = world.list(CYCLE, attempt);
            assert_eq!((list.attempt, list.subject.slot), (attempt, slot));
            assert_eq!(list.subject.window_round, 3 + u64::from(attempt));
        }
    }
}

/// `submit_distribution_list.1`
fn an_attempts_window_is_not_another_attempts(build: Build) {
    let world = alone(build);
    world.warp_to(400);
    let early = propose_now(&world, 0, 1, &ALONE);
    assert_refused(early, GradualError::ListWindowClosed);
    world.warp_to(500);
    let late = propose_now(&world, 0, 0, &ALONE);
    assert_refused(late, GradualError::ListWindowClosed);
}

/// `submit_distribution_list.1`
fn a_proposer_waits_for_its_stagger_slot(build: Build) {
    let world = reviewed(build);
    let turns = EVERYBODY.map(|node| world.first_proposer(&[node], CYCLE, 0));
    let (last, slot) = turns.into_iter().max_by_key(|&(_, slot)| slot).unwrap();
    assert!(slot > 400, "somebody waits");
    world.warp_to(slot - 1);
    assert_refused(
        propose_now(&world, last, 0, &SHARES),
        GradualError::NotYetSelected,
    );
    world.warp_to(slot);
    propose_now(&world, last, 0, &SHARES).unwrap();
}

/// `submit_distribution_list.1`: where the first sleep, everybody may propose before the window
/// ends.
fn a_node_that_sleeps_is_replaced(build: Build) {
    for node in EVERYBODY {
        let world = reviewed(build.clone());
        world.warp_to(440);
        propose_now(&world, node, 0, &SHARES).unwrap();
        assert_eq!(
            world.list(CYCLE, 0).subject.author,
            world.nodes[node].pubkey()
        );
    }
}

/// `submit_distribution_list.1`
fn the_draw_of_each_attempt_is_new(build: Build) {
    let world = reviewed(build);
    let waits = |attempt: u8| {
        let start = 400 + 100 * u64::from(attempt);
        EVERYBODY.map(|node| world.first_proposer(&[node], CYCLE, attempt).1 - start)
    };
    assert_ne!(waits(0), waits(1));
    assert_ne!(waits(1), waits(2));
    for wait in (0..=2).flat_map(waits) {
        assert!(
            [0, 5, 10, 15].contains(&wait),
            "four steps of an eighth of 40 slots: {wait}"
        );
    }
}

/// `submit_distribution_list.2`
fn only_submitters_propose(build: Build) {
    let world = World::on(build).start_active();
    world.submit_all(&[0, 1, 2], CYCLE);
    world.warp_to(440);
    let list = [(0, 1)];
    let none = ErrorCode::AccountOwnedByWrongProgram.into();
    assert_refused_with_code(propose_now(&world, 3, 0, &list), none);

    let proposal = world.proposal(CYCLE, &list);
    let borrowed = swapped(
        world.propose_ix(3, CYCLE, 0, proposal),
        world.submission_address(3, CYCLE),
        world.submission_address(0, CYCLE),
    );
    assert_refused(world.act(3, borrowed), GradualError::WrongNode);
}

/// `submit_distribution_list.2`
fn a_submission_of_another_cycle_does_not_count(build: Build) {
    let world = World::on(build).start_active();
    world.open_cycle(1, CYCLE + 1).unwrap();
    world.submit_all(&EVERYBODY, CYCLE);
    world.warp_to(440);
    world.submit(0, CYCLE + 1, b"next").unwrap();
    let proposal = world.proposal(CYCLE, &SHARES);
    let borrowed = swapped(
        world.propose_ix(0, CYCLE, 0, proposal),
        world.submission_address(0, CYCLE),
        world.submission_address(0, CYCLE + 1),
    );
    assert_refused(world.act(0, borrowed), GradualError::WrongCycle);
}

/// `submit_distribution_list.2`
fn the_author_of_an_invalid_submission_does_not_propose(build: Build) {
    let world = disputed(build, false);
    let submission = world.submission_address(3, CYCLE);
    world.resolve(submission).unwrap();
    assert_eq!(world.subject(&submission).status(), Status::Invalid);
    world.warp_to(440);
    assert_refused(
        propose_now(&world, 3, 0, &SHARES),
        GradualError::ProposerNotEligible,
    );
}

/// `submit_distribution_list.2`
fn the_author_of_a_disputed_submission_proposes_once_it_stands(build: Build) {
    let world = disputed(build, true);
    world.warp_to(440);
    assert_refused(
        propose_now(&world, 3, 0, &SHARES),
        GradualError::ProposerNotEligible,
    );
    world.resolve(world.submission_address(3, CYCLE)).unwrap();
    propose_now(&world, 3, 0, &SHARES).unwrap();
}

/// `submit_distribution_list.2`
fn a_proposer_needs_the_minimum_of_active_stake(build: Build) {
    let world = World::on(build)
        .stakes(&[120, STAKE, STAKE, STAKE])
        .start_active();
    world.submit_all(&EVERYBODY, CYCLE);
    world.warp_to_audit(2);
    let submission = world.submission_address(3, CYCLE);
    for (voter, is_valid) in [(0, false), (1, true), (2, true)] {
        world.audit(voter, submission, is_valid).unwrap();
    }
    world.warp_past_audit(2);
    world.resolve(submission).unwrap();
    assert_eq!(world.node_stake(0).stake.total(), 96, "120 without a fifth");
    world.warp_to(440);
    assert_refused(
        propose_now(&world, 0, 0, &SHARES),
        GradualError::InsufficientActiveStake,
    );
}

/// `submit_distribution_list.3`
fn a_node_proposes_once_a_cycle(build: Build) {
    let (world, proposer) = proposed(build, &SHARES);
    reject(&world, 0, proposer);
    world.warp_to(540);
    assert_refused(
        propose_now(&world, proposer, 1, &SHARES),
        GradualError::AlreadyProposed,
    );
    propose_first(&world, 1, &SHARES);
}

/// `submit_distribution_list.4`
fn no_list_is_accepted_while_another_is_pending(build: Build) {
    let (world, proposer) = proposed(build, &SHARES);
    let other = others(proposer)[0];
    world.warp_to(440);
    assert_refused(
        propose_now(&world, other, 0, &SHARES),
        GradualError::ListPending,
    );
    world.warp_to(540);
    assert_refused(
        propose_now(&world, other, 1, &SHARES),
        GradualError::ListPending,
    );
    world.finalize(CYCLE, 0).unwrap();
    assert_refused(
        propose_now(&world, other, 1, &SHARES),
        GradualError::ListAlreadyAccepted,
    );
}

/// `submit_distribution_list.4`: a list that fell is pending until it is finalized.
fn a_fallen_list_is_finalized_before_the_next(build: Build) {
    let (world, proposer) = proposed(build, &SHARES);
    fell(&world, 0, proposer);
    world.warp_to(540);
    let other = others(proposer)[0];
    assert_refused(
        propose_now(&world, other, 1, &SHARES),
        GradualError::ListPending,
    );
    world.finalize(CYCLE, 0).unwrap();
    propose_now(&world, other, 1, &SHARES).unwrap();
}

/// `submit_distribution_list.4`
fn there_are_as_many_attempts_as_allowed(build: Build) {
    let world = alone(build);
    world.warp_to(700);
    for attempt in [3, u8::MAX] {
        let result = propose_now(&world, 0, attempt, &ALONE);
        assert_refused(result, GradualError::AttemptsExhausted);
    }
}

/// `submit_distribution_list.5`: a proposal moves nothing.
fn a_list_divides_what_was_set_aside(build: Build) {
    let world = alone(build);
    world.warp_to(400);
    propose_now(&world, 0, 0, &[(0, 7_000)]).unwrap();
    let list = world.list(CYCLE, 0);
    assert_eq!((list.total, list.count), (7_000, 1));
    let (task, cycle) = (world.task(), world.cycle(CYCLE));
    assert_eq!(
        (task.bounty_available, task.bounty_reserved),
        (BOUNTY - 10_000, 10_000)
    );
    assert_eq!((cycle.owed, cycle.list_pending), (10_000, 1));
    assert_eq!(world.books().bounty_pot, BOUNTY);
}

/// `submit_distribution_list.5`
fn a_list_divides_the_cycles_bounty_at_most(build: Build) {
    let world = alone(build);
    world.warp_to(400);
    let result = propose_now(&world, 0, 0, &[(0, 10_001)]);
    assert_refused(result, GradualError::ListExceedsBounty);
    propose_now(&world, 0, 0, &[(0, 10_000)]).unwrap();
}

/// `submit_distribution_list.5`: whatever comes in or leaves after the opening.
fn no_funding_changes_what_a_list_divides(build: Build) {
    let world = World::on(build)
        .stakes(&[STAKE])
        .bounty(10_000)
        .start_active();
    world.submit(0, CYCLE, b"alone").unwrap();
    assert_eq!(world.task().bounty_available, 0);
    world.warp_to(400);
    let proposal = world.proposal(CYCLE, &ALONE);
    world.fund(5_000).unwrap();
    let greedy = propose_now(&world, 0, 0, &[(0, 10_001)]);
    assert_refused(greedy, GradualError::ListExceedsBounty);
    world
        .act(0, world.propose_ix(0, CYCLE, 0, proposal))
        .unwrap();
    assert_eq!(world.task().bounty_available, 5_000);
}

/// `submit_distribution_list.6`
fn a_list_has_one_entry_a_submission_at_most_and_no_entry_of_nothing(build: Build) {
    let world = alone(build);
    world.warp_to(400);
    for (count, total) in [(0, 10_000), (0, 0), (2, 10_000), (1, 0), (u32::MAX, 10_000)] {
        let proposal = changed(&world, |p| (p.count, p.total) = (count, total));
        let result = world.act(0, world.propose_ix(0, CYCLE, 0, proposal));
        assert_refused(result, GradualError::InvalidList);
    }
    propose_now(&world, 0, 0, &[(0, 1)]).unwrap();
}

/// `submit_distribution_list.7`
fn proposing_locks_the_stake_until_the_attempts_round_is_over(build: Build) {
    let world = alone(build);
    assert_eq!(
        world.node_stake(0).locked_until_slot,
        681,
        "for the submission"
    );
    world.warp_to(600);
    propose_now(&world, 0, 2, &ALONE).unwrap();
    assert_eq!(world.node_stake(0).locked_until_slot, 700);
    assert_eq!(world.node_stake(0).last_active_round, 5);
    world.warp_to(699);
    assert_refused(world.withdraw(0, STAKE), GradualError::StakeLocked);
    world.warp_to(700);
    world.withdraw(0, STAKE).unwrap();
}

/// `submit_distribution_list.7`
fn proposing_at_the_first_attempt_shortens_no_lock(build: Build) {
    let world = alone(build);
    world.warp_to(400);
    propose_now(&world, 0, 0, &ALONE).unwrap();
    assert_eq!(world.node_stake(0).locked_until_slot, 681);
}

/// `submit_distribution_list.8`
fn lamports_at_the_lists_address_block_nothing(build: Build) {
    for lamports in [1, 10_000_000_000] {
        let world = alone(build.clone());
        let list = world.list_address(CYCLE, 0);
        world.bank.airdrop(&list, lamports);
        world.warp_to(400);
        propose_now(&world, 0, 0, &ALONE).unwrap();
        assert_eq!(world.list(CYCLE, 0).total, 10_000);
        assert!(world.lamports(&list) >= lamports);
    }
}

/// A list's uri is stored as given, and longer ones than its field are refused.
fn a_uri_has_64_bytes_at_most(build: Build) {
    let world = alone(build);
    world.warp_to(400);
    let with_uri = |uri: &str| changed(&world, |p| p.uri = uri.into());
    let long = world.propose_ix(0, CYCLE, 0, with_uri(&"u".repeat(65)));
    assert_refused(world.act(0, long), GradualError::TextTooLong);
    let fits = world.propose_ix(0, CYCLE, 0, with_uri(&"u".repeat(64)));
    world.act(0, fits).unwrap();
    assert_eq!(world.list(CYCLE, 0).uri(), "u".repeat(64));
}

/// `set_active.3`, `set_paused.3`, `close_config.2`: nobody chooses who may propose.
fn lists_are_taken_whatever_is_stopped(build: Build) {
    let stops: [fn(&World); 3] = [
        |world| drop(world.set_active(false).unwrap()),
        |world| drop(world.set_paused(true).unwrap()),
        |world| drop(world.close_config().unwrap()),
    ];
    for stop in stops {
        let world = alone(build.clone());
        world.warp_to(400);
        stop(&world);
        propose_now(&world, 0, 0, &ALONE).unwrap();
    }
}

/// Accounts of other tasks, nodes and attempts are refused.
fn a_list_is_proposed_with_its_own_accounts(build: Build) {
    let world = alone(build);
    world.warp_to(400);
    let good = world.propose_ix(0, CYCLE, 0, world.proposal(CYCLE, &ALONE));
    let (task, stake) = (world.task_address(), world.stake_address(0));
    let other = other_task(&world);
    let foreign_stake = swapped(good.clone(), stake, other.stake);
    assert_refused(world.act(0, foreign_stake), GradualError::WrongTask);
    let foreign_task = swapped(good.clone(), task, other.task);
    assert_refused(world.act(0, foreign_task), GradualError::WrongTask);
    let (list, next) = (world.list_address(CYCLE, 0), world.list_address(CYCLE, 1));
    let elsewhere = swapped(good.clone(), list, next);
    let seeds = ErrorCode::ConstraintSeeds.into();
    assert_refused_with_code(world.act(0, elsewhere), seeds);
    world.act(0, good).unwrap();
}

/// The stake of another node is refused.
fn a_proposer_answers_with_its_own_stake(build: Build) {
    let world = reviewed(build);
    let proposal = world.proposal(CYCLE, &SHARES);
    let borrowed = swapped(
        world.propose_ix(0, CYCLE, 0, proposal),
        world.stake_address(0),
        world.stake_address(1),
    );
    assert_refused(world.act(0, borrowed), GradualError::WrongNode);
}
