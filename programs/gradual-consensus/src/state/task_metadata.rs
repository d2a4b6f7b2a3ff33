use crate::{
    constants::{MAX_NAME_LEN, MAX_TEXT_LEN},
    error::GradualError,
};
use anchor_lang::prelude::*;

/// A task's texts: what nodes read before they join, and nothing the rules depend on.
///
/// Seeds: `["metadata", task]`.
#[account]
#[derive(Debug, PartialEq, Eq, InitSpace)]
pub struct TaskMetadata {
    /// The task these texts describe.
    pub task: Pubkey,
    /// Name, at most 24 bytes.
    #[max_len(24)]
    pub name: String,
    /// Description, at most 64 bytes.
    #[max_len(64)]
    pub description: String,
    /// Where nodes find the program that works and audits (K2: `task_audit_program`).
    #[max_len(64)]
    pub audit_program: String,
    /// Where more about the task can be found (K2: `task_metadata`).
    #[max_len(64)]
    pub metadata: String,
    /// What executes the task (K2: `task_executable_network`).
    #[max_len(64)]
    pub network: String,
    /// Settings for the task's program (K2: `task_vars`).
    #[max_len(64)]
    pub vars: String,
    /// Canonical bump of this address.
    pub bump: u8,
}

const _: () = assert!(
    MAX_NAME_LEN == 24 && MAX_TEXT_LEN == 64,
    "as the fields say"
);

impl TaskMetadata {
    /// Size of the account, discriminator included, in bytes.
    pub const SPACE: usize = Self::DISCRIMINATOR.len() + Self::INIT_SPACE;

    /// # Errors
    /// [`GradualError::TextTooLong`] where a text is longer than its field.
    pub fn validate(&self) -> Result<()> {
        let fits = |text: &str, most: u64| text.len() as u64 <= most;
        require!(
            fits(&self.name, MAX_NAME_LEN)
                && [
                    &self.description,
                    &self.audit_program,
                    &self.metadata,
                    &self.network,
                    &self.vars,
                ]
                .iter()
                .all(|text| fits(text, MAX_TEXT_LEN)),
            GradualError::TextTooLong
        );
        Ok(())
    }
}
