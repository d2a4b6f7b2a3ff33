//! The dashboard in a real browser: tried, and pictured for `docs/`. What drives the browser is in `crates/dashboard`.

use anyhow::{Context, Result};
use gradual_consensus_devkit::workspace::{Workspace, succeed};
use std::process::{Command, Stdio};

/// The browser and its WebDriver program.
const PROGRAMS: [&str; 2] = ["chromium", "chromedriver"];
/// Debian's packages of both.
const PACKAGES: &str = "chromium chromium-driver";
/// What cargo is asked for to try the dashboard.
pub const TEST: [&str; 5] = ["test", "--locked", "--workspace", "--test", "browser"];
/// Where the pictures lie.
const PICTURES: &str = "docs/pictures";

/// Fails, in one line that says what to install, where the browser or its WebDriver program is missing.
pub fn require() -> Result<()> {
    for program in PROGRAMS {
        let mut asked = Command::new(program);
        asked.arg("--version").stdout(Stdio::null());
        let found = asked.stderr(Stdio::null()).status();
        found
            .ok()
            .filter(|status| status.success())
            .with_context(|| format!("{program} is not installed: apt-get install {PACKAGES}"))?;
    }
    Ok(())
}

/// Plays a game and takes a picture of every page of the dashboard, and of `gradual watch`: `docs/pictures/`.
pub fn pictures(workspace: &Workspace) -> Result<()> {
    require()?;
    let mut command = workspace.command("cargo");
    command.args(["run", "--quiet", "--locked", "--example", "pictures", "--"]);
    succeed(command.arg(PICTURES), "the pictures")
}
