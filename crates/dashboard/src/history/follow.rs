//! Follows a task's transactions: the list of them first, then one after another, oldest first. What was
//! listed and not read yet is kept too, so that another process goes on where this one ended.
//!
//! A payout by a list names its cycle and not its task: a cycle that is paid is followed as well.

use super::{Bits, History, HistoryError, Key, Transaction, note};
use gradual_consensus_client::{address, ledger::LedgerError};
use rusqlite::{OptionalExtension, params};
use solana_sdk::pubkey::Pubkey;
use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Most transactions that are listed when a task is followed for the first time: its newest.
const MOST_LISTED: usize = 50_000;
/// After so long no more transactions are read in one turn: the present is not read meanwhile.
const LONGEST: Duration = Duration::from_secs(2);
/// Most cycles that are followed in one turn, the newest first.
const MOST_CYCLES: u32 = 16;
/// Seconds in which a listed transaction that cannot be read is asked for again; then it is taken for gone.
const FRESH: i64 = 60;

/// What a ledger keeps of the past.
pub trait Chronicle {
    /// Transactions that name `address` and succeeded, newest first: those before the transaction `before`,
    /// or the newest, and none from `until` on. Empty where there are no more.
    ///
    /// # Errors
    /// [`LedgerError::Unavailable`], or [`LedgerError::Unsupported`] where no past is kept.
    fn list(
        &self,
        address: &Pubkey,
        before: Option<&str>,
        until: Option<&str>,
    ) -> Result<Vec<Listed>, LedgerError>;

    /// The transaction with this signature; `None` where it is not kept any more.
    ///
    /// # Errors
    /// [`LedgerError::Unavailable`].
    fn read(&self, signature: &str) -> Result<Option<Transaction>, LedgerError>;
}

impl<C: Chronicle + ?Sized> Chronicle for &C {
    fn list(
        &self,
        address: &Pubkey,
        before: Option<&str>,
        until: Option<&str>,
    ) -> Result<Vec<Listed>, LedgerError> {
        (**self).list(address, before, until)
    }

    fn read(&self, signature: &str) -> Result<Option<Transaction>, LedgerError> {
        (**self).read(signature)
    }
}

/// A transaction in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its signature.
    pub signature: String,
    /// Whether it succeeded.
    pub succeeded: bool,
}

/// What a turn of [`follow`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Followed {
    /// Transactions that succeeded and were not listed before.
    pub listed: usize,
    /// Transactions that are listed and not noted yet.
    pub pending: usize,
}

/// Notes at most `most` transactions of `task` that are new.
/// The history is locked for each transaction alone: others use it in between.
///
/// # Errors
/// The ledger's and the database's; what was noted before stays.
pub fn follow(
    history: &Mutex<History>,
    ledger: &impl Chronicle,
    task: &Pubkey,
    most: usize,
) -> Result<Followed, HistoryError> {
    let locked = || history.lock().unwrap_or_else(PoisonError::into_inner);
    let catch_up = |address: &Pubkey| {
        let newest = locked().newest(address)?;
        let listed = list(ledger, address, newest.as_deref())?;
        locked().expect(task, address, &listed)
    };
    let mut listed = catch_up(task)?;
    let paying = locked().paying(task)?;
    for (cycle, is_closed) in paying {
        let address = address::cycle(task, cycle);
        listed = listed.saturating_add(catch_up(&address)?);
        if is_closed {
            locked().leave(task, cycle, &address)?;
        }
    }
    let due = locked().pending(task, most)?;
    let begun = Instant::now();
    for (id, signature) in &due {
        if begun.elapsed() > LONGEST {
            break;
        }
        let transaction = ledger.read(signature)?;
        // A server may list a transaction a moment before it has it. Those after it wait: their order counts.
        if transaction.is_none() && locked().is_fresh(*id)? {
            break;
        }
        locked().settle(*id, transaction.as_ref())?;
    }
    let pending = locked().count_pending(task)?;
    Ok(Followed { listed, pending })
}

fn list(
    ledger: &impl Chronicle,
    task: &Pubkey,
    until: Option<&str>,
) -> Result<Vec<Listed>, LedgerError> {
    let mut all: Vec<Listed> = Vec::new();
    while all.len() < MOST_LISTED {
        let before = all.last().map(|listed| listed.signature.as_str());
        let page = ledger.list(task, before, until)?;
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    Ok(all)
}

impl History {
    /// The newest transaction that is known of those that name `address`.
    fn newest(&self, address: &Pubkey) -> Result<Option<String>, HistoryError> {
        let sql = "SELECT newest FROM followed WHERE address = ?1";
        let found = self.db.query_row(sql, [Key(*address)], |row| row.get(0));
        Ok(found.optional()?)
    }

    /// Keeps what was `listed` of `address`, newest first, to be read for `task`. Returns how much of it is new.
    fn expect(
        &mut self,
        task: &Pubkey,
        address: &Pubkey,
        listed: &[Listed],
    ) -> Result<usize, HistoryError> {
        let Some(newest) = listed.first() else {
            return Ok(0);
        };
        let db = self.db.transaction()?;
        let mut new: usize = 0;
        for one in listed.iter().rev().filter(|one| one.succeeded) {
            let kept = db
                .prepare_cached(
                    "INSERT OR IGNORE INTO pending (task, signature) SELECT ?1, ?2
                     WHERE NOT EXISTS (SELECT 1 FROM noted WHERE signature = ?2)",
                )?
                .execute(params![Key(*task), one.signature])?;
            new = new.saturating_add(kept);
        }
        db.execute(
            "INSERT INTO followed VALUES (?1, ?2) ON CONFLICT DO UPDATE SET newest = ?2",
            params![Key(*address), newest.signature],
        )?;
        db.commit()?;
        Ok(new)
    }

    /// The newest cycles of `task` whose list was accepted and that are followed still, and whether each is closed.
    fn paying(&self, task: &Pubkey) -> Result<Vec<(u64, bool)>, HistoryError> {
        let mut query = self.db.prepare_cached(
            "SELECT cycle, closed IS NOT NULL FROM cycle WHERE task = ?1 AND accepted IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM paid_out WHERE paid_out.task = ?1 AND paid_out.cycle = cycle.cycle)
             ORDER BY cycle DESC LIMIT ?2",
        )?;
        let rows = query.query_map(params![Key(*task), MOST_CYCLES], |row| {
            Ok((row.get::<_, Bits>(0)?.0, row.get(1)?))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Follows `cycle` of `task`, whose account was at `address`, no longer.
    fn leave(&mut self, task: &Pubkey, cycle: u64, address: &Pubkey) -> Result<(), HistoryError> {
        let db = self.db.transaction()?;
        let done = "INSERT OR IGNORE INTO paid_out VALUES (?1, ?2)";
        db.execute(done, params![Key(*task), Bits(cycle)])?;
        db.execute("DELETE FROM followed WHERE address = ?1", [Key(*address)])?;
        db.commit()?;
        Ok(())
    }

    fn pending(&self, task: &Pubkey, most: usize) -> Result<Vec<(i64, String)>, HistoryError> {
        let mut query = self.db.prepare_cached(
            "SELECT id, signature FROM pending WHERE task = ?1 ORDER BY id LIMIT ?2",
        )?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let rows = query.query_map(params![Key(*task), most], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn count_pending(&self, task: &Pubkey) -> Result<usize, HistoryError> {
        let sql = "SELECT count(*) FROM pending WHERE task = ?1";
        Ok(self.db.query_row(sql, [Key(*task)], |row| row.get(0))?)
    }

    /// Whether the transaction that is pending under `id` was listed lately.
    fn is_fresh(&self, id: i64) -> Result<bool, HistoryError> {
        let sql = "SELECT unixepoch() - since < ?2 FROM pending WHERE id = ?1";
        let found = self.db.query_row(sql, [id, FRESH], |row| row.get(0));
        Ok(found.optional()?.unwrap_or(false))
    }

    /// Notes the transaction that was pending under `id`, and strikes it off.
    fn settle(&mut self, id: i64, transaction: Option<&Transaction>) -> Result<(), HistoryError> {
        let db = self.db.transaction()?;
        if let Some(transaction) = transaction {
            note::note(&db, transaction)?;
        }
        db.execute("DELETE FROM pending WHERE id = ?1", [id])?;
        db.commit()?;
        Ok(())
    }
}
