//! The lists of an index: whose entries it knows, what it tells of them, and for how long.

use super::index::{GENESIS, Served, submit};
use axum::http::StatusCode;
use gradual_consensus::{rules::merkle, state::DistributionList};
use gradual_consensus_client::instruction::Entry;
use gradual_consensus_dashboard::{history::History, index::Entries};
use gradual_consensus_node::{
    index::list::{EntriesPage, EntryPage, ListQuestion},
    runner::BuiltList,
};
use gradual_consensus_testkit::{Build, World, suite::stages::CYCLE};
use solana_sdk::pubkey::Pubkey;
use std::sync::{Arc, Mutex};

/// The entries of a list, each by the node's number.
type Paid = [(usize, u64)];

fn asked(world: &World, list: &DistributionList) -> ListQuestion {
    ListQuestion {
        task: world.task_address(),
        cycle: CYCLE,
        attempt: list.attempt,
        count: list.count,
    }
}

/// The entry of `node` of the list of `attempt`, as a node reads it; `None` while its entries are not known.
fn entry(served: &Served, world: &World, attempt: u8, node: &Pubkey) -> Option<Option<Entry>> {
    let list = world.list(CYCLE, attempt);
    let asked = asked(world, &list);
    let (status, text) = served.get(&asked.entry_path(node));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        return None;
    }
    assert_eq!(status, StatusCode::OK, "{text}");
    let page: EntryPage = serde_json::from_str(&text).unwrap();
    let entry = page.entry(GENESIS, &asked, node).unwrap();
    if let Some(entry) = &entry {
        let leaf = merkle::Leaf {
            task: world.task_address().to_bytes(),
            cycle: CYCLE,
            index: entry.index,
            node: node.to_bytes(),
            amount: entry.amount,
        };
        let (root, leaf) = (&list.merkle_root, leaf.hash());
        assert!(merkle::verify(
            root,
            leaf,
            entry.index,
            list.count,
            &entry.proof
        ));
    }
    Some(entry)
}

/// All entries of the list of `attempt`, which lead to its root.
fn entries(served: &Served, world: &World, attempt: u8) -> Vec<(Pubkey, u64)> {
    let list = world.list(CYCLE, attempt);
    let asked = asked(world, &list);
    let (status, text) = served.get(&asked.page_path(0));
    assert_eq!(status, StatusCode::OK, "{text}");
    let page: EntriesPage = serde_json::from_str(&text).unwrap();
    let rows = page.rows(GENESIS, &asked, 0).unwrap();
    let built = BuiltList::new(&asked.task, CYCLE, rows.clone()).unwrap();
    assert!(built.matches(&list));
    let (_, beyond) = served.get(&asked.page_path(u32::MAX));
    let beyond: EntriesPage = serde_json::from_str(&beyond).unwrap();
    assert_eq!(beyond.nodes.len(), 0);
    rows
}

fn propose(world: &World, attempt: u8, paid: &Paid) {
    let nodes: Vec<usize> = (0..4).collect();
    let (proposer, turn) = world.first_proposer(&nodes, CYCLE, attempt);
    world.warp_to(turn.max(world.slot()));
    world.propose(proposer, CYCLE, attempt, paid).unwrap();
}

/// The list that pays `share` to each of `nodes`, in the order in which their logic writes it.
fn equal(world: &World, nodes: &[usize], share: u64) -> Vec<(usize, u64)> {
    let mut paid: Vec<(usize, u64)> = nodes.iter().map(|&node| (node, share)).collect();
    paid.sort_by_key(|(node, _)| world.nodes[*node].pubkey());
    paid
}

/// A world in the review of its cycle, in which all nodes submitted; and its index, which has read that.
fn reviewed(world: &World) -> Served<'_> {
    (0..4).for_each(|node| submit(world, node));
    world.warp_to_audit(CYCLE + 1);
    let mut served = Served::in_memory(world);
    served.keeper.step();
    served
}

#[test]
fn an_index_recomputes_equal_shares_and_tells_them_while_they_are_paid() {
    let world = World::on(Build::Native).start_active();
    let mut served = reviewed(&world);
    let nodes: Vec<Pubkey> = world.nodes.iter().map(|node| node.pubkey()).collect();
    world.warp_to_round(CYCLE + 2);
    served.keeper.step();
    let equal = equal(&world, &[0, 1, 2, 3], 2_500);
    propose(&world, 0, &equal);
    assert_eq!(entry(&served, &world, 0, &nodes[0]), None);
    world.warp_to(world.slot() + 1);
    let lists = served.reads.lists.get();
    served.keeper.step();
    assert_eq!(served.reads.lists.get(), lists, "it lists nothing for that");
    for node in &nodes {
        assert_eq!(
            entry(&served, &world, 0, node).unwrap().unwrap().amount,
            2_500
        );
    }
    assert_eq!(entry(&served, &world, 0, &Pubkey::new_unique()), Some(None));
    let expected = equal.iter().map(|&(node, paid)| (nodes[node], paid));
    assert_eq!(entries(&served, &world, 0), expected.collect::<Vec<_>>());

    // It is told on when no submission is kept any more, and no longer than it can be paid.
    let last = world.task().last_attempt_round(CYCLE).unwrap() + world.params.claim_window;
    for (round, expected) in [
        (last, StatusCode::OK),
        (last + 4, StatusCode::SERVICE_UNAVAILABLE),
    ] {
        world.warp_to_round(round);
        served.keeper.step();
        let (status, _) = served.get(&asked(&world, &world.list(CYCLE, 0)).page_path(0));
        assert_eq!(status, expected, "{round}");
    }
}

#[test]
fn who_fell_is_left_out_whether_the_audit_was_resolved_or_not() {
    for is_resolved in [true, false] {
        let world = World::on(Build::Native).start_active();
        let mut served = reviewed(&world);
        let fallen = world.submission_address(3, CYCLE);
        for node in 0..3 {
            world.audit(node, fallen, false).unwrap();
        }
        world.warp_past_audit(CYCLE + 1);
        if is_resolved {
            world.resolve(fallen).unwrap();
        }
        world.warp_to_round(CYCLE + 2);
        propose(&world, 0, &equal(&world, &[0, 1, 2], 3_333));
        served.keeper.step();
        let (first, last) = (world.nodes[0].pubkey(), world.nodes[3].pubkey());
        let found = entry(&served, &world, 0, &first).unwrap();
        assert_eq!(found.unwrap().amount, 3_333, "{is_resolved}");
        assert_eq!(
            entry(&served, &world, 0, &last),
            Some(None),
            "{is_resolved}"
        );
    }
}

/// A world whose list, of the URI `list`, was proposed and pays no equal shares; and its index.
fn unequal<'w>(world: &'w World, paid: &Paid) -> Served<'w> {
    let mut served = reviewed(world);
    world.warp_to_round(CYCLE + 2);
    let (proposer, turn) = world.first_proposer(&[0, 1, 2, 3], CYCLE, 0);
    world.warp_to(turn.max(world.slot()));
    let mut proposal = world.proposal(CYCLE, paid);
    proposal.uri = "list".into();
    let node = world.nodes[proposer].pubkey();
    let task = world.task_address();
    let propose = gradual_consensus_client::instruction::submit_distribution_list(
        task, CYCLE, 0, node, node, proposal,
    );
    world.act(proposer, propose).unwrap();
    served.keeper.step();
    served
}

#[test]
fn a_list_of_other_shares_is_read_where_its_proposer_says_and_kept_if_it_leads_to_its_root() {
    let world = World::on(Build::Native).start_active();
    let paid = [(0, 7_000), (1, 2_000), (2, 1_000)];
    let served = unequal(&world, &paid);
    let lists = served.reads.lists.get();
    let named = |paid: &Paid| -> Entries {
        let entries = paid.iter();
        entries
            .map(|&(node, paid)| (world.nodes[node].pubkey(), paid))
            .collect()
    };
    let other = named(&[(0, 1_000), (1, 2_000), (2, 7_000)]);
    // What is there, and how often it was read.
    let there: Arc<Mutex<(Vec<Entries>, usize)>> = Arc::new(Mutex::new((vec![other.clone()], 0)));
    let place = Arc::clone(&there);
    let mut served = served.reading(move |list| {
        assert_eq!(list.uri(), "list");
        let mut place = place.lock().unwrap();
        place.1 += 1;
        Ok(place.0.clone())
    });
    let reads = || there.lock().unwrap().1;
    let first = world.nodes[0].pubkey();
    let mut look = |slots: u64| {
        world.warp_to(world.slot() + slots);
        served.keeper.step();
        entry(&served, &world, 0, &first)
    };
    assert_eq!((look(1), reads()), (None, 0), "it may still fall");
    world.warp_past_audit(CYCLE + 2);
    world.finalize(CYCLE, 0).unwrap();
    assert_eq!((look(1), reads()), (None, 1), "it is another list");
    there.lock().unwrap().0 = vec![other, named(&paid)];
    assert_eq!((look(100), reads()), (None, 1), "it rests");
    assert_eq!(look(200).unwrap().unwrap().amount, 7_000);
    assert_eq!(reads(), 2);
    look(1);
    assert_eq!(reads(), 2);
    assert_eq!(served.reads.lists.get(), lists, "it was recomputed once");
    assert_eq!(entries(&served, &world, 0), named(&paid));
}

#[test]
fn a_restart_finds_the_lists_that_were_kept() {
    let world = World::on(Build::Native).start_active();
    let folder = std::env::temp_dir().join(format!("gradual-lists-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("index.sqlite");
    (0..4).for_each(|node| submit(&world, node));
    world.warp_to_audit(CYCLE + 1);
    let mut served = Served::of(&world, History::open(&file).unwrap());
    served.keeper.step();
    world.warp_to_round(CYCLE + 2);
    propose(&world, 0, &equal(&world, &[0, 1, 2, 3], 2_500));
    served.keeper.step();
    drop(served);
    let served = Served::of(&world, History::open(&file).unwrap());
    assert_eq!(entries(&served, &world, 0).len(), 4);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn lists_that_an_index_does_not_know_are_refused_in_one_line() {
    let world = World::on(Build::Native).start_active();
    let served = Served::in_memory(&world);
    let (task, other) = (served.task, Pubkey::new_unique());
    for (path, expected) in [
        (
            format!("index/{other}/cycle/1/list/0"),
            StatusCode::NOT_FOUND,
        ),
        (
            format!("index/{task}/cycle/1/list/256"),
            StatusCode::BAD_REQUEST,
        ),
        (
            format!("index/{task}/cycle/1/list/x"),
            StatusCode::BAD_REQUEST,
        ),
        (
            format!("index/{task}/cycle/1/list/0?node=x"),
            StatusCode::BAD_REQUEST,
        ),
        (
            format!("index/{task}/cycle/1/list/0?page=-1"),
            StatusCode::BAD_REQUEST,
        ),
        (
            format!("index/{task}/cycle/1/list/0"),
            StatusCode::SERVICE_UNAVAILABLE,
        ),
        (
            format!("index/{task}/cycle/1/list/0?node={other}"),
            StatusCode::SERVICE_UNAVAILABLE,
        ),
        (format!("index/{task}/cycle/1/list"), StatusCode::NOT_FOUND),
    ] {
        let (status, text) = served.get(&path);
        assert_eq!(status, expected, "{path}: {text}");
        assert!(text.lines().count() <= 1, "{path}: {text}");
    }
}
