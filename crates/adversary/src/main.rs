//! Plays program and model against each other for as long as it is told, replays a script, or writes
//! the table of attacks or the vectors. Run by `cargo xtask fuzz`, `attacks` and `vectors`.

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};
use gradual_consensus_adversary::{
    attack::table,
    duel::{self, Duel, Tally},
    script::Script,
    vectors,
    vm::root,
};
use std::{
    fs,
    num::NonZero,
    path::PathBuf,
    process::ExitCode,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::Instant,
};

/// Every way to cheat, tried.
#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Play random scripts on the program and on the model.
    Fuzz {
        /// Stop after so many minutes.
        #[arg(long)]
        minutes: Option<u64>,
        /// Stop after so many steps.
        #[arg(long)]
        steps: Option<u64>,
        /// Where the random numbers begin.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Play a script that was found.
    Replay {
        /// The script: its terms, then one step a line.
        file: PathBuf,
    },
    /// Write the table of attacks to docs/security.md.
    Attacks {
        /// Write nothing; fail where the table is not that of the attacks.
        #[arg(long)]
        check: bool,
    },
    /// Write what clients in other languages are compared with to client/js/test/vectors.json.
    Vectors {
        /// Write nothing; fail where the file is not what the program answers.
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    match run(&Args::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> Result<()> {
    match *command {
        Command::Fuzz {
            minutes,
            steps,
            seed,
        } => fuzz(minutes, steps, seed),
        Command::Replay { ref file } => {
            let script: Script = fs::read_to_string(file)
                .with_context(|| file.display().to_string())?
                .parse()?;
            match Duel::play(&script) {
                Some(found) => bail!("step {}: {}", found.step, found.what),
                None => {
                    println!("{} steps, no divergence", script.steps.len());
                    Ok(())
                }
            }
        }
        Command::Attacks { check } => table::write(check),
        Command::Vectors { check } => vectors::write(check),
    }
}

/// Steps after which a search says how far it is.
const REPORT: u64 = 50_000;

/// When the search ends, and how far it is.
struct Search {
    begun: Instant,
    minutes: Option<u64>,
    steps: Option<u64>,
    worlds: AtomicU64,
    done: AtomicU64,
    is_over: AtomicBool,
}

impl Search {
    fn goes_on(&self) -> bool {
        let most = self.minutes.map(|most| most.saturating_mul(60));
        let is_late = most.is_some_and(|most| self.begun.elapsed().as_secs() >= most);
        let is_far = self.steps.is_some_and(|most| self.done() >= most);
        !is_late && !is_far && !self.is_over.load(Ordering::Relaxed)
    }

    fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    fn per_second(&self) -> u64 {
        self.done() / self.begun.elapsed().as_secs().max(1)
    }

    /// Plays worlds of its own until the search ends.
    fn play(&self, seed: u64) -> (Tally, Option<(u64, Script, String)>) {
        let mut tally = Tally::new();
        while self.goes_on() {
            let world = seed.wrapping_add(self.worlds.fetch_add(1, Ordering::Relaxed));
            let (script, duel, found) = duel::random(world, duel::STEPS);
            let steps = script.steps.len() as u64;
            let before = self.done.fetch_add(steps, Ordering::Relaxed);
            if before / REPORT != (before + steps) / REPORT {
                println!("{} steps, {}/s", before + steps, self.per_second());
            }
            for (what, times) in duel.tally {
                *tally.entry(what).or_default() += times;
            }
            if let Some(found) = found {
                self.is_over.store(true, Ordering::Relaxed);
                return (tally, Some((world, script, found.what)));
            }
        }
        (tally, None)
    }
}

/// Plays worlds on all processors; each is decided by its number alone.
fn fuzz(minutes: Option<u64>, steps: Option<u64>, seed: u64) -> Result<()> {
    let search = Search {
        begun: Instant::now(),
        minutes: minutes.or(steps.is_none().then_some(1)),
        steps,
        worlds: AtomicU64::new(0),
        done: AtomicU64::new(0),
        is_over: AtomicBool::new(false),
    };
    let players = thread::available_parallelism().map_or(1, NonZero::get);
    let mut tally = Tally::new();
    let found = thread::scope(|scope| {
        let players: Vec<_> = (0..players)
            .map(|_| scope.spawn(|| search.play(seed)))
            .collect();
        let mut found = None;
        for player in players {
            let (counted, divergence) = player.join().expect("a player");
            for (what, times) in counted {
                *tally.entry(what).or_default() += times;
            }
            found = found.or(divergence);
        }
        found
    });
    if let Some((world, script, what)) = found {
        eprintln!("world {world}: {what}");
        let short = duel::shrink(&script, Duel::play);
        let file = root().join("target").join("divergence.script");
        fs::create_dir_all(root().join("target"))?;
        fs::write(&file, short.to_string())?;
        bail!(
            "{} steps in {}: commit it to crates/adversary/regressions/ once it passes\n{short}",
            short.steps.len(),
            file.display()
        );
    }
    for ((name, outcome), times) in &tally {
        println!("{times:>9}  {name:<26} {outcome}");
    }
    println!(
        "{} steps in {} worlds from seed {seed}: no divergence, {} steps a second",
        search.done(),
        search.worlds.load(Ordering::Relaxed),
        search.per_second()
    );
    Ok(())
}
