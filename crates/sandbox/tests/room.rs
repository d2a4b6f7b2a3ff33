//! How much room a program's files take, as whoever started it sees that. Programs that take too much are in
//! `crates/cli/tests/sandbox.rs`.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

use gradual_consensus_sandbox::{MOST_WRITTEN, Sandbox};
use std::{
    fs::{self, File},
    os::unix::fs::symlink,
};

#[test]
fn what_is_on_the_disk_counts_and_not_what_lengths_say() {
    let state = tempfile::tempdir().unwrap();
    let sparse = File::create(state.path().join("sparse")).unwrap();
    sparse.set_len(MOST_WRITTEN * 4).unwrap();
    fs::create_dir(state.path().join("folder")).unwrap();
    symlink("/", state.path().join("link")).unwrap();
    Sandbox::require_room(state.path()).unwrap();
    let none = Sandbox::require_room(&state.path().join("none")).unwrap_err();
    assert!(none.to_string().contains("cannot be asked"), "{none}");
}
