//! Moving tokens into, out of and between a task's pots (protocol, section 4). All transfers are
//! `transfer_checked`; the program signs as the task.

use crate::{
    error::GradualError,
    pda::NewAccount,
    phases::Pay,
    rules::mint::accept,
    state::{Task, TaskSigner},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::{self, CloseAccount, InitializeAccount3, TransferChecked};

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
        let accounts = InitializeAccount3 {
            account: pot.address.clone(),
            mint: self.mint.clone(),
            authority: task.clone(),
        };
        let context = CpiContext::new(*self.token_program, accounts);
        token_interface::initialize_account3(context)
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
        let accounts = CloseAccount {
            account: pot.clone(),
            destination: rent_to.clone(),
            authority: task.clone(),
        };
        let seeds = signer.seeds();
        let signers: &[&[&[u8]]] = &[&seeds];
        let context = CpiContext::new_with_signer(*self.token_program, accounts, signers);
        token_interface::close_account(context)
    }
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
        let accounts = TransferChecked {
            from: self.from.clone(),
            mint: self.tokens.mint.clone(),
            to: self.pot.clone(),
            authority: self.owner.clone(),
        };
        let context = CpiContext::new(*self.tokens.token_program, accounts);
        token_interface::transfer_checked(context, self.amount, self.tokens.decimals)
    }
}

/// A transfer out of a pot, for which the program signs as the task.
pub(crate) struct Payment<'a, 'info> {
    /// The task's mint and token program.
    pub(crate) tokens: Tokens<'a, 'info>,
    /// What the program signs with.
    pub(crate) signer: TaskSigner,
    /// The task, which must not be borrowed any more.
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
        let accounts = TransferChecked {
            from: self.pot.clone(),
            mint: self.tokens.mint.clone(),
            to: self.to.clone(),
            authority: self.task.clone(),
        };
        let seeds = self.signer.seeds();
        let signers: &[&[&[u8]]] = &[&seeds];
        let context = CpiContext::new_with_signer(*self.tokens.token_program, accounts, signers);
        token_interface::transfer_checked(context, self.amount, self.tokens.decimals)
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
