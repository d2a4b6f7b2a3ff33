//! The edges of every window, slot by slot, and cycles that overlap. Slots are written out: rounds
//! of 100 begin at slot 100, so round 2 at 300.

use crate::support::{AUTHOR, BOTH, HandedIn, Kind, assert_outcome, hand_in, vote};
use gradual_consensus::{GradualError, TaskParams, state::Status};
use gradual_consensus_testkit::{Build, STAKE, WALLET, World, assert_refused, on_every_build};

/// A subject of cycle 1 and the first slot of the round in whose windows it lives.
fn handed_in(world: &World, kind: Kind) -> (HandedIn, u64) {
    let handed_in = hand_in(world, kind);
    let TaskParams { round_time, .. } = world.params;
    let boundary = 100 + handed_in.window_round * round_time;
    (handed_in, boundary)
}

/// Rounds of `round_time` slots with these windows.
fn world_of(build: &Build, round_time: u64, submission_window: u64, audit_window: u64) -> World {
    World::on(build.clone())
        .params(|params| {
            params.round_time = round_time;
            params.submission_window = submission_window;
            params.audit_window = audit_window;
        })
        .start_active()
}

/// Asserts what comes of submitting for cycle 1 at each of these slots, each node in its turn.
fn check_submissions(world: &World, slots: &[(u64, Option<GradualError>)]) {
    for (node, &(slot, expected)) in slots.iter().enumerate() {
        world.warp_to(slot);
        assert_outcome(world.submit(node, 1, b"proof"), expected);
    }
}

/// Asserts what comes of a challenge at each of these slots after the round's first, each in a world
/// of its own.
fn check_challenges(world: impl Fn() -> World, slots: &[(u64, Option<GradualError>)]) {
    for kind in BOTH {
        for &(offset, expected) in slots {
            let world = world();
            let (HandedIn { address, .. }, boundary) = handed_in(&world, kind);
            world.warp_to(boundary + offset);
            assert_outcome(world.audit(0, address, false), expected);
        }
    }
}

on_every_build! {
    submissions_are_taken_from_the_first_slot_of_the_window_to_its_last,
    only_the_cycle_under_review_is_submitted_for,
    a_full_round_takes_submissions_to_the_last_slot_of_their_window,
    challenges_are_taken_in_the_first_half_of_the_audit_window,
    half_an_odd_audit_window_is_rounded_up,
    a_full_round_cuts_its_audit_window_at_its_end,
    no_audit_is_opened_in_the_last_slot_of_its_window,
    a_slot_for_votes_is_not_always_one_for_challenges,
    votes_are_taken_to_the_last_slot_of_the_audit_window,
    the_shortest_round_has_time_for_a_challenge_an_answer_and_a_verdict,
    audits_are_resolved_from_the_slot_after_their_window_on,
    work_in_a_cycle_locks_until_the_cycle_is_over,
    a_later_attempt_locks_until_its_audit_is_over,
    an_unchallenged_proposer_leaves_when_its_audit_is_over,
    three_cycles_are_in_flight_in_one_round,
    full_rounds_follow_one_another_without_a_gap,
    two_audits_of_one_author_hold_it_until_both_are_resolved,
}

/// `submit.1`
fn submissions_are_taken_from_the_first_slot_of_the_window_to_its_last(build: Build) {
    let world = World::on(build).stakes(&[STAKE; 5]).start();
    world.warp_to(250);
    check_submissions(
        &world,
        &[
            (299, Some(GradualError::SubmissionWindowClosed)),
            (300, None),
            (320, None),
            (340, None),
            (341, Some(GradualError::SubmissionWindowClosed)),
        ],
    );
}

/// `submit.1`: the cycle named is the one under review, neither the last nor the next.
fn only_the_cycle_under_review_is_submitted_for(build: Build) {
    let world = World::on(build).start_active();
    world.warp_to_round(5);
    for cycle in [2, 3, 5, 6] {
        assert_refused(
            world.submit(0, cycle, b"proof"),
            GradualError::SubmissionWindowClosed,
        );
    }
    world.submit(0, 4, b"proof").unwrap();
}

/// `submit.1`: the audit window is cut short, not the submission window.
fn a_full_round_takes_submissions_to_the_last_slot_of_their_window(build: Build) {
    let world = world_of(&build, 100, 50, 50);
    check_submissions(
        &world,
        &[
            (300, None),
            (350, None),
            (351, Some(GradualError::SubmissionWindowClosed)),
        ],
    );
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
        let (HandedIn { address, .. }, boundary) = handed_in(&world, kind);
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
        let (HandedIn { address, .. }, boundary) = handed_in(&world, kind);
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
            let (
                HandedIn {
                    address,
                    window_round,
                },
                boundary,
            ) = handed_in(&world, kind);
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

/// `withdraw.2`: whoever submitted, for the list or against it, leaves at `B(r+3)`.
fn work_in_a_cycle_locks_until_the_cycle_is_over(build: Build) {
    for kind in BOTH {
        let world = World::on(build.clone()).start_active();
        let HandedIn {
            address,
            window_round,
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
            let round = world.round(cycle);
            (round.submissions, round.invalid, round.list_accepted)
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
