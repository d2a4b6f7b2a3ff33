use crate::{
    constants::{
        BOUNTY_POT_SEED, DEFAULT_CHALLENGER_BPS, DEFAULT_FALSE_CHALLENGE_BPS, DEFAULT_QUORUM_BPS,
        DEFAULT_SLASH_BPS, DEFAULT_VOTER_BPS, METADATA_SEED, STAKE_POT_SEED, TASK_SEED,
    },
    error::GradualError,
    events::TaskCreated,
    pda::{self, NewAccount},
    phases,
    pots::{Tokens, accepted_decimals},
    rules::{money::BPS, schedule::Schedule, verdict::VotingRule},
    state::{Config, Task, TaskMetadata},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;

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

    /// Writes the terms, but for the schedule, into `task`.
    fn store(&self, task: &mut Task) {
        task.minimum_stake_amount = self.minimum_stake_amount;
        task.bounty_amount_per_round = self.bounty_amount_per_round;
        task.claim_window = self.claim_window;
        task.quorum_bps = self.quorum_bps;
        task.slash_bps = self.slash_bps;
        task.false_challenge_bps = self.false_challenge_bps;
        task.challenger_bps = self.challenger_bps;
        task.voter_bps = self.voter_bps;
        task.allowed_failed_distributions = self.allowed_failed_distributions;
        task.voting_rule = self.voting_rule as u8;
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

impl TaskTexts {
    /// The account that holds these texts of the task at `task`.
    fn stored(self, task: Pubkey, bump: u8) -> TaskMetadata {
        TaskMetadata {
            task,
            name: self.name,
            description: self.description,
            audit_program: self.audit_program,
            metadata: self.metadata,
            network: self.network,
            vars: self.vars,
            bump,
        }
    }
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
    /// CHECK: created here.
    #[account(mut, seeds = [METADATA_SEED, task.key().as_ref()], bump)]
    pub metadata: UncheckedAccount<'info>,
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
    let (accounts, bumps) = (&*ctx.accounts, ctx.bumps);
    let metadata = texts.stored(accounts.task.key(), bumps.metadata);
    phases::run(
        || accounts.check(&params, &metadata),
        |checked| accounts.apply(checked, task_id, &params, &metadata, &bumps),
    )
}

struct Checked {
    schedule: Schedule,
    decimals: u8,
}

impl CreateTask<'_> {
    fn check(&self, params: &TaskParams, metadata: &TaskMetadata) -> Result<Checked> {
        Config::require_running(&self.config)?;
        params.validate()?;
        let schedule = params.schedule(Clock::get()?.slot)?;
        let decimals = accepted_decimals(&self.mint, self.token_program.key)?;
        for pot in [&self.stake_pot, &self.bounty_pot] {
            pda::require_free(pot, GradualError::WrongPot)?;
        }
        metadata.validate()?;
        Ok(Checked { schedule, decimals })
    }

    fn apply(
        &self,
        checked: Checked,
        task_id: u64,
        params: &TaskParams,
        metadata: &TaskMetadata,
        bumps: &CreateTaskBumps,
    ) -> Result<((), TaskCreated)> {
        let Checked { schedule, decimals } = checked;
        let address = self.task.key();
        let tokens = Tokens {
            mint: &self.mint,
            token_program: self.token_program.key,
            decimals,
        };
        for (pot, seed, bump) in [
            (&self.stake_pot, STAKE_POT_SEED, bumps.stake_pot),
            (&self.bounty_pot, BOUNTY_POT_SEED, bumps.bounty_pot),
        ] {
            let pot = NewAccount {
                address: pot,
                payer: &self.creator,
                seeds: &[seed, address.as_ref(), &[bump]],
            };
            tokens.open(&pot, self.task.as_ref())?;
        }
        NewAccount {
            address: &self.metadata,
            payer: &self.creator,
            seeds: &[METADATA_SEED, address.as_ref(), &[bumps.metadata]],
        }
        .allocate(TaskMetadata::SPACE, &crate::ID)?;
        metadata.try_serialize(&mut &mut **self.metadata.try_borrow_mut_data()?)?;

        let mut task = self.task.load_init()?;
        task.creator = self.creator.key();
        task.manager = self.creator.key();
        task.mint = self.mint.key();
        task.token_program = self.token_program.key();
        task.stake_pot = self.stake_pot.key();
        task.bounty_pot = self.bounty_pot.key();
        task.task_id = task_id;
        task.schedule = schedule;
        params.store(&mut task);
        task.is_active = 1;
        task.was_active = 1;
        task.mint_decimals = decimals;
        task.bump = bumps.task;
        let event = TaskCreated {
            task: address,
            creator: task.creator,
            mint: task.mint,
            starting_slot: schedule.starting_slot,
        };
        Ok(((), event))
    }
}
