//! The instructions that anyone may send to end a task's cycles. They clear a task whose nodes have left
//! accounts open, so that it can be closed.

use gradual_consensus::state::{Cycle, Status, Subject, Task};
use gradual_consensus_client::{
    books::Books,
    instruction::{self, TaskTokens},
    ledger::{Ledger, LedgerError},
};
use solana_sdk::{instruction::Instruction, pubkey::Pubkey};

/// All that is due in `task` and that anyone may send, here `sender`: audits that can be resolved, lists
/// that can be finalized, equal shares of cycles that have failed, votes, submissions, lists and cycles that
/// can be closed, and in an inactive task empty stake accounts. Call again once these are sent: more may be
/// due then.
///
/// # Errors
/// The ledger's.
pub fn due(
    ledger: &impl Ledger,
    task: &Pubkey,
    sender: &Pubkey,
) -> Result<Vec<Instruction>, LedgerError> {
    let slot = ledger.slot()?;
    let Some(books) = Books::read(ledger, task)? else {
        return Ok(Vec::new());
    };
    let sweep = Sweep {
        books: &books,
        slot,
    };
    let mut due = sweep.subjects();
    due.extend(sweep.lists());
    due.extend(sweep.equal_shares());
    due.extend(sweep.votes());
    due.extend(sweep.cycles());
    due.extend(sweep.stakes(sender));
    Ok(due)
}

/// A task's accounts, looked at in one slot.
struct Sweep<'a> {
    books: &'a Books,
    slot: u64,
}

impl Sweep<'_> {
    const fn task(&self) -> &Task {
        &self.books.task.data
    }

    fn is_window_over(&self, subject: &Subject) -> bool {
        let window = self.task().schedule.audit_window(subject.window_round);
        window.is_some_and(|window| self.slot > window.end)
    }

    fn cycle_of(&self, subject: &Subject) -> Option<&Cycle> {
        let mut cycles = self.books.cycles.iter();
        let cycle = cycles.find(|cycle| cycle.address == subject.cycle);
        cycle.map(|cycle| &cycle.data)
    }

    fn is_settled(&self, cycle: &Cycle) -> bool {
        cycle.is_settled(self.task(), self.slot)
    }

    /// Audits to resolve, and subjects to close.
    fn subjects(&self) -> Vec<Instruction> {
        let tokens = TaskTokens::of(self.books.task.address, self.task());
        let mut due = Vec::new();
        for (address, subject) in self.books.subjects() {
            if subject.status() == Status::Challenged {
                if self.is_window_over(subject) {
                    due.push(instruction::resolve_audit(tokens, address, subject));
                }
            } else if subject.audit.open_votes == 0
                && self
                    .cycle_of(subject)
                    .is_some_and(|cycle| self.is_settled(cycle))
            {
                due.push(instruction::close_subject(address, subject));
            }
        }
        due
    }

    fn lists(&self) -> impl Iterator<Item = Instruction> {
        let lists = self.books.lists.iter().map(|list| &list.data);
        let due = lists.filter(|list| {
            let status = list.subject.status();
            let is_decided = status.is_payable() || status == Status::Invalid;
            is_decided && self.is_window_over(&list.subject)
        });
        due.map(|list| {
            let cycle = list.subject.cycle_number;
            instruction::finalize_distribution(list.subject.task, cycle, list.attempt)
        })
    }

    /// Equal shares, in cycles that have failed and are not settled.
    fn equal_shares(&self) -> impl Iterator<Item = Instruction> {
        let (task, now) = (self.task(), self.task().current_round(self.slot));
        let submissions = self.books.submissions.iter();
        let subjects = submissions.map(|submission| &submission.data.header.subject);
        let due = subjects.filter(move |subject| {
            task.equal_shares()
                && subject.status().is_payable()
                && self
                    .cycle_of(subject)
                    .is_some_and(|cycle| cycle.has_failed(task, now) && !self.is_settled(cycle))
        });
        due.map(|subject| {
            instruction::payout_equal(subject.task, subject.cycle_number, subject.author)
        })
    }

    fn votes(&self) -> impl Iterator<Item = Instruction> {
        let due = self.books.votes.iter().filter(|vote| {
            let mut subjects = self.books.subjects();
            let subject = subjects.find(|(address, _)| *address == vote.data.subject);
            subject.is_some_and(|(_, subject)| subject.audit.verdict().is_some())
        });
        due.map(|vote| instruction::close_vote(self.books.task.address, &vote.data))
    }

    fn cycles(&self) -> impl Iterator<Item = Instruction> {
        let cycles = self.books.cycles.iter().map(|cycle| &cycle.data);
        let due = cycles.filter(|cycle| cycle.open_subjects == 0 && self.is_settled(cycle));
        due.map(instruction::close_cycle)
    }

    /// Empty stake accounts of an inactive task.
    fn stakes(&self, sender: &Pubkey) -> impl Iterator<Item = Instruction> {
        let stakes = self.books.stakes.iter().map(|stake| &stake.data);
        let due = stakes.filter(|stake| !self.task().is_active() && stake.require_empty().is_ok());
        due.map(|stake| instruction::close_stake(stake.task, stake.node, stake.payer, *sender))
    }
}
