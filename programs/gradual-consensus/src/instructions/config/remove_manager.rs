use super::ChangeManagers;
use crate::events::{ManagerRemoved, emit};
use anchor_lang::prelude::*;

pub(crate) fn handle(ctx: Context<ChangeManagers>, manager: Pubkey) -> Result<()> {
    let mut config = ctx.accounts.config.load_mut()?;
    ctx.accounts.require_managers(&config)?;
    config.remove_manager(&manager)?;
    emit(&ManagerRemoved {
        manager,
        managers: config.manager_count,
    });
    Ok(())
}
