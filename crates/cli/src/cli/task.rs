//! `gradual task`.

use super::{
    Failure, amount, books,
    config::{Handover, offer},
    session::{FoundTask, Session},
    wallet::{Destination, Source},
};
use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use gradual_consensus::{
    DEFAULT_CHALLENGER_BPS, DEFAULT_FALSE_CHALLENGE_BPS, DEFAULT_QUORUM_BPS, DEFAULT_SLASH_BPS,
    DEFAULT_VOTER_BPS, GradualError, TaskParams, TaskTexts, VotingRule,
    rules::mint,
    state::{Task, TaskMetadata},
};
use gradual_consensus_client::{
    account::{self, Stored},
    address,
    instruction::{self, TaskTokens},
    ledger::{Filter, Ledger, LedgerError},
    packing::packed,
};
use gradual_consensus_node::sweep;
use serde_json::{Value, json};
use solana_sdk::{pubkey::Pubkey, signature::Signer};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Create a task; the key becomes its manager
    Create(Box<Create>),
    /// List every task of the program
    List,
    /// Show one task
    Show(Named),
    /// Check a task's book-keeping: exit code 1 where it does not balance
    Books(Named),
    /// Add to a task's bounty
    Fund(Fund),
    /// Let nodes stake and submit; only for the task's manager
    Activate(Named),
    /// Let nodes stake and submit no more; only for the task's manager
    Deactivate(Named),
    /// Offer a task to another manager, who accepts it; only for the task's manager
    Handover(HandoverTask),
    /// Become a task's manager, where its manager has offered it
    Accept(Named),
    /// End a task for good and move its free bounty to its successor; again: what became free since.
    /// Only for the manager of both
    Migrate(Migrate),
    /// Vouch for a task, as a manager of the config
    Allowlist(Allowlist),
    /// Do what anyone may do to bring a task's cycles to their end: resolve, finalize, close what nodes
    /// have left open
    Sweep(Named),
    /// Close an inactive task that every node has left, and take what is left in it; only for the
    /// task's manager
    Close(Close),
}

#[derive(ClapArgs)]
pub(super) struct HandoverTask {
    /// The task's address
    task: Pubkey,
    #[command(flatten)]
    offer: Handover,
}

#[derive(ClapArgs)]
pub(super) struct Migrate {
    /// The task's address
    task: Pubkey,
    /// Its successor: another task of the same mint, created by this one's creator or manager
    #[arg(long, value_name = "TASK")]
    to: Pubkey,
}

#[derive(ClapArgs)]
pub(super) struct Allowlist {
    /// The task's address
    task: Pubkey,
    /// Vouch for it no more
    #[arg(long)]
    remove: bool,
}

#[derive(ClapArgs)]
pub(super) struct Close {
    /// The task's address
    task: Pubkey,
    #[command(flatten)]
    destination: Destination,
}

impl Command {
    /// Whether the command cannot do without a key.
    pub(super) const fn signs(&self) -> bool {
        !matches!(self, Self::List | Self::Show(_) | Self::Books(_))
    }
}

#[derive(ClapArgs)]
pub(super) struct Named {
    /// The task's address
    task: Pubkey,
}

#[derive(ClapArgs)]
pub(super) struct Fund {
    /// The task's address
    task: Pubkey,
    /// How much, in base units of the task's mint (with --sol: in SOL)
    amount: String,
    #[command(flatten)]
    source: Source,
}

#[derive(ClapArgs)]
pub(super) struct Create {
    /// Mint that stakes and bounties are counted in [with --sol: wrapped SOL]
    #[arg(long, required_unless_present = "sol", conflicts_with = "sol")]
    mint: Option<Pubkey>,
    /// The task is in SOL, and so are the amounts given here
    #[arg(long)]
    sol: bool,
    /// Most that one cycle pays, in base units (with --sol: in SOL)
    #[arg(long, value_name = "AMOUNT")]
    bounty_per_round: String,
    /// Least active stake of a node, in base units (with --sol: in SOL)
    #[arg(long, value_name = "AMOUNT")]
    minimum_stake: String,
    /// The creator's own number for the task [default: the first free one]
    #[arg(long)]
    task_id: Option<u64>,
    /// First slot of round 0 [default: the slot at which it is created]
    #[arg(long, value_name = "SLOT")]
    starting_slot: Option<u64>,
    /// Length of a round, in slots
    #[arg(long, value_name = "SLOTS", default_value_t = 1_500)]
    round_time: u64,
    /// Slots after a round's first in which subjects are handed in
    #[arg(long, value_name = "SLOTS", default_value_t = 350)]
    submission_window: u64,
    /// Slots after that in which they are audited
    #[arg(long, value_name = "SLOTS", default_value_t = 350)]
    audit_window: u64,
    /// Rounds after a list's acceptance in which its payouts can be made for sure
    #[arg(long, value_name = "ROUNDS", default_value_t = 8)]
    claim_window: u64,
    /// Attempts at a list that may fail before the cycle fails
    #[arg(long, value_name = "ATTEMPTS", default_value_t = 3)]
    allowed_failed: u8,
    /// How votes are weighed
    #[arg(long, value_enum, default_value_t = Voting::Stake)]
    voting: Voting,
    /// Share of the electorate that must vote for a verdict, in basis points
    #[arg(long, default_value_t = DEFAULT_QUORUM_BPS)]
    quorum_bps: u16,
    /// Share of its stake that the author of an invalid subject loses, in basis points
    #[arg(long, default_value_t = DEFAULT_SLASH_BPS)]
    slash_bps: u16,
    /// Share of its stake that a false challenger loses, in basis points
    #[arg(long, default_value_t = DEFAULT_FALSE_CHALLENGE_BPS)]
    false_challenge_bps: u16,
    /// Share of a slash that goes to the party in the right, in basis points
    #[arg(long, default_value_t = DEFAULT_CHALLENGER_BPS)]
    challenger_bps: u16,
    /// Share of a slash that goes to the voters in the right, in basis points
    #[arg(long, default_value_t = DEFAULT_VOTER_BPS)]
    voter_bps: u16,
    /// Name, at most 24 bytes
    #[arg(long, default_value = "")]
    name: String,
    /// Description, at most 64 bytes
    #[arg(long, default_value = "")]
    description: String,
    /// Where nodes find the task's program, at most 64 bytes
    #[arg(long, default_value = "")]
    audit_program: String,
    /// Where more can be found, at most 64 bytes
    #[arg(long, default_value = "")]
    metadata: String,
    /// What executes the task, at most 64 bytes
    #[arg(long, default_value = "")]
    network: String,
    /// Settings for the task's program, at most 64 bytes
    #[arg(long, default_value = "")]
    vars: String,
}

/// How votes are weighed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Voting {
    /// One vote a node
    Node,
    /// By active stake
    Stake,
}

pub(super) fn run(session: &Session, command: &Command) -> Result<(), Failure> {
    match command {
        Command::Create(args) => create(session, args),
        Command::List => list(session),
        Command::Show(args) => show(session, args.task),
        Command::Books(args) => books::run(session, args.task),
        Command::Fund(args) => fund(session, args),
        Command::Activate(args) => set_active(session, args.task, true),
        Command::Deactivate(args) => set_active(session, args.task, false),
        Command::Handover(args) => handover(session, args),
        Command::Accept(args) => accept(session, args.task),
        Command::Migrate(args) => migrate(session, args),
        Command::Allowlist(args) => allowlist(session, args),
        Command::Sweep(args) => sweep(session, args.task),
        Command::Close(args) => close(session, args),
    }
}

impl Create {
    fn params(&self) -> Result<TaskParams, Failure> {
        let params = TaskParams {
            starting_slot: self.starting_slot,
            round_time: self.round_time,
            submission_window: self.submission_window,
            audit_window: self.audit_window,
            minimum_stake_amount: amount::parse(&self.minimum_stake, self.sol)?,
            bounty_amount_per_round: amount::parse(&self.bounty_per_round, self.sol)?,
            claim_window: self.claim_window,
            allowed_failed_distributions: self.allowed_failed,
            voting_rule: match self.voting {
                Voting::Node => VotingRule::PerNode,
                Voting::Stake => VotingRule::ByStake,
            },
            quorum_bps: self.quorum_bps,
            slash_bps: self.slash_bps,
            false_challenge_bps: self.false_challenge_bps,
            challenger_bps: self.challenger_bps,
            voter_bps: self.voter_bps,
        };
        params.schedule(0).map_err(refused)?;
        params.validate().map_err(refused)?;
        Ok(params)
    }

    fn texts(&self) -> TaskTexts {
        TaskTexts {
            name: self.name.clone(),
            description: self.description.clone(),
            audit_program: self.audit_program.clone(),
            metadata: self.metadata.clone(),
            network: self.network.clone(),
            vars: self.vars.clone(),
        }
    }
}

/// Bad input that the program would refuse as well.
fn refused(error: anchor_lang::error::Error) -> Failure {
    Failure::Usage(match error {
        anchor_lang::error::Error::AnchorError(error) => error.error_msg,
        other => other.to_string(),
    })
}

fn create(session: &Session, args: &Create) -> Result<(), Failure> {
    let (params, key) = (args.params()?, session.key()?);
    let creator = key.pubkey();
    let mint = args.mint.unwrap_or(spl_token_interface::native_mint::ID);
    let token_program = token_program_of(session, &mint)?;
    let task_id = match args.task_id {
        Some(task_id) => task_id,
        None => first_free(session, &creator)?,
    };
    let task = address::task(&creator, task_id);
    let create =
        instruction::create_task(creator, task_id, mint, token_program, params, args.texts());
    let facts = json!({ "task": task.to_string(), "task_id": task_id, "mint": mint.to_string() });
    session.send(&[create], key, &format!("created task {task}"), facts)
}

/// The token program of the mint at `address`, which a task can have.
fn token_program_of(session: &Session, address: &Pubkey) -> Result<Pubkey, Failure> {
    let account = session.account(address)?;
    let why = if [spl_token_interface::ID, TOKEN_2022].contains(&account.owner) {
        match mint::accept(&account.data) {
            Ok(_) => return Ok(account.owner),
            Err(mint::Refusal::NotAMint) => GradualError::NotAMint,
            Err(mint::Refusal::Extension) => GradualError::RefusedExtension,
            Err(mint::Refusal::Frozen) => GradualError::FrozenByDefault,
        }
    } else {
        GradualError::NotAMint
    };
    Err(Failure::Usage(format!("{address}: {why}")))
}

/// The Token-2022 program.
const TOKEN_2022: Pubkey = Pubkey::from_str_const("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");

/// Task numbers that are tried to find a free one.
const TRIED_NUMBERS: u64 = 100;

/// The first number that `creator` has given no task.
fn first_free(session: &Session, creator: &Pubkey) -> Result<u64, Failure> {
    let addresses: Vec<Pubkey> = (0..TRIED_NUMBERS)
        .map(|number| address::task(creator, number))
        .collect();
    let found = session.ledger.accounts(&addresses)?;
    (0..TRIED_NUMBERS)
        .zip(found)
        .find_map(|(number, account)| account.is_none().then_some(number))
        .ok_or_else(|| {
            Failure::Usage(format!(
                "this key's first {TRIED_NUMBERS} task numbers are taken: name one with --task-id"
            ))
        })
}

fn fund(session: &Session, args: &Fund) -> Result<(), Failure> {
    let amount = amount::parse(&args.amount, args.source.sol)?;
    let (key, task) = (session.key()?, session.task(args.task)?);
    let tokens = TaskTokens::of(task.address, &task.data);
    let purse = args.source.purse(session, &key.pubkey(), &tokens, amount)?;
    let fund = instruction::fund_task(tokens, key.pubkey(), purse.account, amount);
    let mut after = task.data;
    after.bounty_available = after.bounty_available.saturating_add(amount);
    let done = format!(
        "funded task {} with {}: {}",
        task.address,
        amount::show(amount, &task.data),
        rounds_left(&after)
    );
    let facts = json!({
        "task": task.address.to_string(), "amount": amount, "funded_rounds": after.funded_rounds(),
    });
    session.send(&purse.around(fund), key, &done, facts)
}

fn set_active(session: &Session, task: Pubkey, is_active: bool) -> Result<(), Failure> {
    let (key, task) = (session.key()?, session.task(task)?);
    let set = instruction::set_active(task.address, key.pubkey(), is_active);
    let what = if is_active {
        "activated"
    } else {
        "deactivated"
    };
    let facts = json!({ "task": task.address.to_string(), "is_active": is_active });
    session.send(&[set], key, &format!("{what} task {}", task.address), facts)
}

/// How long the available bounty lasts; a warning where it is less than a round's.
fn rounds_left(task: &Task) -> String {
    match task.funded_rounds() {
        0 => "LESS THAN ONE ROUND is left, fund the task for nodes to go on".into(),
        1 => "enough for 1 round".into(),
        rounds => format!("enough for {rounds} rounds"),
    }
}

fn handover(session: &Session, args: &HandoverTask) -> Result<(), Failure> {
    let (key, task) = (session.key()?, session.task(args.task)?);
    let to = args.offer.to();
    let propose = instruction::propose_manager(task.address, key.pubkey(), to);
    let (done, pending) = offer(&format!("task {}", task.address), to);
    let facts = json!({ "task": task.address.to_string(), "pending_manager": pending });
    session.send(&[propose], key, &done, facts)
}

fn accept(session: &Session, task: Pubkey) -> Result<(), Failure> {
    let (key, task) = (session.key()?, session.task(task)?);
    let manager = key.pubkey();
    let accept = instruction::accept_manager(task.address, manager);
    let done = format!("the manager of task {} is {manager} now", task.address);
    let facts = json!({ "task": task.address.to_string(), "manager": manager.to_string() });
    session.send(&[accept], key, &done, facts)
}

fn migrate(session: &Session, args: &Migrate) -> Result<(), Failure> {
    let (key, task) = (session.key()?, session.task(args.task)?);
    let successor = session.task(args.to)?.address;
    let mut data = task.data;
    let slot = session.ledger.slot()?;
    if !data.has_migrated() {
        data.migrated_in_round = data.current_round(slot);
    }
    let amount = data.free_bounty(slot);
    let kept = data.bounty_available.saturating_sub(amount);
    let tokens = TaskTokens::of(task.address, &task.data);
    let migrate = instruction::migrate_task(tokens, successor, key.pubkey());
    let mut done = format!(
        "moved task {} to {successor} with {} of its bounty",
        task.address,
        amount::show(amount, &data)
    );
    if kept > 0 {
        done.push_str(&format!(
            "\n  {} stay for cycles in flight: send this again when they have ended",
            amount::show(kept, &data)
        ));
    }
    let facts = json!({
        "task": task.address.to_string(), "successor": successor.to_string(),
        "amount": amount, "kept": kept,
    });
    session.send(&[migrate], key, &done, facts)
}

fn allowlist(session: &Session, args: &Allowlist) -> Result<(), Failure> {
    let (key, task) = (session.key()?, session.task(args.task)?);
    let allowlist = instruction::allowlist_task(task.address, key.pubkey(), !args.remove);
    let done = if args.remove {
        format!("took task {} off the allowlist", task.address)
    } else {
        format!("allowlisted task {}", task.address)
    };
    let facts = json!({ "task": task.address.to_string(), "is_allowlisted": !args.remove });
    session.send(&[allowlist], key, &done, facts)
}

/// Times that a sweep looks again: each look finds what the last one made possible.
const LOOKS: u32 = 10;

fn sweep(session: &Session, task: Pubkey) -> Result<(), Failure> {
    let (key, task) = (session.key()?, session.task(task)?.address);
    let due = || sweep::due(&session.ledger, &task, &key.pubkey());
    let mut sent = 0;
    for _ in 0..LOOKS {
        let batches = packed(&key.pubkey(), due()?);
        if batches.is_empty() || session.is_dry_run() {
            break;
        }
        for batch in batches {
            match session.ledger.send(&batch, &[key]) {
                Ok(_) => sent += batch.len(),
                // Somebody else did it meanwhile: the next look says what is left.
                Err(LedgerError::Program { .. }) => (),
                Err(error) => return Err(error.into()),
            }
        }
    }
    let left = due()?.len();
    let text = format!("task {task}: {sent} instructions sent, {left} more are due");
    let facts = json!({ "task": task.to_string(), "sent": sent, "due": left });
    session.print(&text, &facts)
}

fn close(session: &Session, args: &Close) -> Result<(), Failure> {
    let (key, task) = (session.key()?, session.task(args.task)?);
    let tokens = TaskTokens::of(task.address, &task.data);
    let purse = args.destination.purse(session, &key.pubkey(), &tokens)?;
    let close = instruction::close_task(task.address, &task.data, key.pubkey(), purse.account);
    let done = format!(
        "closed task {} and took {} of its bounty; its rent went back to {}",
        task.address,
        amount::show(task.data.bounty_available, &task.data),
        task.data.creator
    );
    let facts = json!({
        "task": task.address.to_string(), "bounty": task.data.bounty_available,
        "rent_to": task.data.creator.to_string(),
    });
    session.send(&purse.around(close), key, &done, facts)
}

fn list(session: &Session) -> Result<(), Failure> {
    let found = session
        .ledger
        .program_accounts(&[Filter::at(0, Task::TYPE)], Task::LENGTH)?;
    let tasks: Vec<FoundTask> = found
        .iter()
        .filter_map(|(address, account)| {
            Some(FoundTask {
                address: *address,
                data: account::decode(account)?,
            })
        })
        .collect();
    let texts: Vec<Pubkey> = tasks
        .iter()
        .map(|task| address::metadata(&task.address))
        .collect();
    let texts = session.ledger.accounts(&texts)?;
    let slot = session.ledger.slot()?;
    let mut lines = vec![format!(
        "{:<44}  {:<24}  {:<8}  {:>7}  {:>5}  bounty available",
        "task", "name", "state", "round", "nodes"
    )];
    let mut facts = Vec::new();
    for (task, texts) in tasks.iter().zip(texts) {
        let texts: Option<TaskMetadata> = texts.as_ref().and_then(account::decode);
        let (address, data) = (task.address.to_string(), &task.data);
        let name = texts.as_ref().map_or("", |texts| &texts.name);
        lines.push(format!(
            "{address:<44}  {name:<24}  {:<8}  {:>7}  {:>5}  {}",
            state(data),
            data.schedule
                .round_at(slot)
                .map_or_else(|| "-".into(), |round| round.to_string()),
            data.node_count,
            amount::show(data.bounty_available, data),
        ));
        facts.push(facts_of(task, texts.as_ref(), slot));
    }
    if tasks.is_empty() {
        lines = vec!["no tasks yet: make one with gradual task create".into()];
    }
    session.print(&lines.join("\n"), &Value::Array(facts))
}

fn state(task: &Task) -> &'static str {
    if task.is_active == 1 {
        "active"
    } else if task.has_migrated() {
        "migrated"
    } else {
        "inactive"
    }
}

fn show(session: &Session, task: Pubkey) -> Result<(), Failure> {
    let task = session.task(task)?;
    let (data, slot) = (&task.data, session.ledger.slot()?);
    let texts = session.texts(&task.address)?;
    let money = |units| amount::show(units, data);
    let schedule = &data.schedule;
    let mut lines = vec![format!("task {}, {}", task.address, state(data))];
    let mut line = |name: &str, value: String| {
        if !value.is_empty() {
            lines.push(format!("  {name:<18} {value}"));
        }
    };
    if let Some(texts) = &texts {
        for (name, text) in texts_of(texts) {
            line(name, text.into());
        }
    }
    let known = |key: Pubkey| match key == Pubkey::default() {
        true => String::new(),
        false => key.to_string(),
    };
    line("manager", data.manager.to_string());
    line("offered to", known(data.pending_manager));
    line("successor", known(data.migrated_to));
    if data.is_allowlisted == 1 {
        line("allowlisted", "by a manager of the config".into());
    }
    line("mint", data.mint.to_string());
    line(
        "round",
        match schedule.round_at(slot) {
            Some(round) => format!("{round} at slot {slot}"),
            None => format!("starts at slot {}, now {slot}", schedule.starting_slot),
        },
    );
    line(
        "schedule",
        format!(
            "rounds of {} slots from slot {}: {} to hand in, {} to audit",
            schedule.round_time,
            schedule.starting_slot,
            schedule.submission_window,
            schedule.audit_window
        ),
    );
    line(
        "bounty",
        format!(
            "{} available, {} reserved; {} a round: {}",
            money(data.bounty_available),
            money(data.bounty_reserved),
            money(data.bounty_amount_per_round),
            rounds_left(data)
        ),
    );
    line(
        "stake",
        format!(
            "{} of {} nodes; minimum {}",
            money(data.total_stake),
            data.node_count,
            money(data.minimum_stake_amount)
        ),
    );
    line(
        "shares",
        format!(
            "quorum {} bps, slash {} bps, false challenge {} bps, challenger {} bps, voters {} bps",
            data.quorum_bps,
            data.slash_bps,
            data.false_challenge_bps,
            data.challenger_bps,
            data.voter_bps
        ),
    );
    line(
        "lists",
        format!(
            "{} attempts may fail; payouts for {} rounds",
            data.allowed_failed_distributions, data.claim_window
        ),
    );
    session.print(&lines.join("\n"), &facts_of(&task, texts.as_ref(), slot))
}

fn texts_of(texts: &TaskMetadata) -> [(&'static str, &str); 6] {
    [
        ("name", &texts.name),
        ("description", &texts.description),
        ("audit_program", &texts.audit_program),
        ("metadata", &texts.metadata),
        ("network", &texts.network),
        ("vars", &texts.vars),
    ]
}

/// A task for programs; amounts in base units.
fn facts_of(task: &FoundTask, texts: Option<&TaskMetadata>, slot: u64) -> Value {
    let data = &task.data;
    let schedule = &data.schedule;
    let texts: serde_json::Map<String, Value> = texts
        .iter()
        .flat_map(|texts| texts_of(texts))
        .map(|(name, text)| (name.to_owned(), text.into()))
        .collect();
    let known = |key: Pubkey| (key != Pubkey::default()).then(|| key.to_string());
    json!({
        "task": task.address.to_string(),
        "creator": data.creator.to_string(),
        "manager": data.manager.to_string(),
        "task_id": data.task_id,
        "mint": data.mint.to_string(),
        "mint_decimals": data.mint_decimals,
        "token_program": data.token_program.to_string(),
        "texts": texts,
        "is_active": data.is_active == 1,
        "is_allowlisted": data.is_allowlisted == 1,
        "pending_manager": known(data.pending_manager),
        "migrated_to": known(data.migrated_to),
        "slot": slot,
        "round": schedule.round_at(slot),
        "starting_slot": schedule.starting_slot,
        "round_time": schedule.round_time,
        "submission_window": schedule.submission_window,
        "audit_window": schedule.audit_window,
        "claim_window": data.claim_window,
        "allowed_failed_distributions": data.allowed_failed_distributions,
        "minimum_stake_amount": data.minimum_stake_amount,
        "bounty_amount_per_round": data.bounty_amount_per_round,
        "bounty_funded": data.bounty_funded,
        "bounty_available": data.bounty_available,
        "bounty_reserved": data.bounty_reserved,
        "bounty_migrated": data.bounty_migrated,
        "funded_rounds": data.funded_rounds(),
        "total_stake": data.total_stake,
        "node_count": data.node_count,
        "quorum_bps": data.quorum_bps,
        "slash_bps": data.slash_bps,
        "false_challenge_bps": data.false_challenge_bps,
        "challenger_bps": data.challenger_bps,
        "voter_bps": data.voter_bps,
    })
}
