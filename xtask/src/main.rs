//! The project's own tasks, run as `cargo xtask TASK`.
//!
//! One module a task: its arguments (a `clap::Args`) and a `run` that takes the [`Workspace`].

mod adversary;
mod checks;
mod cu;
mod e2e;
mod gradual;
mod idl;
mod keys;
mod localnet;
mod rpc;
mod sbf;
mod test;
mod validator;
mod workspace;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::process::ExitCode;
use workspace::Workspace;

/// The project's own tasks.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Write the table of attacks: docs/security.md.
    Attacks(adversary::AttacksArgs),
    /// Build the program for the chain: target/deploy/gradual_consensus.so (sBPF v3).
    BuildSbf(sbf::Args),
    /// Delete each check of the program, one at a time, and see whether the suites notice.
    Checks(checks::Args),
    /// Measure what every instruction costs: docs/compute-units.md.
    Cu(cu::Args),
    /// Play on a validator of its own, with processes that are killed, cut off, robbed and doubled, and
    /// check from its ledger that nobody lost by it.
    E2e(e2e::Args),
    /// A task for `e2e`'s nodes, as docs/external-logic.md says.
    #[command(hide = true)]
    E2eLogic(e2e::LogicArgs),
    /// Play random scripts on the program and on its reference model, until they part.
    Fuzz(adversary::FuzzArgs),
    /// Write the program's IDL and its TypeScript type: idl/gradual_consensus.json and .ts.
    Idl(idl::Args),
    /// Make the development keypair where there is none, and print the program's id.
    Keys(keys::Args),
    /// Start a validator on this machine, with the program deployed and keys that have SOL.
    Localnet(localnet::Args),
    /// Format, lint, build the program for the chain, run every test on both builds, and, where there is a
    /// validator, the shorter part of `e2e`.
    Test,
}

fn main() -> ExitCode {
    match run(Cli::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    let workspace = Workspace::find()?;
    match task {
        Task::Attacks(args) => adversary::attacks(&workspace, &args),
        Task::BuildSbf(args) => sbf::run(&workspace, &args),
        Task::Checks(args) => checks::run(&workspace, &args),
        Task::Cu(args) => cu::run(&workspace, &args),
        Task::E2e(args) => e2e::run(&workspace, &args),
        Task::E2eLogic(args) => e2e::play_logic(&args),
        Task::Fuzz(args) => adversary::fuzz(&workspace, &args),
        Task::Idl(args) => idl::run(&workspace, &args),
        Task::Keys(args) => keys::run(&workspace, &args),
        Task::Localnet(args) => localnet::run(&workspace, &args),
        Task::Test => test::run(&workspace),
    }
}
