use crate::{
    checked::{add, subtract},
    error::GradualError,
    events::{DistributionFinalized, emit},
    meter::section_ends,
    state::{Cycle, DistributionList, Task},
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
    pub cycle: AccountLoader<'info, Cycle>,
    /// The list.
    #[account(mut)]
    pub list: AccountLoader<'info, DistributionList>,
}

pub(crate) fn handle(ctx: Context<FinalizeDistribution>) -> Result<()> {
    section_ends("accounts");
    let accounts = ctx.accounts;
    let slot = Clock::get()?.slot;
    let mut task = accounts.task.load_mut()?;
    let mut cycle = accounts.cycle.load_mut()?;
    let mut list = accounts.list.load_mut()?;
    Cycle::require_own(&accounts.cycle.key(), &list.subject)?;
    list.subject.require_audit_window_over(&task, slot)?;
    section_ends("checks");

    let available_before = task.bounty_available;
    let accepted = list.finalize()?;
    cycle.list_pending = 0;
    if accepted {
        cycle.list_accepted = 1;
        cycle.accepted_attempt = list.attempt;
        cycle.accepted_in_round = task.current_round(slot);
    } else {
        subtract(&mut task.bounty_reserved, list.total)?;
        add(&mut task.bounty_available, list.total)?;
    }
    section_ends("state");
    emit(&DistributionFinalized {
        task: list.subject.task,
        cycle: cycle.number,
        attempt: list.attempt,
        accepted,
        available_before,
        available_after: task.bounty_available,
    });
    section_ends("event");
    Ok(())
}
