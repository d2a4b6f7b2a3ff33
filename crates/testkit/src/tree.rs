//! Distribution lists: their trees, proposals and entries.

use gradual_consensus::{ListProposal, rules::merkle::MerkleTree};
use gradual_consensus_client::instruction::Entry;
use solana_sdk::pubkey::Pubkey;

/// What a list pays, and whom.
pub type Share = (Pubkey, u64);

/// The Merkle tree of a list.
///
/// # Panics
/// Where there are no shares.
pub fn tree(task: &Pubkey, cycle: u64, shares: &[Share]) -> MerkleTree {
    let list = shares.iter();
    let list = list.map(|(node, amount)| (node.to_bytes(), *amount));
    MerkleTree::of_list(task.to_bytes(), cycle, list).expect("a list that pays somebody")
}

/// What a proposer says of the list of `shares` whose tree is `tree`.
///
/// # Panics
/// Where there are more shares than a list holds.
pub fn proposal(tree: &MerkleTree, shares: &[Share]) -> ListProposal {
    ListProposal {
        merkle_root: tree.root(),
        total: shares.iter().map(|(_, amount)| amount).sum(),
        count: u32::try_from(shares.len()).expect("fewer shares than a list holds"),
        uri: String::new(),
    }
}

/// Entry number `index` of that list, with its proof.
///
/// # Panics
/// Where the list has no such entry.
pub fn entry(tree: &MerkleTree, shares: &[Share], index: u32) -> Entry {
    let (node, amount) = shares[index as usize];
    Entry {
        node,
        index,
        amount,
        proof: tree.proof(index).expect("an entry of the list"),
    }
}
