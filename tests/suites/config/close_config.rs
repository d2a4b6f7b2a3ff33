//! `close_config`.

use crate::admin::{accept, propose};
use gradual_consensus::GradualError;
use gradual_consensus_client::{address, instruction};
use gradual_consensus_testkit::{
    Build, LAMPORTS, STAKE, World, assert_refused,
    bank::upgrade_authority,
    config_manager, on_every_build,
    suite::{no_config, somebody},
    swapped,
};
use solana_sdk::signature::Signer;

on_every_build! {
    the_upgrade_authority_closes_the_config,
    without_a_config_everybody_leaves,
}

/// `close_config.1`
fn the_upgrade_authority_closes_the_config(build: Build) {
    let world = no_config(build);
    let (authority, sponsor) = (upgrade_authority(), somebody(&world, "sponsor"));
    let (admin, payer) = (authority.pubkey(), sponsor.pubkey());
    let manager = config_manager(0).pubkey();
    let init = instruction::initialize_config(admin, payer, manager);
    world.send(&[init], &[&authority, &sponsor]).unwrap();
    assert!(world.lamports(&payer) < LAMPORTS);

    let next = somebody(&world, "next");
    propose(&world, &authority, next.pubkey()).unwrap();
    accept(&world, &next).unwrap();
    let by_admin = instruction::close_config(next.pubkey(), payer);
    assert_refused(
        world.send(&[by_admin], &[&next]),
        GradualError::NotUpgradeAuthority,
    );
    let elsewhere = instruction::close_config(admin, admin);
    assert_refused(
        world.send(&[elsewhere], &[&authority]),
        GradualError::WrongRentPayer,
    );
    let other_data = swapped(
        instruction::close_config(admin, payer),
        address::program_data(),
        gradual_consensus::ID,
    );
    assert_refused(
        world.send(&[other_data], &[&authority]),
        GradualError::WrongProgramData,
    );
    world.close_config().unwrap();
    assert_eq!(world.lamports(&payer), LAMPORTS);
    assert!(world.is_gone(&address::config()));
}

/// `close_config.2`: a node takes its stake out of a task without a config.
fn without_a_config_everybody_leaves(build: Build) {
    let world = World::on(build).stakes(&[STAKE, STAKE]).start();
    world.close_config().unwrap();
    for node in [0, 1] {
        world.withdraw(node, STAKE).unwrap();
        world.close_stake(node).unwrap();
    }
    world.set_active(false).unwrap();
    world.close_task().unwrap();
    assert!(world.snapshot().accounts().is_empty());
    assert!(world.tasks().is_empty());
}
