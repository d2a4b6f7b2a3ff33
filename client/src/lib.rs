//! The client of Gradual Consensus: all that a task node, an operator or a test needs to talk to the
//! program, in layers.
//!
//! - [`address`]: where every account lives.
//! - [`instruction`]: one builder an instruction.
//! - [`account`]: what the accounts hold, typed, and how to find them.
//! - [`ledger`]: the [`Ledger`](ledger::Ledger) that instructions are sent to: a cluster (feature
//!   `rpc`, `rpc::RpcLedger`), or (feature `bank`) an in-process `bank::Bank`.
//! - [`logic`]: [`TaskLogic`](logic::TaskLogic), what a task's author writes.
//! - [`runner`]: [`NodeRunner`](runner::NodeRunner), which plays one node through every phase from
//!   what it sees on the ledger.
//! - [`node`]: that runner in a loop, as a process that tells how it is.
//! - [`packing`]: how much fits into one transaction.
//! - `bench` (feature `rpc`): how many submissions a second a cluster takes.
//! - [`sweep`]: what anyone may do to bring a task's cycles to their end.
//! - [`lanes`]: overlapping cycles, drawn.
//! - [`books`]: the protocol's book-keeping, checked from accounts and pots.
//! - [`event`]: what the program tells in its logs.
//! - [`compute`]: what instructions cost.
//! - `deploy` (feature `rpc`): putting the program on a cluster.
//! - [`external`]: a task's logic in a program of its own, in any language.
//! - [`corpus`]: a worked task: an inverted index of a corpus of text.
//!
//! Seeds, sizes, errors and rules come from the program crate; nothing is written twice.

pub mod account;
pub mod address;
#[cfg(feature = "bank")]
pub mod bank;
#[cfg(feature = "rpc")]
pub mod bench;
pub mod books;
pub mod compute;
pub mod corpus;
#[cfg(feature = "rpc")]
pub mod deploy;
pub mod event;
#[cfg(unix)]
pub mod external;
pub mod instruction;
pub mod lanes;
pub mod ledger;
pub mod logic;
pub mod node;
pub mod packing;
#[cfg(feature = "rpc")]
pub mod rpc;
pub mod runner;
#[cfg(feature = "bank")]
pub mod simulate;
pub mod sweep;

pub use gradual_consensus as program;
