//! `gradual stake close`.

use super::{Left, own_stake};
use crate::cli::{Failure, session::Session};
use gradual_consensus_client::instruction;
use serde_json::json;
use solana_sdk::signature::Signer;

pub(super) fn run(session: &Session, args: &Left) -> Result<(), Failure> {
    let (key, task) = (session.key()?, session.task(args.task)?);
    let (node, payer) = (key.pubkey(), own_stake(session, &task, key)?.payer);
    let close = instruction::close_stake(task.address, node, payer, node);
    let done = format!(
        "closed the stake account in task {}; its rent went back to {payer}",
        task.address
    );
    let facts = json!({
        "task": task.address.to_string(), "node": node.to_string(),
        "rent_to": payer.to_string(),
    });
    session.send(&[close], key, &done, facts)
}
