//! Measures what every instruction costs, on the sBPF binary, and writes or checks
//! `docs/compute-units.md`. Run by `cargo xtask cu`, which builds the two binaries.
//!
//! - [`case`]: what is measured, and the budgets.
//! - [`world`], [`cycle`], [`growth`]: what happens on the machine ([`meter`]).
//! - [`sample`], [`search`], [`sections`], [`stack`]: what is read from it.
//! - [`report`], [`check`]: the document.

mod case;
mod check;
mod cycle;
mod growth;
mod meter;
mod report;
mod sample;
mod search;
mod sections;
mod stack;
mod world;

use anyhow::{Context, Result, bail};
use case::Case;
use clap::Parser;
use rayon::prelude::*;
use report::Measured;
use sample::Samples;
use sha2::{Digest, Sha256};
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// The document, from the workspace's root.
const DOCUMENT: &str = "docs/compute-units.md";
/// Tasks that are created, for `create_task`'s bump searches to vary; everything happens in one.
const TASKS: u64 = 32;
/// Cycles that are played.
const CYCLES: u64 = 8;

/// Measures the program's instructions.
#[derive(Parser)]
struct Args {
    /// The program as it is deployed.
    #[arg(long, default_value = "target/deploy/gradual_consensus.so")]
    program: PathBuf,
    /// The same, built with the feature `bench`.
    #[arg(long)]
    sections: PathBuf,
    /// What built both.
    #[arg(long)]
    toolchain: String,
    /// Compare with the document in place of writing it.
    #[arg(long)]
    check: bool,
}

/// The command, which reads its arguments.
#[must_use]
pub fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .context("the workspace has no folder")?;
    let document = root.join(DOCUMENT);
    let (program, sections) = (read(&args.program)?, read(&args.sections)?);
    let measured = measure(&program, &sections, &args.toolchain)?;
    let fresh = measured.render()?;
    if !args.check {
        fs::write(&document, &fresh).with_context(|| DOCUMENT)?;
        println!("{}", document.display());
    }
    let faults = measured.faults()?;
    if !faults.is_empty() {
        bail!("{}", faults.join("\nerror: "));
    }
    if args.check {
        let present = fs::read_to_string(&document).unwrap_or_default();
        let committed = check::committed(root, DOCUMENT);
        check::compare(&present, committed.as_deref(), &fresh).context(DOCUMENT)?;
        println!("{DOCUMENT} is up to date, and every instruction within its budget");
    }
    Ok(())
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("{}: run cargo xtask build-sbf", file.display()))
}

fn measure(program: &[u8], metered: &[u8], toolchain: &str) -> Result<Measured> {
    // Each plays in a world of its own.
    let (samples, growth) = rayon::join(
        || play(program, TASKS, CYCLES),
        || {
            growth::SIZES
                .into_par_iter()
                .map(|size| Ok((size, growth::measure(program, size)?)))
                .collect::<Result<Vec<_>>>()
        },
    );
    let (mut samples, growth) = (samples?, growth?);
    samples.extend(growth::singles(program)?);
    for ((_, grown), case) in growth.iter().zip(growth::PAYOUTS) {
        let payouts = grown.get(&Case::Payout100k).context("no payouts")?;
        samples.extend(case.map(|case| (case, payouts.clone())));
    }

    let mut sections = play(metered, 1, 1)?;
    let [.., largest] = growth::SIZES;
    sections.extend(growth::payouts(metered, largest)?);
    Ok(Measured {
        toolchain: toolchain.to_owned(),
        size: program.len(),
        hash: Sha256::digest(program)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
        largest_frame: stack::largest_frame(program)?,
        sections: sections::of(&samples, &sections)?,
        samples,
        growth,
    })
}

/// Plays whole cycles; the first transaction of each case is the same however many are played.
fn play(program: &[u8], tasks: u64, cycles: u64) -> Result<Samples> {
    let mut meter = world::begin(program, tasks)?;
    cycle::play(&mut meter, cycles)?;
    Ok(meter.samples)
}
