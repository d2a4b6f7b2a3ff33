use crate::{
    checked::add,
    error::GradualError,
    events::{RewardClaimed, emit},
    meter::section_ends,
    state::{NodeStake, Task},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;

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
    section_ends("accounts");
    let accounts = ctx.accounts;
    let task = accounts.task.load()?;
    task.require_no_pot(accounts.destination.key)?;
    let amount = {
        let mut stake = accounts.node_stake.load_mut()?;
        let amount = stake.take_available()?;
        add(&mut stake.claimed, amount)?;
        amount
    };
    section_ends("state");
    emit(&RewardClaimed {
        task: accounts.task.key(),
        node: accounts.node.key(),
        amount,
    });
    section_ends("event");
    task.tokens(&accounts.mint, accounts.token_program.key).pay(
        &accounts.bounty_pot,
        accounts.task.as_ref(),
        &task.signer(),
        &accounts.destination,
        amount,
    )
}
