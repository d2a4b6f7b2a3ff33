//! An example of a task: nodes index a corpus of text, which `gradual_consensus_corpus` reads and indexes.

use crate::logic::{DistributionCycle, ListInput, LogicError, Proof, TaskLogic, equal_shares};
pub use gradual_consensus_corpus::{Corpus, CorpusError, DEFAULT_SHARES};
use solana_sdk::pubkey::Pubkey;
use std::sync::Arc;

/// The logic of the task.
#[derive(Clone, Debug)]
pub struct CorpusIndex {
    corpus: Arc<Corpus>,
    node: Pubkey,
    shares: u32,
}

impl CorpusIndex {
    /// The logic of `node`, with the corpus cut into `shares` shares.
    pub const fn new(corpus: Arc<Corpus>, node: Pubkey, shares: u32) -> Self {
        Self {
            corpus,
            node,
            shares,
        }
    }

    /// The proof that `node` owes for `cycle`.
    fn expected(&self, node: &Pubkey, cycle: u64) -> Vec<u8> {
        self.corpus.proof(node.as_array(), cycle, self.shares)
    }
}

impl TaskLogic for CorpusIndex {
    fn work(&mut self, cycle: u64) -> Result<Vec<u8>, LogicError> {
        Ok(self.expected(&self.node, cycle))
    }

    fn audit(&mut self, proof: &Proof) -> Result<bool, LogicError> {
        Ok(proof.value == self.expected(&proof.node, proof.cycle))
    }

    fn list_input(&mut self) -> Result<ListInput, LogicError> {
        Ok(ListInput::Authors)
    }

    fn distribution(
        &mut self,
        cycle: &DistributionCycle,
        submissions: &[Proof],
        verdicts: &[bool],
    ) -> Result<Vec<(Pubkey, u64)>, LogicError> {
        Ok(equal_shares(cycle.bounty, submissions, verdicts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corpus() -> Arc<Corpus> {
        let lines = ["Act quickly,", "react faster,", "reward slowly: REACT"];
        Arc::new(Corpus::from_lines(lines.map(String::from).to_vec()))
    }

    fn proof(node: Pubkey, value: Vec<u8>) -> Proof {
        Proof {
            cycle: 3,
            node,
            value,
            slot: 0,
            tally: None,
        }
    }

    #[test]
    fn auditors_recompute_the_same_index() {
        let (one, two) = (
            Pubkey::new_from_array([1; 32]),
            Pubkey::new_from_array([2; 32]),
        );
        let value = CorpusIndex::new(corpus(), one, 2).work(3).unwrap();
        let mut auditor = CorpusIndex::new(corpus(), two, 2);
        assert!(auditor.audit(&proof(one, value.clone())).unwrap());
        assert!(value.len() <= 512);
    }

    #[test]
    fn another_corpus_share_or_digest_does_not_pass() {
        let node = Pubkey::new_from_array([1; 32]);
        let value = CorpusIndex::new(corpus(), node, 2).work(3).unwrap();
        let mut auditor = CorpusIndex::new(corpus(), node, 2);
        for byte in 0..value.len() {
            let mut other = value.clone();
            other[byte] ^= 1;
            assert!(!auditor.audit(&proof(node, other)).unwrap(), "byte {byte}");
        }
        let other = Arc::new(Corpus::from_lines(vec!["other".into()]));
        let mut stranger = CorpusIndex::new(other, node, 2);
        assert!(!stranger.audit(&proof(node, value)).unwrap());
    }
}
