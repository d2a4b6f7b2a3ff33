//! `gradual node run`.

use crate::cli::{Failure, Output, amount, session::Session, settings::Globals};
use clap::{Args as ClapArgs, ValueEnum};
use gradual_consensus_node::{
    corpus::{Corpus, CorpusIndex},
    daemon::{self, End, Metrics, Settings, sleep_unless},
    external::{DEFAULT_TIMEOUT, External},
    logic::{DistributionCycle, LogicError, Proof, TaskLogic},
    runner::{Rewards, RunnerOptions},
};
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};
use solana_sdk::{
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};
use std::{
    io,
    net::SocketAddr,
    path::PathBuf,
    rc::Rc,
    str::FromStr,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};
use tracing_subscriber::EnvFilter;

#[derive(ClapArgs)]
pub(in crate::cli) struct RunArgs {
    /// The task to play in; the node, whose key is --keypair, must have staked
    #[arg(long)]
    task: Pubkey,
    /// The task's logic: corpus:PATH indexes the text in a folder or file, exec:COMMAND asks a program
    /// of yours (docs/external-logic.md)
    #[arg(long, value_name = "LOGIC")]
    logic: Logic,
    /// Number of shares that the corpus is cut into; the same for all nodes of a task
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..))]
    corpus_shares: u32,
    /// Longest wait for an answer from exec:COMMAND, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = DEFAULT_TIMEOUT.as_secs(), value_parser = clap::value_parser!(u64).range(1..))]
    logic_timeout: u64,
    /// What to do with rewards: leave them in the task, add them to the stake, or send them to a
    /// token account (claim:ADDRESS)
    #[arg(long, value_name = "REWARDS", default_value = "keep")]
    rewards: RewardsArg,
    /// Never propose a distribution list, not even when it is this node's turn
    #[arg(long)]
    no_propose: bool,
    /// Work only for cycles that promise each node at least this, in base units: the cycle's bounty divided
    /// by the last cycle's submissions
    #[arg(long, value_name = "AMOUNT", default_value_t = 0)]
    min_reward: u64,
    /// Serve Prometheus metrics at /metrics and a health line at /health
    #[arg(long, value_name = "IP:PORT")]
    metrics: Option<SocketAddr>,
    /// Report the node as stale after so many seconds without a new slot
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    stale_after: u64,
    /// Longest wait for a transaction to be confirmed, in seconds; then the node reads the ledger again
    #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..))]
    give_up_after: u64,
    /// Warn when the node has less SOL than this
    #[arg(long, value_name = "SOL", default_value = "0.05")]
    low_sol: String,
    /// Warn when its stake is less than this, in base units [default: the task's minimum]
    #[arg(long, value_name = "AMOUNT", default_value_t = 0)]
    low_stake: u64,
    /// Format of the log on standard error; the environment variable RUST_LOG filters it
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    /// For people.
    Text,
    /// One object a line.
    Json,
}

#[derive(Clone, Debug)]
enum Logic {
    Corpus(PathBuf),
    Exec(String),
}

impl FromStr for Logic {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("corpus", path)) if !path.is_empty() => Ok(Self::Corpus(path.into())),
            Some(("exec", command)) if !command.trim().is_empty() => Ok(Self::Exec(command.into())),
            _ => Err("use corpus:PATH or exec:COMMAND"),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct RewardsArg(Rewards);

impl FromStr for RewardsArg {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const KINDS: &str = "use keep, compound, or claim:TOKEN_ACCOUNT";
        match (text, text.strip_prefix("claim:")) {
            ("keep", _) => Ok(Self(Rewards::Keep)),
            ("compound", _) => Ok(Self(Rewards::Compound)),
            (_, Some(account)) => {
                let account = account.parse().map_err(|_| KINDS)?;
                Ok(Self(Rewards::Claim(account)))
            }
            _ => Err(KINDS),
        }
    }
}

pub(super) fn run_node(args: &RunArgs, globals: &Globals, output: Output) -> Result<(), Failure> {
    if globals.dry_run {
        return Err(Failure::Usage(
            "a node sends transactions: leave --dry-run out".into(),
        ));
    }
    let low_lamports = amount::parse(&args.low_sol, true)?;
    let session = Session::stay(globals, output, Duration::from_secs(args.give_up_after))?;
    let key = session.key()?.insecure_clone();
    let logic = Played::new(args, key.pubkey())?;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT] {
        // A second signal ends the process at once.
        let registered = flag::register_conditional_shutdown(signal, 1, Arc::clone(&stop))
            .and_then(|_| flag::register(signal, Arc::clone(&stop)));
        registered.map_err(|error| Failure::Failed(format!("cannot watch signals: {error}")))?;
    }
    let stale_after = Duration::from_secs(args.stale_after);
    let metrics = Arc::new(Metrics::new(&args.task, &key.pubkey(), stale_after));
    start_log(args.log_format);
    if let Some(address) = args.metrics {
        let served = daemon::serve(address, Arc::clone(&metrics)).map_err(|error| {
            Failure::Usage(format!(
                "cannot serve metrics at {address}: {error}: choose another address"
            ))
        })?;
        tracing::info!(address = %served, "metrics are served");
    }
    let settings = Settings {
        options: RunnerOptions {
            propose: !args.no_propose,
            rewards: args.rewards.0,
            min_reward: args.min_reward,
        },
        low_lamports,
        low_stake: args.low_stake,
    };
    let node: (Pubkey, Keypair) = (args.task, key);
    let end = daemon::run(
        &session.ledger,
        node,
        logic,
        &settings,
        &metrics,
        &stop,
        |pause| {
            sleep_unless(&stop, pause);
        },
    );
    match end {
        Ok(End::Stopped | End::TaskGone | End::Left) => Ok(()),
        Err(error) => Err(Failure::Failed(error.to_string())),
    }
}

/// Logs to standard error: standard output is for results.
fn start_log(format: LogFormat) {
    let chosen = EnvFilter::try_from_default_env();
    let filter = chosen.unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_writer(io::stderr);
    match format {
        LogFormat::Text => log
            .with_ansi(io::IsTerminal::is_terminal(&io::stderr()))
            .init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
}

/// The task's logic, as --logic names it.
enum Played {
    Corpus(CorpusIndex),
    External(External),
}

impl Played {
    fn new(args: &RunArgs, node: Pubkey) -> Result<Self, Failure> {
        Ok(match &args.logic {
            Logic::Corpus(path) => {
                let corpus = Corpus::read(path);
                let corpus = corpus.map_err(|error| Failure::Usage(error.to_string()))?;
                Self::Corpus(CorpusIndex::new(Rc::new(corpus), node, args.corpus_shares))
            }
            Logic::Exec(command) => {
                let timeout = Duration::from_secs(args.logic_timeout);
                Self::External(External::new(command.clone(), node, timeout))
            }
        })
    }

    fn logic(&mut self) -> &mut dyn TaskLogic {
        match self {
            Self::Corpus(corpus) => corpus,
            Self::External(external) => external,
        }
    }
}

impl TaskLogic for Played {
    fn work(&mut self, cycle: u64) -> Result<Vec<u8>, LogicError> {
        self.logic().work(cycle)
    }

    fn audit(&mut self, proof: &Proof) -> Result<bool, LogicError> {
        self.logic().audit(proof)
    }

    fn distribution(
        &mut self,
        cycle: &DistributionCycle,
        submissions: &[Proof],
        verdicts: &[bool],
    ) -> Result<Vec<(Pubkey, u64)>, LogicError> {
        self.logic().distribution(cycle, submissions, verdicts)
    }
}
