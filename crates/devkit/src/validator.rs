//! A `solana-test-validator` that this process starts and stops.

use crate::{
    rpc::Rpc,
    workspace::{Workspace, cache, user_home},
};
use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use std::{
    env,
    fs::{self, OpenOptions},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

const NAME: &str = "solana-test-validator";
/// The command that downloads Anza's release, which has a validator built already.
const DOWNLOAD: &str = "sh -c \"$(curl -sSfL https://release.anza.xyz/v4.2.2/install)\"";
/// Where that puts it, in the user's home folder.
const DOWNLOADED: &str = ".local/share/solana/install/active_release/bin";
/// The commands that build one; with this profile it takes half an hour on two cores.
const BUILD: &str = "apt-get install clang libclang-dev protobuf-compiler libudev-dev libssl-dev \
    pkg-config cmake && CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
    CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 cargo install agave-validator --version 4.2.2 --locked \
    --bin solana-test-validator \
    --root \"${XDG_CACHE_HOME:-$HOME/.cache}/gradual-consensus/validator\"";
/// Longest wait for a started validator to answer.
const START: Duration = Duration::from_secs(120);
/// Longest wait for one to end when it is asked to.
const END: Duration = Duration::from_secs(30);
/// How many ports the validator may take from `--dynamic-port` on.
const DYNAMIC_PORTS: u16 = 30;
/// Shreds of its ledger that the validator keeps: those of some days. With its own default, transactions
/// are gone after a few minutes.
const KEPT_SHREDS: &str = "50000000";
/// Bytes that a transaction may log: with fewer, the events of a full one could be cut off.
const LOGGED_BYTES: &str = "100000";

/// The validator's binary: on PATH, where Anza's installer puts it, or in the project's cache folder. If there is
/// none, the error is one line that says how to install it.
pub fn find() -> Result<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let downloaded = user_home()?.join(DOWNLOADED);
    let folders = env::split_paths(&path).chain([downloaded]);
    find_in(folders, &cache()?)
}

fn find_in(folders: impl IntoIterator<Item = PathBuf>, cache: &Path) -> Result<PathBuf> {
    let cached = cache.join("validator").join("bin");
    let places = folders.into_iter().chain([cached]);
    let mut files = places.map(|folder| folder.join(NAME));
    files.find(|file| file.is_file()).with_context(|| {
        format!(
            "{NAME} is neither on PATH nor in this project's cache folder. To download it, in about a minute \
             (Linux on x86-64, macOS), then run this again: {DOWNLOAD} -- To build it into the cache folder \
             instead, in about half an hour: {BUILD}"
        )
    })
}

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

impl Ports {
    /// How many ports [`Ports::starting_at`] takes.
    pub const COUNT: u16 = DYNAMIC_PORTS + 4;

    /// Those from `first` on.
    pub const fn starting_at(first: u16) -> Self {
        Self {
            rpc_port: first,
            faucet_port: first + 2,
            dynamic_port: first + 3,
        }
    }

    /// The address of the RPC.
    pub fn rpc(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.rpc_port))
    }
}

/// How a validator is started.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    /// Where it listens.
    pub ports: Ports,
    /// Whether its ledger begins empty; otherwise it goes on with the one that is there.
    pub reset: bool,
    /// Ticks of 6.25 ms in a slot; a cluster has 64.
    pub ticks_per_slot: u64,
}

impl Start {
    /// With slots as long as a cluster's.
    pub const fn on(ports: Ports, reset: bool) -> Self {
        Self {
            ports,
            reset,
            ticks_per_slot: 64,
        }
    }
}

/// A running validator. It ends with this value.
#[derive(Debug)]
pub struct Validator {
    child: Child,
    rpc: Rpc,
    log: PathBuf,
}

impl Validator {
    /// Starts one whose ledger and log are in `home`.
    pub fn start(workspace: &Workspace, home: &Path, start: Start) -> Result<Self> {
        let Start {
            ports,
            reset,
            ticks_per_slot,
        } = start;
        for (port, flag) in [
            (ports.rpc_port, "--rpc-port"),
            (ports.faucet_port, "--faucet-port"),
        ] {
            let free = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
            free.with_context(|| format!("port {port} is taken: choose another with {flag}"))?;
        }
        let binary = find()?;
        let log = home.join("validator.log");
        // A validator that is started again appends to its log.
        let mut options = OpenOptions::new();
        let output = (options
            .create(true)
            .append(!reset)
            .write(true)
            .truncate(reset))
        .open(&log)
        .with_context(|| format!("{} cannot be written", log.display()))?;
        let last = ports.dynamic_port.saturating_add(DYNAMIC_PORTS);
        let mut command = workspace.command(binary);
        command
            .arg("--ledger")
            .arg(home.join("ledger"))
            .args(["--bind-address", "127.0.0.1"])
            .args(["--rpc-port", &ports.rpc_port.to_string()])
            .args(["--faucet-port", &ports.faucet_port.to_string()])
            .args(["--gossip-port", &ports.dynamic_port.to_string()])
            .arg("--dynamic-port-range")
            .arg(format!("{}-{last}", ports.dynamic_port))
            .args(["--ticks-per-slot", &ticks_per_slot.to_string()])
            .args(["--limit-ledger-size", KEPT_SHREDS])
            .args(["--log-messages-bytes-limit", LOGGED_BYTES])
            .arg("--quiet")
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output);
        if reset {
            command.arg("--reset");
        }
        // A group of its own: Ctrl-C is for this process, which then stops the validator in order.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = (command.spawn()).with_context(|| format!("{NAME} could not be started"))?;
        Ok(Self {
            child,
            rpc: Rpc::new(ports.rpc()),
            log,
        })
    }

    /// Its RPC.
    pub const fn rpc(&self) -> Rpc {
        self.rpc
    }

    /// Waits until it answers and makes blocks.
    pub fn wait_until_healthy(&mut self, stop: &AtomicBool) -> Result<()> {
        let begun = Instant::now();
        loop {
            self.require_alive()?;
            ensure!(!stop.load(Ordering::Relaxed), "stopped");
            let height = (self.rpc).call("getBlockHeight", &json!([{"commitment": "confirmed"}]));
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
}

impl Drop for Validator {
    fn drop(&mut self) {
        // This fails if the validator has ended, which is fine.
        let _killed = self.child.kill();
        let _reaped = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_validator_is_found_on_path_before_the_cache_and_else_one_line_says_how_to_have_it() {
        let folder = env::temp_dir().join(format!("gradual-validator-{}", std::process::id()));
        let (path, cache) = (folder.join("path"), folder.join("cache"));
        let cached = cache.join("validator").join("bin");
        let find = || find_in([folder.clone(), path.clone()], &cache);
        for folder in [&path, &cached] {
            fs::create_dir_all(folder).unwrap();
        }

        let missing = find().unwrap_err().to_string();
        assert_eq!(missing.lines().count(), 1);
        assert!(missing.contains("in about a minute"));
        assert!(missing.contains("https://release.anza.xyz/v4.2.2/install"));
        assert!(missing.contains("cargo install agave-validator --version 4.2.2 --locked"));
        assert!(missing.ends_with("/gradual-consensus/validator\""));
        fs::write(cached.join(NAME), "").unwrap();
        assert_eq!(find().unwrap(), cached.join(NAME));
        fs::write(path.join(NAME), "").unwrap();
        assert_eq!(find().unwrap(), path.join(NAME));
        fs::remove_dir_all(&folder).unwrap();
    }
}
