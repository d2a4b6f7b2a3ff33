//! `checks`: whether the suites notice, where a check of the program is missing.

mod find;

use anyhow::{Context, Result, bail, ensure};
use find::{Check, checks};
use gradual_consensus_devkit::workspace::{Workspace, succeed};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    str::FromStr,
};

/// What is looked through for checks.
const SOURCES: &str = "programs/gradual-consensus/src";
/// Who is asked, the quickest first; the program runs natively, as a library.
const JUDGES: [&[&str]; 2] = [
    &["--test=games", "--test=attack"],
    &[
        "--package=gradual-consensus",
        "--package=gradual-consensus-tests",
        "--lib",
        "--test=config",
        "--test=task",
        "--test=stake",
        "--test=work",
        "--test=audit",
        "--test=distribution",
        "--test=game",
        "--test=duel",
    ],
];

/// Arguments of `checks`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Only every Nth check, beginning with number K, from 0.
    #[arg(long, value_name = "K/N", default_value = "0/1")]
    shard: Shard,
    /// Only say which checks there are.
    #[arg(long)]
    list: bool,
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

/// What became of a program without one of its checks.
enum Outcome {
    Noticed,
    DoesNotCompile,
    Survived,
}

/// Deletes one check of the program after the other, in a tree of its own at the present commit, and asks
/// the suites.
///
/// # Errors
/// Where the suites fail with all checks there, and where they do not without one.
pub fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let folder = workspace.target.join("checks");
    let tree = Tree {
        workspace,
        root: folder.join("tree"),
        builds: folder.join("build"),
    };
    tree.check_out()?;
    let all = tree.checks()?;
    let mine: Vec<&(PathBuf, Check)> = all
        .iter()
        .skip(args.shard.first)
        .step_by(args.shard.of)
        .collect();
    if args.list {
        for (file, check) in mine {
            println!("{}", check.name(file));
        }
        return Ok(());
    }
    println!("{} checks, {} of them in this shard", all.len(), mine.len());
    for judge in JUDGES {
        let with_all = "the suites, with every check in place,";
        succeed(tree.asks(judge).stdout(Stdio::null()), with_all)?;
    }
    let (mut noticed, mut survivors) = (0, Vec::new());
    for (file, check) in mine {
        let name = check.name(file);
        match tree.without(file, check)? {
            Outcome::Noticed => noticed += 1,
            Outcome::DoesNotCompile => println!("does not compile without: {name}"),
            Outcome::Survived => {
                println!("no test failed: {name}");
                survivors.push(name);
            }
        }
    }
    println!("{noticed} noticed, {} not", survivors.len());
    if !survivors.is_empty() {
        bail!("checks that no suite needs: see docs/security.md, \"Mutation testing\"");
    }
    Ok(())
}

/// A git worktree to mutate, and where it is built.
struct Tree<'a> {
    workspace: &'a Workspace,
    root: PathBuf,
    builds: PathBuf,
}

impl Tree<'_> {
    /// Puts the present commit there.
    fn check_out(&self) -> Result<()> {
        let mut git = self.workspace.command("git");
        if self.root.join("Cargo.toml").exists() {
            let mut asked = self.workspace.command("git");
            let head = asked.args(["rev-parse", "HEAD"]).output()?;
            ensure!(
                head.status.success(),
                "git does not know the present commit"
            );
            let head = String::from_utf8(head.stdout)?;
            git.current_dir(&self.root);
            git.args(["checkout", "--quiet", "--force", "--detach", head.trim()]);
        } else {
            git.args(["worktree", "add", "--quiet", "--force", "--detach"]);
            git.arg(&self.root);
        }
        succeed(&mut git, "git")
    }

    /// Every check there is, with the file it is in.
    fn checks(&self) -> Result<Vec<(PathBuf, Check)>> {
        let mut found = Vec::new();
        for file in sources(&self.root.join(SOURCES))? {
            let source = fs::read_to_string(&file)?;
            let short = file.strip_prefix(&self.root)?.to_owned();
            let of_file = checks(&source).with_context(|| short.display().to_string())?;
            found.extend(of_file.into_iter().map(|check| (short.clone(), check)));
        }
        Ok(found)
    }

    fn cargo(&self, arguments: &[&str]) -> Command {
        let mut cargo = self.workspace.command("cargo");
        cargo.current_dir(&self.root).args(arguments);
        cargo.env("CARGO_TARGET_DIR", &self.builds);
        cargo.env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "true");
        cargo
    }

    fn asks(&self, judge: &[&str]) -> Command {
        let mut cargo = self.cargo(&["test", "--quiet", "--locked"]);
        cargo.arg("--package=gradual-consensus-adversary");
        cargo.arg("--features=gradual-consensus-adversary/native");
        cargo.args(judge);
        cargo.args(["--", "--skip", "sbf::", "--skip", "both_builds"]);
        cargo
    }

    /// Asks the suites about the program without `check`, and puts it back.
    fn without(&self, file: &Path, check: &Check) -> Result<Outcome> {
        let file = self.root.join(file);
        let source = fs::read_to_string(&file)?;
        fs::write(&file, check.deleted_from(&source))?;
        let outcome = self.judge();
        fs::write(&file, source)?;
        outcome
    }

    fn judge(&self) -> Result<Outcome> {
        let mut check = self.cargo(&["check", "--quiet", "--locked"]);
        if !succeeds(check.arg("--package=gradual-consensus"))? {
            return Ok(Outcome::DoesNotCompile);
        }
        for judge in JUDGES {
            if !succeeds(&mut self.asks(judge))? {
                return Ok(Outcome::Noticed);
            }
        }
        Ok(Outcome::Survived)
    }
}

/// Whether `command` succeeds; what it says is of no interest.
fn succeeds(command: &mut Command) -> Result<bool> {
    let silent = command.stdout(Stdio::null()).stderr(Stdio::null());
    Ok(silent.status()?.success())
}

/// The Rust files below `folder`, in order.
fn sources(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut entries = fs::read_dir(folder)?.collect::<std::io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::path);
    for entry in entries {
        let path = entry.path();
        if path.is_dir() {
            files.extend(sources(&path)?);
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
    Ok(files)
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
}
