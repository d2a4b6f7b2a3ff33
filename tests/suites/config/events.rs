//! What the config tells in its logs, and that the client reads it.

use gradual_consensus_client::instruction;
use gradual_consensus_testkit::{
    Build, World, bank::upgrade_authority, config_manager, on_every_build, told,
};
use solana_sdk::signature::Signer;

on_every_build! {
    the_config_tells_what_changes,
}

/// Each change of the config, from the offer to another admin to the next config.
fn the_config_tells_what_changes(build: Build) {
    let world = World::on(build).stakes(&[]).start();
    let (admin, [first, second]) = (upgrade_authority(), [0, 1].map(config_manager));
    let (me, next) = (admin.pubkey(), second.pubkey());

    let propose = instruction::propose_admin(me, next);
    let event = told!(world.send(&[propose], &[&admin]), AdminProposed);
    assert_eq!((event.admin, event.pending_admin), (me, next));
    let accept = instruction::accept_admin(next);
    let event = told!(world.send(&[accept], &[&second]), AdminAccepted);
    assert_eq!((event.admin_before, event.admin_after), (me, next));

    let pause = instruction::set_paused(next, true);
    let event = told!(world.send(&[pause], &[&second]), PausedSet);
    assert_eq!((event.paused_before, event.paused_after), (false, true));

    let insert = instruction::insert_manager(first.pubkey(), None, next);
    let event = told!(world.send(&[insert], &[&first]), ManagerInserted);
    assert_eq!((event.manager, event.managers), (next, 2));
    let remove = instruction::remove_manager(first.pubkey(), Some(next), next);
    let event = told!(world.send(&[remove], &[&first, &second]), ManagerRemoved);
    assert_eq!((event.manager, event.managers), (next, 1));

    let event = told!(world.close_config(), ConfigClosed);
    assert_eq!(event.admin, next);
    let initialized = world.bank.initialize_config(&admin, first.pubkey());
    let event = told!(initialized, ConfigInitialized);
    assert_eq!((event.admin, event.manager), (me, first.pubkey()));
}
