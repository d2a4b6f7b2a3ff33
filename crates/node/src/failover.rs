//! Several ledgers that show the same chain, as one: the first that is fit is trusted, and when it fails,
//! lags or lacks a capability, the next one is.
//!
//! [`policy`] decides, without a clock and without a ledger. [`Failover`] asks, and tells it what came of
//! it. A reading that failed is asked of the next ledger, but never of one that shows what is older than what
//! was read before: where all of them were set back, nothing is read until one is ahead again. A transaction is
//! never handed to a second one by itself: it may have got through, so the caller looks first, as after every
//! failure.

pub mod policy;

pub use policy::DEFAULT_MAX_LAG;

use crate::daemon::Exposed;
use gradual_consensus_client::ledger::{Filter, Ledger, LedgerError, Ordered, Receipt, Urgency};
use policy::{Change, Need, Policy};
use solana_sdk::{account::Account, instruction::Instruction, pubkey::Pubkey, signature::Keypair};
use std::{
    fmt::Write,
    ops::Range,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tracing::{info, warn};

/// Several ledgers of one chain, as one.
pub struct Failover<L> {
    ledgers: Vec<(String, L)>,
    /// The slot that was read last, from whichever ledger.
    told: AtomicU64,
    /// The slot that each of them told last.
    told_by: Vec<AtomicU64>,
    policy: Mutex<Policy>,
    clock: Box<dyn Fn() -> Duration + Send + Sync>,
}

impl<L: Ledger> Failover<L> {
    /// The ledgers, the preferred one first, each with the name that the log calls it; one that is more
    /// than `max_lag` slots behind the others is not trusted.
    pub fn new(ledgers: Vec<(String, L)>, max_lag: u64) -> Self {
        let begun = Instant::now();
        Self::with_clock(ledgers, max_lag, move || begun.elapsed())
    }

    /// The same by another clock, which tells the time since it began.
    pub fn with_clock(
        ledgers: Vec<(String, L)>,
        max_lag: u64,
        clock: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> Self {
        let policy = Policy::new(ledgers.len(), max_lag);
        if let [(name, _), others @ ..] = ledgers.as_slice() {
            info!(rpc = %name, others = others.len(), "this RPC is trusted");
        }
        Self {
            told: AtomicU64::new(0),
            told_by: ledgers.iter().map(|_| AtomicU64::new(0)).collect(),
            ledgers,
            policy: Mutex::new(policy),
            clock: Box::new(clock),
        }
    }

    /// The name of the ledger that is trusted.
    pub fn trusted(&self) -> &str {
        let who = self.policy().trusted();
        self.ledgers.get(who).map_or("", |(name, _)| name)
    }

    /// The ledger that is trusted.
    pub fn trusted_ledger(&self) -> Option<&L> {
        let who = self.policy().trusted();
        self.ledgers.get(who).map(|(_, ledger)| ledger)
    }

    /// All of them, the preferred one first.
    pub fn ledgers(&self) -> impl Iterator<Item = &L> {
        self.ledgers.iter().map(|(_, ledger)| ledger)
    }

    /// Asks every ledger for its slot, so that one that lags or is back is found out. A process calls it
    /// every few seconds, from a thread that may wait. One ledger alone has nobody to lag behind.
    pub fn look(&self) {
        if self.ledgers.len() < 2 {
            return;
        }
        let slots: Vec<Option<u64>> = self
            .ledgers
            .iter()
            .map(|(_, ledger)| ledger.slot().ok())
            .collect();
        let now = (self.clock)();
        let change = {
            let mut policy = self.policy();
            policy.looked(&slots, now);
            policy.choose(now)
        };
        self.tell(change);
    }

    fn policy(&self) -> MutexGuard<'_, Policy> {
        // Every change is complete when the lock is given back.
        self.policy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, change: Option<Change>) {
        let Some(change) = change else {
            return;
        };
        let name = |who: usize| self.ledgers.get(who).map_or("", |(name, _)| name);
        let (rpc, instead_of) = (name(change.to), name(change.from));
        match change.why {
            Some(why) => {
                warn!(%rpc, %instead_of, %why, "the node changes over to another RPC");
            }
            None => info!(%rpc, %instead_of, "the preferred RPC is fit again: it is trusted"),
        }
    }

    /// Notes that the ledger `who` failed with `error` when it was asked for `need`, and changes over if it is
    /// to be. Returns whether that was its fault.
    fn note_failure(&self, who: usize, need: Need, error: &LedgerError) -> bool {
        let is_up = match error {
            // One that still tells its slot is up, and lacks what was asked for.
            LedgerError::Unavailable(_) => {
                let ledger = self.ledgers.get(who).map(|(_, ledger)| ledger);
                need != Need::Slot && ledger.is_some_and(|ledger| ledger.slot().is_ok())
            }
            LedgerError::Unsupported(_) => true,
            // It was taken; the cluster decides what becomes of it.
            LedgerError::Unsettled(_)
            | LedgerError::Program { .. }
            | LedgerError::Transaction { .. } => return false,
        };
        self.count_failure(who, if is_up { need } else { Need::Slot });
        true
    }

    fn count_failure(&self, who: usize, need: Need) {
        let now = (self.clock)();
        let change = {
            let mut policy = self.policy();
            policy.failed(who, need, now);
            policy.choose(now)
        };
        self.tell(change);
    }

    /// Reads from the trusted ledger, and where that does not answer from the next one.
    fn read<T>(
        &self,
        need: Need,
        read: impl Fn(usize, &L) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let mut tried = Vec::with_capacity(1);
        loop {
            let who = self.policy().trusted();
            let Some((_, ledger)) = self.ledgers.get(who) else {
                return Err(no_ledger());
            };
            if need != Need::Slot {
                self.require_as_new(who, ledger)?;
            }
            let error = match read(who, ledger) {
                Ok(answer) => {
                    self.policy().answered(who, need);
                    return Ok(answer);
                }
                Err(error) => error,
            };
            if self.ledgers.len() < 2 || !self.note_failure(who, need, &error) {
                return Err(error);
            }
            tried.push(who);
            if tried.contains(&self.policy().trusted()) {
                return Err(error);
            }
        }
    }

    fn note_slot(&self, who: usize, slot: u64) {
        if let Some(told_by) = self.told_by.get(who) {
            told_by.store(slot, Ordering::SeqCst);
        }
        self.told.fetch_max(slot, Ordering::SeqCst);
    }

    /// # Errors
    /// [`LedgerError::Unavailable`]: the ledger `who` shows what is older than what was read from another one.
    fn require_as_new(&self, who: usize, ledger: &L) -> Result<(), LedgerError> {
        let told = self.told.load(Ordering::SeqCst);
        let told_by = self.told_by.get(who);
        if self.ledgers.len() < 2
            || told_by.is_none_or(|told_by| told_by.load(Ordering::SeqCst) >= told)
        {
            return Ok(());
        }
        let slot = ledger.slot()?;
        self.note_slot(who, slot);
        match told.checked_sub(slot) {
            Some(behind) if behind > 0 => Err(LedgerError::Unavailable(format!(
                "it is {behind} slots behind what another RPC has shown: it catches up"
            ))),
            _ => Ok(()),
        }
    }

    fn send_by(
        &self,
        send: impl FnOnce(&L) -> Result<Receipt, LedgerError>,
    ) -> Result<Receipt, LedgerError> {
        let who = self.policy().trusted();
        let Some((_, ledger)) = self.ledgers.get(who) else {
            return Err(no_ledger());
        };
        let sent = send(ledger);
        match &sent {
            // One that takes transactions and passes none on looks like this. Once is forgiven.
            Err(LedgerError::Unsettled(_)) => {
                if self.ledgers.len() > 1 {
                    self.count_failure(who, Need::Send);
                }
            }
            Err(error @ (LedgerError::Unavailable(_) | LedgerError::Unsupported(_))) => {
                if self.ledgers.len() > 1 {
                    let _is_its_fault = self.note_failure(who, Need::Send, error);
                }
            }
            // Refused or done: it was taken.
            Ok(_) | Err(LedgerError::Program { .. } | LedgerError::Transaction { .. }) => {
                self.policy().answered(who, Need::Send);
            }
        }
        sent
    }
}

fn no_ledger() -> LedgerError {
    LedgerError::Unavailable("there is no RPC: name one".into())
}

impl<L: Ledger> Ledger for Failover<L> {
    fn slot(&self) -> Result<u64, LedgerError> {
        self.read(Need::Slot, |who, ledger| {
            let slot = ledger.slot()?;
            self.note_slot(who, slot);
            Ok(slot)
        })
    }

    fn lag(&self) -> Result<u64, LedgerError> {
        self.read(Need::Slot, |_, ledger| ledger.lag())
    }

    fn accounts(&self, addresses: &[Pubkey]) -> Result<Vec<Option<Account>>, LedgerError> {
        self.read(Need::Accounts, |_, ledger| ledger.accounts(addresses))
    }

    fn program_accounts(
        &self,
        filters: &[Filter],
        part: Option<Range<usize>>,
    ) -> Result<Vec<(Pubkey, Account)>, LedgerError> {
        self.read(Need::ProgramAccounts, |_, ledger| {
            ledger.program_accounts(filters, part.clone())
        })
    }

    fn send(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Receipt, LedgerError> {
        self.send_by(|ledger| ledger.send(instructions, signers))
    }

    fn send_urgent(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
        urgency: &Urgency,
    ) -> Result<Receipt, LedgerError> {
        self.send_by(|ledger| ledger.send_urgent(instructions, signers, urgency))
    }
}

impl<L: Ordered> Ordered for Failover<L> {
    fn newest(&self) -> u64 {
        let newest = self.ledgers().map(Ordered::newest).max();
        newest.unwrap_or_default()
    }

    fn not_before(&self, slot: u64) {
        self.told.fetch_max(slot, Ordering::SeqCst);
        self.ledgers().for_each(|ledger| ledger.not_before(slot));
    }
}

impl<L: Ledger> Exposed for Failover<L> {
    fn text(&self) -> String {
        let policy = self.policy();
        let mut text = String::new();
        let mut each =
            |name: &str, kind: &str, help: &str, value: &dyn Fn(usize) -> Option<u64>| {
                // Writing to a string cannot fail.
                let _head = writeln!(
                    text,
                    "# HELP gradual_{name} {help}\n# TYPE gradual_{name} {kind}"
                );
                for (who, (rpc, _)) in self.ledgers.iter().enumerate() {
                    if let Some(value) = value(who) {
                        let _line = writeln!(text, "gradual_{name}{{rpc=\"{rpc}\"}} {value}");
                    }
                }
            };
        let help = "1 for the RPC that is trusted.";
        each("rpc_trusted", "gauge", help, &|who| {
            Some(u64::from(who == policy.trusted()))
        });
        let help = "Slots that the RPC was behind the others at the last comparison.";
        each("rpc_lag_slots", "gauge", help, &|who| policy.lag(who));
        let help = "Times that the RPC failed.";
        each("rpc_failures_total", "counter", help, &|who| {
            Some(policy.failures(who))
        });
        text
    }

    fn health(&self) -> (bool, String) {
        (true, format!("ok: {} is trusted", self.trusted()))
    }
}
