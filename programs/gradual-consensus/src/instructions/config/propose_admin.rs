use crate::{
    error::GradualError,
    events::{AdminProposed, emit},
    state::Config,
};
use anchor_lang::prelude::*;

/// Accounts of [`propose_admin`](crate::gradual_consensus::propose_admin).
#[derive(Accounts)]
pub struct ProposeAdmin<'info> {
    /// The config's admin.
    pub admin: Signer<'info>,
    /// The config.
    #[account(mut, has_one = admin @ GradualError::NotAdmin)]
    pub config: AccountLoader<'info, Config>,
}

pub(crate) fn handle(ctx: Context<ProposeAdmin>, pending_admin: Pubkey) -> Result<()> {
    let mut config = ctx.accounts.config.load_mut()?;
    config.pending_admin = pending_admin;
    emit(&AdminProposed {
        admin: config.admin,
        pending_admin,
    });
    Ok(())
}
