//! `insert_manager`, `remove_manager`.

use anchor_lang::error::ErrorCode;
use gradual_consensus::{GradualError, MAX_MANAGERS};
use gradual_consensus_client::instruction;
use gradual_consensus_testkit::{
    Build, World, assert_refused, assert_refused_with_code, bank::upgrade_authority,
    config_manager, key, on_every_build, suite::Sent,
};
use solana_sdk::{pubkey::Pubkey, signature::Signer};

on_every_build! {
    the_only_manager_inserts_the_second_and_two_the_third,
    nobody_else_changes_the_managers,
    a_manager_is_inserted_once_and_the_seventeenth_not_at_all,
    two_managers_remove_one_who_may_be_one_of_them,
    the_last_manager_stays,
}

/// A world whose config has managers 0 and 1.
pub(crate) fn two_managers(build: Build) -> World {
    let world = World::on(build).stakes(&[]).start();
    insert(&world, &[0], config_manager(1).pubkey()).unwrap();
    world
}

fn sent(
    world: &World,
    signers: &[u8],
    of: fn(Pubkey, Option<Pubkey>, Pubkey) -> solana_sdk::instruction::Instruction,
    manager: Pubkey,
) -> Sent {
    let keys: Vec<_> = signers
        .iter()
        .map(|&number| config_manager(number))
        .collect();
    let change = of(keys[0].pubkey(), keys.get(1).map(Signer::pubkey), manager);
    // One key that is named twice signs once.
    let payer = [&world.manager.keypair];
    let mut signing: Vec<_> = payer.into_iter().chain(&keys).collect();
    signing.dedup_by_key(|key| key.pubkey());
    world.send(&[change], &signing)
}

fn insert(world: &World, signers: &[u8], manager: Pubkey) -> Sent {
    sent(world, signers, instruction::insert_manager, manager)
}

pub(crate) fn remove(world: &World, signers: &[u8], manager: Pubkey) -> Sent {
    sent(world, signers, instruction::remove_manager, manager)
}

/// `insert_manager.1`
fn the_only_manager_inserts_the_second_and_two_the_third(build: Build) {
    let world = World::on(build).stakes(&[]).start();
    let third = key("third", 0).pubkey();
    let [first, second] = [0, 1].map(|number| config_manager(number).pubkey());
    assert_refused(insert(&world, &[1], second), GradualError::NotConfigManager);
    assert_refused(
        insert(&world, &[0, 1], second),
        GradualError::NotConfigManager,
    );
    assert_refused(
        insert(&world, &[0, 0], second),
        GradualError::SameManagerTwice,
    );
    insert(&world, &[0], second).unwrap();
    assert_refused(
        insert(&world, &[0], third),
        GradualError::SecondManagerMissing,
    );
    assert_refused(
        insert(&world, &[0, 0], third),
        GradualError::SameManagerTwice,
    );
    assert_refused(
        insert(&world, &[1, 1], third),
        GradualError::SameManagerTwice,
    );
    insert(&world, &[1, 0], third).unwrap();
    assert_eq!(world.config().managers(), [first, second, third]);
}

/// `insert_manager.1`: the admin, and a manager of a task, are no managers; two must really sign.
fn nobody_else_changes_the_managers(build: Build) {
    let world = two_managers(build);
    let third = key("third", 0).pubkey();
    for other in [upgrade_authority(), world.manager.keypair.insecure_clone()] {
        let first = config_manager(0);
        let insert = instruction::insert_manager(first.pubkey(), Some(other.pubkey()), third);
        let refused = world.send(&[insert], &[&first, &other]);
        assert_refused(refused, GradualError::NotConfigManager);
    }
    let [first, second] = [0, 1].map(config_manager);
    let mut forged = instruction::insert_manager(first.pubkey(), Some(second.pubkey()), third);
    forged.accounts[1].is_signer = false;
    assert_refused_with_code(
        world.send(&[forged], &[&first]),
        ErrorCode::AccountNotSigner.into(),
    );
    assert_eq!(world.config().manager_count, 2);
}

/// `insert_manager.2`
fn a_manager_is_inserted_once_and_the_seventeenth_not_at_all(build: Build) {
    let world = two_managers(build);
    let first = config_manager(0).pubkey();
    assert_refused(insert(&world, &[0, 1], first), GradualError::AlreadyManager);
    for number in 2..MAX_MANAGERS as u8 {
        insert(&world, &[0, 1], config_manager(number).pubkey()).unwrap();
    }
    let one_more = config_manager(99).pubkey();
    assert_refused(
        insert(&world, &[0, 1], one_more),
        GradualError::TooManyManagers,
    );
    remove(&world, &[14, 15], first).unwrap();
    insert(&world, &[1, 2], one_more).unwrap();
    assert_eq!(u64::from(world.config().manager_count), MAX_MANAGERS);
    assert!(!world.config().managers().contains(&first));
}

/// `remove_manager.1`
fn two_managers_remove_one_who_may_be_one_of_them(build: Build) {
    let world = two_managers(build);
    let third = key("third", 0).pubkey();
    insert(&world, &[0, 1], third).unwrap();
    assert_refused(
        remove(&world, &[0], third),
        GradualError::SecondManagerMissing,
    );
    assert_refused(
        remove(&world, &[0, 0], third),
        GradualError::SameManagerTwice,
    );
    remove(&world, &[0, 1], third).unwrap();
    let [first, second] = [0, 1].map(|number| config_manager(number).pubkey());
    remove(&world, &[0, 1], first).unwrap();
    let config = world.config();
    assert_eq!(config.managers(), [second]);
    assert_eq!(config.managers[1..3], [Pubkey::default(); 2]);
    assert_refused(insert(&world, &[0], third), GradualError::NotConfigManager);
    insert(&world, &[1], third).unwrap();
}

/// `remove_manager.2`
fn the_last_manager_stays(build: Build) {
    let world = World::on(build).stakes(&[]).start();
    let [first, other] = [0, 1].map(|number| config_manager(number).pubkey());
    assert_refused(remove(&world, &[0], other), GradualError::UnknownManager);
    assert_refused(
        remove(&world, &[0], Pubkey::default()),
        GradualError::UnknownManager,
    );
    assert_refused(remove(&world, &[0], first), GradualError::LastManager);
}
