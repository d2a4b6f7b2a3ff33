//! The edges of the audit window, slot by slot. Slots are written out: rounds of 100 begin at slot 100, so
//! round 2 at 300.

use gradual_consensus::{GradualError, state::Status};
use gradual_consensus_testkit::{
    Build, World, assert_outcome, assert_refused, on_every_build,
    suite::{
        AUTHOR, BOTH, CYCLE, HandedIn, SHARES, hand_in, others, propose_first, reviewed, vote,
        world_of,
    },
};

on_every_build! {
    challenges_are_taken_in_the_first_half_of_the_audit_window,
    half_an_odd_audit_window_is_rounded_up,
    a_full_round_cuts_its_audit_window_at_its_end,
    no_audit_is_opened_in_the_last_slot_of_its_window,
    a_slot_for_votes_is_not_always_one_for_challenges,
    votes_are_taken_to_the_last_slot_of_the_audit_window,
    the_shortest_round_has_time_for_a_challenge_an_answer_and_a_verdict,
    audits_are_resolved_from_the_slot_after_their_window_on,
    the_audit_of_a_list_is_resolved_after_the_last_slot_of_its_window,
}

/// Asserts what comes of a challenge at each of these slots after the round's first, each in a world
/// of its own.
fn check_challenges(world: impl Fn() -> World, slots: &[(u64, Option<GradualError>)]) {
    for kind in BOTH {
        for &(offset, expected) in slots {
            let world = world();
            let HandedIn {
                address, boundary, ..
            } = hand_in(&world, kind);
            world.warp_to(boundary + offset);
            assert_outcome(world.audit(0, address, false), expected);
        }
    }
}

/// `audit.1`, `audit.2`, `audit.10`
fn challenges_are_taken_in_the_first_half_of_the_audit_window(build: Build) {
    check_challenges(
        || World::on(build.clone()).start_active(),
        &[
            (40, Some(GradualError::AuditWindowClosed)),
            (41, None),
            (60, None),
            (61, Some(GradualError::ChallengeWindowClosed)),
            (80, Some(GradualError::ChallengeWindowClosed)),
            (81, Some(GradualError::AuditWindowClosed)),
        ],
    );
}

/// `audit.2`: half of 41 slots is 21.
fn half_an_odd_audit_window_is_rounded_up(build: Build) {
    check_challenges(
        || world_of(&build, 100, 40, 41),
        &[
            (61, None),
            (62, Some(GradualError::ChallengeWindowClosed)),
            (81, Some(GradualError::ChallengeWindowClosed)),
            (82, Some(GradualError::AuditWindowClosed)),
        ],
    );
}

/// `audit.1`, `audit.2`: a round full of windows ends its audits one slot early.
fn a_full_round_cuts_its_audit_window_at_its_end(build: Build) {
    check_challenges(
        || world_of(&build, 100, 50, 50),
        &[
            (50, Some(GradualError::AuditWindowClosed)),
            (51, None),
            (75, None),
            (76, Some(GradualError::ChallengeWindowClosed)),
            (99, Some(GradualError::ChallengeWindowClosed)),
            (100, Some(GradualError::AuditWindowClosed)),
        ],
    );
}

/// `audit.2`: in the shortest windows there is one slot to challenge and one to answer.
fn no_audit_is_opened_in_the_last_slot_of_its_window(build: Build) {
    for audit_window in [2, 3] {
        check_challenges(
            || world_of(&build, 4, 1, audit_window),
            &[
                (1, Some(GradualError::AuditWindowClosed)),
                (2, None),
                (3, Some(GradualError::ChallengeWindowClosed)),
                (4, Some(GradualError::AuditWindowClosed)),
            ],
        );
    }
}

/// `audit.2`: where a vote is in time, a challenge may be too late.
fn a_slot_for_votes_is_not_always_one_for_challenges(build: Build) {
    let world = World::on(build).start_active();
    world.submit_all(&[2, AUTHOR], 1);
    let [other, challenged] = [2, AUTHOR].map(|node| world.submission_address(node, 1));
    world.warp_to(360);
    world.audit(0, challenged, false).unwrap();
    world.warp_to(361);
    let late = world.audit(0, other, false);
    assert_refused(late, GradualError::ChallengeWindowClosed);
    world.audit(1, challenged, false).unwrap();
    let late_defence = world.audit(0, other, true);
    assert_refused(late_defence, GradualError::NothingToDefend);
}

/// `audit.1`, `audit.10`: once it is open, all of the audit window is there to vote.
fn votes_are_taken_to_the_last_slot_of_the_audit_window(build: Build) {
    for kind in BOTH {
        let world = World::on(build.clone()).start_active();
        let HandedIn {
            address, boundary, ..
        } = hand_in(&world, kind);
        world.warp_to(boundary + 60);
        world.audit(0, address, false).unwrap();
        world.warp_to(boundary + 80);
        world.audit(1, address, true).unwrap();
        world.warp_to(boundary + 81);
        for is_valid in [true, false] {
            assert_refused(
                world.audit(2, address, is_valid),
                GradualError::AuditWindowClosed,
            );
        }
    }
}

/// `audit.1`, `resolve_audit.1`: a challenge in the last possible slot of the shortest round is
/// answered in the next and resolved in the one after.
fn the_shortest_round_has_time_for_a_challenge_an_answer_and_a_verdict(build: Build) {
    for kind in BOTH {
        let world = world_of(&build, 4, 1, 3);
        let HandedIn {
            address, boundary, ..
        } = hand_in(&world, kind);
        world.warp_to(boundary + 2);
        world.audit(0, address, false).unwrap();
        world.warp_to(boundary + 3);
        world.audit(1, address, true).unwrap();
        world.audit(2, address, true).unwrap();
        assert_refused(world.resolve(address), GradualError::AuditWindowOpen);
        world.warp_to(boundary + 4);
        world.resolve(address).unwrap();
        assert_eq!(world.subject(&address).status(), Status::Standing);
        assert_eq!(world.node_stake(0).slashed, 200);
    }
}

/// `resolve_audit.1`
fn audits_are_resolved_from_the_slot_after_their_window_on(build: Build) {
    for (submission_window, audit_window, last) in [(40, 40, 80), (50, 50, 99)] {
        for kind in BOTH {
            let world = world_of(&build, 100, submission_window, audit_window);
            let HandedIn {
                address,
                window_round,
                boundary,
            } = hand_in(&world, kind);
            world.warp_to_audit(window_round);
            vote(&world, address, &[(0, false), (1, false), (2, false)]);
            assert_refused(world.resolve(address), GradualError::AuditWindowOpen);
            world.warp_to(boundary + last);
            assert_refused(world.resolve(address), GradualError::AuditWindowOpen);
            world.warp_to(boundary + last + 1);
            world.resolve(address).unwrap();
        }
    }
}

/// `resolve_audit.1`: in the window of each attempt at a list.
fn the_audit_of_a_list_is_resolved_after_the_last_slot_of_its_window(build: Build) {
    let world = reviewed(build);
    for attempt in 0..=2 {
        let proposer = propose_first(&world, attempt, &SHARES);
        let last = 480 + 100 * u64::from(attempt);
        let list = world.list_address(CYCLE, attempt);
        world.warp_to(last - 39);
        world.audit(others(proposer)[0], list, false).unwrap();
        world.warp_to(last);
        assert_refused(world.resolve(list), GradualError::AuditWindowOpen);
        world.warp_to(last + 1);
        world.resolve(list).unwrap();
        world.finalize(CYCLE, attempt).unwrap();
        assert_eq!(
            world.list(CYCLE, attempt).subject.status(),
            Status::Rejected
        );
    }
}
