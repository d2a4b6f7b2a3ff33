//! `compound`.

use gradual_consensus::GradualError;
use gradual_consensus_client::{address, instruction};
use gradual_consensus_testkit::{
    BOUNTY, Build, STAKE, WALLET, assert_refused, key, on_every_build,
    suite::{CYCLE, SHARES, other_task, settled},
    swapped,
};
use solana_sdk::signature::Signer;

on_every_build! {
    the_whole_balance_moves_to_the_stake_pot,
    compounded_rewards_warm_like_a_deposit,
    compounded_rewards_are_withdrawn_like_a_deposit,
    nothing_is_not_compounded,
    a_reward_below_the_minimum_is_not_compounded_into_an_empty_stake,
    the_smallest_reward_is_compounded_on_top_of_a_stake,
    an_inactive_task_takes_no_compounding,
    a_reward_is_compounded_with_its_own_accounts,
}

/// `compound.1`
fn the_whole_balance_moves_to_the_stake_pot(build: Build) {
    let world = settled(build, &SHARES);
    world.compound(0).unwrap();
    let books = world.books();
    assert_eq!(
        (books.stake_pot, books.bounty_pot),
        (4 * STAKE + 4_000, BOUNTY - 4_000)
    );
    let stake = world.node_stake(0);
    assert_eq!((stake.available_balance, stake.compounded), (0, 4_000));
    assert_eq!(
        (stake.deposited, stake.stake.total()),
        (STAKE + 4_000, STAKE + 4_000)
    );
    assert_eq!(world.task().total_stake, 4 * STAKE + 4_000);
    assert_eq!(world.balance(&world.nodes[0].wallet), WALLET - STAKE);
}

/// `compound.1`
fn compounded_rewards_warm_like_a_deposit(build: Build) {
    let world = settled(build, &SHARES);
    world.compound(0).unwrap();
    let active_in = |round: u64| {
        let mut stake = world.node_stake(0).stake;
        stake.roll_to(round);
        stake.active()
    };
    assert_eq!([3, 4, 5].map(active_in), [STAKE, STAKE, STAKE + 4_000]);
    assert_eq!(
        [4, 5].map(|round| world.task().electorate_in(round)),
        [4_000, 8_000]
    );
}

/// `compound.1`: rewards that were compounded leave as stake does.
fn compounded_rewards_are_withdrawn_like_a_deposit(build: Build) {
    let world = settled(build, &SHARES);
    world.compound(0).unwrap();
    assert_refused(world.withdraw(0, 1), GradualError::StakeLocked);
    world.warp_to(500);
    world.withdraw(0, STAKE + 4_000).unwrap();
    assert_eq!(world.balance(&world.nodes[0].wallet), WALLET + 4_000);
}

/// `compound.2`
fn nothing_is_not_compounded(build: Build) {
    let world = settled(build, &[(0, 100)]);
    assert_refused(world.compound(1), GradualError::NothingToClaim);
    world.compound(0).unwrap();
    assert_refused(world.compound(0), GradualError::NothingToClaim);
}

/// `compound.2`
fn a_reward_below_the_minimum_is_not_compounded_into_an_empty_stake(build: Build) {
    let world = settled(build, &[(0, 99), (1, 100)]);
    world.warp_to(500);
    for node in [0, 1] {
        world.withdraw(node, STAKE).unwrap();
    }
    assert_refused(world.compound(0), GradualError::StakeBelowMinimum);
    world.compound(1).unwrap();
    world.claim(0).unwrap();
}

/// `compound.2`: what counts is the whole stake.
fn the_smallest_reward_is_compounded_on_top_of_a_stake(build: Build) {
    let world = settled(build, &[(0, 1)]);
    world.compound(0).unwrap();
    assert_eq!(world.node_stake(0).stake.total(), STAKE + 1);
}

/// `set_active.2`
fn an_inactive_task_takes_no_compounding(build: Build) {
    let world = settled(build, &SHARES);
    world.set_active(false).unwrap();
    assert_refused(world.compound(0), GradualError::TaskInactive);
    world.set_active(true).unwrap();
    world.compound(0).unwrap();
}

/// Only the node compounds, between the task's own pots, in the task's own mint.
fn a_reward_is_compounded_with_its_own_accounts(build: Build) {
    let world = settled(build, &SHARES);
    let (node, task) = (world.nodes[0].pubkey(), world.task_address());
    let compound = instruction::compound(world.tokens, node);
    let stake = world.stake_address(0);
    let of_another = swapped(compound.clone(), stake, world.stake_address(1));
    assert_refused(world.act(0, of_another), GradualError::WrongNode);
    let (bounty_pot, stake_pot) = (address::bounty_pot(&task), address::stake_pot(&task));
    let within = swapped(compound.clone(), bounty_pot, stake_pot);
    assert_refused(world.act(0, within), GradualError::WrongPot);
    let back = swapped(compound.clone(), stake_pot, bounty_pot);
    assert_refused(world.act(0, back), GradualError::WrongPot);
    let mint = key("mint", 1).pubkey();
    world.bank.create_mint(&mint, &node, 6);
    let other_mint = swapped(compound.clone(), world.tokens.mint, mint);
    assert_refused(world.act(0, other_mint), GradualError::WrongMint);
    let foreign = swapped(compound, stake, other_task(&world).stake);
    assert_refused(world.act(0, foreign), GradualError::WrongTask);
    assert_eq!(world.node_stake(0).available_balance, SHARES[0].1);
    assert_eq!(world.cycle(CYCLE).paid, 4);
}
