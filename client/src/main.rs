//! `gradual`: the command line of Gradual Consensus.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
