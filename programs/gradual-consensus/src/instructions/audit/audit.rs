use crate::{
    constants::VOTE_SEED,
    error::GradualError,
    events::{Audited, emit},
    meter::section_ends,
    pda::NewAccount,
    state::{AuditVote, NodeStake, Status, Subject, Task},
};
use anchor_lang::prelude::*;

/// Accounts of [`audit`](crate::gradual_consensus::audit).
#[derive(Accounts)]
pub struct AuditSubject<'info> {
    /// The node that audits.
    pub voter: Signer<'info>,
    /// Pays the rent of the vote.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The task.
    pub task: AccountLoader<'info, Task>,
    /// The submission or list to vote on.
    /// CHECK: a submission or list of this task; see [`Subject::load_mut`].
    #[account(mut)]
    pub subject: UncheckedAccount<'info>,
    /// The stake of the subject's author.
    #[account(mut, has_one = task @ GradualError::WrongTask)]
    pub author_stake: AccountLoader<'info, NodeStake>,
    /// The voter's stake.
    #[account(mut, has_one = task @ GradualError::WrongTask)]
    pub voter_stake: AccountLoader<'info, NodeStake>,
    /// The vote to be.
    /// CHECK: created here.
    #[account(mut, seeds = [VOTE_SEED, subject.key().as_ref(), voter.key().as_ref()], bump)]
    pub vote: UncheckedAccount<'info>,
    /// The system program.
    pub system_program: Program<'info, System>,
}

pub(crate) fn handle(ctx: Context<AuditSubject>, is_valid: bool) -> Result<()> {
    section_ends("accounts");
    let accounts = ctx.accounts;
    let slot = Clock::get()?.slot;
    let voter = accounts.voter.key();
    let task = accounts.task.load()?;
    let (_, mut subject) = Subject::load_mut(&accounts.subject)?;
    require_keys_eq!(subject.task, accounts.task.key(), GradualError::WrongTask);
    require_keys_neq!(subject.author, voter, GradualError::SelfAudit);
    let mut stake = accounts.voter_stake.load_mut()?;
    require_keys_eq!(stake.node, voter, GradualError::WrongNode);

    let window = task
        .schedule
        .audit_window(subject.window_round)
        .ok_or(GradualError::Overflow)?;
    require!(window.contains(slot), GradualError::AuditWindowClosed);
    let weight = stake.require_weight(&task, subject.window_round)?;

    let opened = match subject.status() {
        Status::Pending => {
            require!(!is_valid, GradualError::NothingToDefend);
            let window = task
                .schedule
                .challenge_window(subject.window_round)
                .ok_or(GradualError::Overflow)?;
            require!(window.contains(slot), GradualError::ChallengeWindowClosed);
            // One account cannot be borrowed twice; no voter gets here as the author.
            require_keys_neq!(
                accounts.author_stake.key(),
                accounts.voter_stake.key(),
                GradualError::WrongAuthor
            );
            let mut author = accounts.author_stake.load_mut()?;
            require_keys_eq!(author.node, subject.author, GradualError::WrongAuthor);
            let author_weight = task.weight_in(&author.stake, subject.window_round);
            let electorate = task
                .electorate_in(subject.window_round)
                .checked_sub(author_weight.unwrap_or_default())
                .ok_or(GradualError::Overflow)?;
            subject.open_audit(voter, electorate, slot);
            author.audit_opened()?;
            stake.audit_opened()?;
            true
        }
        Status::Challenged => false,
        // Decided ones are past their window.
        _ => return err!(GradualError::AuditWindowClosed),
    };
    section_ends("checks");

    NewAccount {
        address: &accounts.vote,
        payer: &accounts.payer,
        seeds: &[
            VOTE_SEED,
            accounts.subject.key.as_ref(),
            voter.as_ref(),
            &[ctx.bumps.vote],
        ],
        if_taken: GradualError::AlreadyVoted,
    }
    .create(
        &AuditVote {
            subject: accounts.subject.key(),
            voter,
            payer: accounts.payer.key(),
            weight,
            is_valid: u8::from(is_valid),
            bump: ctx.bumps.vote,
            padding: [0; 6],
        },
        &[],
    )?;
    section_ends("create");
    subject.count_vote(is_valid, weight)?;
    stake.lock_for(&task, &subject)?;
    stake.account_opened()?;
    section_ends("state");
    emit(&Audited {
        task: subject.task,
        subject: accounts.subject.key(),
        cycle: subject.cycle_number,
        voter,
        opened,
        is_valid,
        weight_valid: subject.audit.weight_valid,
        weight_invalid: subject.audit.weight_invalid,
    });
    section_ends("event");
    Ok(())
}
