//! Several ledgers that show the same chain, as one: the first that is fit is trusted, and when it fails,
//! lags or lacks a capability, the next one is.
//!
//! [`policy`] decides, without a clock and without a ledger. [`Failover`] asks, and tells it what came of
//! it. A reading that failed is asked of the next ledger. A transaction is never handed to a second one by
//! itself: it may have got through, so the caller looks first, as after every failure.

pub mod policy;

pub use policy::DEFAULT_MAX_LAG;

use crate::daemon::Exposed;
use gradual_consensus_client::ledger::{Filter, Ledger, LedgerError, Receipt};
use policy::{Change, Need, Policy};
use solana_sdk::{account::Account, instruction::Instruction, pubkey::Pubkey, signature::Keypair};
use std::{
    fmt::Write,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tracing::{info, warn};

/// Several ledgers of one chain, as one.
pub struct Failover<L> {
    ledgers: Vec<(String, L)>,
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

    /// Notes that the ledger `who` did not do what was asked of it, and changes over if it is to be.
    fn note_failure(&self, who: usize, need: Need) {
        let Some((_, ledger)) = self.ledgers.get(who) else {
            return;
        };
        // One that still tells its slot is up, and lacks what was asked for.
        let is_up = need != Need::Slot && ledger.slot().is_ok();
        let now = (self.clock)();
        let change = {
            let mut policy = self.policy();
            policy.failed(who, if is_up { need } else { Need::Slot }, now);
            policy.choose(now)
        };
        self.tell(change);
    }

    /// Reads from the trusted ledger, and where that does not answer from the next one.
    fn read<T>(
        &self,
        need: Need,
        read: impl Fn(&L) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let mut tried = Vec::with_capacity(1);
        loop {
            let who = self.policy().trusted();
            let Some((_, ledger)) = self.ledgers.get(who) else {
                return Err(LedgerError::Unavailable("there is no RPC: name one".into()));
            };
            let error = match read(ledger) {
                Err(error @ LedgerError::Unavailable(_)) if self.ledgers.len() > 1 => error,
                answer => {
                    if answer.is_ok() {
                        self.policy().answered(who, need);
                    }
                    return answer;
                }
            };
            self.note_failure(who, need);
            tried.push(who);
            if tried.contains(&self.policy().trusted()) {
                return Err(error);
            }
        }
    }
}

impl<L: Ledger> Ledger for Failover<L> {
    fn slot(&self) -> Result<u64, LedgerError> {
        self.read(Need::Slot, Ledger::slot)
    }

    fn accounts(&self, addresses: &[Pubkey]) -> Result<Vec<Option<Account>>, LedgerError> {
        self.read(Need::Accounts, |ledger| ledger.accounts(addresses))
    }

    fn program_accounts(
        &self,
        filters: &[Filter],
        prefix: Option<usize>,
    ) -> Result<Vec<(Pubkey, Account)>, LedgerError> {
        self.read(Need::ProgramAccounts, |ledger| {
            ledger.program_accounts(filters, prefix)
        })
    }

    fn send(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Receipt, LedgerError> {
        let who = self.policy().trusted();
        let Some((_, ledger)) = self.ledgers.get(who) else {
            return Err(LedgerError::Unavailable("there is no RPC: name one".into()));
        };
        let sent = ledger.send(instructions, signers);
        match &sent {
            Err(LedgerError::Unavailable(_)) if self.ledgers.len() > 1 => {
                self.note_failure(who, Need::Send);
            }
            // Refused or done: it was taken.
            _ => self.policy().answered(who, Need::Send),
        }
        sent
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
