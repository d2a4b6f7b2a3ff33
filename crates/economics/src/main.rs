//! Plays every strategy and writes what it pays to docs/economics.md. Run by `cargo xtask economics`.

use anyhow::Result;
use clap::Parser;
use gradual_consensus_economics::document;
use std::process::ExitCode;

/// What cheating pays.
#[derive(Parser)]
struct Args {
    /// Write nothing; play a part, and fail where cheating pays that did not pay in the committed table.
    #[arg(long)]
    check: bool,
}

fn main() -> ExitCode {
    let done: Result<()> = if Args::parse().check {
        document::check()
    } else {
        document::write()
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
