//! What is asked of a server: the accounts of a task and some by their addresses, the transactions that name the task,
//! and slots.
//!
//! The server's filter on the owner sends nothing of an account that is closed, since nobody owns it any more. The
//! transactions tell: all instructions of the program that close an account name the task.

use gradual_consensus_client::account;
use solana_sdk::pubkey::Pubkey;
use std::collections::HashMap;
use yellowstone_grpc_proto::geyser::{
    CommitmentLevel, SlotStatus, SubscribeRequest, SubscribeRequestFilterAccounts,
    SubscribeRequestFilterAccountsFilter, SubscribeRequestFilterAccountsFilterMemcmp,
    SubscribeRequestFilterSlots, SubscribeRequestFilterTransactions, SubscribeRequestPing,
    subscribe_request_filter_accounts_filter::Filter,
    subscribe_request_filter_accounts_filter_memcmp::Data,
};

/// What the server calls the filter on the task's accounts.
const OF_TASK: &str = "task";
/// And that on accounts by their addresses.
const NAMED: &str = "named";

/// At which commitment is asked, and the status of a block that counts there.
pub(crate) const fn counting(is_finalized: bool) -> (CommitmentLevel, SlotStatus) {
    if is_finalized {
        (CommitmentLevel::Finalized, SlotStatus::SlotFinalized)
    } else {
        (CommitmentLevel::Confirmed, SlotStatus::SlotConfirmed)
    }
}

fn under<T>(name: &str, filter: T) -> HashMap<String, T> {
    HashMap::from([(name.to_owned(), filter)])
}

/// Asks for `task` and the accounts at `named` at the commitment `level`; from the slot `from` on, if that is given.
pub(crate) fn subscription(
    task: &Pubkey,
    named: &[Pubkey],
    level: CommitmentLevel,
    from: Option<u64>,
) -> SubscribeRequest {
    let of_task = account::of_task(task);
    let memcmp = SubscribeRequestFilterAccountsFilterMemcmp {
        offset: of_task.offset as u64,
        data: Some(Data::Bytes(of_task.bytes)),
    };
    let of_task = SubscribeRequestFilterAccounts {
        owner: vec![gradual_consensus::ID.to_string()],
        filters: vec![SubscribeRequestFilterAccountsFilter {
            filter: Some(Filter::Memcmp(memcmp)),
        }],
        ..SubscribeRequestFilterAccounts::default()
    };
    let named = SubscribeRequestFilterAccounts {
        account: named.iter().map(Pubkey::to_string).collect(),
        ..SubscribeRequestFilterAccounts::default()
    };
    let mut accounts = under(OF_TASK, of_task);
    accounts.extend(under(NAMED, named));
    let transactions = SubscribeRequestFilterTransactions {
        vote: Some(false),
        failed: Some(false),
        account_include: vec![task.to_string()],
        ..SubscribeRequestFilterTransactions::default()
    };
    SubscribeRequest {
        accounts,
        transactions: under(OF_TASK, transactions),
        // Of every commitment: an earlier message of a slot may be the only one that names its parent.
        slots: under("slots", SubscribeRequestFilterSlots::default()),
        commitment: Some(level as i32),
        from_slot: from,
        ..SubscribeRequest::default()
    }
}

/// The answer to a server's ping: a proxy between drops a stream on which the client is silent.
pub(crate) fn ping() -> SubscribeRequest {
    SubscribeRequest {
        ping: Some(SubscribeRequestPing { id: 1 }),
        ..SubscribeRequest::default()
    }
}
