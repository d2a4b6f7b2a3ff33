//! Tells visitors when there is something new.

use crate::{desk::Desk, snapshot::Snapshot};
use axum::{
    http::StatusCode,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::stream;
use solana_sdk::pubkey::Pubkey;
use std::{convert::Infallible, sync::Arc, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// Most visitors who are told of changes at the same time; others see them when they reload, or once there is
/// a place for them.
const MOST: usize = 128;
/// Between two events at least: a page is rendered for each.
const APART: Duration = Duration::from_secs(1);

/// Those who are told.
#[derive(Clone)]
pub(super) struct Listeners(Arc<Semaphore>);

impl Listeners {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(MOST)))
    }

    /// An event `slot` for each new snapshot, at most one a second; `task` is read for as long.
    pub(super) fn tell(&self, desk: &Arc<Desk>, task: Option<Pubkey>) -> Response {
        let Ok(permit) = Arc::clone(&self.0).try_acquire_owned() else {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        };
        let listener = Listener {
            desk: Arc::clone(desk),
            snapshots: desk.follow(),
            task,
            has_told: false,
            _permit: permit,
        };
        let events = stream::unfold(listener, |mut listener| async {
            let event = listener.next().await?;
            Some((Ok::<_, Infallible>(event), listener))
        });
        Sse::new(events)
            .keep_alive(KeepAlive::default())
            .into_response()
    }
}

struct Listener {
    desk: Arc<Desk>,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    task: Option<Pubkey>,
    has_told: bool,
    _permit: OwnedSemaphorePermit,
}

impl Listener {
    async fn next(&mut self) -> Option<Event> {
        if let Some(task) = self.task {
            self.desk.want(task);
        }
        if self.has_told {
            tokio::time::sleep(APART).await;
        }
        self.has_told = true;
        self.snapshots.changed().await.ok()?;
        let slot = self.snapshots.borrow_and_update().clock.slot;
        Some(Event::default().event("slot").data(slot.to_string()))
    }
}
