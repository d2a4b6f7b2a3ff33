//! The opening of cycles, and submissions.

#![allow(
    clippy::unwrap_used,
    reason = "a test panics where it fails; the suite's helpers are tests too"
)]

mod open_cycle;
mod submit;
mod windows;
