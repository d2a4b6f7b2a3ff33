//! The ledger that a client talks to, whatever stands behind it.

use gradual_consensus::GradualError;
use solana_sdk::{
    account::Account,
    instruction::Instruction,
    pubkey::Pubkey,
    signature::{Keypair, Signature},
};
use thiserror::Error;

/// Bytes that an account must have at an offset into its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Where in the account's data.
    pub offset: usize,
    /// What must stand there.
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
        data.get(self.offset..)
            .is_some_and(|rest| rest.starts_with(&self.bytes))
    }
}

/// What came of a transaction that succeeded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// The slot in which it was processed.
    pub slot: u64,
    /// Compute units it took.
    pub compute_units: u64,
    /// What it logged.
    pub logs: Vec<String>,
    /// Its signature, where the ledger finds transactions by it.
    pub signature: Option<Signature>,
    /// How often it was broadcast until it was confirmed; 0 where the ledger does not broadcast.
    pub broadcasts: u32,
}

/// Why a ledger did not do what it was asked.
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
        /// The custom error code, where there was one.
        code: Option<u32>,
        /// What the runtime said.
        message: String,
        /// What the transaction logged.
        logs: Vec<String>,
    },
    /// The ledger could not be asked, or did not answer.
    #[error("ledger unavailable: {0}")]
    Unavailable(String),
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

    /// The program's error, if that is what it was.
    pub const fn program_error(&self) -> Option<GradualError> {
        match self {
            Self::Program { error, .. } => Some(*error),
            _ => None,
        }
    }
}

/// A ledger: it takes transactions, shows accounts, and knows the slot.
///
/// Nothing here says how time passes. Implementations decide how to confirm, retry and pay for
/// transactions; callers look at accounts before they send again.
pub trait Ledger {
    /// The present slot.
    ///
    /// # Errors
    /// [`LedgerError::Unavailable`].
    fn slot(&self) -> Result<u64, LedgerError>;

    /// The accounts at `addresses`, in their order; `None` where there is none.
    ///
    /// # Errors
    /// [`LedgerError::Unavailable`].
    fn accounts(&self, addresses: &[Pubkey]) -> Result<Vec<Option<Account>>, LedgerError>;

    /// All of the program's accounts that pass every one of `filters`, in the order of their
    /// addresses; of their data no more than the first `most` bytes, where that is given.
    ///
    /// # Errors
    /// [`LedgerError::Unavailable`].
    fn program_accounts(
        &self,
        filters: &[Filter],
        most: Option<usize>,
    ) -> Result<Vec<(Pubkey, Account)>, LedgerError>;

    /// Sends one transaction and waits until it is confirmed. The first of `signers` pays its fee.
    ///
    /// # Errors
    /// [`LedgerError`]; where it is not `Unavailable`, nothing changed but the fee.
    fn send(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Receipt, LedgerError>;
}
