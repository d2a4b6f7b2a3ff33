use crate::{
    checked::add,
    error::GradualError,
    events::Compounded,
    phases,
    pots::Payment,
    rules::warming::{StakeTimeline, WARM_UP_ROUNDS},
    state::{Config, NodeStake, Task},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;
use std::cell::RefMut;

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
    let accounts = &*ctx.accounts;
    phases::run(|| accounts.check(), |checked| accounts.apply(checked))
}

struct Checked<'a> {
    task: RefMut<'a, Task>,
    stake: RefMut<'a, NodeStake>,
    amount: u64,
    after: StakeTimeline,
}

impl<'info> Compound<'info> {
    fn check(&self) -> Result<Checked<'_>> {
        Config::require_running(&self.config)?;
        let task = self.task.load_mut()?;
        task.require_active()?;
        let stake = self.node_stake.load_mut()?;
        let round = task.current_round(Clock::get()?.slot);
        let amount = stake.require_balance()?;
        let after = NodeStake::after_deposit(
            &stake.stake,
            &task,
            round,
            amount,
            GradualError::StakeBelowMinimum,
        )?;
        Ok(Checked {
            task,
            stake,
            amount,
            after,
        })
    }

    fn apply<'a>(&'a self, checked: Checked) -> Result<(Payment<'a, 'info>, Compounded)> {
        let Checked {
            mut task,
            mut stake,
            amount,
            after,
        } = checked;
        let stake_before = stake.stake.total();
        stake.available_balance = 0;
        stake.deposit(&mut task, after)?;
        add(&mut stake.compounded, amount)?;
        let event = Compounded {
            task: stake.task,
            node: stake.node,
            amount,
            stake_before,
            stake_after: after.total(),
            active_from_round: after.as_of_round.saturating_add(WARM_UP_ROUNDS),
        };
        let payment = Payment {
            tokens: task.tokens(&self.mint, self.token_program.key),
            task: self.task.as_ref(),
            pot: &self.bounty_pot,
            to: &self.stake_pot,
            amount,
        };
        Ok((payment, event))
    }
}
