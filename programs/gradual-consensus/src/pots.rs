//! Moving tokens into, out of and between a task's pots (protocol, section 4). All transfers are
//! `transfer_checked`; the program signs as the task.

use crate::state::{Task, TaskSigner};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::{self, CloseAccount, TransferChecked};

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
