//! Several ledgers of one chain as one: a node changes over to one that is fit, and loses nothing.

use super::{
    node::{metrics, run},
    runner::fresh_step,
};
use gradual_consensus_client::ledger::{Filter, Ledger, LedgerError, Receipt, Urgency};
use gradual_consensus_node::{
    daemon::{End, Exposed},
    failover::{DEFAULT_MAX_LAG, Failover},
    runner::CycleView,
};
use gradual_consensus_testkit::{Build, World, bank::Bank, on_every_build};
use solana_sdk::{account::Account, instruction::Instruction, pubkey::Pubkey, signature::Keypair};
use std::{
    cell::Cell,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

on_every_build! {
    a_node_changes_over_and_loses_no_cycle,
    one_that_lags_is_left_until_it_has_caught_up,
    a_transaction_is_handed_to_one_ledger_only,
    one_ledger_alone_is_asked_as_it_is,
    what_is_not_known_to_have_landed_is_forgiven_once,
    what_a_ledger_does_not_offer_is_asked_of_another_one,
    nothing_older_than_what_was_read_is_read_from_another_one,
    where_all_were_set_back_nothing_is_read_until_one_is_ahead_again,
}

/// A way to the bank that may be broken in each of the ways that the policy knows.
struct Line<'a> {
    bank: &'a Bank,
    is_down: Cell<bool>,
    lacks_program_accounts: Cell<bool>,
    loses_transactions: Cell<bool>,
    leaves_transactions_open: Cell<bool>,
    behind: Cell<u64>,
    sends: Cell<u32>,
}

impl<'a> Line<'a> {
    const fn to(bank: &'a Bank) -> Self {
        Self {
            bank,
            is_down: Cell::new(false),
            lacks_program_accounts: Cell::new(false),
            loses_transactions: Cell::new(false),
            leaves_transactions_open: Cell::new(false),
            behind: Cell::new(0),
            sends: Cell::new(0),
        }
    }

    fn fails(&self, also: bool) -> Result<(), LedgerError> {
        if self.is_down.get() || also {
            return Err(LedgerError::Unavailable("the line is down".into()));
        }
        Ok(())
    }
}

impl Ledger for &Line<'_> {
    fn slot(&self) -> Result<u64, LedgerError> {
        self.fails(false)?;
        Ok(self.bank.slot()?.saturating_sub(self.behind.get()))
    }

    fn accounts(&self, addresses: &[Pubkey]) -> Result<Vec<Option<Account>>, LedgerError> {
        self.fails(false)?;
        self.bank.accounts(addresses)
    }

    fn program_accounts(
        &self,
        filters: &[Filter],
        part: Option<Range<usize>>,
    ) -> Result<Vec<(Pubkey, Account)>, LedgerError> {
        self.fails(false)?;
        if self.lacks_program_accounts.get() {
            return Err(LedgerError::Unsupported("to list accounts".into()));
        }
        self.bank.program_accounts(filters, part)
    }

    fn send(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Receipt, LedgerError> {
        self.fails(false)?;
        self.sends.set(self.sends.get() + 1);
        // It gets through; the answer does not.
        let sent = self.bank.send(instructions, signers);
        self.fails(self.loses_transactions.get())?;
        if self.leaves_transactions_open.get() {
            return Err(LedgerError::Unsettled("it was sent".into()));
        }
        sent
    }
}

/// A clock that is set by hand, in seconds.
#[derive(Clone, Default)]
struct Clock(Arc<AtomicU64>);

impl Clock {
    fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

fn over<'a>(lines: &'a [Line<'a>], clock: &Clock) -> Failover<&'a Line<'a>> {
    let time = clock.clone();
    let named = lines.iter().zip(["first", "second", "third"]);
    let named = named.map(|(line, name)| (name.to_owned(), line)).collect();
    Failover::with_clock(named, DEFAULT_MAX_LAG, move || {
        Duration::from_secs(time.0.load(Ordering::Relaxed))
    })
}

/// Each cycle something else is wrong with one of the lines, and the node loses none.
fn a_node_changes_over_and_loses_no_cycle(build: Build) {
    let world = World::on(build).start();
    let (lines, clock) = (
        [Line::to(&world.bank), Line::to(&world.bank)],
        Clock::default(),
    );
    let ledger = over(&lines, &clock);
    let (metrics, stop) = (metrics(&world), AtomicBool::new(false));
    let schedule = world.schedule();
    let last = schedule.boundary(6).unwrap();
    let mut trusted = Vec::new();
    let mut wakes = [0; 4];
    let end = run(&world, &ledger, &metrics, &stop, |_| {
        let slot = world.slot();
        let round = schedule.round_at(slot).unwrap_or_default();
        lines[0].is_down.set(round == 2);
        lines[0].lacks_program_accounts.set(round == 3);
        lines[0].behind.set(if round == 4 { 60 } else { 0 });
        lines[1].is_down.set(round == 5);
        ledger.look();
        if trusted.last().is_none_or(|last| last != ledger.trusted()) {
            trusted.push(ledger.trusted().to_owned());
        }
        if slot >= last && world.task().is_active == 1 {
            world.set_active(false).unwrap();
        }
        for (node, wake) in wakes.iter_mut().enumerate().skip(1) {
            if *wake <= slot {
                let step = fresh_step(&world, &world.bank, node, None);
                *wake = step.unwrap().wake_at;
            }
        }
        let open = CycleView::open_cycles(&world.bank, &world.tokens.task).unwrap();
        if slot >= last && open.is_empty() && world.node_stake(0).available_balance == 0 {
            stop.store(true, Ordering::Relaxed);
        }
        assert!(slot < schedule.boundary(16).unwrap(), "nothing goes on");
        world.warp_to(slot + 2);
        clock.advance(1);
    });
    assert_eq!(end.unwrap(), End::Stopped);
    assert_eq!(trusted, ["first", "second", "first"]);
    // Cycles 1 to 5, a fourth of each.
    assert_eq!(world.node_stake(0).earned, 5 * (10_000 / 4));
    let text = ledger.text();
    assert!(
        text.contains("gradual_rpc_trusted{rpc=\"first\"} 1"),
        "{text}"
    );
    let failures = text
        .lines()
        .find(|line| line.starts_with("gradual_rpc_failures_total{rpc=\"second\"}"));
    assert!(!failures.unwrap().ends_with(" 0"), "{text}");
}

fn one_that_lags_is_left_until_it_has_caught_up(build: Build) {
    let world = World::on(build).start();
    world.warp_to(1_000);
    let lines = [
        Line::to(&world.bank),
        Line::to(&world.bank),
        Line::to(&world.bank),
    ];
    let clock = Clock::default();
    let ledger = over(&lines, &clock);
    lines[0].behind.set(DEFAULT_MAX_LAG);
    ledger.look();
    assert_eq!(ledger.trusted(), "first");
    lines[0].behind.set(DEFAULT_MAX_LAG + 1);
    ledger.look();
    assert_eq!(ledger.trusted(), "second");
    assert_eq!(ledger.slot().unwrap(), 1_000);
    lines[0].behind.set(0);
    ledger.look();
    clock.advance(59);
    ledger.look();
    assert_eq!(ledger.trusted(), "second", "it has not settled");
    clock.advance(1);
    ledger.look();
    assert_eq!(ledger.trusted(), "first");
}

/// A transaction whose answer was lost is not sent a second time by itself: that is for the caller, who looks
/// first.
fn a_transaction_is_handed_to_one_ledger_only(build: Build) {
    let world = World::on(build).start_active();
    let (lines, clock) = (
        [Line::to(&world.bank), Line::to(&world.bank)],
        Clock::default(),
    );
    let ledger = over(&lines, &clock);
    lines[0].loses_transactions.set(true);
    let cycle = world.task().current_round(world.slot()) - 1;
    let send = |node: usize| {
        let submit = world.submit_ix(node, cycle, b"found");
        ledger.send(&[submit], &[&world.nodes[node].keypair])
    };
    assert!(matches!(send(0), Err(LedgerError::Unavailable(_))));
    assert_eq!([lines[0].sends.get(), lines[1].sends.get()], [1, 0]);
    assert_eq!(ledger.trusted(), "first", "one may be lost anywhere");
    assert!(!world.is_gone(&world.submission_address(0, cycle)));
    assert!(matches!(send(1), Err(LedgerError::Unavailable(_))));
    assert_eq!(ledger.trusted(), "second");
    send(2).unwrap();
    assert_eq!([lines[0].sends.get(), lines[1].sends.get()], [2, 1]);
    // What the program refuses is no fault of the line.
    assert!(send(2).unwrap_err().program_error().is_some());
    assert_eq!(ledger.trusted(), "second");
}

fn one_ledger_alone_is_asked_as_it_is(build: Build) {
    let world = World::on(build).start();
    let (lines, clock) = ([Line::to(&world.bank)], Clock::default());
    let ledger = over(&lines, &clock);
    lines[0].is_down.set(true);
    for _ in 0..9 {
        assert!(ledger.slot().is_err());
        ledger.look();
    }
    lines[0].is_down.set(false);
    assert_eq!(ledger.slot().unwrap(), world.slot());
}

fn what_is_not_known_to_have_landed_is_forgiven_once(build: Build) {
    let world = World::on(build).start_active();
    let (lines, clock) = (
        [Line::to(&world.bank), Line::to(&world.bank)],
        Clock::default(),
    );
    let ledger = over(&lines, &clock);
    lines[0].leaves_transactions_open.set(true);
    let cycle = world.task().current_round(world.slot()) - 1;
    let send = |node: usize| {
        let submit = world.submit_ix(node, cycle, b"found");
        let urgency = Urgency {
            until: u64::MAX,
            at_stake: None,
        };
        ledger.send_urgent(&[submit], &[&world.nodes[node].keypair], &urgency)
    };
    assert!(matches!(send(0), Err(LedgerError::Unsettled(_))));
    assert_eq!(ledger.trusted(), "first", "one may be lost anywhere");
    // A ledger that takes transactions and passes none on looks like this.
    assert!(matches!(send(1), Err(LedgerError::Unsettled(_))));
    assert_eq!(ledger.trusted(), "second");
    send(2).unwrap();
}

fn what_a_ledger_does_not_offer_is_asked_of_another_one(build: Build) {
    let world = World::on(build).start();
    let (lines, clock) = (
        [Line::to(&world.bank), Line::to(&world.bank)],
        Clock::default(),
    );
    let ledger = over(&lines, &clock);
    lines[0].lacks_program_accounts.set(true);
    ledger.program_accounts(&[], Some(0..8)).unwrap();
    assert_eq!(ledger.trusted(), "second");
    lines[1].lacks_program_accounts.set(true);
    let listed = ledger.program_accounts(&[], Some(0..8));
    assert!(matches!(listed, Err(LedgerError::Unsupported(_))));
}

fn nothing_older_than_what_was_read_is_read_from_another_one(build: Build) {
    let world = World::on(build).start();
    world.warp_to(1_000);
    let (lines, clock) = (
        [Line::to(&world.bank), Line::to(&world.bank)],
        Clock::default(),
    );
    let ledger = over(&lines, &clock);
    assert_eq!(ledger.slot().unwrap(), 1_000);
    lines[0].is_down.set(true);
    lines[1].behind.set(3);
    let task = [world.tokens.task];
    assert!(ledger.accounts(&task).is_err());
    assert_eq!(ledger.trusted(), "second");
    lines[1].behind.set(0);
    assert!(ledger.accounts(&task).unwrap()[0].is_some());
}

/// A node remembers what it saw: a chain that was set back is played by a process that has seen nothing else.
fn where_all_were_set_back_nothing_is_read_until_one_is_ahead_again(build: Build) {
    let world = World::on(build).start();
    world.warp_to(1_000);
    let (lines, clock) = (
        [Line::to(&world.bank), Line::to(&world.bank)],
        Clock::default(),
    );
    let ledger = over(&lines, &clock);
    assert_eq!(ledger.slot().unwrap(), 1_000);
    lines[0].is_down.set(true);
    assert_eq!(ledger.slot().unwrap(), 1_000);
    lines[0].is_down.set(false);
    for line in &lines {
        line.behind.set(DEFAULT_MAX_LAG * 2);
    }
    let task = [world.tokens.task];
    for _ in 0..3 {
        ledger.look();
        clock.advance(60);
        assert_eq!(ledger.slot().unwrap(), 900);
        assert!(ledger.accounts(&task).is_err());
    }
    world.warp_to(1_100);
    assert!(ledger.accounts(&task).unwrap()[0].is_some());
}
