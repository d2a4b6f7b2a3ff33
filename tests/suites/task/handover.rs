//! `propose_manager`, `accept_manager`.

use gradual_consensus::GradualError;
use gradual_consensus_client::instruction;
use gradual_consensus_testkit::{Build, World, assert_refused, on_every_build, suite::Sent};
use solana_sdk::pubkey::Pubkey;

on_every_build! {
    a_task_is_handed_over_in_two_steps,
    another_offer_takes_the_place_of_the_last_one,
}

/// The world's manager offers the task to `to`.
fn offer(world: &World, to: Pubkey) -> Sent {
    let manager = world.manager.pubkey();
    world.crank(instruction::propose_manager(
        world.task_address(),
        manager,
        to,
    ))
}

/// Node number `node` accepts the task.
fn accept(world: &World, node: usize) -> Sent {
    let key = world.nodes[node].pubkey();
    world.act(node, instruction::accept_manager(world.task_address(), key))
}

/// `propose_manager.1`, `accept_manager.1`
fn a_task_is_handed_over_in_two_steps(build: Build) {
    let world = World::on(build).stakes(&[0, 0]).start();
    let (task, next) = (world.task_address(), world.nodes[0].pubkey());
    let usurper = instruction::propose_manager(task, next, next);
    assert_refused(world.act(0, usurper), GradualError::NotManager);
    assert_refused(accept(&world, 0), GradualError::NotPendingManager);

    offer(&world, next).unwrap();
    assert_eq!(world.task().pending_manager, next);
    assert_refused(accept(&world, 1), GradualError::NotPendingManager);
    let early = instruction::set_active(task, next, false);
    assert_refused(world.act(0, early), GradualError::NotManager);
    world.set_active(false).unwrap();

    accept(&world, 0).unwrap();
    let state = world.task();
    assert_eq!(
        (state.manager, state.pending_manager),
        (next, Pubkey::default())
    );
    assert_eq!(state.creator, world.manager.pubkey());
    assert_refused(accept(&world, 0), GradualError::NotPendingManager);
    assert_refused(world.set_active(true), GradualError::NotManager);
    world
        .act(0, instruction::set_active(task, next, true))
        .unwrap();
}

/// `propose_manager.2`
fn another_offer_takes_the_place_of_the_last_one(build: Build) {
    let world = World::on(build).stakes(&[0, 0]).start();
    offer(&world, world.nodes[0].pubkey()).unwrap();
    offer(&world, world.nodes[1].pubkey()).unwrap();
    assert_refused(accept(&world, 0), GradualError::NotPendingManager);
    offer(&world, Pubkey::default()).unwrap();
    assert_refused(accept(&world, 1), GradualError::NotPendingManager);
    assert_eq!(world.task().manager, world.manager.pubkey());
}
