use crate::{
    events::{ManagerInserted, emit},
    state::Config,
};
use anchor_lang::prelude::*;

/// Accounts of [`insert_manager`](crate::gradual_consensus::insert_manager) and
/// [`remove_manager`](crate::gradual_consensus::remove_manager).
#[derive(Accounts)]
pub struct ChangeManagers<'info> {
    /// A manager.
    pub first: Signer<'info>,
    /// Another manager; left out while there is only one.
    pub second: Option<Signer<'info>>,
    /// The config.
    #[account(mut)]
    pub config: AccountLoader<'info, Config>,
}

impl ChangeManagers<'_> {
    /// # Errors
    /// What [`Config::require_managers`] refuses.
    pub(crate) fn require_managers(&self, config: &Config) -> Result<()> {
        let second = self.second.as_ref().map(|second| second.key);
        config.require_managers(self.first.key, second)
    }
}

pub(crate) fn handle(ctx: Context<ChangeManagers>, manager: Pubkey) -> Result<()> {
    let mut config = ctx.accounts.config.load_mut()?;
    ctx.accounts.require_managers(&config)?;
    config.insert_manager(manager)?;
    emit(&ManagerInserted {
        manager,
        managers: config.manager_count,
    });
    Ok(())
}
