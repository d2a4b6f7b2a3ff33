//! `gradual withdraw`.

use super::{lock, own_stake};
use crate::cli::{Failure, amount, json, session::Session, wallet::Destination};
use clap::Args as ClapArgs;
use gradual_consensus_client::{
    instruction::{self, TaskTokens},
    ledger::Ledger,
};
use serde_json::json;
use solana_sdk::{pubkey::Pubkey, signature::Signer};

#[derive(ClapArgs)]
pub(in crate::cli) struct Withdraw {
    /// The task's address
    task: Pubkey,
    /// How much, in base units of the task's mint (with --sol: in SOL), or ALL
    amount: String,
    #[command(flatten)]
    destination: Destination,
}

pub(in crate::cli) fn run(session: &Session, args: &Withdraw) -> Result<(), Failure> {
    let amount = match args.amount.as_str() {
        "ALL" => None,
        text => Some(amount::parse(text, args.destination.sol)?),
    };
    let (key, task) = (session.key()?, session.task(args.task)?);
    let stake = own_stake(session, &task, key)?;
    let (node, tokens) = (key.pubkey(), TaskTokens::of(task.address, &task.data));
    let amount = amount.unwrap_or_else(|| stake.stake.total());
    let slot = session.ledger.slot()?;
    if let Some(held) = lock::held_by(&stake, &task.data, slot) {
        let leave = lock::how_to_leave(&task.data);
        return Err(Failure::Failed(format!("the stake is {held}; {leave}")));
    }
    let parked = stake.stake.parked.min(amount);
    let purse = args.destination.purse(session, &node, &tokens)?;
    let withdraw = instruction::withdraw(tokens, node, purse.account, amount);
    let done = format!(
        "withdrew {} from task {}{}",
        amount::show(amount, &task.data),
        task.address,
        if parked > 0 {
            ", which were parked"
        } else {
            ""
        }
    );
    let facts = json!({
        "task": task.address.to_string(), "node": node.to_string(), "amount": json::amount(amount),
        "parked": json::amount(parked),
    });
    session.send(&purse.around(withdraw), key, &done, facts)
}
