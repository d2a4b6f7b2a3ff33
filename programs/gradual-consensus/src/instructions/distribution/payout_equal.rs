use crate::{
    error::GradualError,
    events::EqualSharePaid,
    phases,
    state::{Cycle, NodeStake, Submission, Task},
};
use anchor_lang::prelude::*;
use std::cell::RefMut;

/// Accounts of [`payout_equal`](crate::gradual_consensus::payout_equal). Anyone may send it, for any
/// node.
#[derive(Accounts)]
pub struct PayoutEqual<'info> {
    /// The task.
    pub task: AccountLoader<'info, Task>,
    /// The cycle.
    #[account(mut, has_one = task @ GradualError::WrongTask)]
    pub cycle: AccountLoader<'info, Cycle>,
    /// The submission of the node to be paid.
    #[account(mut)]
    pub submission: AccountLoader<'info, Submission>,
    /// That node's stake account, which is credited.
    #[account(mut, has_one = task @ GradualError::WrongTask)]
    pub node_stake: AccountLoader<'info, NodeStake>,
}

pub(crate) fn handle(ctx: Context<PayoutEqual>) -> Result<()> {
    let accounts = &*ctx.accounts;
    phases::run(|| accounts.check(), apply)
}

struct Checked<'a> {
    cycle: RefMut<'a, Cycle>,
    submission: RefMut<'a, Submission>,
    stake: RefMut<'a, NodeStake>,
    share: u64,
}

impl PayoutEqual<'_> {
    fn check(&self) -> Result<Checked<'_>> {
        let task = self.task.load()?;
        let cycle = self.cycle.load_mut()?;
        let submission = self.submission.load_mut()?;
        let stake = self.node_stake.load_mut()?;
        Cycle::require_own(&self.cycle.key(), &submission.subject)?;
        require_keys_eq!(
            stake.node,
            submission.subject.author,
            GradualError::WrongNode
        );
        require!(task.equal_shares(), GradualError::NotEqualShares);
        let now = task.current_round(Clock::get()?.slot);
        require!(cycle.has_failed(&task, now), GradualError::CycleNotFailed);
        require!(
            !cycle.is_claim_window_over(&task, now),
            GradualError::ClaimWindowOver
        );
        submission.require_payable()?;
        let share = cycle.equal_share();
        require!(share > 0, GradualError::NothingToPay);
        Ok(Checked {
            cycle,
            submission,
            stake,
            share,
        })
    }
}

fn apply(checked: Checked) -> Result<((), EqualSharePaid)> {
    let Checked {
        mut cycle,
        mut submission,
        mut stake,
        share,
    } = checked;
    submission.pay();
    cycle.pay(share)?;
    let balance_before = stake.available_balance;
    stake.credit(share)?;
    let event = EqualSharePaid {
        task: cycle.task,
        cycle: cycle.number,
        node: stake.node,
        amount: share,
        balance_before,
        balance_after: stake.available_balance,
    };
    Ok(((), event))
}
