//! `/metrics`, `/health` and `/logic/HASH` over HTTP, as far as a scraper and another node need HTTP.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// How long a client may take for its whole request, and for taking a piece of the answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a client may take for taking a whole module.
const MODULE_PATIENCE: Duration = Duration::from_secs(60);
/// Modules that are sent at the same time: a module may be large, and must keep nobody from the metrics.
const MODULES: usize = 4;
/// Bytes of a piece of an answer.
const PIECE: usize = 64 << 10;
/// Clients that are answered at the same time. Further ones are answered one after another: whoever holds all of
/// these open keeps the others waiting.
const CLIENTS: usize = 32;
/// Pause after the system let nobody in, as where the process has too many files open.
const PAUSE: Duration = Duration::from_millis(100);
/// Most bytes of a request.
const LONGEST_REQUEST: usize = 8 * 1024;

/// What is shown at the endpoint: one node's metrics, or those of many.
pub trait Exposed {
    /// All metrics in Prometheus' text format.
    fn text(&self) -> String;

    /// Whether all is well, and one line that says so, or what is not.
    fn health(&self) -> (bool, String);

    /// The bytes of the WebAssembly module of this hash (SHA-256, in base58), if a node plays it here.
    fn module(&self, _hash: &str) -> Option<Vec<u8>> {
        None
    }
}

/// How many modules are being sent.
#[derive(Default)]
struct Sending(AtomicUsize);

/// One module that is being sent, until it is dropped.
struct Turn<'a>(&'a Sending);

impl Sending {
    /// A turn to send a module; `None` while enough of them are being sent.
    fn turn(&self) -> Option<Turn<'_>> {
        let more = |count: usize| (count < MODULES).then(|| count.saturating_add(1));
        let counted = self
            .0
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, more);
        counted.is_ok().then(|| Turn(self))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Answers at `address` for as long as the process lives. Returns the address that was bound.
///
/// # Errors
/// If the address cannot be bound.
pub fn serve(
    address: SocketAddr,
    metrics: Arc<impl Exposed + Send + Sync + 'static>,
) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(address)?;
    let bound = listener.local_addr()?;
    thread::Builder::new()
        .name("metrics".into())
        .spawn(move || {
            // Each thread that answers holds it, too.
            let seats = Arc::new(Sending::default());
            for client in listener.incoming() {
                match client {
                    Ok(client) if Arc::strong_count(&seats) <= CLIENTS => {
                        let (seat, metrics) = (Arc::clone(&seats), Arc::clone(&metrics));
                        let answering = thread::Builder::new().name("metrics".into());
                        let spawned = answering.spawn(move || {
                            attend(client, &*metrics, Some(&seat));
                        });
                        if let Err(error) = spawned {
                            tracing::debug!(%error, "a client of the metrics endpoint is turned away");
                            thread::sleep(PAUSE);
                        }
                    }
                    // Nobody else is answered meanwhile: this is no time for a module.
                    Ok(client) => attend(client, &*metrics, None),
                    Err(error) => {
                        tracing::debug!(%error, "the metrics endpoint lets nobody in");
                        thread::sleep(PAUSE);
                    }
                }
            }
        })?;
    Ok(bound)
}

fn attend(client: TcpStream, metrics: &impl Exposed, sending: Option<&Sending>) {
    if let Err(error) = answer(client, metrics, sending) {
        tracing::debug!(%error, "a client of the metrics endpoint went away");
    }
}

/// An answer, with its head but for its length.
struct Answer {
    status: &'static str,
    /// The type of its body, and what else its head says.
    head: &'static str,
    body: Vec<u8>,
}

impl Answer {
    fn text(status: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            head: "Content-Type: text/plain",
            body: body.into(),
        }
    }
}

fn answer(
    mut client: TcpStream,
    metrics: &impl Exposed,
    sending: Option<&Sending>,
) -> io::Result<()> {
    client.set_write_timeout(Some(PATIENCE))?;
    let request = read_request(&mut client)?;
    let mut words = request.split(' ');
    let (method, path) = (words.next(), words.next());
    let path = path.map(|path| path.split_once('?').map_or(path, |(path, _)| path));
    let is_read = matches!(method, Some("GET" | "HEAD"));
    // It is held until the answer is sent.
    let mut turn = None;
    let answer = match path.filter(|_| is_read) {
        None => Answer::text("405 Method Not Allowed", "GET only\n"),
        Some("/metrics") => Answer {
            status: "200 OK",
            head: "Content-Type: text/plain; version=0.0.4",
            body: metrics.text().into(),
        },
        Some("/health") => match metrics.health() {
            (true, line) => Answer::text("200 OK", format!("{line}\n")),
            (false, line) => Answer::text("503 Service Unavailable", format!("{line}\n")),
        },
        Some(path) => match path.strip_prefix("/logic/") {
            None => Answer::text(
                "404 Not Found",
                "there are /metrics, /health and /logic/HASH\n",
            ),
            Some(hash) => {
                turn = sending.and_then(Sending::turn);
                module_of(hash, metrics, turn.is_some())
            }
        },
    };
    write!(
        client,
        "HTTP/1.1 {}\r\n{}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        answer.status,
        answer.head,
        answer.body.len()
    )?;
    if method != Some("HEAD") {
        send(&mut client, &answer.body)?;
    }
    drop(turn);
    client.flush()
}

/// The module of this hash, if it `may_be_sent` now.
fn module_of(hash: &str, metrics: &impl Exposed, may_be_sent: bool) -> Answer {
    if !may_be_sent {
        return Answer {
            head: "Content-Type: text/plain\r\nRetry-After: 10",
            ..Answer::text(
                "503 Service Unavailable",
                "other nodes are being sent a module\n",
            )
        };
    }
    match metrics.module(hash) {
        None => Answer::text(
            "404 Not Found",
            "no node plays a module of this hash here\n",
        ),
        Some(body) => Answer {
            status: "200 OK",
            // What a hash names never changes.
            head: "Content-Type: application/wasm\r\nCache-Control: public, max-age=31536000, immutable",
            body,
        },
    }
}

/// Sends `body` to a client that takes it in time.
fn send(client: &mut TcpStream, body: &[u8]) -> io::Result<()> {
    let begun = Instant::now();
    for piece in body.chunks(PIECE) {
        if begun.elapsed() > MODULE_PATIENCE {
            return Err(ErrorKind::TimedOut.into());
        }
        client.write_all(piece)?;
    }
    Ok(())
}

/// Reads a request up to its empty line and returns its first line. The rest must be read, too: closing a
/// connection with bytes unread may lose the answer.
fn read_request(client: &mut TcpStream) -> io::Result<String> {
    let deadline = Instant::now() + PATIENCE;
    let mut request = Vec::new();
    let mut buffer = [0; 1024];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || request.len() > LONGEST_REQUEST {
            return Err(ErrorKind::TimedOut.into());
        }
        client.set_read_timeout(Some(left))?;
        let read = client.read(&mut buffer)?;
        if read == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        request.extend(buffer.iter().take(read));
    }
    let text = String::from_utf8_lossy(&request);
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::Metrics;
    use solana_sdk::pubkey::Pubkey;

    fn ask(address: SocketAddr, request: &str) -> String {
        let mut client = TcpStream::connect(address).unwrap();
        client.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        answer
    }

    fn get(address: SocketAddr, path: &str) -> String {
        ask(
            address,
            &format!("GET {path} HTTP/1.1\r\nHost: node\r\n\r\n"),
        )
    }

    #[test]
    fn metrics_and_health_are_answered() {
        let (task, node) = (Pubkey::new_unique(), Pubkey::new_unique());
        let metrics = Arc::new(Metrics::new(&task, &node, Duration::from_millis(200)));
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        let address = serve(any_port, Arc::clone(&metrics)).unwrap();

        let never = get(address, "/health");
        assert!(never.starts_with("HTTP/1.1 503 "), "{never}");
        assert!(never.ends_with("\r\n\r\nstale: the ledger has not answered yet\n"));

        metrics.record_slot(7, Instant::now(), Some(Duration::from_millis(400)));
        metrics.count_sent("submit");
        metrics.count_failed("payout");
        let well = get(address, "/health?verbose");
        assert!(well.starts_with("HTTP/1.1 200 OK\r\n"), "{well}");
        assert!(well.ends_with("\r\n\r\nok: slot 7\n"), "{well}");
        let text = get(address, "/metrics");
        let labels = format!("task=\"{task}\",node=\"{node}\"");
        for line in [
            "# TYPE gradual_slot gauge".to_owned(),
            format!("gradual_slot{{{labels}}} 7"),
            format!("gradual_slot_seconds{{{labels}}} 0.4"),
            format!("gradual_sent_total{{{labels},instruction=\"submit\"}} 1"),
            format!("gradual_failed_total{{{labels},action=\"payout\"}} 1"),
            format!("gradual_unavailable_total{{{labels}}} 0"),
            format!("gradual_healthy{{{labels}}} 1"),
        ] {
            assert!(text.lines().any(|said| said == line), "{line}\n{text}");
        }

        thread::sleep(Duration::from_millis(300));
        metrics.record_slot(7, Instant::now(), None);
        let stale = get(address, "/health");
        assert!(
            stale.contains("503") && stale.contains("no new slot since 7"),
            "{stale}"
        );
    }

    #[test]
    fn other_requests_are_turned_away_and_none_blocks_the_next() {
        let (task, node) = (Pubkey::new_unique(), Pubkey::new_unique());
        let metrics = Arc::new(Metrics::new(&task, &node, Duration::from_secs(9)));
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        let address = serve(any_port, metrics).unwrap();
        let silent: Vec<TcpStream> = (0..CLIENTS / 2)
            .map(|_| TcpStream::connect(address).unwrap())
            .collect();
        let begun = Instant::now();
        assert!(get(address, "/").starts_with("HTTP/1.1 404 "));
        assert!(ask(address, "POST /metrics HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405 "));
        let head = ask(address, "HEAD /metrics HTTP/1.1\r\n\r\n");
        assert!(head.ends_with("\r\n\r\n"), "{head}");
        // One after another they would have been waited for.
        assert!(begun.elapsed() < PATIENCE * 4, "{:?}", begun.elapsed());
        drop(silent);
    }

    /// What is played at an endpoint: one module.
    struct Played(Vec<u8>);

    impl Exposed for Played {
        fn text(&self) -> String {
            String::new()
        }

        fn health(&self) -> (bool, String) {
            (true, "ok: slot 7".into())
        }

        fn module(&self, hash: &str) -> Option<Vec<u8>> {
            (hash == "own").then(|| self.0.clone())
        }
    }

    #[test]
    fn a_module_is_sent_by_its_hash_and_to_a_few_at_a_time() {
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        let module = vec![7; 16 << 20];
        let address = serve(any_port, Arc::new(Played(module.clone()))).unwrap();
        let mut client = TcpStream::connect(address).unwrap();
        let request = b"GET /logic/own HTTP/1.1\r\n\r\n";
        client.write_all(request).unwrap();
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|end| end == b"\r\n\r\n");
        let body = answer.split_off(end.unwrap() + 4);
        let head = String::from_utf8(answer).unwrap();
        assert_eq!(
            head,
            "HTTP/1.1 200 OK\r\nContent-Type: application/wasm\r\n\
             Cache-Control: public, max-age=31536000, immutable\r\n\
             Content-Length: 16777216\r\nConnection: close\r\n\r\n"
        );
        assert!(body == module);
        assert!(get(address, "/logic/other").starts_with("HTTP/1.1 404 "));
        assert!(get(address, "/logic/").starts_with("HTTP/1.1 404 "));
        let asked = ask(address, "HEAD /logic/own HTTP/1.1\r\n\r\n");
        assert!(asked.ends_with("Content-Length: 16777216\r\nConnection: close\r\n\r\n"));

        let sending = Sending::default();
        let mut turns: Vec<Turn> = (0..MODULES).filter_map(|_| sending.turn()).collect();
        assert_eq!((turns.len(), sending.turn().is_none()), (MODULES, true));
        let refused = module_of("own", &Played(module), sending.turn().is_some());
        assert_eq!(refused.status, "503 Service Unavailable");
        assert!(refused.head.ends_with("Retry-After: 10"));
        turns.pop();
        assert!(sending.turn().is_some());
    }
}
