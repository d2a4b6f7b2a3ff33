//! `gradual node run`.

use super::{
    Failure, Output,
    amount::{Amount, Form, Unit},
    path, secret,
    session::Session,
    settings::Globals,
};
use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use gradual_consensus_node::{
    corpus::{Corpus, CorpusIndex},
    daemon::{self, End, Log, Metrics, Settings, sleep_unless},
    external::{DEFAULT_TIMEOUT, External},
    logic::{DistributionCycle, LogicError, Proof, TaskLogic},
    runner::{Rewards, RunnerOptions},
};
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};
use solana_commitment_config::CommitmentLevel;
use solana_sdk::{
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};
use std::{
    fmt::Display,
    io,
    net::{SocketAddr, ToSocketAddrs},
    path::PathBuf,
    rc::Rc,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tracing_subscriber::EnvFilter;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Play in a task: submit work, audit, propose lists, collect payouts. Ends when the task is closed,
    /// or with SIGTERM
    Run(RunArgs),
}

#[derive(ClapArgs)]
pub(super) struct RunArgs {
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
    /// Work only for cycles that promise each node at least this, in tokens of the task's mint: the cycle's
    /// bounty divided by the last cycle's submissions
    #[arg(long, value_name = "AMOUNT", default_value = "0")]
    min_reward: Amount,
    /// Serve Prometheus metrics at /metrics and a health line at /health
    #[arg(long, value_name = "HOST:PORT")]
    metrics: Option<String>,
    /// Report the node as stale after so many seconds without a new slot
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    stale_after: u64,
    /// Longest wait for a transaction to be confirmed, in seconds; then the node reads the ledger again
    #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..))]
    give_up_after: u64,
    /// Most that one transaction pays beyond the base fee when others bid against it: votes, submissions
    /// and lists bid more and more until their window closes, but no more than what is at stake
    #[arg(long, value_name = "SOL", default_value = "0.002")]
    max_priority_fee: Amount,
    /// Warn when the node has less SOL than this
    #[arg(long, value_name = "SOL", default_value = "0.05")]
    low_sol: Amount,
    /// Warn when its stake is less than this, in tokens of the task's mint [default: the task's minimum]
    #[arg(
        long,
        value_name = "AMOUNT",
        default_value = "0",
        hide_default_value = true
    )]
    low_stake: Amount,
    #[command(flatten)]
    form: Form,
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

/// A task's logic, as the command line names it.
#[derive(Clone, Debug)]
pub(super) enum Logic {
    Corpus(PathBuf),
    Exec(String),
}

impl FromStr for Logic {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("corpus", path)) if !path.is_empty() => Ok(Self::Corpus(path::expand(path))),
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

pub(super) fn run(command: &Command, globals: &Globals, output: Output) -> Result<(), Failure> {
    match command {
        Command::Run(args) => run_node(args, globals, output),
    }
}

fn run_node(args: &RunArgs, globals: &Globals, output: Output) -> Result<(), Failure> {
    if globals.dry_run {
        return Err(Failure::Usage(
            "a node sends transactions: leave --dry-run out".into(),
        ));
    }
    globals.require_unsigned("a node signs by itself")?;
    let low_lamports = args.low_sol.units(Unit::SOL)?;
    let min_reward = args.form.meant(args.min_reward)?;
    let low_stake = args.form.meant(args.low_stake)?;
    let urgent_fee_cap = args.max_priority_fee.units(Unit::SOL)?;
    let give_up_after = Duration::from_secs(args.give_up_after);
    let session = Session::stay(globals, output, give_up_after, urgent_fee_cap)?;
    if session.ledger.options().commitment == CommitmentLevel::Processed {
        return Err(Failure::Usage(
            "a node must not decide by blocks that may be dropped: use --commitment confirmed"
                .into(),
        ));
    }
    let key = session.key()?.local("a node")?.insecure_clone();
    let stop = Arc::new(AtomicBool::new(false));
    let logic = Played::new(
        &args.logic,
        (args.corpus_shares, args.logic_timeout),
        key.pubkey(),
        &stop,
    )?;
    for signal in [SIGTERM, SIGINT] {
        // A second signal ends the process at once.
        let registered = flag::register_conditional_shutdown(signal, 1, Arc::clone(&stop))
            .and_then(|_| flag::register(signal, Arc::clone(&stop)));
        registered.map_err(|error| Failure::Failed(format!("cannot watch signals: {error}")))?;
    }
    let stale_after = Duration::from_secs(args.stale_after);
    let metrics = Arc::new(Metrics::new(&args.task, &key.pubkey(), stale_after));
    let log = start_log(args.log_format, output, &metrics)?;
    if let Some(address) = &args.metrics {
        let served = serve(address, &metrics)?;
        tracing::info!(address = %served, "metrics are served");
    }
    let settings = Settings {
        options: RunnerOptions {
            propose: !args.no_propose,
            rewards: args.rewards.0,
            min_reward,
        },
        low_lamports,
        low_stake,
    };
    let node: (Pubkey, Keypair) = (args.task, key);
    // A task that was just created is waited for; whether there is none, the node finds out.
    let goes_on = || !stop.load(Ordering::Relaxed);
    let _found = session.find_while(&args.task, goes_on, |what| tracing::info!("{what}"));
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
    log.finish(LOG_PATIENCE);
    match end {
        Ok(End::Stopped | End::TaskGone | End::Left) => Ok(()),
        Err(error) => Err(Failure::Failed(error.to_string())),
    }
}

/// Serves the metrics at the first address of `place`, a host and a port, that is this machine's.
fn serve(place: &str, metrics: &Arc<Metrics>) -> Result<SocketAddr, Failure> {
    let refused = |why: &dyn Display| {
        let place = secret::shown(place);
        Failure::Usage(format!(
            "cannot serve metrics at {place}: {why}: use a host and a port of this machine, such as \
             localhost:9101"
        ))
    };
    let mut last = refused(&"the host has no address");
    for address in place.to_socket_addrs().map_err(|error| refused(&error))? {
        match daemon::serve(address, Arc::clone(metrics)) {
            Ok(served) => return Ok(served),
            Err(error) => last = refused(&error),
        }
    }
    Err(last)
}

/// How long the last lines of the log may take.
const LOG_PATIENCE: Duration = Duration::from_secs(2);

/// Logs to standard error; for programs, to standard output, one object a line. What cannot be written is
/// lost, and ends nothing.
fn start_log(format: LogFormat, output: Output, metrics: &Arc<Metrics>) -> Result<Log, Failure> {
    let metrics = Arc::clone(metrics);
    let writer = match output {
        Output::Json => Log::to(io::stdout(), metrics),
        Output::Text => Log::to(io::stderr(), metrics),
    };
    let writer =
        writer.map_err(|error| Failure::Failed(format!("cannot start the log: {error}")))?;
    let lines = writer.clone();
    let chosen = EnvFilter::try_from_default_env();
    let filter = chosen.unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .log_internal_errors(false)
        .with_writer(move || lines.clone());
    match (output, format) {
        (Output::Json, _) | (Output::Text, LogFormat::Json) => {
            log.json().flatten_event(true).init()
        }
        (Output::Text, LogFormat::Text) => log
            .with_ansi(io::IsTerminal::is_terminal(&io::stderr()))
            .init(),
    }
    Ok(writer)
}

/// The task's logic, as --logic names it.
pub(super) enum Played {
    Corpus(CorpusIndex),
    External(External),
}

impl Played {
    /// The `logic` of `node`, with the corpus in so many `shares`, or answers within `timeout` seconds
    /// until `stop` is set.
    pub(super) fn new(
        logic: &Logic,
        (shares, timeout): (u32, u64),
        node: Pubkey,
        stop: &Arc<AtomicBool>,
    ) -> Result<Self, Failure> {
        Ok(match logic {
            Logic::Corpus(path) => {
                let corpus = Corpus::read(path);
                let corpus = corpus.map_err(|error| Failure::Usage(error.to_string()))?;
                Self::Corpus(CorpusIndex::new(Rc::new(corpus), node, shares))
            }
            Logic::Exec(command) => {
                let timeout = Duration::from_secs(timeout);
                let external = External::new(command.clone(), node, timeout);
                Self::External(external.until(Arc::clone(stop)))
            }
        })
    }

    /// The same logic, in a process that has answered nothing yet.
    pub(super) fn fresh(&self) -> Self {
        match self {
            Self::Corpus(corpus) => Self::Corpus(corpus.clone()),
            Self::External(external) => Self::External(external.fresh()),
        }
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
