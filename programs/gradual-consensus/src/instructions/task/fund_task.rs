use crate::{
    checked::add, error::GradualError, events::TaskFunded, phases, pots::Deposit, state::Task,
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;
use std::cell::RefMut;

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
    let accounts = &*ctx.accounts;
    phases::run(
        || accounts.check(amount),
        |task| accounts.apply(task, amount),
    )
}

impl<'info> FundTask<'info> {
    fn check(&self, amount: u64) -> Result<RefMut<'_, Task>> {
        require!(amount > 0, GradualError::ZeroAmount);
        self.task.load_mut()
    }

    fn apply<'a>(
        &'a self,
        mut task: RefMut<Task>,
        amount: u64,
    ) -> Result<(Deposit<'a, 'info>, TaskFunded)> {
        let available_before = task.bounty_available;
        add(&mut task.bounty_available, amount)?;
        add(&mut task.bounty_funded, amount)?;
        let event = TaskFunded {
            task: self.task.key(),
            funder: self.funder.key(),
            amount,
            available_before,
            available_after: task.bounty_available,
        };
        let deposit = Deposit {
            tokens: task.tokens(&self.mint, self.token_program.key),
            from: &self.source,
            owner: &self.funder,
            pot: &self.bounty_pot,
            amount,
        };
        Ok((deposit, event))
    }
}
