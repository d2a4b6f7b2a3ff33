//! What a list is made of: read from a file, or recomputed from the cycle's submissions.

pub(in crate::cli) mod file;

use crate::cli::{
    Failure,
    amount::{Form, Unit},
    path,
    session::{FoundTask, Session},
};
use clap::Args as ClapArgs;
use file::Line;
use gradual_consensus_node::{
    logic::equal_shares,
    runner::{BuiltList, CycleView},
};
use solana_sdk::pubkey::Pubkey;
use std::{collections::HashMap, path::PathBuf};

/// What a list is made of.
#[derive(ClapArgs)]
pub(super) struct Entries {
    /// File with one line for each node: its address and its amount in tokens of the task's mint, in the
    /// list's order, as spreadsheets save it or separated by blanks
    /// [default: the bounty in equal shares among the valid submissions, where the task pays equal shares]
    #[arg(long, value_name = "PATH", value_parser = path::expanded)]
    entries: Option<PathBuf>,
    #[command(flatten)]
    form: Form,
}

/// A list, and why it is false, if what is on the ledger shows that it is.
pub(super) struct Made {
    pub(super) list: BuiltList,
    pub(super) fault: Option<String>,
}

impl Entries {
    /// Whether no file is named.
    pub(super) const fn are_default(&self) -> bool {
        self.entries.is_none()
    }

    /// # Errors
    /// Bad input: no file is named, and the task's logic may pay other amounts than equal shares. Such a list
    /// would cost its proposer stake, and so would a challenge of one that differs from it.
    pub(super) fn require_for(&self, task: &FoundTask) -> Result<(), Failure> {
        if task.data.equal_shares() || !self.are_default() {
            return Ok(());
        }
        Err(Failure::Usage(format!(
            "task {} pays by list, and its logic may say other than equal shares: give --entries",
            task.address
        )))
    }

    /// The list that divides the bounty of `cycle`.
    pub(super) fn build(
        &self,
        session: &Session,
        task: &FoundTask,
        cycle: &CycleView,
    ) -> Result<Made, Failure> {
        let (entries, fault) = match &self.entries {
            Some(path) => {
                let name = path.display();
                let bytes = path::read(path)
                    .map_err(|error| Failure::Usage(format!("cannot read {name}: {error}")))?;
                let named = |problem: String| format!("{name}: {problem}");
                let unit = Unit::of(&task.data);
                let lines = file::parse(&bytes, unit, self.form);
                let lines = lines.map_err(|problem| Failure::Usage(named(problem)))?;
                let fault = fault(&lines, unit, cycle, task.data.quorum_bps);
                let entries = lines.iter().map(|line| (line.node, line.amount));
                (entries.collect(), fault.map(named))
            }
            None => (equal(session, task, cycle)?, None),
        };
        let list = BuiltList::new(&task.address, cycle.number(), entries);
        let list = list.ok_or_else(|| {
            Failure::Usage("the list is empty: there is nothing to propose".into())
        })?;
        Ok(Made { list, fault })
    }
}

/// Why no node may propose this list of `cycle`, if the ledger shows that.
pub(in crate::cli) fn fault(
    lines: &[Line],
    unit: Unit,
    cycle: &CycleView,
    quorum_bps: u16,
) -> Option<String> {
    let (number, bounty) = (cycle.number(), cycle.account.data.bounty);
    let mut seen = HashMap::new();
    let mut total = 0u64;
    lines.iter().find_map(|line| {
        let (at, node) = (line.number, line.node);
        total = total.saturating_add(line.amount);
        let problem = if line.amount == 0 {
            format!("{node} is listed with 0: leave it out")
        } else if let Some(first) = seen.insert(node, at) {
            format!("{node} is in line {first} already: list each node once")
        } else {
            match cycle.stands(&node, quorum_bps) {
                None => format!("{node} has no submission in cycle {number}: leave it out"),
                Some(false) => {
                    format!("the submission of {node} in cycle {number} is invalid: leave it out")
                }
                Some(true) if total > bounty => format!(
                    "up to here the list pays {}, cycle {number} has a bounty of {}: pay less",
                    unit.show(total),
                    unit.show(bounty)
                ),
                Some(true) => return None,
            }
        };
        Some(format!("line {at}: {problem}"))
    })
}

/// The default list: equal shares. It can be computed while every submission of the cycle is on the
/// ledger.
fn equal(
    session: &Session,
    task: &FoundTask,
    cycle: &CycleView,
) -> Result<Vec<(Pubkey, u64)>, Failure> {
    let closed = || {
        Failure::Usage(format!(
            "submissions of cycle {} are closed, and its list cannot be recomputed: give --entries",
            cycle.number()
        ))
    };
    if !cycle.has_all_submissions() {
        return Err(closed());
    }
    let proofs = cycle.read_proofs(&session.ledger, &task.data)?;
    let (proofs, verdicts) = proofs.ok_or_else(closed)?;
    Ok(equal_shares(cycle.account.data.bounty, &proofs, &verdicts))
}

/// The cycle `number` of `task`.
///
/// # Errors
/// Bad input: it has no account. Or the ledger's.
pub(super) fn cycle_of(
    session: &Session,
    task: &FoundTask,
    number: u64,
) -> Result<CycleView, Failure> {
    CycleView::find(&session.ledger, &task.address, number)?.ok_or_else(|| {
        Failure::Usage(format!(
            "cycle {number} of task {} has no account: nobody opened it, or it is closed",
            task.address
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;
    use gradual_consensus::state::{Cycle, Status, Submission};
    use gradual_consensus_client::account::Keyed;

    const QUORUM: u16 = 3_300;

    fn node(number: u8) -> Pubkey {
        Pubkey::new_from_array([number; 32])
    }

    /// A cycle with a bounty of 100, for which nodes 1 to 5 submitted. The submissions of 3 and 4 fell: one
    /// by a verdict, one as the votes stand now. That of 5 is challenged and stands.
    fn cycle() -> CycleView {
        let submission = |number: u8| {
            let mut data = Submission::zeroed();
            let subject = &mut data.subject;
            subject.author = node(number);
            subject.audit.electorate = 10;
            subject.status = match number {
                3 => Status::Invalid,
                4 | 5 => Status::Challenged,
                _ => Status::Pending,
            } as u8;
            if number == 4 {
                subject.audit.weight_invalid = 4;
            }
            Keyed {
                address: Pubkey::new_unique(),
                data,
            }
        };
        CycleView {
            account: Keyed {
                address: Pubkey::new_unique(),
                data: Cycle {
                    number: 7,
                    bounty: 100,
                    submissions: 5,
                    ..Cycle::zeroed()
                },
            },
            submissions: (1..=5).map(submission).collect(),
            lists: vec![],
        }
    }

    fn fault_of(entries: &[(u8, u64)]) -> Option<String> {
        let line = |(number, (of, amount)): (usize, &(u8, u64))| Line {
            number,
            node: node(*of),
            amount: *amount,
        };
        let lines: Vec<Line> = (1..).zip(entries).map(line).collect();
        fault(&lines, Unit::new(node(9), 1), &cycle(), QUORUM)
    }

    #[track_caller]
    fn assert_false(entries: &[(u8, u64)], at: usize, what: &str) {
        let found = fault_of(entries).unwrap();
        assert!(found.starts_with(&format!("line {at}: ")), "{found}");
        assert!(found.contains(what), "{found}");
    }

    #[test]
    fn a_list_of_those_who_stand_is_right() {
        assert_eq!(fault_of(&[(1, 50), (2, 25), (5, 25)]), None);
        assert_eq!(fault_of(&[(5, 100)]), None);
        assert_eq!(fault_of(&[(2, 1)]), None);
    }

    #[test]
    fn a_node_is_listed_once() {
        assert_false(&[(1, 1), (2, 1), (1, 1)], 3, "is in line 1 already");
    }

    #[test]
    fn nobody_is_listed_with_nothing() {
        assert_false(&[(1, 1), (2, 0)], 2, "is listed with 0");
    }

    #[test]
    fn who_never_submitted_is_not_listed() {
        assert_false(&[(1, 1), (6, 1)], 2, "has no submission in cycle 7");
    }

    #[test]
    fn whose_submission_fell_is_not_listed() {
        for fallen in [3, 4] {
            assert_false(&[(1, 1), (fallen, 1)], 2, "in cycle 7 is invalid");
        }
    }

    #[test]
    fn no_list_pays_more_than_the_bounty() {
        let what = "up to here the list pays 10.1 ";
        assert_false(&[(1, 50), (2, 51)], 2, what);
        assert_false(&[(1, u64::MAX), (2, 1)], 1, "a bounty of 10 ");
    }

    #[test]
    fn there_are_no_more_entries_than_submissions() {
        let many: Vec<_> = [1, 2, 5]
            .into_iter()
            .chain(10..14)
            .map(|of| (of, 1))
            .collect();
        assert!(many.len() > cycle().submissions.len());
        assert_false(&many, 4, "has no submission");
    }
}
