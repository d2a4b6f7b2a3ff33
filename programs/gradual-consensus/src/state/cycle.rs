use super::{Subject, Task};
use crate::{
    checked::count_up,
    error::GradualError,
    rules::{
        merkle::Digest,
        schedule::distribution_round,
        selection::{next_entropy, score, stagger},
    },
};
use anchor_lang::prelude::*;

/// One cycle that somebody submitted for. Opened by the first submission.
///
/// Seeds: `["cycle", task, number LE]`.
#[account(zero_copy)]
#[derive(Debug, PartialEq, Eq)]
pub struct Cycle {
    /// The task.
    pub task: Pubkey,
    /// The node whose submission opened the cycle.
    pub opener: Pubkey,
    /// Who paid this account's rent.
    pub payer: Pubkey,
    /// The cycle's number `r`: worked in round `r`, reviewed in `r + 1`, distributed in `r + 2`.
    pub number: u64,
    /// Stirred by every submission; decides who proposes when (section 7).
    pub entropy: [u8; 32],
    /// The round in which a list was accepted, if one was.
    pub accepted_in_round: u64,
    /// Submissions made.
    pub submissions: u32,
    /// Submissions found invalid.
    pub invalid: u32,
    /// Submissions paid.
    pub paid: u32,
    /// Submissions and lists of this cycle that still exist.
    pub open_subjects: u32,
    /// 1 while a list is pending.
    pub list_pending: u8,
    /// 1 once a list was accepted.
    pub list_accepted: u8,
    /// The attempt that was accepted, if one was.
    pub accepted_attempt: u8,
    /// 1 once every entry of the accepted list was paid.
    pub fully_paid: u8,
    /// Canonical bump of this address.
    pub bump: u8,
    /// Unused, 0.
    pub padding: [u8; 3],
}

impl Cycle {
    /// Size of the account, discriminator included, in bytes.
    pub const SPACE: usize = Self::DISCRIMINATOR.len() + size_of::<Self>();

    /// Counts `node`'s submission of `value` and stirs the entropy with it.
    ///
    /// # Errors
    /// [`GradualError::Overflow`].
    pub fn add_submission(
        &mut self,
        node: &Pubkey,
        value: &[u8],
        slot_hash: &[u8; 32],
    ) -> Result<()> {
        self.entropy = next_entropy(&self.entropy, &node.to_bytes(), value, slot_hash);
        count_up(&mut self.submissions)?;
        count_up(&mut self.open_subjects)
    }

    /// Whether a list waits to be finalized.
    pub const fn list_pending(&self) -> bool {
        self.list_pending == 1
    }

    /// Whether a list was accepted.
    pub const fn list_accepted(&self) -> bool {
        self.list_accepted == 1
    }

    /// Whether every entry of the accepted list was paid.
    pub const fn fully_paid(&self) -> bool {
        self.fully_paid == 1
    }

    /// First slot at which `node` may propose the list of attempt `attempt` (section 7).
    ///
    /// # Errors
    /// [`GradualError::Overflow`].
    pub fn proposal_slot(&self, task: &Task, node: &Pubkey, attempt: u8) -> Result<u64> {
        Ok(proposal_slot(
            task,
            self.number,
            &self.entropy,
            self.submissions,
            node,
            attempt,
        )
        .ok_or(GradualError::Overflow)?)
    }

    /// # Errors
    /// [`GradualError::ListPending`] or [`GradualError::ListAlreadyAccepted`] unless a new list may
    /// be submitted.
    pub fn require_list_wanted(&self) -> Result<()> {
        require!(!self.list_accepted(), GradualError::ListAlreadyAccepted);
        require!(!self.list_pending(), GradualError::ListPending);
        Ok(())
    }

    /// Whether nothing more can be paid for this cycle: its list is fully paid, the list's claim
    /// window is over, or every attempt at one has failed (section 8).
    pub fn is_settled(&self, task: &Task, slot: u64) -> bool {
        let now = task.current_round(slot);
        if self.list_accepted() {
            let expiry = self.accepted_in_round.saturating_add(task.claim_window);
            self.fully_paid() || now > expiry
        } else {
            let last = distribution_round(self.number, task.allowed_failed_distributions);
            !self.list_pending() && last.is_some_and(|last| now > last)
        }
    }

    /// # Errors
    /// [`GradualError::CycleNotSettled`] unless [`Cycle::is_settled`].
    pub fn require_settled(&self, task: &Task, slot: u64) -> Result<()> {
        require!(self.is_settled(task, slot), GradualError::CycleNotSettled);
        Ok(())
    }

    /// # Errors
    /// [`GradualError::WrongCycle`] unless `subject` belongs to the cycle at address `cycle`.
    pub fn require_own(cycle: &Pubkey, subject: &Subject) -> Result<()> {
        require_keys_eq!(subject.cycle, *cycle, GradualError::WrongCycle);
        Ok(())
    }
}

fn proposal_slot(
    task: &Task,
    cycle: u64,
    entropy: &Digest,
    count: u32,
    node: &Pubkey,
    attempt: u8,
) -> Option<u64> {
    let window = task
        .schedule
        .submission_window(distribution_round(cycle, attempt)?)?;
    let score = score(entropy, attempt, &node.to_bytes());
    let wait = stagger(score, count, task.schedule.submission_window)?;
    window.start.checked_add(wait)
}
