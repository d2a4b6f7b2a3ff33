//! `finalize_distribution`.

use gradual_consensus::{GradualError, state::Status};
use gradual_consensus_client::instruction;
use gradual_consensus_testkit::{
    BOUNTY, Build, STAKE, World, assert_refused, on_every_build,
    suite::{
        CYCLE, SHARES, alone, fell, other_task, others, propose_among, propose_first, proposed,
        reject, stranger, two_lists,
    },
    swapped,
};

on_every_build! {
    a_list_is_finalized_after_the_last_slot_of_its_audit_window,
    anyone_finalizes,
    a_list_is_finalized_once,
    an_unchallenged_list_is_accepted_and_stays_reserved,
    a_list_that_stood_its_audit_is_accepted,
    a_list_without_a_quorum_is_accepted_by_a_majority,
    a_tie_rejects_a_list_and_slashes_nobody,
    a_minority_against_nobody_rejects_a_list_and_slashes_nobody,
    the_total_of_a_rejected_list_is_available_again,
    the_next_attempt_is_open_to_other_nodes,
    an_open_audit_is_resolved_first,
    a_list_is_finalized_with_its_own_accounts,
}

/// The list of the first attempt is audited by these votes, each of 1000 base units out of 3000, and
/// resolved. What became of it?
fn audited(build: Build, quorum_bps: u16, votes: &[bool]) -> (World, u64) {
    let world = World::on(build)
        .params(|params| params.quorum_bps = quorum_bps)
        .start_active();
    world.submit_all(&[0, 1, 2, 3], CYCLE);
    world.warp_to_round(3);
    let proposer = propose_first(&world, 0, &SHARES);
    let list = world.list_address(CYCLE, 0);
    world.warp_to_audit(3);
    for (voter, &is_valid) in others(proposer).into_iter().zip(votes) {
        world.audit(voter, list, is_valid).unwrap();
    }
    world.warp_past_audit(3);
    world.resolve(list).unwrap();
    world.finalize(CYCLE, 0).unwrap();
    let slashed = world.list(CYCLE, 0).subject.audit.slashed;
    (world, slashed)
}

fn status(world: &World, attempt: u8) -> Status {
    world.list(CYCLE, attempt).subject.status()
}

/// `finalize_distribution.1`
fn a_list_is_finalized_after_the_last_slot_of_its_audit_window(build: Build) {
    for attempt in 0..=2 {
        let world = alone(build.clone());
        world.propose(0, CYCLE, attempt, &[(0, 10_000)]).unwrap();
        let last = 480 + 100 * u64::from(attempt);
        world.warp_to(last);
        assert_refused(
            world.finalize(CYCLE, attempt),
            GradualError::AuditWindowOpen,
        );
        world.warp_to(last + 1);
        world.finalize(CYCLE, attempt).unwrap();
        assert_eq!(status(&world, attempt), Status::Accepted);
        assert_eq!(world.cycle(CYCLE).accepted_attempt, attempt);
    }
}

/// `finalize_distribution.1`
fn anyone_finalizes(build: Build) {
    let (world, _) = proposed(build, &SHARES);
    world.warp_past_audit(3);
    let finalize = instruction::finalize_distribution(world.task_address(), CYCLE, 0);
    world.send(&[finalize], &[&stranger(&world)]).unwrap();
    assert_eq!(status(&world, 0), Status::Accepted);
}

/// `finalize_distribution.1`
fn a_list_is_finalized_once(build: Build) {
    let (world, proposer) = proposed(build.clone(), &SHARES);
    reject(&world, 0, proposer);
    assert_refused(world.finalize(CYCLE, 0), GradualError::ListNotPending);
    let (world, _) = proposed(build, &SHARES);
    world.warp_past_audit(3);
    world.finalize(CYCLE, 0).unwrap();
    assert_refused(world.finalize(CYCLE, 0), GradualError::ListNotPending);
}

/// `finalize_distribution.2`
fn an_unchallenged_list_is_accepted_and_stays_reserved(build: Build) {
    let (world, _) = proposed(build, &SHARES);
    world.warp_past_audit(3);
    world.finalize(CYCLE, 0).unwrap();
    let cycle = world.cycle(CYCLE);
    assert_eq!(
        (cycle.list_pending, cycle.list_accepted, cycle.fully_paid),
        (0, 1, 0)
    );
    assert_eq!(cycle.accepted_in_round, 3);
    let task = world.task();
    assert_eq!(
        (task.bounty_available, task.bounty_reserved),
        (BOUNTY - 10_000, 10_000)
    );
}

/// `finalize_distribution.2`
fn a_list_that_stood_its_audit_is_accepted(build: Build) {
    let (world, slashed) = audited(build, 3_300, &[false, true, true]);
    assert_eq!(status(&world, 0), Status::Accepted);
    assert_eq!(slashed, 200, "a fifth of the challenger's stake");
}

/// `finalize_distribution.2`: without a quorum, a majority of what was cast is enough.
fn a_list_without_a_quorum_is_accepted_by_a_majority(build: Build) {
    let world = World::on(build)
        .stakes(&[STAKE, STAKE, STAKE, 1_100])
        .params(|params| params.quorum_bps = 10_000)
        .start_active();
    world.submit_all(&[0, 1, 2], CYCLE);
    let proposer = propose_among(&world, &[0, 1, 2], CYCLE, 0, &[(0, 10_000)]);
    world.warp_to_audit(3);
    let list = world.list_address(CYCLE, 0);
    let challenger = (proposer + 1) % 3;
    world.audit(challenger, list, false).unwrap();
    world.audit(3, list, true).unwrap();
    world.warp_past_audit(3);
    world.resolve(list).unwrap();
    world.finalize(CYCLE, 0).unwrap();
    assert_eq!(status(&world, 0), Status::Accepted);
    assert_eq!(
        world.node_stake(challenger).stake.total(),
        STAKE,
        "nobody is slashed"
    );
}

/// `finalize_distribution.3`
fn a_tie_rejects_a_list_and_slashes_nobody(build: Build) {
    let (world, slashed) = audited(build, 3_300, &[false, true]);
    assert_eq!((status(&world, 0), slashed), (Status::Rejected, 0));
    assert_eq!(world.task().bounty_available, BOUNTY);
}

/// `finalize_distribution.3`
fn a_minority_against_nobody_rejects_a_list_and_slashes_nobody(build: Build) {
    let (world, slashed) = audited(build, 3_334, &[false]);
    assert_eq!((status(&world, 0), slashed), (Status::Rejected, 0));
}

/// `finalize_distribution.3`
fn the_total_of_a_rejected_list_is_available_again(build: Build) {
    let (world, proposer) = proposed(build, &SHARES);
    fell(&world, 0, proposer);
    let task = world.task();
    assert_eq!(
        (task.bounty_available, task.bounty_reserved),
        (BOUNTY - 10_000 + 280, 10_000),
        "700 slashed, of which 280 fall to the bounty",
    );
    world.finalize(CYCLE, 0).unwrap();
    let task = world.task();
    assert_eq!(
        (task.bounty_available, task.bounty_reserved),
        (BOUNTY + 280, 0)
    );
    assert_eq!(status(&world, 0), Status::Rejected);
    let cycle = world.cycle(CYCLE);
    assert_eq!((cycle.list_pending, cycle.list_accepted), (0, 0));
}

/// `finalize_distribution.3`
fn the_next_attempt_is_open_to_other_nodes(build: Build) {
    let (world, first) = proposed(build, &SHARES);
    reject(&world, 0, first);
    let second = propose_first(&world, 1, &SHARES);
    assert_ne!(first, second);
    world.warp_to(581);
    world.finalize(CYCLE, 1).unwrap();
    assert_eq!(status(&world, 1), Status::Accepted);
    assert_eq!(world.cycle(CYCLE).accepted_in_round, 4);
}

/// `finalize_distribution.4`
fn an_open_audit_is_resolved_first(build: Build) {
    let (world, proposer) = proposed(build, &SHARES);
    let list = world.list_address(CYCLE, 0);
    world.warp_to_audit(3);
    world.audit(others(proposer)[0], list, false).unwrap();
    world.warp_past_audit(3);
    assert_refused(world.finalize(CYCLE, 0), GradualError::AuditUnresolved);
    world.resolve(list).unwrap();
    world.finalize(CYCLE, 0).unwrap();
}

/// A list of another cycle and a cycle of another task are refused.
fn a_list_is_finalized_with_its_own_accounts(build: Build) {
    let world = two_lists(build);
    let finalize = instruction::finalize_distribution(world.task_address(), CYCLE, 0);
    let (first, second) = (
        world.list_address(CYCLE, 0),
        world.list_address(CYCLE + 1, 0),
    );
    let wrong_list = swapped(finalize.clone(), first, second);
    assert_refused(world.crank(wrong_list), GradualError::WrongCycle);
    let other = other_task(&world).task;
    let wrong_task = swapped(finalize, world.task_address(), other);
    assert_refused(world.crank(wrong_task), GradualError::WrongTask);
}
