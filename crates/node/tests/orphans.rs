//! A node that is the first process of a container keeps no zombies. Here it is the one that processes of this
//! test are left to, which comes to the same.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

use gradual_consensus_node::{
    external::External,
    logic::{Proof, TaskLogic},
};
use rustix::process::{getpid, set_child_subreaper};
use solana_sdk::pubkey::Pubkey;
use std::{
    fs, thread,
    time::{Duration, Instant},
};

const PATIENT: Duration = Duration::from_secs(60);

/// The numbers of this process's children, and whether each is a zombie.
fn children() -> Vec<(String, bool)> {
    let me = getpid().as_raw_pid().to_string();
    let all = fs::read_dir("/proc").unwrap().flatten();
    let children = all.filter_map(|process| {
        let stat = fs::read_to_string(process.path().join("stat")).ok()?;
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
        let (state, parent) = (fields.next()?, fields.next()?);
        let pid = process.file_name().into_string().ok()?;
        (parent == me).then(|| (pid, state == "Z"))
    });
    children.collect()
}

#[test]
fn what_a_program_leaves_behind_is_taken_notice_of() {
    set_child_subreaper(Some(getpid())).unwrap();
    // Each answer leaves a process behind whose parent has ended.
    let command = "while read -r q; do (sleep 0.05 &); echo '{\"valid\":true}'; done";
    let node = Pubkey::new_from_array([1; 32]);
    let mut logic = External::new(command.into(), node, PATIENT);
    let proof = Proof {
        cycle: 1,
        node,
        value: vec![1],
        slot: 1,
        tally: None,
    };
    for _ in 0..25 {
        assert!(logic.audit(&proof).unwrap());
    }
    let begun = Instant::now();
    // The guard and the program stay.
    while children().len() > 2 {
        assert!(begun.elapsed() < PATIENT, "{:?}", children());
        thread::sleep(Duration::from_millis(20));
    }
    assert!(children().iter().all(|(_, is_zombie)| !is_zombie));
    assert!(logic.audit(&proof).unwrap());
    drop(logic);
    while !children().is_empty() {
        assert!(begun.elapsed() < PATIENT, "{:?}", children());
        thread::sleep(Duration::from_millis(20));
    }
}
