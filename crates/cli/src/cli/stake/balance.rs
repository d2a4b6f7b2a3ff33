//! `gradual balance`.

use crate::cli::{Failure, amount, session::Session};
use clap::Args as ClapArgs;
use gradual_consensus::state::NodeStake;
use gradual_consensus_client::{account, address, ledger::Ledger};
use serde_json::json;
use solana_sdk::{pubkey::Pubkey, signature::Signer};

#[derive(ClapArgs)]
pub(in crate::cli) struct Balance {
    /// The task's address
    task: Pubkey,
    /// The node [default: the key]
    #[arg(long, value_name = "ADDRESS")]
    node: Option<Pubkey>,
}

pub(in crate::cli) fn run(session: &Session, args: &Balance) -> Result<(), Failure> {
    let task = session.task(args.task)?;
    let node = match args.node {
        Some(node) => node,
        None => session.key()?.pubkey(),
    };
    let address = address::node_stake(&task.address, &node);
    let stake: NodeStake = account::fetch(&session.ledger, &address)?
        .ok_or_else(|| Failure::Usage(format!("{node} has no stake in task {}", task.address)))?;
    let slot = session.ledger.slot()?;
    let mut timeline = stake.stake;
    timeline.roll_to(task.data.current_round(slot));
    let (active, total) = (timeline.active(), timeline.total());
    let money = |units| amount::show(units, &task.data);
    let locked = if stake.open_audits > 0 {
        "held by an open audit".to_owned()
    } else if slot < stake.locked_until_slot {
        format!("locked until slot {}, now {slot}", stake.locked_until_slot)
    } else {
        "not locked".to_owned()
    };
    let text = format!(
        "node {node} in task {}\n  stake      {}, active {}, {locked}\n  rewards    {} to claim, {} earned\n  slashed    {}",
        task.address,
        money(total),
        money(active),
        money(stake.available_balance),
        money(stake.earned),
        money(stake.slashed),
    );
    let facts = json!({
        "task": task.address.to_string(), "node": node.to_string(), "slot": slot,
        "stake": total, "active": active, "locked_until_slot": stake.locked_until_slot,
        "open_audits": stake.open_audits, "available_balance": stake.available_balance,
        "earned": stake.earned, "slashed": stake.slashed, "endpoint": stake.endpoint(),
    });
    session.print(&text, &facts)
}
