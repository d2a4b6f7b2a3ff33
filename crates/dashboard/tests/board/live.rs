//! Visitors are told of changes, and of a ledger that does not answer.

use super::{kept::Kept, support::Board};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use gradual_consensus_client::ledger::{LedgerError, Tap, Tapped};
use gradual_consensus_dashboard::{
    desk::{Desk, Reader},
    history::History,
    server::{Hosts, router},
};
use gradual_consensus_testkit::{Build, World, suite::stages::CYCLE};
use std::{cell::Cell, sync::Arc};
use tower::ServiceExt;

#[test]
fn a_new_slot_is_told_to_those_who_look() {
    let (world, kept) = (World::on(Build::Native).start_active(), Kept::default());
    let mut board = Board::of(&world, &kept);
    let path = board.of_task("/events");
    let request = Request::get(path).header(header::HOST, "localhost");
    let request = request.body(Body::empty()).unwrap();
    let answer = board.wait(board.app.clone().oneshot(request)).unwrap();
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/event-stream");
    world.warp_to(world.slot() + 5);
    let slot = world.slot();
    let mut frames = answer.into_body().into_data_stream();
    // The stream listens from its first poll on.
    assert!(board.look());
    let frame = board.wait(futures_util::StreamExt::next(&mut frames));
    let text = String::from_utf8(frame.unwrap().unwrap().to_vec()).unwrap();
    assert_eq!(text, format!("event: slot\ndata: {slot}\n\n"));
}

/// Breaks a ledger off while it is told to.
#[derive(Default)]
struct Outage(Cell<bool>);

impl Tap for &Outage {
    fn before_read(&self) -> Result<(), LedgerError> {
        if self.0.get() {
            return Err(LedgerError::Unavailable("it <b>rests</b>".into()));
        }
        Ok(())
    }
}

#[test]
fn an_outage_is_said_and_what_was_read_before_stays() {
    let world = World::on(Build::Native).start_active();
    let (outage, kept) = (Outage::default(), Kept::default());
    let desk = Desk::new(History::in_memory().unwrap());
    desk.want(world.task_address());
    let ledger = Tapped {
        ledger: &world.bank,
        tap: &outage,
    };
    let mut reader = Reader::new(ledger, &kept, Arc::clone(&desk));
    assert!(reader.step());
    let read = desk.snapshot().clock.slot;
    outage.0.set(true);
    world.warp_to(world.slot() + 1);
    assert!(!reader.step());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let path = format!("/task/{}", world.task_address());
    let request = Request::get(path).header(header::HOST, "localhost");
    let request = request.body(Body::empty()).unwrap();
    let app = router(Arc::clone(&desk), Hosts::default());
    let page = runtime.block_on(async {
        let answer = app.oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await;
        String::from_utf8(bytes.unwrap().to_vec()).unwrap()
    });
    assert!(page.contains("it &lt;b&gt;rests&lt;/b&gt;"), "{page}");
    assert!(page.contains(&format!("as of slot {read}")), "{page}");
    outage.0.set(false);
    assert!(reader.step());
    assert_eq!(desk.snapshot().problem, None);
}

#[test]
fn accounts_are_read_again_where_something_happened_and_now_and_then() {
    let (world, kept) = (World::on(Build::Native).start_active(), Kept::default());
    let mut board = Board::of(&world, &kept);
    let task = world.task_address();
    let mut reading = board.desk.snapshot().books[&task].now.clone();
    let mut is_new = |board: &mut Board| {
        assert!(board.look());
        let newest = board.desk.snapshot().books[&task].now.clone();
        let is_new = !Arc::ptr_eq(&reading, &newest);
        reading = newest;
        is_new
    };
    world.warp_to(world.slot() + 1);
    assert!(!is_new(&mut board), "nothing happened");
    kept.keep(world.submit(0, CYCLE, b"proof"));
    world.warp_to(world.slot() + 1);
    assert!(is_new(&mut board), "somebody submitted");
    world.warp_to(world.slot() + 24);
    assert!(!is_new(&mut board));
    world.warp_to(world.slot() + 1);
    assert!(is_new(&mut board), "25 slots have passed");
}

#[test]
fn a_reader_of_one_task_reads_no_other() {
    let (world, kept) = (World::on(Build::Native).start_active(), Kept::default());
    let manager = gradual_consensus_testkit::people::key("manager", 0);
    world.create_another(&manager, 2, |_| ());
    let desk = Desk::new(History::in_memory().unwrap());
    let task = world.task_address();
    desk.want(task);
    let mut reader = Reader::of_one(&world.bank, &kept, Arc::clone(&desk), task);
    assert!(reader.step());
    let snapshot = desk.snapshot();
    assert_eq!(snapshot.tasks.keys().collect::<Vec<_>>(), [&task]);
    assert_eq!(snapshot.tasks[&task].name(), "test");
    assert!(snapshot.books.contains_key(&task));
}
