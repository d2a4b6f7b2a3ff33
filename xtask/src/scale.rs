//! `scale`: what a cycle of many nodes takes. The crate `scale` measures and writes; here the binary is built that it
//! plays on.

use crate::sbf;
use anyhow::Result;
use gradual_consensus_devkit::workspace::{Workspace, succeed};

/// Arguments of `scale`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Write nothing; fail where the counts of the smaller crowds are not those of the committed document.
    #[arg(long)]
    check: bool,
}

/// Builds the program, and writes or checks `docs/scale.md`. Times are those of an optimized build.
pub fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    sbf::run(workspace, &sbf::Args::default())?;
    let mut scale = workspace.command("cargo");
    scale.args(["run", "--quiet", "--locked", "--profile", "host"]);
    scale.args(["--package", "gradual-consensus-scale", "--"]);
    scale.args(args.check.then_some("--check"));
    succeed(&mut scale, "the scale")
}
