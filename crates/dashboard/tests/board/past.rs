//! The history goes on after a restart, and counts nothing twice.

use super::support::{Board, Kept};
use gradual_consensus_client::ledger::{Ledger, LedgerError};
use gradual_consensus_dashboard::{
    desk::{Desk, Reader},
    history::{Chronicle, History, Listed, Transaction, follow},
};
use gradual_consensus_testkit::{
    Build, World,
    suite::stages::{CYCLE, EVERYBODY},
};
use solana_sdk::pubkey::Pubkey;
use std::{fs, path::PathBuf, sync::Mutex};

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
        let left = follow(&history, &kept, &world.task_address(), 2).unwrap();
        assert_eq!(left, 3);
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
    assert_eq!(
        follow(&history, &kept, &world.task_address(), 10).unwrap(),
        0
    );
    let audits = history.lock().unwrap().audits(&world.task_address(), 10);
    let audits = audits.unwrap();
    assert_eq!(audits.len(), 1);
    assert_eq!(audits[0].weights, (0, 2_000));
    assert_eq!(audits[0].electorate, Some((4_000, 1_000)));
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

/// An RPC that keeps no past, as many do.
struct Forgetful;

impl Chronicle for Forgetful {
    fn list(
        &self,
        _: &Pubkey,
        _: Option<&str>,
        _: Option<&str>,
    ) -> Result<Vec<Listed>, LedgerError> {
        Err(LedgerError::Unsupported("no past is kept".into()))
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
    assert!(snapshot.books.contains_key(&world.task_address()));
    assert_eq!(snapshot.problem, None);
}
