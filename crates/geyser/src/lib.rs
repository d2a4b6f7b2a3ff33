//! A task's accounts over Yellowstone gRPC (a *geyser*), so that a node need not ask its RPC for them.
//!
//! [`Mirrored`] is a ledger on top of another one, as a rule an RPC. It keeps a mirror of the accounts of one task:
//! filled once from that ledger, and renewed by a stream of what the cluster's blocks changed. What the mirror holds is
//! read there, as of the newest block that the stream has brought whole. Everything else goes to the other ledger, and
//! so does every read while the stream is not there, is late, or has left something out: as if there were no geyser.
//!
//! - `endpoint` is a server and the token that it asks for; `request` what is asked of it; `update` what it sends.
//! - `mirror` is what is known of the task's accounts: it neither waits nor asks, and has no clock.
//! - `stream` connects, and connects again. `ledger` answers. `guard` compares, before stake is at risk.
//!
//! What the server tells is not proven. But what is signed only because of it, and could cost stake, is compared with
//! the ledger below first. What it sends beside what was asked for is left out, and what the mirror holds has a limit.

mod endpoint;
mod guard;
mod ledger;
mod mirror;
mod request;
mod stream;
mod update;

pub use endpoint::{Endpoint, Refused};
pub use ledger::{APART, Counts, Mirrored, Options};
pub use stream::first_block;
