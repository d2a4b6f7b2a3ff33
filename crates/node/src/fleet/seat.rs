//! One node of a fleet: how it is told to stop or to leave, and how it plays.

use super::NodeId;
use crate::{
    daemon::{self, End, Metrics, Player, Settings},
    index::Indexes,
    logic::TaskLogic,
    runner::{RunnerError, RunnerOptions, TaskCache},
};
use gradual_consensus::state::NodeStake;
use gradual_consensus_client::{
    account, address,
    amount::Amount,
    ledger::{Filter, Ledger, LedgerError, Receipt, Urgency},
};
use solana_sdk::{
    account::Account,
    instruction::Instruction,
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};
use std::{
    ops::Range,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tracing::info;

/// How a node's thread is told what to do, and how it says that it lives.
#[derive(Debug)]
pub struct Seat {
    /// Its metrics.
    pub metrics: Arc<Metrics>,
    /// What it shares with other nodes of its task.
    cache: TaskCache,
    /// Ends the playing as it is.
    halt: AtomicBool,
    /// Ends the thread, and what its logic is doing.
    stop: Arc<AtomicBool>,
    is_leaving: AtomicBool,
    life: Mutex<Instant>,
}

impl Seat {
    /// A seat of a node with these metrics.
    pub fn new(metrics: Arc<Metrics>) -> Self {
        Self {
            metrics,
            cache: TaskCache::default(),
            halt: AtomicBool::new(false),
            stop: Arc::default(),
            is_leaving: AtomicBool::new(false),
            life: Mutex::new(Instant::now()),
        }
    }

    /// The same seat, whose node shares `cache` with other nodes of its task.
    #[must_use]
    pub fn sharing(mut self, cache: TaskCache) -> Self {
        self.cache = cache;
        self
    }

    /// Tells the node to stop after its transaction in flight. It may be played on later, by whoever finds
    /// its task and its key.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
        self.halt.store(true, Ordering::SeqCst);
    }

    /// Tells the node to take no more cycles, and to stop once nothing of it is left that could be lost.
    pub fn leave(&self) {
        self.is_leaving.store(true, Ordering::SeqCst);
        self.halt.store(true, Ordering::SeqCst);
    }

    /// What is set when the node is told to stop, but not when it is to leave: an answer of its logic is waited
    /// for no longer.
    pub fn stop_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stop)
    }

    /// Whether it was told to stop or to leave.
    pub fn is_told(&self) -> bool {
        self.halt.load(Ordering::SeqCst)
    }

    /// Whether it leaves, and was not told to stop at once.
    pub fn is_leaving(&self) -> bool {
        self.is_leaving.load(Ordering::SeqCst) && !self.stop.load(Ordering::SeqCst)
    }

    /// How long it has given no sign of life.
    pub fn silence(&self) -> Duration {
        let life = self.life.lock().unwrap_or_else(PoisonError::into_inner);
        life.elapsed()
    }

    /// Gives a sign of life.
    pub fn live(&self) {
        *self.life.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Sleeps for `pause`, or until it is told something.
    pub fn sleep(&self, pause: Duration) {
        let is_halted = self.halt.load(Ordering::SeqCst);
        let flag = if is_halted { &self.stop } else { &self.halt };
        daemon::sleep_unless(flag, pause);
    }

    /// Waits until it is told to stop or to leave.
    #[cfg(test)]
    pub(super) fn wait_until_told(&self) {
        while !self.is_told() {
            std::thread::yield_now();
        }
    }
}

/// Plays `node` in `task`, with `indexes` that it asks, until its seat is told to stop, its task ends, or it was told to leave
/// and has nothing left to lose. `sleep` lets time pass, and may return early.
///
/// # Errors
/// Those of [`daemon::run`].
pub fn play<L: Ledger>(
    ledger: &L,
    (task, node, indexes): (Pubkey, &Keypair, &Indexes),
    logic: &mut dyn TaskLogic,
    settings: &Settings,
    seat: &Seat,
    mut sleep: impl FnMut(Duration),
) -> Result<End, RunnerError> {
    let id = NodeId {
        task,
        node: node.pubkey(),
    };
    let lively = Lively { ledger, seat };
    let mut sleep = |pause| {
        seat.live();
        sleep(pause);
        seat.live();
    };
    let player = || Player {
        task,
        node: node.insecure_clone(),
        cache: seat.cache.clone(),
        indexes: indexes.clone(),
    };
    let end = daemon::run(
        &lively,
        player(),
        &mut *logic,
        settings,
        &seat.metrics,
        &seat.halt,
        &mut sleep,
    )?;
    if end != End::Stopped || !seat.is_leaving() {
        return Ok(end);
    }
    info!(%id, "the node leaves: it takes no more cycles, and stays until what is open is settled");
    let leaving = Leaving {
        ledger: &lively,
        id,
        stake: address::node_stake(&id.task, &id.node),
        stop: &seat.stop,
    };
    let settings = Settings {
        options: RunnerOptions {
            min_reward: Amount::base_units(u64::MAX),
            ..settings.options
        },
        // It needs no more than it has.
        low_stake: Amount::ZERO,
        ..*settings
    };
    daemon::run(
        &leaving,
        player(),
        logic,
        &settings,
        &seat.metrics,
        &seat.stop,
        &mut sleep,
    )
}

/// Whether nothing of a node is left that it could lose by being away: no submission, vote, list or cycle of
/// its own, and no audit. `None`: it has no stake at all.
fn is_settled(stake: Option<&NodeStake>) -> bool {
    stake.is_none_or(|stake| stake.open_accounts == 0 && stake.open_audits == 0)
}

/// A ledger whose answers are a sign of life.
struct Lively<'a, L> {
    ledger: &'a L,
    seat: &'a Seat,
}

impl<L: Ledger> Ledger for Lively<'_, L> {
    fn slot(&self) -> Result<u64, LedgerError> {
        self.seat.live();
        self.ledger.slot()
    }

    fn lag(&self) -> Result<u64, LedgerError> {
        self.seat.live();
        self.ledger.lag()
    }

    fn accounts(&self, addresses: &[Pubkey]) -> Result<Vec<Option<Account>>, LedgerError> {
        self.seat.live();
        self.ledger.accounts(addresses)
    }

    fn program_accounts(
        &self,
        filters: &[Filter],
        part: Option<Range<usize>>,
    ) -> Result<Vec<(Pubkey, Account)>, LedgerError> {
        self.seat.live();
        self.ledger.program_accounts(filters, part)
    }

    fn send(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Receipt, LedgerError> {
        self.seat.live();
        self.ledger.send(instructions, signers)
    }

    fn send_urgent(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
        urgency: &Urgency,
    ) -> Result<Receipt, LedgerError> {
        self.seat.live();
        self.ledger.send_urgent(instructions, signers, urgency)
    }
}

/// The ledger of a node that leaves: once it shows that nothing of the node is left, the node is told to stop.
struct Leaving<'a, L> {
    ledger: &'a L,
    id: NodeId,
    stake: Pubkey,
    stop: &'a AtomicBool,
}

impl<L: Ledger> Ledger for Leaving<'_, L> {
    fn slot(&self) -> Result<u64, LedgerError> {
        self.ledger.slot()
    }

    fn lag(&self) -> Result<u64, LedgerError> {
        self.ledger.lag()
    }

    fn accounts(&self, addresses: &[Pubkey]) -> Result<Vec<Option<Account>>, LedgerError> {
        let found = self.ledger.accounts(addresses)?;
        let own = addresses.iter().position(|address| *address == self.stake);
        if let Some(account) = own.and_then(|own| found.get(own)) {
            let stake: Option<NodeStake> = account.as_ref().and_then(account::decode);
            if is_settled(stake.as_ref()) && !self.stop.swap(true, Ordering::SeqCst) {
                info!(id = %self.id, "nothing of the node is open any more");
            }
        }
        Ok(found)
    }

    fn program_accounts(
        &self,
        filters: &[Filter],
        part: Option<Range<usize>>,
    ) -> Result<Vec<(Pubkey, Account)>, LedgerError> {
        self.ledger.program_accounts(filters, part)
    }

    fn send(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Receipt, LedgerError> {
        self.ledger.send(instructions, signers)
    }

    fn send_urgent(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
        urgency: &Urgency,
    ) -> Result<Receipt, LedgerError> {
        self.ledger.send_urgent(instructions, signers, urgency)
    }
}
