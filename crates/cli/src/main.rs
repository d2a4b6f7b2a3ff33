//! `gradual`: the command line of Gradual Consensus.

use mimalloc::MiMalloc;
use std::process::ExitCode;

/// A node allocates and frees an account for each node of a cycle that it looks at. With glibc's allocator a cycle of
/// 100,000 nodes took more CPU time for each of them than a cycle of 10,000.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    gradual_consensus_cli::run()
}
