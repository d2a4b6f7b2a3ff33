use crate::{
    error::GradualError,
    events::StakeResumed,
    phases,
    rules::warming::WARM_UP_ROUNDS,
    state::{NodeStake, Task},
};
use anchor_lang::prelude::*;
use std::cell::RefMut;

/// Accounts of [`resume_stake`](crate::gradual_consensus::resume_stake).
#[derive(Accounts)]
pub struct ResumeStake<'info> {
    /// The node.
    pub node: Signer<'info>,
    /// The task.
    #[account(mut)]
    pub task: AccountLoader<'info, Task>,
    /// The node's stake account.
    #[account(
        mut,
        has_one = task @ GradualError::WrongTask,
        has_one = node @ GradualError::WrongNode
    )]
    pub node_stake: AccountLoader<'info, NodeStake>,
}

pub(crate) fn handle(ctx: Context<ResumeStake>) -> Result<()> {
    let accounts = &*ctx.accounts;
    phases::run(|| accounts.check(), apply)
}

struct Checked<'a> {
    task: RefMut<'a, Task>,
    stake: RefMut<'a, NodeStake>,
    round: u64,
}

impl ResumeStake<'_> {
    fn check(&self) -> Result<Checked<'_>> {
        let task = self.task.load_mut()?;
        let stake = self.node_stake.load_mut()?;
        require!(stake.stake.is_parked(), GradualError::NotParked);
        Ok(Checked {
            round: task.current_round(Clock::get()?.slot),
            task,
            stake,
        })
    }
}

fn apply(checked: Checked) -> Result<((), StakeResumed)> {
    let Checked {
        mut task,
        mut stake,
        round,
    } = checked;
    let active_before = stake.stake.at(round).amounts;
    stake.resume(&mut task, round)?;
    let event = StakeResumed {
        task: stake.task,
        node: stake.node,
        amount: stake.stake.total(),
        active_before,
        active_after: stake.stake.amounts,
        active_from_round: round.saturating_add(WARM_UP_ROUNDS),
    };
    Ok(((), event))
}
