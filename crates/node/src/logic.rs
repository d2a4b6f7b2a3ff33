//! What the author of a task writes: how a node works, how it checks the work of others, and how the
//! bounty is divided.

use gradual_consensus::rules::verdict::Tally;
use solana_sdk::pubkey::Pubkey;
use thiserror::Error;

/// An error of the task's own. The node logs it and leaves out what it asked the logic for.
pub type LogicError = Box<dyn std::error::Error + Send + Sync>;

/// The logic cannot tell now whether a proof is valid, for a reason that lies in no submission: an outage of
/// its own, such as a source of data that does not answer. The node does not vote, and asks again.
///
/// A proof that the logic cannot read is invalid, and no reason for this.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("it cannot tell now: {0}")]
pub struct Unknown(pub String);

/// A proof that a node submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The cycle it was submitted for.
    pub cycle: u64,
    /// The node that submitted it.
    pub node: Pubkey,
    /// Its bytes: 1 to 512. None in [`TaskLogic::distribution`] where the submission fell, or where
    /// [`TaskLogic::list_input`] does not ask for values.
    pub value: Vec<u8>,
    /// The slot at which it was submitted; 0 in [`TaskLogic::distribution`] where [`TaskLogic::list_input`]
    /// does not ask for slots.
    pub slot: u64,
    /// The votes on it; `None` where nobody challenged it, and in [`TaskLogic::audit`].
    pub tally: Option<Tally>,
}

/// What of a cycle's submissions its list depends on, beside their authors, and which of them stand. The node reads
/// nothing else of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListInput {
    /// Nothing.
    Authors,
    /// The slots at which they were submitted.
    Slots,
    /// Slots and values.
    #[default]
    Values,
}

impl ListInput {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Authors, Self::Slots, Self::Values];

    /// Its name, in the address of an index.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Authors => "authors",
            Self::Slots => "slots",
            Self::Values => "values",
        }
    }
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

    /// Begins the work of `cycle` beside everything else and returns true, if the logic can; asked again, it
    /// goes on. Otherwise the logic works while it is asked for the proof.
    fn begin_work(&mut self, cycle: u64) -> bool {
        let _ = cycle;
        false
    }

    /// The proof of `cycle`, or `None` while the work goes on beside everything else. Work that was not begun,
    /// or that failed when it was last asked for, is begun.
    ///
    /// # Errors
    /// The task's own. The node submits nothing, and asks again.
    fn try_work(&mut self, cycle: u64) -> Result<Option<Vec<u8>>, LogicError> {
        self.work(cycle).map(Some)
    }

    /// Ends the work of all cycles before `cycle`: nothing can be submitted for them any more.
    fn end_work_before(&mut self, cycle: u64) {
        let _ = cycle;
    }

    /// Whether `proof` shows that its node did its work. What cannot be read is not valid.
    ///
    /// # Errors
    /// [`Unknown`] during an outage of the logic's own, and the task's own. The node does not vote.
    fn audit(&mut self, proof: &Proof) -> Result<bool, LogicError>;

    /// What [`TaskLogic::distribution`] is given of the submissions.
    ///
    /// # Errors
    /// Those of [`TaskLogic::distribution`].
    fn list_input(&mut self) -> Result<ListInput, LogicError> {
        Ok(ListInput::default())
    }

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

impl<T: TaskLogic + ?Sized> TaskLogic for &mut T {
    fn work(&mut self, cycle: u64) -> Result<Vec<u8>, LogicError> {
        (**self).work(cycle)
    }

    fn begin_work(&mut self, cycle: u64) -> bool {
        (**self).begin_work(cycle)
    }

    fn try_work(&mut self, cycle: u64) -> Result<Option<Vec<u8>>, LogicError> {
        (**self).try_work(cycle)
    }

    fn end_work_before(&mut self, cycle: u64) {
        (**self).end_work_before(cycle);
    }

    fn audit(&mut self, proof: &Proof) -> Result<bool, LogicError> {
        (**self).audit(proof)
    }

    fn list_input(&mut self) -> Result<ListInput, LogicError> {
        (**self).list_input()
    }

    fn distribution(
        &mut self,
        cycle: &DistributionCycle,
        submissions: &[Proof],
        verdicts: &[bool],
    ) -> Result<Vec<(Pubkey, u64)>, LogicError> {
        (**self).distribution(cycle, submissions, verdicts)
    }
}

/// The customary distribution: the bounty in equal shares among the submissions that stand. A remainder
/// stays in the pot.
pub fn equal_shares(bounty: u64, submissions: &[Proof], verdicts: &[bool]) -> Vec<(Pubkey, u64)> {
    let all = submissions.iter().zip(verdicts);
    let standing = all.filter(|&(_, &stands)| stands);
    let count = standing.clone().count();
    let share = bounty.checked_div(count as u64).unwrap_or(0);
    if share == 0 {
        return Vec::new();
    }
    let mut paid = Vec::with_capacity(count);
    paid.extend(standing.map(|(submission, _)| (submission.node, share)));
    paid
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
