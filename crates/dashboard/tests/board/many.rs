//! Very many tasks, and a task with very many nodes.

use super::{kept::Kept, play::active, support::Board};
use bytemuck::Zeroable;
use gradual_consensus::state::{NodeStake, Task};
use gradual_consensus_client::{
    account::{Keyed, Stored},
    address,
    books::Books,
    program::ID,
};
use gradual_consensus_dashboard::{
    clock::Clock,
    page::{Site, nodes},
    snapshot::TaskEntry,
    view::NodesFacts,
};
use gradual_consensus_testkit::tokens::rent_exempt;
use solana_sdk::pubkey::Pubkey;

const NODES: u32 = 10_000;

fn books() -> Books {
    let mut task = Task::zeroed();
    task.schedule.round_time = 100;
    task.schedule.submission_window = 40;
    task.schedule.audit_window = 40;
    let stake = |number: u32| {
        let mut stake = NodeStake::zeroed();
        let mut key = [7; 32];
        key[..4].copy_from_slice(&number.to_le_bytes());
        stake.node = Pubkey::new_from_array(key);
        stake.stake.deposit(1_000 + u64::from(number)).unwrap();
        Keyed {
            address: stake.node,
            data: stake,
        }
    };
    Books {
        task: Keyed {
            address: Pubkey::new_from_array([9; 32]),
            data: task,
        },
        stakes: (0..NODES).map(stake).collect(),
        cycles: Vec::new(),
        submissions: Vec::new(),
        lists: Vec::new(),
        votes: Vec::new(),
        stake_pot: 0,
        bounty_pot: 0,
    }
}

#[test]
fn ten_thousand_nodes_are_shown_a_hundred_a_page() {
    let books = books();
    let entry = TaskEntry {
        task: books.task,
        texts: None,
    };
    let clock = Clock {
        slot: 500,
        time: Some(0),
        slot_millis: 400,
    };
    let facts = NodesFacts::of(&entry, &books, &clock, "", 7);
    let page = nodes(Site::Server, &facts).into_string();
    assert_eq!((facts.nodes.pages, facts.nodes.rows.len()), (100, 100));
    let amounts: Vec<u64> = facts
        .nodes
        .rows
        .iter()
        .map(|row| row.stake.total().0)
        .collect();
    assert!(
        amounts.is_sorted_by(|one, next| one > next),
        "the greatest first"
    );
    assert_eq!(amounts[0], 1_000 + 9_999 - 600, "row 601");
    assert!(page.contains("page 7 of 100, 10000 in all"));
    assert!(page.len() < 200_000, "{}", page.len());
}

/// The page at `path`: it is made of what was read before, and has a hundred rows and some at most.
#[track_caller]
fn small_page(board: &Board, path: &str) -> String {
    let before = board.reads.count();
    let page = board.page(path);
    assert_eq!(board.reads.count(), before, "{path} asked the ledger");
    let rows = page.matches("<tr").count();
    assert!(rows <= 130, "{path} has {rows} rows");
    assert!(page.len() < 200_000, "{path} has {} bytes", page.len());
    page
}

#[test]
fn a_hundred_tasks_are_read_by_as_many_calls_as_one() {
    let (world, kept) = (active(), Kept::default());
    let of_one = Board::of(&world, &kept).reads.count();
    let manager = gradual_consensus_testkit::people::key("manager", 0);
    for number in 2..=100 {
        world.create_another(&manager, number, |_| ());
    }
    let board = Board::of(&world, &kept);
    assert_eq!(board.reads.count(), of_one);
    let page = small_page(&board, "/");
    assert_eq!(
        page.matches("href=\"/task/").count(),
        200,
        "a name and an address each"
    );
}

#[test]
fn the_pages_of_a_task_of_ten_thousand_nodes_stay_small() {
    let (world, kept) = (active(), Kept::default());
    let of_four = Board::of(&world, &kept).reads.count();
    let mut stake = world.node_stake(0);
    for number in 0..NODES {
        let mut key = [7; 32];
        key[..4].copy_from_slice(&number.to_le_bytes());
        stake.node = Pubkey::new_from_array(key);
        let data = [NodeStake::TYPE, bytemuck::bytes_of(&stake)].concat();
        let place = address::node_stake(&world.task_address(), &stake.node);
        world.bank.set_account(&place, &rent_exempt(&ID, data));
    }
    let board = Board::of(&world, &kept);
    assert_eq!(board.reads.count(), of_four);
    let page = small_page(&board, &board.of_task(""));
    assert!(page.contains("10.004 "), "what all have staked");
    small_page(&board, &board.of_task("/nodes"));
    small_page(&board, &board.of_task("/books"));
}
