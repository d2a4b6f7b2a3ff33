//! A tiny RPC server in this process, which answers as a test tells it.

use super::{RpcLedger, RpcOptions};
use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Value, json};
use solana_hash::Hash;
use solana_instruction::Instruction;
use solana_transaction::Transaction;
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

/// The transaction that `call` of `sendTransaction` sends.
pub(super) fn transaction_of(call: &Call) -> Transaction {
    let text = call.params[0].as_str().unwrap();
    let bytes = BASE64_STANDARD.decode(text).unwrap();
    bincode::deserialize(&bytes).unwrap()
}

/// The transactions that a cluster was sent, each once.
#[derive(Default)]
pub(super) struct Sent(pub(super) Mutex<Vec<Transaction>>);

impl Sent {
    /// Takes the transaction of `call`, and returns its signature.
    pub(super) fn take(&self, call: &Call) -> Value {
        let transaction = transaction_of(call);
        let signature = transaction.signatures[0].to_string();
        let mut all = self.0.lock().unwrap();
        if !all.contains(&transaction) {
            all.push(transaction);
        }
        signature.into()
    }

    /// Whether the transaction of `call` was not sent before.
    pub(super) fn is_new(&self, call: &Call) -> bool {
        !self.0.lock().unwrap().contains(&transaction_of(call))
    }

    pub(super) fn prices(&self) -> Vec<u64> {
        let price = |transaction: &Transaction| {
            let instructions = &transaction.message.instructions;
            let set = instructions
                .iter()
                .find_map(|one| one.data.strip_prefix(&[3]));
            u64::from_le_bytes(set.unwrap_or(&[0; 8]).try_into().unwrap())
        };
        self.0.lock().unwrap().iter().map(price).collect()
    }

    pub(super) fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

/// What a cluster at `slot` answers; `is_confirmed` is the last signature that is asked for.
pub(super) fn cluster(call: &Call, sent: &Sent, slot: u64, is_confirmed: bool) -> Reply {
    let with_context = |value: Value| json!({"context": {"slot": slot}, "value": value});
    Reply::Result(match call.method.as_str() {
        "getSlot" => json!(slot),
        "getRecentPrioritizationFees" => json!([{"slot": slot, "prioritizationFee": 100}]),
        "simulateTransaction" => with_context(json!({"err": null, "unitsConsumed": 1_000})),
        "getLatestBlockhash" => with_context(json!({
            "blockhash": Hash::default().to_string(), "lastValidBlockHeight": 1_000
        })),
        "getEpochInfo" => json!({
            "absoluteSlot": slot, "blockHeight": slot, "epoch": 0, "slotIndex": slot,
            "slotsInEpoch": 1_000, "transactionCount": null
        }),
        "sendTransaction" => sent.take(call),
        "getSignatureStatuses" => {
            let asked = call.params[0].as_array().unwrap().len();
            let status = json!({
                "slot": slot, "confirmations": 1, "status": {"Ok": null}, "err": null,
                "confirmationStatus": "confirmed"
            });
            let mut all = vec![Value::Null; asked];
            if is_confirmed {
                all[asked - 1] = status;
            }
            with_context(json!(all))
        }
        other => panic!("{other}"),
    })
}

/// An instruction of the program.
pub(super) fn nothing() -> Instruction {
    Instruction::new_with_bytes(gradual_consensus::ID, &[7], vec![])
}

/// The cluster that `stub` answers for.
pub(super) fn ledger(stub: &Stub) -> RpcLedger {
    RpcLedger::new(&stub.url(), RpcOptions::default())
}
