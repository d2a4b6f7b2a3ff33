//! The instructions that anyone may send to end a task's cycles. They clear a task whose nodes have left
//! accounts open, so that it can be closed.

use gradual_consensus::state::{Cycle, Status, Subject};
use gradual_consensus_client::{
    books::Books,
    instruction::{self, TaskTokens},
    ledger::{Ledger, LedgerError},
};
use solana_sdk::{instruction::Instruction, pubkey::Pubkey};

/// All that is due in `task` and that anyone may send, here `sender`: audits that can be resolved, lists
/// that can be finalized, votes, submissions, lists and cycles that can be closed, and in an inactive task
/// empty stake accounts. Call again once these are sent: more may be due then.
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
    let state = &books.task.data;
    let tokens = TaskTokens::of(*task, state);
    let over = |subject: &Subject| {
        let window = state.schedule.audit_window(subject.window_round);
        window.is_some_and(|window| slot > window.end)
    };
    let is_settled = |address: &Pubkey| {
        let mut cycles = books.cycles.iter();
        let cycle = cycles.find(|cycle| cycle.address == *address);
        cycle.is_some_and(|cycle| cycle.data.is_settled(state, slot))
    };
    let mut due = Vec::new();
    for (address, subject) in books.subjects() {
        let status = subject.status();
        if status == Status::Challenged && over(subject) {
            due.push(instruction::resolve_audit(tokens, address, subject));
        } else if status != Status::Challenged
            && subject.audit.open_votes == 0
            && is_settled(&subject.cycle)
        {
            due.push(instruction::close_subject(address, subject));
        }
    }
    for list in books.lists.iter().map(|list| &list.data) {
        let status = list.subject.status();
        let is_final = status.is_payable() || status == Status::Invalid;
        if is_final && over(&list.subject) {
            let cycle = list.subject.cycle_number;
            due.push(instruction::finalize_distribution(
                *task,
                cycle,
                list.attempt,
            ));
        }
    }
    for vote in &books.votes {
        let mut subjects = books.subjects();
        let subject = subjects.find(|(address, _)| *address == vote.data.subject);
        if subject.is_some_and(|(_, subject)| subject.audit.verdict().is_some()) {
            due.push(instruction::close_vote(*task, &vote.data));
        }
    }
    let is_over = |cycle: &&Cycle| cycle.open_subjects == 0 && cycle.is_settled(state, slot);
    let cycles = books.cycles.iter().map(|cycle| &cycle.data);
    due.extend(cycles.filter(is_over).map(instruction::close_cycle));
    let left = books
        .stakes
        .iter()
        .map(|stake| &stake.data)
        .filter(|stake| !state.is_active() && stake.require_empty().is_ok());
    due.extend(left.map(|stake| instruction::close_stake(*task, stake.node, stake.payer, *sender)));
    Ok(due)
}
