//! Who takes part: a mint, a manager with tasks, and 32 nodes whose keys are always the same.

use crate::{case::Case, meter::Meter, search};
use anyhow::{Context, Result};
use gradual_consensus::TaskParams;
use gradual_consensus_client::{
    instruction::{self, TaskTokens},
    ledger::Ledger,
};
use gradual_consensus_testkit::{
    Machine, NewTask, Person, key, people::settle, terms, vm::Vm, world::World,
};
use solana_sdk::{pubkey::Pubkey, signature::Signer};

/// Nodes: enough for the usual lengths of bump searches to occur.
pub const NODES: u8 = 32;
/// What a node stakes first, in base units.
pub const STAKE: u64 = 10_000;
/// Base units that everybody's wallet begins with.
const WALLET: u64 = 1_000_000_000_000;
/// What the task is funded with by each node, in base units.
const FUNDS: u64 = 100_000_000;
/// Rounds without an act of a node after which its stake may be parked.
pub const IDLE_ROUNDS: u64 = 20;
/// Number of the task that succeeds the first.
const SUCCESSOR: u64 = 1_000;
/// Slots from the world's beginning to round 0 of its tasks.
const START_IN: u64 = 10;

/// A world on the program in `binary`, before its first round, whose funded task is the first of `tasks`.
pub fn begin(binary: &[u8], tasks: u64) -> Result<Meter> {
    let mut vm = Vm::metering(binary);
    let mint = key("mint", 0).pubkey();
    vm.set_mint(mint, key("mint authority", 0).pubkey(), None);
    let manager = person(&vm, &mint, "manager", 0);
    let nodes = (0..NODES)
        .map(|number| person(&vm, &mint, "node", number))
        .collect();
    vm.set_authority(Some(manager.pubkey()));
    let params = params(Ledger::slot(&vm)?.saturating_add(START_IN));
    let first = new_task(manager.pubkey(), mint, 1, params);
    let mut meter = Meter::new(World {
        bank: vm,
        tokens: first.tokens(),
        params,
        manager,
        nodes,
    });

    configure(&mut meter)?;
    for task_id in 1..=tasks {
        create_task(&mut meter, task_id, params)?;
    }
    for node in 0..usize::from(NODES) {
        let valid = meter.valid();
        let funder = *valid.nodes.get(node).context("no such node")?;
        let fund = valid.fund(funder, FUNDS);
        meter.send(Case::FundTask, 0, fund)?;
    }
    Ok(meter)
}

/// Creates one more task of the same mint, which begins in the next slot.
pub fn create_successor(meter: &mut Meter) -> Result<TaskTokens> {
    let params = params(meter.world.slot().saturating_add(1));
    create(meter, SUCCESSOR, params)
}

/// A node's number, counted around.
pub fn around(number: usize) -> usize {
    number % usize::from(NODES)
}

/// Gives the program its config and sends all that changes it.
fn configure(meter: &mut Meter) -> Result<()> {
    let (admin, second) = (meter.world.manager.pubkey(), meter.valid().node(0));
    let attempts = search::config().saturating_add(search::program_data());
    let init = instruction::initialize_config(admin, admin, admin);
    meter.send(Case::InitializeConfig, attempts, init)?;
    for (case, change) in [
        (Case::ProposeAdmin, instruction::propose_admin(admin, admin)),
        (Case::AcceptAdmin, instruction::accept_admin(admin)),
        (Case::SetPaused, instruction::set_paused(admin, true)),
        (Case::SetPaused, instruction::set_paused(admin, false)),
        (
            Case::InsertManager,
            instruction::insert_manager(admin, None, second),
        ),
        (
            Case::RemoveManager,
            instruction::remove_manager(admin, Some(second), second),
        ),
    ] {
        meter.send(case, 0, change)?;
    }
    Ok(())
}

/// Creates a task and sends all that its manager and the config's may do with it.
fn create_task(meter: &mut Meter, task_id: u64, params: TaskParams) -> Result<()> {
    let creator = meter.world.manager.pubkey();
    let task = create(meter, task_id, params)?.task;
    for is_active in [false, true] {
        let set = instruction::set_active(task, creator, is_active);
        meter.send(Case::SetActive, 0, set)?;
        let allowlist = instruction::allowlist_task(task, creator, is_active);
        meter.send(Case::AllowlistTask, 0, allowlist)?;
    }
    let propose = instruction::propose_manager(task, creator, creator);
    meter.send(Case::ProposeManager, 0, propose)?;
    let accept = instruction::accept_manager(task, creator);
    meter.send(Case::AcceptManager, 0, accept)
}

fn create(meter: &mut Meter, task_id: u64, params: TaskParams) -> Result<TaskTokens> {
    let creator = meter.world.manager.pubkey();
    let task = new_task(creator, meter.world.tokens.mint, task_id, params);
    let attempts = search::create_task(&creator, task_id, &task.terms_hash());
    meter.send(Case::CreateTask, attempts, task.create())?;
    Ok(task.tokens())
}

fn new_task(creator: Pubkey, mint: Pubkey, task_id: u64, params: TaskParams) -> NewTask {
    NewTask {
        creator,
        task_id,
        mint,
        token_program: spl_token_interface::ID,
        params,
        texts: terms::longest_texts(),
    }
}

fn person(vm: &Vm, mint: &Pubkey, name: &str, number: u8) -> Person {
    let keypair = key(name, number);
    let wallet = settle(vm, mint, keypair.pubkey(), WALLET).wallet;
    Person { keypair, wallet }
}

/// The protocol's defaults, in rounds of 1,000 slots.
fn params(starting_slot: u64) -> TaskParams {
    TaskParams {
        starting_slot,
        round_time: 1_000,
        submission_window: 400,
        audit_window: 400,
        bounty_amount_per_round: 1_000_000,
        claim_window: 10,
        idle_rounds: IDLE_ROUNDS,
        equal_shares: true,
        ..terms::default_params()
    }
}
