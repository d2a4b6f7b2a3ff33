//! Slots as clock time.

use serde::Serialize;

/// Milliseconds that a slot takes where nothing else is known.
pub const USUAL_SLOT: u64 = 400;

/// What the time was at one slot, and how long slots take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// The slot.
    pub slot: u64,
    /// The cluster's time at it, in seconds since 1970; `None` where the cluster does not say.
    pub time: Option<i64>,
    /// Milliseconds that a slot takes.
    pub slot_millis: u64,
}

/// A slot, with its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// The slot.
    pub slot: u64,
    /// Its time in seconds since 1970, reckoned from the present one; `None` where that is not known.
    pub time: Option<i64>,
}

impl Clock {
    /// The present.
    pub const fn now(&self) -> Moment {
        Moment {
            slot: self.slot,
            time: self.time,
        }
    }

    /// `slot`, with its time as far as it follows from the present one.
    pub fn at(&self, slot: u64) -> Moment {
        let millis = slot.abs_diff(self.slot).saturating_mul(self.slot_millis);
        let seconds = i64::try_from(millis / 1_000).ok();
        let time = self.time.zip(seconds).and_then(|(time, seconds)| {
            if slot < self.slot {
                time.checked_sub(seconds)
            } else {
                time.checked_add(seconds)
            }
        });
        Moment { slot, time }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slots_time_is_reckoned_from_the_present_one() {
        let clock = Clock {
            slot: 1_000,
            time: Some(50_000),
            slot_millis: 400,
        };
        assert_eq!(clock.at(1_150).time, Some(50_060));
        assert_eq!(clock.at(0).time, Some(49_600));
        assert!(clock.at(u64::MAX).time.is_some());
        let unknown = Clock {
            time: None,
            ..clock
        };
        assert_eq!(unknown.at(5).time, None);
    }
}
