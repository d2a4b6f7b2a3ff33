//! The picture in the README.

use gradual_consensus::rules::schedule::Schedule;
use gradual_consensus_dashboard::report::lanes_picture;

#[test]
fn the_readmes_picture_is_what_the_schedule_says() {
    let schedule = Schedule {
        starting_slot: 0,
        round_time: 100,
        submission_window: 40,
        audit_window: 40,
    };
    let committed = include_str!("../../../../docs/pictures/lanes.svg");
    assert_eq!(
        lanes_picture(&schedule, 4),
        committed,
        "gradual schedule --svg docs/pictures/lanes.svg renews it"
    );
}
