//! `set_active`.

use anchor_lang::error::ErrorCode;
use gradual_consensus::GradualError;
use gradual_consensus_client::instruction;
use gradual_consensus_testkit::{
    BOUNTY, Build, STAKE, WALLET, World, assert_refused, assert_refused_by_anchor, on_every_build,
    suite::{AUTHOR, BOTH, Kind, decide, distribute, hand_in_for_audit, vote},
    unsigned,
};

on_every_build! {
    only_the_manager_may,
    an_inactive_task_takes_no_stake,
    an_inactive_task_takes_no_compounding,
    both_subjects_of_an_inactive_task_are_audited,
    a_deactivated_task_is_wound_up,
}

/// `set_active.1`
fn only_the_manager_may(build: Build) {
    let world = World::on(build).stakes(&[0]).start();
    let task = world.task_address();
    let usurped = instruction::set_active(task, world.nodes[0].pubkey(), false);
    assert_refused(world.act(0, usurped), GradualError::NotManager);
    let manager = world.manager.pubkey();
    let forged = unsigned(instruction::set_active(task, manager, false), manager);
    assert_refused_by_anchor(world.act(0, forged), ErrorCode::AccountNotSigner);
    assert_eq!(world.task().is_active, 1);
    world.set_active(false).unwrap();
    assert_eq!(world.task().is_active, 0);
    world.set_active(false).unwrap();
    assert_eq!(world.task().is_active, 0);
}

/// `set_active.2`
fn an_inactive_task_takes_no_stake(build: Build) {
    let world = World::on(build).stakes(&[STAKE, 0]).start_active();
    world.set_active(false).unwrap();
    assert_refused(world.stake(0, STAKE), GradualError::TaskInactive);
    assert_refused(world.stake(1, STAKE), GradualError::TaskInactive);
    world.set_active(true).unwrap();
    world.stake(0, STAKE).unwrap();
    world.stake(1, STAKE).unwrap();
}

/// `set_active.2`
fn an_inactive_task_takes_no_compounding(build: Build) {
    let world = World::on(build).start_active();
    decide(
        &world,
        Kind::Submission,
        &[(0, false), (1, false), (2, false)],
    );
    world.set_active(false).unwrap();
    assert_refused(world.compound(0), GradualError::TaskInactive);
    world.set_active(true).unwrap();
    world.compound(0).unwrap();
    assert_eq!(world.node_stake(0).stake.total(), STAKE + 210);
}

/// `set_active.3`, `audit.5`
fn both_subjects_of_an_inactive_task_are_audited(build: Build) {
    for kind in BOTH {
        let world = World::on(build.clone()).start_active();
        let subject = hand_in_for_audit(&world, kind);
        world.set_active(false).unwrap();
        world.audit(0, subject.address, false).unwrap();
        world.audit(1, subject.address, true).unwrap();
        world.warp_past_audit(subject.window_round);
        world.resolve(subject.address).unwrap();
    }
}

/// `set_active.3`: every node that submitted takes out its rewards and its stake to the last base unit.
fn a_deactivated_task_is_wound_up(build: Build) {
    let world = World::on(build).start_active();
    world.submit_all(&[0, 1, 2, AUTHOR], 1);
    world.set_active(false).unwrap();

    let fraud = world.submission_address(AUTHOR, 1);
    world.warp_to_audit(2);
    vote(&world, fraud, &[(0, false), (1, false), (2, false)]);
    world.warp_past_audit(2);
    world.resolve(fraud).unwrap();

    let entries = [(0, 5_000), (1, 3_000), (2, 2_000)];
    distribute(&world, &[0, 1, 2], 1, &entries);
    for node in 0..3 {
        world.close_vote(fraud, node).unwrap();
        world
            .close_subject(world.submission_address(node, 1))
            .unwrap();
    }
    world.close_subject(fraud).unwrap();
    world.close_subject(world.list_address(1, 0)).unwrap();
    world.close_cycle(1).unwrap();

    world.warp_to(700);
    for (node, stake, reward) in [(0, 1_000, 5_280), (1, 1_000, 3_070), (2, 1_000, 2_070)] {
        world.claim(node).unwrap();
        world.withdraw(node, stake).unwrap();
        world.close_stake(node).unwrap();
        assert_eq!(world.balance(&world.nodes[node].wallet), WALLET + reward);
    }
    world.withdraw(AUTHOR, 300).unwrap();
    world.close_stake(AUTHOR).unwrap();
    assert_eq!(world.balance(&world.nodes[AUTHOR].wallet), WALLET - 700);
    let books = world.books();
    assert_eq!(
        (books.stake_pot, books.bounty_pot),
        (0, BOUNTY - 10_000 + 280)
    );
    assert_eq!(world.task().node_count, 0);
}
