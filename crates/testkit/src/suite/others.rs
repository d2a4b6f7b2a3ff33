//! Other tasks, mints and people than the world's own.

use super::{CYCLE, Sent};
use crate::{Build, LAMPORTS, STAKE, World, key};
use gradual_consensus::{GradualError, TaskParams};
use gradual_consensus_client::{address, instruction::TaskTokens};
use solana_sdk::{
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};

/// A ledger with the program and everybody that a world has, but without a config or a task.
pub fn no_config(build: Build) -> World {
    let world = World::on(build).stakes(&[]).bounty(0).start();
    world.set_active(false).unwrap();
    world.close_task().unwrap();
    world.close_config().unwrap();
    world
}

/// A key of this name that has lamports and nothing to do with the task.
pub fn somebody(world: &World, name: &str) -> Keypair {
    let somebody = key(name, 0);
    world.bank.airdrop(&somebody.pubkey(), LAMPORTS);
    somebody
}

/// Somebody who has lamports and nothing to do with the task.
pub fn stranger(world: &World) -> Keypair {
    somebody(world, "stranger")
}

/// Another mint, and a token account of it that `owner` owns, with 1,000 base units in it.
pub fn other_mint(world: &World, owner: &Pubkey) -> (Pubkey, Pubkey) {
    let (mint, account) = (key("mint", 1).pubkey(), key("account", 1).pubkey());
    world.bank.create_mint(&mint, owner, 6);
    world
        .bank
        .create_token_account(&account, &mint, owner, 1_000);
    (mint, account)
}

/// Creates a task of the world's mint as `creator`, which begins in the next slot on the world's terms
/// after `change`, and returns its tokens.
pub fn another_task(
    world: &World,
    creator: &Keypair,
    task_id: u64,
    change: impl FnOnce(&mut TaskParams),
) -> TaskTokens {
    world.create_another(creator, task_id, change)
}

/// A successor of the world's task, by its manager, on the same terms.
pub fn successor(world: &World) -> TaskTokens {
    another_task(world, &world.manager.keypair, 2, |_| ())
}

/// A second task of the same manager and mint on the same terms, in which these nodes stake
/// [`STAKE`] each.
pub fn second_task(world: &World, nodes: &[usize]) -> TaskTokens {
    let second = another_task(world, &world.manager.keypair, 2, |_| ());
    for &node in nodes {
        let stake = world.valid_in(second).stake(node, STAKE);
        world.act(node, stake).unwrap();
    }
    second
}

/// A second task, and what of it might be passed in the first one's place.
pub struct OtherTask {
    /// The task.
    pub task: Pubkey,
    /// The stake of node 0 in it.
    pub stake: Pubkey,
}

/// A second task of the same manager and mint, in which node 0 stakes.
pub fn other_task(world: &World) -> OtherTask {
    let TaskTokens { task, .. } = second_task(world, &[0]);
    OtherTask {
        task,
        stake: address::node_stake(&task, &world.nodes[0].pubkey()),
    }
}

/// Accounts that do not belong into a deposit or withdrawal of node 0, each with the account in whose
/// place it is passed and the refusal. Node 1 has staked too.
pub fn foreign_stake_accounts(world: &World) -> Vec<(Pubkey, Pubkey, GradualError)> {
    let second = second_task(world, &[0]);
    let (task, own) = (world.task_address(), world.stake_address(0));
    let in_second = address::node_stake(&second.task, &world.nodes[0].pubkey());
    let stake_pot = address::stake_pot(&task);
    let (mint, _) = other_mint(world, &world.nodes[0].pubkey());
    let [bounty_pot, other_pot] = [address::bounty_pot(&task), address::stake_pot(&second.task)];
    vec![
        (stake_pot, bounty_pot, GradualError::WrongPot),
        (stake_pot, other_pot, GradualError::WrongPot),
        (world.tokens.mint, mint, GradualError::WrongMint),
        (own, world.stake_address(1), GradualError::WrongNode),
        (own, in_second, GradualError::WrongTask),
    ]
}

/// `migrate_task` of the world's task to `to`, by its manager.
pub fn migrate(world: &World, to: &TaskTokens) -> Sent {
    world.crank(world.valid().migrate_task(to.task))
}

/// `migrate_stake` of node number `node` from the world's task to `to`.
pub fn migrate_stake(world: &World, node: usize, to: &TaskTokens) -> Sent {
    world.act(node, world.valid().migrate_stake(node, to.task))
}

/// Opens cycle 1 of the world's task and of that of `tokens`, and lets `node` submit for the latter, in
/// which it staked before its start. Both tasks begin in one slot or the next; their cycles are under
/// review then.
pub fn work_in(world: &World, tokens: TaskTokens, node: usize) {
    let (schedule, valid) = (world.schedule(), world.valid_in(tokens));
    let second = |round: u64| schedule.boundary(round).unwrap() + 1;
    world.warp_to(second(CYCLE));
    world.open_cycle(node, CYCLE).unwrap();
    world.act(node, valid.open_cycle(node, CYCLE)).unwrap();
    world.warp_to(second(CYCLE + 1));
    world.act(node, valid.submit(node, CYCLE, &[1])).unwrap();
}
