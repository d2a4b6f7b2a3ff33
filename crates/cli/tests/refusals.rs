//! What the program refuses, a person understands: who, how much, which slot, and when.
#![cfg(feature = "rpc")]
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod support;

use gradual_consensus_testkit::people::key;
use serde_json::json;
use solana_sdk::{
    instruction::InstructionError, pubkey::Pubkey, signature::Signer, transaction::TransactionError,
};
use support::{assert_refused, chain::custom, games::Games};

#[test]
fn a_cluster_without_the_program_is_bad_input() {
    let games = Games::new("no-program", 0);
    games.chain.with(|state| {
        let slot = state.world.slot();
        let nothing = |value| json!({"context": {"slot": slot}, "value": value});
        let answers = &mut state.answers;
        answers.insert("getMultipleAccounts", nothing(json!([null])));
        answers.insert("getAccountInfo", nothing(json!(null)));
    });
    games.refuses(
        "manager",
        "task show TASK",
        2,
        "is not deployed on http://127.0.0.1",
    );
}

#[test]
fn windows_are_told_in_slots_and_in_time() {
    let games = Games::new("windows", 2);
    let at = |slot| games.chain.warp_to(slot);
    games.refuses(
        "node-0",
        "cycle submissions TASK 3",
        2,
        "cycle 3 has no account: its work round is still to come",
    );
    games.refuses(
        "node-0",
        "cycle open TASK --cycle 3",
        1,
        "cycle 3 is opened at the start of round 3, from slot 400 to slot 440; now is slot 100, round 0: wait 300 slots, \
         about 2 minutes",
    );
    at(200);
    assert!(games.run("node-0", "cycle open TASK").status.success());
    at(250);
    games.refuses(
        "node-0",
        "cycle open TASK --cycle 0",
        1,
        "cycle 0 is opened at the start of round 0, from slot 100 to slot 140; now is slot 250, round 1: that ended",
    );
    games.refuses(
        "node-0",
        "submit TASK x --cycle 1",
        1,
        "proofs of cycle 1 are taken in round 2, from slot 300 to slot 340; now is slot 250, round 1: wait 50 \
         slots, about 20 seconds",
    );
    at(300);
    assert!(games.run("node-0", "submit TASK x").status.success());
    let subject = games
        .chain
        .with(|state| state.world.submission_address(0, 1).to_string());
    let node = key("node", 0).pubkey();
    games.refuses(
        "node-1",
        &format!("audit {subject} --invalid"),
        1,
        &format!(
            "votes on the submission of cycle 1 by {node} are taken from slot 341 to slot 380; now is slot 300, \
             round 2: wait 41 slots"
        ),
    );
    at(345);
    games.refuses(
        "node-1",
        "submit TASK x",
        1,
        "that ended about 2 seconds ago, cycle 2 is submitted in round 3",
    );
    at(370);
    games.refuses(
        "node-1",
        &format!("audit {subject} --invalid"),
        1,
        "may be challenged from slot 341 to slot 360; now is slot 370, round 2: that ended about 4 seconds ago",
    );
    at(445);
    games.refuses(
        "node-0",
        "list submit TASK --cycle 1",
        1,
        "attempt 0 at the list of cycle 1 is made in round 3, from slot 400 to slot 440; now is slot 445, round \
         3: that ended about 2 seconds ago, the next attempt is made in the next round",
    );
}

#[test]
fn amounts_are_told_with_what_is_missing() {
    let games = Games::new("amounts", 2);
    let node = key("node", 0).pubkey();
    games.save("newcomer", &key("newcomer", 0));
    games.chain.with(|state| {
        let newcomer = key("newcomer", 0).pubkey();
        state.world.bank.airdrop(&newcomer, 1_000_000_000);
    });
    games.refuses(
        "newcomer",
        "stake TASK 0.00000004 --sol",
        1,
        "the deposit leaves a stake of 0.00000004 SOL, the task's minimum is 0.0000001 SOL: deposit at least \
         0.0000001 SOL",
    );
    games.refuses(
        "newcomer",
        "stake TASK 5 --sol",
        1,
        "the key that pays has 0.99",
    );
    games.refuses(
        "node-0",
        "withdraw TASK 1 --sol",
        1,
        &format!(
            "node {node} has staked 0.000001 SOL, less than 1 SOL: withdraw at most that, or ALL"
        ),
    );
    games.refuses(
        "node-0",
        "withdraw TASK 0.00000095 --sol",
        1,
        "leaves 0.00000005 SOL, less than the task's minimum of 0.0000001 SOL: withdraw at most 0.0000009 SOL",
    );
    games.refuses(
        "node-0",
        "claim TASK --sol",
        1,
        &format!("node {node} has earned 0 SOL, and nothing of it is left to claim"),
    );
    games.refuses(
        "node-0",
        "stake close TASK",
        1,
        &format!("node {node} still has 0.000001 SOL staked and 0 SOL to claim"),
    );
    games.refuses(
        "node-0",
        &format!("stake park TASK --node {}", key("node", 1).pubkey()),
        1,
        "acted in round 0, and may be parked after 3 rounds without an act, from slot 500; now is slot 100",
    );
    games.refuses(
        "manager",
        "task close TASK --sol",
        1,
        "is active: its manager",
    );
}

#[test]
fn who_may_and_who_tried_are_named() {
    let games = Games::new("people", 1);
    let [node, manager] = [key("node", 0).pubkey(), key("manager", 0).pubkey()];
    let task = games.task();
    games.refuses(
        "node-0",
        "task deactivate TASK",
        1,
        &format!(
            "only {manager} manages task {task}, the key is {node}: sign with the manager's key"
        ),
    );
    games.refuses(
        "node-0",
        "task accept TASK",
        1,
        &format!("task {task} is offered to nobody, the key is {node}"),
    );
    games.refuses(
        "node-0",
        "config pause",
        1,
        &format!("may do this, the key is {node}"),
    );
    games.refuses(
        "node-0",
        "config accept",
        1,
        "the config is offered to nobody",
    );
    games.refuses(
        "node-0",
        "config allowlist TASK",
        1,
        &format!("(the key is {node}, the managers are "),
    );
    games.refuses(
        "node-0",
        "config close",
        1,
        "only the program's upgrade authority",
    );
}

/// `custom program error: 0xbbf` is what a node without a stake saw.
#[test]
fn a_node_without_a_stake_is_told_to_stake() {
    let games = Games::new("unstaked", 1);
    games.save("stranger", &key("stranger", 0));
    let stranger = key("stranger", 0).pubkey();
    games
        .chain
        .with(move |state| state.world.bank.airdrop(&stranger, 1_000_000_000));
    games.chain.warp_to(200);
    let expected = format!(
        "{stranger} has no stake in task {}: check --keypair",
        games.task()
    );
    games.refuses("stranger", "cycle open TASK", 1, &expected);
    assert!(games.run("node-0", "cycle open TASK").status.success());
    games.chain.warp_to(300);
    games.refuses("stranger", "submit TASK x", 1, &expected);
    assert!(games.run("node-0", "submit TASK x").status.success());
    games.chain.warp_to(341);
    let subject = games
        .chain
        .with(|state| state.world.submission_address(0, 1).to_string());
    games.refuses(
        "stranger",
        &format!("audit {subject} --invalid"),
        1,
        &expected,
    );
    games.refuses(
        "stranger",
        "claim TASK --sol",
        2,
        &format!("{stranger} has no stake in task"),
    );
}

#[test]
fn addresses_of_something_else_are_told_what_they_are() {
    let games = Games::new("others", 1);
    let stake = games
        .chain
        .with(|state| state.world.stake_address(0).to_string());
    let node = key("node", 0).pubkey();
    let nobody = Pubkey::new_unique();
    games.refuses(
        "node-0",
        &format!("task show {stake}"),
        2,
        "another account of the program, not a task",
    );
    games.refuses(
        "node-0",
        &format!("task show {node}"),
        2,
        "is no task: it belongs to program",
    );
    games.refuses(
        "node-0",
        &format!("task show {nobody}"),
        2,
        &format!("no account at {nobody} on http://"),
    );
    games.refuses(
        "node-0",
        "task show abc",
        2,
        "'abc' is no address for <TASK>: it has 3 characters",
    );
    games.refuses(
        "node-0",
        "stake TASK 1 --sol --from abc",
        2,
        "is no address for --from <ADDRESS>",
    );
    games.refuses(
        "node-0",
        "cycle show TASK --cycle -1",
        2,
        "see gradual cycle show --help",
    );
    games.refuses(
        "node-0",
        "payout TASK --cycle 7 --all",
        2,
        "cycle 7 of task",
    );
}

/// Errors that only a cluster makes: each is one line that says what to do.
#[test]
fn what_a_cluster_refuses_is_said_in_one_line() {
    let games = Games::new("cluster-errors", 1);
    let fails = |method: &'static str, error: serde_json::Value, expected: &str| {
        games
            .chain
            .with(move |state| drop(state.broken.insert(method, error)));
        let output = games.run("manager", "task deactivate TASK");
        assert_refused(&output, output.status.code().unwrap(), expected);
        games
            .chain
            .with(move |state| drop(state.broken.remove(method)));
    };
    for (method, code, expected) in [
        (
            "getLatestBlockhash",
            -32005,
            "this RPC is behind its cluster: wait, or use another one",
        ),
        (
            "getLatestBlockhash",
            -32601,
            "this RPC does not offer the call",
        ),
        ("getLatestBlockhash", -32429, "too many requests: wait"),
        ("sendTransaction", -32003, "a signature is missing or wrong"),
    ] {
        let error = json!({"code": code, "message": "said by the server"});
        fails(method, error, expected);
    }
    for (error, expected) in [
        (
            TransactionError::BlockhashNotFound,
            "its blockhash is too old",
        ),
        (
            TransactionError::InsufficientFundsForFee,
            "too little SOL: send it some",
        ),
        (
            custom(3012),
            "does not exist: it is not created yet, or was closed",
        ),
        (custom(2001), "check the addresses"),
        (
            TransactionError::InstructionError(0, InstructionError::ComputationalBudgetExceeded),
            "send fewer instructions at once",
        ),
        (
            TransactionError::InstructionError(0, InstructionError::MissingRequiredSignature),
            "sign with every key",
        ),
    ] {
        let result = json!({"context": {"slot": 1}, "value": {"err": error, "logs": [], "unitsConsumed": 1}});
        games
            .chain
            .with(move |state| drop(state.answers.insert("simulateTransaction", result)));
        games.refuses("manager", "task deactivate TASK", 1, expected);
    }
}
