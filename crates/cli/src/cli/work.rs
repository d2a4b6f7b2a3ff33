//! `gradual submit` and `audit`.

use super::{Failure, session::Session};
use clap::Args as ClapArgs;
use gradual_consensus::{
    self, MAX_SUBMISSION_LEN,
    state::{DistributionList, Subject},
};
use gradual_consensus_client::{
    account::{self, FullSubmission, Stored},
    address, instruction,
    ledger::Ledger,
};
use serde_json::json;
use solana_sdk::{pubkey::Pubkey, signature::Signer};
use std::{fs, path::PathBuf};

#[derive(ClapArgs)]
pub(super) struct Submit {
    /// The task's address
    task: Pubkey,
    /// The proof, 1 to 512 bytes of text
    #[arg(required_unless_present = "file", conflicts_with = "file")]
    value: Option<String>,
    /// File that holds the proof instead
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
    /// The cycle that was worked in [default: the one handed in now]
    #[arg(long)]
    round: Option<u64>,
}

#[derive(ClapArgs)]
pub(super) struct Audit {
    /// The address of a submission or distribution list
    subject: Pubkey,
    /// Vote for it
    #[arg(long, required_unless_present = "invalid", conflicts_with = "invalid")]
    valid: bool,
    /// Vote against it; the first such vote opens the audit
    #[arg(long)]
    invalid: bool,
}

pub(super) fn submit(session: &Session, args: &Submit) -> Result<(), Failure> {
    let value = value_of(args)?;
    let (key, task) = (session.key()?, session.task(args.task)?);
    let round = match args.round {
        Some(round) => round,
        None => {
            let now = task.data.current_round(session.ledger.slot()?);
            now.checked_sub(1).ok_or_else(|| {
                Failure::Usage("no cycle is handed in yet: wait for round 1".into())
            })?
        }
    };
    let node = key.pubkey();
    let submission = address::submission(&address::cycle(&task.address, round), &node);
    let facts = json!({
        "task": task.address.to_string(), "round": round, "node": node.to_string(),
        "submission": submission.to_string(),
    });
    let handed_in: Option<FullSubmission> = account::fetch(&session.ledger, &submission)?;
    if handed_in.is_some_and(|handed_in| handed_in.value == value) {
        return session.print(
            &format!("submitted already for round {round}: {submission}"),
            &facts,
        );
    }
    let submit = instruction::submit(task.address, node, node, round, value);
    let done = format!("submitted for round {round}: {submission}");
    session.send(&[submit], key, &done, facts)
}

fn value_of(args: &Submit) -> Result<Vec<u8>, Failure> {
    let value = match (&args.value, &args.file) {
        (Some(value), _) => value.clone().into_bytes(),
        (None, Some(path)) => fs::read(path)
            .map_err(|error| Failure::Usage(format!("cannot read {}: {error}", path.display())))?,
        (None, None) => vec![],
    };
    if value.is_empty() || value.len() as u64 > MAX_SUBMISSION_LEN {
        let error = gradual_consensus::GradualError::InvalidSubmissionLength;
        return Err(Failure::Usage(error.to_string()));
    }
    Ok(value)
}

pub(super) fn audit(session: &Session, args: &Audit) -> Result<(), Failure> {
    let (key, subject) = (session.key()?, subject_at(session, &args.subject)?);
    let voter = key.pubkey();
    let audit = instruction::audit(
        subject.task,
        args.subject,
        subject.author,
        voter,
        voter,
        args.valid,
    );
    let verdict = if args.valid { "valid" } else { "invalid" };
    let done = format!(
        "voted {verdict} on {} of round {} by {}",
        args.subject, subject.cycle, subject.author
    );
    let facts = json!({
        "task": subject.task.to_string(), "round": subject.cycle,
        "subject": args.subject.to_string(), "author": subject.author.to_string(),
        "voter": voter.to_string(), "is_valid": args.valid,
    });
    session.send(&[audit], key, &done, facts)
}

fn subject_at(session: &Session, address: &Pubkey) -> Result<Subject, Failure> {
    let account = session.account(address)?;
    let is_list = account.data.starts_with(DistributionList::TYPE);
    if is_list {
        let list: DistributionList = session.stored(address, "distribution list")?;
        return Ok(list.subject);
    }
    let submission: FullSubmission = session.stored(address, "submission or distribution list")?;
    Ok(submission.header.subject)
}
