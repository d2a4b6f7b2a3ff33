//! Servers that tell what was submitted for a cycle and whom its list pays, so that a node does not have the ledger list it.
//! Who runs one is a stranger to the node: the runner checks what it is told, and asks the ledger where that is not so.
//!
//! [`page`] is what such a server answers about submissions, [`list`] what it answers about lists, and [`paged`] reads both.
//! [`Index`] asks one; [`Indexes`] are those that a node asks, with what became of it.

pub mod list;
pub mod page;
pub mod paged;

use crate::logic::ListInput;
use gradual_consensus_client::{account::HandedIn, instruction::Entry, ledger::LedgerError};
use solana_sdk::pubkey::Pubkey;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tracing::warn;

/// How long an index that failed is not asked.
const REST_AFTER_FAILURE: Duration = Duration::from_secs(60);
/// How long an index that told what is not so is not asked.
const REST_AFTER_LIE: Duration = Duration::from_secs(3_600);

/// What an index is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// The task.
    pub task: Pubkey,
    /// The cycle's number.
    pub cycle: u64,
    /// How many submissions the cycle's account counts.
    pub submissions: u32,
    /// Whether it has to tell all of them: the submission window is over.
    pub is_whole: bool,
    /// What is asked of each submission, beside its author.
    pub input: ListInput,
}

/// A submission as an index tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The node that submitted it.
    pub author: Pubkey,
    /// The bump of the submission's address. Finding it takes a node longer than all else that it does in a large cycle.
    pub bump: u8,
    /// What was handed in; nothing in it that was not asked.
    pub handed_in: HandedIn,
}

/// Why an index tells nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It has not read the cycle yet, or is busy: it may be asked again at the next slot.
    NotYet,
    /// It does not answer, or not what was asked: why.
    Failed(String),
}

/// A server that tells what was submitted, and whom lists pay. No answer takes longer than `patience`.
pub trait Index: Send + Sync {
    /// The submissions that `question` asks for, in the order of their authors.
    ///
    /// # Errors
    /// [`Refusal`].
    fn tell(&self, question: &Question, patience: Duration) -> Result<Vec<Told>, Refusal>;

    /// The entry by which the list that is `asked` about pays `node`; `None` where it says that there is none.
    ///
    /// # Errors
    /// [`Refusal`].
    fn entry(
        &self,
        asked: &list::ListQuestion,
        node: &Pubkey,
        patience: Duration,
    ) -> Result<Option<Entry>, Refusal>;

    /// All entries of the list that is `asked` about, in its order: each node and what it is paid, in base units.
    ///
    /// # Errors
    /// [`Refusal`].
    fn entries(
        &self,
        asked: &list::ListQuestion,
        patience: Duration,
    ) -> Result<Vec<(Pubkey, u64)>, Refusal>;
}

/// Whether a cycle's submissions are listed while its submission window is open, once it has so many `submissions` and
/// `listed` of them were listed: while they are no more than a `few`, as soon as there is one more, and later whenever their
/// number has doubled, so that all of these lists together are no longer than two.
pub fn is_worth_listing(listed: usize, submissions: u32, few: u32) -> bool {
    let count = usize::try_from(submissions).unwrap_or(usize::MAX);
    let is_few = submissions <= few;
    count > listed && (is_few || count >= listed.saturating_mul(2))
}

/// What became of asking one index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Answers that passed the checks.
    pub answers: u64,
    /// Times that it did not answer, or not what was asked.
    pub failures: u64,
    /// Times that it told what is not so.
    pub lies: u64,
}

/// What became of asking one index, and until when it rests.
#[derive(Debug, Default)]
struct Record {
    counts: Counts,
    rests_until: Option<Instant>,
}

/// An index, with what became of asking it.
pub struct Source {
    name: String,
    index: Box<dyn Index>,
    record: Mutex<Record>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(formatter, "index {}", self.name)
    }
}

impl Source {
    /// `index`, which the log calls `name`.
    pub fn new(name: String, index: impl Index + 'static) -> Self {
        Self {
            name,
            index: Box::new(index),
            record: Mutex::default(),
        }
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        // Every change is complete when the lock is given back.
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rests(&self) -> bool {
        let until = self.record().rests_until;
        until.is_some_and(|until| Instant::now() < until)
    }

    fn failed(&self, why: &str) {
        warn!(index = %self.name, "the index fails: {why}: the RPC is asked");
        let mut record = self.record();
        record.counts.failures = record.counts.failures.saturating_add(1);
        record.rests_until = Some(Instant::now() + REST_AFTER_FAILURE);
    }

    /// Notes that what it told is not so, and says so in the log.
    pub(crate) fn lied(&self, why: &str) {
        warn!(index = %self.name, "the index tells what is not so: {why}: the RPC is asked");
        let mut record = self.record();
        record.counts.lies = record.counts.lies.saturating_add(1);
        record.rests_until = Some(Instant::now() + REST_AFTER_LIE);
    }

    fn answered(&self) {
        let mut record = self.record();
        record.counts.answers = record.counts.answers.saturating_add(1);
    }
}

/// What came of asking indexes.
#[derive(Debug)]
pub(crate) enum Asked<T> {
    /// One of them told it, and it passed the check.
    Told(Arc<Source>, T),
    /// None of them has read it yet.
    NotYet,
    /// None of them tells it.
    Nobody,
}

/// The indexes that a node asks, in their order. A copy shares what became of it.
#[derive(Clone, Debug, Default)]
pub struct Indexes(Arc<[Arc<Source>]>);

impl FromIterator<Arc<Source>> for Indexes {
    fn from_iter<I: IntoIterator<Item = Arc<Source>>>(sources: I) -> Self {
        Self(sources.into_iter().collect())
    }
}

impl Indexes {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What became of asking each, with its name.
    pub fn counts(&self) -> impl Iterator<Item = (&str, Counts)> {
        let sources = self.0.iter();
        sources.map(|source| (source.name.as_str(), source.record().counts))
    }

    /// Has `tell` ask them one after the other, until what one tells passes `check`, which says what is wrong with it otherwise.
    /// All of them together take no longer than `patience`.
    pub(crate) fn ask<A, T>(
        &self,
        patience: Duration,
        tell: impl Fn(&dyn Index, Duration) -> Result<A, Refusal>,
        mut check: impl FnMut(A) -> Result<Result<T, String>, LedgerError>,
    ) -> Result<Asked<T>, LedgerError> {
        let awake: Vec<&Arc<Source>> = self.0.iter().filter(|one| !one.rests()).collect();
        let each = u32::try_from(awake.len()).ok();
        let each = each.and_then(|each| patience.checked_div(each));
        let mut is_waited_for = false;
        for source in awake {
            match tell(&*source.index, each.unwrap_or_default()) {
                Ok(told) => match check(told)? {
                    Ok(checked) => {
                        source.answered();
                        return Ok(Asked::Told(Arc::clone(source), checked));
                    }
                    Err(why) => source.lied(&why),
                },
                Err(Refusal::NotYet) => is_waited_for = true,
                Err(Refusal::Failed(why)) => source.failed(&why),
            }
        }
        Ok(if is_waited_for {
            Asked::NotYet
        } else {
            Asked::Nobody
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    struct Always(Result<Vec<Told>, Refusal>, Arc<AtomicUsize>);

    impl Index for Always {
        fn tell(&self, _: &Question, patience: Duration) -> Result<Vec<Told>, Refusal> {
            assert_eq!(patience, Duration::from_secs(5));
            self.1.fetch_add(1, Ordering::SeqCst);
            self.0.clone()
        }

        fn entry(
            &self,
            _: &list::ListQuestion,
            _: &Pubkey,
            _: Duration,
        ) -> Result<Option<Entry>, Refusal> {
            Err(Refusal::NotYet)
        }

        fn entries(
            &self,
            _: &list::ListQuestion,
            _: Duration,
        ) -> Result<Vec<(Pubkey, u64)>, Refusal> {
            Err(Refusal::NotYet)
        }
    }

    const QUESTION: Question = Question {
        task: Pubkey::new_from_array([1; 32]),
        cycle: 1,
        submissions: 1,
        is_whole: true,
        input: ListInput::Authors,
    };

    /// Two indexes that answer like this, and how often each is asked.
    fn two(answers: [Result<Vec<Told>, Refusal>; 2]) -> (Indexes, [Arc<AtomicUsize>; 2]) {
        let asked: [Arc<AtomicUsize>; 2] = Default::default();
        let sources = answers.into_iter().zip(["a", "b"]).zip(&asked);
        let sources = sources.map(|((answer, name), asked)| {
            Arc::new(Source::new(name.into(), Always(answer, Arc::clone(asked))))
        });
        (sources.collect(), asked)
    }

    fn told(author: u8) -> Vec<Told> {
        vec![Told {
            author: Pubkey::new_from_array([author; 32]),
            bump: 255,
            handed_in: HandedIn::default(),
        }]
    }

    fn ask(indexes: &Indexes) -> Asked<Vec<Told>> {
        // All of those that are awake share the time.
        let awake = indexes.0.iter().filter(|one| !one.rests()).count();
        let patience = Duration::from_secs(5) * u32::try_from(awake).unwrap();
        let true_one = |told: Vec<Told>| {
            let is_true = told == self::told(7);
            Ok(is_true.then_some(told).ok_or_else(|| "a lie".to_owned()))
        };
        let tell = |index: &dyn Index, patience| index.tell(&QUESTION, patience);
        indexes.ask(patience, tell, true_one).unwrap()
    }

    fn counts(indexes: &Indexes) -> Vec<Counts> {
        indexes.counts().map(|(_, counts)| counts).collect()
    }

    #[test]
    fn who_lies_or_fails_rests_and_the_next_one_is_asked() {
        let down = Err(Refusal::Failed("down".into()));
        for (first, lies, failures) in [(Ok(told(8)), 1, 0), (down, 0, 1)] {
            let (indexes, asked) = two([first, Ok(told(7))]);
            for answers in 1..4 {
                let Asked::Told(source, _) = ask(&indexes) else {
                    panic!("nobody tells");
                };
                assert_eq!(source.name, "b");
                let asked = asked.each_ref().map(|one| one.load(Ordering::SeqCst));
                assert_eq!(asked, [1, answers]);
                let first = Counts {
                    answers: 0,
                    failures,
                    lies,
                };
                let second = Counts {
                    answers: answers as u64,
                    ..Counts::default()
                };
                assert_eq!(counts(&indexes), [first, second]);
            }
        }
    }

    #[test]
    fn one_that_has_not_read_it_yet_is_asked_again() {
        let failed = Err(Refusal::Failed("down".into()));
        let (indexes, asked) = two([Err(Refusal::NotYet), failed]);
        assert!(matches!(ask(&indexes), Asked::NotYet));
        assert!(matches!(ask(&indexes), Asked::NotYet));
        assert_eq!(asked.map(|one| one.load(Ordering::SeqCst)), [2, 1]);
        assert_eq!(counts(&indexes)[0], Counts::default());
        assert!(matches!(ask(&Indexes::default()), Asked::Nobody));
    }

    #[test]
    fn however_many_are_judged_they_are_listed_twice_at_most_while_they_come_in() {
        const FEW: u32 = 30;
        let read = |most: u32| {
            let (mut listed, mut read) = (0, 0);
            for submissions in 1..=most {
                if is_worth_listing(listed, submissions, FEW) {
                    listed = submissions as usize;
                    read += listed;
                }
            }
            read
        };
        assert_eq!(read(4), 1 + 2 + 3 + 4, "while they are few, all are seen");
        for most in [1_000, 10_000, 99_999] {
            let few = FEW as usize;
            assert!(read(most) <= 2 * most as usize + few * few, "{most}");
        }
    }
}
