//! The client of Gradual Consensus: all that a task node, an operator or a test needs to talk to the
//! program, in layers.
//!
//! - [`address`]: where every account lives.
//! - [`instruction`]: one builder an instruction.
//! - [`account`]: what the accounts hold, typed, and how to find them.
//! - [`event`]: what the program tells in its logs.
//! - [`ledger`]: the [`Ledger`](ledger::Ledger) that instructions are sent to; with the feature `rpc` a
//!   cluster, `rpc::RpcLedger`.
//! - [`packing`]: how much fits into one transaction.
//! - [`compute`]: what instructions cost.
//! - [`books`]: the protocol's book-keeping, checked from accounts and pots.
//!
//! Seeds, sizes, errors and rules come from the program crate; nothing is written twice.

pub mod account;
pub mod address;
pub mod books;
pub mod compute;
pub mod event;
pub mod instruction;
pub mod ledger;
pub mod packing;
#[cfg(feature = "rpc")]
pub mod rpc;

pub use gradual_consensus as program;
