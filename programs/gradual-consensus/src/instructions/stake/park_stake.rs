use crate::{
    error::GradualError,
    events::StakeParked,
    phases,
    rules::warming::WARM_UP_ROUNDS,
    state::{NodeStake, Task},
};
use anchor_lang::prelude::*;
use std::cell::RefMut;

/// Accounts of [`park_stake`](crate::gradual_consensus::park_stake). Anyone may send it.
#[derive(Accounts)]
pub struct ParkStake<'info> {
    /// The task.
    #[account(mut)]
    pub task: AccountLoader<'info, Task>,
    /// The idle node's stake account.
    #[account(mut, has_one = task @ GradualError::WrongTask)]
    pub node_stake: AccountLoader<'info, NodeStake>,
}

pub(crate) fn handle(ctx: Context<ParkStake>) -> Result<()> {
    let accounts = &*ctx.accounts;
    phases::run(|| accounts.check(), apply)
}

struct Checked<'a> {
    task: RefMut<'a, Task>,
    stake: RefMut<'a, NodeStake>,
    round: u64,
}

impl ParkStake<'_> {
    fn check(&self) -> Result<Checked<'_>> {
        let slot = Clock::get()?.slot;
        let task = self.task.load_mut()?;
        let stake = self.node_stake.load_mut()?;
        stake.require_parkable(&task, slot)?;
        Ok(Checked {
            round: task.current_round(slot),
            task,
            stake,
        })
    }
}

fn apply(checked: Checked) -> Result<((), StakeParked)> {
    let Checked {
        mut task,
        mut stake,
        round,
    } = checked;
    let active_before = stake.stake.at(round).amounts;
    stake.park(&mut task, round)?;
    let event = StakeParked {
        task: stake.task,
        node: stake.node,
        amount: stake.stake.parked,
        last_active_round: stake.last_active_round,
        active_before,
        active_after: stake.stake.amounts,
        inactive_from_round: round.saturating_add(WARM_UP_ROUNDS),
    };
    Ok(((), event))
}
