//! A `solana-test-validator` that this process starts, asks, and stops.

use crate::workspace::Workspace;
use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::{
    fs::{self, File},
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

const NAME: &str = "solana-test-validator";
/// How to have one, in one line.
const MISSING: &str = "solana-test-validator is not on PATH: \
    apt-get install clang libclang-dev protobuf-compiler libudev-dev libssl-dev pkg-config cmake && \
    cargo install agave-validator --version 4.2.2 --locked --bin solana-test-validator";
/// Longest wait for a started validator to answer.
const START: Duration = Duration::from_secs(120);
/// Longest wait for one to end when it is asked to.
const END: Duration = Duration::from_secs(30);
/// Longest wait for one answer.
const ANSWER: Duration = Duration::from_secs(10);
/// How many ports the validator may take from `--dynamic-port` on.
const DYNAMIC_PORTS: u16 = 30;

/// The ports that a validator listens at, on the loopback only.
#[derive(clap::Args, Clone, Copy, Debug)]
pub struct Ports {
    /// The RPC's; the next one is that of subscriptions.
    #[arg(long, default_value_t = 8899, value_parser = clap::value_parser!(u16).range(1024..=65_000))]
    rpc_port: u16,
    /// The faucet's.
    #[arg(long, default_value_t = 9900, value_parser = clap::value_parser!(u16).range(1024..))]
    faucet_port: u16,
    /// The first of 30 for all else.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u16).range(1024..=65_000))]
    dynamic_port: u16,
}

/// A running validator. It ends with this value.
#[derive(Debug)]
pub struct Validator {
    child: Child,
    rpc: SocketAddr,
    log: PathBuf,
}

impl Validator {
    /// Starts one whose ledger and log are in `home`.
    pub fn start(workspace: &Workspace, home: &Path, ports: Ports, reset: bool) -> Result<Self> {
        for (port, flag) in [
            (ports.rpc_port, "--rpc-port"),
            (ports.faucet_port, "--faucet-port"),
        ] {
            let free = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
            free.with_context(|| format!("port {port} is taken: choose another with {flag}"))?;
        }
        let log = home.join("validator.log");
        let output =
            File::create(&log).with_context(|| format!("{} cannot be written", log.display()))?;
        let last = ports.dynamic_port.saturating_add(DYNAMIC_PORTS);
        let mut command = workspace.command(NAME);
        command
            .arg("--ledger")
            .arg(home.join("ledger"))
            .args(["--bind-address", "127.0.0.1"])
            .args(["--rpc-port", &ports.rpc_port.to_string()])
            .args(["--faucet-port", &ports.faucet_port.to_string()])
            .args(["--gossip-port", &ports.dynamic_port.to_string()])
            .arg("--dynamic-port-range")
            .arg(format!("{}-{last}", ports.dynamic_port))
            .arg("--quiet")
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output);
        if reset {
            command.arg("--reset");
        }
        // A group of its own: Ctrl-C is for this process, which then stops the validator in order.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.spawn().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => anyhow::anyhow!(MISSING),
            _ => anyhow::anyhow!("{NAME} could not be started: {error}"),
        })?;
        Ok(Self {
            child,
            rpc: SocketAddr::from((Ipv4Addr::LOCALHOST, ports.rpc_port)),
            log,
        })
    }

    /// Where its RPC is.
    pub fn url(&self) -> String {
        format!("http://{}", self.rpc)
    }

    /// Waits until it answers and makes blocks.
    pub fn wait_until_healthy(&mut self, stop: &AtomicBool) -> Result<()> {
        let begun = Instant::now();
        loop {
            self.require_alive()?;
            ensure!(!stop.load(Ordering::Relaxed), "stopped");
            let height = self.call("getBlockHeight", &json!([{"commitment": "confirmed"}]));
            if height.is_ok_and(|height| height.as_u64() > Some(0)) {
                return Ok(());
            }
            ensure!(
                begun.elapsed() < START,
                "the validator does not answer: see {}",
                self.log.display()
            );
            thread::sleep(Duration::from_millis(200));
        }
    }

    /// Fails if it has ended.
    pub fn require_alive(&mut self) -> Result<()> {
        let Some(status) = self.child.try_wait()? else {
            return Ok(());
        };
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let said = log.lines().rfind(|line| !line.trim().is_empty());
        bail!(
            "the validator ended ({status}): {}: see {}",
            said.unwrap_or_default().trim(),
            self.log.display()
        )
    }

    /// Asks it to end, and waits until it has.
    pub fn stop(mut self) -> Result<()> {
        kill_process(Pid::from_child(&self.child), Signal::TERM)?;
        let begun = Instant::now();
        while self.child.try_wait()?.is_none() {
            ensure!(
                begun.elapsed() < END,
                "the validator did not end in time and was killed"
            );
            thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    /// Lamports of `address`.
    pub fn balance(&self, address: &str) -> Result<u64> {
        let balance = self.call("getBalance", &json!([address, {"commitment": "confirmed"}]))?;
        (balance["value"].as_u64()).context("the validator answered something else than a balance")
    }

    /// Has `address` given lamports; they come a moment later.
    pub fn airdrop(&self, address: &str, lamports: u64) -> Result<()> {
        self.call("requestAirdrop", &json!([address, lamports]))
            .map(drop)
    }

    /// One call of its JSON RPC.
    fn call(&self, method: &str, params: &Value) -> Result<Value> {
        let body =
            json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
        let mut stream = TcpStream::connect_timeout(&self.rpc, ANSWER)?;
        stream.set_read_timeout(Some(ANSWER))?;
        stream.set_write_timeout(Some(ANSWER))?;
        write!(
            stream,
            "POST / HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.rpc,
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (_, body) = answer
            .split_once("\r\n\r\n")
            .context("the validator speaks no HTTP")?;
        let mut answer: Value = serde_json::from_str(body)?;
        if let Some(error) = answer.get("error") {
            bail!(
                "{method}: {}",
                error["message"].as_str().unwrap_or("refused")
            );
        }
        Ok(answer["result"].take())
    }
}

impl Drop for Validator {
    fn drop(&mut self) {
        // Nothing, where it has ended already.
        let _killed = self.child.kill();
        let _reaped = self.child.wait();
    }
}
