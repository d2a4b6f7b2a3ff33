//! Measures what a cycle of many nodes takes, and writes it to docs/scale.md. Run by `cargo xtask scale`.

use clap::Parser;
use gradual_consensus_scale::document;
use std::process::ExitCode;

/// What a cycle of many nodes takes.
#[derive(Parser)]
struct Args {
    /// Write nothing; fail where the counts of the smaller crowds are not those of the committed document.
    #[arg(long)]
    check: bool,
}

fn main() -> ExitCode {
    let done = if Args::parse().check {
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
