//! A world on the machine, and what the transactions sent in it took.

use crate::{
    case::Case,
    sample::{Sample, Samples},
};
use anyhow::{Context, Result, anyhow, ensure};
use gradual_consensus_client::compute;
use gradual_consensus_testkit::{Valid, vm::Vm, world::World};
use solana_sdk::{instruction::Instruction, pubkey::Pubkey};

/// A world, and all that was measured in it. Whoever an instruction says signs, signs; every fee is paid by
/// somebody who has no part in it.
pub struct Meter {
    /// The world.
    pub world: World<Vm>,
    /// What was measured.
    pub samples: Samples,
}

impl Meter {
    /// Nothing was measured in `world` yet.
    pub const fn new(world: World<Vm>) -> Self {
        Self {
            world,
            samples: Samples::new(),
        }
    }

    /// The valid instructions of the world's task.
    pub fn valid(&self) -> Valid<'_, Vm> {
        self.world.valid()
    }

    /// Sends `instruction` alone in a transaction and records what it took as `case`. `attempts` are
    /// those of the bump searches it makes.
    pub fn send(&mut self, case: Case, attempts: u64, instruction: Instruction) -> Result<()> {
        check_name(case, &instruction)?;
        let sent = self.world.bank.execute(&[instruction]);
        let meta = sent.map_err(|failed| refused(case, &failed.err, &failed.meta.logs))?;
        self.record(case, attempts, &meta.logs)
    }

    /// The same, but leaves everything as it was.
    pub fn simulate(&mut self, case: Case, attempts: u64, instruction: Instruction) -> Result<()> {
        check_name(case, &instruction)?;
        let simulated = self.world.bank.simulate(&[instruction]);
        let meta = simulated.map_err(|failed| refused(case, &failed.err, &failed.meta.logs))?;
        self.record(case, attempts, &meta.logs)
    }

    fn record(&mut self, case: Case, attempts: u64, logs: &[String]) -> Result<()> {
        let (units, limit) =
            consumed(logs, &gradual_consensus::ID).context("the logs do not say what it took")?;
        let by_token_program = consumed(logs, &spl_token_interface::ID);
        let sample = Sample {
            units,
            attempts,
            marks: marks(logs),
            limit,
            by_token_program: by_token_program.map_or(0, |(units, _)| units),
        };
        self.samples.entry(case).or_default().push(sample);
        Ok(())
    }
}

fn check_name(case: Case, instruction: &Instruction) -> Result<()> {
    let name = compute::instruction_name(&instruction.data);
    ensure!(
        name == Some(case.row().instruction),
        "{case:?} sends {name:?}"
    );
    Ok(())
}

fn refused(case: Case, error: &impl std::fmt::Display, logs: &[String]) -> anyhow::Error {
    anyhow!("{case:?}: {error}\n{}", logs.join("\n"))
}

/// What the first call of `program` to end took, and of how much.
fn consumed(logs: &[String], program: &Pubkey) -> Option<(u64, u64)> {
    let consumed = format!("Program {program} consumed ");
    let (units, rest) = logs
        .iter()
        .find_map(|line| line.strip_prefix(&consumed))?
        .split_once(" of ")?;
    let (limit, _) = rest.split_once(' ')?;
    Some((units.parse().ok()?, limit.parse().ok()?))
}

/// A name that was logged, with the reading that was logged right after it.
fn marks(logs: &[String]) -> Vec<(String, u64)> {
    logs.array_windows()
        .filter_map(|[name, reading]: &[String; 2]| {
            let name = name.strip_prefix("Program log: ")?;
            let left = reading.strip_prefix("Program consumption: ")?;
            Some((name.to_owned(), left.split(' ').next()?.parse().ok()?))
        })
        .collect()
}
