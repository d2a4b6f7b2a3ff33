//! `gradual config manager`.

use super::show;
use crate::cli::{Failure, key::Key, session::Session};
use clap::{Args as ClapArgs, Subcommand};
use gradual_consensus_client::instruction;
use serde_json::json;
use solana_sdk::{pubkey::Pubkey, signature::Signer};

#[derive(Subcommand)]
pub(in crate::cli) enum Manager {
    /// Add a manager
    Add(Change),
    /// Remove a manager
    Remove(Change),
}

#[derive(ClapArgs)]
pub(in crate::cli) struct Change {
    /// The manager's address
    manager: Pubkey,
    /// Key of a second manager, named as for --keypair, who signs too; not needed while there is only one manager
    #[arg(long, value_name = "KEYPAIR")]
    second: Option<String>,
}

pub(super) fn run(session: &Session, command: &Manager) -> Result<(), Failure> {
    match command {
        Manager::Add(args) => change(session, args, true),
        Manager::Remove(args) => change(session, args, false),
    }
}

fn change(session: &Session, args: &Change, add: bool) -> Result<(), Failure> {
    let key = session.key()?;
    show::require(session)?;
    let second: Option<Key> = args
        .second
        .as_deref()
        .map(|source| session.read_key(source, "--second"))
        .transpose()?;
    let other = second.as_ref().map(Signer::pubkey);
    let (me, manager) = (key.pubkey(), args.manager);
    let (change, done) = if add {
        let insert = instruction::insert_manager(me, other, manager);
        (insert, format!("added manager {manager}"))
    } else {
        let remove = instruction::remove_manager(me, other, manager);
        (remove, format!("removed manager {manager}"))
    };
    let signers: Vec<&Key> = [key].into_iter().chain(&second).collect();
    let facts = json!({ "manager": manager.to_string(), "is_manager": add });
    session.send_signed(&[change], &signers, &done, facts)
}
