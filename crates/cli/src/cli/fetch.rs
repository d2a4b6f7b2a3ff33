//! An answer over HTTP, bounded in size and in time.

#[cfg(any(feature = "dashboard", feature = "wasm"))]
pub(super) mod public;

use gradual_consensus_client::{rpc::trusting, text::one_line};
use reqwest::{Client, Response, StatusCode, Url, header::LOCATION, redirect::Policy};
use std::{
    error::Error,
    net::{IpAddr, SocketAddr},
    pin::pin,
    time::Duration,
};
use tokio::{net::lookup_host, runtime::Builder, time::Instant};

/// Between two looks at whether the answer is still wanted.
const PIECE: Duration = Duration::from_millis(50);
/// Most characters of a place that are shown.
const LONGEST_SHOWN: usize = 160;

/// How a place is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guard<'a> {
    /// Whether places without TLS are asked too.
    pub(super) plain: bool,
    /// Which addresses are asked; `None` for all of them, through the proxy that the environment names.
    pub(super) may_ask: Option<fn(IpAddr) -> bool>,
    /// The only hosts that are asked, as [`host_of`] names them; `None` for all of them.
    pub(super) hosts: Option<&'a [String]>,
    /// The longest that the whole answer may take.
    pub(super) patience: Duration,
    /// How many times a server may name another place.
    pub(super) redirects: usize,
    /// Most bytes of the answer.
    pub(super) most_bytes: usize,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unfetched {
    /// The server's status, if it is why.
    pub(super) status: Option<StatusCode>,
    /// Why, in words for the log.
    pub(super) why: String,
}

impl From<String> for Unfetched {
    fn from(why: String) -> Self {
        Self { status: None, why }
    }
}

/// The address that `text` is; `None` where it is no address.
pub(super) fn url_in(text: &str) -> Option<Url> {
    let is_url = text.starts_with("https://") || text.starts_with("http://");
    is_url.then(|| text.parse().ok()).flatten()
}

/// `url`, as it is shown: without a user's name, a password and a query, which may be secrets.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // Of an address without a host nothing is hidden.
    let _hidden = url.set_username("").and_then(|()| url.set_password(None));
    one_line(url.as_str(), LONGEST_SHOWN)
}

/// The host of `url`, with the port if that is not the usual one.
pub(super) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// What is at `url`, for as long as it is wanted: while `goes_on`.
///
/// # Errors
/// Why there is none, in words for the log.
pub(super) fn fetch(
    url: &Url,
    guard: &Guard<'_>,
    goes_on: &dyn Fn() -> bool,
) -> Result<Vec<u8>, Unfetched> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let fetched = runtime.block_on(async {
        let mut arriving = pin!(bytes_at(url, guard));
        let begun = Instant::now();
        loop {
            match tokio::time::timeout(PIECE.min(guard.patience), &mut arriving).await {
                Ok(arrived) => return arrived,
                Err(_) if !goes_on() => return Err("it is not wanted any more".to_owned().into()),
                Err(_) if begun.elapsed() >= guard.patience => {
                    let seconds = guard.patience.as_secs_f64();
                    return Err(format!("it was not there within {seconds:.1} seconds").into());
                }
                Err(_) => {}
            }
        }
    });
    // The system may still be looking a name up, which nobody waits for.
    runtime.shutdown_background();
    fetched
}

async fn bytes_at(url: &Url, guard: &Guard<'_>) -> Result<Vec<u8>, Unfetched> {
    let mut url = url.clone();
    for _ in 0..=guard.redirects {
        let client = client_for(&url, guard).await?;
        let asked = client.get(url.clone()).send().await;
        let response = asked.map_err(said)?;
        if !response.status().is_redirection() {
            return body_of(response, guard.most_bytes).await;
        }
        let place = response.headers().get(LOCATION);
        let place = place.and_then(|place| place.to_str().ok());
        let place =
            place.ok_or_else(|| "the server names another place, and not which".to_owned())?;
        let next = url.join(place);
        url = next.map_err(|error| format!("the server names another place: {error}"))?;
    }
    Err(match guard.redirects {
        0 => "the server names another place".to_owned(),
        redirects => format!("the server names another place {redirects} times over"),
    }
    .into())
}

/// A client that asks `url` and nothing else.
async fn client_for(url: &Url, guard: &Guard<'_>) -> Result<Client, String> {
    let is_spoken = url.scheme() == "https" || (guard.plain && url.scheme() == "http");
    if !is_spoken {
        return Err(format!(
            "{}: a place that strangers name is asked by https only",
            shown(url)
        ));
    }
    if let Some(hosts) = guard.hosts {
        let host = host_of(url);
        if !hosts.contains(&host) {
            return Err(format!("{host} is not granted"));
        }
    }
    let mut client = trusting(Client::builder().redirect(Policy::none()));
    if let Some(may_ask) = guard.may_ask {
        let host = url.host_str().unwrap_or_default();
        let plain = host.trim_matches(['[', ']']);
        let port = url.port_or_known_default().unwrap_or_default();
        let found = lookup_host((plain, port)).await;
        let found = found.map_err(|error| format!("{host}: {error}"))?;
        let (public, others): (Vec<SocketAddr>, Vec<SocketAddr>) =
            found.partition(|address| may_ask(address.ip()));
        if public.is_empty() {
            let others: Vec<String> = others.iter().map(|one| one.ip().to_string()).collect();
            return Err(format!(
                "{host} ({}) is not on the public internet: nothing else is asked where strangers name the place",
                others.join(", ")
            ));
        }
        // These addresses are asked, whatever the name stands for by then; a proxy would look it up again.
        client = client.resolve_to_addrs(host, &public).no_proxy();
    }
    client.build().map_err(said)
}

async fn body_of(mut response: Response, most_bytes: usize) -> Result<Vec<u8>, Unfetched> {
    if !response.status().is_success() {
        let status = response.status();
        return Err(Unfetched {
            status: Some(status),
            why: format!("the server answers {status}"),
        });
    }
    let too_large = || format!("it has more than the {most_bytes} bytes that are read");
    let most = most_bytes as u64;
    if response.content_length().is_some_and(|bytes| bytes > most) {
        return Err(too_large().into());
    }
    let mut bytes = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(said)? {
        if bytes.len().saturating_add(piece.len()) > most_bytes {
            return Err(too_large().into());
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// What `error` says, with its causes, and without the address, which may have a secret in it.
fn said(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        said = format!("{said}: {error}");
        cause = error.source();
    }
    one_line(&said, LONGEST_SHOWN)
}
