//! A node of a fleet: it stops at once where it will be played on, and leaves only when it can lose nothing.

use super::{
    node::{metrics, settings},
    runner::fresh_step,
};
use gradual_consensus_node::{
    daemon::End,
    fleet::{Seat, play},
    index::Indexes,
};
use gradual_consensus_testkit::{Build, Echo, World, on_every_build};
use std::sync::Arc;

on_every_build! {
    one_that_leaves_stays_until_it_is_paid_and_takes_no_more_work,
    one_that_has_nothing_open_leaves_at_once,
    one_that_is_stopped_stops_though_something_is_open,
}

/// Plays node 0 in its seat; before each sleep `tell` may tell it something.
fn sail(world: &World, mut tell: impl FnMut(&Seat)) -> End {
    let seat = Seat::new(Arc::new(metrics(world)));
    let person = &world.nodes[0];
    let mut logic = Echo {
        node: person.pubkey(),
        lies: false,
    };
    let nobody = Indexes::default();
    let node = (world.tokens.task, &person.keypair, &nobody);
    let settings = settings(world);
    let stop = world.schedule().boundary(20).unwrap();
    let mut wakes = [0; 4];
    play(&world.bank, node, &mut logic, &settings, &seat, |_| {
        for (node, wake) in wakes.iter_mut().enumerate().skip(1) {
            if *wake <= world.slot() {
                *wake = fresh_step(world, &world.bank, node, None).unwrap().wake_at;
            }
        }
        tell(&seat);
        let slot = world.slot();
        assert!(slot < stop, "it does not end");
        world.warp_to(slot + 3);
    })
    .unwrap()
}

fn has_submitted(world: &World, cycle: u64) -> bool {
    !world.is_gone(&world.cycle_address(cycle))
        && !world.is_gone(&world.submission_address(0, cycle))
}

fn one_that_leaves_stays_until_it_is_paid_and_takes_no_more_work(build: Build) {
    let world = World::on(build).start();
    let mut was_told = false;
    let mut took_more = false;
    let end = sail(&world, |seat| {
        if !was_told && has_submitted(&world, 1) {
            seat.leave();
            assert!(seat.is_leaving());
            was_told = true;
        }
        took_more |= has_submitted(&world, 2) || has_submitted(&world, 3);
    });
    assert_eq!(end, End::Stopped);
    assert!(was_told && !took_more);
    let stake = world.node_stake(0);
    assert_eq!((stake.open_accounts, stake.open_audits), (0, 0));
    assert_eq!(stake.earned, 10_000 / 4);
    assert!(stake.stake.total() > 0, "its stake is its own affair");
}

fn one_that_has_nothing_open_leaves_at_once(build: Build) {
    let world = World::on(build).start();
    let before = world.slot();
    let end = sail(&world, Seat::leave);
    assert_eq!(end, End::Stopped);
    assert!(
        world.slot() <= before + 6,
        "{} slots",
        world.slot() - before
    );
    assert_eq!(world.node_stake(0).open_accounts, 0);
}

fn one_that_is_stopped_stops_though_something_is_open(build: Build) {
    let world = World::on(build).start();
    let end = sail(&world, |seat| {
        if has_submitted(&world, 1) {
            // Even one that was to leave.
            seat.leave();
            seat.stop();
            assert!(!seat.is_leaving());
        }
    });
    assert_eq!(end, End::Stopped);
    assert!(world.node_stake(0).open_accounts > 0);
}
