//! `gradual stake park` and `resume`.

use super::{Left, stake_of};
use crate::cli::{Failure, amount, session::Session};
use clap::Args as ClapArgs;
use gradual_consensus::rules::warming::WARM_UP_ROUNDS;
use gradual_consensus_client::{instruction, ledger::Ledger};
use serde_json::json;
use solana_sdk::{pubkey::Pubkey, signature::Signer};

#[derive(ClapArgs)]
pub(super) struct Park {
    /// The task's address
    task: Pubkey,
    /// The node whose stake is idle [default: the key]
    #[arg(long, value_name = "ADDRESS")]
    node: Option<Pubkey>,
}

pub(super) fn park(session: &Session, args: &Park) -> Result<(), Failure> {
    let (key, task) = (session.key()?, session.task(args.task)?);
    let node = args.node.unwrap_or_else(|| key.pubkey());
    let amount = stake_of(session, &task, &node)?.stake.total();
    let now = task.data.current_round(session.ledger.slot()?);
    let until = now.saturating_add(WARM_UP_ROUNDS);
    let park = instruction::park_stake(task.address, node);
    let done = format!(
        "parked {} of node {node} in task {}: out of the electorate from round {until} on, unless it \
         resumes before; now is round {now}",
        amount::show(amount, &task.data),
        task.address
    );
    let facts = json!({
        "task": task.address.to_string(), "node": node.to_string(), "amount": amount::exact(amount),
        "inactive_from_round": until,
    });
    session.send(&[park], key, &done, facts)
}

pub(super) fn resume(session: &Session, args: &Left) -> Result<(), Failure> {
    let (key, task) = (session.key()?, session.task(args.task)?);
    let node = key.pubkey();
    let amount = stake_of(session, &task, &node)?.stake.parked;
    let now = task.data.current_round(session.ledger.slot()?);
    let from = now.saturating_add(WARM_UP_ROUNDS);
    let resume = instruction::resume_stake(task.address, node);
    let done = format!(
        "resumed {} in task {}: active from round {from} on, and until then as it was; now is round {now}",
        amount::show(amount, &task.data),
        task.address
    );
    let facts = json!({
        "task": task.address.to_string(), "node": node.to_string(), "amount": amount::exact(amount),
        "active_from_round": from,
    });
    session.send(&[resume], key, &done, facts)
}
