use anchor_lang::prelude::*;

/// One node's vote in one audit.
///
/// Seeds: `["vote", subject, voter]`.
#[account(zero_copy)]
#[derive(Debug, PartialEq, Eq)]
pub struct AuditVote {
    /// The submission or list voted on.
    pub subject: Pubkey,
    /// The node that voted.
    pub voter: Pubkey,
    /// Who paid this account's rent.
    pub payer: Pubkey,
    /// What the vote weighs: 1, or the voter's active stake in base units.
    pub weight: u64,
    /// 1 where the voter holds the subject valid, 0 where not.
    pub is_valid: u8,
    /// Canonical bump of this address.
    pub bump: u8,
    /// Unused, 0.
    pub padding: [u8; 6],
}

impl AuditVote {
    /// Size of the account, discriminator included, in bytes.
    pub const SPACE: usize = Self::DISCRIMINATOR.len() + size_of::<Self>();

    /// Whether the voter holds the subject valid.
    pub const fn is_valid(&self) -> bool {
        self.is_valid == 1
    }
}
