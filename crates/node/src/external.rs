//! A task's logic in a program of its own, in any language: one JSON object a line on its standard
//! input, one on its standard output (`docs/external-logic.md`).
//!
//! The program is started when it is first needed, and kept running. If it dies, gives a malformed answer
//! or does not answer in time, the question fails and the program is started again for the next one. A
//! later step asks the failed question again. It ends with the node, however that ends.
//!
//! `channel` is the conversation with one process, `process` its pipes and its end, `session` a process that
//! has said what it wants, `form` the forms of questions and answers, `host` what a program may ask the node,
//! `chatter` what it says beside its answers, and `bounds` what it must keep within.

mod bounds;
mod channel;
mod chatter;
mod form;
pub mod host;
mod orphans;
mod process;
mod session;

pub use form::VERSION;

use crate::logic::{
    DistributionCycle, ListInput, LogicError, Proof, TaskLogic, Unknown, equal_shares,
};
use bounds::Bounds;
use channel::{Failed, MAX_LINE};
use form::{Audited, Distributed, Malformed, Wants, Worked};
use gradual_consensus_client::text::one_line;
use host::{Host, Nobody};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use session::{MAX_REASON, Role, Session, Starter, Work};
use solana_sdk::pubkey::Pubkey;
use std::{
    collections::BTreeMap,
    io, mem,
    sync::{Arc, atomic::AtomicBool},
    time::{Duration, Instant},
};
use thiserror::Error;

/// How long an external program may take to answer, unless the operator says otherwise.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// Longest time that is waited for, whatever the operator allows: a clock does not go on for ever.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Most bytes of a list for each submission, beyond those of any answer. An entry takes less than 100.
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
    /// What the program is to be told of its task is not known.
    #[error("the logic cannot be greeted: {0}")]
    Host(String),
    /// The program speaks another version of the protocol.
    #[error(
        "the task's program speaks version {0} of the protocol, and this node version 2: see \
         docs/external-logic.md"
    )]
    Version(u64),
    /// The program ended, or closed its standard output.
    #[error(
        "the task's program {0:?} ended without an answer: see what it wrote to standard error"
    )]
    Ended(String),
    /// The program had ended before it was asked.
    #[error("the task's program had ended: it is started again")]
    Unasked,
    /// The program took too long.
    #[error(
        "the task's program did not answer within {0:?}: make it faster, or allow more time with --logic-timeout"
    )]
    Timeout(Duration),
    /// The node is about to stop, and does not wait for an answer.
    #[error("the node stops, and does not wait for the task's program")]
    Stopped,
    /// The system let nobody read or write.
    #[error("cannot talk to the task's program: {0}: it is started again")]
    System(String),
    /// The program was ended, since it did not keep within its bounds.
    #[error("the task's program was ended: {0}")]
    Unbounded(String),
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

impl From<Malformed> for ExternalError {
    fn from(Malformed { problem, answer }: Malformed) -> Self {
        Self::Malformed { problem, answer }
    }
}

/// The logic of a task, which an external program answers.
pub struct External {
    node: Pubkey,
    starter: Starter,
    /// What the program has said that it wants.
    wants: Option<Wants>,
    /// The process that judges.
    judge: Option<Session>,
    /// A process that has worked and may work again.
    idle: Option<Session>,
    /// The work that was begun, by its cycle.
    works: BTreeMap<u64, Work>,
}

impl External {
    /// The logic that `command`, given to `sh -c`, has for `node`; each answer may take `timeout`.
    pub fn new(command: String, node: Pubkey, timeout: Duration) -> Self {
        Self::of(
            Starter {
                command,
                timeout,
                stop: None,
                host: Arc::new(Nobody { node }),
                bounds: None,
            },
            node,
        )
    }

    const fn of(starter: Starter, node: Pubkey) -> Self {
        Self {
            node,
            starter,
            wants: None,
            judge: None,
            idle: None,
            works: BTreeMap::new(),
        }
    }

    /// Waits for no answer any more once `stop` is set: the program is ended.
    #[must_use]
    pub fn until(mut self, stop: Arc<AtomicBool>) -> Self {
        self.starter.stop = Some(stop);
        self
    }

    /// Answers the program's requests by `host`, which also hears what it says.
    #[must_use]
    pub fn hosted_by(mut self, host: Arc<dyn Host>) -> Self {
        self.starter.host = host;
        self
    }

    /// Ends the program where it does not keep within its bounds. `look` is asked every second while the program runs, and says
    /// how it exceeds them.
    #[must_use]
    pub fn bounded_by(
        mut self,
        look: impl Fn() -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        self.starter.bounds = Some(Bounds::new(look));
        self
    }

    /// The same logic, in a process of its own.
    #[must_use]
    pub fn fresh(&self) -> Self {
        Self::of(self.starter.clone(), self.node)
    }

    /// Whether the work of any cycle goes on.
    pub fn is_working(&mut self) -> bool {
        let cycles: Vec<u64> = self.works.keys().copied().collect();
        cycles.into_iter().for_each(|cycle| self.look_at(cycle));
        let mut works = self.works.values();
        works.any(|work| matches!(work, Work::Going(..)))
    }

    fn until_when(&self) -> Instant {
        Instant::now() + self.starter.timeout.min(LONGEST_TIMEOUT)
    }

    /// The process that judges; it is started if there is none. One that ended after its last answer has failed
    /// at nothing; what another did wrong is told once.
    fn judge(&mut self, until: Instant) -> Result<&mut Session, ExternalError> {
        let is_stopping = (self.starter.stop.as_ref())
            .is_some_and(|stop| stop.load(std::sync::atomic::Ordering::Relaxed));
        if is_stopping {
            self.judge = None;
            return Err(ExternalError::Stopped);
        }
        match self.judge.as_ref().and_then(|judge| judge.channel.over()) {
            None => {}
            Some(Failed::Ended | Failed::Unasked) => self.judge = None,
            Some(failed) => {
                self.judge = None;
                return Err(self.starter.error(failed));
            }
        }
        if self.judge.is_none() {
            let judge = self.starter.start(Role::Judge, until)?;
            self.wants = Some(judge.wants);
            self.judge = Some(judge);
        }
        self.judge.as_mut().ok_or(ExternalError::Unasked)
    }

    /// What the program wants. It is asked if it has not said so yet.
    fn wants(&mut self) -> Result<Wants, ExternalError> {
        match self.wants {
            Some(wants) => Ok(wants),
            None => Ok(self.judge(self.until_when())?.wants),
        }
    }

    /// Asks the process that judges, and waits for the answer. After a malformed answer it is ended: nothing that
    /// it may still say belongs to a question.
    fn ask<T: DeserializeOwned>(
        &mut self,
        question: &Map<String, Value>,
        bytes: usize,
    ) -> Result<T, ExternalError> {
        let until = self.until_when();
        let mut answer = self.ask_once(question, bytes, until);
        if matches!(answer, Err(ExternalError::Unasked)) {
            self.judge = None;
            answer = self.ask_once(question, bytes, until);
        }
        let goes_on = match &answer {
            Ok(_) | Err(ExternalError::Refused(_)) => true,
            Err(ExternalError::Timeout(_)) => {
                (self.judge.as_ref()).is_some_and(Session::outlives_lateness)
            }
            Err(_) => false,
        };
        if !goes_on {
            self.judge = None;
        }
        answer
    }

    fn ask_once<T: DeserializeOwned>(
        &mut self,
        question: &Map<String, Value>,
        bytes: usize,
        until: Instant,
    ) -> Result<T, ExternalError> {
        let starter = self.starter.clone();
        let judge = self.judge(until)?;
        starter.ask(judge, question.clone(), bytes, until)
    }

    /// Begins the work of `cycle` in the process that judges, or in one of its own.
    fn begin(&mut self, cycle: u64) -> Result<Work, ExternalError> {
        let (until, question) = (self.until_when(), form::work(&self.node, cycle));
        if self.wants()?.concurrent {
            let judge = self.judge(until)?;
            let asked = judge.channel.ask(question, MAX_LINE);
            return Ok(Work::Going(None, asked));
        }
        let idle = self.idle.take();
        let idle = idle.filter(|idle| idle.channel.over().is_none());
        let mut worker = match idle {
            Some(idle) => idle,
            None => self.starter.start(Role::Work, until)?,
        };
        let asked = worker.channel.ask(question, MAX_LINE);
        Ok(Work::Going(Some(worker), asked))
    }

    /// Looks whether the work of `cycle` has come to its end.
    fn look_at(&mut self, cycle: u64) {
        let Some(Work::Going(worker, asked)) = self.works.get_mut(&cycle) else {
            return;
        };
        let Some(line) = asked.look() else {
            return;
        };
        let is_whole = line.is_ok();
        let worked = self.starter.read(line);
        let proof = worked.and_then(|worked: Worked| Ok(worked.proof()?));
        if is_whole && let Some(worker) = worker.take() {
            self.idle = Some(worker);
        }
        let work = proof.map_or_else(Work::Failed, Work::Done);
        self.works.insert(cycle, work);
    }
}

impl TaskLogic for External {
    fn work(&mut self, cycle: u64) -> Result<Vec<u8>, LogicError> {
        let worked: Worked = self.ask(&form::work(&self.node, cycle), MAX_LINE)?;
        Ok(worked.proof().map_err(ExternalError::from)?)
    }

    fn begin_work(&mut self, cycle: u64) -> bool {
        if !self.works.contains_key(&cycle) {
            let work = self.begin(cycle).unwrap_or_else(Work::Failed);
            self.works.insert(cycle, work);
        }
        true
    }

    fn try_work(&mut self, cycle: u64) -> Result<Option<Vec<u8>>, LogicError> {
        self.begin_work(cycle);
        self.look_at(cycle);
        match self.works.get_mut(&cycle) {
            Some(Work::Done(proof)) => Ok(Some(proof.clone())),
            Some(work @ Work::Failed(_)) => {
                let failed = mem::replace(work, Work::Failed(ExternalError::Unasked));
                // It is begun again when it is asked for again.
                self.works.remove(&cycle);
                match failed {
                    Work::Failed(error) => Err(error.into()),
                    Work::Going(..) | Work::Done(_) => Ok(None),
                }
            }
            _ => Ok(None),
        }
    }

    fn end_work_before(&mut self, cycle: u64) {
        let kept = self.works.split_off(&cycle);
        let over = mem::replace(&mut self.works, kept);
        for work in over.into_values() {
            // A process of its own ends here.
            if let (Work::Going(None, asked), Some(judge)) = (work, &mut self.judge) {
                judge.channel.give_up(&asked);
            }
        }
    }

    fn audit(&mut self, proof: &Proof) -> Result<bool, LogicError> {
        let answer: Result<Audited, _> = self.ask(&form::audit(proof), MAX_LINE);
        match answer {
            Ok(Audited {
                valid: Some(valid),
                unknown: None,
            }) => Ok(valid),
            Ok(Audited {
                valid: None,
                unknown: Some(why),
            }) => Err(Unknown(one_line(&why, MAX_REASON)).into()),
            Ok(_) => {
                self.judge = None;
                let problem = "it has neither \"valid\" nor \"unknown\", or both";
                Err(ExternalError::from(form::malformed(b"", problem)).into())
            }
            Err(error @ (ExternalError::Stopped | ExternalError::Host(_))) => {
                Err(Unknown(error.to_string()).into())
            }
            Err(error) => Err(error.into()),
        }
    }

    fn list_input(&mut self) -> Result<ListInput, LogicError> {
        let wants = self.wants()?;
        Ok(match wants {
            Wants {
                equal_shares: true, ..
            } => ListInput::Authors,
            Wants { values: false, .. } => ListInput::Slots,
            Wants { .. } => ListInput::Values,
        })
    }

    fn distribution(
        &mut self,
        cycle: &DistributionCycle,
        submissions: &[Proof],
        verdicts: &[bool],
    ) -> Result<Vec<(Pubkey, u64)>, LogicError> {
        let wants = self.wants()?;
        if wants.equal_shares {
            return Ok(equal_shares(cycle.bounty, submissions, verdicts));
        }
        let question = form::distribution(cycle, submissions, verdicts, wants.values);
        let bytes = MAX_ENTRY.saturating_mul(submissions.len());
        let bytes = bytes.saturating_add(MAX_LINE).min(MAX_LIST);
        let Distributed { list } = self.ask(&question, bytes)?;
        Ok(form::checked(list, cycle.bounty).map_err(ExternalError::from)?)
    }
}

/// What is made of an answer, for the crate `gradual-consensus-fuzz`: without a process that gives it.
#[cfg(feature = "outside")]
#[doc(hidden)]
pub mod outside {
    use super::{
        ExternalError,
        form::{self, Audited, Distributed, Worked},
        session::answered,
    };
    use solana_sdk::pubkey::Pubkey;

    /// The proof in `line`, an answer about work.
    ///
    /// # Errors
    /// As for [`TaskLogic::work`](crate::logic::TaskLogic::work).
    pub fn work(line: &[u8]) -> Result<Vec<u8>, ExternalError> {
        Ok(answered::<Worked>(line)?.proof()?)
    }

    /// The verdict in `line`, an answer about a proof; none where it cannot tell.
    ///
    /// # Errors
    /// As for [`TaskLogic::audit`](crate::logic::TaskLogic::audit).
    pub fn audit(line: &[u8]) -> Result<Option<bool>, ExternalError> {
        Ok(answered::<Audited>(line)?.valid)
    }

    /// The list in `line`, an answer about a cycle with this bounty.
    ///
    /// # Errors
    /// As for [`TaskLogic::distribution`](crate::logic::TaskLogic::distribution).
    pub fn distribution(line: &[u8], bounty: u64) -> Result<Vec<(Pubkey, u64)>, ExternalError> {
        Ok(form::checked(answered::<Distributed>(line)?.list, bounty)?)
    }
}
