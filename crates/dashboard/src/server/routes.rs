//! Every address of the server. A page and its JSON are made of the same facts.

use super::{live::Listeners, metrics};
use crate::{
    clock::Clock,
    desk::Desk,
    history::HistoryError,
    page::{self, Frame, Site},
    snapshot::{Snapshot, TaskBooks, TaskEntry},
    view::{
        AuditPage, BooksFacts, ConfigFacts, CycleFacts, NodeFacts, NodesFacts, TaskFacts,
        TasksFacts,
    },
};
use axum::{
    Json, Router,
    extract::{FromRequestParts, Path, Query, State},
    http::{StatusCode, header, request::Parts},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use gradual_consensus::VotingRule;
use gradual_consensus_client::books::Books;
use maud::Markup;
use serde::{Deserialize, Serialize};
use solana_sdk::pubkey::Pubkey;
use std::{convert::Infallible, sync::Arc, time::Duration};
use tokio::{task::spawn_blocking, time::timeout};

/// How long a visitor waits for a task that was not read yet.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Clone)]
struct App {
    desk: Arc<Desk>,
    listeners: Listeners,
}

/// All addresses, without checks.
pub(super) fn routes(desk: Arc<Desk>) -> Router {
    let app = App {
        desk,
        listeners: Listeners::new(),
    };
    let both = |router: Router<App>, path: &str, handler: axum::routing::MethodRouter<App>| {
        let api = format!("/api{}", path.trim_end_matches('/'));
        router.route(path, handler.clone()).route(&api, handler)
    };
    let router = both(Router::new(), "/", get(tasks));
    let router = both(router, "/config", get(config));
    let router = both(router, "/task/{task}", get(task));
    let router = both(router, "/task/{task}/nodes", get(nodes));
    let router = both(router, "/task/{task}/node/{node}", get(node));
    let router = both(router, "/task/{task}/cycle/{cycle}", get(cycle));
    let router = both(router, "/task/{task}/audit/{subject}", get(audit));
    let router = both(router, "/task/{task}/books", get(books));
    router
        .route("/events", get(events))
        .route("/task/{task}/events", get(task_events))
        .route("/metrics", get(all_metrics))
        .route("/assets/style.css", get(style))
        .route("/assets/live.js", get(script))
        .fallback(nowhere)
        .with_state(app)
}

/// How facts are wanted: by the address's beginning.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Page,
    Json,
}

impl<S: Sync> FromRequestParts<S> for Form {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let path = parts.uri.path();
        let is_api = path == "/api" || path.starts_with("/api/");
        Ok(if is_api { Self::Json } else { Self::Page })
    }
}

/// What is searched for, and which page of it is wanted.
#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    search: String,
    #[serde(default = "first")]
    page: usize,
}

const fn first() -> usize {
    1
}

/// A page that says that something is not there.
fn missing(form: Form, title: &str, text: &str) -> Response {
    answer(form, StatusCode::NOT_FOUND, title, text)
}

fn answer(form: Form, status: StatusCode, title: &str, text: &str) -> Response {
    if form == Form::Json {
        return (status, Json(serde_json::json!({ "error": text }))).into_response();
    }
    let frame = Frame {
        title: title.to_owned(),
        now: None,
        events: None,
        problem: None,
        gap: None,
    };
    let page = page::framed(&frame, &page::notice(title, text));
    (status, Html(page.into_string())).into_response()
}

async fn nowhere(form: Form) -> Response {
    missing(form, "Nothing is here", "There is no such page.")
}

fn failed(form: Form, error: &dyn std::fmt::Display) -> Response {
    tracing::error!(%error, "a page could not be made");
    let text = "The page could not be made: the server's log says why.";
    answer(form, StatusCode::INTERNAL_SERVER_ERROR, "It failed", text)
}

/// `facts` as JSON, or as a page with this frame and content.
fn shown<F: Serialize>(
    form: Form,
    facts: &F,
    frame: &Frame,
    content: impl FnOnce(&F) -> Markup,
) -> Response {
    if form == Form::Json {
        return Json(facts).into_response();
    }
    Html(page::framed(frame, &content(facts)).into_string()).into_response()
}

/// The frame of a page of `snapshot` that is about no task alone.
fn frame<'a>(snapshot: &'a Snapshot, title: &str) -> Frame<'a> {
    Frame {
        title: title.to_owned(),
        now: Some(snapshot.clock.now()),
        events: Some("/events".into()),
        problem: snapshot.problem.as_deref(),
        gap: None,
    }
}

/// Makes an answer where it holds up nobody else.
async fn away(form: Form, make: impl FnOnce() -> Response + Send + 'static) -> Response {
    let made = spawn_blocking(make).await;
    made.unwrap_or_else(|error| failed(form, &error))
}

async fn tasks(State(app): State<App>, form: Form, Query(query): Query<Search>) -> Response {
    away(form, move || {
        let snapshot = app.desk.snapshot();
        let facts = TasksFacts::of(&snapshot, &query.search, query.page);
        let page = |facts: &TasksFacts| page::tasks(Site::Server, facts);
        shown(form, &facts, &frame(&snapshot, "Tasks"), page)
    })
    .await
}

async fn config(State(app): State<App>, form: Form) -> Response {
    let snapshot = app.desk.snapshot();
    let facts = ConfigFacts::of(&snapshot);
    let page = |facts: &ConfigFacts| page::config(Site::Server, facts);
    shown(form, &facts, &frame(&snapshot, "Config"), page)
}

/// What a visitor of a task is answered; an error is the page that says why there is nothing.
type Answer = Result<Response, Response>;

/// A task that somebody looks at, in one snapshot.
struct Visit {
    form: Form,
    desk: Arc<Desk>,
    snapshot: Arc<Snapshot>,
    task: Pubkey,
    entry: TaskEntry,
    books: TaskBooks,
}

impl App {
    /// Opens the task at `address` for a visitor, and waits until it was read.
    async fn visit(&self, form: Form, address: &str) -> Result<Visit, Response> {
        let unknown = || missing(form, "No such task", "No task lives at this address.");
        let task: Pubkey = address.parse().map_err(|_| unknown())?;
        let mut snapshots = self.desk.follow();
        let found = timeout(PATIENCE, async {
            loop {
                let snapshot = Arc::clone(&snapshots.borrow_and_update());
                if snapshot.clock.slot > 0 && !snapshot.tasks.contains_key(&task) {
                    return Err(unknown());
                }
                if snapshot.clock.slot > 0 && !self.desk.want(task) {
                    let text = "Others look at too many tasks already: try again in a minute.";
                    return Err(answer(form, StatusCode::SERVICE_UNAVAILABLE, "Busy", text));
                }
                let (entry, books) = (snapshot.tasks.get(&task), snapshot.books.get(&task));
                if let (Some(entry), Some(books)) = (entry.cloned(), books.cloned()) {
                    return Ok((snapshot, entry, books));
                }
                if snapshots.changed().await.is_err() {
                    return Err(failed(form, &"the reader has ended"));
                }
            }
        });
        let Ok(found) = found.await else {
            let text = "The task is being read, which takes longer than a page may: try again.";
            let status = StatusCode::SERVICE_UNAVAILABLE;
            return Err(answer(form, status, "Not read yet", text));
        };
        let (snapshot, entry, books) = found?;
        Ok(Visit {
            form,
            desk: Arc::clone(&self.desk),
            snapshot,
            task,
            entry,
            books,
        })
    }
}

impl Visit {
    /// The task's accounts as they were read for the snapshot, and its slot.
    fn now(&self) -> (&Books, &Clock) {
        (&self.books.now.books, &self.snapshot.clock)
    }

    /// The facts that `make` finds, as JSON or as a page.
    async fn show<F: Serialize>(
        self,
        title: String,
        make: impl FnOnce(&Self) -> Result<Option<F>, HistoryError> + Send + 'static,
        content: impl FnOnce(&Self, &F) -> Markup + Send + 'static,
    ) -> Answer {
        let form = self.form;
        let made = away(form, move || {
            let facts = match make(&self) {
                Ok(Some(facts)) => facts,
                Ok(None) => {
                    let text = "Neither the ledger nor the history knows of it.";
                    return missing(form, "Nothing is here", text);
                }
                Err(error) => return failed(form, &error),
            };
            let around = Frame {
                events: Some(format!("/task/{}/events", self.task)),
                gap: self.books.gap.as_deref(),
                ..frame(&self.snapshot, &title)
            };
            shown(form, &facts, &around, |facts| content(&self, facts))
        });
        Ok(made.await)
    }
}

async fn task(State(app): State<App>, form: Form, Path(address): Path<String>) -> Answer {
    let visit = app.visit(form, &address).await?;
    let title = crate::view::clean(visit.entry.name());
    let make = |visit: &Visit| {
        let (books, clock) = visit.now();
        let history = visit.desk.history();
        TaskFacts::of(&visit.entry, books, &history, clock).map(Some)
    };
    visit
        .show(title, make, |_, facts| page::task(Site::Server, facts))
        .await
}

async fn nodes(
    State(app): State<App>,
    form: Form,
    Path(address): Path<String>,
    Query(query): Query<Search>,
) -> Answer {
    let visit = app.visit(form, &address).await?;
    let make = move |visit: &Visit| {
        let (books, clock) = visit.now();
        let (search, page) = (query.search.as_str(), query.page);
        Ok(Some(NodesFacts::of(
            &visit.entry,
            books,
            clock,
            search,
            page,
        )))
    };
    visit
        .show("Nodes".into(), make, |_, facts| {
            page::nodes(Site::Server, facts)
        })
        .await
}

async fn node(
    State(app): State<App>,
    form: Form,
    Path((address, node)): Path<(String, String)>,
) -> Answer {
    let visit = app.visit(form, &address).await?;
    let Ok(node) = node.parse::<Pubkey>() else {
        return Err(missing(form, "No such node", "This is no address."));
    };
    let make = move |visit: &Visit| {
        let (books, clock) = visit.now();
        NodeFacts::of(&visit.entry, books, &visit.desk.history(), clock, &node)
    };
    visit
        .show(format!("Node {}", page::short(&node)), make, |_, facts| {
            page::node(Site::Server, facts)
        })
        .await
}

async fn cycle(
    State(app): State<App>,
    form: Form,
    Path((address, number)): Path<(String, u64)>,
    Query(query): Query<Search>,
) -> Answer {
    let visit = app.visit(form, &address).await?;
    let make = move |visit: &Visit| {
        let (books, clock) = visit.now();
        let wanted = (number, query.page);
        CycleFacts::of(&visit.entry, books, &visit.desk.history(), clock, wanted)
    };
    visit
        .show(format!("Cycle {number}"), make, |visit, facts| {
            let task = &visit.entry.task.data;
            let by_stake = task.voting() == VotingRule::ByStake;
            page::cycle(Site::Server, facts, &task.schedule, by_stake)
        })
        .await
}

async fn audit(
    State(app): State<App>,
    form: Form,
    Path((address, subject)): Path<(String, String)>,
) -> Answer {
    let visit = app.visit(form, &address).await?;
    let Ok(subject) = subject.parse::<Pubkey>() else {
        return Err(missing(form, "No such audit", "This is no address."));
    };
    let make = move |visit: &Visit| {
        let (books, clock) = visit.now();
        AuditPage::of(&visit.entry, books, &visit.desk.history(), clock, &subject)
    };
    visit
        .show("Audit".into(), make, |_, facts| {
            page::audit(Site::Server, facts)
        })
        .await
}

async fn books(State(app): State<App>, form: Form, Path(address): Path<String>) -> Answer {
    let visit = app.visit(form, &address).await?;
    let make = |visit: &Visit| {
        let clock = &visit.snapshot.clock;
        Ok(Some(BooksFacts::of(&visit.entry, &visit.books, clock)))
    };
    visit
        .show("Books".into(), make, |_, facts| {
            page::books(Site::Server, facts)
        })
        .await
}

async fn events(State(app): State<App>) -> Response {
    app.listeners.tell(&app.desk, None)
}

async fn task_events(State(app): State<App>, Path(address): Path<String>) -> Response {
    let task = address.parse::<Pubkey>().ok();
    let known = task.filter(|task| app.desk.snapshot().tasks.contains_key(task));
    match known {
        Some(task) => app.listeners.tell(&app.desk, Some(task)),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn all_metrics(State(app): State<App>) -> Response {
    away(Form::Page, move || {
        let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
        (kind, metrics::text(&app.desk.snapshot())).into_response()
    })
    .await
}

async fn style() -> Response {
    let kind = [(header::CONTENT_TYPE, "text/css; charset=utf-8")];
    (kind, page::STYLE).into_response()
}

async fn script() -> Response {
    let kind = [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")];
    (kind, page::SCRIPT).into_response()
}
