use crate::{
    error::GradualError,
    events::TaskClosed,
    pda,
    phases::{self, Pay},
    pots::{Payment, balance},
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
    let accounts = &*ctx.accounts;
    phases::run(|| accounts.check(), |rest| accounts.apply(rest))
}

impl<'info> CloseTask<'info> {
    fn check(&self) -> Result<Rest<'_, 'info>> {
        let task = *self.task.load()?;
        require!(!task.is_active(), GradualError::TaskActive);
        // Cycles, submissions, lists and votes are counted by the stake accounts of their nodes, and
        // these close only after them: without a stake account there is none of the others.
        require!(
            task.node_count == 0 && task.bounty_reserved == 0,
            GradualError::TaskInUse
        );
        task.require_no_pot(self.destination.key)?;
        Ok(Rest {
            accounts: self,
            task,
            staked: balance(&self.stake_pot)?,
            bounty: balance(&self.bounty_pot)?,
        })
    }

    fn apply<'a>(&self, rest: Rest<'a, 'info>) -> Result<(Rest<'a, 'info>, TaskClosed)> {
        let event = TaskClosed {
            task: self.task.key(),
            destination: self.destination.key(),
            from_stake_pot: rest.staked,
            from_bounty_pot: rest.bounty,
        };
        Ok((rest, event))
    }
}

/// What is left in the pots, in base units. The task closes only once it has signed for its transfers.
struct Rest<'a, 'info> {
    accounts: &'a CloseTask<'info>,
    task: Task,
    staked: u64,
    bounty: u64,
}

impl Pay for Rest<'_, '_> {
    fn pay(self) -> Result<()> {
        let accounts = self.accounts;
        let (tokens, task) = (
            self.task.tokens(&accounts.mint, accounts.token_program.key),
            accounts.task.as_ref(),
        );
        for (pot, amount) in [
            (&accounts.stake_pot, self.staked),
            (&accounts.bounty_pot, self.bounty),
        ] {
            Payment {
                tokens,
                task,
                pot,
                to: &accounts.destination,
                amount,
            }
            .pay()?;
            tokens.close(pot, task, &self.task.signer(), &accounts.creator)?;
        }
        // The runtime balances lamports at each call of another program: accounts close after the last.
        pda::close(&accounts.metadata.to_account_info(), &accounts.creator)?;
        pda::close(task, &accounts.creator)
    }
}
