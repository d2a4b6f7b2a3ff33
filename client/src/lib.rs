#![doc = include_str!("../README.md")]

pub mod account;
pub mod address;
pub mod amount;
pub mod books;
pub mod compute;
pub mod event;
pub mod instruction;
pub mod ledger;
pub mod pace;
pub mod packing;
#[cfg(feature = "rpc")]
pub mod rpc;
pub mod stage;
pub mod text;

pub use gradual_consensus as program;
