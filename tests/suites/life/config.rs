//! `initialize_config`, `close_config`, `propose_admin`, `accept_admin`, `set_paused`.

use crate::support::{no_config, swapped};
use anchor_lang::error::ErrorCode;
use gradual_consensus::GradualError;
use gradual_consensus_client::{
    address, instruction,
    ledger::{LedgerError, Receipt},
};
use gradual_consensus_testkit::bank::upgrade_authority;
use gradual_consensus_testkit::{
    Build, LAMPORTS, STAKE, World, assert_refused, assert_refused_with_code, config_manager, key,
    on_every_build,
};
use solana_sdk::{
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};

/// `initialize_config` signed by `authority`, who pays; the first manager is number 0.
fn initialize(world: &World, authority: &Keypair) -> Result<Receipt, LedgerError> {
    let (me, manager) = (authority.pubkey(), config_manager(0).pubkey());
    world.send(
        &[instruction::initialize_config(me, me, manager)],
        &[authority],
    )
}

/// Offers the config to `to`, as `admin`.
fn propose(world: &World, admin: &Keypair, to: Pubkey) -> Result<Receipt, LedgerError> {
    let propose = instruction::propose_admin(admin.pubkey(), to);
    world.send(&[propose], &[admin])
}

/// Accepts the config.
fn accept(world: &World, admin: &Keypair) -> Result<Receipt, LedgerError> {
    world.send(&[instruction::accept_admin(admin.pubkey())], &[admin])
}

fn person(world: &World, name: &str) -> Keypair {
    let person = key(name, 0);
    world.bank.airdrop(&person.pubkey(), LAMPORTS);
    person
}

on_every_build! {
    the_upgrade_authority_initialises_the_config,
    nobody_else_initialises_the_config,
    the_present_authority_counts,
    a_forged_program_data_account_is_refused,
    there_is_one_config,
    without_a_config_nothing_begins,
    nothing_passes_for_the_config,
    lamports_at_the_configs_address_block_nothing,
    the_upgrade_authority_closes_the_config,
    without_a_config_everybody_leaves,
    the_config_is_handed_over_in_two_steps,
    another_offer_takes_the_place_of_the_last_one,
    only_the_admin_pauses,
}

/// `initialize_config.1`
fn the_upgrade_authority_initialises_the_config(build: Build) {
    let world = no_config(build);
    initialize(&world, &upgrade_authority()).unwrap();
    let config = world.config();
    let authority = upgrade_authority().pubkey();
    assert_eq!((config.admin, config.payer), (authority, authority));
    assert_eq!(config.pending_admin, Pubkey::default());
    assert_eq!(config.managers(), [config_manager(0).pubkey()]);
    assert_eq!(config.is_paused, 0);
}

/// `initialize_config.1`: whoever is faster than the authority gains nothing.
fn nobody_else_initialises_the_config(build: Build) {
    let world = no_config(build);
    let stranger = person(&world, "stranger");
    assert_refused(
        initialize(&world, &stranger),
        GradualError::NotUpgradeAuthority,
    );
    assert_refused(
        initialize(&world, &config_manager(0)),
        GradualError::NotUpgradeAuthority,
    );
    let authority = upgrade_authority().pubkey();
    let (me, manager) = (stranger.pubkey(), config_manager(0).pubkey());
    let mut forged = instruction::initialize_config(authority, me, manager);
    forged.accounts[0].is_signer = false;
    assert_refused_with_code(
        world.send(&[forged], &[&stranger]),
        ErrorCode::AccountNotSigner.into(),
    );
}

/// `initialize_config.1`: the authority may have changed, and a final program has none.
fn the_present_authority_counts(build: Build) {
    let world = no_config(build);
    world.bank.set_upgrade_authority(None);
    let first = upgrade_authority();
    assert_refused(
        initialize(&world, &first),
        GradualError::NotUpgradeAuthority,
    );
    let heir = person(&world, "heir");
    world.bank.set_upgrade_authority(Some(heir.pubkey()));
    assert_refused(
        initialize(&world, &first),
        GradualError::NotUpgradeAuthority,
    );
    initialize(&world, &heir).unwrap();
    assert_eq!(world.config().admin, heir.pubkey());
}

/// `initialize_config.1`: only what the loader itself keeps at the program's own address says who
/// the authority is.
fn a_forged_program_data_account_is_refused(build: Build) {
    let world = no_config(build);
    let stranger = person(&world, "stranger");
    let data = world.bank.account(&address::program_data()).unwrap();
    let mut forged = data.clone();
    // Behind the kind of account, its slot and the word that there is an authority.
    forged.data[13..45].copy_from_slice(stranger.pubkey().as_ref());
    let (me, manager) = (stranger.pubkey(), config_manager(0).pubkey());
    let with = |account: Pubkey| {
        let init = instruction::initialize_config(me, me, manager);
        world.send(
            &[swapped(init, address::program_data(), account)],
            &[&stranger],
        )
    };
    let elsewhere = key("forged", 0).pubkey();
    world.bank.set_account(&elsewhere, &forged);
    assert_refused(with(elsewhere), GradualError::WrongProgramData);
    forged.owner = gradual_consensus::ID;
    world.bank.set_account(&elsewhere, &forged);
    assert_refused(with(elsewhere), GradualError::WrongProgramData);
    assert_refused(with(gradual_consensus::ID), GradualError::WrongProgramData);
    assert_refused(with(address::config()), GradualError::WrongProgramData);
}

/// `initialize_config.2`
fn there_is_one_config(build: Build) {
    let world = World::on(build).stakes(&[]).start();
    assert_refused(
        initialize(&world, &upgrade_authority()),
        GradualError::ConfigExists,
    );
}

/// `initialize_config.3`
fn without_a_config_nothing_begins(build: Build) {
    let world = World::on(build).start_active();
    world.submit_all(&[0, 1], 1);
    world.warp_to_round(3);
    let (proposer, slot) = world.first_proposer(&[0, 1], 1, 0);
    world.warp_to(slot);
    world.close_config().unwrap();
    let create = world.create_task_with(2, world.params, Default::default());
    assert_refused(world.crank(create), GradualError::NoConfig);
    assert_refused(world.stake(0, STAKE), GradualError::NoConfig);
    assert_refused(world.submit(2, 2, b"proof"), GradualError::NoConfig);
    assert_refused(world.compound(0), GradualError::NoConfig);
    assert_refused(
        world.propose(proposer, 1, 0, &[(0, 1_000)]),
        GradualError::NoConfig,
    );
    initialize(&world, &upgrade_authority()).unwrap();
    world.propose(proposer, 1, 0, &[(0, 1_000)]).unwrap();
}

/// `initialize_config.3`: nothing else passes for it, however it looks.
fn nothing_passes_for_the_config(build: Build) {
    let world = World::on(build).stakes(&[STAKE]).start();
    let forged = key("forged", 0).pubkey();
    let mut account = world.bank.account(&address::config()).unwrap();
    account.owner = spl_token_interface::ID;
    world.bank.set_account(&forged, &account);
    world.set_paused(true).unwrap();
    for other in [
        forged,
        world.task_address(),
        world.stake_address(0),
        world.nodes[0].pubkey(),
    ] {
        let stake = swapped(world.stake_ix(0, STAKE), address::config(), other);
        assert_refused(world.act(0, stake), GradualError::NoConfig);
    }
    assert_refused(world.stake(0, STAKE), GradualError::Paused);
}

/// `initialize_config.4`
fn lamports_at_the_configs_address_block_nothing(build: Build) {
    let world = no_config(build);
    world.bank.airdrop(&address::config(), 1);
    initialize(&world, &upgrade_authority()).unwrap();
    assert_eq!(world.config().manager_count, 1);
}

/// `close_config.1`
fn the_upgrade_authority_closes_the_config(build: Build) {
    let world = no_config(build);
    let (authority, sponsor) = (upgrade_authority(), person(&world, "sponsor"));
    let (admin, payer) = (authority.pubkey(), sponsor.pubkey());
    let manager = config_manager(0).pubkey();
    let init = instruction::initialize_config(admin, payer, manager);
    world.send(&[init], &[&authority, &sponsor]).unwrap();
    assert!(world.lamports(&payer) < LAMPORTS);

    let heir = person(&world, "heir");
    propose(&world, &authority, heir.pubkey()).unwrap();
    accept(&world, &heir).unwrap();
    let by_admin = instruction::close_config(heir.pubkey(), payer);
    assert_refused(
        world.send(&[by_admin], &[&heir]),
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

/// `close_config.2`: whoever has something in a task gets it out without a config.
fn without_a_config_everybody_leaves(build: Build) {
    let world = World::on(build).stakes(&[STAKE, STAKE]).start();
    world.close_config().unwrap();
    for node in [0, 1] {
        world.withdraw(node, STAKE).unwrap();
        world.close_stake(node).unwrap();
    }
    world.set_active(false).unwrap();
    world.close_task().unwrap();
    assert_eq!(world.snapshot(), world.snapshot());
    assert!(world.tasks().is_empty());
}

/// `propose_admin.1`, `accept_admin.1`
fn the_config_is_handed_over_in_two_steps(build: Build) {
    let world = World::on(build).stakes(&[]).start();
    let (first, heir) = (upgrade_authority(), person(&world, "heir"));
    let stranger = person(&world, "stranger");
    assert_refused(
        propose(&world, &stranger, stranger.pubkey()),
        GradualError::NotAdmin,
    );
    assert_refused(accept(&world, &heir), GradualError::NotPendingAdmin);

    propose(&world, &first, heir.pubkey()).unwrap();
    assert_eq!(world.config().pending_admin, heir.pubkey());
    assert_refused(accept(&world, &stranger), GradualError::NotPendingAdmin);
    assert_refused(accept(&world, &first), GradualError::NotPendingAdmin);
    world.set_paused(true).unwrap();
    world.set_paused(false).unwrap();

    accept(&world, &heir).unwrap();
    assert_eq!(world.config().admin, heir.pubkey());
    assert_eq!(world.config().pending_admin, Pubkey::default());
    assert_refused(accept(&world, &heir), GradualError::NotPendingAdmin);
    assert_refused(world.set_paused(true), GradualError::NotAdmin);
    let pause = instruction::set_paused(heir.pubkey(), true);
    world.send(&[pause], &[&heir]).unwrap();
}

/// `propose_admin.2`
fn another_offer_takes_the_place_of_the_last_one(build: Build) {
    let world = World::on(build).stakes(&[]).start();
    let (first, heir) = (upgrade_authority(), person(&world, "heir"));
    let other = person(&world, "other");
    propose(&world, &first, heir.pubkey()).unwrap();
    propose(&world, &first, other.pubkey()).unwrap();
    assert_refused(accept(&world, &heir), GradualError::NotPendingAdmin);
    propose(&world, &first, Pubkey::default()).unwrap();
    assert_refused(accept(&world, &other), GradualError::NotPendingAdmin);
    assert_eq!(world.config().admin, first.pubkey());
}

/// `set_paused.1`
fn only_the_admin_pauses(build: Build) {
    let world = World::on(build).stakes(&[STAKE]).start();
    for other in [config_manager(0), world.manager.keypair.insecure_clone()] {
        let pause = instruction::set_paused(other.pubkey(), true);
        assert_refused(world.send(&[pause], &[&other]), GradualError::NotAdmin);
    }
    let admin = upgrade_authority().pubkey();
    let mut forged = instruction::set_paused(admin, true);
    forged.accounts[0].is_signer = false;
    assert_refused_with_code(world.act(0, forged), ErrorCode::AccountNotSigner.into());
    assert_eq!(world.config().is_paused, 0);
}
