//! A subscription to the cluster's slot, so that it need not be asked for.

use futures_util::StreamExt;
use solana_pubsub_client::nonblocking::pubsub_client::PubsubClient;
use solana_rpc_client_api::response::SlotUpdate;
use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    thread,
    time::{Duration, Instant},
};
use tokio::time::{sleep, timeout};
use url::Url;

/// A slot that arrived longer ago is asked for instead.
const FRESH: Duration = Duration::from_secs(1);
/// A subscription that is silent for so long is replaced.
const SILENCE: Duration = Duration::from_secs(10);
/// Between two attempts at a subscription; doubled after each that failed, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The newest slot that arrived, and when.
#[derive(Debug, Default)]
struct LatestSlot(Mutex<Option<(u64, Instant)>>);

impl LatestSlot {
    /// Records a slot. If slots arrive out of order the newest counts.
    fn record(&self, slot: u64, at: Instant) {
        let mut latest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = latest.map_or(slot, |(newest, _)| newest.max(slot));
        *latest = Some((newest, at));
    }

    fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn fresh(&self, now: Instant) -> Option<u64> {
        let latest = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        latest
            .filter(|(_, at)| now.saturating_duration_since(*at) < FRESH)
            .map(|(slot, _)| slot)
    }
}

/// A subscription to the confirmed slot. It ends with this value.
#[derive(Debug)]
pub(super) struct SlotFeed(Arc<LatestSlot>);

impl SlotFeed {
    /// Subscribes at `address`, in a thread of its own, and subscribes again whenever that breaks off.
    pub(super) fn start(address: String) -> Self {
        let latest = Arc::new(LatestSlot::default());
        let feed = Arc::downgrade(&latest);
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            match runtime {
                Ok(runtime) => runtime.block_on(follow(&address, &feed)),
                Err(error) => {
                    tracing::warn!(%error, "no subscription to slots: they are asked for")
                }
            }
        });
        Self(latest)
    }

    /// The slot, if it has just arrived; otherwise it must be asked for.
    pub(super) fn slot(&self) -> Option<u64> {
        self.0.fresh(Instant::now())
    }
}

async fn follow(address: &str, feed: &Weak<LatestSlot>) {
    let mut pause = FIRST_PAUSE;
    while feed.strong_count() > 0 {
        match subscription(address, feed).await {
            Ok(0) => tracing::debug!("the subscription to slots is silent"),
            Ok(_) => pause = FIRST_PAUSE,
            Err(error) => tracing::debug!(%error, "no subscription to slots"),
        }
        if let Some(latest) = feed.upgrade() {
            latest.forget();
        }
        sleep(pause).await;
        pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
    }
}

/// Follows one subscription to its end, and returns how many slots arrived.
async fn subscription(
    address: &str,
    feed: &Weak<LatestSlot>,
) -> Result<u64, Box<dyn std::error::Error + Send + Sync>> {
    let client = timeout(SILENCE, PubsubClient::new(address)).await??;
    let (mut updates, _unsubscribe) = timeout(SILENCE, client.slot_updates_subscribe()).await??;
    let mut count = 0u64;
    let mut last = Instant::now();
    while let Ok(Some(update)) = timeout(SILENCE, updates.next()).await {
        let Some(latest) = feed.upgrade() else { break };
        if let SlotUpdate::OptimisticConfirmation { slot, .. } = update {
            last = Instant::now();
            latest.record(slot, last);
            count = count.saturating_add(1);
        } else if last.elapsed() > SILENCE {
            break;
        }
    }
    Ok(count)
}

/// The address at which the RPC at `url` serves subscriptions by custom: the next port if `url` names one,
/// otherwise the same address. `None` if `url` is no URL.
pub fn websocket_of(url: &str) -> Option<String> {
    let mut url: Url = url.parse().ok()?;
    let scheme = if url.scheme() == "https" { "wss" } else { "ws" };
    if let Some(port) = url.port() {
        url.set_port(Some(port.checked_add(1)?)).ok()?;
    }
    url.set_scheme(scheme).ok()?;
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subscriptions_are_at_the_next_port_or_at_the_same_address() {
        for (url, websocket) in [
            ("http://localhost:8899", Some("ws://localhost:8900/")),
            (
                "https://rpc.example/key?a=b",
                Some("wss://rpc.example/key?a=b"),
            ),
            ("http://[::1]:8000/x", Some("ws://[::1]:8001/x")),
            ("http://localhost:65535", None),
            ("no address", None),
        ] {
            assert_eq!(websocket_of(url).as_deref(), websocket, "{url}");
        }
    }

    #[test]
    fn only_a_slot_that_has_just_arrived_counts() {
        let (latest, now) = (LatestSlot::default(), Instant::now());
        assert_eq!(latest.fresh(now), None);
        latest.record(7, now);
        latest.record(6, now);
        assert_eq!(latest.fresh(now), Some(7));
        assert_eq!(latest.fresh(now + FRESH), None);
        latest.forget();
        assert_eq!(latest.fresh(now), None);
    }
}
