//! The repeating of calls that did not get through.

use std::{
    thread,
    time::{Duration, Instant},
};

/// How often a call is made, and with which pauses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How often a call is made at most, the first attempt included.
    pub attempts: u32,
    /// The pause after the first attempt; each later one is twice as long.
    pub first_pause: Duration,
    /// No pause is longer.
    pub longest_pause: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 8,
            first_pause: Duration::from_millis(25),
            longest_pause: Duration::from_secs(2),
        }
    }
}

impl Retry {
    /// The pause after attempt number `attempt`, from 1; `None` after the last.
    fn pause_after(&self, attempt: u32) -> Option<Duration> {
        let doublings = attempt.saturating_sub(1).min(16);
        let pause = self.first_pause.saturating_mul(1 << doublings);
        (attempt < self.attempts).then(|| pause.min(self.longest_pause))
    }

    /// Calls until the call succeeds, its error is not `is_passing`, no attempt is left, or the next one
    /// would begin after `longest`.
    pub(super) fn run<T, E>(
        &self,
        longest: Duration,
        mut call: impl FnMut() -> Result<T, E>,
        is_passing: impl Fn(&E) -> bool,
    ) -> Result<T, E> {
        let begun = Instant::now();
        let mut attempt = 1;
        loop {
            let error = match call() {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let fits = |pause: &Duration| begun.elapsed().saturating_add(*pause) < longest;
            let pause = self.pause_after(attempt).filter(fits);
            match pause.filter(|_| is_passing(&error)) {
                Some(pause) => thread::sleep(pause),
                None => return Err(error),
            }
            attempt = attempt.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    const QUICK: Retry = Retry {
        attempts: 4,
        first_pause: Duration::ZERO,
        longest_pause: Duration::ZERO,
    };

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn no_attempt_begins_after_the_longest_time() {
        let slow = Retry {
            attempts: 9,
            first_pause: LONG,
            longest_pause: LONG,
        };
        let calls = Cell::new(0);
        let outcome: Result<(), &str> = slow.run(
            LONG,
            || {
                calls.set(calls.get() + 1);
                Err("no")
            },
            |_| true,
        );
        assert_eq!((outcome, calls.get()), (Err("no"), 1));
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let retry = Retry::default();
        let pauses: Vec<u128> = (1..)
            .map_while(|attempt| retry.pause_after(attempt))
            .map(|pause| pause.as_millis())
            .collect();
        assert_eq!(pauses, [25, 50, 100, 200, 400, 800, 1600]);
        let long = Retry {
            attempts: u32::MAX,
            ..retry
        };
        assert_eq!(long.pause_after(1_000_000), Some(Duration::from_secs(2)));
    }

    #[test]
    fn passing_errors_are_tried_again_and_lasting_ones_are_not() {
        let calls = Cell::new(0);
        let fail_until = |succeeds_at: u32| {
            calls.set(0);
            QUICK.run(
                LONG,
                || {
                    calls.set(calls.get() + 1);
                    if calls.get() == succeeds_at {
                        Ok(())
                    } else {
                        Err("no")
                    }
                },
                |_| true,
            )
        };
        assert_eq!((fail_until(3), calls.get()), (Ok(()), 3));
        assert_eq!((fail_until(9), calls.get()), (Err("no"), 4));
        calls.set(0);
        let lasting: Result<(), &str> = QUICK.run(
            LONG,
            || {
                calls.set(calls.get() + 1);
                Err("never")
            },
            |_| false,
        );
        assert_eq!((lasting, calls.get()), (Err("never"), 1));
    }
}
