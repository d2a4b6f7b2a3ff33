//! What visitors see: pages and JSON of real worlds, hostile texts and visitors, changes, the past, and many nodes.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

#[path = "../support/kept.rs"]
mod kept;
#[path = "../support/play.rs"]
mod play;

mod guard;
mod index;
mod index_lists;
mod live;
mod many;
mod pages;
mod past;
mod picture;
mod screen;
mod support;
