//! `claim_reward`.

use anchor_lang::error::ErrorCode;
use gradual_consensus::GradualError;
use gradual_consensus_client::{address, instruction};
use gradual_consensus_testkit::{
    BOUNTY, Build, STAKE, WALLET, assert_refused, assert_refused_with_code, key, on_every_build,
    suite::{CYCLE, SHARES, other_task, settled, two_lists},
    swapped,
};
use solana_sdk::{pubkey, signature::Signer};

on_every_build! {
    the_whole_balance_leaves_the_bounty_pot,
    a_node_claims_to_any_account_of_the_mint,
    balances_add_up_until_they_are_claimed,
    rewards_are_claimed_whatever_holds_the_stake,
    nothing_is_not_claimed,
    a_reward_is_claimed_with_its_own_accounts,
    a_stake_in_another_task_claims_nothing,
    refuses_a_pot_as_destination,
}

/// `claim_reward.1`
fn the_whole_balance_leaves_the_bounty_pot(build: Build) {
    let world = settled(build, &SHARES);
    world.claim(0).unwrap();
    assert_eq!(
        world.balance(&world.nodes[0].wallet),
        WALLET - STAKE + 4_000
    );
    assert_eq!(world.books().bounty_pot, BOUNTY - 4_000);
    let stake = world.node_stake(0);
    assert_eq!(
        (stake.available_balance, stake.claimed, stake.earned),
        (0, 4_000, 4_000)
    );
}

/// `claim_reward.1`
fn a_node_claims_to_any_account_of_the_mint(build: Build) {
    let world = settled(build, &SHARES);
    let (node, elsewhere) = (world.nodes[0].pubkey(), world.manager.wallet);
    let before = world.balance(&elsewhere);
    world
        .act(0, instruction::claim_reward(world.tokens, node, elsewhere))
        .unwrap();
    assert_eq!(world.balance(&elsewhere), before + 4_000);
    assert_eq!(world.balance(&world.nodes[0].wallet), WALLET - STAKE);
}

/// `claim_reward.1`: rewards of several cycles leave at once.
fn balances_add_up_until_they_are_claimed(build: Build) {
    let world = two_lists(build);
    for cycle in [CYCLE, CYCLE + 1] {
        world.finalize(cycle, 0).unwrap();
        world.payout(cycle, 0, &SHARES, 1).unwrap();
    }
    world.claim(1).unwrap();
    assert_eq!(
        world.balance(&world.nodes[1].wallet),
        WALLET - STAKE + 6_000
    );
}

/// `claim_reward.1`: locked stake holds up no reward, and neither does an inactive task
/// (`set_active.3`).
fn rewards_are_claimed_whatever_holds_the_stake(build: Build) {
    let world = settled(build, &SHARES);
    world.set_active(false).unwrap();
    assert_refused(world.withdraw(0, STAKE), GradualError::StakeLocked);
    world.claim(0).unwrap();
}

/// `claim_reward.2`
fn nothing_is_not_claimed(build: Build) {
    let world = settled(build, &[(0, 100)]);
    assert_refused(world.claim(1), GradualError::NothingToClaim);
    world.claim(0).unwrap();
    assert_refused(world.claim(0), GradualError::NothingToClaim);
}

/// Only the node claims, from the task's own pot, in the task's own mint.
fn a_reward_is_claimed_with_its_own_accounts(build: Build) {
    let world = settled(build, &SHARES);
    let (thief, wallet) = (world.nodes[1].pubkey(), world.nodes[1].wallet);
    let (stake, task) = (world.stake_address(1), world.task_address());
    let claim = instruction::claim_reward(world.tokens, thief, wallet);
    let of_another = swapped(claim.clone(), stake, world.stake_address(0));
    assert_refused(world.act(1, of_another), GradualError::WrongNode);
    let (bounty_pot, stake_pot) = (address::bounty_pot(&task), address::stake_pot(&task));
    let from_stake = swapped(claim.clone(), bounty_pot, stake_pot);
    assert_refused(world.act(1, from_stake), GradualError::WrongPot);
    let mint = key("mint", 1).pubkey();
    world.bank.create_mint(&mint, &thief, 6);
    let other_mint = swapped(claim.clone(), world.tokens.mint, mint);
    assert_refused(world.act(1, other_mint), GradualError::WrongMint);
    let token_2022 = pubkey!("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");
    let other_program = swapped(claim.clone(), world.tokens.token_program, token_2022);
    assert_refused_with_code(
        world.act(1, other_program),
        ErrorCode::ConstraintHasOne.into(),
    );
    let foreign = key("wallet", 1).pubkey();
    world.bank.create_token_account(&foreign, &mint, &thief, 0);
    let mint_mismatch = 3;
    let in_other_mint = swapped(claim.clone(), wallet, foreign);
    assert_refused_with_code(world.act(1, in_other_mint), mint_mismatch);
    world.act(1, claim).unwrap();
}

/// A stake in another task has earned nothing in this one.
fn a_stake_in_another_task_claims_nothing(build: Build) {
    let world = settled(build, &SHARES);
    let (node, wallet) = (world.nodes[0].pubkey(), world.nodes[0].wallet);
    let claim = instruction::claim_reward(world.tokens, node, wallet);
    let foreign = swapped(claim, world.stake_address(0), other_task(&world).stake);
    assert_refused(world.act(0, foreign), GradualError::WrongTask);
}

/// `claim_reward.1`: rewards that went to a pot would be nobody's.
fn refuses_a_pot_as_destination(build: Build) {
    let world = settled(build, &SHARES);
    let (tokens, node) = (world.tokens, world.nodes[0].pubkey());
    for pot in [
        address::stake_pot(&tokens.task),
        address::bounty_pot(&tokens.task),
    ] {
        let claim = instruction::claim_reward(tokens, node, pot);
        assert_refused(world.act(0, claim), GradualError::PotAsDestination);
    }
}
