//! The Merkle tree of a distribution list (protocol, section 8).
//!
//! Leaves are numbered; a node's two children are hashed in their order (not sorted), and an odd
//! last node is promoted unchanged. Leaves and inner nodes are hashed under different prefixes, so
//! that neither passes for the other, and the length of a proof is exactly what `(index, count)`
//! implies.

use solana_sha256_hasher::hashv;

/// A 32-byte sha256 digest.
pub type Digest = [u8; 32];

const LEAF_PREFIX: &[u8] = &[0];
const NODE_PREFIX: &[u8] = &[1];

/// One entry of a distribution list: `node` is paid `amount` base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The task, so that a proof is worth nothing in another task.
    pub task: [u8; 32],
    /// The cycle, so that a proof is worth nothing in another cycle.
    pub cycle: u64,
    /// Position in the list, from 0.
    pub index: u32,
    /// The node to be paid.
    pub node: [u8; 32],
    /// What it is paid, in base units.
    pub amount: u64,
}

impl Leaf {
    /// `sha256(0x00 | task | cycle LE | index LE | node | amount LE)`.
    pub fn hash(&self) -> Digest {
        hashv(&[
            LEAF_PREFIX,
            &self.task,
            &self.cycle.to_le_bytes(),
            &self.index.to_le_bytes(),
            &self.node,
            &self.amount.to_le_bytes(),
        ])
        .to_bytes()
    }
}

fn parent(left: &Digest, right: &Digest) -> Digest {
    hashv(&[NODE_PREFIX, left, right]).to_bytes()
}

/// Whether `proof` shows that `leaf` is number `index` of the `count` leaves under `root`.
///
/// `false` for an index outside the list, and for a proof of any other length than the tree's shape
/// gives that index.
pub fn verify(root: &Digest, leaf: Digest, index: u32, count: u32, proof: &[Digest]) -> bool {
    // The numbers of the node and of the last one beside it, level by level.
    let (mut position, Some(mut last)) = (index, count.checked_sub(1)) else {
        return false;
    };
    if position > last {
        return false;
    }
    let (mut hash, mut siblings) = (leaf, proof.iter());
    while last > 0 {
        let is_right = position & 1 == 1;
        let is_promoted = position == last && !is_right;
        if !is_promoted {
            let Some(sibling) = siblings.next() else {
                return false;
            };
            hash = if is_right {
                parent(sibling, &hash)
            } else {
                parent(&hash, sibling)
            };
        }
        position >>= 1;
        last >>= 1;
    }
    siblings.next().is_none() && hash == *root
}

/// A whole tree, kept level by level: what a proposer and a payer build off chain.
#[derive(Clone, Debug)]
pub struct MerkleTree {
    levels: Vec<Vec<Digest>>,
}

impl MerkleTree {
    /// Builds the tree over `leaves`; `None` when there are none, or more than `u32::MAX`.
    pub fn new(leaves: Vec<Digest>) -> Option<Self> {
        if leaves.is_empty() || u32::try_from(leaves.len()).is_err() {
            return None;
        }
        let mut levels = vec![leaves];
        while let Some(below) = levels.last().filter(|level| level.len() > 1) {
            let (pairs, odd) = below.as_chunks();
            let mut level = Vec::with_capacity(below.len().div_ceil(2));
            level.extend(pairs.iter().map(|[left, right]| parent(left, right)));
            level.extend(odd);
            levels.push(level);
        }
        Some(Self { levels })
    }

    /// The tree over a list of `(node, amount)` in its order, for one task and cycle.
    pub fn of_list(
        task: [u8; 32],
        cycle: u64,
        list: impl IntoIterator<Item = ([u8; 32], u64)>,
    ) -> Option<Self> {
        let leaves = list
            .into_iter()
            .zip(0u32..)
            .map(|((node, amount), index)| {
                Leaf {
                    task,
                    cycle,
                    index,
                    node,
                    amount,
                }
                .hash()
            })
            .collect();
        Self::new(leaves)
    }

    /// The root; of a single leaf, that leaf.
    pub fn root(&self) -> Digest {
        self.levels
            .last()
            .and_then(|top| top.first())
            .copied()
            .unwrap_or_default()
    }

    /// The siblings from leaf `index` up to the root; `None` for an index outside the list.
    pub fn proof(&self, index: u32) -> Option<Vec<Digest>> {
        let mut position = usize::try_from(index).ok()?;
        self.levels.first()?.get(position)?;
        let mut proof = Vec::new();
        for level in &self.levels {
            proof.extend(level.get(position ^ 1));
            position >>= 1;
        }
        Some(proof)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn leaf(index: u32) -> Leaf {
        Leaf {
            task: [7; 32],
            cycle: 9,
            index,
            node: [index as u8; 32],
            amount: 100 + u64::from(index),
        }
    }

    fn tree(count: u32) -> MerkleTree {
        MerkleTree::new((0..count).map(|i| leaf(i).hash()).collect()).unwrap()
    }

    #[test]
    fn a_single_leaf_is_its_own_root() {
        let tree = tree(1);
        assert_eq!(tree.root(), leaf(0).hash());
        assert_eq!(tree.proof(0), Some(vec![]));
        assert!(verify(&tree.root(), leaf(0).hash(), 0, 1, &[]));
    }

    #[test]
    fn an_odd_last_node_is_promoted() {
        let [a, b, c] = [0, 1, 2].map(|i| leaf(i).hash());
        assert_eq!(tree(3).root(), parent(&parent(&a, &b), &c));
        assert_eq!(tree(3).proof(2), Some(vec![parent(&a, &b)]));
    }

    #[test]
    fn leaf_bytes_are_the_protocols() {
        let leaf = leaf(3);
        let mut bytes = vec![0u8];
        bytes.extend([7; 32]);
        bytes.extend(9u64.to_le_bytes());
        bytes.extend(3u32.to_le_bytes());
        bytes.extend([3; 32]);
        bytes.extend(103u64.to_le_bytes());
        assert_eq!(leaf.hash(), hashv(&[&bytes]).to_bytes());
    }

    #[test]
    fn an_inner_node_does_not_pass_for_a_leaf() {
        let tree = tree(4);
        let inner = parent(&leaf(0).hash(), &leaf(1).hash());
        let uncle = parent(&leaf(2).hash(), &leaf(3).hash());
        assert!(!verify(&tree.root(), inner, 0, 4, &[uncle]));
        // Even under a smaller count the index's own leaf hash never equals an inner node.
        assert!(!verify(&tree.root(), leaf(0).hash(), 0, 2, &[uncle]));
    }

    #[test]
    fn a_list_is_a_tree_over_its_entries() {
        let list: Vec<_> = (0..5).map(leaf).map(|one| (one.node, one.amount)).collect();
        let of_list = MerkleTree::of_list([7; 32], 9, list).unwrap();
        assert_eq!(of_list.root(), tree(5).root());
        assert!(MerkleTree::of_list([7; 32], 9, []).is_none());
    }

    #[test]
    fn no_tree_without_leaves() {
        assert!(MerkleTree::new(vec![]).is_none());
        assert!(!verify(&[0; 32], [0; 32], 0, 0, &[]));
        assert_eq!(tree(3).proof(3), None);
    }

    proptest! {
        #[test]
        fn every_proof_verifies_and_no_mutated_one_does(
            count in 1u32..300, pick in any::<prop::sample::Index>(),
            byte in 0usize..32, bit in 0u8..8,
        ) {
            let tree = tree(count);
            let root = tree.root();
            let index = pick.index(count as usize) as u32;
            let hash = leaf(index).hash();
            let proof = tree.proof(index).unwrap();
            prop_assert!(verify(&root, hash, index, count, &proof));

            let mut other = hash;
            other[byte] ^= 1 << bit;
            prop_assert!(!verify(&root, other, index, count, &proof));
            let mut other = root;
            other[byte] ^= 1 << bit;
            prop_assert!(!verify(&other, hash, index, count, &proof));
            for level in 0..proof.len() {
                let mut other = proof.clone();
                other[level][byte] ^= 1 << bit;
                prop_assert!(!verify(&root, hash, index, count, &other));
            }
            let mut longer = proof.clone();
            longer.push(hash);
            prop_assert!(!verify(&root, hash, index, count, &longer));
            if !proof.is_empty() {
                prop_assert!(!verify(&root, hash, index, count, &proof[1..]));
                prop_assert!(!verify(&root, hash, index, count, &proof[..proof.len() - 1]));
            }
            let mut reversed = proof.clone();
            reversed.reverse();
            prop_assert_eq!(reversed == proof, verify(&root, hash, index, count, &reversed));
            for wrong in (0..count).filter(|&i| i != index) {
                prop_assert!(!verify(&root, hash, wrong, count, &proof));
            }
            prop_assert!(!verify(&root, hash, index + count, count, &proof));
        }

        #[test]
        fn every_field_of_a_leaf_is_bound(a in any::<u64>(), b in any::<u64>()) {
            prop_assume!(a != b);
            let one = Leaf { amount: a, ..leaf(1) };
            prop_assert_ne!(one.hash(), Leaf { amount: b, ..one }.hash());
            prop_assert_ne!(Leaf { cycle: a, ..one }.hash(), Leaf { cycle: b, ..one }.hash());
            prop_assert_ne!(one.hash(), Leaf { index: 2, ..one }.hash());
            prop_assert_ne!(one.hash(), Leaf { node: [0; 32], ..one }.hash());
            prop_assert_ne!(one.hash(), Leaf { task: [0; 32], ..one }.hash());
        }
    }
}
