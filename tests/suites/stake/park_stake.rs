//! `park_stake`. Rounds of 100 slots begin at slot 100, so round 4 at 500.

use gradual_consensus::{GradualError, TaskParams};
use gradual_consensus_client::instruction;
use gradual_consensus_testkit::{
    Build, STAKE, World, assert_outcome, assert_refused, on_every_build,
    suite::{AUTHOR, HandedIn, Kind, Sent, hand_in_for_audit, other_task, stranger, vote},
    swapped,
};

on_every_build! {
    a_stake_is_parked_once_its_node_was_idle_for_long,
    a_task_without_idle_rounds_parks_nobody,
    every_act_of_a_node_counts,
    what_others_do_is_no_act_of_the_node,
    anyone_parks_and_the_stake_stays_active_for_two_rounds,
    parking_takes_warming_stake_too,
    parked_stake_leaves_the_electorate_with_notice,
    locked_stake_is_not_parked,
    stake_in_an_audit_is_not_parked,
    an_empty_stake_is_not_parked,
    a_stake_is_parked_once,
    work_on_notice_leaves_the_stake_parked,
    parked_stake_stays_its_nodes,
    nothing_stops_parking,
    a_stake_is_parked_with_its_own_accounts,
}

fn parks_after(idle_rounds: u64) -> impl FnOnce(&mut TaskParams) {
    move |params| params.idle_rounds = idle_rounds
}

/// A world in round 0, in which four nodes staked, whose task parks stake after `idle_rounds`.
fn begun(build: &Build, idle_rounds: u64) -> World {
    World::on(build.clone())
        .params(parks_after(idle_rounds))
        .start()
}

/// `park_stake.1`: it staked in round 0.
fn a_stake_is_parked_once_its_node_was_idle_for_long(build: Build) {
    for (idle_rounds, slot) in [(1, 300), (3, 500), (24, 2_600)] {
        let world = begun(&build, idle_rounds);
        world.warp_to(slot - 1);
        assert_refused(world.park(0), GradualError::NotIdle);
        world.warp_to(slot);
        world.park(0).unwrap();
    }
}

/// `park_stake.1`
fn a_task_without_idle_rounds_parks_nobody(build: Build) {
    let world = begun(&build, 0);
    for round in [1, 2, 1_000] {
        world.warp_to_round(round);
        assert_refused(world.park(0), GradualError::NotIdle);
    }
}

/// What a node does.
type Act = fn(&World) -> Sent;

/// `park_stake.1`: opening, submitting, voting, proposing, staking and resuming, each in some round after
/// the deposit's.
fn every_act_of_a_node_counts(build: Build) {
    let acts: [(u64, Act); 6] = [
        (5, |world| world.stake(AUTHOR, 1)),
        (2, |world| world.open_cycle(AUTHOR, 2)),
        (2, |world| world.submit(AUTHOR, 1, b"proof")),
        (2, |world| {
            world.submit(0, 1, b"proof").unwrap();
            world.warp_to_audit(2);
            world.audit(AUTHOR, world.submission_address(0, 1), false)
        }),
        (3, |world| {
            world.submit(AUTHOR, 1, b"proof").unwrap();
            world.propose(AUTHOR, 1, 0, &[(AUTHOR, 1)])
        }),
        (12, |world| {
            world.warp_to_round(11);
            world.park(AUTHOR).unwrap();
            world.warp_to_round(12);
            world.resume(AUTHOR)
        }),
    ];
    for (round, act) in acts {
        let world = World::on(build.clone())
            .params(parks_after(10))
            .start_active();
        if round == 5 {
            world.warp_to_round(5);
        }
        act(&world).unwrap();
        assert_eq!(world.node_stake(AUTHOR).last_active_round, round);
        if round == 2 && world.node_stake(AUTHOR).open_audits > 0 {
            world.warp_past_audit(2);
            world.resolve(world.submission_address(0, 1)).unwrap();
        }
        world.warp_to_round(round + 10);
        assert_refused(world.park(AUTHOR), GradualError::NotIdle);
        world.warp_to_round(round + 11);
        world.park(AUTHOR).unwrap();
    }
}

/// `park_stake.1`: nor what it takes out.
fn what_others_do_is_no_act_of_the_node(build: Build) {
    let world = World::on(build).params(parks_after(4)).start_active();
    let HandedIn { address, .. } = hand_in_for_audit(&world, Kind::Submission);
    vote(&world, address, &[(0, false), (1, false), (2, false)]);
    world.warp_past_audit(2);
    world.resolve(address).unwrap();
    world.warp_to_round(6);
    for voter in [0, 1, 2] {
        world.close_vote(address, voter).unwrap();
    }
    world.withdraw(1, 1).unwrap();
    world.claim(1).unwrap();
    assert_eq!(world.node_stake(1).last_active_round, 2);
    world.warp_to_round(7);
    world.park(1).unwrap();
}

/// `park_stake.1`, `park_stake.2`
fn anyone_parks_and_the_stake_stays_active_for_two_rounds(build: Build) {
    let world = begun(&build, 3);
    world.warp_to(567);
    let park = instruction::park_stake(world.task_address(), world.nodes[2].pubkey());
    world.send(&[park], &[&stranger(&world)]).unwrap();
    let stake = world.node_stake(2);
    assert_eq!(stake.stake.as_of_round, 4);
    assert_eq!(
        (stake.stake.amounts, stake.stake.parked),
        ([STAKE, STAKE, 0], STAKE)
    );
    assert_eq!((stake.stake.total(), stake.last_active_round), (STAKE, 0));
    let task = world.task();
    assert_eq!(task.electorate.stake, [4_000, 4_000, 3_000]);
    assert_eq!(task.electorate.nodes, [4, 4, 3]);
    assert_eq!(task.total_stake, 4 * STAKE);
}

/// `park_stake.2`: the whole stake or none.
fn parking_takes_warming_stake_too(build: Build) {
    let world = World::on(build).params(parks_after(1)).stakes(&[0]).start();
    world.warp_to_round(1);
    world.stake(0, STAKE).unwrap();
    world.warp_to_round(2);
    assert_refused(world.park(0), GradualError::NotIdle);
    world.warp_to_round(3);
    world.park(0).unwrap();
    let stake = world.node_stake(0).stake;
    assert_eq!((stake.amounts, stake.parked), ([STAKE, STAKE, 0], STAKE));
}

/// `park_stake.2`: it votes in both rounds, and then neither votes nor counts.
fn parked_stake_leaves_the_electorate_with_notice(build: Build) {
    let world = World::on(build).params(parks_after(1)).start_active();
    for node in [1, 2] {
        world.park(node).unwrap();
    }
    for cycle in 1..=3 {
        world.warp_to_round(cycle + 1);
        world.submit(0, cycle, b"proof").unwrap();
        if cycle < 3 {
            world.open_cycle(0, cycle + 1).unwrap();
        }
        world.warp_to_audit(cycle + 1);
        let subject = world.submission_address(0, cycle);
        world.audit(AUTHOR, subject, false).unwrap();
        let electorate = world.subject(&subject).audit.electorate;
        let vote = world.audit(1, subject, true);
        if cycle < 3 {
            vote.unwrap();
            assert_eq!(electorate, 4_000);
        } else {
            assert_refused(vote, GradualError::InsufficientActiveStake);
            assert_eq!(electorate, 2_000);
        }
    }
}

/// `park_stake.3`: a submission in round 2 locks until slot 681.
fn locked_stake_is_not_parked(build: Build) {
    let world = World::on(build).params(parks_after(1)).start_active();
    world.submit(0, 1, b"proof").unwrap();
    for (slot, expected) in [
        (400, GradualError::StakeLocked),
        (680, GradualError::StakeLocked),
    ] {
        world.warp_to(slot);
        assert_refused(world.park(0), expected);
    }
    world.warp_to(681);
    world.park(0).unwrap();
}

/// `park_stake.3`: neither the author's nor the challenger's.
fn stake_in_an_audit_is_not_parked(build: Build) {
    let world = World::on(build).params(parks_after(1)).start_active();
    let HandedIn { address, .. } = hand_in_for_audit(&world, Kind::Submission);
    vote(&world, address, &[(0, false), (1, false), (2, false)]);
    world.warp_to(2_000);
    for (node, held) in [
        (0, Some(GradualError::StakeInAudit)),
        (1, None),
        (AUTHOR, Some(GradualError::StakeInAudit)),
    ] {
        assert_outcome(world.park(node), held);
    }
    world.resolve(address).unwrap();
    for node in [0, AUTHOR] {
        world.park(node).unwrap();
    }
}

/// `park_stake.4`
fn an_empty_stake_is_not_parked(build: Build) {
    let world = begun(&build, 1);
    world.warp_to_round(5);
    world.withdraw(0, STAKE).unwrap();
    assert_refused(world.park(0), GradualError::NothingToPark);
}

/// `park_stake.4`: on notice, and after it.
fn a_stake_is_parked_once(build: Build) {
    let world = begun(&build, 1);
    world.warp_to_round(5);
    world.park(0).unwrap();
    for round in [5, 6, 7, 100] {
        world.warp_to_round(round);
        assert_refused(world.park(0), GradualError::AlreadyParked);
    }
}

/// `park_stake.2`, `park_stake.4`: who submits on notice works as usual, and still has to resume.
fn work_on_notice_leaves_the_stake_parked(build: Build) {
    let world = World::on(build).params(parks_after(1)).start_active();
    world.park(AUTHOR).unwrap();
    world.submit(AUTHOR, 1, b"proof").unwrap();
    let stake = world.node_stake(AUTHOR);
    assert_eq!((stake.last_active_round, stake.stake.parked), (2, STAKE));
    assert_refused(world.withdraw(AUTHOR, 1), GradualError::StakeLocked);
    world.open_cycle(0, 2).unwrap();
    world.warp_to_round(3);
    world.submit(AUTHOR, 2, b"proof").unwrap();
    world.open_cycle(0, 3).unwrap();
    world.warp_to_round(4);
    let parked = world.submit(AUTHOR, 3, b"proof");
    assert_refused(parked, GradualError::InsufficientActiveStake);
}

/// `park_stake.5`: what it holds is counted in the pot, and it leaves with it.
fn parked_stake_stays_its_nodes(build: Build) {
    let world = begun(&build, 1);
    world.warp_to_round(2);
    for node in 0..4 {
        world.park(node).unwrap();
    }
    world.warp_to_round(50);
    let task = world.task();
    assert_eq!((task.total_stake, task.electorate_in(50)), (4 * STAKE, 0));
    assert_eq!(world.books().stake_pot, 4 * STAKE);
    for node in 0..4 {
        world.withdraw(node, STAKE).unwrap();
        world.close_stake(node).unwrap();
    }
    assert_eq!(world.books().stake_pot, 0);
}

/// `set_paused.4`, `set_active.3`, `close_config.2`
fn nothing_stops_parking(build: Build) {
    let world = begun(&build, 1);
    world.warp_to_round(2);
    world.set_active(false).unwrap();
    world.park(0).unwrap();
    world.set_paused(true).unwrap();
    world.park(1).unwrap();
    world.resume(0).unwrap();
    world.close_config().unwrap();
    world.park(2).unwrap();
    world.resume(1).unwrap();
}

/// The stake is in the task named.
fn a_stake_is_parked_with_its_own_accounts(build: Build) {
    let world = begun(&build, 1);
    let other = other_task(&world);
    world.warp_to_round(3);
    let park = world.valid().park(0);
    let foreign_stake = swapped(park.clone(), world.stake_address(0), other.stake);
    assert_refused(world.crank(foreign_stake), GradualError::WrongTask);
    let foreign_task = swapped(park.clone(), world.task_address(), other.task);
    assert_refused(world.crank(foreign_task), GradualError::WrongTask);
    world.crank(park).unwrap();
}
