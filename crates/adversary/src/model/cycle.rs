//! Sections 6 to 8: submissions, audits, lists, payouts, and what is closed afterwards.

use super::{Fault, Faults, Model, Node};
use crate::{
    duel::{Payout, Proposal, SubjectId},
    vm::slot_hash,
};
use gradual_consensus::GradualError as E;
use solana_sha256_hasher::{hash, hashv};
use std::collections::BTreeMap;

/// How far a subject has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the protocol's own words")]
pub enum Status {
    Pending,
    Challenged,
    Standing,
    Invalid,
    Paid,
    Accepted,
    Rejected,
}

/// What an audit came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the protocol's own words")]
pub enum Verdict {
    Upheld,
    Dismissed,
    Inconclusive,
}

/// One node's vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vote {
    /// What it weighs.
    pub weight: u64,
    /// Which way.
    pub valid: bool,
    /// Whether its account still exists.
    pub is_open: bool,
}

/// One audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// Who opened it.
    pub challenger: Node,
    /// Weight of all who could vote when it was opened, less the author's.
    pub electorate: u64,
    /// Every vote ever cast.
    pub votes: BTreeMap<Node, Vote>,
    /// What it came to.
    pub verdict: Option<Verdict>,
    /// What was slashed.
    pub slashed: u64,
    /// What the voters in the right share.
    pub pool: u64,
    /// What of it they have not collected.
    pub pool_left: u64,
}

impl Audit {
    /// Weight of all votes for that side.
    pub fn cast(&self, valid: bool) -> u64 {
        let side = self.votes.values().filter(|vote| vote.valid == valid);
        side.map(|vote| vote.weight).sum()
    }

    /// Votes whose accounts still exist.
    pub fn open_votes(&self) -> usize {
        self.votes.values().filter(|vote| vote.is_open).count()
    }
}

/// What submissions and lists have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Who handed it in.
    pub author: Node,
    /// The cycle.
    pub cycle: u64,
    /// The round in whose windows it lives.
    pub round: u64,
    /// How far it has come.
    pub status: Status,
    /// Its audit, once opened.
    pub audit: Option<Audit>,
}

/// A submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// As of any subject.
    pub subject: Subject,
    /// Whether its node has proposed a list for the cycle.
    pub has_proposed: bool,
}

/// A distribution list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// As of any subject.
    pub subject: Subject,
    /// Who is to be paid what.
    pub entries: Vec<(Node, u64)>,
    /// The bounty it divides.
    pub bounty: u64,
    /// What its proposer says that all entries add up to.
    pub total: u64,
    /// What was paid.
    pub paid: u64,
    /// How many entries were paid.
    pub payouts: u32,
}

/// A cycle that somebody submitted for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cycle {
    /// Who submitted first.
    pub opener: Node,
    /// Decides who proposes when.
    pub entropy: [u8; 32],
    /// Submissions ever made.
    pub count: u32,
    /// Submissions found invalid.
    pub invalid: u32,
    /// Submissions paid.
    pub paid: u32,
    /// The attempt that was accepted, and the round in which it was.
    pub accepted: Option<(u8, u64)>,
    /// Whether every entry of the accepted list was paid, or all of its total.
    pub fully_paid: bool,
    /// Submissions that exist.
    pub submissions: BTreeMap<Node, Submission>,
    /// Lists that exist.
    pub lists: BTreeMap<u8, List>,
}

impl Cycle {
    fn list_is_pending(&self) -> bool {
        let mut lists = self.lists.values();
        lists.any(|list| !matches!(list.subject.status, Status::Accepted | Status::Rejected))
    }
}

/// `floor(amount * share / of)`.
fn part(amount: u64, share: u64, of: u64) -> u64 {
    let part = u128::from(amount) * u128::from(share) / u128::from(of);
    u64::try_from(part).expect("a part of it")
}

impl Model {
    /// Slots of a cycle's window round lie beyond what 64 bits hold.
    fn is_absurd(&self, round: u128) -> bool {
        self.boundary(round + 2) > u128::from(u64::MAX)
    }

    pub(super) fn submit(
        &mut self,
        node: Node,
        cycle: u64,
        length: usize,
    ) -> Result<(), Vec<Fault>> {
        let round = u128::from(cycle) + 1;
        let is_open = self.is_in(&self.handing_in(round));
        let mut faults = Faults::default();
        if !self.cycles.contains_key(&cycle) {
            self.require_running_since(self.boundary(round), &mut faults);
        }
        self.require_open(self.takes_submissions(), &mut faults);
        faults.unless((1..=512).contains(&length), E::InvalidSubmissionLength);
        faults.unless(is_open, E::SubmissionWindowClosed);
        faults.unless(!self.is_absurd(round), E::Overflow);
        faults.unless(self.stakes.contains_key(&node), Fault::Missing);
        let weight = is_open.then(|| self.weight(node, cycle + 1)).flatten();
        faults.unless(weight.is_some(), E::InsufficientActiveStake);
        let state = self.cycles.get(&cycle);
        let has_submitted = state.is_some_and(|state| state.submissions.contains_key(&node));
        faults.unless(!has_submitted, E::AlreadySubmitted);
        let hash_now = slot_hash(self.seed, self.slot);
        faults.or(|| {
            let unlock = self.unlock(cycle, cycle + 1);
            let key = self.keys[node];
            let state = self.cycles.entry(cycle).or_insert_with(|| Cycle {
                opener: node,
                ..Cycle::default()
            });
            let value = crate::duel::value(node, length);
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

    fn lock(&mut self, node: Node, until: u64) {
        let stake = self.stakes.get_mut(&node).expect("looked at before");
        stake.locked_until = stake.locked_until.max(until);
    }

    /// All who can vote in `round`.
    pub fn electorate(&self, round: u64) -> u64 {
        let nodes = self.stakes.keys();
        nodes.filter_map(|&node| self.weight(node, round)).sum()
    }

    pub(super) fn audit(
        &mut self,
        node: Node,
        id: SubjectId,
        valid: bool,
    ) -> Result<(), Vec<Fault>> {
        let mut faults = Faults::default();
        faults.unless(self.stakes.contains_key(&node), Fault::Missing);
        let Some(subject) = self.subject(id) else {
            faults.unless(false, E::WrongSubject);
            faults.unless(false, Fault::Missing);
            return Err(faults.0);
        };
        let (cycle, round, author) = (subject.cycle, subject.round, subject.author);
        let wide = u128::from(round);
        let is_pending = subject.status == Status::Pending;
        let is_decided = !is_pending && subject.status != Status::Challenged;
        let votes = subject.audit.as_ref().map(|audit| &audit.votes);
        let has_voted = votes.is_some_and(|votes| votes.contains_key(&node));
        let weight = self.weight(node, round);
        faults.unless(author != node, E::SelfAudit);
        let is_open = self.is_in(&self.auditing(wide)) && !is_decided;
        faults.unless(is_open, E::AuditWindowClosed);
        faults.unless(weight.is_some(), E::InsufficientActiveStake);
        faults.unless(!(is_pending && valid), E::NothingToDefend);
        let may_open = self.is_in(&self.challenging(wide));
        faults.unless(!is_pending || may_open, E::ChallengeWindowClosed);
        faults.unless(!has_voted, E::AlreadyVoted);
        let others = self.electorate(round) - self.weight(author, round).unwrap_or_default();
        let unlock = self.unlock(cycle, round);
        faults.or(|| {
            let subject = self.subject_mut(id);
            subject.status = Status::Challenged;
            let audit = subject.audit.get_or_insert_with(|| Audit {
                challenger: node,
                electorate: others,
                votes: BTreeMap::new(),
                verdict: None,
                slashed: 0,
                pool: 0,
                pool_left: 0,
            });
            let vote = Vote {
                weight: weight.unwrap_or_default(),
                valid,
                is_open: true,
            };
            audit.votes.insert(node, vote);
            self.lock(node, unlock);
        })
    }

    pub(super) fn resolve(&mut self, id: SubjectId) -> Result<(), Vec<Fault>> {
        let Some(subject) = self.subject(id) else {
            return Err(vec![E::WrongSubject.into(), Fault::Missing]);
        };
        let mut faults = Faults::default();
        let is_challenged = subject.status == Status::Challenged;
        faults.unless(is_challenged, E::NoOpenAudit);
        // Once it is decided, its challenger may have left.
        let challenger = subject.audit.as_ref().map(|audit| audit.challenger);
        let is_there = challenger.is_none_or(|node| self.stakes.contains_key(&node));
        faults.unless(is_there, Fault::Missing);
        let is_over = self.audits_are_over(u128::from(subject.round));
        faults.unless(is_over, E::AuditWindowOpen);
        faults.or(|| self.decide(id))
    }

    fn decide(&mut self, id: SubjectId) {
        let subject = self.subject(id).expect("looked at before").clone();
        let audit = subject.audit.expect("an open audit");
        let (invalid, valid) = (u128::from(audit.cast(false)), u128::from(audit.cast(true)));
        let needed = u128::from(self.terms.quorum_bps) * u128::from(audit.electorate);
        let quorum = (invalid + valid) * 10_000 >= needed;
        let verdict = if quorum && invalid > valid {
            Verdict::Upheld
        } else if quorum && valid > invalid {
            Verdict::Dismissed
        } else {
            Verdict::Inconclusive
        };
        let is_list = matches!(id, SubjectId::List { .. });
        let stands = match verdict {
            Verdict::Upheld => false,
            Verdict::Dismissed => true,
            Verdict::Inconclusive => !is_list || valid > invalid,
        };
        let (loser, winner, bps) = match verdict {
            Verdict::Upheld => (subject.author, audit.challenger, self.terms.slash_bps),
            _ => (
                audit.challenger,
                subject.author,
                self.terms.false_challenge_bps,
            ),
        };
        let mut slashed = 0;
        let mut pool = 0;
        if verdict != Verdict::Inconclusive {
            let stake = self.stakes.get_mut(&loser).expect("it answers for it");
            slashed = part(stake.total(), bps.into(), 10_000);
            stake.slash(slashed);
            let to_winner = part(slashed, self.terms.challenger_bps.into(), 10_000);
            pool = part(slashed, self.terms.voter_bps.into(), 10_000);
            let to_bounty = slashed - to_winner - pool;
            self.stakes
                .get_mut(&winner)
                .expect("it takes part")
                .credit(to_winner);
            self.available += to_bounty;
            self.from_slashes += to_bounty;
            self.stake_pot -= slashed;
            self.bounty_pot += slashed;
        }
        if !is_list && !stands {
            let cycle = self.cycles.get_mut(&subject.cycle);
            cycle.expect("looked at before").invalid += 1;
        }
        let subject = self.subject_mut(id);
        subject.status = if stands {
            Status::Standing
        } else {
            Status::Invalid
        };
        let audit = subject.audit.as_mut().expect("an open audit");
        audit.verdict = Some(verdict);
        (audit.slashed, audit.pool, audit.pool_left) = (slashed, pool, pool);
    }

    /// First slot at which `node` may propose in that attempt (section 7).
    pub fn proposal_slot(&self, node: Node, cycle: u64, attempt: u8) -> u64 {
        let state = &self.cycles[&cycle];
        let digest = hashv(&[&state.entropy, &[attempt], &self.keys[node]]).to_bytes();
        let score = u64::from_le_bytes(digest[..8].try_into().expect("8 bytes"));
        let rank = (u128::from(score) * u128::from(state.count)) >> 64;
        let wait = rank.min(7) * u128::from(self.terms.submission_window) / 8;
        let round = u128::from(cycle) + 2 + u128::from(attempt);
        u64::try_from(self.boundary(round) + wait).expect("a slot to come")
    }

    pub(super) fn propose(&mut self, proposal: &Proposal) -> Result<(), Vec<Fault>> {
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
        faults.unless(self.stakes.contains_key(&node), Fault::Missing);
        let state = self.cycles.get(&cycle);
        let submission = state.and_then(|state| state.submissions.get(&node));
        let (Some(state), Some(submission)) = (state, submission) else {
            faults.unless(false, Fault::Missing);
            return Err(faults.0);
        };
        let round = cycle + 2 + u64::from(attempt);
        faults.unless(attempt <= self.terms.allowed_failures, E::AttemptsExhausted);
        let is_open = self.is_in(&self.handing_in(u128::from(round)));
        faults.unless(is_open, E::ListWindowClosed);
        faults.unless(state.accepted.is_none(), E::ListAlreadyAccepted);
        faults.unless(!state.list_is_pending(), E::ListPending);
        faults.unless(
            !state.lists.contains_key(&attempt) || state.list_is_pending(),
            E::ListNotPending,
        );
        let weight = self.weight(node, round);
        faults.unless(weight.is_some(), E::InsufficientActiveStake);
        let status = submission.subject.status;
        faults.unless(
            matches!(status, Status::Pending | Status::Standing),
            E::ProposerNotEligible,
        );
        faults.unless(!submission.has_proposed, E::AlreadyProposed);
        let may_from = self.proposal_slot(node, cycle, attempt);
        faults.unless(self.slot >= may_from, E::NotYetSelected);
        faults.unless(
            (1..=state.count).contains(&count) && total >= u64::from(count),
            E::InvalidList,
        );
        // Over 1 % less than the present bounty is as wrong as more.
        let present = self.present_bounty();
        let is_near = bounty <= present && bounty >= present - present / 100;
        faults.unless(is_near, E::BountyChanged);
        faults.unless(total <= bounty, E::ListExceedsBounty);
        let unlock = self.unlock(cycle, round);
        faults.or(|| {
            self.available -= total;
            let state = self.cycles.get_mut(&cycle).expect("looked at before");
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

    pub(super) fn finalize(&mut self, cycle: u64, attempt: u8) -> Result<(), Vec<Fault>> {
        let id = SubjectId::List { cycle, attempt };
        let Some(subject) = self.subject(id) else {
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
            let state = self.cycles.get_mut(&cycle).expect("looked at before");
            let list = state.lists.get_mut(&attempt).expect("looked at before");
            if status == Status::Invalid {
                list.subject.status = Status::Rejected;
                self.available += list.total;
            } else {
                list.subject.status = Status::Accepted;
                state.accepted = Some((attempt, now));
            }
        })
    }

    pub(super) fn payout(&mut self, payout: &Payout) -> Result<(), Vec<Fault>> {
        let Payout {
            cycle,
            attempt,
            node,
            index,
            amount,
            ..
        } = *payout;
        let state = self.cycles.get(&cycle);
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
            let state = self.cycles.get_mut(&cycle).expect("looked at before");
            let submission = state.submissions.get_mut(&node).expect("looked at before");
            submission.subject.status = Status::Paid;
            let list = state.lists.get_mut(&attempt).expect("looked at before");
            list.paid += amount;
            list.payouts += 1;
            state.paid += 1;
            state.fully_paid =
                list.paid == list.total || list.payouts as usize == list.entries.len();
            self.stakes
                .get_mut(&node)
                .expect("its submission exists")
                .credit(amount);
        })
    }

    pub(super) fn close_vote(&mut self, id: SubjectId, voter: Node) -> Result<(), Vec<Fault>> {
        let Some(subject) = self.subject(id) else {
            return Err(vec![Fault::Missing, E::WrongSubject.into()]);
        };
        let vote = subject
            .audit
            .as_ref()
            .and_then(|audit| Some((audit, audit.votes.get(&voter).filter(|vote| vote.is_open)?)));
        let Some((audit, vote)) = vote else {
            return Err(vec![Fault::Missing]);
        };
        let mut faults = Faults::default();
        faults.unless(audit.verdict.is_some(), E::AuditUnresolved);
        let was_right = match audit.verdict {
            Some(Verdict::Upheld) => !vote.valid,
            Some(Verdict::Dismissed) => vote.valid,
            _ => false,
        };
        let share = if was_right {
            part(audit.pool, vote.weight, audit.cast(vote.valid))
        } else {
            0
        };
        faults.or(|| {
            self.stakes
                .get_mut(&voter)
                .expect("its vote exists")
                .credit(share);
            let audit = self.subject_mut(id).audit.as_mut().expect("an audit");
            audit.pool_left -= share;
            audit.votes.get_mut(&voter).expect("a vote").is_open = false;
            if audit.open_votes() == 0 {
                let rest = std::mem::take(&mut audit.pool_left);
                self.available += rest;
                self.from_slashes += rest;
            }
        })
    }

    /// Whether nothing more can be paid for `cycle` (section 8).
    fn is_settled(&self, cycle: u64) -> bool {
        let state = &self.cycles[&cycle];
        let now = self.round();
        match state.accepted {
            Some((_, round)) => state.fully_paid || now > round + self.terms.claim_window,
            None => {
                let last = cycle + 2 + u64::from(self.terms.allowed_failures);
                !state.list_is_pending() && now > last
            }
        }
    }

    pub(super) fn close_subject(&mut self, id: SubjectId) -> Result<(), Vec<Fault>> {
        let Some(subject) = self.subject(id) else {
            return Err(vec![Fault::Missing, E::WrongSubject.into()]);
        };
        let mut faults = Faults::default();
        faults.unless(subject.status != Status::Challenged, E::AuditUnresolved);
        let open_votes = subject.audit.as_ref().map_or(0, Audit::open_votes);
        faults.unless(open_votes == 0, E::VotesOpen);
        faults.unless(self.is_settled(subject.cycle), E::CycleNotSettled);
        faults.or(|| match id {
            SubjectId::Submission { node, cycle } => {
                let cycle = self.cycles.get_mut(&cycle).expect("looked at before");
                cycle.submissions.remove(&node);
            }
            SubjectId::List { cycle, attempt } => {
                let cycle = self.cycles.get_mut(&cycle).expect("looked at before");
                let list = cycle.lists.remove(&attempt).expect("looked at before");
                if list.subject.status == Status::Accepted {
                    self.available += list.total - list.paid;
                    self.paid_by_closed += list.paid;
                }
            }
        })
    }

    pub(super) fn close_cycle(&mut self, cycle: u64) -> Result<(), Vec<Fault>> {
        let Some(state) = self.cycles.get(&cycle) else {
            return Err(vec![Fault::Missing]);
        };
        let mut faults = Faults::default();
        faults.unless(self.is_settled(cycle), E::CycleNotSettled);
        let is_empty = state.submissions.is_empty() && state.lists.is_empty();
        faults.unless(is_empty, E::SubjectsOpen);
        faults.or(|| {
            self.cycles.remove(&cycle);
        })
    }
}
