//! The whole game in this process: real input, the real program, honest and dishonest nodes.
//!
//! At each slot all nodes that are awake look at the ledger as of its beginning, in all threads at once. Then those that have
//! something to do act one after the other, each on what the ones before left. So the game does not depend on the number of
//! threads.

mod behaviour;
mod report;

pub use behaviour::Behaviour;
pub use report::{BountyReport, ComputeReport, CycleReport, ListReport, NodeReport, Report};

use anyhow::Context;
use behaviour::SimulatedLogic;
use gradual_consensus::{TaskParams, TaskTexts};
use gradual_consensus_client::{
    amount::Amount,
    books::Books,
    compute::{instruction_name, units_consumed},
    event::events,
    instruction::{self, TaskTokens},
    ledger::{Ledger, LedgerError, Receipt, Tap, Tapped},
};
use gradual_consensus_node::{
    corpus::{Corpus, CorpusIndex},
    external::host::{Host, NodeHost},
    logic::TaskLogic,
    runner::{
        AUDIT_RATE, Action, CycleView, NodeRunner, Rewards, RunnerError, RunnerOptions, Step,
        TaskCache,
    },
};
use gradual_consensus_testkit::{
    Build, Machine, Mirror, NewTask, Party, default_params,
    people::{settle, upgrade_authority},
    terms, tokens,
    vm::Vm,
};
use rayon::{ThreadPool, prelude::*};
use report::Journal;
use solana_sdk::{
    instruction::Instruction,
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};
use solana_sha256_hasher::hashv;
use std::{
    mem::take,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The sBPF binary of the program, as `cargo xtask build-sbf --keep` left it here.
pub const PROGRAM: &[u8] = include_bytes!("../program/gradual_consensus.so");

/// What makes the logic of a node that plays an external one; the host answers the logic's requests.
pub type MakeLogic<'m> = dyn Fn(Pubkey, Arc<dyn Host>) -> anyhow::Result<MadeLogic> + 'm;

/// A logic, which any thread may ask.
pub type MadeLogic = Box<dyn TaskLogic + Send>;

/// The task that the nodes play.
pub enum Logic<'m> {
    /// The index of a text.
    Corpus(Corpus),
    /// Any other, made for each node.
    External(&'m MakeLogic<'m>),
}

/// How each node's logic is made.
enum Maker<'m> {
    Corpus(Arc<Corpus>),
    External(&'m MakeLogic<'m>, Arc<Mirror>),
}

impl Maker<'_> {
    /// The honest logic of the node with `key` in `task`, one of `nodes`, and whether it is the index of a corpus.
    fn make(&self, task: Pubkey, key: &Keypair, nodes: u32) -> anyhow::Result<(MadeLogic, bool)> {
        Ok(match self {
            Self::Corpus(corpus) => {
                let index = CorpusIndex::new(Arc::clone(corpus), key.pubkey(), nodes);
                (Box::new(index), true)
            }
            Self::External(make, mirror) => {
                let (mirror, own) = (Arc::clone(mirror), key.insecure_clone());
                let host = NodeHost::new(mirror, task, own, None, None);
                (make(key.pubkey(), Arc::new(host))?, false)
            }
        })
    }

    /// Shows logics in processes of their own what `ledger` shows now.
    fn look(&self, ledger: &impl Ledger) -> Result<(), LedgerError> {
        match self {
            Self::Corpus(_) => Ok(()),
            Self::External(_, mirror) => mirror.look(ledger),
        }
    }
}

/// What to simulate.
#[derive(Clone, Debug)]
pub struct Config {
    /// Nodes that take part.
    pub nodes: u16,
    /// How many of them are dishonest, each in its own way in turn.
    pub dishonest: u16,
    /// Cycles to be played.
    pub rounds: u64,
    /// Decides keys, stakes and slot hashes: the same seed plays the same game.
    pub seed: u64,
    /// The build of the program to run.
    pub build: Build,
    /// Threads in which nodes look and think, 0 for one a core. The game is the same with any number.
    pub threads: usize,
}

const MINIMUM_STAKE: u64 = 1_000_000;
const BOUNTY_PER_ROUND: u64 = 10_000_000;
/// The first deposits warm up in rounds 0 and 1: cycle 1 is the first that can be opened, and submitted for.
const FIRST_CYCLE: u64 = 1;
const TASK_ID: u64 = 1;

fn params(starting_slot: u64) -> TaskParams {
    TaskParams {
        starting_slot,
        minimum_stake_amount: MINIMUM_STAKE,
        bounty_amount_per_round: BOUNTY_PER_ROUND,
        equal_shares: true,
        ..default_params()
    }
}

/// The machine, with a journal of everything that the program logs.
type Observed = Tapped<Vm, Observer>;

#[derive(Default)]
struct Observer(Mutex<Noted>);

/// What was seen of a game.
#[derive(Default)]
struct Noted {
    journal: Journal,
    /// The transactions since the clock moved last.
    receipts: Vec<Receipt>,
}

impl Observer {
    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a game shows while it is played.
pub enum Seen<'a> {
    /// A transaction that succeeded.
    Transaction(&'a Receipt),
    /// All accounts of the task at this slot, after the transactions before, and the ledger that they are on.
    Moment(u64, &'a Books, &'a Vm),
}

impl Tap for Observer {
    fn after_send(
        &self,
        instructions: &[Instruction],
        receipt: &Receipt,
    ) -> Result<(), LedgerError> {
        let mut noted = self.noted();
        let Noted { journal, receipts } = &mut *noted;
        journal.transactions += 1;
        events(&receipt.logs).for_each(|event| journal.note(&event));
        let names = instructions
            .iter()
            .filter_map(|i| instruction_name(&i.data));
        for (name, units) in names.zip(units_consumed(&receipt.logs)) {
            journal.note_units(name, units);
        }
        receipts.push(receipt.clone());
        Ok(())
    }
}

struct Participant<'a> {
    runner: NodeRunner<'a, Observed, SimulatedLogic<'a>>,
    behaviour: Behaviour,
    wake_at: u64,
    /// Whether it has something to do at this slot.
    acts: bool,
    /// What it could not do at this slot, and why.
    failed: Vec<(Action, String)>,
}

impl Participant<'_> {
    /// Looks at the ledger as of the beginning of the slot.
    fn look(&mut self) -> Result<(), RunnerError> {
        let step = self.runner.look()?;
        self.acts = step.is_none();
        if let Some(step) = step {
            self.has_done(step);
        }
        Ok(())
    }

    /// Does what it has to do.
    fn act(&mut self) -> Result<(), RunnerError> {
        let step = self.runner.step()?;
        self.has_done(step);
        Ok(())
    }

    fn has_done(&mut self, step: Step) {
        self.wake_at = step.wake_at;
        self.failed.extend(step.failed);
    }
}

/// Keys, and whatever else is drawn, by name and number.
fn draw(seed: u64, name: &str, number: u16) -> [u8; 32] {
    let (seed, number) = (seed.to_le_bytes(), number.to_le_bytes());
    hashv(&[&seed, name.as_bytes(), &number]).to_bytes()
}

fn keypair(seed: u64, name: &str, number: u16) -> Keypair {
    Keypair::new_from_array(draw(seed, name, number))
}

/// Up to four times the minimum on top of three times it: after one slash a node may still take part,
/// after two it may not.
fn stake_of(seed: u64, number: u16) -> u64 {
    let [byte, ..] = draw(seed, "stake", number);
    3 * MINIMUM_STAKE + u64::from(byte) * MINIMUM_STAKE / 64
}

struct World {
    ledger: Observed,
    tokens: TaskTokens,
    manager: Keypair,
}

impl World {
    fn create(config: &Config) -> anyhow::Result<Self> {
        let vm = Vm::on(config.seed, &config.build)
            .context("the program does not load: cargo xtask build-sbf makes the binary")?;
        let manager = keypair(config.seed, "manager", 0);
        let mint = keypair(config.seed, "mint", 0).pubkey();
        let owner = manager.pubkey();
        let bounty = BOUNTY_PER_ROUND.saturating_mul(config.rounds);
        let account = tokens::mint(&spl_token_interface::ID, &owner, None, 6);
        vm.put(&mint, Some(account));
        let Party { wallet, .. } = settle(&vm, &mint, owner, bounty);
        let authority = upgrade_authority();
        let initialize = instruction::initialize_config(authority.pubkey(), owner, owner);
        vm.send(&[initialize], &[&manager, &authority])?;
        let start = vm.slot().saturating_add(9);
        let task = NewTask {
            creator: owner,
            task_id: TASK_ID,
            mint,
            token_program: spl_token_interface::ID,
            params: params(start),
            texts: TaskTexts {
                description: "inverted index of a corpus of text".into(),
                ..terms::named("corpus index")
            },
        };
        let world = Self {
            ledger: Tapped {
                ledger: vm,
                tap: Observer::default(),
            },
            tokens: task.tokens(),
            manager,
        };
        let fund = instruction::fund_task(world.tokens, owner, wallet, bounty);
        world
            .ledger
            .send(&[task.create(), fund], &[&world.manager])?;
        Machine::warp_to(world.vm(), start);
        Ok(world)
    }

    const fn vm(&self) -> &Vm {
        &self.ledger.ledger
    }

    /// A node with lamports, tokens for its stake, the stake itself, and an empty wallet for its
    /// rewards.
    fn add_node(&self, config: &Config, number: u16) -> anyhow::Result<(Keypair, Pubkey)> {
        let node = keypair(config.seed, "node", number);
        let (key, stake) = (node.pubkey(), stake_of(config.seed, number));
        let Party { wallet, .. } = settle(self.vm(), &self.tokens.mint, key, stake);
        let deposit = instruction::stake(self.tokens, key, key, wallet, stake, None);
        self.ledger.send(&[deposit], &[&node])?;
        Ok((node, wallet))
    }

    fn participants<'a>(
        &'a self,
        config: &Config,
        maker: &Maker,
    ) -> anyhow::Result<Vec<Participant<'a>>> {
        let shares = u32::from(config.nodes);
        let cache = TaskCache::default();
        (0..config.nodes)
            .map(|number| {
                let (node, wallet) = self.add_node(config, number)?;
                let behaviour = Behaviour::of(number, config.nodes, config.dishonest);
                let options = RunnerOptions {
                    propose: behaviour != Behaviour::Silent,
                    rewards: Rewards::Claim(wallet),
                    min_reward: Amount::ZERO,
                    audit_rate: AUDIT_RATE,
                };
                let task = self.tokens.task;
                let honest = maker.make(task, &node, shares)?;
                let own = (task, node.pubkey());
                let logic = SimulatedLogic::new(behaviour, honest, &self.ledger, own);
                Ok(Participant {
                    runner: NodeRunner::new(&self.ledger, task, node, logic, options)
                        .sharing(cache.clone()),
                    behaviour,
                    wake_at: 0,
                    acts: false,
                    failed: Vec::new(),
                })
            })
            .collect()
    }

    /// Lets those of `participants` that are awake at `slot` look, and then act.
    fn play_slot(
        &self,
        slot: u64,
        participants: &mut [Participant],
        maker: &Maker,
        threads: &ThreadPool,
    ) -> anyhow::Result<()> {
        let mut awake: Vec<_> = (participants.iter_mut())
            .filter(|participant| participant.wake_at <= slot)
            .collect();
        // They all see the same; then those who have something to do act one after the other.
        maker.look(&self.ledger)?;
        let looks = || awake.par_iter_mut().try_for_each(|one| one.look());
        threads.install(looks)?;
        for participant in awake.iter_mut().filter(|one| one.acts) {
            maker.look(&self.ledger)?;
            participant.act()?;
        }
        for participant in awake {
            let failed = take(&mut participant.failed);
            if participant.behaviour == Behaviour::Honest {
                let mut noted = self.ledger.tap.noted();
                for (action, reason) in failed {
                    noted.journal.note_failure(action.name(), &reason);
                }
            }
        }
        Ok(())
    }

    fn books(&self) -> anyhow::Result<Books> {
        let books = Books::read(&self.ledger, &self.tokens.task)?;
        books.context("the task is gone")
    }
}

/// Plays the game with the index of `corpus` and reports it. `progress` is called with every slot at which something
/// was done, and the last slot that may be needed.
///
/// # Errors
/// Where the ledger fails, which in this process means a bug.
pub fn simulate(
    config: &Config,
    corpus: Corpus,
    progress: impl FnMut(u64, u64),
) -> anyhow::Result<Report> {
    simulate_logic(config, Logic::Corpus(corpus), progress)
}

/// The same with any logic.
///
/// # Errors
/// Those of [`simulate`].
pub fn simulate_logic(
    config: &Config,
    logic: Logic,
    progress: impl FnMut(u64, u64),
) -> anyhow::Result<Report> {
    watch(config, logic, progress, |_| ())
}

/// As [`simulate_logic`]; `see` is shown every transaction, and the task each time before the clock moves.
///
/// # Errors
/// Those of [`simulate`].
pub fn watch(
    config: &Config,
    logic: Logic,
    mut progress: impl FnMut(u64, u64),
    mut see: impl FnMut(Seen),
) -> anyhow::Result<Report> {
    let world = World::create(config)?;
    let maker = match logic {
        Logic::Corpus(corpus) => Maker::Corpus(Arc::new(corpus)),
        Logic::External(make) => Maker::External(make, Arc::default()),
    };
    let threads = rayon::ThreadPoolBuilder::new().num_threads(config.threads);
    let threads = threads.build()?;
    let mut participants = world.participants(config, &maker)?;
    let mut books = world.books()?;
    let task = books.task.data;
    let last_cycle = FIRST_CYCLE + config.rounds - 1;
    // Every attempt may fail, the claim window pass, and what is left be cleaned up after that.
    let slack = 7 + u64::from(task.allowed_failed_distributions) + task.claim_window;
    let boundary = |round: u64| task.schedule.boundary(round).context("schedule");
    // What is open goes on; the next cycle would be opened in the round after the last one's.
    let (stop, end) = (boundary(last_cycle + 1)?, boundary(last_cycle + slack)?);

    let mut balanced = true;
    let mut stopped = false;
    loop {
        let slot = world.ledger.slot()?;
        progress(slot, end);
        if slot >= stop && !stopped {
            let (task, manager) = (world.tokens.task, world.manager.pubkey());
            let deactivate = instruction::set_active(task, manager, false);
            world.ledger.send(&[deactivate], &[&world.manager])?;
            stopped = true;
        }
        world.play_slot(slot, &mut participants, &maker, &threads)?;
        let receipts = take(&mut world.ledger.tap.noted().receipts);
        if !receipts.is_empty() {
            books = world.books()?;
            balanced &= books.violations().is_empty() && books.surplus() == 0;
        }
        receipts.iter().for_each(|one| see(Seen::Transaction(one)));
        see(Seen::Moment(slot, &books, world.vm()));
        let finished = CycleView::open_cycles(&world.ledger, &world.tokens.task)?.is_empty();
        let next = participants.iter().map(|p| p.wake_at).min();
        let next = next.context("nobody takes part")?;
        if next > end || (stopped && finished) {
            break;
        }
        let next = next.min(if stopped { next } else { stop });
        Machine::warp_to(world.vm(), next);
    }

    let nodes: Vec<(Pubkey, Behaviour)> = participants
        .iter()
        .map(|p| (p.runner.node(), p.behaviour))
        .collect();
    drop(participants);
    let books = world.books()?;
    let journal = take(&mut world.ledger.tap.noted().journal);
    Ok(Report::new(
        &config.build,
        journal,
        &nodes,
        &books,
        balanced,
    ))
}
