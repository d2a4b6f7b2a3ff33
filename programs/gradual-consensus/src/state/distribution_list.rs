use super::{Status, Subject};
use crate::{constants::MAX_TEXT_LEN, error::GradualError};
use anchor_lang::prelude::*;

/// Who is to be paid what for one cycle: a Merkle root, and its sum (section 8).
///
/// Seeds: `["list", cycle, attempt]`.
#[account(zero_copy)]
#[derive(Debug, PartialEq, Eq)]
pub struct DistributionList {
    /// Whose it is, how far it has come, and its audit.
    pub subject: Subject,
    /// Root over all entries; see [`crate::rules::merkle`].
    pub merkle_root: [u8; 32],
    /// Sum of all entries, in base units; at most the cycle's bounty.
    pub total: u64,
    /// Entries.
    pub count: u32,
    /// The attempt, from 0.
    pub attempt: u8,
    /// Bytes of `uri` in use.
    pub uri_len: u8,
    /// Unused, 0.
    pub padding: [u8; 2],
    /// Where people can read the list, UTF-8. The rules do not depend on it.
    pub uri: [u8; 64],
}

impl DistributionList {
    /// Size of the account, discriminator included, in bytes.
    pub const SPACE: usize = Self::DISCRIMINATOR.len() + size_of::<Self>();

    /// Where people can read the list; empty where it is not said.
    pub fn uri(&self) -> &str {
        super::text(&self.uri, self.uri_len)
    }

    /// Whether the list is to be accepted, by what its audit came to.
    ///
    /// # Errors
    /// [`GradualError::AuditUnresolved`] while an audit is open, [`GradualError::ListNotPending`]
    /// once it was finalized.
    pub fn is_acceptable(&self) -> Result<bool> {
        match self.subject.status() {
            Status::Pending | Status::Standing => Ok(true),
            Status::Invalid => Ok(false),
            Status::Challenged => err!(GradualError::AuditUnresolved),
            Status::Paid | Status::Accepted | Status::Rejected => {
                err!(GradualError::ListNotPending)
            }
        }
    }

    /// Accepts or rejects the list.
    pub const fn finalize(&mut self, accepted: bool) {
        let status = if accepted {
            Status::Accepted
        } else {
            Status::Rejected
        };
        self.subject.status = status as u8;
    }
}

/// A text of at most [`MAX_TEXT_LEN`] bytes, zeros behind it.
pub type TextField = [u8; 64];

const _: () = assert!(MAX_TEXT_LEN == size_of::<TextField>() as u64);

/// The text in the first `len` bytes of `field`, which only valid UTF-8 is ever written to.
pub(super) fn text(field: &TextField, len: u8) -> &str {
    let bytes = field.get(..usize::from(len)).unwrap_or_default();
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// `text` as a field, and its length.
///
/// # Errors
/// [`GradualError::TextTooLong`].
pub fn text_field(text: &str) -> Result<(TextField, u8)> {
    let mut field: TextField = [0; size_of::<TextField>()];
    let len = u8::try_from(text.len()).map_err(|_| GradualError::TextTooLong)?;
    field
        .get_mut(..text.len())
        .ok_or(GradualError::TextTooLong)?
        .copy_from_slice(text.as_bytes());
    Ok((field, len))
}
