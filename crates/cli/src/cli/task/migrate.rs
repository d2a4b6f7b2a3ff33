//! `gradual task migrate`.

use crate::cli::{Failure, amount, session::Session};
use clap::Args as ClapArgs;
use gradual_consensus_client::{
    instruction::{self, TaskTokens},
    ledger::Ledger,
};
use serde_json::json;
use solana_sdk::{pubkey::Pubkey, signature::Signer};

#[derive(ClapArgs)]
pub(in crate::cli) struct Migrate {
    /// The task's address
    task: Pubkey,
    /// Its successor: another task of the same mint, created by this one's creator or manager
    #[arg(long, value_name = "TASK")]
    to: Pubkey,
}

pub(super) fn run(session: &Session, args: &Migrate) -> Result<(), Failure> {
    let (key, task) = (session.key()?, session.task(args.task)?);
    let successor = session.task(args.to)?.address;
    let mut data = task.data;
    let slot = session.ledger.slot()?;
    if !data.has_migrated() {
        data.migrated_in_round = data.current_round(slot);
    }
    let amount = data.free_bounty(slot);
    let kept = data.bounty_available.saturating_sub(amount);
    let tokens = TaskTokens::of(task.address, &task.data);
    let migrate = instruction::migrate_task(tokens, successor, key.pubkey());
    let mut done = format!(
        "moved task {} to {successor} with {} of its bounty",
        task.address,
        amount::show(amount, &data)
    );
    if kept > 0 {
        done.push_str(&format!(
            "\n  {} stay for unfinished cycles: run this again when they have ended",
            amount::show(kept, &data)
        ));
    }
    let facts = json!({
        "task": task.address.to_string(), "successor": successor.to_string(),
        "amount": amount, "kept": kept,
    });
    session.send(&[migrate], key, &done, facts)
}
