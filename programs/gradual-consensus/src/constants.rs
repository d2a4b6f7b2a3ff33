//! Seeds of the program's addresses, lengths, and the protocol's default parameters.

use anchor_lang::prelude::*;

/// Seed of the [`Config`](crate::state::Config): `[CONFIG_SEED]`.
#[constant]
pub const CONFIG_SEED: &[u8] = b"config";
/// Seed of a [`Task`](crate::state::Task): `[TASK_SEED, creator, task_id LE,
/// terms hash]`.
#[constant]
pub const TASK_SEED: &[u8] = b"task";
/// Seed of a [`TaskMetadata`](crate::state::TaskMetadata): `[METADATA_SEED, task]`.
#[constant]
pub const METADATA_SEED: &[u8] = b"metadata";
/// Seed of a task's stake pot: `[STAKE_POT_SEED, task]`.
#[constant]
pub const STAKE_POT_SEED: &[u8] = b"stake_pot";
/// Seed of a task's bounty pot: `[BOUNTY_POT_SEED, task]`.
#[constant]
pub const BOUNTY_POT_SEED: &[u8] = b"bounty_pot";
/// Seed of a [`NodeStake`](crate::state::NodeStake): `[STAKE_SEED, task, node]`.
#[constant]
pub const STAKE_SEED: &[u8] = b"stake";
/// Seed of a [`Cycle`](crate::state::Cycle): `[CYCLE_SEED, task, number LE]`.
#[constant]
pub const CYCLE_SEED: &[u8] = b"cycle";
/// Seed of a [`Submission`](crate::state::Submission): `[SUBMISSION_SEED, cycle, node]`.
#[constant]
pub const SUBMISSION_SEED: &[u8] = b"submission";
/// Seed of a [`DistributionList`](crate::state::DistributionList): `[LIST_SEED, cycle, attempt]`.
#[constant]
pub const LIST_SEED: &[u8] = b"list";
/// Seed of an [`AuditVote`](crate::state::AuditVote): `[VOTE_SEED, subject, voter]`.
#[constant]
pub const VOTE_SEED: &[u8] = b"vote";

/// Most managers that the config has room for.
#[constant]
pub const MAX_MANAGERS: u64 = 16;
/// Longest value of a submission, in bytes.
#[constant]
pub const MAX_SUBMISSION_LEN: u64 = 512;
/// Longest name of a task, in bytes.
#[constant]
pub const MAX_NAME_LEN: u64 = 24;
/// Longest of a task's other texts, of a node's endpoint and of a list's uri, in bytes.
#[constant]
pub const MAX_TEXT_LEN: u64 = 64;

/// Most attempts at a list that a task may let fail.
#[constant]
pub const MAX_FAILED_DISTRIBUTIONS: u8 = 15;

/// Default share of the electorate that must call a submission invalid for it to fall undecided, in basis
/// points.
pub const DEFAULT_QUORUM_BPS: u16 = 3_300;
/// Default share of its stake that the author of an invalid subject loses, in basis points.
pub const DEFAULT_SLASH_BPS: u16 = 7_000;
/// Default share of its stake that a false challenger loses, in basis points.
pub const DEFAULT_FALSE_CHALLENGE_BPS: u16 = 2_000;
/// Default share of a slash that goes to the party in the right, in basis points.
pub const DEFAULT_CHALLENGER_BPS: u16 = 3_000;
/// Default share of a slash that goes to the voters in the right, in basis points.
pub const DEFAULT_VOTER_BPS: u16 = 3_000;
