use crate::{
    checked::add, error::GradualError, events::TaskMigrated, phases, pots::Payment, state::Task,
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;
use std::cell::RefMut;

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
    let accounts = &*ctx.accounts;
    phases::run(|| accounts.check(), |checked| accounts.apply(checked))
}

struct Checked<'a> {
    task: RefMut<'a, Task>,
    successor: RefMut<'a, Task>,
}

impl<'info> MigrateTask<'info> {
    fn check(&self) -> Result<Checked<'_>> {
        let successor_address = self.successor.key();
        require_keys_neq!(
            self.task.key(),
            successor_address,
            GradualError::OwnSuccessor
        );
        let task = self.task.load_mut()?;
        let successor = self.successor.load_mut()?;
        require_keys_eq!(
            successor.bounty_pot,
            *self.successor_pot.key,
            GradualError::WrongPot
        );
        task.require_successor(&successor_address, &successor)?;
        Ok(Checked { task, successor })
    }

    fn apply<'a>(&'a self, checked: Checked) -> Result<(Payment<'a, 'info>, TaskMigrated)> {
        let Checked {
            mut task,
            mut successor,
        } = checked;
        task.migrate_to(self.successor.key());
        let available_before = task.bounty_available;
        let amount = std::mem::take(&mut task.bounty_available);
        add(&mut task.bounty_migrated, amount)?;
        add(&mut successor.bounty_available, amount)?;
        add(&mut successor.bounty_funded, amount)?;
        let event = TaskMigrated {
            task: self.task.key(),
            successor: task.migrated_to,
            amount,
            available_before,
            available_after: task.bounty_available,
            successor_available_after: successor.bounty_available,
        };
        let payment = Payment {
            tokens: task.tokens(&self.mint, self.token_program.key),
            task: self.task.as_ref(),
            pot: &self.bounty_pot,
            to: &self.successor_pot,
            amount,
        };
        Ok((payment, event))
    }
}
