use crate::{
    constants::{CYCLE_SEED, MAX_SUBMISSION_LEN, SUBMISSION_SEED},
    error::GradualError,
    events::{CycleOpened, Submitted, emit},
    pda::{self, NewAccount, canonical_bump, load_mut},
    phases,
    rules::schedule::review_round,
    state::{Config, Cycle, NodeStake, Subject, Submission, Task},
};
use anchor_lang::prelude::*;
use bytemuck::Zeroable;
use std::cell::{Ref, RefMut};

/// Accounts of [`submit`](crate::gradual_consensus::submit).
#[derive(Accounts)]
pub struct Submit<'info> {
    /// The node.
    pub node: Signer<'info>,
    /// Pays the rent of the submission, and of the cycle where this opens it.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The program's config, which decides whether a cycle may be opened.
    /// CHECK: by its type; see [`Config::load`].
    pub config: UncheckedAccount<'info>,
    /// The task.
    pub task: AccountLoader<'info, Task>,
    /// The cycle, at `["cycle", task, number]`; its first submission opens it.
    /// CHECK: created here, or checked to be this cycle of this task.
    #[account(mut)]
    pub cycle: UncheckedAccount<'info>,
    /// The node's stake.
    #[account(
        mut,
        has_one = task @ GradualError::WrongTask,
        has_one = node @ GradualError::WrongNode
    )]
    pub node_stake: AccountLoader<'info, NodeStake>,
    /// The submission to be.
    /// CHECK: created here.
    #[account(mut, seeds = [SUBMISSION_SEED, cycle.key().as_ref(), node.key().as_ref()], bump)]
    pub submission: UncheckedAccount<'info>,
    /// The slot hashes sysvar, whose latest entry stirs the cycle's entropy.
    /// CHECK: by its address.
    #[account(address = solana_sdk_ids::sysvar::slot_hashes::ID)]
    pub slot_hashes: UncheckedAccount<'info>,
    /// The system program.
    pub system_program: Program<'info, System>,
}

pub(crate) fn handle(ctx: Context<Submit>, cycle_number: u64, value: Vec<u8>) -> Result<()> {
    let (accounts, bump) = (&*ctx.accounts, ctx.bumps.submission);
    phases::run(
        || accounts.check(cycle_number, &value),
        |checked| accounts.apply(checked, cycle_number, &value, bump),
    )
}

struct Checked<'a> {
    task: Ref<'a, Task>,
    stake: RefMut<'a, NodeStake>,
    /// The bump of the cycle's address, where this submission opens it.
    to_open: Option<u8>,
    window_round: u64,
    slot: u64,
    length: u16,
    slot_hash: [u8; 32],
}

impl Submit<'_> {
    fn check(&self, cycle_number: u64, value: &[u8]) -> Result<Checked<'_>> {
        let slot = Clock::get()?.slot;
        let task = self.task.load()?;
        let length = u16::try_from(value.len())
            .ok()
            .filter(|&length| length >= 1 && u64::from(length) <= MAX_SUBMISSION_LEN)
            .ok_or(GradualError::InvalidSubmissionLength)?;
        let window_round = review_round(cycle_number).ok_or(GradualError::Overflow)?;
        let window = task
            .schedule
            .submission_window(window_round)
            .ok_or(GradualError::Overflow)?;
        require!(window.contains(slot), GradualError::SubmissionWindowClosed);
        task.require_submissions(window_round)?;

        let stake = self.node_stake.load_mut()?;
        stake.require_weight(&task, window_round)?;
        let to_open = if pda::is_free(&self.cycle) {
            Config::load(&self.config)?.require_running_since(window.start)?;
            let number = cycle_number.to_le_bytes();
            let seeds = [
                CYCLE_SEED,
                self.task.to_account_info().key.as_ref(),
                &number,
            ];
            Some(canonical_bump(self.cycle.key, &seeds)?)
        } else {
            let cycle = pda::load::<Cycle>(&self.cycle).ok_or(GradualError::WrongCycle)?;
            require_keys_eq!(cycle.task, self.task.key(), GradualError::WrongTask);
            require_eq!(cycle.number, cycle_number, GradualError::WrongCycle);
            None
        };
        pda::require_free(&self.submission, GradualError::AlreadySubmitted)?;
        let slot_hash = most_recent_slot_hash(&self.slot_hashes)?;
        Ok(Checked {
            task,
            stake,
            to_open,
            window_round,
            slot,
            length,
            slot_hash,
        })
    }

    fn apply(
        &self,
        checked: Checked,
        cycle_number: u64,
        value: &[u8],
        bump: u8,
    ) -> Result<((), Submitted)> {
        let Checked {
            task, mut stake, ..
        } = checked;
        if let Some(bump) = checked.to_open {
            self.open_cycle(cycle_number, bump)?;
            stake.account_opened()?;
        }
        let mut cycle = load_mut::<Cycle>(&self.cycle).ok_or(GradualError::WrongCycle)?;
        let subject = Subject::new(
            self.cycle.key(),
            &cycle,
            self.node.key(),
            self.payer.key(),
            (checked.window_round, checked.slot),
            bump,
        );
        NewAccount {
            address: &self.submission,
            payer: &self.payer,
            seeds: &[
                SUBMISSION_SEED,
                self.cycle.key.as_ref(),
                self.node.key.as_ref(),
                &[bump],
            ],
        }
        .create(
            &Submission {
                subject,
                value_len: checked.length,
                has_proposed: 0,
                padding: [0; 5],
            },
            value,
        )?;
        cycle.add_submission(self.node.key, value, &checked.slot_hash)?;
        stake.lock_for(&task, &subject)?;
        stake.account_opened()?;
        let event = Submitted {
            task: subject.task,
            node: subject.author,
            cycle: cycle_number,
            submissions: cycle.submissions,
            locked_until_slot: stake.locked_until_slot,
        };
        Ok(((), event))
    }

    fn open_cycle(&self, number: u64, bump: u8) -> Result<()> {
        let task = self.task.key();
        NewAccount {
            address: &self.cycle,
            payer: &self.payer,
            seeds: &[CYCLE_SEED, task.as_ref(), &number.to_le_bytes(), &[bump]],
        }
        .create(
            &Cycle {
                task,
                opener: self.node.key(),
                payer: self.payer.key(),
                number,
                bump,
                ..Cycle::zeroed()
            },
            &[],
        )?;
        emit(&CycleOpened {
            task,
            cycle: number,
        });
        Ok(())
    }
}

/// The sysvar is a list of (slot, hash) behind its length, latest first.
fn most_recent_slot_hash(slot_hashes: &AccountInfo) -> Result<[u8; 32]> {
    const FIRST_HASH: usize = size_of::<u64>() + size_of::<u64>();
    let data = slot_hashes.try_borrow_data()?;
    let hash = data
        .get(FIRST_HASH..)
        .and_then(|rest| rest.first_chunk::<32>());
    Ok(*hash.ok_or(ProgramError::UnsupportedSysvar)?)
}
