//! `gradual`: the command line of Gradual Consensus.

#[cfg(feature = "rpc")]
mod bench;
mod cli;
#[cfg(feature = "rpc")]
mod deploy;
mod lanes;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
