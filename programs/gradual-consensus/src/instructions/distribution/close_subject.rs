use crate::{
    checked::count_down,
    error::GradualError,
    events::SubjectClosed,
    pda, phases,
    state::{Cycle, NodeStake, Status, Subject, SubjectKind, Task},
};
use anchor_lang::prelude::*;
use std::cell::RefMut;

/// Accounts of [`close_subject`](crate::gradual_consensus::close_subject). Anyone may send it.
#[derive(Accounts)]
pub struct CloseSubject<'info> {
    /// The task.
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
    cycle: RefMut<'a, Cycle>,
    kind: SubjectKind,
    subject: Subject,
    author: RefMut<'a, NodeStake>,
}

impl CloseSubject<'_> {
    fn check(&self) -> Result<Checked<'_>> {
        let slot = Clock::get()?.slot;
        let task = self.task.load()?;
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
            cycle,
            kind,
            subject,
            author,
        })
    }

    fn apply(&self, checked: Checked) -> Result<((), SubjectClosed)> {
        let Checked {
            mut cycle,
            kind,
            subject,
            mut author,
        } = checked;
        author.account_closed()?;
        count_down(&mut cycle.open_subjects)?;
        pda::close(&self.subject, &self.payer)?;
        let event = SubjectClosed {
            task: subject.task,
            subject: self.subject.key(),
            kind,
        };
        Ok(((), event))
    }
}
