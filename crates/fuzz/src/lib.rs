//! Whatever the project reads from outside, given arbitrary bytes: what accounts, an RPC, an external program and
//! files may hold.
//!
//! A target is a function of bytes, one file each in `target/`. It panics where what the project made of the
//! bytes is not what it promises: nothing crashes, and each target checks more than that. `cargo xtask
//! fuzz-input` looks for such bytes with libFuzzer; `tests/corpus.rs` tries those of the committed corpus.

mod check;
mod ledger;
mod target;

pub use target::{TARGETS, Target};
