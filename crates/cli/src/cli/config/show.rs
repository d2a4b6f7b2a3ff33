//! `gradual config show`, and the config as every command of this room reads it.

use crate::cli::{Failure, session::Session};
use gradual_consensus::state::Config;
use gradual_consensus_client::address;
use serde_json::{Value, json};
use solana_sdk::pubkey::Pubkey;

/// The config, if the program has one.
pub(super) fn find(session: &Session) -> Result<Option<Config>, Failure> {
    session.fetch(&address::config())
}

/// The config.
///
/// # Errors
/// Bad input: the program has none. Or the ledger's.
pub(super) fn require(session: &Session) -> Result<Config, Failure> {
    find(session)?.ok_or_else(|| {
        Failure::Usage(format!(
            "the program has no config on {} yet: run gradual config init with the key of the upgrade authority",
            session.ledger.place()
        ))
    })
}

pub(super) fn run(session: &Session) -> Result<(), Failure> {
    let config = require(session)?;
    session.print(&text_of(&config), &facts_of(&config))
}

/// A config for people.
pub(super) fn text_of(config: &Config) -> String {
    let state = if config.is_paused() {
        "paused: no new tasks, stakes or cycles"
    } else {
        "running"
    };
    let mut lines = vec![
        format!("config {}, {state}", address::config()),
        format!("  admin              {}", config.admin),
    ];
    if config.pending_admin != Pubkey::default() {
        lines.push(format!("  offered to         {}", config.pending_admin));
    }
    let managers = config.managers().iter();
    lines.extend(managers.map(|manager| format!("  manager            {manager}")));
    lines.join("\n")
}

/// A config for programs.
pub(super) fn facts_of(config: &Config) -> Value {
    let pending = (config.pending_admin != Pubkey::default()).then_some(config.pending_admin);
    let managers: Vec<String> = config.managers().iter().map(Pubkey::to_string).collect();
    json!({
        "config": address::config().to_string(),
        "admin": config.admin.to_string(),
        "pending_admin": pending.map(|admin| admin.to_string()),
        "managers": managers,
        "is_paused": config.is_paused(),
    })
}
