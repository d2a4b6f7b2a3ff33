use crate::{
    error::GradualError,
    events::Staked,
    pda::{load, load_mut},
    phases,
    pots::Deposit,
    rules::warming::{StakeTimeline, WARM_UP_ROUNDS},
    state::{Config, NodeStake, Task, TextField, text_field},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;
use std::cell::RefMut;

/// Accounts of [`stake`](crate::gradual_consensus::stake).
#[derive(Accounts)]
pub struct Stake<'info> {
    /// The node; owns `source`.
    pub node: Signer<'info>,
    /// Pays the rent of a new stake account.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The program's config.
    /// CHECK: by its type; see [`Config::require_running`].
    pub config: UncheckedAccount<'info>,
    /// The task.
    #[account(
        mut,
        has_one = mint @ GradualError::WrongMint,
        has_one = stake_pot @ GradualError::WrongPot,
        has_one = token_program
    )]
    pub task: AccountLoader<'info, Task>,
    /// The node's stake account at `["stake", task, node]`; the first deposit creates it.
    /// CHECK: created here, or checked to be this node's in this task.
    #[account(mut)]
    pub node_stake: UncheckedAccount<'info>,
    /// The node's token account that pays.
    /// CHECK: the token program checks that it is a token account of the mint, owned by `node`.
    #[account(mut)]
    pub source: UncheckedAccount<'info>,
    /// The task's stake pot.
    /// CHECK: stored in the task.
    #[account(mut)]
    pub stake_pot: UncheckedAccount<'info>,
    /// The task's mint.
    /// CHECK: stored in the task.
    pub mint: UncheckedAccount<'info>,
    /// The mint's token program.
    pub token_program: Interface<'info, TokenInterface>,
    /// The system program.
    pub system_program: Program<'info, System>,
}

pub(crate) fn handle(ctx: Context<Stake>, amount: u64, endpoint: Option<String>) -> Result<()> {
    let accounts = &*ctx.accounts;
    phases::run(
        || accounts.check(amount, endpoint.as_deref()),
        |checked| accounts.apply(checked, amount),
    )
}

struct Checked<'a> {
    task: RefMut<'a, Task>,
    /// The bump of the stake account, where it is to be opened.
    to_open: Option<u8>,
    after: StakeTimeline,
    endpoint: Option<(TextField, u8)>,
}

impl<'info> Stake<'info> {
    fn check(&self, amount: u64, endpoint: Option<&str>) -> Result<Checked<'_>> {
        let slot = Clock::get()?.slot;
        Config::require_running(&self.config)?;
        let task = self.task.load_mut()?;
        task.require_active()?;
        let to_open = NodeStake::bump_to_open(&self.node_stake, &self.task.key(), self.node.key)?;
        let present = load::<NodeStake>(&self.node_stake);
        let present = present.map(|stake| stake.stake).unwrap_or_default();
        let round = task.current_round(slot);
        let after = NodeStake::after_deposit(
            &present,
            &task,
            round,
            amount,
            GradualError::StakeBelowMinimum,
        )?;
        Ok(Checked {
            task,
            to_open,
            after,
            endpoint: endpoint.map(text_field).transpose()?,
        })
    }

    fn apply<'a>(&'a self, checked: Checked, amount: u64) -> Result<(Deposit<'a, 'info>, Staked)> {
        let Checked {
            mut task,
            to_open,
            after,
            endpoint,
        } = checked;
        if let Some(bump) = to_open {
            NodeStake::open(
                &self.node_stake,
                &self.payer,
                (self.task.key(), &mut task),
                self.node.key(),
                bump,
            )?;
        }
        let mut stake = load_mut::<NodeStake>(&self.node_stake).ok_or(GradualError::WrongNode)?;
        let stake_before = stake.stake.total();
        stake.deposit(&mut task, after)?;
        if let Some(endpoint) = endpoint {
            (stake.endpoint, stake.endpoint_len) = endpoint;
        }
        let event = Staked {
            task: stake.task,
            node: stake.node,
            amount,
            stake_before,
            stake_after: after.total(),
            active_from_round: after.as_of_round.saturating_add(WARM_UP_ROUNDS),
        };
        let deposit = Deposit {
            tokens: task.tokens(&self.mint, self.token_program.key),
            from: &self.source,
            owner: &self.node,
            pot: &self.stake_pot,
            amount,
        };
        Ok((deposit, event))
    }
}
