//! `gradual task sweep`.

use crate::cli::{Failure, session::Session};
use gradual_consensus_client::{ledger::LedgerError, packing::packed};
use gradual_consensus_node::sweep;
use serde_json::json;
use solana_sdk::{pubkey::Pubkey, signature::Signer};

/// How many times the sweep reads the task: an instruction may make another one due.
const LOOKS: u32 = 10;

/// A failure after `count` instructions.
fn so_far(count: usize) -> impl FnOnce(Failure) -> Failure {
    move |failure| match count {
        0 => failure,
        _ => failure.after(&format!("{count} instructions were sent before")),
    }
}

pub(super) fn run(session: &Session, task: Pubkey) -> Result<(), Failure> {
    let (key, task) = (session.key()?, session.task(task)?.address);
    let due = || sweep::due(&session.ledger, &task, &key.pubkey());
    let (mut sent, mut count) = (Vec::new(), 0);
    for _ in 0..LOOKS {
        let batches = packed(&session.fee_payer()?.pubkey(), due()?);
        if batches.is_empty() {
            break;
        }
        for batch in batches {
            match session.transact(&batch, &[key]).map_err(so_far(count))? {
                Ok(done) => {
                    count += batch.len();
                    sent.push(done);
                }
                // Somebody else sent it first; the next look finds what is still due.
                Err(LedgerError::Program { .. }) => (),
                Err(error) => return Err(so_far(count)(error.into())),
            }
        }
        // Nothing of it was sent: the next look would find the same.
        if session.only_looks() {
            break;
        }
    }
    let left = due()?.len();
    let text = if session.only_looks() {
        format!("task {task}: {count} of {left} instructions that are due")
    } else {
        format!("task {task}: {count} instructions sent, {left} more are due")
    };
    let facts = json!({ "task": task.to_string(), "instructions": count, "due": left });
    session.report(&text, facts, &sent)
}
