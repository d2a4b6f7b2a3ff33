//! `fund_task`.

use anchor_lang::error::ErrorCode;
use gradual_consensus::GradualError;
use gradual_consensus_client::{address, instruction};
use gradual_consensus_testkit::{
    BOUNTY, Build, WALLET, World, assert_refused, assert_refused_by_anchor,
    assert_refused_with_code, on_every_build,
    suite::{
        TOKEN_INSUFFICIENT_FUNDS, TOKEN_MINT_MISMATCH, TOKEN_OWNER_MISMATCH, other_mint,
        second_task,
    },
    swapped,
};
use solana_sdk::instruction::Instruction;

on_every_build! {
    anyone_may_fund_and_the_amount_is_available,
    an_inactive_task_is_funded_too,
    refuses_an_amount_of_nothing,
    takes_nothing_but_what_is_the_funders,
    refuses_the_accounts_of_others,
}

/// `fund_task` by node 0 from its own wallet.
fn fund_ix(world: &World, amount: u64) -> Instruction {
    let (funder, wallet) = (world.nodes[0].pubkey(), world.nodes[0].wallet);
    instruction::fund_task(world.tokens, funder, wallet, amount)
}

/// `fund_task.1`
fn anyone_may_fund_and_the_amount_is_available(build: Build) {
    let world = World::on(build).stakes(&[0]).start();
    world.act(0, fund_ix(&world, 1)).unwrap();
    world.act(0, fund_ix(&world, 4_999)).unwrap();
    assert_eq!(world.balance(&world.nodes[0].wallet), WALLET - 5_000);
    assert_eq!(world.books().bounty_pot, BOUNTY + 5_000);
    let task = world.task();
    assert_eq!(task.bounty_available, BOUNTY + 5_000);
    assert_eq!(
        (task.bounty_funded, task.bounty_reserved),
        (BOUNTY + 5_000, 0)
    );
}

/// The task need not be active.
fn an_inactive_task_is_funded_too(build: Build) {
    let world = World::on(build).stakes(&[0]).start();
    world.set_active(false).unwrap();
    world.act(0, fund_ix(&world, 7)).unwrap();
    assert_eq!(world.task().bounty_available, BOUNTY + 7);
}

/// `fund_task.2`
fn refuses_an_amount_of_nothing(build: Build) {
    let world = World::on(build).stakes(&[0]).start();
    assert_refused(world.act(0, fund_ix(&world, 0)), GradualError::ZeroAmount);
}

/// `fund_task.1`: only from an account of the funder and the mint that holds so much.
fn takes_nothing_but_what_is_the_funders(build: Build) {
    let world = World::on(build).stakes(&[0, 0]).start();
    let too_much = world.act(0, fund_ix(&world, WALLET + 1));
    assert_refused_with_code(too_much, TOKEN_INSUFFICIENT_FUNDS);
    let (own, other) = (world.nodes[0].wallet, world.nodes[1].wallet);
    let stolen = world.act(0, swapped(fund_ix(&world, 1), own, other));
    assert_refused_with_code(stolen, TOKEN_OWNER_MISMATCH);
    let (_, account) = other_mint(&world, &world.nodes[0].pubkey());
    let foreign = world.act(0, swapped(fund_ix(&world, 1), own, account));
    assert_refused_with_code(foreign, TOKEN_MINT_MISMATCH);
}

/// `fund_task.1`: into this task's bounty pot and no other.
fn refuses_the_accounts_of_others(build: Build) {
    let world = World::on(build).stakes(&[0]).start();
    let second = second_task(&world, &[]);
    let bounty_pot = address::bounty_pot(&world.task_address());
    for pot in [
        address::stake_pot(&world.task_address()),
        address::bounty_pot(&second.task),
    ] {
        let result = world.act(0, swapped(fund_ix(&world, 1), bounty_pot, pot));
        assert_refused(result, GradualError::WrongPot);
    }
    let (mint, _) = other_mint(&world, &world.nodes[0].pubkey());
    let result = world.act(0, swapped(fund_ix(&world, 1), world.tokens.mint, mint));
    assert_refused(result, GradualError::WrongMint);
    let system = anchor_lang::system_program::ID;
    let result = world.act(
        0,
        swapped(fund_ix(&world, 1), spl_token_interface::ID, system),
    );
    assert_refused_by_anchor(result, ErrorCode::InvalidProgramId);
}
