//! `gradual cycle submissions`.

use super::stage::Found;
use crate::cli::{
    Failure,
    audit::Shown,
    session::{FoundTask, Session},
};
use clap::Args as ClapArgs;
use gradual_consensus::state::Cycle;
use gradual_consensus_client::{
    account::{self, FullSubmission, Keyed},
    address,
    ledger::Ledger,
};
use serde_json::{Value, json};
use solana_sdk::pubkey::Pubkey;

#[derive(ClapArgs)]
pub(in crate::cli) struct Submissions {
    /// The task's address
    task: Pubkey,
    /// The cycle
    cycle: u64,
    /// Show each value: as text where it is text, else in hexadecimal digits
    #[arg(long)]
    values: bool,
}

pub(super) fn run(session: &Session, args: &Submissions) -> Result<(), Failure> {
    let task = session.task(args.task)?;
    let address = address::cycle(&task.address, args.cycle);
    let Some(cycle) = account::fetch::<Cycle>(&session.ledger, &address)? else {
        return Err(none(session, &task, args.cycle)?);
    };
    let mut found: Vec<Keyed<FullSubmission>> =
        account::fetch_all(&session.ledger, account::of_cycle(&address))?;
    found.sort_by_key(|submission| submission.data.header.subject.slot);
    let mut lines = vec![format!(
        "cycle {} of task {}: {} submissions, {} of them open; {} invalid, {} paid",
        args.cycle,
        task.address,
        cycle.submissions,
        found.len(),
        cycle.invalid,
        cycle.paid_submissions
    )];
    for submission in &found {
        let subject = &submission.data.header.subject;
        lines.push(format!(
            "  {}  by {}  slot {}  {}  {} bytes",
            submission.address,
            subject.author,
            subject.slot,
            status(submission),
            submission.data.value.len()
        ));
        if args.values {
            lines.push(format!("    {}", shown(&submission.data.value)));
        }
        let audit = Shown::of(submission.address, subject);
        lines.extend(audit.map(|audit| format!("    {}", audit.text(&task.data))));
    }
    let facts: Vec<Value> = found.iter().map(|one| facts_of(one, args.values)).collect();
    let facts = json!({
        "task": task.address.to_string(), "cycle": args.cycle, "address": address.to_string(),
        "submitted": cycle.submissions, "submissions": facts,
    });
    session.print(&lines.join("\n"), &facts)
}

/// Why a cycle without an account has no submissions to list.
fn none(session: &Session, task: &FoundTask, number: u64) -> Result<Failure, Failure> {
    let slot = session.ledger.slot()?;
    let stage = Found::of(session, task, number, None, slot).text(&task.data);
    Ok(Failure::Usage(format!(
        "cycle {number} has no account: {stage}"
    )))
}

fn status(submission: &Keyed<FullSubmission>) -> String {
    format!("{:?}", submission.data.header.subject.status()).to_lowercase()
}

fn facts_of(submission: &Keyed<FullSubmission>, values: bool) -> Value {
    let subject = &submission.data.header.subject;
    let value = &submission.data.value;
    let mut facts = json!({
        "submission": submission.address.to_string(), "node": subject.author.to_string(),
        "slot": subject.slot, "status": status(submission), "length": value.len(),
        "audit": Shown::of(submission.address, subject).map(|audit| audit.facts()),
    });
    if values {
        facts["value_hex"] = hex(value).into();
        facts["value_text"] = text(value).into();
    }
    facts
}

/// A value as text, if it is printable text throughout: nothing in it may move the cursor or colour the
/// terminal.
fn text(value: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(value).ok()?;
    (!text.chars().any(char::is_control)).then_some(text)
}

fn hex(value: &[u8]) -> String {
    value.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn shown(value: &[u8]) -> String {
    text(value).map_or_else(|| format!("0x{}", hex(value)), |text| format!("{text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_shown_as_text_only_if_it_is_harmless_text() {
        assert_eq!(shown(b"what was found"), "\"what was found\"");
        assert_eq!(shown("gr\u{fc}n".as_bytes()), "\"gr\u{fc}n\"");
        assert_eq!(shown(&[0, 0xff]), "0x00ff");
        assert_eq!(shown(b"\x1b[2J"), "0x1b5b324a");
        assert_eq!(shown(b""), "\"\"");
    }
}
