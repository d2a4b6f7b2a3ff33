//! How far a cycle has come, and what an audit came to.

use gradual_consensus::{
    rules::verdict::Verdict,
    state::{Cycle, Status, Subject, Task},
};

/// How far a cycle has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Its work round is still to come.
    Ahead,
    /// Its opening window runs, and nobody has opened it yet.
    NotOpen,
    /// It has no account: it was played and closed, or nobody opened it.
    Gone,
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
    /// Every attempt at a list has failed; each standing submission is paid this share, in base units.
    FailedEqual(u64),
    /// Every attempt at a list has failed, and nothing more is paid.
    Failed,
    /// A list was paid, or nobody submitted. Nothing more can be paid: its accounts can be closed.
    Settled,
}

impl Stage {
    /// The stage of cycle `number` of `task`, whose account holds `cycle`, at `slot`.
    pub fn of(task: &Task, number: u64, cycle: Option<&Cycle>, slot: u64) -> Self {
        let now = task.schedule.round_at(slot);
        let Some(cycle) = cycle else {
            let window = task.schedule.opening_window(number);
            return match now {
                _ if window.is_some_and(|window| window.contains(slot)) => Self::NotOpen,
                Some(now) if now >= number => Self::Gone,
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

    /// Its name, the same for people and programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ahead => "ahead",
            Self::NotOpen => "not open",
            Self::Gone => "gone",
            Self::Work => "work",
            Self::Review => "review",
            Self::List(_) => "list",
            Self::ListPending => "list pending",
            Self::Accepted(_) => "list accepted",
            Self::FailedEqual(_) | Self::Failed => "failed",
            Self::Settled => "settled",
        }
    }
}

/// Whether a submission or list that was audited stands.
pub fn stands(subject: &Subject) -> bool {
    !matches!(subject.status(), Status::Invalid | Status::Rejected)
}

/// The name of a verdict on a subject that `stands` or not; `open` where there is none yet.
pub const fn outcome_of(verdict: Option<Verdict>, stands: bool) -> &'static str {
    match verdict {
        None => "open",
        Some(Verdict::Upheld) => "upheld",
        Some(Verdict::Dismissed) => "dismissed",
        Some(Verdict::Undecided) if stands => "undecided, it stands",
        Some(Verdict::Undecided) => "undecided, it falls",
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
        assert_eq!(stage(None, 6), Stage::Gone);
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
