//! `close_cycle`.

use gradual_consensus::GradualError;
use gradual_consensus_client::instruction;
use gradual_consensus_testkit::{
    BOUNTY, Build, STAKE, World, assert_refused, on_every_build,
    suite::{
        CYCLE, EVERYBODY, SHARES, accepted, alone, close_all, close_subjects, failed, other_task,
        settled, stranger, vote,
    },
    swapped,
};

on_every_build! {
    anyone_closes_a_cycle_and_its_payer_gets_the_rent,
    a_cycle_is_not_closed_before_it_is_settled,
    a_cycle_without_any_list_is_closed_after_its_attempts,
    a_cycle_without_submissions_is_closed_after_its_review,
    a_failed_cycle_is_settled_by_its_equal_shares,
    equal_shares_wait_for_open_audits_and_the_claim_window,
    a_share_of_nothing_counts_as_paid,
    a_list_that_waits_keeps_its_cycle_open,
    what_was_not_paid_is_available_again,
    a_cycle_outlives_its_submissions_and_lists,
    a_cycle_is_closed_with_its_own_accounts,
    a_cycle_is_closed_with_its_openers_stake,
}

/// `close_cycle.1`
fn anyone_closes_a_cycle_and_its_payer_gets_the_rent(build: Build) {
    let world = settled(build, &SHARES);
    close_subjects(&world, CYCLE, 0, &EVERYBODY);
    let (cycle, opener) = (world.cycle_address(CYCLE), world.nodes[0].pubkey());
    let (before, rent) = (world.lamports(&opener), world.lamports(&cycle));
    let close = instruction::close_cycle(&world.cycle(CYCLE));
    world.send(&[close], &[&stranger(&world)]).unwrap();
    assert!(rent > 0 && world.is_gone(&cycle));
    assert_eq!(world.lamports(&opener), before + rent);
    assert_eq!(
        EVERYBODY.map(|node| world.node_stake(node).open_accounts),
        [0; 4]
    );
}

/// `close_cycle.2`
fn a_cycle_is_not_closed_before_it_is_settled(build: Build) {
    let world = accepted(build, &SHARES);
    assert_refused(world.close_cycle(CYCLE), GradualError::CycleNotSettled);
    world.warp_to(699);
    assert_refused(world.close_cycle(CYCLE), GradualError::CycleNotSettled);
    world.warp_to(700);
    close_all(&world, CYCLE, 0, &EVERYBODY);
    assert_eq!(world.task().bounty_available, BOUNTY);
}

/// `close_cycle.2`: nobody proposed a list in any attempt, and pay is not equal; the last one's round ends
/// with slot 699.
fn a_cycle_without_any_list_is_closed_after_its_attempts(build: Build) {
    let world = alone(build);
    let submission = world.submission_address(0, CYCLE);
    world.warp_to(699);
    assert_refused(world.close_cycle(CYCLE), GradualError::CycleNotSettled);
    assert_refused(
        world.close_subject(submission),
        GradualError::CycleNotSettled,
    );
    world.warp_to(700);
    world.close_subject(submission).unwrap();
    world.close_cycle(CYCLE).unwrap();
    assert_eq!(world.task().bounty_available, BOUNTY);
}

/// `close_cycle.2`, `close_cycle.4`: the review ends with slot 399.
fn a_cycle_without_submissions_is_closed_after_its_review(build: Build) {
    let world = World::on(build).start_active();
    world.warp_to(399);
    assert_refused(world.close_cycle(CYCLE), GradualError::CycleNotSettled);
    world.warp_to(400);
    world.close_cycle(CYCLE).unwrap();
    let task = world.task();
    assert_eq!((task.bounty_available, task.bounty_reserved), (BOUNTY, 0));
    assert_eq!(world.node_stake(0).open_accounts, 0);
}

/// `close_cycle.2`: with the last share, though the claim window goes on; an invalid submission is owed
/// none.
fn a_failed_cycle_is_settled_by_its_equal_shares(build: Build) {
    let world = World::on(build)
        .params(|params| params.equal_shares = true)
        .start_active();
    world.submit_all(&EVERYBODY, CYCLE);
    world.warp_to_audit(2);
    let fraud = world.submission_address(3, CYCLE);
    vote(&world, fraud, &[(0, false), (1, false), (2, false)]);
    world.warp_to_round(6);
    world.resolve(fraud).unwrap();
    for node in [0, 1, 2] {
        assert_refused(world.close_cycle(CYCLE), GradualError::CycleNotSettled);
        world.payout_equal(node, CYCLE).unwrap();
    }
    assert_refused(world.close_cycle(CYCLE), GradualError::SubjectsOpen);
    for voter in [0, 1, 2] {
        world.close_vote(fraud, voter).unwrap();
    }
    for node in EVERYBODY {
        world
            .close_subject(world.submission_address(node, CYCLE))
            .unwrap();
    }
    world.close_cycle(CYCLE).unwrap();
    let task = world.task();
    assert_eq!((task.bounty_paid, task.bounty_reserved), (7_500, 0));
    assert_eq!(task.bounty_available, BOUNTY - 7_500 + 280);
}

/// `close_cycle.2`: the claim window of equal shares, 2 rounds after the last attempt's, ends with slot
/// 899.
fn equal_shares_wait_for_open_audits_and_the_claim_window(build: Build) {
    let world = World::on(build)
        .params(|params| params.equal_shares = true)
        .start_active();
    world.submit_all(&[0, 1], CYCLE);
    world.warp_to_audit(2);
    let disputed = world.submission_address(1, CYCLE);
    world.audit(0, disputed, false).unwrap();
    world.warp_to_round(6);
    world.payout_equal(0, CYCLE).unwrap();
    let first = world.submission_address(0, CYCLE);
    world.warp_to(899);
    assert_refused(world.close_subject(first), GradualError::CycleNotSettled);
    world.warp_to(900);
    world.close_subject(first).unwrap();
    assert_refused(world.close_subject(disputed), GradualError::AuditUnresolved);
    world.resolve(disputed).unwrap();
    world.close_vote(disputed, 0).unwrap();
    world.close_subject(disputed).unwrap();
    world.close_cycle(CYCLE).unwrap();
    assert_eq!(world.task().bounty_available, BOUNTY - 5_000);
}

/// `close_cycle.2`: three base units among four submissions.
fn a_share_of_nothing_counts_as_paid(build: Build) {
    let world = failed(build, |params| {
        params.equal_shares = true;
        params.bounty_amount_per_round = 3;
    });
    for node in EVERYBODY {
        world
            .close_subject(world.submission_address(node, CYCLE))
            .unwrap();
    }
    world.close_cycle(CYCLE).unwrap();
    assert_eq!(world.task().bounty_available, BOUNTY);
}

/// `close_cycle.2`: whatever its task pays, and however late: somebody finalizes it first.
fn a_list_that_waits_keeps_its_cycle_open(build: Build) {
    for equal_shares in [false, true] {
        let world = World::on(build.clone())
            .params(|params| params.equal_shares = equal_shares)
            .stakes(&[STAKE])
            .start_active();
        world.submit(0, CYCLE, b"alone").unwrap();
        world.propose(0, CYCLE, 2, &[(0, 10_000)]).unwrap();
        world.warp_to(5_000);
        assert_refused(world.close_cycle(CYCLE), GradualError::CycleNotSettled);
        world.finalize(CYCLE, 2).unwrap();
        assert_refused(world.close_cycle(CYCLE), GradualError::CycleNotSettled);
        world.payout(CYCLE, 2, &[(0, 10_000)], 0).unwrap();
        close_all(&world, CYCLE, 2, &[0]);
    }
}

/// `close_cycle.4`: two entries of four are paid, and the claim window is over with slot 699.
fn what_was_not_paid_is_available_again(build: Build) {
    let world = accepted(build, &SHARES);
    world.payout(CYCLE, 0, &SHARES, 0).unwrap();
    world.payout(CYCLE, 0, &SHARES, 2).unwrap();
    world.warp_to(700);
    close_subjects(&world, CYCLE, 0, &EVERYBODY);
    let task = world.task();
    assert_eq!(
        (task.bounty_available, task.bounty_reserved),
        (BOUNTY - 10_000, 10_000)
    );
    world.close_cycle(CYCLE).unwrap();
    let task = world.task();
    assert_eq!(
        (task.bounty_available, task.bounty_reserved),
        (BOUNTY - 6_000, 0)
    );
    assert_eq!(task.bounty_paid, 6_000);
    assert_eq!(
        world.node_stake(0).available_balance,
        4_000,
        "to be claimed at any time"
    );
    world.claim(0).unwrap();
}

/// `close_cycle.3`
fn a_cycle_outlives_its_submissions_and_lists(build: Build) {
    let world = settled(build, &SHARES);
    for node in EVERYBODY {
        assert_refused(world.close_cycle(CYCLE), GradualError::SubjectsOpen);
        world
            .close_subject(world.submission_address(node, CYCLE))
            .unwrap();
    }
    assert_refused(world.close_cycle(CYCLE), GradualError::SubjectsOpen);
    world.close_subject(world.list_address(CYCLE, 0)).unwrap();
    world.close_cycle(CYCLE).unwrap();
}

/// Accounts that do not belong to the cycle are refused.
fn a_cycle_is_closed_with_its_own_accounts(build: Build) {
    let world = alone(build);
    world.warp_to(700);
    world
        .close_subject(world.submission_address(0, CYCLE))
        .unwrap();
    let close = instruction::close_cycle(&world.cycle(CYCLE));
    let (stake, opener) = (world.stake_address(0), world.nodes[0].pubkey());
    let other_payer = swapped(close.clone(), opener, world.manager.pubkey());
    assert_refused(world.crank(other_payer), GradualError::WrongRentPayer);
    let other = other_task(&world);
    let foreign_stake = swapped(close.clone(), stake, other.stake);
    assert_refused(world.crank(foreign_stake), GradualError::WrongTask);
    let foreign_task = swapped(close.clone(), world.task_address(), other.task);
    assert_refused(world.crank(foreign_task), GradualError::WrongTask);
    world.crank(close).unwrap();
}

/// The stake of another node than the one that opened it is refused.
fn a_cycle_is_closed_with_its_openers_stake(build: Build) {
    let world = settled(build, &SHARES);
    close_subjects(&world, CYCLE, 0, &EVERYBODY);
    let close = instruction::close_cycle(&world.cycle(CYCLE));
    let neighbour = swapped(close, world.stake_address(0), world.stake_address(1));
    assert_refused(world.crank(neighbour), GradualError::WrongNode);
}
