//! The pure rules of the game: integers and bytes in, integers and bytes out.
//!
//! Nothing here reads an account, a clock or a sysvar, so the program, the client, the simulator
//! and the tests all decide by the same code. Anchor is not needed: only the feature `idl-build` has it
//! describe the types that accounts and arguments hold.

pub mod merkle;
pub mod mint;
pub mod money;
pub mod schedule;
pub mod selection;
pub mod verdict;
pub mod warming;
