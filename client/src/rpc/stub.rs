//! A tiny RPC server in this process, which answers as a test tells it.

use serde_json::{Value, json};
use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

/// What a client called.
pub(super) struct Call {
    /// Calls before it.
    pub(super) number: usize,
    pub(super) method: String,
    pub(super) params: Value,
}

/// What it is answered.
pub(super) enum Reply {
    Result(Value),
    Error(i64, &'static str),
    /// This status line, with what headers follow it.
    Status(&'static str),
    /// Nothing, and the connection stays open.
    Silence,
}

/// A running server; it ends with this value.
pub(super) struct Stub {
    address: SocketAddr,
    calls: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

impl Stub {
    /// One that answers by `reply`.
    pub(super) fn start(reply: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let stub = Self {
            address: listener.local_addr().unwrap(),
            calls: Arc::default(),
            stop: Arc::default(),
        };
        let (calls, stop) = (Arc::clone(&stub.calls), Arc::clone(&stub.stop));
        let reply = Arc::new(reply);
        let open = Arc::new(Mutex::new(Vec::new()));
        thread::spawn(move || {
            for client in listener.incoming() {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let (calls, reply, open) =
                    (Arc::clone(&calls), Arc::clone(&reply), Arc::clone(&open));
                thread::spawn(move || {
                    let mut client = client.unwrap();
                    let Ok((method, params)) = read(&mut client) else {
                        return;
                    };
                    let number = calls.fetch_add(1, Ordering::Relaxed);
                    let reply = reply(&Call {
                        number,
                        method,
                        params,
                    });
                    let (status, body) = match reply {
                        Reply::Result(value) => (
                            "200 OK",
                            json!({"jsonrpc": "2.0", "id": 0, "result": value}),
                        ),
                        Reply::Error(code, message) => {
                            let error = json!({"code": code, "message": message});
                            ("200 OK", json!({"jsonrpc": "2.0", "id": 0, "error": error}))
                        }
                        Reply::Status(status) => (status, Value::Null),
                        Reply::Silence => return open.lock().unwrap().push(client),
                    };
                    let body = body.to_string();
                    // Whoever went away has only its own answer to lose.
                    let _sent = write!(
                        client,
                        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                        body.len()
                    );
                });
            }
        });
        stub
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Calls so far.
    pub(super) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for clients.
        let _woken = TcpStream::connect(self.address);
    }
}

/// The method of a call, and its parameters.
fn read(client: &mut TcpStream) -> io::Result<(String, Value)> {
    client.set_read_timeout(Some(Duration::from_secs(20)))?;
    let (mut read, mut piece) = (Vec::new(), [0; 8 * 1024]);
    loop {
        let text = String::from_utf8_lossy(&read);
        if let Some((_, body)) = text.split_once("\r\n\r\n")
            && let Ok(call) = serde_json::from_str::<Value>(body)
        {
            let method = call["method"].as_str().unwrap_or_default().to_owned();
            return Ok((method, call["params"].clone()));
        }
        let count = client.read(&mut piece)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        read.extend(&piece[..count]);
    }
}
