//! A module over HTTP, and what a module's work asks for. Where a stranger named the place, only `https` is spoken, only with addresses of the
//! public internet, and none of them is asked before it was checked: a task's text must not make a node ask a
//! service of its own machine or network.

use gradual_consensus_client::{rpc::trusting, text::one_line};
use gradual_consensus_wasm::module::MOST_BYTES;
use reqwest::{Client, Response, Url, header::LOCATION, redirect::Policy};
use std::{
    error::Error,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    pin::pin,
    time::Duration,
};
use tokio::{net::lookup_host, runtime::Builder, time::Instant};

/// The longest that an answer may take to arrive.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at whether the module is still wanted.
const PIECE: Duration = Duration::from_millis(50);
/// How many times a server may name another place.
const MOST_REDIRECTS: usize = 5;
/// Most characters of a place that are shown.
const LONGEST_SHOWN: usize = 160;

/// How a place is asked.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct Guard<'a> {
    /// Whether places without TLS are asked too.
    plain: bool,
    /// Which addresses are asked; `None` for all of them, through the proxy that the environment names.
    may_ask: Option<fn(IpAddr) -> bool>,
    /// The only hosts that are asked, as [`host_of`] names them; `None` for all of them.
    hosts: Option<&'a [String]>,
    /// The longest that the whole answer may take.
    patience: Duration,
}

impl Guard<'_> {
    /// A place that the operator of this machine named.
    pub(in crate::cli) const OPERATOR: Self = Self {
        plain: true,
        may_ask: None,
        hosts: None,
        patience: PATIENCE,
    };
    /// A place that a stranger named.
    pub(in crate::cli) const STRANGER: Self = Self {
        plain: false,
        may_ask: Some(is_public),
        hosts: None,
        patience: PATIENCE,
    };
}

/// Whether `address` is one of the public internet: not of this machine, a private network, a link, a group, or
/// a range for special use (RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let is_special = match address.octets() {
        // This network, carriers' NAT, protocol assignments, benchmarks, reserved.
        [0, ..] | [192, 0, 0, _] | [198, 18..=19, ..] | [240..=255, ..] => true,
        [100, second, ..] => (64..128).contains(&second),
        _ => false,
    };
    !(is_special
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation())
}

/// Global unicast (2000::/3) without the ranges for special use, some of which carry an address of IPv4.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let is_special = matches!(
        (first, second),
        (0x2001, ..0x0200 | 0x0db8) | (0x2002, _) | (0x3fff, ..0x1000)
    );
    first & 0xe000 == 0x2000 && !is_special
}

/// `url`, as it is shown: without a user's name, a password and a query, which may be secrets.
pub(in crate::cli) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // Of an address without a host nothing is hidden.
    let _hidden = url.set_username("").and_then(|()| url.set_password(None));
    one_line(url.as_str(), LONGEST_SHOWN)
}

/// The host of `url`, with the port if that is not the usual one.
fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// What is at `url`, for a module's work: its operator allows `hosts`, and nothing but the public internet.
///
/// # Errors
/// Why there is none, in words for the module.
pub(in crate::cli) fn fetch_granted(url: &str, hosts: &[String]) -> Result<Vec<u8>, String> {
    let url: Url = url.parse().map_err(|_| "this is no address".to_owned())?;
    let hosts = Some(hosts);
    let guard = Guard {
        hosts,
        ..Guard::STRANGER
    };
    fetch(&url, &guard, &|| true)
}

/// What is at `url`, for as long as it is wanted: while `goes_on`.
///
/// # Errors
/// Why there is none, in words for the log.
pub(in crate::cli) fn fetch(
    url: &Url,
    guard: &Guard<'_>,
    goes_on: &dyn Fn() -> bool,
) -> Result<Vec<u8>, String> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let fetched = runtime.block_on(async {
        let mut arriving = pin!(bytes_at(url, guard));
        let begun = Instant::now();
        loop {
            match tokio::time::timeout(PIECE.min(guard.patience), &mut arriving).await {
                Ok(arrived) => return arrived,
                Err(_) if !goes_on() => return Err("it is not wanted any more".into()),
                Err(_) if begun.elapsed() >= guard.patience => {
                    let seconds = guard.patience.as_secs_f64();
                    return Err(format!("it was not there within {seconds} seconds"));
                }
                Err(_) => {}
            }
        }
    });
    // The system may still be looking a name up, which nobody waits for.
    runtime.shutdown_background();
    fetched
}

async fn bytes_at(url: &Url, guard: &Guard<'_>) -> Result<Vec<u8>, String> {
    let mut url = url.clone();
    for _ in 0..=MOST_REDIRECTS {
        let client = client_for(&url, guard).await?;
        let asked = client.get(url.clone()).send().await;
        let response = asked.map_err(said)?;
        if !response.status().is_redirection() {
            return body_of(response).await;
        }
        let place = response.headers().get(LOCATION);
        let place = place.and_then(|place| place.to_str().ok());
        let place = place.ok_or("the server names another place, and not which")?;
        let next = url.join(place);
        url = next.map_err(|error| format!("the server names another place: {error}"))?;
    }
    Err(format!(
        "the server names another place {MOST_REDIRECTS} times over"
    ))
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

async fn body_of(mut response: Response) -> Result<Vec<u8>, String> {
    if !response.status().is_success() {
        return Err(format!("the server answers {}", response.status()));
    }
    let too_large = || format!("it has more than the {MOST_BYTES} bytes that are read");
    let most = MOST_BYTES as u64;
    if response.content_length().is_some_and(|bytes| bytes > most) {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(said)? {
        if bytes.len().saturating_add(piece.len()) > MOST_BYTES {
            return Err(too_large());
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

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::{
        io::{BufRead, BufReader, Write},
        net::{TcpListener, TcpStream},
        sync::mpsc::{Receiver, channel},
        thread,
    };

    /// A server at `host` that answers each request by `answer`, which is given the path. It tells what it was asked.
    pub fn serve(
        host: &str,
        answer: impl Fn(&str, &mut TcpStream) + Send + 'static,
    ) -> (Url, Receiver<String>) {
        let listener = TcpListener::bind((host, 0)).unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let (asked, told) = channel();
        thread::spawn(move || {
            for mut client in listener.incoming().map_while(Result::ok) {
                let mut lines = BufReader::new(client.try_clone().unwrap()).lines();
                let Some(Ok(first)) = lines.next() else {
                    continue;
                };
                // The whole request is read: a connection that is closed with bytes unread loses the answer.
                let _head = lines.map_while(Result::ok).find(|line| line.is_empty());
                let path = first.split(' ').nth(1).unwrap().to_owned();
                let _nobody_listens = asked.send(path.clone());
                answer(&path, &mut client);
            }
        });
        (url.parse().unwrap(), told)
    }

    /// An answer with this head and body.
    pub fn say(client: &mut TcpStream, head: &str, body: &[u8]) {
        let length = body.len();
        let head =
            format!("HTTP/1.1 {head}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
        // A client that has seen enough goes away.
        let _gone = client
            .write_all(head.as_bytes())
            .and_then(|()| client.write_all(body));
    }

    const LONG: Duration = Duration::from_secs(30);

    /// As strangers' places are asked, but on this machine: `127.0.0.1` stands for the public internet.
    pub const HERE: Guard<'_> = Guard {
        plain: true,
        may_ask: Some(|address| address == IpAddr::V4(Ipv4Addr::LOCALHOST)),
        hosts: None,
        patience: LONG,
    };

    fn ask(url: &Url, guard: &Guard<'_>) -> Result<Vec<u8>, String> {
        fetch(url, guard, &|| true)
    }

    #[test]
    fn only_addresses_of_the_public_internet_are_public() {
        for public in [
            "1.1.1.1",
            "100.63.0.1",
            "172.32.0.1",
            "2606:4700::1111",
            "2a00::1",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for special in [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.1",
            "192.168.0.1",
            "198.18.0.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:1.1.1.1",
            "64:ff9b::7f00:1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fe80::1",
            "ff02::1",
        ] {
            assert!(!is_public(special.parse().unwrap()), "{special}");
        }
    }

    #[test]
    fn a_stranger_names_no_place_of_this_machine_or_network() {
        let (own, asked) = serve("127.0.0.1", |_, client| say(client, "200 OK", b"secret"));
        let port = own.port().unwrap();
        for (place, expected) in [
            (format!("http://127.0.0.1:{port}/"), "by https only"),
            ("http://example.com/".into(), "by https only"),
            ("file:///etc/passwd".into(), "by https only"),
            (
                format!("https://127.0.0.1:{port}/"),
                "is not on the public internet",
            ),
            (
                format!("https://[::1]:{port}/"),
                "is not on the public internet",
            ),
            (
                format!("https://localhost:{port}/"),
                "is not on the public internet",
            ),
            (
                format!("https://2130706433:{port}/"),
                "is not on the public internet",
            ),
            (
                "https://169.254.169.254/".into(),
                "is not on the public internet",
            ),
            ("https://10.0.0.1/".into(), "is not on the public internet"),
        ] {
            let refused = ask(&place.parse().unwrap(), &Guard::STRANGER).unwrap_err();
            assert!(refused.contains(expected), "{place}: {refused}");
        }
        assert_eq!(ask(&own, &Guard::OPERATOR), Ok(b"secret".to_vec()));
        // Nobody but the operator has asked.
        assert_eq!(asked.try_iter().count(), 1);
    }

    #[test]
    fn a_redirect_is_followed_only_to_where_one_may_ask() {
        let (inside, asked) = serve("127.0.0.2", |_, client| say(client, "200 OK", b"secret"));
        let (outside, _) = serve("127.0.0.1", move |path, client| match path {
            "/there" => say(client, "302 Found\r\nLocation: /file", b""),
            "/file" => say(client, "200 OK", b"module"),
            "/inside" => say(client, &format!("302 Found\r\nLocation: {inside}"), b""),
            "/local" => say(client, "302 Found\r\nLocation: file:///etc/passwd", b""),
            "/nowhere" => say(client, "302 Found", b""),
            _ => say(client, "302 Found\r\nLocation: /again", b""),
        });
        let at = |path: &str| ask(&outside.join(path).unwrap(), &HERE);
        assert_eq!(at("/there"), Ok(b"module".to_vec()));
        // Of the addresses that a name stands for, those are asked that may be.
        let named = format!("http://localhost:{}/file", outside.port().unwrap());
        assert_eq!(ask(&named.parse().unwrap(), &HERE), Ok(b"module".to_vec()));
        for (path, expected) in [
            ("/inside", "127.0.0.2 (127.0.0.2) is not on the public"),
            ("/local", "by https only"),
            ("/nowhere", "and not which"),
            ("/again", "5 times over"),
        ] {
            let refused = at(path).unwrap_err();
            assert!(refused.contains(expected), "{path}: {refused}");
        }
        assert_eq!(asked.try_iter().count(), 0);
    }

    #[test]
    fn a_granted_host_is_asked_and_no_other_not_even_by_a_redirect() {
        let (other, asked) = serve("127.0.0.1", |_, client| say(client, "200 OK", b"secret"));
        let place = other.clone();
        let (granted, _) = serve("127.0.0.1", move |path, client| match path {
            "/other" => say(client, &format!("302 Found\r\nLocation: {place}"), b""),
            _ => say(client, "200 OK", b"data"),
        });
        let hosts = [host_of(&granted)];
        let guard = Guard {
            hosts: Some(&hosts),
            ..HERE
        };
        assert_eq!(ask(&granted, &guard), Ok(b"data".to_vec()));
        for place in [granted.join("/other").unwrap(), other] {
            let refused = ask(&place, &guard).unwrap_err();
            assert!(refused.ends_with("is not granted"), "{refused}");
        }
        // A name of this machine may be granted by mistake: it is not asked.
        let port = granted.port().unwrap();
        for host in ["127.0.0.1", "localhost"] {
            let hosts = [format!("{host}:{port}")];
            let refused = fetch_granted(&format!("https://{host}:{port}/"), &hosts).unwrap_err();
            assert!(
                refused.contains("is not on the public internet"),
                "{refused}"
            );
        }
        let plain = fetch_granted(granted.as_str(), &hosts).unwrap_err();
        assert!(plain.contains("by https only"), "{plain}");
        assert_eq!(
            fetch_granted("no address", &hosts),
            Err("this is no address".into())
        );
        assert_eq!(asked.try_iter().count(), 0);
    }

    #[test]
    fn an_answer_is_bounded_in_size_and_in_time() {
        let (url, _) = serve("127.0.0.1", |path, client| match path {
            "/large" => {
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n",
                    MOST_BYTES + 1
                );
                client.write_all(head.as_bytes()).unwrap();
            }
            "/endless" => {
                client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
                let piece = [7; 1 << 16];
                while client.write_all(&piece).is_ok() {}
            }
            "/slow" => {
                client
                    .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nmod")
                    .unwrap();
                // Until the one who asked has gone.
                let _ends = std::io::copy(client, &mut std::io::sink());
            }
            "/none" => say(client, "404 Not Found", b"no"),
            _ => say(client, "200 OK", &vec![7; MOST_BYTES]),
        });
        let at = |path: &str, patience| {
            let guard = Guard { patience, ..HERE };
            ask(&url.join(path).unwrap(), &guard)
        };
        assert_eq!(at("/whole", LONG).map(|bytes| bytes.len()), Ok(MOST_BYTES));
        for (path, patience, expected) in [
            ("/large", LONG, "more than the 16777216 bytes"),
            ("/endless", LONG, "more than the 16777216 bytes"),
            ("/slow", Duration::from_millis(200), "within 0.2 seconds"),
            ("/none", LONG, "the server answers 404 Not Found"),
        ] {
            let refused = at(path, patience).unwrap_err();
            assert!(refused.contains(expected), "{path}: {refused}");
        }
        // A node that stops waits for no answer.
        let stopped = fetch(&url.join("/slow").unwrap(), &HERE, &|| false);
        assert_eq!(stopped, Err("it is not wanted any more".into()));
    }

    #[test]
    fn what_may_be_secret_in_a_place_is_not_shown() {
        let url: Url = "https://me:word@host:1/task.wasm?key=word#word"
            .parse()
            .unwrap();
        assert_eq!(shown(&url), "https://host:1/task.wasm");
        let (broken, _) = serve("127.0.0.1", |_, client| {
            drop(client.shutdown(std::net::Shutdown::Both))
        });
        let refused = ask(&broken.join("/?key=word").unwrap(), &HERE).unwrap_err();
        assert!(!refused.contains("word"), "{refused}");
    }
}
