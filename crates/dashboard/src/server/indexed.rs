//! Every address of an index.

use crate::index::Kept;
use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use gradual_consensus_node::{
    index::{Question, page::Wanted},
    logic::ListInput,
};
use solana_sdk::pubkey::Pubkey;
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// All addresses, without checks.
pub(super) fn routes(kept: Arc<Kept>) -> Router {
    Router::new()
        .route("/index", get(about))
        .route("/index/{task}/cycle/{cycle}", get(page))
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

async fn page(
    State(kept): State<Arc<Kept>>,
    Path((task, cycle)): Path<(String, u64)>,
    Query(wanted): Query<Wanted>,
) -> Response {
    let task = task.parse::<Pubkey>().ok();
    let Some(task) = task.filter(|task| kept.has(task)) else {
        let why = "This index keeps no such task: /index names those that it keeps.";
        return refused(StatusCode::NOT_FOUND, why);
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
    let failed = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "a page of the index could not be made");
        let why = "The page could not be made: the server's log says why.";
        refused(StatusCode::INTERNAL_SERVER_ERROR, why)
    };
    let made = spawn_blocking(move || match kept.page(&question, wanted.page) {
        Ok(Some(page)) => Json(page).into_response(),
        Ok(None) => {
            let why = "The cycle is not open, or its submissions are not read yet.";
            refused(StatusCode::SERVICE_UNAVAILABLE, why)
        }
        Err(error) => failed(&error),
    });
    made.await.unwrap_or_else(|error| failed(&error))
}
