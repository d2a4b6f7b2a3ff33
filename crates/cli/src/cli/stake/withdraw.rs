//! `gradual withdraw`.

use super::{lock, own_stake};
use crate::cli::{
    Failure,
    amount::{self, Amount, Form, Unit},
    session::Session,
    wallet::Destination,
};
use clap::Args as ClapArgs;
use gradual_consensus_client::{
    instruction::{self, TaskTokens},
    ledger::Ledger,
};
use serde_json::json;
use solana_sdk::{pubkey::Pubkey, signature::Signer};
use std::str::FromStr;

#[derive(ClapArgs)]
pub(in crate::cli) struct Withdraw {
    /// The task's address
    task: Pubkey,
    /// How much, in tokens of the task's mint, or ALL
    amount: Part,
    #[command(flatten)]
    form: Form,
    #[command(flatten)]
    destination: Destination,
}

/// How much of a stake.
#[derive(Clone, Copy)]
enum Part {
    All,
    Some(Amount),
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "ALL" {
            return Ok(Self::All);
        }
        let amount = text.parse().map(Self::Some);
        amount.map_err(|error| format!("{error}, or ALL"))
    }
}

pub(in crate::cli) fn run(session: &Session, args: &Withdraw) -> Result<(), Failure> {
    let (key, task) = (session.key()?, session.task(args.task)?);
    let stake = own_stake(session, &task, key)?;
    let (node, tokens) = (key.pubkey(), TaskTokens::of(task.address, &task.data));
    let amount = match args.amount {
        Part::All => stake.stake.total(),
        Part::Some(amount) => args.form.units(amount, Unit::of(&task.data))?,
    };
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
        "task": task.address.to_string(), "node": node.to_string(), "amount": amount::exact(amount),
        "parked": amount::exact(parked),
    });
    session.send(&purse.around(withdraw), key, &done, facts)
}
