//! `gradual stake list`.

use super::balance::stake_text;
use crate::cli::{Failure, amount, session::Session};
use clap::Args as ClapArgs;
use gradual_consensus_client::ledger::Ledger;
use gradual_consensus_node::status::{Staked, stakes_of};
use serde_json::{Value, json};
use solana_sdk::{pubkey::Pubkey, signature::Signer};

#[derive(ClapArgs)]
pub(super) struct List {
    /// The node [default: the key]
    #[arg(long, value_name = "ADDRESS")]
    node: Option<Pubkey>,
}

impl List {
    /// Whether the command needs a key.
    pub(super) const fn signs(&self) -> bool {
        self.node.is_none()
    }
}

pub(super) fn run(session: &Session, args: &List) -> Result<(), Failure> {
    let node = match args.node {
        Some(node) => node,
        None => session.key()?.pubkey(),
    };
    let staked = stakes_of(&session.ledger, &node)?;
    let slot = session.ledger.slot()?;
    let mut lines = vec![match staked.len() {
        0 => format!("node {node} has no stake in any task: see gradual task list"),
        1 => format!("node {node} has a stake in 1 task"),
        count => format!("node {node} has stakes in {count} tasks"),
    }];
    lines.extend(staked.iter().map(|staked| text(staked, slot)));
    let facts: Vec<Value> = staked.iter().map(|staked| facts_of(staked, slot)).collect();
    let facts = json!({ "node": node.to_string(), "slot": slot, "stakes": facts });
    session.print(&lines.join("\n"), &facts)
}

fn text(Staked { task, stake }: &Staked, slot: u64) -> String {
    let timeline = stake.stake.at(task.data.current_round(slot));
    format!(
        "  task {}\n    stake {}\n    rewards {} to claim, slashed {}",
        task.address,
        stake_text(&timeline, stake, &task.data),
        amount::show(stake.available_balance, &task.data),
        amount::show(stake.slashed, &task.data),
    )
}

fn facts_of(Staked { task, stake }: &Staked, slot: u64) -> Value {
    let timeline = stake.stake.at(task.data.current_round(slot));
    json!({
        "task": task.address.to_string(), "node": stake.node.to_string(),
        "mint": task.data.mint.to_string(), "is_active": task.data.is_active(),
        "stake": amount::exact(timeline.total()), "active": amount::exact(timeline.active()), "parked": amount::exact(timeline.parked),
        "minimum_stake_amount": amount::exact(task.data.minimum_stake_amount),
        "available_balance": amount::exact(stake.available_balance), "slashed": amount::exact(stake.slashed),
        "locked_until_slot": stake.locked_until_slot, "open_accounts": stake.open_accounts,
    })
}
