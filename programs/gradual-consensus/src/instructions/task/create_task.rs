use crate::{
    constants::{
        BOUNTY_POT_SEED, DEFAULT_CHALLENGER_BPS, DEFAULT_FALSE_CHALLENGE_BPS, DEFAULT_QUORUM_BPS,
        DEFAULT_SLASH_BPS, DEFAULT_VOTER_BPS, MAX_FAILED_DISTRIBUTIONS, METADATA_SEED,
        STAKE_POT_SEED, TASK_SEED,
    },
    error::GradualError,
    events::TaskCreated,
    pda::{self, NewAccount, canonical_bump},
    phases,
    pots::accepted_decimals,
    rules::{money::BPS, schedule::Schedule, verdict::VotingRule},
    state::{Config, Task, TaskMetadata},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;
use bytemuck::Zeroable;
use solana_sha256_hasher::hash;

/// The terms of a task. They never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub struct TaskParams {
    /// First slot of round 0, after the present slot.
    pub starting_slot: u64,
    /// Length of a round, in slots.
    pub round_time: u64,
    /// Slots after a round's first in which subjects are handed in.
    pub submission_window: u64,
    /// Slots after that in which they are audited.
    pub audit_window: u64,
    /// Least active stake of a node, in base units.
    pub minimum_stake_amount: u64,
    /// What is set aside for a cycle when it is opened, in base units.
    pub bounty_amount_per_round: u64,
    /// Rounds in which payouts can be made for sure, after a list's acceptance or the last attempt at one.
    pub claim_window: u64,
    /// Rounds without an act of a node after which its stake may be parked; 0: never.
    pub idle_rounds: u64,
    /// Attempts at a list that may fail before the cycle fails.
    pub allowed_failed_distributions: u8,
    /// How votes are weighed.
    pub voting_rule: VotingRule,
    /// Whether the task pays each submission the same: those of a failed cycle are paid so, without a list.
    pub equal_shares: bool,
    /// Share of the electorate that must call a submission invalid for it to fall undecided, in basis
    /// points.
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

/// The protocol's defaults (section 6): votes by stake, and its shares. Parameters without a default are 0,
/// which is refused, but for `idle_rounds`.
impl Default for TaskParams {
    fn default() -> Self {
        Self {
            starting_slot: 0,
            round_time: 0,
            submission_window: 0,
            audit_window: 0,
            minimum_stake_amount: 0,
            bounty_amount_per_round: 0,
            claim_window: 0,
            idle_rounds: 0,
            allowed_failed_distributions: 0,
            voting_rule: VotingRule::ByStake,
            equal_shares: true,
            quorum_bps: DEFAULT_QUORUM_BPS,
            slash_bps: DEFAULT_SLASH_BPS,
            false_challenge_bps: DEFAULT_FALSE_CHALLENGE_BPS,
            challenger_bps: DEFAULT_CHALLENGER_BPS,
            voter_bps: DEFAULT_VOTER_BPS,
        }
    }
}

impl TaskParams {
    /// The schedule.
    ///
    /// # Errors
    /// [`GradualError::StartInPast`], [`GradualError::InvalidSchedule`].
    pub fn schedule(&self, slot: u64) -> Result<Schedule> {
        require!(self.starting_slot > slot, GradualError::StartInPast);
        let schedule = Schedule {
            starting_slot: self.starting_slot,
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
                && self.claim_window >= 1
                && self.allowed_failed_distributions <= MAX_FAILED_DISTRIBUTIONS,
            GradualError::InvalidParameter
        );
        Ok(())
    }

    /// Writes the terms, but for the schedule, into `task`.
    fn store(&self, task: &mut Task) {
        task.minimum_stake_amount = self.minimum_stake_amount;
        task.bounty_amount_per_round = self.bounty_amount_per_round;
        task.claim_window = self.claim_window;
        task.idle_rounds = self.idle_rounds;
        task.equal_shares = u8::from(self.equal_shares);
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

/// Hash (sha256) over the terms, the mint and the texts of a task, each as it is serialised: part of the task's
/// address (section 3).
pub fn terms_hash(params: &TaskParams, mint: &Pubkey, texts: &TaskTexts) -> [u8; 32] {
    let mut terms = Vec::with_capacity(512);
    let written = params
        .serialize(&mut terms)
        .and_then(|()| mint.serialize(&mut terms))
        .and_then(|()| texts.serialize(&mut terms));
    debug_assert!(written.is_ok(), "a vector takes all that is written");
    hash(&terms).to_bytes()
}

/// Accounts of [`create_task`](crate::gradual_consensus::create_task).
#[derive(Accounts)]
pub struct CreateTask<'info> {
    /// Creator and first manager; pays all rent.
    #[account(mut)]
    pub creator: Signer<'info>,
    /// The program's config.
    /// CHECK: by its type; see [`Config::require_running`].
    pub config: UncheckedAccount<'info>,
    /// The task to be, at `["task", creator, task_id, terms hash]`.
    /// CHECK: created here.
    #[account(mut)]
    pub task: UncheckedAccount<'info>,
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
    let terms = Terms {
        task_id,
        hash: terms_hash(&params, accounts.mint.key, &texts),
        params,
        metadata: texts.stored(accounts.task.key(), bumps.metadata),
    };
    phases::run(
        || accounts.check(&terms),
        |checked| accounts.apply(checked, &terms, &bumps),
    )
}

/// What is known of a task before it exists.
struct Terms {
    task_id: u64,
    hash: [u8; 32],
    params: TaskParams,
    metadata: TaskMetadata,
}

struct Checked {
    schedule: Schedule,
    decimals: u8,
    bump: u8,
}

impl CreateTask<'_> {
    fn check(&self, terms: &Terms) -> Result<Checked> {
        Config::require_running(&self.config)?;
        terms.params.validate()?;
        let schedule = terms.params.schedule(Clock::get()?.slot)?;
        let decimals = accepted_decimals(&self.mint, self.token_program.key)?;
        terms.metadata.validate()?;
        let task_id = terms.task_id.to_le_bytes();
        let seeds = [TASK_SEED, self.creator.key.as_ref(), &task_id, &terms.hash];
        let bump = canonical_bump(self.task.key, &seeds)?;
        pda::require_free(&self.task, GradualError::TaskExists)?;
        for pot in [&self.stake_pot, &self.bounty_pot] {
            pda::require_free(pot, GradualError::WrongPot)?;
        }
        Ok(Checked {
            schedule,
            decimals,
            bump,
        })
    }

    fn apply(
        &self,
        checked: Checked,
        terms: &Terms,
        bumps: &CreateTaskBumps,
    ) -> Result<((), TaskCreated)> {
        let Checked {
            schedule,
            decimals,
            bump,
        } = checked;
        let mut task = Task {
            creator: self.creator.key(),
            manager: self.creator.key(),
            mint: self.mint.key(),
            token_program: self.token_program.key(),
            stake_pot: self.stake_pot.key(),
            bounty_pot: self.bounty_pot.key(),
            terms_hash: terms.hash,
            task_id: terms.task_id,
            schedule,
            is_active: 1,
            mint_decimals: decimals,
            bump,
            ..Task::zeroed()
        };
        terms.params.store(&mut task);
        NewAccount {
            address: &self.task,
            payer: &self.creator,
            seeds: &task.signer().seeds(),
        }
        .create(&[], |created| *created = task)?;
        self.create_texts_and_pots(&task, &terms.metadata, bumps)?;
        let event = TaskCreated {
            task: self.task.key(),
            creator: task.creator,
            mint: task.mint,
            terms_hash: task.terms_hash,
            starting_slot: schedule.starting_slot,
        };
        Ok(((), event))
    }

    fn create_texts_and_pots(
        &self,
        task: &Task,
        metadata: &TaskMetadata,
        bumps: &CreateTaskBumps,
    ) -> Result<()> {
        NewAccount {
            address: &self.metadata,
            payer: &self.creator,
            seeds: &[METADATA_SEED, self.task.key.as_ref(), &[bumps.metadata]],
        }
        .allocate(TaskMetadata::SPACE, &crate::ID)?;
        metadata.try_serialize(&mut &mut **self.metadata.try_borrow_mut_data()?)?;
        let tokens = task.tokens(&self.mint, self.token_program.key);
        for (pot, seed, bump) in [
            (&self.stake_pot, STAKE_POT_SEED, bumps.stake_pot),
            (&self.bounty_pot, BOUNTY_POT_SEED, bumps.bounty_pot),
        ] {
            let pot = NewAccount {
                address: pot,
                payer: &self.creator,
                seeds: &[seed, self.task.key.as_ref(), &[bump]],
            };
            tokens.open(&pot, self.task.as_ref())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_term_is_in_the_hash() {
        let (params, texts, mint) = (
            TaskParams::default(),
            TaskTexts::default(),
            Pubkey::new_from_array([7; 32]),
        );
        let hash = terms_hash(&params, &mint, &texts);
        assert_eq!(hash, terms_hash(&params, &mint, &texts));
        type Change = fn(&mut TaskParams);
        let changes: [Change; 16] = [
            |p| p.starting_slot += 1,
            |p| p.round_time += 1,
            |p| p.submission_window += 1,
            |p| p.audit_window += 1,
            |p| p.minimum_stake_amount += 1,
            |p| p.bounty_amount_per_round += 1,
            |p| p.claim_window += 1,
            |p| p.idle_rounds += 1,
            |p| p.allowed_failed_distributions += 1,
            |p| p.voting_rule = VotingRule::PerNode,
            |p| p.equal_shares = false,
            |p| p.quorum_bps += 1,
            |p| p.slash_bps += 1,
            |p| p.false_challenge_bps += 1,
            |p| p.challenger_bps += 1,
            |p| p.voter_bps += 1,
        ];
        for change in changes {
            let mut other = params;
            change(&mut other);
            assert_ne!(hash, terms_hash(&other, &mint, &texts), "{other:?}");
        }
        assert_ne!(hash, terms_hash(&params, &Pubkey::default(), &texts));
        let texts = TaskTexts {
            vars: "x".to_owned(),
            ..texts
        };
        assert_ne!(hash, terms_hash(&params, &mint, &texts));
    }

    #[test]
    fn a_task_starts_after_its_creation() {
        let params = TaskParams {
            starting_slot: 10,
            round_time: 10,
            submission_window: 4,
            audit_window: 4,
            ..TaskParams::default()
        };
        assert!(params.schedule(9).is_ok());
        assert!(params.schedule(10).is_err());
    }
}
