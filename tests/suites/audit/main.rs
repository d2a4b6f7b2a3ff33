//! Audits of submissions and lists: votes, verdicts, and the shares of the voters.

#![allow(
    clippy::unwrap_used,
    reason = "a test panics where it fails; the suite's helpers are tests too"
)]

mod audit;
mod close_vote;
mod resolve_audit;
mod windows;
