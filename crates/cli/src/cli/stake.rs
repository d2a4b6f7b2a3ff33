//! `gradual stake`, `stake migrate`, `stake close`, `withdraw` and `claim`.

use super::{
    Failure, amount,
    session::{FoundTask, Session},
    wallet::{Destination, Source},
};
use clap::{Args as ClapArgs, Subcommand};
use gradual_consensus::state::NodeStake;
use gradual_consensus_client::{
    account, address,
    instruction::{self, TaskTokens},
    ledger::Ledger,
};
use serde_json::json;
use solana_sdk::{
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};

#[derive(ClapArgs)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct StakeArgs {
    #[command(subcommand)]
    command: Option<Command>,
    /// The task's address
    #[arg(required = true)]
    task: Option<Pubkey>,
    /// How much, in base units of the task's mint (with --sol: in SOL)
    #[arg(required = true)]
    amount: Option<String>,
    /// Where the node can be reached, at most 64 bytes
    #[arg(long)]
    endpoint: Option<String>,
    #[command(flatten)]
    source: Source,
}

#[derive(Subcommand)]
enum Command {
    /// Move the whole stake to the task's successor, with the age it has
    Migrate(Left),
    /// Close the empty stake account in a task; its rent goes back to who paid it
    Close(Left),
}

#[derive(ClapArgs)]
struct Left {
    /// The task that the node leaves
    task: Pubkey,
}

#[derive(ClapArgs)]
pub(super) struct Withdraw {
    /// The task's address
    task: Pubkey,
    /// How much, in base units of the task's mint (with --sol: in SOL), or ALL
    amount: String,
    #[command(flatten)]
    destination: Destination,
}

#[derive(ClapArgs)]
pub(super) struct Claim {
    /// The task's address
    task: Pubkey,
    #[command(flatten)]
    destination: Destination,
}

pub(super) fn run(session: &Session, args: &StakeArgs) -> Result<(), Failure> {
    match (&args.command, args.task, &args.amount) {
        (Some(Command::Migrate(args)), ..) => migrate(session, args),
        (Some(Command::Close(args)), ..) => close(session, args),
        (None, Some(task), Some(amount)) => stake(session, args, task, amount),
        _ => Err(Failure::Usage("name a task and an amount".into())),
    }
}

fn migrate(session: &Session, args: &Left) -> Result<(), Failure> {
    let (key, task) = (session.key()?, session.task(args.task)?);
    let successor = task.data.migrated_to;
    if !task.data.has_migrated() {
        return Err(Failure::Usage(format!(
            "task {} has no successor: its manager migrates it first",
            task.address
        )));
    }
    let amount = own_stake(session, &task, key)?.stake.total();
    let (node, tokens) = (key.pubkey(), TaskTokens::of(task.address, &task.data));
    let migrate = instruction::migrate_stake(tokens, successor, node, node);
    let done = format!(
        "moved {} from task {} to its successor {successor}",
        amount::show(amount, &task.data),
        task.address
    );
    let facts = json!({
        "task": task.address.to_string(), "successor": successor.to_string(),
        "node": node.to_string(), "amount": amount,
        "stake": address::node_stake(&successor, &node).to_string(),
    });
    session.send(&[migrate], key, &done, facts)
}

fn close(session: &Session, args: &Left) -> Result<(), Failure> {
    let (key, task) = (session.key()?, session.task(args.task)?);
    let (node, payer) = (key.pubkey(), own_stake(session, &task, key)?.payer);
    let close = instruction::close_stake(task.address, node, payer, node);
    let done = format!("left task {}; the rent went back to {payer}", task.address);
    let facts = json!({
        "task": task.address.to_string(), "node": node.to_string(),
        "rent_to": payer.to_string(),
    });
    session.send(&[close], key, &done, facts)
}

fn stake(session: &Session, args: &StakeArgs, task: Pubkey, amount: &str) -> Result<(), Failure> {
    let amount = amount::parse(amount, args.source.sol)?;
    let (key, task) = (session.key()?, session.task(task)?);
    let (node, tokens) = (key.pubkey(), TaskTokens::of(task.address, &task.data));
    let purse = args.source.purse(session, &node, &tokens, amount)?;
    let endpoint = args.endpoint.clone();
    let stake = instruction::stake(tokens, node, node, purse.account, amount, endpoint);
    let done = format!(
        "staked {} in task {}: active two rounds ahead",
        amount::show(amount, &task.data),
        task.address
    );
    let facts = json!({
        "task": task.address.to_string(), "node": node.to_string(), "amount": amount,
        "stake": address::node_stake(&task.address, &node).to_string(),
    });
    session.send(&purse.around(stake), key, &done, facts)
}

pub(super) fn withdraw(session: &Session, args: &Withdraw) -> Result<(), Failure> {
    let amount = match args.amount.as_str() {
        "ALL" => None,
        text => Some(amount::parse(text, args.destination.sol)?),
    };
    let (key, task) = (session.key()?, session.task(args.task)?);
    let stake = own_stake(session, &task, key)?;
    let (node, tokens) = (key.pubkey(), TaskTokens::of(task.address, &task.data));
    let amount = amount.unwrap_or_else(|| stake.stake.total());
    let purse = args.destination.purse(session, &node, &tokens)?;
    let withdraw = instruction::withdraw(tokens, node, purse.account, amount);
    let done = format!(
        "withdrew {} from task {}",
        amount::show(amount, &task.data),
        task.address
    );
    let facts = json!({
        "task": task.address.to_string(), "node": node.to_string(), "amount": amount,
    });
    session.send(&purse.around(withdraw), key, &done, facts)
}

pub(super) fn claim(session: &Session, args: &Claim) -> Result<(), Failure> {
    let (key, task) = (session.key()?, session.task(args.task)?);
    let amount = own_stake(session, &task, key)?.available_balance;
    let (node, tokens) = (key.pubkey(), TaskTokens::of(task.address, &task.data));
    let purse = args.destination.purse(session, &node, &tokens)?;
    let claim = instruction::claim_reward(tokens, node, purse.account);
    let done = format!(
        "claimed {} from task {}",
        amount::show(amount, &task.data),
        task.address
    );
    let facts = json!({
        "task": task.address.to_string(), "node": node.to_string(), "amount": amount,
    });
    session.send(&purse.around(claim), key, &done, facts)
}

fn own_stake(session: &Session, task: &FoundTask, key: &Keypair) -> Result<NodeStake, Failure> {
    let node = key.pubkey();
    account::fetch(&session.ledger, &address::node_stake(&task.address, &node))?.ok_or_else(|| {
        Failure::Usage(format!(
            "key {node} has no stake in task {}: check --keypair, or stake first",
            task.address
        ))
    })
}

#[derive(ClapArgs)]
pub(super) struct Show {
    /// The task's address
    task: Pubkey,
    /// The node [default: the key]
    #[arg(long, value_name = "ADDRESS")]
    node: Option<Pubkey>,
}

pub(super) fn show(session: &Session, args: &Show) -> Result<(), Failure> {
    let task = session.task(args.task)?;
    let node = match args.node {
        Some(node) => node,
        None => session.key()?.pubkey(),
    };
    let address = address::node_stake(&task.address, &node);
    let stake: NodeStake = account::fetch(&session.ledger, &address)?
        .ok_or_else(|| Failure::Usage(format!("{node} has no stake in task {}", task.address)))?;
    let slot = session.ledger.slot()?;
    let mut timeline = stake.stake;
    timeline.roll_to(task.data.current_round(slot));
    let (active, total) = (timeline.active(), timeline.total());
    let money = |units| amount::show(units, &task.data);
    let locked = if stake.open_audits > 0 {
        "held by an open audit".to_owned()
    } else if slot < stake.locked_until_slot {
        format!("locked until slot {}, now {slot}", stake.locked_until_slot)
    } else {
        "not locked".to_owned()
    };
    let text = format!(
        "node {node} in task {}\n  stake      {}, active {}, {locked}\n  rewards    {} to claim, {} earned\n  slashed    {}",
        task.address,
        money(total),
        money(active),
        money(stake.available_balance),
        money(stake.earned),
        money(stake.slashed),
    );
    let facts = json!({
        "task": task.address.to_string(), "node": node.to_string(), "slot": slot,
        "stake": total, "active": active, "locked_until_slot": stake.locked_until_slot,
        "open_audits": stake.open_audits, "available_balance": stake.available_balance,
        "earned": stake.earned, "slashed": stake.slashed, "endpoint": stake.endpoint(),
    });
    session.print(&text, &facts)
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
        for arguments in [&[text, "10"][..], &["--sol", text, "10"]] {
            let args = parse(arguments).unwrap();
            assert_eq!(
                (args.task, args.amount.as_deref()),
                (Some(task), Some("10"))
            );
            assert!(args.command.is_none());
        }
        let args = parse(&["migrate", text]).unwrap();
        assert!(matches!(args.command, Some(Command::Migrate(args)) if args.task == task));
        for arguments in [&[][..], &[text], &["migrate"], &["migrate", text, "--sol"]] {
            assert!(parse(arguments).is_none(), "{arguments:?}");
        }
    }
}
