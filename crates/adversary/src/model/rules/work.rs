//! Section 6: submissions, and the cycles that they open.

use crate::{
    model::{
        at::TaskAt,
        fault::{Fault, Faults},
        state::{Cycle, Node, Status, Subject, Submission},
    },
    script,
    vm::slot_hash,
};
use gradual_consensus::GradualError as E;
use solana_sha256_hasher::{hash, hashv};

impl TaskAt<'_> {
    /// Slots of a cycle's window round lie beyond what 64 bits hold.
    fn is_absurd(&self, round: u128) -> bool {
        self.task().boundary(round + 2) > u128::from(u64::MAX)
    }

    pub(in crate::model) fn submit(
        &mut self,
        node: Node,
        cycle: u64,
        length: usize,
    ) -> Result<(), Vec<Fault>> {
        let round = u128::from(cycle) + 1;
        let is_open = self.is_in(&self.task().handing_in(round));
        let mut faults = Faults::default();
        if !self.task().cycles.contains_key(&cycle) {
            self.require_running_since(self.task().boundary(round), &mut faults);
        }
        self.require_open(self.task().takes_submissions(self.world.slot), &mut faults);
        faults.unless((1..=512).contains(&length), E::InvalidSubmissionLength);
        faults.unless(is_open, E::SubmissionWindowClosed);
        faults.unless(!self.is_absurd(round), E::Overflow);
        faults.unless(self.task().stakes.contains_key(&node), Fault::Missing);
        let weight = is_open
            .then(|| self.task().weight(node, cycle + 1))
            .flatten();
        faults.unless(weight.is_some(), E::InsufficientActiveStake);
        let state = self.task().cycles.get(&cycle);
        let has_submitted = state.is_some_and(|state| state.submissions.contains_key(&node));
        faults.unless(!has_submitted, E::AlreadySubmitted);
        let hash_now = slot_hash(self.world.seed, self.world.slot);
        faults.or(|| {
            let unlock = self.task().unlock(cycle, cycle + 1);
            let key = self.world.keys[node];
            let cycles = &mut self.task_mut().cycles;
            let state = cycles.entry(cycle).or_insert_with(|| Cycle {
                opener: node,
                ..Cycle::default()
            });
            let value = script::value(node, length);
            state.entropy =
                hashv(&[&state.entropy, &key, hash(&value).as_ref(), &hash_now]).to_bytes();
            state.count += 1;
            let subject = Subject {
                author: node,
                cycle,
                round: cycle + 1,
                status: Status::Pending,
                audit: None,
            };
            let submission = Submission {
                subject,
                has_proposed: false,
            };
            state.submissions.insert(node, submission);
            self.lock(node, unlock);
        })
    }
}
