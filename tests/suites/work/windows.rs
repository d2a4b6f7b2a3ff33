//! The edges of the submission window, slot by slot. Slots are written out: rounds of 100 begin at slot
//! 100, so round 2 at 300.

use gradual_consensus::GradualError;
use gradual_consensus_testkit::{
    Build, STAKE, World, assert_outcome, assert_refused, on_every_build, suite::world_of,
};

on_every_build! {
    submissions_are_taken_from_the_first_slot_of_the_window_to_its_last,
    only_the_cycle_under_review_is_submitted_for,
    a_full_round_takes_submissions_to_the_last_slot_of_their_window,
}

/// Asserts what comes of submitting for cycle 1 at each of these slots, each node in its turn.
fn check_submissions(world: &World, slots: &[(u64, Option<GradualError>)]) {
    for (node, &(slot, expected)) in slots.iter().enumerate() {
        world.warp_to(slot);
        assert_outcome(world.submit(node, 1, b"proof"), expected);
    }
}

/// `submit.1`
fn submissions_are_taken_from_the_first_slot_of_the_window_to_its_last(build: Build) {
    let world = World::on(build).stakes(&[STAKE; 5]).start();
    world.warp_to(240);
    world.open_cycle(0, 1).unwrap();
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
    for cycle in 2..=5 {
        world.warp_to_round(cycle);
        world.open_cycle(0, cycle).unwrap();
    }
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
