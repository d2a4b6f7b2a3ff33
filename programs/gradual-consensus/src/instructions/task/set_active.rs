use crate::{
    error::GradualError,
    events::{TaskActiveSet, emit},
    state::Task,
};
use anchor_lang::prelude::*;

/// Accounts of [`set_active`](crate::gradual_consensus::set_active).
#[derive(Accounts)]
pub struct SetActive<'info> {
    /// The task's manager.
    pub manager: Signer<'info>,
    /// The task.
    #[account(mut, has_one = manager @ GradualError::NotManager)]
    pub task: AccountLoader<'info, Task>,
}

pub(crate) fn handle(ctx: Context<SetActive>, is_active: bool) -> Result<()> {
    let mut task = ctx.accounts.task.load_mut()?;
    require!(!task.has_migrated(), GradualError::TaskMigrated);
    let active_before = task.is_active();
    task.is_active = u8::from(is_active);
    emit(&TaskActiveSet {
        task: ctx.accounts.task.key(),
        active_before,
        active_after: is_active,
    });
    Ok(())
}
