//! `gradual node run` as a process: bad input, a cluster that is down, signals, the endpoint.
#![cfg(feature = "rpc")]
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const TASK: &str = "So11111111111111111111111111111111111111112";
/// Nobody listens on the discard port of a test machine.
const REFUSING: &str = "http://127.0.0.1:9";

fn node(name: &str, arguments: &[&str]) -> Command {
    let home = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join("nodes")
        .join(name);
    let folder = home.join(".config/solana");
    fs::create_dir_all(&folder).unwrap();
    let key = solana_sdk::signature::Keypair::new();
    let key = serde_json::to_string(&key.to_bytes().to_vec()).unwrap();
    fs::write(folder.join("id.json"), key).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_gradual"));
    command
        .args(["node", "run", "--task", TASK, "--url", REFUSING])
        .args(arguments)
        .env("HOME", &home)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for (variable, _) in std::env::vars().filter(|(name, _)| name.starts_with("GRADUAL_")) {
        command.env_remove(variable);
    }
    command.env_remove("RUST_LOG");
    command
}

#[track_caller]
fn refuses(name: &str, arguments: &[&str], expected: &str) {
    let output = node(name, arguments).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains(expected), "{message}");
}

#[test]
fn bad_input_is_refused() {
    refuses(
        "logic",
        &["--logic", "corpus"],
        "use corpus:PATH or exec:COMMAND",
    );
    refuses(
        "none",
        &["--logic", "exec: "],
        "use corpus:PATH or exec:COMMAND",
    );
    refuses(
        "path",
        &["--logic", "corpus:/no/such/path"],
        "cannot read /no/such/path",
    );
    let exec = ["--logic", "exec:cat"];
    let with = |more: [&'static str; 2]| [exec, more].concat();
    refuses(
        "rewards",
        &with(["--rewards", "claim:me"]),
        "claim:TOKEN_ACCOUNT",
    );
    refuses("sol", &with(["--low-sol", "much"]), "is no amount");
    refuses(
        "lamport",
        &with(["--low-sol", "0.0000000001"]),
        "SOL has 9: use at most 9",
    );
    refuses(
        "base",
        &["--logic", "exec:cat", "--min-reward", "0.5", "--base-units"],
        "no number of base units",
    );
    refuses("bid", &with(["--max-priority-fee", "much"]), "is no amount");
    refuses(
        "processed",
        &with(["--commitment", "processed"]),
        "use --commitment confirmed",
    );
    refuses(
        "reward",
        &with(["--min-reward", "much"]),
        "'--min-reward <AMOUNT>'",
    );
    let unpaid = ["--logic", "exec:cat", "--unpaid"];
    refuses("unpaid", &unpaid, "unexpected argument '--unpaid'");
    refuses("key", &with(["--keypair", "/no/such/key"]), "/no/such/key");
    refuses(
        "metrics",
        &with(["--metrics", "192.0.2.1:1"]),
        "cannot serve metrics",
    );
    for place in [
        "localhost",
        "localhost:port",
        "no.such.host.invalid:1",
        ":9101",
    ] {
        refuses(
            "host",
            &with(["--metrics", place]),
            "such as localhost:9101",
        );
    }
    refuses(
        "dry",
        &["--logic", "exec:cat", "--dry-run"],
        "leave --dry-run out",
    );
}

/// A node whose log is read line by line; ended with the test.
struct Running {
    child: Child,
    log: BufReader<std::process::ChildStderr>,
}

impl Running {
    fn start(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        Self { child, log }
    }

    /// The first event whose line has `text` in it.
    fn wait_for(&mut self, text: &str) -> serde_json::Value {
        loop {
            let mut line = String::new();
            assert!(
                self.log.read_line(&mut line).unwrap() > 0,
                "no {text} in the log"
            );
            let event = serde_json::from_str(&line).unwrap();
            if line.contains(text) {
                return event;
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

#[test]
fn a_cluster_that_is_down_is_waited_for_and_sigterm_ends_the_node() {
    let arguments = [
        "--logic",
        "exec:cat",
        "--metrics",
        "localhost:0",
        "--log-format",
        "json",
    ];
    let mut running = Running::start(node("down", &arguments));
    let served = running.wait_for("metrics are served");
    let address = served["address"].as_str().unwrap().to_owned();
    let waits = running.wait_for("waits and tries again");
    assert_eq!(waits["level"], "WARN");
    assert!(
        waits["error"].as_str().unwrap().contains("127.0.0.1:9"),
        "{waits}"
    );

    let mut client = TcpStream::connect(&address).unwrap();
    client.write_all(b"GET /health HTTP/1.1\r\n\r\n").unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");

    let pid = rustix::process::Pid::from_child(&running.child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let begun = Instant::now();
    let ended = running.wait_for("the node ends");
    assert_eq!(ended["end"], "Stopped");
    assert_eq!(running.child.wait().unwrap().code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(30));
}

/// A log on a full disk costs the node its lines, and they are counted.
#[cfg(target_os = "linux")]
#[test]
fn a_log_that_cannot_be_written_ends_nothing() {
    // Free when it is asked for, and most likely still free then.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = port.local_addr().unwrap().to_string();
    drop(port);
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let mut command = node("full", &["--logic", "exec:cat", "--metrics", &address]);
    command.stdout(Stdio::null()).stderr(full);
    let mut child = command.spawn().unwrap();
    let begun = Instant::now();
    let lost = |text: &str| {
        let line = text
            .lines()
            .find(|line| line.starts_with("gradual_log_lines_lost_total{"))?;
        line.rsplit(' ')
            .next()?
            .parse::<u64>()
            .ok()
            .filter(|&lost| lost > 1)
    };
    loop {
        let mut text = String::new();
        let asked = TcpStream::connect(&address).and_then(|mut client| {
            client.write_all(b"GET /metrics HTTP/1.1\r\n\r\n")?;
            client.read_to_string(&mut text)
        });
        if asked.is_ok() && lost(&text).is_some() {
            break;
        }
        assert_eq!(child.try_wait().unwrap(), None, "it ended");
        assert!(begun.elapsed() < Duration::from_secs(60), "{text}");
        std::thread::sleep(Duration::from_millis(100));
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    // The same for a node that ends with an error.
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let mut refused = node(
        "full-refused",
        &["--logic", "exec:cat", "--low-sol", "much"],
    );
    refused.stdout(Stdio::null()).stderr(full);
    assert_eq!(refused.status().unwrap().code(), Some(2));
}
