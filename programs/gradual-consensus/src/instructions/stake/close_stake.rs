use crate::{
    checked::subtract,
    error::GradualError,
    events::StakeClosed,
    pda, phases,
    state::{NodeStake, Task},
};
use anchor_lang::prelude::*;
use std::cell::RefMut;

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
    let accounts = &*ctx.accounts;
    phases::run(|| accounts.check(), |checked| accounts.apply(checked))
}

struct Checked<'a> {
    task: RefMut<'a, Task>,
    stake: NodeStake,
}

impl CloseStake<'_> {
    fn check(&self) -> Result<Checked<'_>> {
        let stake = *self.node_stake.load()?;
        let task = self.task.load_mut()?;
        require!(
            !task.is_active() || stake.node == *self.closer.key,
            GradualError::TaskActive
        );
        stake.require_empty()?;
        pda::require_payer(&self.payer, &stake.payer)?;
        Ok(Checked { task, stake })
    }

    fn apply(&self, checked: Checked) -> Result<((), StakeClosed)> {
        let Checked { mut task, stake } = checked;
        subtract(&mut task.node_count, 1)?;
        pda::close(self.node_stake.as_ref(), &self.payer)?;
        let event = StakeClosed {
            task: stake.task,
            node: stake.node,
        };
        Ok(((), event))
    }
}
