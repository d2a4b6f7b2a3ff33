use crate::{
    checked::{add, count_down, subtract},
    error::GradualError,
    events::SubjectClosed,
    pda, phases,
    state::{Cycle, DistributionList, NodeStake, Status, Subject, SubjectKind, Task},
};
use anchor_lang::prelude::*;
use std::cell::RefMut;

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
    phases::run(|| accounts.check(), |checked| accounts.apply(checked))
}

struct Checked<'a> {
    task: RefMut<'a, Task>,
    cycle: RefMut<'a, Cycle>,
    kind: SubjectKind,
    subject: Subject,
    author: RefMut<'a, NodeStake>,
}

impl CloseSubject<'_> {
    fn check(&self) -> Result<Checked<'_>> {
        let slot = Clock::get()?.slot;
        let task = self.task.load_mut()?;
        let cycle = self.cycle.load_mut()?;
        let (kind, subject) = {
            let (kind, subject) = Subject::load_mut(&self.subject)?;
            (kind, *subject)
        };
        Cycle::require_own(&self.cycle.key(), &subject)?;
        require!(
            subject.status() != Status::Challenged,
            GradualError::AuditUnresolved
        );
        require!(subject.audit.open_votes == 0, GradualError::VotesOpen);
        cycle.require_settled(&task, slot)?;
        let author = self.author_stake.load_mut()?;
        require_keys_eq!(author.node, subject.author, GradualError::WrongAuthor);
        pda::require_payer(&self.payer, &subject.payer)?;
        Ok(Checked {
            task,
            cycle,
            kind,
            subject,
            author,
        })
    }

    fn apply(&self, checked: Checked) -> Result<((), SubjectClosed)> {
        let Checked {
            mut task,
            mut cycle,
            kind,
            subject,
            mut author,
        } = checked;
        author.account_closed()?;
        count_down(&mut cycle.open_subjects)?;
        let available_before = task.bounty_available;
        let unpaid = match (kind, subject.status()) {
            (SubjectKind::List, Status::Accepted) => settle_list(&mut task, &self.subject)?,
            _ => 0,
        };
        pda::close(&self.subject, &self.payer)?;
        let event = SubjectClosed {
            task: subject.task,
            subject: self.subject.key(),
            kind,
            unpaid,
            available_before,
            available_after: task.bounty_available,
        };
        Ok(((), event))
    }
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
