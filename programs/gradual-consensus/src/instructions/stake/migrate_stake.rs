use super::stake::{StakeToBe, open_stake};
use crate::{
    error::GradualError,
    events::{StakeMigrated, emit},
    pda::load_mut,
    rules::warming::arriving,
    state::{NodeStake, Task},
};
use anchor_lang::{prelude::*, system_program};
use anchor_spl::token_interface::TokenInterface;

/// Accounts of [`migrate_stake`](crate::gradual_consensus::migrate_stake).
#[derive(Accounts)]
pub struct MigrateStake<'info> {
    /// The node.
    pub node: Signer<'info>,
    /// Pays the rent of a new stake account in the successor.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The task that the stake leaves; signs for its pot.
    #[account(
        mut,
        has_one = mint @ GradualError::WrongMint,
        has_one = stake_pot @ GradualError::WrongPot,
        has_one = token_program
    )]
    pub task: AccountLoader<'info, Task>,
    /// The node's stake account in it.
    #[account(
        mut,
        has_one = task @ GradualError::WrongTask,
        has_one = node @ GradualError::WrongNode
    )]
    pub node_stake: AccountLoader<'info, NodeStake>,
    /// The task's successor.
    #[account(mut, has_one = mint @ GradualError::SuccessorMint)]
    pub successor: AccountLoader<'info, Task>,
    /// The node's stake account at `["stake", successor, node]`; created where it is missing.
    /// CHECK: created here, or checked to be this node's in the successor.
    #[account(mut)]
    pub successor_stake: UncheckedAccount<'info>,
    /// The task's stake pot.
    /// CHECK: stored in the task.
    #[account(mut)]
    pub stake_pot: UncheckedAccount<'info>,
    /// The successor's stake pot.
    /// CHECK: stored in the successor.
    #[account(mut)]
    pub successor_pot: UncheckedAccount<'info>,
    /// The mint of both.
    /// CHECK: stored in the task.
    pub mint: UncheckedAccount<'info>,
    /// The mint's token program.
    pub token_program: Interface<'info, TokenInterface>,
    /// The system program.
    pub system_program: Program<'info, System>,
}

pub(crate) fn handle(ctx: Context<MigrateStake>) -> Result<()> {
    let accounts = ctx.accounts;
    let slot = Clock::get()?.slot;
    let (amount, signer, tokens) = {
        let mut task = accounts.task.load_mut()?;
        require!(task.has_migrated(), GradualError::TaskNotMigrated);
        // No task is its own successor, so that both can be borrowed.
        require_keys_eq!(
            task.migrated_to,
            accounts.successor.key(),
            GradualError::WrongSuccessor
        );
        let mut successor = accounts.successor.load_mut()?;
        require_keys_eq!(
            successor.stake_pot,
            *accounts.successor_pot.key,
            GradualError::WrongPot
        );
        let mut stake = accounts.node_stake.load_mut()?;
        let left = stake.leave(&mut task, slot)?;
        let amount = left.total();
        let active = arriving(&left, &task.schedule, &successor.schedule, slot)
            .ok_or(GradualError::Overflow)?;

        if system_program::ID == *accounts.successor_stake.owner {
            open_stake(
                &StakeToBe {
                    address: &accounts.successor_stake,
                    payer: &accounts.payer,
                    task: accounts.successor.key(),
                    node: stake.node,
                },
                &mut successor,
            )?;
        }
        let mut moved =
            load_mut::<NodeStake>(&accounts.successor_stake).ok_or(GradualError::WrongNode)?;
        require_keys_eq!(moved.task, task.migrated_to, GradualError::WrongTask);
        require_keys_eq!(moved.node, stake.node, GradualError::WrongNode);
        if moved.endpoint_len == 0 {
            (moved.endpoint, moved.endpoint_len) = (stake.endpoint, stake.endpoint_len);
        }
        let (round, stake_before) = (successor.current_round(slot), moved.stake.total());
        moved.arrive(&mut successor, round, active)?;
        emit(&StakeMigrated {
            task: stake.task,
            successor: moved.task,
            node: stake.node,
            amount,
            round,
            active,
            stake_before,
            stake_after: moved.stake.total(),
        });
        let tokens = task.tokens(&accounts.mint, accounts.token_program.key);
        (amount, task.signer(), tokens)
    };
    tokens.pay(
        &accounts.stake_pot,
        accounts.task.as_ref(),
        &signer,
        &accounts.successor_pot,
        amount,
    )
}
