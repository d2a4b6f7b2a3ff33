//! The node as a process runs it: its loop, on a ledger that often does not answer.

use super::runner::fresh_step;
use gradual_consensus_client::{
    amount::{Amount, Unit},
    ledger::{Ledger, LedgerError, Receipt, Tap, Tapped},
};
use gradual_consensus_node::{
    daemon::{self, End, Metrics, Settings},
    logic::{DistributionCycle, LogicError, Proof, TaskLogic},
    runner::{AUDIT_RATE, CycleView, NodeRunner, Rewards, RunnerError, RunnerOptions},
};
use gradual_consensus_testkit::{Build, Echo, STAKE, World, bank::Bank, on_every_build};
use solana_sdk::{account::Account, instruction::Instruction, pubkey::Pubkey, signature::Keypair};
use std::{
    cell::{Cell, RefCell},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

on_every_build! {
    goes_on_whatever_the_ledger_does,
    ends_with_its_task,
    leaves_a_task_that_has_ended,
    waits_for_a_stake,
    stops_when_it_is_asked_to,
    sends_nothing_after_its_window,
    says_that_it_was_slashed,
    begins_work_that_failed_again_at_once,
}

/// A ledger that fails one in so many calls: before it did what it was asked, or after.
struct Flaky {
    one_in: u64,
    random: Cell<u64>,
    sends: Cell<u32>,
    gone: Cell<bool>,
}

impl Flaky {
    fn on(bank: &Bank, one_in: u64) -> Tapped<&Bank, Self> {
        let tap = Self {
            one_in,
            random: Cell::new(0x9e37_79b9_7f4a_7c15),
            sends: Cell::new(0),
            gone: Cell::new(false),
        };
        Tapped { ledger: bank, tap }
    }

    fn fails(&self) -> Result<(), LedgerError> {
        // Xorshift: the same failures in every run, at no regular distance.
        let mut random = self.random.get();
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        self.random.set(random);
        if random.is_multiple_of(self.one_in) {
            return Err(LedgerError::Unavailable("the line is down".into()));
        }
        Ok(())
    }
}

impl Tap for Flaky {
    fn before_read(&self) -> Result<(), LedgerError> {
        self.fails()
    }

    fn after_accounts(&self, accounts: &mut [Option<Account>]) {
        if self.gone.get() {
            accounts.fill(None);
        }
    }

    fn before_send<'a>(
        &'a self,
        _: &[Instruction],
        _: &mut Vec<&'a Keypair>,
    ) -> Result<(), LedgerError> {
        self.fails()?;
        self.sends.set(self.sends.get() + 1);
        Ok(())
    }

    /// The answer may be lost though the transaction is not.
    fn after_send(&self, _: &[Instruction], _: &Receipt) -> Result<(), LedgerError> {
        self.fails()
    }
}

pub(crate) fn settings(world: &World) -> Settings {
    Settings {
        options: RunnerOptions {
            propose: true,
            rewards: Rewards::Claim(world.nodes[0].wallet),
            min_reward: Amount::ZERO,
            audit_rate: AUDIT_RATE,
        },
        low_lamports: 0,
        low_stake: Amount::ZERO,
    }
}

/// Runs node 0 as its process would; `sleep` is told to let time pass.
pub(crate) fn run<L: Ledger>(
    world: &World,
    ledger: &L,
    metrics: &Metrics,
    stop: &AtomicBool,
    sleep: impl FnMut(Duration),
) -> Result<End, RunnerError> {
    let person = &world.nodes[0];
    let logic = Echo {
        node: person.pubkey(),
        lies: false,
    };
    let node = (world.tokens.task, person.keypair.insecure_clone());
    daemon::run(ledger, node, logic, &settings(world), metrics, stop, sleep)
}

pub(crate) fn metrics(world: &World) -> Metrics {
    let node = world.nodes[0].pubkey();
    Metrics::new(&world.tokens.task, &node, Duration::from_secs(600))
}

/// The metric's value, without the labels of task and node.
fn value(metrics: &Metrics, name: &str, label: &str) -> Option<f64> {
    let text = metrics.text();
    let line = text.lines().find(|line| {
        line.starts_with(&format!("gradual_{name}{{")) && line.contains(&format!("{label}}} "))
    })?;
    line.rsplit(' ').next()?.parse().ok()
}

/// `units` base units in tokens of the suite's mint, which has six decimals.
fn tokens(units: u64) -> Option<f64> {
    Some(units as f64 / 1e6)
}

/// The loop gets over every failure, loses no cycle, and tells how it went.
fn goes_on_whatever_the_ledger_does(build: Build) {
    let world = World::on(build).start();
    let ledger = Flaky::on(&world.bank, 20);
    let (metrics, stop) = (metrics(&world), AtomicBool::new(false));
    let schedule = world.schedule();
    let last = schedule.boundary(4).unwrap();
    let wakes = RefCell::new([0; 4]);
    let end = run(&world, &ledger, &metrics, &stop, |_| {
        let slot = world.slot();
        if slot >= last && world.task().is_active == 1 {
            world.set_active(false).unwrap();
        }
        for (node, wake) in wakes.borrow_mut().iter_mut().enumerate().skip(1) {
            if *wake <= slot {
                *wake = fresh_step(&world, &world.bank, node, Some(3))
                    .unwrap()
                    .wake_at;
            }
        }
        world.check_books();
        let open = CycleView::open_cycles(&world.bank, &world.tokens.task).unwrap();
        let unclaimed = world.node_stake(0).available_balance;
        if slot >= last && open.is_empty() && unclaimed == 0 {
            stop.store(true, Ordering::Relaxed);
        }
        assert!(slot < schedule.boundary(14).unwrap(), "nothing goes on");
        world.warp_to(slot + 2);
    });
    assert_eq!(end.unwrap(), End::Stopped);

    let stake = world.node_stake(0);
    assert_eq!(stake.open_accounts, 0);
    assert!(stake.earned > 3 * (10_000 / 4), "{}", stake.earned);
    assert_eq!(stake.claimed, stake.earned);
    let told = |name: &str, label: &str| value(&metrics, name, label);
    assert_eq!(told("earned_total", ""), tokens(stake.earned));
    assert_eq!(told("stake", "state=\"active\""), tokens(STAKE));
    // Some confirmations were lost, what they confirmed was not.
    let submitted = told("sent_total", "instruction=\"submit\"").unwrap();
    assert!((2.0..=4.0).contains(&submitted), "{submitted}");
    assert!(told("unavailable_total", "").unwrap() > 20.0);
    assert!(told("slot_seconds", "").is_some());
    assert_eq!(told("healthy", ""), Some(1.0));
    let phases = metrics.text().matches("gradual_phase{").count();
    assert_eq!(phases, 5);
}

/// A task that was there and is gone ends the node; one that never was is an error.
fn ends_with_its_task(build: Build) {
    let world = World::on(build).start();
    let ledger = Flaky::on(&world.bank, u64::MAX);
    let (metrics, stop) = (metrics(&world), AtomicBool::new(false));
    let mut sleeps = 0;
    let end = run(&world, &ledger, &metrics, &stop, |_| {
        sleeps += 1;
        ledger.tap.gone.set(sleeps > 2);
        world.warp_to(world.slot() + 200);
        assert!(sleeps < 20);
    });
    assert_eq!(end.unwrap(), End::TaskGone);
    let never = run(&world, &ledger, &metrics, &stop, |_| {
        panic!("no need to wait")
    });
    assert!(matches!(never, Err(RunnerError::NoTask(_))));
}

/// A node whose task has ended closes its stake account once nothing is left in it, and is done, even
/// where the ledger does not tell that it was closed.
fn leaves_a_task_that_has_ended(build: Build) {
    for one_in in [u64::MAX, 3] {
        let world = World::on(build.clone()).stakes(&[STAKE]).start_active();
        let ledger = Flaky::on(&world.bank, one_in);
        let (metrics, stop) = (metrics(&world), AtomicBool::new(false));
        let end = run(&world, &ledger, &metrics, &stop, |_| {
            let slot = world.slot();
            let round = world.schedule().round_at(slot).unwrap();
            if round == 3 && world.task().is_active == 1 {
                world.set_active(false).unwrap();
            }
            if round >= 6 && !world.is_gone(&world.stake_address(0)) {
                let stake = world.node_stake(0);
                if stake.stake.total() > 0 && slot >= stake.locked_until_slot {
                    world.withdraw(0, STAKE).unwrap();
                }
            }
            assert!(round < 30, "the node does not leave");
            world.warp_to(slot + 5);
        });
        assert_eq!(end.unwrap(), End::Left);
        assert!(world.is_gone(&world.stake_address(0)));
        assert_eq!(world.task().node_count, 0);
        world.close_task().unwrap();
    }
}

/// A node that has not staked waits until it has.
fn waits_for_a_stake(build: Build) {
    let world = World::on(build).stakes(&[0, STAKE]).start();
    let (metrics, stop) = (metrics(&world), AtomicBool::new(false));
    let mut sleeps = 0;
    let end = run(&world, &world.bank, &metrics, &stop, |_| {
        sleeps += 1;
        if sleeps == 5 {
            world.stake(0, STAKE).unwrap();
        }
        stop.store(sleeps == 10, Ordering::Relaxed);
    });
    assert_eq!(end.unwrap(), End::Stopped);
    assert_eq!(value(&metrics, "stake", "state=\"warming\""), tokens(STAKE));
}

/// A node that is asked to stop sends nothing any more.
fn stops_when_it_is_asked_to(build: Build) {
    let world = World::on(build).start();
    let ledger = Flaky::on(&world.bank, u64::MAX);
    let (metrics, stop) = (metrics(&world), AtomicBool::new(false));
    let end = run(&world, &ledger, &metrics, &stop, |_| {
        // Something is due there.
        world.warp_to(world.schedule().boundary(2).unwrap());
        stop.store(true, Ordering::Relaxed);
    });
    assert_eq!(end.unwrap(), End::Stopped);
    assert_eq!(ledger.tap.sends.get(), 0);
}

/// Work that takes longer than the window is not sent.
fn sends_nothing_after_its_window(build: Build) {
    // The bounty is for cycle 2: no other can be opened.
    let world = World::on(build).bounty(10_000).start();
    world.begin_cycle(1, 2);
    let ledger = Flaky::on(&world.bank, u64::MAX);
    let person = &world.nodes[0];
    let window = world.schedule().submission_window(3).unwrap();
    let logic = Slow {
        world: &world,
        until: window.end + 1,
    };
    let key = person.keypair.insecure_clone();
    let options = settings(&world).options;
    let mut runner = NodeRunner::new(&ledger, world.tokens.task, key, logic, options);
    let step = runner.step().unwrap();
    assert_eq!((ledger.tap.sends.get(), step.done), (0, vec![]));
    assert!(
        step.failed[0].1.contains("window closed"),
        "{:?}",
        step.failed
    );
}

/// A node that was slashed says so: in its health, which turns bad, and in its metrics.
fn says_that_it_was_slashed(build: Build) {
    let world = World::on(build).start();
    let (metrics, stop) = (metrics(&world), AtomicBool::new(false));
    let person = &world.nodes[0];
    let logic = Echo {
        node: person.pubkey(),
        lies: true,
    };
    let node = (world.tokens.task, person.keypair.insecure_clone());
    let settings = settings(&world);
    let last = world.schedule().boundary(3).unwrap();
    let mut was_well = false;
    let end = daemon::run(&world.bank, node, logic, &settings, &metrics, &stop, |_| {
        for node in 1..4 {
            fresh_step(&world, &world.bank, node, None).unwrap();
        }
        if world.node_stake(0).slashed == 0 {
            let (healthy, line) = metrics.health();
            assert!(healthy, "{line}");
            was_well = true;
        }
        stop.store(world.slot() > last, Ordering::Relaxed);
        world.warp_to(world.slot() + 5);
    });
    assert_eq!(end.unwrap(), End::Stopped);
    assert!(was_well);
    let lost = STAKE * 7 / 10;
    assert_eq!(world.node_stake(0).slashed, lost);
    let (healthy, line) = metrics.health();
    let amount = Unit::of(&world.task()).show(lost);
    let told = format!("slashed: lost {amount} in cycle 1: ");
    assert!(!healthy && line.starts_with(&told), "{line}");
    let told = |name: &str| value(&metrics, name, "");
    assert_eq!(told("slashed_total"), tokens(lost));
    assert_eq!(told("slashes_total"), Some(1.0));
    assert_eq!(told("last_slash_cycle"), Some(1.0));
    assert_eq!(told("healthy"), Some(0.0));
}

/// Work during which time passes.
struct Slow<'a> {
    world: &'a World,
    until: u64,
}

impl TaskLogic for Slow<'_> {
    fn work(&mut self, _: u64) -> Result<Vec<u8>, LogicError> {
        self.world.warp_to(self.until);
        Ok(vec![1])
    }

    fn audit(&mut self, _: &Proof) -> Result<bool, LogicError> {
        Err("not asked".into())
    }

    fn distribution(
        &mut self,
        _: &DistributionCycle,
        _: &[Proof],
        _: &[bool],
    ) -> Result<Vec<(Pubkey, u64)>, LogicError> {
        Err("not asked".into())
    }
}

/// A logic whose work goes on beside everything else, and fails when it is first looked at.
struct Stumbling<'a> {
    echo: Echo,
    log: &'a RefCell<Vec<&'static str>>,
}

impl TaskLogic for Stumbling<'_> {
    fn work(&mut self, cycle: u64) -> Result<Vec<u8>, LogicError> {
        self.echo.work(cycle)
    }

    fn begin_work(&mut self, _: u64) -> bool {
        self.log.borrow_mut().push("begun");
        true
    }

    fn try_work(&mut self, cycle: u64) -> Result<Option<Vec<u8>>, LogicError> {
        if self.log.borrow().contains(&"failed") {
            return self.echo.work(cycle).map(Some);
        }
        self.log.borrow_mut().push("failed");
        Err("it ended early".into())
    }

    fn audit(&mut self, proof: &Proof) -> Result<bool, LogicError> {
        self.echo.audit(proof)
    }

    fn distribution(
        &mut self,
        cycle: &DistributionCycle,
        submissions: &[Proof],
        verdicts: &[bool],
    ) -> Result<Vec<(Pubkey, u64)>, LogicError> {
        self.echo.distribution(cycle, submissions, verdicts)
    }
}

/// The node never sleeps over work that has failed: its next look may be a window away.
fn begins_work_that_failed_again_at_once(build: Build) {
    let world = World::on(build).start();
    let (metrics, stop) = (metrics(&world), AtomicBool::new(false));
    let person = &world.nodes[0];
    let log = RefCell::new(Vec::new());
    let echo = Echo {
        node: person.pubkey(),
        lies: false,
    };
    let logic = Stumbling { echo, log: &log };
    let node = (world.tokens.task, person.keypair.insecure_clone());
    let last = world.schedule().boundary(4).unwrap();
    let sleep = |_| {
        let log = log.borrow();
        assert_ne!(log.last(), Some(&"failed"), "{log:?}");
        stop.store(log.contains(&"failed"), Ordering::Relaxed);
        assert!(world.slot() < last, "nothing is worked");
        world.warp_to(world.slot() + 2);
    };
    let settings = settings(&world);
    let end = daemon::run(&world.bank, node, logic, &settings, &metrics, &stop, sleep);
    assert_eq!(end.unwrap(), End::Stopped);
    assert_eq!(log.borrow()[..3], ["begun", "failed", "begun"]);
}
