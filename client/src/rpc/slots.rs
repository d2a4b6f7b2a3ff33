//! A subscription to the cluster's slot, so that it need not be asked for.

use super::{error::without_secrets, tls};
use crate::text::one_line;
use base64::prelude::{BASE64_STANDARD, Engine};
use futures_util::StreamExt;
use percent_encoding::percent_decode_str;
use solana_pubsub_client::nonblocking::pubsub_client::{PubsubClient, PubsubClientError};
use solana_rpc_client_api::response::SlotUpdate;
use std::{
    error::Error,
    sync::{Arc, Mutex, PoisonError, Weak},
    thread,
    time::{Duration, Instant},
};
use tokio::{
    runtime::{Builder, Runtime},
    time::{sleep, timeout},
};
use tokio_tungstenite::tungstenite::{
    client::IntoClientRequest,
    handshake::client::Request,
    http::{HeaderValue, header::AUTHORIZATION},
};
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
        thread::spawn(move || match runtime() {
            Ok(runtime) => runtime.block_on(follow(&address, &feed)),
            Err(error) => tracing::warn!(%error, "no subscription to slots: they are asked for"),
        });
        Self(latest)
    }

    /// The slot, if it has just arrived; otherwise it must be asked for.
    pub(super) fn slot(&self) -> Option<u64> {
        self.0.fresh(Instant::now())
    }
}

fn runtime() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

async fn follow(address: &str, feed: &Weak<LatestSlot>) {
    let (place, mut pause, mut is_told) = (without_secrets(address), FIRST_PAUSE, false);
    while feed.strong_count() > 0 {
        let mut count = 0u64;
        let ended = subscription(address, feed, || {
            count = count.saturating_add(1);
            if std::mem::take(&mut is_told) {
                tracing::info!(websocket = place, "slots arrive by themselves");
            }
        });
        let reason = ended.await.err();
        if let Some(latest) = feed.upgrade() {
            latest.forget();
        }
        if count > 0 {
            pause = FIRST_PAUSE;
        } else if !is_told {
            // It is tried again for as long as the node plays: this is told once.
            let reason = reason.unwrap_or_else(|| "it is silent".into());
            tracing::warn!(
                websocket = place,
                reason,
                "no subscription to slots: they are asked for"
            );
            is_told = true;
        }
        sleep(pause).await;
        pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
    }
}

/// Follows one subscription to its end. `arrives` is called with every slot.
///
/// # Errors
/// Why there is none, in one line.
async fn subscription(
    address: &str,
    feed: &Weak<LatestSlot>,
    mut arrives: impl FnMut(),
) -> Result<(), String> {
    let client = connected(address).await?;
    let (mut updates, _unsubscribe) = timeout(SILENCE, client.slot_updates_subscribe())
        .await
        .map_err(|_| late())?
        .map_err(|error| said(&error))?;
    let mut last = Instant::now();
    while let Ok(Some(update)) = timeout(SILENCE, updates.next()).await {
        let Some(latest) = feed.upgrade() else { break };
        if let SlotUpdate::OptimisticConfirmation { slot, .. } = update {
            last = Instant::now();
            latest.record(slot, last);
            arrives();
        } else if last.elapsed() > SILENCE {
            break;
        }
    }
    Ok(())
}

async fn connected(address: &str) -> Result<PubsubClient, String> {
    let request = request_to(address)?;
    let connected = timeout(SILENCE, PubsubClient::new(request)).await;
    let connected = connected.map_err(|_| late())?;
    connected.map_err(|error| said(&error))
}

fn late() -> String {
    format!("no answer in {} s", SILENCE.as_secs())
}

/// What `error` says, without what may be secret in an address.
fn said(error: &PubsubClientError) -> String {
    let mut last: &dyn Error = match error {
        PubsubClientError::ConnectionError(error) | PubsubClientError::WsError(error) => error,
        other => other,
    };
    while let Some(source) = last.source() {
        last = source;
    }
    let said = last.to_string();
    if let Some(advice) = tls::advice(&said) {
        return advice;
    }
    let shown = said.split_whitespace().map(|word| {
        let is_address = word.contains("://");
        if is_address {
            without_secrets(word)
        } else {
            word.to_owned()
        }
    });
    one_line(&shown.collect::<Vec<_>>().join(" "), 200)
}

/// The request that opens a connection to `address`, whose name and password are sent as HTTP has it.
fn request_to(address: &str) -> Result<Request, String> {
    let mut url: Url = address
        .parse()
        .map_err(|error| format!("its address cannot be read: {error}"))?;
    let decoded = |text: &str| percent_decode_str(text).collect::<Vec<u8>>();
    let (name, password) = (url.username(), url.password());
    let is_known = !name.is_empty() || password.is_some();
    let both = [
        &decoded(name),
        b":".as_slice(),
        &decoded(password.unwrap_or_default()),
    ]
    .concat();
    // It fails for an address without a host only, which the next line refuses.
    let _bare = url.set_username("").and_then(|()| url.set_password(None));
    let mut request = (url.as_str().into_client_request()).map_err(|error| error.to_string())?;
    if is_known {
        let value = format!("Basic {}", BASE64_STANDARD.encode(both));
        let value = HeaderValue::from_str(&value).map_err(|error| error.to_string())?;
        request.headers_mut().insert(AUTHORIZATION, value);
    }
    Ok(request)
}

/// Waits for the first slot from a subscription at `address`, made as [`RpcLedger::with_slots_from`] makes it.
///
/// [`RpcLedger::with_slots_from`]: super::RpcLedger::with_slots_from
///
/// # Errors
/// Why none arrives within `patience`, in one line without what may be secret.
pub fn first_slot(address: &str, patience: Duration) -> Result<(), String> {
    let runtime = runtime().map_err(|error| error.to_string())?;
    let first = runtime.block_on(async {
        let arriving = async {
            let client = connected(address).await?;
            let subscribed = client.slot_updates_subscribe().await;
            let (mut updates, _unsubscribe) = subscribed.map_err(|error| said(&error))?;
            let first = updates.next().await;
            first.map(drop).ok_or_else(|| "it breaks off".to_owned())
        };
        timeout(patience, arriving).await
    });
    // The system may still be looking a name up, which nobody waits for.
    runtime.shutdown_background();
    first.unwrap_or_else(|_| Err(format!("no slot within {} s", patience.as_secs())))
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
    fn a_password_in_the_address_is_sent_and_not_said() {
        let request = request_to("ws://me:p%40ss@localhost:8900/key").unwrap();
        let sent = request.headers().get(AUTHORIZATION).unwrap();
        assert_eq!(
            sent,
            &format!("Basic {}", BASE64_STANDARD.encode("me:p@ss"))
        );
        assert_eq!(request.uri(), "ws://localhost:8900/key");
        let plain = request_to("ws://localhost:8900/").unwrap();
        assert_eq!(plain.headers().get(AUTHORIZATION), None);
        // Nobody listens on the discard port of a test machine.
        let patience = Duration::from_secs(60);
        let refused = first_slot("ws://me:secret@127.0.0.1:9/key", patience).unwrap_err();
        assert!(refused.contains("refused"), "{refused}");
        assert!(
            !refused.contains("secret") && !refused.contains("key"),
            "{refused}"
        );
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
