use crate::{
    checked::count_up,
    error::GradualError,
    events::{PaidOut, emit},
    meter::section_ends,
    rules::merkle::{Leaf, verify},
    state::{Cycle, DistributionList, NodeStake, Status, Submission},
};
use anchor_lang::prelude::*;

/// Accounts of [`payout`](crate::gradual_consensus::payout). Anyone may send it, for any node.
#[derive(Accounts)]
pub struct Payout<'info> {
    /// The cycle.
    #[account(mut)]
    pub cycle: AccountLoader<'info, Cycle>,
    /// The accepted list.
    #[account(mut)]
    pub list: AccountLoader<'info, DistributionList>,
    /// The submission of the node to be paid.
    #[account(mut)]
    pub submission: AccountLoader<'info, Submission>,
    /// That node's stake account, which is credited.
    #[account(mut)]
    pub node_stake: AccountLoader<'info, NodeStake>,
}

pub(crate) fn handle(
    ctx: Context<Payout>,
    index: u32,
    amount: u64,
    proof: Vec<[u8; 32]>,
) -> Result<()> {
    section_ends("accounts");
    let accounts = ctx.accounts;
    let cycle_address = accounts.cycle.key();
    let mut cycle = accounts.cycle.load_mut()?;
    let mut list = accounts.list.load_mut()?;
    let mut submission = accounts.submission.load_mut()?;
    let mut stake = accounts.node_stake.load_mut()?;
    Cycle::require_own(&cycle_address, &list.subject)?;
    Cycle::require_own(&cycle_address, &submission.subject)?;
    require_keys_eq!(stake.task, cycle.task, GradualError::WrongTask);
    require_keys_eq!(
        stake.node,
        submission.subject.author,
        GradualError::WrongNode
    );

    require!(
        list.subject.status() == Status::Accepted,
        GradualError::ListNotAccepted
    );
    section_ends("checks");
    let leaf = Leaf {
        task: cycle.task.to_bytes(),
        cycle: cycle.number,
        index,
        node: stake.node.to_bytes(),
        amount,
    };
    require!(
        amount > 0 && verify(&list.merkle_root, leaf.hash(), index, list.count, &proof),
        GradualError::InvalidProof
    );
    section_ends("proof");

    submission.pay()?;
    list.pay(amount)?;
    let balance_before = stake.available_balance;
    stake.credit(amount)?;
    count_up(&mut cycle.paid)?;
    cycle.fully_paid = u8::from(list.paid_count == list.count || list.paid == list.total);
    section_ends("state");
    emit(&PaidOut {
        task: cycle.task,
        cycle: cycle.number,
        node: stake.node,
        amount,
        balance_before,
        balance_after: stake.available_balance,
    });
    section_ends("event");
    Ok(())
}
