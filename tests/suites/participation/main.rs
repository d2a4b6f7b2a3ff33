//! Tasks, stakes, submissions and audits.

#![allow(
    clippy::unwrap_used,
    reason = "a test panics where it fails; the suite's helpers are tests too"
)]

mod audit;
mod create_task;
mod fund_task;
mod resolve_audit;
mod set_active;
mod stake;
mod submit;
mod support;
mod windows;
mod withdraw;
