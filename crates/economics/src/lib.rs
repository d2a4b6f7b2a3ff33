//! What cheating pays: every strategy that a review of the protocol named, played on the sBPF binary by an
//! attacker with a part of the stake, against nodes that keep the protocol.
//!
//! - [`game`]: one task, its honest nodes and its attacker, and the moves that both have.
//! - [`round`]: how a round passes, and what honest nodes do in it.
//! - [`strategy`], [`strategies`]: what the attacker does instead.
//! - [`table`], [`document`]: every strategy at every share of the stake, in `docs/economics.md`.

#![allow(
    clippy::missing_panics_doc,
    reason = "a game panics where the engine itself is wrong"
)]

pub mod document;
pub mod game;
pub mod round;
pub mod scene;
pub mod strategies;
pub mod strategy;
pub mod table;
