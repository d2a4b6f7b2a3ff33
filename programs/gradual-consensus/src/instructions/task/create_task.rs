use crate::{
    constants::{
        BOUNTY_POT_SEED, DEFAULT_CHALLENGER_BPS, DEFAULT_FALSE_CHALLENGE_BPS, DEFAULT_QUORUM_BPS,
        DEFAULT_SLASH_BPS, DEFAULT_VOTER_BPS, METADATA_SEED, STAKE_POT_SEED, TASK_SEED,
    },
    error::GradualError,
    events::{TaskCreated, emit},
    pda::NewAccount,
    pots::{Tokens, accepted_decimals},
    rules::{money::BPS, schedule::Schedule, verdict::Voting},
    state::{Config, Task, TaskMetadata},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;

/// How votes are weighed; see [`Voting`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub enum VotingRule {
    /// One vote a node with active stake.
    PerNode,
    /// A node's active stake.
    ByStake,
}

impl From<VotingRule> for Voting {
    fn from(rule: VotingRule) -> Self {
        match rule {
            VotingRule::PerNode => Self::PerNode,
            VotingRule::ByStake => Self::ByStake,
        }
    }
}

/// The terms of a task. They never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub struct TaskParams {
    /// First slot of round 0; the present slot where it is left out.
    pub starting_slot: Option<u64>,
    /// Length of a round, in slots.
    pub round_time: u64,
    /// Slots after a round's first in which subjects are handed in.
    pub submission_window: u64,
    /// Slots after that in which they are audited.
    pub audit_window: u64,
    /// Least active stake of a node, in base units.
    pub minimum_stake_amount: u64,
    /// Most that one cycle's list may pay, in base units.
    pub bounty_amount_per_round: u64,
    /// Rounds after a list's acceptance in which its payouts can be made for sure.
    pub claim_window: u64,
    /// Attempts at a list that may fail before the cycle fails.
    pub allowed_failed_distributions: u8,
    /// How votes are weighed.
    pub voting_rule: VotingRule,
    /// Share of the electorate that must vote for a verdict, in basis points.
    pub quorum_bps: u16,
    /// Share of its stake that the author of an invalid subject loses, in basis points.
    pub slash_bps: u16,
    /// Share of its stake that a false challenger loses, in basis points.
    pub false_challenge_bps: u16,
    /// Share of a slash that goes to the party in the right, in basis points.
    pub challenger_bps: u16,
    /// Share of a slash that goes to the voters in the right, in basis points.
    pub voter_bps: u16,
}

/// The protocol's defaults (section 6): votes by stake, and its shares. What has no default is 0, and
/// refused as that.
impl Default for TaskParams {
    fn default() -> Self {
        Self {
            starting_slot: None,
            round_time: 0,
            submission_window: 0,
            audit_window: 0,
            minimum_stake_amount: 0,
            bounty_amount_per_round: 0,
            claim_window: 0,
            allowed_failed_distributions: 0,
            voting_rule: VotingRule::ByStake,
            quorum_bps: DEFAULT_QUORUM_BPS,
            slash_bps: DEFAULT_SLASH_BPS,
            false_challenge_bps: DEFAULT_FALSE_CHALLENGE_BPS,
            challenger_bps: DEFAULT_CHALLENGER_BPS,
            voter_bps: DEFAULT_VOTER_BPS,
        }
    }
}

impl TaskParams {
    /// The schedule, once the start is known.
    ///
    /// # Errors
    /// [`GradualError::StartInPast`], [`GradualError::InvalidSchedule`].
    pub fn schedule(&self, slot: u64) -> Result<Schedule> {
        let starting_slot = self.starting_slot.unwrap_or(slot);
        require!(starting_slot >= slot, GradualError::StartInPast);
        let schedule = Schedule {
            starting_slot,
            round_time: self.round_time,
            submission_window: self.submission_window,
            audit_window: self.audit_window,
        };
        require!(schedule.is_valid(), GradualError::InvalidSchedule);
        Ok(schedule)
    }

    /// # Errors
    /// [`GradualError::InvalidBps`], [`GradualError::InvalidParameter`].
    pub fn validate(&self) -> Result<()> {
        let shares = self.challenger_bps.checked_add(self.voter_bps);
        require!(
            self.quorum_bps >= 1
                && self.quorum_bps <= BPS
                && self.slash_bps <= BPS
                && self.false_challenge_bps <= BPS
                && shares.is_some_and(|shares| shares <= BPS),
            GradualError::InvalidBps
        );
        require!(
            self.minimum_stake_amount >= 1
                && self.bounty_amount_per_round >= 1
                && self.claim_window >= 1,
            GradualError::InvalidParameter
        );
        Ok(())
    }
}

/// The texts of a task; see [`TaskMetadata`] for what each means and how long it may be.
#[derive(Clone, Debug, Default, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub struct TaskTexts {
    /// Name.
    pub name: String,
    /// Description.
    pub description: String,
    /// Where nodes find the task's program.
    pub audit_program: String,
    /// Where more can be found.
    pub metadata: String,
    /// What executes the task.
    pub network: String,
    /// Settings for the task's program.
    pub vars: String,
}

/// Accounts of [`create_task`](crate::gradual_consensus::create_task).
#[derive(Accounts)]
#[instruction(task_id: u64)]
pub struct CreateTask<'info> {
    /// Creator and first manager; pays all rent.
    #[account(mut)]
    pub creator: Signer<'info>,
    /// The program's config.
    /// CHECK: by its type; see [`Config::require_running`].
    pub config: UncheckedAccount<'info>,
    /// The task to be.
    #[account(
        init,
        payer = creator,
        space = Task::SPACE,
        seeds = [TASK_SEED, creator.key().as_ref(), &task_id.to_le_bytes()],
        bump
    )]
    pub task: AccountLoader<'info, Task>,
    /// Its texts.
    #[account(
        init,
        payer = creator,
        space = TaskMetadata::SPACE,
        seeds = [METADATA_SEED, task.key().as_ref()],
        bump
    )]
    pub metadata: Box<Account<'info, TaskMetadata>>,
    /// What stakes and bounties are counted in.
    /// CHECK: a mint of the token program that a task can live with; see [`accepted_decimals`].
    pub mint: UncheckedAccount<'info>,
    /// Will hold all stake.
    /// CHECK: created here.
    #[account(mut, seeds = [STAKE_POT_SEED, task.key().as_ref()], bump)]
    pub stake_pot: UncheckedAccount<'info>,
    /// Will hold the bounty.
    /// CHECK: created here.
    #[account(mut, seeds = [BOUNTY_POT_SEED, task.key().as_ref()], bump)]
    pub bounty_pot: UncheckedAccount<'info>,
    /// The token program that owns the mint.
    pub token_program: Interface<'info, TokenInterface>,
    /// The system program.
    pub system_program: Program<'info, System>,
}

pub(crate) fn handle(
    ctx: Context<CreateTask>,
    task_id: u64,
    params: TaskParams,
    texts: TaskTexts,
) -> Result<()> {
    Config::require_running(&ctx.accounts.config)?;
    params.validate()?;
    let schedule = params.schedule(Clock::get()?.slot)?;
    let accounts = ctx.accounts;
    let task_address = accounts.task.key();
    let tokens = Tokens {
        mint: &accounts.mint,
        token_program: accounts.token_program.key,
        decimals: accepted_decimals(&accounts.mint, accounts.token_program.key)?,
    };
    for (pot, seed, bump) in [
        (&accounts.stake_pot, STAKE_POT_SEED, ctx.bumps.stake_pot),
        (&accounts.bounty_pot, BOUNTY_POT_SEED, ctx.bumps.bounty_pot),
    ] {
        let pot = NewAccount {
            address: pot,
            payer: &accounts.creator,
            seeds: &[seed, task_address.as_ref(), &[bump]],
            if_taken: GradualError::WrongPot,
        };
        tokens.open(&pot, accounts.task.as_ref())?;
    }

    accounts.metadata.set_inner(TaskMetadata {
        task: task_address,
        name: texts.name,
        description: texts.description,
        audit_program: texts.audit_program,
        metadata: texts.metadata,
        network: texts.network,
        vars: texts.vars,
        bump: ctx.bumps.metadata,
    });
    accounts.metadata.validate()?;

    let mut task = accounts.task.load_init()?;
    task.creator = accounts.creator.key();
    task.manager = accounts.creator.key();
    task.mint = accounts.mint.key();
    task.token_program = accounts.token_program.key();
    task.stake_pot = accounts.stake_pot.key();
    task.bounty_pot = accounts.bounty_pot.key();
    task.task_id = task_id;
    task.schedule = schedule;
    task.minimum_stake_amount = params.minimum_stake_amount;
    task.bounty_amount_per_round = params.bounty_amount_per_round;
    task.claim_window = params.claim_window;
    task.quorum_bps = params.quorum_bps;
    task.slash_bps = params.slash_bps;
    task.false_challenge_bps = params.false_challenge_bps;
    task.challenger_bps = params.challenger_bps;
    task.voter_bps = params.voter_bps;
    task.allowed_failed_distributions = params.allowed_failed_distributions;
    task.voting_rule = Voting::from(params.voting_rule) as u8;
    task.is_active = 1;
    task.was_active = 1;
    task.mint_decimals = tokens.decimals;
    task.bump = ctx.bumps.task;

    emit(&TaskCreated {
        task: task_address,
        creator: task.creator,
        mint: task.mint,
        starting_slot: schedule.starting_slot,
    });
    Ok(())
}
