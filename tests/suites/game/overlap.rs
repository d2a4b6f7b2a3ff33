//! Cycles that overlap: each round reviews one, distributes another and pays a third.

use gradual_consensus::GradualError;
use gradual_consensus_testkit::{
    Build, STAKE, World, assert_refused, on_every_build,
    suite::{AUTHOR, HandedIn, Kind, hand_in, vote, world_of},
};

on_every_build! {
    three_cycles_are_in_flight_in_one_round,
    full_rounds_follow_one_another_without_a_gap,
    two_audits_of_one_author_hold_it_until_both_are_resolved,
}

/// `submit.1`, `audit.1`: in round 4 cycle 1 is paid, cycle 2 distributed and cycle 3 reviewed;
/// each minds its own.
fn three_cycles_are_in_flight_in_one_round(build: Build) {
    for (submission_window, audit_window) in [(40, 40), (50, 50)] {
        let world = world_of(&build, 100, submission_window, audit_window);
        world.submit_all(&[0, 1], 1);
        world.warp_to_round(3);
        world.submit_all(&[0, 1, 2], 2);
        world.propose(0, 1, 0, &[(0, 300), (1, 200)]).unwrap();
        assert!(world.slot() <= 400 + submission_window);
        world.warp_to_round(4);
        world.finalize(1, 0).unwrap();
        world.submit_all(&[0, 1, 2, 3], 3);
        world.payout(1, 0, &[(0, 300), (1, 200)], 1).unwrap();
        world.propose(0, 2, 0, &[(0, 1_000), (2, 500)]).unwrap();
        world.payout(1, 0, &[(0, 300), (1, 200)], 0).unwrap();

        world.warp_to_audit(4);
        let (proof, list) = (world.submission_address(3, 3), world.list_address(2, 0));
        vote(&world, proof, &[(0, false), (1, false)]);
        vote(&world, list, &[(1, false), (2, true), (3, true)]);
        let (paid, last) = (
            world.submission_address(0, 1),
            world.submission_address(0, 2),
        );
        for past in [paid, last, world.list_address(1, 0)] {
            assert_refused(world.audit(3, past, false), GradualError::AuditWindowClosed);
        }
        assert_eq!(world.node_stake(0).open_audits, 2);

        world.warp_past_audit(4);
        world.resolve(list).unwrap();
        assert_refused(world.withdraw(0, 1), GradualError::StakeInAudit);
        world.resolve(proof).unwrap();
        world.finalize(2, 0).unwrap();
        let counts = [1, 2, 3].map(|cycle| {
            let cycle = world.cycle(cycle);
            (cycle.submissions, cycle.invalid, cycle.list_accepted)
        });
        assert_eq!(counts, [(2, 0, 1), (3, 0, 1), (4, 1, 0)]);
        let slashed = [0, 1, 2, 3].map(|node| world.node_stake(node).slashed);
        assert_eq!(slashed, [0, 200, 0, 700]);
        let earned = [0, 1, 2, 3].map(|node| world.node_stake(node).available_balance);
        assert_eq!(earned, [300 + 60 + 210, 200, 0, 0]);
        let locks = [0, 1, 2, 3].map(|node| world.node_stake(node).locked_until_slot);
        assert_eq!(locks, [700; 4]);
    }
}

/// `submit.1`, `audit.1`: in a full round one slot ends the audits of one round and opens the
/// submissions of the next.
fn full_rounds_follow_one_another_without_a_gap(build: Build) {
    let world = world_of(&build, 100, 50, 50);
    world.submit(0, 1, b"proof").unwrap();
    world.warp_to(375);
    let proof = world.submission_address(0, 1);
    world.audit(1, proof, false).unwrap();
    world.warp_to(399);
    world.audit(2, proof, true).unwrap();
    assert_refused(
        world.submit(0, 2, b"proof"),
        GradualError::SubmissionWindowClosed,
    );
    assert_refused(world.resolve(proof), GradualError::AuditWindowOpen);
    world.warp_to(400);
    assert_refused(world.audit(3, proof, true), GradualError::AuditWindowClosed);
    world.resolve(proof).unwrap();
    world.submit(0, 2, b"proof").unwrap();
    world.propose(0, 1, 0, &[(0, 1_000)]).unwrap();
    assert_eq!(world.slot(), 400);
}

/// `audit.8`, `withdraw.3`: a submission and a list of one author are audited at once.
fn two_audits_of_one_author_hold_it_until_both_are_resolved(build: Build) {
    let world = World::on(build).start_active();
    let HandedIn { address: list, .. } = hand_in(&world, Kind::List);
    world.submit(AUTHOR, 2, b"proof").unwrap();
    world.warp_to_audit(3);
    let proof = world.submission_address(AUTHOR, 2);
    vote(&world, list, &[(0, false), (1, false)]);
    vote(&world, proof, &[(1, false), (0, true), (2, true)]);
    let held = [0, 1, 2, AUTHOR].map(|node| world.node_stake(node).open_audits);
    assert_eq!(held, [1, 1, 0, 2]);
    world.warp_to(600);
    world.resolve(proof).unwrap();
    assert_refused(world.withdraw(AUTHOR, STAKE), GradualError::StakeInAudit);
    world.resolve(list).unwrap();
    assert_eq!(world.node_stake(AUTHOR).available_balance, 60);
    world.withdraw(AUTHOR, 300).unwrap();
}
