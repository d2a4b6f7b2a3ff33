//! `gradual task migrate`.

use crate::cli::{Failure, amount, session::Session};
use clap::Args as ClapArgs;
use gradual_consensus_client::instruction::{self, TaskTokens};
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
    let data = &task.data;
    let (amount, reserved) = (data.bounty_available, data.bounty_reserved);
    let tokens = TaskTokens::of(task.address, data);
    let migrate = instruction::migrate_task(tokens, successor, key.pubkey());
    let mut done = format!(
        "moved task {} to {successor} with all of its available bounty, {}",
        task.address,
        amount::show(amount, data)
    );
    if reserved > 0 {
        done.push_str(&format!(
            "\n  {} are set aside for open cycles, which go on: run this again when they are closed, to \
             move what they give back",
            amount::show(reserved, data)
        ));
    }
    let facts = json!({
        "task": task.address.to_string(), "successor": successor.to_string(),
        "amount": amount::exact(amount), "reserved": amount::exact(reserved),
    });
    session.send(&[migrate], key, &done, facts)
}
