//! `gradual task activate` and `deactivate`.

use crate::cli::{Failure, session::Session};
use gradual_consensus_client::instruction;
use serde_json::json;
use solana_sdk::{pubkey::Pubkey, signature::Signer};

pub(super) fn run(session: &Session, task: Pubkey, is_active: bool) -> Result<(), Failure> {
    let (key, task) = (session.key()?, session.task(task)?);
    let set = instruction::set_active(task.address, key.pubkey(), is_active);
    let done = if is_active {
        format!("activated task {}", task.address)
    } else {
        format!(
            "deactivated task {}: no more stakes, and no more cycles are opened; what is open goes on",
            task.address
        )
    };
    let facts = json!({ "task": task.address.to_string(), "is_active": is_active });
    session.send(&[set], key, &done, facts)
}
