//! The simplest of tasks.

use gradual_consensus_node::logic::{
    DistributionCycle, ListInput, LogicError, Proof, TaskLogic, equal_shares,
};
use solana_sdk::pubkey::Pubkey;

/// Proofs are the node's address; one node may lie.
pub struct Echo {
    /// The node.
    pub node: Pubkey,
    /// Whether its proofs are wrong.
    pub lies: bool,
}

impl TaskLogic for Echo {
    fn work(&mut self, _: u64) -> Result<Vec<u8>, LogicError> {
        let mut value = self.node.to_bytes().to_vec();
        value[0] ^= u8::from(self.lies);
        Ok(value)
    }

    fn audit(&mut self, proof: &Proof) -> Result<bool, LogicError> {
        Ok(proof.value == proof.node.as_ref())
    }

    fn list_input(&mut self) -> Result<ListInput, LogicError> {
        Ok(ListInput::Authors)
    }

    fn distribution(
        &mut self,
        round: &DistributionCycle,
        submissions: &[Proof],
        verdicts: &[bool],
    ) -> Result<Vec<(Pubkey, u64)>, LogicError> {
        Ok(equal_shares(round.bounty, submissions, verdicts))
    }
}
