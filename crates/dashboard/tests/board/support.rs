//! A world that somebody looks at: the real program on a bank, and a server without a port.

use super::kept::Kept;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use gradual_consensus_client::ledger::{LedgerError, Tap, Tapped};
use gradual_consensus_dashboard::{
    desk::{Desk, Reader},
    history::History,
    server::{Hosts, router},
};
use gradual_consensus_testkit::{World, bank::Bank};
use std::{cell::Cell, rc::Rc, sync::Arc};
use tower::ServiceExt;

/// How often a ledger was asked.
#[derive(Clone, Default)]
pub struct Reads(Rc<Cell<usize>>);

impl Reads {
    /// So often.
    pub fn count(&self) -> usize {
        self.0.get()
    }
}

impl Tap for Reads {
    fn before_read(&self) -> Result<(), LedgerError> {
        self.0.set(self.0.get() + 1);
        Ok(())
    }
}

/// An answer of the server.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    /// Its JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text);
        serde_json::from_str(&self.text).unwrap()
    }
}

/// A desk over a world, its reader, and a server without a port.
pub struct Board<'a> {
    world: &'a World,
    pub desk: Arc<Desk>,
    /// What was asked of the ledger.
    pub reads: Reads,
    reader: Reader<Tapped<&'a Bank, Reads>, &'a Kept>,
    pub app: Router,
    runtime: tokio::runtime::Runtime,
}

impl<'a> Board<'a> {
    /// Looks at the task of `world`, with a history that ends with this value.
    pub fn of(world: &'a World, kept: &'a Kept) -> Self {
        Self::with(world, kept, History::in_memory().unwrap())
    }

    /// The same with `history`.
    pub fn with(world: &'a World, kept: &'a Kept, history: History) -> Self {
        let desk = Desk::new(history);
        desk.want(world.task_address());
        let reads = Reads::default();
        let ledger = Tapped {
            ledger: &world.bank,
            tap: reads.clone(),
        };
        let mut board = Self {
            world,
            app: router(Arc::clone(&desk), Hosts::default()),
            reader: Reader::new(ledger, kept, Arc::clone(&desk)),
            desk,
            reads,
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap(),
        };
        board.look();
        board
    }

    /// Reads what has changed.
    pub fn look(&mut self) -> bool {
        self.reader.step()
    }

    /// What the server answers to `request`.
    pub fn ask(&self, request: Request<Body>) -> Answer {
        self.runtime.block_on(async {
            let answer = self.app.clone().oneshot(request).await.unwrap();
            let (parts, body) = answer.into_parts();
            let bytes = to_bytes(body, usize::MAX).await.unwrap();
            Answer {
                status: parts.status,
                headers: parts.headers,
                text: String::from_utf8(bytes.to_vec()).unwrap(),
            }
        })
    }

    /// What is at `path`.
    pub fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).header(header::HOST, "127.0.0.1:9180");
        self.ask(request.body(Body::empty()).unwrap())
    }

    /// The page at `path`, which must be there.
    #[track_caller]
    pub fn page(&self, path: &str) -> String {
        let answer = self.get(path);
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        answer.text
    }

    /// The path of something of the world's task.
    pub fn of_task(&self, rest: &str) -> String {
        format!("/task/{}{rest}", self.world.task_address())
    }

    /// The JSON of something of the world's task.
    #[track_caller]
    pub fn facts(&self, rest: &str) -> serde_json::Value {
        self.get(&format!("/api{}", self.of_task(rest))).json()
    }

    /// Waits for what `future` comes to.
    pub fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }
}
