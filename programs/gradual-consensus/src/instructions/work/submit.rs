use crate::{
    constants::{MAX_SUBMISSION_LEN, SUBMISSION_SEED},
    error::GradualError,
    events::Submitted,
    pda::{self, NewAccount, load_mut},
    phases,
    rules::schedule::review_round,
    state::{Cycle, NodeStake, Submission, Task},
};
use anchor_lang::prelude::*;
use std::cell::RefMut;

/// Accounts of [`submit`](crate::gradual_consensus::submit).
#[derive(Accounts)]
pub struct Submit<'info> {
    /// The node.
    pub node: Signer<'info>,
    /// Pays the rent of the submission.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The task.
    pub task: AccountLoader<'info, Task>,
    /// The cycle, at `["cycle", task, number]`.
    /// CHECK: by its type, task and number, so that one that is not open has an error of its own.
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
        |checked| accounts.apply(checked, &value, bump),
    )
}

struct Checked<'a> {
    stake: RefMut<'a, NodeStake>,
    cycle: RefMut<'a, Cycle>,
    window_round: u64,
    slot: u64,
    unlock_slot: u64,
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
        let unlock_slot = task
            .schedule
            .unlock_after_submission(cycle_number, task.allowed_failed_distributions)
            .ok_or(GradualError::Overflow)?;

        require!(!pda::is_free(&self.cycle), GradualError::CycleNotOpen);
        let cycle = load_mut::<Cycle>(&self.cycle).ok_or(GradualError::WrongCycle)?;
        require_keys_eq!(cycle.task, self.task.key(), GradualError::WrongTask);
        require_eq!(cycle.number, cycle_number, GradualError::WrongCycle);
        let stake = self.node_stake.load_mut()?;
        stake.require_weight(&task, window_round)?;
        pda::require_free(&self.submission, GradualError::AlreadySubmitted)?;
        Ok(Checked {
            stake,
            cycle,
            window_round,
            slot,
            unlock_slot,
            length,
            slot_hash: most_recent_slot_hash(&self.slot_hashes)?,
        })
    }

    fn apply(&self, checked: Checked, value: &[u8], bump: u8) -> Result<((), Submitted)> {
        let Checked {
            mut stake,
            mut cycle,
            window_round,
            slot,
            unlock_slot,
            length,
            slot_hash,
        } = checked;
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
        .create(value, |submission: &mut Submission| {
            submission.subject.hand_in(
                (self.cycle.key, &cycle),
                self.node.key,
                self.payer.key,
                (window_round, slot),
                bump,
            );
            submission.value_len = length;
        })?;
        cycle.add_submission(self.node.key, value, &slot_hash)?;
        stake.lock(window_round, unlock_slot);
        stake.account_opened()?;
        let event = Submitted {
            task: cycle.task,
            node: self.node.key(),
            cycle: cycle.number,
            submissions: cycle.submissions,
            locked_until_slot: stake.locked_until_slot,
        };
        Ok(((), event))
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
