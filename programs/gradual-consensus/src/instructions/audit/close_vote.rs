use crate::{
    checked::{add, subtract},
    error::GradualError,
    events::{VoteClosed, emit},
    pda,
    rules::money::share,
    state::{AuditVote, NodeStake, Subject, Task},
};
use anchor_lang::prelude::*;

/// Accounts of [`close_vote`](crate::gradual_consensus::close_vote). Anyone may send it.
#[derive(Accounts)]
pub struct CloseVote<'info> {
    /// The task.
    #[account(mut)]
    pub task: AccountLoader<'info, Task>,
    /// The submission or list voted on.
    /// CHECK: a submission or list of this task; see [`Subject::load_mut`].
    #[account(mut)]
    pub subject: UncheckedAccount<'info>,
    /// The vote.
    #[account(mut, has_one = subject @ GradualError::WrongVote)]
    pub vote: AccountLoader<'info, AuditVote>,
    /// The voter's stake account, which is credited.
    #[account(mut, has_one = task @ GradualError::WrongTask)]
    pub voter_stake: AccountLoader<'info, NodeStake>,
    /// Who paid the rent of the vote; gets it back.
    /// CHECK: stored in the vote.
    #[account(mut)]
    pub payer: UncheckedAccount<'info>,
}

pub(crate) fn handle(ctx: Context<CloseVote>) -> Result<()> {
    let accounts = ctx.accounts;
    let vote = *accounts.vote.load()?;
    let mut task = accounts.task.load_mut()?;
    let (_, mut subject) = Subject::load_mut(&accounts.subject)?;
    let mut stake = accounts.voter_stake.load_mut()?;
    require_keys_eq!(subject.task, accounts.task.key(), GradualError::WrongTask);
    require_keys_eq!(stake.node, vote.voter, GradualError::WrongVote);
    require!(
        subject.audit.verdict().is_some(),
        GradualError::AuditUnresolved
    );

    let credited = match subject.audit.winning_weight(vote.is_valid == 1) {
        Some(all) => {
            share(subject.audit.voter_pool, vote.weight, all).ok_or(GradualError::Overflow)?
        }
        None => 0,
    };
    let balance_before = stake.available_balance;
    subtract(&mut subject.audit.voter_pool_left, credited)?;
    stake.credit(credited)?;
    stake.account_closed()?;
    subject.vote_closed()?;
    if subject.audit.open_votes == 0 {
        // What rounding left in the pool.
        let rest = std::mem::take(&mut subject.audit.voter_pool_left);
        add(&mut task.bounty_available, rest)?;
        add(&mut task.bounty_from_slashes, rest)?;
    }
    emit(&VoteClosed {
        task: subject.task,
        subject: accounts.subject.key(),
        voter: vote.voter,
        share: credited,
        balance_before,
        balance_after: stake.available_balance,
    });
    pda::close(accounts.vote.as_ref(), &accounts.payer, &vote.payer)
}
