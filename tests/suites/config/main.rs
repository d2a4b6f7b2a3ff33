//! The config: who may change it, what it stops, and what it tells.

#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "a test panics where it fails; the suite's helpers are tests too"
)]

mod admin;
mod allowlist_task;
mod close_config;
mod events;
mod initialize_config;
mod managers;
mod set_paused;
