//! `gradual list` and `payout`.

use super::{
    Failure, amount,
    session::{FoundTask, Session},
};
use clap::{Args as ClapArgs, Subcommand};
use gradual_consensus::{
    rules::schedule::distribution_round,
    state::{Cycle, DistributionList, Status},
};
use gradual_consensus_client::{
    account::{self, Keyed},
    address, instruction,
    ledger::Ledger,
    packing::packed,
};
use gradual_consensus_node::{
    logic::equal_shares,
    runner::{BuiltList, CycleView, Values},
};
use serde_json::{Value, json};
use solana_sdk::{pubkey::Pubkey, signature::Signer};
use std::{fs, path::PathBuf};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Propose a cycle's distribution list
    Submit(Submit),
    /// Show a cycle's lists
    Show(Show),
    /// Recompute a list and compare it with the one on the ledger: exit code 1 where they differ
    Verify(Verify),
}

/// What a list is made of.
#[derive(ClapArgs)]
struct Entries {
    /// File with one line a node, its address and its amount in base units, in the list's order
    /// [default: the bounty in equal shares among the submissions that stand]
    #[arg(long, value_name = "PATH")]
    entries: Option<PathBuf>,
}

#[derive(ClapArgs)]
pub(super) struct Submit {
    /// The task's address
    task: Pubkey,
    /// The cycle [default: the one distributed now at the first attempt]
    #[arg(long)]
    round: Option<u64>,
    /// Where people can read the list, at most 64 bytes
    #[arg(long, default_value = "")]
    uri: String,
    #[command(flatten)]
    entries: Entries,
}

#[derive(ClapArgs)]
pub(super) struct Show {
    /// The task's address
    task: Pubkey,
    /// The cycle
    #[arg(long)]
    round: u64,
}

#[derive(ClapArgs)]
pub(super) struct Verify {
    /// The task's address
    task: Pubkey,
    /// The cycle
    #[arg(long)]
    round: u64,
    /// The attempt [default: the last one]
    #[arg(long)]
    attempt: Option<u8>,
    #[command(flatten)]
    entries: Entries,
}

#[derive(ClapArgs)]
pub(super) struct Payout {
    /// The task's address
    task: Pubkey,
    /// The cycle
    #[arg(long)]
    round: u64,
    /// The node to pay; several may be named [default: the key]
    #[arg(long, value_name = "ADDRESS", conflicts_with = "all")]
    node: Vec<Pubkey>,
    /// Pay every node in the list that was not paid yet
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    entries: Entries,
}

pub(super) fn run(session: &Session, command: &Command) -> Result<(), Failure> {
    match command {
        Command::Submit(args) => submit(session, args),
        Command::Show(args) => show(session, args),
        Command::Verify(args) => verify(session, args),
    }
}

impl Entries {
    /// The list that divides `bounty`.
    fn build(
        &self,
        session: &Session,
        task: &FoundTask,
        cycle: &CycleView,
        bounty: u64,
    ) -> Result<(BuiltList, Vec<(Pubkey, u64)>), Failure> {
        let entries = match &self.entries {
            Some(path) => {
                let text = fs::read_to_string(path).map_err(|error| {
                    Failure::Usage(format!("cannot read {}: {error}", path.display()))
                })?;
                parse(&text)
                    .map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))?
            }
            None => equal(session, task, cycle, bounty)?,
        };
        let built = BuiltList::new(&task.address, cycle.account.data.number, entries.clone());
        let built = built.ok_or_else(|| {
            Failure::Usage("an empty list pays nobody: there is nothing to propose".into())
        })?;
        Ok((built, entries))
    }
}

/// The customary list, as long as all of its submissions can still be seen.
fn equal(
    session: &Session,
    task: &FoundTask,
    cycle: &CycleView,
    bounty: u64,
) -> Result<Vec<(Pubkey, u64)>, Failure> {
    let round = &cycle.account.data;
    let closed = || {
        Failure::Usage(format!(
            "submissions of round {} are closed already, the list cannot be recomputed: give --entries",
            round.number
        ))
    };
    if cycle.submissions.len() < round.submissions as usize {
        return Err(closed());
    }
    let mut values = Values::default();
    values.read(&session.ledger, cycle)?;
    let proofs = cycle.proofs(&values, task.data.quorum_bps);
    let (proofs, verdicts) = proofs.ok_or_else(closed)?;
    Ok(equal_shares(bounty, &proofs, &verdicts))
}

/// One entry a line: address and amount, apart by blanks or a comma; `#` begins a comment.
fn parse(text: &str) -> Result<Vec<(Pubkey, u64)>, String> {
    let mut entries = Vec::new();
    for (number, line) in (1u32..).zip(text.lines()) {
        let line = line.split('#').next().unwrap_or_default();
        let mut fields = line
            .split(|separator: char| separator == ',' || separator.is_whitespace())
            .filter(|field| !field.is_empty());
        let entry = match (fields.next(), fields.next(), fields.next()) {
            (None, ..) => continue,
            (Some(node), Some(amount), None) => node.parse().ok().zip(amount.parse().ok()),
            _ => None,
        };
        entries.push(entry.ok_or_else(|| {
            format!("line {number} is no entry: write an address and an amount in base units")
        })?);
    }
    Ok(entries)
}

/// The cycle `round` of `task`.
fn cycle_of(session: &Session, task: &FoundTask, round: u64) -> Result<CycleView, Failure> {
    let address = address::cycle(&task.address, round);
    let data: Option<Cycle> = account::fetch(&session.ledger, &address)?;
    let data = data.ok_or_else(|| {
        Failure::Usage(format!(
            "nobody submitted for round {round} of task {}, or it is closed",
            task.address
        ))
    })?;
    Ok(CycleView::read(&session.ledger, Keyed { address, data })?)
}

fn submit(session: &Session, args: &Submit) -> Result<(), Failure> {
    let (key, task) = (session.key()?, session.task(args.task)?);
    let now = task.data.current_round(session.ledger.slot()?);
    let too_early = |round: &str| {
        Failure::Usage(format!(
            "{round} is not distributed yet: now is round {now}"
        ))
    };
    let round = args.round.or_else(|| now.checked_sub(2));
    let round = round.ok_or_else(|| too_early("round 0"))?;
    let attempt = distribution_round(round, 0).and_then(|first| now.checked_sub(first));
    let attempt = attempt.ok_or_else(|| too_early(&format!("round {round}")))?;
    let attempt = u8::try_from(attempt).map_err(|_| {
        Failure::Usage(format!(
            "every attempt at the list of round {round} has passed"
        ))
    })?;
    let cycle = cycle_of(session, &task, round)?;
    let bounty = task
        .data
        .bounty_amount_per_round
        .min(task.data.bounty_available);
    let (built, entries) = args.entries.build(session, &task, &cycle, bounty)?;
    let mut proposal = built.proposal(bounty).ok_or_else(|| {
        Failure::Usage("the list's amounts add up to more than there can be".into())
    })?;
    proposal.uri.clone_from(&args.uri);
    let (total, node) = (proposal.total, key.pubkey());
    let list = address::list(&cycle.account.address, attempt);
    let submit =
        instruction::submit_distribution_list(task.address, round, attempt, node, node, proposal);
    let done = format!(
        "proposed list {list} for round {round}, attempt {attempt}: {} to {} nodes",
        amount::show(total, &task.data),
        entries.len()
    );
    let facts = json!({
        "task": task.address.to_string(), "round": round, "attempt": attempt,
        "list": list.to_string(), "total": total, "count": entries.len(),
    });
    session.send(&[submit], key, &done, facts)
}

fn status(list: &DistributionList) -> String {
    format!("{:?}", list.subject.status()).to_lowercase()
}

fn show(session: &Session, args: &Show) -> Result<(), Failure> {
    let task = session.task(args.task)?;
    let cycle = cycle_of(session, &task, args.round)?;
    let mut lines = vec![format!("round {} of task {}", args.round, task.address)];
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

fn verify(session: &Session, args: &Verify) -> Result<(), Failure> {
    let task = session.task(args.task)?;
    let cycle = cycle_of(session, &task, args.round)?;
    let wanted = |list: &&Keyed<DistributionList>| {
        args.attempt
            .is_none_or(|attempt| list.data.attempt == attempt)
    };
    let list = cycle
        .lists
        .iter()
        .filter(wanted)
        .max_by_key(|list| list.data.attempt);
    let list =
        list.ok_or_else(|| Failure::Usage(format!("round {} has no such list yet", args.round)))?;
    let (built, entries) = args
        .entries
        .build(session, &task, &cycle, list.data.bounty)?;
    let matches = built.matches(&list.data);
    let shares: Vec<Value> = entries
        .iter()
        .map(|(node, amount)| json!({ "node": node.to_string(), "amount": amount }))
        .collect();
    let facts = json!({
        "list": list.address.to_string(), "attempt": list.data.attempt, "matches": matches,
        "entries": shares,
    });
    if matches {
        let text = format!("list {} is what it should be", list.address);
        return session.print(&text, &facts);
    }
    Err(Failure::Failed(format!(
        "list {} is not what it should be: challenge it with gradual audit {} --invalid",
        list.address, list.address
    )))
}

pub(super) fn payout(session: &Session, args: &Payout) -> Result<(), Failure> {
    let (key, task) = (session.key()?, session.task(args.task)?);
    let cycle = cycle_of(session, &task, args.round)?;
    let slot = session.ledger.slot()?;
    let (list, is_accepted) = payable(&task, &cycle, slot)?;
    let attempt = list.data.attempt;
    let (built, entries) = args
        .entries
        .build(session, &task, &cycle, list.data.bounty)?;
    if !built.matches(&list.data) {
        return Err(Failure::Usage(format!(
            "list {} is not the one recomputed: give its --entries",
            list.address
        )));
    }
    let paid = |node: &Pubkey| {
        let status = cycle
            .submission_of(node)
            .map(|found| found.data.subject.status());
        status.is_none_or(|status| status == Status::Paid)
    };
    let nodes: Vec<Pubkey> = if args.all {
        entries
            .iter()
            .map(|(node, _)| *node)
            .filter(|node| !paid(node))
            .collect()
    } else if args.node.is_empty() {
        vec![key.pubkey()]
    } else {
        args.node.clone()
    };
    let mut instructions = Vec::new();
    if !is_accepted {
        instructions.push(instruction::finalize_distribution(
            task.address,
            args.round,
            attempt,
        ));
    }
    for node in &nodes {
        let entry = built.entry(node).ok_or_else(|| {
            Failure::Usage(format!("{node} is not in the list of round {}", args.round))
        })?;
        instructions.push(instruction::payout(
            task.address,
            args.round,
            attempt,
            entry,
        ));
    }
    if instructions.is_empty() {
        return session.print("everybody is paid already", &json!({ "nodes": [] }));
    }
    let named: Vec<String> = nodes.iter().map(ToString::to_string).collect();
    let facts = json!({ "task": task.address.to_string(), "round": args.round, "nodes": named });
    let batches = packed(&key.pubkey(), instructions);
    let count = batches.len();
    for (number, batch) in (1usize..).zip(batches) {
        let done = format!(
            "paid {} nodes for round {} (transaction {number} of {count})",
            nodes.len(),
            args.round
        );
        session.send(&batch, key, &done, facts.clone())?;
    }
    Ok(())
}

/// The list to be paid, and whether it was accepted already; one that will be needs finalizing.
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
            "no list of round {} is accepted, or could be now: see gradual list show",
            cycle.account.data.number
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_an_address_and_an_amount_a_line() {
        let [a, b] = [Pubkey::new_unique(), Pubkey::new_unique()];
        let text = format!("# who, what\n{a}, 12\n\n  {b}\t7 # the rest\n");
        assert_eq!(parse(&text), Ok(vec![(a, 12), (b, 7)]));
        for bad in [
            format!("{a}"),
            format!("{a} 1 2"),
            "x 1".into(),
            format!("{a} -1"),
        ] {
            assert!(
                parse(&format!("\n{bad}")).unwrap_err().contains("line 2"),
                "{bad}"
            );
        }
    }
}
