//! Tasks as WebAssembly modules.
#![cfg(feature = "wasm")]
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod support;

use serde_json::Value;
use std::{fs, path::PathBuf, process::Output};
use support::{Home, assert_refused, said};

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
        "--program",
        "native",
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
    // The process of the module says why it ends, and the command what that means.
    let checked = home.run(&["logic", "check", &format!("wasm:{text}")]);
    assert_eq!(checked.status.code(), Some(1));
    let said = said(&checked);
    assert!(said.contains("no WebAssembly module"), "{said}");
    assert!(said.contains("1 of 1 questions"), "{said}");
}
