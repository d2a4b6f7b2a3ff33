//! A task in twenty lines: each cycle, each node counts the primes in a range of its own.

use gradual_consensus_node::logic::{
    DistributionCycle, LogicError, Proof, TaskLogic, equal_shares,
};
use solana_sdk::pubkey::Pubkey;

struct Primes(Pubkey);

fn count(node: &Pubkey, cycle: u64) -> usize {
    let start = u64::from(node.to_bytes()[0]) * 1_000_000 + cycle * 1_000;
    let is_prime = |n: &u64| {
        *n > 1
            && (2..)
                .take_while(|d| d * d <= *n)
                .all(|d| !n.is_multiple_of(d))
    };
    (start..start + 1_000).filter(is_prime).count()
}

impl TaskLogic for Primes {
    fn work(&mut self, cycle: u64) -> Result<Vec<u8>, LogicError> {
        Ok(count(&self.0, cycle).to_le_bytes().to_vec())
    }
    fn audit(&mut self, proof: &Proof) -> Result<bool, LogicError> {
        Ok(proof.value == count(&proof.node, proof.cycle).to_le_bytes())
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

fn main() -> Result<(), LogicError> {
    let (node, cycle, slot) = (Pubkey::new_from_array([7; 32]), 3, 0);
    let value = Primes(node).work(cycle)?;
    let proof = Proof {
        cycle,
        node,
        value,
        slot,
        tally: None,
    };
    println!("valid: {}", Primes(Pubkey::default()).audit(&proof)?);
    Ok(())
}
