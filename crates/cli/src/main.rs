//! `gradual`: the command line of Gradual Consensus.

use std::process::ExitCode;

fn main() -> ExitCode {
    gradual_consensus_cli::run()
}
