//! SIGINT and SIGTERM: a command ends at once and says what it has sent; a node stops.
#![cfg(feature = "rpc")]
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod support;

use gradual_consensus_testkit::people::key;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use solana_sdk::signature::{Keypair, Signer};
use std::{
    io::Read,
    net::TcpListener,
    os::unix::process::ExitStatusExt,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use support::{Home, games::Games};

/// Sooner than anything that a command or a node waits for.
const AT_ONCE: Duration = Duration::from_secs(8);

fn start(mut command: Command) -> Child {
    let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    piped.spawn().unwrap()
}

/// Sends `signal` to `child`. Returns the signal by which it ended, its exit code, and its standard error.
fn interrupt(mut child: Child, signal: Signal) -> (Option<i32>, Option<i32>, String) {
    let begun = Instant::now();
    kill_process(Pid::from_child(&child), signal).unwrap();
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    let status = child.wait().unwrap();
    assert!(begun.elapsed() < AT_ONCE, "{:?}: {said}", begun.elapsed());
    (status.signal(), status.code(), said)
}

#[track_caller]
fn wait_until(mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60));
        thread::sleep(Duration::from_millis(5));
    }
}

/// A command of `node-0` of which it is not told whether what it sends lands.
fn in_flight(games: &Games, arguments: &[&str]) -> Child {
    games.chain.with(|state| {
        let slot = state.world.slot();
        let unknown = json!({"context": {"slot": slot}, "value": [null]});
        state.answers.insert("getSignatureStatuses", unknown);
    });
    let key = games.path("node-0");
    let before = ["-u", &games.chain.url, "-k", &key];
    let child = start(games.home.command(&[&before[..], arguments].concat()));
    wait_until(|| games.chain.with(|state| !state.sent.is_empty()));
    child
}

#[test]
fn a_command_that_is_interrupted_names_what_it_has_sent() {
    for (signal, name) in [(Signal::INT, "SIGINT"), (Signal::TERM, "SIGTERM")] {
        let games = Games::new(&format!("interrupted-{name}"), 1);
        let task = games.task();
        let child = in_flight(&games, &["stake", &task, "0.00000001", "--sol"]);
        let (ended_by, _, said) = interrupt(child, signal);
        let signature = games
            .chain
            .with(|state| state.sent[0].signatures[0].to_string());
        assert_eq!(
            said,
            format!(
                "error: interrupted by {name}: a transaction was sent and may still land, look before sending again \
                 (signature {signature})\n"
            )
        );
        assert_eq!(ended_by, Some(signal.as_raw()));
    }
}

/// An RPC that takes a call and never answers.
#[test]
fn a_command_that_is_interrupted_before_it_sends_says_so() {
    let home = Home::new("interrupted-early");
    let bytes = Keypair::new().to_bytes().to_vec();
    let key = home.write("key", &serde_json::to_string(&bytes).unwrap());
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let task = Keypair::new().pubkey().to_string();
    let key = key.to_str().unwrap();
    let child = start(home.command(&["claim", &task, "-u", &url, "-k", key]));
    let _asked = silent.accept().unwrap();
    let (ended_by, _, said) = interrupt(child, Signal::INT);
    assert_eq!(said, "error: interrupted by SIGINT: nothing was sent\n");
    assert_eq!(ended_by, Some(Signal::INT.as_raw()));
}

/// A node has nothing to lose by what it sent: it reads the ledger when it starts again.
#[test]
fn a_node_that_is_told_to_stop_while_it_sends_stops_within_seconds() {
    let games = Games::new("interrupted-node", 1);
    let node = key("node", 0).pubkey();
    let task = games.task();
    games.chain.warp_to(300);
    let run = ["node", "run", "--task", &task, "--logic", "exec:cat"];
    let child = in_flight(&games, &[&run[..], &["--log-format", "json"]].concat());
    let (_, code, said) = interrupt(child, Signal::TERM);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(&node.to_string()), "{said}");
}
