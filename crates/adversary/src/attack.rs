//! Attacks: each begins with a valid instruction, changes one thing, and says exactly what must come
//! of it. `docs/security.md` counts them by class and instruction.
//!
//! A new instruction gets its rows by one function in the room of [`fixtures`] that the instruction
//! stands in: the world in which it is valid, how it is built, and what comes of it a second time. Its
//! accounts, signers, derived addresses and arguments are read from the IDL ([`idl`]); what an account
//! answers to another task's or another signer is known by the account's name ([`fixture`]), and said
//! in the fixture only where this instruction answers otherwise. What only makes sense for some
//! instructions is a function of its own in [`special`], and one line in a table there.
//!
//! `cargo xtask attacks` counts the new rows; a class without an attack needs a reason in [`table`].

pub mod caller;
pub mod case;
pub mod classes;
pub mod fixture;
pub mod fixtures;
pub mod generic;
pub mod idl;
pub mod scene;
pub mod special;
pub mod table;

pub use crate::subject::subject_of;
pub use case::Attack;

/// Every attack there is.
pub fn all() -> Vec<Attack> {
    let mut all = generic::attacks();
    all.extend(special::attacks());
    all.sort_by_key(Attack::full_name);
    all
}
