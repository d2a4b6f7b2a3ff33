//! The end-to-end run: the program deployed to a real validator over RPC, and six nodes as processes, two of
//! them dishonest. Processes are killed, cut off, robbed and doubled. At the end the ledger's history says
//! whether every node got what it was due. Run by `cargo xtask e2e`.
//!
//! It uses the program only through the command `gradual`, plain JSON-RPC and the committed IDL: it links
//! neither the program nor the client, so that it cannot share a mistake with them.

mod behaviour;
mod board;
mod event;
mod history;
mod logic;
mod money;
mod node;
mod phase;
mod ports;
mod proxy;
mod pulse;
mod random;
mod report;
mod schedule;
mod soak;
mod transfer;
mod verdict;
mod world;

pub use logic::{LogicArgs, play as play_logic};
pub use soak::{SoakArgs, run as soak};

use anyhow::{Context, Result, bail, ensure};
use behaviour::Behaviour;
use event::Decoder;
use gradual_consensus_devkit::{
    gradual::Program,
    validator,
    workspace::{Workspace, stop_flag},
};
use history::History;
use money::Money;
use phase::{Course, Fault, Findings, Played};
use report::{Found, Report};
use serde_json::Value;
use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};
use verdict::Case;
use world::{Setting, World};

/// Arguments of `e2e`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The faults to play after the first rounds, each in rounds of its own, in this order.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "FAULT", default_values_t = Fault::ALL)]
    faults: Vec<Fault>,
    /// Rounds before the first fault, disturbed only by the two dishonest nodes.
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u64).range(3..=20))]
    rounds: u64,
    /// The seed of everything random but keys and the draw of proposers.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The shortest time that a round takes, in seconds.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u64).range(4..=600))]
    round_seconds: u64,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        out.write_str(self.name())
    }
}

impl Args {
    const fn setting(&self) -> Setting<'static> {
        Setting {
            seed: self.seed,
            round: Duration::from_secs(self.round_seconds),
            ticks_per_slot: 64,
            behaviours: &[
                Behaviour::Honest,
                Behaviour::Honest,
                Behaviour::Honest,
                Behaviour::Honest,
                Behaviour::WrongProof,
                Behaviour::Overpay,
            ],
            bounty: ("80", "1"),
        }
    }
}

/// The first cycle that is played. The first stakes are active from round 2 on, the round in which nodes
/// submit for cycle 1: they open it in round 1.
const FIRST_CYCLE: u64 = 1;
const FIRST_ROUND: u64 = FIRST_CYCLE + 1;

/// Fails if there is no validator. Call this before building: a run needs one.
pub fn require() -> Result<()> {
    validator::find().map(drop)
}

/// Plays with `program` on a validator, and judges the ledger's history. Fails if there is a finding.
pub fn run(workspace: &Workspace, program: &Program, args: &Args) -> Result<()> {
    let stop = stop_flag()?;
    let home = world::folder_for_a_run(&workspace.root.join("target").join("e2e"))?;
    let mut world = World::create(workspace, program, &args.setting(), home.clone(), stop)
        .with_context(|| format!("before the first phase; logs: {}", home.display()))?;
    let played = play(&mut world, args);
    let report = played.with_context(|| format!("logs: {}", home.display()))?;
    world.end()?;
    conclude(&report, &home)
}

/// Writes what a run came to. Fails if there is a finding.
fn conclude(report: &Report, home: &Path) -> Result<()> {
    let file = home.join("report.json");
    fs::write(&file, serde_json::to_string_pretty(&report.json())?)?;
    println!(
        "{}the same for programs: {}",
        report.text(home),
        file.display()
    );
    ensure!(
        report.findings().is_empty(),
        "{} findings; logs: {}",
        report.findings().len(),
        home.display()
    );
    // Large, and not needed after a run without findings.
    for folder in ["ledger", "bin"] {
        fs::remove_dir_all(home.join(folder))?;
    }
    Ok(())
}

fn play(world: &mut World, args: &Args) -> Result<Report> {
    let mut findings = Findings::new();
    let mut phases = Vec::new();
    let mut round = FIRST_ROUND;
    let first = ("first", args.rounds, None);
    let faults = args.faults.iter().filter(|fault| **fault != Fault::None);
    let faults = faults.map(|fault| (fault.name(), fault.rounds(), Some(*fault)));
    for (name, rounds, fault) in std::iter::once(first).chain(faults) {
        let last_round = round + rounds - 1;
        world.say(&format!("phase {name}: rounds {round} to {last_round}"));
        let begun = Instant::now();
        let what = match fault {
            None => phase::first(world, round, rounds),
            Some(fault) => fault.play(world, round, &mut findings),
        };
        let what = what.with_context(|| {
            let slot = world.rpc.slot().unwrap_or_default();
            format!("phase {name}, round {}", world.schedule.round_at(slot))
        })?;
        phases.push(Played {
            name,
            first_round: round,
            last_round,
            what,
            seconds: begun.elapsed().as_secs(),
        });
        books(world).with_context(|| format!("after phase {name}"))?;
        round += rounds;
        manager_looks(world, round - 1).with_context(|| format!("after phase {name}"))?;
    }
    // Nodes open one more cycle in the round that has just begun, and play it to its end.
    let last_cycle = round;
    settle(world, round, &mut findings).with_context(|| format!("settling after round {round}"))?;
    take_out(world).context("leaving the task")?;
    world.wait_for_nodes()?;
    close(world)?;
    let course = Course {
        seed: args.seed,
        phases,
        cycles: (FIRST_CYCLE, last_cycle),
    };
    judge(world, course, findings).context("judging the ledger's history")
}

/// The output of `gradual task books`, which fails if the books do not balance.
fn books(world: &World) -> Result<Value> {
    let arguments = ["task", "books", &world.task];
    world.gradual.run(&world.manager.0, &arguments)
}

/// An amount, which the command prints as a decimal string.
fn amount(value: &Value) -> Result<u64> {
    let text = value.as_str();
    let amount = text.and_then(|text| text.parse().ok());
    amount.with_context(|| format!("{value} is no amount"))
}

/// What a manager looks at: the task still has the terms that it was created with, and money for more cycles;
/// `cycle`, of the round that has just ended, was opened and its bounty set aside.
fn manager_looks(world: &World, cycle: u64) -> Result<()> {
    let run = |arguments: &[&str]| world.gradual.run(&world.manager.0, arguments);
    let task = run(&["task", "show", &world.task])?;
    ensure!(
        task["terms_hash"].as_str() == Some(&world.terms),
        "the task has other terms than it was created with: {}",
        task["terms_hash"]
    );
    let funded = task["funded_rounds"].as_u64();
    ensure!(funded > Some(0), "the bounty is used up: {funded:?}");
    let number = cycle.to_string();
    let shown = run(&[
        "cycle",
        "show",
        &world.task,
        "--cycle",
        &number,
        "--cycles",
        "1",
    ])?;
    let account = &shown["cycles"][0]["account"];
    let (bounty, owed) = (amount(&account["bounty"])?, amount(&account["owed"])?);
    let per_round = amount(&task["bounty_amount_per_round"])?;
    ensure!(
        bounty == per_round && owed == per_round,
        "cycle {cycle} is not under review with its bounty set aside: {}",
        shown["cycles"][0]
    );
    Ok(())
}

/// Deactivates the task, so that no cycle is opened after that of `round`, and waits until all cycles are paid
/// and closed and no stake is locked.
fn settle(world: &mut World, round: u64, findings: &mut Findings) -> Result<()> {
    // Enough for every attempt at a list, the claim window, and closing the accounts after it.
    const ROUNDS: u64 = 12;
    // A submission for the last cycle locks until the audit window of the last attempt at its list is over.
    let unlocked = round + 2 + world::ALLOWED_FAILED;
    world.wait_until(world.schedule.audits_begin(round))?;
    let (manager, task) = (world.manager.0.clone(), world.task.clone());
    (world.gradual).run(&manager, &["task", "deactivate", &task])?;
    world.say("the task is inactive: nodes pay and close what is open");
    refuses_to_leave_early(world, round + 1)?;
    let deadline = world.schedule.boundary(round + ROUNDS);
    loop {
        let slot = world.look()?;
        let books = books(world)?;
        let open = ["cycles", "submissions", "lists", "votes"].map(|what| &books["open"][what]);
        if open.iter().all(|count| count.as_u64() == Some(0)) {
            break;
        }
        ensure!(
            slot < deadline,
            "still open in round {}: {}",
            world.schedule.round_at(slot),
            books["open"]
        );
        let next = world.schedule.round / 10;
        world.wait_until(slot + next.max(1))?;
    }
    let books = books(world)?;
    if books["surplus"] != "0" {
        let surplus = &books["surplus"];
        findings.push(format!(
            "the pots hold {surplus} base units more than is owed"
        ));
    }
    world.wait_until(world.schedule.audits_end(unlocked))
}

/// The command says what to do to a node that wants its locked stake, or that submits for `cycle`, which nobody
/// has opened.
fn refuses_to_leave_early(world: &World, cycle: u64) -> Result<()> {
    let node = world.nodes.first().context("no nodes")?;
    let (task, cycle) = (world.task.as_str(), cycle.to_string());
    let refused: [(&[&str], &str); 2] = [
        (
            &["withdraw", "--sol", task, "ALL"],
            "to leave, stop submitting",
        ),
        (
            &["submit", task, "early", "--cycle", &cycle],
            "is not open: open it",
        ),
    ];
    for (arguments, expected) in refused {
        match world.gradual.run(&node.key, arguments) {
            Ok(done) => bail!("gradual {} was not refused: {done}", arguments.join(" ")),
            Err(error) => ensure!(
                error.to_string().contains(expected),
                "{error} does not say {expected:?}"
            ),
        }
    }
    Ok(())
}

/// Claims and withdraws for every node. The nodes then close their stake accounts and end by themselves.
fn take_out(world: &mut World) -> Result<()> {
    world.say("all nodes leave");
    let task = world.task.clone();
    for node in &mut world.nodes {
        node.is_done();
        let run = |arguments: &[&str]| world.gradual.run(&node.key, arguments);
        let balance = run(&["balance", &task])?;
        node.slashed = amount(&balance["slashed"])?;
        if amount(&balance["available_balance"])? > 0 {
            run(&["claim", "--sol", &task])?;
        }
        if amount(&balance["stake"])? > 0 {
            run(&["withdraw", "--sol", &task, "ALL"])?;
        }
    }
    Ok(())
}

/// The manager closes the task, which no node has a stake in any more.
fn close(world: &World) -> Result<()> {
    let nodes = &books(world)?["nodes"];
    ensure!(
        nodes.as_u64() == Some(0),
        "{nodes} stake accounts are left: see the logs"
    );
    let close = ["task", "close", "--sol", &world.task];
    world.gradual.run(&world.manager.0, &close)?;
    Ok(())
}

fn judge(world: &World, course: Course, mut findings: Findings) -> Result<Report> {
    let nodes = world.nodes.iter().map(|node| node.address.as_str());
    let keys: Vec<&str> = nodes.chain([world.manager.1.as_str()]).collect();
    let history = History::read(world.rpc, &Decoder::new(world.idl.clone()), &keys)?;
    let case = Case {
        history: &history,
        nodes: &world.nodes,
        course: &course,
    };
    let (wrong, punished) = case.judge();
    findings.extend(wrong);
    for node in &world.nodes {
        let (name, log) = (&node.name, node.log.display());
        let strange = node.log_summary().strange;
        let strange = strange
            .iter()
            .map(|line| format!("node {name} said {line:?}: see {log}"));
        findings.extend(strange);
        let slashes = history.named("AuditResolved");
        let slashes = slashes.filter(|event| event.text("slashed_node") == node.address);
        let taken = slashes.map(|event| event.number("stake_before") - event.number("stake_after"));
        let (taken, slashed) = (taken.sum::<u64>(), node.slashed);
        if slashed != taken {
            findings.push(format!(
                "node {name}: {taken} taken by audits, slashed {slashed}"
            ));
        }
    }

    let money = Money::count(world, &history)?;
    if money.accounts != 1 {
        let accounts = money.accounts;
        findings.push(format!(
            "{accounts} accounts of the program are left, there should be only its config"
        ));
    }
    if money.lost() != 0 {
        findings.push(format!("{} lamports were lost: {money:?}", money.lost()));
    }
    let found = Found {
        punished,
        money,
        findings,
    };
    Ok(Report::new(world, course, &history, found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    #[test]
    fn every_run_has_a_folder_of_its_own() {
        let folder = std::env::temp_dir().join(format!("gradual-e2e-{}", std::process::id()));
        let runs: [PathBuf; 2] = [(); 2].map(|()| world::folder_for_a_run(&folder).unwrap());
        assert_ne!(runs[0], runs[1]);
        assert!(runs.iter().all(|run| run.is_dir()));
        fs::remove_dir_all(&folder).unwrap();
    }
}
