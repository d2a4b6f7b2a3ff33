use crate::{
    checked::{add, subtract},
    error::GradualError,
    events::{DistributionFinalized, emit},
    meter::section_ends,
    state::{DistributionList, Round, Task},
};
use anchor_lang::prelude::*;

/// Accounts of [`finalize_distribution`](crate::gradual_consensus::finalize_distribution). Anyone
/// may send it.
#[derive(Accounts)]
pub struct FinalizeDistribution<'info> {
    /// The task.
    #[account(mut)]
    pub task: AccountLoader<'info, Task>,
    /// The cycle.
    #[account(mut, has_one = task @ GradualError::WrongTask)]
    pub round: AccountLoader<'info, Round>,
    /// The list.
    #[account(mut)]
    pub list: AccountLoader<'info, DistributionList>,
}

pub(crate) fn handle(ctx: Context<FinalizeDistribution>) -> Result<()> {
    section_ends("accounts");
    let accounts = ctx.accounts;
    let slot = Clock::get()?.slot;
    let mut task = accounts.task.load_mut()?;
    let mut round = accounts.round.load_mut()?;
    let mut list = accounts.list.load_mut()?;
    Round::require_own(&accounts.round.key(), &list.subject)?;
    list.subject.require_audit_window_over(&task, slot)?;
    section_ends("checks");

    let available_before = task.bounty_available;
    let accepted = list.finalize()?;
    round.list_pending = 0;
    if accepted {
        round.list_accepted = 1;
        round.accepted_attempt = list.attempt;
        round.accepted_in_round = task.current_round(slot);
    } else {
        subtract(&mut task.bounty_reserved, list.total)?;
        add(&mut task.bounty_available, list.total)?;
    }
    section_ends("state");
    emit(&DistributionFinalized {
        task: list.subject.task,
        round: round.number,
        attempt: list.attempt,
        accepted,
        available_before,
        available_after: task.bounty_available,
    });
    section_ends("event");
    Ok(())
}
