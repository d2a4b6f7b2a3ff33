//! The commands, grouped by the six rooms of the program: `config`, `task`, `stake`, `work`, `audit`,
//! `distribution`. Exit codes: 0 done, 1 failed, 2 bad input.

#[cfg(feature = "rpc")]
mod audit;
#[cfg(feature = "rpc")]
mod config;
#[cfg(feature = "rpc")]
mod distribution;
#[cfg(feature = "rpc")]
mod stake;
#[cfg(feature = "rpc")]
mod task;
#[cfg(feature = "rpc")]
mod work;

#[cfg(feature = "rpc")]
mod bench;
#[cfg(feature = "dashboard")]
mod dashboard;
#[cfg(feature = "rpc")]
mod doctor;
#[cfg(feature = "dashboard")]
mod index;
#[cfg(feature = "rpc")]
mod k2;
#[cfg(feature = "rpc")]
mod logic;
#[cfg(all(feature = "rpc", feature = "wasm"))]
mod module;
mod new;
#[cfg(feature = "rpc")]
mod node;
#[cfg(feature = "rpc")]
mod program;
mod schedule;
#[cfg(feature = "bank")]
mod simulate;
#[cfg(feature = "dashboard")]
mod watch;

#[cfg(feature = "rpc")]
mod amount;
#[cfg(feature = "rpc")]
mod fees;
#[cfg(feature = "rpc")]
mod fetch;
#[cfg(all(feature = "bank", feature = "dashboard"))]
mod game;
mod help;
#[cfg(feature = "rpc")]
mod interrupt;
#[cfg(feature = "rpc")]
mod key;
#[cfg(feature = "rpc")]
mod offline;
#[cfg(feature = "outside")]
pub mod outside;
#[cfg(feature = "dashboard")]
mod past;
mod path;
#[cfg(any(feature = "bank", feature = "rpc"))]
mod progress;
#[cfg(feature = "rpc")]
mod refusal;
#[cfg(feature = "rpc")]
mod sandbox;
mod secret;
#[cfg(feature = "rpc")]
mod session;
#[cfg(feature = "rpc")]
mod settings;
mod shell;
#[cfg(feature = "rpc")]
mod signal;
mod usage;
#[cfg(feature = "rpc")]
mod wallet;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
#[cfg(feature = "rpc")]
use gradual_consensus_client::pace;
use std::{
    io::{self, Write},
    process::ExitCode,
};

/// Gradual Consensus on Solana: act quickly, react faster, reward slowly.
///
/// Amounts are in tokens of the task's mint, with its decimals, or in base units with --base-units; in
/// JSON they are strings of base units. Exit codes: 0 done, 1 failed, 2 bad input. Settings: a flag goes before the environment, the environment before the solana CLI's
/// config, the config before the default.
#[derive(Parser)]
#[command(name = "gradual", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// How results are printed [env: GRADUAL_OUTPUT] [default: text]
    #[arg(long, global = true, value_enum, display_order = 900)]
    output: Option<Output>,
    #[cfg(feature = "rpc")]
    #[command(flatten)]
    cluster: settings::Globals,
}

#[derive(Subcommand)]
enum Command {
    /// Initialise, pause and hand over the program itself; allowlist tasks
    #[cfg(feature = "rpc")]
    #[command(subcommand)]
    Config(config::Command),
    /// Create, fund, show, migrate and close tasks
    #[cfg(feature = "rpc")]
    #[command(subcommand)]
    Task(task::Command),
    /// Stake in a task; park, resume, migrate or close a stake
    #[cfg(feature = "rpc")]
    Stake(stake::StakeArgs),
    /// Show a node's stake and rewards in a task
    #[cfg(feature = "rpc")]
    Balance(stake::balance::Balance),
    /// Take unlocked stake out of a task
    #[cfg(feature = "rpc")]
    Withdraw(stake::withdraw::Withdraw),
    /// Take all rewards out of a task
    #[cfg(feature = "rpc")]
    Claim(stake::claim::Claim),
    /// Submit a proof of work for a cycle
    #[cfg(feature = "rpc")]
    Submit(work::submit::Submit),
    /// Open a cycle, or show the cycles of a task
    #[cfg(feature = "rpc")]
    #[command(subcommand)]
    Cycle(work::cycle::Command),
    /// Vote on a submission or a distribution list
    #[cfg(feature = "rpc")]
    Audit(audit::Audit),
    /// Propose, show and verify distribution lists
    #[cfg(feature = "rpc")]
    #[command(subcommand)]
    List(distribution::Command),
    /// Pay nodes of an accepted list, or the equal shares of a cycle that has failed
    #[cfg(feature = "rpc")]
    Payout(distribution::payout::Payout),
    /// Run a node, whose key signs
    #[cfg(feature = "rpc")]
    #[command(subcommand)]
    Node(node::Command),
    /// Write the folder of a new task, with its tests and the next commands
    New(new::Args),
    /// Check a task's logic before nodes run it
    #[cfg(feature = "rpc")]
    #[command(subcommand)]
    Logic(logic::Command),
    /// Bring a task over from Koii's K2
    #[cfg(feature = "rpc")]
    #[command(subcommand)]
    K2(k2::Command),
    /// Look at everything that a node needs: exit code 1 if it could not play
    ///
    /// Keys and their files, RPCs and what they can do, fees, the clock; of each task its stake, its windows
    /// and its logic. Nothing is sent.
    #[cfg(feature = "rpc")]
    Doctor(doctor::DoctorArgs),
    /// Show tasks, cycles, audits and nodes in a browser, as they change
    ///
    /// A web server that only reads. It listens on this machine alone unless told otherwise, and its pages ask no
    /// other server for anything.
    #[cfg(feature = "dashboard")]
    Dashboard(dashboard::Args),
    /// Keep tasks' submissions and lists for the nodes that ask for them (node run --index)
    ///
    /// A web server that only reads the ledger, so that nodes need not have it list the submissions. Nodes check what they
    /// are told.
    #[cfg(feature = "dashboard")]
    Index(index::Args),
    /// Show one task in the terminal, as it changes
    ///
    /// Its lanes with the present slot, its bounty and stake, its newest cycles and audits, and the state of a node.
    /// It only reads. q, Esc and ^C end it.
    #[cfg(feature = "dashboard")]
    Watch(watch::Args),
    /// Play the whole game in this process, with honest and dishonest nodes
    ///
    /// The nodes work on real input, and the real program runs on a ledger in memory.
    #[cfg(feature = "bank")]
    Simulate(simulate::Args),
    /// Draw the windows of a schedule, cycle by cycle
    Schedule(schedule::Args),
    /// Measure how many submissions a second a cluster takes, beside plain transfers
    ///
    /// It costs fees only: all other SOL comes back to the key.
    #[cfg(feature = "rpc")]
    Bench(bench::Args),
    /// Deploy the program to a cluster, or upgrade it
    #[cfg(feature = "rpc")]
    #[command(subcommand)]
    Program(program::Command),
    /// Print the completions for a shell
    ///
    /// Source them, or save them where the shell looks for them.
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

impl Command {
    /// The name of a command that needs no cluster; `None` for the others.
    #[cfg(feature = "rpc")]
    const fn offline(&self) -> Option<&'static str> {
        match self {
            #[cfg(feature = "bank")]
            Self::Simulate(_) => Some("simulate"),
            Self::Schedule(_) => Some("schedule"),
            Self::New(_) => Some("new"),
            Self::Logic(_) => Some("logic"),
            Self::K2(_) => Some("k2"),
            Self::Completions { .. } => Some("completions"),
            _ => None,
        }
    }

    /// Whether the command needs a key.
    #[cfg(feature = "rpc")]
    const fn signs(&self) -> bool {
        match self {
            Self::Config(command) => command.signs(),
            Self::Task(command) => command.signs(),
            Self::List(command) => command.signs(),
            Self::Cycle(command) => command.signs(),
            Self::Stake(args) => args.signs(),
            Self::Withdraw(_)
            | Self::Claim(_)
            | Self::Submit(_)
            | Self::Audit(_)
            | Self::Payout(_)
            | Self::Bench(_) => true,
            _ => false,
        }
    }
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Why a command did not do what it was asked.
enum Failure {
    /// The input was bad: exit code 2.
    Usage(String),
    /// It failed on the way: exit code 1.
    Failed(String),
}

#[cfg(feature = "rpc")]
impl Failure {
    /// Why, in words.
    fn said(self) -> String {
        match self {
            Self::Usage(why) | Self::Failed(why) => why,
        }
    }

    /// The same, as bad input.
    fn into_usage(self) -> Self {
        match self {
            Self::Usage(why) | Self::Failed(why) => Self::Usage(why),
        }
    }

    /// The same, after what was done before.
    fn after(self, done: &str) -> Self {
        match self {
            Self::Usage(why) => Self::Usage(format!("{done}; {why}")),
            Self::Failed(why) => Self::Failed(format!("{done}; {why}")),
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(format!("{error:#}"))
    }
}

impl Cli {
    /// How results are printed: the flag, else the environment, else text.
    fn output(&self) -> Result<Output, Failure> {
        let variable = std::env::var("GRADUAL_OUTPUT").unwrap_or_default();
        match self.output {
            Some(output) => Ok(output),
            None if variable.is_empty() => Ok(Output::Text),
            None => Output::from_str(&variable, false).map_err(|_| {
                let variable = secret::shown(&variable);
                Failure::Usage(format!("GRADUAL_OUTPUT is {variable}: use text or json"))
            }),
        }
    }

    fn run(&self) -> Result<(), Failure> {
        require_text_in_environment()?;
        let output = self.output()?;
        #[cfg(feature = "rpc")]
        signal::outlive_full_files()?;
        #[cfg(feature = "rpc")]
        if let Some(name) = self.command.offline() {
            self.cluster.require_none(name)?;
        }
        #[cfg(feature = "rpc")]
        let session = || session::Session::open(&self.cluster, output, self.command.signs());
        match &self.command {
            #[cfg(feature = "rpc")]
            Command::Config(command) => config::run(&session()?, command),
            #[cfg(feature = "rpc")]
            Command::Task(command) => task::run(&session()?, command),
            #[cfg(feature = "rpc")]
            Command::Stake(args) => stake::run(&session()?, args),
            #[cfg(feature = "rpc")]
            Command::Balance(args) => stake::balance::run(&session()?, args),
            #[cfg(feature = "rpc")]
            Command::Withdraw(args) => stake::withdraw::run(&session()?, args),
            #[cfg(feature = "rpc")]
            Command::Claim(args) => stake::claim::run(&session()?, args),
            #[cfg(feature = "rpc")]
            Command::Submit(args) => work::submit::run(&session()?, args),
            #[cfg(feature = "rpc")]
            Command::Cycle(command) => work::cycle::run(&session()?, command),
            #[cfg(feature = "rpc")]
            Command::Audit(args) => audit::run(&session()?, args),
            #[cfg(feature = "rpc")]
            Command::List(command) => distribution::run(&session()?, command),
            #[cfg(feature = "rpc")]
            Command::Payout(args) => distribution::payout::run(&session()?, args),
            #[cfg(feature = "rpc")]
            Command::Node(command) => node::run(command, &self.cluster, output),
            Command::New(args) => new::run(args, output),
            #[cfg(feature = "rpc")]
            Command::Logic(command) => logic::run(command, output),
            #[cfg(feature = "rpc")]
            Command::K2(command) => k2::run(command, output),
            #[cfg(feature = "rpc")]
            Command::Doctor(args) => doctor::run(args, &self.cluster, output),
            #[cfg(feature = "dashboard")]
            Command::Dashboard(args) => dashboard::run(&session()?, args),
            #[cfg(feature = "dashboard")]
            Command::Index(args) => index::run(&session()?, args),
            #[cfg(feature = "dashboard")]
            Command::Watch(args) => watch::run(args, &self.cluster, output),
            #[cfg(feature = "bank")]
            Command::Simulate(args) => simulate::run(args, output),
            Command::Schedule(args) => schedule::run(args, output),
            #[cfg(feature = "rpc")]
            Command::Bench(args) => bench::run(&session()?, args),
            #[cfg(feature = "rpc")]
            Command::Program(command) => program::run(command, &self.cluster, output),
            Command::Completions { shell } => {
                // Into memory first: clap_complete panics if its output cannot be written.
                let mut script = Vec::new();
                clap_complete::generate(*shell, &mut Self::command(), "gradual", &mut script);
                let script = String::from_utf8_lossy(&script);
                match output {
                    Output::Text => print(&script),
                    Output::Json => print_json(
                        &serde_json::json!({ "shell": shell.to_string(), "script": script }),
                    ),
                }
            }
        }
    }
}

/// # Errors
/// Bad input: a variable of this command holds what is no text. It would be as if it were not set, so that
/// another key would sign, or on another cluster.
fn require_text_in_environment() -> Result<(), Failure> {
    let mut variables = std::env::vars_os();
    let odd = variables.find(|(name, value)| {
        name.to_string_lossy().starts_with("GRADUAL_") && value.to_str().is_none()
    });
    match odd {
        Some((name, _)) => Err(Failure::Usage(format!(
            "{} holds what is no text (UTF-8): set it again, or unset it",
            name.to_string_lossy()
        ))),
        None => Ok(()),
    }
}

/// Writes a result to standard output. A reader that has closed the pipe has seen enough.
///
/// # Errors
/// Standard output cannot be written.
fn print(text: &str) -> Result<(), Failure> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Failed(format!(
            "cannot write the result: {error}: check where standard output goes"
        ))),
        _ => Ok(()),
    }
}

/// Tells a person something beside the result. Standard error may be full or closed: that stops no command.
#[cfg(any(feature = "rpc", feature = "wasm"))]
fn tell(what: &str) {
    let _told = writeln!(io::stderr(), "{what}");
}

/// Writes a result for programs: one object, the only one that a command prints.
///
/// # Errors
/// Standard output cannot be written.
fn print_json(facts: &impl serde::Serialize) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(facts).map_err(anyhow::Error::from)?;
    print(&format!("{json}\n"))
}

/// Runs the command that the arguments name.
pub(crate) fn run() -> ExitCode {
    let matches = help::with_rooms(Cli::command()).try_get_matches();
    let cli = matches.and_then(|matches| Cli::from_arg_matches(&matches));
    let done = match cli {
        Ok(cli) => cli.run(),
        Err(error) => {
            match usage::one_line(&error, &usage::named(&Cli::command(), std::env::args_os())) {
                Some(line) => Err(Failure::Usage(line)),
                None => error.exit(),
            }
        }
    };
    let (message, code) = match done {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Usage(message)) => (message, 2),
        Err(Failure::Failed(message)) => (message, 1),
    };
    // The only place where a command says why it failed. Standard error may be full or closed: the code tells
    // it as well.
    let message = secret::without_given(&message);
    let _told = writeln!(io::stderr(), "error: {message}");
    ExitCode::from(code)
}
