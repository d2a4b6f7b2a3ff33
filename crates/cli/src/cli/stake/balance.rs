//! `gradual balance`.

use super::{lock, stake_of};
use crate::cli::{Failure, amount, session::Session};
use clap::Args as ClapArgs;
use gradual_consensus::{
    rules::warming::StakeTimeline,
    state::{NodeStake, Task},
};
use gradual_consensus_client::ledger::Ledger;
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
    let stake = stake_of(session, &task, &node)?;
    let slot = session.ledger.slot()?;
    let timeline = stake.stake.at(task.data.current_round(slot));
    let money = |units| amount::show(units, &task.data);
    let locked = lock::held_by(&stake, &task.data, slot);
    let text = format!(
        "node {node} in task {}\n  stake      {}\n  lock       {}\n             {}\n  rewards    {} to claim, \
         {} earned\n  slashed    {}",
        task.address,
        stake_text(&timeline, &stake, &task.data),
        locked.as_deref().unwrap_or("not locked"),
        lock::how_to_leave(&task.data),
        money(stake.available_balance),
        money(stake.earned),
        money(stake.slashed),
    );
    let facts = json!({
        "task": task.address.to_string(), "node": node.to_string(), "slot": slot,
        "stake": amount::exact(timeline.total()), "active": amount::exact(timeline.active()),
        "active_next": amount::exact(timeline.active_next()),
        "parked": amount::exact(timeline.parked), "last_active_round": stake.last_active_round,
        "locked_until_slot": stake.locked_until_slot,
        "rounds_to_leave": lock::rounds_to_leave(&task.data),
        "open_audits": stake.open_audits, "open_challenges": stake.open_challenges,
        "available_balance": amount::exact(stake.available_balance),
        "earned": amount::exact(stake.earned), "slashed": amount::exact(stake.slashed),
        "endpoint": stake.endpoint(),
    });
    session.print(&text, &facts)
}

/// The stake, as it is now and will be.
pub(in crate::cli) fn stake_text(
    timeline: &StakeTimeline,
    stake: &NodeStake,
    task: &Task,
) -> String {
    let money = |units| amount::show(units, task);
    let mut text = format!(
        "{}, active {}, in the next round {}",
        money(timeline.total()),
        money(timeline.active()),
        money(timeline.active_next())
    );
    if timeline.is_parked() {
        text.push_str(&format!(
            ", PARKED {}: resume it with gradual stake resume, or withdraw it",
            money(timeline.parked)
        ));
    } else if task.idle_rounds > 0 && timeline.total() > 0 {
        let idle_until = stake.last_active_round.saturating_add(task.idle_rounds);
        text.push_str(&format!(
            "; may be parked after round {idle_until} without an act"
        ));
    }
    text
}
