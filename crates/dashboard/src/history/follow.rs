//! Follows a task's transactions: the list of them first, then one after another, oldest first. What was
//! listed and not read yet is kept too, so that another process goes on where this one ended.

use super::{History, HistoryError, Key, Transaction, note};
use gradual_consensus_client::ledger::LedgerError;
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

/// Notes at most `most` transactions of `task` that are new. Returns how many are listed and not noted yet.
/// The history is locked for each transaction alone: others use it in between.
///
/// # Errors
/// The ledger's and the database's; what was noted before stays.
pub fn follow(
    history: &Mutex<History>,
    ledger: &impl Chronicle,
    task: &Pubkey,
    most: usize,
) -> Result<usize, HistoryError> {
    let locked = || history.lock().unwrap_or_else(PoisonError::into_inner);
    let newest = locked().newest(task)?;
    let listed = list(ledger, task, newest.as_deref())?;
    locked().expect(task, &listed)?;
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
    locked().count_pending(task)
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
    fn newest(&self, task: &Pubkey) -> Result<Option<String>, HistoryError> {
        let sql = "SELECT newest FROM followed WHERE task = ?1";
        let found = self.db.query_row(sql, [Key(*task)], |row| row.get(0));
        Ok(found.optional()?)
    }

    /// Keeps what was `listed`, newest first, to be read.
    fn expect(&mut self, task: &Pubkey, listed: &[Listed]) -> Result<(), HistoryError> {
        let Some(newest) = listed.first() else {
            return Ok(());
        };
        let db = self.db.transaction()?;
        for one in listed.iter().rev().filter(|one| one.succeeded) {
            db.prepare_cached("INSERT OR IGNORE INTO pending (task, signature) VALUES (?1, ?2)")?
                .execute(params![Key(*task), one.signature])?;
        }
        db.execute(
            "INSERT INTO followed VALUES (?1, ?2) ON CONFLICT DO UPDATE SET newest = ?2",
            params![Key(*task), newest.signature],
        )?;
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
