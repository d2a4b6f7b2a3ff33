//! `set_paused`: what a pause stops, and what it never does.

use anchor_lang::error::ErrorCode;
use gradual_consensus::{GradualError, TaskParams, TaskTexts};
use gradual_consensus_client::instruction;
use gradual_consensus_testkit::{
    BOUNTY, Build, STAKE, WALLET, World, assert_refused, assert_refused_with_code,
    bank::upgrade_authority,
    config_manager, on_every_build,
    suite::{
        assert_nothing_is_stranded, distribute, end_cycles, everybody_leaves, migrate,
        migrate_stake, propose_among, successor, vote,
    },
};
use solana_sdk::signature::Signer;

on_every_build! {
    a_pause_stops_what_begins_something,
    a_cycle_that_is_open_takes_submissions_in_a_pause,
    a_pause_blocks_no_audit_no_payout_and_no_exit,
    a_pause_blocks_no_migration,
    only_the_admin_pauses,
}

/// `set_paused.2`
fn a_pause_stops_what_begins_something(build: Build) {
    let world = World::on(build).start_active();
    let create = || {
        let params = TaskParams {
            starting_slot: world.slot() + 1,
            ..world.params
        };
        world.crank(world.create_task_with(2, params, TaskTexts::default()))
    };
    world.submit_all(&[0, 1], 1);
    distribute(&world, &[0, 1], 1, &[(0, 700)]);
    world.warp_to_round(4);
    world.set_paused(true).unwrap();
    assert_refused(create(), GradualError::Paused);
    assert_refused(world.stake(0, STAKE), GradualError::Paused);
    assert_refused(world.open_cycle(0, 4), GradualError::Paused);
    assert_refused(world.compound(0), GradualError::Paused);
    world.set_paused(false).unwrap();
    create().unwrap();
    world.stake(0, STAKE).unwrap();
    world.open_cycle(0, 4).unwrap();
    world.compound(0).unwrap();
}

/// `set_paused.3`, `submit.5`
fn a_cycle_that_is_open_takes_submissions_in_a_pause(build: Build) {
    let world = World::on(build).start_active();
    world.set_paused(true).unwrap();
    world.submit(0, 1, b"proof").unwrap();
    world.submit(1, 1, b"proof").unwrap();
    world.warp_to_last_submission(2);
    world.submit(2, 1, b"proof").unwrap();
    world.set_paused(false).unwrap();
    world.submit(3, 1, b"proof").unwrap();
    assert_eq!(world.cycle(1).submissions, 4);
}

/// `set_paused.3`, `set_paused.4`: both subjects are challenged, defended, resolved and finalized, everybody is paid
/// and leaves, while the program is paused.
fn a_pause_blocks_no_audit_no_payout_and_no_exit(build: Build) {
    let world = World::on(build).start_active();
    world.submit_all(&[0, 1, 2, 3], 1);
    world.set_paused(true).unwrap();
    let fraud = world.submission_address(3, 1);
    world.warp_to_audit(2);
    vote(&world, fraud, &[(0, false), (1, false), (2, false)]);
    world.warp_past_audit(2);
    world.resolve(fraud).unwrap();
    world.warp_to_round(3);
    let entries = [(0, 5_000), (1, 3_000), (2, 2_000)];
    let proposer = propose_among(&world, &[0, 1, 2], 1, 0, &entries);
    world.warp_to_audit(3);
    let list = world.list_address(1, 0);
    let others: Vec<usize> = [0, 1, 2].into_iter().filter(|&n| n != proposer).collect();
    vote(&world, list, &[(others[0], false), (others[1], true)]);
    world.warp_past_audit(3);
    world.resolve(list).unwrap();
    world.finalize(1, 0).unwrap();
    end_cycles(&world, &world.bank, world.tokens);
    everybody_leaves(&world, &world.bank, world.tokens);
    world.fund(5).unwrap();
    world.set_active(false).unwrap();
    world.close_task().unwrap();
    assert_nothing_is_stranded(&world);
}

/// `set_paused.4`: a task migrates, and so does its stake.
fn a_pause_blocks_no_migration(build: Build) {
    let world = World::on(build).stakes(&[STAKE]).start_active();
    let next = successor(&world);
    world.set_paused(true).unwrap();
    migrate(&world, &next).unwrap();
    migrate_stake(&world, 0, &next).unwrap();
    everybody_leaves(&world, &world.bank, next);
    assert_eq!(world.balance(&world.nodes[0].wallet), WALLET);
    let moved = world.task().bounty_migrated;
    assert!(moved > 0 && moved < BOUNTY);
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
