//! What became of a task so far, from the events of its transactions, kept in a database. Accounts are closed
//! when a cycle is settled; this remains.

mod follow;
mod indexed;
mod note;
mod query;
mod rpc;

pub use follow::{Chronicle, Followed, Listed, follow};
pub use indexed::Indexed;
pub use query::{Movement, MovementKind, PastAudit, PastCycle, PastVote, StakePoint};

use rusqlite::{
    Connection, ErrorCode,
    types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef},
};
use solana_sdk::pubkey::Pubkey;
use std::{path::Path, time::Duration};
use thiserror::Error;

/// How long a write waits for another process that has the file open.
const PATIENCE: Duration = Duration::from_secs(5);
/// What marks a database as a history, and the form of its tables.
const MARK: (i64, i64) = (0x6772_6164, 2);

/// Why the history cannot be read or written.
#[derive(Debug, Error)]
pub enum HistoryError {
    /// The database's.
    #[error("the history's database: {0}: check the file, or name another one")]
    Database(rusqlite::Error),
    /// The disk has no room for what is new. What was noted before can be read.
    #[error("the disk of the history is full: make room on it, or name another file")]
    Full,
    /// The file is something else.
    #[error("it is another program's database, or of another version: name another file")]
    Foreign,
    /// The file is of another cluster.
    #[error("it keeps the past of another cluster: name another file")]
    OtherCluster,
    /// The ledger's.
    #[error(transparent)]
    Ledger(#[from] gradual_consensus_client::ledger::LedgerError),
}

impl From<rusqlite::Error> for HistoryError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            _ => Self::Database(error),
        }
    }
}

/// One transaction of the program, as a ledger keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transaction {
    /// Its signature, which no other has.
    pub signature: String,
    /// The slot in which it was processed.
    pub slot: u64,
    /// When that was, in seconds since 1970; `None` where the ledger does not say.
    pub time: Option<i64>,
    /// What it logged.
    pub logs: Vec<String>,
}

/// The database.
pub struct History {
    db: Connection,
}

impl History {
    /// The history in `file`, which is created where it is missing. What an earlier process noted is in it.
    ///
    /// # Errors
    /// [`HistoryError::Foreign`], and the file is as it was; or the database's.
    pub fn open(file: &Path) -> Result<Self, HistoryError> {
        Self::on(Connection::open(file)?)
    }

    /// A history that ends with this value.
    ///
    /// # Errors
    /// The database's.
    pub fn in_memory() -> Result<Self, HistoryError> {
        Self::on(Connection::open_in_memory()?)
    }

    fn on(db: Connection) -> Result<Self, HistoryError> {
        db.busy_timeout(PATIENCE)?;
        let number = |sql| db.query_row(sql, [], |row| row.get::<_, i64>(0));
        let tables = number("SELECT count(*) FROM sqlite_schema")?;
        let mark = (
            number("PRAGMA application_id")?,
            number("PRAGMA user_version")?,
        );
        if tables > 0 && mark != MARK {
            return Err(HistoryError::Foreign);
        }
        let (application, version) = MARK;
        // Before the tables: a process that opens the file meanwhile knows it.
        db.execute_batch(&format!(
            "PRAGMA application_id = {application}; PRAGMA user_version = {version};"
        ))?;
        db.execute_batch(include_str!("schema.sql"))?;
        Ok(Self { db })
    }

    /// Keeps this history to the cluster with this genesis: a task may have the same address on several.
    ///
    /// # Errors
    /// [`HistoryError::OtherCluster`], or the database's.
    pub fn keep_to(&self, genesis: &str) -> Result<(), HistoryError> {
        let own = "INSERT OR IGNORE INTO cluster VALUES (0, ?1)";
        self.db.execute(own, [genesis])?;
        if self.genesis()? == genesis {
            Ok(())
        } else {
            Err(HistoryError::OtherCluster)
        }
    }

    /// The genesis hash of the cluster that it is kept to.
    ///
    /// # Errors
    /// The database's, also where it is kept to none.
    pub fn genesis(&self) -> Result<String, HistoryError> {
        let find = "SELECT genesis FROM cluster";
        Ok(self.db.query_row(find, [], |row| row.get(0))?)
    }
}

/// 64 bits in a column that keeps signed numbers: the same bits.
#[derive(Clone, Copy)]
struct Bits(u64);

impl ToSql for Bits {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.cast_signed().into())
    }
}

impl FromSql for Bits {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        i64::column_result(value).map(|bits| Self(bits.cast_unsigned()))
    }
}

/// An address in a column of bytes.
struct Key(Pubkey);

impl ToSql for Key {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.as_ref()))
    }
}

impl FromSql for Key {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        <[u8; 32]>::column_result(value).map(|bytes| Self(bytes.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transaction(number: u64) -> Transaction {
        Transaction {
            signature: format!("{number:0>88}"),
            slot: number,
            ..Transaction::default()
        }
    }

    /// SQLite says the same where the disk is full as where a database may have no more pages.
    #[test]
    fn a_full_disk_loses_nothing_and_is_written_again_once_there_is_room() {
        let mut history = History::in_memory().unwrap();
        let limit = |history: &History, pages: u32| {
            let sql = format!("PRAGMA max_page_count = {pages}");
            let set: u32 = history.db.query_row(&sql, [], |row| row.get(0)).unwrap();
            set
        };
        let pages: u32 = (history.db)
            .query_row("PRAGMA page_count", [], |row| row.get(0))
            .unwrap();
        limit(&history, pages + 4);
        let mut notes = (0..).map(|number| (number, history.note(&transaction(number))));
        let (full, error) = notes.find(|(_, noted)| noted.is_err()).unwrap();
        drop(notes);
        let error = error.unwrap_err().to_string();
        assert!(
            error.ends_with("make room on it, or name another file"),
            "{error}"
        );
        assert!(full > 10, "{full}");

        limit(&history, u32::MAX);
        for number in 0..=full {
            let is_new = history.note(&transaction(number)).unwrap();
            assert_eq!(is_new, number == full, "{number}");
        }
    }
}
