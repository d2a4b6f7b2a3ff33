//! Moving tokens into, out of and between a task's pots (protocol, section 4). All transfers are
//! `transfer_checked`; the program signs as the task.

use crate::{
    calls::{Passed, call},
    error::GradualError,
    pda::{NewAccount, load},
    phases::Pay,
    rules::mint::accept,
    state::{Task, TaskSigner},
};
use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable, bytes_of};

/// Bytes of a token account without extensions: no mint that is accepted asks for one.
const TOKEN_ACCOUNT: usize = 165;
/// Where a token account says what is in it.
const AMOUNT: usize = 64;

/// The decimals of `mint`, which must be a mint of `token_program` that a task can live with.
///
/// # Errors
/// [`GradualError::NotAMint`], [`GradualError::RefusedExtension`], [`GradualError::FrozenByDefault`].
pub fn accepted_decimals(mint: &AccountInfo, token_program: &Pubkey) -> Result<u8> {
    require_keys_eq!(*mint.owner, *token_program, GradualError::NotAMint);
    Ok(accept(&mint.try_borrow_data()?).map_err(GradualError::from)?)
}

/// What is in `pot`, in base units.
///
/// # Errors
/// [`GradualError::WrongPot`] where it is no token account.
pub fn balance(pot: &AccountInfo) -> Result<u64> {
    let data = pot.try_borrow_data()?;
    let amount = data.get(AMOUNT..).and_then(|rest| rest.first_chunk());
    Ok(u64::from_le_bytes(*amount.ok_or(GradualError::WrongPot)?))
}

/// What every transfer of a task's tokens needs.
#[derive(Clone, Copy)]
pub struct Tokens<'a, 'info> {
    /// The task's mint.
    pub mint: &'a AccountInfo<'info>,
    /// The token program that owns the mint.
    pub token_program: &'a Pubkey,
    /// Decimals of the mint.
    pub decimals: u8,
}

impl<'info> Tokens<'_, 'info> {
    /// Opens `pot` for the task at `task`, which alone will be able to pay from it.
    ///
    /// # Errors
    /// The system program's where the payer cannot pay, the token program's.
    pub fn open(&self, pot: &NewAccount<'_, 'info>, task: &AccountInfo<'info>) -> Result<()> {
        pot.allocate(TOKEN_ACCOUNT, self.token_program)?;
        let accounts = [Passed::written(pot.address), Passed::read(self.mint)];
        let instruction = InitializeAccount3 {
            instruction: 18,
            authority: *task.key,
        };
        call(self.token_program, accounts, bytes_of(&instruction), &[])
    }

    /// Closes an empty pot of `task`, which signs; its rent, and lamports that somebody sent to it, go
    /// to `rent_to`.
    ///
    /// # Errors
    /// The token program's.
    pub fn close(
        &self,
        pot: &AccountInfo<'info>,
        task: &AccountInfo<'info>,
        signer: &TaskSigner,
        rent_to: &AccountInfo<'info>,
    ) -> Result<()> {
        let accounts = [
            Passed::written(pot),
            Passed::written(rent_to),
            Passed::read(task).signing(),
        ];
        call(
            self.token_program,
            accounts,
            &[CLOSE_ACCOUNT],
            &[&signer.seeds()],
        )
    }

    /// Moves `amount` from one token account to another, by the signature of `authority`, for which the program signs
    /// where one of `signers` derives it.
    fn transfer(
        &self,
        from: &AccountInfo<'info>,
        to: &AccountInfo<'info>,
        authority: &AccountInfo<'info>,
        amount: u64,
        signers: &[&[&[u8]]],
    ) -> Result<()> {
        let accounts = [
            Passed::written(from),
            Passed::read(self.mint),
            Passed::written(to),
            Passed::read(authority).signing(),
        ];
        let instruction = TransferChecked {
            instruction: 12,
            amount,
            decimals: self.decimals,
        };
        call(
            self.token_program,
            accounts,
            bytes_of(&instruction),
            signers,
        )
    }
}

/// The token programs' instruction that closes a token account.
const CLOSE_ACCOUNT: u8 = 9;

/// The one that makes a token account of an account.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, packed)]
struct InitializeAccount3 {
    instruction: u8,
    authority: Pubkey,
}

/// The one that moves tokens.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, packed)]
struct TransferChecked {
    instruction: u8,
    amount: u64,
    decimals: u8,
}

/// A transfer into a pot, by the signature of the paying account's owner.
pub(crate) struct Deposit<'a, 'info> {
    /// The task's mint and token program.
    pub(crate) tokens: Tokens<'a, 'info>,
    /// The token account that pays.
    pub(crate) from: &'a AccountInfo<'info>,
    /// Its owner, who signed.
    pub(crate) owner: &'a AccountInfo<'info>,
    /// The pot.
    pub(crate) pot: &'a AccountInfo<'info>,
    /// What moves, in base units.
    pub(crate) amount: u64,
}

impl Pay for Deposit<'_, '_> {
    fn pay(self) -> Result<()> {
        self.tokens
            .transfer(self.from, self.pot, self.owner, self.amount, &[])
    }
}

/// A transfer out of a pot, for which the program signs as the task.
pub(crate) struct Payment<'a, 'info> {
    /// The task's mint and token program.
    pub(crate) tokens: Tokens<'a, 'info>,
    /// The task, which must not be borrowed any more. What the program signs with is read from it once more: carried
    /// through the phases it costs more.
    pub(crate) task: &'a AccountInfo<'info>,
    /// The pot.
    pub(crate) pot: &'a AccountInfo<'info>,
    /// The token account that is paid.
    pub(crate) to: &'a AccountInfo<'info>,
    /// What moves, in base units; where it is 0, nothing is sent.
    pub(crate) amount: u64,
}

impl Pay for Payment<'_, '_> {
    fn pay(self) -> Result<()> {
        if self.amount == 0 {
            return Ok(());
        }
        let task = load::<Task>(self.task).ok_or(GradualError::WrongTask)?;
        let signer = task.signer();
        drop(task);
        let signers: &[&[&[u8]]] = &[&signer.seeds()];
        self.tokens
            .transfer(self.pot, self.to, self.task, self.amount, signers)
    }
}

impl Task {
    /// This task's mint and token program, for a transfer.
    pub fn tokens<'a, 'info>(
        &self,
        mint: &'a AccountInfo<'info>,
        token_program: &'a Pubkey,
    ) -> Tokens<'a, 'info> {
        Tokens {
            mint,
            token_program,
            decimals: self.mint_decimals,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anchor_spl::token_2022::spl_token_2022::instruction;

    #[test]
    fn calls_are_the_token_programs() {
        let (token, one, other) = (anchor_spl::token_2022::ID, Pubkey::new_unique(), crate::ID);
        let open = InitializeAccount3 {
            instruction: 18,
            authority: other,
        };
        let transfer = TransferChecked {
            instruction: 12,
            amount: 7,
            decimals: 9,
        };
        for (ours, theirs) in [
            (
                bytes_of(&open),
                instruction::initialize_account3(&token, &one, &one, &other),
            ),
            (
                bytes_of(&transfer),
                instruction::transfer_checked(&token, &one, &one, &one, &one, &[], 7, 9),
            ),
            (
                &[CLOSE_ACCOUNT][..],
                instruction::close_account(&token, &one, &one, &one, &[]),
            ),
        ] {
            assert_eq!(ours, theirs.unwrap().data);
        }
    }
}
