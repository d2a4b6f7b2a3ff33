//! Bytes as the answers of an RPC: the first says what is asked, then each line is the body of one answer, and
//! what is asked once more gets the last line again. Notifications of slots are read by the RPC client's crate.

use crate::check::assert_one_line;
use gradual_consensus_client::{
    ledger::{Filter, Ledger, LedgerError},
    program,
    rpc::{Retry, RpcLedger, RpcOptions, outside},
};
use solana_commitment_config::CommitmentLevel;
use solana_sdk::{
    instruction::{AccountMeta, Instruction},
    pubkey::Pubkey,
    signature::Signature,
};
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

/// The accounts that are asked for.
const ADDRESSES: [Pubkey; 2] = [program::ID, Pubkey::new_from_array([7; 32])];

pub(super) fn run(bytes: &[u8]) -> bool {
    let Some((&asked, bodies)) = bytes.split_first() else {
        return false;
    };
    let ledger = outside::ledger(options(asked), answers(bodies));
    let told = match asked % 8 {
        0 => slots(&ledger),
        1 => ledger.accounts(&ADDRESSES).map(|found| {
            assert_eq!(found.len(), ADDRESSES.len());
        }),
        2 => listed(&ledger),
        3 => ledger.newest_account(&program::ID).map(drop),
        4 => simulated(&ledger),
        5 => outside::outcome(&ledger, Signature::default(), u64::from(asked)).map(drop),
        6 => ledger.accounts(&ADDRESSES).and_then(|_| slots(&ledger)),
        _ => (ledger.call(|client| client.get_latest_blockhash())).map(drop),
    };
    told.inspect_err(|error| assert_one_line(&error.to_string()))
        .is_ok()
}

/// The commitment is chosen by the upper bits of `asked`.
fn options(asked: u8) -> RpcOptions {
    RpcOptions {
        commitment: match asked >> 6 {
            0 => CommitmentLevel::Processed,
            1 => CommitmentLevel::Finalized,
            _ => CommitmentLevel::Confirmed,
        },
        retry: Retry {
            attempts: 2,
            first_pause: Duration::ZERO,
            longest_pause: Duration::ZERO,
        },
        ..RpcOptions::default()
    }
}

fn answers(bodies: &[u8]) -> impl Fn() -> Vec<u8> + Send + Sync + 'static {
    let bodies: Vec<Vec<u8>> = bodies
        .split(|&byte| byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect();
    let next = AtomicUsize::new(0);
    move || {
        let at = next.fetch_add(1, Ordering::Relaxed);
        let body = bodies.get(at).or_else(|| bodies.last());
        body.cloned().unwrap_or_default()
    }
}

/// No slot is older than the one before it.
fn slots(ledger: &impl Ledger) -> Result<(), LedgerError> {
    let first = ledger.slot()?;
    ledger.lag()?;
    assert!(ledger.slot()? >= first);
    Ok(())
}

/// Accounts are sorted, and pass the filters, whatever the RPC makes of these.
fn listed(ledger: &impl Ledger) -> Result<(), LedgerError> {
    let filter = Filter::at(0, [1]);
    let found = ledger.program_accounts(std::slice::from_ref(&filter), Some(0..8))?;
    assert!(found.is_sorted_by_key(|(address, _)| *address));
    assert!(
        found
            .iter()
            .all(|(_, account)| filter.matches(&account.data))
    );
    Ok(())
}

fn simulated(ledger: &RpcLedger) -> Result<(), LedgerError> {
    let writes = AccountMeta::new(ADDRESSES[1], false);
    let instruction = Instruction::new_with_bytes(program::ID, &[1], vec![writes]);
    ledger.simulate(&[instruction], &ADDRESSES[1]).map(drop)
}
