use crate::{
    error::GradualError,
    events::{TaskClosed, emit},
    pda,
    pots::balance,
    state::{Task, TaskMetadata},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;

/// Accounts of [`close_task`](crate::gradual_consensus::close_task).
#[derive(Accounts)]
pub struct CloseTask<'info> {
    /// The task's manager.
    pub manager: Signer<'info>,
    /// The task; signs for its pots.
    #[account(
        mut,
        has_one = manager @ GradualError::NotManager,
        has_one = creator @ GradualError::WrongRentPayer,
        has_one = mint @ GradualError::WrongMint,
        has_one = stake_pot @ GradualError::WrongPot,
        has_one = bounty_pot @ GradualError::WrongPot,
        has_one = token_program
    )]
    pub task: AccountLoader<'info, Task>,
    /// Its texts.
    #[account(mut, has_one = task @ GradualError::WrongTask)]
    pub metadata: Box<Account<'info, TaskMetadata>>,
    /// Who created the task and paid the rent of all its accounts; gets it back.
    /// CHECK: stored in the task.
    #[account(mut)]
    pub creator: UncheckedAccount<'info>,
    /// Any token account of the mint; gets all that is left in the pots.
    /// CHECK: the token program checks that it is a token account of the mint; the manager names it.
    #[account(mut)]
    pub destination: UncheckedAccount<'info>,
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

pub(crate) fn handle(ctx: Context<CloseTask>) -> Result<()> {
    let accounts = ctx.accounts;
    let task = *accounts.task.load()?;
    require!(task.is_active == 0, GradualError::TaskActive);
    // Rounds, submissions, lists and votes are counted by the stake accounts of their nodes, and these
    // close only after them: without a stake account there is none of the others.
    require!(
        task.node_count == 0 && task.bounty_reserved == 0,
        GradualError::TaskInUse
    );
    task.require_no_pot(accounts.destination.key)?;
    let staked = balance(&accounts.stake_pot)?;
    let bounty = balance(&accounts.bounty_pot)?;
    emit(&TaskClosed {
        task: accounts.task.key(),
        destination: accounts.destination.key(),
        from_stake_pot: staked,
        from_bounty_pot: bounty,
    });

    let (signer, authority) = (task.signer(), accounts.task.as_ref());
    let tokens = task.tokens(&accounts.mint, accounts.token_program.key);
    for (pot, amount) in [
        (&accounts.stake_pot, staked),
        (&accounts.bounty_pot, bounty),
    ] {
        if amount > 0 {
            tokens.pay(pot, authority, &signer, &accounts.destination, amount)?;
        }
        tokens.close(pot, authority, &signer, &accounts.creator)?;
    }
    let metadata = accounts.metadata.to_account_info();
    pda::close(&metadata, &accounts.creator, &task.creator)?;
    pda::close(authority, &accounts.creator, &task.creator)
}
