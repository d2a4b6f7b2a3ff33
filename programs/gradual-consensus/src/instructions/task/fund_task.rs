use crate::{
    checked::add,
    error::GradualError,
    events::{TaskFunded, emit},
    state::Task,
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;

/// Accounts of [`fund_task`](crate::gradual_consensus::fund_task).
#[derive(Accounts)]
pub struct FundTask<'info> {
    /// Who pays; owns `source`.
    pub funder: Signer<'info>,
    /// The task.
    #[account(
        mut,
        has_one = mint @ GradualError::WrongMint,
        has_one = bounty_pot @ GradualError::WrongPot,
        has_one = token_program
    )]
    pub task: AccountLoader<'info, Task>,
    /// The funder's token account that pays.
    /// CHECK: the token program checks that it is a token account of the mint, owned by `funder`.
    #[account(mut)]
    pub source: UncheckedAccount<'info>,
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

pub(crate) fn handle(ctx: Context<FundTask>, amount: u64) -> Result<()> {
    require!(amount > 0, GradualError::ZeroAmount);
    let accounts = ctx.accounts;
    let task_address = accounts.task.key();
    let mut task = accounts.task.load_mut()?;

    task.tokens(&accounts.mint, accounts.token_program.key)
        .deposit(
            &accounts.source,
            &accounts.funder,
            &accounts.bounty_pot,
            amount,
        )?;

    let available_before = task.bounty_available;
    add(&mut task.bounty_available, amount)?;
    add(&mut task.bounty_funded, amount)?;
    emit(&TaskFunded {
        task: task_address,
        funder: accounts.funder.key(),
        amount,
        available_before,
        available_after: task.bounty_available,
    });
    Ok(())
}
