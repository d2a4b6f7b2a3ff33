use crate::{
    checked::{add, subtract},
    error::GradualError,
    events::DistributionFinalized,
    phases,
    state::{Cycle, DistributionList, Task},
};
use anchor_lang::prelude::*;
use std::cell::RefMut;

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
    let accounts = &*ctx.accounts;
    phases::run(|| accounts.check(), apply)
}

struct Checked<'a> {
    task: RefMut<'a, Task>,
    cycle: RefMut<'a, Cycle>,
    list: RefMut<'a, DistributionList>,
    accepted: bool,
    round: u64,
}

impl FinalizeDistribution<'_> {
    fn check(&self) -> Result<Checked<'_>> {
        let slot = Clock::get()?.slot;
        let task = self.task.load_mut()?;
        let cycle = self.cycle.load_mut()?;
        let list = self.list.load_mut()?;
        Cycle::require_own(&self.cycle.key(), &list.subject)?;
        list.subject.require_audit_window_over(&task, slot)?;
        Ok(Checked {
            accepted: list.is_acceptable()?,
            round: task.current_round(slot),
            task,
            cycle,
            list,
        })
    }
}

fn apply(checked: Checked) -> Result<((), DistributionFinalized)> {
    let Checked {
        mut task,
        mut cycle,
        mut list,
        accepted,
        round,
    } = checked;
    let available_before = task.bounty_available;
    list.finalize(accepted);
    cycle.list_pending = 0;
    if accepted {
        let unused = cycle.accept(&list, round)?;
        subtract(&mut task.bounty_reserved, unused)?;
        add(&mut task.bounty_available, unused)?;
    }
    let event = DistributionFinalized {
        task: list.subject.task,
        cycle: cycle.number,
        attempt: list.attempt,
        accepted,
        available_before,
        available_after: task.bounty_available,
    };
    Ok(((), event))
}
