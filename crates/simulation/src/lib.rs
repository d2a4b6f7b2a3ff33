//! The whole game in this process: real input, the real program, honest and dishonest nodes.

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
    runner::{AUDIT_RATE, CycleView, NodeRunner, Rewards, RunnerOptions, TaskCache},
};
use gradual_consensus_testkit::{
    Mirror, NewTask, Party,
    bank::{Bank, Build},
    default_params,
    people::settle,
    terms,
};
use report::Journal;
use solana_sdk::{
    instruction::Instruction,
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};
use solana_sha256_hasher::hashv;
use std::{cell::RefCell, rc::Rc, sync::Arc};

/// What makes the logic of a node that plays an external one; the host answers the logic's requests.
pub type MakeLogic<'m> = dyn Fn(Pubkey, Arc<dyn Host>) -> anyhow::Result<Box<dyn TaskLogic>> + 'm;

/// The task that the nodes play.
pub enum Logic<'m> {
    /// The index of a text.
    Corpus(Corpus),
    /// Any other, made for each node.
    External(&'m MakeLogic<'m>),
}

/// How each node's logic is made.
enum Maker<'m> {
    Corpus(Rc<Corpus>),
    External(&'m MakeLogic<'m>, Arc<Mirror>),
}

impl Maker<'_> {
    /// The honest logic of the node with `key` in `task`, one of `nodes`, and whether it is the index of a corpus.
    fn make(
        &self,
        task: Pubkey,
        key: &Keypair,
        nodes: u32,
    ) -> anyhow::Result<(Box<dyn TaskLogic>, bool)> {
        Ok(match self {
            Self::Corpus(corpus) => {
                let index = CorpusIndex::new(Rc::clone(corpus), key.pubkey(), nodes);
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

/// The bank, with a journal of everything that the program logs.
type Observed = Tapped<Bank, Observer>;

#[derive(Default)]
struct Observer {
    journal: RefCell<Journal>,
    /// The transactions since the clock moved last.
    receipts: RefCell<Vec<Receipt>>,
}

/// What a game shows while it is played.
pub enum Seen<'a> {
    /// A transaction that succeeded.
    Transaction(&'a Receipt),
    /// All accounts of the task at this slot, after the transactions before, and the ledger that they are on.
    Moment(u64, &'a Books, &'a Bank),
}

impl Tap for Observer {
    fn after_send(
        &self,
        instructions: &[Instruction],
        receipt: &Receipt,
    ) -> Result<(), LedgerError> {
        let mut journal = self.journal.borrow_mut();
        journal.transactions += 1;
        events(&receipt.logs).for_each(|event| journal.note(&event));
        let names = instructions
            .iter()
            .filter_map(|i| instruction_name(&i.data));
        for (name, units) in names.zip(units_consumed(&receipt.logs)) {
            journal.note_units(name, units);
        }
        self.receipts.borrow_mut().push(receipt.clone());
        Ok(())
    }
}

struct Participant<'a> {
    runner: NodeRunner<'a, Observed, SimulatedLogic<'a>>,
    behaviour: Behaviour,
    wake_at: u64,
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
        let bank = Bank::new(config.seed, &config.build);
        let manager = keypair(config.seed, "manager", 0);
        let mint = keypair(config.seed, "mint", 0).pubkey();
        let owner = manager.pubkey();
        let bounty = BOUNTY_PER_ROUND.saturating_mul(config.rounds);
        bank.create_mint(&mint, &owner, 6);
        let Party { wallet, .. } = settle(&bank, &mint, owner, bounty);
        bank.initialize_config(&manager, owner)?;
        let start = bank.slot()?.saturating_add(9);
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
                ledger: bank,
                tap: Observer::default(),
            },
            tokens: task.tokens(),
            manager,
        };
        let fund = instruction::fund_task(world.tokens, owner, wallet, bounty);
        world
            .ledger
            .send(&[task.create(), fund], &[&world.manager])?;
        world.bank().warp_to(start);
        Ok(world)
    }

    const fn bank(&self) -> &Bank {
        &self.ledger.ledger
    }

    /// A node with lamports, tokens for its stake, the stake itself, and an empty wallet for its
    /// rewards.
    fn add_node(&self, config: &Config, number: u16) -> anyhow::Result<(Keypair, Pubkey)> {
        let node = keypair(config.seed, "node", number);
        let (key, stake) = (node.pubkey(), stake_of(config.seed, number));
        let Party { wallet, .. } = settle(self.bank(), &self.tokens.mint, key, stake);
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
                })
            })
            .collect()
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
        Logic::Corpus(corpus) => Maker::Corpus(Rc::new(corpus)),
        Logic::External(make) => Maker::External(make, Arc::default()),
    };
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
        for participant in &mut participants {
            if participant.wake_at <= slot {
                maker.look(&world.ledger)?;
                participant.wake_at = participant.runner.step()?.wake_at;
            }
        }
        let receipts = world.ledger.tap.receipts.take();
        if !receipts.is_empty() {
            books = world.books()?;
            balanced &= books.violations().is_empty() && books.surplus() == 0;
        }
        receipts.iter().for_each(|one| see(Seen::Transaction(one)));
        see(Seen::Moment(slot, &books, world.bank()));
        let finished = CycleView::open_cycles(&world.ledger, &world.tokens.task)?.is_empty();
        let next = participants.iter().map(|p| p.wake_at).min();
        let next = next.context("nobody takes part")?;
        if next > end || (stopped && finished) {
            break;
        }
        world
            .bank()
            .warp_to(next.min(if stopped { next } else { stop }));
    }

    let nodes: Vec<(Pubkey, Behaviour)> = participants
        .iter()
        .map(|p| (p.runner.node(), p.behaviour))
        .collect();
    drop(participants);
    let books = world.books()?;
    let journal = world.ledger.tap.journal.into_inner();
    Ok(Report::new(
        &config.build,
        journal,
        &nodes,
        &books,
        balanced,
    ))
}
