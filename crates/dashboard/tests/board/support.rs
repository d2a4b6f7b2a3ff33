//! A world that somebody looks at: the real program on a bank, whose transactions are kept as a cluster keeps them.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use gradual_consensus_client::ledger::{LedgerError, Receipt};
use gradual_consensus_dashboard::{
    desk::{Desk, Reader},
    history::{Chronicle, History, Listed, Transaction},
    server::{Hosts, router},
};
use gradual_consensus_testkit::World;
use solana_sdk::pubkey::Pubkey;
use std::{cell::RefCell, sync::Arc};
use tower::ServiceExt;

/// What a world's transactions logged, in their order.
#[derive(Default)]
pub struct Kept(RefCell<Vec<Transaction>>);

impl Kept {
    /// Keeps a transaction, which must have succeeded.
    #[track_caller]
    pub fn keep(&self, sent: Result<Receipt, LedgerError>) {
        let receipt = sent.unwrap();
        let mut all = self.0.borrow_mut();
        let number = all.len();
        all.push(Transaction {
            signature: format!("{number:08}"),
            slot: receipt.slot,
            time: Some(i64::try_from(receipt.slot).unwrap()),
            logs: receipt.logs,
        });
    }
}

impl Chronicle for Kept {
    fn list(
        &self,
        _: &Pubkey,
        before: Option<&str>,
        until: Option<&str>,
    ) -> Result<Vec<Listed>, LedgerError> {
        let all = self.0.borrow();
        let wanted = all
            .iter()
            .rev()
            .map(|one| one.signature.as_str())
            .skip_while(|one| before.is_some_and(|before| *one >= before))
            .take_while(|one| until != Some(*one))
            // A page of a list has so many at most.
            .take(3);
        Ok(wanted
            .map(|signature| Listed {
                signature: signature.to_owned(),
                succeeded: true,
            })
            .collect())
    }

    fn read(&self, signature: &str) -> Result<Option<Transaction>, LedgerError> {
        let all = self.0.borrow();
        Ok(all.iter().find(|one| one.signature == signature).cloned())
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
    reader: Reader<&'a gradual_consensus_testkit::bank::Bank, &'a Kept>,
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
        let mut board = Self {
            world,

            app: router(Arc::clone(&desk), Hosts::default()),
            reader: Reader::new(&world.bank, kept, Arc::clone(&desk)),
            desk,
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
