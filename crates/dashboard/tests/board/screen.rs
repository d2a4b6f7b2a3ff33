//! One task on the screen of a terminal.

use super::{
    kept::Kept,
    play::{active, challenge, hostile, pay},
    support::Board,
};
use gradual_consensus_dashboard::screen::{Scene, draw};
use ratatui::{Terminal, backend::TestBackend};
use solana_sdk::pubkey::Pubkey;

/// The least screen, and a large one.
const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];

/// What a terminal of this size shows of `task` and `node`, a line a row.
fn shown(board: &Board, size: (u16, u16), task: &Pubkey, node: Option<&Pubkey>) -> Vec<String> {
    let snapshot = board.desk.snapshot();
    let scene = Scene::of(&snapshot, &board.desk.history(), task, node).unwrap();
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
    terminal.draw(|frame| draw(frame, &scene)).unwrap();
    let buffer = terminal.backend().buffer();
    let rows = buffer.content.chunks(usize::from(size.0));
    rows.map(|row| {
        let text: String = row.iter().map(|cell| cell.symbol()).collect();
        text.trim_end().to_owned()
    })
    .collect()
}

#[track_caller]
fn assert_says(rows: &[String], parts: &[&str]) {
    let text = rows.join("\n");
    for part in parts {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn eighty_columns_and_twenty_four_rows_show_all_of_it() {
    let (world, kept) = (active(), Kept::default());
    challenge(&world, &kept);
    let board = Board::of(&world, &kept);
    let node = world.nodes[3].pubkey();
    let rows = shown(&board, SIZES[0], &world.task_address(), Some(&node));
    println!("{}", rows.join("\n"));
    assert_says(
        &rows,
        &[
            "active, round 2, slot 341",
            "1 open audit",
            "|round 0",
            "cycle 1 review                      ...........SSSCCCCVV  LLLLLCCVV  $$$$$$$$$$$",
            "▲ now: slot 341",
            "C challenge   V vote",
            "bounty  0.09 ",
            "pays for 9 rounds",
            "of 4 nodes, 4 vote in this round",
            "0.004 active, 0 warming, 0 parked",
            "submission",
            "open",
            "votes in this round; open audits 1, open accounts 1",
            "0 slashed",
        ],
    );
    assert!(
        rows[0].starts_with("test  ") && rows[0].ends_with("q quits"),
        "{rows:?}"
    );
    assert!(!rows[23].is_empty(), "the last row is used: {rows:?}");
    assert!(
        !rows
            .iter()
            .any(|row| row.contains('…') && row.ends_with('…')),
        "{rows:?}"
    );
}

#[test]
fn a_larger_screen_shows_more_and_says_what_may_be_done() {
    let (world, kept) = (active(), Kept::default());
    challenge(&world, &kept);
    let mut board = Board::of(&world, &kept);
    let (task, node) = (world.task_address(), world.nodes[0].pubkey());
    let rows = shown(&board, SIZES[1], &task, Some(&node));
    assert_says(
        &rows,
        &["now     cycle 1: challenge submissions, or vote on them, until slot 360, 1 open audit"],
    );
    pay(&world, &kept);
    assert!(board.look());
    let rows = shown(&board, SIZES[1], &task, Some(&node));
    println!("{}", rows.join("\n"));
    assert_says(
        &rows,
        &[
            "no open audit",
            "settled",
            "upheld",
            "0.009999",
            "0.0007",
            "; last +",
            "round 5",
        ],
    );
}

#[test]
fn the_screen_and_the_page_have_the_same_lanes_and_numbers() {
    let (world, kept) = (active(), Kept::default());
    challenge(&world, &kept);
    let board = Board::of(&world, &kept);
    let facts = board.facts("");
    let page = board.page(&board.of_task(""));
    let rows = shown(&board, SIZES[0], &world.task_address(), None);
    for lane in facts["lanes"].as_array().unwrap() {
        let (cycle, stage) = (&lane["cycle"], lane["stage"].as_str().unwrap());
        assert_says(&rows, &[&format!("cycle {cycle} {stage}")]);
        assert!(page.contains(&format!("Cycle {cycle}: {stage}.")), "{page}");
    }
    for number in ["0.09 ", "pays for 9 rounds", "0.01"] {
        assert_says(&rows, &[number]);
        assert!(page.contains(number), "{page}");
    }
}

#[test]
fn the_present_slot_is_pointed_at_in_its_column() {
    let (world, kept) = (active(), Kept::default());
    let mut board = Board::of(&world, &kept);
    // Five rounds of 100 slots from slot 100 on, in 56 columns beside the names.
    for (slot, column) in [(310, 23), (350, 28), (399, 33)] {
        world.warp_to(slot);
        board.look();
        let rows = shown(&board, SIZES[0], &world.task_address(), None);
        let row = rows.iter().find(|row| row.contains('▲')).unwrap();
        let at = row.chars().position(|letter| letter == '▲').unwrap();
        assert_eq!(at, 24 + column, "slot {slot}: {row}");
    }
}

#[test]
fn a_hostile_name_moves_nothing() {
    let (world, task) = hostile();
    let kept = Kept::default();
    let mut board = Board::of(&world, &kept);
    board.desk.want(task);
    board.look();
    for size in SIZES {
        let rows = shown(&board, size, &task, Some(&world.nodes[0].pubkey()));
        assert!(rows[0].starts_with("<script>x()</script>[2J  "), "{rows:?}");
        let hidden = |row: &String| row.chars().any(gradual_consensus_client::text::is_hidden);
        assert!(!rows.iter().any(hidden), "{rows:?}");
    }
}

#[test]
fn a_task_that_is_not_there_and_a_node_without_a_stake_are_said() {
    let (world, kept) = (active(), Kept::default());
    let board = Board::of(&world, &kept);
    let nobody = Pubkey::new_from_array([9; 32]);
    let rows = shown(&board, SIZES[0], &nobody, None);
    assert_says(&rows, &["is not there: it was closed", &nobody.to_string()]);
    let rows = shown(&board, SIZES[0], &world.task_address(), Some(&nobody));
    assert_says(&rows, &["has no stake in this task"]);
}

#[test]
fn a_smaller_screen_says_what_is_needed() {
    let (world, kept) = (active(), Kept::default());
    let board = Board::of(&world, &kept);
    for size in [(79, 24), (80, 23), (40, 5)] {
        let rows = shown(&board, size, &world.task_address(), None);
        let text = rows.join(" ");
        let own = format!("has {} and {}. q quits.", size.0, size.1);
        assert!(text.contains("needs 80 columns and 24 rows"), "{text}");
        assert!(text.contains(&own), "{text}");
    }
    // Whatever the size, it is drawn on.
    for size in [(1, 1), (200, 3), (3, 200)] {
        shown(&board, size, &world.task_address(), None);
    }
}
