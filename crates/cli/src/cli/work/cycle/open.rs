//! `gradual cycle open`.

use crate::cli::{Failure, amount, session::Session};
use clap::Args as ClapArgs;
use gradual_consensus::state::Cycle;
use gradual_consensus_client::{account, address, instruction, ledger::Ledger};
use serde_json::json;
use solana_sdk::{pubkey::Pubkey, signature::Signer};

#[derive(ClapArgs)]
pub(in crate::cli) struct Open {
    /// The task's address
    task: Pubkey,
    /// The cycle [default: the one whose work round this is]
    #[arg(long)]
    cycle: Option<u64>,
}

pub(super) fn run(session: &Session, args: &Open) -> Result<(), Failure> {
    let (key, task) = (session.key()?, session.task(args.task)?);
    let number = match args.cycle {
        Some(number) => number,
        None => {
            let (slot, schedule) = (session.ledger.slot()?, &task.data.schedule);
            schedule.round_at(slot).ok_or_else(|| {
                Failure::Usage(format!(
                    "no cycle can be opened before the task starts: wait for slot {}, now {slot}",
                    schedule.starting_slot
                ))
            })?
        }
    };
    let (node, cycle) = (key.pubkey(), address::cycle(&task.address, number));
    let found: Option<Cycle> = account::fetch(&session.ledger, &cycle)?;
    let (opener, bounty) = found.map_or((node, task.data.bounty_amount_per_round), |cycle| {
        (cycle.opener, cycle.bounty)
    });
    let facts = json!({
        "task": task.address.to_string(), "cycle": number, "address": cycle.to_string(),
        "opener": opener.to_string(), "bounty": amount::exact(bounty),
    });
    if found.is_some() {
        let text = format!("cycle {number} is open already: {cycle}, opened by {opener}");
        return session.report(&text, facts, &[]);
    }
    let open = instruction::open_cycle(task.address, node, node, number);
    let done = format!(
        "opened cycle {number} with a bounty of {}: {cycle}\n  proofs are submitted in round {}",
        amount::show(bounty, &task.data),
        number.saturating_add(1)
    );
    session.send(&[open], key, &done, facts)
}
