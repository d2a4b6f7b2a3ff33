use crate::{
    error::GradualError,
    events::Withdrawn,
    phases,
    pots::Payment,
    rules::warming::StakeTimeline,
    state::{NodeStake, Task},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;
use std::cell::RefMut;

/// Accounts of [`withdraw`](crate::gradual_consensus::withdraw).
#[derive(Accounts)]
pub struct Withdraw<'info> {
    /// The node.
    pub node: Signer<'info>,
    /// The task.
    #[account(
        mut,
        has_one = mint @ GradualError::WrongMint,
        has_one = stake_pot @ GradualError::WrongPot,
        has_one = token_program
    )]
    pub task: AccountLoader<'info, Task>,
    /// The node's stake.
    #[account(
        mut,
        has_one = task @ GradualError::WrongTask,
        has_one = node @ GradualError::WrongNode
    )]
    pub node_stake: AccountLoader<'info, NodeStake>,
    /// Any token account of the mint; gets the amount.
    /// CHECK: the token program checks that it is a token account of the mint; the node names it.
    #[account(mut)]
    pub destination: UncheckedAccount<'info>,
    /// The task's stake pot.
    /// CHECK: stored in the task.
    #[account(mut)]
    pub stake_pot: UncheckedAccount<'info>,
    /// The task's mint.
    /// CHECK: stored in the task.
    pub mint: UncheckedAccount<'info>,
    /// The mint's token program.
    pub token_program: Interface<'info, TokenInterface>,
}

pub(crate) fn handle(ctx: Context<Withdraw>, amount: u64) -> Result<()> {
    let accounts = &*ctx.accounts;
    phases::run(
        || accounts.check(amount),
        |checked| accounts.apply(checked, amount),
    )
}

struct Checked<'a> {
    task: RefMut<'a, Task>,
    stake: RefMut<'a, NodeStake>,
    after: StakeTimeline,
}

impl<'info> Withdraw<'info> {
    fn check(&self, amount: u64) -> Result<Checked<'_>> {
        let task = self.task.load_mut()?;
        task.require_no_pot(self.destination.key)?;
        let stake = self.node_stake.load_mut()?;
        let after = stake.after_withdrawal(&task, Clock::get()?.slot, amount)?;
        Ok(Checked { task, stake, after })
    }

    fn apply<'a>(
        &'a self,
        checked: Checked,
        amount: u64,
    ) -> Result<(Payment<'a, 'info>, Withdrawn)> {
        let Checked {
            mut task,
            mut stake,
            after,
        } = checked;
        let stake_before = stake.stake.total();
        stake.withdraw(&mut task, after)?;
        let event = Withdrawn {
            task: stake.task,
            node: stake.node,
            amount,
            stake_before,
            stake_after: after.total(),
        };
        let payment = Payment {
            tokens: task.tokens(&self.mint, self.token_program.key),
            task: self.task.as_ref(),
            pot: &self.stake_pot,
            to: &self.destination,
            amount,
        };
        Ok((payment, event))
    }
}
