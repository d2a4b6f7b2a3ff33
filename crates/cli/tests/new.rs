//! `gradual new`: each template's own tests pass, its logic answers whatever it is asked, and nodes play it.
#![cfg(all(feature = "bank", feature = "rpc"))]
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod support;

use serde_json::Value;
use std::{
    env,
    ffi::OsString,
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};
use support::{Home, assert_refused, not_tested, said};

const NAME: &str = "my-first-task";

/// A new task.
struct Task {
    home: Home,
    folder: PathBuf,
    /// What `gradual new` printed.
    told: Value,
    /// Where its programs are found.
    path: OsString,
}

impl Task {
    fn new(language: &str) -> Self {
        let home = Home::new(&format!("new-{language}"));
        let arguments = ["--output", "json", "new", NAME, "--language", language];
        let mut command = home.command(&arguments);
        // rustup finds its toolchains by the home folder, which is another one here.
        let rustup = env::var_os("RUSTUP_HOME").map(PathBuf::from);
        if let Some(rustup) = rustup.or_else(|| Some(env::home_dir()?.join(".rustup"))) {
            command.env("RUSTUP_HOME", rustup);
        }
        let output = command.current_dir(&home.0).output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
        let task = Self {
            folder: home.0.join(NAME),
            home,
            told: serde_json::from_slice(&output.stdout).unwrap(),
            path: env::var_os("PATH").unwrap_or_default(),
        };
        for file in task.told["files"].as_array().unwrap() {
            let text = fs::read_to_string(task.folder.join(file.as_str().unwrap())).unwrap();
            assert!(!text.contains("my-task"), "{file}");
        }
        let readme = fs::read_to_string(task.folder.join("README.md")).unwrap();
        for command in ["try", "play"].iter().flat_map(|list| task.commands(list)) {
            assert!(readme.contains(&command), "{command}");
        }
        task
    }

    /// The commands of the list `name`.
    fn commands(&self, name: &str) -> Vec<String> {
        let commands = self.told[name].as_array().unwrap().iter();
        commands
            .map(|command| command.as_str().unwrap().to_owned())
            .collect()
    }

    /// Runs the task's own tests and what prepares it, except for the commands in `done`.
    fn tests_itself(&self, done: &[&str]) {
        let own = self.commands("try").into_iter();
        for command in own.filter(|command| !command.starts_with("gradual")) {
            if done.contains(&command.as_str()) {
                continue;
            }
            let mut shell = Command::new("sh");
            shell.args(["-c", &command]).current_dir(&self.folder);
            // With the crates that this test was built with.
            shell.env("CARGO_NET_OFFLINE", "true");
            shell.env_remove("CARGO_TARGET_DIR");
            let output = shell.env("PATH", &self.path).output().unwrap();
            assert!(output.status.success(), "{command}: {}", said(&output));
        }
    }

    /// Runs a command of `gradual` in the folder, and returns its document.
    fn gradual(&self, arguments: &[&str]) -> Value {
        let arguments = [arguments, &["--output", "json"]].concat();
        let mut command = self.home.command(&arguments);
        command.current_dir(&self.folder).env("PATH", &self.path);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The logic answers whatever it is asked, and a game of three honest nodes and a cheat pays the three.
    fn is_played(&self) {
        let logic = self.told["logic"].as_str().unwrap();
        // An unoptimized build takes its time to compile a module, once.
        let check = ["logic", "check", logic, "--logic-timeout", "300"];
        assert_eq!(self.gradual(&check)["findings"], 0);
        let game = "--nodes 4 --dishonest 1 --rounds 2";
        let game: Vec<&str> = game.split(' ').collect();
        let report = self.gradual(&[&["simulate", "--logic", logic], &game[..]].concat());
        let cycles = report["cycles"].as_array().unwrap();
        assert_eq!(cycles.len(), 2);
        for cycle in cycles {
            assert_eq!(cycle["upheld"], 1, "the cheat's: {cycle}");
            assert_eq!(cycle["dismissed"], 0, "{cycle}");
        }
        let nodes = report["nodes"].as_array().unwrap();
        let (cheat, honest) = nodes.split_last().unwrap();
        assert_eq!(cheat["earned"], "0", "{cheat}");
        assert_ne!(cheat["slashed"], "0", "{cheat}");
        for node in honest {
            assert_ne!(node["earned"], "0", "{node}");
            assert_eq!(node["slashed"], "0", "{node}");
        }
    }
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The installed packages of client/k2, the TypeScript compiler among them; `None`, with a line that says so, where they
/// are not installed.
fn packages() -> Option<PathBuf> {
    let package = repository().join("client/k2");
    let compiler = package.join("node_modules/.bin/tsc");
    let version = Command::new("node").arg("--version").output();
    if version.is_ok() && compiler.exists() {
        return Some(package.canonicalize().unwrap());
    }
    not_tested("install node and npm, then run npm ci --ignore-scripts in client/k2");
    None
}

#[test]
fn a_python_task_is_played() {
    let task = Task::new("python");
    task.tests_itself(&[]);
    task.is_played();
}

#[test]
fn a_shell_task_is_played() {
    let task = Task::new("shell");
    task.tests_itself(&[]);
    task.is_played();
}

#[test]
fn a_rust_task_is_built_offline_and_played() {
    let task = Task::new("rust");
    // The versions of its crates that are at hand.
    let lock = repository().join("Cargo.lock");
    fs::copy(lock, task.folder.join("Cargo.lock")).unwrap();
    task.tests_itself(&[]);
    task.is_played();
}

#[test]
fn a_rust_task_is_built_as_a_module_and_played() {
    let task = Task::new("rust-wasm");
    if let Some(missing) = task.told["missing"].as_array().unwrap().first() {
        not_tested(&missing.to_string());
        return;
    }
    let lock = repository().join("Cargo.lock");
    fs::copy(lock, task.folder.join("Cargo.lock")).unwrap();
    task.tests_itself(&[]);
    task.is_played();
}

#[test]
fn a_c_task_is_built_as_a_module_and_played() {
    let task = Task::new("c-wasm");
    if let Some(missing) = task.told["missing"].as_array().unwrap().first() {
        not_tested(&missing.to_string());
        return;
    }
    task.tests_itself(&[]);
    task.is_played();
}

#[test]
fn an_assemblyscript_task_is_built_as_a_module_and_played() {
    let task = Task::new("assemblyscript");
    // The compiler that `npm install` would bring.
    if Command::new("asc").arg("--version").output().is_err() {
        not_tested("npm install --global assemblyscript");
        return;
    }
    task.tests_itself(&["npm install"]);
    task.is_played();
}

#[test]
fn a_typescript_task_is_played() {
    let task = Task::new("typescript");
    let Some(package) = packages() else { return };
    let modules = package.join("node_modules");
    symlink(modules, task.folder.join("node_modules")).unwrap();
    task.tests_itself(&["npm install"]);
    // A newer node runs it without the compiler, which an older one needs.
    let mut compiler = Command::new("node_modules/.bin/tsc");
    let compiled = compiler.current_dir(&task.folder).output().unwrap();
    assert!(compiled.status.success(), "{}", said(&compiled));
    task.is_played();
}

#[test]
fn a_k2_task_is_played() {
    let mut task = Task::new("k2");
    let Some(package) = packages() else { return };
    let mut compiler = Command::new("node_modules/.bin/tsc");
    let compiled = compiler.current_dir(&package).output().unwrap();
    assert!(compiled.status.success(), "{}", said(&compiled));
    let tools = task.home.0.join("tools");
    fs::create_dir(&tools).unwrap();
    let main = package.join("dist/src/main.js");
    let script = format!("#!/bin/sh\nexec node '{}' \"$@\"\n", main.display());
    let script = task.home.write("tools/gradual-k2", &script);
    let made = Command::new("chmod").arg("+x").arg(script).status();
    assert!(made.unwrap().success());
    let path = env::split_paths(&task.path).collect::<Vec<_>>();
    task.path = env::join_paths([tools].into_iter().chain(path)).unwrap();
    task.tests_itself(&[]);
    task.is_played();
    let imported = task.gradual(&["k2", "import", "config-task.yml"]);
    assert_eq!(imported["fund"], "0.3");
}

#[test]
fn what_is_there_already_is_left_as_it_is() {
    let home = Home::new("new-refused");
    let new = |name: &str| {
        let mut command = home.command(&["new", name, "--language", "python"]);
        command.current_dir(&home.0).output().unwrap()
    };
    fs::create_dir(home.0.join("folder")).unwrap();
    home.write("folder/task.py", "mine");
    home.write("file", "mine");
    symlink("/nowhere", home.0.join("link")).unwrap();
    for name in ["folder", "file", "link"] {
        let expected = format!("{name} is there already, and is left as it is");
        assert_refused(&new(name), 2, &expected);
    }
    assert_eq!(fs::read_dir(home.0.join("folder")).unwrap().count(), 1);
    for mine in ["folder/task.py", "file"] {
        assert_eq!(fs::read_to_string(home.0.join(mine)).unwrap(), "mine");
    }
    for name in ["../up", "a/b", "A", "-a", "", "a name"] {
        assert_eq!(new(name).status.code(), Some(2), "{name}");
    }
    assert_refused(&new("a/b"), 2, "a/b cannot be a task's name here");
    assert!(new("folder-2").status.success());
}
