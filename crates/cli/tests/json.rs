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
    "fuel",
    "funded_rounds",
    "idle_rounds",
    "inactive_from_round",
    "instructions",
    "invalid",
    "last_active_round",
    "length",
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
    "open_accounts",
    "open_audits",
    "open_challenges",
    "paid_submissions",
    "questions",
    "quorum_bps",
    "round",
    "round_time",
    "rounds_to_leave",
    "seconds",
    "slash_bps",
    "slot",
    "sol_rounds",
    "starting_slot",
    "submission_window",
    "submissions",
    "submit",
    "submitted",
    "task_id",
    "transactions",
    "undecided",
    "upheld",
    "valid",
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
        let output = self.run(key, &self.at(arguments));
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

    /// Runs a command, with the task's address for `TASK`, and returns its document.
    #[track_caller]
    fn shows(&self, key: &str, arguments: &str) -> Value {
        self.json(key, &self.at(arguments))
    }

    /// Runs a command that needs no cluster, and returns its document.
    #[track_caller]
    fn offline(&self, arguments: &str) -> Value {
        let words: Vec<&str> = arguments.split_whitespace().collect();
        let home = &self.games.home;
        let mut command = home.command(&[&["--output", "json"], &words[..]].concat());
        let output = command.current_dir(&home.0).output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
        self.document(arguments, &output)
    }

    /// Runs a command that sends one transaction.
    #[track_caller]
    fn one(&self, key: &str, arguments: &str) {
        assert_eq!(self.sends(key, arguments), 1, "{arguments}");
    }

    fn at(&self, arguments: &str) -> String {
        arguments.replace("TASK", &self.games.task())
    }

    /// How many transactions a command's document names, all of which have a signature and a slot.
    #[track_caller]
    fn sends(&self, key: &str, arguments: &str) -> usize {
        let document = self.shows(key, arguments);
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

/// `bench` takes minutes of a cluster whose time passes, `dashboard`, `index`, `logic play` and `node run` go on, `logic sandbox` prints what
/// a program prints, `watch` draws a screen,
/// `node health` asks a node, a native bank has no loader to write a binary with (tests/signing.rs signs an upgrade), and
/// tests/node.rs asks the doctor.
const NOT_HERE: [&str; 11] = [
    "bench",
    "dashboard",
    "doctor",
    "index",
    "logic play",
    "logic sandbox",
    "node health",
    "node run",
    "program buffer",
    "program upgrade",
    "watch",
];

#[test]
fn every_command_prints_one_document() {
    let games = Documents {
        games: Games::new("json", NODES),
        done: RefCell::default(),
    };
    without_a_cluster(&games);
    governance(&games);
    let successor = tasks(&games);
    a_cycle_of_all_nodes(&games);
    its_list(&games);
    idle_parked_and_away(&games, &successor);

    let done = games.done.borrow();
    let leaves = tree::leaves(&games.games.home).into_iter();
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

fn without_a_cluster(games: &Documents) {
    assert_eq!(
        games.offline("schedule --cycles 2")["cycles"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(games.offline("completions bash")["shell"], "bash");
    let input = games
        .games
        .home
        .write("text", "act quickly\nreact faster\n");
    games.offline(&format!(
        "simulate --nodes 3 --rounds 1 --input {}",
        input.display()
    ));
    let checked = games.offline(&format!("logic check corpus:{}", input.display()));
    assert_eq!(checked["findings"], 0);
    let created = games.offline("new a-task --language shell");
    assert_eq!(created["logic"], "exec:sh task.sh");
    let file = games
        .games
        .home
        .write("config-task.yml", "round_time: 1200\n");
    let imported = games.offline(&format!("k2 import {}", file.display()));
    assert_eq!(
        imported["create"],
        serde_json::json!(["--round-time", "1200", "--sol"])
    );

    let node = key("node", 0).pubkey();
    let account = format!(
        r#"{{"task_name":"a task","task_manager":"{node}","is_active":true,"total_bounty_amount":9,
        "bounty_amount_per_round":2,"total_stake_amount":5,"minimum_stake_amount":3,"available_balances":{{}},
        "stake_list":{{"{node}":5}},"round_time":9,"audit_window":3,"submission_window":3}}"#
    );
    let file = games.games.home.write("account.json", &account);
    let state = games.offline(&format!("k2 state {}", file.display()));
    assert_eq!(state["stakers"][0]["stake"], "5");
    let module = games.games.home.0.join("hello.wasm");
    let hello = include_str!("../../wasm/examples/hello.wat");
    std::fs::write(&module, wat::parse_str(hello).unwrap()).unwrap();
    let digest = games.offline(&format!("logic digest --questions 10 {}", module.display()));
    assert_eq!(digest["questions"], 10);
    let named = games.offline(&format!("logic hash {}", module.display()));
    assert!(named["bytes"].is_u64(), "{named}");

    let file = games.games.home.0.join("node.toml");
    games.offline(&format!("node init {}", file.display()));
}

fn governance(games: &Documents) {
    let stranger = Keypair::new().pubkey().to_string();
    let second = games.games.home.0.join("config-1");
    let second = second.display();
    let other = config_manager(1).pubkey();
    assert_eq!(games.sends("authority", "config init"), 0);
    assert_eq!(games.shows("authority", "config show")["is_paused"], false);
    games.one("authority", "config pause");
    games.one("authority", "config resume");
    games.one(
        "authority",
        &format!("config handover {}", key("manager", 0).pubkey()),
    );
    games.one("manager", "config accept");
    games.one("manager", &format!("config handover {stranger}"));
    games.one("manager", "config handover --cancel");
    games.one("config-0", &format!("config manager add {other}"));
    games.one(
        "config-0",
        &format!("config manager add {stranger} --second {second}"),
    );
    games.one(
        "config-0",
        &format!("config manager remove {stranger} --second {second}"),
    );
    games.one("config-0", "config allowlist TASK");
    games.one("config-0", "config allowlist TASK --remove");
    games.one("authority", "config close");
    games.one("authority", "config init");
    let binary = games.games.home.write("empty.so", "");
    let deployed = games.shows("authority", &format!("program deploy {}", binary.display()));
    assert_eq!(deployed["result"], "unchanged");
}

/// Returns the address of a second task.
fn tasks(games: &Documents) -> String {
    let created = games.shows(
        "manager",
        "task create --sol --bounty-per-round 0.00001 --minimum-stake 0.0000001 --idle-rounds 9",
    );
    let successor = created["task"].as_str().unwrap().to_owned();
    let dry = games.shows("manager", "task fund TASK 0.5 --sol --dry-run");
    assert_eq!(dry["dry_run"], true);
    assert!(dry["transactions"][0]["compute_units"].is_u64(), "{dry}");
    games.one("manager", "task fund TASK 0.5 --sol");
    assert_eq!(
        games.shows("manager", "task show TASK")["task"],
        games.games.task().as_str()
    );
    assert_eq!(
        games.shows("manager", "task list")["tasks"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(games.shows("manager", "task books TASK")["balances"], true);
    let module = games.games.home.0.join("hello.wasm");
    let verify = format!("task verify TASK {}", module.display());
    assert_eq!(games.differs("manager", &verify)["matches"], false);
    games.one("manager", "task deactivate TASK");
    games.one("manager", "task activate TASK");
    games.one(
        "manager",
        &format!("task handover TASK {}", key("node", 0).pubkey()),
    );
    games.one("node-0", "task accept TASK");
    games.one(
        "node-0",
        &format!("task handover TASK {}", key("manager", 0).pubkey()),
    );
    games.one("manager", "task accept TASK");

    successor
}

fn a_cycle_of_all_nodes(games: &Documents) {
    games.one("node-0", "stake TASK 0.5 --sol");
    assert!(games.shows("node-0", "balance TASK")["stake"].is_string());
    games.games.chain.warp_to(200);
    games.one("node-0", "cycle open TASK");
    assert_eq!(games.sends("node-0", "cycle open TASK"), 0);
    games.games.chain.warp_to(300);
    for node in 0..NODES {
        games.one(&format!("node-{node}"), "submit TASK proof");
    }
    assert_eq!(games.sends("node-0", "submit TASK proof"), 0);
    games.games.chain.warp_to(341);
    let subject = games
        .games
        .chain
        .with(|state| state.world.submission_address(11, 1).to_string());
    games.one("node-0", &format!("audit {subject} --invalid"));
    games.one("node-1", &format!("audit {subject} --valid"));
    let shown = games.shows("node-0", "cycle show TASK --cycle 1 --cycles 1");
    assert_eq!(
        shown["cycles"][0]["account"]["audits"][0]["outcome"],
        "open"
    );
    games.games.chain.warp_to(390);
    assert_eq!(games.shows("node-0", "task sweep TASK")["instructions"], 3);
    let submissions = games.shows("node-0", "cycle submissions TASK 1 --values");
    assert_eq!(submissions["submissions"].as_array().unwrap().len(), NODES);
    games.shows("node-0", "node status TASK");
    games.shows("node-0", "stake list");
}

fn its_list(games: &Documents) {
    let everybody: Vec<usize> = (0..NODES).collect();
    let (proposer, slot) = games.games.chain.with(move |state| {
        state.world.warp_to_round(3);
        state.world.first_proposer(&everybody, 1, 0)
    });
    games.games.chain.warp_to(slot);
    games.one(&format!("node-{proposer}"), "list submit TASK");
    let shown = games.shows("node-0", "list show TASK --cycle 1");
    assert_eq!(shown["lists"][0]["status"], "pending");
    assert_eq!(
        games.shows("node-0", "list verify TASK --cycle 1")["matches"],
        true
    );
    let entries = games.games.home.write(
        "entries",
        &format!("{} 0.000000005\n", key("node", 0).pubkey()),
    );
    let verify = format!("list verify TASK --cycle 1 --entries {}", entries.display());
    assert_eq!(games.differs("node-0", &verify)["matches"], false);
    games.games.chain.warp_to(490);
    let payout = games.sends("node-0", "payout TASK --cycle 1 --all");
    assert!(payout > 1, "{payout} transactions");
    assert_eq!(games.sends("node-0", "payout TASK --cycle 1 --all"), 0);
    games.one("node-0", "claim TASK --sol");
}

fn idle_parked_and_away(games: &Documents, successor: &str) {
    games.games.chain.warp_to(1_200);
    games.one(
        "node-0",
        &format!("stake park TASK --node {}", key("node", 5).pubkey()),
    );
    games.one("node-5", "stake resume TASK");
    games.one("node-4", "withdraw TASK ALL --sol");
    games.one("manager", &format!("task migrate TASK --to {successor}"));
    games.one("node-1", "stake migrate TASK");
    assert!(games.sends("manager", "task sweep TASK") > 0);
    for node in 0..NODES {
        let name = format!("node-{node}");
        let balance = games.shows(&name, "balance TASK");
        if balance["stake"] != "0" {
            games.one(&name, "withdraw TASK ALL --sol");
        }
        if balance["available_balance"] != "0" {
            games.one(&name, "claim TASK --sol");
        }
    }
    games.one("node-4", "stake close TASK");
    assert!(games.sends("manager", "task sweep TASK") > 0);
    games.one("manager", "task close TASK --sol");
}
