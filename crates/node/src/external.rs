//! A task's logic in a program of its own, in any language: one JSON object a line on its standard
//! input, one on its standard output (`docs/external-logic.md`).
//!
//! The program is started when it is first needed, and kept running. If it dies, gives a malformed answer
//! or does not answer in time, the question fails and the program is started again for the next one. A
//! later step asks the failed question again.

use crate::logic::{DistributionCycle, LogicError, Proof, TaskLogic};
use base64::{Engine, prelude::BASE64_STANDARD};
use gradual_consensus::MAX_SUBMISSION_LEN;
use rustix::process::{Pid, Signal, kill_process_group};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, DeserializeOwned, Visitor},
};
use solana_sdk::pubkey::Pubkey;
use std::{
    collections::HashSet,
    fmt,
    io::{self, BufRead, BufReader, Read, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    thread,
    time::Duration,
};
use thiserror::Error;

/// How long an external program may take to answer, unless the operator says otherwise.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// Most bytes of one answer. A list of 100,000 nodes takes 7 MB.
const MAX_ANSWER: u64 = 64 << 20;

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

/// The program while it runs. Dropping it ends it.
struct Running {
    child: Child,
    questions: SyncSender<String>,
    answers: Receiver<io::Result<String>>,
}

impl Running {
    fn start(command: &str) -> io::Result<Self> {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", command])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        // Its own process group: Ctrl-C reaches the node only. The node ends the group when it is done.
        std::os::unix::process::CommandExt::process_group(&mut shell, 0);
        let mut child = shell.spawn()?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (input, output) = pipes.ok_or_else(|| io::Error::other("no pipes"))?;
        let (questions, asked) = sync_channel(1);
        let (answer, answers) = sync_channel(1);
        // Writing to a program that does not read blocks, so a thread does it. Both threads end with the
        // program, or when this value is dropped.
        thread::spawn(move || write_lines(input, &asked));
        thread::spawn(move || read_lines(output, &answer));
        Ok(Self {
            child,
            questions,
            answers,
        })
    }
}

fn write_lines(mut input: ChildStdin, asked: &Receiver<String>) {
    while let Ok(question) = asked.recv() {
        if writeln!(input, "{question}").is_err() {
            break;
        }
    }
}

fn read_lines(output: ChildStdout, answer: &SyncSender<io::Result<String>>) {
    let mut output = BufReader::new(output);
    while let Some(line) = next_line(&mut output).transpose() {
        let failed = line.is_err();
        if answer.send(line).is_err() || failed {
            break;
        }
    }
}

/// The next line of at most [`MAX_ANSWER`] bytes; `None` at the end.
fn next_line(output: &mut BufReader<ChildStdout>) -> io::Result<Option<String>> {
    let mut line = String::new();
    let read = output.take(MAX_ANSWER).read_line(&mut line)?;
    if read > 0 && !line.ends_with('\n') {
        return Err(io::Error::other("it does not end with a line feed"));
    }
    Ok((read > 0).then_some(line))
}

impl Drop for Running {
    fn drop(&mut self) {
        // That all of it is gone already is no error.
        let _gone = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        let _reaped = self.child.wait();
    }
}

/// The logic of a task, which an external program answers.
pub struct External {
    command: String,
    node: Pubkey,
    timeout: Duration,
    running: Option<Running>,
}

impl External {
    /// The logic that `command`, given to `sh -c`, has for `node`; each answer may take `timeout`.
    pub const fn new(command: String, node: Pubkey, timeout: Duration) -> Self {
        Self {
            command,
            node,
            timeout,
            running: None,
        }
    }

    /// Asks, and waits for the answer. After a malformed answer the program is ended: nothing that it may
    /// still say belongs to a question.
    fn ask<T: DeserializeOwned>(&mut self, request: &Request) -> Result<T, ExternalError> {
        let answer = self.exchange(request).and_then(|line| read(&line));
        let goes_on = matches!(answer, Ok(_) | Err(ExternalError::Refused(_)));
        if !goes_on {
            self.running = None;
        }
        answer
    }

    fn exchange(&mut self, request: &Request) -> Result<String, ExternalError> {
        // It may have ended since the last question: that question was answered.
        let ended = |running: &mut Running| !matches!(running.child.try_wait(), Ok(None));
        if self.running.as_mut().is_some_and(ended) {
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
        let unexpected = running.answers.try_recv();
        if let Ok(Ok(line)) = unexpected {
            return Err(malformed(&line, "nothing was asked"));
        }
        let question = serde_json::to_string(request);
        let question = question.map_err(|error| malformed("", &error.to_string()))?;
        if running.questions.send(question).is_err() {
            return Err(ExternalError::Ended(self.command.clone()));
        }
        match running.answers.recv_timeout(self.timeout) {
            Ok(Ok(line)) => Ok(line),
            Ok(Err(error)) => Err(malformed("", &error.to_string())),
            Err(RecvTimeoutError::Timeout) => Err(ExternalError::Timeout(self.timeout)),
            Err(RecvTimeoutError::Disconnected) => Err(ExternalError::Ended(self.command.clone())),
        }
    }
}

/// The answer in `line`.
fn read<T: DeserializeOwned>(line: &str) -> Result<T, ExternalError> {
    if let Ok(Refusal { error: Some(error) }) = serde_json::from_str(line) {
        return Err(ExternalError::Refused(error));
    }
    serde_json::from_str(line).map_err(|error| malformed(line, &error.to_string()))
}

fn malformed(answer: &str, problem: &str) -> ExternalError {
    ExternalError::Malformed {
        problem: problem.to_owned(),
        answer: answer.trim_end().chars().take(80).collect(),
    }
}

impl TaskLogic for External {
    fn work(&mut self, cycle: u64) -> Result<Vec<u8>, LogicError> {
        let node = self.node.to_string();
        let Worked { value } = self.ask(&Request::Work { node, cycle })?;
        let bytes = BASE64_STANDARD.decode(&value);
        let bytes = bytes.map_err(|error| malformed(&value, &format!("not base64: {error}")))?;
        let length = bytes.len() as u64;
        if length == 0 || length > MAX_SUBMISSION_LEN {
            let problem = format!("a proof of {length} bytes, not of 1 to {MAX_SUBMISSION_LEN}");
            return Err(malformed(&value, &problem).into());
        }
        Ok(bytes)
    }

    fn audit(&mut self, proof: &Proof) -> Result<bool, LogicError> {
        let Audited { valid } = self.ask(&Request::Audit(proof.into()))?;
        Ok(valid)
    }

    fn distribution(
        &mut self,
        cycle: &DistributionCycle,
        submissions: &[Proof],
        verdicts: &[bool],
    ) -> Result<Vec<(Pubkey, u64)>, LogicError> {
        let Distributed { list } = self.ask(&Request::Distribution {
            task: cycle.task.to_string(),
            cycle: cycle.number,
            bounty: cycle.bounty.to_string(),
            submissions: submissions.iter().map(Submitted::from).collect(),
            verdicts,
        })?;
        Ok(checked(list, cycle.bounty)?)
    }
}

/// Checks that the program on chain would accept the list.
fn checked(list: Vec<Share>, bounty: u64) -> Result<Vec<(Pubkey, u64)>, ExternalError> {
    let mut paid = HashSet::new();
    let mut left = bounty;
    let mut entries = Vec::with_capacity(list.len());
    for Share { node, amount } in list {
        let problem = |problem: &str| malformed(&format!("{node}: {amount}"), problem);
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
