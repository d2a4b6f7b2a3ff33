use super::{Status, Subject};
use crate::error::GradualError;
use anchor_lang::prelude::*;

/// A node's proof of work for one cycle. Its value follows these fields: `value_len` bytes, from byte 280 of
/// the account's data ([`Submission::SPACE`]) to its end.
///
/// Seeds: `["submission", cycle, node]`.
#[account(zero_copy)]
#[derive(Debug, PartialEq, Eq)]
pub struct Submission {
    /// Whose it is, how far it has come, and its audit.
    pub subject: Subject,
    /// Bytes of the value, at most [`MAX_SUBMISSION_LEN`](crate::MAX_SUBMISSION_LEN). They follow these fields.
    pub value_len: u16,
    /// 1 once its node has proposed a list for this cycle.
    pub has_proposed: u8,
    /// Unused, 0.
    pub padding: [u8; 5],
}

impl Submission {
    /// Size of the fixed part of the account, discriminator included, in bytes.
    pub const SPACE: usize = Self::DISCRIMINATOR.len() + size_of::<Self>();

    /// What proposing a list needs.
    ///
    /// # Errors
    /// [`GradualError::ProposerNotEligible`] while the submission is invalid or in dispute,
    /// [`GradualError::AlreadyProposed`] where its node has proposed.
    pub fn require_may_propose(&self) -> Result<()> {
        require!(
            self.subject.status().is_payable(),
            GradualError::ProposerNotEligible
        );
        require!(self.has_proposed == 0, GradualError::AlreadyProposed);
        Ok(())
    }

    /// What paying the submission needs.
    ///
    /// # Errors
    /// [`GradualError::AuditUnresolved`], [`GradualError::SubmissionInvalid`],
    /// [`GradualError::AlreadyPaid`].
    pub fn require_payable(&self) -> Result<()> {
        match self.subject.status() {
            Status::Pending | Status::Standing => Ok(()),
            Status::Challenged => err!(GradualError::AuditUnresolved),
            Status::Paid => err!(GradualError::AlreadyPaid),
            Status::Invalid | Status::Accepted | Status::Rejected => {
                err!(GradualError::SubmissionInvalid)
            }
        }
    }

    /// Marks the submission paid.
    pub const fn pay(&mut self) {
        self.subject.status = Status::Paid as u8;
    }
}
