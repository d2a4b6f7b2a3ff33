//! Slots and rounds in a person's time. A cluster aims at a slot every 400 ms; nothing depends on it.

/// Milliseconds that a slot takes where the cluster keeps its aim.
const SLOT_MILLIS: u64 = 400;
const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// Slots in about a day.
pub const SLOTS_A_DAY: u64 = DAY / SLOT_MILLIS;

/// The time that `slots` slots take, with one decimal below ten: "about 2.5 hours".
pub fn about(slots: u64) -> String {
    let millis = slots.saturating_mul(SLOT_MILLIS);
    let (unit, name) = match millis {
        0..MINUTE => (SECOND, "second"),
        MINUTE..HOUR => (MINUTE, "minute"),
        HOUR..DAY => (HOUR, "hour"),
        DAY.. => (DAY, "day"),
    };
    let whole = millis / unit;
    let tenths = (millis % unit).saturating_mul(10) / unit;
    match (whole, tenths) {
        (1, 0) => format!("about 1 {name}"),
        (0..10, 1..) => format!("about {whole}.{tenths} {name}s"),
        _ => format!("about {whole} {name}s"),
    }
}

/// `rounds` rounds of `round_time` slots, for people: "4 rounds (about 40 minutes)".
pub fn rounds(rounds: u64, round_time: u64) -> String {
    let s = if rounds == 1 { "" } else { "s" };
    let time = about(rounds.saturating_mul(round_time));
    format!("{rounds} round{s} ({time})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_in_the_unit_that_fits() {
        for (slots, expected) in [
            (0, "about 0 seconds"),
            (1, "about 0.4 seconds"),
            (50, "about 20 seconds"),
            (150, "about 1 minute"),
            (1_500, "about 10 minutes"),
            (9_000, "about 1 hour"),
            (22_500, "about 2.5 hours"),
            (SLOTS_A_DAY - 1, "about 23 hours"),
            (SLOTS_A_DAY, "about 1 day"),
            (u64::MAX, "about 213503982334 days"),
        ] {
            assert_eq!(about(slots), expected);
        }
        assert_eq!(rounds(1, 1_500), "1 round (about 10 minutes)");
        assert_eq!(rounds(6, 1_500), "6 rounds (about 1 hour)");
    }
}
