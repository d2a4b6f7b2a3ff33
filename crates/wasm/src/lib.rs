//! A task's logic as a WebAssembly module (`docs/wasm-logic.md`): a WASI command that speaks the line protocol of
//! `docs/external-logic.md` on its standard input and output.
//!
//! - [`name`]: how a task names its module, and what its questions may use.
//! - [`asks`]: what a module asks for.
//! - [`module`]: a module, checked and compiled once.
//! - [`grants`]: what an operator lets its work use beyond the question.
//! - `guest`: what a run of a module sees of the world, and `run` the run itself.
//! - `wasi`: the calls of WASI preview 1 that a run has, `folder` those about folders and `files` what they read; `memory` is
//!   what calls share, `errno` their error numbers.
//! - [`digest`]: many answers in one digest, to compare machines.
//! - [`play`]: questions in, answers out.
//!
//! Each question is put to a run of its own, which knows the greeting and the question and nothing else. So an
//! answer depends on these alone: not on the machine, the time, or what was asked before.

pub mod asks;
pub mod digest;
mod errno;
mod files;
mod folder;
pub mod grants;
mod guest;
mod memory;
pub mod module;
pub mod name;
pub mod play;
mod run;
mod wasi;
