//! `gradual node status`.

use crate::cli::{
    Failure,
    amount::{self, Unit},
    fees::Fees,
    pace,
    session::Session,
    stake::{balance::stake_text, lock},
};
use clap::Args as ClapArgs;
use gradual_consensus_client::address;
use gradual_consensus_node::status::{Handed, HandedIn, NodeStatus, Upkeep, stakes_of};
use serde_json::{Value, json};
use solana_sdk::{pubkey::Pubkey, signature::Signer};

#[derive(ClapArgs)]
pub(in crate::cli) struct StatusArgs {
    /// The task's address [default: every task in which the node has a stake]
    task: Option<Pubkey>,
    /// The node [default: the key]
    #[arg(long, value_name = "ADDRESS")]
    node: Option<Pubkey>,
}

impl StatusArgs {
    /// Whether the command needs a key.
    pub(super) const fn signs(&self) -> bool {
        self.node.is_none()
    }
}

pub(super) fn run(session: &Session, args: &StatusArgs) -> Result<(), Failure> {
    let node = match args.node {
        Some(node) => node,
        None => session.key()?.pubkey(),
    };
    let all = read(session, args.task, &node)?;
    // A cluster that does not tell its fees costs no more than that part of the answer.
    let written: Vec<Pubkey> = [node]
        .into_iter()
        .chain(
            all.iter()
                .map(|one| address::node_stake(&one.task.address, &node)),
        )
        .collect();
    let price = Fees::now(&session.ledger, &written).map_or(0, |fees| fees.paid);
    let upkeep = Upkeep::at(price);
    let lamports = all.first().map_or(0, |status| status.lamports);
    let tasks = u64::try_from(all.len()).unwrap_or(u64::MAX).max(1);
    let rounds = upkeep.rounds(lamports.checked_div(tasks).unwrap_or_default());
    let mut lines = vec![format!("node {node}")];
    if all.is_empty() {
        lines.push("  it has no stake in any task: stake with gradual stake TASK AMOUNT".into());
    } else {
        lines.push(format!(
            "  SOL        {} for fees and rent: about {rounds} rounds of {}",
            Unit::SOL.show(lamports),
            if tasks == 1 {
                "its task".into()
            } else {
                format!("each of {tasks} tasks")
            }
        ));
    }
    lines.extend(all.iter().map(text));
    let facts: Vec<Value> = all.iter().map(facts_of).collect();
    let facts = json!({
        "node": node.to_string(), "lamports": amount::exact(lamports), "sol_rounds": rounds,
        "compute_unit_price": price, "tasks": facts,
    });
    session.print(&lines.join("\n"), &facts)
}

fn read(
    session: &Session,
    task: Option<Pubkey>,
    node: &Pubkey,
) -> Result<Vec<NodeStatus>, Failure> {
    let Some(task) = task else {
        let staked = stakes_of(&session.ledger, node)?;
        let read = staked
            .iter()
            .map(|staked| NodeStatus::read(&session.ledger, staked));
        return Ok(read.collect::<Result<_, _>>()?);
    };
    // Says what is wrong with the address, if something is.
    session.task(task)?;
    let found = NodeStatus::find(&session.ledger, &task, node)?;
    found.map(|status| vec![status]).ok_or_else(|| {
        Failure::Usage(format!(
            "{node} has no stake in task {task}: check --keypair or --node, or stake first"
        ))
    })
}

fn text(status: &NodeStatus) -> String {
    let (task, stake) = (&status.task.data, &status.stake);
    let money = |units| amount::show(units, task);
    let timeline = stake.stake.at(status.round);
    let mut rows = vec![
        ("state", state(status)),
        ("stake", stake_text(&timeline, stake, task)),
        (
            "lock",
            lock::held_by(stake, task, status.slot).unwrap_or_else(|| "not locked".into()),
        ),
        (
            "rewards",
            format!(
                "{} to claim; {} earned, {} claimed, {} compounded",
                money(stake.available_balance),
                money(stake.earned),
                money(stake.claimed),
                money(stake.compounded)
            ),
        ),
        ("slashed", slashed(status)),
        (
            "accounts",
            format!(
                "{} open, {} audits, {} challenges; last act in round {}",
                stake.open_accounts,
                stake.open_audits,
                stake.open_challenges,
                stake.last_active_round
            ),
        ),
    ];
    let cycles = status.handed_in.iter().rev();
    rows.extend(cycles.map(|cycle| ("cycle", cycle_text(cycle))));
    if status.handed_in.is_empty() {
        rows.push(("cycle", "nothing handed in for any open cycle".into()));
    }
    let rows: Vec<String> = rows
        .iter()
        .map(|(name, value)| format!("    {name:<10} {value}"))
        .collect();
    format!(
        "  task {}, round {} at slot {}\n{}",
        status.task.address,
        status.round,
        status.slot,
        rows.join("\n")
    )
}

/// Whether the node takes part, and if not, why and from when on.
fn state(status: &NodeStatus) -> String {
    let (task, round) = (&status.task.data, status.round);
    let counts = |round| task.weight_in(&status.stake.stake, round).is_some();
    let wait = |rounds| pace::rounds(rounds, task.schedule.round_time);
    if status.stake.stake.is_parked() {
        return "PARKED: a running node resumes it by itself".into();
    }
    if counts(round) {
        return "active".into();
    }
    for ahead in 1..=2u64 {
        if counts(round.saturating_add(ahead)) {
            return format!("warming up: active in {}", wait(ahead));
        }
    }
    "BELOW THE MINIMUM: the node takes no part until more is staked".into()
}

fn slashed(status: &NodeStatus) -> String {
    let money = |units| amount::show(units, &status.task.data);
    let (all, open) = (status.stake.slashed, status.slashed_in_open_cycles());
    if open == 0 {
        return format!("{} in all", money(all));
    }
    format!(
        "{} in all, {} of it in open cycles",
        money(all),
        money(open)
    )
}

fn cycle_text(cycle: &HandedIn) -> String {
    let told = |what: &str, handed: Option<Handed>| {
        handed.map(|handed| {
            let status = format!("{:?}", handed.status).to_lowercase();
            format!(
                "{what} at slot {}, {status}, {}",
                handed.slot, handed.address
            )
        })
    };
    let parts = [
        told("submission", cycle.submission),
        told("list", cycle.list),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    format!("{}: {}", cycle.cycle, parts.join("; "))
}

fn facts_of(status: &NodeStatus) -> Value {
    let (task, stake) = (&status.task.data, &status.stake);
    let timeline = stake.stake.at(status.round);
    let handed = |handed: Option<Handed>| {
        handed.map(|handed| {
            json!({
                "address": handed.address.to_string(), "slot": handed.slot,
                "status": format!("{:?}", handed.status).to_lowercase(), "slashed": amount::exact(handed.slashed),
            })
        })
    };
    let cycles: Vec<Value> = status
        .handed_in
        .iter()
        .map(|cycle| {
            json!({
                "cycle": cycle.cycle, "submission": handed(cycle.submission),
                "list": handed(cycle.list),
            })
        })
        .collect();
    json!({
        "task": status.task.address.to_string(), "slot": status.slot, "round": status.round,
        "stake": amount::exact(timeline.total()), "active": amount::exact(timeline.active()),
        "active_next": amount::exact(timeline.active_next()), "parked": amount::exact(timeline.parked),
        "minimum_stake_amount": amount::exact(task.minimum_stake_amount),
        "locked_until_slot": stake.locked_until_slot, "open_accounts": stake.open_accounts,
        "open_audits": stake.open_audits, "open_challenges": stake.open_challenges,
        "last_active_round": stake.last_active_round,
        "available_balance": amount::exact(stake.available_balance), "earned": amount::exact(stake.earned),
        "claimed": amount::exact(stake.claimed), "compounded": amount::exact(stake.compounded), "slashed": amount::exact(stake.slashed),
        "slashed_in_open_cycles": amount::exact(status.slashed_in_open_cycles()), "cycles": cycles,
    })
}
