//! How the cluster's slots go by, as seen from outside.

use std::time::{Duration, Instant};

/// Slots go by, or do not.
#[derive(Debug)]
pub struct Pulse {
    first: (u64, Instant),
    last: (u64, Instant),
    longest_stall: Duration,
}

impl Pulse {
    /// From `slot` on, which is now.
    pub fn new(slot: u64) -> Self {
        let now = (slot, Instant::now());
        Self {
            first: now,
            last: now,
            longest_stall: Duration::ZERO,
        }
    }

    /// The cluster is seen at `slot`.
    pub fn saw(&mut self, slot: u64) {
        if slot > self.last.0 {
            self.longest_stall = self.longest_stall.max(self.stalled_for());
            self.last = (slot, Instant::now());
        }
    }

    /// Since when there was no new slot.
    pub fn stalled_for(&self) -> Duration {
        self.last.1.elapsed()
    }

    /// Longest time in which no new slot was seen.
    pub const fn longest_stall(&self) -> Duration {
        self.longest_stall
    }

    /// How long a slot took on average; `None` before a second one was seen.
    pub fn slot_time(&self) -> Option<Duration> {
        let slots = u32::try_from(self.last.0.saturating_sub(self.first.0)).ok()?;
        self.last.1.duration_since(self.first.1).checked_div(slots)
    }
}
