//! The game as nodes play it: runners that are interrupted anywhere, whole simulations, and the two
//! builds of the program side by side.

#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "a test panics where it fails"
)]

mod differential;
mod node;
mod runner;
mod simulation;
