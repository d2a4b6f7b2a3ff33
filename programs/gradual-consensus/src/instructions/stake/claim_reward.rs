use crate::{
    checked::add,
    error::GradualError,
    events::RewardClaimed,
    phases,
    pots::Payment,
    state::{NodeStake, Task},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;
use std::cell::{Ref, RefMut};

/// Accounts of [`claim_reward`](crate::gradual_consensus::claim_reward).
#[derive(Accounts)]
pub struct ClaimReward<'info> {
    /// The node.
    pub node: Signer<'info>,
    /// The task; signs for its pot.
    #[account(
        has_one = mint @ GradualError::WrongMint,
        has_one = bounty_pot @ GradualError::WrongPot,
        has_one = token_program
    )]
    pub task: AccountLoader<'info, Task>,
    /// The node's stake account.
    #[account(
        mut,
        has_one = task @ GradualError::WrongTask,
        has_one = node @ GradualError::WrongNode
    )]
    pub node_stake: AccountLoader<'info, NodeStake>,
    /// Any token account of the mint; gets the balance.
    /// CHECK: the token program checks that it is a token account of the mint; the node names it.
    #[account(mut)]
    pub destination: UncheckedAccount<'info>,
    /// The task's bounty pot.
    /// CHECK: stored in the task.
    #[account(mut)]
    pub bounty_pot: UncheckedAccount<'info>,
    /// The task's mint.
    /// CHECK: stored in the task.
    pub mint: UncheckedAccount<'info>,
    /// The mint's token program.
    pub token_program: Interface<'info, TokenInterface>,
}

pub(crate) fn handle(ctx: Context<ClaimReward>) -> Result<()> {
    let accounts = &*ctx.accounts;
    phases::run(|| accounts.check(), |checked| accounts.apply(checked))
}

struct Checked<'a> {
    task: Ref<'a, Task>,
    stake: RefMut<'a, NodeStake>,
    amount: u64,
}

impl<'info> ClaimReward<'info> {
    fn check(&self) -> Result<Checked<'_>> {
        let task = self.task.load()?;
        task.require_no_pot(self.destination.key)?;
        let stake = self.node_stake.load_mut()?;
        let amount = stake.require_balance()?;
        Ok(Checked {
            task,
            stake,
            amount,
        })
    }

    fn apply<'a>(&'a self, checked: Checked) -> Result<(Payment<'a, 'info>, RewardClaimed)> {
        let Checked {
            task,
            mut stake,
            amount,
        } = checked;
        stake.available_balance = 0;
        add(&mut stake.claimed, amount)?;
        let event = RewardClaimed {
            task: stake.task,
            node: stake.node,
            amount,
        };
        let payment = Payment {
            tokens: task.tokens(&self.mint, self.token_program.key),
            task: self.task.as_ref(),
            pot: &self.bounty_pot,
            to: &self.destination,
            amount,
        };
        Ok((payment, event))
    }
}
