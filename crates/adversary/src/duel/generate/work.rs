//! Steps in an active task: staking, work, audits, lists.

use super::step::Step;
use crate::{
    model::Status,
    script::{Op, Payout, Proposal, SubjectId},
};

impl Step<'_> {
    /// What is done in an active task.
    pub(super) fn play(&mut self) -> Option<Op> {
        let bounty = self.task().terms.bounty_per_round;
        if self.task().available < bounty && self.dice.chance(6) {
            return Some(Op::Fund {
                amount: self.dice.between(bounty, bounty * 6),
            });
        }
        let now = self.round();
        if !self.task().cycles.contains_key(&now) && self.dice.chance(12) {
            return Some(self.open_cycle());
        }
        if self.task().stakes.len() < 3 && self.dice.chance(10) {
            return Some(self.stake());
        }
        match self.dice.below(104) {
            100 => Some(self.open_cycle()),
            101 | 102 => Some(self.park_or_resume()),
            103 => self.payout_equal(),
            0 => Some(Op::Fund {
                amount: self.amount(bounty * 4),
            }),
            1 => Some(Op::SetActive {
                active: !self.task().is_active || self.dice.chance(70),
                who: Some(self.task().manager),
            }),
            2..5 => Some(self.stake()),
            5..7 => Some(self.withdraw()),
            7..28 => self.submit(),
            28..50 => self.audit(),
            50..58 => self.resolve(),
            58..72 => self.propose(),
            72..78 => self.finalize(),
            78..86 => self.payout(),
            86..88 => Some(Op::Claim { node: self.node() }),
            88..90 => Some(Op::Compound { node: self.node() }),
            90..94 => self.close_vote(),
            94..97 => self.close_subject(),
            97 | 98 => self.close_cycle(),
            _ if self.dice.chance(35) => self.pause(),
            _ => Some(self.close_stake()),
        }
    }

    pub(super) fn close_stake(&mut self) -> Op {
        Op::CloseStake {
            node: self.node(),
            closer: self.dice.chance(40).then(|| self.node()),
        }
    }

    pub(super) fn stake(&mut self) -> Op {
        let node = self.node();
        let most = (self.task().terms.minimum_stake * 4).min(self.model.wallets[node]);
        let amount = if self.task().stakes.contains_key(&node) || self.dice.chance(10) {
            self.amount(most)
        } else {
            self.task().terms.minimum_stake + self.amount(most).min(most)
        };
        Op::Stake { node, amount }
    }

    /// Mostly a node that has been idle for long, or that is parked.
    pub(super) fn park_or_resume(&mut self) -> Op {
        let now = self.round();
        let task = self.task();
        let parked: Vec<usize> = task
            .stakes
            .iter()
            .filter(|(_, stake)| stake.parked() > 0)
            .map(|(&node, _)| node)
            .collect();
        let idle: Vec<usize> = task
            .stakes
            .iter()
            .filter(|(_, stake)| stake.parked() == 0 && stake.last_active < now)
            .map(|(&node, _)| node)
            .collect();
        let any = self.node();
        let resumes = !parked.is_empty() && self.dice.chance(40);
        let likely = self.dice.pick(if resumes { &parked } else { &idle });
        let node = match likely {
            Some(node) if self.dice.chance(92) => node,
            _ => any,
        };
        if resumes {
            Op::Resume { node }
        } else {
            Op::Park { node }
        }
    }

    pub(super) fn open_cycle(&mut self) -> Op {
        let now = self.round();
        let cycle = match self.dice.below(40) {
            0 => now.wrapping_add(1),
            1 => now.wrapping_sub(1),
            2 => u64::MAX - self.dice.below(3),
            _ => now,
        };
        Op::OpenCycle {
            node: self.node(),
            cycle,
        }
    }

    /// Mostly of a cycle whose attempts have all failed.
    pub(super) fn payout_equal(&mut self) -> Option<Op> {
        let now = self.round();
        let any = self.dice.chance(10);
        let allowed = u64::from(self.task().terms.allowed_failures);
        let cycles = self.task().cycles.iter();
        let failed: Vec<u64> = cycles
            .filter(|&(&cycle, state)| {
                any || state.accepted.is_none() && now > cycle + 2 + allowed
            })
            .map(|(&cycle, _)| cycle)
            .collect();
        let cycle = self.dice.pick(&failed)?;
        let authors = self.task().cycles.get(&cycle)?.submissions.keys();
        let authors: Vec<usize> = authors.copied().collect();
        let node = match self.dice.pick(&authors) {
            Some(author) if self.dice.chance(95) => author,
            _ => self.node(),
        };
        Some(Op::PayoutEqual { node, cycle })
    }

    pub(super) fn withdraw(&mut self) -> Op {
        let node = self.node();
        let total = self.task().stakes.get(&node).map_or(0, |one| one.total());
        let amount = if self.dice.chance(30) {
            total
        } else {
            self.amount(total)
        };
        Op::Withdraw { node, amount }
    }

    pub(super) fn submit(&mut self) -> Option<Op> {
        let under_review = self.round().wrapping_sub(1);
        let is_open = self.task().cycles.contains_key(&under_review);
        if !is_open && self.dice.chance(95) {
            return None;
        }
        let cycle = match self.dice.below(30) {
            0 => under_review.wrapping_add(1),
            1 => under_review.wrapping_sub(1),
            2 => u64::MAX - self.dice.below(3),
            _ => under_review,
        };
        let length = match self.dice.below(30) {
            0 => 0,
            1 => 512,
            2 => 513,
            _ => self.dice.small(1, 40),
        };
        let stakers: Vec<usize> = self.task().stakes.keys().copied().collect();
        let node = match self.dice.pick(&stakers) {
            Some(staker) if self.dice.chance(95) => staker,
            _ => self.node(),
        };
        Some(Op::Submit {
            node,
            cycle,
            length,
        })
    }

    pub(super) fn audit(&mut self) -> Option<Op> {
        let now = self.round();
        let prefer_open = self.dice.chance(70);
        let subject = self.subject(|status, round| {
            let is_open = status == Status::Challenged;
            round == now && (is_open || !prefer_open && status == Status::Pending)
        });
        let subject = match subject {
            Some(subject) => subject,
            None => self.subject(|status, round| round == now && status == Status::Pending)?,
        };
        let is_pending = self
            .task()
            .subject(subject)
            .is_some_and(|one| one.status == Status::Pending);
        Some(Op::Audit {
            node: self.node(),
            subject,
            valid: self.dice.chance(if is_pending { 4 } else { 55 }),
        })
    }

    pub(super) fn resolve(&mut self) -> Option<Op> {
        let subject = self.subject(|status, _| status == Status::Challenged)?;
        Some(Op::Resolve { subject })
    }

    pub(super) fn propose(&mut self) -> Option<Op> {
        let now = self.round();
        let cycles: Vec<u64> = self
            .task()
            .cycles
            .keys()
            .copied()
            .filter(|cycle| cycle + 2 <= now)
            .collect();
        let cycle = self.dice.pick(&cycles)?;
        let attempt = now - cycle - 2 + u64::from(self.dice.chance(4));
        let attempt = u8::try_from(attempt).ok()?;
        let state = &self.task().cycles[&cycle];
        let set_aside = state.bounty;
        let authors: Vec<usize> = state.submissions.keys().copied().collect();
        let node = if self.dice.chance(95) {
            self.dice.pick(&authors)?
        } else {
            self.node()
        };
        let bounty = if self.dice.chance(96) {
            set_aside
        } else {
            self.amount(set_aside)
        };
        let entries = self.entries(&authors, bounty);
        let sum: u64 = entries
            .iter()
            .fold(0, |sum, (_, amount)| sum.saturating_add(*amount));
        let total = match self.dice.below(25) {
            0 => sum.saturating_sub(1),
            1 => sum.saturating_add(1),
            2 => bounty,
            _ => sum,
        };
        let count = u32::try_from(entries.len()).ok()?;
        Some(Op::Propose(Proposal {
            node,
            cycle,
            attempt,
            total,
            count,
            entries,
        }))
    }

    /// Who is paid what: mostly the authors, all the bounty; sometimes one only, or strangers, or
    /// somebody twice.
    pub(super) fn entries(&mut self, authors: &[usize], bounty: u64) -> Vec<(usize, u64)> {
        let mut nodes = authors.to_vec();
        match self.dice.below(12) {
            0 => nodes.truncate(1),
            1 => nodes.push(self.node()),
            2 => nodes.reverse(),
            3 => {
                let node = self.node();
                nodes.fill(node);
            }
            4 if self.dice.chance(20) => nodes.clear(),
            _ => (),
        }
        let share = bounty / (nodes.len() as u64).max(1);
        nodes
            .into_iter()
            .map(|node| {
                let amount = if self.dice.chance(80) {
                    share
                } else {
                    self.amount(share)
                };
                (node, amount)
            })
            .collect()
    }

    pub(super) fn list(&mut self, wanted: impl Fn(Status) -> bool) -> Option<(u64, u8)> {
        let id = self.subject(|status, _| wanted(status))?;
        let lists: Vec<_> = self
            .task()
            .subjects()
            .filter(|(_, one)| wanted(one.status))
            .filter_map(|(id, _)| match id {
                SubjectId::List { cycle, attempt } => Some((cycle, attempt)),
                SubjectId::Submission { .. } => None,
            })
            .collect();
        match id {
            SubjectId::List { cycle, attempt } => Some((cycle, attempt)),
            SubjectId::Submission { .. } => self.dice.pick(&lists),
        }
    }

    pub(super) fn finalize(&mut self) -> Option<Op> {
        let (cycle, attempt) =
            self.list(|status| !matches!(status, Status::Accepted | Status::Rejected))?;
        Some(Op::Finalize { cycle, attempt })
    }

    pub(super) fn payout(&mut self) -> Option<Op> {
        let (cycle, attempt) = self.list(|status| status == Status::Accepted)?;
        let list = self.task().cycles.get(&cycle)?.lists.get(&attempt)?;
        let entries = list.entries.clone();
        let index = self.dice.index(entries.len())?;
        let (node, amount) = entries[index];
        let mut payout = Payout {
            cycle,
            attempt,
            node,
            index: u32::try_from(index).ok()?,
            amount,
            honest_proof: true,
        };
        match self.dice.below(25) {
            0 => payout.node = self.node(),
            1 => payout.index = payout.index.wrapping_add(1),
            2 => payout.amount = payout.amount.wrapping_add(1),
            3 => payout.honest_proof = false,
            _ => (),
        }
        Some(Op::Payout(payout))
    }

    pub(super) fn close_vote(&mut self) -> Option<Op> {
        let decided =
            self.subject(|status, _| !matches!(status, Status::Pending | Status::Challenged))?;
        let audit = self.task().subject(decided)?.audit.as_ref();
        let voters: Vec<usize> =
            audit.map_or(vec![], |audit| audit.votes.keys().copied().collect());
        let voter = match self.dice.pick(&voters) {
            Some(voter) if self.dice.chance(95) => voter,
            _ => self.node(),
        };
        Some(Op::CloseVote {
            subject: decided,
            voter,
        })
    }

    pub(super) fn close_subject(&mut self) -> Option<Op> {
        let now = self.round();
        let subject = self.subject(|_, round| round < now)?;
        Some(Op::CloseSubject { subject })
    }

    pub(super) fn close_cycle(&mut self) -> Option<Op> {
        let cycles: Vec<u64> = self.task().cycles.keys().copied().collect();
        let cycle = self.dice.pick(&cycles)?;
        Some(Op::CloseCycle { cycle })
    }
}
