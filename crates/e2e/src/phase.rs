//! The faults, phase by phase. Every phase fills whole rounds, and is judged by the
//! cycles that were submitted for in them.

use crate::{
    behaviour::Behaviour,
    proxy::{FAULTS_IN_100, Proxy},
    random::Random,
    transfer,
    world::World,
};
use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use gradual_consensus_devkit::keypair;
use std::{thread, time::Duration};

/// What can happen to nodes that do nothing wrong.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Two nodes are killed in the middle of a window, and started again.
    Kill,
    /// The validator is stopped, and started again on its ledger.
    Validator,
    /// A fifth of all calls to the RPC are lost, late, or answered with an error.
    Proxy,
    /// A node has no SOL left, and gets some a round later.
    Poor,
    /// Two processes play with the same key.
    Twins,
    /// One node is killed at 50 random instants, and started again each time.
    Restarts,
    /// Nothing: only the first rounds are played.
    None,
}

/// The node that loses its SOL.
const POOR: usize = 4;
/// The node that has a twin.
const TWIN: usize = 1;
/// The node that is started over and over.
const RESTARTED: usize = 3;
/// How often it is.
pub const RESTARTS: u64 = 50;
/// How long a killed node stays dead.
const DEAD_FOR: Duration = Duration::from_millis(500);

/// A phase that was played.
#[derive(Clone, Debug)]
pub struct Played {
    /// Its name.
    pub name: &'static str,
    /// Its first round.
    pub first_round: u64,
    /// Its last.
    pub last_round: u64,
    /// What happened in it, for people.
    pub what: String,
    /// Seconds it took.
    pub seconds: u64,
}

/// What was played.
#[derive(Clone, Debug)]
pub struct Course {
    /// What decided what was left to chance.
    pub seed: u64,
    /// The phases, in their order.
    pub phases: Vec<Played>,
    /// The first cycle that was submitted for, and the last.
    pub cycles: (u64, u64),
}

/// What is wrong with a phase, beyond what the ledger tells.
pub type Findings = Vec<String>;

/// The first rounds: nobody is disturbed, and two nodes are dishonest by themselves.
pub fn first(world: &mut World, first_round: u64, rounds: u64) -> Result<String> {
    let game = world.game(None);
    // The first list that there is to propose is left to the one who proposes wrong ones: whether the
    // draw makes it the first another time is chance.
    for node in &mut world.nodes {
        node.start(&game, node.behaviour == Behaviour::Overpay)?;
    }
    let first_list = first_round + 1;
    world.wait_until(world.schedule.audits_end(first_list))?;
    let honest = |behaviour| behaviour != Behaviour::Overpay;
    for node in (world.nodes.iter()).filter(|node| honest(node.behaviour)) {
        node.ask_to_end()?;
    }
    for node in (world.nodes.iter_mut()).filter(|node| honest(node.behaviour)) {
        node.wait_for_end()?;
        node.start(&game, true)?;
    }
    world.wait_until(world.schedule.boundary(first_round + rounds))?;
    Ok("one node hands in wrong proofs, one proposes lists that overpay itself".into())
}

impl Fault {
    /// All that can happen.
    pub const ALL: [Self; 6] = [
        Self::Kill,
        Self::Validator,
        Self::Proxy,
        Self::Poor,
        Self::Twins,
        Self::Restarts,
    ];

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Validator => "validator",
            Self::Proxy => "proxy",
            Self::Poor => "poor",
            Self::Twins => "twins",
            Self::Restarts => "restarts",
            Self::None => "none",
        }
    }

    /// Rounds it takes.
    pub const fn rounds(self) -> u64 {
        match self {
            Self::Kill | Self::Validator | Self::Poor | Self::Twins => 3,
            Self::Proxy => 4,
            Self::Restarts => 10,
            Self::None => 0,
        }
    }

    /// Plays it from the start of `first_round` to the end of its last round; returns what happened.
    pub fn play(
        self,
        world: &mut World,
        first_round: u64,
        findings: &mut Findings,
    ) -> Result<String> {
        let end = world.schedule.boundary(first_round + self.rounds());
        let what = match self {
            Self::Kill => kill(world, first_round)?,
            Self::Validator => validator(world, first_round)?,
            Self::Proxy => proxy(world, first_round)?,
            Self::Poor => poor(world, first_round, findings)?,
            Self::Twins => twins(world, first_round)?,
            Self::Restarts => restarts(world, first_round)?,
            Self::None => String::new(),
        };
        world.wait_until(end)?;
        Ok(what)
    }
}

fn kill(world: &mut World, first_round: u64) -> Result<String> {
    let game = world.game(None);
    let (submission, audit) = (
        world.schedule.mid_submission(first_round),
        world.schedule.mid_audit(first_round + 1),
    );
    for (slot, numbers) in [(submission, [1, 2]), (audit, [3, 4])] {
        world.wait_until(slot)?;
        for number in numbers {
            world.node(number)?.kill()?;
        }
        thread::sleep(DEAD_FOR);
        for number in numbers {
            world.node(number)?.start(&game, true)?;
        }
    }
    Ok(
        "two nodes killed in the middle of a submission window, two in that of an audit window"
            .into(),
    )
}

fn validator(world: &mut World, first_round: u64) -> Result<String> {
    let slot = world.schedule.mid_submission(first_round);
    world.wait_until(slot)?;
    let begun = std::time::Instant::now();
    world.restart_validator()?;
    let seconds = begun.elapsed().as_secs_f64();
    Ok(format!(
        "no blocks for {seconds:.1} s in the middle of a submission window"
    ))
}

/// First slot of the rest after the last audit window of `fault`'s rounds, from `first_round` on: what
/// starts then has found its way when the next round begins.
const fn last_rest(world: &World, fault: Fault, first_round: u64) -> u64 {
    world.schedule.audits_end(first_round + fault.rounds() - 1)
}

fn proxy(world: &mut World, first_round: u64) -> Result<String> {
    let rest = last_rest(world, Fault::Proxy, first_round);
    let random = Random::new(world.random.next(), "proxy");
    let proxy = Proxy::start(world.proxy_port(), world.rpc.address(), random)?;
    let game = world.game(Some(proxy.url()));
    world.end_all()?;
    world.start_all(&game)?;
    world.wait_until(rest)?;
    world.end_all()?;
    let game = world.game(None);
    world.start_all(&game)?;
    let (calls, faults) = proxy.counts();
    ensure!(
        faults * 100 > calls * FAULTS_IN_100 / 2,
        "only {faults} of {calls} calls met with the proxy's faults"
    );
    Ok(format!(
        "{faults} of {calls} calls lost, late, or answered with an error"
    ))
}

fn poor(world: &mut World, first_round: u64, findings: &mut Findings) -> Result<String> {
    // When it has nothing in flight, most likely: a transaction that it can no longer pay for would keep
    // it until its blockhash expires.
    let slot = world.schedule.mid_audit(first_round);
    world.wait_until(slot)?;
    let (rpc, manager) = (world.rpc, world.manager.1.clone());
    let node = world.node(POOR)?;
    let (name, address) = (node.name.clone(), node.address.clone());
    // What it submits in the next round is that of this one.
    node.excused.insert(first_round);
    let key = keypair::read(&node.key)?;
    // Whoever closes one of its accounts gives it the account's rent back, and two of them would pay for what it submits.
    let slot = world.schedule.audits_begin(first_round + 1);
    world.repeat_until(slot, || transfer::drain(rpc, &key, &manager))?;
    let summary = world.node(POOR)?.log_summary();
    if !summary.low_sol {
        findings.push(format!("node {name} did not warn that it has no SOL"));
    }
    const GIVEN: u64 = 1_000_000_000;
    world.give(&address, GIVEN)?;
    world.wait_for_sol(&address, GIVEN)?;
    Ok(format!("node {name} had no SOL for a round"))
}

fn twins(world: &mut World, first_round: u64) -> Result<String> {
    let rest = last_rest(world, Fault::Twins, first_round);
    let game = world.game(None);
    let node = world.node(TWIN)?;
    let name = node.name.clone();
    node.start(&game, true)?;
    ensure!(node.running() == 2, "{name} has no twin");
    world.wait_until(rest)?;
    let node = world.node(TWIN)?;
    node.ask_to_end()?;
    node.wait_for_end()?;
    node.start(&game, true)?;
    Ok(format!("two processes played node {name}"))
}

fn restarts(world: &mut World, first_round: u64) -> Result<String> {
    const MILLISLOTS: u64 = 1_000;
    let game = world.game(None);
    let slot_time = world.pulse.slot_time().context("no slot went by")?;
    let (start, end) = (
        world.schedule.boundary(first_round),
        world
            .schedule
            .boundary(first_round + Fault::Restarts.rounds()),
    );
    let span = (end - start) * MILLISLOTS;
    let mut instants: Vec<u64> = (0..RESTARTS).map(|_| world.random.below(span)).collect();
    instants.sort_unstable();
    for instant in instants {
        world.wait_until(start + instant / MILLISLOTS)?;
        // Anywhere within that slot.
        let part = u32::try_from(instant % MILLISLOTS)?;
        thread::sleep(slot_time * part / u32::try_from(MILLISLOTS)?);
        let node = world.node(RESTARTED)?;
        node.kill()?;
        node.start(&game, true)?;
    }
    let name = world.node(RESTARTED)?.name.clone();
    Ok(format!(
        "node {name} killed and started again {RESTARTS} times"
    ))
}
