//! What is read of a cluster at one slot, shared by all who look.

use crate::clock::{Clock, USUAL_SLOT};
use gradual_consensus::state::{Config, Task, TaskMetadata};
use gradual_consensus_client::{
    account::{self, Keyed, Stored},
    address,
    books::Books,
    ledger::{Filter, Ledger, LedgerError},
};
use solana_clock::Clock as ClusterClock;
use solana_sdk::pubkey::Pubkey;
use std::{
    cmp::Reverse,
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

/// A task, with its texts.
#[derive(Clone, Debug)]
pub struct TaskEntry {
    /// The task.
    pub task: Keyed<Task>,
    /// Its texts; `None` where their account is not there.
    pub texts: Option<Arc<TaskMetadata>>,
}

impl TaskEntry {
    /// Its place among all tasks: allowlisted ones first, then active ones, then by nodes.
    pub fn place(&self) -> (Reverse<(bool, bool, u64)>, Pubkey) {
        let task = &self.task.data;
        let rank = (task.is_allowlisted(), task.is_active(), task.node_count);
        (Reverse(rank), self.task.address)
    }

    /// Its name as its creator wrote it; empty where there is none.
    pub fn name(&self) -> &str {
        self.texts.as_ref().map_or("", |texts| &texts.name)
    }

    /// Its description as its creator wrote it; empty where there is none.
    pub fn description(&self) -> &str {
        self.texts.as_ref().map_or("", |texts| &texts.description)
    }
}

/// All accounts of one task, as they were read once.
#[derive(Debug)]
pub struct Reading {
    /// The accounts.
    pub books: Books,
    violations: OnceLock<Vec<String>>,
}

impl Reading {
    /// A reading of `books`.
    pub const fn new(books: Books) -> Self {
        Self {
            books,
            violations: OnceLock::new(),
        }
    }

    /// Every rule of the book-keeping that does not hold, in words; counted once.
    pub fn violations(&self) -> &[String] {
        self.violations.get_or_init(|| self.books.violations())
    }
}

/// All accounts of one task, in this reading and in the one before it.
#[derive(Clone, Debug)]
pub struct TaskBooks {
    /// As they were read for this snapshot.
    pub now: Arc<Reading>,
    /// As they were read before.
    pub before: Option<Arc<Reading>>,
    /// The slot at which `now` was read: nothing is known to have happened since.
    pub read_at: u64,
    /// Why the history does not tell all of the task's past, if it does not: pages may say less than happened.
    pub gap: Option<String>,
}

/// What was read of a cluster at one slot.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The slot, and the cluster's time at it.
    pub clock: Clock,
    /// The program's config; `None` where it has none.
    pub config: Option<Config>,
    /// Every task, in the order of addresses.
    pub tasks: Arc<BTreeMap<Pubkey, TaskEntry>>,
    /// The accounts of the tasks that somebody looks at.
    pub books: BTreeMap<Pubkey, TaskBooks>,
    /// Why the last reading failed, if it did: all else is older than it should be.
    pub problem: Option<String>,
}

impl Snapshot {
    /// What is there before anything was read.
    pub fn empty() -> Self {
        Self {
            clock: Clock {
                slot: 0,
                time: None,
                slot_millis: USUAL_SLOT,
            },
            config: None,
            tasks: Arc::default(),
            books: BTreeMap::new(),
            problem: None,
        }
    }
}

/// The cluster's time, in seconds since 1970, and the slot that it belongs to.
///
/// # Errors
/// The ledger's.
pub fn cluster_time(ledger: &impl Ledger) -> Result<Option<(u64, i64)>, LedgerError> {
    let found = ledger.accounts(&[solana_sdk_ids::sysvar::clock::ID])?;
    let account = found.into_iter().flatten().next();
    let clock =
        account.and_then(|account| bincode::deserialize::<ClusterClock>(&account.data).ok());
    Ok(clock.map(|clock| (clock.slot, clock.unix_timestamp)))
}

/// Every task there is. Texts never change: those in `known` are not read again.
///
/// # Errors
/// The ledger's.
pub fn read_tasks(
    ledger: &impl Ledger,
    known: &BTreeMap<Pubkey, TaskEntry>,
) -> Result<BTreeMap<Pubkey, TaskEntry>, LedgerError> {
    let found = ledger.program_accounts(&[Filter::at(0, Task::TYPE)], Task::part())?;
    with_texts(ledger, account::decode_all(&found), known)
}

/// The same of the task at `address` alone.
///
/// # Errors
/// The ledger's.
pub fn read_task(
    ledger: &impl Ledger,
    address: Pubkey,
    known: &BTreeMap<Pubkey, TaskEntry>,
) -> Result<BTreeMap<Pubkey, TaskEntry>, LedgerError> {
    let found = account::fetch(ledger, &address)?.map(|data| Keyed { address, data });
    with_texts(ledger, found.into_iter().collect(), known)
}

fn with_texts(
    ledger: &impl Ledger,
    tasks: Vec<Keyed<Task>>,
    known: &BTreeMap<Pubkey, TaskEntry>,
) -> Result<BTreeMap<Pubkey, TaskEntry>, LedgerError> {
    let texts_of = |task: &Pubkey| known.get(task).and_then(|entry| entry.texts.clone());
    let new: Vec<Pubkey> = tasks
        .iter()
        .map(|task| task.address)
        .filter(|task| texts_of(task).is_none())
        .collect();
    let addresses: Vec<Pubkey> = new.iter().map(address::metadata).collect();
    let read = ledger.accounts(&addresses)?;
    let mut texts: BTreeMap<Pubkey, Arc<TaskMetadata>> = new
        .into_iter()
        .zip(read)
        .filter_map(|(task, account)| Some((task, Arc::new(account::decode(account.as_ref()?)?))))
        .collect();
    let entry = |task: Keyed<Task>| {
        let texts = texts_of(&task.address).or_else(|| texts.remove(&task.address));
        (task.address, TaskEntry { task, texts })
    };
    Ok(tasks.into_iter().map(entry).collect())
}
