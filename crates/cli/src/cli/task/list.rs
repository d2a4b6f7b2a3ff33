//! `gradual task list`.

use super::show::{facts_of, state};
use crate::cli::{
    Failure, amount,
    session::{FoundTask, Session},
};
use gradual_consensus::state::{Task, TaskMetadata};
use gradual_consensus_client::{
    account::{self, Stored},
    address,
    ledger::{Filter, Ledger},
    text::one_line,
};
use serde_json::json;
use solana_sdk::pubkey::Pubkey;

pub(super) fn run(session: &Session) -> Result<(), Failure> {
    let found = session
        .ledger
        .program_accounts(&[Filter::at(0, Task::TYPE)], Task::part())?;
    let tasks: Vec<FoundTask> = found
        .iter()
        .filter_map(|(address, account)| {
            Some(FoundTask {
                address: *address,
                data: account::decode(account)?,
            })
        })
        .collect();
    let texts: Vec<Pubkey> = tasks
        .iter()
        .map(|task| address::metadata(&task.address))
        .collect();
    let texts = session.ledger.accounts(&texts)?;
    let slot = session.ledger.slot()?;
    let mut lines = vec![format!(
        "{:<44}  {:<24}  {:<8}  {:>7}  {:>5}  bounty available",
        "task", "name", "state", "round", "nodes"
    )];
    let mut facts = Vec::new();
    for (task, texts) in tasks.iter().zip(texts) {
        let texts: Option<TaskMetadata> = texts.as_ref().and_then(account::decode);
        let (address, data) = (task.address.to_string(), &task.data);
        let name = texts.as_ref().map(|texts| one_line(&texts.name, 24));
        let name = name.unwrap_or_default();
        lines.push(format!(
            "{address:<44}  {name:<24}  {:<8}  {:>7}  {:>5}  {}",
            state(data),
            data.schedule
                .round_at(slot)
                .map_or_else(|| "-".into(), |round| round.to_string()),
            data.node_count,
            amount::show(data.bounty_available, data),
        ));
        facts.push(facts_of(task, texts.as_ref(), slot));
    }
    if tasks.is_empty() {
        lines = vec!["no tasks yet: make one with gradual task create".into()];
    }
    session.print(&lines.join("\n"), &json!({ "slot": slot, "tasks": facts }))
}
