//! A ledger as it was when it was last looked at, for threads that the bank cannot be read from.

use crate::machine;
use gradual_consensus_client::ledger::{Filter, Ledger, LedgerError, Receipt};
use solana_sdk::{account::Account, instruction::Instruction, pubkey::Pubkey, signature::Keypair};
use std::{
    collections::BTreeMap,
    ops::Range,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The program's accounts and the slot, as of the last [`Mirror::look`].
#[derive(Debug, Default)]
pub struct Mirror(Mutex<(u64, BTreeMap<Pubkey, Account>)>);

impl Mirror {
    /// Takes over what `ledger` shows.
    ///
    /// # Errors
    /// The ledger's.
    pub fn look(&self, ledger: &impl Ledger) -> Result<(), LedgerError> {
        let slot = ledger.slot()?;
        let accounts = ledger.program_accounts(&[], None)?;
        *self.seen() = (slot, accounts.into_iter().collect());
        Ok(())
    }

    fn seen(&self) -> MutexGuard<'_, (u64, BTreeMap<Pubkey, Account>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger for Mirror {
    fn slot(&self) -> Result<u64, LedgerError> {
        Ok(self.seen().0)
    }

    fn accounts(&self, addresses: &[Pubkey]) -> Result<Vec<Option<Account>>, LedgerError> {
        let seen = self.seen();
        let found = addresses.iter().map(|address| seen.1.get(address).cloned());
        Ok(found.collect())
    }

    fn program_accounts(
        &self,
        filters: &[Filter],
        part: Option<Range<usize>>,
    ) -> Result<Vec<(Pubkey, Account)>, LedgerError> {
        let seen = self.seen();
        Ok(machine::passing(&seen.1, filters, part.as_ref()))
    }

    fn send(&self, _: &[Instruction], _: &[&Keypair]) -> Result<Receipt, LedgerError> {
        Err(LedgerError::Unsupported("a mirror sends nothing".into()))
    }
}
