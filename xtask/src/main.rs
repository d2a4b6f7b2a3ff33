//! The project's own tasks, run as `cargo xtask TASK`.
//!
//! One module a task: its arguments (a `clap::Args`) and a `run` that takes the [`Workspace`]. What takes
//! more than starting other programs is a crate of its own: `gradual-consensus-e2e` (in this process),
//! `gradual-consensus-adversary`, `gradual-consensus-economics`, `gradual-consensus-scale` and
//! `gradual-consensus-bench` (as programs or tests).

mod adversary;
mod browser;
mod cu;
mod economics;
mod fuzz_input;
mod idl;
mod keys;
mod localnet;
mod mutants;
mod npm;
mod sbf;
mod scale;
mod test;

use anyhow::Result;
use clap::{Parser, Subcommand};
use gradual_consensus_devkit::workspace::Workspace;
use gradual_consensus_e2e as e2e;
use std::process::ExitCode;

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
    /// Measure what every instruction costs: docs/compute-units.md.
    Cu(cu::Args),
    /// Start a validator, play on it with node processes that are killed, cut off, robbed and doubled, and
    /// check from its ledger that no honest node lost by it.
    E2e(e2e::Args),
    /// A task for `e2e`'s nodes, as docs/external-logic.md says.
    #[command(hide = true)]
    E2eLogic(e2e::LogicArgs),
    /// Play every way to cheat at every share of the stake, and write what it pays: docs/economics.md.
    Economics(economics::Args),
    /// Play random scripts on the program and on its reference model, until they differ.
    Fuzz(adversary::FuzzArgs),
    /// Look for bytes from outside (accounts, answers, files) that break what the crate gradual-consensus-fuzz
    /// promises: docs/testing.md.
    FuzzInput(fuzz_input::Args),
    /// Write the program's IDL and its TypeScript type: idl/gradual_consensus.json and .ts.
    Idl(idl::Args),
    /// Make the development keypair if there is none, and print the program's id.
    Keys(keys::Args),
    /// Start a validator on this machine, with the program deployed and keys that have SOL.
    Localnet(localnet::Args),
    /// Change the program in every place, one at a time, and see whether a suite fails.
    Mutants(mutants::Args),
    /// Play a game and take a picture of every page of the dashboard, in Chromium, and of gradual watch: docs/pictures/.
    Pictures,
    /// Measure what a cycle of up to 100,000 nodes takes of each of them, the chain and a cluster: docs/scale.md.
    Scale(scale::Args),
    /// Start a validator, play many nodes of one process on it for hundreds of rounds while a fifth of its RPC calls fail
    /// or are late, and check that no round was lost and that the process did not grow.
    Soak(e2e::SoakArgs),
    /// Write what clients in other languages are compared with: client/js/test/vectors.json.
    Vectors(adversary::VectorsArgs),
    /// Format, lint, build the program for the chain, run every test on both builds, the dashboard in Chromium if that
    /// is there, the packages in TypeScript if there are Node.js and npm, and the shorter part of `e2e` if there is a
    /// validator.
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
        Task::Cu(args) => cu::run(&workspace, &args),
        Task::E2e(args) => {
            e2e::require()?;
            sbf::run(&workspace, &sbf::Args::default())?;
            e2e::run(&workspace, &sbf::program(&workspace)?, &args)
        }
        Task::E2eLogic(args) => e2e::play_logic(&args),
        Task::Economics(args) => economics::run(&workspace, &args),
        Task::Fuzz(args) => adversary::fuzz(&workspace, &args),
        Task::FuzzInput(args) => fuzz_input::run(&workspace, &args),
        Task::Idl(args) => idl::run(&workspace, &args),
        Task::Keys(args) => keys::run(&workspace, &args),
        Task::Localnet(args) => localnet::run(&workspace, &args),
        Task::Mutants(args) => mutants::run(&workspace, &args),
        Task::Pictures => browser::pictures(&workspace),
        Task::Scale(args) => scale::run(&workspace, &args),
        Task::Soak(args) => {
            e2e::require()?;
            sbf::run(&workspace, &sbf::Args::default())?;
            e2e::soak(&workspace, &sbf::program(&workspace)?, &args)
        }
        Task::Vectors(args) => adversary::vectors(&workspace, &args),
        Task::Test => test::run(&workspace),
    }
}
