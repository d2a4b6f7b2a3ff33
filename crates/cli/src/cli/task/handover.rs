//! `gradual task handover` and `accept`.

use crate::cli::{
    Failure,
    config::handover::{Offer, offered},
    session::Session,
};
use clap::Args as ClapArgs;
use gradual_consensus_client::instruction;
use serde_json::json;
use solana_sdk::{pubkey::Pubkey, signature::Signer};

#[derive(ClapArgs)]
pub(in crate::cli) struct Handover {
    /// The task's address
    task: Pubkey,
    #[command(flatten)]
    offer: Offer,
}

pub(super) fn offer(session: &Session, args: &Handover) -> Result<(), Failure> {
    let (key, task) = (session.key()?, session.task(args.task)?);
    let to = args.offer.to();
    let propose = instruction::propose_manager(task.address, key.pubkey(), to);
    let (done, pending) = offered(&format!("task {}", task.address), to);
    let facts = json!({ "task": task.address.to_string(), "pending_manager": pending });
    session.send(&[propose], key, &done, facts)
}

pub(super) fn accept(session: &Session, task: Pubkey) -> Result<(), Failure> {
    let (key, task) = (session.key()?, session.task(task)?);
    let manager = key.pubkey();
    let accept = instruction::accept_manager(task.address, manager);
    let done = format!("the manager of task {} is {manager} now", task.address);
    let facts = json!({ "task": task.address.to_string(), "manager": manager.to_string() });
    session.send(&[accept], key, &done, facts)
}
