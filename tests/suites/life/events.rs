//! What governance tells in its logs, and that the client reads it.

use crate::support::{another_task, everybody_leaves, migrate, migrate_stake};
use gradual_consensus_client::{
    event::{Event, events},
    instruction,
    ledger::{LedgerError, Receipt},
};
use gradual_consensus_testkit::bank::upgrade_authority;
use gradual_consensus_testkit::{BOUNTY, Build, STAKE, World, config_manager, on_every_build};
use solana_sdk::signature::Signer;

/// The only event of what was sent.
#[track_caller]
fn told(result: Result<Receipt, LedgerError>) -> Event {
    let logs = result.unwrap().logs;
    let mut found: Vec<Event> = events(&logs).collect();
    assert_eq!(found.len(), 1);
    found.remove(0)
}

/// Takes the event apart, which must be of this kind.
macro_rules! expect {
    ($result:expr, $kind:ident) => {
        match told($result) {
            Event::$kind(event) => event,
            _ => panic!("another event than {}", stringify!($kind)),
        }
    };
}

on_every_build! {
    the_config_tells_what_changes,
    a_task_tells_how_it_goes_on,
}

/// The config's.
fn the_config_tells_what_changes(build: Build) {
    let world = World::on(build).stakes(&[]).start();
    let (admin, [first, second]) = (upgrade_authority(), [0, 1].map(config_manager));
    let (me, heir) = (admin.pubkey(), second.pubkey());

    let propose = instruction::propose_admin(me, heir);
    let event = expect!(world.send(&[propose], &[&admin]), AdminProposed);
    assert_eq!((event.admin, event.pending_admin), (me, heir));
    let accept = instruction::accept_admin(heir);
    let event = expect!(world.send(&[accept], &[&second]), AdminAccepted);
    assert_eq!((event.admin_before, event.admin_after), (me, heir));

    let pause = instruction::set_paused(heir, true);
    let event = expect!(world.send(&[pause], &[&second]), PausedSet);
    assert_eq!((event.paused_before, event.paused_after), (false, true));

    let insert = instruction::insert_manager(first.pubkey(), None, heir);
    let event = expect!(world.send(&[insert], &[&first]), ManagerInserted);
    assert_eq!((event.manager, event.managers), (heir, 2));
    let remove = instruction::remove_manager(first.pubkey(), Some(heir), heir);
    let event = expect!(world.send(&[remove], &[&first, &second]), ManagerRemoved);
    assert_eq!((event.manager, event.managers), (heir, 1));

    let event = expect!(world.close_config(), ConfigClosed);
    assert_eq!(event.admin, heir);
    let initialized = world.bank.initialize_config(&admin, first.pubkey());
    let event = expect!(initialized, ConfigInitialized);
    assert_eq!((event.admin, event.manager), (me, first.pubkey()));
}

/// A task's, to its end.
fn a_task_tells_how_it_goes_on(build: Build) {
    let world = World::on(build).stakes(&[STAKE]).start();
    let (task, manager) = (world.task_address(), world.manager.pubkey());
    let first = config_manager(0);

    let allowlist = instruction::allowlist_task(task, first.pubkey(), true);
    let event = expect!(world.send(&[allowlist], &[&first]), TaskAllowlisted);
    assert_eq!((event.task, event.manager), (task, first.pubkey()));
    assert_eq!(
        (event.allowlisted_before, event.allowlisted_after),
        (false, true)
    );

    let propose = instruction::propose_manager(task, manager, manager);
    let event = expect!(world.crank(propose), ManagerProposed);
    assert_eq!((event.task, event.pending_manager), (task, manager));
    let event = expect!(
        world.crank(instruction::accept_manager(task, manager)),
        ManagerAccepted
    );
    assert_eq!(
        (event.manager_before, event.manager_after),
        (manager, manager)
    );

    let heir = another_task(&world, &world.manager.keypair, 2, |_| ());
    let event = expect!(migrate(&world, &heir), TaskMigrated);
    assert_eq!(
        (event.task, event.successor, event.amount),
        (task, heir.task, BOUNTY)
    );
    assert_eq!((event.available_before, event.available_after), (BOUNTY, 0));
    assert_eq!(event.successor_available_after, BOUNTY);

    let event = expect!(migrate_stake(&world, 0, &heir), StakeMigrated);
    assert_eq!(
        (event.task, event.successor, event.amount),
        (task, heir.task, STAKE)
    );
    assert_eq!((event.round, event.active), (0, [0, 0, STAKE]));
    assert_eq!((event.stake_before, event.stake_after), (0, STAKE));

    everybody_leaves(&world, &world.bank, world.tokens);
    let event = expect!(world.close_task(), TaskClosed);
    assert_eq!(
        (event.task, event.destination),
        (task, world.manager.wallet)
    );
    assert_eq!((event.from_stake_pot, event.from_bounty_pot), (0, 0));
}
