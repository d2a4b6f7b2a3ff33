//! What the command reads from files and shows of accounts, for the crate `gradual-consensus-fuzz`: no file is
//! opened, nothing is printed, and what is refused is told in the words of the command.

use super::{Failure, amount::Form, distribution::entries, key, node::plan, settings, task::show};
use gradual_consensus::state::{Task, TaskMetadata};
use gradual_consensus_client::{account::Keyed, amount::Unit};
use gradual_consensus_node::runner::CycleView;
use solana_sdk::{pubkey::Pubkey, signature::Keypair};

/// The list in a file of entries with these `bytes`, for `cycle` of a task that is paid in `unit`.
///
/// # Errors
/// Why the file holds no list, or no node may propose it.
pub fn list(
    bytes: &[u8],
    base_units: bool,
    unit: Unit,
    cycle: &CycleView,
    quorum_bps: u16,
) -> Result<Vec<(Pubkey, u64)>, String> {
    let lines = entries::file::parse(bytes, unit, Form { base_units })?;
    match entries::fault(&lines, unit, cycle, quorum_bps) {
        Some(fault) => Err(fault),
        None => Ok(lines.iter().map(|line| (line.node, line.amount)).collect()),
    }
}

/// The RPC address and the place of the key in the solana CLI's config with this `text`.
///
/// # Errors
/// What is wrong with it.
pub fn config(text: &str) -> Result<(String, String), String> {
    let settings = settings::in_config(text).map_err(Failure::said)?;
    Ok((settings.url, settings.keypair.source))
}

/// Checks a file of nodes with this `text`, as far as that reads no other file.
///
/// # Errors
/// What is wrong with it.
pub fn nodes(text: &str) -> Result<(), String> {
    plan::look(text, &settings::in_config("").map_err(Failure::said)?)
}

/// The key in a key file with this `text`.
pub fn key(text: &str) -> Option<Keypair> {
    key::in_text(text)
}

/// What `gradual task show` prints of `task` at `slot`, line by line, and as JSON.
pub fn task(
    task: &Keyed<Task>,
    texts: Option<&TaskMetadata>,
    slot: u64,
) -> (Vec<String>, serde_json::Value) {
    let lines = show::lines_of(task, texts, slot);
    (lines, show::facts_of(task, texts, slot))
}
