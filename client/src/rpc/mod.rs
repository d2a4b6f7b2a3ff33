//! A cluster, over its JSON RPC, as a [`Ledger`].
//!
//! [`RpcLedger`] blocks: call it from a thread of its own, never from inside an async runtime. It
//! is `Sync`, so that threads can share one.
//!
//! - Reads are batched, filtered and cut on the server. They are never older than the slot that was last
//!   seen, whichever of a provider's servers answers.
//! - The slot is subscribed to, if the cluster offers that.
//! - A call that did not get through is made again after a pause.
//! - A transaction is simulated for its compute limit, and pays the price that others lately paid for
//!   the same accounts. It is broadcast until it is confirmed. It is signed again only after no earlier
//!   signature can succeed any more, so that nothing is done twice.

mod error;
mod fee;
mod outbox;
mod retry;
mod slots;

pub use fee::{DEFAULT_FEE_CAP, PriorityFee};
pub use retry::Retry;
pub use slots::websocket_of;

use crate::ledger::{Filter, Ledger, LedgerError, Receipt};
use slots::SlotFeed;
use solana_account::Account;
use solana_account_decoder_client_types::{UiAccountEncoding, UiDataSliceConfig};
use solana_commitment_config::{CommitmentConfig, CommitmentLevel};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_rpc_client::rpc_client::RpcClient;
use solana_rpc_client_api::{
    client_error::Error as ClientError,
    config::{RpcAccountInfoConfig, RpcProgramAccountsConfig},
    filter::{Memcmp, RpcFilterType},
};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Accounts that one `getMultipleAccounts` may ask for.
const ACCOUNTS_PER_CALL: usize = 100;

/// The options of an [`RpcLedger`].
#[derive(Clone, Copy, Debug)]
pub struct RpcOptions {
    /// What counts as done: reads and confirmations are at this commitment.
    pub commitment: CommitmentLevel,
    /// What transactions pay beyond the base fee.
    pub priority_fee: PriorityFee,
    /// How often a call that did not get through is made again.
    pub retry: Retry,
    /// Longest wait for the answer to one call.
    pub timeout: Duration,
    /// Longest wait for a transaction to be confirmed, all its signatures together.
    pub give_up_after: Duration,
}

impl Default for RpcOptions {
    fn default() -> Self {
        Self {
            commitment: CommitmentLevel::Confirmed,
            priority_fee: PriorityFee::default(),
            retry: Retry::default(),
            timeout: Duration::from_secs(15),
            give_up_after: Duration::from_secs(90),
        }
    }
}

/// What a transaction would do, and cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulation {
    /// Compute units it would take.
    pub compute_units: u64,
    /// What it would log.
    pub logs: Vec<String>,
    /// What it would be sent with as its price, in micro-lamports a compute unit.
    pub price: u64,
}

/// A cluster behind an RPC address.
pub struct RpcLedger {
    client: RpcClient,
    options: RpcOptions,
    feed: Option<SlotFeed>,
    /// The slot that was last seen: no read may be older.
    seen: AtomicU64,
}

impl RpcLedger {
    /// The cluster at `url`, `http` or `https`. Nothing is asked of it yet.
    pub fn new(url: &str, options: RpcOptions) -> Self {
        let commitment = CommitmentConfig {
            commitment: options.commitment,
        };
        let client = RpcClient::new_with_timeout_and_commitment(url, options.timeout, commitment);
        Self {
            client,
            options,
            feed: None,
            seen: AtomicU64::new(0),
        }
    }

    /// Lets the cluster tell its slots at `websocket` (customarily at [`websocket_of`] its URL), which
    /// spares asking for them. Where that fails they are asked for as before. Whoever looks at
    /// `processed` commitment asks always.
    #[must_use]
    pub fn with_slots_from(mut self, websocket: String) -> Self {
        let is_confirmed = self.options.commitment != CommitmentLevel::Processed;
        self.feed = is_confirmed.then(|| SlotFeed::start(websocket));
        self
    }

    /// The client underneath, for what a [`Ledger`] does not do.
    pub const fn client(&self) -> &RpcClient {
        &self.client
    }

    /// Where it is, without what may be secret in its address.
    pub fn place(&self) -> String {
        error::without_secrets(&self.client.url())
    }

    /// What it was made with.
    pub const fn options(&self) -> &RpcOptions {
        &self.options
    }

    /// Makes a call, again and again where it does not get through.
    ///
    /// # Errors
    /// [`LedgerError::Unavailable`], or what the cluster said of a transaction.
    pub fn call<T>(
        &self,
        call: impl Fn(&RpcClient) -> Result<T, ClientError>,
    ) -> Result<T, LedgerError> {
        self.options
            .retry
            .run(|| call(&self.client), error::is_passing)
            .map_err(|error| error::typed(&self.client.url(), &error))
    }

    /// What sending `instructions` would do; nothing is sent or signed. `payer` pays the fee.
    ///
    /// # Errors
    /// Those of [`Ledger::send`].
    pub fn simulate(
        &self,
        instructions: &[Instruction],
        payer: &Pubkey,
    ) -> Result<Simulation, LedgerError> {
        outbox::simulate(self, instructions, payer)
    }

    /// How accounts are read, with the first `prefix` bytes of their data.
    fn reading(&self, prefix: Option<usize>) -> RpcAccountInfoConfig {
        RpcAccountInfoConfig {
            encoding: Some(UiAccountEncoding::Base64),
            data_slice: prefix.map(|length| UiDataSliceConfig { offset: 0, length }),
            commitment: Some(self.client.commitment()),
            min_context_slot: self.least_slot(),
        }
    }

    /// Reads after this call are not older than `slot`, at which this ledger did something.
    fn require_slot(&self, slot: u64) {
        self.seen.fetch_max(slot, Ordering::Relaxed);
    }

    /// What is read may not be older than this; finalized state always is.
    fn least_slot(&self) -> Option<u64> {
        let is_finalized = self.options.commitment == CommitmentLevel::Finalized;
        (!is_finalized).then(|| self.seen.load(Ordering::Relaxed))
    }

    /// Time is looked at no later than `confirmed`: finalized slots are so old that windows would
    /// be missed.
    const fn present(&self) -> CommitmentConfig {
        match self.options.commitment {
            CommitmentLevel::Processed => CommitmentConfig::processed(),
            _ => CommitmentConfig::confirmed(),
        }
    }
}

fn filters_of(filters: &[Filter]) -> Vec<RpcFilterType> {
    filters
        .iter()
        .map(|filter| {
            let memcmp = Memcmp::new_base58_encoded(filter.offset, &filter.bytes);
            RpcFilterType::Memcmp(memcmp)
        })
        .collect()
}

impl Ledger for RpcLedger {
    fn slot(&self) -> Result<u64, LedgerError> {
        let told = self.feed.as_ref().and_then(SlotFeed::slot);
        let slot = told.map_or_else(
            || self.call(|client| client.get_slot_with_commitment(self.present())),
            Ok,
        )?;
        self.seen.store(slot, Ordering::Relaxed);
        Ok(slot)
    }

    fn accounts(&self, addresses: &[Pubkey]) -> Result<Vec<Option<Account>>, LedgerError> {
        let mut accounts = Vec::with_capacity(addresses.len());
        for chunk in addresses.chunks(ACCOUNTS_PER_CALL) {
            let found = self.call(|client| {
                client.get_multiple_ui_accounts_with_config(chunk, self.reading(None))
            })?;
            let found = found.value;
            if found.len() != chunk.len() {
                return Err(LedgerError::Unavailable(format!(
                    "asked for {} accounts, the RPC answered {}: try another RPC",
                    chunk.len(),
                    found.len()
                )));
            }
            let decoded = found.into_iter().map(|account| account?.to_account());
            accounts.extend(decoded);
        }
        Ok(accounts)
    }

    fn program_accounts(
        &self,
        filters: &[Filter],
        prefix: Option<usize>,
    ) -> Result<Vec<(Pubkey, Account)>, LedgerError> {
        let config = RpcProgramAccountsConfig {
            filters: Some(filters_of(filters)),
            account_config: self.reading(prefix),
            ..RpcProgramAccountsConfig::default()
        };
        let found = self.call(|client| {
            client.get_program_ui_accounts_with_config(&gradual_consensus::ID, config.clone())
        })?;
        let mut accounts: Vec<(Pubkey, Account)> = found
            .into_iter()
            .filter_map(|(address, account)| Some((address, account.to_account()?)))
            .filter(|(_, account)| filters.iter().all(|filter| filter.matches(&account.data)))
            .collect();
        accounts.sort_by_key(|(address, _)| *address);
        Ok(accounts)
    }

    /// As the trait says. `compute_units` and `logs` of the receipt are those of the simulation
    /// right before.
    fn send(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Receipt, LedgerError> {
        outbox::send(self, instructions, signers)
    }
}
