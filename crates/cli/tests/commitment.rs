//! What was just created is waited for at a slower commitment, and nothing else is.
#![cfg(feature = "rpc")]
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod support;

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
    time::{Duration, Instant},
};
use support::{games::Games, said};

#[test]
fn an_account_that_a_faster_commitment_has_is_waited_for() {
    let games = Games::new("slower", 1);
    games.chain.warp_to(200);
    assert!(games.run("node-0", "cycle open TASK").status.success());
    for level in ["finalized", "confirmed"] {
        let addresses = games.chain.with(|state| {
            let world = &state.world;
            [
                world.task_address(),
                world.stake_address(0),
                world.cycle_address(1),
            ]
        });
        for (address, command) in addresses.into_iter().zip([
            "task show TASK",
            "balance TASK",
            "list show TASK --cycle 1",
        ]) {
            games.chain.with(move |state| {
                state.unseen.insert((level, address), 3);
            });
            let output = games.run("node-0", &format!("{command} --commitment {level}"));
            assert!(output.status.success(), "{command}: {}", said(&output));
            let told = String::from_utf8(output.stderr).unwrap();
            let expected = format!("{address} is there, but not {level} yet: waiting");
            assert!(told.contains(&expected), "{told}");
            assert_eq!(told.lines().count(), 1, "{told}");
        }
    }
}

#[test]
fn what_no_commitment_has_is_not_waited_for() {
    let games = Games::new("nowhere", 1);
    let begun = Instant::now();
    let nobody = solana_sdk::pubkey::Pubkey::new_unique();
    let show = format!("task show {nobody} --commitment finalized");
    games.refuses("node-0", &show, 2, &format!("no account at {nobody}"));
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_node_waits_for_a_task_that_was_just_created() {
    let games = Games::new("node-waits", 1);
    let task = games.chain.with(|state| {
        let task = state.world.task_address();
        state.unseen.insert(("finalized", task), 3);
        task.to_string()
    });
    let key = games.path("node-0");
    let arguments = [
        "node",
        "run",
        "--task",
        &task,
        "--logic",
        "exec:cat",
        "--log-format",
        "json",
        "--commitment",
        "finalized",
        "-k",
        &key,
        "-u",
        &games.chain.url,
    ];
    let mut child = games
        .home
        .command(&arguments)
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut wait_for = |text: &str| {
        let line = log.find(|line| line.as_ref().is_ok_and(|line| line.contains(text)));
        line.unwrap_or_else(|| panic!("no {text:?} in the log"))
            .unwrap()
    };
    wait_for("is there, but not finalized yet: waiting");
    wait_for("the node begins");
    child.kill().unwrap();
    child.wait().unwrap();
}
