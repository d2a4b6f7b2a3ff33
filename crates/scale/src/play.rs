//! Two nodes that take part in a crowd's cycles, one that judges a sample and one that judges everything. What they take
//! in one round is what a cycle takes: in each round they submit for one cycle, judge its submissions and the list of the one
//! before, and are paid for the one before that. Several rounds are measured, since whatever else the machine does adds to
//! the time that a node takes.

use crate::{
    crowd::{self, Crowd, Script},
    gauge::{Gauge, Passed},
    indexed::{CrowdIndex, Line, entry_bytes},
    memory,
};
use anyhow::{Context, Result, ensure};
use cpu_time::ThreadTime;
use gradual_consensus_client::{amount::Amount, ledger::Tapped};
use gradual_consensus_node::{
    logic::{DistributionCycle, ListInput, LogicError, Proof, TaskLogic, equal_shares},
    runner::{AUDIT_RATE, NodeRunner, Rewards, RunnerOptions},
};
use gradual_consensus_testkit::{vm::Vm, world::World};
use solana_sdk::pubkey::Pubkey;
use std::time::Duration;

/// The round in which the first cycle is opened.
const FIRST: u64 = 1;
/// The first round that is measured, and the first in which a node does all that it ever does in one, from the submission
/// for one cycle to the closing of its submission in another.
const FIRST_MEASURED: u64 = 5;
/// Rounds that are measured: so few that a node sends a claim alone in one of them at most.
pub const MEASURED: u64 = 3;

/// How many of a cycle's submissions a node judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judges {
    /// Some thirty, drawn by a secret of its own.
    Sample,
    /// All.
    All,
}

impl Judges {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Sample, Self::All];

    const fn rate(self) -> u32 {
        match self {
            Self::Sample => AUDIT_RATE,
            Self::All => u32::MAX,
        }
    }
}

/// What a cycle took of one node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// What it read and sent.
    pub passed: Passed,
    /// Time that its own code ran, without the ledger's.
    pub cpu: Duration,
    /// The most bytes that it had allocated at once.
    pub peak: usize,
    /// Looks at which it found nothing to do.
    pub idle: Idle,
}

/// What looks took at which a node found nothing to do. They are no part of the cycle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Idle {
    /// What the one read that read most.
    pub most: Passed,
    /// Time that its own code ran at all of them.
    cpu: Duration,
    looks: u32,
}

impl Idle {
    /// Time that its own code ran at a look, on average.
    pub fn cpu(&self) -> Duration {
        self.cpu.checked_div(self.looks).unwrap_or_default()
    }
}

impl Taken {
    /// What a cycle takes, by `rounds` in which the same was done: what passed in the first of those with the fewest
    /// transactions, in which no claim is sent alone; the least time, since the machine only adds to it; the most memory.
    fn of(rounds: &[Self]) -> Option<Self> {
        let fewest = rounds.iter().min_by_key(|one| one.passed.transactions)?;
        Some(Self {
            passed: fewest.passed,
            cpu: rounds.iter().map(|one| one.cpu).min()?,
            peak: rounds.iter().map(|one| one.peak).max()?,
            idle: rounds.iter().map(|one| one.idle).min_by_key(Idle::cpu)?,
        })
    }
}

/// What was measured in a crowd.
pub struct Played {
    /// Nodes of the crowd, the measured ones among them.
    pub nodes: u32,
    /// What it took of each of [`Judges::BOTH`], and of one that judges a sample and asks an index who submitted.
    pub taken: [Taken; 3],
    /// Bytes that pass when the index proves a node's entry of the last accepted list.
    pub entry: usize,
    /// Compute units by which each submission of the crowd counts against the limits of a slot.
    pub submissions: Vec<u64>,
}

/// Proofs are digests; all whose submissions stand are paid the same.
struct Digests(Pubkey);

impl TaskLogic for Digests {
    fn work(&mut self, cycle: u64) -> Result<Vec<u8>, LogicError> {
        Ok(crowd::proof(&self.0, cycle))
    }

    fn audit(&mut self, proof: &Proof) -> Result<bool, LogicError> {
        Ok(proof.value == crowd::proof(&proof.node, proof.cycle))
    }

    fn list_input(&mut self) -> Result<ListInput, LogicError> {
        Ok(ListInput::Authors)
    }

    fn distribution(
        &mut self,
        cycle: &DistributionCycle,
        submissions: &[Proof],
        verdicts: &[bool],
    ) -> Result<Vec<(Pubkey, u64)>, LogicError> {
        Ok(equal_shares(cycle.bounty, submissions, verdicts))
    }
}

type Measured<'v> = Tapped<&'v Vm, Gauge>;

/// A node that is measured.
struct Node<'l, 'v> {
    ledger: &'l Measured<'v>,
    runner: NodeRunner<'l, Measured<'v>, Digests>,
    wake_at: u64,
    /// Bytes that it has allocated.
    kept: usize,
    /// What each measured round took.
    rounds: Vec<Taken>,
}

impl Node<'_, '_> {
    /// Does what is due. It counts in the last of its `rounds`.
    fn step(&mut self) -> Result<()> {
        let (before, begun) = (memory::allocated(), ThreadTime::now());
        memory::begin();
        let step = self.runner.step()?;
        let (peak, ran) = (memory::peak(), begun.elapsed());
        let most = self.kept.saturating_add(peak);
        let allocated = self.kept.saturating_add(memory::allocated());
        self.kept = allocated.saturating_sub(before);
        ensure!(step.failed.is_empty(), "failed: {:?}", step.failed);
        self.wake_at = step.wake_at;
        let (passed, in_ledger) = self.ledger.tap.take();
        if let Some(taken) = self.rounds.last_mut() {
            taken.passed.add(&passed);
            taken.cpu = (taken.cpu).saturating_add(ran.saturating_sub(in_ledger));
            taken.peak = taken.peak.max(most);
            self.look_in_vain()?;
        }
        Ok(())
    }

    /// Looks where nothing is left to do.
    fn look_in_vain(&mut self) -> Result<()> {
        let begun = ThreadTime::now();
        let step = self.runner.look()?.context("something was left to do")?;
        let ran = begun.elapsed();
        ensure!(
            step.wake_at == self.wake_at,
            "it looks again at another slot"
        );
        let (passed, in_ledger) = self.ledger.tap.take();
        if let Some(Taken { idle, .. }) = self.rounds.last_mut() {
            idle.cpu = (idle.cpu).saturating_add(ran.saturating_sub(in_ledger));
            idle.looks = idle.looks.saturating_add(1);
            if passed.bytes > idle.most.bytes {
                idle.most = passed;
            }
        }
        Ok(())
    }
}

/// What the crowd does in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Begin,
    Propose(Pubkey),
    Finalize,
}

/// Plays a crowd of so many `nodes` until [`MEASURED`] rounds were.
///
/// # Errors
/// Where the program refuses, or a node fails at something.
pub fn play(nodes: u32) -> Result<Played> {
    let crowd = Crowd::new(nodes, 3)?;
    let world = &crowd.world;
    let mut index = CrowdIndex::of(world)?;
    let line = index.line();
    let [sample, all] = Judges::BOTH.map(|judges| (judges, None));
    let kinds = [sample, all, (Judges::Sample, Some(&line))];
    let ledgers = kinds.map(|(_, line)| Tapped {
        ledger: &world.bank,
        tap: line.cloned().map_or_else(Gauge::default, Gauge::asking),
    });
    let people = world.nodes.iter().zip(&ledgers).zip(kinds);
    let mut measured: Vec<Node> = people
        .map(|((person, ledger), (judges, line))| {
            let indexes = line.map(Line::indexes).unwrap_or_default();
            let options = RunnerOptions {
                propose: true,
                rewards: Rewards::Claim(person.wallet),
                min_reward: Amount::ZERO,
                audit_rate: judges.rate(),
            };
            let (key, logic) = (person.keypair.insecure_clone(), Digests(person.pubkey()));
            Node {
                ledger,
                runner: NodeRunner::new(ledger, world.tokens.task, key, logic, options)
                    .asking(indexes),
                wake_at: 0,
                kept: 0,
                rounds: Vec::new(),
            }
        })
        .collect();
    let mut script = crowd.script();
    for round in FIRST..FIRST_MEASURED.saturating_add(MEASURED) {
        if round >= FIRST_MEASURED {
            let all = measured.iter_mut();
            all.for_each(|node| node.rounds.push(Taken::default()));
        }
        play_round((world, &mut index), &mut script, &mut measured, round)?;
    }
    let taken = measured.iter().map(|node| Taken::of(&node.rounds));
    let taken: Option<Vec<Taken>> = taken.collect();
    let taken = taken.and_then(|taken| taken.try_into().ok());
    Ok(Played {
        nodes,
        entry: entry_bytes(world, &line)?,
        taken: taken.context("a node was not measured")?,
        submissions: script.submissions,
    })
}

/// Plays `round`: the crowd acts, the index reads, and the nodes look whenever they said that they would.
fn play_round(
    (world, index): (&World<Vm>, &mut CrowdIndex),
    script: &mut Script,
    nodes: &mut [Node],
    round: u64,
) -> Result<()> {
    let schedule = world.schedule();
    let start = |round: u64| schedule.boundary(round).context("the schedule ends");
    let (begin, end) = (start(round)?, start(round.saturating_add(1))?);
    let audits = schedule.audit_window(round).context("no audit window")?;
    let mut deeds = vec![
        (begin, Deed::Begin),
        (audits.end.saturating_add(1), Deed::Finalize),
    ];
    world.warp_to(begin);
    if let Some((proposer, slot)) = script.proposer(round)? {
        deeds.insert(1, (slot, Deed::Propose(proposer)));
    }
    loop {
        let slot = world.slot();
        while let Some(&(_, deed)) = deeds.first().filter(|(due, _)| *due <= slot) {
            match deed {
                Deed::Begin => script.begin_round(round)?,
                Deed::Propose(proposer) => script.propose(round, proposer)?,
                Deed::Finalize => script.finalize(round)?,
            }
            deeds.remove(0);
        }
        index.step()?;
        for node in nodes.iter_mut().filter(|node| node.wake_at <= slot) {
            node.step()?;
        }
        let deed = deeds.first().map(|(due, _)| *due);
        let wakes = nodes.iter().map(|node| node.wake_at);
        let next = wakes.chain(deed).min().context("nothing goes on")?;
        if next >= end {
            return Ok(());
        }
        world.warp_to(next);
    }
}
