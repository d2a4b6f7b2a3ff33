//! Sections 4 and 6: cycles that are opened, and submissions for them.

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
    /// Whether slots of the cycle lie beyond what 64 bits hold.
    fn is_absurd(&self, cycle: u64) -> bool {
        let last = self.task().last_attempt(cycle);
        self.task().boundary(last + 1) > u128::from(u64::MAX)
    }

    pub(in crate::model) fn open_cycle(
        &mut self,
        node: Node,
        cycle: u64,
    ) -> Result<(), Vec<Fault>> {
        let mut faults = Faults::default();
        self.require_running(&mut faults);
        self.require_active(&mut faults);
        let is_now = self.is_in(&self.task().opening(cycle.into()));
        faults.unless(is_now, E::OpeningWindowClosed);
        faults.unless(!self.is_absurd(cycle), E::Overflow);
        faults.unless(
            !self.task().cycles.contains_key(&cycle),
            E::CycleAlreadyOpen,
        );
        let bounty = self.task().terms.bounty_per_round;
        faults.unless(self.task().available >= bounty, E::BountyTooSmall);
        faults.unless(self.task().stakes.contains_key(&node), Fault::Missing);
        let weight = self.task().weight(node, cycle.saturating_add(1));
        faults.unless(weight.is_some(), E::InsufficientActiveStake);
        let round = self.round();
        faults.or(|| {
            let task = self.task_mut();
            task.available -= bounty;
            task.stake_mut(node).resume(round);
            let opened = Cycle {
                opener: node,
                bounty,
                owed: bounty,
                ..Cycle::default()
            };
            task.cycles.insert(cycle, opened);
        })
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
        let state = self.task().cycles.get(&cycle);
        faults.unless(state.is_some(), E::CycleNotOpen);
        faults.unless((1..=512).contains(&length), E::InvalidSubmissionLength);
        faults.unless(is_open, E::SubmissionWindowClosed);
        faults.unless(!self.is_absurd(cycle), E::Overflow);
        faults.unless(self.task().stakes.contains_key(&node), Fault::Missing);
        let weight = is_open
            .then(|| self.task().weight(node, cycle + 1))
            .flatten();
        faults.unless(weight.is_some(), E::InsufficientActiveStake);
        let has_submitted = state.is_some_and(|state| state.submissions.contains_key(&node));
        faults.unless(!has_submitted, E::AlreadySubmitted);
        let hash_now = slot_hash(self.world.seed, self.world.slot);
        faults.or(|| {
            let unlock = self.task().unlock_author(cycle);
            let key = self.world.keys[node];
            let state = self.task_mut().cycle_mut(cycle);
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
            self.work(node, unlock);
        })
    }
}
