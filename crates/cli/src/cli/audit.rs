//! `gradual audit`.

use super::{Failure, session::Session};
use clap::Args as ClapArgs;
use gradual_consensus::state::{DistributionList, Subject};
use gradual_consensus_client::{
    account::{FullSubmission, Stored},
    instruction,
};
use serde_json::json;
use solana_sdk::{pubkey::Pubkey, signature::Signer};

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

pub(super) fn run(session: &Session, args: &Audit) -> Result<(), Failure> {
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
        "voted {verdict} on {} of cycle {} by {}",
        args.subject, subject.cycle_number, subject.author
    );
    let facts = json!({
        "task": subject.task.to_string(), "cycle": subject.cycle_number,
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
