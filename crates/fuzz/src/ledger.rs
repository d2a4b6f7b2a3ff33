//! A ledger whose accounts are made of bytes.

use gradual_consensus::state::Cycle;
use gradual_consensus_client::{
    account::Stored,
    address,
    ledger::{Filter, Ledger, LedgerError, Receipt},
    program,
};
use gradual_consensus_testkit::machine;
use solana_sdk::{account::Account, instruction::Instruction, pubkey::Pubkey, signature::Keypair};
use std::{cell::Cell, collections::BTreeMap, ops::Range};

/// Where the task of every such ledger is.
pub const TASK: Pubkey = Pubkey::new_from_array([9; 32]);
/// The secret key of its node.
pub const NODE_KEY: [u8; 32] = [5; 32];

/// Calls after which the ledger is no longer available: a reader that goes on for ever comes to an end.
const MOST_CALLS: u32 = 2_000;

/// The accounts of a task and its node. The bytes are the slot (8, the least significant first), then for each
/// account a byte for its address, two for the length of its data (the least significant first), and the data.
/// The addresses are 0 the task, 1 the node's stake, 2 the config, 3 and 4 the pots, 5 the cycle with the
/// number that is in the data, 6 the node's wallet; any other byte is an address of 32 such bytes.
pub struct Accounts {
    slot: Cell<u64>,
    calls: Cell<u32>,
    accounts: BTreeMap<Pubkey, Account>,
}

impl Accounts {
    /// Those in `bytes`, for `node`. What is cut off at the end is left out.
    pub fn new(bytes: &[u8], node: &Pubkey) -> Self {
        let (slot, mut rest) = bytes.split_first_chunk().unwrap_or((&[0; 8], &[]));
        let mut accounts = BTreeMap::new();
        while let Some((&[kind, low, high], after)) = rest.split_first_chunk() {
            let length = usize::from(u16::from_le_bytes([low, high]));
            let Some((data, after)) = after.split_at_checked(length) else {
                break;
            };
            rest = after;
            let (address, owner) = place(kind, data, node);
            let account = Account {
                lamports: slot.iter().map(|&byte| u64::from(byte) << 30).sum(),
                data: data.to_vec(),
                owner,
                ..Account::default()
            };
            accounts.insert(address, account);
        }
        Self {
            slot: Cell::new(u64::from_le_bytes(*slot)),
            calls: Cell::new(0),
            accounts,
        }
    }

    /// Lets a few slots pass.
    pub fn pass(&self) {
        self.slot.set(self.slot.get().saturating_add(7));
    }

    fn call(&self) -> Result<(), LedgerError> {
        self.calls.set(self.calls.get().saturating_add(1));
        if self.calls.get() > MOST_CALLS {
            return Err(LedgerError::Unavailable("it was asked too often".into()));
        }
        Ok(())
    }
}

/// The address and the owner of an account.
fn place(kind: u8, data: &[u8], node: &Pubkey) -> (Pubkey, Pubkey) {
    let tokens = spl_token_interface::ID;
    match kind {
        0 => (TASK, program::ID),
        1 => (address::node_stake(&TASK, node), program::ID),
        2 => (address::config(), program::ID),
        3 => (address::stake_pot(&TASK), tokens),
        4 => (address::bounty_pot(&TASK), tokens),
        5 => {
            let number = Cycle::decode(data).map_or(0, |cycle| cycle.number);
            (address::cycle(&TASK, number), program::ID)
        }
        6 => (*node, Pubkey::default()),
        other => (Pubkey::new_from_array([other; 32]), program::ID),
    }
}

impl Ledger for Accounts {
    fn slot(&self) -> Result<u64, LedgerError> {
        self.call()?;
        Ok(self.slot.get())
    }

    fn accounts(&self, addresses: &[Pubkey]) -> Result<Vec<Option<Account>>, LedgerError> {
        self.call()?;
        let found = addresses.iter();
        Ok(found
            .map(|address| self.accounts.get(address).cloned())
            .collect())
    }

    fn program_accounts(
        &self,
        filters: &[Filter],
        part: Option<Range<usize>>,
    ) -> Result<Vec<(Pubkey, Account)>, LedgerError> {
        self.call()?;
        let passes = |account: &Account| {
            account.owner == program::ID
                && filters.iter().all(|filter| filter.matches(&account.data))
        };
        let found = self.accounts.iter().filter(|(_, account)| passes(account));
        let cut = found.map(|(address, account)| {
            let mut account = account.clone();
            account.data = machine::cut(&account.data, part.as_ref());
            (*address, account)
        });
        Ok(cut.collect())
    }

    /// Refuses everything: what a transaction does to accounts is known to the program alone.
    fn send(&self, _: &[Instruction], _: &[&Keypair]) -> Result<Receipt, LedgerError> {
        self.call()?;
        Err(LedgerError::Transaction {
            code: None,
            message: "refused".into(),
            logs: vec![],
        })
    }
}
