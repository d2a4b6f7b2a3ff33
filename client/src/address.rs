//! The addresses of the program's accounts (protocol, section 3).

use gradual_consensus::{
    BOUNTY_POT_SEED, CONFIG_SEED, CYCLE_SEED, LIST_SEED, METADATA_SEED, STAKE_POT_SEED, STAKE_SEED,
    SUBMISSION_SEED, TASK_SEED, VOTE_SEED,
};
use solana_pubkey::Pubkey;

fn derive(seeds: &[&[u8]]) -> Pubkey {
    Pubkey::find_program_address(seeds, &gradual_consensus::ID).0
}

/// The program's config.
pub fn config() -> Pubkey {
    derive(&[CONFIG_SEED])
}

/// The account of the upgradeable loader that holds the program's binary and its upgrade authority.
pub fn program_data() -> Pubkey {
    let loader = solana_sdk_ids::bpf_loader_upgradeable::ID;
    Pubkey::find_program_address(&[gradual_consensus::ID.as_ref()], &loader).0
}

/// The task that `creator` numbered `task_id`, with the terms of this
/// [`terms_hash`](gradual_consensus::terms_hash).
pub fn task(creator: &Pubkey, task_id: u64, terms_hash: &[u8; 32]) -> Pubkey {
    derive(&[
        TASK_SEED,
        creator.as_ref(),
        &task_id.to_le_bytes(),
        terms_hash,
    ])
}

/// A task's texts.
pub fn metadata(task: &Pubkey) -> Pubkey {
    derive(&[METADATA_SEED, task.as_ref()])
}

/// A task's stake pot.
pub fn stake_pot(task: &Pubkey) -> Pubkey {
    derive(&[STAKE_POT_SEED, task.as_ref()])
}

/// A task's bounty pot.
pub fn bounty_pot(task: &Pubkey) -> Pubkey {
    derive(&[BOUNTY_POT_SEED, task.as_ref()])
}

/// A node's stake in a task.
pub fn node_stake(task: &Pubkey, node: &Pubkey) -> Pubkey {
    derive(&[STAKE_SEED, task.as_ref(), node.as_ref()])
}

/// A task's cycle.
pub fn cycle(task: &Pubkey, number: u64) -> Pubkey {
    derive(&[CYCLE_SEED, task.as_ref(), &number.to_le_bytes()])
}

/// A node's submission in a cycle, whose account is `cycle`.
pub fn submission(cycle: &Pubkey, node: &Pubkey) -> Pubkey {
    derive(&[SUBMISSION_SEED, cycle.as_ref(), node.as_ref()])
}

/// The list of one attempt in a cycle, whose account is `cycle`.
pub fn list(cycle: &Pubkey, attempt: u8) -> Pubkey {
    derive(&[LIST_SEED, cycle.as_ref(), &[attempt]])
}

/// A voter's vote on a submission or list.
pub fn vote(subject: &Pubkey, voter: &Pubkey) -> Pubkey {
    derive(&[VOTE_SEED, subject.as_ref(), voter.as_ref()])
}
