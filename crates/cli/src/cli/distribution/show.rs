//! `gradual list show`.

use super::cycle_of;
use crate::cli::{Failure, amount, audit::Shown, session::Session};
use clap::Args as ClapArgs;
use gradual_consensus::state::DistributionList;
use gradual_consensus_client::{account::Keyed, text::one_line};
use serde_json::json;
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
    let money = |units| amount::show(units, &task.data);
    let of_cycle = &cycle.account.data;
    let mut lines = vec![format!(
        "cycle {} of task {}: bounty {}, owed {}, paid {} for {} submissions",
        args.cycle,
        task.address,
        money(of_cycle.bounty),
        money(of_cycle.owed),
        money(of_cycle.paid),
        of_cycle.paid_submissions
    )];
    let mut facts = Vec::new();
    for Keyed { address, data } in &cycle.lists {
        lines.push(format!(
            "  attempt {}: {}, {} to {} nodes, by {}\n    {address}",
            data.attempt,
            status(data),
            money(data.total),
            data.count,
            data.subject.author,
        ));
        if !data.uri().is_empty() {
            lines.push(format!("    {}", one_line(data.uri(), usize::MAX)));
        }
        let audit = Shown::of(*address, &data.subject);
        lines.extend(audit.map(|audit| format!("    {}", audit.text(&task.data))));
        facts.push(json!({
            "list": address.to_string(), "attempt": data.attempt, "status": status(data),
            "proposer": data.subject.author.to_string(),
            "total": amount::exact(data.total), "count": data.count, "uri": data.uri(),
            "audit": audit.map(|audit| audit.facts()),
        }));
    }
    if cycle.lists.is_empty() {
        lines.push("  no list yet".into());
    }
    let facts = json!({
        "task": task.address.to_string(), "cycle": args.cycle,
        "bounty": amount::exact(of_cycle.bounty), "owed": amount::exact(of_cycle.owed),
        "paid": amount::exact(of_cycle.paid), "paid_submissions": of_cycle.paid_submissions,
        "lists": facts,
    });
    session.print(&lines.join("\n"), &facts)
}
