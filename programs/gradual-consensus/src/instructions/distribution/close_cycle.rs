use crate::{
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
    cycle: Cycle,
    opener: RefMut<'a, NodeStake>,
}

impl CloseCycle<'_> {
    fn check(&self) -> Result<Checked<'_>> {
        let cycle = *self.cycle.load()?;
        cycle.require_settled(&*self.task.load()?, Clock::get()?.slot)?;
        require!(cycle.open_subjects == 0, GradualError::SubjectsOpen);
        let opener = self.opener_stake.load_mut()?;
        require_keys_eq!(opener.node, cycle.opener, GradualError::WrongNode);
        pda::require_payer(&self.payer, &cycle.payer)?;
        Ok(Checked { cycle, opener })
    }

    fn apply(&self, checked: Checked) -> Result<((), CycleClosed)> {
        let Checked { cycle, mut opener } = checked;
        opener.account_closed()?;
        pda::close(self.cycle.as_ref(), &self.payer)?;
        let event = CycleClosed {
            task: cycle.task,
            cycle: cycle.number,
            submissions: cycle.submissions,
            invalid: cycle.invalid,
            paid: cycle.paid,
        };
        Ok(((), event))
    }
}
