//! `gradual config pause` and `resume`.

use super::show;
use crate::cli::{Failure, session::Session};
use gradual_consensus_client::instruction;
use serde_json::json;
use solana_sdk::signature::Signer;

pub(super) fn run(session: &Session, is_paused: bool) -> Result<(), Failure> {
    let key = session.key()?;
    show::require(session)?;
    let set = instruction::set_paused(key.pubkey(), is_paused);
    let done = if is_paused {
        "paused the program: no new tasks, stakes or cycles; everything that is open goes on"
    } else {
        "resumed the program"
    };
    session.send(&[set], key, done, json!({ "is_paused": is_paused }))
}
