use crate::{
    error::GradualError,
    events::{AdminAccepted, emit},
    state::Config,
};
use anchor_lang::prelude::*;

/// Accounts of [`accept_admin`](crate::gradual_consensus::accept_admin).
#[derive(Accounts)]
pub struct AcceptAdmin<'info> {
    /// Who was proposed, and becomes the admin.
    pub pending_admin: Signer<'info>,
    /// The config.
    #[account(mut, has_one = pending_admin @ GradualError::NotPendingAdmin)]
    pub config: AccountLoader<'info, Config>,
}

pub(crate) fn handle(ctx: Context<AcceptAdmin>) -> Result<()> {
    let mut config = ctx.accounts.config.load_mut()?;
    let admin_after = std::mem::take(&mut config.pending_admin);
    let admin_before = std::mem::replace(&mut config.admin, admin_after);
    emit(&AdminAccepted {
        admin_before,
        admin_after,
    });
    Ok(())
}
