//! Calls of the system program and of the token programs.
//!
//! The wrappers that come with Anchor clone every account of a call several times, and look each of them up by its
//! address to see that nobody has borrowed it. Here an account stands beside its role, so that one pass does both.

use anchor_lang::{
    prelude::*,
    solana_program::{instruction::Instruction, program::invoke_signed_unchecked},
};

/// One account of a call, in the place where the called program expects it.
pub struct Passed<'a, 'info> {
    account: &'a AccountInfo<'info>,
    writes: bool,
    signs: bool,
}

impl<'a, 'info> Passed<'a, 'info> {
    /// An account that the called program reads.
    pub const fn read(account: &'a AccountInfo<'info>) -> Self {
        Self {
            account,
            writes: false,
            signs: false,
        }
    }

    /// An account that the called program may change.
    pub const fn written(account: &'a AccountInfo<'info>) -> Self {
        Self {
            writes: true,
            ..Self::read(account)
        }
    }

    /// The same account, which signs: because it signed the transaction, or because this program signs for it.
    pub const fn signing(self) -> Self {
        Self {
            signs: true,
            ..self
        }
    }

    /// # Errors
    /// [`ProgramError::AccountBorrowFailed`] while this program has borrowed what the called program may change, or
    /// changes what the called program reads.
    fn require_not_borrowed(&self) -> Result<()> {
        if self.writes {
            self.account.try_borrow_mut_lamports()?;
            self.account.try_borrow_mut_data()?;
        } else {
            self.account.try_borrow_lamports()?;
            self.account.try_borrow_data()?;
        }
        Ok(())
    }
}

/// Calls `program` with `accounts` and `data`. The program signs for every address that one of `signers` derives: each
/// is an address's seeds, canonical bump included.
///
/// # Errors
/// Those of the called program; [`ProgramError::AccountBorrowFailed`] while this program has borrowed one of the accounts.
pub fn call<const N: usize>(
    program: &Pubkey,
    accounts: [Passed; N],
    data: &[u8],
    signers: &[&[&[u8]]],
) -> Result<()> {
    for account in &accounts {
        account.require_not_borrowed()?;
    }
    let instruction = Instruction {
        program_id: *program,
        accounts: accounts
            .iter()
            .map(|passed| AccountMeta {
                pubkey: *passed.account.key,
                is_signer: passed.signs,
                is_writable: passed.writes,
            })
            .collect(),
        data: data.to_vec(),
    };
    let accounts = accounts.map(|passed| passed.account.clone());
    // Unchecked of borrows only: those were checked above, for the same accounts and the same roles.
    Ok(invoke_signed_unchecked(&instruction, &accounts, signers)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls a program with one account in the given role, while `borrowed` of it is held.
    fn call_while<'a, T>(
        account: &'a AccountInfo<'a>,
        writes: bool,
        borrowed: impl FnOnce(&'a AccountInfo<'a>) -> T,
    ) -> Result<()> {
        let _held = borrowed(account);
        let role = if writes {
            Passed::written(account)
        } else {
            Passed::read(account)
        };
        call(&Pubkey::default(), [role], &[], &[])
    }

    #[test]
    fn no_account_is_called_with_that_is_borrowed_otherwise() {
        let (key, mut lamports, mut data) = (Pubkey::default(), 1, [0; 8]);
        let account = AccountInfo::new(&key, false, true, &mut lamports, &mut data, &key, false);
        for writes in [false, true] {
            assert!(call_while(&account, writes, |_| ()).is_ok());
            let reading = [
                call_while(&account, writes, AccountInfo::try_borrow_data),
                call_while(&account, writes, AccountInfo::try_borrow_lamports),
            ];
            assert_eq!(reading.map(|called| called.is_err()), [writes; 2]);
            let writing = [
                call_while(&account, writes, AccountInfo::try_borrow_mut_data),
                call_while(&account, writes, AccountInfo::try_borrow_mut_lamports),
            ];
            for called in writing {
                assert_eq!(called, Err(ProgramError::AccountBorrowFailed.into()));
            }
        }
    }
}
