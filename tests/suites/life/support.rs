//! What several themes of this suite need.

use gradual_consensus::{TaskParams, TaskTexts, state::Task};
use gradual_consensus_client::{
    address,
    books::Books,
    instruction::{self, TaskTokens},
    ledger::{Ledger, LedgerError, Receipt},
};
use gradual_consensus_node::{logic::TaskLogic, runner::NodeRunner, sweep};
use gradual_consensus_testkit::{Build, World};
use solana_sdk::{
    instruction::Instruction,
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};

/// What a test sent came to.
pub type Sent = Result<Receipt, LedgerError>;

/// A ledger with the program and no config on it, nor any task; with everybody that a world has.
pub fn no_config(build: Build) -> World {
    let world = World::on(build).stakes(&[]).bounty(0).start();
    world.set_active(false).unwrap();
    world.close_task().unwrap();
    world.close_config().unwrap();
    world
}

/// The instruction with the account `to` wherever it names `from`.
#[track_caller]
pub fn swapped(mut instruction: Instruction, from: Pubkey, to: Pubkey) -> Instruction {
    assert!(instruction.accounts.iter().any(|meta| meta.pubkey == from));
    for meta in &mut instruction.accounts {
        if meta.pubkey == from {
            meta.pubkey = to;
        }
    }
    instruction
}

/// Creates a task of the world's mint as `creator`, on the world's terms but for `change` and beginning
/// now, and returns its tokens.
pub fn another_task(
    world: &World,
    creator: &Keypair,
    task_id: u64,
    change: impl FnOnce(&mut TaskParams),
) -> TaskTokens {
    let mut params = TaskParams {
        starting_slot: None,
        ..world.params
    };
    change(&mut params);
    let (key, tokens) = (creator.pubkey(), world.tokens);
    let (mint, program) = (tokens.mint, tokens.token_program);
    let texts = TaskTexts::default();
    let create = instruction::create_task(key, task_id, mint, program, params, texts);
    world.send(&[create], &[creator]).unwrap();
    TaskTokens {
        task: address::task(&key, task_id),
        ..tokens
    }
}

/// A successor of the world's task, by its manager, on the same terms.
pub fn successor(world: &World) -> TaskTokens {
    another_task(world, &world.manager.keypair, 2, |_| ())
}

/// `migrate_task` of the world's task to `to`, by its manager.
pub fn migrate(world: &World, to: &TaskTokens) -> Sent {
    let manager = world.manager.pubkey();
    world.crank(instruction::migrate_task(world.tokens, to.task, manager))
}

/// `migrate_stake` of node number `node` from the world's task to `to`.
pub fn migrate_stake(world: &World, node: usize, to: &TaskTokens) -> Sent {
    let key = world.nodes[node].pubkey();
    let migrate = instruction::migrate_stake(world.tokens, to.task, key, key);
    world.act(node, migrate)
}

/// Brings every cycle of `task` to its end, a long time from now, with nothing but what anyone may do.
pub fn end_cycles(world: &World, ledger: &impl Ledger, tokens: TaskTokens) {
    let task: Task = world.fetch(&tokens.task);
    let attempts = u64::from(task.allowed_failed_distributions);
    for rounds in [attempts + 4, task.claim_window + 1] {
        let round = task.current_round(world.slot()) + rounds;
        world.warp_to(task.schedule.boundary(round).unwrap());
        let manager = &world.manager;
        loop {
            let due = sweep::due(ledger, &tokens.task, &manager.pubkey()).unwrap();
            if due.is_empty() {
                break;
            }
            for instruction in due {
                ledger.send(&[instruction], &[&manager.keypair]).unwrap();
                world.check_books();
            }
        }
    }
}

/// Every node takes all that is its own out of `task` and leaves it.
pub fn everybody_leaves(world: &World, ledger: &impl Ledger, tokens: TaskTokens) {
    for stake in Books::read(&world.bank, &tokens.task)
        .unwrap()
        .unwrap()
        .stakes
    {
        let stake = stake.data;
        let owns = |node: &&gradual_consensus_testkit::Person| node.pubkey() == stake.node;
        let node = world.nodes.iter().find(owns).unwrap();
        let (key, wallet, total) = (node.pubkey(), node.wallet, stake.stake.total());
        let claim =
            (stake.available_balance > 0).then(|| instruction::claim_reward(tokens, key, wallet));
        let withdraw = (total > 0).then(|| instruction::withdraw(tokens, key, wallet, total));
        let close = instruction::close_stake(tokens.task, key, stake.payer, key);
        for instruction in claim.into_iter().chain(withdraw).chain([close]) {
            ledger.send(&[instruction], &[&node.keypair]).unwrap();
            world.check_books();
        }
    }
}

/// Lets these runners play until `end`, or until nobody has anything to do before it. `between` is called
/// at every slot at which somebody looked.
pub fn play<L: Ledger, T: TaskLogic>(
    world: &World,
    runners: &mut [NodeRunner<L, T>],
    end: u64,
    mut between: impl FnMut(&World),
) {
    while world.slot() < end {
        let mut next = end;
        for runner in &mut *runners {
            next = next.min(runner.step().unwrap().wake_at);
            world.check_books();
        }
        between(world);
        assert!(next > world.slot(), "nothing goes on");
        world.warp_to(next);
    }
}
