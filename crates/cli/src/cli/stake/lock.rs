//! What holds a stake, for people: until when, and how to leave.

use crate::cli::pace;
use gradual_consensus::state::{NodeStake, Task};

/// Rounds after the last submission's that its lock lasts at most, beside the attempts that may fail.
const BESIDE_ATTEMPTS: u64 = 3;

/// What holds `stake` at `slot`, if anything does.
pub(in crate::cli) fn held_by(stake: &NodeStake, task: &Task, slot: u64) -> Option<String> {
    if stake.open_audits > 0 {
        return Some(format!(
            "held by {} open audits until they are resolved, with gradual task sweep after their windows",
            stake.open_audits
        ));
    }
    let left = stake.locked_until_slot.checked_sub(slot)?;
    (left > 0).then(|| {
        let round_time = task.schedule.round_time;
        let rounds = left.checked_div(round_time).unwrap_or_default();
        format!(
            "locked until slot {}, now {slot}: {rounds} rounds and {} slots, {}",
            stake.locked_until_slot,
            left.saturating_sub(rounds.saturating_mul(round_time)),
            pace::about(left)
        )
    })
}

/// How a node leaves `task`.
pub(in crate::cli) fn how_to_leave(task: &Task) -> String {
    let rounds = rounds_to_leave(task);
    format!(
        "to leave, stop submitting and wait {}: each submission locks the stake through the last attempt \
         at its cycle's list",
        pace::rounds(rounds, task.schedule.round_time)
    )
}

/// Rounds after its last submission's after which nothing of a node's own work locks its stake.
pub(in crate::cli) fn rounds_to_leave(task: &Task) -> u64 {
    u64::from(task.allowed_failed_distributions).saturating_add(BESIDE_ATTEMPTS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    fn task() -> Task {
        let mut task = Task::zeroed();
        task.schedule.round_time = 1_500;
        task.allowed_failed_distributions = 3;
        task
    }

    #[test]
    fn a_lock_is_told_in_rounds_and_in_time() {
        let mut stake = NodeStake::zeroed();
        stake.locked_until_slot = 10_000;
        let held = |stake: &NodeStake, slot| held_by(stake, &task(), slot);
        assert_eq!(
            held(&stake, 1_000).as_deref(),
            Some("locked until slot 10000, now 1000: 6 rounds and 0 slots, about 1 hour")
        );
        assert!(
            held(&stake, 9_999)
                .unwrap()
                .contains("0 rounds and 1 slots")
        );
        assert_eq!(held(&stake, 10_000), None);
        stake.open_audits = 2;
        assert!(
            held(&stake, 10_000)
                .unwrap()
                .starts_with("held by 2 open audits")
        );
    }

    #[test]
    fn leaving_takes_the_attempts_and_three_rounds() {
        assert_eq!(rounds_to_leave(&task()), 6);
        assert!(how_to_leave(&task()).contains("wait 6 rounds (about 1 hour)"));
    }
}
