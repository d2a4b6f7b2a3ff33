use crate::{
    constants::VOTE_SEED,
    error::GradualError,
    events::Audited,
    pda::{self, NewAccount},
    phases,
    state::{AuditVote, NodeStake, Status, Subject, SubjectKind, Task},
};
use anchor_lang::prelude::*;
use std::cell::{Ref, RefMut};

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
    let (accounts, bump) = (&*ctx.accounts, ctx.bumps.vote);
    phases::run(
        || accounts.check(is_valid),
        |checked| accounts.apply(checked, is_valid, bump),
    )
}

struct Checked<'a> {
    task: Ref<'a, Task>,
    kind: SubjectKind,
    subject: RefMut<'a, Subject>,
    stake: RefMut<'a, NodeStake>,
    weight: u64,
    slot: u64,
    /// What opening the audit needs, where this vote opens it.
    opening: Option<Opening<'a>>,
}

struct Opening<'a> {
    author: RefMut<'a, NodeStake>,
    electorate: u64,
    author_weight: u64,
}

impl AuditSubject<'_> {
    fn check(&self, is_valid: bool) -> Result<Checked<'_>> {
        let slot = Clock::get()?.slot;
        let voter = self.voter.key();
        let task = self.task.load()?;
        let (kind, subject) = Subject::load_mut(&self.subject)?;
        require_keys_eq!(subject.task, self.task.key(), GradualError::WrongTask);
        require_keys_neq!(subject.author, voter, GradualError::SelfAudit);
        let stake = self.voter_stake.load_mut()?;
        require_keys_eq!(stake.node, voter, GradualError::WrongNode);

        let window = task
            .schedule
            .audit_window(subject.window_round)
            .ok_or(GradualError::Overflow)?;
        require!(window.contains(slot), GradualError::AuditWindowClosed);
        let weight = stake.require_weight(&task, subject.window_round)?;
        let opening = match subject.status() {
            Status::Pending => {
                require!(!is_valid, GradualError::NothingToDefend);
                if kind == SubjectKind::Submission {
                    stake.require_challenge_covered(&task)?;
                }
                Some(self.check_opening(&task, &subject, slot)?)
            }
            Status::Challenged => None,
            // Decided ones are past their window.
            _ => return err!(GradualError::AuditWindowClosed),
        };
        pda::require_free(&self.vote, GradualError::AlreadyVoted)?;
        Ok(Checked {
            task,
            kind,
            subject,
            stake,
            weight,
            slot,
            opening,
        })
    }

    fn check_opening(&self, task: &Task, subject: &Subject, slot: u64) -> Result<Opening<'_>> {
        let window = task
            .schedule
            .challenge_window(subject.window_round)
            .ok_or(GradualError::Overflow)?;
        require!(window.contains(slot), GradualError::ChallengeWindowClosed);
        // One account cannot be borrowed twice; no voter gets here as the author.
        require_keys_neq!(
            self.author_stake.key(),
            self.voter_stake.key(),
            GradualError::WrongAuthor
        );
        let author = self.author_stake.load_mut()?;
        require_keys_eq!(author.node, subject.author, GradualError::WrongAuthor);
        let author_weight = task.weight_in(&author.stake, subject.window_round);
        Ok(Opening {
            author,
            electorate: task.electorate_in(subject.window_round),
            author_weight: author_weight.unwrap_or_default(),
        })
    }

    fn apply(&self, checked: Checked, is_valid: bool, bump: u8) -> Result<((), Audited)> {
        let Checked {
            task,
            kind,
            mut subject,
            mut stake,
            weight,
            slot,
            opening,
        } = checked;
        let (address, voter) = (self.subject.key(), self.voter.key());
        NewAccount {
            address: &self.vote,
            payer: &self.payer,
            seeds: &[VOTE_SEED, address.as_ref(), voter.as_ref(), &[bump]],
        }
        .create(&[], |vote: &mut AuditVote| {
            vote.subject = address;
            vote.voter = voter;
            vote.payer = self.payer.key();
            vote.weight = weight;
            vote.is_valid = u8::from(is_valid);
            vote.bump = bump;
        })?;
        let opened = opening.is_some();
        if let Some(Opening {
            mut author,
            electorate,
            author_weight,
        }) = opening
        {
            subject.open_audit(voter, electorate, author_weight, slot);
            author.audit_opened()?;
            stake.challenge_opened(kind)?;
        }
        subject.count_vote(is_valid, weight)?;
        stake.lock_for_round(&task, subject.window_round)?;
        stake.account_opened()?;
        let event = Audited {
            task: subject.task,
            subject: address,
            cycle: subject.cycle_number,
            voter,
            opened,
            is_valid,
            weight_valid: subject.audit.weight_valid,
            weight_invalid: subject.audit.weight_invalid,
        };
        Ok(((), event))
    }
}
