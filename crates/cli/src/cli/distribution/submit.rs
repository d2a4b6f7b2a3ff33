//! `gradual list submit`.

use super::{cycle_of, entries::Entries};
use crate::cli::{Failure, amount, session::Session};
use clap::Args as ClapArgs;
use gradual_consensus::rules::schedule::distribution_round;
use gradual_consensus_client::{address, instruction, ledger::Ledger};
use serde_json::json;
use solana_sdk::{pubkey::Pubkey, signature::Signer};

#[derive(ClapArgs)]
pub(in crate::cli) struct Submit {
    /// The task's address
    task: Pubkey,
    /// The cycle [default: the one whose first list is due in this round]
    #[arg(long)]
    cycle: Option<u64>,
    /// Where people can read the list, at most 64 bytes
    #[arg(long, default_value = "", hide_default_value = true)]
    uri: String,
    #[command(flatten)]
    entries: Entries,
}

pub(super) fn run(session: &Session, args: &Submit) -> Result<(), Failure> {
    let (key, task) = (session.key()?, session.task(args.task)?);
    args.entries.require_for(&task)?;
    let now = task.data.current_round(session.ledger.slot()?);
    let number = args
        .cycle
        .or_else(|| now.checked_sub(2))
        .unwrap_or_default();
    let attempt = distribution_round(number, 0).and_then(|first| now.checked_sub(first));
    let attempt = attempt.ok_or_else(|| {
        Failure::Usage(format!(
            "no list of cycle {number} is due yet: now is round {now}, wait for round {}",
            number.saturating_add(2)
        ))
    })?;
    let attempt = u8::try_from(attempt).map_err(|_| {
        Failure::Usage(format!("every attempt at a list of cycle {number} is over"))
    })?;
    let cycle = cycle_of(session, &task, number)?;
    let made = args.entries.build(session, &task, &cycle)?;
    if let Some(fault) = made.fault {
        return Err(Failure::Usage(fault));
    }
    let mut proposal = made.list.proposal().ok_or_else(|| {
        Failure::Usage("the list's amounts do not fit into 64 bits: use smaller ones".into())
    })?;
    proposal.uri.clone_from(&args.uri);
    let (total, count, node) = (proposal.total, proposal.count, key.pubkey());
    let list = address::list(&cycle.account.address, attempt);
    let submit =
        instruction::submit_distribution_list(task.address, number, attempt, node, node, proposal);
    let done = format!(
        "proposed list {list} for cycle {number}, attempt {attempt}: {} to {} nodes",
        amount::show(total, &task.data),
        count
    );
    let facts = json!({
        "task": task.address.to_string(), "cycle": number, "attempt": attempt,
        "list": list.to_string(), "total": amount::exact(total), "count": count,
    });
    session.send(&[submit], key, &done, facts)
}
