//! Every address of an index.

use crate::{history::HistoryError, index::Kept};
use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use gradual_consensus_node::{
    index::{
        Question,
        list::{self, EntriesPage, EntryPage, ListQuestion},
        page::{ROWS, Wanted},
    },
    logic::ListInput,
};
use solana_sdk::pubkey::Pubkey;
use std::{fmt::Display, sync::Arc};
use tokio::task::spawn_blocking;

/// All addresses, without checks.
pub(super) fn routes(kept: Arc<Kept>) -> Router {
    Router::new()
        .route("/index", get(about))
        .route("/index/{task}/cycle/{cycle}", get(page))
        .route("/index/{task}/cycle/{cycle}/list/{attempt}", get(list))
        .fallback(nowhere)
        .with_state(kept)
}

fn refused(status: StatusCode, why: &str) -> Response {
    (status, Json(serde_json::json!({ "error": why }))).into_response()
}

async fn nowhere() -> Response {
    refused(StatusCode::NOT_FOUND, "Nothing is here: see /index.")
}

async fn about(State(kept): State<Arc<Kept>>) -> Response {
    Json(kept.about()).into_response()
}

/// The task that `text` names, if `kept` has it.
fn known(kept: &Kept, text: &str) -> Option<Pubkey> {
    text.parse().ok().filter(|task| kept.has(task))
}

fn unknown() -> Response {
    let why = "This index keeps no such task: /index names those that it keeps.";
    refused(StatusCode::NOT_FOUND, why)
}

/// What `make` makes apart from the threads that serve; where that is `None`, visitors may come back: `missing` says why.
async fn away(
    missing: &'static str,
    make: impl FnOnce() -> Result<Option<Response>, HistoryError> + Send + 'static,
) -> Response {
    let failed = |error: &dyn Display| {
        tracing::error!(%error, "a page of the index could not be made");
        let why = "The page could not be made: the server's log says why.";
        refused(StatusCode::INTERNAL_SERVER_ERROR, why)
    };
    let made = spawn_blocking(move || match make() {
        Ok(Some(page)) => page,
        Ok(None) => refused(StatusCode::SERVICE_UNAVAILABLE, missing),
        Err(error) => failed(&error),
    });
    made.await.unwrap_or_else(|error| failed(&error))
}

async fn page(
    State(kept): State<Arc<Kept>>,
    Path((task, cycle)): Path<(String, u64)>,
    Query(wanted): Query<Wanted>,
) -> Response {
    let Some(task) = known(&kept, &task) else {
        return unknown();
    };
    let named = |input: &ListInput| input.name() == wanted.input;
    let Some(input) = ListInput::ALL.into_iter().find(named) else {
        let why = "Use input=authors, input=slots or input=values.";
        return refused(StatusCode::BAD_REQUEST, why);
    };
    let question = Question {
        task,
        cycle,
        submissions: 0,
        is_whole: !wanted.so_far,
        input,
    };
    let missing = "The cycle is not open, or its submissions are not read yet.";
    away(missing, move || {
        let page = kept.page(&question, wanted.page)?;
        Ok(page.map(|page| Json(page).into_response()))
    })
    .await
}

async fn list(
    State(kept): State<Arc<Kept>>,
    Path((task, cycle, attempt)): Path<(String, u64, u8)>,
    Query(wanted): Query<list::Wanted>,
) -> Response {
    let Some(task) = known(&kept, &task) else {
        return unknown();
    };
    let node = wanted.node.map(|node| node.parse::<Pubkey>()).transpose();
    let Ok(node) = node else {
        return refused(StatusCode::BAD_REQUEST, "Use node=ADDRESS, or page=NUMBER.");
    };
    let missing = "There is no such list, or its entries are not known.";
    away(missing, move || {
        let asked = ListQuestion {
            task,
            cycle,
            attempt,
            count: 0,
        };
        let Some(list) = kept.list(&asked)? else {
            return Ok(None);
        };
        let entries = list.entries();
        let count = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        let (genesis, asked) = (kept.genesis(), ListQuestion { count, ..asked });
        Ok(Some(if let Some(node) = node {
            let entry = list.entry(&node);
            Json(EntryPage::new(genesis, &asked, &node, entry.as_ref())).into_response()
        } else {
            let mut pages = entries.chunks(ROWS as usize);
            let rows = pages.nth(wanted.page as usize).unwrap_or_default();
            Json(EntriesPage::new(genesis, &asked, rows)).into_response()
        }))
    })
    .await
}
