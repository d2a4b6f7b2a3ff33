//! Creating and closing the program's own accounts.
//!
//! Anchor's `init` has two limits: it reports an account that exists already as a bare system-program
//! error, and it cannot write bytes behind a zero-copy struct. This module does both.

use crate::{error::GradualError, meter::section_ends};
use anchor_lang::{
    ZeroCopy,
    prelude::*,
    system_program::{self, Allocate, Assign, CreateAccount, Transfer},
};
use std::cell::{Ref, RefMut};

/// An account of this program that does not exist yet.
pub struct NewAccount<'a, 'info> {
    /// Where it will be.
    pub address: &'a AccountInfo<'info>,
    /// Who pays its rent.
    pub payer: &'a AccountInfo<'info>,
    /// The address's seeds, canonical bump included.
    pub seeds: &'a [&'a [u8]],
}

impl NewAccount<'_, '_> {
    /// Creates the account with `state`, and `tail` behind it. Lamports that somebody sent to the
    /// address beforehand count towards the rent and block nothing.
    ///
    /// # Errors
    /// The system program's, where the account exists or the payer cannot pay.
    pub fn create<T: ZeroCopy + Owner>(&self, state: &T, tail: &[u8]) -> Result<()> {
        let fixed = T::DISCRIMINATOR
            .len()
            .checked_add(size_of::<T>())
            .ok_or(GradualError::Overflow)?;
        let space = fixed
            .checked_add(tail.len())
            .ok_or(GradualError::Overflow)?;
        self.allocate(space, &crate::ID)?;

        let mut data = self.address.try_borrow_mut_data()?;
        let (discriminator, rest) = data
            .split_at_mut_checked(T::DISCRIMINATOR.len())
            .ok_or(GradualError::Overflow)?;
        let (body, rest) = rest
            .split_at_mut_checked(size_of::<T>())
            .ok_or(GradualError::Overflow)?;
        discriminator.copy_from_slice(T::DISCRIMINATOR);
        body.copy_from_slice(bytemuck::bytes_of(state));
        rest.copy_from_slice(tail);
        section_ends("create");
        Ok(())
    }

    /// Creates the account with `space` zeros in it, owned by `owner`.
    ///
    /// # Errors
    /// As for [`NewAccount::create`].
    pub fn allocate(&self, space: usize, owner: &Pubkey) -> Result<()> {
        let rent = Rent::get()?.minimum_balance(space);
        let space = space as u64;
        let signer = &[self.seeds];
        let system = system_program::ID;
        let (from, to) = (self.payer.to_account_info(), self.address.to_account_info());
        let present = self.address.lamports();
        if present == 0 {
            let accounts = CreateAccount { from, to };
            let context = CpiContext::new_with_signer(system, accounts, signer);
            return system_program::create_account(context, rent, space, owner);
        }
        let missing = rent.saturating_sub(present);
        if missing > 0 {
            let accounts = Transfer {
                from,
                to: to.clone(),
            };
            system_program::transfer(CpiContext::new(system, accounts), missing)?;
        }
        let account_to_allocate = to.clone();
        let accounts = Allocate {
            account_to_allocate,
        };
        system_program::allocate(CpiContext::new_with_signer(system, accounts, signer), space)?;
        let accounts = Assign {
            account_to_assign: to,
        };
        let context = CpiContext::new_with_signer(system, accounts, signer);
        system_program::assign(context, owner)
    }
}

/// Whether there is nothing at `account`, but for lamports that somebody may have sent there.
pub fn is_free(account: &AccountInfo) -> bool {
    *account.owner == system_program::ID
}

/// What the creation of `account` needs.
///
/// # Errors
/// `taken`, unless the account is free.
pub fn require_free(account: &AccountInfo, taken: GradualError) -> Result<()> {
    if is_free(account) {
        Ok(())
    } else {
        Err(taken.into())
    }
}

/// Borrows the `T` in `account` to read it; `None` where it holds no `T` of this program, or is borrowed
/// to be written.
pub fn load<'a, T: ZeroCopy + Owner>(account: &'a AccountInfo) -> Option<Ref<'a, T>> {
    if *account.owner != T::owner() {
        return None;
    }
    let data = account.try_borrow_data().ok()?;
    Ref::filter_map(data, |data| {
        let (discriminator, rest) = data.split_at_checked(T::DISCRIMINATOR.len())?;
        let body = rest.get(..size_of::<T>())?;
        if discriminator != T::DISCRIMINATOR {
            return None;
        }
        bytemuck::try_from_bytes(body).ok()
    })
    .ok()
}

/// Borrows the `T` in `account`, which must be writable; `None` where it holds no `T` of this program,
/// or is borrowed already.
pub fn load_mut<'a, T: ZeroCopy + Owner>(account: &'a AccountInfo) -> Option<RefMut<'a, T>> {
    if *account.owner != T::owner() || !account.is_writable {
        return None;
    }
    let data = account.try_borrow_mut_data().ok()?;
    RefMut::filter_map(data, |data| {
        let (discriminator, rest) = data.split_at_mut_checked(T::DISCRIMINATOR.len())?;
        let body = rest.get_mut(..size_of::<T>())?;
        if discriminator != T::DISCRIMINATOR {
            return None;
        }
        bytemuck::try_from_bytes_mut(body).ok()
    })
    .ok()
}

/// The canonical bump of `seeds`, which must derive `address`.
///
/// # Errors
/// [`GradualError::WrongAddress`] where they derive another.
pub fn canonical_bump(address: &Pubkey, seeds: &[&[u8]]) -> Result<u8> {
    let (derived, bump) = Pubkey::find_program_address(seeds, &crate::ID);
    require_keys_eq!(derived, *address, GradualError::WrongAddress);
    Ok(bump)
}

/// # Errors
/// [`GradualError::WrongRentPayer`] unless `payer` is the one `stored` in the account that is to be
/// closed.
pub fn require_payer(payer: &AccountInfo, stored: &Pubkey) -> Result<()> {
    require_keys_eq!(*payer.key, *stored, GradualError::WrongRentPayer);
    Ok(())
}

/// Closes one of the program's accounts, and returns its rent to `payer`; see [`require_payer`].
///
/// # Errors
/// [`ProgramError::AccountBorrowFailed`] where the account is borrowed.
pub fn close<'info>(account: &AccountInfo<'info>, payer: &AccountInfo<'info>) -> Result<()> {
    payer.add_lamports(account.lamports())?;
    account.sub_lamports(account.lamports())?;
    account.assign(&system_program::ID);
    account.resize(0)?;
    Ok(())
}
