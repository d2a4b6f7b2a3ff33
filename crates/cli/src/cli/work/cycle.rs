//! `gradual cycle`: one file a command.

mod open;
mod past;
mod show;
mod stage;
mod submissions;

use crate::cli::{Failure, session::Session};
use clap::Subcommand;

#[derive(Subcommand)]
pub(in crate::cli) enum Command {
    /// Open a cycle in its work round, which sets its bounty aside; a node's key signs
    Open(open::Open),
    /// Draw a task's cycles around the present slot, with the money, progress and audits of each
    Show(show::Show),
    /// List a cycle's submissions: where each is, whose, and how far it has come
    Submissions(submissions::Submissions),
}

impl Command {
    /// Whether the command needs a key.
    pub(in crate::cli) const fn signs(&self) -> bool {
        matches!(self, Self::Open(_))
    }
}

pub(in crate::cli) fn run(session: &Session, command: &Command) -> Result<(), Failure> {
    match command {
        Command::Open(args) => open::run(session, args),
        Command::Show(args) => show::run(session, args),
        Command::Submissions(args) => submissions::run(session, args),
    }
}
