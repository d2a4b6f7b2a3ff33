use crate::{
    error::GradualError,
    events::{RoundClosed, emit},
    pda,
    state::{NodeStake, Round, Task},
};
use anchor_lang::prelude::*;

/// Accounts of [`close_round`](crate::gradual_consensus::close_round). Anyone may send it.
#[derive(Accounts)]
pub struct CloseRound<'info> {
    /// The task.
    pub task: AccountLoader<'info, Task>,
    /// The cycle.
    #[account(mut, has_one = task @ GradualError::WrongTask)]
    pub round: AccountLoader<'info, Round>,
    /// The stake account of the node that opened the round.
    #[account(mut, has_one = task @ GradualError::WrongTask)]
    pub opener_stake: AccountLoader<'info, NodeStake>,
    /// Who paid the rent of the round; gets it back.
    /// CHECK: stored in the round.
    #[account(mut)]
    pub payer: UncheckedAccount<'info>,
}

pub(crate) fn handle(ctx: Context<CloseRound>) -> Result<()> {
    let accounts = ctx.accounts;
    let round = *accounts.round.load()?;
    round.require_settled(&*accounts.task.load()?, Clock::get()?.slot)?;
    require!(round.open_subjects == 0, GradualError::SubjectsOpen);
    let mut opener = accounts.opener_stake.load_mut()?;
    require_keys_eq!(opener.node, round.opener, GradualError::WrongNode);
    opener.account_closed()?;
    emit(&RoundClosed {
        task: round.task,
        round: round.number,
        submissions: round.submissions,
        invalid: round.invalid,
        paid: round.paid,
    });
    pda::close(accounts.round.as_ref(), &accounts.payer, &round.payer)
}
