//! The suites hold the program to all that it promises, and provoke all that it refuses.

#![allow(
    clippy::unwrap_used,
    reason = "a test panics where it fails; the suite's helpers are tests too"
)]

use gradual_consensus::GradualError;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};
use strum::VariantArray;

/// Errors that no state which can be reached provokes, each with the reason why. They are there so
/// that a fault elsewhere would be refused, and not believed.
const UNREACHABLE: &[(GradualError, &str)] = &[];

fn folder(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)
}

/// The text of every file of the suites but this one.
fn suites() -> Vec<String> {
    let mut texts = vec![];
    let mut folders = vec![folder("suites")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !path.ends_with("specification") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                texts.push(fs::read_to_string(path).unwrap());
            }
        }
    }
    texts
}

/// Whether `quoted` has the form of a promise's id: an instruction's name, a dot and a number.
fn is_id(quoted: &str) -> bool {
    quoted.split_once('.').is_some_and(|(instruction, number)| {
        let name = |c: char| c.is_ascii_lowercase() || c == '_';
        instruction.chars().all(name) && number.parse::<u8>().is_ok()
    })
}

/// Every test of `text`: those that it registers for both builds, and those that are tests by themselves.
fn tests(text: &str) -> BTreeSet<&str> {
    let lists = text.split("on_every_build! {").skip(1);
    let registered = lists.flat_map(|rest| rest.split('}').next().unwrap().split(','));
    let alone = text.split("#[test]").skip(1).filter_map(|rest| {
        let (_, name) = rest.split_once("fn ")?;
        name.split('(').next()
    });
    registered.map(str::trim).chain(alone).collect()
}

/// Every id that labels a function of `text` in its doc comment, with the function's name.
fn labels(text: &str) -> Vec<(&str, &str)> {
    let (mut found, mut ids) = (vec![], vec![]);
    for line in text.lines().map(str::trim) {
        if let Some(doc) = line.strip_prefix("///") {
            ids.extend(doc.split('`').skip(1).step_by(2).filter(|id| is_id(id)));
        } else if let Some(rest) = line.strip_prefix("fn ") {
            let name = rest.split('(').next().unwrap();
            found.extend(ids.drain(..).map(|id| (id, name)));
        } else if !line.starts_with("#[") {
            ids.clear();
        }
    }
    found
}

/// Every id in a "Specification:" list of the program.
fn promises() -> Vec<String> {
    let program = folder("../programs/gradual-consensus/src/lib.rs");
    let program = fs::read_to_string(program).unwrap();
    let bullets = program
        .lines()
        .filter_map(|line| line.trim().strip_prefix("/// - `"));
    bullets
        .map(|bullet| bullet.split('`').next().unwrap().to_owned())
        .collect()
}

/// Every error named in a call of `assert_refused` in `text`; where a call only names a variable, as
/// for the rows of a table, every error named before it in the same function.
fn refusals(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for function in text.split("fn ") {
        for (at, call) in function.match_indices("assert_refused(") {
            let direct = errors(arguments(&function[at + call.len()..]));
            let table = if direct.is_empty() {
                errors(&function[..at])
            } else {
                BTreeSet::new()
            };
            found.extend(direct.into_iter().chain(table));
        }
    }
    found
}

/// Every error named in `text`.
fn errors(text: &str) -> BTreeSet<String> {
    let named = text.split("GradualError::").skip(1);
    named
        .map(|name| name.chars().take_while(|c| c.is_alphanumeric()).collect())
        .collect()
}

/// `rest` up to the parenthesis that closes the call.
fn arguments(rest: &str) -> &str {
    let mut depth = 1;
    let end = rest.find(|c| {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        depth == 0
    });
    &rest[..end.unwrap_or(rest.len())]
}

#[test]
fn every_promise_of_the_program_has_a_test() {
    let suites = suites();
    let mut shown = BTreeSet::new();
    for suite in &suites {
        let tests = tests(suite);
        let of_tests = labels(suite)
            .into_iter()
            .filter(|(_, test)| tests.contains(test));
        shown.extend(of_tests.map(|(id, _)| id));
    }
    let promises = promises();
    assert!(
        promises.len() > 60,
        "only {} promises found",
        promises.len()
    );
    let untested: Vec<&String> = promises
        .iter()
        .filter(|promise| !shown.contains(promise.as_str()))
        .collect();
    assert!(untested.is_empty(), "no test shows {untested:?}");
}

#[test]
fn every_label_is_a_promise_and_stands_on_a_test() {
    let promises: BTreeSet<String> = promises().into_iter().collect();
    for suite in suites() {
        let tests = tests(&suite);
        for (id, name) in labels(&suite) {
            assert!(promises.contains(id), "{name}: the program has no {id}");
            assert!(tests.contains(name), "{name} is labelled {id}, and no test");
        }
    }
}

#[test]
fn every_error_is_provoked() {
    let provoked: BTreeSet<String> = suites().iter().flat_map(|suite| refusals(suite)).collect();
    for (error, reason) in UNREACHABLE {
        let name = format!("{error:?}");
        assert!(
            !provoked.contains(&name),
            "{name} is provoked after all: {reason}?"
        );
    }
    let unreachable: Vec<GradualError> = UNREACHABLE.iter().map(|&(error, _)| error).collect();
    let missing: Vec<&GradualError> = GradualError::VARIANTS
        .iter()
        .filter(|error| !unreachable.contains(error))
        .filter(|error| !provoked.contains(&format!("{error:?}")))
        .collect();
    assert!(missing.is_empty(), "no test provokes {missing:?}");
}

#[test]
fn calls_are_read_to_their_end() {
    let text = "assert_refused(f(1, (2)), GradualError::Overflow); GradualError::WrongPot";
    assert_eq!(refusals(text), BTreeSet::from(["Overflow".to_owned()]));
}

#[test]
fn tables_are_read_where_they_are_used() {
    let text = "
        fn one() { for e in [GradualError::WrongPot] { assert_refused(f(), e); } }
        fn two() { let unused = GradualError::WrongMint; }
    ";
    assert_eq!(refusals(text), BTreeSet::from(["WrongPot".to_owned()]));
}

#[test]
fn labels_belong_to_the_function_below_them() {
    let text = "
        on_every_build! {
            one,
        }

        /// `submit.1`, `audit.10`: not `Result` and not `main.rs`.
        fn one(build: Build) {}

        /// `submit.2`
        struct Two;

        fn three() {}

        /// `submit.3`
        #[test]
        fn four() {}
    ";
    let expected = [
        ("submit.1", "one"),
        ("audit.10", "one"),
        ("submit.3", "four"),
    ];
    assert_eq!(labels(text), expected);
    let tests = tests(text);
    assert!(tests.contains("one") && tests.contains("four") && !tests.contains("three"));
}
