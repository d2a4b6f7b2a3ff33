//! `gradual config allowlist`.

use crate::cli::{Failure, session::Session};
use clap::Args as ClapArgs;
use gradual_consensus_client::instruction;
use serde_json::json;
use solana_sdk::{pubkey::Pubkey, signature::Signer};

#[derive(ClapArgs)]
pub(in crate::cli) struct Allowlist {
    /// The task's address
    task: Pubkey,
    /// Take it off the allowlist
    #[arg(long)]
    remove: bool,
}

pub(super) fn run(session: &Session, args: &Allowlist) -> Result<(), Failure> {
    let (key, task) = (session.key()?, session.task(args.task)?);
    let allowlist = instruction::allowlist_task(task.address, key.pubkey(), !args.remove);
    let done = if args.remove {
        format!("took task {} off the allowlist", task.address)
    } else {
        format!("allowlisted task {}", task.address)
    };
    let facts = json!({ "task": task.address.to_string(), "is_allowlisted": !args.remove });
    session.send(&[allowlist], key, &done, facts)
}
