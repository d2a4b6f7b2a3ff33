//! From events to rows. Transactions are noted in the order in which they were processed.

use super::{Bits, History, HistoryError, Key, MovementKind, Transaction};
use gradual_consensus::{
    MAX_FAILED_DISTRIBUTIONS,
    events::{AuditResolved, Audited},
    rules::verdict::Verdict,
    state::{Status, SubjectKind},
};
use gradual_consensus_client::{
    address,
    books::Books,
    event::{Event, events},
};
use rusqlite::{OptionalExtension, params};
use solana_sdk::pubkey::Pubkey;

type Noted = rusqlite::Result<()>;

impl History {
    /// Notes what `transaction` told, and whether it was new: a transaction counts once.
    ///
    /// # Errors
    /// The database's; nothing of the transaction is noted then.
    pub fn note(&mut self, transaction: &Transaction) -> Result<bool, HistoryError> {
        let db = self.db.transaction()?;
        let is_new = note(&db, transaction)?;
        db.commit()?;
        Ok(is_new)
    }

    /// Notes what no event tells, from the accounts as of `slot`: the electorate of open audits, the bounty where
    /// a slash or a closed vote added to it, and what is staked in this round.
    ///
    /// # Errors
    /// The database's.
    pub fn look(&mut self, slot: u64, books: &Books) -> Result<(), HistoryError> {
        let db = self.db.transaction()?;
        for (address, subject) in books.subjects() {
            if subject.status() == Status::Pending {
                continue;
            }
            let audit = &subject.audit;
            db.execute(
                "UPDATE audit SET electorate = ?2, author_weight = ?3, author = ?4
                 WHERE subject = ?1 AND electorate IS NULL",
                params![
                    Key(address),
                    Bits(audit.electorate),
                    Bits(audit.author_weight),
                    Key(subject.author)
                ],
            )?;
        }
        let task = &books.task;
        db.execute(
            "INSERT INTO bounty SELECT ?1, ?2, ?3 WHERE ?3 IS NOT
             (SELECT available FROM bounty WHERE task = ?1 ORDER BY slot DESC LIMIT 1)
             ON CONFLICT DO UPDATE SET available = ?3",
            params![
                Key(task.address),
                Bits(slot),
                Bits(task.data.bounty_available)
            ],
        )?;
        let stakes = crate::view::Stakes::of(&task.data, &books.stakes, slot);
        db.execute(
            "INSERT INTO stake VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET active = ?3,
             warming = ?4, parked = ?5, locked = ?6",
            params![
                Key(task.address),
                Bits(task.data.current_round(slot)),
                Bits(stakes.active.0),
                Bits(stakes.warming.0),
                Bits(stakes.parked.0),
                Bits(stakes.locked.0)
            ],
        )?;
        db.commit()?;
        Ok(())
    }
}

/// Notes one transaction within an open one of the database.
pub(super) fn note(
    db: &rusqlite::Connection,
    transaction: &Transaction,
) -> Result<bool, HistoryError> {
    let is_new = db.execute(
        "INSERT OR IGNORE INTO noted VALUES (?1, ?2, ?3)",
        params![
            transaction.signature,
            Bits(transaction.slot),
            transaction.time
        ],
    )?;
    if is_new == 0 {
        return Ok(false);
    }
    let notes = Notes {
        db,
        slot: transaction.slot,
    };
    for event in events(&transaction.logs) {
        notes.event(&event)?;
    }
    Ok(true)
}

struct Notes<'a> {
    db: &'a rusqlite::Connection,
    slot: u64,
}

/// Where in a task something happened.
#[derive(Clone, Copy, Default)]
struct Place {
    cycle: Option<u64>,
    subject: Option<Pubkey>,
}

impl Place {
    const fn cycle(cycle: u64) -> Self {
        Self {
            cycle: Some(cycle),
            subject: None,
        }
    }
}

impl Notes<'_> {
    fn event(&self, event: &Event) -> Noted {
        match event {
            Event::TaskFunded(e) => self.bounty(e.task, e.available_after),
            Event::TaskMigrated(e) => {
                self.bounty(e.task, e.available_after)?;
                self.bounty(e.successor, e.successor_available_after)
            }
            Event::CycleOpened(_)
            | Event::Submitted(_)
            | Event::DistributionListSubmitted(_)
            | Event::DistributionFinalized(_)
            | Event::PaidOut(_)
            | Event::EqualSharePaid(_)
            | Event::CycleClosed(_) => self.cycle(event),
            Event::Audited(_) | Event::AuditResolved(_) | Event::VoteClosed(_) => self.audit(event),
            _ => self.stake(event),
        }
    }

    fn bounty(&self, task: Pubkey, available: u64) -> Noted {
        self.db.execute(
            "INSERT INTO bounty VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET available = ?3",
            params![Key(task), Bits(self.slot), Bits(available)],
        )?;
        Ok(())
    }

    /// Changes the row of a cycle, which is made where it is missing: `change` is SQL with the value `?3`.
    fn change(&self, task: Pubkey, cycle: u64, change: &str, value: impl rusqlite::ToSql) -> Noted {
        let at = params![Key(task), Bits(cycle)];
        self.db.execute(
            "INSERT OR IGNORE INTO cycle (task, cycle) VALUES (?1, ?2)",
            at,
        )?;
        let update = format!("UPDATE cycle SET {change} WHERE task = ?1 AND cycle = ?2");
        self.db
            .prepare_cached(&update)?
            .execute(params![Key(task), Bits(cycle), value])?;
        Ok(())
    }

    fn subject(&self, subject: Pubkey, task: Pubkey, cycle: u64, is_list: bool) -> Noted {
        self.db.execute(
            "INSERT OR IGNORE INTO audit (subject, task, cycle, is_list) VALUES (?1, ?2, ?3, ?4)",
            params![Key(subject), Key(task), Bits(cycle), is_list],
        )?;
        Ok(())
    }

    fn author(&self, subject: Pubkey, author: Pubkey) -> Noted {
        let update = "UPDATE audit SET author = ?2 WHERE subject = ?1";
        self.db
            .execute(update, params![Key(subject), Key(author)])?;
        Ok(())
    }

    fn moved(
        &self,
        (task, node): (Pubkey, Pubkey),
        kind: MovementKind,
        amount: u64,
        place: Place,
    ) -> Noted {
        let row = "INSERT INTO movement (task, node, slot, kind, amount, cycle, subject)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        self.db.prepare_cached(row)?.execute(params![
            Key(task),
            Key(node),
            Bits(self.slot),
            kind as u8,
            Bits(amount),
            place.cycle.map(Bits),
            place.subject.map(Key)
        ])?;
        Ok(())
    }

    fn cycle(&self, event: &Event) -> Noted {
        match event {
            Event::CycleOpened(e) => {
                self.bounty(e.task, e.available_after)?;
                self.change(e.task, e.cycle, "opened = ?3", Bits(self.slot))?;
                self.change(e.task, e.cycle, "opener = ?3", Key(e.opener))?;
                self.change(e.task, e.cycle, "bounty = ?3", Bits(e.bounty))
            }
            Event::Submitted(e) => {
                let cycle = address::cycle(&e.task, e.cycle);
                let subject = address::submission(&cycle, &e.node);
                self.subject(subject, e.task, e.cycle, false)?;
                self.author(subject, e.node)?;
                self.change(e.task, e.cycle, "submissions = ?3", e.submissions)
            }
            Event::DistributionListSubmitted(e) => {
                let cycle = address::cycle(&e.task, e.cycle);
                let subject = address::list(&cycle, e.attempt);
                self.subject(subject, e.task, e.cycle, true)?;
                self.author(subject, e.proposer)
            }
            Event::DistributionFinalized(e) => {
                self.bounty(e.task, e.available_after)?;
                if !e.accepted {
                    return Ok(());
                }
                self.change(e.task, e.cycle, "accepted = ?3", e.attempt)
            }
            Event::PaidOut(e) => {
                self.paid(e.task, e.cycle, e.amount, "payouts = payouts + ?3")?;
                let place = Place::cycle(e.cycle);
                self.moved((e.task, e.node), MovementKind::Paid, e.amount, place)
            }
            Event::EqualSharePaid(e) => {
                self.paid(e.task, e.cycle, e.amount, "equal = equal + ?3")?;
                let place = Place::cycle(e.cycle);
                self.moved((e.task, e.node), MovementKind::EqualShare, e.amount, place)
            }
            Event::CycleClosed(e) => {
                self.bounty(e.task, e.available_after)?;
                self.change(e.task, e.cycle, "closed = ?3", Bits(self.slot))
            }
            _ => Ok(()),
        }
    }

    fn paid(&self, task: Pubkey, cycle: u64, amount: u64, count: &str) -> Noted {
        self.change(task, cycle, "paid = paid + ?3", Bits(amount))?;
        self.change(task, cycle, count, 1)
    }

    fn audit(&self, event: &Event) -> Noted {
        match event {
            Event::Audited(e) => self.vote(e),
            Event::AuditResolved(e) => self.resolved(e),
            Event::VoteClosed(e) if e.share > 0 => {
                let find = "SELECT cycle FROM audit WHERE subject = ?1";
                let cycle = self.db.query_row(find, [Key(e.subject)], |row| row.get(0));
                let place = Place {
                    cycle: cycle.optional()?.map(|Bits(cycle)| cycle),
                    subject: Some(e.subject),
                };
                self.moved((e.task, e.voter), MovementKind::VoteShare, e.share, place)
            }
            _ => Ok(()),
        }
    }

    fn vote(&self, e: &Audited) -> Noted {
        let find = "SELECT valid, invalid FROM audit WHERE subject = ?1";
        let before = self.db.query_row(find, [Key(e.subject)], |row| {
            Ok((row.get::<_, Bits>(0)?.0, row.get::<_, Bits>(1)?.0))
        });
        let before = match before.optional()? {
            Some(before) => before,
            None => {
                // It was handed in before this history begins.
                let cycle = address::cycle(&e.task, e.cycle);
                let is_list = (0..=MAX_FAILED_DISTRIBUTIONS)
                    .any(|attempt| address::list(&cycle, attempt) == e.subject);
                self.subject(e.subject, e.task, e.cycle, is_list)?;
                (0, 0)
            }
        };
        let weight = if e.is_valid {
            e.weight_valid.saturating_sub(before.0)
        } else {
            e.weight_invalid.saturating_sub(before.1)
        };
        self.db.execute(
            "UPDATE audit SET valid = ?2, invalid = ?3 WHERE subject = ?1",
            params![Key(e.subject), Bits(e.weight_valid), Bits(e.weight_invalid)],
        )?;
        self.db.execute(
            "INSERT OR IGNORE INTO vote (subject, voter, slot, is_valid, weight) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                Key(e.subject),
                Key(e.voter),
                Bits(self.slot),
                e.is_valid,
                Bits(weight)
            ],
        )?;
        if !e.opened {
            return Ok(());
        }
        self.db.execute(
            "UPDATE audit SET opened = ?2, challenger = ?3 WHERE subject = ?1",
            params![Key(e.subject), Bits(self.slot), Key(e.voter)],
        )?;
        self.change(e.task, e.cycle, "challenged = challenged + ?3", 1)
    }

    fn resolved(&self, e: &AuditResolved) -> Noted {
        let slashed = e.stake_before.saturating_sub(e.stake_after);
        self.subject(e.subject, e.task, e.cycle, e.kind == SubjectKind::List)?;
        self.db.execute(
            "UPDATE audit SET resolved = ?2, outcome = ?3, stands = ?4, slashed_node = ?5, slashed = ?6,
             to_winner = ?7, to_voters = ?8, to_bounty = ?9 WHERE subject = ?1",
            params![
                Key(e.subject),
                Bits(self.slot),
                e.outcome,
                e.stands,
                e.slashed_node.map(Key),
                Bits(slashed),
                Bits(e.to_winner),
                Bits(e.to_voters),
                Bits(e.to_bounty)
            ],
        )?;
        self.change(e.task, e.cycle, "slashed = slashed + ?3", Bits(slashed))?;
        let place = Place {
            cycle: Some(e.cycle),
            subject: Some(e.subject),
        };
        let (count, winner) = match Verdict::from_number(e.outcome) {
            Some(Verdict::Upheld) => ("upheld = upheld + ?3", "challenger"),
            Some(Verdict::Dismissed) => ("dismissed = dismissed + ?3", "author"),
            _ => return self.change(e.task, e.cycle, "undecided = undecided + ?3", 1),
        };
        self.change(e.task, e.cycle, count, 1)?;
        if let Some(node) = e.slashed_node {
            self.moved((e.task, node), MovementKind::Slashed, slashed, place)?;
        }
        let winner = self.db.query_row(
            &format!("SELECT {winner} FROM audit WHERE subject = ?1"),
            [Key(e.subject)],
            |row| row.get::<_, Option<Key>>(0),
        )?;
        match winner {
            Some(Key(node)) if e.to_winner > 0 => {
                self.moved((e.task, node), MovementKind::Won, e.to_winner, place)
            }
            _ => Ok(()),
        }
    }

    fn stake(&self, event: &Event) -> Noted {
        let of =
            |task, node, kind, amount| self.moved((task, node), kind, amount, Place::default());
        match event {
            Event::Staked(e) => of(e.task, e.node, MovementKind::Staked, e.amount),
            Event::Withdrawn(e) => of(e.task, e.node, MovementKind::Withdrawn, e.amount),
            Event::StakeMigrated(e) => {
                of(e.task, e.node, MovementKind::MovedAway, e.amount)?;
                of(e.successor, e.node, MovementKind::MovedHere, e.amount)
            }
            Event::StakeParked(e) => of(e.task, e.node, MovementKind::Parked, e.amount),
            Event::StakeResumed(e) => of(e.task, e.node, MovementKind::Resumed, e.amount),
            Event::RewardClaimed(e) => of(e.task, e.node, MovementKind::Claimed, e.amount),
            Event::Compounded(e) => of(e.task, e.node, MovementKind::Compounded, e.amount),
            _ => Ok(()),
        }
    }
}
