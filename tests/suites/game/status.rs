//! A node's status is what the ledger shows of it.

use gradual_consensus::state::Status;
use gradual_consensus_node::status::{NodeStatus, Staked, stakes_of};
use gradual_consensus_testkit::{Build, STAKE, World, on_every_build};
use solana_sdk::pubkey::Pubkey;

on_every_build! {
    a_status_tells_what_was_handed_in_and_lost,
    every_stake_of_a_node_is_found,
    who_never_staked_has_no_status,
}

fn status(world: &World, node: usize) -> NodeStatus {
    let node = world.nodes[node].pubkey();
    let found = NodeStatus::find(&world.bank, &world.task_address(), &node);
    found.unwrap().unwrap()
}

/// A liar's submission is told with its fate and its price, an honest node's list with its slot.
fn a_status_tells_what_was_handed_in_and_lost(build: Build) {
    let world = World::on(build).start_active();
    let cycle = world.task().current_round(world.slot()) - 1;
    assert_eq!(status(&world, 3).handed_in, []);
    world.submit_all(&[0, 1, 2], cycle);
    world.submit(3, cycle, b"a lie").unwrap();
    let told = status(&world, 3);
    assert_eq!((told.slot, told.round), (world.slot(), cycle + 1));
    assert_eq!(told.lamports, world.lamports(&world.nodes[3].pubkey()));
    let [one] = told.handed_in.as_slice() else {
        panic!("{:?}", told.handed_in);
    };
    let handed = one.submission.unwrap();
    assert_eq!((one.cycle, one.list), (cycle, None));
    assert_eq!(handed.address, world.submission_address(3, cycle));
    assert_eq!((handed.status, handed.slashed), (Status::Pending, 0));

    world.warp_to_audit(cycle + 1);
    for node in 0..3 {
        world.audit(node, handed.address, false).unwrap();
    }
    world.warp_past_audit(cycle + 1);
    world.resolve(handed.address).unwrap();
    let told = status(&world, 3);
    let lost = STAKE * 7 / 10;
    let handed = told.handed_in[0].submission.unwrap();
    assert_eq!((handed.status, handed.slashed), (Status::Invalid, lost));
    assert_eq!(
        (told.slashed_in_open_cycles(), told.stake.slashed),
        (lost, lost)
    );

    let (proposer, slot) = world.first_proposer(&[0, 1, 2], cycle, 0);
    world.warp_to(slot);
    let entries = [(0, 1_000), (1, 1_000)];
    world.propose(proposer, cycle, 0, &entries).unwrap();
    let list = status(&world, proposer).handed_in[0].list.unwrap();
    assert_eq!(list.address, world.list_address(cycle, 0));
    assert_eq!(list.slot, world.slot());
}

/// One call finds a node's stakes in every task, and nobody else's.
fn every_stake_of_a_node_is_found(build: Build) {
    let world = World::on(build).stakes(&[STAKE, 0]).start();
    let of = |node: usize| stakes_of(&world.bank, &world.nodes[node].pubkey()).unwrap();
    let found: Vec<Staked> = of(0);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].task.address, world.task_address());
    assert_eq!(found[0].task.data, world.task());
    assert_eq!(found[0].stake, world.node_stake(0));
    assert_eq!(of(1).len(), 0);
}

fn who_never_staked_has_no_status(build: Build) {
    let world = World::on(build).start();
    let task = world.task_address();
    let stranger = NodeStatus::find(&world.bank, &task, &Pubkey::new_unique());
    assert!(stranger.unwrap().is_none());
    let node = world.nodes[0].pubkey();
    let nowhere = NodeStatus::find(&world.bank, &Pubkey::new_unique(), &node);
    assert!(nowhere.unwrap().is_none());
}
