//! Sections 7 and 8: lists, payouts, and what is closed once a cycle is settled.

use crate::{
    model::{
        at::TaskAt,
        fault::{Fault, Faults},
        state::{Audit, Cycle, List, Node, Status, Subject},
    },
    script::{Payout, Proposal, SubjectId},
};
use gradual_consensus::GradualError as E;
use solana_sha256_hasher::hashv;

impl TaskAt<'_> {
    /// First slot at which `node` may propose in that attempt (section 7).
    pub fn proposal_slot(&self, node: Node, cycle: u64, attempt: u8) -> u64 {
        let state = &self.task().cycles[&cycle];
        let digest = hashv(&[&state.entropy, &[attempt], &self.world.keys[node]]).to_bytes();
        let score = u64::from_le_bytes(digest[..8].try_into().expect("8 bytes"));
        let rank = (u128::from(score) * u128::from(state.count)) >> 64;
        let wait = rank.min(7) * u128::from(self.task().terms.submission_window) / 8;
        let round = u128::from(cycle) + 2 + u128::from(attempt);
        u64::try_from(self.task().boundary(round) + wait).expect("a slot to come")
    }

    pub(in crate::model) fn propose(&mut self, proposal: &Proposal) -> Result<(), Vec<Fault>> {
        let Proposal {
            node,
            cycle,
            attempt,
            total,
            count,
            ..
        } = *proposal;
        let mut faults = Faults::default();
        faults.unless(self.task().stakes.contains_key(&node), Fault::Missing);
        let state = self.task().cycles.get(&cycle);
        let submission = state.and_then(|state| state.submissions.get(&node));
        let (Some(state), Some(submission)) = (state, submission) else {
            faults.unless(false, Fault::Missing);
            return Err(faults.0);
        };
        let round = cycle + 2 + u64::from(attempt);
        faults.unless(
            attempt <= self.task().terms.allowed_failures,
            E::AttemptsExhausted,
        );
        let is_open = self.is_in(&self.task().handing_in(u128::from(round)));
        faults.unless(is_open, E::ListWindowClosed);
        faults.unless(state.accepted.is_none(), E::ListAlreadyAccepted);
        faults.unless(!state.list_is_unfinished(), E::ListPending);
        faults.unless(
            !state.lists.contains_key(&attempt) || state.list_is_unfinished(),
            E::ListNotPending,
        );
        let weight = self.task().weight(node, round);
        faults.unless(weight.is_some(), E::InsufficientActiveStake);
        let status = submission.subject.status;
        faults.unless(
            matches!(status, Status::Pending | Status::Standing),
            E::ProposerNotEligible,
        );
        faults.unless(!submission.has_proposed, E::AlreadyProposed);
        let may_from = self.proposal_slot(node, cycle, attempt);
        faults.unless(self.world.slot >= may_from, E::NotYetSelected);
        faults.unless(
            (1..=state.count).contains(&count) && total >= u64::from(count),
            E::InvalidList,
        );
        faults.unless(total <= state.bounty, E::ListExceedsBounty);
        let unlock = self.task().unlock_voter(round);
        faults.or(|| {
            let state = self.task_mut().cycle_mut(cycle);
            let submission = state.submissions.get_mut(&node).expect("looked at before");
            submission.has_proposed = true;
            let list = List {
                subject: Subject {
                    author: node,
                    cycle,
                    round,
                    status: Status::Pending,
                    audit: None,
                },
                entries: proposal.entries.clone(),
                total,
            };
            state.lists.insert(attempt, list);
            self.work(node, unlock);
        })
    }

    pub(in crate::model) fn finalize(&mut self, cycle: u64, attempt: u8) -> Result<(), Vec<Fault>> {
        let id = SubjectId::List { cycle, attempt };
        let Some(subject) = self.task().subject(id) else {
            return Err(vec![Fault::Missing]);
        };
        let status = subject.status;
        let mut faults = Faults::default();
        let is_over = self.audits_are_over(u128::from(subject.round));
        faults.unless(is_over, E::AuditWindowOpen);
        faults.unless(status != Status::Challenged, E::AuditUnresolved);
        let is_final = matches!(status, Status::Accepted | Status::Rejected);
        faults.unless(!is_final, E::ListNotPending);
        let now = self.round();
        faults.or(|| {
            let state = self.task_mut().cycle_mut(cycle);
            let list = state.lists.get_mut(&attempt).expect("looked at before");
            if status == Status::Invalid {
                list.subject.status = Status::Rejected;
            } else {
                list.subject.status = Status::Accepted;
                state.accepted = Some((attempt, now));
                state.expected = u32::try_from(list.entries.len()).expect("few entries");
                let rest = state.owed - list.total;
                state.owed = list.total;
                self.task_mut().available += rest;
            }
        })
    }

    pub(in crate::model) fn payout(&mut self, payout: &Payout) -> Result<(), Vec<Fault>> {
        let Payout {
            cycle,
            attempt,
            node,
            index,
            amount,
            ..
        } = *payout;
        let state = self.task().cycles.get(&cycle);
        let list = state.and_then(|state| state.lists.get(&attempt));
        let submission = state.and_then(|state| state.submissions.get(&node));
        let (Some(list), Some(submission)) = (list, submission) else {
            return Err(vec![Fault::Missing]);
        };
        let mut faults = Faults::default();
        let status = list.subject.status;
        faults.unless(status == Status::Accepted, E::ListNotAccepted);
        let entry = list.entries.get(index as usize);
        let is_shown = entry == Some(&(node, amount)) && amount > 0 && payout.honest_proof;
        faults.unless(is_shown, E::InvalidProof);
        require_payable(submission.subject.status, &mut faults);
        let left = state.map_or(0, |state| state.owed - state.paid);
        faults.unless(amount <= left, E::PayoutExceedsTotal);
        faults.or(|| self.pay(node, cycle, amount))
    }

    fn pay(&mut self, node: Node, cycle: u64, amount: u64) {
        let state = self.task_mut().cycle_mut(cycle);
        let submission = state.submissions.get_mut(&node).expect("looked at before");
        submission.subject.status = Status::Paid;
        state.paid += amount;
        state.paid_submissions += 1;
        self.task_mut().stake_mut(node).credit(amount);
    }

    /// Whether every attempt to distribute `cycle` has failed (section 8).
    fn has_failed(&self, cycle: u64) -> bool {
        let state = &self.task().cycles[&cycle];
        let is_late = u128::from(self.round()) > self.task().last_attempt(cycle);
        // One that fell and was not finalized waits too: anybody finalizes it.
        is_late && state.accepted.is_none() && !state.list_is_unfinished()
    }

    /// Whether `claim_window` whole rounds after `round` have passed.
    fn claims_are_over(&self, round: u128) -> bool {
        u128::from(self.round()) > round + u128::from(self.task().terms.claim_window)
    }

    pub(in crate::model) fn payout_equal(
        &mut self,
        node: Node,
        cycle: u64,
    ) -> Result<(), Vec<Fault>> {
        let state = self.task().cycles.get(&cycle);
        let submission = state.and_then(|state| state.submissions.get(&node));
        let (Some(state), Some(submission)) = (state, submission) else {
            return Err(vec![Fault::Missing]);
        };
        let mut faults = Faults::default();
        faults.unless(self.task().terms.equal_shares, E::NotEqualShares);
        faults.unless(self.has_failed(cycle), E::CycleNotFailed);
        let last = self.task().last_attempt(cycle);
        faults.unless(!self.claims_are_over(last), E::ClaimWindowOver);
        let share = state.equal_share();
        faults.unless(share > 0, E::NothingToPay);
        require_payable(submission.subject.status, &mut faults);
        faults.or(|| self.pay(node, cycle, share))
    }

    /// Whether nothing more can be paid for `cycle` (section 8).
    fn is_settled(&self, cycle: u64) -> bool {
        let state = &self.task().cycles[&cycle];
        if let Some((_, round)) = state.accepted {
            let is_paid = state.paid == state.owed || state.paid_submissions == state.expected;
            return is_paid || self.claims_are_over(round.into());
        }
        let is_reviewed = u128::from(self.round()) > u128::from(cycle) + 1;
        if state.count == 0 {
            return is_reviewed;
        }
        if !self.has_failed(cycle) {
            return false;
        }
        // Where pay is by list, a failed cycle owes nobody anything.
        self.claims_are_over(self.task().last_attempt(cycle))
            || !self.task().terms.equal_shares
            || is_shared_out(state)
    }

    pub(in crate::model) fn close_subject(&mut self, id: SubjectId) -> Result<(), Vec<Fault>> {
        let Some(subject) = self.task().subject(id) else {
            return Err(vec![Fault::Missing, E::WrongSubject.into()]);
        };
        let mut faults = Faults::default();
        faults.unless(subject.status != Status::Challenged, E::AuditUnresolved);
        let open_votes = subject.audit.as_ref().map_or(0, Audit::open_votes);
        faults.unless(open_votes == 0, E::VotesOpen);
        faults.unless(self.is_settled(subject.cycle), E::CycleNotSettled);
        faults.or(|| match id {
            SubjectId::Submission { node, cycle } => {
                let cycle = self.task_mut().cycle_mut(cycle);
                cycle.submissions.remove(&node);
            }
            SubjectId::List { cycle, attempt } => {
                let cycle = self.task_mut().cycle_mut(cycle);
                cycle.lists.remove(&attempt);
            }
        })
    }

    pub(in crate::model) fn close_cycle(&mut self, cycle: u64) -> Result<(), Vec<Fault>> {
        let Some(state) = self.task().cycles.get(&cycle) else {
            return Err(vec![Fault::Missing]);
        };
        let mut faults = Faults::default();
        faults.unless(self.is_settled(cycle), E::CycleNotSettled);
        let is_empty = state.submissions.is_empty() && state.lists.is_empty();
        faults.unless(is_empty, E::SubjectsOpen);
        let (paid, left) = (state.paid, state.owed - state.paid);
        faults.or(|| {
            let task = self.task_mut();
            task.cycles.remove(&cycle);
            task.available += left;
            task.paid_by_closed += paid;
        })
    }
}

/// What any payment for a submission needs.
fn require_payable(status: Status, faults: &mut Faults) {
    faults.unless(status != Status::Challenged, E::AuditUnresolved);
    faults.unless(status != Status::Paid, E::AlreadyPaid);
    faults.unless(status != Status::Invalid, E::SubmissionInvalid);
}

/// Whether every submission of a failed cycle that stands has its equal share; a share of 0 is paid.
fn is_shared_out(state: &Cycle) -> bool {
    let is_paid = state.paid_submissions == state.count - state.invalid;
    is_paid || state.equal_share() == 0
}
