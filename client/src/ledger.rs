//! The ledger that a client reads and sends to: a cluster, a bank in this process, or one of these with
//! a [`Tap`] on it.

use gradual_consensus::GradualError;
use solana_account::Account;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signature::Signature;
use std::{ops::Range, sync::Arc};
use thiserror::Error;

/// A condition on an account: bytes that its data has at an offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// The offset into the account's data.
    pub offset: usize,
    /// The bytes at that offset.
    pub bytes: Vec<u8>,
}

impl Filter {
    /// An account whose data has `bytes` at `offset`.
    pub fn at(offset: usize, bytes: impl AsRef<[u8]>) -> Self {
        Self {
            offset,
            bytes: bytes.as_ref().to_vec(),
        }
    }

    /// Whether `data` passes.
    pub fn matches(&self, data: &[u8]) -> bool {
        self.may_match(data, &(0..usize::MAX))
    }

    /// Whether an account passes of whose data only `read` is known, the bytes in the range `part`. What lies
    /// outside of that part may be anything.
    pub fn may_match(&self, read: &[u8], part: &Range<usize>) -> bool {
        let end = self.offset.saturating_add(self.bytes.len());
        let Some(offset) = self.offset.checked_sub(part.start) else {
            return true;
        };
        let read = read.get(offset..);
        end > part.end || read.is_some_and(|rest| rest.starts_with(&self.bytes))
    }
}

/// The outcome of a transaction that succeeded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// The slot in which it was processed.
    pub slot: u64,
    /// Compute units it took.
    pub compute_units: u64,
    /// What it logged.
    pub logs: Vec<String>,
    /// Its signature; `None` on a ledger that does not keep transactions.
    pub signature: Option<Signature>,
    /// How often it was broadcast until it was confirmed; 0 on a ledger that does not broadcast.
    pub broadcasts: u32,
}

/// What a transaction that must land in a window may cost. The program must do it no more than once, however
/// often it is sent: it may be signed several times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Urgency {
    /// The last slot at which it can land.
    pub until: u64,
    /// What is at stake, in lamports; `None` if that is not known in lamports.
    pub at_stake: Option<u64>,
}

/// Why a call of a ledger failed.
#[derive(Clone, Debug, Error)]
pub enum LedgerError {
    /// The program refused; nothing changed. The error says what to do.
    #[error("instruction {instruction}: {error}")]
    Program {
        /// Which instruction of the transaction, from 0.
        instruction: usize,
        /// The program's error.
        error: GradualError,
    },
    /// Another check refused the transaction (Anchor's, the token program's, the runtime's); nothing
    /// changed.
    #[error("transaction failed: {message}")]
    Transaction {
        /// The custom error code, if the error has one.
        code: Option<u32>,
        /// What the runtime said.
        message: String,
        /// What the transaction logged.
        logs: Vec<String>,
    },
    /// The ledger could not be reached, or did not answer.
    #[error("ledger unavailable: {0}")]
    Unavailable(String),
    /// The ledger answers, but not what it was asked for, now or later.
    #[error("the ledger does not offer this: {0}")]
    Unsupported(String),
    /// A transaction was sent, and it is not known whether it has landed or will.
    #[error("sent, outcome unknown: {0}")]
    Unsettled(String),
}

impl LedgerError {
    /// The error of a transaction whose instruction number `instruction` failed with `code`.
    pub fn from_custom(instruction: usize, code: u32, message: String, logs: Vec<String>) -> Self {
        code.checked_sub(anchor_lang::error::ERROR_CODE_OFFSET)
            .and_then(GradualError::from_repr)
            .map_or(
                Self::Transaction {
                    code: Some(code),
                    message,
                    logs,
                },
                |error| Self::Program { instruction, error },
            )
    }

    /// The program's error, if the program refused.
    pub const fn program_error(&self) -> Option<GradualError> {
        match self {
            Self::Program { error, .. } => Some(*error),
            _ => None,
        }
    }
}

/// A ledger: it takes transactions, shows accounts, and knows the slot.
///
/// An implementation decides how time passes and how transactions are confirmed, retried and paid for.
/// A caller whose transaction failed reads the accounts before it sends again.
///
/// What it shows is of one moment, and moments follow each other: accounts are as of the slot that was
/// read last, or of a later one, and no read is older than one before it. So what can change no more at
/// that slot, as the votes of an audit whose window is over, is read whole.
pub trait Ledger {
    /// The slot as of which accounts are read from now on, or an earlier one. What is sent lands
    /// [`Ledger::lag`] slots later at the earliest.
    ///
    /// # Errors
    /// [`LedgerError::Unavailable`].
    fn slot(&self) -> Result<u64, LedgerError>;

    /// How many slots older than the present that slot is. Finalized state is some 32 slots old.
    ///
    /// # Errors
    /// [`LedgerError::Unavailable`].
    fn lag(&self) -> Result<u64, LedgerError> {
        Ok(0)
    }

    /// The accounts at `addresses`, in their order; `None` where there is none.
    ///
    /// # Errors
    /// [`LedgerError::Unavailable`].
    fn accounts(&self, addresses: &[Pubkey]) -> Result<Vec<Option<Account>>, LedgerError>;

    /// All of the program's accounts that pass every one of `filters`, in the order of their
    /// addresses. `part` limits their data to the bytes of that range.
    ///
    /// # Errors
    /// [`LedgerError::Unavailable`], or [`LedgerError::Unsupported`] where the ledger lists no accounts: many
    /// RPCs do not.
    fn program_accounts(
        &self,
        filters: &[Filter],
        part: Option<Range<usize>>,
    ) -> Result<Vec<(Pubkey, Account)>, LedgerError>;

    /// Sends one transaction and waits until it is confirmed. The first of `signers` pays its fee.
    ///
    /// # Errors
    /// [`LedgerError`]; where it is neither `Unavailable` nor `Unsettled`, nothing changed but the fee.
    fn send(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Receipt, LedgerError>;

    /// Sends one transaction that must land in a window. Where others bid for the same accounts, this one
    /// bids as well: more the shorter the time, and no more than what is at stake.
    ///
    /// # Errors
    /// Those of [`Ledger::send`].
    fn send_urgent(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
        urgency: &Urgency,
    ) -> Result<Receipt, LedgerError> {
        let _ = urgency;
        self.send(instructions, signers)
    }
}

/// A ledger that can be read beside another one of the same chain, as one ledger: both are held to the order of slots.
pub trait Ordered: Ledger {
    /// The newest slot that an answer was of: no later read is older.
    fn newest(&self) -> u64;

    /// From now on nothing is read that is older than `slot`.
    fn not_before(&self, slot: u64);
}

/// A pointer to a ledger is one.
macro_rules! is_a_ledger {
    ($($pointer:ty),+) => {$(
        impl<L: Ledger + ?Sized> Ledger for $pointer {
            fn slot(&self) -> Result<u64, LedgerError> {
                (**self).slot()
            }

            fn lag(&self) -> Result<u64, LedgerError> {
                (**self).lag()
            }

            fn accounts(&self, addresses: &[Pubkey]) -> Result<Vec<Option<Account>>, LedgerError> {
                (**self).accounts(addresses)
            }

            fn program_accounts(
                &self,
                filters: &[Filter],
                part: Option<Range<usize>>,
            ) -> Result<Vec<(Pubkey, Account)>, LedgerError> {
                (**self).program_accounts(filters, part)
            }

            fn send(
                &self,
                instructions: &[Instruction],
                signers: &[&Keypair],
            ) -> Result<Receipt, LedgerError> {
                (**self).send(instructions, signers)
            }

            fn send_urgent(
                &self,
                instructions: &[Instruction],
                signers: &[&Keypair],
                urgency: &Urgency,
            ) -> Result<Receipt, LedgerError> {
                (**self).send_urgent(instructions, signers, urgency)
            }
        }

        impl<L: Ordered + ?Sized> Ordered for $pointer {
            fn newest(&self) -> u64 {
                (**self).newest()
            }

            fn not_before(&self, slot: u64) {
                (**self).not_before(slot);
            }
        }
    )+};
}

is_a_ledger!(&L, Arc<L>);

/// Watches what passes through a [`Tapped`] ledger, and may change it. Every method has a default that
/// changes nothing: a tap implements those that it needs.
///
/// A method that returns an error makes it the answer of the call.
pub trait Tap {
    /// Before every read: of the slot, or of accounts.
    ///
    /// # Errors
    /// The tap's own; the ledger is not read.
    fn before_read(&self) -> Result<(), LedgerError> {
        Ok(())
    }

    /// After the slot was read.
    fn after_slot(&self, slot: u64) {
        let _ = slot;
    }

    /// After accounts were read by their addresses.
    fn after_accounts(&self, accounts: &mut [Option<Account>]) {
        let _ = accounts;
    }

    /// After accounts were listed.
    fn after_listing(&self, accounts: &mut Vec<(Pubkey, Account)>) {
        let _ = accounts;
    }

    /// Before a transaction is sent. The tap may replace its signers.
    ///
    /// # Errors
    /// The tap's own; nothing is sent.
    fn before_send<'a>(
        &'a self,
        instructions: &[Instruction],
        signers: &mut Vec<&'a Keypair>,
    ) -> Result<(), LedgerError> {
        let _ = (instructions, signers);
        Ok(())
    }

    /// After a transaction succeeded.
    ///
    /// # Errors
    /// The tap's own; the transaction stays done.
    fn after_send(
        &self,
        instructions: &[Instruction],
        receipt: &Receipt,
    ) -> Result<(), LedgerError> {
        let _ = (instructions, receipt);
        Ok(())
    }

    /// After a call of the ledger failed. Errors of the tap itself do not come here.
    fn after_error(&self, error: &LedgerError) {
        let _ = error;
    }
}

/// A ledger with a [`Tap`] on it.
#[derive(Clone, Copy, Debug)]
pub struct Tapped<L, T> {
    /// The ledger.
    pub ledger: L,
    /// The tap.
    pub tap: T,
}

impl<L: Ledger, T: Tap> Tapped<L, T> {
    fn read<R>(&self, read: impl FnOnce(&L) -> Result<R, LedgerError>) -> Result<R, LedgerError> {
        self.tap.before_read()?;
        self.noting_errors(read(&self.ledger))
    }

    fn send_by(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
        send: impl FnOnce(&[&Keypair]) -> Result<Receipt, LedgerError>,
    ) -> Result<Receipt, LedgerError> {
        let mut signers = signers.to_vec();
        self.tap.before_send(instructions, &mut signers)?;
        let receipt = self.noting_errors(send(&signers))?;
        self.tap.after_send(instructions, &receipt)?;
        Ok(receipt)
    }

    fn noting_errors<R>(&self, answer: Result<R, LedgerError>) -> Result<R, LedgerError> {
        answer.inspect_err(|error| self.tap.after_error(error))
    }
}

impl<L: Ledger, T: Tap> Ledger for Tapped<L, T> {
    fn slot(&self) -> Result<u64, LedgerError> {
        let slot = self.read(Ledger::slot)?;
        self.tap.after_slot(slot);
        Ok(slot)
    }

    fn lag(&self) -> Result<u64, LedgerError> {
        self.read(Ledger::lag)
    }

    fn accounts(&self, addresses: &[Pubkey]) -> Result<Vec<Option<Account>>, LedgerError> {
        let mut accounts = self.read(|ledger| ledger.accounts(addresses))?;
        self.tap.after_accounts(&mut accounts);
        Ok(accounts)
    }

    fn program_accounts(
        &self,
        filters: &[Filter],
        part: Option<Range<usize>>,
    ) -> Result<Vec<(Pubkey, Account)>, LedgerError> {
        let mut accounts = self.read(|ledger| ledger.program_accounts(filters, part))?;
        self.tap.after_listing(&mut accounts);
        Ok(accounts)
    }

    fn send(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Receipt, LedgerError> {
        self.send_by(instructions, signers, |signers| {
            self.ledger.send(instructions, signers)
        })
    }

    fn send_urgent(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
        urgency: &Urgency,
    ) -> Result<Receipt, LedgerError> {
        self.send_by(instructions, signers, |signers| {
            (self.ledger).send_urgent(instructions, signers, urgency)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_says_nothing_of_what_was_not_read() {
        let data = [1, 2, 3, 4, 5, 6];
        let filter = Filter::at(2, [3, 4]);
        assert!(filter.matches(&data) && !Filter::at(2, [4]).matches(&data));
        assert!(!Filter::at(5, [6, 7]).matches(&data));
        for (part, expected) in [(0..6, true), (2..4, true), (1..9, true)] {
            let read = data.get(part.start..part.end.min(6)).unwrap();
            assert_eq!(filter.may_match(read, &part), expected, "{part:?}");
            assert!(!Filter::at(2, [9, 9]).may_match(read, &part), "{part:?}");
        }
        // Not read, or not all of it.
        for part in [3..6, 0..3, 4..6, 0..0] {
            let read = data.get(part.clone()).unwrap();
            assert!(Filter::at(2, [9, 9]).may_match(read, &part), "{part:?}");
        }
    }
}
