//! The room of distribution: `gradual list` and `payout`, one file a command.

pub(super) mod entries;
pub(super) mod payout;
mod show;
mod submit;
mod verify;

use super::{
    Failure,
    session::{FoundTask, Session},
};
use clap::Subcommand;
use gradual_consensus_client::address;
use gradual_consensus_node::runner::CycleView;

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

/// The cycle `number` of `task`; one that was just opened is waited for.
///
/// # Errors
/// Bad input: it has no account. Or the ledger's.
fn cycle_of(session: &Session, task: &FoundTask, number: u64) -> Result<CycleView, Failure> {
    session.find(&address::cycle(&task.address, number))?;
    entries::cycle_of(session, task, number)
}

pub(super) fn run(session: &Session, command: &Command) -> Result<(), Failure> {
    match command {
        Command::Submit(args) => submit::run(session, args),
        Command::Show(args) => show::run(session, args),
        Command::Verify(args) => verify::run(session, args),
    }
}
