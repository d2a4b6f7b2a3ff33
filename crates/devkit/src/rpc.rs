//! JSON-RPC calls to a validator on this machine, over a minimal HTTP client.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    thread,
    time::Duration,
};

/// Longest wait for one answer.
const ANSWER: Duration = Duration::from_secs(10);
/// How often a call that changes nothing is made before its failure counts.
const READS: u32 = 5;
/// Time between two of them.
const PAUSE: Duration = Duration::from_millis(200);

/// A validator's RPC.
#[derive(Clone, Copy, Debug)]
pub struct Rpc {
    address: SocketAddr,
}

impl Rpc {
    /// The RPC at `address`.
    pub const fn new(address: SocketAddr) -> Self {
        Self { address }
    }

    /// The address it listens at.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address for clients.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The present slot.
    pub fn slot(&self) -> Result<u64> {
        let slot = self.call("getSlot", &json!([{"commitment": "confirmed"}]))?;
        slot.as_u64().context("the validator answered no slot")
    }

    /// Lamports of `address`.
    pub fn balance(&self, address: &str) -> Result<u64> {
        let balance = self.read("getBalance", &json!([address, {"commitment": "confirmed"}]))?;
        (balance["value"].as_u64()).context("the validator answered no balance")
    }

    /// Asks the faucet for lamports for `address`; they arrive a moment later.
    pub fn airdrop(&self, address: &str, lamports: u64) -> Result<()> {
        self.call("requestAirdrop", &json!([address, lamports]))
            .map(drop)
    }

    /// One call that changes nothing: made again where a busy machine has broken the connection.
    pub fn read(&self, method: &str, params: &Value) -> Result<Value> {
        for _ in 1..READS {
            match self.call(method, params) {
                Err(error) if error.is::<io::Error>() => thread::sleep(PAUSE),
                answer => return answer,
            }
        }
        self.call(method, params)
            .with_context(|| format!("{method}, for the {READS}th time"))
    }

    /// One call.
    pub fn call(&self, method: &str, params: &Value) -> Result<Value> {
        let body =
            json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
        let mut stream = TcpStream::connect_timeout(&self.address, ANSWER)?;
        stream.set_read_timeout(Some(ANSWER))?;
        stream.set_write_timeout(Some(ANSWER))?;
        // In one piece: a server that answers early must not break a request that is still on its way.
        let request = format!(
            "POST / HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.address,
            body.len()
        );
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        if answer.is_empty() {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        let mut answer: Value = serde_json::from_slice(body_of(&answer)?)
            .with_context(|| format!("{method}: the validator answered no JSON"))?;
        if let Some(error) = answer.get("error") {
            bail!(
                "{method}: {}",
                error["message"].as_str().unwrap_or("refused")
            );
        }
        Ok(answer["result"].take())
    }
}

/// The body of an HTTP answer that the server ended by closing the connection.
fn body_of(answer: &[u8]) -> Result<&[u8]> {
    const END: &[u8] = b"\r\n\r\n";
    let end = answer.windows(END.len()).position(|bytes| bytes == END);
    let end = end.context("the validator speaks no HTTP")?;
    let (head, body) = answer.split_at(end);
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    ensure!(
        !head.contains("transfer-encoding: chunked"),
        "the validator answers in chunks, which this client does not read"
    );
    Ok(body.strip_prefix(END).unwrap_or(body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// An RPC that breaks its first `broken` connections, and answers 7 in the later ones.
    fn breaking(broken: u32) -> Rpc {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for (number, stream) in (0..).zip(listener.incoming()) {
                let mut stream = stream.unwrap();
                if number >= broken {
                    let _ = stream.read(&mut [0; 4096]);
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n{\"result\":7}");
                }
            }
        });
        Rpc::new(address)
    }

    #[test]
    fn a_broken_connection_is_made_again_for_reading_only() {
        assert_eq!(breaking(READS - 1).read("x", &json!([])).unwrap(), 7);
        assert!(breaking(READS).read("x", &json!([])).is_err());
        assert!(breaking(1).call("x", &json!([])).is_err());
    }
}
