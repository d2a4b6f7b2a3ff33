//! The program while it runs: a group of processes of its own, asked and answered by lines.
//!
//! A guard leads the group: a shell that reads from a pipe which only this process can write to. When this
//! process ends, even by SIGKILL, the pipe closes and the guard ends the whole group, itself included. No
//! pipe is read or written without a limit of time and of bytes.

use super::orphans;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::{Errno, ioctl_fionbio, ioctl_fionread},
    process::{Pid, Signal, kill_process_group},
};
use std::{
    io::{self, ErrorKind, Read, Write},
    mem,
    os::unix::process::CommandExt,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

/// What the guard does.
const GUARD: &str = "read -r line; kill -KILL 0";
/// Longest time in which a request to stop goes unnoticed.
const NOTICE: Duration = Duration::from_millis(50);
/// Bytes that are read at once.
const CHUNK: usize = 64 << 10;
/// What is wrong with a line without end.
const TOO_LONG: &str = "it is longer than any answer";

/// Why there is no answer. The program has to be ended then: what it still says belongs to no question.
#[derive(Debug)]
pub(super) enum Failed {
    /// It ended, or closed its standard output.
    Ended,
    /// The time is over.
    Timeout,
    /// The node was asked to stop.
    Stopped,
    /// It wrote what is no answer; why, and how that begins.
    Malformed(&'static str, Vec<u8>),
    /// The system said so.
    System(io::Error),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

/// What limits a question.
pub(super) struct Limits<'a> {
    pub(super) deadline: Instant,
    /// Bytes of the answer.
    pub(super) bytes: usize,
    pub(super) stop: Option<&'a AtomicBool>,
}

impl Limits<'_> {
    /// How long to wait at most before looking again.
    fn pause(&self) -> Result<Duration, Failed> {
        if self.stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
            return Err(Failed::Stopped);
        }
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Failed::Timeout);
        }
        Ok(left.min(NOTICE))
    }
}

/// A program that runs. Dropping it ends it, with all processes that it started and left in its group.
pub(super) struct Running {
    group: Group,
    /// `None` when it has closed its standard input.
    input: Option<ChildStdin>,
    output: ChildStdout,
    /// What it has written and nobody has read.
    written: Vec<u8>,
}

/// The guard and the program. The guard is the group's leader: as long as nobody has taken notice of its
/// end, the group's number is no other group's.
struct Group {
    guard: Child,
    program: Option<Child>,
}

impl Drop for Group {
    fn drop(&mut self) {
        // That all of it is gone already is no error.
        let _gone = kill_process_group(Pid::from_child(&self.guard), Signal::KILL);
        if let Some(program) = &mut self.program {
            // It may have left the group.
            let _gone = program.kill();
            orphans::wait(program);
        }
        let _gone = self.guard.kill();
        orphans::wait(&mut self.guard);
    }
}

impl Running {
    /// Starts `command`, given to `sh -c`.
    pub(super) fn start(command: &str) -> io::Result<Self> {
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
        let mut group = Group {
            guard,
            program: None,
        };
        let mut program = Command::new("sh");
        program
            .args(["-c", command])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(leader);
        let mut program = orphans::spawn(&mut program)?;
        let pipes = program.stdin.take().zip(program.stdout.take());
        group.program = Some(program);
        let (input, output) = pipes.ok_or_else(|| io::Error::other("no pipes"))?;
        ioctl_fionbio(&input, true)?;
        ioctl_fionbio(&output, true)?;
        Ok(Self {
            group,
            input: Some(input),
            output,
            written: Vec::new(),
        })
    }

    /// Whether it has ended, so that another has to be started.
    pub(super) fn has_ended(&mut self) -> bool {
        let has_ended = |child: &mut Child| !matches!(child.try_wait(), Ok(None));
        has_ended(&mut self.group.guard)
            || self.group.program.as_mut().is_none_or(has_ended)
            || matches!(self.read(), Err(Failed::Ended))
    }

    /// Asks `question` and returns the line that answers it.
    pub(super) fn exchange(&mut self, question: &str, limits: &Limits) -> Result<Vec<u8>, Failed> {
        self.read()?;
        if !self.written.is_empty() {
            return Err(self.malformed("nothing was asked"));
        }
        let mut unsent = question.as_bytes();
        let mut searched = 0;
        loop {
            let unread = self.written.get(searched..).unwrap_or_default();
            if let Some(end) = unread.iter().position(|&byte| byte == b'\n') {
                let end = searched.saturating_add(end);
                if end > limits.bytes {
                    return Err(self.malformed(TOO_LONG));
                }
                let was_asked = unsent.is_empty() && self.has_read();
                return self.answer(end, was_asked);
            }
            searched = self.written.len();
            if searched > limits.bytes {
                return Err(self.malformed(TOO_LONG));
            }
            self.wait(!unsent.is_empty(), limits.pause()?)?;
            self.write(&mut unsent)?;
            self.read()?;
        }
    }

    /// Whether the program has read all that was written, but for the line feed.
    fn has_read(&self) -> bool {
        let unread = self.input.as_ref().map(ioctl_fionread);
        // Where the system cannot tell, it is not asked for.
        !matches!(unread, Some(Ok(2..)))
    }

    /// The line that ends at `end`, which must be all that was written.
    fn answer(&mut self, end: usize, was_asked: bool) -> Result<Vec<u8>, Failed> {
        if !was_asked {
            return Err(self.malformed("it came before the whole question was read"));
        }
        if self.written.len() > end.saturating_add(1) {
            return Err(self.malformed("something follows the answer"));
        }
        let mut line = mem::take(&mut self.written);
        line.truncate(end);
        Ok(line)
    }

    fn malformed(&mut self, problem: &'static str) -> Failed {
        Failed::Malformed(problem, mem::take(&mut self.written))
    }

    /// Waits until something can be read or written.
    fn wait(&self, has_unsent: bool, pause: Duration) -> Result<(), Failed> {
        let mut pipes = vec![PollFd::new(&self.output, PollFlags::IN)];
        if let Some(input) = self.input.as_ref().filter(|_| has_unsent) {
            pipes.push(PollFd::new(input, PollFlags::OUT));
        }
        let pause = Timespec::try_from(pause).ok();
        match poll(&mut pipes, pause.as_ref()) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(io::Error::from(error).into()),
        }
    }

    /// Writes what the pipe takes of `unsent`.
    fn write(&mut self, unsent: &mut &[u8]) -> Result<(), Failed> {
        while let Some(input) = self.input.as_mut().filter(|_| !unsent.is_empty()) {
            match input.write(unsent) {
                Ok(count) => *unsent = unsent.get(count..).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // It may end; until then it is waited for.
                Err(error) if error.kind() == ErrorKind::BrokenPipe => self.input = None,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Reads what the pipe has, one chunk at most.
    fn read(&mut self) -> Result<(), Failed> {
        let mut chunk = [0; CHUNK];
        match self.output.read(&mut chunk) {
            Ok(0) => Err(Failed::Ended),
            Ok(count) => {
                self.written.extend(chunk.get(..count).unwrap_or_default());
                Ok(())
            }
            Err(error)
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) =>
            {
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }
}
