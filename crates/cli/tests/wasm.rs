//! Tasks as WebAssembly modules.
#![cfg(feature = "wasm")]
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod support;

use serde_json::Value;
use std::{
    fs,
    path::PathBuf,
    process::{Command, Output, Stdio},
};
use support::{Home, assert_refused, games::Games, running::Running, said};

/// A home with the example's module in it.
fn home(name: &str) -> (Home, PathBuf) {
    let home = Home::new(name);
    let example = include_str!("../../wasm/examples/hello.wat");
    let module = home.0.join("it's hello.wasm");
    fs::write(&module, wat::parse_str(example).unwrap()).unwrap();
    (home, module)
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(output)))
}

#[test]
fn a_module_is_checked_and_named() {
    let (home, module) = home("wasm_checked");
    let module = module.to_str().unwrap();
    let checked = home.run(&[
        "logic",
        "check",
        &format!("wasm:{module}"),
        "--output",
        "json",
    ]);
    let report = json(&checked);
    assert_eq!(report["findings"], 0, "{report}");
    assert!(report["questions"].as_array().unwrap().len() > 60);
    let named = home.run(&["logic", "hash", module]);
    let named = String::from_utf8(named.stdout).unwrap();
    assert!(named.starts_with("wasm:"), "{named}");
    let facts = json(&home.run(&["logic", "hash", module, "--output", "json"]));
    assert_eq!(facts["audit_program"], named.trim());
}

#[test]
fn a_game_is_played_by_a_module() {
    let (home, module) = home("wasm_played");
    let logic = format!("wasm:{}", module.display());
    let game = [
        "simulate",
        "--nodes",
        "4",
        "--dishonest",
        "1",
        "--rounds",
        "3",
    ];
    let played = home.run(&[&game[..], &["--logic", &logic, "--output", "json"]].concat());
    let report = json(&played);
    assert!(played.status.success(), "{}", said(&played));
    assert!(report.to_string().len() > 100, "{report}");
}

/// A module whose work is what stands in the file `answer` of the folder `texts`, which it wants.
fn reading() -> Vec<u8> {
    let example = include_str!("../../wasm/examples/hello.wat");
    let import = "(import \"wasi_snapshot_preview1\" \"path_open\" (func $path_open
        (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))";
    let hello = "{\\\"equal_shares\\\":true,\\\"wants\\\":[\\\"read:texts\\\"]}";
    let reads = "(then
        (drop (call $path_open (i32.const 3) (i32.const 1) (i32.const 300) (i32.const 6) (i32.const 0) (i64.const 2)
          (i64.const 0) (i32.const 0) (i32.const 320)))
        (i32.store (i32.const 0) (i32.const 330))
        (i32.store (i32.const 4) (i32.const 100))
        (drop (call $fd_read (i32.load (i32.const 320)) (i32.const 0) (i32.const 1) (i32.const 8)))
        (call $say (i32.const 330) (i32.load (i32.const 8))))";
    let mut text = example.to_owned();
    for (own, other) in [
        ("(memory (export", format!("{import} (memory (export")),
        (
            "{\\\"equal_shares\\\":true,\\\"values\\\":false}",
            hello.to_owned(),
        ),
        (
            "(call $say (i32.const 64) (i32.const 37))",
            format!(
                "(call $say (i32.const 64) (i32.const {}))",
                hello.replace('\\', "").len() + 1
            ),
        ),
        (
            "(then (call $say (i32.const 192) (i32.const 21)))",
            reads.to_owned(),
        ),
        (
            "(data (i32.const 224)",
            "(data (i32.const 300) \"answer\") (data (i32.const 224)".to_owned(),
        ),
    ] {
        assert_eq!(text.matches(own).count(), 1, "{own}");
        text = text.replace(own, &other);
    }
    wat::parse_str(text).unwrap()
}

/// The work that the module of [`reading`] finds in `texts`.
const ANSWER: &str = "{\"value\":\"aGVsbG8=\"}\n";

#[test]
fn work_uses_what_the_operator_grants_and_nothing_else() {
    let home = Home::new("wasm_granted");
    let module = home.0.join("reading.wasm");
    fs::write(&module, reading()).unwrap();
    fs::create_dir_all(home.0.join("texts")).unwrap();
    home.write("texts/answer", ANSWER);
    let logic = format!("wasm:{}", module.display());
    let allow = format!("read:{}", home.0.join("texts").display());
    let game = "simulate --nodes 3 --rounds 1 --output json --logic";
    let game: Vec<&str> = game.split(' ').chain([logic.as_str()]).collect();
    let earned = |more: &[&str]| {
        let played = home.run(&[&game[..], more].concat());
        let report = json(&played);
        let nodes = report["nodes"].as_array().unwrap();
        let earned = nodes.iter().map(|node| node["earned"] != "0");
        earned.collect::<Vec<bool>>()
    };
    assert_eq!(earned(&["--allow", &allow]), [true; 3]);
    assert_eq!(earned(&[]), [false; 3]);
    let checked = home.run(&["logic", "check", &logic, "--allow", &allow]);
    assert!(checked.status.success(), "{}", said(&checked));
    assert!(said(&checked).contains("wants read:texts: granted"));
    let checked = home.run(&["logic", "check", &logic]);
    assert_eq!(checked.status.code(), Some(1), "{}", said(&checked));
    assert!(said(&checked).contains("wants read:texts: not granted"));
    for (grant, expected) in [
        ("read:/no/such/folder", "it is no folder"),
        ("write:/", "use https:HOST or read:FOLDER"),
        ("https://a.example/", "use https:HOST or read:FOLDER"),
    ] {
        let refused = home.run(&["logic", "check", &logic, "--allow", grant]);
        assert_refused(&refused, 2, expected);
    }
    let refused = home.run(&["logic", "check", "exec:cat", "--allow", &allow]);
    assert_refused(&refused, 2, "allow is for modules");
}

#[test]
fn a_node_tells_at_its_start_what_the_work_of_its_module_wants() {
    let games = games("wasm_wants");
    fs::write(games.path("reading.wasm"), reading()).unwrap();
    fs::create_dir_all(games.path("texts")).unwrap();
    games.home.write("texts/answer", ANSWER);
    let logic = format!("wasm:{}", games.path("reading.wasm"));
    let allow = format!("read:{}", games.path("texts"));
    let task = games.task();
    let mut plays = Running::start(node(&games, "none", &task, &["--logic", &logic]));
    plays.wait_for("wants read:texts: not granted");
    drop(plays);
    let granted = ["--logic", &logic, "--allow", &allow];
    let mut plays = Running::start(node(&games, "granted", &task, &granted));
    plays.wait_for("wants read:texts: granted");
    games.chain.warp_to(200);
    plays.wait_for("\"open_cycle\"");
    games.chain.warp_to(300);
    // The phase of the round has the same name.
    plays.wait_for(r#""instruction":"submit""#);
}

#[test]
fn what_is_no_module_is_refused() {
    let (home, _) = home("wasm_refused");
    let text = home.write("text.wasm", "(module)");
    let text = text.to_str().unwrap();
    assert_refused(
        &home.run(&["logic", "check", "wasm:/no/such.wasm"]),
        2,
        "is no file",
    );
    assert_refused(
        &home.run(&["logic", "hash", "/no/such.wasm"]),
        2,
        "/no/such.wasm",
    );
    assert_refused(
        &home.run(&["logic", "hash", text]),
        2,
        "no WebAssembly module",
    );
    assert_refused(
        &home.run(&["logic", "play", text]),
        2,
        "no WebAssembly module",
    );
    let expected = "text.wasm, 8 bytes: this is no WebAssembly module";
    for command in [&["logic", "check"][..], &["simulate", "--logic"]] {
        let logic = format!("wasm:{text}");
        let refused = home.run(&[command, &[&logic]].concat());
        assert_refused(&refused, 2, expected);
    }
    // What only its process can tell: the process says why it ends, and the command what that means.
    let module = home.0.join("threads.wasm");
    fs::write(
        &module,
        wat::parse_str("(module (memory 1 1 shared))").unwrap(),
    )
    .unwrap();
    let checked = home.run(&["logic", "check", &format!("wasm:{}", module.display())]);
    assert_eq!(checked.status.code(), Some(1));
    let said = said(&checked);
    assert!(said.contains("threads"), "{said}");
    assert!(said.contains("1 of 1 questions"), "{said}");
}

#[test]
fn a_game_whose_logic_calls_honest_work_invalid_says_what_to_do() {
    let home = Home::new("wasm_unjust");
    let example = include_str!("../../wasm/examples/hello.wat");
    // Its work is another word than its audit wants.
    let unjust = example.replace(r#"{\"value\":\"aGVsbG8="#, r#"{\"value\":\"d29ybGQ="#);
    assert_ne!(unjust, example);
    let module = home.0.join("unjust.wasm");
    fs::write(&module, wat::parse_str(unjust).unwrap()).unwrap();
    let logic = format!("wasm:{}", module.display());
    let game = "simulate --nodes 3 --rounds 1 --logic";
    let game: Vec<&str> = game.split(' ').chain([logic.as_str()]).collect();
    let told = said(&home.run(&game));
    let expected = "honest nodes that were slashed: 3: the dishonest ones have the votes, or the logic calls honest work \
                    invalid, which gradual logic check shows";
    assert!(told.contains(expected), "{told}");
}

/// A chain with nodes, and the example's module and another one in its home.
fn games(name: &str) -> Games {
    let games = Games::new(name, 2);
    let example = include_str!("../../wasm/examples/hello.wat");
    let write = |file: &str, text: &str| {
        fs::write(games.path(file), wat::parse_str(text).unwrap()).unwrap();
    };
    write("hello.wasm", example);
    write(
        "other.wasm",
        &example.replace("\"memory\") 4)", "\"memory\") 5)"),
    );
    games
}

const CREATE: &str = "--output json task create --sol --bounty-per-round 0.00001 --minimum-stake 0.0000001 \
    --round-time 100 --submission-window 40 --audit-window 40 --starting-slot 200";

/// Creates a task, and returns what the command tells of it, and its address.
#[track_caller]
fn created(games: &Games, arguments: &str) -> (Value, String) {
    let created = json(&games.run("manager", &format!("{CREATE} {arguments}")));
    let task = created["task"].as_str().unwrap().to_owned();
    (created, task)
}

#[test]
fn a_task_is_created_with_its_module_and_compared_with_files() {
    let games = games("wasm_created");
    let place = "https://example.com/hello.wasm";
    let (told, task) = created(
        &games,
        &format!("--logic HOME/hello.wasm --logic-from {place} --fuel 500000000 --logic-memory 64"),
    );
    let hash = told["module"]["hash"].as_str().unwrap().to_owned();
    let size = fs::metadata(games.path("hello.wasm")).unwrap().len();
    assert_eq!(told["module"]["bytes"], size);
    let shown = json(&games.run("manager", &format!("--output json task show {task}")));
    let program = format!("wasm:{hash} f:500M m:64");
    assert_eq!(shown["texts"]["audit_program"], program);
    assert_eq!(shown["texts"]["metadata"], place);

    let same = games.run("manager", &format!("task verify {task} HOME/hello.wasm"));
    assert!(same.status.success(), "{}", said(&same));
    assert!(said(&same).contains(&hash));
    let other = games.run(
        "manager",
        &format!("--output json task verify {task} HOME/other.wasm"),
    );
    assert_eq!(other.status.code(), Some(1), "{}", said(&other));
    let facts = json(&other);
    assert_eq!(
        (&facts["matches"], &facts["named"]),
        (&false.into(), &hash.as_str().into())
    );
    assert_ne!(facts["found"], hash);
    // A task that names none.
    let none = games.run("manager", "--output json task verify TASK HOME/hello.wasm");
    assert_eq!(none.status.code(), Some(1), "{}", said(&none));
    assert_eq!(json(&none)["named"], Value::Null);

    // The same text again is no contradiction; another one is.
    created(
        &games,
        &format!("--logic HOME/hello.wasm --audit-program wasm:{hash} --name again"),
    );
    games.home.write("text.wasm", "(module)");
    let long = format!("https://example.com/{}", "a".repeat(64));
    for (arguments, expected) in [
        (
            "--logic HOME/hello.wasm --audit-program mine",
            "leave one of the two out",
        ),
        (
            "--logic HOME/hello.wasm --logic-from /a --metadata /b",
            "leave one of the two out",
        ),
        (
            "--logic HOME/hello.wasm --logic-from http://host/a",
            "an address with https",
        ),
        (
            &format!("--logic HOME/hello.wasm --logic-from {long}"),
            "84 bytes",
        ),
        (
            "--logic HOME/hello.wasm --fuel 123456789012 --logic-memory 64",
            "whole thousands",
        ),
        (
            "--logic HOME/text.wasm",
            "8 bytes: this is no WebAssembly module",
        ),
        ("--logic HOME/none.wasm", "none.wasm"),
        ("--logic-from /a", "--logic <FILE>"),
    ] {
        let create = CREATE.trim_start_matches("--output json ");
        games.refuses("manager", &format!("{create} {arguments}"), 2, expected);
    }
}

/// A node of the task, whose home is below `home`; it has no folder of modules but the one there.
fn node(games: &Games, home: &str, task: &str, arguments: &[&str]) -> Command {
    let key = games.path("node-0");
    let run = [
        "-u",
        &games.chain.url,
        "-k",
        &key,
        "node",
        "run",
        "--task",
        task,
    ];
    let log = ["--metrics", "127.0.0.1:0", "--log-format", "json"];
    let mut command = games.home.command(&[&run[..], &log, arguments].concat());
    command
        .env("HOME", games.home.0.join(home))
        .env_remove("XDG_CACHE_HOME")
        .env_remove("XDG_STATE_HOME")
        .stderr(Stdio::piped());
    command
}

#[test]
fn a_node_finds_the_module_of_its_task_and_gives_it_to_others() {
    let games = games("wasm_found");
    let (told, task) = created(&games, "--logic HOME/hello.wasm");
    let hash = told["module"]["hash"].as_str().unwrap();
    let (good, bad) = (games.path("hello.wasm"), games.path("other.wasm"));
    let from = ["--logic-from", &bad, "--logic-from", &good];
    let mut first = Running::start(node(&games, "first", &task, &from));
    let served = first.wait_for("metrics are served");
    let passed = first.wait_for("is passed over");
    assert_eq!(passed["level"], "WARN");
    let message = passed["message"].as_str().unwrap();
    for part in [bad.as_str(), hash, "refused"] {
        assert!(message.contains(part), "{message}");
    }
    let plays = first.wait_for("the node plays the module that its task names");
    assert_eq!(
        (&plays["module"], &plays["place"]),
        (&hash.into(), &good.as_str().into())
    );
    assert_eq!(plays["imports"], "fd_read fd_write");
    assert_eq!(plays["memory_bytes"], 4 << 16);
    first.wait_for("the node begins");

    // Another machine has it from there, and from its own folder the next time.
    let address = served["address"].as_str().unwrap();
    let from = format!("http://{address}/logic/");
    let mut second = Running::start(node(&games, "second", &task, &["--logic-from", &from]));
    let plays = second.wait_for("the node plays");
    assert_eq!(plays["place"], format!("{from}{hash}"));
    drop(second);
    let mut again = Running::start(node(&games, "second", &task, &[]));
    let plays = again.wait_for("the node plays");
    let kept = format!(".cache/gradual-consensus/modules/{hash}.wasm");
    let kept = games.home.0.join("second").join(kept);
    assert_eq!(plays["place"], kept.to_str().unwrap());
    assert_eq!(fs::read(kept).unwrap(), fs::read(&good).unwrap());
}

#[test]
fn a_node_without_a_module_says_what_to_do() {
    let games = games("wasm_unfound");
    // The task of every game names none.
    let ended = node(&games, "none", &games.task(), &[]).output().unwrap();
    assert_eq!(ended.status.code(), Some(1), "{}", said(&ended));
    assert!(said(&ended).contains("say what to play with --logic"));
    let nobody = solana_sdk::pubkey::Pubkey::new_unique().to_string();
    let ended = node(&games, "none", &nobody, &[]).output().unwrap();
    assert_eq!(ended.status.code(), Some(1), "{}", said(&ended));
    assert!(said(&ended).contains("no task at"), "{}", said(&ended));

    // What nobody has may be there later; the node is stopped meanwhile.
    let (_, task) = created(
        &games,
        "--logic HOME/hello.wasm --logic-from https://127.0.0.1/hello.wasm",
    );
    let mut waits = Running::start(node(&games, "waits", &task, &[]));
    let waited = waits.wait_for("is not found, and is looked for again");
    assert!(
        waited["message"]
            .as_str()
            .unwrap()
            .contains("is not on the public internet")
    );
    let pid = rustix::process::Pid::from_child(&waits.child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(waits.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_cycle_is_worked_by_the_module_that_the_task_names() {
    let games = games("wasm_worked");
    let place = games.path("hello.wasm");
    let (_, task) = created(&games, "--logic HOME/hello.wasm");
    for arguments in [
        format!("task fund {task} 0.1 --sol"),
        format!("stake {task} 0.01 --sol"),
    ] {
        let done = games.run("node-0", &arguments);
        assert!(done.status.success(), "{}", said(&done));
    }
    let mut plays = Running::start(node(&games, "plays", &task, &["--logic-from", &place]));
    plays.wait_for("the node plays the module");
    games.chain.warp_to(300);
    plays.wait_for("\"open_cycle\"");
    games.chain.warp_to(400);
    // The phase of the round has the same name.
    plays.wait_for(r#""instruction":"submit""#);
    let shown = format!("--output json cycle submissions {task} 1 --values");
    let shown = json(&games.run("node-0", &shown));
    assert!(
        shown.to_string().contains("aGVsbG8=") || shown.to_string().contains("hello"),
        "{shown}"
    );
}
