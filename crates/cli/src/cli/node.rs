//! `gradual node`: one file a command.

pub(super) mod geyser;
pub(super) mod grant;
mod health;
pub(super) mod indexes;
mod init;
mod log;
pub(super) mod logic;
#[cfg(feature = "wasm")]
pub(super) mod named;
mod notify;
pub(super) mod plan;
mod run;
mod status;

use super::{Failure, Output, session::Session, settings::Globals};
use clap::Subcommand;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Play in a task: submit work, audit, propose lists, collect payouts. Ends when the task is closed,
    /// or with SIGTERM. With --config FILE.toml it plays all nodes of that file, and reads it again with SIGHUP
    Run(Box<run::RunArgs>),
    /// Write a file of nodes, with comments, for node run --config
    Init(init::InitArgs),
    /// Show a node's stake, locks, rewards and slashes, what it handed in lately, and for how many rounds
    /// its SOL lasts
    Status(status::StatusArgs),
    /// Ask a running process for its health: exit code 1 if it is not healthy
    Health(health::HealthArgs),
}

pub(super) fn run(command: &Command, globals: &Globals, output: Output) -> Result<(), Failure> {
    match command {
        Command::Run(args) => run::run_node(args, globals, output),
        Command::Init(args) => init::run(args, globals, output),
        Command::Status(args) => status::run(&Session::open(globals, output, args.signs())?, args),
        Command::Health(args) => health::run(args, globals, output),
    }
}
