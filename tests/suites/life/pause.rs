//! A pause, in whatever phase of whatever cycle: what it stops, and what it never does.

use crate::support::{end_cycles, everybody_leaves, migrate, migrate_stake, play, successor};
use gradual_consensus::GradualError;
use gradual_consensus_node::runner::{NodeRunner, Rewards, RunnerOptions};
use gradual_consensus_testkit::bank::upgrade_authority;
use gradual_consensus_testkit::{
    BOUNTY, Build, Echo, STAKE, WALLET, World, assert_refused, config_manager, on_every_build,
    sbf_build,
};
use proptest::prelude::*;
use solana_sdk::signature::Signer;

/// A runner for each node, of whom the last lies; they claim, compound or keep what they earn.
fn runners(world: &World) -> Vec<NodeRunner<'_, gradual_consensus_testkit::bank::Bank, Echo>> {
    let last = world.nodes.len() - 1;
    let runner = |(number, node): (usize, &gradual_consensus_testkit::Person)| {
        let options = RunnerOptions {
            propose: true,
            rewards: match number % 3 {
                0 => Rewards::Claim(node.wallet),
                1 => Rewards::Compound,
                _ => Rewards::Keep,
            },
            unpaid: false,
        };
        let logic = Echo {
            node: node.pubkey(),
            lies: number == last,
        };
        let key = node.keypair.insecure_clone();
        NodeRunner::new(&world.bank, world.tokens.task, key, logic, options)
    };
    world.nodes.iter().enumerate().map(runner).collect()
}

/// Every base unit in the world is in somebody's wallet again, and of all accounts only the config is
/// left.
fn assert_nothing_is_stranded(world: &World) {
    let people = world.nodes.iter().chain([&world.manager]);
    let all: u64 = people.map(|person| world.balance(&person.wallet)).sum();
    assert_eq!(all, WALLET * (world.nodes.len() as u64 + 1));
    assert_eq!(world.snapshot().accounts().len(), 1);
}

/// Plays until the slot `pause_at` after the start, pauses, plays on for `paused_for` slots, then goes
/// on for a while, or never does; and in the end everybody takes out all that is theirs.
fn play_with_a_pause(build: Build, pause_at: u64, paused_for: Option<u64>) {
    let world = World::on(build).stakes(&[STAKE, 900, 800, 700]).start();
    let start = world.slot();
    let mut nodes = runners(&world);
    play(&world, &mut nodes, start + pause_at, |_| ());
    world.set_paused(true).unwrap();
    let before = world.books();
    let (total, rounds) = (before.task.data.total_stake, before.cycles.len());
    play(
        &world,
        &mut nodes,
        start + pause_at + paused_for.unwrap_or(250),
        |world| {
            let books = world.books();
            assert!(
                books.task.data.total_stake <= total,
                "nobody stakes in a pause"
            );
            assert!(
                books.cycles.len() <= rounds,
                "nobody opens a round in a pause"
            );
        },
    );
    if paused_for.is_some() {
        world.set_paused(false).unwrap();
        let on = world.slot() + 200;
        play(&world, &mut nodes, on, |_| ());
    }
    drop(nodes);
    world.set_active(false).unwrap();
    end_cycles(&world, &world.bank, world.tokens);
    everybody_leaves(&world, &world.bank, world.tokens);
    world.close_task().unwrap();
    assert_nothing_is_stranded(&world);
}

on_every_build! {
    a_pause_stops_what_begins_something,
    a_cycle_that_is_open_takes_submissions_in_a_pause,
    no_cycle_is_opened_in_a_window_that_saw_a_pause,
    no_cycle_is_opened_in_the_window_of_a_new_config,
    a_pause_blocks_no_audit_no_payout_and_no_exit,
    a_pause_blocks_no_migration,
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
    assert_eq!(world.round(1).submissions, 4);
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
    for (node, is_valid) in [(0, false), (1, false), (2, true)] {
        world.audit(node, fraud, is_valid).unwrap();
    }
    world.warp_past_audit(2);
    world.resolve(fraud).unwrap();
    world.warp_to_round(3);
    world.set_paused(false).unwrap();
    let entries = [(0, 5_000), (1, 3_000), (2, 2_000)];
    let (proposer, _) = world.first_proposer(&[0, 1, 2], 1, 0);
    world.propose(proposer, 1, 0, &entries).unwrap();
    world.set_paused(true).unwrap();
    world.warp_to_audit(3);
    let list = world.list_address(1, 0);
    let others: Vec<usize> = [0, 1, 2].into_iter().filter(|&n| n != proposer).collect();
    world.audit(others[0], list, false).unwrap();
    world.audit(others[1], list, true).unwrap();
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
    let heir = successor(&world);
    world.set_paused(true).unwrap();
    migrate(&world, &heir).unwrap();
    migrate_stake(&world, 0, &heir).unwrap();
    everybody_leaves(&world, &world.bank, heir);
    assert_eq!(world.balance(&world.nodes[0].wallet), WALLET);
    let moved = world.task().bounty_migrated;
    assert!(moved > 0 && moved < BOUNTY);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// `set_paused.4`: in whatever phase of whatever cycle it comes, however long it lasts.
    #[test]
    fn a_pause_strands_nothing_on_both_builds(
        pause_at in 0u64..700, paused_for in prop::option::of(1u64..350), native: bool,
    ) {
        let build = if native { Build::Native } else { sbf_build() };
        play_with_a_pause(build, pause_at, paused_for);
    }
}
