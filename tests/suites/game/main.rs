//! Whole games: cycles from the first deposit to the last lamport, tasks from birth to death, runners that
//! are interrupted anywhere, simulations, and the two builds of the program side by side.

#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "a test panics where it fails; the suite's helpers are tests too"
)]

mod cycles;
mod differential;
mod duties;
mod external;
mod failover;
mod fleet;
mod index;
mod index_lists;
mod life;
mod moment;
mod node;
mod overlap;
mod pause;
mod reads;
mod runner;
mod simulation;
mod status;
mod trouble;
mod version_2;
