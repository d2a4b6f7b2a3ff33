//! `close_stake`.

use gradual_consensus::GradualError;
use gradual_consensus_client::instruction;
use gradual_consensus_testkit::{
    Build, LAMPORTS, STAKE, World, assert_refused, on_every_build,
    suite::{CYCLE, EVERYBODY, SHARES, close_all, other_task, settled, somebody},
    swapped,
};
use solana_sdk::signature::Signer;

on_every_build! {
    an_empty_stake_is_closed_and_its_payer_gets_the_rent,
    anyone_closes_an_empty_stake_once_the_task_is_inactive,
    a_node_that_left_may_come_back,
    a_stake_account_that_holds_stake_is_not_closed,
    a_stake_account_that_holds_a_balance_is_not_closed,
    a_stake_account_outlives_what_its_node_opened,
    a_stake_is_closed_with_its_own_accounts,
    a_stake_account_that_holds_parked_stake_is_not_closed,
}

/// `close_stake.1`
fn an_empty_stake_is_closed_and_its_payer_gets_the_rent(build: Build) {
    let world = World::on(build).stakes(&[0, STAKE]).start();
    let sponsor = somebody(&world, "sponsor");
    let (node, wallet) = (world.nodes[0].pubkey(), world.nodes[0].wallet);
    let stake = instruction::stake(world.tokens, node, sponsor.pubkey(), wallet, STAKE, None);
    world
        .send(&[stake], &[&world.nodes[0].keypair, &sponsor])
        .unwrap();
    assert!(world.lamports(&sponsor.pubkey()) < LAMPORTS);
    assert_eq!(world.task().node_count, 2);
    world.withdraw(0, STAKE).unwrap();
    world.close_stake(0).unwrap();
    assert_eq!(world.lamports(&sponsor.pubkey()), LAMPORTS);
    assert_eq!(world.task().node_count, 1);
    assert!(world.is_gone(&world.stake_address(0)));
}

/// `close_stake.1`
fn anyone_closes_an_empty_stake_once_the_task_is_inactive(build: Build) {
    let world = World::on(build).stakes(&[STAKE, STAKE]).start();
    let (node, neighbour) = (world.nodes[0].pubkey(), world.nodes[1].pubkey());
    let close = || instruction::close_stake(world.task_address(), node, node, neighbour);
    world.withdraw(0, STAKE).unwrap();
    assert_refused(world.act(1, close()), GradualError::TaskActive);
    world.set_active(false).unwrap();
    let before = world.lamports(&node);
    world.act(1, close()).unwrap();
    assert!(
        world.lamports(&node) > before,
        "the rent goes to its payer, not to who closes"
    );
    assert!(world.is_gone(&world.stake_address(0)));
    let held = instruction::close_stake(world.task_address(), neighbour, neighbour, node);
    assert_refused(world.act(0, held), GradualError::StakeNotEmpty);
}

/// A node that left may stake again.
fn a_node_that_left_may_come_back(build: Build) {
    let world = World::on(build).stakes(&[STAKE]).start();
    world.withdraw(0, STAKE).unwrap();
    world.close_stake(0).unwrap();
    world.stake(0, 2 * STAKE).unwrap();
    let stake = world.node_stake(0);
    assert_eq!((stake.deposited, stake.withdrawn), (2 * STAKE, 0));
    assert_eq!(world.task().node_count, 1);
}

/// `close_stake.2`
fn a_stake_account_that_holds_stake_is_not_closed(build: Build) {
    let world = World::on(build).stakes(&[STAKE]).start();
    assert_refused(world.close_stake(0), GradualError::StakeNotEmpty);
    world.warp_to_round(2);
    assert_refused(world.close_stake(0), GradualError::StakeNotEmpty);
}

/// `close_stake.2`
fn a_stake_account_that_holds_a_balance_is_not_closed(build: Build) {
    let world = settled(build, &SHARES);
    close_all(&world, CYCLE, 0, &EVERYBODY);
    world.warp_to(700);
    world.withdraw(0, STAKE).unwrap();
    assert_refused(world.close_stake(0), GradualError::StakeNotEmpty);
    world.claim(0).unwrap();
    world.close_stake(0).unwrap();
}

/// `close_stake.3`: node 0 opened the cycle, which is closed last.
fn a_stake_account_outlives_what_its_node_opened(build: Build) {
    let world = settled(build, &SHARES);
    world.claim(0).unwrap();
    world.warp_to(700);
    world.withdraw(0, STAKE).unwrap();
    assert_refused(world.close_stake(0), GradualError::NodeAccountsOpen);
    for node in EVERYBODY {
        world
            .close_subject(world.submission_address(node, CYCLE))
            .unwrap();
    }
    world.close_subject(world.list_address(CYCLE, 0)).unwrap();
    assert_refused(world.close_stake(0), GradualError::NodeAccountsOpen);
    world.close_cycle(CYCLE).unwrap();
    world.close_stake(0).unwrap();
}

/// Accounts that do not belong to the stake are refused.
fn a_stake_is_closed_with_its_own_accounts(build: Build) {
    let world = World::on(build).stakes(&[STAKE, STAKE]).start();
    world.withdraw(0, STAKE).unwrap();
    let [node, neighbour] = [0, 1].map(|node| world.nodes[node].pubkey());
    let other_payer = instruction::close_stake(world.task_address(), node, neighbour, node);
    assert_refused(world.act(0, other_payer), GradualError::WrongRentPayer);
    let foreign = swapped(
        instruction::close_stake(world.task_address(), node, node, node),
        world.stake_address(0),
        other_task(&world).stake,
    );
    assert_refused(world.act(0, foreign), GradualError::WrongTask);
}

/// `close_stake.2`, `park_stake.5`
fn a_stake_account_that_holds_parked_stake_is_not_closed(build: Build) {
    let world = World::on(build)
        .params(|params| params.idle_rounds = 1)
        .stakes(&[STAKE])
        .start();
    world.warp_to_round(2);
    world.park(0).unwrap();
    world.warp_to_round(9);
    assert_eq!(world.node_stake(0).stake.at(9).active(), 0);
    assert_refused(world.close_stake(0), GradualError::StakeNotEmpty);
    world.withdraw(0, STAKE).unwrap();
    world.close_stake(0).unwrap();
}
