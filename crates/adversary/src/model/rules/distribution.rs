//! Sections 7 and 8: lists, payouts, and what is closed once a cycle is settled.

use crate::{
    model::{
        at::TaskAt,
        fault::{Fault, Faults},
        state::{Audit, List, Node, Status, Subject},
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
            bounty,
            total,
            count,
            ..
        } = *proposal;
        let mut faults = Faults::default();
        self.require_running(&mut faults);
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
        faults.unless(!state.list_is_pending(), E::ListPending);
        faults.unless(
            !state.lists.contains_key(&attempt) || state.list_is_pending(),
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
        // Over 1 % less than the present bounty is as wrong as more.
        let present = self.task().present_bounty();
        let is_near = bounty <= present && bounty >= present - present / 100;
        faults.unless(is_near, E::BountyChanged);
        faults.unless(total <= bounty, E::ListExceedsBounty);
        let unlock = self.task().unlock(cycle, round);
        faults.or(|| {
            self.task_mut().available -= total;
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
                bounty,
                total,
                paid: 0,
                payouts: 0,
            };
            state.lists.insert(attempt, list);
            self.lock(node, unlock);
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
                self.task_mut().available += list.total;
            } else {
                list.subject.status = Status::Accepted;
                state.accepted = Some((attempt, now));
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
        let status = submission.subject.status;
        faults.unless(status != Status::Challenged, E::AuditUnresolved);
        faults.unless(status != Status::Paid, E::AlreadyPaid);
        faults.unless(status != Status::Invalid, E::SubmissionInvalid);
        faults.unless(amount <= list.total - list.paid, E::PayoutExceedsTotal);
        faults.or(|| {
            let state = self.task_mut().cycle_mut(cycle);
            let submission = state.submissions.get_mut(&node).expect("looked at before");
            submission.subject.status = Status::Paid;
            let list = state.lists.get_mut(&attempt).expect("looked at before");
            list.paid += amount;
            list.payouts += 1;
            state.paid += 1;
            state.fully_paid =
                list.paid == list.total || list.payouts as usize == list.entries.len();
            self.task_mut().stake_mut(node).credit(amount);
        })
    }

    /// Whether nothing more can be paid for `cycle` (section 8).
    fn is_settled(&self, cycle: u64) -> bool {
        let state = &self.task().cycles[&cycle];
        let now = self.round();
        match state.accepted {
            Some((_, round)) => state.fully_paid || now > round + self.task().terms.claim_window,
            None => {
                let last = cycle + 2 + u64::from(self.task().terms.allowed_failures);
                !state.list_is_pending() && now > last
            }
        }
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
                let list = cycle.lists.remove(&attempt).expect("looked at before");
                if list.subject.status == Status::Accepted {
                    self.task_mut().available += list.total - list.paid;
                    self.task_mut().paid_by_closed += list.paid;
                }
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
        faults.or(|| {
            self.task_mut().cycles.remove(&cycle);
        })
    }
}
