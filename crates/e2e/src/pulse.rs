//! The pace of the cluster's slots, measured from outside.

use std::time::{Duration, Instant};

/// The slots seen so far, and when.
#[derive(Debug)]
pub struct Pulse {
    first: (u64, Instant),
    last: (u64, Instant),
    longest_stall: Duration,
}

impl Pulse {
    /// Begins at the present `slot`.
    pub fn new(slot: u64) -> Self {
        let now = (slot, Instant::now());
        Self {
            first: now,
            last: now,
            longest_stall: Duration::ZERO,
        }
    }

    /// Notes that the cluster is at `slot` now.
    pub fn note(&mut self, slot: u64) {
        if slot > self.last.0 {
            self.longest_stall = self.longest_stall.max(self.stalled_for());
            self.last = (slot, Instant::now());
        }
    }

    /// Time since the last new slot.
    pub fn stalled_for(&self) -> Duration {
        self.last.1.elapsed()
    }

    /// Longest time without a new slot.
    pub const fn longest_stall(&self) -> Duration {
        self.longest_stall
    }

    /// The average time of a slot; `None` before a second slot was seen.
    pub fn slot_time(&self) -> Option<Duration> {
        let slots = u32::try_from(self.last.0.saturating_sub(self.first.0)).ok()?;
        self.last.1.duration_since(self.first.1).checked_div(slots)
    }
}
