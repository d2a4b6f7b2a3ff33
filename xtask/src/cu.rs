//! `cu`: what every instruction costs, measured on the binary: `docs/compute-units.md`.
//!
//! The figures are those of the upstream toolchain, which every machine can have; platform-tools'
//! differ. The crate `bench` measures and writes; here its two binaries are built.

use crate::sbf::{self, Toolchain};
use anyhow::Result;
use gradual_consensus_devkit::workspace::{Workspace, succeed};
use std::fs;

/// Arguments of `cu`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Write nothing; fail where the committed figures are not today's, grew, or exceed a budget.
    #[arg(long)]
    check: bool,
}

/// Builds the program as it is deployed, and once more with its sections metered; measures both.
pub fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let folder = workspace.target.join("cu");
    fs::create_dir_all(&folder)?;
    let mut bench = workspace.command("cargo");
    bench.args(["test", "--quiet", "--locked", "--workspace"]);
    bench.args(["--test", "compute_units", "--"]);
    for (flag, features) in [("--program", &[][..]), ("--sections", &["bench"])] {
        let file = folder.join(format!("{}.so", flag.trim_start_matches('-')));
        fs::write(&file, sbf::build(workspace, Toolchain::Upstream, features)?)?;
        bench.arg(flag).arg(file);
    }
    bench
        .arg("--toolchain")
        .arg(sbf::upstream_versions(workspace)?);
    if args.check {
        bench.arg("--check");
    }
    succeed(&mut bench, "the compute report")
}
