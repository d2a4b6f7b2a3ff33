//! What a task tells in its logs, and that the client reads it.

use gradual_consensus_client::instruction;
use gradual_consensus_testkit::{
    BOUNTY, Build, STAKE, World, config_manager, on_every_build,
    suite::{another_task, everybody_leaves, migrate, migrate_stake},
    told,
};
use solana_sdk::signature::Signer;

on_every_build! {
    a_task_tells_how_it_goes_on,
}

/// From the allowlist to the end: handover, migration, and closing.
fn a_task_tells_how_it_goes_on(build: Build) {
    let world = World::on(build).stakes(&[STAKE]).start();
    let (task, manager) = (world.task_address(), world.manager.pubkey());
    let first = config_manager(0);

    let allowlist = instruction::allowlist_task(task, first.pubkey(), true);
    let event = told!(world.send(&[allowlist], &[&first]), TaskAllowlisted);
    assert_eq!((event.task, event.manager), (task, first.pubkey()));
    assert_eq!(
        (event.allowlisted_before, event.allowlisted_after),
        (false, true)
    );

    let propose = instruction::propose_manager(task, manager, manager);
    let event = told!(world.crank(propose), ManagerProposed);
    assert_eq!((event.task, event.pending_manager), (task, manager));
    let event = told!(
        world.crank(instruction::accept_manager(task, manager)),
        ManagerAccepted
    );
    assert_eq!(
        (event.manager_before, event.manager_after),
        (manager, manager)
    );

    let successor = another_task(&world, &world.manager.keypair, 2, |_| ());
    let event = told!(migrate(&world, &successor), TaskMigrated);
    assert_eq!(
        (event.task, event.successor, event.amount),
        (task, successor.task, BOUNTY)
    );
    assert_eq!((event.available_before, event.available_after), (BOUNTY, 0));
    assert_eq!(event.successor_available_after, BOUNTY);

    let event = told!(migrate_stake(&world, 0, &successor), StakeMigrated);
    assert_eq!(
        (event.task, event.successor, event.amount),
        (task, successor.task, STAKE)
    );
    assert_eq!(event.active_from_round, 2);
    assert_eq!((event.stake_before, event.stake_after), (0, STAKE));

    everybody_leaves(&world, &world.bank, world.tokens);
    let event = told!(world.close_task(), TaskClosed);
    assert_eq!(
        (event.task, event.destination),
        (task, world.manager.wallet)
    );
    assert_eq!((event.from_stake_pot, event.from_bounty_pot), (0, 0));
}
