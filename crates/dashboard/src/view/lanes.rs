//! The lanes of cycles: what may be done when, as the schedule says.

use gradual_consensus::{
    rules::schedule::{Schedule, Window, distribution_round, review_round},
    state::{Cycle, Task},
};
use gradual_consensus_client::stage::Stage;
use serde::Serialize;

/// What is done in a part of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Nodes work off chain.
    Work,
    /// Proofs are submitted.
    Submit,
    /// Subjects are challenged or voted on.
    Challenge,
    /// They are only voted on.
    Vote,
    /// A list is proposed.
    List,
    /// Nodes are paid.
    Payout,
}

impl Kind {
    /// All of them, in the order of a cycle.
    pub const ALL: [Self; 6] = [
        Self::Work,
        Self::Submit,
        Self::Challenge,
        Self::Vote,
        Self::List,
        Self::Payout,
    ];

    /// The letter that `gradual schedule` draws.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Work => ".",
            Self::Submit => "S",
            Self::Challenge => "C",
            Self::Vote => "V",
            Self::List => "L",
            Self::Payout => "$",
        }
    }

    /// One word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Work => "work",
            Self::Submit => "submit",
            Self::Challenge => "challenge",
            Self::Vote => "vote",
            Self::List => "list",
            Self::Payout => "payout",
        }
    }

    /// What may be done, for a legend.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Work => "work off chain",
            Self::Submit => "submit proofs",
            Self::Challenge => "challenge or vote",
            Self::Vote => "vote",
            Self::List => "propose the list",
            Self::Payout => "pay",
        }
    }
}

/// One part of a lane, in slots, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Segment {
    /// What is done in it.
    pub kind: Kind,
    /// Its first slot.
    pub start: u64,
    /// Its last slot.
    pub end: u64,
}

/// The stage of a cycle that neither has an account nor is told by the history.
pub const ABSENT: &str = "not played";

/// One cycle's lane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lane {
    /// The cycle.
    pub cycle: u64,
    /// How far it has come.
    pub stage: &'static str,
    /// The attempt at its list that its last list windows belong to, from 0.
    pub attempt: u8,
    /// What is done when, in the order of slots.
    pub segments: Vec<Segment>,
}

/// Pushes the windows of one round of subjects: handed in as `kind`, challenged, voted on.
fn audited(segments: &mut Vec<Segment>, schedule: &Schedule, round: u64, kind: Kind) -> Option<()> {
    let of = |kind, window: Window| Segment {
        kind,
        start: window.start,
        end: window.end,
    };
    let (challenge, audit) = (
        schedule.challenge_window(round)?,
        schedule.audit_window(round)?,
    );
    segments.push(of(kind, schedule.submission_window(round)?));
    segments.push(of(Kind::Challenge, challenge));
    let vote = Window {
        start: challenge.end.checked_add(1)?,
        end: audit.end,
    };
    if vote.start <= vote.end {
        segments.push(of(Kind::Vote, vote));
    }
    Some(())
}

/// The windows of cycle `number` whose list is made in attempt `attempt`; `None` beyond the last slot.
fn segments(schedule: &Schedule, number: u64, attempt: u8) -> Option<Vec<Segment>> {
    let mut found = Vec::new();
    let whole = |kind, round: u64| -> Option<Segment> {
        Some(Segment {
            kind,
            start: schedule.boundary(round)?,
            end: schedule.boundary(round.checked_add(1)?)?.checked_sub(1)?,
        })
    };
    found.push(whole(Kind::Work, number)?);
    audited(&mut found, schedule, review_round(number)?, Kind::Submit)?;
    for attempt in 0..=attempt {
        let round = distribution_round(number, attempt)?;
        audited(&mut found, schedule, round, Kind::List)?;
    }
    let last = distribution_round(number, attempt)?;
    found.push(whole(Kind::Payout, last.checked_add(1)?)?);
    Some(found)
}

/// The attempt that the lists of `cycle` have come to at `slot`, from 0.
fn attempt(task: &Task, number: u64, cycle: Option<&Cycle>, slot: u64) -> u8 {
    let first = distribution_round(number, 0).unwrap_or(u64::MAX);
    match cycle {
        Some(cycle) if cycle.list_accepted() => cycle.accepted_attempt,
        Some(cycle) if cycle.submissions > 0 => {
            let past = task.current_round(slot).saturating_sub(first);
            u8::try_from(past)
                .unwrap_or(u8::MAX)
                .min(task.allowed_failed_distributions)
        }
        _ => 0,
    }
}

/// The lane of cycle `number`, whose account holds `cycle`, at `slot`; `None` beyond the last slot.
pub fn lane(task: &Task, number: u64, cycle: Option<&Cycle>, slot: u64) -> Option<Lane> {
    let attempt = attempt(task, number, cycle, slot);
    Some(Lane {
        cycle: number,
        stage: Stage::of(task, number, cycle, slot).name(),
        attempt,
        segments: segments(&task.schedule, number, attempt)?,
    })
}

/// The lanes of the cycles around `slot`: those in work, in review and in distribution, one that is paid, and the
/// next one. `find` has the accounts of open cycles.
pub fn lanes<'a>(task: &Task, slot: u64, find: impl Fn(u64) -> Option<&'a Cycle>) -> Vec<Lane> {
    let now = task.current_round(slot);
    let first = now.saturating_sub(3);
    (first..=now.saturating_add(1))
        .filter_map(|number| lane(task, number, find(number), slot))
        .collect()
}

/// The lanes of the first `cycles` cycles of `schedule`, as if each list were accepted at once.
pub fn drawn(schedule: &Schedule, cycles: u64) -> Vec<Lane> {
    (0..cycles)
        .filter_map(|cycle| {
            Some(Lane {
                cycle,
                stage: "",
                attempt: 0,
                segments: segments(schedule, cycle, 0)?,
            })
        })
        .collect()
}

impl Lane {
    /// What is done at `slot`, whether to the list, and the last slot of that; nothing is done between two windows.
    /// `None` before the cycle and after it.
    pub fn at(&self, slot: u64) -> Option<(Option<Kind>, bool, u64)> {
        let (begun, ahead) = self
            .segments
            .split_at(self.segments.partition_point(|one| one.start <= slot));
        let last = begun.last()?;
        let of_list = begun.iter().any(|one| one.kind == Kind::List);
        if slot <= last.end {
            return Some((Some(last.kind), of_list, last.end));
        }
        let until = ahead.first()?.start.checked_sub(1)?;
        Some((None, of_list, until))
    }

    /// The lane from slot `from` up to slot `to` in `width` columns: what is done in the first slot of each.
    pub fn columns(&self, (from, to): (u64, u64), width: u16) -> Vec<Option<Kind>> {
        let slots = u128::from(to.saturating_sub(from));
        (0..width)
            .map(|column| {
                let into = slots
                    .checked_mul(column.into())
                    .and_then(|slots| slots.checked_div(width.into()))
                    .and_then(|slots| u64::try_from(slots).ok())?;
                let slot = from.checked_add(into)?;
                let mut segments = self.segments.iter();
                let found = segments.find(|one| one.start <= slot && slot <= one.end)?;
                Some(found.kind)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gradual_consensus::rules::schedule::Schedule;

    fn schedule(audit_window: u64) -> Schedule {
        Schedule {
            starting_slot: 0,
            round_time: 100,
            submission_window: 40,
            audit_window,
        }
    }

    fn told(segments: &[Segment]) -> Vec<(&'static str, u64, u64)> {
        let all = segments.iter();
        all.map(|one| (one.kind.letter(), one.start, one.end))
            .collect()
    }

    #[test]
    fn a_lane_is_what_the_schedule_says() {
        let lane = segments(&schedule(40), 0, 0).unwrap();
        assert_eq!(
            told(&lane),
            [
                (".", 0, 99),
                ("S", 100, 140),
                ("C", 141, 160),
                ("V", 161, 180),
                ("L", 200, 240),
                ("C", 241, 260),
                ("V", 261, 280),
                ("$", 300, 399),
            ]
        );
        let failed = segments(&schedule(40), 0, 1).unwrap();
        assert_eq!(told(&failed).last(), Some(&("$", 400, 499)));
        assert_eq!(failed.len(), 11);
    }

    #[test]
    fn no_part_of_a_lane_overlaps_another() {
        for audit_window in [2, 3, 59, 60] {
            let lane = segments(&schedule(audit_window), 7, 2).unwrap();
            for pair in lane.windows(2) {
                assert!(
                    pair[0].start <= pair[0].end && pair[0].end < pair[1].start,
                    "{pair:?}"
                );
            }
        }
    }

    #[test]
    fn a_lane_in_columns_is_what_the_readme_draws() {
        let lanes = drawn(&schedule(40), 1);
        let columns = lanes[0].columns((0, 400), 48);
        let letters = columns.iter().map(|kind| kind.map_or(" ", Kind::letter));
        assert_eq!(
            letters.collect::<String>(),
            "............SSSSSCCCVV  LLLLLCCCVV  $$$$$$$$$$$$"
        );
    }

    #[test]
    fn a_slot_is_in_a_window_or_between_two() {
        let lanes = drawn(&schedule(40), 2);
        let at = |slot| lanes[1].at(slot);
        assert_eq!(at(99), None);
        assert_eq!(at(100), Some((Some(Kind::Work), false, 199)));
        assert_eq!(at(260), Some((Some(Kind::Challenge), false, 260)));
        assert_eq!(at(261), Some((Some(Kind::Vote), false, 280)));
        assert_eq!(at(281), Some((None, false, 299)));
        assert_eq!(at(341), Some((Some(Kind::Challenge), true, 360)));
        assert_eq!(at(399), Some((None, true, 399)));
        assert_eq!(at(499), Some((Some(Kind::Payout), true, 499)));
        assert_eq!(at(500), None);
    }

    #[test]
    fn a_lane_beyond_the_last_slot_is_none() {
        assert_eq!(segments(&schedule(40), u64::MAX, 0), None);
    }
}
