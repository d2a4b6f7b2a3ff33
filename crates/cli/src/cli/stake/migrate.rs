//! `gradual stake migrate`.

use super::{Left, own_stake};
use crate::cli::{Failure, amount, session::Session};
use gradual_consensus_client::{
    address,
    instruction::{self, TaskTokens},
};
use serde_json::json;
use solana_sdk::signature::Signer;

pub(super) fn run(session: &Session, args: &Left) -> Result<(), Failure> {
    let (key, task) = (session.key()?, session.task(args.task)?);
    let successor = task.data.migrated_to;
    if !task.data.has_migrated() {
        return Err(Failure::Usage(format!(
            "task {} has no successor: wait until its manager has migrated it",
            task.address
        )));
    }
    let amount = own_stake(session, &task, key)?.stake.total();
    let (node, tokens) = (key.pubkey(), TaskTokens::of(task.address, &task.data));
    let migrate = instruction::migrate_stake(tokens, successor, node, node);
    let done = format!(
        "moved {} from task {} to its successor {successor}: a deposit made there now, active two rounds \
         ahead",
        amount::show(amount, &task.data),
        task.address
    );
    let facts = json!({
        "task": task.address.to_string(), "successor": successor.to_string(),
        "node": node.to_string(), "amount": amount::exact(amount),
        "stake": address::node_stake(&successor, &node).to_string(),
    });
    session.send(&[migrate], key, &done, facts)
}
