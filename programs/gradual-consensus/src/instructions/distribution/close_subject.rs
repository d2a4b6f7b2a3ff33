use crate::{
    checked::{add, count_down, subtract},
    error::GradualError,
    events::{SubjectClosed, emit},
    pda,
    state::{Cycle, DistributionList, NodeStake, Status, Subject, SubjectKind, Task},
};
use anchor_lang::prelude::*;

/// Accounts of [`close_subject`](crate::gradual_consensus::close_subject). Anyone may send it.
#[derive(Accounts)]
pub struct CloseSubject<'info> {
    /// The task.
    #[account(mut)]
    pub task: AccountLoader<'info, Task>,
    /// The cycle.
    #[account(mut, has_one = task @ GradualError::WrongTask)]
    pub cycle: AccountLoader<'info, Cycle>,
    /// The submission or list to close.
    /// CHECK: a submission or list of this cycle; see [`Subject::load_mut`].
    #[account(mut)]
    pub subject: UncheckedAccount<'info>,
    /// The stake account of the subject's author.
    #[account(mut, has_one = task @ GradualError::WrongTask)]
    pub author_stake: AccountLoader<'info, NodeStake>,
    /// Who paid the rent of the subject; gets it back.
    /// CHECK: stored in the subject.
    #[account(mut)]
    pub payer: UncheckedAccount<'info>,
}

pub(crate) fn handle(ctx: Context<CloseSubject>) -> Result<()> {
    let accounts = &*ctx.accounts;
    let slot = Clock::get()?.slot;
    let mut task = accounts.task.load_mut()?;
    let mut cycle = accounts.cycle.load_mut()?;
    let (kind, subject) = {
        let (kind, subject) = Subject::load_mut(&accounts.subject)?;
        (kind, *subject)
    };
    Cycle::require_own(&accounts.cycle.key(), &subject)?;
    require!(
        subject.status() != Status::Challenged,
        GradualError::AuditUnresolved
    );
    require!(subject.audit.open_votes == 0, GradualError::VotesOpen);
    cycle.require_settled(&task, slot)?;

    let mut author = accounts.author_stake.load_mut()?;
    require_keys_eq!(author.node, subject.author, GradualError::WrongAuthor);
    author.account_closed()?;
    count_down(&mut cycle.open_subjects)?;
    let available_before = task.bounty_available;
    let unpaid = match (kind, subject.status()) {
        (SubjectKind::List, Status::Accepted) => settle_list(&mut task, &accounts.subject)?,
        _ => 0,
    };
    emit(&SubjectClosed {
        task: subject.task,
        subject: accounts.subject.key(),
        kind,
        unpaid,
        available_before,
        available_after: task.bounty_available,
    });
    pda::close(&accounts.subject, &accounts.payer, &subject.payer)
}

/// Ends an accepted list's reservation: what was not paid is available again.
fn settle_list(task: &mut Task, list: &AccountInfo) -> Result<u64> {
    let list = pda::load_mut::<DistributionList>(list).ok_or(GradualError::WrongSubject)?;
    let unpaid = list.unpaid()?;
    subtract(&mut task.bounty_reserved, list.total)?;
    add(&mut task.bounty_available, unpaid)?;
    add(&mut task.bounty_paid, list.paid)?;
    Ok(unpaid)
}
