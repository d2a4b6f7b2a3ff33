//! The task's logic under watch: while it works the node sees no slots, and is well all the same. What it fails
//! to judge is told.

use super::Metrics;
use crate::logic::{DistributionCycle, ListInput, LogicError, Proof, TaskLogic, Unknown};
use solana_sdk::pubkey::Pubkey;
use std::collections::{BTreeMap, BTreeSet};
use tracing::warn;

/// Cycles whose audits are remembered: no more than these are reviewed at once.
const CYCLES_KEPT: usize = 3;

/// A logic that is watched.
pub(super) struct Timed<'a, T> {
    logic: T,
    metrics: &'a Metrics,
    audits: BTreeMap<u64, Audits>,
}

/// What the logic said of the submissions of one cycle.
#[derive(Debug, Default)]
struct Audits {
    /// Whether it judged any.
    has_judged: bool,
    /// Those on which it failed, and why.
    failed: BTreeMap<Pubkey, String>,
    /// Those that were told.
    told: BTreeSet<Pubkey>,
}

impl Audits {
    /// Notes what the logic said of the submission of `node`, and returns those on which it has failed though it
    /// has judged others, each once. That it cannot tell now is no failure.
    fn note(&mut self, node: Pubkey, verdict: &Result<bool, LogicError>) -> Vec<(Pubkey, String)> {
        match verdict {
            Ok(_) => {
                self.has_judged = true;
                self.failed.remove(&node);
            }
            Err(error) if error.is::<Unknown>() => {}
            Err(error) => {
                self.failed.insert(node, error.to_string());
            }
        }
        if !self.has_judged {
            return Vec::new();
        }
        let failed = std::mem::take(&mut self.failed).into_iter();
        failed.filter(|(node, _)| self.told.insert(*node)).collect()
    }
}

impl<'a, T> Timed<'a, T> {
    pub(super) const fn new(logic: T, metrics: &'a Metrics) -> Self {
        Self {
            logic,
            metrics,
            audits: BTreeMap::new(),
        }
    }

    fn time<R>(&mut self, ask: impl FnOnce(&mut T) -> R) -> R {
        self.metrics.logic_begins();
        let answer = ask(&mut self.logic);
        self.metrics.logic_ends();
        answer
    }

    /// Tells the operator loudly of a submission that makes the logic fail: whoever handed it in may have meant to.
    fn tell_failures(&mut self, proof: &Proof, verdict: &Result<bool, LogicError>) {
        let audits = self.audits.entry(proof.cycle).or_default();
        for (node, reason) in audits.note(proof.node, verdict) {
            self.metrics.count_silent();
            let cycle = proof.cycle;
            warn!(
                cycle,
                %node,
                reason,
                "the logic fails on one submission and judges others: this node does not vote on it, and a cheat \
                 may be paid"
            );
        }
        while self.audits.len() > CYCLES_KEPT {
            self.audits.pop_first();
        }
    }
}

impl<T: TaskLogic> TaskLogic for Timed<'_, T> {
    fn work(&mut self, cycle: u64) -> Result<Vec<u8>, LogicError> {
        self.time(|logic| logic.work(cycle))
    }

    fn begin_work(&mut self, cycle: u64) -> bool {
        self.time(|logic| logic.begin_work(cycle))
    }

    fn try_work(&mut self, cycle: u64) -> Result<Option<Vec<u8>>, LogicError> {
        self.time(|logic| logic.try_work(cycle))
    }

    fn end_work_before(&mut self, cycle: u64) {
        self.logic.end_work_before(cycle);
    }

    fn audit(&mut self, proof: &Proof) -> Result<bool, LogicError> {
        let verdict = self.time(|logic| logic.audit(proof));
        self.tell_failures(proof, &verdict);
        verdict
    }

    fn list_input(&mut self) -> Result<ListInput, LogicError> {
        self.time(TaskLogic::list_input)
    }

    fn distribution(
        &mut self,
        cycle: &DistributionCycle,
        submissions: &[Proof],
        verdicts: &[bool],
    ) -> Result<Vec<(Pubkey, u64)>, LogicError> {
        self.time(|logic| logic.distribution(cycle, submissions, verdicts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(number: u8) -> Pubkey {
        Pubkey::new_from_array([number; 32])
    }

    fn told(audits: &mut Audits, number: u8, verdict: Result<bool, LogicError>) -> Vec<Pubkey> {
        let told = audits.note(node(number), &verdict);
        told.into_iter().map(|(node, _)| node).collect()
    }

    #[test]
    fn a_submission_that_alone_makes_the_logic_fail_is_told_once() {
        let mut audits = Audits::default();
        // Nothing is judged yet: it may be all of them.
        assert_eq!(told(&mut audits, 1, Err("no JSON".into())), []);
        assert_eq!(told(&mut audits, 2, Ok(false)), [node(1)]);
        assert_eq!(told(&mut audits, 1, Err("no JSON".into())), []);
        assert_eq!(told(&mut audits, 3, Err("no JSON".into())), [node(3)]);
    }

    #[test]
    fn an_outage_is_no_failure_and_what_is_judged_later_has_not_failed() {
        let mut audits = Audits::default();
        let outage = || Err(Unknown("the source is down".into()).into());
        assert_eq!(told(&mut audits, 1, outage()), []);
        assert_eq!(told(&mut audits, 2, Err("slow".into())), []);
        assert_eq!(told(&mut audits, 2, Ok(true)), []);
        assert_eq!(told(&mut audits, 1, outage()), []);
    }
}
