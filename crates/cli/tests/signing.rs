//! Transactions that are signed in several places, as with the solana CLI: by a multisig, on another machine, with a
//! separate fee payer, with a nonce.
#![cfg(feature = "rpc")]
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod support;

use base64::{Engine, prelude::BASE64_STANDARD};
use gradual_consensus_client::ledger::Ledger;
use gradual_consensus_testkit::people::{key, upgrade_authority};
use serde_json::Value;
use solana_sdk::{
    message::Message,
    pubkey::Pubkey,
    signature::{Keypair, Signer},
    transaction::Transaction,
};
use solana_system_interface::instruction::create_nonce_account;
use std::{
    io::Write,
    process::{Output, Stdio},
};
use support::{assert_refused, games::Games, said};

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", said(output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Runs a command whose key is named as `source`.
fn run(games: &Games, source: &str, arguments: &str) -> Output {
    let home = format!("{}/", games.home.0.display());
    let arguments = arguments
        .replace("TASK", &games.task())
        .replace("HOME/", &home);
    let words: Vec<&str> = arguments.split_whitespace().collect();
    let before = ["-u", &games.chain.url, "--output", "json", "-k", source];
    games.home.run(&[&before[..], &words].concat())
}

fn sent(games: &Games) -> Vec<Transaction> {
    games.chain.with(|state| state.sent.clone())
}

fn is_active(games: &Games) -> bool {
    games.chain.with(|state| state.world.task().is_active())
}

fn lamports(games: &Games, of: Pubkey) -> u64 {
    games.chain.with(move |state| state.world.lamports(&of))
}

#[test]
fn a_multisig_gets_a_transaction_that_nobody_has_signed() {
    let games = Games::new("multisig", 1);
    let manager = key("manager", 0).pubkey();
    let vault = manager.to_string();
    let output = run(
        &games,
        &vault,
        "task deactivate TASK --sign-only --dump-transaction-message",
    );
    let document = json(&output);
    assert_eq!(document["sign_only"], true);
    let signed = &document["transactions"][0];
    assert_eq!(signed["absent"], serde_json::json!([vault]));
    assert_eq!(signed["signers"], serde_json::json!([]));
    let message = BASE64_STANDARD
        .decode(signed["message"].as_str().unwrap())
        .unwrap();
    let message: Message = bincode::deserialize(&message).unwrap();
    // Only the instruction itself: a vault cannot run what sets a price.
    assert_eq!(message.instructions.len(), 1);
    assert_eq!(message.account_keys[0], manager);
    let whole = bs58::decode(signed["transaction"].as_str().unwrap())
        .into_vec()
        .unwrap();
    let whole: Transaction = bincode::deserialize(&whole).unwrap();
    assert_eq!(whole.message, message);
    assert!(sent(&games).is_empty());
    assert!(is_active(&games));

    let text = run(
        &games,
        &vault,
        "task deactivate TASK --sign-only --output text",
    );
    let text = String::from_utf8(text.stdout).unwrap();
    for line in [
        "signed only, nothing sent: deactivated",
        "Blockhash: ",
        "Absent Signers (Pubkey):",
        &vault,
    ] {
        assert!(text.contains(line), "{text}");
    }
    assert!(!text.contains("Transaction Message"), "{text}");
}

/// Every command that sends, for a key that is elsewhere.
#[test]
fn every_command_that_sends_can_be_signed_elsewhere() {
    let games = Games::new("everything", 1);
    let [manager, node] = [key("manager", 0).pubkey(), key("node", 0).pubkey()];
    let other = Pubkey::new_unique();
    let check = |who: Pubkey, command: &str| {
        let output = run(&games, &who.to_string(), &format!("{command} --sign-only"));
        let document = json(&output);
        let all = document["transactions"].as_array().unwrap();
        assert!(!all.is_empty(), "{command}: {document}");
        for one in all {
            assert_eq!(
                one["absent"],
                serde_json::json!([who.to_string()]),
                "{command}"
            );
        }
    };
    let admin = upgrade_authority().pubkey();
    for command in [
        "config pause",
        "config resume",
        "config close",
        "config handover --cancel",
    ] {
        check(admin, command);
    }
    check(admin, &format!("config handover {other}"));
    check(manager, &format!("config manager add {other}"));
    for command in [
        "config allowlist TASK",
        "task create --sol --bounty-per-round 1 --minimum-stake 1",
        "task fund TASK 0.1 --sol",
        "task activate TASK",
        "task deactivate TASK",
        "task handover TASK --cancel",
        "task accept TASK",
        "task close TASK --sol",
    ] {
        check(manager, command);
    }
    for command in [
        "stake TASK 1 --sol",
        "stake resume TASK",
        "stake close TASK",
        "withdraw TASK ALL --sol",
        "claim TASK --sol",
    ] {
        check(node, command);
    }
    check(node, "stake park TASK");
    games.chain.warp_to(200);
    check(node, "cycle open TASK");
    assert!(games.run("node-0", "cycle open TASK").status.success());
    games.chain.warp_to(300);
    check(node, "submit TASK x");
    assert!(games.run("node-0", "submit TASK x").status.success());
    games.chain.warp_to(341);
    let subject = games
        .chain
        .with(|state| state.world.submission_address(0, 1).to_string());
    check(manager, &format!("audit {subject} --invalid"));
    games.chain.warp_to(440);
    check(node, "list submit TASK");
    assert!(games.run("node-0", "list submit TASK").status.success());
    games.chain.warp_to(490);
    check(node, "payout TASK --cycle 1 --all");
    check(node, "task sweep TASK");
    check(admin, &format!("program upgrade {subject}"));
}

#[test]
fn signatures_from_two_places_make_one_transaction() {
    let games = Games::new("two-places", 1);
    let (manager, payer) = (key("manager", 0).pubkey(), key("node", 0).pubkey());
    let before = lamports(&games, manager);
    let (manager_file, payer_file) = (games.path("manager"), games.path("node-0"));
    let blockhash = games
        .chain
        .with(|state| state.world.bank.blockhash().unwrap().to_string());
    let command = format!("task deactivate TASK --blockhash {blockhash}");

    // Where the manager's key is.
    let there = format!("{command} --fee-payer {payer} --sign-only");
    let there = json(&run(&games, &manager_file, &there));
    let signed = &there["transactions"][0];
    assert_eq!(signed["blockhash"], blockhash.as_str());
    assert_eq!(signed["absent"], serde_json::json!([payer.to_string()]));
    let signature = signed["signers"][0].as_str().unwrap();
    assert!(signature.starts_with(&format!("{manager}=")), "{signature}");

    // Where the fee payer's key is.
    let manager_name = manager.to_string();
    let here = |more: &str| {
        run(
            &games,
            &manager_name,
            &format!("{command} --fee-payer {payer_file} {more}"),
        )
    };
    let other = format!(
        "task activate TASK --blockhash {blockhash} --fee-payer {payer_file} --signer {signature}"
    );
    assert_refused(
        &run(&games, &manager_name, &other),
        2,
        &format!("the signature of {manager} is of another transaction: give the same arguments"),
    );
    let stranger = format!(
        "--signer {}={}",
        payer,
        signature.split_once('=').unwrap().1
    );
    assert_refused(
        &here(&stranger),
        2,
        "the value of --keypair is an address, not a key",
    );
    assert!(sent(&games).is_empty());
    let done = json(&here(&format!("--signer {signature}")));
    assert_eq!(done["transactions"].as_array().unwrap().len(), 1);
    assert!(!is_active(&games));
    assert_eq!(lamports(&games, manager), before, "the fee payer pays");
    assert_eq!(sent(&games)[0].message.account_keys[0], payer);
}

#[test]
fn a_missing_signature_is_named() {
    let games = Games::new("missing", 1);
    let (manager, payer) = (key("manager", 0).pubkey(), key("node", 0).pubkey());
    let manager_file = games.path("manager");
    let blockhash = games
        .chain
        .with(|state| state.world.bank.blockhash().unwrap().to_string());
    let signed =
        format!("task deactivate TASK --fee-payer {payer} --sign-only --blockhash {blockhash}");
    let signed = json(&run(&games, &manager_file, &signed));
    let signature = signed["transactions"][0]["signers"][0].as_str().unwrap();
    // Two keys are elsewhere, and only one has signed.
    let command = format!(
        "task deactivate TASK --fee-payer {payer} --blockhash {blockhash} --signer {signature} --signer {payer}={}",
        signature.split_once('=').unwrap().1
    );
    assert_refused(
        &run(&games, &manager.to_string(), &command),
        2,
        &format!("the signature of {payer} is of another transaction"),
    );
}

#[test]
fn wrapped_sol_is_the_same_wherever_it_is_signed() {
    let games = Games::new("wrapped", 1);
    let node = key("node", 0).pubkey();
    let blockhash = games
        .chain
        .with(|state| state.world.bank.blockhash().unwrap().to_string());
    let command = format!("stake TASK 0.5 --sol --blockhash {blockhash}");
    let signed = json(&run(
        &games,
        &games.path("node-0"),
        &format!("{command} --sign-only"),
    ));
    let signature = signed["transactions"][0]["signers"][0].as_str().unwrap();
    let sent = run(
        &games,
        &node.to_string(),
        &format!("{command} --signer {signature}"),
    );
    assert!(json(&sent)["transactions"][0]["signature"].is_string());
    let staked = games
        .chain
        .with(|state| state.world.node_stake(0).stake.total());
    assert_eq!(staked, 500_001_000);
}

#[test]
fn a_fee_payer_of_its_own_pays() {
    let games = Games::new("fee-payer", 1);
    let (manager, payer) = (key("manager", 0).pubkey(), key("node", 0).pubkey());
    let before = [lamports(&games, manager), lamports(&games, payer)];
    let output = games.run("manager", "task deactivate TASK --fee-payer HOME/node-0");
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(lamports(&games, manager), before[0]);
    assert!(lamports(&games, payer) < before[1]);
    // What anyone may send needs no other signature.
    games.chain.warp_to(600);
    let output = games.run("manager", "stake park TASK --node-is-wrong");
    assert_refused(&output, 2, "see gradual stake park --help");
    let park = format!("stake park TASK --node {payer} --fee-payer HOME/node-0");
    let output = games.run("manager", &park);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(lamports(&games, manager), before[0]);
}

#[test]
fn a_nonce_takes_the_place_of_the_blockhash() {
    let games = Games::new("nonce", 1);
    let nonce = Keypair::new();
    let address = nonce.pubkey();
    games.chain.with(move |state| {
        let (payer, bank) = (key("manager", 0), &state.world.bank);
        let create = create_nonce_account(
            &payer.pubkey(),
            &address,
            &key("node", 0).pubkey(),
            10_000_000,
        );
        bank.send(&create, &[&payer, &nonce]).unwrap();
        // A nonce is used in a later block than the one that made it.
        state.world.warp_to(150);
    });
    let held = |games: &Games| {
        games
            .chain
            .with(move |state| state.world.bank.account(&address).unwrap().data)
    };
    let before = held(&games);
    let command = format!("task deactivate TASK --nonce {address} --nonce-authority HOME/node-0");
    let output = games.run("manager", &command);
    assert!(output.status.success(), "{}", said(&output));
    assert!(!is_active(&games));
    assert_ne!(held(&games), before, "the nonce moves on");

    let manager = key("manager", 0).pubkey();
    let none = format!("task activate TASK --nonce {manager}");
    games.refuses(
        "manager",
        &none,
        2,
        "is no nonce account: name one that solana create-nonce-account made",
    );
}

#[test]
fn a_key_comes_from_standard_input() {
    let games = Games::new("stdin", 1);
    let file = std::fs::read(games.path("manager")).unwrap();
    for source in ["-", "stdin:"] {
        let task = games.task();
        let mut command = games.home.command(&[
            "-u",
            &games.chain.url,
            "-k",
            source,
            "task",
            "fund",
            &task,
            "0.1",
            "--sol",
        ]);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&file).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
    }
    let mut command =
        games
            .home
            .command(&["-u", &games.chain.url, "-k", "-", "claim", &games.task()]);
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert_refused(&output, 2, "standard input holds no key for --keypair");
}

#[test]
fn options_of_signing_mean_nothing_where_nothing_is_signed() {
    let games = Games::new("unsigned", 1);
    let address = key("node", 0).pubkey();
    games.refuses(
        "node-0",
        "task show TASK --sign-only",
        2,
        "sends no transaction: leave --sign-only out",
    );
    games.refuses("node-0", "bench --sign-only", 2, "leave --sign-only out");
    games.refuses("node-0", "schedule --sign-only", 2, "leave");
    games.refuses(
        "node-0",
        "node run --task TASK --logic exec:cat --fee-payer x",
        2,
        "leave --fee-payer out",
    );
    games.refuses(
        "node-0",
        "claim TASK --dump-transaction-message",
        2,
        "--sign-only",
    );
    games.refuses(
        "node-0",
        "claim TASK --signer x",
        2,
        "use ADDRESS=SIGNATURE",
    );
    assert_refused(
        &run(&games, &address.to_string(), "claim TASK --sol"),
        2,
        "the value of --keypair is an address, not a key: name a key file, or the address with --sign-only",
    );
}

#[test]
fn a_closed_pipe_is_no_failure_after_a_transaction_either() {
    let games = Games::new("pipe", 1);
    let (task, key) = (games.task(), games.path("manager"));
    for (output, arguments) in [
        ("text", &["task", "deactivate", &task][..]),
        ("json", &["task", "activate", &task]),
        ("json", &["task", "show", &task]),
        ("text", &["task", "list"]),
        ("json", &["list", "show", &task, "--cycle", "0"]),
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let before = ["-u", &games.chain.url, "-k", &key, "--output", output];
        let mut command = games.home.command(&[&before[..], arguments].concat());
        let child = command
            .stdout(writer)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        if arguments[0] == "list" {
            // It fails for a reason of its own.
            assert_eq!(
                (output.status.code(), told.lines().count()),
                (Some(2), 1),
                "{told}"
            );
        } else {
            assert_eq!(
                (output.status.code(), told.as_str()),
                (Some(0), ""),
                "{arguments:?}"
            );
        }
    }
    assert_eq!(sent(&games).len(), 2);
}
