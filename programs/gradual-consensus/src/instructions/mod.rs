//! The instructions, one a file, in six rooms: the accounts each needs, and its handler. Their
//! Specifications stand in `lib.rs`.

#![allow(
    clippy::module_inception,
    reason = "a room is named after what it is for, and so is an instruction"
)]

pub(crate) mod audit;
pub(crate) mod config;
pub(crate) mod distribution;
pub(crate) mod stake;
pub(crate) mod task;
pub(crate) mod work;

pub use audit::*;
pub use config::*;
pub use distribution::*;
pub use stake::*;
pub use task::*;
pub use work::*;
