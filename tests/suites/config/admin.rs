//! `propose_admin`, `accept_admin`.

use gradual_consensus::GradualError;
use gradual_consensus_client::instruction;
use gradual_consensus_testkit::{
    Build, World, assert_refused,
    bank::upgrade_authority,
    on_every_build,
    suite::{Sent, somebody},
};
use solana_sdk::{
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};

on_every_build! {
    the_config_is_handed_over_in_two_steps,
    another_offer_takes_the_place_of_the_last_one,
}

/// Offers the config to `to`, as `admin`.
pub(crate) fn propose(world: &World, admin: &Keypair, to: Pubkey) -> Sent {
    let propose = instruction::propose_admin(admin.pubkey(), to);
    world.send(&[propose], &[admin])
}

/// Accepts the config.
pub(crate) fn accept(world: &World, admin: &Keypair) -> Sent {
    world.send(&[instruction::accept_admin(admin.pubkey())], &[admin])
}

/// `propose_admin.1`, `accept_admin.1`
fn the_config_is_handed_over_in_two_steps(build: Build) {
    let world = World::on(build).stakes(&[]).start();
    let (first, next) = (upgrade_authority(), somebody(&world, "next"));
    let stranger = somebody(&world, "stranger");
    assert_refused(
        propose(&world, &stranger, stranger.pubkey()),
        GradualError::NotAdmin,
    );
    assert_refused(accept(&world, &next), GradualError::NotPendingAdmin);

    propose(&world, &first, next.pubkey()).unwrap();
    assert_eq!(world.config().pending_admin, next.pubkey());
    assert_refused(accept(&world, &stranger), GradualError::NotPendingAdmin);
    assert_refused(accept(&world, &first), GradualError::NotPendingAdmin);
    world.set_paused(true).unwrap();
    world.set_paused(false).unwrap();

    accept(&world, &next).unwrap();
    assert_eq!(world.config().admin, next.pubkey());
    assert_eq!(world.config().pending_admin, Pubkey::default());
    assert_refused(accept(&world, &next), GradualError::NotPendingAdmin);
    assert_refused(world.set_paused(true), GradualError::NotAdmin);
    let pause = instruction::set_paused(next.pubkey(), true);
    world.send(&[pause], &[&next]).unwrap();
}

/// `propose_admin.2`
fn another_offer_takes_the_place_of_the_last_one(build: Build) {
    let world = World::on(build).stakes(&[]).start();
    let (first, next) = (upgrade_authority(), somebody(&world, "next"));
    let other = somebody(&world, "other");
    propose(&world, &first, next.pubkey()).unwrap();
    propose(&world, &first, other.pubkey()).unwrap();
    assert_refused(accept(&world, &next), GradualError::NotPendingAdmin);
    propose(&world, &first, Pubkey::default()).unwrap();
    assert_refused(accept(&world, &other), GradualError::NotPendingAdmin);
    assert_eq!(world.config().admin, first.pubkey());
}
