//! What a node does where its machinery fails it: an RPC that lists no accounts, answers that are lost, an
//! account that takes no rewards, windows that pass it by; and that it says so.

use super::runner::{fresh_step, options};
use gradual_consensus_client::{
    amount::Amount,
    ledger::{Filter, Ledger, LedgerError, Receipt, Urgency},
};
use gradual_consensus_node::{
    daemon::{self, End, Metrics, Settings},
    logic::{DistributionCycle, LogicError, Proof, TaskLogic},
    runner::{Action, NodeRunner, Rewards, RunnerError, RunnerOptions, Step},
};
use gradual_consensus_testkit::{Build, Echo, STAKE, World, on_every_build};
use solana_sdk::{account::Account, instruction::Instruction, pubkey::Pubkey, signature::Keypair};
use std::{
    cell::{Cell, RefCell},
    ops::Range,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

on_every_build! {
    plays_its_own_part_where_no_accounts_are_listed,
    knows_what_landed_without_an_answer,
    sends_again_what_was_lost,
    votes_on_where_a_vote_is_not_seen_to_land,
    leaves_alone_what_keeps_failing,
    refuses_an_account_that_takes_no_rewards,
    submits_though_its_rewards_cannot_be_paid,
    tells_a_window_that_it_missed,
    tells_a_vote_that_it_missed,
    bids_for_what_has_a_window,
    asks_nothing_more_when_it_stops,
}

/// What happens to a transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Lands,
    /// It lands, and nobody says so.
    AnswerIsLost,
    IsLost,
    /// The ledger does not answer.
    Fails,
}

/// A ledger with faults, which counts what it is asked.
struct Faulty<'w> {
    world: &'w World,
    lists: bool,
    fate: Cell<Fate>,
    reads: Cell<u32>,
    urgent: RefCell<Vec<Urgency>>,
    calm: Cell<u32>,
}

impl<'w> Faulty<'w> {
    fn on(world: &'w World) -> Self {
        Self {
            world,
            lists: true,
            fate: Cell::new(Fate::Lands),
            reads: Cell::new(0),
            urgent: RefCell::default(),
            calm: Cell::new(0),
        }
    }

    fn read(&self) {
        self.reads.set(self.reads.get() + 1);
    }

    fn land(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Receipt, LedgerError> {
        let unknown = || LedgerError::Unsettled("not confirmed in time".into());
        match self.fate.get() {
            Fate::Lands => self.world.bank.send(instructions, signers),
            Fate::AnswerIsLost => {
                self.world.bank.send(instructions, signers)?;
                Err(unknown())
            }
            Fate::IsLost => Err(unknown()),
            Fate::Fails => Err(LedgerError::Unavailable("the line is down".into())),
        }
    }
}

impl Ledger for Faulty<'_> {
    fn slot(&self) -> Result<u64, LedgerError> {
        self.read();
        self.world.bank.slot()
    }

    fn accounts(&self, addresses: &[Pubkey]) -> Result<Vec<Option<Account>>, LedgerError> {
        self.read();
        self.world.bank.accounts(addresses)
    }

    fn program_accounts(
        &self,
        filters: &[Filter],
        part: Option<Range<usize>>,
    ) -> Result<Vec<(Pubkey, Account)>, LedgerError> {
        self.read();
        if !self.lists {
            return Err(LedgerError::Unsupported("to list accounts".into()));
        }
        self.world.bank.program_accounts(filters, part)
    }

    fn send(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Receipt, LedgerError> {
        self.calm.set(self.calm.get() + 1);
        self.land(instructions, signers)
    }

    fn send_urgent(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
        urgency: &Urgency,
    ) -> Result<Receipt, LedgerError> {
        self.urgent.borrow_mut().push(*urgency);
        self.land(instructions, signers)
    }
}

fn echo(world: &World, node: usize) -> Echo {
    Echo {
        node: world.nodes[node].pubkey(),
        lies: false,
    }
}

fn runner<'a, 'w>(
    world: &World,
    ledger: &'a Faulty<'w>,
    options: RunnerOptions,
) -> NodeRunner<'a, Faulty<'w>, Echo> {
    let key = world.nodes[0].keypair.insecure_clone();
    NodeRunner::new(ledger, world.tokens.task, key, echo(world, 0), options)
}

fn metrics(world: &World) -> Metrics {
    let node = world.nodes[0].pubkey();
    Metrics::new(&world.tokens.task, &node, Duration::from_secs(600))
}

/// Runs node 0 as its process would.
fn run(
    world: &World,
    ledger: &Faulty,
    rewards: Rewards,
    metrics: &Metrics,
    stop: &AtomicBool,
    sleep: impl FnMut(Duration),
) -> Result<End, RunnerError> {
    let settings = Settings {
        options: RunnerOptions {
            rewards,
            ..options(world, 0)
        },
        low_lamports: 0,
        low_stake: Amount::ZERO,
    };
    let key = world.nodes[0].keypair.insecure_clone();
    let node = (world.tokens.task, key);
    daemon::run(
        ledger,
        node,
        echo(world, 0),
        &settings,
        metrics,
        stop,
        sleep,
    )
}

fn submit_all(world: &World, nodes: &[usize]) {
    for &node in nodes {
        let proof = world.nodes[node].pubkey().to_bytes();
        world.submit(node, 1, &proof).unwrap();
    }
}

/// Without a list of accounts a node still opens, submits, is paid, claims and closes. It says nothing about
/// the work of others, which it cannot see: a list that it cannot recompute is not false.
fn plays_its_own_part_where_no_accounts_are_listed(build: Build) {
    let world = World::on(build).start();
    let ledger = Faulty {
        lists: false,
        ..Faulty::on(&world)
    };
    let mut node = runner(&world, &ledger, options(&world, 0));
    let schedule = world.schedule();
    let stop = schedule.boundary(4).unwrap();
    let (mut done, mut asked) = (vec![], 0);
    loop {
        if world.slot() >= stop && world.task().is_active == 1 {
            world.set_active(false).unwrap();
        }
        let step: Step = node.step().unwrap();
        assert!(step.unlisted.is_some());
        assert_eq!((step.missed, step.unsettled), (vec![], vec![]));
        let own = step
            .failed
            .iter()
            .filter(|(failed, _)| !failed.is_contested());
        assert_eq!(own.count(), 0, "{:?}", step.failed);
        done.extend(step.done);
        for other in 1..4 {
            fresh_step(&world, &world.bank, other, Some(3)).unwrap();
        }
        world.check_books();
        asked += 1;
        if world.slot() > schedule.boundary(12).unwrap() {
            break;
        }
        world.warp_to(world.slot() + 5);
    }
    assert!(asked > 100);
    let count = |is: fn(&Action) -> bool| done.iter().filter(|action| is(action)).count();
    assert_eq!(
        count(|one| matches!(one, Action::Submit { .. })),
        3,
        "{done:?}"
    );
    assert!(
        count(|one| matches!(one, Action::Open { .. })) >= 1,
        "{done:?}"
    );
    assert!(count(|one| matches!(one, Action::Claim)) >= 1, "{done:?}");
    assert_eq!(
        count(|one| matches!(one, Action::Audit { .. })),
        0,
        "{done:?}"
    );
    assert_eq!(
        count(|one| matches!(one, Action::Propose { .. })),
        0,
        "{done:?}"
    );
    let stake = world.node_stake(0);
    assert_eq!((stake.slashed, stake.open_accounts), (0, 0));
    assert_eq!(stake.claimed, 3 * (10_000 / 3), "others had it paid");

    // It says so where its operator looks.
    let (metrics, stop) = (metrics(&world), AtomicBool::new(false));
    let end = run(&world, &ledger, Rewards::Keep, &metrics, &stop, |_| {
        stop.store(true, Ordering::Relaxed);
    });
    assert!(matches!(end, Ok(End::Stopped | End::Left)), "{end:?}");
    let (healthy, line) = metrics.health();
    assert!(!healthy && line.starts_with("degraded: "), "{line}");
}

/// A transaction that landed is no failure, whatever became of the answer.
fn knows_what_landed_without_an_answer(build: Build) {
    let world = World::on(build).start_active();
    let ledger = Faulty::on(&world);
    let mut node = runner(&world, &ledger, options(&world, 0));
    ledger.fate.set(Fate::AnswerIsLost);
    let step = node.step().unwrap();
    assert!(
        step.found.contains(&Action::Submit { cycle: 1 }),
        "{step:?}"
    );
    assert_eq!(
        (step.failed, step.unsettled, step.done),
        (vec![], vec![], vec![])
    );
    ledger.fate.set(Fate::Lands);
    let again = node.step().unwrap();
    assert_eq!((again.found, again.done), (vec![], vec![]));
}

/// What was sent and did not land is sent again, later each time, and is a failure only when it cannot land
/// any more.
fn sends_again_what_was_lost(build: Build) {
    let world = World::on(build).start_active();
    let ledger = Faulty::on(&world);
    let mut node = runner(&world, &ledger, options(&world, 0));
    ledger.fate.set(Fate::IsLost);
    let submit = Action::Submit { cycle: 1 };
    let step = node.step().unwrap();
    assert!(
        step.unsettled.iter().any(|(sent, _)| *sent == submit),
        "{step:?}"
    );
    assert_eq!(step.failed, []);
    assert_eq!(step.wake_at, world.slot() + 1);
    world.warp_to(step.wake_at);
    ledger.fate.set(Fate::Lands);
    let step = node.step().unwrap();
    assert!(step.done.contains(&submit), "{step:?}");
    assert_eq!((step.failed, step.unsettled), (vec![], vec![]));
}

/// Pays node 0, so that it has something to claim.
fn paid(world: &World) {
    submit_all(world, &[0]);
    world.warp_to_last_submission(3);
    world.propose(0, 1, 0, &[(0, 10_000)]).unwrap();
    world.warp_past_audit(3);
    world.finalize(1, 0).unwrap();
    world.payout(1, 0, &[(0, 10_000)], 0).unwrap();
}

/// An action that fails is tried after 1, 2, 4 slots and so on, with nothing read in between.
fn leaves_alone_what_keeps_failing(build: Build) {
    let world = World::on(build)
        .params(|params| params.round_time = 1_000)
        .start_active();
    paid(&world);
    // Nothing else is due any more.
    world.set_active(false).unwrap();
    world.warp_to(world.schedule().boundary(4).unwrap() + 100);
    let ledger = Faulty::on(&world);
    let nowhere = RunnerOptions {
        rewards: Rewards::Claim(Pubkey::new_unique()),
        ..options(&world, 0)
    };
    let mut node = runner(&world, &ledger, nowhere);
    let mut waits = vec![];
    for _ in 0..7 {
        let step = node.step().unwrap();
        let failed = step
            .failed
            .iter()
            .filter(|(failed, _)| *failed == Action::Claim);
        if failed.count() > 0 {
            waits.push(step.wake_at - world.slot());
        }
        world.warp_to(step.wake_at);
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64]);
    let claimed = fresh_step(&world, &world.bank, 0, None).unwrap();
    assert!(claimed.done.contains(&Action::Claim));
}

/// A wallet is no token account, and one of another mint is none of this task's: the node does not begin.
fn refuses_an_account_that_takes_no_rewards(build: Build) {
    let world = World::on(build).start_active();
    let ledger = Faulty::on(&world);
    let (metrics, stop) = (metrics(&world), AtomicBool::new(false));
    let wallet = world.nodes[0].pubkey();
    let pot = gradual_consensus_client::address::stake_pot(&world.tokens.task);
    for (address, why) in [
        (wallet, "no token account"),
        (world.tokens.mint, "no token account"),
        (Pubkey::new_unique(), "no account"),
    ] {
        let sleep = |_| panic!("no need to wait");
        let end = run(
            &world,
            &ledger,
            Rewards::Claim(address),
            &metrics,
            &stop,
            sleep,
        );
        let error = end.unwrap_err();
        assert!(matches!(error, RunnerError::Destination { .. }), "{error}");
        assert!(error.to_string().contains(why), "{error}");
    }
    let end = run(
        &world,
        &ledger,
        Rewards::Claim(pot),
        &metrics,
        &stop,
        |_| {
            stop.store(true, Ordering::Relaxed);
        },
    );
    assert_eq!(end.unwrap(), End::Stopped);
}

/// A mint's authority may freeze the account of rewards, and its owner may close it, while the node plays: the claim that
/// shares the submission's transaction fails, and costs the node nothing but time.
fn submits_though_its_rewards_cannot_be_paid(build: Build) {
    /// Where a token account holds its state, and that of a frozen one.
    const STATE: (usize, u8) = (108, 2);
    for is_closed in [false, true] {
        let world = World::on(build.clone()).start_active();
        paid(&world);
        world.begin_cycle(0, 4);
        let wallet = world.nodes[0].wallet;
        let whole = world.bank.account(&wallet).unwrap();
        let spoilt = if is_closed {
            Account::default()
        } else {
            let mut frozen = whole.clone();
            frozen.data[STATE.0] = STATE.1;
            frozen
        };
        world.bank.set_account(&wallet, &spoilt);
        let ledger = Faulty::on(&world);
        let claims = RunnerOptions {
            rewards: Rewards::Claim(wallet),
            ..options(&world, 0)
        };
        let mut node = runner(&world, &ledger, claims);
        let step = node.step().unwrap();
        assert!(step.done.contains(&Action::Submit { cycle: 4 }), "{step:?}");
        let failed = step.failed.iter().map(|(action, _)| *action);
        assert_eq!(failed.collect::<Vec<_>>(), [Action::Claim]);

        // What it has earned waits for the account.
        world.bank.set_account(&wallet, &whole);
        let before = world.balance(&wallet);
        world.warp_past_audit(6);
        let mut done = vec![];
        for _ in 0..10 {
            let step = node.step().unwrap();
            done.extend(step.done);
            world.warp_to(step.wake_at);
        }
        assert!(done.contains(&Action::Claim), "{done:?}");
        assert!(world.balance(&wallet) >= before + 10_000);
        world.check_books();
    }
}

/// While its window was open the ledger took nothing. The node says what it missed, once, and is not well
/// until it submits for a later cycle.
fn tells_a_window_that_it_missed(build: Build) {
    let world = World::on(build).start_active();
    let ledger = Faulty::on(&world);
    ledger.fate.set(Fate::Fails);
    let (metrics, stop) = (metrics(&world), AtomicBool::new(false));
    let lines = RefCell::new(vec![]);
    let end = run(&world, &ledger, Rewards::Keep, &metrics, &stop, |_| {
        let slot = world.slot();
        let window = world.schedule().submission_window(2).unwrap();
        ledger.fate.set(if slot > window.end {
            Fate::Lands
        } else {
            Fate::Fails
        });
        lines.borrow_mut().push((slot, metrics.health()));
        stop.store(
            slot > world.schedule().audit_window(4).unwrap().end,
            Ordering::Relaxed,
        );
        world.warp_to(slot + 3);
    });
    assert_eq!(end.unwrap(), End::Stopped);
    let lines = lines.into_inner();
    let first = |of: &str| lines.iter().position(|(_, (_, line))| line.starts_with(of));
    let (failing, missed) = (
        first("failing: "),
        first("missed: no submission for cycle 1: "),
    );
    assert!(failing.is_some() && failing < missed, "{lines:?}");
    assert!(
        lines[missed.unwrap()].1.1.ends_with("the line is down"),
        "{lines:?}"
    );
    let is_told = |line: &&str| line.starts_with("gradual_missed_total{");
    let text = metrics.text();
    let told = text.lines().find(is_told).unwrap();
    assert!(told.ends_with("action=\"submit\"} 1"), "{told}");
    // Cycle 2 could not be opened; cycle 3 was, and was submitted for in round 4.
    let (healthy, line) = metrics.health();
    assert!(healthy, "{line}");
    assert!(text.contains("gradual_last_submitted_cycle"), "{text}");
}

/// A logic that judges nothing.
struct Mute;

impl TaskLogic for Mute {
    fn work(&mut self, _: u64) -> Result<Vec<u8>, LogicError> {
        Ok(vec![1])
    }

    fn audit(&mut self, _: &Proof) -> Result<bool, LogicError> {
        Err("the model is gone".into())
    }

    fn distribution(
        &mut self,
        _: &DistributionCycle,
        _: &[Proof],
        _: &[bool],
    ) -> Result<Vec<(Pubkey, u64)>, LogicError> {
        Err("the model is gone".into())
    }
}

/// A vote that the logic could not give is told when its window is over, with the reason.
fn tells_a_vote_that_it_missed(build: Build) {
    let world = World::on(build).start_active();
    submit_all(&world, &[1, 2]);
    world.warp_to_audit(2);
    let subject = world.submission_address(2, 1);
    world.audit(1, subject, false).unwrap();
    let key = world.nodes[0].keypair.insecure_clone();
    let options = options(&world, 0);
    let mut node = NodeRunner::new(&world.bank, world.tokens.task, key, Mute, options);
    let (mut missed, mut attempts) = (vec![], 0);
    while world.slot() <= world.schedule().boundary(3).unwrap() {
        let step = node.step().unwrap();
        let about = |action: Action| action.subject() == Some(subject);
        attempts += step
            .failed
            .iter()
            .filter(|(failed, _)| about(*failed))
            .count();
        missed.extend(
            step.missed
                .into_iter()
                .filter(|missed| about(missed.action)),
        );
        world.warp_to(step.wake_at);
    }
    assert_eq!(missed.len(), 1, "{missed:?}");
    assert!(missed[0].why.contains("the model is gone"));
    assert_eq!(missed[0].round, 2);
    // Not in every slot, but to the last.
    assert!((5..=15).contains(&attempts), "{attempts}");
}

/// A vote that is lost holds up no other: both are sent, and the step ends.
fn votes_on_where_a_vote_is_not_seen_to_land(build: Build) {
    let world = World::on(build).start_active();
    submit_all(&world, &[1, 2]);
    world.warp_to_audit(2);
    let subjects = [1, 2].map(|author| world.submission_address(author, 1));
    for (challenger, subject) in [(2, subjects[0]), (1, subjects[1])] {
        world.audit(challenger, subject, false).unwrap();
    }
    let ledger = Faulty::on(&world);
    ledger.fate.set(Fate::IsLost);
    let step = runner(&world, &ledger, options(&world, 0)).step().unwrap();
    let voted = |subject| {
        let mut sent = step.unsettled.iter();
        sent.any(
            |(action, _)| matches!(action, Action::Audit { subject: of, .. } if *of == subject),
        )
    };
    assert!(subjects.into_iter().all(voted), "{:?}", step.unsettled);
}

/// Submissions, votes and proposals are worth a bid until their window closes; a claim is not.
fn bids_for_what_has_a_window(build: Build) {
    let world = World::on(build).start_active();
    let ledger = Faulty::on(&world);
    let mut node = runner(&world, &ledger, options(&world, 0));
    node.step().unwrap();
    let schedule = world.schedule();
    let submission = schedule.submission_window(2).unwrap();
    let urgent = || ledger.urgent.borrow().iter().map(|one| one.until).max();
    assert_eq!(urgent(), Some(submission.end));
    submit_all(&world, &[1, 2]);
    world.submit(3, 1, b"false").unwrap();
    world.warp_to_audit(2);
    node.step().unwrap();
    assert_eq!(urgent(), Some(schedule.challenge_window(2).unwrap().end));
    world.warp_past_audit(2);
    node.step().unwrap();
    // Its own challenge is resolved at once: the list of the next round depends on it.
    assert_eq!(urgent(), Some(schedule.boundary(3).unwrap() - 1));
    assert!(world.node_stake(0).stake.total() == STAKE);
}

/// A node that is asked to stop makes no more calls, however many its turn would have had.
fn asks_nothing_more_when_it_stops(build: Build) {
    let world = World::on(build).start_active();
    let ledger = Faulty::on(&world);
    let (metrics, stop) = (metrics(&world), AtomicBool::new(false));
    let reads = Cell::new(0);
    let end = run(&world, &ledger, Rewards::Keep, &metrics, &stop, |_| {
        stop.store(true, Ordering::Relaxed);
        reads.set(ledger.reads.get());
    });
    assert_eq!(end.unwrap(), End::Stopped);
    assert_eq!(ledger.reads.get(), reads.get());
}
