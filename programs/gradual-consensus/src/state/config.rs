use crate::{constants::MAX_MANAGERS, error::GradualError, pda};
use anchor_lang::prelude::*;
use std::cell::Ref;

/// Who may pause the program, and who may allowlist tasks (section 9).
///
/// Seeds: `["config"]`. There is one at most: it is created nowhere else, so its type alone tells it
/// from every other account.
#[account(zero_copy)]
#[derive(Debug, PartialEq, Eq)]
pub struct Config {
    /// May pause the program, and hand this over.
    pub admin: Pubkey,
    /// Who may become the admin by accepting; all zeros where nobody may.
    pub pending_admin: Pubkey,
    /// Who paid this account's rent.
    pub payer: Pubkey,
    /// The managers, all zeros behind the last of them.
    pub managers: [Pubkey; 16],
    /// How many managers there are.
    pub manager_count: u8,
    /// 1 while nobody may create tasks, stake, compound or open cycles.
    pub is_paused: u8,
    /// Canonical bump of this address.
    pub bump: u8,
    /// Unused, 0.
    pub padding: [u8; 5],
}

const _: () = assert!(MAX_MANAGERS == 16, "as many as the array holds");

impl Config {
    /// Size of the account, discriminator included, in bytes.
    pub const SPACE: usize = Self::DISCRIMINATOR.len() + size_of::<Self>();

    /// Borrows the config in `account`, to read it.
    ///
    /// # Errors
    /// [`GradualError::NoConfig`] where there is none.
    pub fn load<'a>(account: &'a AccountInfo) -> Result<Ref<'a, Self>> {
        Ok(pda::load(account).ok_or(GradualError::NoConfig)?)
    }

    /// Fails while the program is paused.
    ///
    /// # Errors
    /// [`GradualError::NoConfig`], [`GradualError::Paused`].
    pub fn require_running(account: &AccountInfo) -> Result<()> {
        require!(!Self::load(account)?.is_paused(), GradualError::Paused);
        Ok(())
    }

    /// Whether the program is paused.
    pub const fn is_paused(&self) -> bool {
        self.is_paused == 1
    }

    /// The managers.
    pub fn managers(&self) -> &[Pubkey] {
        self.managers
            .get(..usize::from(self.manager_count))
            .unwrap_or_default()
    }

    /// # Errors
    /// [`GradualError::NotConfigManager`] unless `key` is a manager's.
    pub fn require_manager(&self, key: &Pubkey) -> Result<()> {
        require!(
            self.managers().contains(key),
            GradualError::NotConfigManager
        );
        Ok(())
    }

    /// What changing the managers needs: two of them, or the only one.
    ///
    /// # Errors
    /// [`GradualError::NotConfigManager`], [`GradualError::SameManagerTwice`],
    /// [`GradualError::SecondManagerMissing`].
    pub fn require_managers(&self, first: &Pubkey, second: Option<&Pubkey>) -> Result<()> {
        self.require_manager(first)?;
        match second {
            Some(second) => {
                require_keys_neq!(*first, *second, GradualError::SameManagerTwice);
                self.require_manager(second)
            }
            None => {
                require!(self.manager_count == 1, GradualError::SecondManagerMissing);
                Ok(())
            }
        }
    }

    /// Adds a manager.
    ///
    /// # Errors
    /// [`GradualError::AlreadyManager`], [`GradualError::TooManyManagers`].
    pub fn insert_manager(&mut self, manager: Pubkey) -> Result<()> {
        require!(
            !self.managers().contains(&manager),
            GradualError::AlreadyManager
        );
        let count = usize::from(self.manager_count);
        let place = self.managers.get_mut(count);
        *place.ok_or(GradualError::TooManyManagers)? = manager;
        self.manager_count = self.manager_count.saturating_add(1);
        Ok(())
    }

    /// Takes a manager out; the last one moves to its place.
    ///
    /// # Errors
    /// [`GradualError::UnknownManager`], [`GradualError::LastManager`].
    pub fn remove_manager(&mut self, manager: &Pubkey) -> Result<()> {
        let place = self.managers().iter().position(|other| other == manager);
        let place = place.ok_or(GradualError::UnknownManager)?;
        require!(self.manager_count > 1, GradualError::LastManager);
        let last = self.manager_count.saturating_sub(1);
        self.managers.swap(place, last.into());
        if let Some(freed) = self.managers.get_mut(usize::from(last)) {
            *freed = Pubkey::default();
        }
        self.manager_count = last;
        Ok(())
    }
}
