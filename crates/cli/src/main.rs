//! `gradual`: the command line of Gradual Consensus.

use mimalloc::MiMalloc;
use std::process::ExitCode;

/// A node that looks at a cycle of many nodes allocates and frees an account for each: with the system's allocator that takes
/// twice the time, and more for each the more they are.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    gradual_consensus_cli::run()
}
