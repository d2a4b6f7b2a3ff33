//! The history goes on after a restart, and counts nothing twice.

use super::{
    kept::Kept,
    play::{active, challenge, close, pay},
    support::Board,
};
use gradual_consensus_client::ledger::{Ledger, LedgerError};
use gradual_consensus_dashboard::{
    desk::{Desk, Reader},
    history::{Chronicle, History, HistoryError, Listed, Transaction, follow},
};
use gradual_consensus_testkit::{
    Build, World,
    suite::stages::{CYCLE, EVERYBODY},
};
use solana_sdk::pubkey::Pubkey;
use std::{cell::RefCell, fs, path::PathBuf, sync::Mutex};

/// A file that is gone with this value.
struct File(PathBuf);

impl File {
    fn new(name: &str) -> Self {
        let name = format!("gradual-history-{name}-{}.sqlite", std::process::id());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for File {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            let mut path = self.0.clone().into_os_string();
            path.push(end);
            let _gone = fs::remove_file(path);
        }
    }
}

fn submissions(history: &History, world: &World) -> u32 {
    let cycle = history.cycle(&world.task_address(), CYCLE).unwrap();
    cycle.map_or(0, |cycle| cycle.submissions)
}

#[test]
fn a_restart_goes_on_where_the_last_process_ended() {
    let (world, kept) = (World::on(Build::Native).start_active(), Kept::default());
    let file = File::new("restart");
    for node in EVERYBODY {
        kept.keep(world.submit(node, CYCLE, b"proof"));
    }
    world.warp_to_audit(CYCLE + 1);
    let subject = world.submission_address(3, CYCLE);
    kept.keep(world.audit(0, subject, false));
    {
        // It ends after two transactions of five: the rest is listed and not noted yet.
        let history = Mutex::new(History::open(&file.0).unwrap());
        let followed = follow(&history, &kept, &world.task_address(), 2).unwrap();
        assert_eq!((followed.listed, followed.pending), (5, 3));
        assert_eq!(submissions(&history.lock().unwrap(), &world), 2);
    }
    kept.keep(world.audit(1, subject, false));
    let board = Board::with(&world, &kept, History::open(&file.0).unwrap());
    assert_eq!(submissions(&board.desk.history(), &world), 4);
    let votes = board.desk.history().votes(&subject, 10).unwrap();
    assert_eq!(votes.len(), 2);
    assert!(votes.iter().all(|vote| vote.weight == 1_000), "{votes:?}");
    drop(board);

    let history = Mutex::new(History::open(&file.0).unwrap());
    let followed = follow(&history, &kept, &world.task_address(), 10).unwrap();
    assert_eq!((followed.listed, followed.pending), (0, 0));
    let audits = history.lock().unwrap().audits(&world.task_address(), 10);
    let audits = audits.unwrap();
    assert_eq!(audits.len(), 1);
    assert_eq!(audits[0].weights, (0, 2_000));
    assert_eq!(audits[0].electorate, Some((4_000, 1_000)));
    let elsewhere = history.lock().unwrap().audit(&Pubkey::default(), &subject);
    assert_eq!(elsewhere.unwrap(), None, "another task's page");
}

#[test]
fn a_transaction_counts_once() {
    let (world, kept) = (World::on(Build::Native).start_active(), Kept::default());
    kept.keep(world.submit(0, CYCLE, b"proof"));
    let transaction = kept.read("00000000").unwrap().unwrap();
    let mut history = History::in_memory().unwrap();
    assert!(history.note(&transaction).unwrap());
    assert!(!history.note(&transaction).unwrap());
    assert_eq!(submissions(&history, &world), 1);
}

#[test]
fn a_file_of_something_else_is_refused_and_left_as_it_is() {
    let foreign = File::new("foreign");
    let other = rusqlite::Connection::open(&foreign.0).unwrap();
    other
        .execute_batch("CREATE TABLE bookmark (url TEXT)")
        .unwrap();
    drop(other);
    let before = fs::read(&foreign.0).unwrap();
    assert!(matches!(
        History::open(&foreign.0),
        Err(HistoryError::Foreign)
    ));
    assert_eq!(fs::read(&foreign.0).unwrap(), before);

    let text = File::new("text");
    fs::write(&text.0, "a text, which is no database\n".repeat(40)).unwrap();
    assert!(History::open(&text.0).is_err());
}

#[test]
fn a_history_is_of_one_cluster() {
    let file = File::new("cluster");
    History::open(&file.0).unwrap().keep_to("one").unwrap();
    let again = History::open(&file.0).unwrap();
    again.keep_to("one").unwrap();
    let refused = again.keep_to("another");
    assert!(matches!(refused, Err(HistoryError::OtherCluster)));
}

/// An RPC that lists a transaction before it can give it.
struct Late<'a> {
    kept: &'a Kept,
    gives: bool,
}

impl Chronicle for Late<'_> {
    fn list(
        &self,
        address: &Pubkey,
        before: Option<&str>,
        until: Option<&str>,
    ) -> Result<Vec<Listed>, LedgerError> {
        self.kept.list(address, before, until)
    }

    fn read(&self, signature: &str) -> Result<Option<Transaction>, LedgerError> {
        if self.gives {
            self.kept.read(signature)
        } else {
            Ok(None)
        }
    }
}

#[test]
fn a_transaction_that_is_listed_too_early_is_not_lost() {
    let (world, kept) = (World::on(Build::Native).start_active(), Kept::default());
    kept.keep(world.submit(0, CYCLE, b"proof"));
    let history = Mutex::new(History::in_memory().unwrap());
    for (gives, left, known) in [(false, 1, 0), (true, 0, 1)] {
        let late = Late { kept: &kept, gives };
        let followed = follow(&history, &late, &world.task_address(), 10).unwrap();
        assert_eq!(followed.pending, left);
        assert_eq!(submissions(&history.lock().unwrap(), &world), known);
    }
}

/// An RPC that lists each transaction for one address only, and notes what it is asked for.
#[derive(Default)]
struct Apart {
    all: Vec<(Pubkey, Transaction)>,
    asked: RefCell<Vec<Pubkey>>,
}

impl Apart {
    /// Also lists what `kept` has and this has not yet, for `address`.
    fn add(&mut self, kept: &Kept, address: Pubkey) {
        let begin = self.all.len();
        let new = (begin..).map_while(|number| kept.read(&format!("{number:08}")).unwrap());
        self.all.extend(new.map(|one| (address, one)));
    }
}

impl Chronicle for Apart {
    fn list(
        &self,
        address: &Pubkey,
        before: Option<&str>,
        until: Option<&str>,
    ) -> Result<Vec<Listed>, LedgerError> {
        if before.is_some() {
            return Ok(Vec::new());
        }
        self.asked.borrow_mut().push(*address);
        let named = self.all.iter().rev().filter(|(named, _)| named == address);
        let signatures = named.map(|(_, one)| one.signature.as_str());
        let new = signatures.take_while(|one| until != Some(*one));
        Ok(new
            .map(|signature| Listed {
                signature: signature.to_owned(),
                succeeded: true,
            })
            .collect())
    }

    fn read(&self, signature: &str) -> Result<Option<Transaction>, LedgerError> {
        let mut all = self.all.iter().map(|(_, one)| one);
        Ok(all.find(|one| one.signature == signature).cloned())
    }
}

#[test]
fn a_payout_that_names_no_task_is_found_by_its_cycle() {
    let (world, kept) = (active(), Kept::default());
    let (task, cycle) = (world.task_address(), world.cycle_address(CYCLE));
    let history = Mutex::new(History::in_memory().unwrap());
    let paid = || {
        let cycle = history.lock().unwrap().cycle(&task, CYCLE).unwrap();
        cycle.map_or(0, |cycle| cycle.paid)
    };
    challenge(&world, &kept);
    pay(&world, &kept);
    let mut ledger = Apart::default();
    ledger.add(&kept, task);
    let others = ledger.all.len() - 3;
    for (address, _) in &mut ledger.all[others..] {
        *address = cycle;
    }
    // The first turn notes that the list was accepted, the second follows its cycle.
    for (listed, expected) in [(others, 0), (3, 9_999), (0, 9_999)] {
        let followed = follow(&history, &ledger, &task, 100).unwrap();
        assert_eq!((followed.listed, followed.pending), (listed, 0));
        assert_eq!(paid(), expected);
    }

    close(&world, &kept);
    ledger.add(&kept, task);
    // The first turn notes that the cycle is closed, the second follows it for the last time.
    for asked in [vec![task, cycle], vec![task, cycle], vec![task]] {
        ledger.asked.take();
        follow(&history, &ledger, &task, 100).unwrap();
        assert_eq!(ledger.asked.take(), asked);
    }
    assert_eq!(paid(), 9_999);
}

/// An RPC that keeps no past, as many do.
struct Forgetful;

impl Chronicle for Forgetful {
    fn list(
        &self,
        _: &Pubkey,
        _: Option<&str>,
        _: Option<&str>,
    ) -> Result<Vec<Listed>, LedgerError> {
        Err(LedgerError::Unavailable("no past is kept".into()))
    }

    fn read(&self, _: &str) -> Result<Option<Transaction>, LedgerError> {
        Ok(None)
    }
}

#[test]
fn a_ledger_without_a_past_shows_the_present() {
    let world = World::on(Build::Native).start_active();
    let desk = Desk::new(History::in_memory().unwrap());
    desk.want(world.task_address());
    let mut reader = Reader::new(&world.bank, Forgetful, desk.clone());
    assert!(reader.step());
    let snapshot = desk.snapshot();
    assert_eq!(snapshot.clock.slot, world.bank.slot().unwrap());
    let books = &snapshot.books[&world.task_address()];
    let gap = books.gap.as_deref().unwrap();
    assert!(gap.contains("no past is kept"), "{gap}");
    assert_eq!(snapshot.problem, None);
}
