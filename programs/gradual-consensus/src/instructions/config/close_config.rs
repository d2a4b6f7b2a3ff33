use super::initialize_config::require_upgrade_authority;
use crate::{
    events::{ConfigClosed, emit},
    pda,
    state::Config,
};
use anchor_lang::prelude::*;

/// Accounts of [`close_config`](crate::gradual_consensus::close_config).
#[derive(Accounts)]
pub struct CloseConfig<'info> {
    /// The program's upgrade authority.
    pub authority: Signer<'info>,
    /// The config.
    #[account(mut)]
    pub config: AccountLoader<'info, Config>,
    /// What the upgradeable loader keeps of this program.
    /// CHECK: by its address and owner; see [`require_upgrade_authority`].
    pub program_data: UncheckedAccount<'info>,
    /// Who paid the rent of the config; gets it back.
    /// CHECK: stored in the config.
    #[account(mut)]
    pub payer: UncheckedAccount<'info>,
}

pub(crate) fn handle(ctx: Context<CloseConfig>) -> Result<()> {
    let accounts = ctx.accounts;
    require_upgrade_authority(&accounts.program_data, accounts.authority.key)?;
    let Config { admin, payer, .. } = *accounts.config.load()?;
    pda::require_payer(&accounts.payer, &payer)?;
    pda::close(accounts.config.as_ref(), &accounts.payer)?;
    emit(&ConfigClosed { admin });
    Ok(())
}
