//! Lists, payouts, closing, and whole cycles.

#![allow(
    clippy::unwrap_used,
    reason = "a test panics where it fails; the suite's helpers are tests too"
)]

mod claim_reward;
mod close_cycle;
mod close_stake;
mod close_subject;
mod close_vote;
mod compound;
mod cycle;
mod finalize_distribution;
mod payout;
mod specification;
mod stages;
mod submit_distribution_list;
