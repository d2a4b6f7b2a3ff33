use crate::{
    checked::{add, subtract},
    error::GradualError,
    events::{TaskMigrated, emit},
    state::Task,
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;

/// Accounts of [`migrate_task`](crate::gradual_consensus::migrate_task).
#[derive(Accounts)]
pub struct MigrateTask<'info> {
    /// The manager of both tasks.
    pub manager: Signer<'info>,
    /// The task; signs for its pot.
    #[account(
        mut,
        has_one = manager @ GradualError::NotManager,
        has_one = mint @ GradualError::WrongMint,
        has_one = bounty_pot @ GradualError::WrongPot,
        has_one = token_program
    )]
    pub task: AccountLoader<'info, Task>,
    /// Its successor. That it is another task is checked before it is borrowed.
    #[account(
        mut,
        dup,
        has_one = manager @ GradualError::NotManager,
        has_one = mint @ GradualError::SuccessorMint
    )]
    pub successor: AccountLoader<'info, Task>,
    /// The task's bounty pot.
    /// CHECK: stored in the task.
    #[account(mut)]
    pub bounty_pot: UncheckedAccount<'info>,
    /// The successor's bounty pot.
    /// CHECK: stored in the successor.
    #[account(mut)]
    pub successor_pot: UncheckedAccount<'info>,
    /// The mint of both.
    /// CHECK: stored in the task.
    pub mint: UncheckedAccount<'info>,
    /// The mint's token program.
    pub token_program: Interface<'info, TokenInterface>,
}

pub(crate) fn handle(ctx: Context<MigrateTask>) -> Result<()> {
    let accounts = ctx.accounts;
    let slot = Clock::get()?.slot;
    let (address, heir) = (accounts.task.key(), accounts.successor.key());
    require_keys_neq!(address, heir, GradualError::OwnSuccessor);
    let (amount, signer, tokens) = {
        let mut task = accounts.task.load_mut()?;
        let mut successor = accounts.successor.load_mut()?;
        require_keys_eq!(
            successor.bounty_pot,
            *accounts.successor_pot.key,
            GradualError::WrongPot
        );
        task.migrate_to(heir, &successor, slot)?;

        let available_before = task.bounty_available;
        let amount = task.free_bounty(slot);
        subtract(&mut task.bounty_available, amount)?;
        add(&mut task.bounty_migrated, amount)?;
        add(&mut successor.bounty_available, amount)?;
        add(&mut successor.bounty_funded, amount)?;
        emit(&TaskMigrated {
            task: address,
            successor: heir,
            amount,
            available_before,
            available_after: task.bounty_available,
            successor_available_after: successor.bounty_available,
        });
        let tokens = task.tokens(&accounts.mint, accounts.token_program.key);
        (amount, task.signer(), tokens)
    };
    if amount == 0 {
        return Ok(());
    }
    tokens.pay(
        &accounts.bounty_pot,
        accounts.task.as_ref(),
        &signer,
        &accounts.successor_pot,
        amount,
    )
}
