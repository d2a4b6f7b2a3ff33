//! Calls over HTTP that end when they must.
//!
//! The sender of `solana-rpc-client` sleeps for as long as a server asks, five times over, and waits for an
//! answer that never comes until its time is up. This one asks again on another connection when an answer
//! takes much longer than others did, and takes the first that comes: every call of ours may be made twice,
//! since a transaction that is sent twice is done once. It never waits longer than its timeout. A server
//! that asks for a longer pause than that is told on at once.

use super::{error, listing, tls};
use futures_util::{StreamExt, stream::FuturesUnordered};
use reqwest::{Client, Response, StatusCode, header::RETRY_AFTER};
use serde_json::Value;
use solana_rpc_client::{
    http_sender::HttpSender,
    rpc_sender::{RpcSender, RpcTransportStats},
};
use solana_rpc_client_api::{
    client_error::{Error as ClientError, ErrorKind, Result},
    request::RpcRequest,
};
use std::{
    collections::HashMap,
    io,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::time::{Instant, sleep_until, timeout_at};

/// How often one call is made at the same time, each on a connection of its own.
const TRIES: usize = 4;
/// The wait for a first answer before the second try, while it is not known how long answers take.
const FIRST_PATIENCE: Duration = Duration::from_secs(1);
/// A list of accounts may take so many times as long: the server looks through all of the program's.
const LISTING: u32 = 3;
/// No pause that a server asks for is shorter: many answer 429 with `Retry-After: 0`.
const LEAST_PAUSE: Duration = Duration::from_millis(250);
/// No answer is late sooner.
const LEAST_PATIENCE: Duration = Duration::from_millis(250);

/// Sends calls to the RPC at one address.
pub(super) struct Sender {
    /// One for each try: a try on a connection on which another one waits would wait as well.
    clients: Vec<Client>,
    url: String,
    /// Longest time that a call takes, but for lists of accounts.
    timeout: Duration,
    next_id: AtomicU64,
    paces: Mutex<Paces>,
}

impl Sender {
    /// # Errors
    /// If there is no TLS.
    pub(super) fn new(url: &str, timeout: Duration) -> reqwest::Result<Self> {
        let client = || {
            let builder = Client::builder().default_headers(HttpSender::default_headers());
            let builder = builder.timeout(timeout.saturating_mul(LISTING));
            // Without TLS nobody's certificate is asked for.
            let is_plain = url.starts_with("http://");
            let builder = if is_plain {
                builder
            } else {
                tls::trusting(builder)
            };
            builder.build()
        };
        Ok(Self {
            clients: (0..TRIES)
                .map(|_| client())
                .collect::<reqwest::Result<_>>()?,
            url: url.to_owned(),
            timeout,
            next_id: AtomicU64::new(0),
            paces: Mutex::default(),
        })
    }

    fn paces(&self) -> std::sync::MutexGuard<'_, Paces> {
        self.paces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first answer to `body`, a call of `request`.
    async fn first_answer(
        &self,
        request: RpcRequest,
        body: &str,
        timeout: Duration,
    ) -> Result<Value> {
        let method = &request.to_string();
        let begun = Instant::now();
        let deadline = begun.checked_add(timeout).unwrap_or(begun);
        let mut patience = self.paces().patience(method, timeout);
        let mut clients = self.clients.iter();
        let mut tries = FuturesUnordered::new();
        loop {
            tries.extend(
                (clients.next()).map(|client| self.answer(client, request, body, deadline)),
            );
            let is_last = clients.len() == 0;
            let next = Instant::now().checked_add(patience);
            let next = next.filter(|&next| next < deadline && !is_last);
            patience = patience.saturating_mul(2);
            match timeout_at(next.unwrap_or(deadline), first_of(&mut tries)).await {
                Ok(answer) => {
                    if answer.is_ok() {
                        self.paces().record(method, begun.elapsed());
                    }
                    return answer;
                }
                Err(_) if next.is_some() => tracing::debug!(method, "asked again: no answer yet"),
                Err(_) => return Err(no_answer(timeout)),
            }
        }
    }

    /// One try with `client`. A pause that the server asks for is made if it ends before `deadline`.
    async fn answer(
        &self,
        client: &Client,
        request: RpcRequest,
        body: &str,
        deadline: Instant,
    ) -> Result<Value> {
        loop {
            let call = client.post(&self.url).body(body.to_owned());
            let call = call.header("Content-Type", "application/json");
            let response = call.send().await?;
            let Some(pause) = pause_of(&response) else {
                let text = body_of(response.error_for_status()?).await?;
                return answer_to(request, text);
            };
            let until = Instant::now().checked_add(pause);
            let Some(until) = until.filter(|&until| until < deadline) else {
                return Err(asks_to_wait(pause));
            };
            let seconds = pause.as_secs();
            tracing::info!(seconds, "the RPC is asked too often: it asks to wait");
            sleep_until(until).await;
        }
    }
}

fn no_answer(timeout: Duration) -> ClientError {
    let seconds = timeout.as_secs_f64();
    let message = format!(
        "no answer in {seconds} s, on several connections: check the address, and that it is up"
    );
    ErrorKind::Custom(message).into()
}

#[async_trait::async_trait]
impl RpcSender for Sender {
    async fn send(&self, request: RpcRequest, params: Value) -> Result<Value> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let body = request.build_request_json(id, params).to_string();
        let timeout = match request {
            listing::REQUEST => self.timeout.saturating_mul(LISTING),
            _ => self.timeout,
        };
        self.first_answer(request, &body, timeout).await
    }

    fn get_transport_stats(&self) -> RpcTransportStats {
        RpcTransportStats::default()
    }

    fn url(&self) -> String {
        self.url.clone()
    }
}

/// The first of `tries` that is answered. Only a refusal of the call itself counts while another try is under
/// way: that one may have been taken, though a server that is asked too often turns this one away.
async fn first_of<F: Future<Output = Result<Value>>>(
    tries: &mut FuturesUnordered<F>,
) -> Result<Value> {
    loop {
        match tries.next().await {
            Some(Err(error)) if !error::is_refusal(&error) && !tries.is_empty() => {}
            Some(answer) => return answer,
            // Nothing was tried: the caller's deadline ends this.
            None => std::future::pending().await,
        }
    }
}

/// The body of `response`. It may be long, and is never there twice.
async fn body_of(mut response: Response) -> reqwest::Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await? {
        body.extend_from_slice(&part);
    }
    Ok(body)
}

/// The pause that `response` asks for.
fn pause_of(response: &Response) -> Option<Duration> {
    if response.status() != StatusCode::TOO_MANY_REQUESTS {
        return None;
    }
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    let pause = seconds.trim().parse().ok().map(Duration::from_secs);
    pause.map(|pause| pause.max(LEAST_PAUSE))
}

/// The server asks for a longer pause than a call may take. The call does not pass by being made again.
fn asks_to_wait(pause: Duration) -> ClientError {
    let message = format!(
        "answered 429 Too Many Requests and asks to wait {} s: ask less often, or use another RPC",
        pause.as_secs()
    );
    io::Error::new(io::ErrorKind::WouldBlock, message).into()
}

/// What the answer `text` to `request` says.
pub(super) fn answer_to(request: RpcRequest, text: Vec<u8>) -> Result<Value> {
    match request {
        listing::REQUEST => listing::answer(text),
        _ => result_of(&text),
    }
}

/// What the answer `text` says.
fn result_of(text: &[u8]) -> Result<Value> {
    let mut answer: Value = serde_json::from_slice(text)?;
    let Some(answer) = answer.as_object_mut() else {
        return Err(error::unusable("its answer is not a JSON object"));
    };
    match answer.remove("error").filter(|error| !error.is_null()) {
        Some(refused) => Err(error::refused(refused)),
        None => Ok(answer.remove("result").unwrap_or_default()),
    }
}

/// How long answers take, by method.
#[derive(Debug, Default)]
struct Paces(HashMap<String, Duration>);

impl Paces {
    /// How long to wait for an answer before the call is made once more: four times as long as usual, and
    /// no longer than a quarter of `timeout`.
    fn patience(&self, method: &str, timeout: Duration) -> Duration {
        let usual = self.0.get(method);
        let patience = usual.map_or(FIRST_PATIENCE, |usual| usual.saturating_mul(4));
        let longest = timeout.checked_div(4).unwrap_or(timeout);
        patience.max(LEAST_PATIENCE).min(longest)
    }

    /// An answer took `time`.
    fn record(&mut self, method: &str, time: Duration) {
        let Some(usual) = self.0.get_mut(method) else {
            self.0.insert(method.to_owned(), time);
            return;
        };
        let sum = usual.saturating_mul(7).saturating_add(time);
        *usual = sum.checked_div(8).unwrap_or(time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ledger::Ledger,
        rpc::{
            Retry, RpcLedger, RpcOptions,
            stub::{Reply, Stub},
        },
    };
    use serde_json::json;

    fn ledger(stub: &Stub, timeout: Duration) -> RpcLedger {
        let options = RpcOptions {
            timeout,
            ..RpcOptions::default()
        };
        RpcLedger::new(&stub.url(), options)
    }

    #[test]
    fn a_server_that_asks_for_a_long_pause_is_told_on_at_once() {
        let stub = Stub::start(|_| Reply::Status("429 Too Many Requests\r\nRetry-After: 110"));
        let begun = std::time::Instant::now();
        let error = ledger(&stub, Duration::from_secs(15)).slot().unwrap_err();
        let error = error.to_string();
        assert!(error.contains("429") && error.contains("110 s"), "{error}");
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "{:?}",
            begun.elapsed()
        );
        assert_eq!(stub.calls(), 1);
    }

    #[test]
    fn a_short_pause_is_made() {
        let stub = Stub::start(|call| match call.number {
            0 => Reply::Status("429 Too Many Requests\r\nRetry-After: 0"),
            _ => Reply::Result(json!(7)),
        });
        assert_eq!(ledger(&stub, Duration::from_secs(15)).slot().unwrap(), 7);
        assert_eq!(stub.calls(), 2);
    }

    #[test]
    fn a_server_that_is_always_too_busy_ends_the_call() {
        let stub = Stub::start(|_| Reply::Status("429 Too Many Requests"));
        let options = RpcOptions {
            retry: Retry {
                attempts: 3,
                first_pause: Duration::ZERO,
                longest_pause: Duration::ZERO,
            },
            ..RpcOptions::default()
        };
        let error = RpcLedger::new(&stub.url(), options).slot().unwrap_err();
        assert!(error.to_string().contains("429"), "{error}");
        assert_eq!(stub.calls(), 3);
    }

    #[test]
    fn what_is_never_answered_is_asked_again_on_another_connection() {
        // Of every two calls the first is lost.
        let stub = Stub::start(|call| match call.number % 2 {
            0 => Reply::Silence,
            _ => Reply::Result(json!(7)),
        });
        let begun = std::time::Instant::now();
        let ledger = ledger(&stub, Duration::from_secs(60));
        for _ in 0..3 {
            assert_eq!(ledger.slot().unwrap(), 7);
        }
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "{:?}",
            begun.elapsed()
        );
        assert_eq!(stub.calls(), 6);
    }

    /// A server that has taken the call and is slow turns the second try away: the first one may have done it.
    #[test]
    fn a_try_that_is_turned_away_does_not_end_the_one_before_it() {
        let (turned_away, wait) = std::sync::mpsc::channel();
        let wait = std::sync::Mutex::new(wait);
        let stub = Stub::start(move |call| match call.number {
            0 => {
                wait.lock().unwrap().recv().unwrap();
                Reply::Result(json!(7))
            }
            _ => {
                turned_away.send(()).unwrap();
                Reply::Status("429 Too Many Requests\r\nRetry-After: 110")
            }
        });
        assert_eq!(ledger(&stub, Duration::from_secs(60)).slot().unwrap(), 7);
        assert!(stub.calls() >= 2);
    }

    #[test]
    fn a_dead_server_ends_the_call_within_its_timeout() {
        let stub = Stub::start(|_| Reply::Silence);
        let begun = std::time::Instant::now();
        let error = ledger(&stub, Duration::from_millis(200))
            .slot()
            .unwrap_err();
        assert!(error.to_string().contains("no answer in 0.2 s"), "{error}");
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "{:?}",
            begun.elapsed()
        );
        assert!((2..=8).contains(&stub.calls()), "{}", stub.calls());
    }

    #[test]
    fn an_answer_is_late_by_the_measure_of_others() {
        let (mut paces, timeout) = (Paces::default(), Duration::from_secs(16));
        assert_eq!(paces.patience("getSlot", timeout), FIRST_PATIENCE);
        assert_eq!(
            paces.patience("getSlot", Duration::from_secs(2)),
            Duration::from_millis(500)
        );
        for _ in 0..50 {
            paces.record("getSlot", Duration::from_millis(1));
            paces.record("getProgramAccounts", Duration::from_millis(700));
        }
        assert_eq!(paces.patience("getSlot", timeout), LEAST_PATIENCE);
        let slow = paces.patience("getProgramAccounts", timeout);
        assert!(slow > Duration::from_millis(2_500), "{slow:?}");
        paces.record("getProgramAccounts", Duration::from_secs(99));
        let slowest = paces.patience("getProgramAccounts", timeout);
        assert_eq!(slowest, Duration::from_secs(4));
    }

    #[test]
    fn errors_keep_their_code() {
        let error =
            result_of(br#"{"error":{"code":-32005,"message":"b","data":{"numSlotsBehind":4}}}"#);
        assert!(super::super::error::is_passing(&error.unwrap_err()));
        let error = result_of(br#"{"error":{"code":-32601,"message":"Method not found"}}"#);
        assert!(!super::super::error::is_passing(&error.unwrap_err()));
        assert!(
            result_of(b"\"busy\"")
                .unwrap_err()
                .to_string()
                .contains("not a JSON object")
        );
        assert!(result_of(b"<html>").is_err());
        assert_eq!(
            result_of(br#"{"error":null,"result":7}"#).unwrap(),
            json!(7)
        );
    }
}
