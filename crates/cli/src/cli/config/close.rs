//! `gradual config close`.

use super::show;
use crate::cli::{Failure, session::Session};
use gradual_consensus_client::instruction;
use serde_json::json;
use solana_sdk::signature::Signer;

pub(super) fn run(session: &Session) -> Result<(), Failure> {
    let key = session.key()?;
    let payer = show::require(session)?.payer;
    let close = instruction::close_config(key.pubkey(), payer);
    let done = format!("closed the config; its rent went back to {payer}");
    let facts = json!({ "rent_to": payer.to_string() });
    session.send(&[close], key, &done, facts)
}
