//! A node that has an index tell what an accepted list pays: it is paid where it cannot recompute the list, asks for no more than
//! it needs, and notices every lie.

use super::runner::options;
use gradual_consensus_client::instruction::Entry;
use gradual_consensus_node::{
    index::{Index, Indexes, Question, Refusal, Source, Told, list::ListQuestion},
    runner::{Action, BuiltList, NodeRunner, Step},
};
use gradual_consensus_testkit::{Build, Echo, World, bank::Bank, on_every_build};
use solana_sdk::pubkey::Pubkey;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

on_every_build! {
    is_paid_by_an_entry_where_it_cannot_recompute_the_list,
    asks_the_next_one_after_every_lie_about_its_entry,
    has_who_denies_its_entry_prove_it_by_the_whole_list,
    pays_absent_nodes_by_the_whole_list,
    asks_for_nothing_that_it_built_and_recomputes_what_nobody_tells,
    waits_for_none_that_hangs,
}

/// What the list pays: no equal shares, and node 3 nothing.
const PAID: [(usize, u64); 3] = [(1, 3_000), (0, 5_000), (2, 2_000)];

/// What an index was asked about lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Asks {
    entries: usize,
    lists: usize,
}

/// How an index spoils an entry, and all of them.
type SpoilEntry = Box<dyn Fn(&mut Option<Entry>) + Send + Sync>;
type SpoilAll = Box<dyn Fn(&mut Vec<(Pubkey, u64)>) + Send + Sync>;

/// An index that knows a list, and spoils what it tells of it.
struct Double {
    list: Option<BuiltList>,
    asks: Arc<Mutex<Asks>>,
    spoil_entry: SpoilEntry,
    spoil_all: SpoilAll,
}

impl Double {
    fn honest(list: Option<BuiltList>) -> Self {
        Self {
            list,
            asks: Arc::default(),
            spoil_entry: Box::new(|_| ()),
            spoil_all: Box::new(|_| ()),
        }
    }
}

impl Index for Double {
    fn tell(&self, _: &Question, _: Duration) -> Result<Vec<Told>, Refusal> {
        Err(Refusal::NotYet)
    }

    fn entry(
        &self,
        asked: &ListQuestion,
        node: &Pubkey,
        _: Duration,
    ) -> Result<Option<Entry>, Refusal> {
        assert_eq!((asked.cycle, asked.attempt), (1, 0));
        self.asks.lock().unwrap().entries += 1;
        let list = self.list.as_ref().ok_or(Refusal::NotYet)?;
        let mut entry = list.entry(node);
        (self.spoil_entry)(&mut entry);
        Ok(entry)
    }

    fn entries(&self, asked: &ListQuestion, _: Duration) -> Result<Vec<(Pubkey, u64)>, Refusal> {
        self.asks.lock().unwrap().lists += 1;
        let list = self.list.as_ref().ok_or(Refusal::NotYet)?;
        assert_eq!(asked.count as usize, list.entries().len());
        let mut entries = list.entries().to_vec();
        (self.spoil_all)(&mut entries);
        Ok(entries)
    }
}

/// What a node asks, with what became of it.
struct Asked {
    indexes: Indexes,
    asks: Vec<Arc<Mutex<Asks>>>,
}

impl Asked {
    fn of(doubles: impl IntoIterator<Item = Double>) -> Self {
        let doubles: Vec<Double> = doubles.into_iter().collect();
        let asks = doubles.iter().map(|one| Arc::clone(&one.asks)).collect();
        let sources = doubles.into_iter().zip(["first", "second"]);
        let sources = sources.map(|(one, name)| Arc::new(Source::new(name.into(), one)));
        Self {
            indexes: sources.collect(),
            asks,
        }
    }

    /// How many entries and whole lists the index was asked for.
    fn asks(&self, index: usize) -> (usize, usize) {
        let asks = self.asks[index].lock().unwrap();
        (asks.entries, asks.lists)
    }

    /// The answers, failures and lies of the index.
    fn counts(&self, index: usize) -> (u64, u64, u64) {
        let (_, counts) = self.indexes.counts().nth(index).unwrap();
        (counts.answers, counts.failures, counts.lies)
    }

    fn runner<'w>(&self, world: &'w World, node: usize) -> NodeRunner<'w, Bank, Echo> {
        let person = &world.nodes[node];
        let echo = Echo {
            node: person.pubkey(),
            lies: false,
        };
        let (task, key) = (world.tokens.task, person.keypair.insecure_clone());
        NodeRunner::new(&world.bank, task, key, echo, options(world, node))
            .asking(self.indexes.clone())
    }
}

/// The list of `cycle` that pays `paid`.
fn list(world: &World, cycle: u64, paid: &[(usize, u64)]) -> BuiltList {
    let entries = paid.iter();
    let entries = entries.map(|&(node, amount)| (world.nodes[node].pubkey(), amount));
    BuiltList::new(&world.task_address(), cycle, entries.collect()).unwrap()
}

/// A world at the beginning of round 4, in which all nodes submitted for cycle 1, and its list that pays `paid` was accepted.
fn accepted(build: &Build, paid: &[(usize, u64)]) -> World {
    let world = World::on(build.clone()).start_active();
    for node in 0..4 {
        let value = world.nodes[node].pubkey().to_bytes();
        world.submit(node, 1, &value).unwrap();
    }
    world.set_active(false).unwrap();
    propose(&world, paid);
    world.warp_past_audit(3);
    world.finalize(1, 0).unwrap();
    world.warp_to_round(4);
    world
}

/// Has the list of cycle 1 that pays `paid` proposed, and returns by which node.
fn propose(world: &World, paid: &[(usize, u64)]) -> usize {
    world.warp_to_round(3);
    let (proposer, _) = world.first_proposer(&[0, 1, 2, 3], 1, 0);
    world.propose(proposer, 1, 0, paid).unwrap();
    proposer
}

/// The nodes that `step` paid, in their order.
fn paid(world: &World, step: &Step) -> Vec<usize> {
    let paid = step.done.iter().filter_map(|done| match done {
        Action::Payout { cycle: 1, node } => Some(*node),
        _ => None,
    });
    let mut paid: Vec<usize> = paid
        .map(|paid| {
            let mut nodes = world.nodes.iter();
            nodes.position(|node| node.pubkey() == paid).unwrap()
        })
        .collect();
    paid.sort_unstable();
    paid
}

fn is_paid_by_an_entry_where_it_cannot_recompute_the_list(build: Build) {
    let world = accepted(&build, &PAID);
    let nobody = Asked::of([]);
    let step = nobody.runner(&world, 0).step().unwrap();
    assert_eq!((paid(&world, &step), step.failed.len()), (vec![], 0));

    let asked = Asked::of([Double::honest(Some(list(&world, 1, &PAID)))]);
    for (node, amount) in PAID {
        let step = asked.runner(&world, node).step().unwrap();
        assert_eq!(paid(&world, &step), [node]);
        assert_eq!(world.node_stake(node).claimed, amount);
    }
    assert_eq!((asked.asks(0), asked.counts(0)), ((3, 0), (3, 0, 0)));
}

/// A lie about the entry of node 0.
type Lie = (&'static str, Box<dyn Fn(&mut Entry) + Send + Sync>);

fn lies(world: &World) -> Vec<Lie> {
    let entry_of = |cycle: u64, paid: &[(usize, u64)], node: usize| {
        let list = list(world, cycle, paid);
        let entry = list.entry(&world.nodes[node].pubkey()).unwrap();
        move |told: &mut Entry| *told = entry.clone()
    };
    let mut richer = PAID;
    richer[1].1 += 1;
    vec![
        ("the amount", Box::new(|told| told.amount += 1)),
        ("the place", Box::new(|told| told.index = 0)),
        ("a place outside", Box::new(|told| told.index = 3)),
        ("the proof", Box::new(|told| told.proof[0][31] ^= 1)),
        ("a short proof", Box::new(|told| told.proof.truncate(1))),
        ("a long proof", Box::new(|told| told.proof.push([0; 32]))),
        ("no proof", Box::new(|told| told.proof.clear())),
        ("another node", Box::new(entry_of(1, &PAID, 1))),
        ("another cycle", Box::new(entry_of(2, &PAID, 0))),
        ("another list", Box::new(entry_of(1, &richer, 0))),
    ]
}

fn asks_the_next_one_after_every_lie_about_its_entry(build: Build) {
    let world = accepted(&build, &PAID);
    let known = || Some(list(&world, 1, &PAID));
    let honest = || Double::honest(known());
    let lying = |lie: Box<dyn Fn(&mut Entry) + Send + Sync>| Double {
        spoil_entry: Box::new(move |told| lie(told.as_mut().unwrap())),
        ..honest()
    };
    for (what, lie) in lies(&world) {
        let asked = Asked::of([lying(lie)]);
        let step = asked.runner(&world, 0).step().unwrap();
        assert_eq!(
            (paid(&world, &step), step.failed.len()),
            (vec![], 0),
            "{what}"
        );
        assert_eq!(
            (asked.asks(0), asked.counts(0)),
            ((1, 0), (0, 0, 1)),
            "{what}"
        );
    }
    // Nothing was sent, and an honest one is enough.
    let (_, lie) = lies(&world).remove(0);
    let asked = Asked::of([lying(lie), honest()]);
    let step = asked.runner(&world, 0).step().unwrap();
    assert_eq!(paid(&world, &step), [0]);
    assert_eq!((asked.counts(0), asked.counts(1)), ((0, 0, 1), (1, 0, 0)));
}

/// A change of a whole list.
type Change = fn(&mut Vec<(Pubkey, u64)>);

fn has_who_denies_its_entry_prove_it_by_the_whole_list(build: Build) {
    let world = accepted(&build, &PAID);
    let denying = |spoil_all: Change| Double {
        spoil_entry: Box::new(|told| *told = None),
        spoil_all: Box::new(spoil_all),
        ..Double::honest(Some(list(&world, 1, &PAID)))
    };
    let changes: [(&str, Change); 7] = [
        ("its entry is missing", |told| {
            told.retain(|(_, paid)| *paid != 5_000)
        }),
        ("its entry is another's", |told| {
            told[1].0 = Pubkey::new_unique()
        }),
        ("one is added", |told| told.push((Pubkey::new_unique(), 1))),
        ("one is there twice", |told| told[2] = told[1]),
        ("they are in another order", |told| told.swap(0, 1)),
        ("an amount is another", |told| told[0].1 += 1),
        ("there are none", Vec::clear),
    ];
    for (what, change) in changes {
        let asked = Asked::of([denying(change)]);
        let step = asked.runner(&world, 0).step().unwrap();
        assert_eq!(
            (paid(&world, &step), step.failed.len()),
            (vec![], 0),
            "{what}"
        );
        assert_eq!(
            (asked.asks(0), asked.counts(0)),
            ((1, 1), (1, 0, 1)),
            "{what}"
        );
    }
    // Who denies it and tells the whole list has lied.
    let asked = Asked::of([denying(|_| ())]);
    let step = asked.runner(&world, 0).step().unwrap();
    assert_eq!(paid(&world, &step), [0]);
    assert_eq!((asked.asks(0), asked.counts(0)), ((1, 1), (2, 0, 1)));

    // Who is not on the list is shown the whole list once.
    let asked = Asked::of([Double::honest(Some(list(&world, 1, &PAID)))]);
    let mut runner = asked.runner(&world, 3);
    for _ in 0..3 {
        let step = runner.step().unwrap();
        assert_eq!((paid(&world, &step), step.failed.len()), (vec![], 0));
        world.warp_to(step.wake_at);
    }
    assert_eq!((asked.asks(0), asked.counts(0)), ((1, 1), (2, 0, 0)));
}

fn pays_absent_nodes_by_the_whole_list(build: Build) {
    let world = accepted(&build, &PAID);
    // The last round of the claim window.
    world.warp_to_round(5);
    let asked = Asked::of([Double::honest(Some(list(&world, 1, &PAID)))]);
    let (mut runner, end) = (
        asked.runner(&world, 0),
        world.schedule().boundary(6).unwrap(),
    );
    let mut all = Vec::new();
    while world.cycle(1).paid_submissions < 3 {
        let step = runner.step().unwrap();
        assert_eq!(step.failed, []);
        all.extend(paid(&world, &step));
        world.warp_to(step.wake_at);
        assert!(world.slot() < end, "{all:?}");
    }
    assert_eq!(all, [0, 1, 2]);
    for (node, amount) in PAID {
        let stake = world.node_stake(node);
        assert_eq!(stake.claimed + stake.available_balance, amount);
    }
    assert_eq!((asked.asks(0), asked.counts(0)), ((1, 1), (2, 0, 0)));
}

fn asks_for_nothing_that_it_built_and_recomputes_what_nobody_tells(build: Build) {
    for builds in [true, false] {
        let world = World::on(build.clone()).start_active();
        for node in 0..4 {
            let value = world.nodes[node].pubkey().to_bytes();
            world.submit(node, 1, &value).unwrap();
        }
        // Its logic's list, which is in the order of addresses.
        let mut order = [0, 1, 2, 3].map(|node| (node, 2_500));
        order.sort_by_key(|(node, _)| world.nodes[*node].pubkey());
        world.set_active(false).unwrap();
        // Nobody judges its own list.
        let node = (propose(&world, &order) + 1) % 4;
        world.warp_to_audit(3);
        let known = builds.then(|| list(&world, 1, &order));
        let asked = Asked::of([Double::honest(known)]);
        let mut runner = asked.runner(&world, node);
        if builds {
            let step = runner.step().unwrap();
            assert_eq!((step.done.len(), step.failed.len()), (0, 0));
        }
        world.warp_past_audit(3);
        world.finalize(1, 0).unwrap();
        world.warp_to_round(4);
        let step = runner.step().unwrap();
        assert_eq!(paid(&world, &step), [node]);
        let asks = usize::from(!builds);
        assert_eq!((asked.asks(0), asked.counts(0)), ((asks, 0), (0, 0, 0)));
    }
}

/// An index that takes all the time that it is given, as one does that hangs.
struct Hanging;

impl Hanging {
    fn hang<T>(patience: Duration) -> Result<T, Refusal> {
        // An eighth of an audit window of 40 slots.
        assert!(patience <= Duration::from_secs(2));
        Err(Refusal::Failed("it was not there in time".into()))
    }
}

impl Index for Hanging {
    fn tell(&self, _: &Question, patience: Duration) -> Result<Vec<Told>, Refusal> {
        Self::hang(patience)
    }

    fn entry(
        &self,
        _: &ListQuestion,
        _: &Pubkey,
        patience: Duration,
    ) -> Result<Option<Entry>, Refusal> {
        Self::hang(patience)
    }

    fn entries(&self, _: &ListQuestion, patience: Duration) -> Result<Vec<(Pubkey, u64)>, Refusal> {
        Self::hang(patience)
    }
}

fn waits_for_none_that_hangs(build: Build) {
    let world = accepted(&build, &PAID);
    let hanging = Arc::new(Source::new("hanging".into(), Hanging));
    let honest = Double::honest(Some(list(&world, 1, &PAID)));
    let honest = Arc::new(Source::new("honest".into(), honest));
    let indexes: Indexes = [hanging, honest].into_iter().collect();
    let asked = Asked {
        indexes,
        asks: vec![],
    };
    // The first is asked once, and rests.
    for node in [0, 1] {
        let step = asked.runner(&world, node).step().unwrap();
        assert_eq!(paid(&world, &step), [node]);
    }
    assert_eq!((asked.counts(0), asked.counts(1)), ((0, 1, 0), (2, 0, 0)));
}
