//! `close_cycle`.

use gradual_consensus::GradualError;
use gradual_consensus_client::instruction;
use gradual_consensus_testkit::{
    BOUNTY, Build, assert_refused, on_every_build,
    suite::{
        CYCLE, EVERYBODY, SHARES, accepted, alone, close_all, close_subjects, other_task, settled,
        stranger,
    },
    swapped,
};

on_every_build! {
    anyone_closes_a_cycle_and_its_payer_gets_the_rent,
    a_cycle_is_not_closed_before_it_is_settled,
    a_cycle_without_any_list_is_closed_after_its_attempts,
    a_cycle_outlives_its_submissions_and_lists,
    a_cycle_is_closed_with_its_own_accounts,
    a_cycle_is_closed_with_its_openers_stake,
}

/// `close_cycle.1`
fn anyone_closes_a_cycle_and_its_payer_gets_the_rent(build: Build) {
    let world = settled(build, &SHARES);
    close_subjects(&world, CYCLE, 0, &EVERYBODY);
    let (cycle, opener) = (world.cycle_address(CYCLE), world.nodes[0].pubkey());
    let (before, rent) = (world.lamports(&opener), world.lamports(&cycle));
    let close = instruction::close_cycle(&world.cycle(CYCLE));
    world.send(&[close], &[&stranger(&world)]).unwrap();
    assert!(rent > 0 && world.is_gone(&cycle));
    assert_eq!(world.lamports(&opener), before + rent);
    assert_eq!(
        EVERYBODY.map(|node| world.node_stake(node).open_accounts),
        [0; 4]
    );
}

/// `close_cycle.2`
fn a_cycle_is_not_closed_before_it_is_settled(build: Build) {
    let world = accepted(build, &SHARES);
    assert_refused(world.close_cycle(CYCLE), GradualError::CycleNotSettled);
    world.warp_to(699);
    assert_refused(world.close_cycle(CYCLE), GradualError::CycleNotSettled);
    world.warp_to(700);
    close_all(&world, CYCLE, 0, &EVERYBODY);
    assert_eq!(world.task().bounty_available, BOUNTY);
}

/// `close_cycle.2`: nobody proposed a list in any attempt; the last one's round ends with slot
/// 699.
fn a_cycle_without_any_list_is_closed_after_its_attempts(build: Build) {
    let world = alone(build);
    let submission = world.submission_address(0, CYCLE);
    world.warp_to(699);
    assert_refused(world.close_cycle(CYCLE), GradualError::CycleNotSettled);
    assert_refused(
        world.close_subject(submission),
        GradualError::CycleNotSettled,
    );
    world.warp_to(700);
    world.close_subject(submission).unwrap();
    world.close_cycle(CYCLE).unwrap();
    assert_eq!(world.task().bounty_available, BOUNTY);
}

/// `close_cycle.3`
fn a_cycle_outlives_its_submissions_and_lists(build: Build) {
    let world = settled(build, &SHARES);
    for node in EVERYBODY {
        assert_refused(world.close_cycle(CYCLE), GradualError::SubjectsOpen);
        world
            .close_subject(world.submission_address(node, CYCLE))
            .unwrap();
    }
    assert_refused(world.close_cycle(CYCLE), GradualError::SubjectsOpen);
    world.close_subject(world.list_address(CYCLE, 0)).unwrap();
    world.close_cycle(CYCLE).unwrap();
}

/// Accounts that do not belong to the cycle are refused.
fn a_cycle_is_closed_with_its_own_accounts(build: Build) {
    let world = alone(build);
    world.warp_to(700);
    world
        .close_subject(world.submission_address(0, CYCLE))
        .unwrap();
    let close = instruction::close_cycle(&world.cycle(CYCLE));
    let (stake, opener) = (world.stake_address(0), world.nodes[0].pubkey());
    let other_payer = swapped(close.clone(), opener, world.manager.pubkey());
    assert_refused(world.crank(other_payer), GradualError::WrongRentPayer);
    let other = other_task(&world);
    let foreign_stake = swapped(close.clone(), stake, other.stake);
    assert_refused(world.crank(foreign_stake), GradualError::WrongTask);
    let foreign_task = swapped(close.clone(), world.task_address(), other.task);
    assert_refused(world.crank(foreign_task), GradualError::WrongTask);
    world.crank(close).unwrap();
}

/// The stake of another node than the one that opened it is refused.
fn a_cycle_is_closed_with_its_openers_stake(build: Build) {
    let world = settled(build, &SHARES);
    close_subjects(&world, CYCLE, 0, &EVERYBODY);
    let close = instruction::close_cycle(&world.cycle(CYCLE));
    let neighbour = swapped(close, world.stake_address(0), world.stake_address(1));
    assert_refused(world.crank(neighbour), GradualError::WrongNode);
}
