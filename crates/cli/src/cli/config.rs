//! `gradual config`: one file a command.

mod allowlist;
mod close;
pub(super) mod handover;
mod init;
mod manager;
mod pause;
mod show;

use super::{Failure, session::Session};
use clap::Subcommand;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Create the program's config on this cluster, once; the program's upgrade authority signs. Sends
    /// nothing if there is one
    Init(init::Init),
    /// Show the admin and the managers, and whether the program is paused
    Show,
    /// Offer the config to another admin, who has to accept it; the admin signs
    Handover(handover::Offer),
    /// Accept the config that was offered to the key
    Accept,
    /// Stop new tasks, stakes, compounding and cycles; what is open goes on. The admin signs
    Pause,
    /// End a pause; the admin signs
    Resume,
    /// Add or remove a manager: two managers sign, or the only one
    #[command(subcommand)]
    Manager(manager::Manager),
    /// Vouch for a task, or withdraw that; a manager of the config signs
    Allowlist(allowlist::Allowlist),
    /// Close the config; the program's upgrade authority signs. The program is paused until there is a
    /// new one
    Close,
}

impl Command {
    /// Whether the command needs a key.
    pub(super) const fn signs(&self) -> bool {
        !matches!(self, Self::Show)
    }
}

pub(super) fn run(session: &Session, command: &Command) -> Result<(), Failure> {
    match command {
        Command::Init(args) => init::run(session, args),
        Command::Show => show::run(session),
        Command::Handover(args) => handover::offer(session, args.to()),
        Command::Accept => handover::accept(session),
        Command::Pause => pause::run(session, true),
        Command::Resume => pause::run(session, false),
        Command::Manager(command) => manager::run(session, command),
        Command::Allowlist(args) => allowlist::run(session, args),
        Command::Close => close::run(session),
    }
}
