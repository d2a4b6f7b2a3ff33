//! `gradual claim`.

use super::own_stake;
use crate::cli::{Failure, amount, session::Session, wallet::Destination};
use clap::Args as ClapArgs;
use gradual_consensus_client::instruction::{self, TaskTokens};
use serde_json::json;
use solana_sdk::{pubkey::Pubkey, signature::Signer};

#[derive(ClapArgs)]
pub(in crate::cli) struct Claim {
    /// The task's address
    task: Pubkey,
    #[command(flatten)]
    destination: Destination,
}

pub(in crate::cli) fn run(session: &Session, args: &Claim) -> Result<(), Failure> {
    let (key, task) = (session.key()?, session.task(args.task)?);
    let amount = own_stake(session, &task, key)?.available_balance;
    let (node, tokens) = (key.pubkey(), TaskTokens::of(task.address, &task.data));
    let purse = args.destination.purse(session, &node, &tokens)?;
    let claim = instruction::claim_reward(tokens, node, purse.account);
    let done = format!(
        "claimed {} from task {}",
        amount::show(amount, &task.data),
        task.address
    );
    let facts = json!({
        "task": task.address.to_string(), "node": node.to_string(), "amount": amount::exact(amount),
    });
    session.send(&purse.around(claim), key, &done, facts)
}
