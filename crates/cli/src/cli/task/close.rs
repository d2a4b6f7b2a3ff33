//! `gradual task close`.

use crate::cli::{Failure, amount, session::Session, wallet::Destination};
use clap::Args as ClapArgs;
use gradual_consensus_client::instruction::{self, TaskTokens};
use serde_json::json;
use solana_sdk::{pubkey::Pubkey, signature::Signer};

#[derive(ClapArgs)]
pub(in crate::cli) struct Close {
    /// The task's address
    task: Pubkey,
    #[command(flatten)]
    destination: Destination,
}

pub(super) fn run(session: &Session, args: &Close) -> Result<(), Failure> {
    let (key, task) = (session.key()?, session.task(args.task)?);
    let tokens = TaskTokens::of(task.address, &task.data);
    let purse = args.destination.purse(session, &key.pubkey(), &tokens)?;
    let close = instruction::close_task(task.address, &task.data, key.pubkey(), purse.account);
    let done = format!(
        "closed task {} and took {} of its bounty; its rent went back to {}",
        task.address,
        amount::show(task.data.bounty_available, &task.data),
        task.data.creator
    );
    let facts = json!({
        "task": task.address.to_string(), "bounty": amount::exact(task.data.bounty_available),
        "rent_to": task.data.creator.to_string(),
    });
    session.send(&purse.around(close), key, &done, facts)
}
