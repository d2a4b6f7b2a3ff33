//! Subjects to audit, and votes on them.

use super::stages::{CYCLE, EVERYBODY, FIRST_ATTEMPT};
use crate::{Build, World};
use solana_sdk::pubkey::Pubkey;

/// The two subjects of an audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A submission.
    Submission,
    /// A distribution list.
    List,
}

/// Both of them.
pub const BOTH: [Kind; 2] = [Kind::Submission, Kind::List];

/// The node whose subjects are audited.
pub const AUTHOR: usize = 3;

/// A subject of cycle 1.
pub struct HandedIn {
    /// Where it lives.
    pub address: Pubkey,
    /// The round in whose windows it is audited.
    pub window_round: u64,
    /// The first slot of that round.
    pub boundary: u64,
}

/// Lets [`AUTHOR`], alone, submit for cycle 1, which is open, and, for a list, propose to be paid 1,000. The world
/// must be at the start of round 2.
pub fn hand_in(world: &World, kind: Kind) -> HandedIn {
    world.submit(AUTHOR, CYCLE, b"proof").unwrap();
    let (address, window_round) = match kind {
        Kind::Submission => (world.submission_address(AUTHOR, CYCLE), 2),
        Kind::List => {
            world.propose(AUTHOR, CYCLE, 0, &[(AUTHOR, 1_000)]).unwrap();
            (world.list_address(CYCLE, 0), FIRST_ATTEMPT)
        }
    };
    let start = world.params.starting_slot;
    HandedIn {
        address,
        window_round,
        boundary: start + window_round * world.params.round_time,
    }
}

/// As [`hand_in`], and warps to the first slot of the subject's audit window.
pub fn hand_in_for_audit(world: &World, kind: Kind) -> HandedIn {
    let handed_in = hand_in(world, kind);
    world.warp_to_audit(handed_in.window_round);
    handed_in
}

/// Lets each of these nodes vote, the first of them as the challenger.
pub fn vote(world: &World, subject: Pubkey, votes: &[(usize, bool)]) {
    for &(node, is_valid) in votes {
        world.audit(node, subject, is_valid).unwrap();
    }
}

/// Hands a subject in, lets these nodes vote on it, resolves its audit, and returns its address.
pub fn decide(world: &World, kind: Kind, votes: &[(usize, bool)]) -> Pubkey {
    let subject = hand_in_for_audit(world, kind);
    vote(world, subject.address, votes);
    world.warp_past_audit(subject.window_round);
    world.resolve(subject.address).unwrap();
    subject.address
}

/// The submission of [`AUTHOR`] was challenged by node 0, and nodes 1 and 2 voted `is_valid`. The audit
/// is not resolved; the window of the first list begins.
pub fn disputed(build: Build, is_valid: bool) -> World {
    let world = World::on(build).start_active();
    world.submit_all(&EVERYBODY, CYCLE);
    world.warp_to_audit(2);
    let subject = world.submission_address(AUTHOR, CYCLE);
    vote(&world, subject, &[(0, false), (1, is_valid), (2, is_valid)]);
    world.warp_to_round(FIRST_ATTEMPT);
    world
}
