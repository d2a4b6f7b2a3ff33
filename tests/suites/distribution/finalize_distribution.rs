//! `finalize_distribution`.

use gradual_consensus::{GradualError, state::Status};
use gradual_consensus_client::instruction;
use gradual_consensus_testkit::{
    BOUNTY, Build, STAKE, World, assert_refused, on_every_build,
    suite::{
        CYCLE, SHARES, alone, other_task, others, propose_among, propose_first, proposed, reject,
        stranger, two_lists,
    },
    swapped,
};

on_every_build! {
    a_list_is_finalized_after_the_last_slot_of_its_audit_window,
    anyone_finalizes,
    a_list_is_finalized_once,
    an_unchallenged_list_is_accepted_and_owed,
    a_list_that_stood_its_audit_is_accepted,
    an_undecided_list_is_accepted_by_a_majority,
    an_undecided_list_is_accepted_that_over_half_is_for,
    a_tie_rejects_a_list_and_slashes_nobody,
    a_minority_against_nobody_rejects_a_list_and_slashes_nobody,
    a_rejected_list_leaves_its_bounty_to_the_cycle,
    what_a_list_does_not_use_is_available_again,
    the_next_attempt_is_open_to_other_nodes,
    an_open_audit_is_resolved_first,
    a_list_is_finalized_with_its_own_accounts,
}

/// The list of the first attempt is audited by these votes, each of 1000 base units out of 4000, and
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
fn an_unchallenged_list_is_accepted_and_owed(build: Build) {
    let (world, _) = proposed(build, &SHARES);
    world.warp_past_audit(3);
    world.finalize(CYCLE, 0).unwrap();
    let cycle = world.cycle(CYCLE);
    assert_eq!((cycle.list_pending, cycle.list_accepted), (0, 1));
    assert_eq!((cycle.owed, cycle.paid, cycle.entries), (10_000, 0, 4));
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

/// `finalize_distribution.2`: undecided, it stands by a majority of what was cast.
fn an_undecided_list_is_accepted_by_a_majority(build: Build) {
    let world = World::on(build)
        .stakes(&[STAKE, STAKE, STAKE, 1_100, STAKE, STAKE])
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

/// `finalize_distribution.2`: undecided, it stands too where its author and its defenders are over half of
/// the electorate, and falls where they are just half.
fn an_undecided_list_is_accepted_that_over_half_is_for(build: Build) {
    for (against, expected) in [(999, Status::Accepted), (STAKE, Status::Rejected)] {
        let world = World::on(build.clone())
            .stakes(&[STAKE, STAKE, STAKE, against])
            .start_active();
        world.submit_all(&[0, 1, 2], CYCLE);
        let author = propose_among(&world, &[0, 1, 2], CYCLE, 0, &[(0, 10_000)]);
        world.warp_to_audit(3);
        let list = world.list_address(CYCLE, 0);
        world.audit(3, list, false).unwrap();
        world.audit((author + 1) % 3, list, true).unwrap();
        world.audit((author + 2) % 3, list, false).unwrap();
        world.warp_past_audit(3);
        world.resolve(list).unwrap();
        world.finalize(CYCLE, 0).unwrap();
        assert_eq!(status(&world, 0), expected);
        assert_eq!(world.list(CYCLE, 0).subject.audit.slashed, 0);
    }
}

/// `finalize_distribution.3`
fn a_tie_rejects_a_list_and_slashes_nobody(build: Build) {
    let (world, slashed) = audited(build, 3_300, &[false, true]);
    assert_eq!((status(&world, 0), slashed), (Status::Rejected, 0));
    assert_eq!(world.task().bounty_reserved, 10_000);
}

/// `finalize_distribution.3`
fn a_minority_against_nobody_rejects_a_list_and_slashes_nobody(build: Build) {
    let (world, slashed) = audited(build, 10_000, &[false]);
    assert_eq!((status(&world, 0), slashed), (Status::Rejected, 0));
}

/// `finalize_distribution.3`: another list may divide it, and its share of the slash is the task's.
fn a_rejected_list_leaves_its_bounty_to_the_cycle(build: Build) {
    let (world, slashed) = audited(build, 3_300, &[false, false, false]);
    assert_eq!((status(&world, 0), slashed), (Status::Rejected, 700));
    let task = world.task();
    assert_eq!(
        (task.bounty_available, task.bounty_reserved),
        (BOUNTY - 10_000 + 280, 10_000),
        "700 slashed, of which 280 fall to the bounty",
    );
    let cycle = world.cycle(CYCLE);
    assert_eq!((cycle.list_pending, cycle.list_accepted), (0, 0));
    assert_eq!((cycle.bounty, cycle.owed), (10_000, 10_000));
}

/// `finalize_distribution.5`
fn what_a_list_does_not_use_is_available_again(build: Build) {
    let (world, _) = proposed(build, &[(0, 4_000), (1, 2_999)]);
    world.warp_past_audit(3);
    world.finalize(CYCLE, 0).unwrap();
    let (task, cycle) = (world.task(), world.cycle(CYCLE));
    assert_eq!(
        (task.bounty_available, task.bounty_reserved),
        (BOUNTY - 6_999, 6_999)
    );
    assert_eq!((cycle.bounty, cycle.owed), (10_000, 6_999));
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
