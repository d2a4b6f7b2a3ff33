//! Lists, payouts, and the closing of what a cycle leaves.

#![allow(
    clippy::unwrap_used,
    reason = "a test panics where it fails; the suite's helpers are tests too"
)]

mod close_cycle;
mod close_subject;
mod finalize_distribution;
mod payout;
mod payout_equal;
mod submit_distribution_list;
