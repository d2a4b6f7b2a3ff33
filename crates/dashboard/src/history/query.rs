//! From rows to values.

use super::{Bits, History, HistoryError, Key};
use crate::clock::{Clock, Moment};
use gradual_consensus::rules::verdict::Verdict;
use rusqlite::{OptionalExtension, Row, params};
use solana_sdk::pubkey::Pubkey;

/// A cycle, as its events told it; amounts are base units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PastCycle {
    /// Its number.
    pub cycle: u64,
    /// What was set aside for it.
    pub bounty: u64,
    /// Submissions made.
    pub submissions: u32,
    /// Audits opened.
    pub challenged: u32,
    /// Audits upheld, dismissed and left undecided.
    pub verdicts: [u32; 3],
    /// What was slashed.
    pub slashed: u64,
    /// What was paid.
    pub paid: u64,
    /// Submissions that were paid: by a list, and in equal shares.
    pub payouts: [u32; 2],
    /// The attempt whose list was accepted, if one was.
    pub accepted: Option<u8>,
    /// The slot in which it was closed, if it was.
    pub closed: Option<u64>,
}

/// An audit, as its events and its account told it; amounts are base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PastAudit {
    /// The submission or list.
    pub subject: Pubkey,
    /// The number of its cycle.
    pub cycle: u64,
    /// Whether it is a list.
    pub is_list: bool,
    /// Who handed it in, where that is known.
    pub author: Option<Pubkey>,
    /// Who challenged it.
    pub challenger: Option<Pubkey>,
    /// The slot in which that was.
    pub opened: Option<u64>,
    /// The weight of all who could vote and the author's part of it, where they were seen.
    pub electorate: Option<(u64, u64)>,
    /// The weight of the votes for it and against it.
    pub weights: (u64, u64),
    /// The slot in which it was resolved, if it was.
    pub resolved: Option<u64>,
    /// What it came to.
    pub verdict: Option<Verdict>,
    /// Whether the subject stands after it.
    pub stands: Option<bool>,
    /// The node that was slashed, if one was.
    pub slashed_node: Option<Pubkey>,
    /// What was slashed, and its parts: to the party in the right, to the voters, to the bounty.
    pub slashed: [u64; 4],
}

/// A vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PastVote {
    /// Whose it is.
    pub voter: Pubkey,
    /// The slot in which it was cast.
    pub slot: u64,
    /// Whether it is for the subject.
    pub is_valid: bool,
    /// What it weighs.
    pub weight: u64,
}

/// What changes a node's stake or balance. The numbers are those of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum MovementKind {
    /// Credited by a list.
    Paid = 0,
    /// Credited in equal shares.
    EqualShare = 1,
    /// Credited for a vote in the right.
    VoteShare = 2,
    /// Credited as the party in the right of an audit.
    Won = 3,
    /// Taken from the stake by a verdict.
    Slashed = 4,
    /// Staked.
    Staked = 5,
    /// Withdrawn.
    Withdrawn = 6,
    /// Rewards taken out.
    Claimed = 7,
    /// Rewards turned into stake.
    Compounded = 8,
    /// The stake was parked.
    Parked = 9,
    /// The stake resumed.
    Resumed = 10,
    /// The stake moved to the task's successor.
    MovedAway = 11,
    /// The stake came from a task that this one succeeds.
    MovedHere = 12,
}

impl MovementKind {
    const ALL: [Self; 13] = [
        Self::Paid,
        Self::EqualShare,
        Self::VoteShare,
        Self::Won,
        Self::Slashed,
        Self::Staked,
        Self::Withdrawn,
        Self::Claimed,
        Self::Compounded,
        Self::Parked,
        Self::Resumed,
        Self::MovedAway,
        Self::MovedHere,
    ];

    /// What happened, in words.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Paid => "paid by the list",
            Self::EqualShare => "paid an equal share",
            Self::VoteShare => "share of a slash, for its vote",
            Self::Won => "share of a slash, for being in the right",
            Self::Slashed => "slashed",
            Self::Staked => "staked",
            Self::Withdrawn => "withdrew stake",
            Self::Claimed => "claimed rewards",
            Self::Compounded => "turned rewards into stake",
            Self::Parked => "stake parked",
            Self::Resumed => "stake resumed",
            Self::MovedAway => "stake moved to the successor",
            Self::MovedHere => "stake moved here from the predecessor",
        }
    }

    /// 1 where the node gained, -1 where it lost, 0 where it moved what is its own.
    pub const fn sign(self) -> i8 {
        match self {
            Self::Paid | Self::EqualShare | Self::VoteShare | Self::Won => 1,
            Self::Slashed => -1,
            _ => 0,
        }
    }
}

/// One change of a node's stake or balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Movement {
    /// The node.
    pub node: Pubkey,
    /// The slot.
    pub slot: u64,
    /// What happened.
    pub kind: MovementKind,
    /// How much, in base units.
    pub amount: u64,
    /// The cycle that it came of, if it came of one.
    pub cycle: Option<u64>,
    /// The audit that it came of, if it came of one.
    pub subject: Option<Pubkey>,
}

/// What is staked in a task in one round, in base units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StakePoint {
    /// The round.
    pub round: u64,
    /// Stake that votes.
    pub active: u64,
    /// Stake that will vote.
    pub warming: u64,
    /// Stake that is out of the electorate.
    pub parked: u64,
    /// The part of all that cannot be withdrawn now.
    pub locked: u64,
}

fn bits(row: &Row, column: usize) -> rusqlite::Result<u64> {
    row.get(column).map(|Bits(value)| value)
}

fn maybe_bits(row: &Row, column: usize) -> rusqlite::Result<Option<u64>> {
    let found: Option<Bits> = row.get(column)?;
    Ok(found.map(|Bits(value)| value))
}

fn maybe_key(row: &Row, column: usize) -> rusqlite::Result<Option<Pubkey>> {
    let found: Option<Key> = row.get(column)?;
    Ok(found.map(|Key(key)| key))
}

const CYCLE: &str =
    "SELECT cycle, bounty, submissions, challenged, upheld, dismissed, undecided, slashed, paid,
    payouts, equal, accepted, closed FROM cycle";

fn cycle(row: &Row) -> rusqlite::Result<PastCycle> {
    Ok(PastCycle {
        cycle: bits(row, 0)?,
        bounty: bits(row, 1)?,
        submissions: row.get(2)?,
        challenged: row.get(3)?,
        verdicts: [row.get(4)?, row.get(5)?, row.get(6)?],
        slashed: bits(row, 7)?,
        paid: bits(row, 8)?,
        payouts: [row.get(9)?, row.get(10)?],
        accepted: row.get(11)?,
        closed: maybe_bits(row, 12)?,
    })
}

const AUDIT: &str = "SELECT subject, cycle, is_list, author, challenger, opened, electorate, author_weight, valid,
    invalid, resolved, outcome, stands, slashed_node, slashed, to_winner, to_voters, to_bounty FROM audit";

fn audit(row: &Row) -> rusqlite::Result<PastAudit> {
    let electorate = maybe_bits(row, 6)?.zip(maybe_bits(row, 7)?);
    Ok(PastAudit {
        subject: row.get::<_, Key>(0)?.0,
        cycle: bits(row, 1)?,
        is_list: row.get(2)?,
        author: maybe_key(row, 3)?,
        challenger: maybe_key(row, 4)?,
        opened: maybe_bits(row, 5)?,
        electorate,
        weights: (bits(row, 8)?, bits(row, 9)?),
        resolved: maybe_bits(row, 10)?,
        verdict: Verdict::from_number(row.get(11)?),
        stands: row.get(12)?,
        slashed_node: maybe_key(row, 13)?,
        slashed: [
            bits(row, 14)?,
            bits(row, 15)?,
            bits(row, 16)?,
            bits(row, 17)?,
        ],
    })
}

const MOVEMENT: &str = "SELECT node, slot, kind, amount, cycle, subject FROM movement";

fn movement(row: &Row) -> rusqlite::Result<Movement> {
    let kind: usize = row.get(2)?;
    Ok(Movement {
        node: row.get::<_, Key>(0)?.0,
        slot: bits(row, 1)?,
        kind: MovementKind::ALL
            .get(kind)
            .copied()
            .ok_or(rusqlite::Error::IntegralValueOutOfRange(2, 0))?,
        amount: bits(row, 3)?,
        cycle: maybe_bits(row, 4)?,
        subject: maybe_key(row, 5)?,
    })
}

impl History {
    pub(super) fn all<T>(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        read: impl FnMut(&Row) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, HistoryError> {
        let mut query = self.db.prepare_cached(sql)?;
        let rows = query.query_map(values, read)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The newest `limit` cycles of `task`, oldest first.
    ///
    /// # Errors
    /// The database's.
    pub fn cycles(&self, task: &Pubkey, limit: u32) -> Result<Vec<PastCycle>, HistoryError> {
        let sql = format!("{CYCLE} WHERE task = ?1 ORDER BY cycle DESC LIMIT ?2");
        let mut found = self.all(&sql, params![Key(*task), limit], cycle)?;
        found.reverse();
        Ok(found)
    }

    /// Cycle `number` of `task`; `None` if no event told of it.
    ///
    /// # Errors
    /// The database's.
    pub fn cycle(&self, task: &Pubkey, number: u64) -> Result<Option<PastCycle>, HistoryError> {
        let sql = format!("{CYCLE} WHERE task = ?1 AND cycle = ?2");
        let at = params![Key(*task), Bits(number)];
        Ok(self.db.query_row(&sql, at, cycle).optional()?)
    }

    /// The newest `limit` audits of `task`, newest first.
    ///
    /// # Errors
    /// The database's.
    pub fn audits(&self, task: &Pubkey, limit: u32) -> Result<Vec<PastAudit>, HistoryError> {
        let sql = format!(
            "{AUDIT} WHERE task = ?1 AND opened IS NOT NULL ORDER BY cycle DESC, opened DESC LIMIT ?2"
        );
        self.all(&sql, params![Key(*task), limit], audit)
    }

    /// At most `limit` audits of a cycle of `task`, in the order in which they were opened.
    ///
    /// # Errors
    /// The database's.
    pub fn audits_in(
        &self,
        task: &Pubkey,
        cycle: u64,
        limit: u32,
    ) -> Result<Vec<PastAudit>, HistoryError> {
        let sql = format!(
            "{AUDIT} WHERE task = ?1 AND cycle = ?2 AND opened IS NOT NULL ORDER BY opened LIMIT ?3"
        );
        self.all(&sql, params![Key(*task), Bits(cycle), limit], audit)
    }

    /// The audit of `subject` in `task`; `None` if no event told of one.
    ///
    /// # Errors
    /// The database's.
    pub fn audit(
        &self,
        task: &Pubkey,
        subject: &Pubkey,
    ) -> Result<Option<PastAudit>, HistoryError> {
        let sql = format!("{AUDIT} WHERE subject = ?1 AND task = ?2 AND opened IS NOT NULL");
        let at = params![Key(*subject), Key(*task)];
        Ok(self.db.query_row(&sql, at, audit).optional()?)
    }

    /// At most `limit` votes on `subject`, in the order in which they were cast.
    ///
    /// # Errors
    /// The database's.
    pub fn votes(&self, subject: &Pubkey, limit: u32) -> Result<Vec<PastVote>, HistoryError> {
        self.all(
            "SELECT voter, slot, is_valid, weight FROM vote WHERE subject = ?1 ORDER BY id LIMIT ?2",
            params![Key(*subject), limit],
            |row| {
                Ok(PastVote {
                    voter: row.get::<_, Key>(0)?.0,
                    slot: bits(row, 1)?,
                    is_valid: row.get(2)?,
                    weight: bits(row, 3)?,
                })
            },
        )
    }

    /// The newest `limit` movements of `node` in `task`, newest first.
    ///
    /// # Errors
    /// The database's.
    pub fn movements(
        &self,
        task: &Pubkey,
        node: &Pubkey,
        limit: u32,
    ) -> Result<Vec<Movement>, HistoryError> {
        let sql = format!("{MOVEMENT} WHERE task = ?1 AND node = ?2 ORDER BY id DESC LIMIT ?3");
        self.all(&sql, params![Key(*task), Key(*node), limit], movement)
    }

    /// At most `limit` movements that came of a cycle of `task`, in their order.
    ///
    /// # Errors
    /// The database's.
    pub fn movements_in(
        &self,
        task: &Pubkey,
        cycle: u64,
        limit: u32,
    ) -> Result<Vec<Movement>, HistoryError> {
        let sql = format!("{MOVEMENT} WHERE task = ?1 AND cycle = ?2 ORDER BY id LIMIT ?3");
        self.all(&sql, params![Key(*task), Bits(cycle), limit], movement)
    }

    /// The available bounty of `task` in base units after each of its newest `limit` changes, with the slot,
    /// oldest first.
    ///
    /// # Errors
    /// The database's.
    pub fn bounty(&self, task: &Pubkey, limit: u32) -> Result<Vec<(u64, u64)>, HistoryError> {
        let mut found = self.all(
            "SELECT slot, available FROM bounty WHERE task = ?1 ORDER BY slot DESC LIMIT ?2",
            params![Key(*task), limit],
            |row| Ok((bits(row, 0)?, bits(row, 1)?)),
        )?;
        found.reverse();
        Ok(found)
    }

    /// What was staked in `task` in the newest `limit` rounds that were seen, oldest first.
    ///
    /// # Errors
    /// The database's.
    pub fn stakes(&self, task: &Pubkey, limit: u32) -> Result<Vec<StakePoint>, HistoryError> {
        let mut found = self.all(
            "SELECT round, active, warming, parked, locked FROM stake WHERE task = ?1
             ORDER BY round DESC LIMIT ?2",
            params![Key(*task), limit],
            |row| {
                Ok(StakePoint {
                    round: bits(row, 0)?,
                    active: bits(row, 1)?,
                    warming: bits(row, 2)?,
                    parked: bits(row, 3)?,
                    locked: bits(row, 4)?,
                })
            },
        )?;
        found.reverse();
        Ok(found)
    }

    /// `slot` with the time of its block, where a transaction in it is known; else with the one that `clock`
    /// reckons.
    ///
    /// # Errors
    /// The database's.
    pub fn moment(&self, clock: &Clock, slot: u64) -> Result<Moment, HistoryError> {
        let mut query = self.db.prepare_cached(
            "SELECT time FROM noted WHERE slot = ?1 AND time IS NOT NULL LIMIT 1",
        )?;
        let time = query.query_row([Bits(slot)], |row| row.get(0)).optional()?;
        let reckoned = clock.at(slot);
        Ok(Moment {
            time: time.or(reckoned.time),
            ..reckoned
        })
    }
}
