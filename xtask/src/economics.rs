//! `economics`: what cheating pays, played on the binary. The crate `economics` does it; here the binary is
//! built that it plays on.

use crate::sbf;
use anyhow::Result;
use gradual_consensus_devkit::workspace::{Workspace, succeed};

/// Arguments of `economics`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Write nothing; play a part, and fail where cheating pays that did not pay in the committed table.
    #[arg(long)]
    check: bool,
}

/// Builds the program, and writes or checks `docs/economics.md`.
pub fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    sbf::run(workspace, &sbf::Args::default())?;
    let mut economics = workspace.command("cargo");
    economics.args(["test", "--quiet", "--locked", "--workspace"]);
    economics.args(["--test", "economics", "--"]);
    economics.args(args.check.then_some("--check"));
    succeed(&mut economics, "the economics")
}
