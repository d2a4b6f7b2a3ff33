//! `fuzz`, `attacks` and `vectors`: the program against its reference model, the table of attacks, and what
//! clients in other languages are compared with. The crate `adversary` does all three; here the binary is
//! built that it runs.

use crate::sbf;
use anyhow::Result;
use gradual_consensus_devkit::workspace::{Workspace, succeed};

/// Arguments of `fuzz`.
#[derive(clap::Args, Debug)]
pub struct FuzzArgs {
    /// Stop after so many minutes.
    #[arg(long)]
    minutes: Option<u64>,
    /// Stop after so many steps.
    #[arg(long)]
    steps: Option<u64>,
    /// Where the random numbers begin.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Arguments of `attacks`.
#[derive(clap::Args, Debug)]
pub struct AttacksArgs {
    /// Write nothing; fail where the committed table is not that of the attacks.
    #[arg(long)]
    check: bool,
}

/// Arguments of `vectors`.
#[derive(clap::Args, Debug)]
pub struct VectorsArgs {
    /// Write nothing; fail where the committed file is not what the program answers.
    #[arg(long)]
    check: bool,
}

/// Builds the program, and plays random scripts on it and on the model until the limit, or until
/// they differ.
pub fn fuzz(workspace: &Workspace, args: &FuzzArgs) -> Result<()> {
    sbf::run(workspace, &sbf::Args::default())?;
    let mut arguments = vec!["fuzz".to_owned(), format!("--seed={}", args.seed)];
    arguments.extend(args.minutes.map(|minutes| format!("--minutes={minutes}")));
    arguments.extend(args.steps.map(|steps| format!("--steps={steps}")));
    run(workspace, &arguments)
}

/// Writes or checks the table in `docs/security.md`.
pub fn attacks(workspace: &Workspace, args: &AttacksArgs) -> Result<()> {
    write(workspace, "attacks", args.check)
}

/// Builds the program, and writes or checks `client/js/test/vectors.json`.
pub fn vectors(workspace: &Workspace, args: &VectorsArgs) -> Result<()> {
    sbf::run(workspace, &sbf::Args::default())?;
    write(workspace, "vectors", args.check)
}

fn write(workspace: &Workspace, what: &str, check: bool) -> Result<()> {
    let mut arguments = vec![what.to_owned()];
    if check {
        arguments.push("--check".to_owned());
    }
    run(workspace, &arguments)
}

fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let mut adversary = workspace.command("cargo");
    adversary.args(["run", "--quiet", "--locked"]);
    adversary.args(["--package", "gradual-consensus-adversary", "--"]);
    adversary.args(arguments);
    succeed(&mut adversary, "the adversary")
}
