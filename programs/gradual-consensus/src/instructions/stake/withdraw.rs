use crate::{
    error::GradualError,
    events::{Withdrawn, emit},
    state::{NodeStake, Task},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;

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
    let accounts = ctx.accounts;
    let (signer, tokens) = {
        let mut task = accounts.task.load_mut()?;
        task.require_no_pot(accounts.destination.key)?;
        let mut stake = accounts.node_stake.load_mut()?;
        let stake_before = stake.stake.total();
        stake.withdraw(&mut task, Clock::get()?.slot, amount)?;
        emit(&Withdrawn {
            task: accounts.task.key(),
            node: accounts.node.key(),
            amount,
            stake_before,
            stake_after: stake.stake.total(),
        });
        let tokens = task.tokens(&accounts.mint, accounts.token_program.key);
        (task.signer(), tokens)
    };
    tokens.pay(
        &accounts.stake_pot,
        accounts.task.as_ref(),
        &signer,
        &accounts.destination,
        amount,
    )
}
