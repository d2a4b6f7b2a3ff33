//! `gradual list verify`.

use super::{cycle_of, entries::Entries};
use crate::cli::{Failure, Output, amount::exact, session::Session};
use clap::Args as ClapArgs;
use gradual_consensus::state::DistributionList;
use gradual_consensus_client::account::Keyed;
use serde_json::{Value, json};
use solana_sdk::pubkey::Pubkey;

#[derive(ClapArgs)]
pub(in crate::cli) struct Verify {
    /// The task's address
    task: Pubkey,
    /// The cycle
    #[arg(long)]
    cycle: u64,
    /// The attempt [default: the last one]
    #[arg(long)]
    attempt: Option<u8>,
    #[command(flatten)]
    entries: Entries,
}

pub(super) fn run(session: &Session, args: &Verify) -> Result<(), Failure> {
    let task = session.task(args.task)?;
    args.entries.require_for(&task)?;
    let cycle = cycle_of(session, &task, args.cycle)?;
    let wanted = |list: &&Keyed<DistributionList>| {
        args.attempt
            .is_none_or(|attempt| list.data.attempt == attempt)
    };
    let list = cycle
        .lists
        .iter()
        .filter(wanted)
        .max_by_key(|list| list.data.attempt);
    let list = list.ok_or_else(|| {
        Failure::Usage(format!(
            "cycle {} has no such list: see gradual list show",
            args.cycle
        ))
    })?;
    let made = args.entries.build(session, &task, &cycle)?;
    let (built, fault) = (made.list, made.fault);
    let matches = built.matches(&list.data);
    let shares: Vec<Value> = built
        .entries()
        .iter()
        .map(|(node, amount)| json!({ "node": node.to_string(), "amount": exact(*amount) }))
        .collect();
    let facts = json!({
        "task": task.address.to_string(), "cycle": args.cycle,
        "list": list.address.to_string(), "attempt": list.data.attempt, "matches": matches,
        "fault": fault, "entries": shares,
    });
    let address = list.address;
    let challenge = format!("challenge it with gradual audit {address} --invalid");
    let found = match fault {
        Some(fault) if matches => format!("list {address} is false: {fault}; {challenge}"),
        Some(fault) => format!(
            "the file differs from list {address}, and is false itself: {fault}; correct the file first"
        ),
        None if matches => {
            let text = format!("list {address} matches the one recomputed");
            return session.print(&text, &facts);
        }
        None => format!("list {address} differs from the one recomputed: {challenge}"),
    };
    if session.output() == Output::Json {
        session.print("", &facts)?;
    }
    Err(Failure::Failed(found))
}
