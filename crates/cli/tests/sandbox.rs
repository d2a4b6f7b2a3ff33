//! Programs in the sandbox: hostile ones reach nothing outside it, and honest ones are played.
#![cfg(all(feature = "rpc", target_os = "linux"))]
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod support;

use gradual_consensus_sandbox::{MOST_MEMORY, MOST_PROCESSES};
use rustix::process::getuid;
use serde_json::Value;
use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
};
use support::{Home, assert_refused, games::Games, not_tested, running::Running, said};

/// Programs of these tests have one user, and one of them takes all processes that the user may have: they take turns.
static TURN: Mutex<()> = Mutex::new(());

/// Folders that every user may use, so that only the sandbox refuses anything. Not below the target folder, which may
/// be below a home that others may not enter.
struct Place {
    home: Home,
    /// Removed with the test.
    root: tempfile::TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Place {
    /// `None`, with a line that says so, where the system has no sandbox.
    fn new(name: &str) -> Option<Self> {
        let place = Self {
            home: Home::new(&format!("sandbox_{name}")),
            root: tempfile::tempdir().unwrap(),
            _turn: TURN.lock().unwrap_or_else(PoisonError::into_inner),
        };
        let every = |path: &Path| fs::set_permissions(path, fs::Permissions::from_mode(0o777));
        every(place.root.path()).unwrap();
        for folder in ["task", "state"] {
            fs::create_dir(place.path(folder)).unwrap();
            every(&place.path(folder)).unwrap();
        }
        let hostile = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile");
        for file in fs::read_dir(hostile).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), place.path("task").join(file.file_name())).unwrap();
        }
        fs::write(place.path("key.json"), "the key").unwrap();
        every(&place.path("key.json")).unwrap();
        let tried = place.runs("true");
        if said(&tried).contains("this system has no sandbox") {
            not_tested(&said(&tried));
            return None;
        }
        assert!(tried.status.success(), "{}", said(&tried));
        Some(place)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// The command that runs `command` in the sandbox.
    fn sandboxed(&self, command: &str) -> Command {
        let (folder, state) = (self.path("task"), self.path("state"));
        let options = ["--logic-folder", folder.to_str().unwrap()];
        let state = ["--state", state.to_str().unwrap(), "--", command];
        self.home
            .command(&[&["logic", "sandbox"], &options[..], &state].concat())
    }

    fn runs(&self, command: &str) -> Output {
        self.sandboxed(command).output().unwrap()
    }

    /// A number that the program prints.
    fn number(&self, command: &str) -> u64 {
        let output = self.runs(command);
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        text.parse().unwrap_or_else(|_| panic!("{}", said(&output)))
    }
}

#[test]
fn a_hostile_program_reaches_nothing_outside() {
    let Some(place) = Place::new("reach") else {
        return;
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (key, node) = (place.path("key.json"), std::process::id());
    let inside = format!("exec python3 reach.py {} {node} {port}", key.display());
    let sandboxed = place.sandboxed(&inside);
    // The key is open as the descriptor 7 when the sandbox is entered.
    let mut through = Command::new("sh");
    through
        .args(["-c", "key=$1; shift; exec 7<\"$key\"; exec \"$@\"", "sh"])
        .arg(&key)
        .arg(sandboxed.get_program())
        .args(sandboxed.get_args());
    for (name, value) in sandboxed.get_envs() {
        match value {
            Some(value) => through.env(name, value),
            None => through.env_remove(name),
        };
    }
    through.env("GRADUAL_SECRET", "word");
    let output = through.output().unwrap();
    let told: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output)));
    let refused = told["refused"].as_object().unwrap();
    assert!(refused.len() > 25, "{told:#}");
    for (attempt, came) in refused {
        assert_ne!(came, "done", "{attempt}: {told:#}");
    }
    for (deed, came) in told["allowed"].as_object().unwrap() {
        assert_eq!(came, "done", "{deed}: {told:#}");
    }
    let environment = told["environment"].to_string();
    assert!(!environment.contains("GRADUAL"), "{environment}");
    assert_eq!(fs::read_to_string(&key).unwrap(), "the key");
    let mode = fs::metadata(&key).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o777);
    assert!(place.path("state/own").is_file());
}

#[test]
fn memory_and_processes_have_an_end() {
    let Some(place) = Place::new("limits") else {
        return;
    };
    let most = MOST_MEMORY >> 20;
    let had = place.number("exec python3 grows.py");
    assert!((most / 2..most).contains(&had), "{had} MiB");
    // Other programs of the same user may end meanwhile, and leave room for so many more.
    let forked = place.number("exec python3 forks.py");
    assert!(
        (1..MOST_PROCESSES * 4).contains(&forked),
        "{forked} processes"
    );
}

#[test]
fn a_program_that_fills_the_disk_is_ended() {
    for (way, expected) in [
        ("large", "more than 1024 MiB"),
        ("hidden", "a part that cannot be looked at"),
        ("many", "more than 100000 files and folders"),
        ("deep", "a part that cannot be looked at"),
    ] {
        if way == "hidden" && getuid().is_root() {
            not_tested("root looks into every folder: run the tests as another user");
            continue;
        }
        let Some(place) = Place::new(&format!("fills_{way}")) else {
            return;
        };
        let folder = place.path("task");
        let logic = format!("exec:exec python3 fills.py {way}");
        let check = ["logic", "check", &logic, "--logic-timeout", "600"];
        let folder = ["--sandbox", "--logic-folder", folder.to_str().unwrap()];
        let checked = place.home.run(&[&check[..], &folder].concat());
        assert_eq!(checked.status.code(), Some(1), "{}", said(&checked));
        let told = said(&checked);
        assert!(
            told.contains("the task's program was ended: its folder"),
            "{told}"
        );
        assert!(told.contains(expected), "{told}");
        assert!(
            told.contains("remove what it does not need there"),
            "{told}"
        );
    }
}

#[test]
fn a_sandboxed_task_is_checked_and_played() {
    let Some(place) = Place::new("played") else {
        return;
    };
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/shell/task.sh");
    fs::copy(template, place.path("task/task.sh")).unwrap();
    let folder = place.path("task");
    let sandbox = ["--sandbox", "--logic-folder", folder.to_str().unwrap()];
    let check = ["logic", "check", "exec:sh task.sh", "--output", "json"];
    let checked = place.home.run(&[&check[..], &sandbox].concat());
    let report: Value =
        serde_json::from_slice(&checked.stdout).unwrap_or_else(|_| panic!("{}", said(&checked)));
    assert_eq!(report["findings"], 0, "{report}");
    #[cfg(feature = "bank")]
    {
        let game = "simulate --nodes 3 --dishonest 1 --rounds 1 --output json";
        let game: Vec<&str> = game
            .split(' ')
            .chain(["--logic", "exec:sh task.sh"])
            .collect();
        let played = place.home.run(&[&game[..], &sandbox].concat());
        let report: Value =
            serde_json::from_slice(&played.stdout).unwrap_or_else(|_| panic!("{}", said(&played)));
        assert_eq!(report["cycles"][0]["upheld"], 1, "{report}");
        assert_eq!(report["cycles"][0]["dismissed"], 0, "{report}");
    }
}

/// A node of the game's task that plays `logic` in the sandbox.
fn node(games: &Games, place: &Place, logic: &str) -> Command {
    let (key, task) = (games.path("node-0"), games.task());
    let url = games.chain.url.as_str();
    let folder = place.path("task");
    let run = ["-u", url, "-k", &key, "node", "run", "--task", &task];
    let log = ["--log-format", "json", "--logic", logic, "--sandbox"];
    let folder = ["--logic-folder", folder.to_str().unwrap()];
    let mut command = games.home.command(&[&run[..], &log, &folder].concat());
    command
        .env("XDG_STATE_HOME", place.path("state"))
        .env_remove("STATE_DIRECTORY")
        .stderr(Stdio::piped());
    command
}

#[test]
fn a_node_goes_on_beside_a_hostile_program() {
    let Some(place) = Place::new("node") else {
        return;
    };
    let games = Games::new("sandbox_games", 2);
    let logic = format!("exec:exec python3 task.py {}", games.path("node-0"));
    let mut plays = Running::start(node(&games, &place, &logic));
    let told = plays.wait_for("is a program in a sandbox");
    assert_eq!(told["level"], "INFO");
    plays.wait_for("the node begins");
    games.chain.warp_to(200);
    plays.wait_for("\"open_cycle\"");
    games.chain.warp_to(300);
    // The phase of the round has the same name.
    plays.wait_for(r#""instruction":"submit""#);
    let shown = games.run("node-0", "cycle submissions TASK 1 --values");
    assert!(said(&shown).contains("confined"), "{}", said(&shown));
}

#[test]
fn a_sandbox_that_would_show_the_key_is_refused() {
    let Some(place) = Place::new("refused") else {
        return;
    };
    let games = Games::new("sandbox_refused", 2);
    let key = games.path("node-0");
    fs::copy(games.path("node-1"), place.path("task/key.json")).unwrap();
    let task = games.task();
    let run = |key: &Path, logic: &str, more: &[&str]| {
        let key = key.to_str().unwrap();
        let run = [
            "-u",
            &games.chain.url,
            "-k",
            key,
            "node",
            "run",
            "--task",
            &task,
        ];
        let run = [&run[..], &["--logic", logic], more].concat();
        games.home.run(&run)
    };
    let folder = place.path("task");
    let folder = folder.to_str().unwrap();
    let inside = ["--sandbox", "--logic-folder", folder];
    assert_refused(
        &run(&place.path("task/key.json"), "exec:cat", &inside),
        2,
        "which the sandboxed program may read: move the key",
    );
    let home = [
        "--sandbox",
        "--logic-folder",
        games.home.0.to_str().unwrap(),
    ];
    assert_refused(
        &run(Path::new(&key), "exec:cat", &home),
        2,
        "the whole home folder",
    );
    assert_refused(
        &run(Path::new(&key), "k2:folder", &["--sandbox"]),
        2,
        "tasks of K2 need the network",
    );
    let none = ["--sandbox", "--logic-folder", "/no/such/folder"];
    assert_refused(
        &run(Path::new(&key), "exec:cat", &none),
        2,
        "/no/such/folder",
    );
    // The same in a file of nodes, with the key of another node.
    let file = |folder: &str| {
        let text = format!(
            "rpc = [\"{}\"]\n[[node]]\ntask = \"{task}\"\nkeypair = \"{key}\"\nlogic = \"exec:cat\"\n{folder}\n\
             [[node]]\ntask = \"{task}\"\nkeypair = \"{}/key.json\"\nlogic = \"exec:cat\"\n",
            games.chain.url,
            place.path("task").display()
        );
        games.home.write("node.toml", &text)
    };
    let folder = format!("logic_folder = \"{folder}\"");
    for (options, expected) in [
        (folder.clone(), "logic_folder is of a sandbox only"),
        (
            format!("{folder}\nsandbox = true"),
            "which the sandboxed program may read: move the key",
        ),
    ] {
        let file = file(&options);
        let run = ["node", "run", "--config", file.to_str().unwrap()];
        assert_refused(&games.home.run(&run), 2, expected);
    }
}
