//! `gradual list show`.

use super::entries::cycle_of;
use crate::cli::{Failure, amount, session::Session};
use clap::Args as ClapArgs;
use gradual_consensus::state::DistributionList;
use gradual_consensus_client::account::Keyed;
use serde_json::{Value, json};
use solana_sdk::pubkey::Pubkey;

#[derive(ClapArgs)]
pub(in crate::cli) struct Show {
    /// The task's address
    task: Pubkey,
    /// The cycle
    #[arg(long)]
    cycle: u64,
}

fn status(list: &DistributionList) -> String {
    format!("{:?}", list.subject.status()).to_lowercase()
}

pub(super) fn run(session: &Session, args: &Show) -> Result<(), Failure> {
    let task = session.task(args.task)?;
    let cycle = cycle_of(session, &task, args.cycle)?;
    let mut lines = vec![format!("cycle {} of task {}", args.cycle, task.address)];
    let mut facts = Vec::new();
    for Keyed { address, data } in &cycle.lists {
        let money = |units| amount::show(units, &task.data);
        lines.push(format!(
            "  attempt {}: {}, {} to {} nodes, {} paid to {}, by {}\n    {address}{}",
            data.attempt,
            status(data),
            money(data.total),
            data.count,
            money(data.paid),
            data.paid_count,
            data.subject.author,
            if data.uri().is_empty() {
                String::new()
            } else {
                format!("\n    {}", data.uri())
            },
        ));
        facts.push(json!({
            "list": address.to_string(), "attempt": data.attempt, "status": status(data),
            "proposer": data.subject.author.to_string(), "bounty": data.bounty,
            "total": data.total, "count": data.count, "paid": data.paid,
            "paid_count": data.paid_count, "uri": data.uri(),
            "weight_valid": data.subject.audit.weight_valid,
            "weight_invalid": data.subject.audit.weight_invalid,
        }));
    }
    if cycle.lists.is_empty() {
        lines.push("  no list yet".into());
    }
    session.print(&lines.join("\n"), &Value::Array(facts))
}
