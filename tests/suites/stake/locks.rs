//! `withdraw`: until which slot work, votes and proposals lock a stake. Slots are written out: rounds of
//! 100 begin at slot 100, so round 2 at 300. Cycle 1 is reviewed in round 2, and the last attempt at its
//! list is made in round 5.

use gradual_consensus::GradualError;
use gradual_consensus_testkit::{
    Build, STAKE, WALLET, World, assert_refused, on_every_build,
    suite::{AUTHOR, BOTH, HandedIn, hand_in, vote, world_of},
};

on_every_build! {
    votes_lock_until_the_subjects_round_is_over,
    a_submission_locks_through_the_audit_of_the_last_attempt,
    whoever_submitted_can_still_answer_the_last_list,
    a_proposal_locks_until_the_attempts_round_is_over,
    opening_a_cycle_locks_nothing,
}

/// `withdraw.2`: on either side; the author stays longer.
fn votes_lock_until_the_subjects_round_is_over(build: Build) {
    for (kind, unlock) in BOTH.into_iter().zip([400, 500]) {
        let world = World::on(build.clone()).start_active();
        let HandedIn {
            address,
            window_round,
            ..
        } = hand_in(&world, kind);
        world.warp_to_audit(window_round);
        vote(&world, address, &[(0, false), (1, true)]);
        world.warp_past_audit(window_round);
        world.resolve(address).unwrap();
        world.withdraw(2, STAKE).unwrap();
        world.warp_to(unlock - 1);
        for node in [0, 1, AUTHOR] {
            assert_refused(world.withdraw(node, STAKE), GradualError::StakeLocked);
        }
        world.warp_to(unlock);
        for node in [0, 1] {
            world.withdraw(node, STAKE).unwrap();
            assert_eq!(world.balance(&world.nodes[node].wallet), WALLET);
        }
        assert_refused(world.withdraw(AUTHOR, STAKE), GradualError::StakeLocked);
    }
}

/// `withdraw.2`: whether or not there is a list by then.
fn a_submission_locks_through_the_audit_of_the_last_attempt(build: Build) {
    for (submission_window, audit_window, last) in [(40, 40, 680), (50, 50, 699)] {
        let world = world_of(&build, 100, submission_window, audit_window);
        world.submit(AUTHOR, 1, b"proof").unwrap();
        world.warp_to(last);
        assert_refused(world.withdraw(AUTHOR, STAKE), GradualError::StakeLocked);
        world.warp_to(last + 1);
        world.withdraw(AUTHOR, STAKE).unwrap();
    }
}

/// `withdraw.2`: a list that is made in the last attempt meets all who submitted.
fn whoever_submitted_can_still_answer_the_last_list(build: Build) {
    let world = World::on(build).start_active();
    world.submit_all(&[0, 1, 2, AUTHOR], 1);
    world.propose(AUTHOR, 1, 2, &[(AUTHOR, 10_000)]).unwrap();
    for node in [0, 1, 2] {
        assert_refused(world.withdraw(node, STAKE), GradualError::StakeLocked);
    }
    world.warp_to_audit(5);
    let list = world.list_address(1, 2);
    vote(&world, list, &[(0, false), (1, false), (2, false)]);
    world.warp_past_audit(5);
    world.resolve(list).unwrap();
    assert_eq!(world.node_stake(AUTHOR).slashed, 700);
}

/// `withdraw.2`: of the last attempt, whose round ends after the submission's own lock.
fn a_proposal_locks_until_the_attempts_round_is_over(build: Build) {
    let world = World::on(build).start_active();
    world.submit(AUTHOR, 1, b"proof").unwrap();
    world.propose(AUTHOR, 1, 2, &[(AUTHOR, 1_000)]).unwrap();
    world.warp_to(699);
    assert_refused(world.withdraw(AUTHOR, STAKE), GradualError::StakeLocked);
    world.warp_to(700);
    world.withdraw(AUTHOR, STAKE).unwrap();
}

/// `withdraw.2`: who opens a cycle has answered for nothing yet.
fn opening_a_cycle_locks_nothing(build: Build) {
    let world = World::on(build).start_active();
    world.open_cycle(2, 2).unwrap();
    world.withdraw(2, STAKE).unwrap();
    assert_eq!(world.balance(&world.nodes[2].wallet), WALLET);
}
