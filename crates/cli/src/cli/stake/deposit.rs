//! `gradual stake TASK AMOUNT`.

use super::StakeArgs;
use crate::cli::{
    Failure,
    amount::{self, Amount, Unit},
    session::Session,
};
use gradual_consensus_client::{
    address,
    instruction::{self, TaskTokens},
};
use serde_json::json;
use solana_sdk::{pubkey::Pubkey, signature::Signer};

pub(super) fn run(
    session: &Session,
    args: &StakeArgs,
    task: Pubkey,
    amount: Amount,
) -> Result<(), Failure> {
    let (key, task) = (session.key()?, session.task(task)?);
    let amount = args.form.units(amount, Unit::of(&task.data))?;
    let (node, tokens) = (key.pubkey(), TaskTokens::of(task.address, &task.data));
    let purse = args.source.purse(session, &node, &tokens, amount)?;
    let endpoint = args.endpoint.clone();
    let stake = instruction::stake(tokens, node, node, purse.account, amount, endpoint);
    let done = format!(
        "staked {} in task {}: active two rounds ahead",
        amount::show(amount, &task.data),
        task.address
    );
    let facts = json!({
        "task": task.address.to_string(), "node": node.to_string(), "amount": amount::exact(amount),
        "stake": address::node_stake(&task.address, &node).to_string(),
    });
    session.send(&purse.around(stake), key, &done, facts)
}
