//! `gradual task show`.

use super::{concentration, create::hex, fund::rounds_left};
use crate::cli::{
    Failure, amount, pace,
    session::{FoundTask, Session},
};
use gradual_consensus::{
    VotingRule,
    state::{NodeStake, Task, TaskMetadata},
};
use gradual_consensus_client::{
    account::{self, Keyed},
    ledger::Ledger,
    text::one_line,
};
use serde_json::{Value, json};
use solana_sdk::pubkey::Pubkey;

pub(super) fn run(session: &Session, task: Pubkey) -> Result<(), Failure> {
    let task = session.task(task)?;
    let slot = session.ledger.slot()?;
    let texts = session.texts(&task.address)?;
    let mut lines = lines_of(&task, texts.as_ref(), slot);
    let warnings = warnings(session, &task, slot);
    let told = warnings.iter().flatten();
    lines.extend(told.map(|warning| format!("  warning            {warning}")));
    let mut facts = facts_of(&task, texts.as_ref(), slot);
    facts["warnings"] = warnings.into();
    session.print(&lines.join("\n"), &facts)
}

/// A task for people.
pub(in crate::cli) fn lines_of(
    task: &FoundTask,
    texts: Option<&TaskMetadata>,
    slot: u64,
) -> Vec<String> {
    let mut lines = vec![format!("task {}, {}", task.address, state(&task.data))];
    let mut rows: Vec<(&str, String)> = Vec::new();
    if let Some(texts) = texts {
        let texts = texts_of(texts).into_iter();
        rows.extend(texts.map(|(name, text)| (name, one_line(text, usize::MAX))));
    }
    rows.extend(people(&task.data));
    rows.extend(terms(&task.data, slot));
    let known = rows.iter().filter(|(_, value)| !value.is_empty());
    lines.extend(known.map(|(name, value)| format!("  {name:<18} {value}")));
    lines
}

/// What is wrong with how the stake is spread; `None` if the RPC does not list the nodes.
fn warnings(session: &Session, task: &FoundTask, slot: u64) -> Option<Vec<String>> {
    let of_task = account::of_task(&task.address);
    let stakes: Vec<Keyed<NodeStake>> = account::fetch_all(&session.ledger, of_task).ok()?;
    let stakes: Vec<NodeStake> = stakes.into_iter().map(|stake| stake.data).collect();
    Some(concentration::of(
        &task.data,
        &stakes,
        task.data.current_round(slot),
    ))
}

/// The task's addresses and its approval; a line without a value is left out.
fn people(data: &Task) -> Vec<(&'static str, String)> {
    let known = |key: Pubkey| {
        if key == Pubkey::default() {
            String::new()
        } else {
            key.to_string()
        }
    };
    let allowlisted = if data.is_allowlisted() {
        "by a manager of the config"
    } else {
        ""
    };
    vec![
        ("manager", data.manager.to_string()),
        ("offered to", known(data.pending_manager)),
        ("successor", known(data.migrated_to)),
        ("allowlisted", allowlisted.into()),
        ("mint", data.mint.to_string()),
    ]
}

/// Time, money and the rules of voting.
fn terms(data: &Task, slot: u64) -> Vec<(&'static str, String)> {
    let money = |units| amount::show(units, data);
    let schedule = &data.schedule;
    let round = match schedule.round_at(slot) {
        Some(round) => format!("{round} at slot {slot}"),
        None => format!("starts at slot {}, now {slot}", schedule.starting_slot),
    };
    let rounds = format!(
        "rounds of {} slots ({}) from slot {}: {} to hand in, {} to audit",
        schedule.round_time,
        pace::about(schedule.round_time),
        schedule.starting_slot,
        schedule.submission_window,
        schedule.audit_window
    );
    let bounty = format!(
        "{} available, {} set aside for open cycles; {} a cycle: {}",
        money(data.bounty_available),
        money(data.bounty_reserved),
        money(data.bounty_amount_per_round),
        rounds_left(data)
    );
    let stake = format!(
        "{} of {} nodes; minimum {}",
        money(data.total_stake),
        data.node_count,
        money(data.minimum_stake_amount)
    );
    let shares = format!(
        "{}, quorum {} bps, slash {} bps, false challenge {} bps, challenger {} bps, voters {} bps",
        match data.voting() {
            VotingRule::PerNode => "one a node",
            VotingRule::ByStake => "by stake",
        },
        data.quorum_bps,
        data.slash_bps,
        data.false_challenge_bps,
        data.challenger_bps,
        data.voter_bps
    );
    let lists = format!(
        "{} attempts may fail; payouts for {}",
        data.allowed_failed_distributions,
        pace::rounds(data.claim_window, schedule.round_time)
    );
    let pay = if data.equal_shares() {
        "equal shares; a failed cycle pays them without a list"
    } else {
        "by list; a failed cycle pays nobody"
    };
    let parking = match data.idle_rounds {
        0 => "never".into(),
        idle => format!(
            "after {} without an act",
            pace::rounds(idle, schedule.round_time)
        ),
    };
    vec![
        ("round", round),
        ("schedule", rounds),
        ("bounty", bounty),
        ("stake", stake),
        ("parking", parking),
        ("pay", pay.into()),
        ("votes", shares),
        ("lists", lists),
        ("terms hash", hex(&data.terms_hash)),
    ]
}

pub(super) fn state(task: &Task) -> &'static str {
    if task.is_active() {
        "active"
    } else if task.has_migrated() {
        "migrated"
    } else {
        "inactive"
    }
}

fn texts_of(texts: &TaskMetadata) -> [(&'static str, &str); 6] {
    [
        ("name", &texts.name),
        ("description", &texts.description),
        ("audit_program", &texts.audit_program),
        ("metadata", &texts.metadata),
        ("network", &texts.network),
        ("vars", &texts.vars),
    ]
}

/// A task for programs; amounts in base units.
pub(in crate::cli) fn facts_of(task: &FoundTask, texts: Option<&TaskMetadata>, slot: u64) -> Value {
    let data = &task.data;
    let schedule = &data.schedule;
    let texts: serde_json::Map<String, Value> = texts
        .iter()
        .flat_map(|texts| texts_of(texts))
        .map(|(name, text)| (name.to_owned(), text.into()))
        .collect();
    let known = |key: Pubkey| (key != Pubkey::default()).then(|| key.to_string());
    json!({
        "task": task.address.to_string(),
        "creator": data.creator.to_string(),
        "manager": data.manager.to_string(),
        "task_id": data.task_id.to_string(),
        "terms_hash": hex(&data.terms_hash),
        "mint": data.mint.to_string(),
        "mint_decimals": data.mint_decimals,
        "token_program": data.token_program.to_string(),
        "texts": texts,
        "is_active": data.is_active(),
        "is_allowlisted": data.is_allowlisted(),
        "pending_manager": known(data.pending_manager),
        "migrated_to": known(data.migrated_to),
        "slot": slot,
        "round": schedule.round_at(slot),
        "starting_slot": schedule.starting_slot,
        "round_time": schedule.round_time,
        "submission_window": schedule.submission_window,
        "audit_window": schedule.audit_window,
        "claim_window": data.claim_window,
        "allowed_failed_distributions": data.allowed_failed_distributions,
        "equal_shares": data.equal_shares(),
        "idle_rounds": data.idle_rounds,
        "voting": match data.voting() {
            VotingRule::PerNode => "node",
            VotingRule::ByStake => "stake",
        },
        "minimum_stake_amount": amount::exact(data.minimum_stake_amount),
        "bounty_amount_per_round": amount::exact(data.bounty_amount_per_round),
        "bounty_funded": amount::exact(data.bounty_funded),
        "bounty_available": amount::exact(data.bounty_available),
        "bounty_reserved": amount::exact(data.bounty_reserved),
        "bounty_migrated": amount::exact(data.bounty_migrated),
        "funded_rounds": data.funded_rounds(),
        "total_stake": amount::exact(data.total_stake),
        "node_count": data.node_count,
        "quorum_bps": data.quorum_bps,
        "slash_bps": data.slash_bps,
        "false_challenge_bps": data.false_challenge_bps,
        "challenger_bps": data.challenger_bps,
        "voter_bps": data.voter_bps,
    })
}
