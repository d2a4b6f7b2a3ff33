//! What every ledger in this process has beside the client's `Ledger`: time and accounts are set by hand.

use crate::tokens;
use gradual_consensus_client::{
    address,
    ledger::{Filter, Ledger, LedgerError},
};
use solana_loader_v3_interface::state::UpgradeableLoaderState;
use solana_sdk::{
    account::Account, instruction::InstructionError, pubkey::Pubkey, transaction::TransactionError,
};
use std::ops::Range;

/// A ledger whose time and accounts the test sets.
pub trait Machine: Ledger {
    /// Moves time on to `slot`; a slot that has passed changes nothing.
    fn warp_to(&self, slot: u64);

    /// The account at `address`, where it has lamports.
    fn account(&self, address: &Pubkey) -> Option<Account>;

    /// Writes an account, as no transaction could; `None` removes it.
    fn put(&self, address: &Pubkey, account: Option<Account>);

    /// Gives `address` lamports out of nothing.
    fn endow(&self, address: &Pubkey, lamports: u64) {
        let mut account = self.account(address).unwrap_or_default();
        account.lamports = account.lamports.saturating_add(lamports);
        self.put(address, Some(account));
    }

    /// Makes a token account of `mint`, which must exist, for `owner` with `amount` base units in it.
    fn make_wallet(&self, address: &Pubkey, mint: &Pubkey, owner: &Pubkey, amount: u64) {
        let token_program = self
            .account(mint)
            .map_or(spl_token_interface::ID, |mint| mint.owner);
        let account = tokens::wallet(&token_program, mint, owner, amount);
        self.put(address, Some(account));
    }

    /// Makes `authority` the program's upgrade authority; without one the program is final.
    fn set_authority(&self, authority: Option<Pubkey>) {
        let address = address::program_data();
        let head = UpgradeableLoaderState::size_of_programdata_metadata();
        let kept = self.account(&address).unwrap_or_default();
        let binary = kept.data.get(head..).unwrap_or_default();
        self.put(&address, Some(program_data(authority, binary)));
    }
}

/// The program's account, as the upgradeable loader has it.
#[cfg(feature = "bank")]
pub(crate) fn program_account() -> Account {
    let state = UpgradeableLoaderState::Program {
        programdata_address: address::program_data(),
    };
    let head = UpgradeableLoaderState::size_of_program();
    Account {
        executable: true,
        ..loader_account(&state, head, &[])
    }
}

/// What the upgradeable loader keeps of the program, whose binary is `binary` and whom `authority` may
/// upgrade.
pub(crate) fn program_data(authority: Option<Pubkey>, binary: &[u8]) -> Account {
    let state = UpgradeableLoaderState::ProgramData {
        slot: 0,
        upgrade_authority_address: authority,
    };
    let head = UpgradeableLoaderState::size_of_programdata_metadata();
    loader_account(&state, head, binary)
}

fn loader_account(state: &UpgradeableLoaderState, head: usize, binary: &[u8]) -> Account {
    let mut data = bincode::serialize(state).expect("a state of the loader");
    data.resize(head, 0);
    data.extend_from_slice(binary);
    tokens::rent_exempt(&solana_sdk_ids::bpf_loader_upgradeable::ID, data)
}

/// The bytes of `data` in the range `part`, as far as it has them; all of them without one.
pub fn cut(data: &[u8], part: Option<&Range<usize>>) -> Vec<u8> {
    let Some(part) = part else {
        return data.to_vec();
    };
    let end = part.end.min(data.len());
    data.get(part.start.min(end)..end)
        .unwrap_or_default()
        .to_vec()
}

/// Those of `accounts` that pass every one of `filters`, of their data the bytes in the range `part`.
pub(crate) fn passing<'a>(
    accounts: impl IntoIterator<Item = (&'a Pubkey, &'a Account)>,
    filters: &[Filter],
    part: Option<&Range<usize>>,
) -> Vec<(Pubkey, Account)> {
    let cut = |account: &Account| Account {
        data: cut(&account.data, part),
        ..*account
    };
    let passes = |account: &Account| filters.iter().all(|filter| filter.matches(&account.data));
    accounts
        .into_iter()
        .filter(|(_, account)| passes(account))
        .map(|(address, account)| (*address, cut(account)))
        .collect()
}

/// The client's error for what the runtime said of a transaction, before whose instructions the machine
/// put `prepended` of its own.
pub(crate) fn typed_error(
    error: &TransactionError,
    prepended: usize,
    logs: Vec<String>,
) -> LedgerError {
    let message = error.to_string();
    match error {
        TransactionError::InstructionError(index, InstructionError::Custom(code)) => {
            let instruction = usize::from(*index).saturating_sub(prepended);
            LedgerError::from_custom(instruction, *code, message, logs)
        }
        _ => LedgerError::Transaction {
            code: None,
            message,
            logs,
        },
    }
}

/// The client's error where a transaction could not be signed.
pub(crate) fn unsigned(error: &impl std::fmt::Display) -> LedgerError {
    LedgerError::Transaction {
        code: None,
        message: error.to_string(),
        logs: vec![],
    }
}
