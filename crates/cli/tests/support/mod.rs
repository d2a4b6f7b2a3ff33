//! What tests of the built command share.

#![allow(dead_code, reason = "each test uses a part of it")]

pub mod chain;
pub mod games;
pub mod running;
pub mod tree;

use std::{
    fs,
    io::{Write, stderr},
    path::PathBuf,
    process::{Command, Output},
};

/// Nobody listens on the discard port of a test machine.
pub const REFUSING: &str = "http://127.0.0.1:9";

/// A home of its own for each test, so that nobody's real key or config is touched.
pub struct Home(pub PathBuf);

impl Home {
    pub fn new(name: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join("homes")
            .join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join(".config/solana/cli")).unwrap();
        Self(folder)
    }

    pub fn write(&self, file: &str, text: &str) -> PathBuf {
        let path = self.0.join(file);
        fs::write(&path, text).unwrap();
        path
    }

    /// The command, with nothing of the test's own environment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gradual"));
        command
            .args(arguments)
            .env("HOME", &self.0)
            .env_remove("RUST_LOG");
        for (name, _) in std::env::vars() {
            if name.starts_with("GRADUAL_") {
                command.env_remove(name);
            }
        }
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }
}

/// Both streams of `output`.
pub fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

/// Says on the terminal what a test leaves out, and why. A line of `eprintln` is hidden where the test passes.
#[allow(
    clippy::explicit_write,
    reason = "the harness hides what the macro prints"
)]
pub fn not_tested(why: &str) {
    writeln!(stderr(), "not tested: {}", why.trim()).unwrap();
}

/// Exit code `code`, nothing on standard output, and one line on standard error, which has `expected` in it.
#[track_caller]
pub fn assert_refused(output: &Output, code: i32, expected: &str) {
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(message.contains(expected), "{message}\nlacks\n{expected}");
    assert_eq!(output.stdout, b"", "{message}");
}
