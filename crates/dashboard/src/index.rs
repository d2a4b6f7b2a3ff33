//! The submissions and lists of the open cycles of some tasks, kept for nodes that ask for them. A [`Keeper`] reads them from a
//! ledger; the server only reads what is [`Kept`].

mod lists;
mod shelf;

pub use lists::{Entries, ReadUri};

use crate::history::{History, HistoryError, Indexed};
use gradual_consensus::{
    rules::schedule::review_round,
    state::{Cycle, Task},
};
use gradual_consensus_client::{
    account::{self, FullSubmission, Keyed},
    address,
    ledger::Ledger,
};
use gradual_consensus_node::{
    index::{
        Question, Told, is_worth_listing,
        list::ListQuestion,
        page::{About, Page},
    },
    runner::{AUDIT_RATE, BuiltList},
};
use lists::Search;
use shelf::Shelf;
use solana_sdk::pubkey::Pubkey;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Most tasks that one index keeps.
pub const MOST_TASKS: usize = 32;
/// Rounds after the last attempt in which its list may still be accepted while the index looks at it: anyone may finalize it at
/// any time, and as a rule a node does so at once.
const ROUNDS_TO_ACCEPT: u64 = 2;
/// Most entries of all lists together that are in memory.
const MOST_ENTRIES: usize = 1_000_000;
/// Most submissions of a cycle that are kept: as many as fit into memory twice. Of a larger one a node asks its RPC.
const MOST_SUBMISSIONS: u32 = 1_000_000;

/// What an index keeps, and what it says of itself.
pub struct Kept {
    genesis: String,
    tasks: Vec<Pubkey>,
    history: Mutex<History>,
    /// Lists that are asked for.
    shelf: Mutex<Shelf>,
    /// The slot of the last look, and what went wrong at it.
    looked: Mutex<(u64, Option<String>)>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Kept {
    /// The cycles of `tasks` on the cluster of this `genesis`, kept in `history`.
    pub fn new(genesis: String, tasks: Vec<Pubkey>, history: History) -> Arc<Self> {
        Arc::new(Self {
            genesis,
            tasks,
            history: Mutex::new(history),
            shelf: Mutex::new(Shelf::of(MOST_ENTRIES)),
            looked: Mutex::default(),
        })
    }

    /// Whether it keeps cycles of `task`.
    pub fn has(&self, task: &Pubkey) -> bool {
        self.tasks.contains(task)
    }

    /// What it says of itself.
    pub fn about(&self) -> About {
        let (slot, problem) = locked(&self.looked).clone();
        About {
            genesis: self.genesis.clone(),
            tasks: self.tasks.iter().map(Pubkey::to_string).collect(),
            slot,
            problem,
        }
    }

    /// Page `page` of the submissions that `question` asks for; `None` while they are not read.
    ///
    /// # Errors
    /// The database's.
    pub fn page(&self, question: &Question, page: u32) -> Result<Option<Page>, HistoryError> {
        let cycle = address::cycle(&question.task, question.cycle);
        let history = locked(&self.history);
        let found = history.indexed(&cycle)?;
        let Some(found) = found.filter(|found| found.is_whole || !question.is_whole) else {
            return Ok(None);
        };
        let rows = history.submissions(&cycle, page)?;
        drop(history);
        let page = Page::new(&self.genesis, question, found.submissions, &rows);
        Ok(Some(page))
    }

    /// The hash of the genesis block of the cluster whose cycles it keeps.
    pub fn genesis(&self) -> &str {
        &self.genesis
    }

    /// The list that is `asked` about, whatever count `asked` says; `None` while its entries are not known.
    ///
    /// # Errors
    /// The database's.
    pub fn list(&self, asked: &ListQuestion) -> Result<Option<Arc<BuiltList>>, HistoryError> {
        let cycle = address::cycle(&asked.task, asked.cycle);
        let address = address::list(&cycle, asked.attempt);
        if !locked(&self.history).has_list(&address)? {
            return Ok(None);
        }
        locked(&self.shelf).get(&address, || {
            let entries = locked(&self.history).list(&address)?;
            Ok(entries.and_then(|entries| BuiltList::new(&asked.task, asked.cycle, entries)))
        })
    }
}

/// Reads the submissions and lists of open cycles, for an index.
pub struct Keeper<L> {
    ledger: L,
    kept: Arc<Kept>,
    search: Search,
}

impl<L: Ledger> Keeper<L> {
    /// A keeper of `kept` that reads `ledger`.
    pub fn new(ledger: L, kept: Arc<Kept>) -> Self {
        Self {
            ledger,
            kept,
            search: Search::default(),
        }
    }

    /// Reads what is new, if the slot is, and says whether it looked. Where the ledger or the database fails, what was kept
    /// before stays, and the index says why.
    pub fn step(&mut self) -> bool {
        let (before, problem) = locked(&self.kept.looked).clone();
        let slot = match self.ledger.slot() {
            Ok(slot) if slot == before && problem.is_none() => return false,
            Ok(slot) => Ok(slot),
            Err(error) => Err(error),
        };
        let kept = Arc::clone(&self.kept);
        let looked = slot.map_err(HistoryError::from).and_then(|slot| {
            let mut tasks = kept.tasks.iter();
            tasks.try_for_each(|task| self.look(slot, task))?;
            Ok(slot)
        });
        let now = match looked {
            Ok(slot) => (slot, None),
            Err(error) => {
                let said = error.to_string();
                if problem.as_ref() != Some(&said) {
                    tracing::error!(%error, "the index keeps less than it should");
                }
                (before, Some(said))
            }
        };
        *locked(&self.kept.looked) = now;
        true
    }

    /// Reads what is new of the cycles of `task` that are reviewed, or whose list may still be proposed.
    fn look(&mut self, slot: u64, task: &Pubkey) -> Result<(), HistoryError> {
        let Some(terms) = account::fetch::<Task>(&self.ledger, task)? else {
            return Ok(());
        };
        let round = terms.current_round(slot);
        let attempts = u64::from(terms.allowed_failed_distributions);
        let first = round.saturating_sub(attempts.saturating_add(2));
        locked(&self.kept.history).forget_indexed(task, first)?;
        let first_listed = first.saturating_sub(ROUNDS_TO_ACCEPT);
        let addresses: Vec<Pubkey> = (first_listed..round)
            .map(|number| address::cycle(task, number))
            .collect();
        let found = self.ledger.accounts(&addresses)?.into_iter();
        let cycles = addresses
            .into_iter()
            .zip(found)
            .filter_map(|(address, found)| {
                let data = account::decode(found.as_ref()?)?;
                Some(Keyed { address, data })
            });
        let cycles: Vec<Keyed<Cycle>> = cycles.collect();
        for cycle in cycles.iter().filter(|cycle| cycle.data.number >= first) {
            let Keyed { address, data } = cycle;
            let window =
                review_round(data.number).and_then(|round| terms.schedule.submission_window(round));
            let is_over = window.is_some_and(|window| window.end < slot);
            let indexed = locked(&self.kept.history).indexed(address)?;
            if is_wanted(data, indexed, is_over) {
                self.read(task, cycle, is_over)?;
            }
        }
        let task = Keyed {
            address: *task,
            data: terms,
        };
        self.look_at_lists(slot, &task, &cycles)
    }

    /// Keeps the submissions of `cycle`. After the end of their window they are kept if all are listed.
    fn read(&self, task: &Pubkey, cycle: &Keyed<Cycle>, is_over: bool) -> Result<(), HistoryError> {
        let filter = account::of_cycle(&cycle.address);
        let found: Vec<Keyed<FullSubmission>> = account::fetch_all(&self.ledger, filter)?;
        if is_over && found.len() != cycle.data.submissions as usize {
            return Ok(());
        }
        let told = found.into_iter().map(|found| Told {
            author: found.data.header.subject.author,
            bump: found.data.header.subject.bump,
            handed_in: found.data.into(),
        });
        let told: Vec<Told> = told.collect();
        let at = (task, &cycle.address, cycle.data.number);
        locked(&self.kept.history).index(at, &told, is_over)
    }
}

/// Whether the submissions of `cycle` are read, of which `indexed` is kept: all of them after the end of their window, as long as
/// none can have been closed, and before that whenever there are many more.
fn is_wanted(cycle: &Cycle, indexed: Option<Indexed>, is_over: bool) -> bool {
    let has_few = (1..=MOST_SUBMISSIONS).contains(&cycle.submissions);
    let kept = indexed.map_or(0, |indexed| indexed.submissions as usize);
    has_few
        && if is_over {
            !cycle.list_accepted() && !indexed.is_some_and(|indexed| indexed.is_whole)
        } else {
            is_worth_listing(kept, cycle.submissions, AUDIT_RATE)
        }
}
