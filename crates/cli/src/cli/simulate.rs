//! `gradual simulate`.

use super::{Failure, Output, path, print, print_json, progress};
use clap::Args as ClapArgs;
use gradual_consensus_node::corpus::Corpus;
use gradual_consensus_simulation::{Config, Logic, PROGRAM, Report, simulate_logic};
use gradual_consensus_testkit::Build;
#[cfg(feature = "rpc")]
use solana_sdk::pubkey::Pubkey;
use std::path::{Path, PathBuf};

/// The docs of the repository that this command was built in.
const DEFAULT_INPUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs");

#[derive(ClapArgs)]
pub(super) struct Args {
    /// Folder or file whose text the nodes index [default: the project's docs]
    #[arg(long, value_name = "PATH", value_parser = path::expanded)]
    input: Option<PathBuf>,
    /// The task's logic instead: exec:COMMAND, k2:FOLDER, wasm:FILE or corpus:PATH, as for gradual node run --logic
    #[cfg(feature = "rpc")]
    #[arg(long, value_name = "LOGIC", conflicts_with = "input")]
    logic: Option<String>,
    #[cfg(feature = "rpc")]
    #[command(flatten)]
    rights: super::sandbox::RightsArgs,
    /// Nodes that take part
    #[arg(long, default_value_t = 8)]
    nodes: u16,
    /// How many of them are dishonest: they send wrong proofs, challenge falsely, propose lists that
    /// overpay themselves, or stay silent
    #[arg(long, default_value_t = 0)]
    dishonest: u16,
    /// How many rounds nodes work in: as many cycles are played
    #[arg(long, default_value_t = 6)]
    rounds: u64,
    /// The same seed plays the same game
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads in which nodes look and think; the game is the same with any number [default: one a core]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    threads: usize,
    /// sBPF binary to play on, such as target/deploy/gradual_consensus.so after a change of the program
    /// [default: the one that this command was built with]
    #[arg(long, value_name = "FILE", value_parser = path::expanded)]
    program: Option<PathBuf>,
    /// File for the game as one page with pictures, which a browser shows without a server
    #[cfg(feature = "dashboard")]
    #[arg(long, value_name = "PATH", value_parser = path::expanded)]
    report: Option<PathBuf>,
}

/// More rounds than this are a typing error: slots and bounties are counted in 64 bits.
const MAX_ROUNDS: u64 = 100_000;

impl Args {
    fn config(&self) -> Result<Config, Failure> {
        let usage = |message: String| Err(Failure::Usage(message));
        if self.nodes == 0 {
            return usage("--nodes must be at least 1".into());
        }
        if self.dishonest > self.nodes {
            return usage(format!(
                "--dishonest {} is more than --nodes {}",
                self.dishonest, self.nodes
            ));
        }
        if self.rounds == 0 || self.rounds > MAX_ROUNDS {
            return usage(format!("--rounds must be 1 to {MAX_ROUNDS}"));
        }
        Ok(Config {
            nodes: self.nodes,
            dishonest: self.dishonest,
            rounds: self.rounds,
            seed: self.seed,
            build: self.build()?,
            threads: self.threads,
        })
    }

    fn build(&self) -> Result<Build, Failure> {
        let Some(file) = &self.program else {
            return Ok(Build::Sbf(PROGRAM.to_vec()));
        };
        Build::sbf(file).map_err(|error| {
            let file = file.display();
            Failure::Usage(format!("{file}: {error}: run cargo xtask build-sbf"))
        })
    }

    fn corpus(&self) -> Result<Corpus, Failure> {
        corpus_in(&self.input.clone().unwrap_or_else(|| DEFAULT_INPUT.into()))
    }
}

fn corpus_in(path: &Path) -> Result<Corpus, Failure> {
    Corpus::read(path).map_err(|error| Failure::Usage(error.to_string()))
}

impl Args {
    /// Plays `logic` and shows how far that has come.
    fn play(&self, config: &Config, logic: Logic) -> Result<Report, Failure> {
        let bar = progress::bar("slot {pos}/{len} {wide_bar} {elapsed}");
        let progress = |slot, end| {
            bar.set_length(end);
            bar.set_position(slot);
        };
        #[cfg(feature = "dashboard")]
        let report = match &self.report {
            Some(file) => super::game::play(config, logic, progress, file)?,
            None => simulate_logic(config, logic, progress)?,
        };
        #[cfg(not(feature = "dashboard"))]
        let report = simulate_logic(config, logic, progress)?;
        bar.finish_and_clear();
        Ok(report)
    }
}

#[cfg(feature = "rpc")]
impl Args {
    fn played(&self) -> Result<Report, Failure> {
        use super::node::logic::{Logic as Named, Terms};

        let config = self.config()?;
        let terms = Terms {
            shares: config.nodes.into(),
            timeout: self.rights.timeout(),
            sandbox: self.rights.named(),
            allow: self.rights.allowed()?,
        };
        let named = self.logic.as_deref();
        let named = named.map(|text| Named::parse(text, Path::new(""), terms));
        match named.transpose().map_err(Failure::Usage)? {
            None => self.play(&config, Logic::Corpus(self.corpus()?)),
            Some(Named::Corpus { path, .. }) => {
                self.play(&config, Logic::Corpus(corpus_in(&path)?))
            }
            Some(named) => {
                let never = Default::default();
                // What one node cannot play, none can.
                named.played_by(Pubkey::default(), &never, None, None)?;
                let make = |node, host| {
                    let played = named.played_by(node, &never, Some(host), None);
                    let played = played.map_err(|failure| match failure {
                        Failure::Usage(said) | Failure::Failed(said) => anyhow::Error::msg(said),
                    })?;
                    Ok(Box::new(played) as _)
                };
                self.play(&config, Logic::External(&make))
            }
        }
    }
}

#[cfg(not(feature = "rpc"))]
impl Args {
    fn played(&self) -> Result<Report, Failure> {
        self.play(&self.config()?, Logic::Corpus(self.corpus()?))
    }
}

pub(super) fn run(args: &Args, output: Output) -> Result<(), Failure> {
    let report = args.played()?;
    print_report(&report, output)?;
    if report.books_balance {
        Ok(())
    } else {
        Err(Failure::Failed("the books do not balance: this is a bug of the program, please report it with the seed".into()))
    }
}

fn print_report(report: &Report, output: Output) -> Result<(), Failure> {
    match output {
        Output::Text => print(&format!("{report}\n")),
        Output::Json => print_json(report),
    }
}
