//! A test program that runs, up to the first test that fails.

use anyhow::{Context, Result};
use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

/// How it ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    /// By itself, and no test failed.
    Passed,
    /// This test failed; or the program did, and this is how.
    Failed(String),
    /// Not in time.
    TimedOut,
}

/// Runs `command` until it fails a test or ends, `limit` at the most.
///
/// # Errors
/// Where it cannot be started.
pub fn watch(mut command: Command, limit: Duration) -> Result<Said> {
    command.stdin(Stdio::null()).stderr(Stdio::null());
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let output = child.stdout.take().context("a pipe")?;
    let (sender, lines) = mpsc::channel();
    let reader = thread::spawn(move || {
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        lines.all(|line| sender.send(line).is_ok())
    });
    let begun = Instant::now();
    let said = loop {
        match lines.recv_timeout(limit.saturating_sub(begun.elapsed())) {
            Ok(line) => {
                if let Some(test) = failed(&line) {
                    break Said::Failed(test.to_owned());
                }
            }
            Err(RecvTimeoutError::Timeout) => break Said::TimedOut,
            Err(RecvTimeoutError::Disconnected) => {
                break match child.wait()? {
                    status if status.success() => Said::Passed,
                    status => Said::Failed(status.to_string()),
                };
            }
        }
    };
    // It may have ended by itself.
    let _ = child.kill();
    child.wait()?;
    drop(lines);
    let _ = reader.join();
    Ok(said)
}

/// The test that a line of a test program says has failed.
fn failed(line: &str) -> Option<&str> {
    let test = line.strip_prefix("test ")?;
    let test = test.strip_suffix("FAILED")?.trim_end();
    Some(test.trim_end_matches(" ..."))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn says(script: &str, limit: Duration) -> Said {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        watch(command, limit).unwrap()
    }

    #[test]
    fn the_first_test_that_fails_ends_it() {
        let begun = Instant::now();
        let script = "echo 'test a ... ok'; echo 'test b::c ... FAILED'; exec sleep 50";
        assert_eq!(says(script, LONG), Said::Failed("b::c".to_owned()));
        assert!(begun.elapsed() < Duration::from_secs(40));
    }

    #[test]
    fn its_end_says_whether_it_passed() {
        assert_eq!(says("echo 'test a ... ok'", LONG), Said::Passed);
        assert!(matches!(says("exit 3", LONG), Said::Failed(_)));
    }

    #[test]
    fn what_does_not_end_is_stopped() {
        let said = says("exec sleep 50", Duration::from_millis(200));
        assert_eq!(said, Said::TimedOut);
    }
}
