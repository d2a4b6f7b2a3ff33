//! `gradual task`: one file a command.

mod books;
mod close;
mod concentration;
mod create;
mod fund;
mod handover;
mod list;
mod migrate;
#[cfg(feature = "wasm")]
mod module;
mod set_active;
pub(super) mod show;
mod sweep;
mod warnings;

use super::{Failure, session::Session};
use clap::{Args as ClapArgs, Subcommand};
use solana_sdk::pubkey::Pubkey;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Create a task; the key becomes its manager. Terms that protect nobody are warned about
    Create(Box<create::Create>),
    /// Add to a task's bounty
    Fund(fund::Fund),
    /// List every task of the program
    List,
    /// Show one task, and warn where few nodes, or one, decide in it
    Show(Named),
    /// Compare a file with the WebAssembly module that a task names: exit code 1 if they differ
    #[cfg(feature = "wasm")]
    Verify(module::Verify),
    /// Check that a task's accounts and pots agree: exit code 1 if they do not
    Books(Named),
    /// Let nodes stake and open cycles; the task's manager signs
    Activate(Named),
    /// Take no more stakes and open no more cycles; what is open goes on. The task's manager signs
    Deactivate(Named),
    /// Offer a task to another manager, who has to accept it; the task's manager signs
    Handover(handover::Handover),
    /// Accept a task that was offered to the key
    Accept(Named),
    /// End a task for good and move all of its available bounty to a successor. Send it again to move
    /// what cycles give back later. The manager of both tasks signs
    Migrate(migrate::Migrate),
    /// Send every instruction that anyone may send to finish a task's cycles: resolve audits, finalize
    /// lists, pay equal shares, close accounts that nodes have left open
    Sweep(Named),
    /// Close an inactive task that every node has left, and take the rest of its bounty; the task's
    /// manager signs
    Close(close::Close),
}

#[derive(ClapArgs)]
pub(super) struct Named {
    /// The task's address
    task: Pubkey,
}

impl Command {
    /// Whether the command needs a key.
    pub(super) const fn signs(&self) -> bool {
        match self {
            Self::List | Self::Show(_) | Self::Books(_) => false,
            #[cfg(feature = "wasm")]
            Self::Verify(_) => false,
            _ => true,
        }
    }
}

pub(super) fn run(session: &Session, command: &Command) -> Result<(), Failure> {
    match command {
        Command::Create(args) => create::run(session, args),
        Command::Fund(args) => fund::run(session, args),
        Command::List => list::run(session),
        Command::Show(args) => show::run(session, args.task),
        #[cfg(feature = "wasm")]
        Command::Verify(args) => module::verify(session, args),
        Command::Books(args) => books::run(session, args.task),
        Command::Activate(args) => set_active::run(session, args.task, true),
        Command::Deactivate(args) => set_active::run(session, args.task, false),
        Command::Handover(args) => handover::offer(session, args),
        Command::Accept(args) => handover::accept(session, args.task),
        Command::Migrate(args) => migrate::run(session, args),
        Command::Sweep(args) => sweep::run(session, args.task),
        Command::Close(args) => close::run(session, args),
    }
}
