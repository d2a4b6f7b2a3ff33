//! `gradual payout`.

use super::{cycle_of, entries::Entries};
use crate::cli::{
    Failure,
    amount::exact,
    session::{FoundTask, Session},
};
use clap::Args as ClapArgs;
use gradual_consensus::{
    GradualError,
    state::{DistributionList, Status},
};
use gradual_consensus_client::{account::Keyed, instruction, ledger::Ledger, packing::packed};
use gradual_consensus_node::runner::CycleView;
use serde_json::{Value, json};
use solana_sdk::{instruction::Instruction, pubkey::Pubkey, signature::Signer};

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
    /// Pay every node of the list, or every standing submission of a failed cycle, that is not paid yet
    #[arg(long)]
    all: bool,
    /// Pay the equal shares of a cycle that has failed [default: if it has, and the task pays them]
    #[arg(long, conflicts_with = "entries")]
    equal: bool,
    #[command(flatten)]
    entries: Entries,
}

pub(in crate::cli) fn run(session: &Session, args: &Payout) -> Result<(), Failure> {
    let (key, task) = (session.key()?, session.task(args.task)?);
    let cycle = cycle_of(session, &task, args.cycle)?;
    let slot = session.ledger.slot()?;
    if args.pays_equal_shares(&task, &cycle, slot)? {
        let shares = equal_shares(args, &task, &cycle, key.pubkey())?;
        return send_all(session, args, shares);
    }
    let (list, is_accepted) = payable(&task, &cycle, slot)?;
    let attempt = list.data.attempt;
    let built = args.entries.build(session, &task, &cycle)?.list;
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
    let facts = json!({ "equal": false });
    send_all(
        session,
        args,
        Payments {
            nodes,
            instructions,
            facts,
        },
    )
}

/// What is to be paid.
struct Payments {
    nodes: Vec<Pubkey>,
    instructions: Vec<Instruction>,
    /// For programs, beside task, cycle and nodes.
    facts: Value,
}

fn send_all(session: &Session, args: &Payout, payments: Payments) -> Result<(), Failure> {
    let (key, nodes) = (session.key()?, payments.nodes);
    let named: Vec<String> = nodes.iter().map(ToString::to_string).collect();
    let mut facts = payments.facts;
    facts["task"] = args.task.to_string().into();
    facts["cycle"] = args.cycle.into();
    facts["nodes"] = named.into();
    if payments.instructions.is_empty() {
        return session.report("every node is paid already", facts, &[]);
    }
    let batches = packed(&session.fee_payer()?.pubkey(), payments.instructions);
    let mut sent = Vec::new();
    for batch in &batches {
        let done = session.dispatch(batch, &[key]).map_err(|failure| {
            failure.after(&format!(
                "{} of {} transactions were sent: run it again for those that are left",
                sent.len(),
                batches.len()
            ))
        })?;
        sent.push(done);
    }
    let done = format!("paid {} nodes for cycle {}", nodes.len(), args.cycle);
    session.report(&done, facts, &sent)
}

/// The equal shares of a failed cycle.
fn equal_shares(
    args: &Payout,
    task: &FoundTask,
    cycle: &CycleView,
    key: Pubkey,
) -> Result<Payments, Failure> {
    let standing = cycle.submissions.iter().map(|found| &found.data.subject);
    let standing = standing.filter(|subject| subject.status().is_payable());
    let unpaid: Vec<Pubkey> = standing.map(|subject| subject.author).collect();
    let nodes = if args.all {
        unpaid
    } else if args.node.is_empty() {
        vec![key]
    } else {
        args.node.clone()
    };
    if let Some(stranger) = nodes
        .iter()
        .find(|node| cycle.submission_of(node).is_none())
    {
        return Err(Failure::Usage(format!(
            "{stranger} has no submission in cycle {}",
            args.cycle
        )));
    }
    let pay = |node: &Pubkey| instruction::payout_equal(task.address, args.cycle, *node);
    Ok(Payments {
        instructions: nodes.iter().map(pay).collect(),
        nodes,
        facts: json!({ "equal": true, "share": exact(cycle.account.data.equal_share()) }),
    })
}

impl Payout {
    /// Whether equal shares are to be paid.
    ///
    /// # Errors
    /// Bad input: they were asked for, and are not due.
    fn pays_equal_shares(
        &self,
        task: &FoundTask,
        cycle: &CycleView,
        slot: u64,
    ) -> Result<bool, Failure> {
        let (task, cycle) = (&task.data, &cycle.account.data);
        let has_failed = cycle.has_failed(task, task.current_round(slot));
        if !self.equal {
            return Ok(has_failed && task.equal_shares() && self.entries.are_default());
        }
        let why = if !task.equal_shares() {
            GradualError::NotEqualShares.to_string()
        } else if cycle.list_accepted() {
            format!(
                "the list of cycle {} is accepted: leave --equal out",
                self.cycle
            )
        } else if !has_failed {
            let last = task.last_attempt_round(self.cycle).unwrap_or(u64::MAX);
            format!(
                "cycle {} has not failed: attempts at its list go on until the end of round {last}, and a \
                 list that is proposed is finalized first",
                self.cycle
            )
        } else {
            return Ok(true);
        };
        Err(Failure::Usage(why))
    }

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
