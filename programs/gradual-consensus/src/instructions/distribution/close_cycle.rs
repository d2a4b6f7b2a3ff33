use crate::{
    error::GradualError,
    events::{CycleClosed, emit},
    pda,
    state::{Cycle, NodeStake, Task},
};
use anchor_lang::prelude::*;

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
    let accounts = ctx.accounts;
    let cycle = *accounts.cycle.load()?;
    cycle.require_settled(&*accounts.task.load()?, Clock::get()?.slot)?;
    require!(cycle.open_subjects == 0, GradualError::SubjectsOpen);
    let mut opener = accounts.opener_stake.load_mut()?;
    require_keys_eq!(opener.node, cycle.opener, GradualError::WrongNode);
    opener.account_closed()?;
    emit(&CycleClosed {
        task: cycle.task,
        cycle: cycle.number,
        submissions: cycle.submissions,
        invalid: cycle.invalid,
        paid: cycle.paid,
    });
    pda::close(accounts.cycle.as_ref(), &accounts.payer, &cycle.payer)
}
