//! A task node of Gradual Consensus.
//!
//! - [`logic`]: [`TaskLogic`](logic::TaskLogic), what a task's author writes.
//! - [`external`]: a task's logic in a program of its own, in any language.
//! - [`check`]: whether a logic answers whatever it is asked, and always the same.
//! - [`corpus`]: an example of a task: an inverted index of a corpus of text.
//! - [`runner`]: [`NodeRunner`](runner::NodeRunner), which plays one node from what the ledger shows. Its
//!   module says how a duty is added.
//! - [`sweep`]: the instructions that anyone may send to end a task's cycles.
//! - [`status`]: a node as its operator asks about it.
//! - [`daemon`]: the runner in a loop, with a log, metrics and a health check.
//! - [`failover`]: several ledgers of one chain as one, the fittest of which is trusted.
//! - [`index`]: servers that tell what was submitted, so that the ledger need not list it.
//! - [`fleet`]: many nodes in one process, started, stopped and exchanged while it runs.
//!
//! The crate knows neither the command line nor an RPC: it plays on any
//! [`Ledger`](gradual_consensus_client::ledger::Ledger).

pub mod check;
pub mod corpus;
pub mod daemon;
#[cfg(unix)]
pub mod external;
pub mod failover;
pub mod fleet;
pub mod index;
pub mod logic;
pub mod runner;
pub mod status;
pub mod sweep;
