use crate::{
    error::GradualError,
    events::{PausedSet, emit},
    state::Config,
};
use anchor_lang::prelude::*;

/// Accounts of [`set_paused`](crate::gradual_consensus::set_paused).
#[derive(Accounts)]
pub struct SetPaused<'info> {
    /// The config's admin.
    pub admin: Signer<'info>,
    /// The config.
    #[account(mut, has_one = admin @ GradualError::NotAdmin)]
    pub config: AccountLoader<'info, Config>,
}

pub(crate) fn handle(ctx: Context<SetPaused>, is_paused: bool) -> Result<()> {
    let mut config = ctx.accounts.config.load_mut()?;
    let paused_before = config.is_paused();
    config.is_paused = u8::from(is_paused);
    emit(&PausedSet {
        paused_before,
        paused_after: is_paused,
    });
    Ok(())
}
