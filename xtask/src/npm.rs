//! The packages of this repository that are written in TypeScript: installed as their lock files say, and tested.

use anyhow::{Context, Result, ensure};
use gradual_consensus_devkit::workspace::{Workspace, succeed};
use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Their folders.
const PACKAGES: [&str; 2] = ["client/js", "client/k2"];
/// The oldest version of node that all of them run on.
const OLDEST: (u32, u32) = (20, 19);

/// Fails, in one line that says what to install, where node or npm is missing or node is too old.
pub fn require() -> Result<()> {
    let node = version("node")?;
    ensure!(
        numbers(&node) >= Some(OLDEST),
        "node {node} is older than {}.{}: install a newer one from https://nodejs.org",
        OLDEST.0,
        OLDEST.1
    );
    version("npm").map(drop)
}

/// How npm installs what a lock names.
const INSTALL: [&str; 5] = [
    "ci",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
];

/// Installs what each package's lock names, unless it is there already; `tell` is told of each step before it begins.
pub fn install(workspace: &Workspace, tell: impl Fn(&str)) -> Result<()> {
    let mut missing = PACKAGES
        .iter()
        .filter(|package| !is_installed(&workspace.root.join(package)));
    missing.try_for_each(|package| run(workspace, package, &INSTALL, None, &tell))
}

/// Runs the tests of each package. Tests that need a validator find `validator`, where there is one.
pub fn test(workspace: &Workspace, validator: Option<&Path>, tell: impl Fn(&str)) -> Result<()> {
    PACKAGES
        .iter()
        .try_for_each(|package| run(workspace, package, &["test"], validator, &tell))
}

/// Runs npm in the folder of `package`.
fn run(
    workspace: &Workspace,
    package: &str,
    arguments: &[&str],
    validator: Option<&Path>,
    tell: impl Fn(&str),
) -> Result<()> {
    let step = format!("npm {} in {package}", arguments.join(" "));
    tell(&step);
    let mut command = workspace.command("npm");
    command
        .args(arguments)
        .current_dir(workspace.root.join(package));
    command.env("PATH", path(validator)?);
    succeed(&mut command, &step)
}

/// What `program --version` prints.
fn version(program: &str) -> Result<String> {
    let printed = Command::new(program).arg("--version").output();
    let printed = printed.ok().filter(|output| output.status.success());
    let printed = printed.with_context(|| {
        format!("{program} is not installed: install node and npm from https://nodejs.org, or with apt-get install nodejs npm")
    })?;
    Ok(String::from_utf8_lossy(&printed.stdout).trim().to_owned())
}

/// The first two numbers of a version like `v20.18.1`.
fn numbers(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim_start_matches('v').split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// Whether npm has installed the package's dependencies since the lock was changed.
fn is_installed(package: &Path) -> bool {
    let changed = |file: PathBuf| fs::metadata(file)?.modified();
    let installed = changed(package.join("node_modules").join(".package-lock.json"));
    let locked = changed(package.join("package-lock.json"));
    matches!((installed, locked), (Ok(installed), Ok(locked)) if installed >= locked)
}

/// PATH, with the folder of `validator` in front.
fn path(validator: Option<&Path>) -> Result<OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folder = validator.and_then(Path::parent).map(Path::to_path_buf);
    let folders = folder.into_iter().chain(env::split_paths(&path));
    env::join_paths(folders).context("PATH cannot name the validator's folder")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        assert_eq!(numbers("v20.18.1"), Some((20, 18)));
        assert!(numbers("v100.0.0") > Some(OLDEST));
        assert!(numbers("v20.9.0") < Some(OLDEST));
        assert_eq!(numbers("nightly"), None);
    }

    #[test]
    fn the_oldest_version_is_the_packages() {
        let (major, minor) = OLDEST;
        for package in [
            include_str!("../../client/js/package.json"),
            include_str!("../../client/k2/package.json"),
        ] {
            let package: serde_json::Value = serde_json::from_str(package).unwrap();
            assert_eq!(package["engines"]["node"], format!(">={major}.{minor}"));
        }
    }

    #[test]
    fn the_lock_names_no_registry() {
        for lock in [
            include_str!("../../client/js/package-lock.json"),
            include_str!("../../client/k2/package-lock.json"),
        ] {
            assert!(!lock.contains("\"resolved\""));
        }
        for settings in [
            include_str!("../../client/js/.npmrc"),
            include_str!("../../client/k2/.npmrc"),
        ] {
            assert!(settings.contains("omit-lockfile-registry-resolved=true"));
        }
    }

    #[test]
    fn a_validator_is_found_first() {
        let found = path(Some(Path::new("/tools/solana-test-validator"))).unwrap();
        assert_eq!(env::split_paths(&found).next(), Some("/tools".into()));
    }
}
