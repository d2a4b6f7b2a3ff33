//! What a ledger keeps of the program at one moment.

use solana_sdk::{account::Account, pubkey::Pubkey};
use std::collections::BTreeMap;

/// Every program account, and the tokens in pots and wallets: what a refused transaction must leave
/// as it was.
#[derive(PartialEq, Debug)]
pub struct Snapshot {
    pub(crate) accounts: BTreeMap<Pubkey, Account>,
    pub(crate) tokens: BTreeMap<Pubkey, u64>,
}

impl Snapshot {
    /// The program's accounts.
    pub const fn accounts(&self) -> &BTreeMap<Pubkey, Account> {
        &self.accounts
    }
}
