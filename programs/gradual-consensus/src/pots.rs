//! Moving tokens into, out of and between a task's pots (protocol, section 4). All transfers are
//! `transfer_checked`; the program signs as the task.

use crate::{
    error::GradualError,
    pda::NewAccount,
    rules::mint::{Refusal, accept},
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
    let decimals = accept(&mint.try_borrow_data()?).map_err(|refusal| match refusal {
        Refusal::NotAMint => GradualError::NotAMint,
        Refusal::Extension => GradualError::RefusedExtension,
        Refusal::Frozen => GradualError::FrozenByDefault,
    })?;
    Ok(decimals)
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

    /// Moves `amount` base units from an account of `owner`, who signed, into a pot.
    ///
    /// # Errors
    /// The token program's.
    pub fn deposit(
        &self,
        from: &AccountInfo<'info>,
        owner: &AccountInfo<'info>,
        pot: &AccountInfo<'info>,
        amount: u64,
    ) -> Result<()> {
        let accounts = self.accounts(from, pot, owner);
        let context = CpiContext::new(*self.token_program, accounts);
        token_interface::transfer_checked(context, amount, self.decimals)
    }

    /// Moves `amount` base units out of a pot of `task`, which signs.
    ///
    /// # Errors
    /// The token program's.
    pub fn pay(
        &self,
        pot: &AccountInfo<'info>,
        task: &AccountInfo<'info>,
        signer: &TaskSigner,
        to: &AccountInfo<'info>,
        amount: u64,
    ) -> Result<()> {
        let accounts = self.accounts(pot, to, task);
        let seeds = signer.seeds();
        let signers: &[&[&[u8]]] = &[&seeds];
        let context = CpiContext::new_with_signer(*self.token_program, accounts, signers);
        token_interface::transfer_checked(context, amount, self.decimals)
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

    fn accounts(
        &self,
        from: &AccountInfo<'info>,
        to: &AccountInfo<'info>,
        authority: &AccountInfo<'info>,
    ) -> TransferChecked<'info> {
        TransferChecked {
            from: from.clone(),
            mint: self.mint.clone(),
            to: to.clone(),
            authority: authority.clone(),
        }
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
