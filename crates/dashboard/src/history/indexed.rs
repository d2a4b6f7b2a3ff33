//! The submissions and lists of open cycles, as an index keeps them.

use super::{Bits, History, HistoryError, Key};
use gradual_consensus_client::account::HandedIn;
use gradual_consensus_node::index::{Told, page::ROWS};
use rusqlite::{OptionalExtension, params};
use solana_sdk::pubkey::Pubkey;

/// Bytes of a list's entry, as it is kept.
const ENTRY: usize = 40;

/// The entries of a list as they are kept.
fn packed(entries: &[(Pubkey, u64)]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(entries.len().saturating_mul(ENTRY));
    for (node, amount) in entries {
        bytes.extend_from_slice(node.as_ref());
        bytes.extend_from_slice(&amount.to_le_bytes());
    }
    bytes
}

/// The entries that were [`packed`].
fn unpacked(bytes: &[u8]) -> Vec<(Pubkey, u64)> {
    let entries = bytes.chunks_exact(ENTRY).filter_map(|entry| {
        let (node, amount) = entry.split_first_chunk::<32>()?;
        let amount = u64::from_le_bytes(amount.try_into().ok()?);
        Some((Pubkey::new_from_array(*node), amount))
    });
    entries.collect()
}

/// What is kept of a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Indexed {
    /// How many submissions.
    pub submissions: u32,
    /// Whether they are all: they were read after the end of the submission window.
    pub is_whole: bool,
}

impl History {
    /// Keeps `told`, the submissions of cycle `number` of `task`, in the place of what was kept of it. The cycle's account is
    /// at `cycle`.
    ///
    /// # Errors
    /// The database's; what was kept before stays.
    pub fn index(
        &mut self,
        (task, cycle, number): (&Pubkey, &Pubkey, u64),
        told: &[Told],
        is_whole: bool,
    ) -> Result<(), HistoryError> {
        let count = i64::try_from(told.len()).unwrap_or(i64::MAX);
        let db = self.db.transaction()?;
        db.execute("DELETE FROM submission WHERE cycle = ?1", [Key(*cycle)])?;
        for Told {
            author, handed_in, ..
        } in told
        {
            let HandedIn { slot, value } = handed_in;
            db.prepare_cached("INSERT INTO submission VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![Key(*cycle), Key(*author), Bits(*slot), value])?;
        }
        db.execute(
            "INSERT OR REPLACE INTO indexed VALUES (?1, ?2, ?3, ?4, ?5)",
            params![Key(*cycle), Key(*task), Bits(number), count, is_whole],
        )?;
        let mut bumps: Vec<(Pubkey, u8)> =
            told.iter().map(|told| (told.author, told.bump)).collect();
        bumps.sort_unstable();
        let bumps: Vec<u8> = bumps.into_iter().map(|(_, bump)| bump).collect();
        let keep = "INSERT OR REPLACE INTO bumps VALUES (?1, ?2)";
        db.execute(keep, params![Key(*cycle), bumps])?;
        db.commit()?;
        Ok(())
    }

    /// Forgets the submissions of the cycles of `task` before cycle `number`.
    ///
    /// # Errors
    /// The database's; nothing is forgotten then.
    pub fn forget_indexed(&mut self, task: &Pubkey, number: u64) -> Result<(), HistoryError> {
        let before = params![Key(*task), Bits(number)];
        let db = self.db.transaction()?;
        for table in ["submission", "bumps"] {
            let old = "SELECT cycle FROM indexed WHERE task = ?1 AND number < ?2";
            db.execute(
                &format!("DELETE FROM {table} WHERE cycle IN ({old})"),
                before,
            )?;
        }
        db.execute(
            "DELETE FROM indexed WHERE task = ?1 AND number < ?2",
            before,
        )?;
        db.commit()?;
        Ok(())
    }

    /// What is kept of the cycle whose account is at `cycle`; `None` if it was not read.
    ///
    /// # Errors
    /// The database's.
    pub fn indexed(&self, cycle: &Pubkey) -> Result<Option<Indexed>, HistoryError> {
        let sql =
            "SELECT submissions, is_whole FROM indexed JOIN bumps USING (cycle) WHERE cycle = ?1";
        let found = self.db.query_row(sql, [Key(*cycle)], |row| {
            Ok(Indexed {
                submissions: row.get(0)?,
                is_whole: row.get(1)?,
            })
        });
        Ok(found.optional()?)
    }

    /// Page `page`, from 0, of the submissions that are kept of the cycle at `cycle`, in the order of their authors.
    ///
    /// # Errors
    /// The database's.
    pub fn submissions(&self, cycle: &Pubkey, page: u32) -> Result<Vec<Told>, HistoryError> {
        let first = u64::from(page).saturating_mul(u64::from(ROWS));
        let sql = "SELECT substr(bumps, ?2 + 1, ?3) FROM bumps WHERE cycle = ?1";
        let bumps: Vec<u8> = self
            .db
            .query_row(sql, params![Key(*cycle), Bits(first), ROWS], |row| {
                row.get(0)
            })
            .optional()?
            .unwrap_or_default();
        let mut bumps = bumps.into_iter();
        self.all(
            "SELECT author, slot, value FROM submission WHERE cycle = ?1 ORDER BY author LIMIT ?2 OFFSET ?3",
            params![Key(*cycle), ROWS, Bits(first)],
            |row| {
                let bump = bumps.next().unwrap_or_default();
                let handed_in = HandedIn {
                    slot: row.get::<_, Bits>(1)?.0,
                    value: row.get(2)?,
                };
                let author = row.get::<_, Key>(0)?.0;
                Ok(Told {
                    author,
                    bump,
                    handed_in,
                })
            },
        )
    }

    /// The authors of all submissions that are kept of the cycle at `cycle`, in their order.
    ///
    /// # Errors
    /// The database's.
    pub fn authors(&self, cycle: &Pubkey) -> Result<Vec<Pubkey>, HistoryError> {
        self.all(
            "SELECT author FROM submission WHERE cycle = ?1 ORDER BY author",
            [Key(*cycle)],
            |row| Ok(row.get::<_, Key>(0)?.0),
        )
    }

    /// Keeps `entries`, all of the list at `list`, which is of cycle `number` of `task`.
    ///
    /// # Errors
    /// The database's.
    pub fn keep_list(
        &self,
        (task, number, list): (&Pubkey, u64, &Pubkey),
        entries: &[(Pubkey, u64)],
    ) -> Result<(), HistoryError> {
        self.db.execute(
            "INSERT OR REPLACE INTO listed VALUES (?1, ?2, ?3, ?4)",
            params![Key(*list), Key(*task), Bits(number), packed(entries)],
        )?;
        Ok(())
    }

    /// Whether the entries of the list at `list` are kept.
    ///
    /// # Errors
    /// The database's.
    pub fn has_list(&self, list: &Pubkey) -> Result<bool, HistoryError> {
        let sql = "SELECT 1 FROM listed WHERE list = ?1";
        let found = self.db.query_row(sql, [Key(*list)], |_| Ok(()));
        Ok(found.optional()?.is_some())
    }

    /// The entries of the list at `list`, in its order; `None` if they are not kept.
    ///
    /// # Errors
    /// The database's.
    pub fn list(&self, list: &Pubkey) -> Result<Option<Vec<(Pubkey, u64)>>, HistoryError> {
        let sql = "SELECT entries FROM listed WHERE list = ?1";
        let found = self.db.query_row(sql, [Key(*list)], |row| {
            Ok(unpacked(row.get_ref(0)?.as_blob()?))
        });
        Ok(found.optional()?)
    }

    /// Forgets the lists of the cycles of `task` before cycle `number`.
    ///
    /// # Errors
    /// The database's.
    pub fn forget_lists(&self, task: &Pubkey, number: u64) -> Result<(), HistoryError> {
        let sql = "DELETE FROM listed WHERE task = ?1 AND number < ?2";
        self.db.execute(sql, params![Key(*task), Bits(number)])?;
        Ok(())
    }
}
