//! `gradual node run` as a process: bad input, a cluster that is down, signals, the endpoint.
#![cfg(feature = "rpc")]
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod support;

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use support::running::Running;

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

/// A folder with the key of the node `name`, and a file of nodes that says `text`.
fn file_of(name: &str, text: &str) -> PathBuf {
    let _key_is_made = node(name, &[]);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join("nodes")
        .join(name);
    let file = folder.join("node.toml");
    fs::write(&file, text).unwrap();
    file
}

/// `gradual` without anything that [`node`] adds.
fn gradual(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gradual"));
    command
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for (variable, _) in std::env::vars().filter(|(name, _)| name.starts_with("GRADUAL_")) {
        command.env_remove(variable);
    }
    command.env_remove("RUST_LOG");
    command
}

/// Nodes of one file, told by their number.
fn nodes(tasks: &[&str]) -> String {
    let head = format!("rpc = [\"{REFUSING}\"]\n");
    let tables = tasks.iter().map(|task| {
        format!(
            "[[node]]\ntask = \"{task}\"\nkeypair = \".config/solana/id.json\"\nlogic = \"exec:cat\"\n"
        )
    });
    std::iter::once(head).chain(tables).collect()
}

const OTHER_TASK: &str = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA";

#[test]
fn a_file_of_nodes_is_read_again_and_a_broken_one_changes_nothing() {
    let file = file_of("file", &nodes(&[TASK]));
    let path = file.to_str().unwrap();
    let mut running = Running::start(gradual(&[
        "node",
        "run",
        "--config",
        path,
        "--log-format",
        "json",
    ]));
    let begun = running.wait_for("the node begins");
    assert_eq!(begun["task"], TASK);
    assert_eq!(begun["span"]["task"], TASK, "{begun}");
    let pid = rustix::process::Pid::from_child(&running.child);
    let signal = |signal| rustix::process::kill_process(pid, signal).unwrap();

    fs::write(&file, "rpc = [\n").unwrap();
    signal(rustix::process::Signal::HUP);
    let refused = running.wait_for("the file is not taken");
    let message = refused["message"].as_str().unwrap();
    assert!(message.contains("line 1: unclosed array"), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");

    // The first is removed, and stops to leave; the second starts.
    fs::write(&file, nodes(&[OTHER_TASK])).unwrap();
    signal(rustix::process::Signal::HUP);
    // Each thread tells its own, in any order.
    let (mut read, mut leaves, mut begins) = (None, false, false);
    while read.is_none() || !leaves || !begins {
        let event = running.next();
        let message = event["message"].as_str().unwrap_or_default();
        leaves |= message.starts_with("the node leaves");
        begins |= message == "the node begins" && event["task"] == OTHER_TASK;
        if message == "the file was read again" {
            read = Some(event);
        }
    }
    let read = read.unwrap();
    let counts = ["started", "restarted", "leaving", "kept"];
    let counts = counts.map(|of| read[of].as_u64().unwrap());
    assert_eq!(counts, [1, 0, 1, 0]);
    signal(rustix::process::Signal::TERM);
    assert_eq!(running.child.wait().unwrap().code(), Some(0));
}

#[test]
fn the_log_goes_to_the_file_that_is_named() {
    let absent = ["--logic", "exec:cat", "--log-file", "/no/such/folder/log"];
    refuses(
        "log",
        &absent,
        "the log cannot be written to /no/such/folder/log",
    );

    let file = file_of("log", "").with_file_name("node.log");
    let _absent_at_first = fs::remove_file(&file);
    let path = file.to_str().unwrap();
    let child = node("log", &["--logic", "exec:cat", "--log-file", path]).spawn();
    let mut child = child.unwrap();
    let begun = Instant::now();
    let says = |expected: &str| fs::read_to_string(&file).is_ok_and(|text| text.contains(expected));
    while !says("the node begins") {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "nothing was logged"
        );
        std::thread::yield_now();
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut printed = String::new();
    child.stderr.unwrap().read_to_string(&mut printed).unwrap();
    assert_eq!(printed, "");
}

/// On a terminal a node writes what it writes to a file, also on a narrow one where no letters but those of ASCII are known.
#[test]
fn a_log_on_a_terminal_has_no_colours() {
    let size = PtySize {
        cols: 40,
        ..PtySize::default()
    };
    let pair = native_pty_system().openpty(size).unwrap();
    let wanted = node("terminal", &["--logic", "exec:cat"]);
    let mut command = CommandBuilder::new(wanted.get_program());
    command.args(wanted.get_args());
    for (variable, value) in wanted.get_envs() {
        match value {
            Some(value) => command.env(variable, value),
            None => command.env_remove(variable),
        }
    }
    command.env("TERM", "xterm");
    command.env("LC_ALL", "C");
    let mut child = pair.slave.spawn_command(command).unwrap();
    // Only the node has it from now on: where the node ends, reading does.
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().unwrap();
    let (mut read, mut piece) = (Vec::new(), [0; 4_096]);
    let text = |read: &[u8]| String::from_utf8_lossy(read).into_owned();
    while !text(&read).contains("waits and tries again") {
        let count = reader.read(&mut piece).unwrap_or_default();
        assert!(count > 0, "the node ended: {}", text(&read));
        read.extend(&piece[..count]);
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!text(&read).contains('\u{1b}'), "{}", text(&read));
}

/// A log may be longer than the system lets a file be: that ends no node, and is told once.
#[test]
fn a_log_that_cannot_be_written_ends_no_node() {
    let file = file_of("full", "").with_file_name("node.log");
    let _absent_at_first = fs::remove_file(&file);
    let path = file.to_str().unwrap();
    let node = node("full", &["--logic", "exec:cat", "--log-file", path]);
    let mut limited = Command::new("sh");
    // In blocks of 512 bytes.
    limited.args(["-c", "ulimit -f 1; exec \"$0\" \"$@\""]);
    limited.arg(node.get_program()).args(node.get_args());
    limited
        .env("RUST_LOG", "trace")
        .env("HOME", file.parent().unwrap());
    let mut child = limited.stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    told.read_line(&mut line).unwrap();
    let begins = "the log cannot be written: File too large";
    assert!(line.starts_with(begins), "{line}");
    assert!(child.try_wait().unwrap().is_none());
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut more = String::new();
    told.read_to_string(&mut more).unwrap();
    assert_eq!(more, "");
}

#[test]
fn a_file_of_nodes_is_the_whole_truth() {
    let file = file_of("truth", &nodes(&[TASK]));
    let path = file.to_str().unwrap();
    let refuses = |arguments: &[&str], expected: &str| {
        let output = gradual(arguments).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
        assert!(message.contains(expected), "{message}");
    };
    let run = ["node", "run", "--config", path];
    refuses(
        &[&run[..], &["--task", TASK]].concat(),
        "leave the options out",
    );
    refuses(
        &[&run[..], &["--no-propose"]].concat(),
        "leave the options out",
    );
    refuses(&["node", "run"], "gradual node init makes one");
    refuses(&["node", "run", "--logic", "exec:cat"], "name --task");
    refuses(
        &["node", "run", "--logic", "exec:cat", "--logic-from", "here"],
        "cannot be used with",
    );
    refuses(
        &["node", "run", "--config", "none.toml"],
        "cannot read none.toml",
    );
    let broken = file_of("broken", &nodes(&["TASK"]));
    let broken = broken.to_str().unwrap();
    refuses(
        &["node", "run", "--config", broken],
        "node 1: task \"TASK\" is no address",
    );
    refuses(&["node", "health"], "name the address");
    refuses(&["task", "list", "-u", "l", "-u", "d"], "leave one --url");
}

#[test]
fn init_writes_a_file_once_and_says_what_is_missing() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("init");
    let _absent = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("mine.toml");
    let arguments = ["node", "init", file.to_str().unwrap(), "-u", "l"];
    let output = gradual(&arguments).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("still to be filled in"), "{said}");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("rpc = [\"http://localhost:8899\"]"), "{text}");
    let output = gradual(&arguments).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("is not overwritten"), "{said}");
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
}

#[test]
fn several_rpcs_are_named_and_a_dead_one_is_left() {
    let other = "http://127.0.0.1:1";
    let arguments = ["-u", other, "--logic", "exec:cat", "--log-format", "json"];
    let mut running = Running::start(node("several", &arguments));
    let trusted = running.wait_for("this RPC is trusted");
    assert_eq!(
        (&trusted["rpc"], &trusted["others"]),
        (&REFUSING.into(), &1.into())
    );
    // Neither is up: there is nothing better to change over to.
    running.wait_for("waits and tries again");
}

#[test]
fn health_is_asked_of_a_running_process() {
    let arguments = [
        "--logic",
        "exec:cat",
        "--metrics",
        "127.0.0.1:0",
        "--log-format",
        "json",
    ];
    let mut running = Running::start(node("health", &arguments));
    let served = running.wait_for("metrics are served");
    let address = served["address"].as_str().unwrap();
    let output = gradual(&["node", "health", address]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("stale: the ledger has not answered yet"),
        "{said}"
    );
    drop(running);
    let output = gradual(&["node", "health", "127.0.0.1:9"])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("no node answers at 127.0.0.1:9"), "{said}");
}

#[test]
fn a_file_of_nodes_is_no_config_of_other_commands() {
    let file = file_of("no-config", &nodes(&[TASK]));
    let output = gradual(&["balance", TASK, "--config", file.to_str().unwrap()])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("is a file of nodes, which only node run"),
        "{said}"
    );
}

#[test]
fn an_index_that_is_no_address_is_refused() {
    for odd in ["host:9190", "ftp://host", "http://", ""] {
        refuses(
            "index",
            &["--logic", "exec:cat", "--index", odd],
            "use the address of a gradual index, with https or http",
        );
    }
}

#[test]
fn bad_input_is_refused() {
    refuses(
        "logic",
        &["--logic", "corpus"],
        "use exec:COMMAND, k2:FOLDER, wasm:FILE or corpus:PATH",
    );
    refuses(
        "none",
        &["--logic", "exec: "],
        "use exec:COMMAND, k2:FOLDER, wasm:FILE or corpus:PATH",
    );
    refuses(
        "place",
        &["--logic-from", "ftp://host/task.wasm"],
        "use a file, a folder, or an address",
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
            .find(|line| line.starts_with("gradual_log_lines_lost_total "))?;
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

/// What the doctor finds with these arguments, by check, and its exit code.
fn findings(arguments: &[&str]) -> (Vec<(String, String)>, Option<i32>) {
    let output = gradual(&[&["doctor", "--output", "json"], arguments].concat())
        .output()
        .unwrap();
    let facts: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let word = |check: &serde_json::Value, of: &str| check[of].as_str().unwrap().to_owned();
    let checks = facts["checks"].as_array().unwrap().iter();
    let checks = checks.map(|check| (word(check, "check"), word(check, "grade")));
    let checks: Vec<(String, String)> = checks.collect();
    let failed = checks.iter().filter(|(_, grade)| grade == "fail").count();
    assert_eq!(facts["failed"], failed);
    assert_eq!(facts["ok"], failed == 0);
    (checks, output.status.code())
}

#[test]
fn the_doctor_looks_at_what_it_can_and_fails_where_a_node_could_not_play() {
    use std::os::unix::fs::PermissionsExt;
    let file = file_of("doctor", &nodes(&[TASK]));
    let key = file.parent().unwrap().join(".config/solana/id.json");
    let (file, path) = (file.to_str().unwrap(), key.to_str().unwrap());
    let mode = |mode| fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
    let grade = |found: &[(String, String)], check: &str| {
        let found = found.iter().find(|(name, _)| name == check);
        found.map(|(_, grade)| grade.clone())
    };
    let is = |grade: &str| Some(grade.to_owned());

    mode(0o644);
    let (found, code) = findings(&["--config", file]);
    assert_eq!(code, Some(1));
    assert_eq!(grade(&found, "file"), is("ok"), "{found:?}");
    assert_eq!(grade(&found, "key"), is("ok"), "{found:?}");
    assert_eq!(grade(&found, "key file"), is("warn"), "{found:?}");
    assert_eq!(grade(&found, "rpc"), is("fail"), "{found:?}");
    // `cat` answers with the question.
    assert_eq!(grade(&found, "logic"), is("fail"), "{found:?}");

    mode(0o600);
    let logic = "exec:read -r hello; echo '{}'; read -r question; echo '{\"list\":[]}'";
    let named = ["-u", REFUSING, "-k", path, "--task", TASK, "--logic", logic];
    let (found, code) = findings(&named);
    assert_eq!(code, Some(1));
    assert_eq!(grade(&found, "key file"), is("ok"), "{found:?}");
    assert_eq!(grade(&found, "logic"), is("ok"), "{found:?}");
    // A logic may ask the node something before it answers.
    let asks = "exec:read -r hello; echo '{}'; read -r question; echo '{\"call\":1,\"slot\":{}}'; read -r told; \
        case $told in *'\"ok\"'*) echo '{\"list\":[]}' ;; esac";
    let named = ["-u", REFUSING, "-k", path, "--task", TASK, "--logic", asks];
    let (found, _) = findings(&named);
    assert_eq!(grade(&found, "logic"), is("ok"), "{found:?}");

    fs::write(file, "rpc = [\n").unwrap();
    let (found, _) = findings(&["--config", file, "-u", REFUSING]);
    assert_eq!(grade(&found, "file"), is("fail"), "{found:?}");
    let (found, _) = findings(&["-u", REFUSING, "-k", "/no/such/key"]);
    assert_eq!(grade(&found, "key"), is("fail"), "{found:?}");
}

#[test]
fn the_doctor_writes_a_line_for_each_finding_and_what_to_do() {
    let output = gradual(&["doctor", "-u", REFUSING, "-k", "/no/such/key"])
        .output()
        .unwrap();
    let page = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        page.lines().any(|line| line.starts_with("fail  key ")),
        "{page}"
    );
    assert!(
        page.lines()
            .any(|line| line.trim_start().starts_with("-> ")),
        "{page}"
    );
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
}
