//! `gradual node`: one file a command.

mod run;
mod status;

use super::{Failure, Output, session::Session, settings::Globals};
use clap::Subcommand;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Play in a task: submit work, audit, propose lists, collect payouts. Ends when the task is closed,
    /// or with SIGTERM
    Run(run::RunArgs),
    /// Show a node's stake, locks, rewards and slashes, what it handed in lately, and for how many rounds
    /// its SOL lasts
    Status(status::StatusArgs),
}

pub(super) fn run(command: &Command, globals: &Globals, output: Output) -> Result<(), Failure> {
    match command {
        Command::Run(args) => run::run_node(args, globals, output),
        Command::Status(args) => status::run(&Session::open(globals, output, args.signs())?, args),
    }
}
