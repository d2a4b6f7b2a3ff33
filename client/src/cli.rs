//! The commands. Exit codes: 0 done, 1 failed, 2 bad input.

mod schedule;
#[cfg(feature = "bank")]
mod simulate;

use clap::{Parser, Subcommand, ValueEnum};
use std::process::ExitCode;

/// Gradual Consensus on Solana: act quickly, react faster, reward slowly.
#[derive(Parser)]
#[command(name = "gradual", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Play the whole game in this process: real input, the real program, honest and dishonest nodes
    #[cfg(feature = "bank")]
    Simulate(simulate::Args),
    /// Draw the windows that a task's parameters give, cycle by cycle
    Schedule(schedule::Args),
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Why a command did not do what it was asked.
enum Failure {
    /// The input was bad: exit code 2.
    Usage(String),
    /// It failed on the way: exit code 1.
    Failed(String),
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(format!("{error:#}"))
    }
}

/// Runs the command that the arguments name.
pub(crate) fn run() -> ExitCode {
    let result = match Cli::parse().command {
        #[cfg(feature = "bank")]
        Command::Simulate(args) => simulate::run(&args),
        Command::Schedule(args) => schedule::run(&args),
    };
    let (message, code) = match result {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Usage(message)) => (message, 2),
        Err(Failure::Failed(message)) => (message, 1),
    };
    eprintln!("error: {message}");
    ExitCode::from(code)
}
