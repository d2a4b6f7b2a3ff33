//! Governance, and tasks from birth to death: the config, handovers, pauses, successors, every kind of
//! token, and the end.

#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "a test panics where it fails; the suite's helpers are tests too"
)]

mod close_task;
mod config;
mod events;
mod handover;
mod managers;
mod migrate_stake;
mod migrate_task;
mod pause;
mod support;
mod tokens;
mod whole;
