//! Lists, payouts, closing, and whole cycles.

mod claim_reward;
mod close_round;
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
