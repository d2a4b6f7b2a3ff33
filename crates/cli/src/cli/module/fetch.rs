//! A module over HTTP, and what a module's work asks for. Where a stranger named the place, only `https` is spoken, only with addresses of the
//! public internet, and none of them is asked before it was checked: a task's text must not make a node ask a
//! service of its own machine or network.

use crate::cli::fetch::{Guard, fetch, public::is_public};
use gradual_consensus_wasm::module::MOST_BYTES;
use reqwest::Url;
use std::time::Duration;

/// The longest that an answer may take to arrive.
const PATIENCE: Duration = Duration::from_secs(60);
/// How many times a server may name another place.
const MOST_REDIRECTS: usize = 5;

/// The name of this machine, and what its other names end with (RFC 6761).
const LOCAL: &str = "localhost";

impl Guard<'_> {
    /// A place that the operator of this machine named.
    pub(in crate::cli) const OPERATOR: Self = Self {
        plain: true,
        may_ask: None,
        hosts: None,
        patience: PATIENCE,
        redirects: MOST_REDIRECTS,
        most_bytes: MOST_BYTES,
    };
    /// A place that a stranger named.
    pub(in crate::cli) const STRANGER: Self = Self {
        plain: false,
        may_ask: Some(is_public),
        ..Self::OPERATOR
    };
}

/// Refuses a host that is seen to be of no public network before its name is looked up.
///
/// # Errors
/// Why, in words for the operator who grants it.
pub(in crate::cli) fn require_public(host: &str) -> Result<(), String> {
    let url: Result<Url, _> = format!("https://{host}").parse();
    let url = url.map_err(|error| format!("it is no host: {error}"))?;
    let name = url.host_str().unwrap_or_default();
    let is_here = match name.trim_matches(['[', ']']).parse() {
        Ok(address) => !is_public(address),
        Err(_) => name == LOCAL || name.ends_with(&format!(".{LOCAL}")),
    };
    if is_here {
        return Err(
            "it is not on the public internet, and nothing else is asked: leave it out".into(),
        );
    }
    Ok(())
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
    fetch(&url, &guard, &|| true).map_err(|unfetched| unfetched.why)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::cli::fetch::{host_of, shown};
    use std::{
        io::{BufRead, BufReader, Write},
        net::{IpAddr, Ipv4Addr, TcpListener, TcpStream},
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
        patience: LONG,
        ..Guard::OPERATOR
    };

    fn ask(url: &Url, guard: &Guard<'_>) -> Result<Vec<u8>, String> {
        fetch(url, guard, &|| true).map_err(|unfetched| unfetched.why)
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
        assert_eq!(stopped.unwrap_err().why, "it is not wanted any more");
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
