//! A task's logic in a program of its own, in any language: one JSON object a line on its standard
//! input, one on its standard output (`docs/external-logic.md`).
//!
//! The program is started when it is first needed, and kept running. If it dies, gives a malformed answer
//! or does not answer in time, the question fails and the program is started again for the next one. A
//! later step asks the failed question again. It ends with the node, however that ends.

mod orphans;
mod process;

use crate::logic::{DistributionCycle, LogicError, Proof, TaskLogic};
use base64::{Engine, prelude::BASE64_STANDARD};
use gradual_consensus::MAX_SUBMISSION_LEN;
use gradual_consensus_client::text::one_line;
use process::{Failed, Limits, Running};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, DeserializeOwned, Visitor},
};
use solana_sdk::pubkey::Pubkey;
use std::{
    collections::HashSet,
    fmt, io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use thiserror::Error;

/// How long an external program may take to answer, unless the operator says otherwise.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// Longest time that is waited for, whatever the operator allows: a clock does not go on for ever.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Most bytes of one answer about a proof.
const MAX_ANSWER: usize = 64 << 10;
/// Most characters that are told of why a program does not answer.
const MAX_REASON: usize = 500;
/// Most bytes of a list for each submission, beyond that. An entry takes less than 100.
const MAX_ENTRY: usize = 512;
/// Most bytes of any answer.
const MAX_LIST: usize = 64 << 20;

/// Why an external program gave no answer.
#[derive(Debug, Error)]
pub enum ExternalError {
    /// The program could not be started.
    #[error("cannot start {command:?}: {source}: check the command of --logic")]
    Start {
        /// The shell command.
        command: String,
        /// What the system said.
        source: io::Error,
    },
    /// The program ended, or closed its standard output.
    #[error(
        "the task's program {0:?} ended without an answer: see what it wrote to standard error"
    )]
    Ended(String),
    /// The program took too long.
    #[error("the task's program did not answer within {0:?}: make it faster, or allow more time")]
    Timeout(Duration),
    /// The node is about to stop, and does not wait for an answer.
    #[error("the node stops, and does not wait for the task's program")]
    Stopped,
    /// The system let nobody read or write.
    #[error("cannot talk to the task's program: {0}: it is started again")]
    System(#[from] io::Error),
    /// The answer is not of the form in `docs/external-logic.md`.
    #[error("the task's program answered {answer:?}: {problem}: see docs/external-logic.md")]
    Malformed {
        /// What is wrong with it.
        problem: String,
        /// The first characters of the answer.
        answer: String,
    },
    /// The program answered that it cannot answer.
    #[error("the task's program says: {0}")]
    Refused(String),
}

/// A question, as one line of JSON.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Request<'a> {
    Work {
        node: String,
        cycle: u64,
    },
    Audit(Submitted),
    Distribution {
        task: String,
        cycle: u64,
        /// A string: many languages round numbers beyond 2^53.
        bounty: String,
        submissions: Vec<Submitted>,
        verdicts: &'a [bool],
    },
}

#[derive(Serialize)]
struct Submitted {
    cycle: u64,
    node: String,
    value: String,
    slot: u64,
}

impl From<&Proof> for Submitted {
    fn from(proof: &Proof) -> Self {
        Self {
            cycle: proof.cycle,
            node: proof.node.to_string(),
            value: BASE64_STANDARD.encode(&proof.value),
            slot: proof.slot,
        }
    }
}

/// What the program says instead of an answer.
#[derive(Deserialize)]
struct Refusal {
    error: Option<String>,
}

#[derive(Deserialize)]
struct Worked {
    value: String,
}

#[derive(Deserialize)]
struct Audited {
    valid: bool,
}

#[derive(Deserialize)]
struct Distributed {
    list: Vec<Share>,
}

#[derive(Deserialize)]
struct Share {
    node: String,
    #[serde(deserialize_with = "exact")]
    amount: u64,
}

/// The first number that a language whose numbers are floats cannot tell from its neighbour.
const INEXACT: u64 = 1 << 53;

/// An amount in base units: a string of digits, or a number below [`INEXACT`]. Whoever writes a larger number
/// may have rounded it, and a list that is rounded is a false one.
fn exact<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    struct Units;
    impl Visitor<'_> for Units {
        type Value = u64;

        fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
            out.write_str("an amount in base units, as a string of digits")
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<u64, E> {
            if number < INEXACT {
                return Ok(number);
            }
            Err(E::custom(format!(
                "{number} may be rounded, as numbers from 2^53 on are in many languages: write \"{number}\""
            )))
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<u64, E> {
            let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
            let number = is_number.then(|| text.parse().ok()).flatten();
            number.ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
        }
    }
    from.deserialize_any(Units)
}

/// The logic of a task, which an external program answers.
pub struct External {
    command: String,
    node: Pubkey,
    timeout: Duration,
    stop: Option<Arc<AtomicBool>>,
    running: Option<Running>,
}

impl External {
    /// The logic that `command`, given to `sh -c`, has for `node`; each answer may take `timeout`.
    pub const fn new(command: String, node: Pubkey, timeout: Duration) -> Self {
        Self {
            command,
            node,
            timeout,
            stop: None,
            running: None,
        }
    }

    /// Waits for no answer any more once `stop` is set: the program is ended.
    #[must_use]
    pub fn until(mut self, stop: Arc<AtomicBool>) -> Self {
        self.stop = Some(stop);
        self
    }

    /// The same logic, in a process of its own.
    #[must_use]
    pub fn fresh(&self) -> Self {
        Self {
            command: self.command.clone(),
            stop: self.stop.clone(),
            running: None,
            ..*self
        }
    }

    /// Asks, and waits for the answer. After a malformed answer the program is ended: nothing that it may
    /// still say belongs to a question.
    fn ask<T: DeserializeOwned>(
        &mut self,
        request: &Request,
        bytes: usize,
    ) -> Result<T, ExternalError> {
        let answer = self.exchange(request, bytes).and_then(|line| read(&line));
        let goes_on = matches!(answer, Ok(_) | Err(ExternalError::Refused(_)));
        if !goes_on {
            self.running = None;
        }
        answer
    }

    fn exchange(&mut self, request: &Request, bytes: usize) -> Result<Vec<u8>, ExternalError> {
        let stop = self.stop.as_deref();
        if stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
            return Err(ExternalError::Stopped);
        }
        // It may have ended since the last question: that question was answered.
        if self.running.as_mut().is_some_and(Running::has_ended) {
            self.running = None;
        }
        let running = match &mut self.running {
            Some(running) => running,
            none => {
                let started = Running::start(&self.command);
                none.insert(started.map_err(|source| ExternalError::Start {
                    command: self.command.clone(),
                    source,
                })?)
            }
        };
        let question = serde_json::to_string(request);
        let question = question.map_err(|error| malformed(b"", &error.to_string()))? + "\n";
        let limits = Limits {
            deadline: Instant::now() + self.timeout.min(LONGEST_TIMEOUT),
            bytes,
            stop,
        };
        running
            .exchange(&question, &limits)
            .map_err(|failed| match failed {
                Failed::Ended => ExternalError::Ended(self.command.clone()),
                Failed::Timeout => ExternalError::Timeout(self.timeout),
                Failed::Stopped => ExternalError::Stopped,
                Failed::Malformed(problem, written) => malformed(&written, problem),
                Failed::System(error) => error.into(),
            })
    }
}

/// The answer in `line`.
fn read<T: DeserializeOwned>(line: &[u8]) -> Result<T, ExternalError> {
    // Arrays would do for the types below, and are no answers.
    if !line.trim_ascii_start().starts_with(b"{") {
        return Err(malformed(line, "it is no JSON object"));
    }
    if let Ok(Refusal { error: Some(error) }) = serde_json::from_slice(line) {
        return Err(ExternalError::Refused(one_line(&error, MAX_REASON)));
    }
    serde_json::from_slice(line).map_err(|error| malformed(line, &error.to_string()))
}

fn malformed(answer: &[u8], problem: &str) -> ExternalError {
    // Characters have four bytes at most.
    let start = answer.get(..320).unwrap_or(answer);
    let start = String::from_utf8_lossy(start);
    ExternalError::Malformed {
        problem: problem.to_owned(),
        answer: start.trim_end().chars().take(80).collect(),
    }
}

impl TaskLogic for External {
    fn work(&mut self, cycle: u64) -> Result<Vec<u8>, LogicError> {
        let node = self.node.to_string();
        let Worked { value } = self.ask(&Request::Work { node, cycle }, MAX_ANSWER)?;
        Ok(proof_in(&value)?)
    }

    fn audit(&mut self, proof: &Proof) -> Result<bool, LogicError> {
        let Audited { valid } = self.ask(&Request::Audit(proof.into()), MAX_ANSWER)?;
        Ok(valid)
    }

    fn distribution(
        &mut self,
        cycle: &DistributionCycle,
        submissions: &[Proof],
        verdicts: &[bool],
    ) -> Result<Vec<(Pubkey, u64)>, LogicError> {
        let question = Request::Distribution {
            task: cycle.task.to_string(),
            cycle: cycle.number,
            bounty: cycle.bounty.to_string(),
            submissions: submissions.iter().map(Submitted::from).collect(),
            verdicts,
        };
        let bytes = MAX_ENTRY.saturating_mul(submissions.len());
        let bytes = bytes.saturating_add(MAX_ANSWER).min(MAX_LIST);
        let Distributed { list } = self.ask(&question, bytes)?;
        Ok(checked(list, cycle.bounty)?)
    }
}

/// The proof that `value` encodes.
fn proof_in(value: &str) -> Result<Vec<u8>, ExternalError> {
    let bytes = BASE64_STANDARD.decode(value);
    let bytes =
        bytes.map_err(|error| malformed(value.as_bytes(), &format!("not base64: {error}")))?;
    let length = bytes.len() as u64;
    if length == 0 || length > MAX_SUBMISSION_LEN {
        let problem = format!("a proof of {length} bytes, not of 1 to {MAX_SUBMISSION_LEN}");
        return Err(malformed(value.as_bytes(), &problem));
    }
    Ok(bytes)
}

/// Checks that the program on chain would accept the list.
fn checked(list: Vec<Share>, bounty: u64) -> Result<Vec<(Pubkey, u64)>, ExternalError> {
    let mut paid = HashSet::new();
    let mut left = bounty;
    let mut entries = Vec::with_capacity(list.len());
    for Share { node, amount } in list {
        let problem = |problem: &str| malformed(format!("{node}: {amount}").as_bytes(), problem);
        let key: Pubkey = (node.parse()).map_err(|_| problem("not a node's address"))?;
        if amount == 0 || !paid.insert(key) {
            return Err(problem(
                "each node is listed once at most, with more than 0",
            ));
        }
        let rest = left.checked_sub(amount);
        left = rest.ok_or_else(|| problem("the list pays more than the bounty"))?;
        entries.push((key, amount));
    }
    Ok(entries)
}

/// What is made of an answer, for the crate `gradual-consensus-fuzz`: without a process that gives it.
#[cfg(feature = "outside")]
#[doc(hidden)]
pub mod outside {
    use super::{Audited, Distributed, ExternalError, Worked, checked, proof_in, read};
    use solana_sdk::pubkey::Pubkey;

    /// The proof in `line`, an answer about work.
    ///
    /// # Errors
    /// As for [`TaskLogic::work`](crate::logic::TaskLogic::work).
    pub fn work(line: &[u8]) -> Result<Vec<u8>, ExternalError> {
        proof_in(&read::<Worked>(line)?.value)
    }

    /// The verdict in `line`, an answer about a proof.
    ///
    /// # Errors
    /// As for [`TaskLogic::audit`](crate::logic::TaskLogic::audit).
    pub fn audit(line: &[u8]) -> Result<bool, ExternalError> {
        Ok(read::<Audited>(line)?.valid)
    }

    /// The list in `line`, an answer about a cycle with this bounty.
    ///
    /// # Errors
    /// As for [`TaskLogic::distribution`](crate::logic::TaskLogic::distribution).
    pub fn distribution(line: &[u8], bounty: u64) -> Result<Vec<(Pubkey, u64)>, ExternalError> {
        checked(read::<Distributed>(line)?.list, bounty)
    }
}
