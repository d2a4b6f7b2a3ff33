//! Bump searches: `find_program_address` goes down from 255 until an address has no key.

use gradual_consensus::{
    BOUNTY_POT_SEED, CONFIG_SEED, CYCLE_SEED, LIST_SEED, METADATA_SEED, STAKE_POT_SEED, STAKE_SEED,
    SUBMISSION_SEED, TASK_SEED, VOTE_SEED,
};
use solana_sdk::pubkey::Pubkey;

/// What a search finds.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// The address.
    pub address: Pubkey,
    /// Its canonical bump.
    pub bump: u8,
}

impl Found {
    fn by(seeds: &[&[u8]]) -> Self {
        let (address, bump) = Pubkey::find_program_address(seeds, &gradual_consensus::ID);
        Self { address, bump }
    }

    /// Addresses that were tried, this one included.
    pub fn attempts(&self) -> u64 {
        u64::from(u8::MAX.saturating_sub(self.bump)).saturating_add(1)
    }
}

/// Attempts for the config.
pub fn config() -> u64 {
    Found::by(&[CONFIG_SEED]).attempts()
}

/// Attempts for what the upgradeable loader keeps of the program.
pub fn program_data() -> u64 {
    let loader = solana_sdk_ids::bpf_loader_upgradeable::ID;
    let seeds = [gradual_consensus::ID.as_ref()];
    let (address, bump) = Pubkey::find_program_address(&seeds, &loader);
    Found { address, bump }.attempts()
}

/// Attempts for a new task with the terms of this hash, its texts and its two pots.
pub fn create_task(creator: &Pubkey, task_id: u64, terms_hash: &[u8; 32]) -> u64 {
    let task = Found::by(&[
        TASK_SEED,
        creator.as_ref(),
        &task_id.to_le_bytes(),
        terms_hash,
    ]);
    let of_task = [METADATA_SEED, STAKE_POT_SEED, BOUNTY_POT_SEED]
        .map(|seed| Found::by(&[seed, task.address.as_ref()]).attempts());
    task.attempts().saturating_add(of_task.iter().sum())
}

/// A stake account.
pub fn node_stake(task: &Pubkey, node: &Pubkey) -> Found {
    Found::by(&[STAKE_SEED, task.as_ref(), node.as_ref()])
}

/// A cycle.
pub fn cycle(task: &Pubkey, number: u64) -> Found {
    Found::by(&[CYCLE_SEED, task.as_ref(), &number.to_le_bytes()])
}

/// A submission.
pub fn submission(cycle: &Pubkey, node: &Pubkey) -> Found {
    Found::by(&[SUBMISSION_SEED, cycle.as_ref(), node.as_ref()])
}

/// A list.
pub fn list(cycle: &Pubkey, attempt: u8) -> Found {
    Found::by(&[LIST_SEED, cycle.as_ref(), &[attempt]])
}

/// A vote.
pub fn vote(subject: &Pubkey, voter: &Pubkey) -> Found {
    Found::by(&[VOTE_SEED, subject.as_ref(), voter.as_ref()])
}
