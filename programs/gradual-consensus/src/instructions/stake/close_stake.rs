use crate::{
    checked::subtract,
    error::GradualError,
    events::{StakeClosed, emit},
    pda,
    state::{NodeStake, Task},
};
use anchor_lang::prelude::*;

/// Accounts of [`close_stake`](crate::gradual_consensus::close_stake).
#[derive(Accounts)]
pub struct CloseStake<'info> {
    /// Who closes it: the node, or anyone once the task is inactive.
    pub closer: Signer<'info>,
    /// The task.
    #[account(mut)]
    pub task: AccountLoader<'info, Task>,
    /// The node's stake account.
    #[account(mut, has_one = task @ GradualError::WrongTask)]
    pub node_stake: AccountLoader<'info, NodeStake>,
    /// Who paid the rent of the stake account; gets it back.
    /// CHECK: stored in the stake account.
    #[account(mut)]
    pub payer: UncheckedAccount<'info>,
}

pub(crate) fn handle(ctx: Context<CloseStake>) -> Result<()> {
    let accounts = ctx.accounts;
    let stake = *accounts.node_stake.load()?;
    let mut task = accounts.task.load_mut()?;
    require!(
        task.is_active == 0 || stake.node == *accounts.closer.key,
        GradualError::TaskActive
    );
    stake.require_empty()?;
    subtract(&mut task.node_count, 1)?;
    emit(&StakeClosed {
        task: stake.task,
        node: stake.node,
    });
    pda::close(accounts.node_stake.as_ref(), &accounts.payer, &stake.payer)
}
