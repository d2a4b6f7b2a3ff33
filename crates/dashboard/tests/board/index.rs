//! An index: what it keeps of a world, what it tells, and whom it refuses.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use gradual_consensus::state::DistributionList;
use gradual_consensus_client::{
    account::HandedIn,
    ledger::{LedgerError, Tap, Tapped},
};
use gradual_consensus_dashboard::{
    history::History,
    index::{Entries, Keeper, Kept},
    server::{Hosts, index},
};
use gradual_consensus_node::{
    index::{
        Question, Told,
        page::{About, Page, path},
    },
    logic::ListInput,
};
use gradual_consensus_testkit::{Build, World, bank::Bank, suite::stages::CYCLE};
use solana_sdk::pubkey::Pubkey;
use std::{cell::Cell, path::Path, rc::Rc, sync::Arc};
use tower::ServiceExt;

pub const GENESIS: &str = "genesis";

/// Counts the lists that are read, and fails every read while it is told to.
#[derive(Clone, Default)]
pub struct Reads {
    pub lists: Rc<Cell<usize>>,
    fails: Rc<Cell<bool>>,
}

impl Tap for Reads {
    fn before_read(&self) -> Result<(), LedgerError> {
        match self.fails.get() {
            true => Err(LedgerError::Unavailable("the line is down".into())),
            false => Ok(()),
        }
    }

    fn after_listing(&self, _: &mut Vec<(Pubkey, solana_sdk::account::Account)>) {
        self.lists.set(self.lists.get() + 1);
    }
}

/// A keeper of a world's task, and its server without a port.
pub struct Served<'a> {
    pub keeper: Keeper<Tapped<&'a Bank, Reads>>,
    pub reads: Reads,
    app: Router,
    pub task: Pubkey,
}

impl<'a> Served<'a> {
    pub fn of(world: &'a World, history: History) -> Self {
        let (task, reads) = (world.task_address(), Reads::default());
        let kept = Kept::new(GENESIS.into(), vec![task], history);
        let ledger = Tapped {
            ledger: &world.bank,
            tap: reads.clone(),
        };
        Self {
            keeper: Keeper::new(ledger, Arc::clone(&kept)),
            reads,
            app: index(kept, Hosts::default()),
            task,
        }
    }

    pub fn in_memory(world: &'a World) -> Self {
        Self::of(world, History::in_memory().unwrap())
    }

    /// The same, whose keeper has `read` read what is at a list's URI.
    pub fn reading(
        self,
        read: impl Fn(&DistributionList) -> Result<Vec<Entries>, String> + Send + 'static,
    ) -> Self {
        let keeper = self.keeper.reading(Box::new(move |_, list| read(list)));
        Self { keeper, ..self }
    }

    pub fn get(&self, path: &str) -> (StatusCode, String) {
        let request = Request::get(format!("/{path}")).header(header::HOST, "127.0.0.1");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let request = request.body(Body::empty()).unwrap();
            let answer = self.app.clone().oneshot(request).await.unwrap();
            let status = answer.status();
            let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
            (status, String::from_utf8(bytes.to_vec()).unwrap())
        })
    }

    fn question(&self, is_whole: bool, input: ListInput) -> Question {
        Question {
            task: self.task,
            cycle: CYCLE,
            submissions: 4,
            is_whole,
            input,
        }
    }

    /// What it tells, read as a node reads it; `None` where it has not read it yet.
    fn tells(&self, question: &Question) -> Option<Vec<Told>> {
        let (status, text) = self.get(&path(question, 0));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            return None;
        }
        assert_eq!(status, StatusCode::OK, "{text}");
        let page: Page = serde_json::from_str(&text).unwrap();
        Some(page.rows(GENESIS, question, &[]).unwrap())
    }

    fn about(&self) -> About {
        serde_json::from_str(&self.get("index").1).unwrap()
    }
}

pub fn submit(world: &World, node: usize) {
    let value = [b"proof of ", &world.nodes[node].pubkey().to_bytes()[..]].concat();
    world.submit(node, CYCLE, &value).unwrap();
}

#[test]
fn an_index_tells_all_that_was_submitted_once_the_window_is_over() {
    let world = World::on(Build::Native).start_active();
    let mut served = Served::in_memory(&world);
    let whole = served.question(true, ListInput::Values);
    let so_far = served.question(false, ListInput::Authors);
    assert!(
        served.keeper.step() && !served.keeper.step(),
        "a slot is looked at once"
    );
    assert_eq!(served.tells(&so_far), None);
    for node in [2, 0] {
        submit(&world, node);
        world.warp_to(world.slot() + 1);
    }
    served.keeper.step();
    let mut authors = [0, 2].map(|node| world.nodes[node].pubkey());
    authors.sort_unstable();
    let told = served.tells(&so_far).unwrap();
    assert_eq!(
        told.iter().map(|told| told.author).collect::<Vec<_>>(),
        authors
    );
    assert_eq!(served.tells(&whole), None, "more may come");

    for node in [3, 1] {
        submit(&world, node);
        world.warp_to(world.slot() + 1);
    }
    world.warp_to_audit(CYCLE + 1);
    served.keeper.step();
    let mut expected: Vec<Told> = (0..4)
        .map(|node| {
            let author = world.nodes[node].pubkey();
            let value = [b"proof of ", &author.to_bytes()[..]].concat();
            let subject = world.submission(node, CYCLE).subject;
            let handed_in = HandedIn {
                slot: subject.slot,
                value,
            };
            Told {
                author,
                bump: subject.bump,
                handed_in,
            }
        })
        .collect();
    expected.sort_by_key(|told| told.author);
    assert_eq!(served.tells(&whole), Some(expected.clone()));
    for input in [ListInput::Authors, ListInput::Slots] {
        let told = served.tells(&served.question(true, input)).unwrap();
        for (told, expected) in told.iter().zip(&expected) {
            let HandedIn { slot, .. } = expected.handed_in;
            let slot = if input == ListInput::Slots { slot } else { 0 };
            assert_eq!((told.author, told.handed_in.slot), (expected.author, slot));
            assert!(told.handed_in.value.is_empty());
        }
    }
    // It is read once, and forgotten when its list can no more be proposed.
    let lists = served.reads.lists.get();
    world.warp_to_round(4);
    assert!(served.keeper.step());
    assert_eq!(served.reads.lists.get(), lists);
    assert!(served.tells(&whole).is_some());
    world.warp_to_round(9);
    served.keeper.step();
    assert_eq!(served.tells(&whole), None);
    let about = served.about();
    assert_eq!(
        (about.genesis.as_str(), about.slot),
        (GENESIS, world.slot())
    );
    assert_eq!(about.tasks, [world.task_address().to_string()]);
}

#[test]
fn a_restart_finds_what_was_kept_and_a_broken_database_is_said() {
    let world = World::on(Build::Native).start_active();
    let folder = std::env::temp_dir().join(format!("gradual-index-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("index.sqlite");
    let open = |file: &Path| History::open(file).unwrap();
    (0..4).for_each(|node| submit(&world, node));
    world.warp_to_audit(CYCLE + 1);
    let mut served = Served::of(&world, open(&file));
    served.keeper.step();
    drop(served);
    let mut served = Served::of(&world, open(&file));
    let whole = served.question(true, ListInput::Values);
    assert_eq!(served.tells(&whole).unwrap().len(), 4);
    assert_eq!(served.reads.lists.get(), 0);

    let other = rusqlite::Connection::open(&file).unwrap();
    other
        .execute_batch("DROP TABLE submission; DROP TABLE indexed")
        .unwrap();
    let (status, text) = served.get(&path(&whole, 0));
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{text}");
    assert!(served.keeper.step());
    let problem = served.about().problem.unwrap();
    assert!(problem.contains("no such table"), "{problem}");
    drop((served, other));

    // Another process that opens the file makes what is missing.
    let mut served = Served::of(&world, open(&file));
    served.keeper.step();
    assert_eq!(served.tells(&whole).unwrap().len(), 4);
    served.reads.fails.set(true);
    world.warp_to(world.slot() + 1);
    assert!(served.keeper.step());
    let about = served.about();
    assert!(about.problem.unwrap().contains("the line is down"));
    assert_eq!(about.slot, world.slot() - 1);
    assert_eq!(
        served.tells(&whole).unwrap().len(),
        4,
        "what was kept is told"
    );
    served.reads.fails.set(false);
    served.keeper.step();
    assert_eq!(served.about().problem, None);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn what_an_index_does_not_keep_is_refused_in_one_line() {
    let world = World::on(Build::Native).start_active();
    let served = Served::in_memory(&world);
    let task = world.task_address();
    let other = Pubkey::new_unique();
    for (path, expected) in [
        ("".to_owned(), StatusCode::NOT_FOUND),
        ("task".to_owned(), StatusCode::NOT_FOUND),
        (
            format!("index/{other}/cycle/1?input=authors"),
            StatusCode::NOT_FOUND,
        ),
        (
            "index/x/cycle/1?input=authors".into(),
            StatusCode::NOT_FOUND,
        ),
        (
            format!("index/{task}/cycle/-1?input=authors"),
            StatusCode::BAD_REQUEST,
        ),
        (format!("index/{task}/cycle/1"), StatusCode::BAD_REQUEST),
        (
            format!("index/{task}/cycle/1?input=status"),
            StatusCode::BAD_REQUEST,
        ),
        (
            format!("index/{task}/cycle/1?input=values&page=-1"),
            StatusCode::BAD_REQUEST,
        ),
        (
            format!("index/{task}/cycle/1?input=values&page=4294967295"),
            StatusCode::SERVICE_UNAVAILABLE,
        ),
        (
            format!("index/{task}/{}", "x".repeat(2_000)),
            StatusCode::URI_TOO_LONG,
        ),
    ] {
        let (status, text) = served.get(&path);
        assert_eq!(status, expected, "{path}: {text}");
        assert!(text.lines().count() <= 1, "{path}: {text}");
    }
}
