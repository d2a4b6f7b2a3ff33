//! The pure rules of the game: integers and bytes in, integers and bytes out.
//!
//! Nothing here reads an account, a clock or a sysvar, so the program, the client, the simulator
//! and the tests all decide by the very same code.

pub mod merkle;
pub mod mint;
pub mod money;
pub mod schedule;
pub mod selection;
pub mod verdict;
pub mod warming;
