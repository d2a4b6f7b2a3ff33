use crate::{
    events::{TaskAllowlisted, emit},
    state::{Config, Task},
};
use anchor_lang::prelude::*;

/// Accounts of [`allowlist_task`](crate::gradual_consensus::allowlist_task).
#[derive(Accounts)]
pub struct AllowlistTask<'info> {
    /// A manager of the config.
    pub manager: Signer<'info>,
    /// The config.
    pub config: AccountLoader<'info, Config>,
    /// The task.
    #[account(mut)]
    pub task: AccountLoader<'info, Task>,
}

pub(crate) fn handle(ctx: Context<AllowlistTask>, is_allowlisted: bool) -> Result<()> {
    let accounts = ctx.accounts;
    let manager = accounts.manager.key();
    accounts.config.load()?.require_manager(&manager)?;
    let mut task = accounts.task.load_mut()?;
    let allowlisted_before = task.is_allowlisted();
    task.is_allowlisted = u8::from(is_allowlisted);
    emit(&TaskAllowlisted {
        task: accounts.task.key(),
        manager,
        allowlisted_before,
        allowlisted_after: is_allowlisted,
    });
    Ok(())
}
