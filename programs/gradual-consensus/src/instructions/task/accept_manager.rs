use crate::{
    error::GradualError,
    events::{ManagerAccepted, emit},
    state::Task,
};
use anchor_lang::prelude::*;

/// Accounts of [`accept_manager`](crate::gradual_consensus::accept_manager).
#[derive(Accounts)]
pub struct AcceptManager<'info> {
    /// Who was proposed, and becomes the manager.
    pub pending_manager: Signer<'info>,
    /// The task.
    #[account(mut, has_one = pending_manager @ GradualError::NotPendingManager)]
    pub task: AccountLoader<'info, Task>,
}

pub(crate) fn handle(ctx: Context<AcceptManager>) -> Result<()> {
    let mut task = ctx.accounts.task.load_mut()?;
    let manager_after = std::mem::take(&mut task.pending_manager);
    let manager_before = std::mem::replace(&mut task.manager, manager_after);
    emit(&ManagerAccepted {
        task: ctx.accounts.task.key(),
        manager_before,
        manager_after,
    });
    Ok(())
}
