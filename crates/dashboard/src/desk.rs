//! What all visitors share: the newest snapshot, the history, and which tasks somebody looks at. A [`Reader`]
//! renews it from a ledger; the server only reads it.

use crate::{
    clock::{Clock, USUAL_SLOT},
    history::{Chronicle, Followed, History, HistoryError, follow},
    snapshot::{Reading, Snapshot, TaskBooks, cluster_time, read_task, read_tasks},
};
use gradual_consensus_client::{
    account, address,
    books::Books,
    ledger::{Ledger, LedgerError},
};
use solana_sdk::pubkey::Pubkey;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// A task that nobody looked at for so long is not read any more.
const FORGET: Duration = Duration::from_secs(60);
/// Most tasks that are read at the same time.
const MOST_TASKS: usize = 32;
/// Transactions that are noted in one turn, so that pages do not wait for a long history.
const TURN: usize = 200;
/// After so many slots a task's accounts are read again, also where nothing is known to have happened: an RPC behind
/// several machines may have listed a transaction and answered with the accounts from before it.
const READ_AGAIN: u64 = 25;
/// A pace is measured over at least so many slots.
const MEASURED: u64 = 100;

/// What all visitors share.
pub struct Desk {
    snapshot: watch::Sender<Arc<Snapshot>>,
    history: Mutex<History>,
    /// The tasks that somebody looks at, and when that was.
    wanted: Mutex<BTreeMap<Pubkey, Instant>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    /// A desk with `history` and nothing read yet.
    pub fn new(history: History) -> Arc<Self> {
        Arc::new(Self {
            snapshot: watch::Sender::new(Arc::new(Snapshot::empty())),
            history: Mutex::new(history),
            wanted: Mutex::default(),
        })
    }

    /// The newest snapshot.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.borrow().clone()
    }

    /// Every snapshot from now on.
    pub fn follow(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshot.subscribe()
    }

    /// The history, which nobody else has meanwhile.
    pub fn history(&self) -> MutexGuard<'_, History> {
        locked(&self.history)
    }

    /// Says that somebody looks at `task`: it is read from now on, for a while. Returns whether there is room
    /// for it.
    pub fn want(&self, task: Pubkey) -> bool {
        let mut wanted = locked(&self.wanted);
        if !wanted.contains_key(&task) && wanted.len() >= MOST_TASKS {
            return false;
        }
        wanted.insert(task, Instant::now());
        true
    }

    fn wanted(&self) -> Vec<Pubkey> {
        let mut wanted = locked(&self.wanted);
        wanted.retain(|_, since| since.elapsed() < FORGET);
        wanted.keys().copied().collect()
    }
}

/// Reads a ledger, and the past that it keeps, for a desk.
pub struct Reader<L, C> {
    ledger: L,
    past: C,
    desk: Arc<Desk>,
    /// The task that is read alone, if one is.
    only: Option<Pubkey>,
    /// The first time that the cluster told, with its slot.
    begun: Option<(u64, i64)>,
}

impl<L: Ledger, C: Chronicle> Reader<L, C> {
    /// A reader of `ledger` and its `past`.
    pub const fn new(ledger: L, past: C, desk: Arc<Desk>) -> Self {
        Self {
            ledger,
            past,
            desk,
            only: None,
            begun: None,
        }
    }

    /// A reader of `task` alone: nothing is read of the others.
    pub const fn of_one(ledger: L, past: C, desk: Arc<Desk>, task: Pubkey) -> Self {
        Self {
            ledger,
            past,
            desk,
            only: Some(task),
            begun: None,
        }
    }

    /// Reads what has changed, if the slot is new or somebody looks at a task that was not read yet, and says
    /// whether it did. Where the ledger fails, what was read before stays, and the snapshot says why.
    pub fn step(&mut self) -> bool {
        match self.read() {
            Ok(None) => false,
            Ok(Some(snapshot)) => {
                self.desk.snapshot.send_replace(Arc::new(snapshot));
                true
            }
            Err(error) => {
                let problem = error.to_string();
                tracing::warn!(%error, "the ledger could not be read");
                self.desk.snapshot.send_if_modified(|snapshot| {
                    let is_new = snapshot.problem.as_ref() != Some(&problem);
                    if is_new {
                        let old = Snapshot::clone(snapshot);
                        *snapshot = Arc::new(Snapshot {
                            problem: Some(problem),
                            ..old
                        });
                    }
                    is_new
                });
                false
            }
        }
    }

    fn read(&mut self) -> Result<Option<Snapshot>, LedgerError> {
        let before = self.desk.snapshot();
        let slot = self.ledger.slot()?;
        let wanted = self.desk.wanted();
        let is_complete = wanted
            .iter()
            .all(|task| before.books.contains_key(task) || !before.tasks.contains_key(task));
        if slot == before.clock.slot && is_complete && before.problem.is_none() {
            return Ok(None);
        }
        let clock = self.clock(slot)?;
        let config = account::fetch(&self.ledger, &address::config())?;
        let tasks = Arc::new(match self.only {
            Some(task) => read_task(&self.ledger, task, &before.tasks)?,
            None => read_tasks(&self.ledger, &before.tasks)?,
        });
        let mut books = BTreeMap::new();
        for task in wanted.iter().filter(|task| tasks.contains_key(*task)) {
            if let Some(read) = self.books(task, slot, before.books.get(task))? {
                books.insert(*task, read);
            }
        }
        Ok(Some(Snapshot {
            clock,
            config,
            tasks,
            books,
            problem: None,
        }))
    }

    /// The accounts of `task` at `slot`: those in `before` where no transaction has changed them since.
    fn books(
        &self,
        task: &Pubkey,
        slot: u64,
        before: Option<&TaskBooks>,
    ) -> Result<Option<TaskBooks>, LedgerError> {
        let followed = follow(&self.desk.history, &self.past, task, TURN);
        let is_quiet = followed.as_ref().is_ok_and(|followed| followed.listed == 0);
        let is_fresh = |books: &&TaskBooks| slot.saturating_sub(books.read_at) < READ_AGAIN;
        let mut books = match before.filter(|_| is_quiet).filter(is_fresh) {
            Some(books) => books.clone(),
            None => match Books::read(&self.ledger, task)? {
                Some(now) => TaskBooks {
                    now: Arc::new(Reading::new(now)),
                    before: before.map(|books| Arc::clone(&books.now)),
                    read_at: slot,
                    gap: None,
                },
                None => return Ok(None),
            },
        };
        // Without a past there is the present still.
        let looked = self.desk.history().look(slot, &books.now.books);
        books.gap = gap(
            task,
            followed.and_then(|followed| looked.map(|()| followed)),
        );
        Ok(Some(books))
    }

    /// The clock at `slot`: the cluster's time, and how long its slots took since this reader began.
    fn clock(&mut self, slot: u64) -> Result<Clock, LedgerError> {
        let told = cluster_time(&self.ledger)?;
        self.begun = self.begun.or(told);
        let measured = told.zip(self.begun).and_then(|((slot, time), begun)| {
            let slots = slot
                .checked_sub(begun.0)
                .filter(|slots| *slots >= MEASURED)?;
            let seconds = u64::try_from(time.checked_sub(begun.1)?).ok()?;
            seconds.saturating_mul(1_000).checked_div(slots)
        });
        let at_told = told.map(|(slot, time)| Clock {
            slot,
            time: Some(time),
            slot_millis: measured.filter(|millis| *millis > 0).unwrap_or(USUAL_SLOT),
        });
        Ok(at_told.map_or(
            Clock {
                slot,
                time: None,
                slot_millis: USUAL_SLOT,
            },
            |clock| Clock {
                slot,
                time: clock.at(slot).time,
                ..clock
            },
        ))
    }
}

/// Why the history does not tell all of the past of `task`, if it does not.
fn gap(task: &Pubkey, followed: Result<Followed, HistoryError>) -> Option<String> {
    match followed {
        Ok(Followed { pending: 0, .. }) => None,
        Ok(Followed { pending, .. }) => {
            Some(format!("{pending} transactions are still to be read"))
        }
        Err(error) => {
            tracing::debug!(%task, %error, "the past could not be read");
            Some(error.to_string())
        }
    }
}
