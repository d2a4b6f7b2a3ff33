//! A task with very many nodes.

use bytemuck::Zeroable;
use gradual_consensus::state::{NodeStake, Task};
use gradual_consensus_client::{account::Keyed, books::Books};
use gradual_consensus_dashboard::{
    clock::Clock,
    page::{Site, nodes},
    snapshot::TaskEntry,
    view::NodesFacts,
};
use solana_sdk::pubkey::Pubkey;
use std::time::Instant;

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
    let begun = Instant::now();
    let facts = NodesFacts::of(&entry, &books, &clock, "", 7);
    let page = nodes(Site::Server, &facts).into_string();
    println!("a page of {NODES} nodes took {:?}", begun.elapsed());
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
