//! `gradual k2`: from Koii's K2 to here.

mod import;
mod moving;
mod state;
mod terms;

use super::{Failure, Output};
use clap::Subcommand;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Read K2's task file and print the command that creates such a task, and what has no counterpart
    ///
    /// Nothing is sent. docs/from-k2.md says what is the same and what is different.
    Import(import::Import),
    /// Read the account of a task on K2 and print its stakes, its balances, and what moving over takes
    ///
    /// Nothing is sent. All amounts are in base units.
    State(moving::Args),
}

pub(super) fn run(command: &Command, output: Output) -> Result<(), Failure> {
    match command {
        Command::Import(args) => import::run(args, output),
        Command::State(args) => moving::run(args, output),
    }
}
