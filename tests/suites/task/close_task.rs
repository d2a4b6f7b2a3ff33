//! `close_task`.

use anchor_lang::error::ErrorCode;
use gradual_consensus::GradualError;
use gradual_consensus_client::{address, instruction};
use gradual_consensus_testkit::{
    BOUNTY, Build, Money, STAKE, WALLET, World, assert_refused, assert_refused_with_code, key,
    on_every_build,
    suite::{another_task, end_cycles, everybody_leaves},
    swapped,
};
use solana_sdk::{pubkey::Pubkey, rent::Rent, signature::Signer};

on_every_build! {
    only_the_manager_closes_a_task,
    an_active_task_is_not_closed,
    a_task_with_a_stake_account_is_not_closed,
    both_pots_are_emptied,
    the_rent_goes_back_to_the_creator,
    a_closed_task_does_not_come_back,
    a_task_is_closed_with_its_own_accounts,
}

/// The accounts that a task consists of.
fn accounts_of(task: &Pubkey) -> [Pubkey; 4] {
    [
        *task,
        address::metadata(task),
        address::stake_pot(task),
        address::bounty_pot(task),
    ]
}

/// `close_task.1`
fn only_the_manager_closes_a_task(build: Build) {
    let world = World::on(build).stakes(&[0]).start();
    world.set_active(false).unwrap();
    let (task, state) = (world.task_address(), world.task());
    let (usurper, wallet) = (world.nodes[0].pubkey(), world.nodes[0].wallet);
    let close = instruction::close_task(task, &state, usurper, wallet);
    assert_refused(world.act(0, close), GradualError::NotManager);
    let mut forged = instruction::close_task(task, &state, state.manager, wallet);
    forged.accounts[0].is_signer = false;
    assert_refused_with_code(world.act(0, forged), ErrorCode::AccountNotSigner.into());
    world.close_task().unwrap();
}

/// `close_task.2`
fn an_active_task_is_not_closed(build: Build) {
    let world = World::on(build).stakes(&[]).start();
    assert_refused(world.close_task(), GradualError::TaskActive);
    world.set_active(false).unwrap();
    world.close_task().unwrap();
}

/// `close_task.3`
fn a_task_with_a_stake_account_is_not_closed(build: Build) {
    let world = World::on(build).stakes(&[STAKE]).start_active();
    world.submit(0, 1, b"proof").unwrap();
    world.propose(0, 1, 0, &[(0, 1_000)]).unwrap();
    world.set_active(false).unwrap();
    assert_refused(world.close_task(), GradualError::TaskInUse);
    world.warp_past_audit(3);
    world.finalize(1, 0).unwrap();
    world.payout(1, 0, &[(0, 1_000)], 0).unwrap();
    world.warp_to_round(6);
    world.withdraw(0, STAKE).unwrap();
    assert_refused(world.close_task(), GradualError::TaskInUse);
    end_cycles(&world, &world.bank, world.tokens);
    world.claim(0).unwrap();
    assert_refused(world.close_task(), GradualError::TaskInUse);
    world.close_stake(0).unwrap();
    world.close_task().unwrap();
    assert_eq!(world.balance(&world.manager.wallet), WALLET - 1_000);
}

/// `close_task.4`: what is left of the bounty, and donations to both pots.
fn both_pots_are_emptied(build: Build) {
    for money in Money::ALL {
        let world = World::on(build.clone())
            .money(money)
            .stakes(&[STAKE])
            .start();
        let task = world.task_address();
        world.donate(address::stake_pot(&task), 11);
        world.donate(address::bounty_pot(&task), 7);
        world.set_active(false).unwrap();
        everybody_leaves(&world, &world.bank, world.tokens);
        let close = |to| {
            let (state, manager) = (world.task(), world.manager.pubkey());
            world.crank(instruction::close_task(task, &state, manager, to))
        };
        for pot in [address::stake_pot(&task), address::bounty_pot(&task)] {
            assert_refused(close(pot), GradualError::PotAsDestination);
        }
        let stranger = key("stranger", 0).pubkey();
        assert!(close(stranger).is_err(), "no token account");
        close(world.nodes[0].wallet).unwrap();
        assert_eq!(world.balance(&world.nodes[0].wallet), WALLET + BOUNTY + 18);
        assert_eq!(world.balance(&world.manager.wallet), WALLET - BOUNTY);
        assert!(
            accounts_of(&task)
                .iter()
                .all(|account| world.is_gone(account))
        );
    }
}

/// `close_task.5`: also when another one manages and closes it; what somebody sent to the accounts
/// goes with their rent.
fn the_rent_goes_back_to_the_creator(build: Build) {
    for money in Money::ALL {
        let world = World::on(build.clone())
            .money(money)
            .stakes(&[0])
            .bounty(0)
            .start();
        let (task, creator) = (world.task_address(), world.manager.pubkey());
        let (successor, wallet) = (world.nodes[0].pubkey(), world.nodes[0].wallet);
        world
            .crank(instruction::propose_manager(task, creator, successor))
            .unwrap();
        world
            .act(0, instruction::accept_manager(task, successor))
            .unwrap();
        world
            .act(0, instruction::set_active(task, successor, false))
            .unwrap();
        for account in accounts_of(&task) {
            world.bank.airdrop(&account, 3);
        }
        let held: u64 = accounts_of(&task).iter().map(|a| world.lamports(a)).sum();
        assert!(held > 2 * Rent::default().minimum_balance(165));
        let before = world.lamports(&creator);
        let close = || instruction::close_task(task, &world.task(), successor, wallet);
        let theft = swapped(close(), creator, successor);
        assert_refused(world.act(0, theft), GradualError::WrongRentPayer);
        world.act(0, close()).unwrap();
        assert_eq!(world.lamports(&creator), before + held);
    }
}

/// `create_task.6`: once closed, nothing of it comes back in the same transaction, however many lamports it
/// is sent; another task of the creator's with the same number lives elsewhere.
fn a_closed_task_does_not_come_back(build: Build) {
    let world = World::on(build).stakes(&[]).start();
    let (task, manager) = (world.task_address(), world.manager.pubkey());
    world.set_active(false).unwrap();
    let state = world.task();
    let close = instruction::close_task(task, &state, manager, world.manager.wallet);
    let refund = solana_system_interface::instruction::transfer(&manager, &task, 10_000_000);
    let fund = instruction::fund_task(world.tokens, manager, world.manager.wallet, 1);
    let again = world.send(
        &[close.clone(), refund.clone(), fund],
        &[&world.manager.keypair],
    );
    assert!(again.is_err());
    world
        .send(&[close.clone(), refund], &[&world.manager.keypair])
        .unwrap();
    assert!(world.bank.account(&task).unwrap().data.is_empty());
    assert!(world.crank(close).is_err());
    assert!(
        world
            .crank(instruction::set_active(task, manager, true))
            .is_err()
    );
    world.warp_to(world.slot() + 1);
    let other = another_task(&world, &world.manager.keypair, 1, |_| ());
    assert_ne!(other.task, task);
    assert!(world.bank.account(&task).unwrap().data.is_empty());
}

/// The pots, texts, mint and creator are the task's own.
fn a_task_is_closed_with_its_own_accounts(build: Build) {
    let world = World::on(build).stakes(&[]).start();
    let other = another_task(&world, &world.manager.keypair, 2, |_| ());
    world.set_active(false).unwrap();
    let (task, manager) = (world.task_address(), world.manager.pubkey());
    let close = || instruction::close_task(task, &world.task(), manager, world.manager.wallet);
    let [_, texts, stake_pot, bounty_pot] = accounts_of(&task);
    let [_, other_texts, other_stake_pot, other_bounty_pot] = accounts_of(&other.task);
    let mint = key("mint", 1).pubkey();
    world.bank.create_mint(&mint, &manager, 6);
    for (own, foreign, error) in [
        (texts, other_texts, GradualError::WrongTask),
        (stake_pot, other_stake_pot, GradualError::WrongPot),
        (bounty_pot, other_bounty_pot, GradualError::WrongPot),
        (bounty_pot, stake_pot, GradualError::WrongPot),
        (world.tokens.mint, mint, GradualError::WrongMint),
    ] {
        assert_refused(world.crank(swapped(close(), own, foreign)), error);
    }
}
