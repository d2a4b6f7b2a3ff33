//! A ledger with a tap: what passes can be watched, refused, or answered by another.

use gradual_consensus_client::ledger::{Filter, Ledger, LedgerError, Receipt};
use solana_sdk::{account::Account, instruction::Instruction, pubkey::Pubkey, signature::Keypair};

/// What a [`Tapped`] ledger does otherwise than the ledger behind it.
pub trait Tap {
    /// Asked before every call; an error is the call's answer.
    ///
    /// # Errors
    /// Whatever the caller is to get instead of an answer.
    fn before(&self) -> Result<(), LedgerError> {
        Ok(())
    }

    /// Reads accounts.
    ///
    /// # Errors
    /// As [`Ledger::accounts`].
    fn accounts(
        &self,
        ledger: &impl Ledger,
        addresses: &[Pubkey],
    ) -> Result<Vec<Option<Account>>, LedgerError> {
        ledger.accounts(addresses)
    }

    /// Sends a transaction.
    ///
    /// # Errors
    /// As [`Ledger::send`].
    fn send(
        &self,
        ledger: &impl Ledger,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Receipt, LedgerError> {
        ledger.send(instructions, signers)
    }
}

/// A ledger behind a [`Tap`].
pub struct Tapped<'a, L, T> {
    /// The ledger itself.
    pub ledger: &'a L,
    /// What happens on the way to it.
    pub tap: T,
}

impl<L: Ledger, T: Tap> Ledger for Tapped<'_, L, T> {
    fn slot(&self) -> Result<u64, LedgerError> {
        self.tap.before()?;
        self.ledger.slot()
    }

    fn accounts(&self, addresses: &[Pubkey]) -> Result<Vec<Option<Account>>, LedgerError> {
        self.tap.before()?;
        self.tap.accounts(self.ledger, addresses)
    }

    fn program_accounts(
        &self,
        filters: &[Filter],
        most: Option<usize>,
    ) -> Result<Vec<(Pubkey, Account)>, LedgerError> {
        self.tap.before()?;
        self.ledger.program_accounts(filters, most)
    }

    fn send(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Receipt, LedgerError> {
        self.tap.before()?;
        self.tap.send(self.ledger, instructions, signers)
    }
}
