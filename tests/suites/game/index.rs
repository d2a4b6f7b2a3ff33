//! A node that asks an index what was submitted: it has the ledger list no submissions, notices every lie, and signs nothing
//! that an index alone says.

use super::{
    reads::Asking,
    runner::{options, play},
};
use gradual_consensus::state::{Status, Submission};
use gradual_consensus_client::{
    account::{self, FullSubmission, Keyed, Stored},
    instruction::Entry,
    ledger::{Filter, Ledger, LedgerError, Receipt},
};
use gradual_consensus_node::{
    index::{Index, Indexes, Question, Refusal, Source, Told, list::ListQuestion},
    logic::{ListInput, TaskLogic},
    runner::{Action, CycleView, NodeRunner, Step},
};
use gradual_consensus_testkit::{Build, Echo, World, bank::Bank, on_every_build};
use solana_sdk::{account::Account, instruction::Instruction, pubkey::Pubkey, signature::Keypair};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    ops::Range,
    sync::{Arc, Mutex},
    time::Duration,
};

on_every_build! {
    plays_without_a_list_of_submissions,
    notices_every_lie_and_has_the_ledger_list,
    votes_on_what_is_challenged,
    waits_a_while_for_one_that_has_not_read_yet,
    signs_nothing_that_an_index_alone_says,
}

/// A ledger that counts how often submissions are listed.
struct Counting<'w> {
    bank: &'w Bank,
    lists: Cell<usize>,
}

impl<'w> Counting<'w> {
    fn of(world: &'w World) -> Self {
        Self {
            bank: &world.bank,
            lists: Cell::new(0),
        }
    }
}

impl Ledger for Counting<'_> {
    fn slot(&self) -> Result<u64, LedgerError> {
        self.bank.slot()
    }

    fn accounts(&self, addresses: &[Pubkey]) -> Result<Vec<Option<Account>>, LedgerError> {
        self.bank.accounts(addresses)
    }

    fn program_accounts(
        &self,
        filters: &[Filter],
        part: Option<Range<usize>>,
    ) -> Result<Vec<(Pubkey, Account)>, LedgerError> {
        let is_list = filters.contains(&Filter::at(0, Submission::TYPE));
        self.lists.set(self.lists.get() + usize::from(is_list));
        self.bank.program_accounts(filters, part)
    }

    fn send(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Receipt, LedgerError> {
        self.bank.send(instructions, signers)
    }
}

/// How an index spoils what it tells.
type Spoil = Arc<dyn Fn(&Question, &mut Vec<Told>) + Send + Sync>;

/// An index that knows what it was last shown, and spoils it.
#[derive(Clone)]
struct Double {
    kept: Arc<Mutex<BTreeMap<u64, Vec<Told>>>>,
    spoil: Spoil,
}

impl Index for Double {
    fn tell(&self, question: &Question, _: Duration) -> Result<Vec<Told>, Refusal> {
        let kept = self.kept.lock().unwrap();
        let mut told = kept.get(&question.cycle).cloned().ok_or(Refusal::NotYet)?;
        (self.spoil)(question, &mut told);
        Ok(told)
    }

    fn entry(&self, _: &ListQuestion, _: &Pubkey, _: Duration) -> Result<Option<Entry>, Refusal> {
        Err(Refusal::NotYet)
    }

    fn entries(&self, _: &ListQuestion, _: Duration) -> Result<Vec<(Pubkey, u64)>, Refusal> {
        Err(Refusal::NotYet)
    }
}

/// An index that does not answer.
struct Dead;

impl Index for Dead {
    fn tell(&self, _: &Question, patience: Duration) -> Result<Vec<Told>, Refusal> {
        assert!(
            patience <= Duration::from_secs(2),
            "an eighth of the window"
        );
        Err(Refusal::Failed("connection refused".into()))
    }

    fn entry(&self, _: &ListQuestion, _: &Pubkey, _: Duration) -> Result<Option<Entry>, Refusal> {
        Err(Refusal::Failed("connection refused".into()))
    }

    fn entries(&self, _: &ListQuestion, _: Duration) -> Result<Vec<(Pubkey, u64)>, Refusal> {
        Err(Refusal::Failed("connection refused".into()))
    }
}

/// A world with an index of it, and what became of asking the index.
struct Indexed<'w> {
    world: &'w World,
    double: Double,
    indexes: Indexes,
}

impl<'w> Indexed<'w> {
    fn of(
        world: &'w World,
        spoil: impl Fn(&Question, &mut Vec<Told>) + Send + Sync + 'static,
    ) -> Self {
        let double = Double {
            kept: Arc::default(),
            spoil: Arc::new(spoil),
        };
        let source = Arc::new(Source::new("double".into(), double.clone()));
        Self {
            world,
            double,
            indexes: [source].into_iter().collect(),
        }
    }

    fn honest(world: &'w World) -> Self {
        Self::of(world, |_, _| ())
    }

    /// Shows the index what is submitted for `cycle`.
    fn show(&self, cycle: u64) {
        let filter = account::of_cycle(&self.world.cycle_address(cycle));
        let found: Vec<Keyed<FullSubmission>> =
            account::fetch_all(&self.world.bank, filter).unwrap();
        let told = found.into_iter().map(|found| Told {
            author: found.data.header.subject.author,
            bump: found.data.header.subject.bump,
            handed_in: found.data.into(),
        });
        let mut told: Vec<Told> = told.collect();
        told.sort_by_key(|told| told.author);
        self.double.kept.lock().unwrap().insert(cycle, told);
    }

    fn answers(&self) -> u64 {
        counts(&self.indexes).0
    }

    fn failures(&self) -> u64 {
        counts(&self.indexes).1
    }

    fn lies(&self) -> u64 {
        counts(&self.indexes).2
    }

    /// Node `node`, which asks the index.
    fn runner<'l>(
        &self,
        ledger: &'l Counting<'l>,
        node: usize,
    ) -> NodeRunner<'l, Counting<'l>, Echo> {
        asking(
            self.world,
            ledger,
            node,
            echo(self.world, node),
            &self.indexes,
        )
    }
}

/// The answers, failures and lies of the only one of `indexes`.
fn counts(indexes: &Indexes) -> (u64, u64, u64) {
    let (name, counts) = indexes.counts().next().unwrap();
    assert_eq!(name, "double");
    (counts.answers, counts.failures, counts.lies)
}

fn echo(world: &World, node: usize) -> Echo {
    Echo {
        node: world.nodes[node].pubkey(),
        lies: false,
    }
}

fn asking<'l, T: TaskLogic>(
    world: &World,
    ledger: &'l Counting<'l>,
    node: usize,
    logic: T,
    indexes: &Indexes,
) -> NodeRunner<'l, Counting<'l>, T> {
    let key = world.nodes[node].keypair.insecure_clone();
    let options = options(world, node);
    NodeRunner::new(ledger, world.tokens.task, key, logic, options).asking(indexes.clone())
}

/// Every node but the last submits what it should for cycle 1, each in a slot of its own; the last submits `value`.
fn submit(world: &World, value: &[u8]) {
    let last = world.nodes.len() - 1;
    for node in 0..=last {
        let own = world.nodes[node].pubkey().to_bytes();
        let value = if node == last { value } else { &own };
        world.submit(node, 1, value).unwrap();
        if node < 8 {
            world.warp_to(world.slot() + 1);
        }
    }
}

/// The entries of the list of cycle 1 that pays every node the same.
fn equal_entries(world: &World) -> Vec<(usize, u64)> {
    let count = world.nodes.len();
    let mut entries: Vec<(usize, u64)> = (0..count)
        .map(|node| (node, 10_000 / count as u64))
        .collect();
    entries.sort_by_key(|(node, _)| world.nodes[*node].pubkey());
    entries
}

/// How often the node has voted or challenged in `step`.
fn votes(step: &Step) -> usize {
    let is_vote = |done: &&Action| matches!(done, Action::Audit { .. });
    step.done.iter().filter(is_vote).count()
}

fn right(world: &World) -> Vec<u8> {
    world.nodes.last().unwrap().pubkey().to_bytes().to_vec()
}

/// What a node sends against the submission of `node` for cycle 1.
fn challenge(world: &World, node: usize) -> Action {
    Action::Audit {
        subject: world.submission_address(node, 1),
        is_valid: false,
    }
}

fn plays_without_a_list_of_submissions(build: Build) {
    for (has_index, input) in [
        (true, ListInput::Authors),
        (true, ListInput::Slots),
        (true, ListInput::Values),
        (false, ListInput::Values),
    ] {
        let world = World::on(build.clone()).start();
        let (indexed, given) = (Indexed::honest(&world), RefCell::default());
        let ledger = Counting::of(&world);
        let nobody = Indexes::default();
        let asked = if has_index { &indexed.indexes } else { &nobody };
        let runners = (0..world.nodes.len()).map(|node| {
            let logic = Asking {
                echo: echo(&world, node),
                input,
                given: &given,
            };
            asking(&world, &ledger, node, logic, asked)
        });
        let mut runners: Vec<_> = runners.collect();
        play(&world, 3, |node| {
            let open = CycleView::open_cycles(&world.bank, &world.tokens.task).unwrap();
            open.iter()
                .for_each(|cycle| indexed.show(cycle.data.number));
            runners[node].step().unwrap().wake_at
        });
        for node in 0..4 {
            assert_eq!(world.node_stake(node).claimed, 3 * 10_000 / 4);
        }
        assert_eq!(ledger.lists.get() == 0, has_index, "{input:?}");
        assert_eq!(indexed.answers() > 0, has_index, "{input:?}");
        assert_eq!((indexed.lies(), indexed.failures()), (0, 0));
    }
}

/// An author who submitted nothing.
fn stranger(told: &[Told]) -> Told {
    Told {
        author: Pubkey::new_unique(),
        ..told[0].clone()
    }
}

/// A lie, and what an index is asked when it tells it.
type Lie = (&'static str, ListInput, fn(&mut Vec<Told>));

fn lies() -> [Lie; 9] {
    [
        ("one is missing", ListInput::Authors, |told| {
            drop(told.pop())
        }),
        ("one is added", ListInput::Authors, |told| {
            let one = stranger(told);
            told.push(one);
        }),
        ("one is another", ListInput::Authors, |told| {
            told[2] = stranger(told)
        }),
        ("a bump is another", ListInput::Authors, |told| {
            told[1].bump -= 1
        }),
        ("one is there twice", ListInput::Authors, |told| {
            told[1] = told[0].clone()
        }),
        ("they are in another order", ListInput::Authors, |told| {
            told.reverse()
        }),
        ("a slot is another", ListInput::Slots, |told| {
            told[1].handed_in.slot += 1
        }),
        ("a value is another", ListInput::Values, |told| {
            told[3].handed_in.value = vec![9]
        }),
        ("a value has another end", ListInput::Values, |told| {
            told[0].handed_in.value.push(0)
        }),
    ]
}

fn notices_every_lie_and_has_the_ledger_list(build: Build) {
    for (what, input, lie) in lies() {
        let world = World::on(build.clone()).start_active();
        let given = RefCell::default();
        let indexed = Indexed::of(&world, move |question, told| {
            if question.input == input {
                lie(told);
            }
            // As an index answers.
            let is_order = what.contains("order") || what.contains("twice");
            if !is_order {
                told.sort_by_key(|told| told.author);
            }
        });
        submit(&world, &right(&world));
        indexed.show(1);
        let ledger = Counting::of(&world);
        let logic = Asking {
            echo: echo(&world, 0),
            input,
            given: &given,
        };
        let mut runner = asking(&world, &ledger, 0, logic, &indexed.indexes);
        world.warp_to_audit(2);
        assert_eq!(runner.step().unwrap().failed, [], "{what}");
        let is_of_the_set = input == ListInput::Authors;
        assert_eq!(indexed.lies(), u64::from(is_of_the_set), "{what}");
        assert_eq!(ledger.lists.get() > 0, is_of_the_set, "{what}");
        // The list that another node proposes is judged by what was submitted.
        world.warp_to_round(3);
        let (proposer, _) = world.first_proposer(&[1, 2, 3], 1, 0);
        let entries = equal_entries(&world);
        world.propose(proposer, 1, 0, &entries).unwrap();
        world.warp_to_audit(3);
        let step = runner.step().unwrap();
        assert_eq!((step.failed.len(), votes(&step)), (0, 0), "{what}");
        assert_eq!(indexed.lies(), 1, "{what}");
        // The logic was given what the ledger shows.
        assert_eq!(given.borrow().len(), 4, "{what}");
        for proof in given.borrow().iter() {
            let mut nodes = world.nodes.iter();
            let node = nodes.position(|node| node.pubkey() == proof.node).unwrap();
            let slot = world.submission(node, 1).subject.slot;
            assert_eq!(proof.slot, if is_of_the_set { 0 } else { slot }, "{what}");
            let value: &[u8] = if input == ListInput::Values {
                proof.node.as_ref()
            } else {
                &[]
            };
            assert_eq!(proof.value, value, "{what}");
        }
    }
}

/// An index says nothing of statuses: what is challenged is read from the ledger.
fn votes_on_what_is_challenged(build: Build) {
    let world = World::on(build).start_active();
    let indexed = Indexed::honest(&world);
    submit(&world, b"wrong");
    indexed.show(1);
    world.warp_to_audit(2);
    let ledger = Counting::of(&world);
    for node in 0..3 {
        let step = indexed.runner(&ledger, node).step().unwrap();
        assert_eq!(step.done, [challenge(&world, 3)]);
    }
    world.warp_past_audit(2);
    let (mut resolved, last) = (false, world.schedule().boundary(3).unwrap());
    while !resolved && world.slot() < last {
        let step = indexed.runner(&ledger, 0).step().unwrap();
        resolved = !matches!(world.submission(3, 1).subject.status(), Status::Challenged);
        world.warp_to(step.wake_at);
    }
    assert_eq!(world.submission(3, 1).subject.status(), Status::Invalid);
    world.warp_to(world.schedule().submission_window(3).unwrap().end);
    indexed.runner(&ledger, 0).step().unwrap();
    assert_eq!(world.list(1, 0).count, 3);
    assert_eq!((ledger.lists.get(), indexed.lies()), (0, 0));
}

fn waits_a_while_for_one_that_has_not_read_yet(build: Build) {
    let wrong = || {
        let world = World::on(build.clone()).start_active();
        submit(&world, b"wrong");
        world.warp_to_audit(2);
        world
    };
    // Steps at every slot until the wrong submission is challenged.
    let challenged_at = |world: &World, indexes: &Indexes, tell: &dyn Fn(u64)| {
        let ledger = Counting::of(world);
        let mut runner = asking(world, &ledger, 0, echo(world, 0), indexes);
        let start = world.slot();
        loop {
            tell(world.slot() - start);
            let step: Step = runner.step().unwrap();
            if step.done == [challenge(world, 3)] {
                return world.slot() - start;
            }
            assert_eq!((step.done.len(), step.wake_at), (0, world.slot() + 1));
            world.warp_to(step.wake_at);
        }
    };
    let world = wrong();
    let indexed = Indexed::honest(&world);
    let tell = |slots| {
        if slots == 2 {
            indexed.show(1);
        }
    };
    assert_eq!(challenged_at(&world, &indexed.indexes, &tell), 2);
    assert_eq!(indexed.answers(), 1);

    // It never reads it: an eighth of the window is waited for.
    let world = wrong();
    let indexed = Indexed::honest(&world);
    assert_eq!(challenged_at(&world, &indexed.indexes, &|_| ()), 5);
    assert_eq!(indexed.failures(), 0);

    // One that does not answer costs nothing.
    let world = wrong();
    let dead = Arc::new(Source::new("double".into(), Dead));
    let dead: Indexes = [dead].into_iter().collect();
    assert_eq!(challenged_at(&world, &dead, &|_| ()), 0);
    assert_eq!(counts(&dead), (0, 1, 0));
}

/// In a large cycle a node that looks for a few may not notice that one author is another. It neither proposes the list that
/// follows from that, nor challenges the right one.
fn signs_nothing_that_an_index_alone_says(build: Build) {
    let world = World::on(build).stakes(&[1_000; 110]).start_active();
    submit(&world, &right(&world));
    world.warp_to_audit(2);
    let ledger = Counting::of(&world);
    // The lie about the author at one of the places is one that this node does not notice.
    let deceived = |node: usize| {
        let lies = (0..110).map(|place: usize| {
            let stranger = Pubkey::new_unique();
            let lie = move |_: &Question, told: &mut Vec<Told>| {
                told[place].author = stranger;
                told.sort_by_key(|told| told.author);
            };
            let indexed = Indexed::of(&world, lie);
            indexed.show(1);
            let mut runner = indexed.runner(&ledger, node);
            assert_eq!(runner.step().unwrap().done, []);
            (indexed, runner)
        });
        let mut lies = lies.filter(|(indexed, _)| indexed.lies() == 0);
        lies.next().unwrap()
    };
    let (one, mut proposes) = deceived(0);
    let (other, mut judges) = deceived(1);
    world.warp_to(world.schedule().submission_window(3).unwrap().end);
    let propose = Action::Propose {
        cycle: 1,
        attempt: 0,
    };
    assert!(proposes.step().unwrap().done.contains(&propose));
    let entries = equal_entries(&world);
    let expected = world.proposal(1, &entries);
    assert_eq!(world.list(1, 0).merkle_root, expected.merkle_root);
    assert_eq!(one.lies(), 1);

    world.warp_to_audit(3);
    assert_eq!(other.lies(), 0);
    assert_eq!(votes(&judges.step().unwrap()), 0);
    assert_eq!(other.lies(), 1);
    assert_eq!(world.list(1, 0).subject.status(), Status::Pending);
}
