//! `allowlist_task`.

use crate::managers::{remove, two_managers};
use gradual_consensus::GradualError;
use gradual_consensus_client::instruction;
use gradual_consensus_testkit::{
    Build, assert_refused, bank::upgrade_authority, config_manager, on_every_build,
};
use solana_sdk::signature::Signer;

on_every_build! {
    a_manager_of_the_config_allowlists_any_task,
}

/// `allowlist_task.1`
fn a_manager_of_the_config_allowlists_any_task(build: Build) {
    let world = two_managers(build);
    let task = world.task_address();
    assert_eq!(world.task().is_allowlisted, 0);
    let (admin, creator) = (upgrade_authority(), world.manager.keypair.insecure_clone());
    for other in [admin, creator] {
        let allowlist = instruction::allowlist_task(task, other.pubkey(), true);
        assert_refused(
            world.send(&[allowlist], &[&other]),
            GradualError::NotConfigManager,
        );
    }
    for (number, is_allowlisted) in [(0, true), (1, true), (1, false), (0, true)] {
        let manager = config_manager(number);
        let set = instruction::allowlist_task(task, manager.pubkey(), is_allowlisted);
        world.send(&[set], &[&manager]).unwrap();
        assert_eq!(world.task().is_allowlisted, u8::from(is_allowlisted));
    }
    remove(&world, &[0, 1], config_manager(0).pubkey()).unwrap();
    let manager = config_manager(0);
    let set = instruction::allowlist_task(task, manager.pubkey(), false);
    assert_refused(
        world.send(&[set], &[&manager]),
        GradualError::NotConfigManager,
    );
}
