//! A task with any number of nodes on the virtual machine. Their stakes are written; everything else is done by the
//! program: in each round the crowd opens a cycle, submits, proposes and finalizes a list, and is paid.

use crate::cost;
use anyhow::{Context, Result, anyhow};
use bytemuck::Zeroable;
use gradual_consensus::{
    TaskParams,
    constants::STAKE_SEED,
    rules::warming::{Electorate, StakeTimeline},
    state::{NodeStake, Task},
};
use gradual_consensus_client::{account, instruction};
use gradual_consensus_node::runner::BuiltList;
use gradual_consensus_testkit::{
    Machine, NewTask, Person, key,
    people::settle,
    terms, tokens,
    vm::{Vm, courier, upgrade_authority},
    world::World,
};
use solana_sdk::{instruction::Instruction, pubkey::Pubkey, signature::Signer};
use solana_sha256_hasher::hashv;
use std::collections::BTreeMap;

/// What each node stakes, in base units.
const STAKE: u64 = 10_000;
/// What each entry of a list pays, in base units.
const SHARE: u64 = 10;
/// Lamports of who pays the rent of all that the crowd opens.
const LAMPORTS: u64 = 1_000_000_000_000_000;
/// Cycles that the task is funded for.
const CYCLES: u64 = 16;
/// The attempt at a list that succeeds.
const ATTEMPT: u8 = 0;

/// A task, the nodes that are measured in it, and the crowd.
pub struct Crowd {
    /// The task, with the nodes that are measured.
    pub world: World<Vm>,
    /// All other nodes.
    others: Vec<Pubkey>,
}

/// What the crowd does.
pub struct Script<'c> {
    world: &'c World<Vm>,
    others: &'c [Pubkey],
    /// What lists that were not paid yet pay, by their cycles.
    lists: BTreeMap<u64, BuiltList>,
    /// Compute units by which each submission of the crowd counts against the limits of a slot.
    pub submissions: Vec<u64>,
}

/// The proof that `node` owes for `cycle`.
pub fn proof(node: &Pubkey, cycle: u64) -> Vec<u8> {
    let digest = hashv(&[node.as_ref(), &cycle.to_le_bytes()]);
    digest.to_bytes().to_vec()
}

/// The protocol's defaults, in rounds of 1,000 slots.
fn params(nodes: u32) -> TaskParams {
    TaskParams {
        starting_slot: 10,
        round_time: 1_000,
        submission_window: 400,
        audit_window: 400,
        bounty_amount_per_round: u64::from(nodes).saturating_mul(SHARE),
        claim_window: 10,
        idle_rounds: 20,
        equal_shares: true,
        ..terms::default_params()
    }
}

fn other(number: u32) -> Pubkey {
    Pubkey::new_from_array(hashv(&[b"other node", &number.to_le_bytes()]).to_bytes())
}

/// A machine with the program's config, a mint, and a task in it that was funded; and the first `measured` nodes.
fn begin(nodes: u32, measured: u8) -> Result<World<Vm>> {
    let vm = Vm::new(1);
    vm.endow(&courier(), LAMPORTS);
    let mint = key("mint", 0).pubkey();
    let authority = key("mint authority", 0).pubkey();
    let account = tokens::mint(&spl_token_interface::ID, &authority, None, 6);
    vm.put(&mint, Some(account));
    let person = |name: &str, number: u8, tokens: u64| {
        let keypair = key(name, number);
        let wallet = settle(&vm, &mint, keypair.pubkey(), tokens).wallet;
        Person { keypair, wallet }
    };
    let params = params(nodes);
    let funds = params.bounty_amount_per_round.saturating_mul(CYCLES);
    let manager = person("manager", 0, funds);
    let task = NewTask {
        creator: manager.pubkey(),
        task_id: 1,
        mint,
        token_program: spl_token_interface::ID,
        params,
        texts: terms::named("crowd"),
    };
    let world = World {
        tokens: task.tokens(),
        params,
        nodes: (0..measured)
            .map(|number| person("node", number, 0))
            .collect(),
        manager,
        bank: vm,
    };
    let (admin, manager) = (upgrade_authority(), world.manager.party());
    run(
        &world.bank,
        instruction::initialize_config(admin, admin, admin),
    )?;
    run(&world.bank, task.create())?;
    run(&world.bank, world.valid().fund(manager, funds))?;
    Ok(world)
}

/// Has the program do it, and returns the compute units that it took.
fn run(vm: &Vm, instruction: Instruction) -> Result<u64> {
    let sent = vm.execute(&[instruction]);
    let sent = sent.map_err(|failed| anyhow!("{}: {}", failed.err, failed.meta.logs.join("\n")))?;
    Ok(sent.compute_units_consumed)
}

impl Crowd {
    /// A task with so many `nodes`, of which the first `measured` have keys. All stakes are active.
    ///
    /// # Errors
    /// Where the program refuses.
    pub fn new(nodes: u32, measured: u8) -> Result<Self> {
        let others = nodes
            .checked_sub(measured.into())
            .context("too few nodes")?;
        let crowd = Self {
            world: begin(nodes, measured)?,
            others: (0..others).map(other).collect(),
        };
        crowd.write_stakes()?;
        Ok(crowd)
    }

    /// Writes the stakes of all nodes, and what the task says of them.
    fn write_stakes(&self) -> Result<()> {
        let (vm, tokens) = (&self.world.bank, self.world.tokens);
        let measured = self.world.nodes.iter().map(Person::pubkey);
        let all: Vec<Pubkey> = measured.chain(self.others.iter().copied()).collect();
        for &node in &all {
            let seeds = [STAKE_SEED, tokens.task.as_ref(), node.as_ref()];
            let (address, bump) = Pubkey::find_program_address(&seeds, &gradual_consensus::ID);
            let state = NodeStake {
                task: tokens.task,
                node,
                payer: node,
                stake: StakeTimeline {
                    amounts: [STAKE; 3],
                    ..StakeTimeline::default()
                },
                deposited: STAKE,
                bump,
                ..NodeStake::zeroed()
            };
            write(vm, address, &state);
        }
        let nodes = u64::try_from(all.len())?;
        let stake = nodes.saturating_mul(STAKE);
        let task = Task {
            node_count: nodes,
            total_stake: stake,
            electorate: Electorate {
                as_of_round: 0,
                stake: [stake; 3],
                nodes: [nodes; 3],
            },
            ..self.world.task()
        };
        write(vm, tokens.task, &task);
        vm.make_wallet(&task.stake_pot, &tokens.mint, &tokens.task, stake);
        Ok(())
    }

    /// The crowd's part in what follows.
    pub fn script(&self) -> Script<'_> {
        Script {
            world: &self.world,
            others: &self.others,
            lists: BTreeMap::new(),
            submissions: Vec::new(),
        }
    }
}

impl Script<'_> {
    fn run(&self, instruction: Instruction) -> Result<u64> {
        run(&self.world.bank, instruction)
    }

    /// What the crowd does in the first slot of `round`: it opens the round's cycle, submits for the last one, and is
    /// paid for the one whose list was accepted in the last round.
    ///
    /// # Errors
    /// Where the program refuses.
    pub fn begin_round(&mut self, round: u64) -> Result<()> {
        let task = self.world.tokens.task;
        let opener = *self.others.first().context("nobody opens the cycle")?;
        self.run(instruction::open_cycle(task, opener, courier(), round))?;
        let Some(last) = round.checked_sub(1).filter(|&last| last > 0) else {
            return Ok(());
        };
        // As a node sends it that pays for itself.
        let alone = instruction::submit(task, opener, opener, last, proof(&opener, last));
        let overhead = cost::overhead(&[alone]);
        for node in self.others {
            let submit = instruction::submit(task, *node, courier(), last, proof(node, last));
            let units = self.run(submit)?;
            self.submissions.push(units.saturating_add(overhead));
        }
        let paid = round.checked_sub(3);
        if let Some((cycle, list)) = paid.and_then(|cycle| self.lists.remove_entry(&cycle)) {
            for node in self.others {
                let entry = list.entry(node).context("a node is not on the list")?;
                self.run(instruction::payout(task, cycle, ATTEMPT, entry))?;
            }
        }
        Ok(())
    }

    /// The first of the crowd that may propose the list which is due in `round`, and the slot from which it may; `None`
    /// while there is no such list.
    ///
    /// # Errors
    /// Where there is no turn.
    pub fn proposer(&self, round: u64) -> Result<Option<(Pubkey, u64)>> {
        let Some(cycle) = round.checked_sub(2).filter(|&cycle| cycle > 0) else {
            return Ok(None);
        };
        let (task, state) = (self.world.task(), self.world.cycle(cycle));
        let turns = self.others.iter().map(|node| {
            let slot = state.proposal_slot(&task, node, ATTEMPT);
            slot.map(|slot| (slot, *node))
        });
        let turns: Vec<(u64, Pubkey)> = turns.collect::<Result<_, _>>()?;
        Ok(turns.into_iter().min().map(|(slot, node)| (node, slot)))
    }

    /// Proposes the list that is due in `round`, by `proposer`, unless one of the measured nodes has proposed it.
    ///
    /// # Errors
    /// Where the program refuses.
    pub fn propose(&mut self, round: u64, proposer: Pubkey) -> Result<()> {
        let cycle = round.checked_sub(2).context("no list is due")?;
        let (vm, task) = (&self.world.bank, self.world.tokens.task);
        let address = self.world.cycle_address(cycle);
        let mut nodes: Vec<Pubkey> = account::fetch_authors(vm, &address)?
            .into_iter()
            .map(|submission| submission.data)
            .collect();
        nodes.sort_unstable();
        let bounty = self.world.cycle(cycle).bounty;
        let share = bounty.checked_div(u64::try_from(nodes.len())?);
        let share = share.context("nobody submitted")?;
        let entries = nodes.into_iter().map(|node| (node, share)).collect();
        let list = BuiltList::new(&task, cycle, entries).context("an empty list")?;
        if !self.world.cycle(cycle).list_pending() {
            let proposal = list.proposal().context("the list's total overflows")?;
            let propose = instruction::submit_distribution_list(
                task,
                cycle,
                ATTEMPT,
                proposer,
                courier(),
                proposal,
            );
            self.run(propose)?;
        }
        self.lists.insert(cycle, list);
        Ok(())
    }

    /// Finalizes the list that was proposed in `round`, if one was.
    ///
    /// # Errors
    /// Where the program refuses.
    pub fn finalize(&self, round: u64) -> Result<()> {
        let cycle = round.checked_sub(2).filter(|&cycle| cycle > 0);
        let Some(cycle) = cycle else { return Ok(()) };
        let task = self.world.tokens.task;
        self.run(instruction::finalize_distribution(task, cycle, ATTEMPT))?;
        Ok(())
    }
}

/// Writes `state`, an account of the program, at `address`.
fn write<T: anchor_lang::ZeroCopy>(vm: &Vm, address: Pubkey, state: &T) {
    let data = [T::DISCRIMINATOR, bytemuck::bytes_of(state)].concat();
    let account = tokens::rent_exempt(&gradual_consensus::ID, data);
    vm.put(&address, Some(account));
}
