use crate::{
    checked::{add, subtract},
    error::GradualError,
    events::CycleClosed,
    pda, phases,
    state::{Cycle, NodeStake, Task},
};
use anchor_lang::prelude::*;
use std::cell::RefMut;

/// Accounts of [`close_cycle`](crate::gradual_consensus::close_cycle). Anyone may send it.
#[derive(Accounts)]
pub struct CloseCycle<'info> {
    /// The task.
    #[account(mut)]
    pub task: AccountLoader<'info, Task>,
    /// The cycle.
    #[account(mut, has_one = task @ GradualError::WrongTask)]
    pub cycle: AccountLoader<'info, Cycle>,
    /// The stake account of the node that opened the cycle.
    #[account(mut, has_one = task @ GradualError::WrongTask)]
    pub opener_stake: AccountLoader<'info, NodeStake>,
    /// Who paid the rent of the cycle; gets it back.
    /// CHECK: stored in the cycle.
    #[account(mut)]
    pub payer: UncheckedAccount<'info>,
}

pub(crate) fn handle(ctx: Context<CloseCycle>) -> Result<()> {
    let accounts = &*ctx.accounts;
    phases::run(|| accounts.check(), |checked| accounts.apply(checked))
}

struct Checked<'a> {
    task: RefMut<'a, Task>,
    cycle: Cycle,
    opener: RefMut<'a, NodeStake>,
}

impl CloseCycle<'_> {
    fn check(&self) -> Result<Checked<'_>> {
        let cycle = *self.cycle.load()?;
        let task = self.task.load_mut()?;
        cycle.require_settled(&task, Clock::get()?.slot)?;
        require!(cycle.open_subjects == 0, GradualError::SubjectsOpen);
        let opener = self.opener_stake.load_mut()?;
        require_keys_eq!(opener.node, cycle.opener, GradualError::WrongNode);
        pda::require_payer(&self.payer, &cycle.payer)?;
        Ok(Checked {
            task,
            cycle,
            opener,
        })
    }

    fn apply(&self, checked: Checked) -> Result<((), CycleClosed)> {
        let Checked {
            mut task,
            cycle,
            mut opener,
        } = checked;
        let (unpaid, available_before) = (cycle.unpaid()?, task.bounty_available);
        subtract(&mut task.bounty_reserved, cycle.owed)?;
        add(&mut task.bounty_paid, cycle.paid)?;
        add(&mut task.bounty_available, unpaid)?;
        opener.account_closed()?;
        pda::close(self.cycle.as_ref(), &self.payer)?;
        let event = CycleClosed {
            task: cycle.task,
            cycle: cycle.number,
            submissions: cycle.submissions,
            invalid: cycle.invalid,
            paid_submissions: cycle.paid_submissions,
            paid: cycle.paid,
            unpaid,
            available_before,
            available_after: task.bounty_available,
        };
        Ok(((), event))
    }
}
