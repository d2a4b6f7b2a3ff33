//! A process of the program that has said what it wants, and the questions that are open there.

use super::{
    ExternalError,
    bounds::Bounds,
    channel::{Asked, Channel, Failed, MAX_LINE},
    form::{self, Said, VERSION, Wants},
    host::Host,
};
use gradual_consensus_client::text::one_line;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::{
    sync::{Arc, atomic::AtomicBool},
    time::{Duration, Instant},
};

/// Most characters that are told of why a program does not answer.
pub(super) const MAX_REASON: usize = 500;

/// What a process is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It judges and divides; and it works, if it answers several questions at once.
    Judge,
    /// It works, and is asked nothing else.
    Work,
}

/// What starts processes of one program.
#[derive(Clone)]
pub(super) struct Starter {
    pub(super) command: String,
    pub(super) timeout: Duration,
    pub(super) stop: Option<Arc<AtomicBool>>,
    pub(super) host: Arc<dyn Host>,
    /// What its processes must keep within.
    pub(super) bounds: Option<Bounds>,
}

impl Starter {
    /// Starts a process and greets it, by `until`.
    pub(super) fn start(&self, role: Role, until: Instant) -> Result<Session, ExternalError> {
        let hello = self.host.hello().map_err(ExternalError::Host)?;
        let host = Arc::clone(&self.host);
        let channel = Channel::start(&self.command, host, self.bounds.as_ref());
        let channel = channel.map_err(|source| ExternalError::Start {
            command: self.command.clone(),
            source,
        })?;
        let mut session = Session {
            channel,
            wants: Wants::default(),
            late: 0,
        };
        let mut hello = form::question("hello", hello);
        if let Some(hello) = hello.get_mut("hello") {
            hello["version"] = VERSION.into();
            hello["role"] = match role {
                Role::Judge => "judge",
                Role::Work => "work",
            }
            .into();
        }
        let wants: Wants = self.ask(&mut session, hello, MAX_LINE, until)?;
        if wants.version != VERSION {
            return Err(ExternalError::Version(wants.version));
        }
        session.wants = wants;
        if wants.concurrent {
            session.channel.is_concurrent();
        }
        Ok(session)
    }

    /// Asks in `session` and waits for the answer of `bytes` at most, until `until`.
    pub(super) fn ask<T: DeserializeOwned>(
        &self,
        session: &mut Session,
        question: Map<String, Value>,
        bytes: usize,
        until: Instant,
    ) -> Result<T, ExternalError> {
        let patience = until.saturating_duration_since(Instant::now());
        let asked = session.channel.ask(question, bytes);
        let line = (session.channel).wait(&asked, patience, self.stop.as_deref());
        if matches!(line, Err(Failed::Timeout)) {
            session.late = session.late.saturating_add(1);
            session.channel.give_up(&asked);
        } else {
            session.late = 0;
        }
        self.read(line)
    }

    /// The answer in what came back.
    pub(super) fn read<T: DeserializeOwned>(
        &self,
        line: Result<Vec<u8>, Failed>,
    ) -> Result<T, ExternalError> {
        answered(&line.map_err(|failed| self.error(failed))?)
    }

    pub(super) fn error(&self, failed: Failed) -> ExternalError {
        match failed {
            Failed::Unasked => ExternalError::Unasked,
            Failed::Ended => ExternalError::Ended(self.command.clone()),
            Failed::Timeout => ExternalError::Timeout(self.timeout),
            Failed::Stopped => ExternalError::Stopped,
            Failed::Malformed(problem, written) => form::malformed(&written, problem).into(),
            Failed::System(said) => ExternalError::System(said),
            Failed::Unbounded(why) => ExternalError::Unbounded(why),
        }
    }
}

/// The answer in `line`.
///
/// # Errors
/// Where it is none, or says why there is none.
pub(super) fn answered<T: DeserializeOwned>(line: &[u8]) -> Result<T, ExternalError> {
    match form::read(line)? {
        Said::Answer(answer) => Ok(answer),
        Said::Refusal(why) => Err(ExternalError::Refused(one_line(&why, MAX_REASON))),
    }
}

/// A process that was greeted.
pub(super) struct Session {
    pub(super) channel: Channel,
    pub(super) wants: Wants,
    /// Questions in a row that it did not answer in time.
    late: u32,
}

/// So many questions in a row that are not answered in time end a process that has others open.
const MOST_LATE: u32 = 3;

impl Session {
    /// Whether it goes on after a question that it did not answer in time: other questions are open there.
    pub(super) const fn outlives_lateness(&self) -> bool {
        self.wants.concurrent && self.late < MOST_LATE
    }
}

/// The work of a cycle, beside everything else.
pub(super) enum Work {
    /// In a process of its own, or in the one that judges.
    Going(Option<Session>, Asked),
    /// Its proof.
    Done(Vec<u8>),
    /// Why there is no proof.
    Failed(ExternalError),
}
