//! `withdraw`: until which slot work, votes and proposals lock a stake. Slots are written out: rounds of
//! 100 begin at slot 100, so round 2 at 300.

use gradual_consensus::GradualError;
use gradual_consensus_testkit::{
    Build, STAKE, WALLET, World, assert_refused, on_every_build,
    suite::{AUTHOR, BOTH, HandedIn, hand_in, vote, world_of},
};

on_every_build! {
    work_in_a_cycle_locks_until_the_cycle_is_over,
    a_later_attempt_locks_until_its_audit_is_over,
    an_unchallenged_proposer_leaves_when_its_audit_is_over,
}

/// `withdraw.2`: every node that took part, for the subject or against it, leaves at `B(r+3)`.
fn work_in_a_cycle_locks_until_the_cycle_is_over(build: Build) {
    for kind in BOTH {
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
        world.warp_to(499);
        for node in [0, 1, AUTHOR] {
            assert_refused(world.withdraw(node, STAKE), GradualError::StakeLocked);
        }
        world.warp_to(500);
        for node in [0, 1, AUTHOR] {
            world.withdraw(node, STAKE).unwrap();
            assert_eq!(world.balance(&world.nodes[node].wallet), WALLET);
        }
    }
}

/// `withdraw.2`: a later attempt at the list locks to the end of its own audit window.
fn a_later_attempt_locks_until_its_audit_is_over(build: Build) {
    for (submission_window, audit_window, last) in [(40, 40, 580), (50, 50, 599)] {
        let world = world_of(&build, 100, submission_window, audit_window);
        world.submit(AUTHOR, 1, b"proof").unwrap();
        world.propose(AUTHOR, 1, 1, &[(AUTHOR, 1_000)]).unwrap();
        assert_eq!(world.slot(), 500);
        let list = world.list_address(1, 1);
        world.warp_to_audit(4);
        vote(&world, list, &[(0, false), (1, true)]);
        world.warp_to(last);
        assert_refused(world.withdraw(1, STAKE), GradualError::StakeLocked);
        assert_refused(world.withdraw(AUTHOR, STAKE), GradualError::StakeInAudit);
        world.warp_to(last + 1);
        world.withdraw(1, STAKE).unwrap();
        world.resolve(list).unwrap();
        for node in [0, AUTHOR] {
            world.withdraw(node, STAKE).unwrap();
        }
    }
}

/// `withdraw.2`: an unchallenged proposer too.
fn an_unchallenged_proposer_leaves_when_its_audit_is_over(build: Build) {
    let world = World::on(build).start_active();
    world.submit(AUTHOR, 1, b"proof").unwrap();
    world.propose(AUTHOR, 1, 1, &[(AUTHOR, 1_000)]).unwrap();
    world.warp_to(580);
    assert_refused(world.withdraw(AUTHOR, STAKE), GradualError::StakeLocked);
    world.warp_to(581);
    world.withdraw(AUTHOR, STAKE).unwrap();
}
