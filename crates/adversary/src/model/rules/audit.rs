//! Section 6: challenges, votes, verdicts, and what is closed of them.

use crate::{
    model::{
        at::TaskAt,
        fault::{Fault, Faults},
        state::{Audit, Node, Status, Verdict, Vote},
    },
    script::SubjectId,
};
use gradual_consensus::GradualError as E;
use std::collections::BTreeMap;

impl TaskAt<'_> {
    pub(in crate::model) fn audit(
        &mut self,
        node: Node,
        id: SubjectId,
        valid: bool,
    ) -> Result<(), Vec<Fault>> {
        let mut faults = Faults::default();
        faults.unless(self.task().stakes.contains_key(&node), Fault::Missing);
        let Some(subject) = self.task().subject(id) else {
            faults.unless(false, E::WrongSubject);
            faults.unless(false, Fault::Missing);
            return Err(faults.0);
        };
        let (round, author) = (subject.round, subject.author);
        let wide = u128::from(round);
        let is_pending = subject.status == Status::Pending;
        let is_decided = !is_pending && subject.status != Status::Challenged;
        let votes = subject.audit.as_ref().map(|audit| &audit.votes);
        let has_voted = votes.is_some_and(|votes| votes.contains_key(&node));
        let weight = self.task().weight(node, round);
        faults.unless(author != node, E::SelfAudit);
        let is_open = self.is_in(&self.task().auditing(wide)) && !is_decided;
        faults.unless(is_open, E::AuditWindowClosed);
        faults.unless(weight.is_some(), E::InsufficientActiveStake);
        faults.unless(!(is_pending && valid), E::NothingToDefend);
        let may_open = self.is_in(&self.task().challenging(wide));
        faults.unless(!is_pending || may_open, E::ChallengeWindowClosed);
        faults.unless(!has_voted, E::AlreadyVoted);
        let is_submission = matches!(id, SubjectId::Submission { .. });
        let may_have = self.most_challenges();
        let has = self.task().challenges_of(node) as u64;
        let is_one_too_many =
            is_pending && is_submission && may_have.is_some_and(|most| has >= most);
        faults.unless(!is_one_too_many, E::TooManyChallenges);
        let electorate = self.task().electorate(round);
        let author_weight = self.task().weight(author, round).unwrap_or_default();
        let unlock = self.task().unlock_voter(round);
        faults.or(|| {
            let subject = self.task_mut().subject_mut(id);
            subject.status = Status::Challenged;
            let audit = subject.audit.get_or_insert_with(|| Audit {
                challenger: node,
                electorate,
                author_weight,
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
            self.work(node, unlock);
        })
    }

    /// How many challenges of submissions a node may have open; `None` where there is no limit.
    fn most_challenges(&self) -> Option<u64> {
        let most = 10_000u64.checked_div(self.task().terms.false_challenge_bps.into());
        most.map(|most| most.max(1))
    }

    pub(in crate::model) fn resolve(&mut self, id: SubjectId) -> Result<(), Vec<Fault>> {
        let Some(subject) = self.task().subject(id) else {
            return Err(vec![E::WrongSubject.into(), Fault::Missing]);
        };
        let mut faults = Faults::default();
        let is_challenged = subject.status == Status::Challenged;
        faults.unless(is_challenged, E::NoOpenAudit);
        // Once it is decided, its challenger may have left.
        let challenger = subject.audit.as_ref().map(|audit| audit.challenger);
        let is_there = challenger.is_none_or(|node| self.task().stakes.contains_key(&node));
        faults.unless(is_there, Fault::Missing);
        let is_over = self.audits_are_over(u128::from(subject.round));
        faults.unless(is_over, E::AuditWindowOpen);
        faults.or(|| self.decide(id))
    }

    fn decide(&mut self, id: SubjectId) {
        let subject = self.task().subject(id).expect("looked at before").clone();
        let audit = subject.audit.expect("an open audit");
        let is_list = matches!(id, SubjectId::List { .. });
        let terms = self.task().terms;
        let (verdict, stands) = outcome(&audit, terms.quorum_bps, is_list);
        let (loser, winner, bps) = match verdict {
            Verdict::Upheld => (subject.author, audit.challenger, terms.slash_bps),
            _ => (audit.challenger, subject.author, terms.false_challenge_bps),
        };
        let mut slashed = 0;
        let mut pool = 0;
        if verdict != Verdict::Undecided {
            let stake = self.task_mut().stake_mut(loser);
            // A vote that costs a minimum must not take more than one.
            let most = if terms.by_stake {
                u64::MAX
            } else {
                terms.minimum_stake
            };
            slashed = part(stake.total().min(most), bps.into(), 10_000);
            stake.slash(slashed);
            let to_winner = part(slashed, terms.challenger_bps.into(), 10_000);
            pool = part(slashed, terms.voter_bps.into(), 10_000);
            let to_bounty = slashed - to_winner - pool;
            self.task_mut().stake_mut(winner).credit(to_winner);
            self.task_mut().available += to_bounty;
            self.task_mut().from_slashes += to_bounty;
            self.task_mut().stake_pot -= slashed;
            self.task_mut().bounty_pot += slashed;
        }
        if !is_list && !stands {
            self.task_mut().cycle_mut(subject.cycle).invalid += 1;
        }
        let subject = self.task_mut().subject_mut(id);
        subject.status = if stands {
            Status::Standing
        } else {
            Status::Invalid
        };
        let audit = subject.audit.as_mut().expect("an open audit");
        audit.verdict = Some(verdict);
        (audit.slashed, audit.pool, audit.pool_left) = (slashed, pool, pool);
    }

    pub(in crate::model) fn close_vote(
        &mut self,
        id: SubjectId,
        voter: Node,
    ) -> Result<(), Vec<Fault>> {
        let Some(subject) = self.task().subject(id) else {
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
            self.task_mut().stake_mut(voter).credit(share);
            let audit = self
                .task_mut()
                .subject_mut(id)
                .audit
                .as_mut()
                .expect("an audit");
            audit.pool_left -= share;
            audit.votes.get_mut(&voter).expect("a vote").is_open = false;
            if audit.open_votes() == 0 {
                let rest = std::mem::take(&mut audit.pool_left);
                self.task_mut().available += rest;
                self.task_mut().from_slashes += rest;
            }
        })
    }
}

/// What the votes on a subject come to, and whether it stands (section 6, point 3).
fn outcome(audit: &Audit, quorum_bps: u16, is_list: bool) -> (Verdict, bool) {
    let wide = |weight: u64| u128::from(weight);
    let (invalid, valid) = (wide(audit.cast(false)), wide(audit.cast(true)));
    let defended = valid + wide(audit.author_weight);
    let all = wide(audit.electorate);
    if 2 * invalid > all {
        return (Verdict::Upheld, false);
    }
    if 2 * defended > all && valid > invalid {
        return (Verdict::Dismissed, true);
    }
    let falls = invalid * 10_000 >= u128::from(quorum_bps) * all && invalid > defended;
    let stands = if is_list {
        valid > invalid || 2 * defended > all
    } else {
        !falls
    };
    (Verdict::Undecided, stands)
}

/// `floor(amount * share / of)`.
fn part(amount: u64, share: u64, of: u64) -> u64 {
    let part = u128::from(amount) * u128::from(share) / u128::from(of);
    u64::try_from(part).expect("a part of it")
}
