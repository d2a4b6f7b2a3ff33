//! The packages of this repository that are written in TypeScript: installed as their lock files say, and tested.

use anyhow::Result;
use gradual_consensus_devkit::workspace::{Workspace, succeed};
use std::process::{Command, Stdio};

/// Their folders.
pub const PACKAGES: [&str; 1] = ["client/k2"];
/// What each needs, in this order.
const STEPS: [&str; 2] = ["ci", "test"];
/// The oldest major version of Node.js that they run on.
const OLDEST: u32 = 20;

/// Whether Node.js and npm are at hand.
///
/// # Errors
/// What to install, in one line.
pub fn find() -> Result<(), String> {
    let install =
        |what: &str| format!("{what}: apt-get install nodejs npm, or see https://nodejs.org");
    let version = said("node").ok_or_else(|| install("node is not installed"))?;
    let major = version.trim_start_matches('v').split('.').next();
    let major: Option<u32> = major.and_then(|major| major.parse().ok());
    if major.is_none_or(|major| major < OLDEST) {
        let old = format!("node is {}, {OLDEST} is needed", version.trim());
        return Err(install(&old));
    }
    said("npm").ok_or_else(|| install("npm is not installed"))?;
    Ok(())
}

/// The version that `program` says it has.
fn said(program: &str) -> Option<String> {
    let mut command = Command::new(program);
    let output = command.arg("--version").stderr(Stdio::null()).output();
    let output = output.ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok()
}

/// Installs and tests all packages; `tell` is told of each step before it begins.
///
/// # Errors
/// The first step that fails.
pub fn test(workspace: &Workspace, tell: impl Fn(&str)) -> Result<()> {
    for package in PACKAGES {
        for step in STEPS {
            let name = format!("npm {step} in {package}");
            tell(&name);
            let mut command = workspace.command("npm");
            command.args(["--prefix", package, step]);
            succeed(&mut command, &name)?;
        }
    }
    Ok(())
}
