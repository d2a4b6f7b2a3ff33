//! The conversation with one process of the program, by lines. A thread of its own reads and writes, so that
//! the program may ask the host while it answers, and say what it likes on its standard error.
//!
//! Whoever asks waits on its own side, for as long as it likes. No line is longer than the answer that is
//! waited for may be, and the program is asked nothing before it has answered, unless it says that it answers
//! several questions at once.

use super::{
    bounds::{Bounds, Watch},
    chatter::Chatter,
    host::Host,
    process::{self, Chunk, Group, Pipes},
};
use rustix::event::{PollFd, PollFlags, poll};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Read, Write},
    os::unix::net::UnixStream,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

/// Longest time in which a request to stop goes unnoticed.
const NOTICE: Duration = Duration::from_millis(50);
/// Most bytes of a line that answers no longer question: a request to the host.
pub(super) const MAX_LINE: usize = 64 << 10;
/// Most questions that were given up and may still be answered.
const MOST_FORGOTTEN: usize = 1_000;
/// Chunks of a program's standard error that are read after its end.
const LAST_CHUNKS: usize = 16;
/// What is wrong with a line without end.
const TOO_LONG: &str = "it is longer than any answer";
const NOT_ASKED: &str = "nothing was asked";

/// Why there is no answer. But for a question that was given up, the program is ended then: what it still
/// says belongs to no question.
#[derive(Clone, Debug)]
pub(super) enum Failed {
    /// It had ended before it read the question.
    Unasked,
    /// It ended, or closed its standard output.
    Ended,
    /// The time is over.
    Timeout,
    /// The node was asked to stop.
    Stopped,
    /// It wrote what is no answer; why, and how that begins.
    Malformed(&'static str, Vec<u8>),
    /// The system said so.
    System(String),
    /// It did not keep within its bounds; what it did.
    Unbounded(String),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::System(error.to_string())
    }
}

/// What became of a question that was not read, where the conversation ended with `over`.
fn unasked(over: &Failed) -> Failed {
    match over {
        Failed::Ended | Failed::Unasked => Failed::Unasked,
        other => other.clone(),
    }
}

type Line = Result<Vec<u8>, Failed>;

/// A question on its way.
struct Question {
    id: u64,
    /// Most bytes of its answer.
    bytes: usize,
    line: String,
    answer: SyncSender<Line>,
}

/// A question that was asked, and the place where its answer arrives.
pub(super) struct Asked {
    /// Its number.
    id: u64,
    answer: Receiver<Line>,
}

impl Asked {
    /// The answer, if there is one by now.
    pub(super) fn look(&self) -> Option<Line> {
        match self.answer.try_recv() {
            Ok(line) => Some(line),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Err(Failed::Ended)),
        }
    }
}

/// What the thread has not taken yet.
#[derive(Default)]
struct Inbox {
    questions: Vec<Question>,
    /// The numbers of questions that were given up.
    given_up: Vec<u64>,
    /// Why nothing is taken any more, if the conversation is over.
    over: Option<Failed>,
}

/// What both sides of the conversation know.
struct Shared {
    inbox: Mutex<Inbox>,
    /// How long the host took for its answers in all, and since when it has been at the present one.
    host_time: Mutex<(Duration, Option<Instant>)>,
    /// The program, until it is ended.
    group: Mutex<Option<Group>>,
    /// Whether the program answers several questions at once.
    is_concurrent: AtomicBool,
    /// How the program exceeded its bounds, if it was ended for that.
    excess: Mutex<Option<String>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change is one assignment: a panic leaves nothing half written.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn host_time(&self) -> Duration {
        let (before, since) = *lock(&self.host_time);
        before.saturating_add(since.map_or(Duration::ZERO, |since| since.elapsed()))
    }

    /// Ends the program.
    fn end(&self) {
        drop(lock(&self.group).take());
    }

    /// Ends the program, which exceeded its bounds: `why`.
    fn exceeds(&self, why: String) {
        *lock(&self.excess) = Some(why);
        self.end();
    }

    /// Why the conversation failed: the program's excess, if it was ended for that.
    fn reason(&self, failed: Failed) -> Failed {
        let excess = lock(&self.excess).clone();
        excess.map_or(failed, Failed::Unbounded)
    }
}

/// One process of the program, and the conversation with it. Dropping it ends the process.
pub(super) struct Channel {
    shared: Arc<Shared>,
    /// Wakes the thread.
    bell: UnixStream,
    last_id: u64,
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.shared.end();
    }
}

impl Channel {
    /// Starts `command`; `host` answers its requests and hears what it says. It is ended where it exceeds `bounds`.
    pub(super) fn start(
        command: &str,
        host: Arc<dyn Host>,
        bounds: Option<&Bounds>,
    ) -> io::Result<Self> {
        let (group, pipes) = Group::start(command)?;
        let (bell, rings) = UnixStream::pair()?;
        rings.set_nonblocking(true)?;
        bell.set_nonblocking(true)?;
        let shared = Arc::new(Shared {
            inbox: Mutex::default(),
            host_time: Mutex::default(),
            group: Mutex::new(Some(group)),
            is_concurrent: AtomicBool::new(false),
            excess: Mutex::default(),
        });
        let watch = bounds.map(|bounds| {
            let program = Arc::clone(&shared);
            bounds.watch(move |why| program.exceeds(why))
        });
        let mut talk = Talk {
            shared: Arc::clone(&shared),
            pipes,
            rings,
            host,
            chatter: Chatter::default(),
            unsent: Vec::new(),
            heard: Vec::new(),
            asked: BTreeMap::new(),
            forgotten: BTreeSet::new(),
            _watch: watch.transpose()?,
        };
        let span = tracing::Span::current();
        thread::Builder::new()
            .name("logic".into())
            .spawn(move || span.in_scope(|| talk.go_on()))?;
        Ok(Self {
            shared,
            bell,
            last_id: 0,
        })
    }

    /// From now on the program may be asked before it has answered.
    pub(super) fn is_concurrent(&self) {
        self.shared.is_concurrent.store(true, Ordering::SeqCst);
    }

    /// Why the conversation is over, if it is.
    pub(super) fn over(&self) -> Option<Failed> {
        lock(&self.shared.inbox).over.clone()
    }

    fn ring(&mut self) {
        // One that is full of rings wakes as well.
        let _rung = self.bell.write(&[1]);
    }

    /// Asks `question`, an object, whose answer has `bytes` at most.
    pub(super) fn ask(&mut self, question: Map<String, Value>, bytes: usize) -> Asked {
        self.last_id = self.last_id.saturating_add(1);
        let id = self.last_id;
        let mut numbered = Map::new();
        numbered.insert("id".into(), id.into());
        numbered.extend(question);
        let (sender, answer) = sync_channel(1);
        let question = Question {
            id,
            bytes,
            line: format!("{}\n", Value::Object(numbered)),
            answer: sender,
        };
        {
            let mut inbox = lock(&self.shared.inbox);
            match &inbox.over {
                // The place is free: nothing was sent yet.
                Some(over) => drop(question.answer.try_send(Err(unasked(over)))),
                None => inbox.questions.push(question),
            }
        }
        self.ring();
        Asked { id, answer }
    }

    /// Waits for the answer, `patience` at most. The time that the host takes for requests is not the
    /// program's, up to as much again.
    pub(super) fn wait(
        &self,
        asked: &Asked,
        patience: Duration,
        stop: Option<&AtomicBool>,
    ) -> Line {
        let (begun, before) = (Instant::now(), self.shared.host_time());
        loop {
            if stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
                return Err(Failed::Stopped);
            }
            let host = self.shared.host_time().saturating_sub(before);
            let patience = patience.saturating_add(host.min(patience));
            let left = patience.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return Err(Failed::Timeout);
            }
            match asked.answer.recv_timeout(left.min(NOTICE)) {
                Ok(line) => return line,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(Failed::Ended),
            }
        }
    }

    /// Gives a question up, and tells the program so. Its answer is heeded no more.
    pub(super) fn give_up(&mut self, asked: &Asked) {
        lock(&self.shared.inbox).given_up.push(asked.id);
        self.ring();
    }
}

/// What a line is, as far as its head says.
#[derive(Deserialize)]
struct Head {
    id: Option<u64>,
    call: Option<u64>,
}

/// The thread's side of the conversation.
struct Talk {
    shared: Arc<Shared>,
    pipes: Pipes,
    rings: UnixStream,
    host: Arc<dyn Host>,
    chatter: Chatter,
    unsent: Vec<u8>,
    /// What the program has written and nobody has taken in.
    heard: Vec<u8>,
    /// The questions that are open, by their numbers: most bytes of the answer, and where it is waited for.
    asked: BTreeMap<u64, (usize, SyncSender<Line>)>,
    /// Questions that were given up and not answered.
    forgotten: BTreeSet<u64>,
    /// Looks at the program's bounds until it is dropped.
    _watch: Option<Watch>,
}

impl Talk {
    fn go_on(&mut self) {
        let failed = loop {
            if let Err(failed) = self.turn() {
                break failed;
            }
        };
        self.shared.end();
        let ended = self.shared.reason(failed);
        // What it said last is in the pipe; who has left its group may say more and more.
        for _ in 0..LAST_CHUNKS {
            if !matches!(self.listen(), Ok(true)) {
                break;
            }
        }
        let host = Arc::clone(&self.host);
        self.chatter.finish(Instant::now(), |line| host.hears(line));
        for (_, (_, answer)) in std::mem::take(&mut self.asked) {
            // Whoever asked may have gone.
            let _told = answer.send(Err(ended.clone()));
        }
        let mut inbox = lock(&self.shared.inbox);
        for question in inbox.questions.drain(..) {
            let _told = question.answer.send(Err(unasked(&ended)));
        }
        inbox.over = Some(ended);
    }

    /// Waits until there is something to do, and does it.
    fn turn(&mut self) -> Result<(), Failed> {
        let is_full = self.wait()?;
        let sent = self.pipes.write(&self.unsent)?;
        self.unsent.drain(..sent);
        self.listen()?;
        if !is_full {
            self.hear()?;
        }
        while self.take_line()? {}
        self.accept()
    }

    /// Waits until something can be read or written. Returns whether the program has said so much that it is
    /// not listened to until it has read what it was told.
    fn wait(&mut self) -> Result<bool, Failed> {
        let is_full = !self.unsent.is_empty() && self.heard.len() > self.longest_line();
        let mut pipes = vec![PollFd::new(&self.rings, PollFlags::IN)];
        if !is_full {
            pipes.push(PollFd::new(&self.pipes.output, PollFlags::IN));
        }
        if let Some(errors) = &self.pipes.errors {
            pipes.push(PollFd::new(errors, PollFlags::IN));
        }
        if let Some(input) = self
            .pipes
            .input
            .as_ref()
            .filter(|_| !self.unsent.is_empty())
        {
            pipes.push(PollFd::new(input, PollFlags::OUT));
        }
        match poll(&mut pipes, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(io::Error::from(error).into()),
        }
        drop(pipes);
        match self.rings.read(&mut [0; 256]) {
            // Nobody asks any more.
            Ok(0) => Err(Failed::Ended),
            _ => Ok(is_full),
        }
    }

    /// Passes on what the program says on its standard error. Returns whether there may be more.
    fn listen(&mut self) -> Result<bool, Failed> {
        let Some(errors) = &mut self.pipes.errors else {
            return Ok(false);
        };
        match process::read(errors)? {
            Chunk::Bytes(bytes) => {
                let host = &self.host;
                self.chatter
                    .hear(&bytes, Instant::now(), |line| host.hears(line));
                Ok(true)
            }
            Chunk::Nothing => Ok(false),
            Chunk::End => {
                self.pipes.errors = None;
                Ok(false)
            }
        }
    }

    fn hear(&mut self) -> Result<(), Failed> {
        match process::read(&mut self.pipes.output)? {
            Chunk::Bytes(bytes) => {
                self.heard.extend(bytes);
                Ok(())
            }
            Chunk::Nothing => Ok(()),
            Chunk::End => Err(Failed::Ended),
        }
    }

    fn longest_line(&self) -> usize {
        let answers = self.asked.values().map(|(bytes, _)| *bytes);
        answers.max().unwrap_or_default().max(MAX_LINE)
    }

    /// Takes in one line, if there is a whole one that need not wait. Returns whether it did.
    fn take_line(&mut self) -> Result<bool, Failed> {
        let longest = self.longest_line();
        let Some(end) = self.heard.iter().position(|&byte| byte == b'\n') else {
            if self.heard.len() > longest {
                return Err(self.malformed(TOO_LONG));
            }
            return Ok(false);
        };
        if end > longest {
            return Err(self.malformed(TOO_LONG));
        }
        let line = self.heard.get(..end).unwrap_or_default();
        // Arrays would do for the type below, and are no answers.
        if !line.trim_ascii_start().starts_with(b"{") {
            return Err(self.malformed("it is no JSON object"));
        }
        let head: Result<Head, _> = serde_json::from_slice(line);
        match head {
            Ok(Head { call: Some(_), .. }) if !self.unsent.is_empty() => return Ok(false),
            Ok(Head {
                call: Some(call), ..
            }) => self.answer_call(end, call)?,
            Ok(Head { id, .. }) => self.take_answer(end, id)?,
            // Whoever asked says what is wrong with it.
            Err(_) => self.take_answer(end, None)?,
        }
        Ok(true)
    }

    fn cut(&mut self, end: usize) -> Vec<u8> {
        let mut line: Vec<u8> = self.heard.drain(..=end).collect();
        line.truncate(end);
        line
    }

    /// The line that ends at `end` answers the question `id`, or the only one that is open.
    fn take_answer(&mut self, end: usize, id: Option<u64>) -> Result<(), Failed> {
        if id.is_some_and(|id| self.forgotten.remove(&id)) {
            drop(self.cut(end));
            return Ok(());
        }
        let open = match (id, self.asked.first_key_value()) {
            (Some(id), _) => self.asked.contains_key(&id).then_some(id),
            (None, Some((&only, _))) if self.asked.len() == 1 && self.forgotten.is_empty() => {
                Some(only)
            }
            (None, Some(_)) => {
                return Err(self.malformed("it does not say which question it answers"));
            }
            (None, None) => None,
        };
        let Some((bytes, answer)) = open.and_then(|id| self.asked.remove(&id)) else {
            return Err(self.malformed(NOT_ASKED));
        };
        let is_early = !self.shared.is_concurrent.load(Ordering::SeqCst)
            && (!self.unsent.is_empty() || (id.is_none() && !self.pipes.has_read()));
        let failed = if end > bytes {
            Some(TOO_LONG)
        } else {
            is_early.then_some("it came before the whole question was read")
        };
        if let Some(problem) = failed {
            let failed = self.malformed(problem);
            let _told = answer.send(Err(failed.clone()));
            return Err(failed);
        }
        let line = self.cut(end);
        // Whoever asked may have gone.
        let _told = answer.send(Ok(line));
        Ok(())
    }

    /// The line that ends at `end` is the request `call` to the host.
    fn answer_call(&mut self, end: usize, call: u64) -> Result<(), Failed> {
        let may_ask = !self.asked.is_empty() || self.shared.is_concurrent.load(Ordering::SeqCst);
        if !may_ask {
            return Err(self.malformed(NOT_ASKED));
        }
        if end > MAX_LINE {
            return Err(self.malformed("it is longer than any request to the host"));
        }
        let line = self.cut(end);
        let request: Map<String, Value> = serde_json::from_slice(&line).unwrap_or_default();
        let mut names = request.iter().filter(|(name, _)| *name != "call");
        let named = names.next().filter(|_| names.next().is_none());
        *lock(&self.shared.host_time) = (self.shared.host_time(), Some(Instant::now()));
        let answer = match named {
            Some((name, arguments)) if name == "log" => self.log(arguments),
            Some((name, arguments)) => self.host.call(name, arguments),
            None => Err("a request names one thing: see docs/external-logic.md".into()),
        };
        *lock(&self.shared.host_time) = (self.shared.host_time(), None);
        let reply = match answer {
            Ok(found) => json!({ "call": call, "ok": found }),
            Err(why) => json!({ "call": call, "error": why }),
        };
        self.unsent.extend(format!("{reply}\n").into_bytes());
        Ok(())
    }

    /// A line of the program's for the node's log.
    fn log(&mut self, arguments: &Value) -> Result<Value, String> {
        let text = arguments.get("text").and_then(Value::as_str);
        let text = text.ok_or("log: \"text\" is missing")?;
        let host = &self.host;
        let line = format!("{text}\n");
        self.chatter
            .hear(line.as_bytes(), Instant::now(), |line| host.hears(line));
        Ok(json!({}))
    }

    /// Takes the questions that wait, and gives up those that nobody waits for any more.
    fn accept(&mut self) -> Result<(), Failed> {
        let Inbox {
            questions,
            given_up,
            ..
        } = std::mem::take(&mut *lock(&self.shared.inbox));
        for question in questions {
            if self.asked.is_empty() {
                let silent = self.require_silence();
                silent.map_err(|failed| {
                    let failed = self.shared.reason(failed);
                    let _told = question.answer.send(Err(failed.clone()));
                    failed
                })?;
            }
            self.unsent.extend(question.line.into_bytes());
            self.asked
                .insert(question.id, (question.bytes, question.answer));
        }
        for id in given_up {
            if self.asked.remove(&id).is_some() {
                self.forgotten.insert(id);
                self.unsent
                    .extend(format!("{}\n", json!({ "cancel": id })).into_bytes());
            }
        }
        if self.forgotten.len() > MOST_FORGOTTEN {
            return Err(Failed::Timeout);
        }
        Ok(())
    }

    /// Before it is asked, the program must run, and have said nothing.
    fn require_silence(&mut self) -> Result<(), Failed> {
        let has_ended = lock(&self.shared.group)
            .as_mut()
            .is_none_or(Group::has_ended);
        match self.hear() {
            Err(Failed::Ended) => return Err(Failed::Unasked),
            other => other?,
        }
        if !self.heard.is_empty() && !self.shared.is_concurrent.load(Ordering::SeqCst) {
            return Err(self.malformed(NOT_ASKED));
        }
        if has_ended {
            return Err(Failed::Unasked);
        }
        Ok(())
    }

    fn malformed(&mut self, problem: &'static str) -> Failed {
        let mut written = std::mem::take(&mut self.heard);
        written.truncate(MAX_LINE);
        Failed::Malformed(problem, written)
    }
}
