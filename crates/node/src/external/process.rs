//! The program while it runs: a group of processes of its own, and the pipes to it.
//!
//! A guard leads the group: a shell that reads from a pipe which only this process can write to. When this
//! process ends, even by SIGKILL, the pipe closes and the guard ends the whole group, itself included. No
//! pipe blocks.

use super::orphans;
use rustix::{
    io::{ioctl_fionbio, ioctl_fionread},
    process::{Pid, Signal, kill_process_group},
};
use std::{
    io::{self, ErrorKind, Read, Write},
    os::unix::process::CommandExt,
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio},
};

/// What the guard does.
const GUARD: &str = "read -r line; kill -KILL 0";
/// Bytes that are read at once.
const CHUNK: usize = 64 << 10;

/// The guard and the program. The guard is the group's leader: as long as nobody has taken notice of its
/// end, the group's number is no other group's. Dropping it ends the program, with all processes that it
/// started and left in its group.
pub(super) struct Group {
    guard: Child,
    program: Option<Child>,
}

impl Drop for Group {
    fn drop(&mut self) {
        // That all of it is gone already is no error.
        let _gone = kill_process_group(Pid::from_child(&self.guard), Signal::KILL);
        if let Some(mut program) = self.program.take() {
            // It may have left the group.
            let _gone = program.kill();
            orphans::wait_a_while(program);
        }
        let _gone = self.guard.kill();
        orphans::wait(&mut self.guard);
    }
}

impl Group {
    /// Starts `command`, given to `sh -c`.
    pub(super) fn start(command: &str) -> io::Result<(Self, Pipes)> {
        // A group of its own: Ctrl-C reaches the node only.
        let mut guard = Command::new("sh");
        guard
            .args(["-c", GUARD])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0);
        let guard = orphans::spawn(&mut guard)?;
        let leader = Pid::from_child(&guard).as_raw_pid();
        let mut group = Self {
            guard,
            program: None,
        };
        let mut program = Command::new("sh");
        program
            .args(["-c", command])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(leader);
        let mut program = orphans::spawn(&mut program)?;
        let (input, output) = (program.stdin.take(), program.stdout.take());
        let errors = program.stderr.take();
        group.program = Some(program);
        let pipes = Pipes {
            output: output.ok_or_else(no_pipe)?,
            errors: Some(errors.ok_or_else(no_pipe)?),
            input,
        };
        pipes.unblock()?;
        Ok((group, pipes))
    }

    /// Whether the program has ended, or the guard has.
    pub(super) fn has_ended(&mut self) -> bool {
        let has_ended = |child: &mut Child| !matches!(child.try_wait(), Ok(None));
        has_ended(&mut self.guard) || self.program.as_mut().is_none_or(has_ended)
    }
}

fn no_pipe() -> io::Error {
    io::Error::other("no pipes")
}

/// The program's standard streams.
pub(super) struct Pipes {
    /// `None` when it has closed its standard input.
    pub(super) input: Option<ChildStdin>,
    pub(super) output: ChildStdout,
    /// `None` when it has closed its standard error.
    pub(super) errors: Option<ChildStderr>,
}

/// What a pipe gave.
pub(super) enum Chunk {
    /// This.
    Bytes(Vec<u8>),
    /// Nothing yet.
    Nothing,
    /// It was closed.
    End,
}

impl Pipes {
    fn unblock(&self) -> io::Result<()> {
        if let Some(input) = &self.input {
            ioctl_fionbio(input, true)?;
        }
        ioctl_fionbio(&self.output, true)?;
        if let Some(errors) = &self.errors {
            ioctl_fionbio(errors, true)?;
        }
        Ok(())
    }

    /// Whether the program has read all that was written, but for the line feed.
    pub(super) fn has_read(&self) -> bool {
        let unread = self.input.as_ref().map(ioctl_fionread);
        // Where the system cannot tell, it is not asked for.
        !matches!(unread, Some(Ok(2..)))
    }

    /// Writes what the pipe takes of `unsent`, and returns how much that is.
    pub(super) fn write(&mut self, unsent: &[u8]) -> io::Result<usize> {
        let mut written = 0usize;
        loop {
            let rest = unsent.get(written..).unwrap_or_default();
            let Some(input) = self.input.as_mut().filter(|_| !rest.is_empty()) else {
                return Ok(written);
            };
            match input.write(rest) {
                Ok(count) => written = written.saturating_add(count),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(written),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // It may end; until then it is waited for.
                Err(error) if error.kind() == ErrorKind::BrokenPipe => self.input = None,
                Err(error) => return Err(error),
            }
        }
    }
}

/// Reads what `pipe` has, one chunk at most.
pub(super) fn read(pipe: &mut impl Read) -> io::Result<Chunk> {
    let mut chunk = vec![0; CHUNK];
    match pipe.read(&mut chunk) {
        Ok(0) => Ok(Chunk::End),
        Ok(count) => {
            chunk.truncate(count);
            Ok(Chunk::Bytes(chunk))
        }
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
            Ok(Chunk::Nothing)
        }
        Err(error) => Err(error),
    }
}
