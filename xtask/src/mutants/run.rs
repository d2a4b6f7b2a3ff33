//! Asks the judges: the built test programs, with one mutant switched on.

use super::{
    report::Outcome,
    tree::{Mutant, Tree},
};
use anyhow::{Context, Result, bail, ensure};
use gradual_consensus_devkit::workspace::Workspace;
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

/// The packages with judges in them, and what builds them so that the library runs in the place of the binary.
const BUILD: [&str; 5] = [
    "--package=gradual-consensus",
    "--package=gradual-consensus-adversary",
    "--package=gradual-consensus-tests",
    "--features=gradual-consensus-adversary/native",
    "--locked",
];
/// Tests that run the binary, which is not mutated, or compare it with the library.
const SKIPPED: [&str; 4] = ["--skip", "sbf::", "--skip", "both_builds"];
/// Test programs that read sources and nothing else.
const NO_JUDGES: [&str; 1] = ["specification"];
/// A mutant may take so many times as long as the program does, and so much longer.
const SLOWER: u32 = 5;
const GRACE: Duration = Duration::from_secs(20);

/// One test program.
pub struct Judge {
    /// Its name.
    pub name: String,
    executable: PathBuf,
    folder: PathBuf,
    /// The mutants that it reaches.
    reached: BTreeSet<u32>,
    /// What it takes where nothing is mutated.
    pub takes: Duration,
}

/// What a judge says.
enum Said {
    Passed,
    Failed(String),
    TimedOut,
}

/// Builds the judges of `tree`.
///
/// # Errors
/// The compiler's.
pub fn build(workspace: &Workspace, tree: &Tree) -> Result<Vec<Judge>> {
    let mut cargo = workspace.command("cargo");
    cargo.current_dir(&tree.root);
    cargo.args(["test", "--no-run", "--message-format=json"]);
    cargo.args(BUILD).env("CARGO_TARGET_DIR", &workspace.target);
    let output = cargo.stderr(Stdio::inherit()).output()?;
    let (mut judges, mut errors) = (Vec::new(), String::new());
    for line in output.stdout.split(|&byte| byte == b'\n') {
        let Ok(message) = serde_json::from_slice::<Value>(line) else {
            continue;
        };
        if message["message"]["level"] == "error" {
            errors += message["message"]["rendered"].as_str().unwrap_or_default();
        }
        judges.extend(judge(&message));
    }
    ensure!(output.status.success(), "cargo failed\n{errors}");
    ensure!(!judges.is_empty(), "cargo built no test program");
    Ok(judges)
}

/// The judge that a message of cargo is about, if it is about one.
fn judge(message: &Value) -> Option<Judge> {
    let executable = message["executable"].as_str()?;
    let name = message["target"]["name"].as_str()?;
    let manifest = Path::new(message["manifest_path"].as_str()?);
    let is_judge = message["profile"]["test"] == true && !NO_JUDGES.contains(&name);
    is_judge.then(|| Judge {
        name: name.to_owned(),
        executable: executable.into(),
        folder: manifest.parent().unwrap_or(manifest).to_owned(),
        reached: BTreeSet::new(),
        takes: Duration::ZERO,
    })
}

impl Judge {
    fn command(&self) -> Command {
        let mut command = Command::new(&self.executable);
        command.current_dir(&self.folder);
        command.env("CARGO_MANIFEST_DIR", &self.folder);
        command.env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "true");
        command.args(SKIPPED).arg("--test-threads=1");
        command
    }

    /// Lets it judge the program as it is, and notes which mutants it reaches, in a file in `folder`.
    fn prepare(&mut self, folder: &Path) -> Result<()> {
        let notes = folder.join(&self.name);
        let _ = fs::remove_file(&notes);
        let begun = Instant::now();
        let output = self.command().env("GRADUAL_REACHED", &notes).output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        let name = &self.name;
        ensure!(
            output.status.success(),
            "{name} fails where nothing is mutated\n{said}"
        );
        self.takes = begun.elapsed();
        let notes = fs::read_to_string(&notes).unwrap_or_default();
        let reached = notes.lines().map(str::parse).collect::<Result<_, _>>();
        self.reached = reached.with_context(|| format!("what {name} reached"))?;
        Ok(())
    }

    fn ask(&self, mutant: u32) -> Result<Said> {
        let mut command = self.command();
        command.env("GRADUAL_MUTANT", mutant.to_string());
        command.stdin(Stdio::null()).stderr(Stdio::null());
        let child = command.stdout(Stdio::piped()).spawn()?;
        let limit = self.takes.saturating_mul(SLOWER).saturating_add(GRACE);
        watch(child, limit)
    }
}

/// Waits until `child` fails a test or ends, `limit` at the most.
fn watch(mut child: Child, limit: Duration) -> Result<Said> {
    let output = child.stdout.take().context("a pipe")?;
    let (sender, lines) = mpsc::channel();
    let reader = thread::spawn(move || {
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        lines.all(|line| sender.send(line).is_ok())
    });
    let begun = Instant::now();
    let said = loop {
        match lines.recv_timeout(limit.saturating_sub(begun.elapsed())) {
            Ok(line) => {
                if let Some(test) = failed(&line) {
                    break Said::Failed(test.to_owned());
                }
            }
            Err(RecvTimeoutError::Timeout) => break Said::TimedOut,
            Err(RecvTimeoutError::Disconnected) => {
                break match child.wait()? {
                    status if status.success() => Said::Passed,
                    status => Said::Failed(status.to_string()),
                };
            }
        }
    };
    // It may have ended by itself.
    let _ = child.kill();
    child.wait()?;
    drop(lines);
    let _ = reader.join();
    Ok(said)
}

/// The test that a line of a test program says has failed.
fn failed(line: &str) -> Option<&str> {
    let test = line.strip_prefix("test ")?;
    test.strip_suffix(" ... FAILED")
}

/// Lets every judge judge the program as it is; the quickest is the first from then on.
///
/// # Errors
/// Where a test fails although nothing is mutated.
pub fn prepare(judges: &mut [Judge], folder: &Path, jobs: usize) -> Result<()> {
    fs::create_dir_all(folder)?;
    let waiting = Mutex::new(judges.iter_mut());
    in_parallel(jobs, || {
        let next = || waiting.lock().ok().and_then(|mut waiting| waiting.next());
        while let Some(judge) = next() {
            judge.prepare(folder)?;
        }
        Ok(())
    })?;
    judges.sort_by_key(|judge| judge.takes);
    Ok(())
}

/// Asks the judges about each of `mutants`, and tells `tell` what became of it.
///
/// # Errors
/// Where a judge cannot be started.
pub fn ask(
    judges: &[Judge],
    mutants: &[Mutant],
    jobs: usize,
    tell: impl Fn(&Mutant, &Outcome) + Sync,
) -> Result<Vec<Outcome>> {
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(vec![None; mutants.len()]);
    in_parallel(jobs, || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(mutant) = mutants.get(index) else {
                return Ok(());
            };
            let outcome = about(judges, mutant.number)?;
            tell(mutant, &outcome);
            if let Ok(mut outcomes) = outcomes.lock()
                && let Some(place) = outcomes.get_mut(index)
            {
                *place = Some(outcome);
            }
        }
    })?;
    let outcomes = outcomes.into_inner().ok().into_iter().flatten();
    let outcomes: Vec<_> = outcomes.flatten().collect();
    if outcomes.len() != mutants.len() {
        bail!("not every mutant was judged");
    }
    Ok(outcomes)
}

/// What becomes of a mutant: the first judge that fails decides.
fn about(judges: &[Judge], mutant: u32) -> Result<Outcome> {
    let mut outcome = Outcome::NotReached;
    for judge in judges {
        if !judge.reached.contains(&mutant) {
            continue;
        }
        match judge.ask(mutant)? {
            Said::Passed => outcome = Outcome::Survived,
            Said::Failed(test) => return Ok(Outcome::Caught(format!("{} {test}", judge.name))),
            Said::TimedOut => return Ok(Outcome::TimedOut(judge.name.clone())),
        }
    }
    Ok(outcome)
}

/// Runs `work` on so many threads.
fn in_parallel(jobs: usize, work: impl Fn() -> Result<()> + Sync) -> Result<()> {
    thread::scope(|scope| {
        let threads: Vec<_> = (0..jobs).map(|_| scope.spawn(&work)).collect();
        threads.into_iter().try_for_each(|thread| {
            let ended = thread.join();
            ended.unwrap_or_else(|_| bail!("a thread panicked"))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(script: &str, limit: Duration) -> Said {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdout(Stdio::piped());
        watch(command.spawn().unwrap(), limit).unwrap()
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn the_first_test_that_fails_ends_it() {
        let begun = Instant::now();
        let said = says(
            "echo 'test a ... ok'; echo 'test b::c ... FAILED'; exec sleep 50",
            LONG,
        );
        assert!(matches!(said, Said::Failed(test) if test == "b::c"));
        assert!(begun.elapsed() < Duration::from_secs(40));
    }

    #[test]
    fn its_end_says_whether_it_passed() {
        assert!(matches!(says("echo 'test a ... ok'", LONG), Said::Passed));
        assert!(matches!(says("exit 3", LONG), Said::Failed(_)));
    }

    #[test]
    fn what_does_not_end_is_stopped() {
        let said = says("exec sleep 50", Duration::from_millis(200));
        assert!(matches!(said, Said::TimedOut));
    }
}
