//! The room of stakes: `gradual stake`, `balance`, `withdraw` and `claim`, one file a command.

pub(super) mod balance;
pub(super) mod claim;
mod close;
mod deposit;
mod list;
pub(super) mod lock;
mod migrate;
mod park;
pub(super) mod withdraw;

use super::{
    Failure,
    amount::{Amount, Form},
    key::Key,
    session::{FoundTask, Session},
    wallet::Source,
};
use clap::{Args as ClapArgs, Subcommand};
use gradual_consensus::state::NodeStake;
use gradual_consensus_client::address;
use solana_sdk::{pubkey::Pubkey, signature::Signer};

#[derive(ClapArgs)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct StakeArgs {
    #[command(subcommand)]
    command: Option<Command>,
    /// The task's address
    #[arg(required = true)]
    task: Option<Pubkey>,
    /// How much, in tokens of the task's mint
    #[arg(required = true)]
    amount: Option<Amount>,
    #[command(flatten)]
    form: Form,
    /// Where the node can be reached, at most 64 bytes
    #[arg(long)]
    endpoint: Option<String>,
    #[command(flatten)]
    source: Source,
}

#[derive(Subcommand)]
enum Command {
    /// List every stake of a node, over all tasks
    List(list::List),
    /// Park the stake of a node that was idle for the task's idle rounds; anyone may
    Park(park::Park),
    /// End the parking of the key's stake, as a deposit made now would
    Resume(Left),
    /// Move the whole stake to the task's successor, where it is a deposit made now
    Migrate(Left),
    /// Close the empty stake account in a task; its rent goes back to who paid it
    Close(Left),
}

impl StakeArgs {
    /// Whether the command needs a key.
    pub(super) const fn signs(&self) -> bool {
        match &self.command {
            Some(Command::List(args)) => args.signs(),
            _ => true,
        }
    }
}

#[derive(ClapArgs)]
struct Left {
    /// The task's address
    task: Pubkey,
}

pub(super) fn run(session: &Session, args: &StakeArgs) -> Result<(), Failure> {
    match (&args.command, args.task, args.amount) {
        (Some(Command::List(args)), ..) => list::run(session, args),
        (Some(Command::Park(args)), ..) => park::park(session, args),
        (Some(Command::Resume(args)), ..) => park::resume(session, args),
        (Some(Command::Migrate(args)), ..) => migrate::run(session, args),
        (Some(Command::Close(args)), ..) => close::run(session, args),
        (None, Some(task), Some(amount)) => deposit::run(session, args, task, amount),
        _ => Err(Failure::Usage("name a task and an amount".into())),
    }
}

/// The stake of `key` in `task`.
///
/// # Errors
/// Bad input: it has none. Or the ledger's.
fn own_stake(session: &Session, task: &FoundTask, key: &Key) -> Result<NodeStake, Failure> {
    stake_of(session, task, &key.pubkey())
}

/// The stake of `node` in `task`.
///
/// # Errors
/// Bad input: it has none. Or the ledger's.
fn stake_of(session: &Session, task: &FoundTask, node: &Pubkey) -> Result<NodeStake, Failure> {
    session
        .fetch(&address::node_stake(&task.address, node))?
        .ok_or_else(|| {
            Failure::Usage(format!(
                "{node} has no stake in task {}: check --keypair or --node, or stake first",
                task.address
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: StakeArgs,
    }

    fn parse(arguments: &[&str]) -> Option<StakeArgs> {
        let all = [&["stake"], arguments].concat();
        Cli::try_parse_from(all).ok().map(|cli| cli.args)
    }

    #[test]
    fn a_task_and_an_amount_are_staked_and_migrate_takes_a_task() {
        let task = Pubkey::new_unique();
        let text: &str = &task.to_string();
        for arguments in [
            &[text, "1.5"][..],
            &["--sol", text, "1.5"],
            &["--base-units", text, "1.5"],
        ] {
            let args = parse(arguments).unwrap();
            let amount = args.amount.map(|amount| amount.to_string());
            assert_eq!((args.task, amount.as_deref()), (Some(task), Some("1.5")));
            assert!(args.command.is_none());
        }
        let args = parse(&["migrate", text]).unwrap();
        assert!(matches!(args.command, Some(Command::Migrate(args)) if args.task == task));
        let args = parse(&["resume", text]).unwrap();
        assert!(matches!(args.command, Some(Command::Resume(args)) if args.task == task));
        for arguments in [&["park", text][..], &["park", text, "--node", text]] {
            let args = parse(arguments).unwrap();
            assert!(matches!(args.command, Some(Command::Park(_))));
        }
        for arguments in [
            &[][..],
            &[text],
            &[text, "1,5"],
            &[text, "-1"],
            &["migrate"],
            &["migrate", text, "--sol"],
            &["park"],
            &["resume", text, "--node", text],
        ] {
            assert!(parse(arguments).is_none(), "{arguments:?}");
        }
    }
}
