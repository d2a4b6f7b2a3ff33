use crate::{
    checked::{add, subtract},
    constants::CYCLE_SEED,
    error::GradualError,
    events::CycleOpened,
    pda::{self, NewAccount},
    phases,
    rules::schedule::review_round,
    state::{Config, Cycle, NodeStake, Task},
};
use anchor_lang::prelude::*;
use std::cell::RefMut;

/// Accounts of [`open_cycle`](crate::gradual_consensus::open_cycle).
#[derive(Accounts)]
#[instruction(cycle_number: u64)]
pub struct OpenCycle<'info> {
    /// The node.
    pub node: Signer<'info>,
    /// Pays the rent of the cycle.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The program's config.
    /// CHECK: by its type; see [`Config::require_running`].
    pub config: UncheckedAccount<'info>,
    /// The task.
    #[account(mut)]
    pub task: AccountLoader<'info, Task>,
    /// The cycle to be.
    /// CHECK: created here.
    #[account(
        mut,
        seeds = [CYCLE_SEED, task.key().as_ref(), &cycle_number.to_le_bytes()],
        bump
    )]
    pub cycle: UncheckedAccount<'info>,
    /// The node's stake.
    #[account(
        mut,
        has_one = task @ GradualError::WrongTask,
        has_one = node @ GradualError::WrongNode
    )]
    pub node_stake: AccountLoader<'info, NodeStake>,
    /// The system program.
    pub system_program: Program<'info, System>,
}

pub(crate) fn handle(ctx: Context<OpenCycle>, cycle_number: u64) -> Result<()> {
    let (accounts, bump) = (&*ctx.accounts, ctx.bumps.cycle);
    phases::run(
        || accounts.check(cycle_number),
        |checked| accounts.apply(checked, cycle_number, bump),
    )
}

struct Checked<'a> {
    task: RefMut<'a, Task>,
    stake: RefMut<'a, NodeStake>,
}

impl OpenCycle<'_> {
    fn check(&self, cycle_number: u64) -> Result<Checked<'_>> {
        let slot = Clock::get()?.slot;
        Config::require_running(&self.config)?;
        let task = self.task.load_mut()?;
        task.require_active()?;
        let window = task.schedule.opening_window(cycle_number);
        require!(
            window.is_some_and(|window| window.contains(slot)),
            GradualError::OpeningWindowClosed
        );
        pda::require_free(&self.cycle, GradualError::CycleAlreadyOpen)?;
        require!(
            task.bounty_available >= task.bounty_amount_per_round,
            GradualError::BountyTooSmall
        );
        let stake = self.node_stake.load_mut()?;
        let review = review_round(cycle_number).ok_or(GradualError::Overflow)?;
        stake.require_weight(&task, review)?;
        Ok(Checked { task, stake })
    }

    fn apply(&self, checked: Checked, number: u64, bump: u8) -> Result<((), CycleOpened)> {
        let Checked {
            mut task,
            mut stake,
        } = checked;
        let (address, bounty) = (self.task.key(), task.bounty_amount_per_round);
        NewAccount {
            address: &self.cycle,
            payer: &self.payer,
            seeds: &[CYCLE_SEED, address.as_ref(), &number.to_le_bytes(), &[bump]],
        }
        .create(&[], |cycle: &mut Cycle| {
            cycle.task = address;
            cycle.opener = stake.node;
            cycle.payer = self.payer.key();
            cycle.number = number;
            cycle.bounty = bounty;
            cycle.owed = bounty;
            cycle.bump = bump;
        })?;
        let available_before = task.bounty_available;
        subtract(&mut task.bounty_available, bounty)?;
        add(&mut task.bounty_reserved, bounty)?;
        stake.resume(&mut task, number)?;
        stake.account_opened()?;
        let event = CycleOpened {
            task: address,
            cycle: number,
            opener: stake.node,
            bounty,
            available_before,
            available_after: task.bounty_available,
        };
        Ok(((), event))
    }
}
