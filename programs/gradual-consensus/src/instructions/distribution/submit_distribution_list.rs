use crate::{
    checked::{add, count_up, subtract},
    constants::LIST_SEED,
    error::GradualError,
    events::{DistributionListSubmitted, emit},
    meter::section_ends,
    pda::NewAccount,
    rules::{money::least_bounty, schedule::distribution_round},
    state::{
        Audit, Config, Cycle, DistributionList, NodeStake, Status, Subject, Submission, Task,
        text_field,
    },
};
use anchor_lang::prelude::*;

/// Accounts of
/// [`submit_distribution_list`](crate::gradual_consensus::submit_distribution_list).
#[derive(Accounts)]
#[instruction(attempt: u8)]
pub struct SubmitDistributionList<'info> {
    /// The node that proposes.
    pub proposer: Signer<'info>,
    /// Pays the rent of the list.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The program's config.
    /// CHECK: by its type; see [`Config::require_running`].
    pub config: UncheckedAccount<'info>,
    /// The task.
    #[account(mut)]
    pub task: AccountLoader<'info, Task>,
    /// The cycle.
    #[account(mut, has_one = task @ GradualError::WrongTask)]
    pub cycle: AccountLoader<'info, Cycle>,
    /// The proposer's own submission in this cycle.
    #[account(mut)]
    pub submission: AccountLoader<'info, Submission>,
    /// The proposer's stake.
    #[account(mut, has_one = task @ GradualError::WrongTask)]
    pub proposer_stake: AccountLoader<'info, NodeStake>,
    /// The list to be.
    /// CHECK: created here.
    #[account(mut, seeds = [LIST_SEED, cycle.key().as_ref(), &[attempt]], bump)]
    pub list: UncheckedAccount<'info>,
    /// The system program.
    pub system_program: Program<'info, System>,
}

/// What a proposer says of its list.
#[derive(Clone, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub struct ListProposal {
    /// Root over all entries; see [`crate::rules::merkle`].
    pub merkle_root: [u8; 32],
    /// The bounty that the list divides, in base units: the least of the task's bounty per cycle and
    /// what is available now. A proposal for another is refused, so that nobody is slashed for a
    /// bounty that changed on the way.
    pub bounty: u64,
    /// Sum of all entries, in base units.
    pub total: u64,
    /// Number of entries.
    pub count: u32,
    /// Where people can read the list; at most 64 bytes, may be empty.
    pub uri: String,
}

pub(crate) fn handle(
    ctx: Context<SubmitDistributionList>,
    attempt: u8,
    proposal: ListProposal,
) -> Result<()> {
    section_ends("accounts");
    let accounts = ctx.accounts;
    let slot = Clock::get()?.slot;
    Config::require_running(&accounts.config)?;
    let proposer = accounts.proposer.key();
    let mut task = accounts.task.load_mut()?;
    let mut cycle = accounts.cycle.load_mut()?;
    let mut submission = accounts.submission.load_mut()?;
    let mut stake = accounts.proposer_stake.load_mut()?;
    Cycle::require_own(&accounts.cycle.key(), &submission.subject)?;
    require_keys_eq!(submission.subject.author, proposer, GradualError::WrongNode);
    require_keys_eq!(stake.node, proposer, GradualError::WrongNode);

    require!(
        attempt <= task.allowed_failed_distributions,
        GradualError::AttemptsExhausted
    );
    let window_round = distribution_round(cycle.number, attempt).ok_or(GradualError::Overflow)?;
    let window = task
        .schedule
        .submission_window(window_round)
        .ok_or(GradualError::Overflow)?;
    require!(window.contains(slot), GradualError::ListWindowClosed);
    cycle.require_list_wanted()?;
    stake.require_weight(&task, window_round)?;
    submission.propose()?;
    require!(
        slot >= cycle.proposal_slot(&task, &proposer, attempt)?,
        GradualError::NotYetSelected
    );

    let ListProposal {
        merkle_root,
        bounty,
        total,
        count,
        uri,
    } = proposal;
    require!(
        count >= 1 && count <= cycle.submissions && total >= u64::from(count),
        GradualError::InvalidList
    );
    let present = task.bounty_amount_per_round.min(task.bounty_available);
    require!(
        bounty <= present && bounty >= least_bounty(present),
        GradualError::BountyChanged
    );
    require!(total <= bounty, GradualError::ListExceedsBounty);
    let (uri, uri_len) = text_field(&uri)?;
    section_ends("checks");

    let subject = Subject {
        task: accounts.task.key(),
        cycle: accounts.cycle.key(),
        author: proposer,
        payer: accounts.payer.key(),
        cycle_number: cycle.number,
        window_round,
        slot,
        audit: Audit::default(),
        status: Status::Pending as u8,
        bump: ctx.bumps.list,
        padding: [0; 6],
    };
    NewAccount {
        address: &accounts.list,
        payer: &accounts.payer,
        seeds: &[
            LIST_SEED,
            accounts.cycle.key().as_ref(),
            &[attempt],
            &[ctx.bumps.list],
        ],
        if_taken: GradualError::ListNotPending,
    }
    .create(
        &DistributionList {
            subject,
            merkle_root,
            bounty,
            total,
            paid: 0,
            count,
            paid_count: 0,
            attempt,
            uri_len,
            padding: [0; 6],
            uri,
        },
        &[],
    )?;
    section_ends("create");

    let available_before = task.bounty_available;
    subtract(&mut task.bounty_available, total)?;
    add(&mut task.bounty_reserved, total)?;
    cycle.list_pending = 1;
    count_up(&mut cycle.open_subjects)?;
    stake.lock_for(&task, &subject)?;
    stake.account_opened()?;
    section_ends("state");
    emit(&DistributionListSubmitted {
        task: subject.task,
        cycle: cycle.number,
        attempt,
        proposer,
        total,
        available_before,
        available_after: task.bounty_available,
    });
    section_ends("event");
    Ok(())
}
