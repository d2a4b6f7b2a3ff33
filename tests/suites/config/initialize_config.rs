//! `initialize_config`.

use anchor_lang::error::ErrorCode;
use gradual_consensus::{GradualError, TaskParams, TaskTexts};
use gradual_consensus_client::{address, instruction};
use gradual_consensus_testkit::{
    Build, STAKE, World, assert_refused, assert_refused_with_code,
    bank::upgrade_authority,
    config_manager, key, on_every_build,
    suite::{Sent, no_config, somebody},
    swapped,
};
use solana_sdk::{
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};

on_every_build! {
    the_upgrade_authority_initialises_the_config,
    nobody_else_initialises_the_config,
    the_present_authority_counts,
    a_forged_program_data_account_is_refused,
    there_is_one_config,
    without_a_config_nothing_begins,
    nothing_passes_for_the_config,
    lamports_at_the_configs_address_block_nothing,
}

/// `initialize_config` signed by `authority`, who pays; the first manager is number 0.
fn initialize(world: &World, authority: &Keypair) -> Sent {
    let (me, manager) = (authority.pubkey(), config_manager(0).pubkey());
    world.send(
        &[instruction::initialize_config(me, me, manager)],
        &[authority],
    )
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

/// `initialize_config.1`: a stranger who is faster than the authority gains nothing.
fn nobody_else_initialises_the_config(build: Build) {
    let world = no_config(build);
    let stranger = somebody(&world, "stranger");
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
    let next = somebody(&world, "next");
    world.bank.set_upgrade_authority(Some(next.pubkey()));
    assert_refused(
        initialize(&world, &first),
        GradualError::NotUpgradeAuthority,
    );
    initialize(&world, &next).unwrap();
    assert_eq!(world.config().admin, next.pubkey());
}

/// `initialize_config.1`: only what the loader itself keeps at the program's own address says who
/// the authority is.
fn a_forged_program_data_account_is_refused(build: Build) {
    let world = no_config(build);
    let stranger = somebody(&world, "stranger");
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

/// `initialize_config.3`, `close_config.2`: what has begun goes on.
fn without_a_config_nothing_begins(build: Build) {
    let world = World::on(build).start_active();
    world.submit_all(&[0, 1], 1);
    world.warp_to_round(3);
    let (proposer, slot) = world.first_proposer(&[0, 1], 1, 0);
    world.warp_to(slot);
    world.close_config().unwrap();
    let params = TaskParams {
        starting_slot: world.slot() + 1,
        ..world.params
    };
    let create = || world.create_task_with(2, params, TaskTexts::default());
    assert_refused(world.crank(create()), GradualError::NoConfig);
    assert_refused(world.stake(0, STAKE), GradualError::NoConfig);
    assert_refused(world.open_cycle(0, 3), GradualError::NoConfig);
    assert_refused(world.compound(0), GradualError::NoConfig);
    world.propose(proposer, 1, 0, &[(0, 1_000)]).unwrap();
    initialize(&world, &upgrade_authority()).unwrap();
    world.crank(create()).unwrap();
    world.open_cycle(0, 3).unwrap();
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
