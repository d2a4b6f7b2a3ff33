//! Games over many rounds in which somebody tries to win. Each says what can be gained at most, and
//! the numbers are checked. `docs/security.md` sums them up.
//!
//! The default terms: a minimum of 100, a bounty of 10,000 a cycle, voting by stake, a quorum of 33 %,
//! a slash of 70 %, 20 % for a false challenge, and of each slash 30 % to the winner, 30 % to the
//! voters in the right, 40 % to the bounty.

#![allow(
    clippy::unwrap_used,
    reason = "a test panics where it fails; the helpers are tests too"
)]

mod collusion;
mod game;
mod governance;
mod griefing;
mod minorities;
mod timing;
