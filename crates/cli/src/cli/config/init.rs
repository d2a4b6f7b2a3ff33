//! `gradual config init`.

use super::show::{facts_of, find, text_of};
use crate::cli::{Failure, session::Session};
use clap::Args as ClapArgs;
use gradual_consensus_client::{address, instruction};
use serde_json::json;
use solana_sdk::{pubkey::Pubkey, signature::Signer};

#[derive(ClapArgs)]
pub(in crate::cli) struct Init {
    /// The first manager [default: the key]
    #[arg(long, value_name = "ADDRESS")]
    manager: Option<Pubkey>,
}

pub(super) fn run(session: &Session, args: &Init) -> Result<(), Failure> {
    let key = session.key()?;
    if let Some(config) = find(session)? {
        let text = format!(
            "the config exists already: nothing was sent\n{}",
            text_of(&config)
        );
        return session.report(&text, facts_of(&config), &[]);
    }
    let (me, manager) = (key.pubkey(), args.manager.unwrap_or_else(|| key.pubkey()));
    let init = instruction::initialize_config(me, me, manager);
    let facts = json!({
        "config": address::config().to_string(),
        "admin": me.to_string(),
        "managers": [manager.to_string()],
    });
    let done = format!("initialised the config: admin {me}, manager {manager}");
    session.send(&[init], key, &done, facts)
}
