//! What every harness plays on: suites, games, attacks, the model's duels, the compute report and
//! simulations. Each thing a test needs is written here once.
//!
//! - [`bank`] and [`vm`]: two ledgers in this process, `solana-program-test`'s bank and litesvm's machine;
//!   [`machine`] is what both can do. [`Mirror`] is either as it was a moment ago.
//! - [`people`], [`terms`], [`tokens`]: keys and wallets, a task's terms and creation, token accounts.
//! - [`valid`], [`tree`]: the valid instructions of one task, and distribution lists.
//! - [`world`]: one task on a ledger, whose books are checked after every transaction.
//! - [`suite`]: what the suites of the six rooms share on top of that.
//! - [`stages`]: how far a cycle has come, and what brings it there.

#![allow(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "a harness panics where a test fails"
)]

mod asserts;
#[cfg(feature = "bank")]
pub mod bank;
mod builds;
#[cfg(feature = "bank")]
mod echo;
#[cfg(any(feature = "bank", feature = "vm"))]
mod indexed;
pub mod machine;
mod mirror;
#[cfg(feature = "bank")]
#[allow(
    unsafe_code,
    reason = "the runtime calls a native program through raw pointers"
)]
mod native;
pub mod people;
mod snapshot;
pub mod stages;
#[cfg(feature = "bank")]
pub mod suite;
pub mod terms;
pub mod tokens;
pub mod tree;
pub mod valid;
#[cfg(feature = "vm")]
pub mod vm;
mod witness;
pub mod world;

pub use asserts::{
    assert_outcome, assert_refused, assert_refused_by_anchor, assert_refused_with_code, swapped,
    unsigned,
};
pub use builds::Build;
pub use machine::Machine;
pub use mirror::Mirror;
pub use people::{LAMPORTS, Party, Person, WALLET, config_manager, key};
pub use snapshot::Snapshot;
pub use terms::{NewTask, default_params};
pub use valid::Valid;
pub use world::{BOUNTY, STAKE, Sent};
#[cfg(feature = "bank")]
pub use world::{Money, WorldBuilder};
#[cfg(feature = "bank")]
pub use {builds::sbf_build, echo::Echo};

/// A world, on a bank unless it says otherwise.
#[cfg(feature = "bank")]
pub type World<M = bank::Bank> = world::World<M>;
/// A world on a machine.
#[cfg(not(feature = "bank"))]
pub type World<M> = world::World<M>;
