//! `fuzz-input`: libFuzzer looks for bytes from outside on which a promise of the crate `gradual-consensus-fuzz`
//! breaks.
//!
//! The crate's binary is built with the counters that libFuzzer follows; the stable compiler makes them. A folder
//! in the project's cache keeps the build, the inputs found so far, and those on which a target failed.

use anyhow::{Context, Result, bail, ensure};
use gradual_consensus_devkit::workspace::{Workspace, cache, succeed};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Mutex,
    thread,
};

/// What cargo-fuzz asks the compiler for without a sanitizer.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
                     -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares";
/// Most bytes of an input.
const LONGEST: &str = "-max_len=16384";
/// One input may take 20 seconds and 2 GB.
const LIMITS: [&str; 2] = ["-timeout=20", "-rss_limit_mb=2048"];
const PACKAGE: &str = "gradual-consensus-fuzz";

/// Arguments of `fuzz-input`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The target to try: a folder in crates/fuzz/corpus [default: all]
    target: Option<String>,
    /// How long to try, all targets together.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    minutes: u64,
    /// How many targets to try at the same time.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    jobs: u64,
    /// Try nothing new: replace the committed corpus by the fewest of the inputs found so far that reach as much
    /// of the code as all of them.
    #[arg(long, conflicts_with_all = ["minutes", "jobs"])]
    keep: bool,
}

/// Where the build and the inputs are.
struct Place {
    binary: PathBuf,
    /// In the project's cache.
    folder: PathBuf,
    /// The committed inputs.
    corpus: PathBuf,
}

/// Tries each target for its share of the time.
///
/// # Errors
/// Where a target failed, with the path of the input.
pub fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let corpus = workspace.root.join("crates").join("fuzz").join("corpus");
    let targets = targets(&corpus, args.target.as_deref())?;
    let folder = cache()?.join("fuzz-input");
    let binary = build(workspace, &folder.join("target"))?;
    let place = Place {
        binary,
        folder,
        corpus,
    };
    if args.keep {
        return targets.iter().try_for_each(|target| place.keep(target));
    }
    let jobs = args.jobs.min(targets.len() as u64);
    let seconds = args.minutes.saturating_mul(60).saturating_mul(jobs);
    let seconds = (seconds / targets.len() as u64).max(1);
    let waiting = Mutex::new(targets.iter());
    let next = || waiting.lock().ok().and_then(|mut waiting| waiting.next());
    let failed = Mutex::new(Vec::new());
    let work = || -> Result<()> {
        while let Some(target) = next() {
            let tried = place.try_target(target, seconds)?;
            println!("{target:<10} {}", tried.text(seconds));
            if let (Some(input), Ok(mut failed)) = (tried.failed, failed.lock()) {
                failed.push(format!("{target} on {input}"));
            }
        }
        Ok(())
    };
    thread::scope(|scope| {
        let running: Vec<_> = (0..jobs).map(|_| scope.spawn(work)).collect();
        let done = running.into_iter().map(thread::ScopedJoinHandle::join);
        done.map(|job| job.unwrap_or_else(|_| bail!("a job ended early")))
            .collect::<Result<Vec<()>>>()
    })?;
    let failed = failed.into_inner().unwrap_or_default();
    ensure!(failed.is_empty(), "failed: {}", failed.join("; "));
    Ok(())
}

/// The names of all targets, or the one `named`.
fn targets(corpus: &Path, named: Option<&str>) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(corpus)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    let Some(named) = named else {
        return Ok(names);
    };
    ensure!(
        names.iter().any(|name| name == named),
        "{named} is no target: use one of {}",
        names.join(", ")
    );
    Ok(vec![named.to_owned()])
}

/// Builds the binary in `target`, and returns its path.
fn build(workspace: &Workspace, target: &Path) -> Result<PathBuf> {
    let compiler = Command::new("c++").arg("--version").output();
    ensure!(
        compiler.is_ok(),
        "c++ is not installed, and libFuzzer is written in C++: apt-get install g++"
    );
    let version = workspace.command("rustc").arg("-vV").output()?;
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.context("rustc -vV names no host")?;
    let mut cargo = workspace.command("cargo");
    // With a --target the flags are not those of build scripts and macros, which have no libFuzzer.
    cargo.args(["build", "--locked", "--profile", "fuzz", "--target", host]);
    cargo.args(["--package", PACKAGE, "--bin", PACKAGE]);
    cargo.args(["--features", "libfuzzer"]);
    cargo.env("CARGO_TARGET_DIR", target);
    cargo.env("RUSTFLAGS", FLAGS);
    succeed(&mut cargo, "the build for libFuzzer")?;
    Ok(target.join(host).join("fuzz").join(PACKAGE))
}

impl Place {
    /// libFuzzer for `target`.
    fn fuzzer(&self, target: &str) -> Result<Command> {
        let failed = self.folder.join("failed");
        fs::create_dir_all(&failed)?;
        let mut fuzzer = Command::new(&self.binary);
        fuzzer.current_dir(&self.folder).env("FUZZ_TARGET", target);
        fuzzer.args(LIMITS).arg(LONGEST);
        let prefix = failed.join(format!("{target}-"));
        fuzzer.arg(format!("-artifact_prefix={}", prefix.display()));
        Ok(fuzzer)
    }

    /// The folder of inputs found so far.
    fn found(&self, target: &str) -> Result<PathBuf> {
        let found = self.folder.join("corpus").join(target);
        fs::create_dir_all(&found)?;
        Ok(found)
    }

    fn try_target(&self, target: &str, seconds: u64) -> Result<Tried> {
        let path = self.folder.join(format!("{target}.log"));
        let mut fuzzer = self.fuzzer(target)?;
        fuzzer.arg(format!("-max_total_time={seconds}"));
        fuzzer.arg("-print_final_stats=1");
        fuzzer
            .arg(self.found(target)?)
            .arg(self.corpus.join(target));
        fuzzer.stdout(Stdio::null()).stderr(File::create(&path)?);
        let status = fuzzer.status().context("libFuzzer could not be started")?;
        let log = String::from_utf8_lossy(&fs::read(&path)?).into_owned();
        let tried = Tried::of(&log);
        ensure!(
            status.success() || tried.failed.is_some(),
            "libFuzzer ended early: see {}",
            path.display()
        );
        Ok(tried)
    }

    /// Replaces the committed inputs of `target`.
    fn keep(&self, target: &str) -> Result<()> {
        let (committed, fewest) = (self.corpus.join(target), self.folder.join("fewest"));
        if fewest.exists() {
            fs::remove_dir_all(&fewest)?;
        }
        fs::create_dir_all(&fewest)?;
        let mut fuzzer = self.fuzzer(target)?;
        // How often an edge is reached makes no difference: that keeps ten times fewer inputs.
        fuzzer.args(["-set_cover_merge=1", "-use_counters=0"]);
        fuzzer.arg(&fewest);
        fuzzer.arg(&committed).arg(self.found(target)?);
        fuzzer.stdout(Stdio::null()).stderr(Stdio::null());
        succeed(&mut fuzzer, "the choice of the fewest inputs")?;
        fs::remove_dir_all(&committed)?;
        fs::create_dir_all(&committed)?;
        for entry in fs::read_dir(&fewest)? {
            let entry = entry?;
            fs::copy(entry.path(), committed.join(entry.file_name()))?;
        }
        Ok(())
    }
}

/// What libFuzzer says of a run.
#[derive(Debug, PartialEq, Eq)]
struct Tried {
    /// Inputs that were tried.
    inputs: u64,
    /// Edges between pieces of the code that were reached.
    edges: u64,
    /// The path of the input on which the target failed.
    failed: Option<String>,
}

impl Tried {
    fn of(log: &str) -> Self {
        let after = |line: &str, word: &str| -> Option<u64> {
            line.split_once(word)?
                .1
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        };
        let last = |word: &str| log.lines().rev().find_map(|line| after(line, word));
        let failed = log.lines().find_map(|line| {
            let path = line.split_once("Test unit written to ")?.1;
            Some(path.trim().to_owned())
        });
        Self {
            inputs: last("stat::number_of_executed_units:").unwrap_or_default(),
            edges: last(" cov: ").unwrap_or_default(),
            failed,
        }
    }

    fn text(&self, seconds: u64) -> String {
        let outcome = match &self.failed {
            None => "no crash".to_owned(),
            Some(input) => format!("failed on {input}"),
        };
        format!(
            "{:>10} inputs in {seconds} s, {:>6} edges reached, {outcome}",
            self.inputs, self.edges
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_of_libfuzzer_is_read() {
        let calm = "#2\tINITED cov: 7 ft: 8 corp: 1/1b exec/s: 0 rss: 40Mb\n\
                    #900\tDONE   cov: 31 ft: 40 corp: 9/99b lim: 4 exec/s: 90 rss: 41Mb\n\
                    stat::number_of_executed_units: 900\nstat::peak_rss_mb: 41\n";
        let expected = Tried {
            inputs: 900,
            edges: 31,
            failed: None,
        };
        assert_eq!(Tried::of(calm), expected);
        let crash = "#2\tINITED cov: 7 ft: 8\nartifact_prefix='/x/a-'; Test unit written to /x/a-crash-0\n\
                     stat::number_of_executed_units: 5\n";
        let tried = Tried::of(crash);
        assert_eq!(tried.failed.as_deref(), Some("/x/a-crash-0"));
        assert_eq!((tried.inputs, tried.edges), (5, 7));
    }
}
