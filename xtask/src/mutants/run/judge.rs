//! The test programs, their tests, and what each reaches.

use super::super::tree::Tree;
use anyhow::{Context, Result, ensure};
use gradual_consensus_devkit::workspace::Workspace;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant, SystemTime},
};

/// What builds the test programs, with the library in the place of the binary.
const BUILD: [&str; 9] = [
    "test",
    "--no-run",
    "--locked",
    "--quiet",
    "--message-format=json",
    "--package=gradual-consensus",
    "--package=gradual-consensus-adversary",
    "--package=gradual-consensus-tests",
    "--features=gradual-consensus-adversary/native",
];
/// Tests that run the binary, which is not mutated, or compare it with the library.
const SKIPPED: [&str; 4] = ["--skip", "sbf::", "--skip", "both_builds"];
/// Test programs that take longer to start than most of their tests to run, and take one name at a time: these
/// are run together by the second part of their names, the instruction.
const BY_INSTRUCTION: [&str; 1] = ["attack"];
/// Test programs that read sources and do not run the program, or compare files with what the binary answers.
const NO_JUDGES: [&str; 2] = ["specification", "vectors"];

/// One test program.
pub struct Judge {
    /// Its name.
    pub name: String,
    executable: PathBuf,
    folder: PathBuf,
}

/// One test, or some that are run together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// Which judge has it, by its number.
    pub judge: usize,
    /// Its name, or what theirs have in common.
    pub name: String,
    /// How many they are.
    pub count: usize,
    /// What it takes where nothing is mutated.
    pub takes: Duration,
    /// The mutants that it reaches.
    pub reached: BTreeSet<u32>,
}

/// What is known of a built test program's tests.
#[derive(Serialize, Deserialize)]
struct Known {
    built: SystemTime,
    tests: Vec<Test>,
}

/// Builds the judges of `tree`, by this profile of the workspace.
///
/// # Errors
/// The compiler's.
pub fn build(workspace: &Workspace, tree: &Tree, profile: &str) -> Result<Vec<Judge>> {
    let mut cargo = workspace.command("cargo");
    cargo.current_dir(&tree.root).args(BUILD);
    cargo.args(["--profile", profile]);
    // Not where the workspace is built: cargo gives both builds of a package the same name.
    let builds = workspace.target.join("mutants").join("build");
    cargo.env("CARGO_TARGET_DIR", builds);
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
    })
}

impl Judge {
    /// What runs these of its tests, one after the other, and how long each takes where nothing is mutated.
    pub fn commands(&self, tests: &[&Test]) -> Vec<(Command, Duration)> {
        if self.is_by_instruction() {
            let commands = tests.iter().map(|test| {
                let mut command = self.command();
                command.arg(&test.name);
                (command, test.takes)
            });
            return commands.collect();
        }
        let mut command = self.command();
        command.arg("--exact");
        command.args(tests.iter().map(|test| &test.name));
        vec![(command, tests.iter().map(|test| test.takes).sum())]
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.executable);
        command.current_dir(&self.folder);
        command.env("CARGO_MANIFEST_DIR", &self.folder);
        command.env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "true");
        command.arg("--test-threads=1");
        command
    }

    fn is_by_instruction(&self) -> bool {
        BY_INSTRUCTION.contains(&&*self.name)
    }

    /// Its tests, with what they reach where that is known from an earlier run, in `notes`.
    ///
    /// # Errors
    /// Where the program does not list them.
    pub fn tests(&self, number: usize, notes: &Path) -> Result<Vec<Test>> {
        let known = fs::read(self.notes(notes)).ok();
        let known = known.and_then(|known| serde_json::from_slice::<Known>(&known).ok());
        if let Some(mut known) = known
            && known.built == self.built()?
        {
            known.tests.iter_mut().for_each(|test| test.judge = number);
            return Ok(known.tests);
        }
        let mut command = Command::new(&self.executable);
        let output = command.args(SKIPPED).arg("--list").output()?;
        ensure!(output.status.success(), "{} lists no tests", self.name);
        let listed = String::from_utf8(output.stdout)?;
        let mut counts = BTreeMap::new();
        for line in listed.lines() {
            if let Some(name) = line.strip_suffix(": test") {
                *counts.entry(self.group(name)).or_default() += 1;
            }
        }
        let test = |(name, count)| Test {
            judge: number,
            name,
            count,
            takes: Duration::ZERO,
            reached: BTreeSet::new(),
        };
        Ok(counts.into_iter().map(test).collect())
    }

    /// What names `test` and all that are run together with it.
    pub fn group(&self, test: &str) -> String {
        let instruction = test.split("::").nth(1);
        match instruction.filter(|_| self.is_by_instruction()) {
            Some(instruction) => format!("::{instruction}::"),
            None => test.to_owned(),
        }
    }

    /// Keeps what is known of `tests` for the next run.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn keep(&self, tests: &[Test], notes: &Path) -> Result<()> {
        let known = Known {
            built: self.built()?,
            tests: tests.to_vec(),
        };
        Ok(fs::write(self.notes(notes), serde_json::to_vec(&known)?)?)
    }

    fn notes(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{}.json", self.name))
    }

    fn built(&self) -> Result<SystemTime> {
        Ok(fs::metadata(&self.executable)?.modified()?)
    }

    /// Runs `test` where nothing is mutated, and finds out what it reaches; notes it in `file` meanwhile.
    ///
    /// # Errors
    /// Where it fails.
    pub fn explore(&self, test: &mut Test, file: &Path) -> Result<()> {
        let _ = fs::remove_file(file);
        let begun = Instant::now();
        for (mut command, _) in self.commands(&[test]) {
            let output = command.env("GRADUAL_REACHED", file).output()?;
            ensure!(
                output.status.success(),
                "{} {} fails where nothing is mutated\n{}{}",
                self.name,
                test.name,
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
        }
        // Never nothing: what is not known yet takes nothing.
        test.takes = begun.elapsed().max(Duration::from_nanos(1));
        let notes = fs::read_to_string(file).unwrap_or_default();
        let reached = notes.lines().map(str::parse).collect::<Result<_, _>>();
        test.reached = reached.context("what a test reached")?;
        Ok(())
    }
}
