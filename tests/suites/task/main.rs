//! Tasks: their terms and mints, their money, who manages them, and how they end.

#![allow(
    clippy::unwrap_used,
    reason = "a test panics where it fails; the suite's helpers are tests too"
)]

mod close_task;
mod create_task;
mod events;
mod fund_task;
mod handover;
mod migrate_task;
mod mints;
mod set_active;
