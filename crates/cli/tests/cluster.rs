//! The commands that need a cluster, called as a user does: settings, and bad input.
#![cfg(feature = "rpc")]
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
};

const TASK: &str = "11111111111111111111111111111111";
/// Nobody listens on the discard port of a test machine.
const REFUSING: &str = "http://127.0.0.1:9";

/// A home of its own for each test, so that nobody's real key or config is touched.
struct Home(PathBuf);

impl Home {
    fn new(name: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join("homes")
            .join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join(".config/solana/cli")).unwrap();
        Self(folder)
    }

    fn with_key(self) -> Self {
        self.write(".config/solana/id.json", &key());
        self
    }

    fn write(&self, file: &str, text: &str) -> PathBuf {
        let path = self.0.join(file);
        fs::write(&path, text).unwrap();
        path
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gradual"));
        command.args(arguments).env("HOME", &self.0);
        for name in [
            "URL",
            "KEYPAIR",
            "COMMITMENT",
            "CONFIG",
            "OUTPUT",
            "COMPUTE_UNIT_PRICE",
        ] {
            command.env_remove(format!("GRADUAL_{name}"));
        }
        command
    }

    #[track_caller]
    fn refuses(&self, arguments: &[&str], expected: &str) {
        assert_bad_input(self.command(arguments).output().unwrap(), expected);
    }
}

/// Exit code 2, and one line that says what.
#[track_caller]
fn assert_bad_input(output: Output, expected: &str) {
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(message.contains(expected), "{message}");
    assert_eq!(output.stdout, b"");
}

/// A key file, as solana-keygen writes it.
fn key() -> String {
    let key = solana_sdk::signature::Keypair::new();
    serde_json::to_string(&key.to_bytes().to_vec()).unwrap()
}

/// A server that gives every request the same answer.
fn answering(status: &'static str, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
        }
    });
    format!("http://{address}")
}

#[test]
fn a_refused_connection_is_said_in_one_line() {
    let home = Home::new("refused").with_key();
    home.refuses(&["-u", REFUSING, "task", "list"], "http://127.0.0.1:9: ");
    home.refuses(
        &["-uhttp://127.0.0.1:9/", "task", "list"],
        "http://127.0.0.1:9: ",
    );
    home.refuses(
        &["-u", "http://[::1]:9/", "task", "list"],
        "http://[::1]:9: ",
    );
    home.refuses(&["schedule", "-ul"], "leave --url out");
    home.refuses(
        &["stake", TASK, "1", "-u", REFUSING],
        "check the address, and that it is up",
    );
}

#[test]
fn commands_of_governance_reach_for_the_cluster() {
    let home = Home::new("governance").with_key();
    let second = home.write("second.json", &key());
    let second = second.to_str().unwrap();
    for arguments in [
        &["config", "init"][..],
        &["config", "init", "--manager", TASK],
        &["config", "show"],
        &["config", "handover", TASK],
        &["config", "handover", "--cancel"],
        &["config", "accept"],
        &["config", "pause"],
        &["config", "resume"],
        &["config", "manager", "add", TASK],
        &["config", "manager", "remove", TASK, "--second", second],
        &["config", "close"],
        &["task", "handover", TASK, TASK],
        &["task", "handover", TASK, "--cancel"],
        &["task", "accept", TASK],
        &["task", "migrate", TASK, "--to", TASK],
        &["config", "allowlist", TASK],
        &["config", "allowlist", TASK, "--remove"],
        &["task", "sweep", TASK],
        &["task", "close", TASK, "--sol"],
        &["stake", TASK, "1"],
        &["stake", "park", TASK],
        &["stake", "park", TASK, "--node", TASK],
        &["stake", "resume", TASK],
        &["stake", "migrate", TASK],
        &["stake", "close", TASK],
        &["stake", "list"],
        &["stake", "list", "--node", TASK],
        &["node", "status"],
        &["node", "status", TASK, "--node", TASK],
        &["cycle", "submissions", TASK, "3"],
        &["cycle", "submissions", TASK, "3", "--values"],
        &["withdraw", TASK, "ALL"],
        &["balance", TASK],
    ] {
        let arguments = [arguments, &["-u", REFUSING]].concat();
        home.refuses(&arguments, "http://127.0.0.1:9: ");
    }
}

#[test]
fn a_piece_of_work_is_a_cycle() {
    let home = Home::new("cycles").with_key();
    for arguments in [
        &["submit", TASK, "proof"][..],
        &["cycle", "open", TASK],
        &["cycle", "show", TASK],
        &["list", "submit", TASK],
        &["list", "show", TASK],
        &["list", "verify", TASK],
        &["payout", TASK, "--all"],
        &["payout", TASK, "--equal", "--all"],
    ] {
        let with = |flag| [arguments, &[flag, "2", "-u", REFUSING]].concat();
        home.refuses(&with("--cycle"), "http://127.0.0.1:9: ");
        let output = home.command(&with("--round")).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(
            message.contains("unexpected argument '--round'"),
            "{message}"
        );
    }
}

/// The arguments of a task's creation, but for those in `more`.
fn creation<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let task = [
        "task",
        "create",
        "--sol",
        "--bounty-per-round",
        "1",
        "--minimum-stake",
        "1",
    ];
    [&task, more, &["-u", REFUSING]].concat()
}

#[test]
fn a_task_pays_equal_shares_or_by_list_and_parks_or_never_does() {
    let home = Home::new("terms").with_key();
    for more in [
        &[][..],
        &["--shares", "equal"],
        &["--shares", "by-list", "--idle-rounds", "0"],
        &["--idle-rounds", "144", "--starting-slot", "1000"],
    ] {
        home.refuses(&creation(more), "http://127.0.0.1:9: ");
    }
    for (more, expected) in [
        (
            &["--shares", "half"][..],
            "[possible values: equal, by-list]",
        ),
        (&["--idle-rounds", "many"], "'--idle-rounds <ROUNDS>'"),
    ] {
        let output = home.command(&creation(more)).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn equal_shares_are_not_read_from_a_file() {
    let home = Home::new("equal").with_key();
    let payout = ["payout", TASK, "--cycle", "1", "--equal", "--entries", "x"];
    let output = home.command(&payout).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains("cannot be used with"), "{message}");
}

/// Who only looks needs no key.
#[test]
fn a_named_node_is_looked_at_without_a_key() {
    let home = Home::new("keyless");
    for arguments in [
        &["stake", "list", "--node", TASK][..],
        &["node", "status", "--node", TASK],
        &["cycle", "submissions", TASK, "3"],
    ] {
        let arguments = [arguments, &["-u", REFUSING]].concat();
        home.refuses(&arguments, "http://127.0.0.1:9: ");
    }
    home.refuses(&["stake", "list", "-u", REFUSING], "cannot read key");
}

#[test]
fn help_groups_the_commands_by_room() {
    let output = Home::new("help").command(&["--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let mut rest = help.as_str();
    for line in [
        "Config:\n  config ",
        "Task:\n  task ",
        "Stake:\n  stake ",
        "Work:\n  submit ",
        "Audit:\n  audit ",
        "Distribution:\n  list ",
    ] {
        let Some((_, after)) = rest.split_once(line) else {
            panic!("{line:?} is missing or out of order:\n{help}");
        };
        rest = after;
    }
    let commands = help.split("Options:").next().unwrap();
    assert!(commands.lines().all(|line| line.len() <= 100), "{help}");
}

#[test]
fn a_handover_is_to_somebody_or_nobody() {
    let home = Home::new("handover").with_key();
    for arguments in [
        &["config", "handover"][..],
        &["config", "handover", TASK, "--cancel"],
        &["task", "handover", TASK],
        &["task", "migrate", TASK],
        &["stake"],
        &["stake", TASK],
    ] {
        let output = home.command(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn an_rpc_that_answers_garbage_is_said_in_one_line() {
    let home = Home::new("garbage");
    for (status, body) in [
        ("200 OK", "<html>hello</html>"),
        ("200 OK", "\"Service Unavailable\""),
        (
            "200 OK",
            "{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{\"value\":7}}",
        ),
        (
            "200 OK",
            "{\"jsonrpc\":\"2.0\",\"id\":0,\"error\":{\"code\":-32601,\"message\":\"no\"}}",
        ),
        ("200 OK", ""),
        ("404 Not Found", "no"),
        ("503 Service Unavailable", "later"),
    ] {
        let url = answering(status, body);
        home.refuses(&["-u", &url, "task", "list"], &url);
    }
}

#[test]
fn what_names_no_cluster_is_bad_input() {
    let home = Home::new("no-cluster");
    home.refuses(
        &["-u", "main", "task", "list"],
        "main is no cluster: use mainnet-beta",
    );
    home.refuses(
        &["-u", "ws://localhost", "task", "list"],
        "begins with http:// or https://",
    );
}

#[test]
fn a_missing_or_unreadable_key_is_bad_input() {
    let home = Home::new("keys");
    let stake = |key: &str, expected: &str| {
        home.refuses(&["-u", REFUSING, "-k", key, "stake", TASK, "1"], expected);
    };
    home.refuses(&["-u", REFUSING, "stake", TASK, "1"], "id.json");
    stake("/no/such/key.json", "cannot read key /no/such/key.json");
    for (name, text) in [("words", "hello"), ("short", "[1,2,3]"), ("empty", "")] {
        let path = home.write(name, text);
        stake(path.to_str().unwrap(), "name one with --keypair");
    }
    let folder = home.0.to_str().unwrap();
    stake(folder, "cannot read key");
    stake("usb://ledger", "usb://ledger: ");
    stake("prompt://?wrong", "prompt://?key=ACCOUNT/CHANGE");
}

#[test]
fn a_config_that_is_missing_or_malformed_is_bad_input() {
    let home = Home::new("configs");
    let list = ["task", "list", "-u", REFUSING, "-C"];
    let with = |path: &Path| [&list[..], &[path.to_str().unwrap()]].concat().join(" ");
    let refuses = |path: &Path, expected: &str| {
        let arguments = with(path);
        home.refuses(&arguments.split(' ').collect::<Vec<_>>(), expected);
    };
    refuses(
        Path::new("/no/such/config.yml"),
        "cannot read config /no/such/config.yml",
    );
    for (name, text) in [
        ("broken", "json_rpc_url: [\n"),
        ("list", "- a\n- b\n"),
        ("text", "hello"),
        ("binary", "\u{0}\u{1}"),
        ("types", "json_rpc_url: {a: b}\n"),
    ] {
        refuses(&home.write(name, text), "is malformed");
    }
    // As an editor on Windows saves it.
    let config = "\u{feff}json_rpc_url: http://127.0.0.1:9/\r\ncommitment: confirmed\r\n";
    let config = home.write("windows.yml", config);
    let config = config.to_str().unwrap();
    home.refuses(&["task", "list", "-C", config], "http://127.0.0.1:9: ");
    let (key, spaces) = (format!("\u{feff}{}\r\n", key()), "a key.json");
    let key = home.write(spaces, &key);
    home.refuses(
        &[
            "stake",
            TASK,
            "1",
            "-u",
            REFUSING,
            "-k",
            key.to_str().unwrap(),
        ],
        "http://127.0.0.1:9: ",
    );
    let config = home.write("level", "commitment: max\n");
    refuses(&config, "use processed, confirmed or finalized");
}

#[test]
fn a_flag_goes_before_the_environment_before_the_config() {
    let home = Home::new("precedence");
    let config = "json_rpc_url: http://127.0.0.1:9/config\ncommitment: confirmed\n";
    home.write(".config/solana/cli/config.yml", config);
    home.refuses(&["task", "list"], "http://127.0.0.1:9: ");

    let mut command = home.command(&["task", "list"]);
    let output = command.env("GRADUAL_URL", "nonsense").output().unwrap();
    assert_bad_input(output, "nonsense is no cluster");

    let mut command = home.command(&["task", "list", "--url", "absurd"]);
    let output = command.env("GRADUAL_URL", "nonsense").output().unwrap();
    assert_bad_input(output, "absurd is no cluster");

    let mut command = home.command(&["task", "list"]);
    let output = command
        .env("GRADUAL_COMPUTE_UNIT_PRICE", "much")
        .output()
        .unwrap();
    assert_bad_input(output, "much is not a number of micro-lamports");

    let mut command = home.command(&["task", "list"]);
    let output = command.env("GRADUAL_OUTPUT", "xml").output().unwrap();
    assert_bad_input(output, "use text or json");
}

#[test]
fn options_of_clusters_mean_nothing_to_commands_without_one() {
    let home = Home::new("offline");
    home.refuses(
        &["schedule", "--url", "l"],
        "schedule needs no cluster: leave --url out",
    );
    home.refuses(&["completions", "bash", "--dry-run"], "leave --dry-run out");
    home.refuses(
        &["logic", "check", "exec:cat", "-u", "l"],
        "logic needs no cluster: leave --url out",
    );
}

#[test]
fn a_bench_of_nothing_is_bad_input() {
    let home = Home::new("bench").with_key();
    home.refuses(
        &["bench", "-u", REFUSING],
        "check the address, and that it is up",
    );
    for arguments in [["--nodes", "0"], ["--rounds", "21"]] {
        let output = home
            .command(&[&["bench"], &arguments[..]].concat())
            .output();
        assert_eq!(output.unwrap().status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn completions_know_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = Home::new(shell)
            .command(&["completions", shell])
            .output()
            .unwrap();
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success());
        for word in [
            "task", "stake", "withdraw", "payout", "cycle", "books", "bench", "dry-run",
        ] {
            assert!(script.contains(word), "{shell} lacks {word}");
        }
    }
}
