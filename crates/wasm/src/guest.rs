//! One run of a module: what it reads, what it has written, and what it may still use.

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
}

/// The machine failed, not the module: nothing follows from such a run.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct MachineError(pub(crate) String);

/// Whether a run may ask the node, or knows its question alone.
pub(crate) enum Talk {
    /// Standard input ends with the question. So many lines are waited for.
    Alone(usize),
    /// Standard input goes on with what the node writes, and each line but the first is passed on.
    WithNode,
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
    outside: Rc<RefCell<dyn Outside>>,
    random: Random,
    limiter: Limiter,
    /// Why the machine failed, if it did.
    failed: Option<String>,
}

/// Random bytes that follow from what was asked.
struct Random {
    seed: [u8; 32],
    block: u64,
}

impl Random {
    fn fill(&mut self, bytes: &mut [u8]) {
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
    pub(crate) fn new(
        input: Vec<u8>,
        memory: usize,
        talk: Talk,
        outside: Rc<RefCell<dyn Outside>>,
    ) -> Self {
        Self {
            random: Random {
                seed: Sha256::digest(&input).into(),
                block: 0,
            },
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
        }
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
        if *read == input.len() && matches!(self.talk, Talk::WithNode) {
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
        match self.talk {
            Talk::Alone(wanted) if self.lines.len() < wanted => Ok(()),
            Talk::WithNode if self.lines.len() < 2 => Ok(()),
            Talk::WithNode if self.lines.last().is_some_and(|line| is_call(line)) => {
                let line = self.lines.pop().unwrap_or_default();
                if let Err(error) = self.outside.borrow_mut().write(&line) {
                    self.failed = Some(error.to_string());
                }
                Ok(())
            }
            Talk::Alone(_) | Talk::WithNode => Err(Stop::Answered),
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

/// Whether a line is a request to the node.
fn is_call(line: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(line)
        .is_ok_and(|line| line.get("call").is_some_and(|call| !call.is_null()))
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
