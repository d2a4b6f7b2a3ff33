use crate::{
    checked::{add, subtract},
    error::GradualError,
    events::VoteClosed,
    pda, phases,
    rules::money::share,
    state::{AuditVote, NodeStake, Subject, Task},
};
use anchor_lang::prelude::*;
use std::cell::RefMut;

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
    let accounts = &*ctx.accounts;
    phases::run(|| accounts.check(), |checked| accounts.apply(checked))
}

struct Checked<'a> {
    task: RefMut<'a, Task>,
    subject: RefMut<'a, Subject>,
    stake: RefMut<'a, NodeStake>,
    vote: AuditVote,
    /// The vote's share of the voters' pool, in base units.
    credited: u64,
}

impl CloseVote<'_> {
    fn check(&self) -> Result<Checked<'_>> {
        let vote = *self.vote.load()?;
        let task = self.task.load_mut()?;
        let (_, subject) = Subject::load_mut(&self.subject)?;
        let stake = self.voter_stake.load_mut()?;
        require_keys_eq!(subject.task, self.task.key(), GradualError::WrongTask);
        require_keys_eq!(stake.node, vote.voter, GradualError::WrongVote);
        require!(
            subject.audit.verdict().is_some(),
            GradualError::AuditUnresolved
        );
        pda::require_payer(&self.payer, &vote.payer)?;
        let credited = match subject.audit.winning_weight(vote.is_valid()) {
            Some(all) => {
                share(subject.audit.voter_pool, vote.weight, all).ok_or(GradualError::Overflow)?
            }
            None => 0,
        };
        Ok(Checked {
            task,
            subject,
            stake,
            vote,
            credited,
        })
    }

    fn apply(&self, checked: Checked) -> Result<((), VoteClosed)> {
        let Checked {
            mut task,
            mut subject,
            mut stake,
            vote,
            credited,
        } = checked;
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
        pda::close(self.vote.as_ref(), &self.payer)?;
        let event = VoteClosed {
            task: subject.task,
            subject: self.subject.key(),
            voter: vote.voter,
            share: credited,
            balance_before,
            balance_after: stake.available_balance,
        };
        Ok(((), event))
    }
}
