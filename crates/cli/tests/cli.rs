//! The command line, as a user calls it.

#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

fn gradual(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gradual"))
        .args(arguments)
        .output()
        .unwrap()
}

/// Bad input: exit code 2, and one line that says what.
#[track_caller]
fn assert_usage_error(arguments: &[&str], expected: &str) {
    let output = gradual(arguments);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(message.contains(expected), "{message}");
    assert_eq!(output.stdout, b"");
}

fn scratch(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn a_missing_path_is_bad_input() {
    assert_usage_error(
        &["simulate", "--input", "/no/such/path"],
        "cannot read /no/such/path",
    );
}

#[test]
fn an_unreadable_file_is_bad_input() {
    let folder = scratch("unreadable");
    let file = folder.join("dangling");
    let _ = fs::remove_file(&file);
    std::os::unix::fs::symlink("/no/such/file", &file).unwrap();
    let path = folder.to_str().unwrap();
    assert_usage_error(&["simulate", "--input", path], "dangling");
}

#[test]
fn a_corpus_without_words_is_bad_input() {
    let folder = scratch("empty");
    fs::write(folder.join("text"), "-- ! --\n").unwrap();
    let path = folder.to_str().unwrap();
    assert_usage_error(&["simulate", "--input", path], "no text in");
}

/// As if it were not set, another key would sign, or on another cluster.
#[test]
fn a_variable_that_is_no_text_is_bad_input() {
    use std::os::unix::ffi::OsStringExt;
    for name in ["GRADUAL_KEYPAIR", "GRADUAL_URL", "GRADUAL_OUTPUT"] {
        let output = Command::new(env!("CARGO_BIN_EXE_gradual"))
            .arg("schedule")
            .env(name, std::ffi::OsString::from_vec(vec![0xff]))
            .output()
            .unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{message}");
        let expected =
            format!("error: {name} holds what is no text (UTF-8): set it again, or unset it\n");
        assert_eq!(message, expected);
    }
}

/// A game whose page cannot be written is not played.
#[test]
fn a_file_that_cannot_be_written_is_refused_before_the_game() {
    let begun = std::time::Instant::now();
    let arguments = [
        "simulate",
        "--nodes",
        "9",
        "--rounds",
        "100000",
        "--report",
        "/no/such/page",
    ];
    assert_usage_error(&arguments, "name a file in a folder that is there");
    assert!(begun.elapsed() < std::time::Duration::from_secs(60));
}

#[test]
fn what_is_no_program_is_not_played_on() {
    let missing = ["simulate", "--program", "/no/such.so"];
    assert_usage_error(
        &missing,
        "/no/such.so: No such file or directory (os error 2): run cargo xtask build-sbf",
    );
    let text = gradual(&[
        "simulate",
        "--program",
        concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
    ]);
    let message = String::from_utf8(text.stderr).unwrap();
    assert_eq!(
        (text.status.code(), message.lines().count()),
        (Some(1), 1),
        "{message}"
    );
    assert!(message.contains("the program does not load"), "{message}");
}

#[test]
fn numbers_that_make_no_game_are_bad_input() {
    assert_usage_error(&["simulate", "--nodes", "0"], "--nodes must be at least 1");
    assert_usage_error(
        &["simulate", "--nodes", "2", "--dishonest", "3"],
        "--dishonest 3 is more than --nodes 2",
    );
    assert_usage_error(&["simulate", "--rounds", "0"], "--rounds must be 1 to");
}

#[test]
fn windows_that_do_not_fit_are_bad_input() {
    assert_usage_error(&["schedule", "--audit-window", "70"], "windows do not fit");
}

#[test]
fn simulates_a_file_and_reports_in_json() {
    let folder = scratch("corpus");
    let file = folder.join("text");
    fs::write(&file, "act quickly\nreact faster\nreward slowly\n").unwrap();
    let output = gradual(&[
        "simulate",
        "--input",
        file.to_str().unwrap(),
        "--nodes",
        "4",
        "--dishonest",
        "1",
        "--rounds",
        "2",
        "--output",
        "json",
    ]);
    assert!(output.status.success());
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "",
        "no bar but on a terminal"
    );
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["books_balance"], true);
    assert_eq!(report["program"], "sbf");
    assert_eq!(report["cycles"].as_array().unwrap().len(), 2);
    assert_eq!(report["cycles"][0]["submissions"], 4);
    assert_eq!(report["cycles"][0]["upheld"], 1);
    assert_eq!(report["nodes"][3]["behaviour"], "wrong_proof");
    for field in ["funded", "available", "reserved", "paid", "from_slashes"] {
        assert!(report["bounty"][field].is_string(), "{field}");
    }
}

#[test]
fn a_reader_that_closes_the_pipe_is_no_failure() {
    for arguments in [&["schedule"][..], &["completions", "bash"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let child = Command::new(env!("CARGO_BIN_EXE_gradual"))
            .args(arguments)
            .stdout(writer)
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
    }
}

#[test]
fn simulates_the_projects_docs_by_default() {
    let output = gradual(&["simulate", "--nodes", "3", "--rounds", "1"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    assert!(
        text.contains("the books balance to the last base unit"),
        "{text}"
    );
}

#[cfg(feature = "dashboard")]
#[test]
fn a_played_game_is_one_page_that_needs_nothing_else() {
    let folder = scratch("report");
    let (input, page) = (folder.join("text"), folder.join("game.html"));
    fs::write(&input, "act quickly\nreact faster\nreward slowly\n").unwrap();
    let line = format!(
        "simulate --input {} --nodes 4 --dishonest 1 --rounds 2 --report {}",
        input.display(),
        page.display()
    );
    let output = gradual(&line.split(' ').collect::<Vec<_>>());
    assert!(output.status.success());
    let page = fs::read_to_string(page).unwrap();
    for part in [
        "class=\"lanes wide\"",
        "What a node has, by behaviour",
        "wrong proof",
        "upheld",
        "Available bounty over time",
    ] {
        assert!(page.contains(part), "{part}");
    }
    for foreign in ["<script", "src=", "<link", "href=\"/", "url("] {
        assert!(!page.contains(foreign), "{foreign}");
    }
}
