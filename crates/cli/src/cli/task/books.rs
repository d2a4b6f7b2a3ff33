//! `gradual task books`.

use crate::cli::{
    Failure,
    amount::{self, Unit},
    session::Session,
};
use gradual_consensus_client::{address, books::Books, ledger::Ledger};
use serde_json::json;
use solana_sdk::pubkey::Pubkey;
use std::{thread, time::Duration};

/// How many times unbalanced books are read before the command reports them. One reading takes several
/// calls, and nodes send transactions in between: only an imbalance that lasts is an error.
const LOOKS: u32 = 8;
/// Time between two readings: a slot or two.
const PAUSE: Duration = Duration::from_millis(450);

pub(super) fn run(session: &Session, task: Pubkey) -> Result<(), Failure> {
    let books = read(session, task)?;
    let (violations, data) = (books.violations(), &books.task.data);
    let [cycles, submissions, lists, votes] = [
        books.cycles.len(),
        books.submissions.len(),
        books.lists.len(),
        books.votes.len(),
    ];
    let money = |units| amount::show(units, data);
    let text = format!(
        "task {task}: {}\n  nodes       {}\n  stake pot   {}\n  bounty pot  {}, {} in both \
         beyond what is owed\n  paid        {}\n  open        {cycles} cycles, {submissions} \
         submissions, {lists} lists, {votes} votes",
        if violations.is_empty() {
            "the books balance"
        } else {
            "the books do not balance"
        },
        books.stakes.len(),
        money(books.stake_pot),
        money(books.bounty_pot),
        Unit::of(data).show(books.surplus()),
        money(books.bounty_paid()),
    );
    let pot = |address: Pubkey, amount: u64| json!({"address": address.to_string(), "amount": amount::exact(amount)});
    let facts = json!({
        "task": task.to_string(),
        "balances": violations.is_empty(),
        "violations": violations,
        "nodes": books.stakes.len(),
        "stake_pot": pot(address::stake_pot(&task), books.stake_pot),
        "bounty_pot": pot(address::bounty_pot(&task), books.bounty_pot),
        "surplus": books.surplus().to_string(),
        "bounty_paid": amount::exact(books.bounty_paid()),
        "open": {
            "cycles": cycles, "submissions": submissions, "lists": lists, "votes": votes,
        },
    });
    session.print(&text, &facts)?;
    if violations.is_empty() {
        return Ok(());
    }
    Err(Failure::Failed(format!(
        "the books of task {task} do not balance: {}",
        violations.join("; ")
    )))
}

/// The books at the first reading that balances, or at the last one.
fn read(session: &Session, task: Pubkey) -> Result<Books, Failure> {
    let mut look = 1;
    loop {
        // Explains the address if it is not a task's.
        session.task(task)?;
        let gone = || {
            Failure::Failed(format!(
                "task {task} was closed while it was read: nothing to check"
            ))
        };
        let books = Books::read(&session.ledger, &task)?.ok_or_else(gone)?;
        if look == LOOKS || books.violations().is_empty() {
            return Ok(books);
        }
        look += 1;
        wait_for_a_new_slot(session)?;
    }
}

fn wait_for_a_new_slot(session: &Session) -> Result<(), Failure> {
    let slot = session.ledger.slot()?;
    thread::sleep(PAUSE);
    while session.ledger.slot()? == slot {
        thread::sleep(PAUSE);
    }
    Ok(())
}
