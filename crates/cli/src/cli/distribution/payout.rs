//! `gradual payout`.

use super::entries::{Entries, cycle_of};
use crate::cli::{
    Failure,
    session::{FoundTask, Session},
};
use clap::Args as ClapArgs;
use gradual_consensus::state::{DistributionList, Status};
use gradual_consensus_client::{account::Keyed, instruction, ledger::Ledger, packing::packed};
use gradual_consensus_node::runner::CycleView;
use serde_json::json;
use solana_sdk::{pubkey::Pubkey, signature::Signer};

#[derive(ClapArgs)]
pub(in crate::cli) struct Payout {
    /// The task's address
    task: Pubkey,
    /// The cycle
    #[arg(long)]
    cycle: u64,
    /// A node to pay; may be given several times [default: the key]
    #[arg(long, value_name = "ADDRESS", conflicts_with = "all")]
    node: Vec<Pubkey>,
    /// Pay every node of the list that is not paid yet
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    entries: Entries,
}

pub(in crate::cli) fn run(session: &Session, args: &Payout) -> Result<(), Failure> {
    let (key, task) = (session.key()?, session.task(args.task)?);
    let cycle = cycle_of(session, &task, args.cycle)?;
    let slot = session.ledger.slot()?;
    let (list, is_accepted) = payable(&task, &cycle, slot)?;
    let attempt = list.data.attempt;
    let built = args
        .entries
        .build(session, &task, &cycle, list.data.bounty)?;
    if !built.matches(&list.data) {
        return Err(Failure::Usage(format!(
            "list {} differs from the one recomputed: give its --entries",
            list.address
        )));
    }
    let nodes = args.nodes(&cycle, built.entries(), key.pubkey());
    let mut instructions = Vec::new();
    if !is_accepted {
        instructions.push(instruction::finalize_distribution(
            task.address,
            args.cycle,
            attempt,
        ));
    }
    for node in &nodes {
        let entry = built.entry(node).ok_or_else(|| {
            Failure::Usage(format!("{node} is not in the list of cycle {}", args.cycle))
        })?;
        instructions.push(instruction::payout(
            task.address,
            args.cycle,
            attempt,
            entry,
        ));
    }
    if instructions.is_empty() {
        return session.print(
            "every node of the list is paid already",
            &json!({ "nodes": [] }),
        );
    }
    let named: Vec<String> = nodes.iter().map(ToString::to_string).collect();
    let facts = json!({ "task": task.address.to_string(), "cycle": args.cycle, "nodes": named });
    let batches = packed(&key.pubkey(), instructions);
    let count = batches.len();
    for (number, batch) in (1usize..).zip(batches) {
        let done = format!(
            "paid {} nodes for cycle {} (transaction {number} of {count})",
            nodes.len(),
            args.cycle
        );
        session.send(&batch, key, &done, facts.clone())?;
    }
    Ok(())
}

impl Payout {
    /// The nodes to pay.
    fn nodes(&self, cycle: &CycleView, entries: &[(Pubkey, u64)], key: Pubkey) -> Vec<Pubkey> {
        let is_paid = |node: &Pubkey| {
            cycle
                .submission_of(node)
                .is_none_or(|found| found.data.subject.status() == Status::Paid)
        };
        if self.all {
            let nodes = entries.iter().map(|(node, _)| *node);
            nodes.filter(|node| !is_paid(node)).collect()
        } else if self.node.is_empty() {
            vec![key]
        } else {
            self.node.clone()
        }
    }
}

/// The list to pay, and whether it is accepted already. One that is not has to be finalized first.
fn payable<'a>(
    task: &FoundTask,
    cycle: &'a CycleView,
    slot: u64,
) -> Result<(&'a Keyed<DistributionList>, bool), Failure> {
    let with = |wanted: &[Status]| {
        let mut lists = cycle.lists.iter();
        lists.find(|list| wanted.contains(&list.data.subject.status()))
    };
    if let Some(list) = with(&[Status::Accepted]) {
        return Ok((list, true));
    }
    let due = with(&[Status::Pending, Status::Standing]).filter(|list| {
        let window = task
            .data
            .schedule
            .audit_window(list.data.subject.window_round);
        window.is_some_and(|window| slot > window.end)
    });
    due.map(|list| (list, false)).ok_or_else(|| {
        Failure::Usage(format!(
            "no list of cycle {} is accepted, or can be finalized now: see gradual list show",
            cycle.account.data.number
        ))
    })
}
