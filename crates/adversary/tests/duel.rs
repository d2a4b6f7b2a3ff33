//! The program against the model: a bounded number of random scripts, and every script that ever
//! found something.

use gradual_consensus_adversary::{
    duel::{self, Duel, Tally},
    script::{Script, Terms},
    vm::root,
};
use gradual_consensus_client::compute::INSTRUCTIONS;
use std::fs;

/// Random worlds that are played here; `cargo xtask fuzz` plays as many as there is time for.
const WORLDS: u64 = 24;

#[test]
fn random_scripts_do_the_same_on_both_sides() {
    let mut tally = Tally::new();
    for seed in 0..WORLDS {
        let (script, duel, found) = duel::random(seed, duel::STEPS);
        for (what, times) in duel.tally {
            *tally.entry(what).or_default() += times;
        }
        if let Some(found) = found {
            let short = duel::shrink(&script, Duel::play);
            panic!("seed {seed}: {}\n{short}", found.what);
        }
    }
    let succeeded = |name: &str| tally.contains_key(&(name, "done".to_owned()));
    let never: Vec<_> = INSTRUCTIONS
        .iter()
        .filter(|name| !succeeded(name))
        .collect();
    assert!(never.is_empty(), "no script got as far as {never:?}");
    let refusals = tally
        .keys()
        .filter(|(name, outcome)| !name.starts_with('(') && outcome != "done")
        .count();
    assert!(refusals > 60, "only {refusals} ways to be refused");
}

#[test]
fn scripts_that_found_something_find_nothing_any_more() {
    let mut played = 0;
    let folder = root().join("crates/adversary/regressions");
    for entry in fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        if file
            .extension()
            .is_none_or(|extension| extension != "script")
        {
            continue;
        }
        played += 1;
        let script: Script = fs::read_to_string(&file).unwrap().parse().unwrap();
        let found = Duel::play(&script);
        assert!(found.is_none(), "{}: {found:?}", file.display());
    }
    assert!(played > 0, "no script was played");
}

#[test]
fn scripts_are_read_as_they_are_written() {
    let (script, ..) = duel::random(7, 200);
    assert_eq!(script.to_string().parse::<Script>().unwrap(), script);
}

/// What a difference in one rule comes to: the search for divergences does find them, and short ones.
fn found_out(change: impl Fn(&mut Terms) -> bool) {
    let play = |script: &Script| {
        let mut duel = Duel::new(script.terms);
        change(&mut duel.model.task_mut(0).terms);
        duel.play_on(&script.steps)
    };
    let found = (0..40).find_map(|seed| {
        let (script, ..) = duel::random(seed, duel::STEPS);
        let mut terms = script.terms;
        let applies = change(&mut terms);
        (applies && play(&script).is_some()).then_some(script)
    });
    let short = duel::shrink(&found.expect("a divergence"), play);
    assert!(short.steps.len() < 30, "{short}");
}

#[test]
fn a_slash_that_differs_is_found() {
    found_out(|terms| {
        let differs = terms.slash_bps > 1_000;
        terms.slash_bps = terms.slash_bps.saturating_sub(1_000);
        differs
    });
}

#[test]
fn a_window_that_differs_by_a_slot_is_found() {
    found_out(|terms| {
        terms.submission_window += 1;
        true
    });
}

#[test]
fn a_minimum_that_differs_by_a_unit_is_found() {
    found_out(|terms| {
        terms.minimum_stake += 1;
        true
    });
}
