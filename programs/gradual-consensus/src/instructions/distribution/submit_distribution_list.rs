use crate::{
    checked::count_up,
    constants::LIST_SEED,
    error::GradualError,
    events::DistributionListSubmitted,
    pda::{self, NewAccount},
    phases,
    rules::schedule::distribution_round,
    state::{Cycle, DistributionList, NodeStake, Submission, Task, TextField, text_field},
};
use anchor_lang::prelude::*;
use std::cell::{Ref, RefMut};

/// Accounts of
/// [`submit_distribution_list`](crate::gradual_consensus::submit_distribution_list).
#[derive(Accounts)]
#[instruction(attempt: u8)]
pub struct SubmitDistributionList<'info> {
    /// The node that proposes.
    pub proposer: Signer<'info>,
    /// Pays the rent of the list.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The task.
    pub task: AccountLoader<'info, Task>,
    /// The cycle.
    #[account(mut, has_one = task @ GradualError::WrongTask)]
    pub cycle: AccountLoader<'info, Cycle>,
    /// The proposer's own submission in this cycle.
    #[account(mut)]
    pub submission: AccountLoader<'info, Submission>,
    /// The proposer's stake.
    #[account(mut, has_one = task @ GradualError::WrongTask)]
    pub proposer_stake: AccountLoader<'info, NodeStake>,
    /// The list to be.
    /// CHECK: created here.
    #[account(mut, seeds = [LIST_SEED, cycle.key().as_ref(), &[attempt]], bump)]
    pub list: UncheckedAccount<'info>,
    /// The system program.
    pub system_program: Program<'info, System>,
}

/// What a proposer says of its list.
#[derive(Clone, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub struct ListProposal {
    /// Root over all entries; see [`crate::rules::merkle`].
    pub merkle_root: [u8; 32],
    /// Sum of all entries, in base units; at most the cycle's bounty.
    pub total: u64,
    /// Number of entries.
    pub count: u32,
    /// Where people can read the list; at most 64 bytes, may be empty.
    pub uri: String,
}

pub(crate) fn handle(
    ctx: Context<SubmitDistributionList>,
    attempt: u8,
    proposal: ListProposal,
) -> Result<()> {
    let (accounts, bump) = (&*ctx.accounts, ctx.bumps.list);
    phases::run(
        || accounts.check(attempt, &proposal),
        |checked| accounts.apply(checked, attempt, &proposal, bump),
    )
}

struct Checked<'a> {
    task: Ref<'a, Task>,
    cycle: RefMut<'a, Cycle>,
    submission: RefMut<'a, Submission>,
    stake: RefMut<'a, NodeStake>,
    window_round: u64,
    slot: u64,
    uri: (TextField, u8),
}

impl SubmitDistributionList<'_> {
    fn check(&self, attempt: u8, proposal: &ListProposal) -> Result<Checked<'_>> {
        let slot = Clock::get()?.slot;
        let proposer = self.proposer.key();
        let task = self.task.load()?;
        let cycle = self.cycle.load_mut()?;
        let submission = self.submission.load_mut()?;
        let stake = self.proposer_stake.load_mut()?;
        Cycle::require_own(&self.cycle.key(), &submission.subject)?;
        require_keys_eq!(submission.subject.author, proposer, GradualError::WrongNode);
        require_keys_eq!(stake.node, proposer, GradualError::WrongNode);

        require!(
            attempt <= task.allowed_failed_distributions,
            GradualError::AttemptsExhausted
        );
        let window_round =
            distribution_round(cycle.number, attempt).ok_or(GradualError::Overflow)?;
        let window = task
            .schedule
            .submission_window(window_round)
            .ok_or(GradualError::Overflow)?;
        require!(window.contains(slot), GradualError::ListWindowClosed);
        cycle.require_list_wanted()?;
        stake.require_weight(&task, window_round)?;
        submission.require_may_propose()?;
        require!(
            slot >= cycle.proposal_slot(&task, &proposer, attempt)?,
            GradualError::NotYetSelected
        );
        proposal.validate(&cycle)?;
        let uri = text_field(&proposal.uri)?;
        pda::require_free(&self.list, GradualError::ListNotPending)?;
        Ok(Checked {
            task,
            cycle,
            submission,
            stake,
            window_round,
            slot,
            uri,
        })
    }

    fn apply(
        &self,
        checked: Checked,
        attempt: u8,
        proposal: &ListProposal,
        bump: u8,
    ) -> Result<((), DistributionListSubmitted)> {
        let Checked {
            task,
            mut cycle,
            mut submission,
            mut stake,
            uri,
            window_round,
            slot,
        } = checked;
        let address = self.cycle.key();
        NewAccount {
            address: &self.list,
            payer: &self.payer,
            seeds: &[LIST_SEED, address.as_ref(), &[attempt], &[bump]],
        }
        .create(&[], |list: &mut DistributionList| {
            list.subject.hand_in(
                (&address, &cycle),
                self.proposer.key,
                self.payer.key,
                (window_round, slot),
                bump,
            );
            list.merkle_root = proposal.merkle_root;
            list.total = proposal.total;
            list.count = proposal.count;
            list.attempt = attempt;
            (list.uri, list.uri_len) = uri;
        })?;
        submission.has_proposed = 1;
        cycle.list_pending = 1;
        count_up(&mut cycle.open_subjects)?;
        stake.lock_for_round(&task, window_round)?;
        stake.account_opened()?;
        let event = DistributionListSubmitted {
            task: cycle.task,
            cycle: cycle.number,
            attempt,
            proposer: self.proposer.key(),
            total: proposal.total,
            count: proposal.count,
        };
        Ok(((), event))
    }
}

impl ListProposal {
    fn validate(&self, cycle: &Cycle) -> Result<()> {
        require!(
            self.count >= 1
                && self.count <= cycle.submissions
                && self.total >= u64::from(self.count),
            GradualError::InvalidList
        );
        require!(self.total <= cycle.bounty, GradualError::ListExceedsBounty);
        Ok(())
    }
}
