//! The command `gradual`, called as a user calls it, and the program's deployment with it.

use crate::workspace::{Workspace, text};
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Builds `gradual`, with cargo's progress on standard error, and returns the path of the binary. The whole workspace is selected, so that its
/// dependencies are those that tests and lints have built.
pub fn build(workspace: &Workspace) -> Result<PathBuf> {
    let output = workspace
        .command("cargo")
        .args(["build", "--workspace", "--locked", "--bin", "gradual"])
        .arg("--message-format=json-render-diagnostics")
        .stderr(Stdio::inherit())
        .output()
        .context("cargo could not be started")?;
    ensure!(output.status.success(), "gradual could not be built");
    let messages = String::from_utf8(output.stdout)?;
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == "gradual")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .context(
            "cargo named no binary gradual: run cargo build --workspace --bin gradual to see why",
        )
}

/// The command, for one cluster.
#[derive(Clone, Debug)]
pub struct Gradual {
    binary: PathBuf,
    url: String,
    home: PathBuf,
}

impl Gradual {
    /// `binary`, which talks to the cluster at `url`. Its home is the folder `home`, so that it does not read
    /// the user's settings.
    pub const fn new(binary: PathBuf, url: String, home: PathBuf) -> Self {
        Self { binary, url, home }
    }

    /// The binary.
    pub fn binary(&self) -> &Path {
        &self.binary
    }

    /// The same command for the cluster at `url`.
    pub fn at(&self, url: String) -> Self {
        Self {
            url,
            ..self.clone()
        }
    }

    /// The command with `arguments`, not yet run.
    pub fn command(
        &self,
        key: &Path,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Command {
        let mut command = Command::new(&self.binary);
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("GRADUAL_") {
                command.env_remove(name);
            }
        }
        command
            .env("HOME", &self.home)
            .env_remove("RUST_LOG")
            .args(["--url", &self.url])
            .arg("--keypair")
            .arg(key)
            .args(arguments)
            .stdin(Stdio::null());
        command
    }

    /// Runs the command with `arguments` to its end, and returns what it says in JSON.
    pub fn run(&self, key: &Path, arguments: &[&str]) -> Result<Value> {
        let mut command = self.command(key, ["--output", "json"]);
        let output = command.args(arguments).output();
        let output = output.context("gradual could not be started")?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("gradual {}: {}", arguments.join(" "), said.trim());
        }
        serde_json::from_slice(&output.stdout)
            .with_context(|| format!("gradual {}: no JSON", arguments.join(" ")))
    }
}

/// The program as it is built for the chain.
#[derive(Clone, Debug)]
pub struct Program {
    /// The sBPF binary.
    pub binary: PathBuf,
    /// The keypair file whose address is the program's id.
    pub keypair: PathBuf,
}

/// Deploys `program` through the upgradeable loader, as on any other cluster, and initialises its config.
/// `authority` pays, and becomes the upgrade authority. Returns the program's id.
pub fn deploy(gradual: &Gradual, program: &Program, authority: &Path) -> Result<String> {
    let arguments = [
        "program",
        "deploy",
        text(&program.binary)?,
        "--program-keypair",
        text(&program.keypair)?,
    ];
    let deployed = gradual.run(authority, &arguments)?;
    // The one step after a first deployment (migrations/README.md).
    gradual.run(authority, &["config", "init"])?;
    let id = deployed["program"].as_str();
    Ok(id
        .context("gradual program deploy named no program")?
        .to_owned())
}
