//! Who takes part: a mint, a manager with tasks, and 32 nodes whose keys are always the same.

use crate::{case::Case, search, vm::Vm};
use anyhow::{Context, Result};
use gradual_consensus::{
    TaskParams, TaskTexts,
    rules::schedule::{Schedule, Window},
};
use gradual_consensus_client::{
    address,
    instruction::{self, TaskTokens},
};
use solana_sdk::{
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};

/// Nodes: enough for the usual lengths of bump searches to occur.
pub const NODES: u8 = 32;
/// What a node stakes first, in base units.
pub const STAKE: u64 = 10_000;
/// Base units that everybody's wallet begins with.
const WALLET: u64 = 1_000_000_000_000;
/// What the task is funded with by each node, in base units.
const FUNDS: u64 = 100_000_000;
/// Number of the task that succeeds the first.
const SUCCESSOR: u64 = 1_000;
/// Slots from the world's beginning to round 0 of its tasks.
const START_IN: u64 = 10;

/// A key with lamports and a token account.
pub struct Person {
    /// Its key.
    pub keypair: Keypair,
    /// Its token account.
    pub wallet: Pubkey,
}

impl Person {
    /// Its address.
    pub fn pubkey(&self) -> Pubkey {
        self.keypair.pubkey()
    }
}

/// A machine with a funded task, before its first round.
pub struct World {
    /// The machine.
    pub vm: Vm,
    /// The task that everything happens in, its mint and token program.
    pub tokens: TaskTokens,
    /// When what is allowed in it.
    pub schedule: Schedule,
    /// Its creator and manager; sends what anyone may send.
    pub manager: Person,
    /// The nodes.
    pub nodes: Vec<Person>,
}

impl World {
    /// Creates the task, as the first of `tasks` tasks.
    pub fn new(mut vm: Vm, tasks: u64) -> Result<Self> {
        let mint = Pubkey::new_from_array([1; 32]);
        vm.set_mint(mint, 6)?;
        let manager = person(&mut vm, mint, 0)?;
        let nodes = (1..=NODES)
            .map(|number| person(&mut vm, mint, number))
            .collect::<Result<Vec<_>>>()?;

        configure(&mut vm, &manager, &nodes)?;
        let params = params(vm.slot().saturating_add(START_IN));
        let schedule = params.schedule(vm.slot())?;
        let creator = manager.pubkey();
        for task_id in 1..=tasks {
            create_task(&mut vm, &manager, mint, task_id, params)?;
            let task = address::task(&creator, task_id);
            for is_active in [false, true] {
                let set = instruction::set_active(task, creator, is_active);
                vm.send(Case::SetActive, 0, set, &manager.keypair)?;
                let allowlist = instruction::allowlist_task(task, creator, is_active);
                vm.send(Case::AllowlistTask, 0, allowlist, &manager.keypair)?;
            }
            let propose = instruction::propose_manager(task, creator, creator);
            vm.send(Case::ProposeManager, 0, propose, &manager.keypair)?;
            let accept = instruction::accept_manager(task, creator);
            vm.send(Case::AcceptManager, 0, accept, &manager.keypair)?;
        }
        let tokens = TaskTokens {
            task: address::task(&creator, 1),
            mint,
            token_program: spl_token_interface::ID,
        };
        for node in &nodes {
            let fund = instruction::fund_task(tokens, node.pubkey(), node.wallet, FUNDS);
            vm.send(Case::FundTask, 0, fund, &node.keypair)?;
        }
        Ok(Self {
            vm,
            tokens,
            schedule,
            manager,
            nodes,
        })
    }

    /// Creates one more task of the same mint, which begins now.
    pub fn create_successor(&mut self) -> Result<Pubkey> {
        let creator = self.manager.pubkey();
        let params = params(self.vm.slot());
        let mint = self.tokens.mint;
        create_task(&mut self.vm, &self.manager, mint, SUCCESSOR, params)?;
        Ok(address::task(&creator, SUCCESSOR))
    }

    /// Node number `number`, counted around.
    pub fn node(&self, number: usize) -> Result<&Person> {
        let number = number.checked_rem(self.nodes.len()).unwrap_or_default();
        self.nodes.get(number).context("no nodes")
    }

    /// Moves to the first slot in which subjects of window round `round` are handed in.
    pub fn warp_to_round(&mut self, round: u64) -> Result<()> {
        let window = window(self.schedule.submission_window(round))?;
        self.vm.warp_to(window.start);
        Ok(())
    }

    /// Moves to the last such slot.
    pub fn warp_to_last_submission(&mut self, round: u64) -> Result<()> {
        let window = window(self.schedule.submission_window(round))?;
        self.vm.warp_to(window.end);
        Ok(())
    }

    /// Moves to the first slot in which subjects of window round `round` are audited.
    pub fn warp_to_audit(&mut self, round: u64) -> Result<()> {
        let window = window(self.schedule.audit_window(round))?;
        self.vm.warp_to(window.start);
        Ok(())
    }

    /// Moves to the first slot after that window.
    pub fn warp_past_audit(&mut self, round: u64) -> Result<()> {
        let window = window(self.schedule.audit_window(round))?;
        self.vm.warp_to(window.end.saturating_add(1));
        Ok(())
    }
}

/// Gives the program its config and sends all that changes it.
fn configure(vm: &mut Vm, manager: &Person, nodes: &[Person]) -> Result<()> {
    let (admin, keypair) = (manager.pubkey(), &manager.keypair);
    vm.set_upgrade_authority(admin)?;
    let attempts = search::config().saturating_add(search::program_data());
    let init = instruction::initialize_config(admin, admin, admin);
    vm.send(Case::InitializeConfig, attempts, init, keypair)?;
    let propose = instruction::propose_admin(admin, admin);
    vm.send(Case::ProposeAdmin, 0, propose, keypair)?;
    vm.send(
        Case::AcceptAdmin,
        0,
        instruction::accept_admin(admin),
        keypair,
    )?;
    for is_paused in [true, false] {
        let set = instruction::set_paused(admin, is_paused);
        vm.send(Case::SetPaused, 0, set, keypair)?;
    }
    let second = nodes.first().context("no nodes")?;
    let insert = instruction::insert_manager(admin, None, second.pubkey());
    vm.send(Case::InsertManager, 0, insert, keypair)?;
    let remove = instruction::remove_manager(admin, Some(second.pubkey()), second.pubkey());
    let signers = [keypair, &second.keypair];
    vm.send_signed(Case::RemoveManager, 0, remove, &signers)
}

fn create_task(
    vm: &mut Vm,
    creator: &Person,
    mint: Pubkey,
    task_id: u64,
    params: TaskParams,
) -> Result<()> {
    let (key, program) = (creator.pubkey(), spl_token_interface::ID);
    let create = instruction::create_task(key, task_id, mint, program, params, texts());
    let attempts = search::create_task(&key, task_id);
    vm.send(Case::CreateTask, attempts, create, &creator.keypair)
}

fn window(window: Option<Window>) -> Result<Window> {
    window.context("a round too far off")
}

fn person(vm: &mut Vm, mint: Pubkey, number: u8) -> Result<Person> {
    let keypair = Keypair::new_from_array([number.saturating_add(100); 32]);
    let owner = keypair.pubkey();
    vm.fund(owner)?;
    let mut wallet = owner.to_bytes();
    wallet.reverse();
    let wallet = Pubkey::new_from_array(wallet);
    vm.set_tokens(wallet, mint, owner, WALLET)?;
    Ok(Person { keypair, wallet })
}

/// The protocol's defaults, in rounds of 1,000 slots.
fn params(starting_slot: u64) -> TaskParams {
    TaskParams {
        starting_slot: Some(starting_slot),
        round_time: 1_000,
        submission_window: 400,
        audit_window: 400,
        minimum_stake_amount: 100,
        bounty_amount_per_round: 1_000_000,
        claim_window: 10,
        allowed_failed_distributions: 2,
        ..TaskParams::default()
    }
}

/// Texts at their full length.
fn texts() -> TaskTexts {
    let text = || "x".repeat(64);
    TaskTexts {
        name: "x".repeat(24),
        description: text(),
        audit_program: text(),
        metadata: text(),
        network: text(),
        vars: text(),
    }
}
