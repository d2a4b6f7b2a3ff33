//! Stakes: deposits, locks, moves to a successor, rewards, and the way out.

#![allow(
    clippy::unwrap_used,
    reason = "a test panics where it fails; the suite's helpers are tests too"
)]

mod accounts;
mod claim_reward;
mod close_stake;
mod compound;
mod locks;
mod migrate_stake;
mod park_stake;
mod resume_stake;
mod stake;
mod withdraw;
