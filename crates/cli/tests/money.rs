//! Amounts and lists, as commands read and print them: on accounts that no transaction made.
#![cfg(feature = "rpc")]
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod support;

use bytemuck::Zeroable;
use gradual_consensus::state::{Cycle, DistributionList, NodeStake, Status, Submission, Task};
use gradual_consensus_client::address;
use gradual_consensus_testkit::{Build, World};
use rustix::process::{Pid, Signal, kill_process};
use solana_sdk::{
    program_pack::Pack,
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};
use spl_associated_token_account_interface::address::get_associated_token_address;
use spl_token_interface::state::{Account as TokenAccount, AccountState, Mint};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};
use support::chain::Chain;

const TASK: Pubkey = Pubkey::new_from_array([7; 32]);
const MINT: Pubkey = Pubkey::from_str_const("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v");
const DECIMALS: u8 = 6;
/// More than a number in JavaScript can tell from its neighbours.
const LARGE: u64 = (1 << 53) + 1;

fn node(number: u8) -> Pubkey {
    Pubkey::new_from_array([number; 32])
}

/// The slot in which the world begins. It stays there.
const NOW: u64 = 100;

/// A home with a key.
struct Home {
    folder: PathBuf,
    home: support::Home,
    key: Pubkey,
}

impl Home {
    fn new(name: &str) -> Self {
        let (home, key) = (support::Home::new(name), Keypair::new());
        let text = serde_json::to_string(&key.to_bytes().to_vec()).unwrap();
        home.write("key.json", &text);
        Self {
            folder: home.0.clone(),
            home,
            key: key.pubkey(),
        }
    }

    /// `gradual` with this key on the cluster at `url`, not called yet.
    fn command(&self, url: &str, arguments: &[&str]) -> Command {
        let mut command = self.home.command(arguments);
        command.args(["-u", url, "-k"]);
        command.arg(self.folder.join("key.json"));
        command
    }

    fn run(&self, url: &str, arguments: &[&str]) -> Output {
        self.command(url, arguments).output().unwrap()
    }
}

/// A chain on which whatever is simulated succeeds.
fn still() -> Chain {
    let chain = Chain::start(|| World::on(Build::Native).stakes(&[]).bounty(0).start());
    chain.with(|state| {
        let done = serde_json::json!({
            "context": {"slot": NOW},
            "value": {"err": null, "logs": [], "unitsConsumed": 1_000, "accounts": null},
        });
        state.answers.insert("simulateTransaction", done);
        assert_eq!(state.world.slot(), NOW);
    });
    chain
}

/// A task in a mint of six decimals, which began so many slots ago.
fn task(age: u64) -> Task {
    let mut task = Task::zeroed();
    task.mint = MINT;
    task.mint_decimals = DECIMALS;
    task.token_program = spl_token_interface::ID;
    task.schedule.starting_slot = NOW - age;
    task.schedule.round_time = 10;
    task.schedule.submission_window = 4;
    task.schedule.audit_window = 4;
    task.bounty_amount_per_round = 100_000_000;
    task.bounty_available = LARGE;
    task.minimum_stake_amount = 1_500_000;
    task.quorum_bps = 3_300;
    task.is_active = 1;
    task
}

/// A mint with so many decimals.
fn mint_of(decimals: u8) -> Vec<u8> {
    let mut data = vec![0; Mint::LEN];
    let mint = Mint {
        decimals,
        is_initialized: true,
        ..Mint::default()
    };
    mint.pack_into_slice(&mut data);
    data
}

/// The task in round 3, with cycle 1 open: its bounty is 100 tokens. Nodes 1 to 3 submitted, the submission
/// of 3 fell. The key has staked and has tokens.
fn chain(key: &Pubkey) -> Chain {
    let chain = still();
    chain.put(TASK, &task(31));
    let cycle = address::cycle(&TASK, 1);
    let opened = Cycle {
        task: TASK,
        number: 1,
        bounty: 100_000_000,
        owed: 100_000_000,
        submissions: 3,
        ..Cycle::zeroed()
    };
    chain.put(cycle, &opened);
    for number in 1..=3 {
        let mut submission = Submission::zeroed();
        let subject = &mut submission.subject;
        (subject.task, subject.cycle) = (TASK, cycle);
        subject.author = node(number);
        subject.cycle_number = 1;
        subject.status = if number == 3 {
            Status::Invalid
        } else {
            Status::Pending
        } as u8;
        let address = address::submission(&cycle, &node(number));
        chain.put(address, &submission);
    }
    let mut stake = NodeStake::zeroed();
    (stake.task, stake.node) = (TASK, *key);
    stake.available_balance = LARGE;
    stake.earned = 1_500_000;
    chain.put(address::node_stake(&TASK, key), &stake);
    let mut data = vec![0; TokenAccount::LEN];
    let wallet = TokenAccount {
        mint: MINT,
        owner: *key,
        amount: u64::MAX,
        state: AccountState::Initialized,
        ..TokenAccount::default()
    };
    wallet.pack_into_slice(&mut data);
    let wallet = get_associated_token_address(key, &MINT);
    chain.set(wallet, spl_token_interface::ID, data);
    chain.set(MINT, spl_token_interface::ID, mint_of(DECIMALS));
    chain
}

fn text(output: &Output) -> String {
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{error}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_str(&text(output)).unwrap()
}

#[track_caller]
fn assert_refused(output: &Output, code: i32, expected: &str) {
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{error}");
    assert!(error.contains(expected), "{error}");
}

#[test]
fn amounts_are_tokens_with_the_decimals_of_the_mint() {
    let home = Home::new("typed");
    let chain = chain(&home.key);
    let url = &chain.url;
    let task = &TASK.to_string();
    let mint = &MINT.to_string();
    let run = |arguments: &[&str]| {
        let dry = ["--dry-run", "--output", "json"];
        home.run(url, &[arguments, &dry].concat())
    };
    for (arguments, units) in [
        (&["task", "fund", task, "100"][..], "100000000"),
        (&["task", "fund", task, "1.5"], "1500000"),
        (&["task", "fund", task, "100", "--base-units"], "100"),
        (&["stake", task, "100"], "100000000"),
        (&["stake", "--base-units", task, "100"], "100"),
        (&["withdraw", task, "0.000001"], "1"),
        (&["withdraw", task, "9007199254.740993"], "9007199254740993"),
        (&["withdraw", task, "7", "--base-units"], "7"),
    ] {
        assert_eq!(json(&run(arguments))["amount"], units, "{arguments:?}");
    }
    let create = [
        "task",
        "create",
        "--mint",
        mint,
        "--bounty-per-round",
        "1.0000001",
        "--minimum-stake",
        "5",
    ];
    for arguments in [
        &["task", "fund", task, "1.0000001"][..],
        &["stake", task, "1.0000001"],
        &["withdraw", task, "1.0000001"],
        &create,
    ] {
        let expected = "1.0000001 has 7 decimals, EPjF…Dt1v has 6: use at most 6";
        assert_refused(&run(arguments), 2, expected);
    }
    let whole = run(&["task", "fund", task, "1.5", "--base-units"]);
    assert_refused(&whole, 2, "1.5 is no number of base units");
    for amount in ["1,5", "1e3", "all"] {
        assert_refused(&run(&["task", "fund", task, amount]), 2, "no amount");
    }
    let not_sol = run(&["task", "fund", task, "1", "--sol"]);
    assert_refused(&not_sol, 2, "leave --sol out");
}

/// A mint may have any number of decimals, and an account hold all that 64 bits hold.
#[test]
fn amounts_of_any_mint_are_exact_up_to_the_largest() {
    let home = Home::new("extremes");
    let (most, tokens) = (u64::MAX.to_string(), TASK.to_string());
    for (decimals, shown, refused) in [
        (0, "18446744073709551615".to_owned(), "use at most 0"),
        (
            255,
            format!("0.{}18446744073709551615", "0".repeat(235)),
            "1.5 EPjF…Dt1v is more than any account can hold",
        ),
    ] {
        let chain = chain(&home.key);
        chain.set(MINT, spl_token_interface::ID, mint_of(decimals));
        let mut task = task(31);
        task.mint_decimals = decimals;
        task.bounty_amount_per_round = u64::MAX;
        task.bounty_available = u64::MAX;
        task.minimum_stake_amount = u64::MAX;
        chain.put(TASK, &task);
        let mut stake = NodeStake::zeroed();
        (stake.task, stake.node) = (TASK, home.key);
        stake.stake.amounts = [u64::MAX; 3];
        stake.available_balance = u64::MAX;
        stake.earned = u64::MAX;
        chain.put(address::node_stake(&TASK, &home.key), &stake);
        let url = &chain.url;
        let run = |arguments: &[&str]| home.run(url, arguments);
        let dry =
            |arguments: &[&str]| run(&[arguments, &["--dry-run", "--output", "json"]].concat());
        assert_refused(&dry(&["task", "fund", &tokens, "1.5"]), 2, refused);
        for arguments in [
            &["task", "fund", &tokens, &most, "--base-units"][..],
            &["task", "fund", &tokens, &shown],
            &["stake", &tokens, &most, "--base-units"],
            &["withdraw", &tokens, "ALL"],
        ] {
            assert_eq!(json(&dry(arguments))["amount"], *most, "{arguments:?}");
        }
        for arguments in [
            &["task", "show", &tokens][..],
            &["task", "list"],
            &["balance", &tokens],
            &["stake", "list"],
            &["node", "status", &tokens],
            &["node", "status"],
        ] {
            let printed = text(&run(arguments));
            assert!(printed.contains(&shown), "{arguments:?}: {printed}");
            let facts = text(&run(&[arguments, &["--output", "json"]].concat()));
            assert!(
                facts.contains(&format!("\"{most}\"")),
                "{arguments:?}: {facts}"
            );
        }
    }
}

#[test]
fn amounts_are_printed_with_their_unit_and_exact_in_json() {
    let home = Home::new("printed");
    let chain = chain(&home.key);
    let url = &chain.url;
    let task = &TASK.to_string();
    let run = |arguments: &[&str]| home.run(url, arguments);
    let large = "9007199254.740993 EPjF…Dt1v";
    for (arguments, shown) in [
        (&["task", "show", task][..], large),
        (&["task", "show", task], "minimum 1.5 EPjF…Dt1v"),
        (&["task", "list"], large),
        (&["balance", task], large),
        (&["cycle", "show", task], "bounty 100 EPjF…Dt1v"),
        (
            &["list", "show", task, "--cycle", "1"],
            "bounty 100 EPjF…Dt1v",
        ),
    ] {
        let output = run(arguments);
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(printed.contains(shown), "{arguments:?}: {printed}");
        assert!(!printed.contains("base unit"), "{printed}");
    }
    let exact = LARGE.to_string();
    let json = |arguments: &[&str]| json(&run(&[arguments, &["--output", "json"]].concat()));
    assert_eq!(json(&["task", "show", task])["bounty_available"], *exact);
    assert_eq!(json(&["balance", task])["available_balance"], *exact);
    let cycles = json(&["cycle", "show", task]);
    assert_eq!(cycles["cycles"][0]["account"]["bounty"], "100000000");
}

/// A list file, proposed in a dry run.
fn propose(home: &Home, url: &str, file: &[u8], more: &[&str]) -> Output {
    let path = home.folder.join("list.csv");
    fs::write(&path, file).unwrap();
    let (task, path) = (TASK.to_string(), path.to_str().unwrap());
    let submit = ["list", "submit", &task, "--cycle", "1", "--entries", path];
    let dry = ["--dry-run", "--output", "json"];
    home.run(url, &[&submit[..], more, &dry].concat())
}

#[test]
fn a_list_file_of_a_spreadsheet_is_proposed() {
    let home = Home::new("proposed");
    let chain = chain(&home.key);
    let url = &chain.url;
    let (a, b) = (node(1), node(2));
    let file = format!("\u{feff}\"node\";\"amount\"\r\n\"{a}\";\"50.5\"\r\n{b};49.5\r\n;\r\n");
    let facts = json(&propose(&home, url, file.as_bytes(), &[]));
    assert_eq!(facts["total"], "100000000");
    assert_eq!(facts["count"], 2);
    let file = format!("{a} 60000000\n{b} 7");
    let facts = json(&propose(&home, url, file.as_bytes(), &["--base-units"]));
    assert_eq!(facts["total"], "60000007");
}

#[test]
fn a_false_list_is_refused_with_its_line() {
    let home = Home::new("false");
    let chain = chain(&home.key);
    let url = &chain.url;
    let [a, b, fallen, stranger] = [1, 2, 3, 9].map(node);
    for (second, expected) in [
        (
            format!("{a},1"),
            format!("line 3: {a} is in line 2 already"),
        ),
        (format!("{b},0"), format!("line 3: {b} is listed with 0")),
        (
            format!("{stranger},1"),
            format!("line 3: {stranger} has no submission in cycle 1"),
        ),
        (
            format!("{fallen},1"),
            format!("line 3: the submission of {fallen} in cycle 1 is invalid"),
        ),
        (
            format!("{b},99.000001"),
            "line 3: up to here the list pays 100.000001 EPjF…Dt1v".into(),
        ),
        (
            format!("{b},0.0000001"),
            "line 3: 0.0000001 has 7 decimals".into(),
        ),
        ("me,1".into(), "line 3: \"me\" is no address".into()),
        (
            format!("{b},1\n{stranger},1\n{fallen},1"),
            "line 4: ".into(),
        ),
    ] {
        let file = format!("node,amount\n{a},1\n{second}\n");
        let output = propose(&home, url, file.as_bytes(), &[]);
        assert_refused(&output, 2, &expected);
        assert_eq!(output.stdout, b"");
    }
    assert_refused(&propose(&home, url, b"node,amount\n", &[]), 2, "is empty");
}

#[test]
fn a_false_list_on_the_ledger_is_not_verified_by_its_own_file() {
    let home = Home::new("verified");
    let chain = chain(&home.key);
    let (a, cycle) = (node(1), address::cycle(&TASK, 1));
    let entries = vec![(a, 1_000_000), (a, 1_000_000)];
    let built = gradual_consensus_node::runner::BuiltList::new(&TASK, 1, entries).unwrap();
    let proposal = built.proposal().unwrap();
    let mut list = DistributionList::zeroed();
    (list.subject.task, list.subject.cycle) = (TASK, cycle);
    list.merkle_root = proposal.merkle_root;
    (list.total, list.count) = (proposal.total, proposal.count);
    chain.put(address::list(&cycle, 0), &list);
    let url = &chain.url;
    let path = home.folder.join("published.csv");
    fs::write(&path, format!("{a},1\n{a},1\n")).unwrap();
    let (task, path) = (TASK.to_string(), path.to_str().unwrap());
    let verify = ["list", "verify", &task, "--cycle", "1", "--entries", path];
    let output = home.run(url, &verify);
    assert_refused(&output, 1, "is in line 1 already");
    assert_refused(&output, 1, "gradual audit");
}

/// Ended with its test.
struct Node(Child);

impl Drop for Node {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// A node that asks its logic, which never answers; and the numbers of the logic's processes.
fn thinking(home: &Home) -> (Node, Vec<String>) {
    // The last slot of round 1: nothing is left to do but to work for cycle 1.
    let chain = still();
    chain.put(TASK, &task(19));
    let opened = Cycle {
        task: TASK,
        number: 1,
        bounty: 100_000_000,
        owed: 100_000_000,
        ..Cycle::zeroed()
    };
    chain.put(address::cycle(&TASK, 1), &opened);
    let mut stake = NodeStake::zeroed();
    (stake.task, stake.node) = (TASK, home.key);
    stake.stake.amounts = [5_000_000; 3];
    chain.put(address::node_stake(&TASK, &home.key), &stake);
    let url = &chain.url;
    let file = home.folder.join("pids");
    let part = home.folder.join("part");
    let logic = format!(
        "exec:sleep 600 & echo $! $$ > {0}; read -r q; mv {0} {1}; wait",
        part.display(),
        file.display()
    );
    let task = TASK.to_string();
    let run = ["node", "run", "--task", &task, "--logic", &logic];
    let timeout = ["--logic-timeout", "3600"];
    let node = (home.command(url, &[&run[..], &timeout].concat()))
        .stdout(Stdio::null())
        .stderr(fs::File::create(home.folder.join("log")).unwrap())
        .spawn();
    let node = Node(node.unwrap());
    wait_until(|| file.exists());
    let pids = fs::read_to_string(file).unwrap();
    (node, pids.split_whitespace().map(str::to_owned).collect())
}

#[track_caller]
fn wait_until(mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60));
        thread::sleep(Duration::from_millis(5));
    }
}

/// Whether the process is gone, or left for its parent to note.
fn has_ended(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"));
    stat.map_or(true, |stat| stat.contains(") Z "))
}

#[test]
fn a_node_does_not_wait_for_its_logic_and_leaves_nothing_behind() {
    for signal in [Signal::TERM, Signal::INT, Signal::KILL] {
        let home = Home::new(&format!("signal-{}", signal.as_raw()));
        let (mut node, pids) = thinking(&home);
        kill_process(Pid::from_child(&node.0), signal).unwrap();
        let mut status = None;
        wait_until(|| {
            status = node.0.try_wait().unwrap();
            status.is_some()
        });
        let expected = (signal != Signal::KILL).then_some(0);
        assert_eq!(status.unwrap().code(), expected);
        wait_until(|| pids.iter().all(|pid| has_ended(pid)));
    }
}

#[test]
fn a_logic_is_checked() {
    let home = Home::new("checked");
    let check = |logic: &str, more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gradual"));
        command.args(["logic", "check", logic]).args(more);
        command.env("HOME", &home.folder).output().unwrap()
    };
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../node/examples");
    let python = format!("exec:python3 '{examples}/external.py'");
    let corpus = format!("corpus:{examples}");
    for logic in [&python, &corpus] {
        let output = check(logic, &["--output", "json"]);
        let report = json(&output);
        assert_eq!(report["findings"], 0, "{report}");
        assert!(report["questions"].as_array().unwrap().len() > 60);
    }
    assert!(text(&check(&corpus, &[])).contains("0 found something"));
    // Dies of what is not UTF-8.
    let script = home.folder.join("logic.py");
    let fragile = fs::read_to_string(format!("{examples}/external.py")).unwrap();
    let fragile = fragile.replace(
        "return {\"valid\": value",
        "base64.b64decode(value).decode() if value != proof(node, cycle) else 0\n    return {\"valid\": value",
    );
    let fragile = fragile.replace("except Exception", "except KeyError");
    fs::write(&script, fragile).unwrap();
    let logic = format!("exec:python3 {} 2> /dev/null", script.display());
    let output = check(&logic, &["--output", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let questions = report["questions"].as_array().unwrap();
    let found = questions
        .iter()
        .find(|asked| asked["about"] == "512 random bytes");
    let found = found.unwrap()["finding"].as_str().unwrap();
    assert!(found.contains("ended without an answer"), "{found}");
    assert_refused(&check("exec:exit 1", &[]), 1, "1 of 1 questions");
    assert_refused(&check("corpus:/no/such/path", &[]), 2, "/no/such/path");
}

#[test]
fn a_task_of_k2_is_played_by_the_program_that_is_installed_for_it() {
    let home = Home::new("of_k2");
    let check = |logic: &str, path: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gradual"));
        command.args(["logic", "check", logic]).env("PATH", path);
        command.env("HOME", &home.folder).output().unwrap()
    };
    let (task, programs) = (
        home.folder.join("it's a task"),
        home.folder.join("programs"),
    );
    for folder in [&task, &programs] {
        fs::create_dir_all(folder).unwrap();
    }
    let logic = format!("k2:{}", task.display());
    let path = format!("{}:/usr/bin:/bin", programs.display());
    assert_refused(&check("k2:/no/such/folder", &path), 2, "is no folder");
    let install = "npm install --global ./client/k2";
    assert_refused(&check(&logic, &path), 2, install);
    let program = programs.join("gradual-k2");
    fs::write(&program, "#!/bin/sh\nprintf '%s' \"$1\" > \"$0.asked\"\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    assert_refused(&check(&logic, &path), 1, "1 of 1 questions");
    let asked = fs::read_to_string(programs.join("gradual-k2.asked")).unwrap();
    assert_eq!(asked, task.display().to_string());
}
