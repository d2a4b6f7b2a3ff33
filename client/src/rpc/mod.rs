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
mod foreign;
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
use solana_signer::Signer;
use solana_transaction::Transaction;
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Accounts that one `getMultipleAccounts` may ask for.
const ACCOUNTS_PER_CALL: usize = 100;

/// The options of an [`RpcLedger`].
#[derive(Clone, Copy, Debug)]
pub struct RpcOptions {
    /// The commitment of reads and confirmations.
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

/// The outcome of a simulated transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulation {
    /// Compute units it would take.
    pub compute_units: u64,
    /// What it would log.
    pub logs: Vec<String>,
    /// The price that it would be sent with, in micro-lamports a compute unit.
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
    /// The cluster at `url`, `http` or `https`. Opens no connection yet.
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

    /// Subscribes to the cluster's slots at `websocket`, by custom [`websocket_of`] its URL, so that they
    /// need not be asked for. While the subscription fails they are asked for. At commitment
    /// `processed` they are always asked for.
    #[must_use]
    pub fn with_slots_from(mut self, websocket: String) -> Self {
        let is_confirmed = self.options.commitment != CommitmentLevel::Processed;
        self.feed = is_confirmed.then(|| SlotFeed::start(websocket));
        self
    }

    /// The RPC client, for calls that a [`Ledger`] does not have.
    pub const fn client(&self) -> &RpcClient {
        &self.client
    }

    /// The cluster's address, without the parts that may be secret.
    pub fn place(&self) -> String {
        error::without_secrets(&self.client.url())
    }

    /// Its options.
    pub const fn options(&self) -> &RpcOptions {
        &self.options
    }

    /// Makes a call, and makes it again if it does not get through.
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

    /// Simulates `instructions`, with `payer` paying the fee. Nothing is sent or signed.
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

    /// See [`Ledger::send`]; the keys may be elsewhere, such as on a hardware wallet.
    ///
    /// # Errors
    /// Those of [`Ledger::send`].
    pub fn send_with(
        &self,
        instructions: &[Instruction],
        signers: &[&dyn Signer],
    ) -> Result<Receipt, LedgerError> {
        outbox::send(self, instructions, signers)
    }

    /// Broadcasts a transaction that is signed already until it is confirmed; it is never signed again.
    /// `prepended` of its instructions stand before the caller's.
    ///
    /// # Errors
    /// Those of [`Ledger::send`].
    pub fn broadcast(
        &self,
        transaction: Transaction,
        prepended: usize,
    ) -> Result<Receipt, LedgerError> {
        outbox::broadcast(self, transaction, prepended)
    }

    /// Simulates a transaction that may lack signatures, as it stands but with a new blockhash.
    ///
    /// # Errors
    /// Those of [`Ledger::send`].
    pub fn rehearse(
        &self,
        transaction: &Transaction,
        prepended: usize,
    ) -> Result<Simulation, LedgerError> {
        outbox::simulate_transaction(self, transaction, prepended, true)
    }

    /// The account at `address` as the newest block that the cluster has processed has it, whatever this
    /// ledger's commitment is.
    ///
    /// # Errors
    /// [`LedgerError::Unavailable`].
    pub fn newest(&self, address: &Pubkey) -> Result<Option<Account>, LedgerError> {
        let processed = CommitmentConfig::processed();
        let found = self.call(|client| client.get_account_with_commitment(address, processed))?;
        Ok(found.value)
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

    /// Reads may not be older than this. Finalized state always is older.
    fn least_slot(&self) -> Option<u64> {
        let is_finalized = self.options.commitment == CommitmentLevel::Finalized;
        (!is_finalized).then(|| self.seen.load(Ordering::Relaxed))
    }

    /// The commitment at which the slot is read: `confirmed` at most. Finalized slots are so old that a node
    /// would miss windows.
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
        let fed = self.feed.as_ref().and_then(SlotFeed::slot);
        let slot = fed.map_or_else(
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

    /// See [`Ledger::send`]. The receipt's `compute_units` and `logs` are those of the simulation right
    /// before.
    fn send(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Receipt, LedgerError> {
        outbox::send(self, instructions, signers)
    }
}
