//! The ledger that answers from the mirror while the stream is fit, and else from another ledger.

use crate::{
    endpoint::Endpoint,
    mirror::{Counted, Known, Mirror, REMEMBERED, Reading},
    request, stream,
    update::Update,
};
use gradual_consensus_client::{
    account,
    ledger::{Filter, Ledger, LedgerError, Ordered, Receipt, Urgency},
};
use solana_sdk::{account::Account, instruction::Instruction, pubkey::Pubkey, signature::Keypair};
use std::{
    ops::Range,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tracing::{info, warn};
use yellowstone_grpc_proto::geyser::SubscribeRequest;

/// Slots that a geyser and the ledger below may be apart: what is further is of another cluster, or set back.
pub const APART: u64 = REMEMBERED;
/// Between two fillings of the mirror; doubled each time that one holds no longer than [`HOLDS`], up to
/// [`LONGEST_REST`].
const FIRST_REST: Duration = Duration::from_secs(1);
const LONGEST_REST: Duration = Duration::from_secs(300);
const HOLDS: Duration = Duration::from_secs(60);
/// How long a geyser is not read from that told what was not so.
const AFTER_A_LIE: Duration = Duration::from_secs(3_600);
/// How often a read looks again, where something new must be read each time.
const LOOKS: u32 = 4;

/// The time since some beginning.
type Clock = Box<dyn Fn() -> Duration + Send + Sync>;

/// The options of a [`Mirrored`] ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether finalized blocks count, and not confirmed ones: as the other ledger is read.
    pub is_finalized: bool,
    /// A stream that has brought no block for so long is not read from.
    pub fresh: Duration,
    /// How long a read waits for a block that the other ledger has shown.
    pub patience: Duration,
    /// Between two comparisons of the stream's slot with that of the other ledger.
    pub compare_every: Duration,
    /// How long a stream that is behind is not read from.
    pub rest: Duration,
    /// Longest pause between two attempts to connect.
    pub longest_pause: Duration,
    /// What the mirror holds at most, in bytes. A task that has more is read from the other ledger.
    pub most_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            is_finalized: false,
            fresh: Duration::from_secs(3),
            patience: Duration::from_secs(1),
            compare_every: Duration::from_secs(5),
            rest: Duration::from_secs(10),
            longest_pause: Duration::from_secs(30),
            most_bytes: 512 << 20,
        }
    }
}

/// How many reads were answered, since the beginning, and by whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Those that the mirror alone answered.
    pub mirrored: u64,
    /// Those for which the other ledger was asked, for a part or for all.
    pub asked: u64,
    /// Times that the mirror was filled.
    pub fillings: u64,
    /// Whether the mirror answered last.
    pub is_live: bool,
}

/// What the stream's thread and those that read share.
pub(crate) struct Shared {
    state: Mutex<State>,
    moved: Condvar,
    clock: Clock,
    options: Options,
}

struct State {
    mirror: Mirror,
    /// When the head moved last.
    heard_at: Option<Duration>,
    /// Why no block comes.
    trouble: Option<String>,
    /// No read is older than this.
    floor: u64,
    /// The slot that the other ledger told last, and when.
    compared: Option<(u64, Duration)>,
    /// Until when the stream is not read from, and why.
    rests: Option<(Duration, String)>,
    /// When the mirror was filled last, and how long it is not filled again.
    filled: Option<(Duration, Duration)>,
    /// What was told of the stream last: whether it is read from.
    told: Option<bool>,
    counts: Counts,
}

/// Why the mirror does not answer.
enum Unfit {
    /// The reason, if it is known and not only a beginning.
    For(Option<String>),
    /// Something must be read first.
    Again,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change is complete when the lock is given back.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Duration {
        (self.clock)()
    }

    /// The last block that counts.
    pub(crate) fn head(&self) -> Option<u64> {
        self.lock().mirror.head()
    }

    /// The longest pause between two attempts to connect.
    pub(crate) const fn longest_pause(&self) -> Duration {
        self.options.longest_pause
    }

    /// What is asked of the server, from the slot `from` on if that is given.
    pub(crate) fn subscription(&self, from: Option<u64>) -> SubscribeRequest {
        let (level, _) = request::counting(self.options.is_finalized);
        let state = self.lock();
        request::subscription(state.mirror.task(), state.mirror.named(), level, from)
    }

    /// The stream has ended.
    pub(crate) fn broke(&self, why: String) {
        self.lock().trouble = Some(why);
        self.moved.notify_all();
    }

    /// Takes what the server has sent. Returns whether the head has moved.
    ///
    /// # Errors
    /// Why no more is taken from this stream.
    pub(crate) fn hear(&self, update: Update) -> Result<bool, String> {
        let (_, counts) = request::counting(self.options.is_finalized);
        let mut state = self.lock();
        let mut is_block = false;
        match update {
            Update::Changed { slot, change } => state.mirror.change(slot, change),
            Update::Touched { slot, touch } => state.mirror.touch(slot, touch),
            Update::Slot {
                slot,
                parent,
                status,
            } => {
                if let Some(parent) = parent {
                    state.mirror.follows(slot, parent);
                }
                is_block = status == counts && self.count(&mut state, slot);
            }
            Update::Ping | Update::Other => {}
        }
        if state.mirror.is_too_large() {
            state.mirror.clear();
            state.heard_at = None;
            let most = self.options.most_bytes >> 20;
            return Err(format!(
                "it sends more of the task than the {most} MiB that are kept"
            ));
        }
        Ok(is_block)
    }

    fn count(&self, state: &mut State, slot: u64) -> bool {
        match state.mirror.count(slot) {
            Counted::Moved | Counted::Gap => {
                (state.heard_at, state.trouble) = (Some(self.now()), None);
                self.moved.notify_all();
                true
            }
            Counted::Stayed => {
                let is_ahead = state.mirror.head().is_some_and(|head| slot > head);
                if is_ahead {
                    state.trouble = Some("it does not say which block follows on which".into());
                }
                false
            }
        }
    }
}

impl State {
    /// Whether the mirror may be read at `now`.
    fn is_fit(&self, options: &Options, now: Duration) -> Result<(), Unfit> {
        let unfit = |why: String| Err(Unfit::For(Some(why)));
        if let Some((until, why)) = &self.rests
            && now < *until
        {
            return unfit(why.clone());
        }
        let is_fresh = |at: Duration| now.saturating_sub(at) < options.fresh;
        let (Some(head), Some(heard_at)) = (self.mirror.head(), self.heard_at) else {
            return Err(Unfit::For(self.trouble.clone()));
        };
        if !is_fresh(heard_at) {
            let silent = || "no block has come from it for a while".into();
            return unfit(self.trouble.clone().unwrap_or_else(silent));
        }
        if let Some((other, _)) = self.compared
            && head.abs_diff(other) > APART
        {
            return unfit(format!(
                "it is at slot {head}, and the RPC at slot {other}: it may be of another cluster"
            ));
        }
        match self.mirror.whole_from() {
            Some(_) => Ok(()),
            None if self.mirror.wants_reading().is_some() => Err(Unfit::Again),
            None => Err(Unfit::For(self.trouble.clone())),
        }
    }

    /// The head from which on it may be read: nothing older was shown.
    fn least_head(&self) -> u64 {
        self.mirror.whole_from().unwrap_or(u64::MAX).max(self.floor)
    }

    fn head(&self) -> u64 {
        self.mirror.head().unwrap_or_default()
    }
}

/// A ledger on top of another one, `L`: what the stream of a geyser tells of a task is read from a mirror, and
/// everything else from `L`. It is for whoever plays in that task or looks at it.
///
/// An address at which `L` shows nothing counts as empty for about a minute, unless a transaction of the task or the
/// stream says otherwise: nothing but those makes an account of the task. For what anybody may make, such as a token
/// account, a minute is how old the answer may be.
pub struct Mirrored<L> {
    ledger: L,
    place: String,
    shared: Arc<Shared>,
    filling: Mutex<()>,
}

impl<L: Ordered> Mirrored<L> {
    /// The mirror of `task`, and of the accounts at `named`, whoever owns them. It is followed at `endpoint`, and
    /// filled from `ledger` when it is first read.
    pub fn new(
        ledger: L,
        endpoint: &Endpoint,
        task: Pubkey,
        named: impl IntoIterator<Item = Pubkey>,
        options: Options,
    ) -> Self {
        let begun = Instant::now();
        Self::with_clock(ledger, endpoint, task, named, options, move || {
            begun.elapsed()
        })
    }

    /// The same by another clock, which tells the time since it began.
    pub fn with_clock(
        ledger: L,
        endpoint: &Endpoint,
        task: Pubkey,
        named: impl IntoIterator<Item = Pubkey>,
        options: Options,
        clock: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> Self {
        let mut all = vec![task];
        all.extend(named);
        all.sort_unstable();
        all.dedup();
        let state = State {
            mirror: Mirror::new(task, all, options.most_bytes),
            heard_at: None,
            trouble: None,
            floor: 0,
            compared: None,
            rests: None,
            filled: None,
            told: None,
            counts: Counts::default(),
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            moved: Condvar::new(),
            clock: Box::new(clock),
            options,
        });
        stream::start(endpoint.clone(), &shared);
        Self {
            ledger,
            place: endpoint.place(),
            shared,
            filling: Mutex::new(()),
        }
    }

    /// The ledger below.
    pub const fn ledger(&self) -> &L {
        &self.ledger
    }

    /// The server, as the log calls it.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// How many reads were answered, and by whom.
    pub fn counts(&self) -> Counts {
        self.shared.lock().counts
    }

    /// The mirror, if it answers now.
    fn moment(&self) -> Option<MutexGuard<'_, State>> {
        let (options, begun) = (&self.shared.options, Instant::now());
        self.compare();
        for _ in 0..LOOKS {
            self.fill();
            self.read_again();
            let state = self.shared.lock();
            let is_behind = |state: &mut State| {
                state.is_fit(options, self.shared.now()).is_ok()
                    && state.head() < state.least_head()
            };
            let patience = options.patience.saturating_sub(begun.elapsed());
            let waited = (self.shared.moved).wait_timeout_while(state, patience, is_behind);
            let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
            let now = self.shared.now();
            match state.is_fit(options, now) {
                Ok(()) if state.head() >= state.least_head() => {
                    self.tell(&mut state, true, None);
                    state.floor = state.head();
                    return Some(state);
                }
                Ok(()) => {
                    let behind = state.least_head().saturating_sub(state.head());
                    let why = format!("it is {behind} slots behind the RPC");
                    state.rests = Some((now.saturating_add(options.rest), why.clone()));
                    self.tell(&mut state, false, Some(&why));
                    return None;
                }
                Err(Unfit::For(why)) => {
                    self.tell(&mut state, false, why.as_deref());
                    return None;
                }
                Err(Unfit::Again) => {}
            }
        }
        None
    }

    /// Tells, when that changes, whether the mirror is read from, and if it is not, `why`: a stream that only begins
    /// has no reason yet.
    fn tell(&self, state: &mut State, is_live: bool, why: Option<&str>) {
        state.counts.is_live = is_live;
        let geyser = &self.place;
        match (state.told, why) {
            (Some(false), None) if is_live => info!(geyser, "the geyser is read from again"),
            (None, None) if is_live => info!(geyser, "accounts are read from the geyser"),
            (None | Some(true), Some(why)) => {
                warn!(
                    geyser,
                    "the geyser is not read from, the RPC answers: {why}"
                );
            }
            _ => return,
        }
        state.told = Some(is_live);
    }

    /// Compares the slot of the stream with that of the ledger below, if it is time for it.
    fn compare(&self) {
        let now = self.shared.now();
        let mut state = self.shared.lock();
        let head = state.head();
        let is_due = |(slot, at): (u64, Duration)| {
            let is_old = now.saturating_sub(at) >= self.shared.options.compare_every;
            is_old || head.abs_diff(slot) > APART / 2
        };
        if state.heard_at.is_none() || !state.compared.is_none_or(is_due) {
            return;
        }
        drop(state);
        let Ok(slot) = self.ledger.slot() else { return };
        state = self.shared.lock();
        state.compared = Some((slot, now));
        if slot.abs_diff(state.head()) <= APART {
            state.floor = state.floor.max(slot);
        }
    }

    /// Fills the mirror, if it is empty, and nobody else does it.
    fn fill(&self) {
        let now = self.shared.now();
        let Ok(_filling) = self.filling.try_lock() else {
            return;
        };
        let mut state = self.shared.lock();
        let rests = |(at, rest): (Duration, Duration)| now < at.saturating_add(rest);
        let is_near = |state: &State| {
            let apart = state.compared.map(|(slot, _)| slot.abs_diff(state.head()));
            apart.is_some_and(|apart| apart <= APART)
        };
        let Some((since, epoch)) = state.mirror.wants_filling() else {
            return;
        };
        if state.filled.is_some_and(rests) || !is_near(&state) {
            return;
        }
        let rest = state.filled.map_or(FIRST_REST, |(at, rest)| {
            let held = now.saturating_sub(at) > HOLDS.max(rest);
            if held {
                FIRST_REST
            } else {
                rest.saturating_mul(2).min(LONGEST_REST)
            }
        });
        state.filled = Some((now, rest));
        let (task, named) = (*state.mirror.task(), state.mirror.named().to_vec());
        drop(state);
        let read = self.read(since, || {
            let listed = self
                .ledger
                .program_accounts(&[account::of_task(&task)], None)?;
            let found = self.ledger.accounts(&named)?;
            let listed = listed
                .into_iter()
                .map(|(address, account)| (address, Some(account)));
            Ok(listed.chain(named.iter().copied().zip(found)).collect())
        });
        let mut state = self.shared.lock();
        match read {
            Ok(reading) => {
                state.mirror.fill(epoch, reading);
                state.counts.fillings = state.counts.fillings.saturating_add(1);
            }
            Err(error) => state.trouble = Some(format!("its mirror cannot be filled: {error}")),
        }
    }

    /// Reads again what the stream has left out.
    fn read_again(&self) {
        let wanted = self.shared.lock().mirror.wants_reading();
        let Some((addresses, since, epoch)) = wanted else {
            return;
        };
        let read = self.read(since, || {
            let found = self.ledger.accounts(&addresses)?;
            Ok(addresses.iter().copied().zip(found).collect())
        });
        // What failed is in doubt still, and the next read comes here again.
        if let Ok(reading) = read {
            let mut state = self.shared.lock();
            state.mirror.read_again(epoch, reading);
            state.counts.asked = state.counts.asked.saturating_add(1);
        }
    }

    /// What `read` reads from the ledger below, no earlier than `since`.
    fn read(
        &self,
        since: u64,
        read: impl FnOnce() -> Result<Vec<(Pubkey, Option<Account>)>, LedgerError>,
    ) -> Result<Reading, LedgerError> {
        self.ledger.not_before(since);
        let from = self.ledger.newest();
        if from < since {
            return Err(LedgerError::Unavailable(
                "the RPC is behind the geyser".into(),
            ));
        }
        let accounts = read()?;
        let to = self.ledger.newest();
        Ok(Reading { accounts, from, to })
    }

    /// What `read` reads from the ledger below: no older than what was read before, from wherever.
    fn ask<T>(&self, read: impl FnOnce(&L) -> Result<T, LedgerError>) -> Result<T, LedgerError> {
        let floor = {
            let mut state = self.shared.lock();
            state.counts.asked = state.counts.asked.saturating_add(1);
            state.floor
        };
        self.ledger.not_before(floor);
        let answer = read(&self.ledger);
        self.raise(self.ledger.newest());
        answer
    }

    fn raise(&self, slot: u64) {
        let mut state = self.shared.lock();
        state.floor = state.floor.max(slot);
    }

    /// Refuses to send what could cost stake, if the stream told what the ledger below does not show.
    fn require_so(&self, instructions: &[Instruction]) -> Result<(), LedgerError> {
        let question = self.shared.lock().mirror.guard.question(instructions);
        if question.is_empty() {
            return Ok(());
        }
        let answer = self.ask(|ledger| question.ask(ledger))?;
        let mut state = self.shared.lock();
        if state.mirror.guard.holds(&answer) {
            return Ok(());
        }
        let why = "it tells what the RPC does not show: leave it out";
        let until = self.shared.now().saturating_add(AFTER_A_LIE);
        state.rests = Some((until, why.into()));
        self.tell(&mut state, false, Some(why));
        // Nothing is wrong with the ledger: the node goes on with its other duties.
        Err(LedgerError::Transaction {
            code: None,
            message:
                "the geyser told what the RPC does not show: nothing is sent that could cost stake"
                    .into(),
            logs: Vec::new(),
        })
    }

    fn sent(&self, sent: Result<Receipt, LedgerError>) -> Result<Receipt, LedgerError> {
        let newest = self.ledger.newest();
        self.raise(
            sent.as_ref()
                .map_or(newest, |receipt| receipt.slot.max(newest)),
        );
        sent
    }
}

impl State {
    fn note_mirrored(&mut self) {
        self.counts.mirrored = self.counts.mirrored.saturating_add(1);
    }
}

impl<L: Ordered> Ledger for Mirrored<L> {
    fn slot(&self) -> Result<u64, LedgerError> {
        if let Some(mut state) = self.moment() {
            state.note_mirrored();
            return Ok(state.head());
        }
        let slot = self.ask(Ledger::slot)?;
        self.raise(slot);
        Ok(slot)
    }

    fn lag(&self) -> Result<u64, LedgerError> {
        self.ledger.lag()
    }

    fn accounts(&self, addresses: &[Pubkey]) -> Result<Vec<Option<Account>>, LedgerError> {
        let Some(mut state) = self.moment() else {
            return self.ask(|ledger| ledger.accounts(addresses));
        };
        let known: Vec<Known> = addresses
            .iter()
            .map(|address| state.mirror.at(address))
            .collect();
        let unknown = known.iter().zip(addresses);
        let unknown = unknown.filter(|(known, _)| **known == Known::Unknown);
        let unknown: Vec<Pubkey> = unknown.map(|(_, address)| *address).collect();
        if unknown.is_empty() {
            state.note_mirrored();
        }
        drop(state);
        let found = if unknown.is_empty() {
            Vec::new()
        } else {
            self.beside(&unknown)?
        };
        let mut found = found.into_iter();
        let answers = known.into_iter().map(|known| match known {
            Known::Is(account) => Some(account),
            Known::Unknown => found.next(),
        });
        let answers: Option<Vec<_>> = answers.collect();
        answers.ok_or_else(|| {
            LedgerError::Unavailable("the RPC answered fewer accounts than it was asked for".into())
        })
    }

    fn program_accounts(
        &self,
        filters: &[Filter],
        part: Option<Range<usize>>,
    ) -> Result<Vec<(Pubkey, Account)>, LedgerError> {
        if let Some(mut state) = self.moment()
            && let Some(found) = state.mirror.list(filters, part.clone())
        {
            state.note_mirrored();
            state.mirror.guard.listed(filters, Some(found.len()));
            return Ok(found);
        }
        let found = self.ask(|ledger| ledger.program_accounts(filters, part))?;
        self.shared.lock().mirror.guard.listed(filters, None);
        Ok(found)
    }

    fn send(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Receipt, LedgerError> {
        self.require_so(instructions)?;
        self.sent(self.ledger.send(instructions, signers))
    }

    fn send_urgent(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
        urgency: &Urgency,
    ) -> Result<Receipt, LedgerError> {
        self.require_so(instructions)?;
        self.sent(self.ledger.send_urgent(instructions, signers, urgency))
    }
}

impl<L: Ordered> Mirrored<L> {
    /// What the ledger below shows at `addresses`, which the mirror does not know.
    fn beside(&self, addresses: &[Pubkey]) -> Result<Vec<Option<Account>>, LedgerError> {
        let mut from = 0;
        let found = self.ask(|ledger| {
            from = ledger.newest();
            ledger.accounts(addresses)
        })?;
        let mut state = self.shared.lock();
        for (address, account) in addresses.iter().zip(&found) {
            state.mirror.put_aside(*address, account.clone(), from);
        }
        Ok(found)
    }
}

impl<L: Ordered> Ordered for Mirrored<L> {
    fn newest(&self) -> u64 {
        self.shared.lock().floor
    }

    fn not_before(&self, slot: u64) {
        self.raise(slot);
    }
}
