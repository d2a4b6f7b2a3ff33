//! [`NodeRunner`] plays from what the ledger shows, and from nothing else.

use gradual_consensus::MAX_SUBMISSION_LEN;
use gradual_consensus_client::{
    account::Keyed,
    amount::Amount,
    compute::instruction_name,
    ledger::{Ledger, LedgerError, Receipt, Tap, Tapped},
};
use gradual_consensus_node::{
    logic::{DistributionCycle, ListInput, LogicError, Proof, TaskLogic},
    runner::{
        AUDIT_RATE, Action, CycleView, NodeRunner, ROUNDS_TO_CLAIM, Rewards, RunnerError,
        RunnerOptions, Step, TaskCache,
    },
};
use gradual_consensus_testkit::{BOUNTY, Build, Echo, STAKE, World, bank::Bank, on_every_build};
use solana_sdk::{instruction::Instruction, pubkey::Pubkey, signature::Keypair};
use std::cell::{Cell, RefCell};

on_every_build! {
    restarts_anywhere_and_loses_no_cycle,
    sends_a_submission_again_alone,
    pays_by_the_next_cycle_in_one_transaction,
    claims_now_and_then_what_does_not_fit,
    looks_before_it_sends,
    slashes_a_liar_once_a_fault,
    reads_values_apart_from_the_rest,
    works_for_a_bounty,
    keeps_on_in_a_pause,
    submits_where_a_cycle_is_open,
    sleeps_between_windows,
    says_what_is_missing,
}

/// A ledger that goes away after so many transactions, as a process does that is killed.
struct Interrupted {
    left: Cell<u32>,
}

impl Interrupted {
    fn after(bank: &Bank, transactions: u32) -> Tapped<&Bank, Self> {
        let left = Cell::new(transactions);
        Tapped {
            ledger: bank,
            tap: Self { left },
        }
    }
}

impl Tap for Interrupted {
    fn before_send<'a>(
        &'a self,
        _: &[Instruction],
        _: &mut Vec<&'a Keypair>,
    ) -> Result<(), LedgerError> {
        let left = self.left.get().checked_sub(1);
        self.left
            .set(left.ok_or_else(|| LedgerError::Unavailable("killed".into()))?);
        Ok(())
    }
}

/// A ledger on which another node is faster, whenever this one wants to do what is for anybody to do.
struct Beaten<'w> {
    world: &'w World,
    batches: RefCell<Vec<Vec<&'static str>>>,
    beaten: Cell<u32>,
}

impl<'w> Beaten<'w> {
    fn on(world: &'w World) -> Tapped<&'w Bank, Self> {
        let tap = Self {
            world,
            batches: RefCell::default(),
            beaten: Cell::new(0),
        };
        let ledger = &world.bank;
        Tapped { ledger, tap }
    }
}

impl Tap for Beaten<'_> {
    fn before_send<'a>(
        &'a self,
        instructions: &[Instruction],
        _: &mut Vec<&'a Keypair>,
    ) -> Result<(), LedgerError> {
        let names = instructions
            .iter()
            .map(|one| instruction_name(&one.data).unwrap());
        let names: Vec<_> = names.collect();
        let anybodys = ["finalize_distribution", "close_subject", "payout"];
        let lost = names.iter().position(|name| anybodys.contains(name));
        // It may have been beaten to this one before, and send it alone now.
        if let Some(lost) = lost
            && self.world.crank(instructions[lost].clone()).is_ok()
        {
            self.beaten.set(self.beaten.get() + 1);
        }
        self.batches.borrow_mut().push(names);
        Ok(())
    }
}

/// The options of a node that proposes, claims, and works for anything.
pub(crate) fn options(world: &World, node: usize) -> RunnerOptions {
    RunnerOptions {
        propose: true,
        rewards: Rewards::Claim(world.nodes[node].wallet),
        min_reward: Amount::ZERO,
        audit_rate: AUDIT_RATE,
    }
}

/// One step of a runner that knows nothing of earlier ones.
pub(crate) fn fresh_step<L: Ledger>(
    world: &World,
    ledger: &L,
    node: usize,
    liar: Option<usize>,
) -> Result<Step, RunnerError> {
    let person = &world.nodes[node];
    let options = options(world, node);
    let logic = Echo {
        node: person.pubkey(),
        lies: liar == Some(node),
    };
    let key = person.keypair.insecure_clone();
    NodeRunner::new(ledger, world.tokens.task, key, logic, options).step()
}

/// Plays until every cycle is closed; each step of each node is `step`, which returns when to look
/// again.
pub(crate) fn play(world: &World, rounds: u64, mut step: impl FnMut(usize) -> u64) {
    let schedule = world.schedule();
    let stop = schedule.boundary(rounds + 1).unwrap();
    let end = schedule.boundary(rounds + 10).unwrap();
    loop {
        if world.slot() >= stop && world.task().is_active == 1 {
            world.set_active(false).unwrap();
        }
        let next = (0..world.nodes.len()).map(&mut step).min().unwrap();
        world.check_books();
        let open = CycleView::open_cycles(&world.bank, &world.tokens.task).unwrap();
        if world.slot() >= stop && open.is_empty() {
            return;
        }
        assert!(next > world.slot() && next <= end, "nothing goes on");
        let slot = world.slot();
        world.warp_to(if slot < stop { next.min(stop) } else { next });
    }
}

/// A node may be killed before any of its transactions, starts again, and loses nothing.
fn restarts_anywhere_and_loses_no_cycle(build: Build) {
    let world = World::on(build).start();
    let mut interruptions = 0;
    play(&world, 3, |node| {
        for survives in 0.. {
            let ledger = Interrupted::after(&world.bank, survives % 2);
            match fresh_step(&world, &ledger, node, None) {
                Ok(step) => return step.wake_at,
                Err(RunnerError::Ledger(LedgerError::Unavailable(_))) => interruptions += 1,
                Err(error) => panic!("{error}"),
            }
        }
        unreachable!()
    });
    assert!(interruptions > 40, "only {interruptions} interruptions");
    for node in 0..4 {
        assert_eq!(world.node_stake(node).claimed, 3 * 10_000 / 4);
    }
    assert_eq!(world.task().bounty_available, BOUNTY - 3 * 10_000);
}

/// What another node did first is noted, and holds nothing else back. It shares a transaction with a
/// submission only if it is this node's own to do, and then the submission is sent again at once.
fn sends_a_submission_again_alone(build: Build) {
    // Rounds without a rest: at their boundary everything is due.
    let world = World::on(build)
        .params(|params| params.round_time = 80)
        .start();
    let ledger = Beaten::on(&world);
    let mut failed = 0;
    play(&world, 4, |node| {
        if node > 0 {
            return fresh_step(&world, &world.bank, node, None).unwrap().wake_at;
        }
        let step = fresh_step(&world, &ledger, 0, None).unwrap();
        // The ledger shows that it is done.
        assert_eq!(step.failed, []);
        failed += step.found.len();
        step.wake_at
    });
    let Beaten {
        batches, beaten, ..
    } = ledger.tap;
    let batches = batches.into_inner();
    // A submission that lost its transaction to another node goes alone in the next one.
    let has_submit = |batch: &Vec<&str>| batch.contains(&"submit");
    let submits = batches.iter().filter(|batch| has_submit(batch)).count();
    let shares = |batch: &Vec<&str>| has_submit(batch) && batch.len() > 1;
    let pairs = batches.windows(2);
    let again = pairs.filter(|pair| shares(&pair[0]) && has_submit(&pair[1]));
    let again: Vec<_> = again.map(|pair| &pair[1]).collect();
    assert_eq!(submits, 4 + again.len(), "{batches:?}");
    assert!(!again.is_empty(), "{batches:?}");
    assert!(
        again.iter().all(|batch| *batch == &["submit"]),
        "{batches:?}"
    );
    assert_eq!(failed, beaten.get() as usize);
    assert!(failed >= 2, "{batches:?}");
    assert_eq!(world.node_stake(0).claimed, 4 * 10_000 / 4);
}

/// Counts the transactions that pass.
struct Counted(Cell<usize>);

impl Tap for Counted {
    fn after_send(&self, _: &[Instruction], _: &Receipt) -> Result<(), LedgerError> {
        self.0.set(self.0.get() + 1);
        Ok(())
    }
}

/// Plays so many cycles, in which nothing fails, and returns how many transactions the nodes sent. Once a submission window
/// is over `late` is shown its round and each node.
fn play_quietly<T: TaskLogic>(
    world: &World,
    cycles: u64,
    logic: impl Fn(Echo) -> T,
    late: impl Fn(u64, usize),
) -> u64 {
    let ledger = Tapped {
        ledger: &world.bank,
        tap: Counted(Cell::new(0)),
    };
    let cache = TaskCache::default();
    let runner = |node: usize| {
        let (person, options) = (&world.nodes[node], options(world, node));
        let (task, key) = (world.tokens.task, person.keypair.insecure_clone());
        let logic = logic(Echo {
            node: person.pubkey(),
            lies: false,
        });
        NodeRunner::new(&ledger, task, key, logic, options).sharing(cache.clone())
    };
    let mut runners: Vec<_> = (0..4).map(runner).collect();
    play(world, cycles, |node| {
        let round = world.task().current_round(world.slot());
        let window = world.schedule().submission_window(round).unwrap();
        if world.slot() > window.end {
            late(round, node);
        }
        let step = runners[node].step().unwrap();
        assert_eq!((step.failed, step.found), (vec![], vec![]));
        step.wake_at
    });
    let share = world.params.bounty_amount_per_round / 4;
    for node in 0..4 {
        assert_eq!(world.node_stake(node).claimed, cycles * share);
    }
    ledger.tap.0.get() as u64
}

/// In a quiet game a node sends one transaction a cycle, and four at its end. What it earned in cycle `r` is
/// claimed before the submission window of round `r + 3` is over.
fn pays_by_the_next_cycle_in_one_transaction(build: Build) {
    const CYCLES: u64 = 6;
    let world = World::on(build).start();
    let is_claimed = |round: u64, node: usize| {
        let cycles = round.saturating_sub(3).min(CYCLES);
        assert!(
            world.node_stake(node).claimed >= cycles * 10_000 / 4,
            "round {round}"
        );
    };
    let sent = play_quietly(&world, CYCLES, |echo| echo, is_claimed);
    // For each node one a cycle and four at the end, the last of which closes its stake account; for all of
    // them each cycle is opened, listed, finalized and closed, and one submission is closed alone.
    let most = 4 * (CYCLES + 4) + 5 * CYCLES;
    assert!(sent <= most, "{sent} transactions, {most} expected");
}

/// [`Echo`] with the longest proofs: beside one, a payout and a closing, a transaction has no room for a claim.
struct Longest(Echo);

impl TaskLogic for Longest {
    fn work(&mut self, cycle: u64) -> Result<Vec<u8>, LogicError> {
        let mut value = self.0.work(cycle)?;
        value.resize(usize::try_from(MAX_SUBMISSION_LEN)?, 0);
        Ok(value)
    }

    fn audit(&mut self, proof: &Proof) -> Result<bool, LogicError> {
        Ok(proof.value.starts_with(proof.node.as_ref()))
    }

    fn list_input(&mut self) -> Result<ListInput, LogicError> {
        self.0.list_input()
    }

    fn distribution(
        &mut self,
        cycle: &DistributionCycle,
        submissions: &[Proof],
        verdicts: &[bool],
    ) -> Result<Vec<(Pubkey, u64)>, LogicError> {
        self.0.distribution(cycle, submissions, verdicts)
    }
}

/// A claim that does not fit into the submission's transaction is sent in one of some rounds, and takes what the others left.
fn claims_now_and_then_what_does_not_fit(build: Build) {
    const CYCLES: u64 = 18;
    const SHARE: u64 = 1_000;
    let world = World::on(build)
        .params(|params| params.bounty_amount_per_round = 4 * SHARE)
        .start();
    let most_left = Cell::new(0);
    let left = |_: u64, node: usize| {
        let left = world.node_stake(node).available_balance;
        most_left.set(most_left.get().max(left));
    };
    let sent = play_quietly(&world, CYCLES, Longest, left);
    assert_eq!(most_left.get(), (ROUNDS_TO_CLAIM - 1) * SHARE);
    // As in any quiet game, and the claims.
    let most = 4 * (CYCLES + 4 + CYCLES.div_ceil(ROUNDS_TO_CLAIM)) + 5 * CYCLES;
    assert!(sent <= most, "{sent} transactions, {most} expected");
}

/// A second look at the same slot finds nothing to do, and nothing fails.
fn looks_before_it_sends(build: Build) {
    let world = World::on(build).start();
    play(&world, 2, |node| {
        let first = fresh_step(&world, &world.bank, node, Some(3)).unwrap();
        assert_eq!(first.failed, []);
        let second = fresh_step(&world, &world.bank, node, Some(3)).unwrap();
        assert_eq!((second.done, second.failed), (vec![], vec![]));
        assert_eq!(second.wake_at, first.wake_at);
        second.wake_at
    });
}

/// A liar is slashed once a fault and is not paid; the others share its part of the bounty.
fn slashes_a_liar_once_a_fault(build: Build) {
    let world = World::on(build).start();
    play(&world, 1, |node| {
        fresh_step(&world, &world.bank, node, Some(3))
            .unwrap()
            .wake_at
    });
    let slashed = STAKE * 7 / 10;
    assert_eq!(world.node_stake(3).slashed, slashed);
    assert_eq!(world.node_stake(3).earned, 0);
    let earned: u64 = (0..3).map(|node| world.node_stake(node).earned).sum();
    let shares = 2 * (slashed * 3 / 10);
    assert_eq!(earned, 3 * (10_000 / 3) + shares);
}

/// A cycle is read without the values of its submissions; those are read whole, each with its slot.
fn reads_values_apart_from_the_rest(build: Build) {
    let world = World::on(build).start_active();
    let cycle = world.task().current_round(world.slot()) - 1;
    let long = [7; 512];
    world.submit(0, cycle, b"what was found").unwrap();
    world.warp_to(world.slot() + 3);
    world.submit(1, cycle, &long).unwrap();
    let address = world.cycle_address(cycle);
    let opened = Keyed {
        address,
        data: world.cycle(cycle),
    };
    let view = CycleView::read(&world.bank, opened).unwrap();
    let found = view.read_proofs(&world.bank, &world.task()).unwrap();
    let (proofs, stand) = found.unwrap();
    assert_eq!(stand, [true, true]);
    for (node, value) in [(0, &b"what was found"[..]), (1, &long)] {
        let key = world.nodes[node].pubkey();
        let proof = proofs.iter().find(|proof| proof.node == key).unwrap();
        let slot = view.submission_of(&key).unwrap().data.subject.slot;
        assert_eq!((proof.value.as_slice(), proof.slot), (value, slot));
        assert_eq!(proof.cycle, cycle);
    }
}

/// What a node asks for: nothing is opened or submitted that promises less, by the bounty of a cycle and
/// the submissions of the last. A task that cannot pay a whole cycle rests until it is funded.
fn works_for_a_bounty(build: Build) {
    let world = World::on(build).bounty(0).start();
    world.warp_to_round(2);
    let step = |node: usize, min_reward: u64| {
        let person = &world.nodes[node];
        let options = RunnerOptions {
            min_reward: Amount::base_units(min_reward),
            ..options(&world, node)
        };
        let logic = Echo {
            node: person.pubkey(),
            lies: false,
        };
        let (task, key) = (world.tokens.task, person.keypair.insecure_clone());
        let mut runner = NodeRunner::new(&world.bank, task, key, logic, options);
        let step = runner.step().unwrap();
        assert_eq!(step.failed, []);
        step
    };
    // Everybody's turn has come.
    let open = |round: u64| {
        world.warp_to(world.schedule().boundary(round).unwrap() + 20);
        [Action::Open { cycle: round }]
    };
    let opened = open(2);
    assert_eq!(step(0, 0).done, []);
    world.fund(9_999).unwrap();
    assert_eq!(step(0, 0).done, []);
    world.fund(1).unwrap();
    let dear = step(0, 10_001);
    assert_eq!((dear.done, dear.declined), (vec![], Some(2)));
    let worth = step(0, 10_000);
    assert_eq!((worth.done, worth.work), (opened.to_vec(), Some(2)));

    world.warp_to_round(3);
    assert_eq!(step(0, 10_001).done, []);
    for node in 0..4 {
        assert_eq!(step(node, 10_000).done, [Action::Submit { cycle: 2 }]);
    }
    // Four nodes shared the last cycle whose submissions are complete.
    world.fund(20_000).unwrap();
    let [opened] = open(4);
    let dear = step(0, 2_501);
    assert!(!dear.done.contains(&opened));
    assert_eq!(dear.declined, Some(4));
    assert!(step(0, 2_500).done.contains(&opened));
}

/// In a pause a node opens nothing, and goes on with what is open: submissions, audits, lists.
fn keeps_on_in_a_pause(build: Build) {
    let world = World::on(build).start_active();
    world.set_paused(true).unwrap();
    for node in 0..3 {
        let step = fresh_step(&world, &world.bank, node, None).unwrap();
        assert_eq!(step.failed, []);
        assert_eq!(step.done, [Action::Submit { cycle: 1 }]);
    }
    world.submit(3, 1, &[0]).unwrap();
    world.warp_to_audit(2);
    let subject = world.submission_address(3, 1);
    world.audit(0, subject, false).unwrap();
    let step = fresh_step(&world, &world.bank, 1, None).unwrap();
    assert_eq!(
        step.done,
        [Action::Audit {
            subject,
            is_valid: false
        }]
    );
    world.warp_to_last_submission(3);
    let steps = (0..4).map(|node| fresh_step(&world, &world.bank, node, None).unwrap());
    let steps: Vec<Step> = steps.collect();
    let proposes = |action: &&Action| matches!(action, Action::Propose { .. });
    let proposed = steps.iter().flat_map(|step| &step.done).filter(proposes);
    assert_eq!(proposed.count(), 1);
    let open = CycleView::open_cycles(&world.bank, &world.tokens.task).unwrap();
    assert_eq!(open.len(), 1, "nothing was opened in the pause");
}

/// A node submits to a cycle that is open, whatever became of the task meanwhile, and to no other.
fn submits_where_a_cycle_is_open(build: Build) {
    let world = World::on(build).start_active();
    world.set_active(false).unwrap();
    let steps = |node: usize| {
        let step = fresh_step(&world, &world.bank, node, None).unwrap();
        assert_eq!(step.failed, []);
        step.done
    };
    assert_eq!(steps(0), [Action::Submit { cycle: 1 }]);
    world.set_active(true).unwrap();
    world.warp_to_round(3);
    let submits = |done: Vec<Action>| {
        let submit = |action: &Action| matches!(action, Action::Submit { .. });
        done.iter().any(submit)
    };
    assert!(!submits(steps(1)), "nobody opened cycle 2");
}

/// A node that logs in outside every window sends nothing and waits for the next one.
fn sleeps_between_windows(build: Build) {
    let world = World::on(build).start();
    let step = fresh_step(&world, &world.bank, 0, None).unwrap();
    assert_eq!(step.done, []);
    assert_eq!(
        step.wake_at,
        world.schedule().audit_window(0).unwrap().start
    );
}

/// A node without a stake, and a task that does not exist, are said to be so.
fn says_what_is_missing(build: Build) {
    let mut world = World::on(build).stakes(&[STAKE, 0]).start();
    let missing = fresh_step(&world, &world.bank, 1, None);
    assert!(
        matches!(missing, Err(RunnerError::NotStaked(_))),
        "{missing:?}"
    );
    world.tokens.task = Pubkey::new_unique();
    let missing = fresh_step(&world, &world.bank, 0, None);
    assert!(
        matches!(missing, Err(RunnerError::NoTask(_))),
        "{missing:?}"
    );
}
