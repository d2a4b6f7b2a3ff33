use crate::{
    checked::add,
    error::GradualError,
    events::{Compounded, emit},
    rules::warming::WARM_UP_ROUNDS,
    state::{Config, NodeStake, Task},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;

/// Accounts of [`compound`](crate::gradual_consensus::compound).
#[derive(Accounts)]
pub struct Compound<'info> {
    /// The node.
    pub node: Signer<'info>,
    /// The program's config.
    /// CHECK: by its type; see [`Config::require_running`].
    pub config: UncheckedAccount<'info>,
    /// The task; signs for its pot.
    #[account(
        mut,
        has_one = mint @ GradualError::WrongMint,
        has_one = stake_pot @ GradualError::WrongPot,
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
    /// The task's stake pot.
    /// CHECK: stored in the task.
    #[account(mut)]
    pub stake_pot: UncheckedAccount<'info>,
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

pub(crate) fn handle(ctx: Context<Compound>) -> Result<()> {
    let accounts = ctx.accounts;
    Config::require_running(&accounts.config)?;
    let (amount, signer, tokens) = {
        let mut task = accounts.task.load_mut()?;
        task.require_active()?;
        let mut stake = accounts.node_stake.load_mut()?;
        let round = task.current_round(Clock::get()?.slot);
        let stake_before = stake.stake.total();
        let amount = stake.take_available()?;
        stake.deposit(&mut task, round, amount)?;
        add(&mut stake.compounded, amount)?;
        emit(&Compounded {
            task: accounts.task.key(),
            node: accounts.node.key(),
            amount,
            stake_before,
            stake_after: stake.stake.total(),
            active_from_round: round.saturating_add(WARM_UP_ROUNDS),
        });
        let tokens = task.tokens(&accounts.mint, accounts.token_program.key);
        (amount, task.signer(), tokens)
    };
    tokens.pay(
        &accounts.bounty_pot,
        accounts.task.as_ref(),
        &signer,
        &accounts.stake_pot,
        amount,
    )
}
