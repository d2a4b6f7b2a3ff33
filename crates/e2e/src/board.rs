//! A dashboard of the cluster, and visitors who look at it as browsers do: each fetches its page, listens for events,
//! and fetches the page again at each of them.

use crate::{behaviour::Behaviour, node::Node, phase::Findings, world::World};
use anyhow::{Context, Result, ensure};
use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// Longest wait for bytes of an answer; a server with no event to tell sends a sign of life more often than that.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a browser waits before it connects again.
const AGAIN: Duration = Duration::from_secs(3);
/// Longest wait for the dashboard to answer at all.
const START: Duration = Duration::from_secs(60);

/// What the visitors saw.
#[derive(Debug, Default)]
struct Seen {
    pages: AtomicU64,
    bytes: AtomicU64,
    /// Pages that were answered with "come back later".
    refused: AtomicU64,
    /// Pages that were not answered, or with an error.
    broken: AtomicU64,
    /// Time of the slowest page, in milliseconds.
    slowest: AtomicU64,
    /// Time of all pages, in milliseconds.
    waited: AtomicU64,
}

/// A running dashboard with its visitors.
#[derive(Debug)]
pub struct Board {
    process: Node,
    seen: Arc<Seen>,
    is_over: Arc<AtomicBool>,
    visitors: Vec<JoinHandle<()>>,
}

impl Board {
    /// Starts a dashboard of `world`'s validator, and `count` visitors of its pages.
    pub fn start(world: &World, count: u8) -> Result<Self> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, world.dashboard_port()));
        let listen = address.to_string();
        let key = world.manager.0.clone();
        let command = (world.gradual).command(&key, ["dashboard", "--listen", &listen]);
        let log = world.home.join("dashboard.log");
        let mut process = Node::new("dashboard".into(), key, listen, Behaviour::Honest, log);
        process.spawn(command)?;
        wait_for(address, &mut process)?;
        let mut board = Self {
            process,
            seen: Arc::default(),
            is_over: Arc::default(),
            visitors: Vec::new(),
        };
        for page in pages(world).into_iter().cycle().take(count.into()) {
            let (seen, is_over) = (Arc::clone(&board.seen), Arc::clone(&board.is_over));
            let visitor = thread::Builder::new().stack_size(256 * 1024);
            (board.visitors).push(visitor.spawn(move || visit(address, &page, &seen, &is_over))?);
        }
        Ok(board)
    }

    /// The dashboard's process.
    pub const fn process(&mut self) -> &mut Node {
        &mut self.process
    }

    /// What the visitors saw, for people.
    pub fn text(&self) -> String {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let (pages, waited) = (read(&self.seen.pages), read(&self.seen.waited));
        format!(
            "{pages} pages ({} MB) for {} visitors: {} ms on average, {} ms the slowest; {} were told to come back, {} failed",
            read(&self.seen.bytes) / 1_000_000,
            self.visitors.len(),
            waited.checked_div(pages).unwrap_or_default(),
            read(&self.seen.slowest),
            read(&self.seen.refused),
            read(&self.seen.broken)
        )
    }

    /// What was wrong with the pages.
    pub fn findings(&self) -> Findings {
        let (pages, broken) = (&self.seen.pages, self.seen.broken.load(Ordering::Relaxed));
        let mut findings = Findings::new();
        if broken > 0 {
            findings.push(format!("{broken} pages of the dashboard failed"));
        }
        if pages.load(Ordering::Relaxed) < self.visitors.len() as u64 {
            findings.push("not every visitor of the dashboard saw a page".to_owned());
        }
        findings
    }

    /// Ends the visitors, and then the dashboard.
    pub fn end(mut self) -> Result<()> {
        self.is_over.store(true, Ordering::Relaxed);
        self.process.ask_to_end()?;
        self.process.wait_for_end()?;
        for visitor in self.visitors {
            ensure!(
                visitor.join().is_ok(),
                "a visitor of the dashboard panicked"
            );
        }
        Ok(())
    }
}

/// The pages that visitors look at.
fn pages(world: &World) -> Vec<String> {
    let task = format!("/task/{}", world.task);
    let mut pages = vec!["/".to_owned(), task.clone()];
    pages.extend(["/nodes", "/books", "/cycle/20"].map(|page| format!("{task}{page}")));
    let node = world.nodes.first();
    pages.extend(node.map(|node| format!("{task}/node/{}", node.address)));
    pages
}

/// Waits until the dashboard at `address` answers.
fn wait_for(address: SocketAddr, process: &mut Node) -> Result<()> {
    let begun = Instant::now();
    while get(address, "/").is_err() {
        process.require_alive()?;
        ensure!(begun.elapsed() < START, "the dashboard does not answer");
        thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// Looks at the page at `path` until all is over.
fn visit(address: SocketAddr, path: &str, seen: &Seen, is_over: &AtomicBool) {
    while !is_over.load(Ordering::Relaxed) {
        let page = look(address, path, seen, is_over);
        if let Some(events) = page.as_deref().and_then(events_of) {
            // The server ends a connection after some minutes, and a browser connects again.
            let _ended = listen(address, events, || {
                look(address, path, seen, is_over);
                !is_over.load(Ordering::Relaxed)
            });
        }
        if !is_over.load(Ordering::Relaxed) {
            thread::sleep(AGAIN);
        }
    }
}

/// Fetches a page once, and notes what came of it.
fn look(address: SocketAddr, path: &str, seen: &Seen, is_over: &AtomicBool) -> Option<String> {
    let begun = Instant::now();
    let answer = get(address, path);
    if is_over.load(Ordering::Relaxed) {
        return None;
    }
    let took = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    match answer {
        // A cycle may not be there yet, or no more.
        Ok((200 | 404, page)) => {
            seen.pages.fetch_add(1, Ordering::Relaxed);
            seen.bytes.fetch_add(page.len() as u64, Ordering::Relaxed);
            seen.waited.fetch_add(took, Ordering::Relaxed);
            seen.slowest.fetch_max(took, Ordering::Relaxed);
            Some(page)
        }
        Ok((503, _)) => {
            seen.refused.fetch_add(1, Ordering::Relaxed);
            None
        }
        Ok(_) | Err(_) => {
            seen.broken.fetch_add(1, Ordering::Relaxed);
            None
        }
    }
}

/// Where the page's events are to be had.
fn events_of(page: &str) -> Option<&str> {
    let (_, rest) = page.split_once("data-events=\"")?;
    let (events, _) = rest.split_once('"')?;
    Some(events)
}

/// A request for `path`, sent.
fn ask(address: SocketAddr, path: &str) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    Ok(stream)
}

/// The status and the text of the answer to a request for `path`.
fn get(address: SocketAddr, path: &str) -> Result<(u16, String)> {
    let mut answer = String::new();
    ask(address, path)?.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("no HTTP")?;
    let status = head.split_whitespace().nth(1).context("no status")?;
    Ok((status.parse()?, body.to_owned()))
}

/// Reads the events at `path`, and calls `hear` at each until that says that it is enough.
fn listen(address: SocketAddr, path: &str, mut hear: impl FnMut() -> bool) -> io::Result<()> {
    for line in BufReader::new(ask(address, path)?).lines() {
        if line?.starts_with("event: slot") && !hear() {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// A server that answers every request for a page with `status`, and tells each listener of two events.
    fn server(status: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                // The whole request is read: a connection that is closed with bytes unread loses the answer.
                let lines = BufReader::new(&stream).lines().map_while(Result::ok);
                let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
                let answer = if head.concat().contains("/events") {
                    "HTTP/1.1 200 OK\r\n\r\nd\r\nevent: slot\ndata: 1\n\nd\r\nevent: slot\ndata: 2\n\n".to_owned()
                } else {
                    format!("HTTP/1.1 {status}\r\n\r\n<body data-events=\"/x/events\">")
                };
                // A visitor may have heard enough.
                let _written = stream.write_all(answer.as_bytes());
            }
        });
        address
    }

    #[test]
    fn a_visitor_looks_again_at_each_event() {
        let address = server("200 OK");
        let (seen, is_over) = (Seen::default(), AtomicBool::new(false));
        let page = look(address, "/x", &seen, &is_over).unwrap();
        let mut heard = 0;
        listen(address, events_of(&page).unwrap(), || {
            heard += 1;
            look(address, "/x", &seen, &is_over).is_some()
        })
        .unwrap();
        assert_eq!((heard, seen.pages.load(Ordering::Relaxed)), (2, 3));
    }

    #[test]
    fn a_page_that_fails_is_counted() {
        let (seen, is_over) = (Seen::default(), AtomicBool::new(false));
        look(server("503 Service Unavailable"), "/x", &seen, &is_over);
        look(server("500 Internal Server Error"), "/x", &seen, &is_over);
        look(server("404 Not Found"), "/x", &seen, &is_over);
        let counts = [&seen.refused, &seen.broken, &seen.pages];
        assert_eq!(counts.map(|count| count.load(Ordering::Relaxed)), [1; 3]);
    }
}
