//! Submissions, and the cycles that the first of them opens.

#![allow(
    clippy::unwrap_used,
    reason = "a test panics where it fails; the suite's helpers are tests too"
)]

mod submit;
mod windows;
