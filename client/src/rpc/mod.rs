//! A cluster, over its JSON RPC, as a [`Ledger`].
//!
//! [`RpcLedger`] blocks: call it from a thread of its own, never from inside an async runtime. It
//! is `Sync`, so that threads can share one.
//!
//! - Reads are batched, filtered and cut on the server. The slot and all accounts are read at one
//!   commitment. No answer that is older than one before it is used, whichever of a provider's servers
//!   gives it.
//! - The slot is subscribed to, if the cluster offers that.
//! - Whether transactions have landed is asked for all threads at once.
//! - A call whose answer is late is made again on another connection. One that did not get through is
//!   made again after a pause. Neither lasts longer than the options say, whatever the server asks for.
//! - A transaction is simulated for its compute limit, unless it is sent with many others, and pays the price that others lately paid for
//!   the same accounts. It is broadcast until it is confirmed. It is signed again only after no earlier
//!   signature can succeed any more, so that nothing is done twice. An urgent one, which the program does
//!   only once, bids more and more until its window closes.

mod bulk;
mod error;
mod fee;
mod flight;
mod foreign;
mod listing;
mod outbox;
mod retry;
mod sender;
mod slots;
mod statuses;
#[cfg(test)]
mod stub;
mod tls;

#[cfg(feature = "outside")]
#[doc(hidden)]
pub mod outside;

pub use bulk::{Landed, Outgoing};
pub use error::without_secrets;
pub use fee::{DEFAULT_FEE_CAP, DEFAULT_URGENT_CAP, PriorityFee};
pub use flight::{Flights, Traffic};
pub use retry::Retry;
pub use slots::{first_slot, websocket_of};
pub use tls::{advice as certificate_advice, authorities, trusting};

use crate::ledger::{Filter, Ledger, LedgerError, Ordered, Receipt, Urgency};
use listing::Listed;
use sender::Sender;
use serde_json::json;
use slots::SlotFeed;
use solana_account::Account;
use solana_account_decoder_client_types::{UiAccount, UiAccountEncoding, UiDataSliceConfig};
use solana_commitment_config::{CommitmentConfig, CommitmentLevel};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_rpc_client::rpc_client::{RpcClient, RpcClientConfig};
use solana_rpc_client_api::{
    client_error::{Error as ClientError, ErrorKind},
    config::{RpcAccountInfoConfig, RpcProgramAccountsConfig},
    filter::{Memcmp, RpcFilterType},
};
use solana_signer::Signer;
use solana_transaction::Transaction;
use statuses::Statuses;
use std::{
    ops::Range,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Accounts that one `getMultipleAccounts` may ask for.
const ACCOUNTS_PER_CALL: usize = 100;

/// A server that is behind another one by no more slots is as good: blocks need some time to get around.
const SLOTS_APART: u64 = 8;

/// A slot of the subscription that is further from what the RPC itself has shown is not believed but asked
/// for: it may be of another cluster, and no later answer may be older.
const FEED_APART: u64 = 150;

/// The options of an [`RpcLedger`].
#[derive(Clone, Copy, Debug)]
pub struct RpcOptions {
    /// The commitment of reads and confirmations.
    pub commitment: CommitmentLevel,
    /// What transactions pay beyond the base fee.
    pub priority_fee: PriorityFee,
    /// The most that one pays which must land in a window, in lamports; see
    /// [`Ledger::send_urgent`]. A fixed price is not raised.
    pub urgent_fee_cap: u64,
    /// How often a call that did not get through is made again.
    pub retry: Retry,
    /// Longest wait for the answer to one call, and three times as long for a list of accounts. No call is
    /// made again later.
    pub timeout: Duration,
    /// Longest wait for a transaction to be confirmed, all its signatures together.
    pub give_up_after: Duration,
}

impl RpcOptions {
    /// Those of a node, whose windows may be short: it gives up a call soon, and looks again.
    pub fn of_a_node() -> Self {
        Self {
            timeout: Duration::from_secs(5),
            give_up_after: Duration::from_secs(20),
            ..Self::default()
        }
    }
}

impl Default for RpcOptions {
    fn default() -> Self {
        Self {
            commitment: CommitmentLevel::Confirmed,
            priority_fee: PriorityFee::default(),
            urgent_fee_cap: DEFAULT_URGENT_CAP,
            retry: Retry::default(),
            timeout: Duration::from_secs(10),
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
    /// The newest slot that an answer was of: no later answer may be older.
    seen: AtomicU64,
    flights: Flights,
    statuses: Statuses,
    /// From when on no transaction is waited for.
    closes_at: OnceLock<Instant>,
}

impl RpcLedger {
    /// The cluster at `url`, `http` or `https`. Opens no connection yet.
    pub fn new(url: &str, options: RpcOptions) -> Self {
        let commitment = CommitmentConfig {
            commitment: options.commitment,
        };
        let config = RpcClientConfig::with_commitment(commitment);
        let client = match Sender::new(url, options.timeout) {
            Ok(sender) => RpcClient::new_sender(sender, config),
            // Without TLS that one cannot be made either, and panics.
            Err(error) => {
                tracing::warn!(%error, "calls are not made again early");
                RpcClient::new_with_timeout_and_commitment(url, options.timeout, commitment)
            }
        };
        Self::over(client, options)
    }

    /// The cluster that `client` calls.
    fn over(client: RpcClient, options: RpcOptions) -> Self {
        Self {
            client,
            options,
            feed: None,
            seen: AtomicU64::new(0),
            flights: Flights::default(),
            statuses: Statuses::default(),
            closes_at: OnceLock::new(),
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

    /// From `at` on no transaction is waited for: a process that is told to stop need not know what became of its last one.
    /// [`Ledger::send`] then answers [`LedgerError::Unsettled`]. The first call counts.
    pub fn stop_waiting_at(&self, at: Instant) {
        // Whoever tells it a second time changes nothing.
        let _first = self.closes_at.set(at);
    }

    /// Whether a transaction is not waited for any more whose time ends at `deadline`.
    fn is_late(&self, deadline: Option<Instant>) -> bool {
        let closes_at = self.closes_at.get().copied();
        let ends = deadline.map(|deadline| closes_at.map_or(deadline, |at| at.min(deadline)));
        ends.is_none_or(|end| Instant::now() >= end)
    }

    /// What this ledger has sent, for another thread to read at any time.
    pub fn flights(&self) -> Flights {
        self.flights.clone()
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
        let url = self.client.url();
        self.attempt(call)
            .map_err(|error| error::typed(&url, &error))
    }

    fn attempt<T>(
        &self,
        call: impl Fn(&RpcClient) -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        self.options.retry.run(
            self.options.timeout,
            || call(&self.client),
            error::is_passing,
        )
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
        outbox::send(self, instructions, signers, None)
    }

    /// Sends many transactions, no two of them alike, which may land in any order, and tells of each what became of it. No more
    /// than `at_once` are under way at the same time: the next one is sent when one of them is over. A few threads sign and
    /// broadcast them, so that many take few connections.
    ///
    /// All pay what others lately paid for the accounts that the first one writes, if the price is not fixed. None is simulated
    /// before it is sent: one that fails on chain costs its fee. If it has not landed, it is simulated and broadcast again when
    /// none has landed for 2 s, or after 10 s. The receipts tell the compute units that were given, and no logs.
    ///
    /// The errors are those of [`Ledger::send`], for each transaction.
    pub fn send_all(
        &self,
        transactions: &[Outgoing],
        at_once: usize,
    ) -> Vec<Result<Landed, LedgerError>> {
        bulk::send_all(self, transactions, at_once)
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
    pub fn newest_account(&self, address: &Pubkey) -> Result<Option<Account>, LedgerError> {
        let config = RpcAccountInfoConfig {
            encoding: Some(UiAccountEncoding::Base64),
            commitment: Some(CommitmentConfig::processed()),
            ..RpcAccountInfoConfig::default()
        };
        let found =
            self.call(|client| client.get_ui_account_with_config(address, config.clone()))?;
        decoded(found.value)
    }

    /// How accounts are read, with the first `prefix` bytes of their data.
    fn reading(&self, part: Option<Range<usize>>) -> RpcAccountInfoConfig {
        RpcAccountInfoConfig {
            encoding: Some(UiAccountEncoding::Base64),
            data_slice: part.map(|part| UiDataSliceConfig {
                offset: part.start,
                length: part.len(),
            }),
            commitment: Some(self.client.commitment()),
            min_context_slot: Some(self.least_slot()),
        }
    }

    /// Reads after this call are not older than `slot`, at which this ledger did something, or as of which
    /// it answered.
    fn require_slot(&self, slot: u64) {
        self.seen.fetch_max(slot, Ordering::Relaxed);
    }

    /// Reads may not be older than this.
    fn least_slot(&self) -> u64 {
        self.seen.load(Ordering::Relaxed)
    }

    /// Uses an answer as of `slot`, unless it is older than one before it. Not every server keeps to the
    /// least slot that it is asked for.
    fn accept(&self, slot: u64) -> Result<(), ClientError> {
        let seen = self.least_slot();
        if slot < seen {
            return Err(lagging(slot, seen));
        }
        self.require_slot(slot);
        Ok(())
    }

    /// The newest commitment at which anything is asked: `confirmed`, unless this ledger reads at
    /// `processed`.
    const fn newest(&self) -> CommitmentConfig {
        match self.options.commitment {
            CommitmentLevel::Processed => CommitmentConfig::processed(),
            _ => CommitmentConfig::confirmed(),
        }
    }

    /// The error of a call that lists accounts. Some RPCs refuse it, whatever else they answer.
    fn of_listing(&self, error: &ClientError) -> LedgerError {
        match error::typed(&self.client.url(), error) {
            LedgerError::Unavailable(said) if error::is_refusal(error) => {
                LedgerError::Unsupported(format!("to list accounts (getProgramAccounts): {said}"))
            }
            other => other,
        }
    }

    /// The newest slot, from the subscription or by a call.
    fn newest_slot(&self) -> Result<u64, LedgerError> {
        match self.fed_slot() {
            Some(slot) => Ok(slot),
            None => self.call(|client| client.get_slot_with_commitment(self.newest())),
        }
    }

    /// The slot from the subscription, if it has just arrived and fits what the RPC has shown.
    fn fed_slot(&self) -> Option<u64> {
        let slot = self.feed.as_ref().and_then(SlotFeed::slot)?;
        (slot.abs_diff(self.least_slot()) <= FEED_APART).then_some(slot)
    }
}

/// The error of an answer as of `slot`, where one as of `seen` was given before. It may pass: the next
/// server may be ahead.
fn lagging(slot: u64, seen: u64) -> ClientError {
    let message = format!(
        "its answer is as of slot {slot}, though slot {seen} was seen: it lags, or the cluster was set \
         back"
    );
    ErrorKind::Custom(message).into()
}

fn unreadable() -> LedgerError {
    let message = "the RPC answered an account that cannot be read: try another RPC";
    LedgerError::Unavailable(message.into())
}

/// The account that an RPC answered, if there is one. One that cannot be read is not taken for none.
fn decoded(account: Option<UiAccount>) -> Result<Option<Account>, LedgerError> {
    account
        .map(|account| account.to_account().ok_or_else(unreadable))
        .transpose()
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
        let is_confirmed = self.options.commitment == CommitmentLevel::Confirmed;
        let slot = match self.fed_slot().filter(|_| is_confirmed) {
            Some(slot) => slot,
            None => self.call(|client| {
                let (slot, seen) = (client.get_slot()?, self.least_slot());
                if slot.saturating_add(SLOTS_APART) < seen {
                    return Err(lagging(slot, seen));
                }
                Ok(slot)
            })?,
        };
        self.require_slot(slot);
        Ok(self.least_slot())
    }

    fn lag(&self) -> Result<u64, LedgerError> {
        if self.options.commitment != CommitmentLevel::Finalized {
            return Ok(0);
        }
        Ok(self.newest_slot()?.saturating_sub(self.least_slot()))
    }

    fn accounts(&self, addresses: &[Pubkey]) -> Result<Vec<Option<Account>>, LedgerError> {
        let mut accounts = Vec::with_capacity(addresses.len());
        for chunk in addresses.chunks(ACCOUNTS_PER_CALL) {
            let found = self.call(|client| {
                let config = self.reading(None);
                let found = client.get_multiple_ui_accounts_with_config(chunk, config)?;
                self.accept(found.context.slot)?;
                Ok(found.value)
            })?;
            if found.len() != chunk.len() {
                return Err(LedgerError::Unavailable(format!(
                    "asked for {} accounts, the RPC answered {}: try another RPC",
                    chunk.len(),
                    found.len()
                )));
            }
            for account in found {
                accounts.push(decoded(account)?);
            }
        }
        Ok(accounts)
    }

    fn program_accounts(
        &self,
        filters: &[Filter],
        part: Option<Range<usize>>,
    ) -> Result<Vec<(Pubkey, Account)>, LedgerError> {
        let found = self.attempt(|client| {
            let config = RpcProgramAccountsConfig {
                filters: Some(filters_of(filters)),
                account_config: self.reading(part.clone()),
                with_context: Some(true),
                ..RpcProgramAccountsConfig::default()
            };
            let parameters = json!([gradual_consensus::ID.to_string(), config]);
            let text: String = client.send(listing::REQUEST, parameters)?;
            let found = listing::read(&text)?;
            if let Some(found) = &found {
                self.accept(found.context.slot)?;
            }
            Ok(found.map(|found| found.value))
        });
        let found = found.map_err(|error| self.of_listing(&error))?;
        // Nobody could tell whether it is older than what was read before.
        let found = found.ok_or_else(|| {
            LedgerError::Unsupported(
                "to list accounts with the slot of the list (getProgramAccounts, withContext): use another RPC".into(),
            )
        })?;
        let accounts = found.into_iter().map(|Listed(found)| found);
        let accounts: Option<Vec<_>> = accounts.collect();
        let mut accounts = accounts.ok_or_else(unreadable)?;
        let part = part.unwrap_or(0..usize::MAX);
        let may_match = |data: &[u8]| filters.iter().all(|one| one.may_match(data, &part));
        accounts.retain(|(_, account)| may_match(&account.data));
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
        outbox::send(self, instructions, signers, None)
    }

    fn send_urgent(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
        urgency: &Urgency,
    ) -> Result<Receipt, LedgerError> {
        outbox::send(self, instructions, signers, Some(urgency))
    }
}

impl Ordered for RpcLedger {
    fn newest(&self) -> u64 {
        self.least_slot()
    }

    fn not_before(&self, slot: u64) {
        self.require_slot(slot);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::sync::atomic::AtomicUsize;
    use stub::{Call, Reply, Stub};

    fn options(commitment: CommitmentLevel) -> RpcOptions {
        RpcOptions {
            commitment,
            retry: Retry {
                attempts: 3,
                first_pause: Duration::ZERO,
                longest_pause: Duration::ZERO,
            },
            ..RpcOptions::default()
        }
    }

    /// The options object of a call.
    fn config(call: &Call) -> Value {
        let all = call.params.as_array().unwrap();
        all.last().unwrap().clone()
    }

    fn no_accounts_at(slot: u64) -> Reply {
        Reply::Result(json!({"context": {"slot": slot}, "value": [null]}))
    }

    const ADDRESS: [Pubkey; 1] = [gradual_consensus::ID];

    #[test]
    fn finalized_accounts_have_a_finalized_slot_and_the_lag_is_told() {
        let stub = Stub::start(|call| {
            let config = config(call);
            let finalized = config["commitment"] == "finalized";
            match call.method.as_str() {
                "getSlot" if finalized => Reply::Result(json!(68)),
                "getSlot" => Reply::Result(json!(100)),
                _ if finalized && config["minContextSlot"] == 68 => no_accounts_at(69),
                _ => Reply::Error(-32602, "asked for something else"),
            }
        });
        let ledger = RpcLedger::new(&stub.url(), options(CommitmentLevel::Finalized));
        assert_eq!(ledger.slot().unwrap(), 68);
        assert_eq!(ledger.accounts(&ADDRESS).unwrap(), [None]);
        assert_eq!(ledger.slot().unwrap(), 69, "accounts are as of slot 69 now");
        assert_eq!(ledger.lag().unwrap(), 31);
        let present = RpcLedger::new(&stub.url(), options(CommitmentLevel::Confirmed));
        assert_eq!(present.slot().unwrap(), 100);
        assert_eq!(present.lag().unwrap(), 0);
    }

    #[test]
    fn no_answer_is_older_than_one_before_it_whichever_server_gives_it() {
        // A server that lags and ignores the least slot, and one that does not, take turns.
        let turn = AtomicUsize::new(0);
        let stub = Stub::start(move |call| {
            let lags = turn.fetch_add(1, Ordering::Relaxed) % 2 == 1;
            let slot = if lags { 60 } else { 100 };
            match call.method.as_str() {
                "getSlot" => Reply::Result(json!(slot)),
                "getProgramAccounts" => {
                    Reply::Result(json!({"context": {"slot": slot}, "value": []}))
                }
                _ => no_accounts_at(slot),
            }
        });
        let ledger = RpcLedger::new(&stub.url(), options(CommitmentLevel::Confirmed));
        for _ in 0..3 {
            assert_eq!(ledger.slot().unwrap(), 100);
            ledger.accounts(&ADDRESS).unwrap();
            ledger.program_accounts(&[], None).unwrap();
        }
        assert_eq!(stub.calls(), 9 + 8, "what lagged was asked again");
    }

    #[test]
    fn a_ledger_that_was_set_back_is_told_on() {
        let stub = Stub::start(|call| match call.number {
            0 => Reply::Result(json!(100)),
            _ => Reply::Result(json!(50)),
        });
        let ledger = RpcLedger::new(&stub.url(), options(CommitmentLevel::Confirmed));
        assert_eq!(ledger.slot().unwrap(), 100);
        let error = ledger.slot().unwrap_err().to_string();
        assert!(
            error.contains("as of slot 50, though slot 100 was seen"),
            "{error}"
        );
    }

    #[test]
    fn an_account_that_cannot_be_read_is_an_error_and_not_absent() {
        let stub = Stub::start(|call| {
            let account = json!({
                "data": ["", "base64"], "executable": false, "lamports": 1, "owner": "nobody", "rentEpoch": 0
            });
            let value = match call.method.as_str() {
                "getAccountInfo" => account,
                "getProgramAccounts" => {
                    json!([{"pubkey": ADDRESS[0].to_string(), "account": account}])
                }
                _ => json!([account]),
            };
            Reply::Result(json!({"context": {"slot": 5}, "value": value}))
        });
        let ledger = RpcLedger::new(&stub.url(), options(CommitmentLevel::Confirmed));
        let errors = [
            ledger.accounts(&ADDRESS).unwrap_err(),
            ledger.newest_account(&ADDRESS[0]).unwrap_err(),
            ledger.program_accounts(&[], None).unwrap_err(),
        ];
        for error in errors {
            let error = error.to_string();
            assert!(error.contains("that cannot be read"), "{error}");
        }
    }

    #[test]
    fn an_rpc_that_lists_no_accounts_says_so() {
        let stub = Stub::start(|call| match (call.method.as_str(), call.number) {
            ("getProgramAccounts", 0) => Reply::Error(-32601, "Method not found"),
            ("getProgramAccounts", 1) => Reply::Error(-32010, "excluded from secondary indexes"),
            ("getProgramAccounts", 2) => Reply::Status("403 Forbidden"),
            ("getProgramAccounts", _) => Reply::Error(-32005, "Node is behind"),
            _ => no_accounts_at(5),
        });
        let ledger = RpcLedger::new(&stub.url(), options(CommitmentLevel::Confirmed));
        for _ in 0..3 {
            let error = ledger.program_accounts(&[], None).unwrap_err();
            assert!(matches!(error, LedgerError::Unsupported(_)), "{error}");
        }
        let error = ledger.program_accounts(&[], None).unwrap_err();
        assert!(matches!(error, LedgerError::Unavailable(_)), "{error}");
        assert_eq!(stub.calls(), 3 + 3);
        ledger.accounts(&ADDRESS).unwrap();
    }

    #[test]
    fn servers_a_few_blocks_apart_are_as_good() {
        let stub = Stub::start(|call| Reply::Result(json!([100, 97][call.number % 2])));
        let ledger = RpcLedger::new(&stub.url(), options(CommitmentLevel::Confirmed));
        for _ in 0..4 {
            assert_eq!(ledger.slot().unwrap(), 100);
        }
        assert_eq!(stub.calls(), 4);
    }
}
