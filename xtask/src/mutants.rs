//! `mutants`: whether the suites notice a change of the program.
//!
//! The program is built once, with every mutant in it, each behind a switch that an environment variable turns
//! on. So a mutant costs only the tests that reach it, up to the first that fails.

mod find;
mod instrument;
mod report;
mod run;
mod tree;

use anyhow::{Context, Result, bail, ensure};
use gradual_consensus_devkit::workspace::Workspace;
use report::{Outcome, explained, report};
use std::{
    fs,
    num::NonZeroUsize,
    str::FromStr,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Instant,
};
use tree::{Mutant, Tree};

/// Arguments of `mutants`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Only say which mutants there are.
    #[arg(long)]
    list: bool,
    /// Only the mutants with these numbers.
    #[arg(long, value_name = "N", value_delimiter = ',')]
    only: Vec<u32>,
    /// Only every Nth mutant, beginning with number K, from 0.
    #[arg(long, value_name = "K/N", default_value = "0/1")]
    shard: Shard,
    /// Mutants at a time [default: as many as there are processors].
    #[arg(long)]
    jobs: Option<NonZeroUsize>,
    /// Only mutants in files of the program whose path below `src` is this; `*` stands for anything.
    #[arg(long, value_name = "GLOB", default_value = "*")]
    files: String,
    /// Only ask these test programs, such as `stake`.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    judges: Vec<String>,
    /// The profile to build with: `dev`, or `judge`, which is optimised, for a run of all mutants.
    #[arg(long, default_value = "dev")]
    profile: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shard {
    first: usize,
    of: usize,
}

impl FromStr for Shard {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (first, of) = text.split_once('/').context("a shard is written K/N")?;
        let shard = Self {
            first: first.parse()?,
            of: of.parse()?,
        };
        ensure!(
            shard.first < shard.of,
            "shards are numbered from 0 to N - 1"
        );
        Ok(shard)
    }
}

impl Args {
    /// Those of `all` that are asked for.
    fn choose(&self, all: Vec<Mutant>) -> Result<Vec<Mutant>> {
        let last = u32::try_from(all.len())?;
        let unknown = self
            .only
            .iter()
            .find(|&&number| number == 0 || number > last);
        ensure!(unknown.is_none(), "mutants are numbered from 1 to {last}");
        let wanted = all.into_iter().filter(|mutant| {
            (self.only.is_empty() || self.only.contains(&mutant.number))
                && matches(&self.files, &mutant.file)
        });
        Ok(wanted
            .skip(self.shard.first)
            .step_by(self.shard.of)
            .collect())
    }
}

/// Whether `text` is what `glob` says; each `*` in it stands for anything.
fn matches(glob: &str, text: &str) -> bool {
    let Some((begin, rest)) = glob.split_once('*') else {
        return glob == text;
    };
    text.strip_prefix(begin).is_some_and(|text| {
        let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
        ends.into_iter()
            .any(|at| text.get(at..).is_some_and(|text| matches(rest, text)))
    })
}

/// Builds the present commit with every mutant in it, in a tree of its own, and asks the suites about each.
///
/// # Errors
/// Where the suites fail with none switched on, and where too many survive.
pub fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let tree = Tree::check_out(workspace)?;
    let all = tree.mutants();
    let names: Vec<_> = all.iter().map(Mutant::name).collect();
    let explained = explained(&tree.docs);
    for name in &explained {
        ensure!(
            names.contains(name),
            "{} explains an unknown mutant: {name}",
            tree::DOCS
        );
    }
    let mutants = args.choose(all)?;
    if args.list {
        for mutant in mutants {
            println!("{}", mutant.place());
        }
        return Ok(());
    }
    let judged = judge(workspace, &tree, mutants, args)?;
    let report = report(&judged, &explained);
    println!("{}", report.text);
    if !report.faults.is_empty() {
        bail!(
            "{}\nSee {}, \"Mutation testing\"",
            report.faults.join("\n"),
            tree::DOCS
        );
    }
    Ok(())
}

fn judge(
    workspace: &Workspace,
    tree: &Tree,
    mutants: Vec<Mutant>,
    args: &Args,
) -> Result<Vec<(Mutant, Outcome)>> {
    let jobs = args.jobs.or_else(|| thread::available_parallelism().ok());
    let jobs = jobs.map_or(1, NonZeroUsize::get);
    let begun = Instant::now();
    let seconds = || begun.elapsed().as_secs();
    println!("building the program with all mutants in it");
    tree.instrument()?;
    let mut judges = run::build(workspace, tree, &args.profile)?;
    for name in &args.judges {
        ensure!(
            judges.iter().any(|judge| judge.name == *name),
            "no test program is called {name}"
        );
    }
    judges.retain(|judge| args.judges.is_empty() || args.judges.contains(&judge.name));
    println!(
        "running the tests on the program as it is ({} s)",
        seconds()
    );
    let folder = workspace.target.join("mutants").join("reached");
    let tests = run::explore(&judges, &folder, jobs)?;
    for (number, judge) in judges.iter().enumerate() {
        let own = tests.iter().filter(|test| test.judge == number);
        let takes = own
            .clone()
            .map(|test| test.takes.as_secs_f64())
            .sum::<f64>();
        println!(
            "{takes:>6.1} s {}: {} tests",
            judge.name,
            own.map(|test| test.count).sum::<usize>()
        );
    }
    println!(
        "trying {} mutants, {jobs} at a time ({} s)",
        mutants.len(),
        seconds()
    );
    let done = AtomicUsize::new(0);
    let tell = |mutant: &Mutant, outcome: &Outcome| {
        let count = done.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        match outcome {
            Outcome::Caught(_) => (),
            Outcome::TimedOut(judge) => println!("too slow in {judge}: {}", mutant.place()),
            Outcome::Survived => println!("no test failed: {}", mutant.place()),
            Outcome::NotReached => println!("no test reaches it: {}", mutant.place()),
        }
        if count.is_multiple_of(50) {
            println!("{count} of {} ({} s)", mutants.len(), seconds());
        }
    };
    let outcomes = run::Court::new(&judges, &tests).ask(&mutants, jobs, tell)?;
    let log: Vec<_> = (mutants.iter().zip(&outcomes))
        .map(|(mutant, outcome)| format!("{}\t{outcome:?}\n", mutant.place()))
        .collect();
    fs::write(folder.with_file_name("outcomes.txt"), log.concat())?;
    println!("done ({} s)\n", seconds());
    Ok(mutants.into_iter().zip(outcomes).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_a_part_of_the_whole() {
        assert_eq!("2/8".parse::<Shard>().unwrap(), Shard { first: 2, of: 8 });
        for wrong in ["", "1", "8/8", "0/0", "-1/2", "a/b"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_glob_stands_for_files() {
        for (glob, file, expected) in [
            ("*", "pda.rs", true),
            ("rules/*", "rules/money.rs", true),
            ("rules/*", "pda.rs", false),
            ("*/task/*.rs", "instructions/task/close_task.rs", true),
            ("pda.rs", "pda.rs", true),
            ("pda", "pda.rs", false),
        ] {
            assert_eq!(matches(glob, file), expected, "{glob} {file}");
        }
    }
}
