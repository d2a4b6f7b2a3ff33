//! Plays program and model against each other for as long as it is told, replays a script, or writes
//! the table of attacks. Run by `cargo xtask fuzz` and `cargo xtask attacks`.

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};
use gradual_consensus_adversary::{
    attack::table,
    duel::{self, Duel, Script, Tally},
    vm::root,
};
use std::{
    fs,
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
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
    }
}

fn fuzz(minutes: Option<u64>, steps: Option<u64>, seed: u64) -> Result<()> {
    let minutes = minutes.or(steps.is_none().then_some(1));
    let most = minutes.map(|minutes| Duration::from_secs(minutes.saturating_mul(60)));
    let begun = Instant::now();
    let mut reported = Instant::now();
    let (mut done, mut worlds, mut tally) = (0u64, 0u64, Tally::new());
    let is_over = |done: u64| {
        most.is_some_and(|most| begun.elapsed() >= most) || steps.is_some_and(|most| done >= most)
    };
    while !is_over(done) {
        let (script, duel, found) = duel::random(seed.wrapping_add(worlds), duel::STEPS);
        done = done.saturating_add(script.steps.len() as u64);
        worlds = worlds.saturating_add(1);
        for (what, times) in duel.tally {
            *tally.entry(what).or_default() += times;
        }
        if let Some(found) = found {
            eprintln!("world {seed}+{worlds}: {}", found.what);
            let short = duel::shrink(&script, Duel::play);
            let file = root().join("target").join("divergence.script");
            fs::create_dir_all(root().join("target"))?;
            fs::write(&file, short.to_string())?;
            bail!(
                "{} steps in {}: commit it to adversary/regressions/ once it passes\n{short}",
                short.steps.len(),
                file.display()
            );
        }
        if reported.elapsed() > Duration::from_secs(30) {
            reported = Instant::now();
            println!("{done} steps, {}/s", per_second(done, begun));
        }
    }
    for ((name, outcome), times) in &tally {
        println!("{times:>9}  {name:<26} {outcome}");
    }
    println!(
        "{done} steps in {worlds} worlds from seed {seed}: no divergence, {} steps a second",
        per_second(done, begun)
    );
    Ok(())
}

fn per_second(steps: u64, begun: Instant) -> u64 {
    steps / begun.elapsed().as_secs().max(1)
}
