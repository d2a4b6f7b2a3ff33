//! One run of a module: what it reads, what it has written, and what it may still use.

use crate::{files::Files, grants::Grants};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{cell::RefCell, io, rc::Rc};
use thiserror::Error;
use wasmtime::ResourceLimiter;

/// Most elements of all tables together.
const MOST_ELEMENTS: usize = 1 << 20;
/// Most bytes of one line that a run writes.
const MOST_LINE: usize = 64 << 20;
/// Most bytes of standard error that are passed on of one run.
const MOST_LOG: usize = 16 << 10;

/// Who a run talks to, beyond the question that it was given.
pub(crate) trait Outside {
    /// The next line that was written to the module, with its end; `None` after the last.
    fn read(&mut self) -> io::Result<Option<Vec<u8>>>;
    /// Passes on a line that the module wrote, with its end.
    fn write(&mut self, line: &[u8]) -> io::Result<()>;
    /// Passes on what the module wrote to standard error.
    fn log(&mut self, bytes: &[u8]);
}

/// How a run ended that trapped nowhere.
#[derive(Debug, Error)]
pub(crate) enum Stop {
    /// It has said all that it was asked.
    #[error("it has answered")]
    Answered,
    /// It ended itself.
    #[error("it ended with {0}")]
    Exit(i32),
    /// It wrote a line that is longer than any answer.
    #[error("it wrote a line of more than {MOST_LINE} bytes")]
    TooLong,
    /// It called what no logic has.
    #[error("it called {0}, which a logic does not have")]
    Missing(&'static str),
}

/// The machine failed, not the module: nothing follows from such a run.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct MachineError(pub(crate) String);

/// Whether a run may ask the node, or knows its question alone.
pub(crate) enum Talk {
    /// Standard input ends with the question. So many lines are waited for.
    Alone(usize),
    /// Standard input goes on with what the node writes, and each line but the first is passed on. The run has what was
    /// granted.
    WithNode(Grants),
}

/// The world of a run.
pub(crate) struct Guest {
    /// What it reads, and how much of it was read.
    input: (Vec<u8>, usize),
    /// The line that it is writing.
    line: Vec<u8>,
    /// The lines that it has written.
    lines: Vec<Vec<u8>>,
    logged: usize,
    talk: Talk,
    files: Files,
    outside: Rc<RefCell<dyn Outside>>,
    random: Random,
    limiter: Limiter,
    /// Why the machine failed, if it did.
    failed: Option<String>,
}

/// Random bytes that follow from what was asked.
pub(crate) struct Random {
    seed: [u8; 32],
    block: u64,
}

impl Random {
    /// Those that follow from `asked`.
    pub(crate) fn new(asked: &[u8]) -> Self {
        Self {
            seed: Sha256::digest(asked).into(),
            block: 0,
        }
    }

    /// Fills `bytes` with the next ones.
    pub(crate) fn fill(&mut self, bytes: &mut [u8]) {
        for part in bytes.chunks_mut(32) {
            let block = Sha256::new_with_prefix(self.seed).chain_update(self.block.to_le_bytes());
            self.block = self.block.wrapping_add(1);
            for (byte, random) in part.iter_mut().zip(block.finalize()) {
                *byte = random;
            }
        }
    }
}

struct Limiter {
    /// Most bytes of memory.
    memory: usize,
    /// Elements that the tables may still have.
    elements: usize,
    /// Whether the last request was for more than the run may have.
    has_refused: bool,
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let is_granted = desired <= maximum.unwrap_or(usize::MAX).min(self.memory);
        self.has_refused = !is_granted;
        Ok(is_granted)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        // Only what was granted can fail. What a run may have and does not get would be another answer on another
        // machine: this ends the run.
        Err(error)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let left = self.elements.checked_sub(desired.saturating_sub(current));
        let left = left.filter(|_| desired <= maximum.unwrap_or(usize::MAX));
        self.has_refused = left.is_none();
        self.elements = left.unwrap_or(self.elements);
        Ok(left.is_some())
    }
}

impl Guest {
    /// The world of a run that reads `input` and may have `memory` bytes of memory.
    ///
    /// # Errors
    /// A folder that it is granted is not there.
    pub(crate) fn new(
        input: Vec<u8>,
        memory: usize,
        talk: Talk,
        outside: Rc<RefCell<dyn Outside>>,
    ) -> Result<Self, MachineError> {
        let files = match &talk {
            Talk::Alone(_) => Files::default(),
            Talk::WithNode(grants) => Files::new(&grants.folders).map_err(MachineError)?,
        };
        Ok(Self {
            files,
            random: Random::new(&input),
            input: (input, 0),
            line: Vec::new(),
            lines: Vec::new(),
            logged: 0,
            talk,
            outside,
            limiter: Limiter {
                memory,
                elements: MOST_ELEMENTS,
                has_refused: false,
            },
            failed: None,
        })
    }

    /// The files that it has.
    pub(crate) const fn files(&self) -> &Files {
        &self.files
    }

    /// The same, to open and to close.
    pub(crate) const fn files_mut(&mut self) -> &mut Files {
        &mut self.files
    }

    /// Whether it was granted a folder.
    pub(crate) fn has_folders(&self) -> bool {
        matches!(&self.talk, Talk::WithNode(grants) if !grants.folders.is_empty())
    }

    /// What limits its memory.
    pub(crate) fn limiter(&mut self) -> &mut dyn ResourceLimiter {
        &mut self.limiter
    }

    /// Whether its last request for memory or for a table was for more than it may have.
    pub(crate) const fn was_refused(&self) -> bool {
        self.limiter.has_refused
    }

    /// The lines that it has written.
    ///
    /// # Errors
    /// Where the machine failed meanwhile.
    pub(crate) fn into_lines(self) -> Result<Vec<Vec<u8>>, MachineError> {
        match self.failed {
            Some(why) => Err(MachineError(why)),
            None => Ok(self.lines),
        }
    }

    /// What is to be read next, at most `most` bytes; nothing at the end.
    pub(crate) fn read(&mut self, most: usize) -> &[u8] {
        let (input, read) = &mut self.input;
        if *read == input.len() && matches!(self.talk, Talk::WithNode(_)) {
            let next = self.outside.borrow_mut().read();
            match next {
                Ok(line) => *input = line.unwrap_or_default(),
                Err(error) => {
                    input.clear();
                    self.failed = Some(error.to_string());
                }
            }
            *read = 0;
        }
        let end = input.len().min(read.saturating_add(most));
        let next = input.get(*read..end).unwrap_or_default();
        *read = end;
        next
    }

    /// Takes what the run writes to standard output.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        for part in bytes.split_inclusive(|&byte| byte == b'\n') {
            if part.len() > MOST_LINE.saturating_sub(self.line.len()) {
                return Err(Stop::TooLong);
            }
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") {
                let line = std::mem::take(&mut self.line);
                self.has_said(line)?;
            }
        }
        Ok(())
    }

    fn has_said(&mut self, line: Vec<u8>) -> Result<(), Stop> {
        self.lines.push(line);
        match &self.talk {
            Talk::Alone(wanted) if self.lines.len() < *wanted => Ok(()),
            Talk::WithNode(_) if self.lines.len() < 2 => Ok(()),
            Talk::WithNode(grants) => {
                let Some(call) = self.lines.last().and_then(|line| call(line)) else {
                    return Err(Stop::Answered);
                };
                let line = self.lines.pop().unwrap_or_default();
                if let Some(url) = call.pointer("/fetch/url").and_then(Value::as_str) {
                    let reply = fetched(grants, &call, url);
                    self.input.0.extend_from_slice(reply.as_bytes());
                } else if let Err(error) = self.outside.borrow_mut().write(&line) {
                    self.failed = Some(error.to_string());
                }
                Ok(())
            }
            Talk::Alone(_) => Err(Stop::Answered),
        }
    }

    /// Takes what the run writes to standard error.
    pub(crate) fn log(&mut self, bytes: &[u8]) {
        let left = MOST_LOG.saturating_sub(self.logged);
        let shown = bytes.get(..left).unwrap_or(bytes);
        self.logged = self.logged.saturating_add(shown.len());
        if !shown.is_empty() {
            self.outside.borrow_mut().log(shown);
        }
    }

    pub(crate) fn random(&mut self, bytes: &mut [u8]) {
        self.random.fill(bytes);
    }
}

/// The request to the node in `line`, if it is one.
fn call(line: &[u8]) -> Option<Value> {
    let call: Value = serde_json::from_slice(line).ok()?;
    let number = call.get("call")?;
    (!number.is_null()).then_some(call)
}

/// The line that answers `call`, a request for what is at `url`. The node is not asked: it does not know what was granted.
fn fetched(grants: &Grants, call: &Value, url: &str) -> String {
    let fetched = match grants.fetch {
        Some(fetch) if !grants.hosts.is_empty() => fetch(url, &grants.hosts),
        _ => Err("no host is granted".to_owned()),
    };
    let mut reply = match fetched {
        Ok(body) => json!({ "ok": { "body": BASE64_STANDARD.encode(body) } }),
        Err(why) => json!({ "error": why }),
    };
    reply["call"] = call["call"].clone();
    format!("{reply}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter() -> Limiter {
        Limiter {
            memory: 1 << 20,
            elements: 10,
            has_refused: false,
        }
    }

    #[test]
    fn memory_that_the_machine_does_not_give_ends_the_run() {
        let mut limiter = limiter();
        assert!(!limiter.memory_growing(0, 2 << 20, None).unwrap());
        assert!(limiter.has_refused);
        assert!(limiter.memory_growing(0, 1 << 20, None).unwrap());
        assert!(!limiter.has_refused);
        // Whatever kind of error it is.
        assert!(limiter.memory_grow_failed(std::fmt::Error.into()).is_err());
    }

    #[test]
    fn the_elements_of_all_tables_are_counted_together() {
        let mut limiter = limiter();
        assert!(limiter.table_growing(0, 6, None).unwrap());
        assert!(!limiter.table_growing(0, 5, None).unwrap());
        assert!(limiter.has_refused);
        assert!(!limiter.table_growing(6, 8, Some(7)).unwrap());
        assert!(limiter.table_growing(6, 10, None).unwrap());
        assert!(!limiter.has_refused);
    }
}
