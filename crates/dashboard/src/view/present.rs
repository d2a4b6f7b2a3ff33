//! What may be done in each cycle at the present slot.

use super::{Clock, Kind, Lane, Moment, audit::open_audits};
use gradual_consensus::state::Task;
use gradual_consensus_client::books::Books;
use serde::Serialize;

/// What may be done in one cycle at the present slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Present {
    /// The cycle.
    pub cycle: u64,
    /// What may be done; `None` between two windows.
    pub kind: Option<Kind>,
    /// Whether it is done to the cycle's list, and not to its submissions.
    pub of_list: bool,
    /// The last slot in which it may be done.
    pub until: Moment,
    /// Its audits that nobody has resolved yet.
    pub open_audits: usize,
}

impl Present {
    /// What may be done, in words.
    pub const fn text(&self) -> &'static str {
        match (self.kind, self.of_list) {
            (None, _) => "wait for its next window",
            (Some(Kind::Challenge), false) => "challenge submissions, or vote on them",
            (Some(Kind::Challenge), true) => "challenge the list, or vote on it",
            (Some(Kind::Vote), false) => "vote on challenged submissions",
            (Some(Kind::Vote), true) => "vote on the list, if it is challenged",
            (Some(kind), _) => kind.text(),
        }
    }
}

/// What may be done now in those cycles of `lanes` that are under way in `task`, the oldest first.
pub(super) fn present(task: &Task, books: &Books, lanes: &[Lane], clock: &Clock) -> Vec<Present> {
    let find = |number| {
        let mut cycles = books.cycles.iter().map(|cycle| &cycle.data);
        cycles.find(|cycle| cycle.number == number)
    };
    let is_under_way =
        |lane: &&Lane| find(lane.cycle).is_some_and(|cycle| !cycle.is_settled(task, clock.slot));
    lanes
        .iter()
        .filter(is_under_way)
        .filter_map(|lane| {
            let (kind, of_list, until) = lane.at(clock.slot)?;
            let audits = open_audits(books).filter(|subject| subject.cycle_number == lane.cycle);
            Some(Present {
                cycle: lane.cycle,
                kind,
                of_list,
                until: clock.at(until),
                open_audits: audits.count(),
            })
        })
        .collect()
}
