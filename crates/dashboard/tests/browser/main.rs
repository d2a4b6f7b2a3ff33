//! The dashboard in a real Chromium, over a world that is played meanwhile. `cargo xtask test` runs it where Chromium is
//! installed; so does `cargo test --test browser`.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

#[path = "../support/chrome.rs"]
mod chrome;
#[path = "../support/kept.rs"]
mod kept;
#[path = "../support/play.rs"]
mod play;

mod hostile;
mod keyboard;
mod live;
mod pages;
mod stage;
