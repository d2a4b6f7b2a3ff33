//! What a cycle of many nodes takes: of each node, of the chain, and of a cluster. `cargo xtask scale` writes it to
//! `docs/scale.md`.
//!
//! [`crowd`] is a task with any number of nodes on the virtual machine, whose program does all that they do; [`gauge`]
//! measures what passes between a node and the ledger; [`play`] has two nodes take part in the crowd's cycles, one that
//! judges a sample and one that judges everything, and a third that asks an index, which is [`indexed`]; [`memory`]
//! counts what they allocate. [`cost`] reckons what follows for the chain and a cluster, [`tree`] times Merkle trees,
//! and [`document`] writes all of it down.

pub mod cost;
pub mod crowd;
pub mod document;
pub mod gauge;
pub mod indexed;
pub mod memory;
pub mod play;
pub mod tree;
