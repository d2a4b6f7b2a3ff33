//! The commands. Exit codes: 0 done, 1 failed, 2 bad input.

#[cfg(feature = "rpc")]
mod amount;
#[cfg(feature = "rpc")]
mod bench;
#[cfg(feature = "rpc")]
mod books;
#[cfg(feature = "rpc")]
mod config;
#[cfg(feature = "rpc")]
mod cycle;
#[cfg(feature = "rpc")]
mod key;
#[cfg(feature = "rpc")]
mod list;
#[cfg(feature = "rpc")]
mod node;
#[cfg(feature = "rpc")]
mod program;
#[cfg(any(feature = "bank", feature = "rpc"))]
mod progress;
mod schedule;
#[cfg(feature = "rpc")]
mod session;
#[cfg(feature = "rpc")]
mod settings;
#[cfg(feature = "bank")]
mod simulate;
#[cfg(feature = "rpc")]
mod stake;
#[cfg(feature = "rpc")]
mod task;
#[cfg(feature = "rpc")]
mod wallet;
#[cfg(feature = "rpc")]
mod work;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use std::{io, process::ExitCode};

/// Gradual Consensus on Solana: act quickly, react faster, reward slowly.
///
/// Amounts are in base units of a task's mint, or with --sol in SOL. Exit codes: 0 done, 1 failed,
/// 2 bad input. Settings: a flag goes before the environment, that before the solana CLI's config,
/// that before the default.
#[derive(Parser)]
#[command(name = "gradual", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// How results are printed [env: GRADUAL_OUTPUT] [default: text]
    #[arg(long, global = true, value_enum)]
    output: Option<Output>,
    #[cfg(feature = "rpc")]
    #[command(flatten)]
    cluster: settings::Globals,
}

#[derive(Subcommand)]
enum Command {
    /// Play the whole game in this process: real input, the real program, honest and dishonest nodes
    #[cfg(feature = "bank")]
    Simulate(simulate::Args),
    /// Draw the windows that a task's parameters give, cycle by cycle
    Schedule(schedule::Args),
    /// Initialise, pause and hand over the program itself
    #[cfg(feature = "rpc")]
    #[command(subcommand)]
    Config(config::Command),
    /// Create, fund, migrate, close and look at tasks
    #[cfg(feature = "rpc")]
    #[command(subcommand)]
    Task(task::Command),
    /// Stake in a task, as the node whose key signs, or move the stake to its successor
    #[cfg(feature = "rpc")]
    Stake(stake::StakeArgs),
    /// Show a node's stake and rewards in a task
    #[cfg(feature = "rpc")]
    Balance(stake::Show),
    /// Take unlocked stake out of a task
    #[cfg(feature = "rpc")]
    Withdraw(stake::Withdraw),
    /// Submit a proof of work for a cycle
    #[cfg(feature = "rpc")]
    Submit(work::Submit),
    /// Vote on a submission or a distribution list
    #[cfg(feature = "rpc")]
    Audit(work::Audit),
    /// Propose, show and verify distribution lists
    #[cfg(feature = "rpc")]
    #[command(subcommand)]
    List(list::Command),
    /// Have nodes of an accepted list paid; finalizes the list where that is due
    #[cfg(feature = "rpc")]
    Payout(list::Payout),
    /// Take all rewards out of a task
    #[cfg(feature = "rpc")]
    Claim(stake::Claim),
    /// Look at the cycles of a task
    #[cfg(feature = "rpc")]
    #[command(subcommand)]
    Cycle(cycle::Command),
    /// Play in a task, as the node whose key signs
    #[cfg(feature = "rpc")]
    #[command(subcommand)]
    Node(node::Command),
    /// Measure how many submissions a second a cluster takes, beside plain transfers; all its SOL but
    /// the fees comes back to the key
    #[cfg(feature = "rpc")]
    Bench(bench::Args),
    /// Put the program itself on a cluster
    #[cfg(feature = "rpc")]
    #[command(subcommand)]
    Program(program::Command),
    /// Print the completions for a shell: source them, or save them where it looks
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
            Self::Completions { .. } => Some("completions"),
            _ => None,
        }
    }

    /// Whether the command cannot do without a key.
    #[cfg(feature = "rpc")]
    const fn signs(&self) -> bool {
        match self {
            Self::Task(command) => command.signs(),
            Self::Config(command) => !command.looks(),
            Self::List(command) => matches!(command, list::Command::Submit(_)),
            Self::Stake(_)
            | Self::Withdraw(_)
            | Self::Submit(_)
            | Self::Audit(_)
            | Self::Payout(_)
            | Self::Claim(_)
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

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(format!("{error:#}"))
    }
}

impl Cli {
    /// How results are printed: the flag, or what the environment says.
    fn output(&self) -> Result<Output, Failure> {
        let said = std::env::var("GRADUAL_OUTPUT").ok();
        match (self.output, said.as_deref().filter(|said| !said.is_empty())) {
            (Some(output), _) => Ok(output),
            (None, None) => Ok(Output::Text),
            (None, Some(said)) => Output::from_str(said, false)
                .map_err(|_| Failure::Usage(format!("GRADUAL_OUTPUT is {said}: use text or json"))),
        }
    }

    fn run(&self) -> Result<(), Failure> {
        #[cfg_attr(not(any(feature = "bank", feature = "rpc")), expect(unused_variables))]
        let output = self.output()?;
        #[cfg(feature = "rpc")]
        if let Some(name) = self.command.offline() {
            self.cluster.require_none(name)?;
        }
        #[cfg(feature = "rpc")]
        let session = || session::Session::open(&self.cluster, output, self.command.signs());
        match &self.command {
            #[cfg(feature = "bank")]
            Command::Simulate(args) => simulate::run(args, output),
            Command::Schedule(_) if self.output == Some(Output::Json) => Err(Failure::Usage(
                "schedule only draws: leave --output out".into(),
            )),
            Command::Schedule(args) => schedule::run(args),
            #[cfg(feature = "rpc")]
            Command::Config(command) => config::run(&session()?, command),
            #[cfg(feature = "rpc")]
            Command::Task(command) => task::run(&session()?, command),
            #[cfg(feature = "rpc")]
            Command::Stake(args) => stake::run(&session()?, args),
            #[cfg(feature = "rpc")]
            Command::Balance(args) => stake::show(&session()?, args),
            #[cfg(feature = "rpc")]
            Command::Withdraw(args) => stake::withdraw(&session()?, args),
            #[cfg(feature = "rpc")]
            Command::Submit(args) => work::submit(&session()?, args),
            #[cfg(feature = "rpc")]
            Command::Audit(args) => work::audit(&session()?, args),
            #[cfg(feature = "rpc")]
            Command::List(command) => list::run(&session()?, command),
            #[cfg(feature = "rpc")]
            Command::Payout(args) => list::payout(&session()?, args),
            #[cfg(feature = "rpc")]
            Command::Claim(args) => stake::claim(&session()?, args),
            #[cfg(feature = "rpc")]
            Command::Cycle(command) => cycle::run(&session()?, command),
            #[cfg(feature = "rpc")]
            Command::Node(command) => node::run(command, &self.cluster, output),
            #[cfg(feature = "rpc")]
            Command::Bench(args) => bench::run(&session()?, args),
            #[cfg(feature = "rpc")]
            Command::Program(command) => program::run(command, &self.cluster, output),
            Command::Completions { shell } => {
                clap_complete::generate(*shell, &mut Self::command(), "gradual", &mut io::stdout());
                Ok(())
            }
        }
    }
}

/// Runs the command that the arguments name.
pub(crate) fn run() -> ExitCode {
    let (message, code) = match Cli::parse().run() {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Usage(message)) => (message, 2),
        Err(Failure::Failed(message)) => (message, 1),
    };
    eprintln!("error: {message}");
    ExitCode::from(code)
}
