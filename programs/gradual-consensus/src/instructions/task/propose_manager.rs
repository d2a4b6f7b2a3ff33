use crate::{
    error::GradualError,
    events::{ManagerProposed, emit},
    state::Task,
};
use anchor_lang::prelude::*;

/// Accounts of [`propose_manager`](crate::gradual_consensus::propose_manager).
#[derive(Accounts)]
pub struct ProposeManager<'info> {
    /// The task's manager.
    pub manager: Signer<'info>,
    /// The task.
    #[account(mut, has_one = manager @ GradualError::NotManager)]
    pub task: AccountLoader<'info, Task>,
}

pub(crate) fn handle(ctx: Context<ProposeManager>, pending_manager: Pubkey) -> Result<()> {
    let mut task = ctx.accounts.task.load_mut()?;
    task.pending_manager = pending_manager;
    emit(&ManagerProposed {
        task: ctx.accounts.task.key(),
        manager: task.manager,
        pending_manager,
    });
    Ok(())
}
