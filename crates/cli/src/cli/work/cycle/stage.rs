//! How far a cycle has come.

use super::past::Past;
use crate::cli::amount;
use gradual_consensus::state::{Cycle, Task};

/// How far a cycle has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Its work round is still to come.
    Ahead,
    /// Its opening window runs, and nobody has opened it yet.
    NotOpen,
    /// It has no account. What became of it is known as far as the cluster's history is.
    Gone(Past),
    /// Nodes work.
    Work,
    /// Submissions are made and audited.
    Review,
    /// This attempt at its list is under way.
    List(u64),
    /// A list was proposed and is not finalized yet.
    ListPending,
    /// The list of this attempt was accepted, and is paid.
    Accepted(u8),
    /// Every attempt at a list has failed; each standing submission is paid this share.
    FailedEqual(u64),
    /// Every attempt at a list has failed, and nothing more is paid.
    Failed,
    /// A list was paid, or nobody submitted. Nothing more can be paid: its accounts can be closed.
    Settled,
}

impl Stage {
    /// The stage of cycle `number` of `task`, whose account holds `cycle`, at `slot`.
    pub(super) fn of(task: &Task, number: u64, cycle: Option<&Cycle>, slot: u64) -> Self {
        let now = task.schedule.round_at(slot);
        let Some(cycle) = cycle else {
            let window = task.schedule.opening_window(number);
            return match now {
                _ if window.is_some_and(|window| window.contains(slot)) => Self::NotOpen,
                Some(now) if now >= number => Self::Gone(Past::Unknown),
                _ => Self::Ahead,
            };
        };
        let now = now.unwrap_or_default();
        let is_settled = cycle.is_settled(task, slot);
        if cycle.submissions > 0 && cycle.has_failed(task, now) {
            return if is_settled {
                Self::Failed
            } else {
                Self::FailedEqual(cycle.equal_share())
            };
        }
        if is_settled {
            return Self::Settled;
        }
        if cycle.list_accepted() {
            return Self::Accepted(cycle.accepted_attempt);
        }
        match now.saturating_sub(number) {
            0 => Self::Work,
            1 => Self::Review,
            _ if cycle.list_pending() => Self::ListPending,
            rounds => Self::List(rounds.saturating_sub(2)),
        }
    }

    /// For programs.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ahead => "ahead",
            Self::NotOpen => "not open",
            Self::Gone(past) => past.name(),
            Self::Work => "work",
            Self::Review => "review",
            Self::List(_) => "list",
            Self::ListPending => "list pending",
            Self::Accepted(_) => "list accepted",
            Self::FailedEqual(_) | Self::Failed => "failed",
            Self::Settled => "settled",
        }
    }

    /// For people.
    pub(super) fn text(self, task: &Task) -> String {
        match self {
            Self::Ahead => "its work round is still to come".into(),
            Self::NotOpen => {
                "not open: gradual cycle open opens it, in the first slots of this round".into()
            }
            Self::Gone(past) => past.text(),
            Self::Work => "nodes work".into(),
            Self::Review => "submissions are made and audited".into(),
            Self::List(attempt) => format!("no list yet, attempt {attempt} is under way"),
            Self::ListPending => "a list is proposed".into(),
            Self::Accepted(attempt) => format!("the list of attempt {attempt} is accepted"),
            Self::FailedEqual(share) => format!(
                "FAILED: no list was accepted; {} for each standing submission: gradual payout --all",
                amount::show(share, task)
            ),
            Self::Failed => {
                "FAILED: no list was accepted, nothing more is paid; its accounts can be closed"
                    .into()
            }
            Self::Settled => "settled: its accounts can be closed".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    /// Rounds of ten slots, two attempts at a list.
    fn task(equal_shares: bool) -> Task {
        let mut task = Task::zeroed();
        task.schedule.round_time = 10;
        task.schedule.submission_window = 4;
        task.schedule.audit_window = 4;
        task.allowed_failed_distributions = 1;
        task.claim_window = 3;
        task.equal_shares = u8::from(equal_shares);
        task
    }

    #[test]
    fn a_cycle_goes_from_stage_to_stage() {
        let task = task(true);
        let cycle = Cycle {
            number: 5,
            bounty: 100,
            owed: 100,
            submissions: 3,
            ..Cycle::zeroed()
        };
        let stage = |cycle: Option<&Cycle>, round: u64| Stage::of(&task, 5, cycle, round * 10);
        assert_eq!(stage(None, 4), Stage::Ahead);
        assert_eq!(stage(None, 5), Stage::NotOpen);
        assert_eq!(stage(None, 6), Stage::Gone(Past::Unknown));
        for (round, expected) in [
            (5, Stage::Work),
            (6, Stage::Review),
            (7, Stage::List(0)),
            (8, Stage::List(1)),
            (9, Stage::FailedEqual(33)),
            (12, Stage::Failed),
        ] {
            assert_eq!(stage(Some(&cycle), round), expected);
        }
        let pending = Cycle {
            list_pending: 1,
            ..cycle
        };
        assert_eq!(stage(Some(&pending), 9), Stage::ListPending);
        let accepted = Cycle {
            list_accepted: 1,
            accepted_attempt: 1,
            accepted_in_round: 8,
            entries: 3,
            ..cycle
        };
        assert_eq!(stage(Some(&accepted), 9), Stage::Accepted(1));
    }

    #[test]
    fn a_failed_cycle_of_a_task_by_list_pays_nobody() {
        let cycle = Cycle {
            number: 5,
            submissions: 3,
            list_pending: 1,
            ..Cycle::zeroed()
        };
        let task = task(false);
        assert_eq!(Stage::of(&task, 5, Some(&cycle), 80), Stage::ListPending);
        let failed = Cycle {
            list_pending: 0,
            ..cycle
        };
        assert_eq!(Stage::of(&task, 5, Some(&failed), 90), Stage::Failed);
    }

    #[test]
    fn a_cycle_without_submissions_is_settled_and_has_not_failed() {
        let cycle = Cycle {
            number: 5,
            ..Cycle::zeroed()
        };
        let task = task(true);
        assert_eq!(Stage::of(&task, 5, Some(&cycle), 60), Stage::Review);
        assert_eq!(Stage::of(&task, 5, Some(&cycle), 70), Stage::Settled);
        assert_eq!(Stage::of(&task, 5, Some(&cycle), 200), Stage::Settled);
    }
}
