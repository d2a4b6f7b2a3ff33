//! What all runners of one task in a process read once: what can change no more. A runner that starts with an
//! empty cache reads the same from the ledger.
//!
//! Who asks for something sees on the ledger that it is final, because the window in which it could change
//! is over. So it does not matter which runner read it, or when.

use super::{
    cycle::{JudgedProofs, Submissions, audits, is_complete},
    list::BuiltList,
    look::CycleLook,
    peers::Peers,
    prefix::{compare, in_order},
    values::Values,
};
use crate::{
    index::{Asked, Source},
    logic::ListInput,
};
use gradual_consensus::state::{Cycle, DistributionList, Submission};
use gradual_consensus_client::{
    account::{self, FullSubmission, HandedIn, Keyed},
    ledger::{Ledger, LedgerError},
};
use solana_sdk::pubkey::Pubkey;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// More values than this are read by one listing of the cycle, fewer by their addresses.
const MOST_BY_ADDRESS: usize = 200;
/// Rounds whose peers are kept: a runner may see the ledger later than another.
const ROUNDS_KEPT: usize = 2;

/// What runners of the same task share. A copy shares it too.
#[derive(Clone, Debug, Default)]
pub struct TaskCache(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    known: Mutex<Known>,
    /// How many readings failed.
    failures: AtomicU64,
}

#[derive(Debug, Default)]
struct Known {
    peers: BTreeMap<u64, Arc<Peers>>,
    cycles: HashMap<Pubkey, KnownCycle>,
    /// Why the last reading that failed did.
    failed: Option<LedgerError>,
}

/// What is known of one cycle.
#[derive(Debug, Default)]
struct KnownCycle {
    submissions: Option<Arc<Submissions>>,
    /// The index that told them; `None` where the ledger lists them.
    told_by: Option<Arc<Source>>,
    /// What was made of what an index told, until the ledger was read instead.
    doubted: Option<(Arc<Source>, ListInput, Arc<JudgedProofs>)>,
    challenged: Option<Arc<[Pubkey]>>,
    /// Submissions whose audits are decided and whose votes are closed. Nothing else of them is kept up to
    /// date: they may be paid or closed by now.
    settled: HashMap<Pubkey, Submission>,
    handed_in: Arc<Values>,
    /// With what was read for them, and the index that told it, if one did.
    judged: Option<(ListInput, Arc<JudgedProofs>, Option<Arc<Source>>)>,
    list: Option<Arc<BuiltList>>,
    /// The accepted list, as an index proved it.
    told_list: Option<Arc<BuiltList>>,
}

impl KnownCycle {
    /// `list`, if it was built, or an index proved it.
    fn known_list(&self, list: &DistributionList) -> Option<Arc<BuiltList>> {
        let known = self.list.iter().chain(&self.told_list);
        known.into_iter().find(|known| known.matches(list)).cloned()
    }

    /// Tells of the index that told other values than those of `judged`, which the ledger shows if it is `read`.
    fn settle_doubt(&mut self, read: bool, input: ListInput, judged: Option<&Arc<JudgedProofs>>) {
        let doubted = self
            .doubted
            .take_if(|(_, doubted, _)| read && *doubted == input);
        if let Some(((source, _, told), judged)) = doubted.zip(judged)
            && told.0 != judged.0
        {
            source.lied("the ledger shows that other proofs were handed in");
        }
    }
}

/// Reads what was handed in with those of the submissions at `addresses` that `known` lacks, as far as they are open; `cycle`
/// is their cycle's account. `addresses` are in their order.
fn read_handed_in(
    ledger: &impl Ledger,
    cycle: &Pubkey,
    addresses: &[Pubkey],
    known: &mut Arc<Values>,
) -> Result<(), LedgerError> {
    let least_unknown = addresses.len().saturating_sub(known.len());
    let unknown = (least_unknown <= MOST_BY_ADDRESS).then(|| known.lacks(addresses));
    let Some(unknown) = unknown.filter(|unknown| unknown.len() <= MOST_BY_ADDRESS) else {
        *known = Arc::new(Values::fetch(ledger, cycle)?);
        return Ok(());
    };
    if unknown.is_empty() {
        return Ok(());
    }
    let found = unknown.iter().zip(ledger.accounts(&unknown)?);
    Arc::make_mut(known).add(found.filter_map(|(address, account)| {
        let found: FullSubmission = account::decode(account.as_ref()?)?;
        let (address, data) = (*address, found.into());
        Some(Keyed { address, data })
    }));
    Ok(())
}

/// The submissions of `cycle` that `ledger` lists, in the order of their nodes' addresses.
fn read_submissions(
    ledger: &impl Ledger,
    cycle: &Keyed<Cycle>,
) -> Result<Submissions, LedgerError> {
    let submissions = account::fetch_authors(ledger, &cycle.address)?;
    Ok(in_order(&submissions, |one| &one.data))
}

/// What was handed in with each of `submissions`, if `ledger` shows all of them and they are as many as `cycle` has; `None` where
/// it does not, or where they are too many to be read by their addresses.
fn read_all(
    ledger: &impl Ledger,
    cycle: &Keyed<Cycle>,
    submissions: &Submissions,
) -> Result<Option<Values>, LedgerError> {
    if submissions.len() > MOST_BY_ADDRESS || !is_complete(submissions, cycle) {
        return Ok(None);
    }
    let addresses: Vec<Pubkey> = submissions.iter().map(|one| one.address).collect();
    let found = submissions.iter().zip(ledger.accounts(&addresses)?);
    let read = found.map(|(submission, found)| {
        let found: FullSubmission = account::decode(found.as_ref()?)?;
        let (subject, address) = (&found.header.subject, submission.address);
        let is_so = (subject.cycle, subject.author) == (cycle.address, submission.data);
        let data = is_so.then(|| found.into())?;
        Some(Keyed { address, data })
    });
    let read: Option<Vec<Keyed<HandedIn>>> = read.collect();
    let read = read.filter(|read| read.len() == submissions.len());
    Ok(read.map(|read| {
        let mut values = Values::default();
        values.add(read.into_iter());
        values
    }))
}

/// What `input` says of `submissions`, of whose values some are known; `cycle` is their cycle's account.
fn read_input(
    ledger: &impl Ledger,
    cycle: &Pubkey,
    submissions: &[Keyed<Pubkey>],
    mut values: Arc<Values>,
    input: ListInput,
) -> Result<HashMap<Pubkey, HandedIn>, LedgerError> {
    match input {
        ListInput::Authors => Ok(HashMap::new()),
        ListInput::Slots => {
            // Who judged them all has read them all.
            let slots: Vec<Keyed<u64>> = if values.len() >= submissions.len() {
                values.slots().collect()
            } else {
                account::fetch_slots(ledger, cycle)?
            };
            let without_value = |slot| HandedIn {
                slot,
                value: Vec::new(),
            };
            let slots = slots.into_iter();
            let slots = slots.map(|found| (found.address, without_value(found.data)));
            Ok(slots.collect())
        }
        ListInput::Values => {
            let addresses = submissions.iter().map(|submission| submission.address);
            let mut addresses: Vec<Pubkey> = addresses.collect();
            addresses.sort_unstable_by(compare);
            read_handed_in(ledger, cycle, &addresses, &mut values)?;
            Ok(values.all().collect())
        }
    }
}

impl TaskCache {
    /// Whether anybody else has a copy of it.
    pub(crate) fn is_shared(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        (self.0.known.lock()).unwrap_or_else(PoisonError::into_inner)
    }

    /// What `read` returns, which may ask the ledger for what is not known. All others wait meanwhile, and if
    /// it fails they fail too: else each of them would wait in turn for a ledger that does not answer.
    fn read<R>(
        &self,
        read: impl FnOnce(&mut Known) -> Result<R, LedgerError>,
    ) -> Result<R, LedgerError> {
        let failures = || self.0.failures.load(Ordering::SeqCst);
        let before = failures();
        let mut known = self.known();
        if let Some(error) = known.failed.as_ref().filter(|_| failures() != before) {
            return Err(error.clone());
        }
        let answer = read(&mut known);
        if let Err(error) = &answer {
            known.failed = Some(error.clone());
            self.0.failures.fetch_add(1, Ordering::SeqCst);
        }
        answer
    }

    /// Forgets every cycle but those of `open`.
    pub(super) fn keep(&self, open: &[Keyed<Cycle>]) {
        let is_open = |cycle: &Pubkey| open.iter().any(|open| open.address == *cycle);
        self.known().cycles.retain(|cycle, _| is_open(cycle));
    }

    /// The peers of `round`, which `read` reads if they are not known.
    pub(super) fn peers(
        &self,
        round: u64,
        read: impl FnOnce() -> Result<Option<Peers>, LedgerError>,
    ) -> Result<Option<Arc<Peers>>, LedgerError> {
        self.read(|known| {
            if let Some(peers) = known.peers.get(&round) {
                return Ok(Some(peers.clone()));
            }
            let Some(peers) = read()?.map(Arc::new) else {
                return Ok(None);
            };
            known.peers.insert(round, peers.clone());
            while known.peers.len() > ROUNDS_KEPT {
                known.peers.pop_first();
            }
            Ok(Some(peers))
        })
    }

    /// The submissions of the cycle at `cycle`, if they are known.
    pub(super) fn known_submissions(&self, cycle: &Pubkey) -> Option<Arc<Submissions>> {
        self.known().cycles.get(cycle)?.submissions.clone()
    }

    /// Keeps the submissions of the cycle at `cycle` that `ask` is told, if they are not known.
    pub(super) fn told(
        &self,
        cycle: &Pubkey,
        ask: impl FnOnce() -> Result<Asked<Submissions>, LedgerError>,
    ) -> Result<Asked<Arc<Submissions>>, LedgerError> {
        self.read(|known| {
            let known = known.cycles.entry(*cycle).or_default();
            if known.submissions.is_some() {
                return Ok(Asked::Nobody);
            }
            Ok(match ask()? {
                Asked::Told(source, told) => {
                    let told = Arc::new(told);
                    known.submissions = Some(Arc::clone(&told));
                    known.told_by = Some(Arc::clone(&source));
                    Asked::Told(source, told)
                }
                Asked::NotYet => Asked::NotYet,
                Asked::Nobody => Asked::Nobody,
            })
        })
    }

    /// The index that told the submissions of the cycle at `cycle`; `None` where the ledger shows them, or nothing is known.
    pub(super) fn told_by(&self, cycle: &Pubkey) -> Option<Arc<Source>> {
        self.known().cycles.get(cycle)?.told_by.clone()
    }

    /// Reads from the ledger the submissions of `cycle` that an index told, and forgets what was made of them.
    pub(super) fn confirm(
        &self,
        ledger: &impl Ledger,
        cycle: &Keyed<Cycle>,
    ) -> Result<(), LedgerError> {
        self.read(|known| {
            let known = known.cycles.entry(cycle.address).or_default();
            let Some((source, told)) = known.told_by.clone().zip(known.submissions.clone()) else {
                return Ok(());
            };
            if let Some(read) = read_all(ledger, cycle, &told)? {
                known.handed_in = Arc::new(read);
            } else {
                let submissions = read_submissions(ledger, cycle)?;
                let is_whole = is_complete(&submissions, cycle);
                if is_whole && submissions != *told {
                    source.lied("the ledger lists other submissions");
                    known.judged = None;
                }
                known.submissions = is_whole.then(|| Arc::new(submissions));
                known.challenged = None;
            }
            known.told_by = None;
            known.list = None;
            if let Some((input, judged, Some(source))) = known.judged.take() {
                known.doubted = Some((source, input, judged));
            }
            Ok(())
        })
    }

    /// The submissions of `cycle`, whose submission window is over. What is not complete, since some are
    /// closed, is read again the next time.
    pub(super) fn submissions(
        &self,
        ledger: &impl Ledger,
        cycle: &Keyed<Cycle>,
    ) -> Result<Arc<Submissions>, LedgerError> {
        self.read(|known| {
            let known = known.cycles.entry(cycle.address).or_default();
            if let Some(submissions) = &known.submissions {
                return Ok(submissions.clone());
            }
            let submissions = Arc::new(read_submissions(ledger, cycle)?);
            if is_complete(&submissions, cycle) {
                known.submissions = Some(submissions.clone());
            }
            Ok(submissions)
        })
    }

    /// Whether it is known which submissions of the cycle at `cycle` were challenged.
    pub(super) fn knows_challenged(&self, cycle: &Pubkey) -> bool {
        let known = self.known();
        let known = known.cycles.get(cycle);
        known.is_some_and(|known| known.challenged.is_some())
    }

    /// The addresses of those submissions of the cycle at `cycle` that were challenged: its challenge window
    /// is over. `read` reads them if they are not known.
    pub(super) fn challenged(
        &self,
        cycle: &Pubkey,
        read: impl FnOnce() -> Result<Option<Arc<[Pubkey]>>, LedgerError>,
    ) -> Result<Option<Arc<[Pubkey]>>, LedgerError> {
        self.read(|known| {
            let known = known.cycles.entry(*cycle).or_default();
            if known.challenged.is_none() {
                known.challenged = read()?;
            }
            Ok(known.challenged.clone())
        })
    }

    /// Those of the submissions at `addresses` that are settled, as they were when they became so.
    pub(super) fn settled(&self, cycle: &Pubkey, addresses: &[Pubkey]) -> Vec<Keyed<Submission>> {
        let known = self.known();
        let Some(known) = known.cycles.get(cycle) else {
            return Vec::new();
        };
        let settled = addresses.iter().filter_map(|address| {
            let (&address, &data) = known.settled.get_key_value(address)?;
            Some(Keyed { address, data })
        });
        settled.collect()
    }

    /// Keeps those of `submissions` whose audits are decided and whose votes are closed.
    pub(super) fn settle(&self, cycle: &Pubkey, submissions: &[Keyed<Submission>]) {
        let is_settled = |submission: &&Keyed<Submission>| {
            let audit = &submission.data.subject.audit;
            audit.verdict().is_some() && audit.open_votes == 0
        };
        let settled = submissions.iter().filter(is_settled);
        let settled = settled.map(|submission| (submission.address, submission.data));
        let mut known = self.known();
        known
            .cycles
            .entry(*cycle)
            .or_default()
            .settled
            .extend(settled);
    }

    /// What was handed in with submissions of the cycle whose account is `cycle`, with those at `addresses` among
    /// them as far as they are still open. `addresses` are in their order.
    pub(super) fn handed_in(
        &self,
        ledger: &impl Ledger,
        cycle: &Pubkey,
        addresses: &[Pubkey],
    ) -> Result<Arc<Values>, LedgerError> {
        self.read(|known| {
            let known = &mut known.cycles.entry(*cycle).or_default().handed_in;
            read_handed_in(ledger, cycle, addresses, known)?;
            Ok(Arc::clone(known))
        })
    }

    /// All proofs of `cycle`, whose audit window is over, with as much of each as `input` says, and whether each
    /// stands; `None` if a submission is closed. `submissions` are its own. Where an index told them, `ask` asks it what was
    /// handed in.
    pub(super) fn judged(
        &self,
        ledger: &impl Ledger,
        (cycle, submissions): (&CycleLook, &Submissions),
        quorum_bps: u16,
        input: ListInput,
        ask: impl FnOnce(Arc<Source>) -> Result<Asked<HashMap<Pubkey, HandedIn>>, LedgerError>,
    ) -> Result<Option<Arc<JudgedProofs>>, LedgerError> {
        let is_whole = is_complete(submissions, &cycle.account) && !cycle.has_gaps;
        self.read(|known| {
            let known = known.cycles.entry(cycle.account.address).or_default();
            let judged = known.judged.as_ref().filter(|(read, ..)| *read == input);
            if let Some((_, judged, _)) = judged {
                return Ok(Some(judged.clone()));
            }
            if !is_whole {
                return Ok(None);
            }
            let told_by = known
                .told_by
                .clone()
                .filter(|_| input != ListInput::Authors);
            let asked = told_by.map_or(Ok(Asked::Nobody), ask)?;
            let (source, mut handed_in) = match asked {
                Asked::Told(source, told) => (Some(source), told),
                Asked::NotYet | Asked::Nobody => {
                    // Nobody judges them any more.
                    let values = std::mem::take(&mut known.handed_in);
                    let address = &cycle.account.address;
                    (
                        None,
                        read_input(ledger, address, submissions, values, input)?,
                    )
                }
            };
            let audits = audits(cycle.audited.iter(), quorum_bps);
            let take = |address: &Pubkey| match input {
                ListInput::Authors => Some(HandedIn::default()),
                ListInput::Slots | ListInput::Values => handed_in.remove(address),
            };
            let judged = super::cycle::judged(cycle.number(), submissions, take, &audits);
            let judged = judged.map(Arc::new);
            known.settle_doubt(source.is_none(), input, judged.as_ref());
            // Without what was handed in they are soon made again.
            let kept = judged.clone().filter(|_| input != ListInput::Authors);
            known.judged = kept.map(|judged| (input, judged, source));
            Ok(judged)
        })
    }

    /// `list` of the cycle at `cycle`, or the same list that another runner built.
    pub(super) fn list(
        &self,
        cycle: &Pubkey,
        entries: Vec<(Pubkey, u64)>,
        build: impl FnOnce(Vec<(Pubkey, u64)>) -> Option<BuiltList>,
    ) -> Option<Arc<BuiltList>> {
        let mut known = self.known();
        let known = &mut known.cycles.entry(*cycle).or_default().list;
        if let Some(list) = known.as_ref().filter(|list| list.entries() == entries) {
            return Some(list.clone());
        }
        let built = build(entries).map(Arc::new);
        if known.is_none() {
            known.clone_from(&built);
        }
        built
    }

    /// `list` of the cycle at `cycle`, if a runner built it, or an index proved it.
    pub(super) fn known_list(
        &self,
        cycle: &Pubkey,
        list: &DistributionList,
    ) -> Option<Arc<BuiltList>> {
        self.known().cycles.get(cycle)?.known_list(list)
    }

    /// `list` of the cycle at `cycle`, which `ask` is told if it is not known.
    pub(super) fn told_list(
        &self,
        cycle: &Pubkey,
        list: &DistributionList,
        ask: impl FnOnce() -> Result<Asked<BuiltList>, LedgerError>,
    ) -> Result<Option<Arc<BuiltList>>, LedgerError> {
        self.read(|known| {
            let known = known.cycles.entry(*cycle).or_default();
            if let Some(list) = known.known_list(list) {
                return Ok(Some(list));
            }
            if let Asked::Told(_, told) = ask()? {
                known.told_list = Some(Arc::new(told));
            }
            Ok(known.told_list.clone().filter(|told| told.matches(list)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{sync::atomic::AtomicUsize, thread, time::Duration};

    #[test]
    fn who_waits_for_a_reading_that_fails_does_not_repeat_it() {
        const NODES: usize = 8;
        let cache = TaskCache::default();
        let (begun, reads) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let read = || -> Result<Option<Peers>, LedgerError> {
            reads.fetch_add(1, Ordering::SeqCst);
            while begun.load(Ordering::SeqCst) < NODES {
                thread::yield_now();
            }
            // From their beginning to their waiting is a moment.
            thread::sleep(Duration::from_millis(500));
            Err(LedgerError::Unavailable("the line is down".into()))
        };
        thread::scope(|scope| {
            for _ in 0..NODES {
                scope.spawn(|| {
                    begun.fetch_add(1, Ordering::SeqCst);
                    assert!(cache.peers(1, read).is_err());
                });
            }
        });
        let reads = reads.load(Ordering::SeqCst);
        assert!(reads <= NODES / 2, "{reads} readings");
        let found = cache.peers(1, || Ok(Some(Peers::default())));
        assert!(found.unwrap().is_some(), "the next one reads");
    }
}
