//! Worlds at the stages of a cycle, and what brings a cycle to the next one.
//!
//! With the default terms round `k` begins at slot `100 + 100 k`; its submission window ends 40 slots
//! later, its audit window 80 slots later. Cycle 1 is opened in round 1, reviewed in round 2, and its lists
//! are made in round 3 and, where attempts fail, in rounds 4 and 5; in round 6 it has failed.

use super::Sent;
use crate::{Build, STAKE, World};
use gradual_consensus::{TaskParams, state::Status};
use gradual_consensus_client::instruction::{self, Entry};

/// The cycle that tests look at.
pub const CYCLE: u64 = 1;
/// The round of the first attempt at its list.
pub const FIRST_ATTEMPT: u64 = 3;
/// All nodes of a default world.
pub const EVERYBODY: [usize; 4] = [0, 1, 2, 3];
/// A list that pays all of them, and divides the whole bounty of a round.
pub const SHARES: [(usize, u64); 4] = [(0, 4_000), (1, 3_000), (2, 2_000), (3, 1_000)];

/// A world in round 2 whose rounds of `round_time` slots have these windows.
pub fn world_of(
    build: &Build,
    round_time: u64,
    submission_window: u64,
    audit_window: u64,
) -> World {
    World::on(build.clone())
        .params(|params| {
            params.round_time = round_time;
            params.submission_window = submission_window;
            params.audit_window = audit_window;
        })
        .start_active()
}

/// Everybody has submitted; the window of the first list begins.
pub fn reviewed(build: Build) -> World {
    let world = World::on(build).start_active();
    world.submit_all(&EVERYBODY, CYCLE);
    world.warp_to_round(FIRST_ATTEMPT);
    world
}

/// As [`reviewed`], with a single node: it may propose in a window's very first slot.
pub fn alone(build: Build) -> World {
    let world = World::on(build).stakes(&[STAKE]).start_active();
    world.submit(0, CYCLE, b"alone").unwrap();
    world
}

/// As [`reviewed`], and a list of `entries` is pending; returns who proposed it.
pub fn proposed(build: Build, entries: &[(usize, u64)]) -> (World, usize) {
    let world = reviewed(build);
    let proposer = propose_first(&world, 0, entries);
    (world, proposer)
}

/// As [`proposed`], and the list was accepted, in round 3.
pub fn accepted(build: Build, entries: &[(usize, u64)]) -> World {
    let (world, _) = proposed(build, entries);
    accept(&world, CYCLE, 0);
    world
}

/// As [`accepted`], and the list is fully paid.
pub fn settled(build: Build, entries: &[(usize, u64)]) -> World {
    let world = accepted(build, entries);
    pay_all(&world, CYCLE, 0, entries);
    world
}

/// Everybody has submitted for cycle 1, nobody listed it, and round 6 begins, with these terms: it has
/// failed.
pub fn failed(build: Build, change: impl FnOnce(&mut TaskParams)) -> World {
    let world = World::on(build).params(change).start_active();
    world.submit_all(&EVERYBODY, CYCLE);
    let attempts = u64::from(world.params.allowed_failed_distributions) + 1;
    world.warp_to_round(FIRST_ATTEMPT + attempts);
    world
}

/// The lists of cycles 1 and 2, both of [`SHARES`], are pending, and both audit windows are over.
pub fn two_lists(build: Build) -> World {
    let world = World::on(build).start_active();
    world.open_cycle(0, CYCLE + 1).unwrap();
    world.submit_all(&EVERYBODY, CYCLE);
    world.warp_to_round(FIRST_ATTEMPT);
    propose_first(&world, 0, &SHARES);
    world.submit_all(&EVERYBODY, CYCLE + 1);
    world.warp_to_round(FIRST_ATTEMPT + 1);
    propose_among(&world, &EVERYBODY, CYCLE + 1, 0, &SHARES);
    world.warp_past_audit(FIRST_ATTEMPT + 1);
    world
}

/// The first of everybody who has not proposed yet and may propose does so in `attempt`.
pub fn propose_first(world: &World, attempt: u8, entries: &[(usize, u64)]) -> usize {
    let left: Vec<usize> = EVERYBODY
        .into_iter()
        .filter(|&node| {
            let submission = world.submission(node, CYCLE);
            submission.has_proposed == 0
                && matches!(
                    submission.subject.status(),
                    Status::Pending | Status::Standing
                )
        })
        .collect();
    propose_among(world, &left, CYCLE, attempt, entries)
}

/// Whoever of `nodes` may propose first in `attempt` for `cycle` waits for its turn and proposes that
/// list; returns who it was.
pub fn propose_among(
    world: &World,
    nodes: &[usize],
    cycle: u64,
    attempt: u8,
    entries: &[(usize, u64)],
) -> usize {
    let (proposer, _) = world.first_proposer(nodes, cycle, attempt);
    world.propose(proposer, cycle, attempt, entries).unwrap();
    proposer
}

/// `node` proposes at once, whether it is its turn or not.
pub fn propose_now(world: &World, node: usize, attempt: u8, entries: &[(usize, u64)]) -> Sent {
    let proposal = world.proposal(CYCLE, entries);
    world.act(node, world.propose_ix(node, CYCLE, attempt, proposal))
}

/// The nodes of a default world, without `node`.
pub fn others(node: usize) -> Vec<usize> {
    EVERYBODY
        .into_iter()
        .filter(|&other| other != node)
        .collect()
}

/// Waits until the audit window of that list is over and finalizes it.
pub fn accept(world: &World, cycle: u64, attempt: u8) {
    world.warp_past_audit(cycle + 2 + u64::from(attempt));
    world.finalize(cycle, attempt).unwrap();
}

/// One of the others, with full stake, challenges the list of `attempt`: it falls. Returns the
/// challenger.
pub fn fell(world: &World, attempt: u8, proposer: usize) -> usize {
    let round = FIRST_ATTEMPT + u64::from(attempt);
    let list = world.list_address(CYCLE, attempt);
    let challenger = others(proposer)
        .into_iter()
        .find(|&node| world.node_stake(node).stake.total() == STAKE)
        .unwrap();
    world.warp_to_audit(round);
    world.audit(challenger, list, false).unwrap();
    world.warp_past_audit(round);
    world.resolve(list).unwrap();
    challenger
}

/// As [`fell`], and the list is rejected.
pub fn reject(world: &World, attempt: u8, proposer: usize) -> usize {
    let challenger = fell(world, attempt, proposer);
    world.finalize(CYCLE, attempt).unwrap();
    challenger
}

/// Pays every entry.
pub fn pay_all(world: &World, cycle: u64, attempt: u8, entries: &[(usize, u64)]) {
    for (index, _) in (0..).zip(entries) {
        world.payout(cycle, attempt, entries, index).unwrap();
    }
}

/// The list of the first attempt for `cycle`, by one of `nodes`, is accepted and fully paid.
pub fn distribute(world: &World, nodes: &[usize], cycle: u64, entries: &[(usize, u64)]) {
    propose_among(world, nodes, cycle, 0, entries);
    accept(world, cycle, 0);
    pay_all(world, cycle, 0, entries);
}

/// Pays `entry` of the first attempt's list.
pub fn pay(world: &World, entry: Entry) -> Sent {
    world.crank(instruction::payout(world.tokens.task, CYCLE, 0, entry))
}

/// Closes the submissions of `nodes` and the list of `attempt`.
pub fn close_subjects(world: &World, cycle: u64, attempt: u8, nodes: &[usize]) {
    for &node in nodes {
        world
            .close_subject(world.submission_address(node, cycle))
            .unwrap();
    }
    world
        .close_subject(world.list_address(cycle, attempt))
        .unwrap();
}

/// Closes the submissions of `nodes`, the list of `attempt` and the cycle itself.
pub fn close_all(world: &World, cycle: u64, attempt: u8, nodes: &[usize]) {
    close_subjects(world, cycle, attempt, nodes);
    world.close_cycle(cycle).unwrap();
}
