//! See it: a task's cycles, money and audits as pages, JSON and metrics, for any cluster, read only.
//!
//! - [`snapshot`]: what is read of a cluster at one slot, shared by all who look.
//! - [`history`]: what became of a task so far, from its events, in a database.
//! - [`clock`]: slots as clock time. Pure.
//! - [`view`]: from accounts and history to facts. Pure.
//! - [`chart`]: from facts to SVG. Pure.
//! - [`page`]: from facts to pages. Pure.
//! - [`screen`]: from facts to a terminal's screen. Pure.
//! - [`report`]: a played game as one file. Pure.
//! - [`desk`]: what all visitors share, and what renews it.
//! - [`index`]: the submissions of open cycles, kept for nodes that ask.
//! - [`server`]: the desk, or the index, over HTTP.

pub mod chart;
pub mod clock;
pub mod desk;
pub mod history;
pub mod index;
pub mod page;
pub mod report;
pub mod screen;
pub mod server;
pub mod snapshot;
pub mod view;
