use crate::{
    constants::{CYCLE_SEED, MAX_SUBMISSION_LEN, SUBMISSION_SEED},
    error::GradualError,
    events::{CycleOpened, Submitted, emit},
    meter::section_ends,
    pda::{NewAccount, canonical_bump, load_mut},
    rules::schedule::review_round,
    state::{Audit, Config, Cycle, NodeStake, Status, Subject, Submission, Task},
};
use anchor_lang::{prelude::*, system_program};
use bytemuck::Zeroable;

/// Accounts of [`submit`](crate::gradual_consensus::submit).
#[derive(Accounts)]
pub struct Submit<'info> {
    /// The node.
    pub node: Signer<'info>,
    /// Pays the rent of the submission, and of the cycle where this opens it.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The program's config, which decides whether a cycle may be opened.
    /// CHECK: by its type; see [`Config::load`].
    pub config: UncheckedAccount<'info>,
    /// The task.
    pub task: AccountLoader<'info, Task>,
    /// The cycle, at `["cycle", task, number]`; its first submission opens it.
    /// CHECK: created here, or checked to be this cycle of this task.
    #[account(mut)]
    pub cycle: UncheckedAccount<'info>,
    /// The node's stake.
    #[account(
        mut,
        has_one = task @ GradualError::WrongTask,
        has_one = node @ GradualError::WrongNode
    )]
    pub node_stake: AccountLoader<'info, NodeStake>,
    /// The submission to be.
    /// CHECK: created here.
    #[account(mut, seeds = [SUBMISSION_SEED, cycle.key().as_ref(), node.key().as_ref()], bump)]
    pub submission: UncheckedAccount<'info>,
    /// The slot hashes sysvar, whose latest entry stirs the cycle's entropy.
    /// CHECK: by its address.
    #[account(address = solana_sdk_ids::sysvar::slot_hashes::ID)]
    pub slot_hashes: UncheckedAccount<'info>,
    /// The system program.
    pub system_program: Program<'info, System>,
}

pub(crate) fn handle(ctx: Context<Submit>, cycle_number: u64, value: Vec<u8>) -> Result<()> {
    section_ends("accounts");
    let accounts = &*ctx.accounts;
    let slot = Clock::get()?.slot;
    let task = accounts.task.load()?;
    let length = u16::try_from(value.len())
        .ok()
        .filter(|&length| length >= 1 && u64::from(length) <= MAX_SUBMISSION_LEN)
        .ok_or(GradualError::InvalidSubmissionLength)?;
    let window_round = review_round(cycle_number).ok_or(GradualError::Overflow)?;
    let window = task
        .schedule
        .submission_window(window_round)
        .ok_or(GradualError::Overflow)?;
    require!(window.contains(slot), GradualError::SubmissionWindowClosed);
    task.require_submissions(window_round)?;

    let mut stake = accounts.node_stake.load_mut()?;
    stake.require_weight(&task, window_round)?;
    section_ends("checks");
    if system_program::ID == *accounts.cycle.owner {
        Config::load(&accounts.config)?.require_running_since(window.start)?;
        open_cycle(accounts, cycle_number)?;
        stake.account_opened()?;
        section_ends("open the cycle");
    }
    let mut cycle = load_mut::<Cycle>(&accounts.cycle).ok_or(GradualError::WrongCycle)?;
    let (task_address, node) = (accounts.task.key(), accounts.node.key());
    require_keys_eq!(cycle.task, task_address, GradualError::WrongTask);
    require_eq!(cycle.number, cycle_number, GradualError::WrongCycle);

    let subject = Subject {
        task: task_address,
        cycle: accounts.cycle.key(),
        author: node,
        payer: accounts.payer.key(),
        cycle_number,
        window_round,
        slot,
        audit: Audit::default(),
        status: Status::Pending as u8,
        bump: ctx.bumps.submission,
        padding: [0; 6],
    };
    NewAccount {
        address: &accounts.submission,
        payer: &accounts.payer,
        seeds: &[
            SUBMISSION_SEED,
            accounts.cycle.key.as_ref(),
            node.as_ref(),
            &[ctx.bumps.submission],
        ],
        if_taken: GradualError::AlreadySubmitted,
    }
    .create(
        &Submission {
            subject,
            value_len: length,
            has_proposed: 0,
            padding: [0; 5],
        },
        &value,
    )?;
    section_ends("create");

    cycle.add_submission(
        &node,
        &value,
        &most_recent_slot_hash(&accounts.slot_hashes)?,
    )?;
    stake.lock_for(&task, &subject)?;
    stake.account_opened()?;
    section_ends("state");
    emit(&Submitted {
        task: task_address,
        node,
        cycle: cycle_number,
        submissions: cycle.submissions,
        locked_until_slot: stake.locked_until_slot,
    });
    section_ends("event");
    Ok(())
}

fn open_cycle(accounts: &Submit, cycle_number: u64) -> Result<()> {
    let (task_address, number) = (accounts.task.key(), cycle_number.to_le_bytes());
    let seeds = [CYCLE_SEED, task_address.as_ref(), &number];
    let bump = canonical_bump(accounts.cycle.key, &seeds)?;
    let [kind, of_task, of_number] = seeds;
    NewAccount {
        address: &accounts.cycle,
        payer: &accounts.payer,
        seeds: &[kind, of_task, of_number, &[bump]],
        if_taken: GradualError::WrongCycle,
    }
    .create(
        &Cycle {
            task: task_address,
            opener: accounts.node.key(),
            payer: accounts.payer.key(),
            number: cycle_number,
            bump,
            ..Cycle::zeroed()
        },
        &[],
    )?;
    emit(&CycleOpened {
        task: task_address,
        cycle: cycle_number,
    });
    Ok(())
}

/// The sysvar is a list of (slot, hash) behind its length, latest first.
fn most_recent_slot_hash(slot_hashes: &AccountInfo) -> Result<[u8; 32]> {
    const FIRST_HASH: usize = size_of::<u64>() + size_of::<u64>();
    let data = slot_hashes.try_borrow_data()?;
    let hash = data
        .get(FIRST_HASH..)
        .and_then(|rest| rest.first_chunk::<32>());
    Ok(*hash.ok_or(ProgramError::UnsupportedSysvar)?)
}
