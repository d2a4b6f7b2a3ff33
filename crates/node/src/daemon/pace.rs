//! The pace of a ledger's slots, measured by looks at it.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// Looks that are remembered: enough that the delay of one matters little, few enough that a new pace is
/// noticed.
const SAMPLES: usize = 32;
/// Never look more often than this.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
/// The pause while the ledger's pace is unknown.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// Never look less often than this: a ledger may come to a stop, or hurry.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The pace of a ledger's slots.
#[derive(Debug, Default)]
pub(super) struct Pace {
    samples: VecDeque<(Instant, u64)>,
}

impl Pace {
    /// Records that the ledger was at `slot`.
    pub(super) fn record(&mut self, at: Instant, slot: u64) {
        match self.samples.back() {
            Some(&(_, last)) if slot == last => return,
            // Another ledger, or one that was set back.
            Some(&(_, last)) if slot < last => self.samples.clear(),
            _ => {}
        }
        if self.samples.len() == SAMPLES {
            self.samples.pop_front();
        }
        self.samples.push_back((at, slot));
    }

    /// How long a slot takes; `None` before two of them were seen.
    pub(super) fn slot_time(&self) -> Option<Duration> {
        let (first, last) = self.samples.front().zip(self.samples.back())?;
        let slots = u32::try_from(last.1.checked_sub(first.1)?).ok()?;
        last.0.checked_duration_since(first.0)?.checked_div(slots)
    }

    /// How long to wait before the next look, with `slots` slots to pass: a little less than they should
    /// take.
    pub(super) fn pause(&self, slots: u64) -> Duration {
        let Some(slot_time) = self.slot_time() else {
            return FIRST_PAUSE;
        };
        let slots = u32::try_from(slots).unwrap_or(u32::MAX);
        let all = slot_time.saturating_mul(slots);
        let pause = all.saturating_sub(all.checked_div(10).unwrap_or_default());
        pause.clamp(SHORTEST_PAUSE, LONGEST_PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(samples: &[(u64, u64)]) -> Pace {
        let start = Instant::now();
        let mut pace = Pace::default();
        for &(millis, slot) in samples {
            pace.record(start + Duration::from_millis(millis), slot);
        }
        pace
    }

    #[test]
    fn slot_time_is_what_is_seen() {
        assert_eq!(pace(&[]).slot_time(), None);
        assert_eq!(pace(&[(0, 7)]).slot_time(), None);
        let seen = pace(&[(0, 7), (100, 7), (400, 8), (800, 9)]);
        assert_eq!(seen.slot_time(), Some(Duration::from_millis(400)));
        assert_eq!(seen.pause(3), Duration::from_millis(1_080));
        assert_eq!(seen.pause(1_000_000), LONGEST_PAUSE);
        assert_eq!(seen.pause(0), SHORTEST_PAUSE);
    }

    #[test]
    fn a_new_pace_is_followed() {
        let slow = (0..40).map(|slot| (slot * 400, slot));
        let fast = (40..80).map(|slot| (40 * 400 + (slot - 40) * 200, slot));
        let samples: Vec<_> = slow.chain(fast).collect();
        assert_eq!(pace(&samples).slot_time(), Some(Duration::from_millis(200)));
    }

    #[test]
    fn a_ledger_set_back_is_measured_afresh() {
        let seen = pace(&[(0, 100), (400, 101), (500, 3)]);
        assert_eq!(seen.slot_time(), None);
        assert_eq!(seen.pause(9), FIRST_PAUSE);
    }
}
