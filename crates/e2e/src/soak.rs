//! The soak: many nodes in one process over hundreds of rounds, while a fifth of its RPC calls fail or are late, and a
//! dashboard with many visitors. No node may lose a round by it, and neither process may grow.

use crate::{
    FIRST_ROUND, behaviour::Behaviour, board::Board, close, conclude, judge, node::Node,
    phase::Course, phase::Findings, phase::Played, proxy::Proxy, random::Random, settle, take_out,
    world, world::Setting, world::World,
};
use anyhow::{Context, Result, ensure};
use gradual_consensus_devkit::{
    gradual::Program,
    workspace::{Workspace, stop_flag},
};
use std::{
    fmt::Write,
    fs,
    path::Path,
    time::{Duration, Instant},
};

/// Arguments of `soak`.
#[derive(clap::Args, Clone, Debug)]
pub struct SoakArgs {
    /// Rounds to play.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u64).range(10..=10_000))]
    rounds: u64,
    /// Nodes, all of one process.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u8).range(4..=64))]
    nodes: u8,
    /// The seed of everything random but keys and the draw of proposers.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The shortest time that a round takes, in seconds.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u64).range(4..=600))]
    round_seconds: u64,
    /// Ticks of the validator in a slot, of 6.25 ms each; a cluster has 64.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u64).range(8..=64))]
    ticks_per_slot: u64,
    /// Visitors of a dashboard of the cluster, each with one page that it keeps fresh; without one there is no dashboard.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u8).range(0..=100))]
    visitors: u8,
}

/// The process of all nodes.
const FLEET: &str = "fleet";
/// Rounds between two lines about the processes.
const ROUNDS_A_LINE: u64 = 10;
/// Rounds after which the process has what it needs.
const WARM: usize = 20;
/// What the process may hold more in the last third of the rounds than in the first, in KiB.
const MEMORY_SLACK: u64 = 4 * 1024;
/// Files and threads that it may have more then.
const SLACK: u64 = 16;

/// What the process holds at one moment.
#[derive(Clone, Copy, Debug, Default)]
struct Sample {
    /// KiB of memory.
    memory: u64,
    threads: u64,
    files: u64,
    /// Processes that it has started and that are still there.
    children: u64,
}

impl Sample {
    /// Of the process `pid`, as the kernel tells it.
    fn of(pid: u32) -> Result<Self> {
        let folder = Path::new("/proc").join(pid.to_string());
        let status = fs::read_to_string(folder.join("status"))
            .with_context(|| format!("{} cannot be read", folder.display()))?;
        let field = |name: &str| -> Result<u64> {
            let mut lines = status.lines();
            let line = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            let value = line.and_then(|line| line.split_whitespace().next());
            let value = value.with_context(|| format!("{} has no {name}", folder.display()))?;
            Ok(value.parse()?)
        };
        let mut children = 0;
        for thread in fs::read_dir(folder.join("task"))? {
            // A thread may have ended since.
            let listed = fs::read_to_string(thread?.path().join("children")).unwrap_or_default();
            children += listed.split_whitespace().count() as u64;
        }
        Ok(Self {
            memory: field("VmRSS")?,
            threads: field("Threads")?,
            files: fs::read_dir(folder.join("fd"))?.count() as u64,
            children,
        })
    }
}

impl std::fmt::Display for Sample {
    fn fmt(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        let Self {
            memory,
            threads,
            files,
            children,
        } = self;
        write!(
            out,
            "{memory} KiB, {threads} threads, {files} files, {children} child processes"
        )
    }
}

/// A process that is looked at.
struct Watched<'a> {
    name: &'static str,
    process: &'a mut Node,
    samples: Samples,
}

impl<'a> Watched<'a> {
    fn new(name: &'static str, process: &'a mut Node) -> Self {
        Self {
            name,
            process,
            samples: Samples::default(),
        }
    }

    /// Notes what it holds now. Fails if it has ended.
    fn look(&mut self) -> Result<Sample> {
        self.process.require_alive()?;
        let pid = self.process.pids().next().context("no process")?;
        let sample = Sample::of(pid)?;
        self.samples.0.push(sample);
        Ok(sample)
    }
}

/// What the process held over time.
#[derive(Debug, Default)]
struct Samples(Vec<Sample>);

impl Samples {
    /// Of a part of the samples: the middle value of memory, and the highest of everything else.
    fn summary(part: &[Sample]) -> Sample {
        let mut memory: Vec<u64> = part.iter().map(|sample| sample.memory).collect();
        memory.sort_unstable();
        let most = |of: fn(&Sample) -> u64| part.iter().map(of).max().unwrap_or_default();
        Sample {
            memory: memory.get(memory.len() / 2).copied().unwrap_or_default(),
            threads: most(|sample| sample.threads),
            files: most(|sample| sample.files),
            children: most(|sample| sample.children),
        }
    }

    /// The first third and the last, once the process is warm.
    fn thirds(&self) -> (Sample, Sample) {
        let warm = self.0.get(WARM.min(self.0.len() / 2)..).unwrap_or_default();
        let third = warm.len().div_ceil(3);
        let (first, _) = warm.split_at(third);
        let (_, last) = warm.split_at(warm.len() - third);
        (Self::summary(first), Self::summary(last))
    }

    /// What of the process `name` has grown.
    fn findings(&self, name: &str) -> Findings {
        let (first, last) = self.thirds();
        let most = first.memory + first.memory / 10 + MEMORY_SLACK;
        let mut findings = Vec::new();
        for (what, last, most) in [
            ("KiB of memory", last.memory, most),
            ("threads", last.threads, first.threads + SLACK),
            ("files", last.files, first.files + SLACK),
            ("children", last.children, first.children + SLACK),
        ] {
            if last > most {
                findings.push(format!(
                    "the {name} has grown: {last} {what} in the last third of the rounds, {first:?} in the first"
                ));
            }
        }
        findings
    }

    /// A finding where the logic of nodes, which are child processes, was not counted: a kernel may be built without the
    /// list of a thread's children.
    fn uncounted_logic(&self) -> Option<String> {
        let is_unseen = self.0.iter().all(|sample| sample.children == 0);
        is_unseen
            .then(|| "no child process was ever seen, though each node's logic is one".to_owned())
    }

    /// Of the process `name`, for people.
    fn text(&self, process: &str) -> String {
        let (first, last) = self.thirds();
        let mut text = String::new();
        for (name, sample) in [("first", first), ("last", last)] {
            // Writing to a string cannot fail.
            let _written = writeln!(
                text,
                "{process}, {name} third: {} KiB (middle), at most {} threads, {} files, {} child processes",
                sample.memory, sample.threads, sample.files, sample.children
            );
        }
        text
    }
}

/// Plays with `program` on a validator, and judges the ledger's history and the process. Fails if there is a
/// finding.
pub fn run(workspace: &Workspace, program: &Program, args: &SoakArgs) -> Result<()> {
    let stop = stop_flag()?;
    let home = world::folder_for_a_run(&workspace.root.join("target").join("soak"))?;
    let bounty = format!("{:.6}", 80.0 / f64::from(u32::try_from(args.rounds + 20)?));
    let setting = Setting {
        seed: args.seed,
        round: Duration::from_secs(args.round_seconds),
        ticks_per_slot: args.ticks_per_slot,
        behaviours: &vec![Behaviour::Honest; args.nodes.into()],
        bounty: ("80", &bounty),
    };
    let logs = || format!("logs: {}", home.display());
    let mut world =
        World::create(workspace, program, &setting, home.clone(), stop).with_context(logs)?;
    let random = Random::new(world.random.next(), "proxy");
    let proxy = Proxy::start(world.proxy_port(), world.rpc.address(), random)?;
    let mut fleet = start(&mut world, &proxy)?;
    let mut board = (args.visitors > 0)
        .then(|| Board::start(&world, args.visitors))
        .transpose()
        .with_context(logs)?;
    let mut findings = Findings::new();
    let begun = Instant::now();
    let mut watched = vec![Watched::new(FLEET, &mut fleet)];
    watched.extend((board.as_mut()).map(|board| Watched::new("dashboard", board.process())));
    play(&mut world, &mut watched, &proxy, args).with_context(logs)?;
    let mut held = String::new();
    for Watched { name, samples, .. } in &watched {
        findings.extend(samples.findings(name));
        held.push_str(&samples.text(name));
    }
    let nodes = watched.iter().filter(|process| process.name == FLEET);
    findings.extend(nodes.filter_map(|process| process.samples.uncounted_logic()));
    if let Some(board) = board {
        held.push_str(&format!("{}\n", board.text()));
        findings.extend(board.findings());
        board.end().with_context(logs)?;
    }
    let round = FIRST_ROUND + args.rounds;
    let (calls, faults) = proxy.counts();
    let phase = Played {
        name: "soak",
        first_round: FIRST_ROUND,
        last_round: round - 1,
        what: format!(
            "{} nodes of one process; {faults} of {calls} calls lost, late, or answered with an error",
            args.nodes
        ),
        seconds: begun.elapsed().as_secs(),
    };
    settle(&mut world, round, &mut findings).with_context(logs)?;
    take_out(&mut world).with_context(logs)?;
    wait_until_left(&mut world).with_context(logs)?;
    fleet.is_done();
    fleet.ask_to_end()?;
    fleet.wait_for_end()?;
    close(&world).with_context(logs)?;
    let strange = fleet.log_summary().strange;
    findings.extend(strange.into_iter().map(|line| format!("it said {line:?}")));
    let course = Course {
        seed: args.seed,
        phases: vec![phase],
        cycles: (FIRST_ROUND - 1, round),
    };
    let report = judge(&world, course, findings).with_context(logs)?;
    world.end()?;
    print!("{held}");
    conclude(&report, &home)
}

/// One process that plays all nodes of `world`, by way of `proxy`.
fn start(world: &mut World, proxy: &Proxy) -> Result<Node> {
    let game = world.game(Some(proxy.url()));
    // A text of TOML is written like one of JSON.
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let mut file = format!("rpc = [{}]\n", quoted(&proxy.url()));
    for node in &world.nodes {
        write!(
            file,
            "[[node]]\ntask = {}\nkeypair = {}\nlogic = {}\n",
            quoted(&game.task),
            quoted(&node.key.to_string_lossy()),
            quoted(&node.logic(&game)),
        )?;
    }
    let config = world.home.join("node.toml");
    fs::write(&config, file)?;
    let first = world.nodes.first().context("no nodes")?;
    let (key, log) = (first.key.clone(), world.home.join("fleet.log"));
    let config = config.to_string_lossy();
    let arguments = ["node", "run", "--config", &*config, "--log-format", "json"];
    let mut command = std::process::Command::new(game.gradual.binary());
    command.args(arguments).stdin(std::process::Stdio::null());
    command.env("HOME", &world.home).env_remove("RUST_LOG");
    let mut fleet = Node::new("fleet".into(), key, String::new(), Behaviour::Honest, log);
    fleet.spawn(command)?;
    Ok(fleet)
}

/// Looks at the processes once a round, until all rounds are over.
fn play(world: &mut World, watched: &mut [Watched], proxy: &Proxy, args: &SoakArgs) -> Result<()> {
    for round in FIRST_ROUND..FIRST_ROUND + args.rounds {
        world.wait_until(world.schedule.boundary(round + 1))?;
        let mut held = String::new();
        for process in &mut *watched {
            let sample = process.look()?;
            write!(held, "{} {sample}; ", process.name)?;
        }
        if (round - FIRST_ROUND).is_multiple_of(ROUNDS_A_LINE) {
            let (calls, faults) = proxy.counts();
            world.say(&format!(
                "round {round}: {held}{faults} of {calls} calls spoilt"
            ));
        }
    }
    Ok(())
}

/// Waits until no node has a stake any more.
fn wait_until_left(world: &mut World) -> Result<()> {
    const ROUNDS: u64 = 6;
    let deadline = world.look()? + ROUNDS * world.schedule.round;
    while crate::books(world)?["nodes"].as_u64() != Some(0) {
        let slot = world.look()?;
        ensure!(slot < deadline, "nodes have not closed their stakes");
        world.wait_until(slot + 2)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(memory: impl Fn(u64) -> u64, files: impl Fn(u64) -> u64) -> Samples {
        let sample = |at| Sample {
            memory: memory(at),
            threads: 10,
            files: files(at),
            children: 8,
        };
        Samples((0..500).map(sample).collect())
    }

    #[test]
    fn a_process_that_grows_is_found() {
        let flat = samples(|at| 50_000 + at % 7 * 100, |at| 30 + at % 9);
        assert_eq!(flat.findings("x"), Findings::new());
        let leaks = samples(|at| 50_000 + at * 40, |_| 30);
        assert!(leaks.findings("x")[0].contains("KiB of memory"));
        let opens = samples(|_| 50_000, |at| 30 + at / 10);
        assert!(opens.findings("x")[0].contains("files"), "{opens:?}");
        let unseen = Samples(vec![Sample::default(); 30]);
        assert!(unseen.uncounted_logic().is_some() && flat.uncounted_logic().is_none());
        // What it takes to begin with is no growth.
        let begins = samples(|at| 90_000 - 40_000 * u64::from(at > 15), |_| 30);
        assert_eq!(begins.findings("x"), Findings::new());
    }

    #[test]
    fn this_process_can_be_looked_at() {
        let sample = Sample::of(std::process::id()).unwrap();
        assert!(sample.memory > 100 && sample.threads > 0 && sample.files > 2);
    }
}
