//! The room of distribution: `gradual list` and `payout`, one file a command.

mod entries;
pub(super) mod payout;
mod show;
mod submit;
mod verify;

use super::{Failure, session::Session};
use clap::Subcommand;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Propose a cycle's distribution list
    Submit(submit::Submit),
    /// Show a cycle's lists
    Show(show::Show),
    /// Recompute a list and compare it with the one on the ledger: exit code 1 if they differ
    Verify(verify::Verify),
}

impl Command {
    /// Whether the command needs a key.
    pub(super) const fn signs(&self) -> bool {
        matches!(self, Self::Submit(_))
    }
}

pub(super) fn run(session: &Session, command: &Command) -> Result<(), Failure> {
    match command {
        Command::Submit(args) => submit::run(session, args),
        Command::Show(args) => show::run(session, args),
        Command::Verify(args) => verify::run(session, args),
    }
}
