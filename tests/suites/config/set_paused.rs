//! `set_paused`: what a pause stops, and what it never does.

use anchor_lang::error::ErrorCode;
use gradual_consensus::GradualError;
use gradual_consensus_client::instruction;
use gradual_consensus_testkit::{
    BOUNTY, Build, STAKE, WALLET, World, assert_refused, assert_refused_with_code,
    bank::upgrade_authority,
    config_manager, on_every_build,
    suite::{
        assert_nothing_is_stranded, end_cycles, everybody_leaves, migrate, migrate_stake,
        propose_among, successor, vote,
    },
};
use solana_sdk::signature::Signer;

on_every_build! {
    a_pause_stops_what_begins_something,
    a_cycle_that_is_open_takes_submissions_in_a_pause,
    no_cycle_is_opened_in_a_window_that_saw_a_pause,
    no_cycle_is_opened_in_the_window_of_a_new_config,
    a_pause_blocks_no_audit_no_payout_and_no_exit,
    a_pause_blocks_no_migration,
    only_the_admin_pauses,
}

/// `set_paused.2`
fn a_pause_stops_what_begins_something(build: Build) {
    let world = World::on(build).start_active();
    let create = || world.create_task_with(2, world.params, Default::default());
    world.set_paused(true).unwrap();
    assert_refused(world.crank(create()), GradualError::Paused);
    assert_refused(world.stake(0, STAKE), GradualError::Paused);
    assert_refused(world.submit(0, 1, b"proof"), GradualError::Paused);
    world.set_paused(false).unwrap();
    world.stake(0, STAKE).unwrap();
    world.submit_all(&[0, 1], 1);
    world.warp_to_round(3);
    let (proposer, slot) = world.first_proposer(&[0, 1], 1, 0);
    world.warp_to(slot);
    world.set_paused(true).unwrap();
    let entries = [(0, 700)];
    assert_refused(
        world.propose(proposer, 1, 0, &entries),
        GradualError::Paused,
    );
    world.set_paused(false).unwrap();
    world.propose(proposer, 1, 0, &entries).unwrap();
    world.warp_past_audit(3);
    world.set_paused(true).unwrap();
    world.finalize(1, 0).unwrap();
    world.payout(1, 0, &entries, 0).unwrap();
    assert_refused(world.compound(0), GradualError::Paused);
    world.set_paused(false).unwrap();
    world.compound(0).unwrap();
    let mut params = world.params;
    params.starting_slot = None;
    let create = world.create_task_with(2, params, Default::default());
    world.crank(create).unwrap();
}

/// `set_paused.3`, `submit.5`
fn a_cycle_that_is_open_takes_submissions_in_a_pause(build: Build) {
    let world = World::on(build).start_active();
    world.submit(0, 1, b"opens").unwrap();
    world.set_paused(true).unwrap();
    world.submit(1, 1, b"proof").unwrap();
    world.warp_to_last_submission(2);
    world.submit(2, 1, b"proof").unwrap();
    world.set_paused(false).unwrap();
    world.submit(3, 1, b"proof").unwrap();
    assert_eq!(world.cycle(1).submissions, 4);
}

/// `set_paused.3`, `submit.5`: whenever in its window, or before it, the pause began.
fn no_cycle_is_opened_in_a_window_that_saw_a_pause(build: Build) {
    let world = World::on(build).start_active();
    let cycle = || world.task().current_round(world.slot()) - 1;
    let refused = |error: GradualError| {
        for node in 0..4 {
            assert_refused(world.submit(node, cycle(), b"proof"), error);
        }
    };
    // From before the window into it, and begun and ended in it.
    world.set_paused(true).unwrap();
    for began_before in [true, false] {
        let round = cycle() + 2;
        world.warp_to_round(round);
        if began_before {
            refused(GradualError::Paused);
        }
        world.warp_to(world.slot() + 1);
        world.set_paused(true).unwrap();
        world.set_paused(true).unwrap();
        refused(GradualError::Paused);
        world.set_paused(false).unwrap();
        refused(GradualError::PausedInWindow);
        world.warp_to_last_submission(round);
        world.set_paused(false).unwrap();
        refused(GradualError::PausedInWindow);
    }
    // Ended in the window's first slot; what changes nothing does not count.
    world.set_paused(true).unwrap();
    let round = cycle() + 2;
    world.warp_to_round(round);
    world.set_paused(false).unwrap();
    world.warp_to(world.slot() + 1);
    world.set_paused(false).unwrap();
    world.submit(0, round - 1, b"proof").unwrap();
}

/// `set_paused.3`: without a config it is as in a pause.
fn no_cycle_is_opened_in_the_window_of_a_new_config(build: Build) {
    let world = World::on(build).start_active();
    world.warp_to(world.slot() + 1);
    world.close_config().unwrap();
    assert_refused(world.submit(0, 1, b"proof"), GradualError::NoConfig);
    let manager = config_manager(0).pubkey();
    world
        .bank
        .initialize_config(&upgrade_authority(), manager)
        .unwrap();
    assert_refused(world.submit(0, 1, b"proof"), GradualError::PausedInWindow);
    world.warp_to_round(3);
    world.submit(0, 2, b"proof").unwrap();
}

/// `set_paused.4`: both subjects are challenged, defended, resolved and finalized, everybody is paid
/// and leaves, while the program is paused.
fn a_pause_blocks_no_audit_no_payout_and_no_exit(build: Build) {
    let world = World::on(build).start_active();
    world.submit_all(&[0, 1, 2, 3], 1);
    world.set_paused(true).unwrap();
    let fraud = world.submission_address(3, 1);
    world.warp_to_audit(2);
    vote(&world, fraud, &[(0, false), (1, false), (2, true)]);
    world.warp_past_audit(2);
    world.resolve(fraud).unwrap();
    world.warp_to_round(3);
    world.set_paused(false).unwrap();
    let entries = [(0, 5_000), (1, 3_000), (2, 2_000)];
    let proposer = propose_among(&world, &[0, 1, 2], 1, 0, &entries);
    world.set_paused(true).unwrap();
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
