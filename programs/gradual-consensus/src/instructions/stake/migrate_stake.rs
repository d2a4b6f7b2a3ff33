use crate::{
    error::GradualError,
    events::StakeMigrated,
    pda::{load, load_mut},
    phases,
    pots::Payment,
    rules::warming::{StakeTimeline, WARM_UP_ROUNDS},
    state::{NodeStake, Task},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;
use std::cell::RefMut;

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
    let accounts = &*ctx.accounts;
    phases::run(|| accounts.check(), |checked| accounts.apply(checked))
}

struct Checked<'a> {
    task: RefMut<'a, Task>,
    stake: RefMut<'a, NodeStake>,
    successor: RefMut<'a, Task>,
    /// The bump of the stake account in the successor, where it is to be opened.
    to_open: Option<u8>,
    /// The stake that is left here: none.
    left: StakeTimeline,
    /// The whole stake there, afterwards.
    moved: StakeTimeline,
}

impl<'info> MigrateStake<'info> {
    fn check(&self) -> Result<Checked<'_>> {
        let slot = Clock::get()?.slot;
        let task = self.task.load_mut()?;
        require!(task.has_migrated(), GradualError::TaskNotMigrated);
        // No task is its own successor, so that both can be borrowed.
        let address = self.successor.key();
        require_keys_eq!(task.migrated_to, address, GradualError::WrongSuccessor);
        let successor = self.successor.load_mut()?;
        require_keys_eq!(
            successor.stake_pot,
            *self.successor_pot.key,
            GradualError::WrongPot
        );
        let stake = self.node_stake.load_mut()?;
        stake.require_movable(slot)?;
        let mut left = stake.stake.at(task.current_round(slot));
        left.withdraw(left.total()).ok_or(GradualError::Overflow)?;

        let to_open = NodeStake::bump_to_open(&self.successor_stake, &address, &stake.node)?;
        let present = load::<NodeStake>(&self.successor_stake);
        let present = present.map(|stake| stake.stake).unwrap_or_default();
        let round = successor.current_round(slot);
        let moved = NodeStake::after_deposit(
            &present,
            &successor,
            round,
            stake.stake.total(),
            GradualError::BelowSuccessorMinimum,
        )?;
        Ok(Checked {
            task,
            stake,
            successor,
            to_open,
            left,
            moved,
        })
    }

    fn apply<'a>(&'a self, checked: Checked) -> Result<(Payment<'a, 'info>, StakeMigrated)> {
        let Checked {
            mut task,
            mut stake,
            mut successor,
            to_open,
            left,
            moved,
        } = checked;
        if let Some(bump) = to_open {
            NodeStake::open(
                &self.successor_stake,
                &self.payer,
                (task.migrated_to, &mut successor),
                stake.node,
                bump,
            )?;
        }
        let mut there =
            load_mut::<NodeStake>(&self.successor_stake).ok_or(GradualError::WrongNode)?;
        if there.endpoint_len == 0 {
            (there.endpoint, there.endpoint_len) = (stake.endpoint, stake.endpoint_len);
        }
        let (amount, stake_before) = (stake.stake.total(), there.stake.total());
        stake.withdraw(&mut task, left)?;
        there.deposit(&mut successor, moved)?;
        let event = StakeMigrated {
            task: stake.task,
            successor: there.task,
            node: stake.node,
            amount,
            active_from_round: moved.as_of_round.saturating_add(WARM_UP_ROUNDS),
            stake_before,
            stake_after: moved.total(),
        };
        let payment = Payment {
            tokens: task.tokens(&self.mint, self.token_program.key),
            task: self.task.as_ref(),
            pot: &self.stake_pot,
            to: &self.successor_pot,
            amount,
        };
        Ok((payment, event))
    }
}
