//! What a node reads of others: no more than its logic and its duties need, and all of that.

use super::runner::options;
use gradual_consensus::state::{NodeStake, Task};
use gradual_consensus_client::{
    account::{self, FullSubmission, Stored},
    ledger::{Ledger, Tap, Tapped},
};
use gradual_consensus_node::{
    logic::{DistributionCycle, ListInput, LogicError, Proof, TaskLogic, equal_shares},
    runner::{Action, NodeRunner, RunnerOptions, Step},
};
use gradual_consensus_testkit::{Build, Echo, Machine, World, bank::Bank, on_every_build};
use solana_sdk::{account::Account, pubkey::Pubkey};
use std::cell::{Cell, RefCell};

on_every_build! {
    reads_of_submissions_what_lists_depend_on,
    draws_anew_what_a_list_lacked,
    opens_and_parks_in_a_crowd_without_its_stakes,
}

/// Notes what is read, and hides one account from lists while it is told to.
#[derive(Default)]
struct Reader {
    /// The authors of submissions whose values were read.
    values: RefCell<Vec<Pubkey>>,
    /// The longest part of a stake that was listed, in bytes.
    of_stakes: Cell<usize>,
    hidden: Cell<Option<Pubkey>>,
}

impl Reader {
    fn note(&self, account: &Account) {
        let whole = account::decode::<FullSubmission>(account);
        let authors = whole.map(|one| one.header.subject.author);
        self.values.borrow_mut().extend(authors);
    }
}

impl Tap for Reader {
    fn after_accounts(&self, accounts: &mut [Option<Account>]) {
        accounts.iter().flatten().for_each(|one| self.note(one));
    }

    fn after_listing(&self, accounts: &mut Vec<(Pubkey, Account)>) {
        accounts.retain(|(address, _)| Some(*address) != self.hidden.get());
        for (_, account) in accounts {
            self.note(account);
            let is_stake = account.data.starts_with(NodeStake::TYPE);
            let length = account.data.len() * usize::from(is_stake);
            self.of_stakes.set(self.of_stakes.get().max(length));
        }
    }
}

fn watched(world: &World) -> Tapped<&Bank, Reader> {
    Tapped {
        ledger: &world.bank,
        tap: Reader::default(),
    }
}

/// An [`Echo`] that says what its lists depend on, and keeps what it is given.
pub(super) struct Asking<'t> {
    pub(super) echo: Echo,
    pub(super) input: ListInput,
    pub(super) given: &'t RefCell<Vec<Proof>>,
}

impl TaskLogic for Asking<'_> {
    fn work(&mut self, cycle: u64) -> Result<Vec<u8>, LogicError> {
        self.echo.work(cycle)
    }

    fn audit(&mut self, proof: &Proof) -> Result<bool, LogicError> {
        self.echo.audit(proof)
    }

    fn list_input(&mut self) -> Result<ListInput, LogicError> {
        Ok(self.input)
    }

    fn distribution(
        &mut self,
        cycle: &DistributionCycle,
        submissions: &[Proof],
        verdicts: &[bool],
    ) -> Result<Vec<(Pubkey, u64)>, LogicError> {
        self.given.replace(submissions.to_vec());
        Ok(equal_shares(cycle.bounty, submissions, verdicts))
    }
}

fn runner<'l, L: Ledger, T: TaskLogic>(
    world: &World,
    ledger: &'l L,
    logic: T,
    options: RunnerOptions,
) -> NodeRunner<'l, L, T> {
    let key = world.nodes[0].keypair.insecure_clone();
    NodeRunner::new(ledger, world.tokens.task, key, logic, options)
}

fn echo(world: &World) -> Echo {
    Echo {
        node: world.nodes[0].pubkey(),
        lies: false,
    }
}

fn submit(world: &World, node: usize) {
    let proof = world.nodes[node].pubkey().to_bytes();
    world.submit(node, 1, &proof).unwrap();
}

/// A node that judges nothing reads others' values only for lists that depend on them, and their slots only for lists
/// that depend on these.
fn reads_of_submissions_what_lists_depend_on(build: Build) {
    for input in [ListInput::Authors, ListInput::Slots, ListInput::Values] {
        let world = World::on(build.clone()).start_active();
        let (ledger, given) = (watched(&world), RefCell::default());
        let logic = Asking {
            echo: echo(&world),
            input,
            given: &given,
        };
        let options = RunnerOptions {
            audit_rate: 0,
            ..options(&world, 0)
        };
        let mut runner = runner(&world, &ledger, logic, options);
        for node in 0..4 {
            submit(&world, node);
            world.warp_to(world.slot() + 1);
        }
        for slot in [
            world.schedule().audit_window(2).unwrap().start,
            world.schedule().submission_window(3).unwrap().end,
        ] {
            world.warp_to(slot);
            assert_eq!(runner.step().unwrap().failed, []);
        }
        assert_eq!(world.list(1, 0).count, 4);
        let submission = |proof: &Proof| {
            let mut nodes = world.nodes.iter();
            let number = nodes.position(|node| node.pubkey() == proof.node).unwrap();
            world.submission(number, 1)
        };
        let (slots, values) = (input != ListInput::Authors, input == ListInput::Values);
        for proof in given.borrow().iter() {
            let slot = submission(proof).subject.slot;
            assert_eq!(proof.slot, if slots { slot } else { 0 }, "{input:?}");
            let value: &[u8] = if values { proof.node.as_ref() } else { &[] };
            assert_eq!(proof.value, value, "{input:?}");
        }
        assert_eq!(given.borrow().len(), 4);
        let others = ledger.tap.values.into_inner();
        let read = others.iter().any(|author| *author != echo(&world).node);
        assert_eq!(read, values, "{input:?}");
    }
}

/// An RPC may list a submission late. What was drawn from a list without it is no draw of the cycle.
fn draws_anew_what_a_list_lacked(build: Build) {
    let world = World::on(build).start_active();
    for node in 0..3 {
        submit(&world, node);
    }
    world.submit(3, 1, b"wrong").unwrap();
    let ledger = watched(&world);
    let mut runner = runner(&world, &ledger, echo(&world), options(&world, 0));
    let subject = world.submission_address(3, 1);
    ledger.tap.hidden.set(Some(subject));
    world.warp_to_audit(2);
    assert_eq!(runner.step().unwrap().done, []);
    ledger.tap.hidden.set(None);
    let challenge = Action::Audit {
        subject,
        is_valid: false,
    };
    assert_eq!(runner.step().unwrap().done, [challenge]);
}

/// In a task with more than a thousand stakes nobody reads them all: a node finds its turn by itself, opens the cycle
/// within half of a window, and parks those who are idle.
fn opens_and_parks_in_a_crowd_without_its_stakes(build: Build) {
    let world = World::on(build)
        .params(|params| params.idle_rounds = 1)
        .start();
    // The crowd is written: stakes that cannot vote.
    let written = Task {
        node_count: 5_000,
        ..world.task()
    };
    let mut account = world.bank.account(&world.tokens.task).unwrap();
    let body = account.data.get_mut(Task::TYPE.len()..).unwrap();
    body.copy_from_slice(bytemuck::bytes_of(&written));
    world.bank.put(&world.tokens.task, Some(account));

    let ledger = watched(&world);
    let mut runner = runner(&world, &ledger, echo(&world), options(&world, 0));
    let mut steps: Vec<Step> = Vec::new();
    for round in 1..3 {
        world.warp_to(world.schedule().boundary(round).unwrap());
        let last = world.slot() + world.schedule().submission_window / 2;
        while world.slot() <= last {
            let step = runner.step().unwrap();
            assert_eq!(step.failed, []);
            let wake_at = step.wake_at;
            steps.push(step);
            world.warp_to(wake_at);
        }
    }
    let done: Vec<Action> = steps.into_iter().flat_map(|step| step.done).collect();
    for expected in [Action::Open { cycle: 1 }, Action::Open { cycle: 2 }] {
        assert!(done.contains(&expected), "{done:?}");
    }
    let parked = |node: usize| world.node_stake(node).stake.is_parked();
    assert_eq!([0, 1, 2, 3].map(parked), [false, true, true, true]);
    assert_eq!(ledger.tap.of_stakes.get(), 0);
    // They are looked at no more, and hide no one that is still to be parked.
    let acted = account::fetch_last_active(&world.bank, &world.tokens.task).unwrap();
    let awake = (0..world.nodes.len()).filter(|&node| !parked(node));
    assert_eq!(acted.len(), awake.count());
}
