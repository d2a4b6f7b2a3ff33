//! The program's accounts (protocol, section 3): one a file, with its rules as methods.
//!
//! Accounts that are touched every round are fixed-size and zero-copy; texts live apart. Each
//! stores its canonical bump where the program must sign for it or close it.

mod audit_vote;
mod config;
mod distribution_list;
mod node_stake;
mod round;
mod subject;
mod submission;
mod task;
mod task_metadata;

pub use audit_vote::*;
pub use config::*;
pub use distribution_list::*;
pub use node_stake::*;
pub use round::*;
pub use subject::*;
pub use submission::*;
pub use task::*;
pub use task_metadata::*;
