//! `/metrics` and `/health` over HTTP, as far as a scraper needs HTTP.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

/// How long a client may take for its whole request, and for taking the answer.
const PATIENCE: Duration = Duration::from_secs(2);
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
            let seats = Arc::new(());
            for client in listener.incoming() {
                match client {
                    Ok(client) if Arc::strong_count(&seats) <= CLIENTS => {
                        let (seat, metrics) = (Arc::clone(&seats), Arc::clone(&metrics));
                        let answering = thread::Builder::new().name("metrics".into());
                        let spawned = answering.spawn(move || {
                            attend(client, &*metrics);
                            drop(seat);
                        });
                        if let Err(error) = spawned {
                            tracing::debug!(%error, "a client of the metrics endpoint is turned away");
                            thread::sleep(PAUSE);
                        }
                    }
                    Ok(client) => attend(client, &*metrics),
                    Err(error) => {
                        tracing::debug!(%error, "the metrics endpoint lets nobody in");
                        thread::sleep(PAUSE);
                    }
                }
            }
        })?;
    Ok(bound)
}

fn attend(client: TcpStream, metrics: &impl Exposed) {
    if let Err(error) = answer(client, metrics) {
        tracing::debug!(%error, "a client of the metrics endpoint went away");
    }
}

fn answer(mut client: TcpStream, metrics: &impl Exposed) -> io::Result<()> {
    client.set_write_timeout(Some(PATIENCE))?;
    let request = read_request(&mut client)?;
    let mut words = request.split(' ');
    let (method, path) = (words.next(), words.next());
    let path = path.map(|path| path.split_once('?').map_or(path, |(path, _)| path));
    let (status, kind, body) = match (method, path) {
        (Some("GET" | "HEAD"), Some("/metrics")) => {
            ("200 OK", "text/plain; version=0.0.4", metrics.text())
        }
        (Some("GET" | "HEAD"), Some("/health")) => {
            let (healthy, line) = metrics.health();
            let status = if healthy {
                "200 OK"
            } else {
                "503 Service Unavailable"
            };
            (status, "text/plain", format!("{line}\n"))
        }
        (Some("GET" | "HEAD"), Some(_)) => (
            "404 Not Found",
            "text/plain",
            "there are /metrics and /health\n".into(),
        ),
        _ => ("405 Method Not Allowed", "text/plain", "GET only\n".into()),
    };
    let length = body.len();
    write!(
        client,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )?;
    if method != Some("HEAD") {
        client.write_all(body.as_bytes())?;
    }
    client.flush()
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
}
