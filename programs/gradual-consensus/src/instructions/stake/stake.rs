use crate::{
    checked::add,
    constants::STAKE_SEED,
    error::GradualError,
    events::{Staked, emit},
    meter::section_ends,
    pda::{NewAccount, canonical_bump, load_mut},
    rules::warming::WARM_UP_ROUNDS,
    state::{Config, NodeStake, Task, text_field},
};
use anchor_lang::{prelude::*, system_program};
use anchor_spl::token_interface::TokenInterface;
use bytemuck::Zeroable;

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
    section_ends("accounts");
    let accounts = &*ctx.accounts;
    let slot = Clock::get()?.slot;
    Config::require_running(&accounts.config)?;
    let mut task = accounts.task.load_mut()?;
    task.require_active()?;
    let (task_address, node) = (accounts.task.key(), accounts.node.key());
    section_ends("checks");
    if system_program::ID == *accounts.node_stake.owner {
        let stake = StakeToBe {
            address: &accounts.node_stake,
            payer: &accounts.payer,
            task: task_address,
            node,
        };
        open_stake(&stake, &mut task)?;
        section_ends("create");
    }

    let mut stake = load_mut::<NodeStake>(&accounts.node_stake).ok_or(GradualError::WrongNode)?;
    require_keys_eq!(stake.task, task_address, GradualError::WrongTask);
    require_keys_eq!(stake.node, node, GradualError::WrongNode);

    let round = task.current_round(slot);
    let stake_before = stake.stake.total();
    stake.deposit(&mut task, round, amount)?;
    if let Some(endpoint) = endpoint {
        (stake.endpoint, stake.endpoint_len) = text_field(&endpoint)?;
    }
    let stake_after = stake.stake.total();
    section_ends("state");

    task.tokens(&accounts.mint, accounts.token_program.key)
        .deposit(
            &accounts.source,
            &accounts.node,
            &accounts.stake_pot,
            amount,
        )?;
    section_ends("transfer");
    emit(&Staked {
        task: task_address,
        node,
        amount,
        stake_before,
        stake_after,
        active_from_round: round.saturating_add(WARM_UP_ROUNDS),
    });
    section_ends("event");
    Ok(())
}

/// A stake account that is to be opened.
pub(crate) struct StakeToBe<'a, 'info> {
    /// Where it will be.
    pub(crate) address: &'a AccountInfo<'info>,
    /// Who pays its rent.
    pub(crate) payer: &'a AccountInfo<'info>,
    /// The address of its task.
    pub(crate) task: Pubkey,
    /// Its node.
    pub(crate) node: Pubkey,
}

/// Opens an empty stake account, and counts it in its task.
///
/// # Errors
/// [`GradualError::WrongAddress`]; the system program's where the payer cannot pay.
pub(crate) fn open_stake(stake: &StakeToBe, of: &mut Task) -> Result<()> {
    let (task, node) = (stake.task, stake.node);
    let seeds = [STAKE_SEED, task.as_ref(), node.as_ref()];
    let bump = canonical_bump(stake.address.key, &seeds)?;
    let [kind, of_task, of_node] = seeds;
    NewAccount {
        address: stake.address,
        payer: stake.payer,
        seeds: &[kind, of_task, of_node, &[bump]],
        if_taken: GradualError::WrongNode,
    }
    .create(
        &NodeStake {
            task,
            node,
            payer: *stake.payer.key,
            bump,
            ..NodeStake::zeroed()
        },
        &[],
    )?;
    add(&mut of.node_count, 1)
}
