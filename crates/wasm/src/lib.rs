//! A task's logic as a WebAssembly module (`docs/wasm-logic.md`): a WASI command that speaks the line protocol of
//! `docs/external-logic.md` on its standard input and output.
//!
//! - [`module`]: a module, compiled once, and what it may use.
//! - `guest`: one run of a module, and what it sees of the world.
//! - `wasi`: the calls of WASI preview 1 that a run has.
//! - [`play`]: questions in, answers out.
//!
//! Each question is put to a run of its own, which knows the greeting and the question and nothing else. So an
//! answer depends on these alone: not on the machine, the time, or what was asked before.

mod guest;
pub mod module;
pub mod play;
mod wasi;
