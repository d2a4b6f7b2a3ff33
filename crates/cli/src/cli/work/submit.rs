//! `gradual submit`.

use crate::cli::{Failure, path, session::Session};
use clap::Args as ClapArgs;
use gradual_consensus::MAX_SUBMISSION_LEN;
use gradual_consensus_client::{
    account::{self, FullSubmission},
    address, instruction,
    ledger::Ledger,
};
use serde_json::json;
use solana_sdk::{pubkey::Pubkey, signature::Signer};
use std::path::PathBuf;

#[derive(ClapArgs)]
pub(in crate::cli) struct Submit {
    /// The task's address
    task: Pubkey,
    /// The proof, 1 to 512 bytes of text
    #[arg(required_unless_present = "file", conflicts_with = "file")]
    value: Option<String>,
    /// File that holds the proof instead
    #[arg(long, value_name = "PATH", value_parser = path::expanded)]
    file: Option<PathBuf>,
    /// The cycle that the proof is of [default: the one that is submitted for now]
    #[arg(long)]
    cycle: Option<u64>,
}

pub(in crate::cli) fn run(session: &Session, args: &Submit) -> Result<(), Failure> {
    let value = value_of(args)?;
    let (key, task) = (session.key()?, session.task(args.task)?);
    let cycle = match args.cycle {
        Some(cycle) => cycle,
        None => {
            let now = task.data.current_round(session.ledger.slot()?);
            now.checked_sub(1).ok_or_else(|| {
                Failure::Usage("no cycle can be submitted for yet: wait for round 1".into())
            })?
        }
    };
    let node = key.pubkey();
    let cycle_account = address::cycle(&task.address, cycle);
    let submission = address::submission(&cycle_account, &node);
    let facts = json!({
        "task": task.address.to_string(), "cycle": cycle, "node": node.to_string(),
        "submission": submission.to_string(),
    });
    let existing: Option<FullSubmission> = account::fetch(&session.ledger, &submission)?;
    if existing.is_some_and(|existing| existing.value == value) {
        let text = format!("already submitted for cycle {cycle}: {submission}");
        return session.report(&text, facts, &[]);
    }
    if session.find(&cycle_account)?.is_none() {
        let now = task.data.current_round(session.ledger.slot()?);
        return Err(Failure::Usage(not_open(cycle, now)));
    }
    let submit = instruction::submit(task.address, node, node, cycle, value);
    let done = format!("submitted for cycle {cycle}: {submission}");
    session.send(&[submit], key, &done, facts)
}

/// Why nothing can be submitted for `cycle`, which has no account in round `now`, and what to do.
fn not_open(cycle: u64, now: u64) -> String {
    if now > cycle {
        format!(
            "cycle {cycle} is not open: nobody opened it in round {cycle}, so it does not take place, or \
             it is closed; open cycle {now} in this round with gradual cycle open"
        )
    } else {
        format!(
            "cycle {cycle} is not open: open it in round {cycle} with gradual cycle open, and submit in \
             round {}; now is round {now}",
            cycle.saturating_add(1)
        )
    }
}

fn value_of(args: &Submit) -> Result<Vec<u8>, Failure> {
    let value = match (&args.value, &args.file) {
        (Some(value), _) => value.clone().into_bytes(),
        (None, Some(path)) => path::read(path)
            .map_err(|error| Failure::Usage(format!("cannot read {}: {error}", path.display())))?,
        (None, None) => vec![],
    };
    if value.is_empty() || value.len() as u64 > MAX_SUBMISSION_LEN {
        let error = gradual_consensus::GradualError::InvalidSubmissionLength;
        return Err(Failure::Usage(error.to_string()));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_that_is_not_open_says_what_to_do() {
        assert!(not_open(4, 5).contains("it does not take place"));
        assert!(not_open(4, 5).contains("open cycle 5 in this round"));
        assert!(not_open(5, 5).contains("open it in round 5"));
        assert!(not_open(5, 3).contains("submit in round 6; now is round 3"));
    }
}
