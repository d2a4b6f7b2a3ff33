//! `resume_stake`, and what else ends a parking.

use anchor_lang::error::ErrorCode;
use gradual_consensus::GradualError;
use gradual_consensus_client::instruction;
use gradual_consensus_testkit::{
    Build, STAKE, World, assert_refused, assert_refused_by_anchor, on_every_build,
    suite::{distribute, other_task},
    swapped, unsigned,
};

on_every_build! {
    only_the_node_resumes,
    a_stake_that_is_not_parked_is_not_resumed,
    who_answers_within_the_round_loses_nothing,
    who_answers_in_the_next_round_loses_nothing,
    who_answers_later_warms_up_again,
    a_node_that_resumed_is_active,
    parking_and_resuming_by_turns_loses_nothing,
    compounding_resumes_too,
    a_stake_is_resumed_with_its_own_accounts,
}

/// A world in round 2, in which node 0's stake was parked just now.
fn parked(build: Build) -> World {
    let world = World::on(build)
        .params(|params| params.idle_rounds = 1)
        .stakes(&[STAKE, STAKE])
        .start();
    world.warp_to_round(2);
    world.park(0).unwrap();
    world
}

/// `resume_stake.1`
fn only_the_node_resumes(build: Build) {
    let world = parked(build);
    let [node, other] = [0, 1].map(|node| world.nodes[node].pubkey());
    let resume = instruction::resume_stake(world.task_address(), node);
    let forged = unsigned(resume.clone(), node);
    assert_refused_by_anchor(world.act(1, forged), ErrorCode::AccountNotSigner);
    let for_another = swapped(resume, node, other);
    assert_refused(world.act(1, for_another), GradualError::WrongNode);
    world.resume(0).unwrap();
}

/// `resume_stake.1`
fn a_stake_that_is_not_parked_is_not_resumed(build: Build) {
    let world = parked(build);
    assert_refused(world.resume(1), GradualError::NotParked);
    world.resume(0).unwrap();
    assert_refused(world.resume(0), GradualError::NotParked);
}

/// `resume_stake.2`: in the last slot of the round of the parking.
fn who_answers_within_the_round_loses_nothing(build: Build) {
    let world = parked(build);
    world.warp_to(399);
    world.resume(0).unwrap();
    let stake = world.node_stake(0).stake;
    assert_eq!((stake.amounts, stake.parked), ([STAKE; 3], 0));
    let electorate = world.task().electorate;
    assert_eq!((electorate.stake, electorate.nodes), ([2_000; 3], [2; 3]));
}

/// `resume_stake.2`: parked in the last slot of its round, a node answers in the last slot of the next, and
/// is in every electorate.
fn who_answers_in_the_next_round_loses_nothing(build: Build) {
    let world = World::on(build)
        .params(|params| params.idle_rounds = 1)
        .stakes(&[STAKE, STAKE])
        .start();
    world.warp_to(399);
    world.park(0).unwrap();
    world.warp_to(499);
    world.resume(0).unwrap();
    let stake = world.node_stake(0).stake;
    assert_eq!((stake.amounts, stake.parked), ([STAKE; 3], 0));
    let electorates = [3, 4, 5].map(|round| world.task().electorate_in(round));
    assert_eq!(electorates, [2 * STAKE; 3]);
    world.warp_to(500);
    world.open_cycle(0, 4).unwrap();
}

/// `resume_stake.2`: after that round the stake warms up as a deposit does.
fn who_answers_later_warms_up_again(build: Build) {
    for (round, amounts) in [(4, [0, 0, STAKE]), (90, [0, 0, STAKE])] {
        let world = parked(build.clone());
        world.warp_to_round(round);
        world.resume(0).unwrap();
        let stake = world.node_stake(0).stake;
        assert_eq!((stake.as_of_round, stake.amounts), (round, amounts));
        assert_eq!((stake.parked, stake.total()), (0, STAKE));
        let electorate = world.task().electorate.stake;
        assert_eq!(electorate, amounts.map(|amount| amount + STAKE));
        let open = world.open_cycle(0, round);
        assert_refused(open, GradualError::InsufficientActiveStake);
        world.warp_to_round(round + 1);
        world.open_cycle(0, round + 1).unwrap();
    }
}

/// `resume_stake.3`
fn a_node_that_resumed_is_active(build: Build) {
    let world = parked(build);
    world.warp_to_round(7);
    world.resume(0).unwrap();
    assert_eq!(world.node_stake(0).last_active_round, 7);
    world.warp_to_round(8);
    assert_refused(world.park(0), GradualError::NotIdle);
    world.warp_to_round(9);
    world.park(0).unwrap();
}

/// `resume_stake.2`: as often as somebody parks, whoever answers within the round has its whole weight
/// throughout.
fn parking_and_resuming_by_turns_loses_nothing(build: Build) {
    let world = parked(build);
    world.resume(0).unwrap();
    for round in [4, 6, 8, 10] {
        world.warp_to_round(round);
        world.park(0).unwrap();
        assert_eq!(world.node_stake(0).stake.active(), STAKE);
        world.warp_to(world.slot() + 99);
        world.resume(0).unwrap();
        assert_eq!(world.node_stake(0).stake.amounts, [STAKE; 3]);
    }
}

/// `compound.1`, `resume_stake.2`: like a deposit.
fn compounding_resumes_too(build: Build) {
    let world = World::on(build)
        .params(|params| params.idle_rounds = 1)
        .stakes(&[STAKE, STAKE])
        .start_active();
    world.submit_all(&[0, 1], 1);
    distribute(&world, &[0, 1], 1, &[(0, 700)]);
    world.warp_to_round(7);
    world.park(0).unwrap();
    world.compound(0).unwrap();
    let stake = world.node_stake(0);
    assert_eq!(stake.stake.amounts, [STAKE, STAKE, STAKE + 700]);
    assert_eq!((stake.stake.parked, stake.last_active_round), (0, 7));
}

/// The stake is in the task named.
fn a_stake_is_resumed_with_its_own_accounts(build: Build) {
    let world = parked(build);
    let other = other_task(&world);
    let resume = world.valid().resume(0);
    let foreign_stake = swapped(resume.clone(), world.stake_address(0), other.stake);
    assert_refused(world.act(0, foreign_stake), GradualError::WrongTask);
    let foreign_task = swapped(resume.clone(), world.task_address(), other.task);
    assert_refused(world.act(0, foreign_task), GradualError::WrongTask);
    world.act(0, resume).unwrap();
}
