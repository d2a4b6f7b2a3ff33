//! How long a node leaves an action alone that failed: longer each time, and never longer than a round.

use super::{Action, TaskView};
use std::collections::HashMap;

/// Rounds after which a failure is forgotten.
const ROUNDS_KEPT: u64 = 2;

#[derive(Clone, Copy, Debug)]
struct Pause {
    failures: u32,
    /// The slot at which it may be tried again.
    until: u64,
}

/// What failed lately.
#[derive(Debug, Default)]
pub(super) struct Backoff(HashMap<Action, Pause>);

/// Slots to wait after so many failures in a row, `longest` at most.
fn wait(failures: u32, longest: u64) -> u64 {
    let doublings = failures.saturating_sub(1).min(62);
    (1_u64 << doublings).min(longest.max(1))
}

impl Backoff {
    /// The slot at which `action` may be tried again, if it is to be left alone at `slot`.
    pub(super) fn until(&self, action: Action, slot: u64) -> Option<u64> {
        let until = self.0.get(&action)?.until;
        (until > slot).then_some(until)
    }

    /// Whether `action` failed since it last succeeded.
    pub(super) fn has_failed(&self, action: Action) -> bool {
        self.0.contains_key(&action)
    }

    /// What is to be left alone at `slot`, each until another slot.
    pub(super) fn waiting(&self, slot: u64) -> HashMap<Action, u64> {
        let all = self.0.iter();
        let waiting = all.filter(|(_, pause)| pause.until > slot);
        waiting
            .map(|(action, pause)| (*action, pause.until))
            .collect()
    }

    /// `action` failed in `view`. Within its window it is tried a few times at least.
    pub(super) fn fail(&mut self, action: Action, view: &TaskView) {
        let schedule = &view.task.schedule;
        let shortest = schedule.submission_window.min(schedule.audit_window);
        let longest = if action.has_window() {
            shortest / 8
        } else {
            schedule.round_time
        };
        let pause = self.0.entry(action).or_insert(Pause {
            failures: 0,
            until: 0,
        });
        pause.failures = pause.failures.saturating_add(1);
        pause.until = view.slot.saturating_add(wait(pause.failures, longest));
    }

    /// `action` is done.
    pub(super) fn succeed(&mut self, action: Action) {
        self.0.remove(&action);
    }

    /// Forgets what is long ago.
    pub(super) fn keep(&mut self, view: &TaskView) {
        let kept = view.task.schedule.round_time.saturating_mul(ROUNDS_KEPT);
        self.0
            .retain(|_, pause| pause.until.saturating_add(kept) >= view.slot);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_doubles_the_wait_up_to_the_longest() {
        let waits: Vec<u64> = (1..=8).map(|failures| wait(failures, 50)).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 50, 50]);
        assert_eq!(wait(u32::MAX, u64::MAX), 1 << 62);
        assert_eq!(wait(9, 0), 1, "a short window");
    }
}
