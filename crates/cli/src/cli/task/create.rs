//! `gradual task create`.

#[cfg(feature = "wasm")]
use super::module::ModuleArgs;
use super::warnings::{self, a_day_of_rounds};
use crate::cli::{
    Failure,
    amount::{Amount, Form, Unit},
    pace,
    session::Session,
    tell,
};
use clap::{Args as ClapArgs, ValueEnum};
use gradual_consensus::{
    DEFAULT_CHALLENGER_BPS, DEFAULT_FALSE_CHALLENGE_BPS, DEFAULT_QUORUM_BPS, DEFAULT_SLASH_BPS,
    DEFAULT_VOTER_BPS, GradualError, TaskParams, TaskTexts, VotingRule, rules::mint, terms_hash,
};
use gradual_consensus_client::{address, instruction, ledger::Ledger};
#[cfg(not(feature = "wasm"))]
use serde_json::Value;
use serde_json::json;
use solana_sdk::{pubkey::Pubkey, signature::Signer};

#[derive(ClapArgs)]
pub(in crate::cli) struct Create {
    /// Mint that stakes and bounties are counted in [with --sol: wrapped SOL]
    #[arg(long, required_unless_present = "sol", conflicts_with = "sol")]
    mint: Option<Pubkey>,
    /// The task is in SOL
    #[arg(long)]
    sol: bool,
    /// What is set aside for each cycle when it is opened, in tokens of the mint
    #[arg(long, value_name = "AMOUNT")]
    bounty_per_round: Amount,
    /// The smallest active stake of a node, in tokens of the mint
    #[arg(long, value_name = "AMOUNT")]
    minimum_stake: Amount,
    #[command(flatten)]
    form: Form,
    /// The creator's own number for the task [default: the first that is free for these terms]
    #[arg(long)]
    task_id: Option<u64>,
    /// First slot of round 0 [default: a round from now]
    #[arg(long, value_name = "SLOT")]
    starting_slot: Option<u64>,
    /// Length of a round, in slots
    #[arg(long, value_name = "SLOTS", default_value_t = 1_500)]
    round_time: u64,
    /// Slots at the start of a round in which submissions and lists are sent
    #[arg(long, value_name = "SLOTS", default_value_t = 350)]
    submission_window: u64,
    /// Slots after the submission window in which they are audited
    #[arg(long, value_name = "SLOTS", default_value_t = 350)]
    audit_window: u64,
    /// Rounds after a list's acceptance, or after the last attempt at one, in which payouts are sure
    #[arg(long, value_name = "ROUNDS", default_value_t = 8)]
    claim_window: u64,
    /// How many attempts at a cycle's list may fail before the cycle fails
    #[arg(long, value_name = "ATTEMPTS", default_value_t = 3)]
    allowed_failed: u8,
    /// How submissions are paid: equal also pays those of a failed cycle, the same each, without a list
    #[arg(long, value_enum, default_value_t = Shares::Equal)]
    shares: Shares,
    /// Rounds without an act of a node after which anyone may park its stake; 0: never
    /// [default: about a day of rounds]
    #[arg(long, value_name = "ROUNDS")]
    idle_rounds: Option<u64>,
    /// How votes are weighed
    #[arg(long, value_enum, default_value_t = Voting::Stake)]
    voting: Voting,
    /// Share of the electorate that must call a submission invalid for it to fall without a majority, in
    /// basis points
    #[arg(long, default_value_t = DEFAULT_QUORUM_BPS)]
    quorum_bps: u16,
    /// Share of its stake that the author of an invalid subject loses, in basis points
    #[arg(long, default_value_t = DEFAULT_SLASH_BPS)]
    slash_bps: u16,
    /// Share of its stake that a false challenger loses, in basis points
    #[arg(long, default_value_t = DEFAULT_FALSE_CHALLENGE_BPS)]
    false_challenge_bps: u16,
    /// Share of a slash that goes to the winning party of the audit, in basis points
    #[arg(long, default_value_t = DEFAULT_CHALLENGER_BPS)]
    challenger_bps: u16,
    /// Share of a slash that goes to the voters of the winning side, in basis points
    #[arg(long, default_value_t = DEFAULT_VOTER_BPS)]
    voter_bps: u16,
    /// Name, at most 24 bytes
    #[arg(long, default_value = "", hide_default_value = true)]
    name: String,
    /// Description, at most 64 bytes
    #[arg(long, default_value = "", hide_default_value = true)]
    description: String,
    /// Where nodes find the task's program, at most 64 bytes; --logic writes it
    #[arg(long, default_value = "", hide_default_value = true)]
    audit_program: String,
    /// Where more about the task is published, at most 64 bytes; --logic-from writes it
    #[arg(long, default_value = "", hide_default_value = true)]
    metadata: String,
    /// What executes the task, at most 64 bytes
    #[arg(long, default_value = "", hide_default_value = true)]
    network: String,
    /// Settings for the task's program, at most 64 bytes
    #[arg(long, default_value = "", hide_default_value = true)]
    vars: String,
    #[cfg(feature = "wasm")]
    #[command(flatten)]
    module: ModuleArgs,
}

/// How votes are weighed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Voting {
    /// One vote a node
    Node,
    /// By active stake
    Stake,
}

/// How submissions are paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shares {
    /// All the same
    Equal,
    /// As a list says; a failed cycle pays nobody
    ByList,
}

impl Create {
    /// The terms of a task that is created at `slot` and counts in `unit`.
    fn params(&self, slot: u64, unit: Unit) -> Result<TaskParams, Failure> {
        let a_round_ahead = slot.saturating_add(self.round_time.max(1));
        let params = TaskParams {
            starting_slot: self.starting_slot.unwrap_or(a_round_ahead),
            round_time: self.round_time,
            submission_window: self.submission_window,
            audit_window: self.audit_window,
            minimum_stake_amount: self.form.units(self.minimum_stake, unit)?,
            bounty_amount_per_round: self.form.units(self.bounty_per_round, unit)?,
            claim_window: self.claim_window,
            idle_rounds: self
                .idle_rounds
                .unwrap_or_else(|| a_day_of_rounds(self.round_time)),
            equal_shares: self.shares == Shares::Equal,
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
        params.schedule(slot).map_err(refused)?;
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

/// The program's own refusal, as bad input.
fn refused(error: anchor_lang::error::Error) -> Failure {
    Failure::Usage(match error {
        anchor_lang::error::Error::AnchorError(error) => error.error_msg,
        other => other.to_string(),
    })
}

pub(super) fn run(session: &Session, args: &Create) -> Result<(), Failure> {
    let (slot, key) = (session.ledger.slot()?, session.key()?);
    let creator = key.pubkey();
    let mint = args.mint.unwrap_or(spl_token_interface::native_mint::ID);
    let (token_program, unit) = tokens_of(session, &mint)?;
    let params = args.params(slot, unit)?;
    #[cfg(feature = "wasm")]
    let (texts, module) = args.module.written(args.texts())?;
    #[cfg(not(feature = "wasm"))]
    let (texts, module) = (args.texts(), Value::Null);
    let terms = terms_hash(&params, &mint, &texts);
    let task_id = match args.task_id {
        Some(task_id) => task_id,
        None => first_free(session, &creator, &terms)?,
    };
    let warnings = warnings::of(&params, |units| unit.show(units));
    for warning in &warnings {
        tell(&format!("warning: {warning}"));
    }
    let task = address::task(&creator, task_id, &terms);
    let plays = match module["bytes"].as_u64() {
        Some(bytes) => format!("\n  its nodes play {}, {bytes} bytes", texts.audit_program),
        None => String::new(),
    };
    let create = instruction::create_task(creator, task_id, mint, token_program, params, texts);
    let (start, terms) = (params.starting_slot, hex(&terms));
    let done = format!(
        "created task {task}\n  round 0 begins at slot {start}, in {}\n  its address stands for its terms, \
         whose hash is {terms}{plays}",
        pace::about(start.saturating_sub(slot))
    );
    let facts = json!({
        "task": task.to_string(), "task_id": task_id.to_string(), "mint": mint.to_string(),
        "starting_slot": start, "terms_hash": terms, "warnings": warnings, "module": module,
    });
    session.send(&[create], key, &done, facts)
}

/// A hash, in hexadecimal digits.
pub(super) fn hex(hash: &[u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The token program of the mint at `address`, which a task can have, and the mint's unit.
fn tokens_of(session: &Session, address: &Pubkey) -> Result<(Pubkey, Unit), Failure> {
    let account = session.account(address)?;
    let why = if [spl_token_interface::ID, TOKEN_2022].contains(&account.owner) {
        match mint::accept(&account.data) {
            Ok(decimals) => return Ok((account.owner, Unit::new(*address, decimals))),
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

/// How many task numbers are looked at to find a free one.
const TRIED_NUMBERS: u64 = 100;

/// The first number that `creator` has given no task with the terms of this hash.
fn first_free(session: &Session, creator: &Pubkey, terms: &[u8; 32]) -> Result<u64, Failure> {
    let addresses: Vec<Pubkey> = (0..TRIED_NUMBERS)
        .map(|number| address::task(creator, number, terms))
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
