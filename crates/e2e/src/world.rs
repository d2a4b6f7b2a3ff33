//! One run's validator, keys, task and nodes, and its clock.

use crate::{
    behaviour::Behaviour,
    node::{Game, Node},
    ports::Block,
    pulse::Pulse,
    random::Random,
    schedule::Schedule,
};
use anyhow::{Context, Result, bail, ensure};
use gradual_consensus_devkit::{
    gradual::{self, Gradual, Program},
    keypair,
    rpc::Rpc,
    validator::{Start, Validator},
    workspace::Workspace,
};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// Lamports in a SOL.
const SOL: u64 = 1_000_000_000;
/// SOL that each key is given.
const GIVEN: u64 = 100;
/// SOL that an honest node stakes: three of the four honest ones are more than half of all stake, so that
/// they decide every audit even where one cannot vote.
const STAKE: &str = "25";
/// SOL that a dishonest one stakes: after four slashes it is still above the minimum of 0.1.
const DISHONEST_STAKE: &str = "24";
/// Attempts at a list that may fail.
pub const ALLOWED_FAILED: u64 = 2;
/// A validator without a block for this long has failed.
const LONGEST_STALL: Duration = Duration::from_secs(90);
/// Time between two looks at the slot.
const LOOK: Duration = Duration::from_millis(100);
/// Slots from a task's creation to its round 0, for the nodes to stake in.
const HEAD_START: u64 = 40;
/// How long the pace of slots is measured.
const MEASURED: Duration = Duration::from_secs(4);

/// What a world is made of.
#[derive(Clone, Debug)]
pub struct Setting<'a> {
    /// The seed of everything random but keys and the draw of proposers.
    pub seed: u64,
    /// The shortest time that a round takes.
    pub round: Duration,
    /// The validator's ticks of 6.25 ms in a slot.
    pub ticks_per_slot: u64,
    /// How the nodes play, in the order of their numbers.
    pub behaviours: &'a [Behaviour],
    /// SOL that the task is funded with, and that each cycle takes of it.
    pub bounty: (&'a str, &'a str),
}

/// Everything that belongs to one run.
pub struct World<'a> {
    /// The project.
    pub workspace: &'a Workspace,
    /// The run's folder.
    pub home: PathBuf,
    /// Set by SIGINT and SIGTERM.
    pub stop: Arc<AtomicBool>,
    /// The source of everything random.
    pub random: Random,
    /// The validator's RPC.
    pub rpc: Rpc,
    /// The client's command, on the validator itself.
    pub gradual: Gradual,
    /// The program that is the nodes' logic.
    logic: PathBuf,
    /// The manager's key and address.
    pub manager: (PathBuf, String),
    /// The nodes.
    pub nodes: Vec<Node>,
    /// The program.
    pub program: String,
    /// The task.
    pub task: String,
    /// The hash of its terms.
    pub terms: String,
    /// Its schedule.
    pub schedule: Schedule,
    /// The program's IDL, as it was when this run began.
    pub idl: Value,
    /// The pace of the slots.
    pub pulse: Pulse,
    /// Lamports that all keys together were given.
    pub given: u64,
    /// When the run began.
    pub begun: Instant,
    start: Start,
    ports: Block,
    validator: Option<Validator>,
}

impl<'a> World<'a> {
    /// A validator with the program, keys with SOL, and a task in which all nodes have staked.
    pub fn create(
        workspace: &'a Workspace,
        program: &Program,
        setting: &Setting,
        home: PathBuf,
        stop: Arc<AtomicBool>,
    ) -> Result<Self> {
        // Copies, so that a build during the run does not change what runs.
        let bin = home.join("bin");
        fs::create_dir(&bin)?;
        let (binary, logic) = (bin.join("gradual"), bin.join("logic"));
        fs::copy(gradual::build(workspace)?, &binary)?;
        fs::copy(std::env::current_exe()?, &logic)?;
        let begun = Instant::now();
        let mut random = Random::new(setting.seed, "run");
        let ports = Block::take(&mut random)?;
        let start = Start {
            ticks_per_slot: setting.ticks_per_slot,
            ..Start::on(ports.validator(), true)
        };
        let mut validator = Validator::start(workspace, &home, start)?;
        validator.wait_until_healthy(&stop)?;
        let rpc = validator.rpc();
        let key = |name: &str| -> Result<(PathBuf, String)> {
            let file = home.join("keys").join(format!("{name}.json"));
            let address = keypair::find_or_make(&file)?;
            Ok((file, address))
        };
        let mut nodes = Vec::new();
        for (number, &behaviour) in (1..).zip(setting.behaviours) {
            let name = format!("{number}-{behaviour}");
            let (file, address) = key(&name)?;
            let log = home.join(format!("node-{name}.log"));
            nodes.push(Node::new(name, file, address, behaviour, log));
        }
        let mut world = Self {
            workspace,
            gradual: Gradual::new(binary, rpc.url(), home.clone()),
            logic,
            manager: key("manager")?,
            home,
            stop,
            random,
            rpc,
            nodes,
            program: String::new(),
            task: String::new(),
            terms: String::new(),
            schedule: Schedule {
                start: 0,
                round: 1,
                submission: 0,
                audit: 0,
            },
            idl: serde_json::from_slice(&fs::read(workspace.idl())?)?,
            pulse: Pulse::new(rpc.slot()?),
            given: 0,
            begun,
            start,
            ports,
            validator: Some(validator),
        };
        world.say("the validator makes blocks");
        world.fund()?;
        world.program = gradual::deploy(&world.gradual, program, &world.manager.0)?;
        world.say(&format!("the program {} is deployed", world.program));
        world.create_task(setting)?;
        Ok(world)
    }

    /// Prints a line with the time.
    pub fn say(&self, what: &str) {
        println!("{:>5} s  {what}", self.begun.elapsed().as_secs());
    }

    fn fund(&mut self) -> Result<()> {
        let nodes = self.nodes.iter().map(|node| node.address.clone());
        let keys: Vec<String> = nodes.chain([self.manager.1.clone()]).collect();
        for address in &keys {
            self.give(address, GIVEN * SOL)?;
        }
        for address in &keys {
            self.wait_for_sol(address, GIVEN * SOL)?;
        }
        Ok(())
    }

    /// Has `address` given lamports; they come a moment later.
    pub fn give(&mut self, address: &str, lamports: u64) -> Result<()> {
        self.rpc.airdrop(address, lamports)?;
        self.given += lamports;
        Ok(())
    }

    /// Waits until `address` has `lamports`.
    pub fn wait_for_sol(&mut self, address: &str, lamports: u64) -> Result<()> {
        while self.rpc.balance(address)? < lamports {
            self.look()?;
            thread::sleep(LOOK);
        }
        Ok(())
    }

    fn create_task(&mut self, setting: &Setting) -> Result<()> {
        let begun = Instant::now();
        self.pulse = Pulse::new(self.look()?);
        while begun.elapsed() < MEASURED || self.pulse.slot_time().is_none() {
            self.look()?;
            thread::sleep(LOOK);
        }
        let slot_time = self.pulse.slot_time().context("no slot went by")?;
        let start = self.look()? + HEAD_START;
        self.schedule = Schedule::new(start, setting.round, slot_time)?;
        let Schedule {
            start,
            round,
            submission,
            audit,
        } = self.schedule;
        let (funded, bounty) = setting.bounty;
        let arguments = format!(
            "task create --sol --name e2e --bounty-per-round {bounty} --minimum-stake 0.1 \
             --claim-window 4 --allowed-failed {ALLOWED_FAILED} --starting-slot {start} --round-time {round} \
             --submission-window {submission} --audit-window {audit}"
        );
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        let created = self.gradual.run(&self.manager.0, &arguments)?;
        let task = created["task"].as_str().context("no task was created")?;
        self.task = task.to_owned();
        let terms = created["terms_hash"].as_str();
        terms
            .context("the task's terms have no hash")?
            .clone_into(&mut self.terms);
        let fund = ["task", "fund", "--sol", task, funded];
        self.gradual.run(&self.manager.0, &fund)?;
        self.stake_all()?;
        self.say(&format!(
            "task {} in rounds of {round} slots of {} ms, {submission} to submit, {audit} to audit",
            self.task,
            slot_time.as_millis()
        ));
        Ok(())
    }

    /// All nodes stake at the same time, and must have before round 1.
    fn stake_all(&mut self) -> Result<()> {
        let (gradual, task) = (&self.gradual, &self.task);
        thread::scope(|scope| {
            let stakes: Vec<_> = (self.nodes.iter())
                .map(|node| {
                    let amount = match node.behaviour {
                        Behaviour::Honest => STAKE,
                        Behaviour::WrongProof | Behaviour::Overpay => DISHONEST_STAKE,
                    };
                    scope.spawn(move || gradual.run(&node.key, &["stake", "--sol", task, amount]))
                })
                .collect();
            for stake in stakes {
                let staked = stake
                    .join()
                    .map_err(|_| anyhow::anyhow!("a stake panicked"))?;
                staked?;
            }
            Ok::<(), anyhow::Error>(())
        })?;
        let slot = self.look()?;
        ensure!(
            slot < self.schedule.boundary(1),
            "the nodes had staked at slot {slot} only, in round {}: the machine is too busy, run it with a larger --round-seconds",
            self.schedule.round_at(slot)
        );
        Ok(())
    }

    /// The game that nodes play: they reach the validator at `url`, or at its own address.
    pub fn game(&self, by_way_of: Option<String>) -> Game {
        let url = self.rpc.url();
        Game {
            gradual: self.gradual.at(by_way_of.unwrap_or_else(|| url.clone())),
            logic: self.logic.clone(),
            url,
            task: self.task.clone(),
        }
    }

    /// The present slot. Fails if a process has ended that should run, if the validator makes no blocks, or
    /// if the user stops the run.
    pub fn look(&mut self) -> Result<u64> {
        loop {
            ensure!(!self.stop.load(Ordering::Relaxed), "stopped");
            if let Some(validator) = &mut self.validator {
                validator.require_alive()?;
            }
            for node in &mut self.nodes {
                node.require_alive()?;
            }
            let slot = self.rpc.slot();
            if let Ok(slot) = slot {
                self.pulse.note(slot);
            }
            if self.pulse.stalled_for() > LONGEST_STALL {
                slot.context("the validator does not answer any more")?;
                bail!("the validator makes no blocks any more");
            }
            match slot {
                Ok(slot) => return Ok(slot),
                // The validator may still be starting.
                Err(_) => thread::sleep(LOOK),
            }
        }
    }

    /// Waits until `slot`.
    pub fn wait_until(&mut self, slot: u64) -> Result<()> {
        self.repeat_until(slot, || Ok(()))
    }

    /// Waits until `slot`, and does `what` again and again meanwhile.
    pub fn repeat_until(&mut self, slot: u64, what: impl Fn() -> Result<()>) -> Result<()> {
        while self.look()? < slot {
            what()?;
            thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Stops the validator, and starts it again on its ledger; waits until it makes blocks again.
    pub fn restart_validator(&mut self) -> Result<()> {
        let slot = self.look()?;
        let validator = self.validator.take().context("no validator")?;
        validator.stop()?;
        let start = Start {
            reset: false,
            ..self.start
        };
        let mut validator = Validator::start(self.workspace, &self.home, start)?;
        validator.wait_until_healthy(&self.stop)?;
        self.validator = Some(validator);
        self.wait_until(slot + 1)
    }

    /// The port for a proxy.
    pub const fn proxy_port(&self) -> u16 {
        self.ports.proxy()
    }

    /// The port for a dashboard.
    pub const fn dashboard_port(&self) -> u16 {
        self.ports.dashboard()
    }

    /// The node of this number, from 1.
    pub fn node(&mut self, number: usize) -> Result<&mut Node> {
        let index = number.checked_sub(1).context("nodes count from 1")?;
        self.nodes.get_mut(index).context("no such node")
    }

    /// Starts every node, one process each.
    pub fn start_all(&mut self, game: &Game) -> Result<()> {
        self.nodes
            .iter_mut()
            .try_for_each(|node| node.start(game, true))
    }

    /// Asks every node to end, and waits until all have.
    pub fn end_all(&mut self) -> Result<()> {
        for node in &self.nodes {
            node.ask_to_end()?;
        }
        self.wait_for_nodes()
    }

    /// Waits until every node has ended.
    pub fn wait_for_nodes(&mut self) -> Result<()> {
        self.nodes.iter_mut().try_for_each(Node::wait_for_end)
    }

    /// Ends the validator.
    pub fn end(mut self) -> Result<()> {
        self.validator.take().map_or(Ok(()), Validator::stop)
    }
}

/// Makes the folder of a run of its own below `folder`, and returns where it is.
pub fn folder_for_a_run(folder: &Path) -> Result<PathBuf> {
    fs::create_dir_all(folder)?;
    for number in 1..10_000 {
        let home = folder.join(format!("run-{number}"));
        match fs::create_dir(&home) {
            Ok(()) => return Ok(home),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(error).with_context(|| format!("{} cannot be made", home.display()));
            }
        }
    }
    bail!("{} is full: empty it", folder.display())
}
