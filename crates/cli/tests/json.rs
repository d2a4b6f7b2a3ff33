//! Every command with `--output json`, on a whole task's life: one object on standard output, the same names for
//! the same things, and amounts as decimal strings.
#![cfg(feature = "rpc")]
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod support;

use gradual_consensus_testkit::{config_manager, people::key};
use serde_json::Value;
use solana_sdk::signature::{Keypair, Signer};
use std::{cell::RefCell, collections::BTreeSet, process::Output};
use support::{games::Games, said, tree};

/// What a document may say in numbers: places in time, counts, and shares in basis points. Everything else that is
/// a number is an amount, and a string.
const NUMBERS: &[&str] = &[
    "accepted_attempt",
    "active_from_round",
    "allowed_failed_distributions",
    "attempt",
    "audit",
    "audit_list",
    "audit_window",
    "bytes",
    "challenge",
    "challenge_list",
    "challenged",
    "challenger_bps",
    "claim_window",
    "compute_unit_price",
    "compute_units",
    "count",
    "cycle",
    "cycles",
    "dismissed",
    "due",
    "entries",
    "equal_shares",
    "false_challenge_bps",
    "findings",
    "funded_rounds",
    "idle_rounds",
    "inactive_from_round",
    "instructions",
    "invalid",
    "last_active_round",
    "list",
    "lists",
    "locked_until_slot",
    "max",
    "median",
    "min",
    "mint_decimals",
    "node_count",
    "nodes",
    "open",
    "open_audits",
    "open_challenges",
    "paid_submissions",
    "quorum_bps",
    "round",
    "round_time",
    "rounds_to_leave",
    "seconds",
    "slash_bps",
    "slot",
    "starting_slot",
    "submission_window",
    "submissions",
    "submit",
    "task_id",
    "transactions",
    "undecided",
    "upheld",
    "voter_bps",
    "votes",
];

/// Fails if `value` has a number that is an amount.
#[track_caller]
fn assert_amounts_are_text(name: &str, value: &Value) {
    match value {
        Value::Number(number) => assert!(NUMBERS.contains(&name), "{name}: {number}"),
        Value::Array(all) => all
            .iter()
            .for_each(|one| assert_amounts_are_text(name, one)),
        Value::Object(fields) => fields
            .iter()
            .for_each(|(name, value)| assert_amounts_are_text(name, value)),
        _ => (),
    }
}

/// [`Games`], whose commands print documents.
struct Documents {
    games: Games,
    done: RefCell<BTreeSet<String>>,
}

impl Documents {
    fn run(&self, key: &str, arguments: &str) -> Output {
        self.games.run(key, &format!("--output json {arguments}"))
    }

    /// Runs a command that has to succeed, and returns its document.
    #[track_caller]
    fn json(&self, key: &str, arguments: &str) -> Value {
        let output = self.run(key, arguments);
        assert!(output.status.success(), "{arguments}: {}", said(&output));
        self.document(arguments, &output)
    }

    /// Runs a command whose check fails: it prints its document all the same.
    #[track_caller]
    fn differs(&self, key: &str, arguments: &str) -> Value {
        let output = self.run(key, arguments);
        assert_eq!(
            output.status.code(),
            Some(1),
            "{arguments}: {}",
            said(&output)
        );
        let line = String::from_utf8_lossy(&output.stderr);
        assert_eq!(line.lines().count(), 1, "{line}");
        self.document(arguments, &output)
    }

    #[track_caller]
    fn document(&self, arguments: &str, output: &Output) -> Value {
        let document: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{arguments}: {error}: {}", said(output)));
        assert!(document.is_object(), "{arguments}: {document}");
        assert_amounts_are_text("", &document);
        let words: Vec<&str> = arguments.split_whitespace().collect();
        for length in 1..=words.len().min(3) {
            let name = words
                .iter()
                .take(length)
                .copied()
                .collect::<Vec<_>>()
                .join(" ");
            self.done.borrow_mut().insert(name);
        }
        document
    }

    /// How many transactions a command's document names, all of which have a signature and a slot.
    #[track_caller]
    fn sends(&self, key: &str, arguments: &str) -> usize {
        let document = self.json(key, arguments);
        assert_eq!(document["dry_run"], false, "{document}");
        let transactions = document["transactions"].as_array().unwrap();
        for transaction in transactions {
            assert!(transaction["signature"].is_string(), "{document}");
            assert!(transaction["slot"].is_u64(), "{document}");
        }
        transactions.len()
    }
}

const NODES: usize = 12;

/// `bench` takes minutes of a cluster whose time passes, `node run` is a stream, and a native bank has no loader to
/// write a binary with (tests/signing.rs signs an upgrade).
const NOT_HERE: [&str; 4] = ["bench", "node run", "program buffer", "program upgrade"];

#[test]
fn every_command_prints_one_document() {
    let games = Documents {
        games: Games::new("json", NODES),
        done: RefCell::default(),
    };
    let Games { home, chain } = &games.games;
    let task = games.games.task();
    let at = |command: &str| command.replace("TASK", &task);
    let one = |key: &str, command: &str| assert_eq!(games.sends(key, &at(command)), 1, "{command}");
    let shows = |key: &str, command: &str| games.json(key, &at(command));
    let offline = |arguments: &str| {
        let words: Vec<&str> = arguments.split_whitespace().collect();
        let output = home.run(&[&["--output", "json"], &words[..]].concat());
        assert!(output.status.success(), "{}", said(&output));
        games.document(arguments, &output)
    };

    assert_eq!(
        offline("schedule --cycles 2")["cycles"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(offline("completions bash")["shell"], "bash");
    let input = home.write("text", "act quickly\nreact faster\n");
    offline(&format!(
        "simulate --nodes 3 --rounds 1 --program native --input {}",
        input.display()
    ));
    let checked = offline(&format!("logic check corpus:{}", input.display()));
    assert_eq!(checked["findings"], 0);

    // Governance.
    let stranger = Keypair::new().pubkey().to_string();
    let second = home.0.join("config-1");
    let second = second.display();
    let other = config_manager(1).pubkey();
    assert_eq!(games.sends("authority", "config init"), 0);
    assert_eq!(shows("authority", "config show")["is_paused"], false);
    one("authority", "config pause");
    one("authority", "config resume");
    one(
        "authority",
        &format!("config handover {}", key("manager", 0).pubkey()),
    );
    one("manager", "config accept");
    one("manager", &format!("config handover {stranger}"));
    one("manager", "config handover --cancel");
    one("config-0", &format!("config manager add {other}"));
    one(
        "config-0",
        &format!("config manager add {stranger} --second {second}"),
    );
    one(
        "config-0",
        &format!("config manager remove {stranger} --second {second}"),
    );
    one("config-0", "config allowlist TASK");
    one("config-0", "config allowlist TASK --remove");
    one("authority", "config close");
    one("authority", "config init");
    let binary = home.write("empty.so", "");
    let deployed = shows("authority", &format!("program deploy {}", binary.display()));
    assert_eq!(deployed["result"], "unchanged");

    // Tasks.
    let created = shows(
        "manager",
        "task create --sol --bounty-per-round 0.00001 --minimum-stake 0.0000001 --idle-rounds 9",
    );
    let successor = created["task"].as_str().unwrap().to_owned();
    let dry = shows("manager", "task fund TASK 0.5 --sol --dry-run");
    assert_eq!(dry["dry_run"], true);
    assert!(dry["transactions"][0]["compute_units"].is_u64(), "{dry}");
    one("manager", "task fund TASK 0.5 --sol");
    assert_eq!(shows("manager", "task show TASK")["task"], task.as_str());
    assert_eq!(
        shows("manager", "task list")["tasks"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(shows("manager", "task books TASK")["balances"], true);
    one("manager", "task deactivate TASK");
    one("manager", "task activate TASK");
    one(
        "manager",
        &format!("task handover TASK {}", key("node", 0).pubkey()),
    );
    one("node-0", "task accept TASK");
    one(
        "node-0",
        &format!("task handover TASK {}", key("manager", 0).pubkey()),
    );
    one("manager", "task accept TASK");

    // A cycle of all nodes.
    one("node-0", "stake TASK 0.5 --sol");
    assert!(shows("node-0", "balance TASK")["stake"].is_string());
    chain.warp_to(200);
    one("node-0", "cycle open TASK");
    assert_eq!(games.sends("node-0", &at("cycle open TASK")), 0);
    chain.warp_to(300);
    for node in 0..NODES {
        one(&format!("node-{node}"), "submit TASK proof");
    }
    assert_eq!(games.sends("node-0", &at("submit TASK proof")), 0);
    chain.warp_to(341);
    let subject = chain.with(|state| state.world.submission_address(11, 1).to_string());
    one("node-0", &format!("audit {subject} --invalid"));
    one("node-1", &format!("audit {subject} --valid"));
    let shown = shows("node-0", "cycle show TASK --cycle 1 --cycles 1");
    assert_eq!(
        shown["cycles"][0]["account"]["audits"][0]["outcome"],
        "open"
    );
    chain.warp_to(390);
    assert_eq!(shows("node-0", "task sweep TASK")["instructions"], 3);
    let everybody: Vec<usize> = (0..NODES).collect();
    let (proposer, slot) = chain.with(move |state| {
        state.world.warp_to_round(3);
        state.world.first_proposer(&everybody, 1, 0)
    });
    chain.warp_to(slot);
    one(&format!("node-{proposer}"), "list submit TASK");
    let shown = shows("node-0", "list show TASK --cycle 1");
    assert_eq!(shown["lists"][0]["status"], "pending");
    assert_eq!(
        shows("node-0", "list verify TASK --cycle 1")["matches"],
        true
    );
    let entries = home.write(
        "entries",
        &format!("{} 0.000000005\n", key("node", 0).pubkey()),
    );
    let verify = format!("list verify TASK --cycle 1 --entries {}", entries.display());
    assert_eq!(games.differs("node-0", &at(&verify))["matches"], false);
    chain.warp_to(490);
    let payout = games.sends("node-0", &at("payout TASK --cycle 1 --all"));
    assert!(payout > 1, "{payout} transactions");
    assert_eq!(games.sends("node-0", &at("payout TASK --cycle 1 --all")), 0);
    one("node-0", "claim TASK --sol");

    // Idle, parked, and away.
    chain.warp_to(1_200);
    one(
        "node-0",
        &format!("stake park TASK --node {}", key("node", 5).pubkey()),
    );
    one("node-5", "stake resume TASK");
    one("node-4", "withdraw TASK ALL --sol");
    one("manager", &format!("task migrate TASK --to {successor}"));
    one("node-1", "stake migrate TASK");
    assert!(games.sends("manager", &at("task sweep TASK")) > 0);
    for node in 0..NODES {
        let name = format!("node-{node}");
        let balance = shows(&name, "balance TASK");
        if balance["stake"] != "0" {
            one(&name, "withdraw TASK ALL --sol");
        }
        if balance["available_balance"] != "0" {
            one(&name, "claim TASK --sol");
        }
    }
    one("node-4", "stake close TASK");
    assert!(games.sends("manager", &at("task sweep TASK")) > 0);
    one("manager", "task close TASK --sol");

    let done = games.done.borrow();
    let leaves = tree::leaves(home).into_iter();
    let missing: Vec<String> = leaves
        .map(|leaf| leaf.name())
        .filter(|name| !done.contains(name) && !NOT_HERE.contains(&name.as_str()))
        .collect();
    assert_eq!(
        missing,
        Vec::<String>::new(),
        "commands that this test does not run"
    );
}

#[test]
fn a_command_that_fails_prints_no_document() {
    let games = Games::new("json-fails", 1);
    for (key, arguments) in [
        ("node-0", "claim TASK --sol"),
        ("node-0", "task deactivate TASK"),
        ("node-0", "withdraw TASK 5000 --sol"),
        ("node-0", "submit TASK x"),
        ("nobody", "claim TASK --sol"),
        ("node-0", "claim x"),
        ("node-0", "nonsense"),
    ] {
        let output = games.run(key, &format!("--output json {arguments}"));
        assert!(!output.status.success(), "{arguments}");
        assert_eq!(output.stdout, b"", "{arguments}");
        let line = String::from_utf8_lossy(&output.stderr);
        assert!(line.starts_with("error: "), "{line}");
        assert_eq!(line.lines().count(), 1, "{line}");
    }
}
