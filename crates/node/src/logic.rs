//! What the author of a task writes: how a node works, how it checks the work of others, and how the
//! bounty is divided.

use solana_sdk::pubkey::Pubkey;

/// An error of the task's own. The node logs it and leaves out what it asked the logic for.
pub type LogicError = Box<dyn std::error::Error + Send + Sync>;

/// A proof that a node submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The cycle it was submitted for.
    pub cycle: u64,
    /// The node that submitted it.
    pub node: Pubkey,
    /// Its bytes: 1 to 512; none in [`TaskLogic::distribution`] where the submission fell.
    pub value: Vec<u8>,
    /// The slot at which it was submitted.
    pub slot: u64,
}

/// A cycle whose list is to be written or checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DistributionCycle {
    /// The task.
    pub task: Pubkey,
    /// The cycle's number.
    pub number: u64,
    /// What was set aside for the cycle, and what the list may pay at most, in base units.
    pub bounty: u64,
}

/// The logic of a task, off chain. The same inputs must give the same outputs on every node: auditors
/// recompute them.
pub trait TaskLogic {
    /// Does the work of `cycle` and returns its proof, 1 to 512 bytes.
    ///
    /// # Errors
    /// The task's own. The node submits nothing.
    fn work(&mut self, cycle: u64) -> Result<Vec<u8>, LogicError>;

    /// Whether `proof` shows that its node did its work.
    ///
    /// # Errors
    /// The task's own. The node does not vote.
    fn audit(&mut self, proof: &Proof) -> Result<bool, LogicError>;

    /// Who is paid what, in base units: `verdicts[i]` says whether `submissions[i]` stands.
    /// Submissions come in the order of their nodes' addresses, those that fell with an empty value. Each node is listed once at most, with
    /// more than 0.
    ///
    /// # Errors
    /// The task's own. The node proposes no list and votes on none. An empty list says that nobody is to
    /// be paid; an error says that this node does not know.
    fn distribution(
        &mut self,
        cycle: &DistributionCycle,
        submissions: &[Proof],
        verdicts: &[bool],
    ) -> Result<Vec<(Pubkey, u64)>, LogicError>;
}

/// The customary distribution: the bounty in equal shares among the submissions that stand. A remainder
/// stays in the pot.
pub fn equal_shares(bounty: u64, submissions: &[Proof], verdicts: &[bool]) -> Vec<(Pubkey, u64)> {
    let standing: Vec<Pubkey> = submissions
        .iter()
        .zip(verdicts)
        .filter(|&(_, &stands)| stands)
        .map(|(submission, _)| submission.node)
        .collect();
    let share = bounty.checked_div(standing.len() as u64).unwrap_or(0);
    let paid = standing.into_iter().filter(|_| share > 0);
    paid.map(|node| (node, share)).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_readme_shows_the_example_that_compiles() {
        let example = include_str!("../examples/primes.rs");
        let start = example.find("struct Primes").unwrap();
        let end = example.find("fn main").unwrap();
        let readme = include_str!("../../../README.md");
        assert!(readme.contains(example[start..end].trim_end()));
    }
}
