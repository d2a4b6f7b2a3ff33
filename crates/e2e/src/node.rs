//! Nodes as processes: started, killed, and listened to.

use crate::behaviour::Behaviour;
use anyhow::{Context, Result, bail};
use gradual_consensus_devkit::gradual::Gradual;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, Write},
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Child, ChildStderr, Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// Longest wait for a node that was asked to end, and finishes the transaction in flight; or that has
/// nothing left to play for, and sees it when it wakes the next time.
const END: Duration = Duration::from_secs(60);

/// What the logs of one node's processes say, all together.
#[derive(Clone, Debug, Default)]
pub struct LogSummary {
    /// Instructions sent and confirmed.
    pub confirmed: u64,
    /// What was due and failed, logged once a round.
    pub failed: u64,
    /// Broadcasts of transactions beyond the first.
    pub resent: u64,
    /// Steps that the node repeated because the ledger did not answer.
    pub retries: u64,
    /// Longest time in which no step succeeded.
    pub longest_outage: Duration,
    outage_since: Option<Instant>,
    /// Whether it warned that its SOL runs low.
    pub low_sol: bool,
    /// Lines that are not log events, such as a panic's.
    pub strange: Vec<String>,
    /// Whether the node has nothing left to do: waiting is no outage then.
    is_done: bool,
}

impl LogSummary {
    fn hear(&mut self, line: &str) {
        let Ok(event) = serde_json::from_str::<Value>(line) else {
            self.strange.push(line.to_owned());
            return;
        };
        let message = event["message"].as_str().unwrap_or_default();
        if self.is_done {
            return;
        }
        if message == "confirmed" {
            self.confirmed += 1;
        } else if message == "sent again" {
            self.resent += event["times"].as_u64().unwrap_or(0);
        } else if message.starts_with("failed") {
            self.failed += 1;
        } else if message.contains("waits and tries again") {
            self.outage_since.get_or_insert_with(Instant::now);
        } else if message == "the node goes on" {
            self.retries += event["failures"].as_u64().unwrap_or(0);
            self.outage_is_over();
        } else if message.contains("SOL left for fees") {
            self.low_sol = true;
        }
    }

    fn outage_is_over(&mut self) {
        if let Some(since) = self.outage_since.take() {
            self.longest_outage = self.longest_outage.max(since.elapsed());
        }
    }
}

/// One process of a node. It ends with this value.
#[derive(Debug)]
struct Process {
    child: Child,
    listener: Option<JoinHandle<()>>,
}

impl Process {
    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Ends it without a warning.
    fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.reap()
    }

    fn reap(&mut self) -> Result<()> {
        self.child.wait()?;
        if let Some(listener) = self.listener.take() {
            // The thread only reads the log; if it panicked, only figures would be missing.
            let _ended = listener.join();
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // This fails if the process has ended, which is fine.
        let _killed = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// A key that plays.
#[derive(Debug)]
pub struct Node {
    /// Its name in reports and files.
    pub name: String,
    /// Its key's file.
    pub key: PathBuf,
    /// Its address.
    pub address: String,
    /// How it plays.
    pub behaviour: Behaviour,
    /// Cycles in which a fault leaves it nothing to submit with.
    pub excused: BTreeSet<u64>,
    /// What of its stake was slashed, as its account said before it was closed.
    pub slashed: u64,
    /// Its log.
    pub log: PathBuf,
    summary: Arc<Mutex<LogSummary>>,
    processes: Vec<Process>,
}

/// What nodes play, and where.
#[derive(Clone, Debug)]
pub struct Game {
    /// The command, for the cluster as the nodes reach it.
    pub gradual: Gradual,
    /// The program that is the nodes' logic.
    pub logic: PathBuf,
    /// The cluster's own address.
    pub url: String,
    /// The task.
    pub task: String,
}

impl Node {
    /// A node that does not run yet.
    pub fn new(
        name: String,
        key: PathBuf,
        address: String,
        behaviour: Behaviour,
        log: PathBuf,
    ) -> Self {
        Self {
            name,
            key,
            address,
            behaviour,
            excused: BTreeSet::new(),
            slashed: 0,
            log,
            summary: Arc::default(),
            processes: Vec::new(),
        }
    }

    /// What its processes have logged so far.
    pub fn log_summary(&self) -> LogSummary {
        self.listen().clone()
    }

    fn listen(&self) -> MutexGuard<'_, LogSummary> {
        // Every change is a sum: what a panic left behind is whole.
        self.summary.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a process; one may be running already.
    pub fn start(&mut self, game: &Game, may_propose: bool) -> Result<()> {
        let logic = self.logic(game);
        let arguments = ["node", "run", "--task", &game.task, "--logic", &logic];
        let mut command = game.gradual.command(&self.key, arguments);
        command.args(["--log-format", "json"]);
        if !may_propose {
            command.arg("--no-propose");
        }
        self.spawn(command)
    }

    /// Its logic in `game`, as `--logic` takes it.
    pub fn logic(&self, game: &Game) -> String {
        format!("exec:{}", logic_command(game, self))
    }

    /// Starts a process by `command`, and listens to its log.
    pub fn spawn(&mut self, mut command: Command) -> Result<()> {
        // A group of its own: Ctrl-C is for this process, which then ends it.
        command.process_group(0);
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} could not be started", self.name))?;
        let said = child.stderr.take().context("a node without a log")?;
        let log = (OpenOptions::new().create(true).append(true).open(&self.log))
            .with_context(|| format!("{} cannot be written", self.log.display()))?;
        let summary = Arc::clone(&self.summary);
        let listener = thread::spawn(move || listen(said, log, &summary));
        self.processes.push(Process {
            child,
            listener: Some(listener),
        });
        Ok(())
    }

    /// How many of its processes run.
    pub const fn running(&self) -> usize {
        self.processes.len()
    }

    /// The numbers of its processes.
    pub fn pids(&self) -> impl Iterator<Item = u32> {
        self.processes.iter().map(|process| process.child.id())
    }

    /// Fails if a process ended by itself.
    pub fn require_alive(&mut self) -> Result<()> {
        for process in &mut self.processes {
            if let Some(status) = process.child.try_wait()? {
                bail!(
                    "node {} ended by itself ({status}): see {}",
                    self.name,
                    self.log.display()
                );
            }
        }
        Ok(())
    }

    /// From now on it has nothing to do any more.
    pub fn is_done(&self) {
        self.listen().is_done = true;
    }

    /// Ends all its processes with SIGKILL.
    pub fn kill(&mut self) -> Result<()> {
        for process in self.processes.drain(..) {
            process.kill()?;
        }
        // What it did not finish is no outage.
        self.listen().outage_since = None;
        Ok(())
    }

    /// Asks all its processes to end; they do not, yet.
    pub fn ask_to_end(&self) -> Result<()> {
        for process in &self.processes {
            kill_process(process.pid(), Signal::TERM)?;
        }
        Ok(())
    }

    /// Waits until all its processes have ended, as they were asked to or by themselves.
    pub fn wait_for_end(&mut self) -> Result<()> {
        let begun = Instant::now();
        for mut process in std::mem::take(&mut self.processes) {
            let status = loop {
                if let Some(status) = process.child.try_wait()? {
                    break status;
                }
                if begun.elapsed() > END {
                    bail!(
                        "node {} did not end within {} s: see {}",
                        self.name,
                        END.as_secs(),
                        self.log.display()
                    );
                }
                thread::sleep(Duration::from_millis(20));
            };
            process.reap()?;
            if !status.success() {
                bail!(
                    "node {} ended with {status}: see {}",
                    self.name,
                    self.log.display()
                );
            }
        }
        self.listen().outage_since = None;
        Ok(())
    }
}

/// Writes what a node says into its log, until it ends.
fn listen(said: ChildStderr, mut log: File, summary: &Mutex<LogSummary>) {
    for line in BufReader::new(said).lines().map_while(Result::ok) {
        // Where the log cannot be written any more, the run will fail for want of space soon enough.
        let _written = writeln!(log, "{line}");
        let mut summary = summary.lock().unwrap_or_else(PoisonError::into_inner);
        summary.hear(&line);
    }
}

/// The command line that answers for `node`, for `exec:`.
fn logic_command(game: &Game, node: &Node) -> String {
    let words = [
        &*game.logic.to_string_lossy(),
        "e2e-logic",
        node.behaviour.name(),
        "--node",
        &node.address,
        "--key",
        &node.key.to_string_lossy(),
        "--gradual",
        &game.gradual.binary().to_string_lossy(),
        "--url",
        &game.url,
    ];
    let quoted = words.map(|word| format!("'{}'", word.replace('\'', r"'\''")));
    format!("exec {}", quoted.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_summed_up() {
        let mut summary = LogSummary::default();
        for line in [
            r#"{"level":"INFO","message":"confirmed","instruction":"submit"}"#,
            r#"{"level":"INFO","message":"sent again","times":2}"#,
            r#"{"level":"WARN","message":"failed","action":"submit","reason":"no"}"#,
            r#"{"level":"INFO","message":"failed; another node may have done it"}"#,
            r#"{"level":"WARN","message":"the node waits and tries again","failures":1}"#,
            r#"{"level":"INFO","message":"the node goes on","failures":3}"#,
            r#"{"level":"WARN","message":"the node has only 0 SOL left for fees and rent: send"}"#,
            "thread 'main' panicked at somewhere",
        ] {
            summary.hear(line);
        }
        assert_eq!(
            (summary.confirmed, summary.failed, summary.retries),
            (1, 2, 3)
        );
        assert_eq!(summary.resent, 2);
        assert!(summary.low_sol && summary.longest_outage > Duration::ZERO);
        assert_eq!(summary.strange, ["thread 'main' panicked at somewhere"]);
    }
}
