//! Creating and closing the program's own accounts.
//!
//! Anchor's `init` has two limits: it reports an account that exists already as a bare system-program
//! error, and it cannot write bytes behind a zero-copy struct. This module does both.

use crate::{
    calls::{Passed, call},
    error::GradualError,
    meter::section_ends,
};
use anchor_lang::{ZeroCopy, prelude::*, system_program};
use bytemuck::{Pod, Zeroable, bytes_of};
use std::cell::{Ref, RefMut};

/// Bytes that an account pays rent for beside its data.
const ACCOUNT_OVERHEAD: u64 = 128;

/// An account of this program that does not exist yet.
pub struct NewAccount<'a, 'info> {
    /// Where it will be.
    pub address: &'a AccountInfo<'info>,
    /// Who pays its rent.
    pub payer: &'a AccountInfo<'info>,
    /// The address's seeds, canonical bump included.
    pub seeds: &'a [&'a [u8]],
}

impl<'info> NewAccount<'_, 'info> {
    /// Creates the account with a `T`, and `tail` behind it. The `T` is all zeros until `fill` has written what is not.
    /// Lamports that somebody sent to the address beforehand count towards the rent and block nothing.
    ///
    /// # Errors
    /// The system program's, where the account exists or the payer cannot pay.
    pub fn create<T: ZeroCopy + Owner>(
        &self,
        tail: &[u8],
        fill: impl FnOnce(&mut T),
    ) -> Result<()> {
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
        fill(bytemuck::try_from_bytes_mut(body).map_err(|_| ProgramError::InvalidAccountData)?);
        rest.copy_from_slice(tail);
        section_ends("create");
        Ok(())
    }

    /// Creates the account with `space` zeros in it, owned by `owner`.
    ///
    /// # Errors
    /// As for [`NewAccount::create`].
    pub fn allocate(&self, space: usize, owner: &Pubkey) -> Result<()> {
        let rent = minimum_balance(&Rent::get()?, space)?;
        let (space, owner) = (space as u64, *owner);
        let present = self.address.lamports();
        if present == 0 {
            return self.ask_system(
                [
                    Passed::written(self.payer).signing(),
                    self.signing_address(),
                ],
                &CreateAccount {
                    instruction: 0,
                    lamports: rent,
                    space,
                    owner,
                },
            );
        }
        let missing = rent.saturating_sub(present);
        if missing > 0 {
            self.ask_system(
                [
                    Passed::written(self.payer).signing(),
                    Passed::written(self.address),
                ],
                &Transfer {
                    instruction: 2,
                    lamports: missing,
                },
            )?;
        }
        self.ask_system(
            [self.signing_address()],
            &Allocate {
                instruction: 8,
                space,
            },
        )?;
        self.ask_system(
            [self.signing_address()],
            &Assign {
                instruction: 1,
                owner,
            },
        )
    }

    /// The new account, for which the program signs.
    const fn signing_address(&self) -> Passed<'_, 'info> {
        Passed::written(self.address).signing()
    }

    fn ask_system<const N: usize>(
        &self,
        accounts: [Passed<'_, 'info>; N],
        instruction: &impl Pod,
    ) -> Result<()> {
        let data = bytes_of(instruction);
        call(&system_program::ID, accounts, data, &[self.seeds])
    }
}

/// The system program's instruction that creates an account.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, packed)]
struct CreateAccount {
    instruction: u32,
    lamports: u64,
    space: u64,
    owner: Pubkey,
}

/// The one that moves lamports.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, packed)]
struct Transfer {
    instruction: u32,
    lamports: u64,
}

/// The one that makes room in an account.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, packed)]
struct Allocate {
    instruction: u32,
    space: u64,
}

/// The one that gives an account to a program.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, packed)]
struct Assign {
    instruction: u32,
    owner: Pubkey,
}

/// What an account of `space` bytes must hold, in lamports: [`Rent::minimum_balance`], in integers where the threshold
/// is one of the two that clusters have or will have (SIMD-0194).
#[expect(deprecated, reason = "the method takes floats, which cost 228 CU")]
fn minimum_balance(rent: &Rent, space: usize) -> Result<u64> {
    const ONE: u64 = 1f64.to_bits();
    const TWO: u64 = 2f64.to_bits();
    let threshold: u64 = match rent.exemption_threshold.to_bits() {
        ONE => 1,
        TWO => 2,
        _ => return Ok(rent.minimum_balance(space)),
    };
    (space as u64)
        .checked_add(ACCOUNT_OVERHEAD)
        .and_then(|bytes| bytes.checked_mul(rent.lamports_per_byte_year))
        .and_then(|lamports| lamports.checked_mul(threshold))
        .ok_or_else(|| GradualError::Overflow.into())
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

#[cfg(test)]
mod tests {
    use super::*;
    use anchor_lang::solana_program::system_instruction;
    use proptest::prelude::*;

    #[test]
    fn calls_are_the_system_programs() {
        let (from, to, owner) = (Pubkey::new_unique(), Pubkey::new_unique(), crate::ID);
        let create = CreateAccount {
            instruction: 0,
            lamports: 7,
            space: 9,
            owner,
        };
        let transfer = Transfer {
            instruction: 2,
            lamports: 7,
        };
        let allocate = Allocate {
            instruction: 8,
            space: 9,
        };
        let assign = Assign {
            instruction: 1,
            owner,
        };
        for (ours, theirs) in [
            (
                bytes_of(&create),
                system_instruction::create_account(&from, &to, 7, 9, &owner),
            ),
            (
                bytes_of(&transfer),
                system_instruction::transfer(&from, &to, 7),
            ),
            (bytes_of(&allocate), system_instruction::allocate(&to, 9)),
            (bytes_of(&assign), system_instruction::assign(&to, &owner)),
        ] {
            assert_eq!(ours, theirs.data);
        }
    }

    #[expect(deprecated, reason = "the sysvar has these fields still")]
    fn rent(lamports_per_byte_year: u64, exemption_threshold: f64) -> Rent {
        Rent {
            lamports_per_byte_year,
            exemption_threshold,
            ..Rent::default()
        }
    }

    proptest! {
        #[test]
        fn the_rent_is_what_the_sysvar_says(
            per_byte in 0u64..100_000,
            threshold in prop_oneof![Just(1.0), Just(2.0), 0.0..3.0],
            space in 0usize..10_240,
        ) {
            let rent = rent(per_byte, threshold);
            prop_assert_eq!(minimum_balance(&rent, space).unwrap(), rent.minimum_balance(space));
        }
    }

    #[test]
    fn rent_that_no_account_can_hold_is_refused() {
        for threshold in [1.0, 2.0] {
            assert!(minimum_balance(&rent(u64::MAX / 64, threshold), 1).is_err());
        }
    }
}
