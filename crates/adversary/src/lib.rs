//! Every way to cheat, tried (`docs/security.md`).
//!
//! - [`vm`]: the sBPF program on litesvm, behind the client's `Ledger`.
//! - [`arena`]: people, and tasks on that machine.
//! - [`attack`]: valid instructions with one thing changed, by class and instruction.
//! - [`script`]: what a duel plays: its terms, and its steps.
//! - [`model`]: the protocol in maps and integers, written from `docs/protocol.md`.
//! - [`duel`]: the program and the model through the same random scripts.
//! - [`vectors`]: the same valid instructions, written down for clients in other languages.

#![allow(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "a harness panics where a test fails"
)]

pub mod arena;
pub mod attack;
pub mod duel;
pub mod model;
pub mod script;
mod subject;
pub mod vectors;
pub mod vm;
