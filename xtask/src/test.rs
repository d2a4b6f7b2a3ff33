//! `test`: everything that must hold before a change lands.

use crate::{browser, npm};
use anyhow::{Result, ensure};
use gradual_consensus_devkit::{
    validator,
    workspace::{Workspace, cache, succeed},
};
use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

/// The tools that builds and examples need beyond Rust, with their Debian packages.
const TOOLS: [(&str, &str); 4] = [
    ("cc", "build-essential"),
    ("make", "build-essential"),
    ("perl", "perl"),
    ("python3", "python3"),
];

/// What cargo is asked for, in this order. The light builds of the client and of the command must compile
/// without what the workspace as a whole switches on.
const STEPS: &[&[&str]] = &[
    &["fmt", "--all", "--check"],
    &[
        "clippy",
        "--locked",
        "--package",
        "gradual-consensus-client",
        "--no-default-features",
        "--",
        "--deny",
        "warnings",
    ],
    &[
        "clippy",
        "--locked",
        "--package",
        "gradual-consensus-cli",
        "--no-default-features",
        "--features",
        "rpc,geyser",
        "--",
        "--deny",
        "warnings",
    ],
    // What `cargo gradual` builds, from a workspace's folder.
    &["check", "--locked", "--package", "gradual-consensus-cli"],
    &["xtask", "build-sbf", "--check"],
    &["xtask", "idl", "--check"],
];

/// What cargo is asked for while the linter compiles the workspace, in this order.
const LINTED: &[&[&str]] = &[
    &["test", "--locked", "--workspace"],
    // A plain `cargo test` leaves it out. It is linted on machines without a browser, too.
    &[
        "test",
        "--locked",
        "--workspace",
        "--test",
        "browser",
        "--no-run",
    ],
    &["xtask", "cu", "--check"],
    &["xtask", "economics", "--check"],
];

/// Runs every check, each to its end, and stops at the first that fails.
pub fn run(workspace: &Workspace) -> Result<()> {
    for (tool, package) in TOOLS {
        let found = Command::new(tool)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        ensure!(
            found.is_ok(),
            "{tool} is not installed: apt-get install {package}"
        );
    }
    let begun = Instant::now();
    let target = target()?;
    let has_openssl = has_openssl();
    let linter = linter(workspace)?;
    let run_with = |linter: Option<&Path>, arguments: &[&str]| {
        let step = arguments.join(" ");
        println!("== cargo {step} ({} s)", begun.elapsed().as_secs());
        let mut command = workspace.command("cargo");
        command.args(arguments).env("CARGO_TARGET_DIR", &target);
        // Incremental compilation makes the next build quicker and this one slower; here each crate is built once.
        command.env("CARGO_INCREMENTAL", "0");
        if has_openssl {
            command.env("OPENSSL_NO_VENDOR", "1");
        }
        if let Some(linter) = linter {
            // As `cargo clippy` does it for a check.
            command.env("RUSTC_WORKSPACE_WRAPPER", linter);
            command.env("CLIPPY_ARGS", "--deny__CLIPPY_HACKERY__warnings");
        }
        succeed(&mut command, &format!("cargo {step}"))
    };
    let run = |arguments: &[&str]| run_with(None, arguments);
    let run_linted = |arguments: &[&str]| run_with(Some(&linter), arguments);
    let tell = |step: &str| println!("== {step} ({} s)", begun.elapsed().as_secs());
    let node = npm::require();
    if node.is_ok() {
        // Tests of the command compile and play what is written in TypeScript, too.
        npm::install(workspace, tell)?;
    }
    STEPS.iter().try_for_each(|arguments| run(arguments))?;
    LINTED
        .iter()
        .try_for_each(|arguments| run_linted(arguments))?;
    let chromium = browser::require();
    if chromium.is_ok() {
        run_linted(&browser::TEST)?;
    }
    let validator = validator::find();
    if node.is_ok() {
        npm::test(workspace, validator.as_deref().ok(), tell)?;
    }
    if validator.is_ok() {
        run(&["xtask", "e2e", "--faults", "kill", "--rounds", "3"])?;
    }
    println!("== all passed in {} s", begun.elapsed().as_secs());
    if let Err(missing) = chromium {
        println!("== the dashboard was not tried in a browser: {missing}");
    }
    if let Err(missing) = node {
        println!(
            "== the packages in TypeScript were not tested, nor the templates in TypeScript and for K2: {missing}"
        );
    }
    if let Err(missing) = validator {
        println!(
            "== the end-to-end suite was not run, nor what needs a validator in TypeScript: {missing}"
        );
    }
    Ok(())
}

/// Clippy's compiler. A build with it lints the workspace and compiles it at once. `cargo clippy` beside a build would
/// compile all dependencies a second time, without code, which is a sixth of all it does.
fn linter(workspace: &Workspace) -> Result<PathBuf> {
    let mut asked = workspace.command("rustc");
    let told = asked.args(["--print", "sysroot"]).output()?;
    let sysroot = String::from_utf8(told.stdout)?;
    let linter = Path::new(sysroot.trim()).join("bin").join("clippy-driver");
    ensure!(
        linter.is_file(),
        "clippy is not installed: rustup component add clippy"
    );
    Ok(linter)
}

/// Whether the machine has OpenSSL for programs to build with. Otherwise the build compiles its own, which is a
/// quarter of all it does.
fn has_openssl() -> bool {
    let mut asked = Command::new("pkg-config");
    let found = asked.args(["--exists", "openssl"]).status();
    found.is_ok_and(|status| status.success())
}

/// The target folder of these steps: in the user's cache, so that all clones share the built dependencies;
/// `CARGO_TARGET_DIR` overrides it.
fn target() -> Result<PathBuf> {
    let named = env::var_os("CARGO_TARGET_DIR").filter(|value| !value.is_empty());
    named.map_or_else(|| Ok(cache()?.join("target")), |named| Ok(named.into()))
}
