//! A task node of Gradual Consensus.
//!
//! - [`logic`]: [`TaskLogic`](logic::TaskLogic), what a task's author writes.
//! - [`external`]: a task's logic in a program of its own, in any language.
//! - [`corpus`]: a worked task: an inverted index of a corpus of text.
//! - [`runner`]: [`NodeRunner`](runner::NodeRunner), which plays one node through every phase from
//!   what it sees on the ledger.
//! - [`sweep`]: what anyone may do to bring a task's cycles to their end.
//! - [`daemon`]: that runner in a loop, as a process that tells how it is.

pub mod corpus;
pub mod daemon;
#[cfg(unix)]
pub mod external;
pub mod logic;
pub mod runner;
pub mod sweep;
