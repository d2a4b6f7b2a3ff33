//! `withdraw`.

use anchor_lang::error::ErrorCode;
use gradual_consensus::GradualError;
use gradual_consensus_client::{address, instruction};
use gradual_consensus_testkit::{
    Build, STAKE, WALLET, World, assert_refused, assert_refused_by_anchor,
    assert_refused_with_code, on_every_build,
    suite::{
        AUTHOR, BOTH, HandedIn, Kind, TOKEN_MINT_MISMATCH, decide, foreign_stake_accounts,
        hand_in_for_audit, other_mint, vote,
    },
    swapped, unsigned,
};
use solana_sdk::{instruction::Instruction, pubkey::Pubkey};

on_every_build! {
    pays_to_whatever_account_of_the_mint_the_node_names,
    warming_stake_leaves_first,
    leaves_active_stake_at_nothing_or_the_minimum,
    a_slashed_remainder_leaves_as_a_whole,
    a_top_up_of_a_slashed_node_leaves_at_once,
    refuses_nothing_and_more_than_the_stake,
    warming_stake_leaves_at_once,
    warming_stake_is_locked_with_the_rest,
    a_lock_is_never_shortened,
    an_open_audit_holds_both_sides_until_it_is_resolved,
    donations_are_nobodys_to_withdraw,
    refuses_other_signers_and_other_mints,
    refuses_the_accounts_of_others,
    warming_stake_is_left_at_the_minimum_or_not_at_all,
    refuses_a_pot_as_destination,
    parked_stake_leaves_at_once,
}

/// `withdraw` by node 0 to `destination`.
fn withdraw_to(world: &World, destination: Pubkey, amount: u64) -> Instruction {
    instruction::withdraw(world.tokens, world.nodes[0].pubkey(), destination, amount)
}

/// `withdraw.1`
fn pays_to_whatever_account_of_the_mint_the_node_names(build: Build) {
    let world = World::on(build).stakes(&[STAKE, STAKE]).start_active();
    let other = world.nodes[1].wallet;
    world.act(0, withdraw_to(&world, other, 400)).unwrap();
    assert_eq!(world.balance(&other), WALLET - STAKE + 400);
    assert_eq!(world.balance(&world.nodes[0].wallet), WALLET - STAKE);
    assert_eq!(world.books().stake_pot, 2 * STAKE - 400);
    let stake = world.node_stake(0);
    assert_eq!((stake.stake.total(), stake.withdrawn), (600, 400));
    assert_eq!(world.task().electorate.stake, [1_600; 3]);
}

/// `withdraw.1`
fn warming_stake_leaves_first(build: Build) {
    let world = World::on(build).stakes(&[STAKE]).start_active();
    world.stake(0, 300).unwrap();
    world.warp_to_round(3);
    world.stake(0, 50).unwrap();
    world.withdraw(0, 200).unwrap();
    assert_eq!(world.node_stake(0).stake.amounts, [1_000, 1_150, 1_150]);
    world.withdraw(0, 250).unwrap();
    assert_eq!(world.node_stake(0).stake.amounts, [900; 3]);
}

/// `withdraw.4`
fn leaves_active_stake_at_nothing_or_the_minimum(build: Build) {
    let world = World::on(build).stakes(&[STAKE]).start_active();
    for amount in [901, 999] {
        assert_refused(
            world.withdraw(0, amount),
            GradualError::RemainderBelowMinimum,
        );
    }
    world.withdraw(0, 900).unwrap();
    assert_eq!(world.task().electorate.nodes, [1; 3]);
    assert_refused(world.withdraw(0, 1), GradualError::RemainderBelowMinimum);
    world.withdraw(0, 100).unwrap();
    assert_eq!(world.node_stake(0).stake.total(), 0);
    assert_eq!(world.task().electorate.nodes, [0; 3]);
    assert_eq!(world.balance(&world.nodes[0].wallet), WALLET);
}

/// `withdraw.4`: what a slash left below the minimum leaves as a whole.
fn a_slashed_remainder_leaves_as_a_whole(build: Build) {
    let world = World::on(build)
        .params(|params| params.slash_bps = 9_500)
        .start_active();
    decide(
        &world,
        Kind::Submission,
        &[(0, false), (1, false), (2, false)],
    );
    world.warp_to(700);
    assert_refused(
        world.withdraw(AUTHOR, 49),
        GradualError::RemainderBelowMinimum,
    );
    world.withdraw(AUTHOR, 50).unwrap();
    assert_eq!(world.balance(&world.nodes[AUTHOR].wallet), WALLET - 950);
}

/// `withdraw.6`, `withdraw.4`: a slashed node takes its top-up back, and not half of the rest.
fn a_top_up_of_a_slashed_node_leaves_at_once(build: Build) {
    let world = World::on(build)
        .params(|params| params.slash_bps = 9_500)
        .start_active();
    decide(
        &world,
        Kind::Submission,
        &[(0, false), (1, false), (2, false)],
    );
    world.warp_to(700);
    world.stake(AUTHOR, 100).unwrap();
    assert_refused(
        world.withdraw(AUTHOR, 101),
        GradualError::RemainderBelowMinimum,
    );
    world.withdraw(AUTHOR, 100).unwrap();
    assert_eq!(world.node_stake(AUTHOR).stake.amounts, [50; 3]);
}

/// `withdraw.5`
fn refuses_nothing_and_more_than_the_stake(build: Build) {
    let world = World::on(build).stakes(&[STAKE]).start_active();
    world.stake(0, 500).unwrap();
    assert_refused(world.withdraw(0, 0), GradualError::ZeroAmount);
    assert_refused(world.withdraw(0, 1_501), GradualError::InsufficientStake);
    assert_refused(world.withdraw(0, u64::MAX), GradualError::InsufficientStake);
    world.withdraw(0, 1_500).unwrap();
    assert_refused(world.withdraw(0, 1), GradualError::InsufficientStake);
}

/// `withdraw.6`
fn warming_stake_leaves_at_once(build: Build) {
    let world = World::on(build).stakes(&[STAKE]).start();
    world.withdraw(0, 400).unwrap();
    world.withdraw(0, 600).unwrap();
    assert_eq!(world.balance(&world.nodes[0].wallet), WALLET);
    assert_eq!(world.books().stake_pot, 0);
    let stake = world.node_stake(0);
    assert_eq!((stake.deposited, stake.withdrawn), (STAKE, STAKE));
}

/// `withdraw.2`, `withdraw.6`: a lock is on the whole stake, warming stake included.
fn warming_stake_is_locked_with_the_rest(build: Build) {
    let world = World::on(build).stakes(&[STAKE]).start_active();
    world.submit(0, 1, b"proof").unwrap();
    world.stake(0, 500).unwrap();
    assert_refused(world.withdraw(0, 1), GradualError::StakeLocked);
    world.warp_to(681);
    world.withdraw(0, 1_500).unwrap();
}

/// `withdraw.2`: later work with an earlier end does not shorten a lock.
fn a_lock_is_never_shortened(build: Build) {
    let world = World::on(build).start_active();
    let list = world.list_address(1, 0);
    world.open_cycle(0, 2).unwrap();
    world.submit(AUTHOR, 1, b"proof").unwrap();
    world.propose(AUTHOR, 1, 0, &[(AUTHOR, 1)]).unwrap();
    world.submit(0, 2, b"proof").unwrap();
    assert_eq!(world.node_stake(0).locked_until_slot, 781);
    world.warp_to_audit(3);
    vote(&world, list, &[(1, false), (0, true)]);
    assert_eq!(world.node_stake(0).locked_until_slot, 781);
    assert_eq!(world.node_stake(1).locked_until_slot, 500);
}

/// `withdraw.3`
fn an_open_audit_holds_both_sides_until_it_is_resolved(build: Build) {
    for kind in BOTH {
        let world = World::on(build.clone()).start_active();
        let HandedIn { address, .. } = hand_in_for_audit(&world, kind);
        vote(&world, address, &[(0, false), (1, true)]);
        world.warp_to(5_000);
        for node in [0, AUTHOR] {
            assert_refused(world.withdraw(node, 1), GradualError::StakeInAudit);
        }
        world.withdraw(1, STAKE).unwrap();
        world.resolve(address).unwrap();
        for node in [0, AUTHOR] {
            world.withdraw(node, STAKE).unwrap();
            assert_eq!(world.balance(&world.nodes[node].wallet), WALLET);
        }
    }
}

/// `withdraw.5`: base units that somebody sent to the pot are no part of any stake.
fn donations_are_nobodys_to_withdraw(build: Build) {
    let world = World::on(build).stakes(&[STAKE]).start();
    world.donate(address::stake_pot(&world.task_address()), 77);
    assert_refused(
        world.withdraw(0, STAKE + 1),
        GradualError::InsufficientStake,
    );
    world.withdraw(0, STAKE).unwrap();
    assert_eq!(world.books().stake_pot, 77);
}

/// `withdraw.1`: only the node itself, and only to an account of the mint.
fn refuses_other_signers_and_other_mints(build: Build) {
    let world = World::on(build).stakes(&[STAKE, STAKE]).start();
    let thief = world.nodes[1].wallet;
    let forged = unsigned(withdraw_to(&world, thief, 1), world.nodes[0].pubkey());
    assert_refused_by_anchor(world.act(1, forged), ErrorCode::AccountNotSigner);
    let (_, account) = other_mint(&world, &world.nodes[0].pubkey());
    let foreign = world.act(0, withdraw_to(&world, account, STAKE));
    assert_refused_with_code(foreign, TOKEN_MINT_MISMATCH);
}

/// `withdraw.1`: from this task's stake pot and this node's account.
fn refuses_the_accounts_of_others(build: Build) {
    let world = World::on(build).stakes(&[STAKE, STAKE]).start();
    for (from, to, expected) in foreign_stake_accounts(&world) {
        let withdraw = withdraw_to(&world, world.nodes[0].wallet, STAKE);
        assert_refused(world.act(0, swapped(withdraw, from, to)), expected);
    }
}

/// `withdraw.4`: warming stake does not fall below the minimum either.
fn warming_stake_is_left_at_the_minimum_or_not_at_all(build: Build) {
    let world = World::on(build).stakes(&[STAKE]).start();
    assert_refused(
        world.withdraw(0, STAKE - 99),
        GradualError::RemainderBelowMinimum,
    );
    world.warp_to_round(1);
    assert_refused(
        world.withdraw(0, STAKE - 1),
        GradualError::RemainderBelowMinimum,
    );
    world.withdraw(0, STAKE - 100).unwrap();
    world.withdraw(0, 100).unwrap();
    assert_eq!(world.node_stake(0).stake.total(), 0);
}

/// `withdraw.1`: stake that went to a pot would be nobody's.
fn refuses_a_pot_as_destination(build: Build) {
    let world = World::on(build).stakes(&[STAKE]).start();
    let (tokens, node) = (world.tokens, world.nodes[0].pubkey());
    for pot in [
        address::stake_pot(&tokens.task),
        address::bounty_pot(&tokens.task),
    ] {
        let withdraw = instruction::withdraw(tokens, node, pot, STAKE);
        assert_refused(world.act(0, withdraw), GradualError::PotAsDestination);
    }
}

/// `withdraw.6`, `withdraw.5`, `withdraw.4`, `park_stake.5`: on notice and after it.
fn parked_stake_leaves_at_once(build: Build) {
    let world = World::on(build)
        .params(|params| params.idle_rounds = 2)
        .stakes(&[STAKE, STAKE])
        .start();
    world.warp_to_round(3);
    world.park(0).unwrap();
    world.withdraw(0, 400).unwrap();
    let stake = world.node_stake(0).stake;
    assert_eq!((stake.amounts, stake.parked), ([600, 600, 0], 600));
    world.warp_to_round(5);
    assert_refused(world.withdraw(0, 601), GradualError::InsufficientStake);
    let remainder = world.withdraw(0, 501);
    assert_refused(remainder, GradualError::RemainderBelowMinimum);
    world.withdraw(0, 500).unwrap();
    world.withdraw(0, 100).unwrap();
    assert_eq!(world.balance(&world.nodes[0].wallet), WALLET);
    assert_eq!(world.task().total_stake, STAKE);
    world.close_stake(0).unwrap();
}
