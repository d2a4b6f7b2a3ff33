use crate::{
    error::GradualError,
    events::PaidOut,
    phases,
    rules::merkle::{Digest, Leaf, verify},
    state::{Cycle, DistributionList, NodeStake, Status, Submission},
};
use anchor_lang::prelude::*;
use std::cell::RefMut;

/// Accounts of [`payout`](crate::gradual_consensus::payout). Anyone may send it, for any node.
#[derive(Accounts)]
pub struct Payout<'info> {
    /// The cycle.
    #[account(mut)]
    pub cycle: AccountLoader<'info, Cycle>,
    /// The accepted list.
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
    proof: Vec<Digest>,
) -> Result<()> {
    let accounts = &*ctx.accounts;
    phases::run(
        || accounts.check(index, amount, &proof),
        |checked| apply(checked, amount),
    )
}

struct Checked<'a> {
    cycle: RefMut<'a, Cycle>,
    submission: RefMut<'a, Submission>,
    stake: RefMut<'a, NodeStake>,
}

impl Payout<'_> {
    fn check(&self, index: u32, amount: u64, proof: &[Digest]) -> Result<Checked<'_>> {
        let cycle_address = self.cycle.key();
        let cycle = self.cycle.load_mut()?;
        let list = self.list.load()?;
        let submission = self.submission.load_mut()?;
        let stake = self.node_stake.load_mut()?;
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
        let leaf = Leaf {
            task: cycle.task.to_bytes(),
            cycle: cycle.number,
            index,
            node: stake.node.to_bytes(),
            amount,
        };
        require!(
            amount > 0 && verify(&list.merkle_root, leaf.hash(), index, list.count, proof),
            GradualError::InvalidProof
        );
        submission.require_payable()?;
        require!(amount <= cycle.unpaid()?, GradualError::PayoutExceedsTotal);
        Ok(Checked {
            cycle,
            submission,
            stake,
        })
    }
}

fn apply(checked: Checked, amount: u64) -> Result<((), PaidOut)> {
    let Checked {
        mut cycle,
        mut submission,
        mut stake,
    } = checked;
    submission.pay();
    cycle.pay(amount)?;
    let balance_before = stake.available_balance;
    stake.credit(amount)?;
    let event = PaidOut {
        task: cycle.task,
        cycle: cycle.number,
        node: stake.node,
        amount,
        balance_before,
        balance_after: stake.available_balance,
    };
    Ok(((), event))
}
