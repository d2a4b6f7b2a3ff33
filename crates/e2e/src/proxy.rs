//! A proxy between nodes and their RPC that loses, delays and fails a part of the calls.

use crate::random::Random;
use anyhow::{Context, Result};
use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

/// Calls in a hundred that something happens to.
pub const FAULTS_IN_100: u64 = 20;
/// Longest time that a delayed call waits, in milliseconds.
const LONGEST_DELAY: u64 = 800;
/// Longest wait for the client, or for the validator.
const PATIENCE: Duration = Duration::from_secs(20);
/// Most bytes of a call's head.
const LONGEST_HEAD: usize = 16 * 1024;
/// Most bytes of a call.
const LONGEST_CALL: usize = 4 << 20;

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Nothing.
    Passes,
    /// It never arrives: the connection is closed.
    IsLost,
    /// It arrives, and its answer is lost.
    AnswerIsLost,
    /// It arrives late.
    IsDelayed(Duration),
    /// It is answered with this status.
    IsRefused(&'static str),
    /// It is answered with this instead of an answer.
    IsGarbled(&'static str),
}

impl Fate {
    fn draw(random: &mut Random) -> Self {
        if random.below(100) >= FAULTS_IN_100 {
            return Self::Passes;
        }
        match random.below(6) {
            0 => Self::IsLost,
            1 => Self::AnswerIsLost,
            2 | 3 => Self::IsDelayed(Duration::from_millis(50 + random.below(LONGEST_DELAY - 50))),
            4 => Self::IsRefused(
                [
                    "503 Service Unavailable",
                    "429 Too Many Requests",
                    "502 Bad Gateway",
                ][usize::try_from(random.below(3)).unwrap_or(0)],
            ),
            _ => Self::IsGarbled(
                "{\"jsonrpc\":\"2.0\",\"id\":0,\"error\":{\"code\":-32005,\
                \"message\":\"Node is behind\",\"data\":{\"numSlotsBehind\":42}}}",
            ),
        }
    }
}

/// What the proxy did.
#[derive(Debug, Default)]
struct Counts {
    calls: AtomicU64,
    faults: AtomicU64,
}

/// A running proxy; it ends with this value.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    counts: Arc<Counts>,
}

impl Proxy {
    /// One at `port` for the RPC at `target`.
    pub fn start(port: u16, target: SocketAddr, random: Random) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .with_context(|| format!("port {port} is taken"))?;
        let proxy = Self {
            address: listener.local_addr()?,
            stop: Arc::default(),
            counts: Arc::default(),
        };
        let (stop, counts) = (Arc::clone(&proxy.stop), Arc::clone(&proxy.counts));
        let random = Arc::new(Mutex::new(random));
        thread::spawn(move || {
            for client in listener.incoming() {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let Ok(client) = client else { continue };
                let fate = Fate::draw(&mut random.lock().unwrap_or_else(PoisonError::into_inner));
                counts.calls.fetch_add(1, Ordering::Relaxed);
                if fate != Fate::Passes {
                    counts.faults.fetch_add(1, Ordering::Relaxed);
                }
                // Whoever goes away in the middle has only its own call to lose.
                thread::spawn(move || drop(serve(client, target, fate)));
            }
        });
        Ok(proxy)
    }

    /// Its address for clients.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Calls so far, and how many of them something happened to.
    pub fn counts(&self) -> (u64, u64) {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (read(&self.counts.calls), read(&self.counts.faults))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for clients.
        let _woken = TcpStream::connect(self.address);
    }
}

/// One call of `client`; every call has a connection of its own.
fn serve(mut client: TcpStream, target: SocketAddr, fate: Fate) -> io::Result<()> {
    client.set_read_timeout(Some(PATIENCE))?;
    client.set_write_timeout(Some(PATIENCE))?;
    let call = read_call(&mut client)?;
    match fate {
        Fate::IsLost => return Ok(()),
        Fate::IsRefused(status) => return reply(&mut client, status, "later"),
        Fate::IsGarbled(body) => return reply(&mut client, "200 OK", body),
        Fate::IsDelayed(delay) => thread::sleep(delay),
        Fate::Passes | Fate::AnswerIsLost => {}
    }
    let mut server = TcpStream::connect_timeout(&target, PATIENCE)?;
    server.set_read_timeout(Some(PATIENCE))?;
    server.set_write_timeout(Some(PATIENCE))?;
    server.write_all(&call)?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    if fate != Fate::AnswerIsLost {
        client.write_all(&answer)?;
    }
    Ok(())
}

fn reply(client: &mut TcpStream, status: &str, body: &str) -> io::Result<()> {
    write!(
        client,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )
}

/// The client's whole call, changed so that the server closes the connection after its answer.
fn read_call(client: &mut TcpStream) -> io::Result<Vec<u8>> {
    const END: &[u8] = b"\r\n\r\n";
    let invalid = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let mut read = Vec::new();
    let mut piece = [0; 8 * 1024];
    let head_end = loop {
        if let Some(end) = read.windows(END.len()).position(|bytes| bytes == END) {
            break end + END.len();
        }
        let count = client.read(&mut piece)?;
        if count == 0 || read.len() > LONGEST_HEAD {
            return Err(invalid("no call"));
        }
        read.extend(piece.iter().take(count));
    };
    let mut body = read.split_off(head_end);
    let head = String::from_utf8(read).map_err(|_| invalid("a head that is not text"))?;
    let mut lines: Vec<&str> = head.trim_end().split("\r\n").collect();
    let named = |line: &str, name: &str| {
        let field = line.split_once(':');
        field.is_some_and(|(field, _)| field.trim().eq_ignore_ascii_case(name))
    };
    let length = lines.iter().find(|line| named(line, "content-length"));
    let length = length.and_then(|line| line.split_once(':')?.1.trim().parse().ok());
    let length: usize = length.filter(|&length| length <= LONGEST_CALL).unwrap_or(0);
    while body.len() < length {
        let count = client.read(&mut piece)?;
        if count == 0 {
            return Err(invalid("half a call"));
        }
        body.extend(piece.iter().take(count));
    }
    lines.retain(|line| !named(line, "connection"));
    lines.push("Connection: close");
    let mut call = format!("{}\r\n\r\n", lines.join("\r\n")).into_bytes();
    call.extend(body);
    Ok(call)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gradual_consensus_devkit::rpc::Rpc;
    use serde_json::json;

    /// A server that says in its answer how many calls it has had.
    fn server() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for (number, client) in listener.incoming().enumerate() {
                let mut client = client.unwrap();
                let call = String::from_utf8(read_call(&mut client).unwrap()).unwrap();
                assert!(call.contains("\r\nConnection: close\r\n\r\n{"), "{call}");
                reply(
                    &mut client,
                    "200 OK",
                    &format!("{{\"result\":{}}}", number + 1),
                )
                .unwrap();
            }
        });
        address
    }

    #[test]
    fn a_fifth_of_the_calls_have_an_accident_and_all_others_arrive() {
        let proxy = Proxy::start(0, server(), Random::new(7, "proxy")).unwrap();
        let rpc = Rpc::new(proxy.address);
        let ask = || rpc.call("getSlot", &json!([])).is_ok();
        let answered = thread::scope(|scope| {
            let calls: Vec<_> = (0..200).map(|_| scope.spawn(ask)).collect();
            let answers = calls.into_iter().map(|call| call.join().unwrap());
            answers.filter(|&answered| answered).count() as u64
        });
        let (calls, faults) = proxy.counts();
        assert_eq!(calls, 200);
        assert!((20..=60).contains(&faults), "{faults}");
        // Those that were only late were answered as well.
        assert!(answered >= calls - faults && answered < calls, "{answered}");
    }

    #[test]
    fn the_same_seed_has_the_same_accidents() {
        let fates = |seed| {
            let mut random = Random::new(seed, "proxy");
            (0..500)
                .map(|_| Fate::draw(&mut random))
                .collect::<Vec<_>>()
        };
        assert_eq!(fates(3), fates(3));
        assert_ne!(fates(3), fates(4));
    }
}
