//! When what happens in the task that is played (docs/protocol.md, section 2), in slots.

use anyhow::{Result, ensure};
use std::time::Duration;

/// Shortest round, in slots: a busy machine, on which slots take long while they are measured, may make
/// them faster later.
const SHORTEST: u64 = 30;

/// The task's schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// First slot of round 0.
    pub start: u64,
    /// Length of a round.
    pub round: u64,
    /// Length of the submission window.
    pub submission: u64,
    /// Length of the audit window.
    pub audit: u64,
}

impl Schedule {
    /// Rounds of about `length`, where a slot takes `slot_time`: two fifths of it to submit, two to
    /// audit, one to rest.
    pub fn new(start: u64, length: Duration, slot_time: Duration) -> Result<Self> {
        ensure!(!slot_time.is_zero(), "slots that take no time");
        let slots = length.as_micros().div_ceil(slot_time.as_micros());
        let round = u64::try_from(slots)?.max(SHORTEST);
        Ok(Self {
            start,
            round,
            submission: round * 2 / 5,
            audit: round * 2 / 5,
        })
    }

    /// First slot of `round`.
    pub const fn boundary(&self, round: u64) -> u64 {
        self.start + round * self.round
    }

    /// The round that `slot` lies in; 0 before the first.
    pub fn round_at(&self, slot: u64) -> u64 {
        let since = slot.saturating_sub(self.start);
        since.checked_div(self.round).unwrap_or(0)
    }

    /// A slot in the middle of `round`'s submission window, early enough for a node that starts then.
    pub const fn mid_submission(&self, round: u64) -> u64 {
        self.boundary(round) + self.submission / 3
    }

    /// First slot of `round`'s audit window.
    pub const fn audits_begin(&self, round: u64) -> u64 {
        self.boundary(round) + self.submission + 1
    }

    /// A slot in the middle of `round`'s audit window.
    pub const fn mid_audit(&self, round: u64) -> u64 {
        self.audits_begin(round) + self.audit / 3
    }

    /// First slot after `round`'s audit window.
    pub const fn audits_end(&self, round: u64) -> u64 {
        self.audits_begin(round) + self.audit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_takes_as_long_as_it_should_and_its_windows_fit() {
        let length = Duration::from_secs(15);
        for (millis, slots) in [(400, 38), (200, 75), (1_500, 30)] {
            let schedule = Schedule::new(100, length, Duration::from_millis(millis)).unwrap();
            assert_eq!(schedule.round, slots);
            for round in [0, 7] {
                let (start, end) = (schedule.boundary(round), schedule.boundary(round + 1));
                assert!(start < schedule.mid_submission(round));
                assert!(schedule.mid_submission(round) < schedule.audits_begin(round));
                assert!(schedule.mid_audit(round) < schedule.audits_end(round));
                assert!(schedule.audits_end(round) < end);
                assert_eq!(schedule.round_at(start), round);
                assert_eq!(schedule.round_at(end - 1), round);
            }
        }
    }
}
