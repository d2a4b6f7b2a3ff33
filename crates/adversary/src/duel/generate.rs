//! Random terms and steps. Steps look at the model, so that scripts get deep: most do something that
//! somebody would do now, some miss by a little, some are hostile.

mod govern;

use super::op::{Op, Payout, Proposal, SubjectId, Terms};
use crate::model::{Model, Status, TASKS};

/// Random numbers that are the same for the same seed on every machine (splitmix64).
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Dice that always fall as `seed` says.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is at least 1.
    pub const fn below(&mut self, end: u64) -> u64 {
        self.roll() % end
    }

    /// A number of `from..=to`.
    pub const fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.below(to - from + 1)
    }

    /// True in `percent` of all cases.
    pub const fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of these; `None` where there is none.
    pub fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        let index = self.index(from.len())?;
        from.get(index).cloned()
    }

    fn index(&mut self, len: usize) -> Option<usize> {
        let index = self.roll().checked_rem(len as u64)?;
        usize::try_from(index).ok()
    }

    fn small<T: TryFrom<u64>>(&mut self, from: u64, to: u64) -> T
    where
        T::Error: std::fmt::Debug,
    {
        T::try_from(self.between(from, to)).expect("a small number")
    }
}

/// Random terms that the program accepts.
pub fn terms(dice: &mut Dice) -> Terms {
    let submission_window = dice.between(1, 12);
    let audit_window = dice.between(2, 12);
    let slack = dice.below(6);
    let audit_window = audit_window + u64::from(slack == 0 && audit_window == 2);
    // Now and then amounts near what 64 bits hold.
    let unit = [1, 1, 1, 1_000_000_007, 1 << 40][usize::try_from(dice.below(5)).expect("small")];
    let challenger_bps: u16 = dice.small(0, 6_000);
    let quorums = [1, 3_300, 3_300, 5_000, 10_000];
    let slashes = [7_000, 7_000, 10_000, 0, 3_333];
    Terms {
        seed: dice.roll() >> 32,
        nodes: dice.small(2, 6),
        wallet: 1_000_000 * unit,
        starting_slot: dice.between(2, 60),
        round_time: submission_window + audit_window + slack,
        submission_window,
        audit_window,
        minimum_stake: dice.between(1, 500) * unit,
        bounty_per_round: dice.between(1, 20_000) * unit,
        claim_window: dice.between(1, 3),
        allowed_failures: dice.small(0, 3),
        by_stake: dice.chance(65),
        quorum_bps: dice.pick(&quorums).expect("one of them"),
        slash_bps: dice.pick(&slashes).expect("one of them"),
        false_challenge_bps: dice.pick(&[2_000, 2_000, 10_000, 1]).expect("one of them"),
        challenger_bps,
        voter_bps: dice.small(0, u64::from(10_000 - challenger_bps)),
    }
}

/// What happens next.
pub fn generate_step(model: &Model, dice: &mut Dice) -> Op {
    let first = model.tasks.get(&0);
    let start = first.map_or(0, |task| task.terms.starting_slot);
    if model.slot < start && dice.chance(30) {
        return Op::Warp { slot: start };
    }
    let mut step = Step::new(model.clone(), dice);
    step.any().unwrap_or_else(|| step.warp())
}

struct Step<'a> {
    /// Speaks of the task that the step is about.
    model: Model,
    dice: &'a mut Dice,
}

impl<'a> Step<'a> {
    /// A step about one of the tasks that exist, mostly the first; where there is none, nothing but
    /// [`Step::create_task`] may be asked for.
    fn new(mut model: Model, dice: &'a mut Dice) -> Self {
        let tasks: Vec<usize> = model.tasks.keys().copied().collect();
        let any = dice.pick(&tasks);
        model.at = match tasks.first() {
            Some(&first) if dice.chance(50) => first,
            _ => any.unwrap_or_default(),
        };
        Self { model, dice }
    }

    /// In half of all worlds tasks come and go; in the others one task is played with more depth.
    const fn is_governed(&self) -> bool {
        self.model.seed.is_multiple_of(2)
    }

    fn any(&mut self) -> Option<Op> {
        match self.dice.below(100) {
            0..14 => Some(self.warp()),
            14..15 => {
                let donation = Op::Donate {
                    to_stake: self.dice.chance(50),
                    amount: self.dice.between(1, 50),
                };
                Some(donation.about(self.model.at))
            }
            15..18 => self.together(),
            18..22 => Some(Op::Mangled {
                op: Box::new(self.plain()?),
                position: self.dice.small(0, 9),
                other: self.dice.small(0, 500),
            }),
            _ => self.plain(),
        }
    }

    fn together(&mut self) -> Option<Op> {
        let mut after = self.model.clone();
        let mut ops = vec![];
        for _ in 0..self.dice.between(2, 4) {
            let op = Step::new(after.clone(), self.dice).plain()?;
            // Now and then the same twice.
            let times = 1 + usize::from(self.dice.chance(15));
            for _ in 0..times {
                after.at = 0;
                let _ = after.apply(&op);
                ops.push(op.clone());
            }
        }
        Some(Op::Together { ops })
    }

    /// Mostly something that the protocol allows now, so that scripts get deep; where nothing comes up,
    /// time passes.
    fn plain(&mut self) -> Option<Op> {
        for _ in 0..8 {
            let Some(op) = self.candidate() else { continue };
            let mut after = self.model.clone();
            after.at = 0;
            if self.dice.chance(15) || after.apply(&op).is_ok() {
                return Some(op);
            }
        }
        None
    }

    fn candidate(&mut self) -> Option<Op> {
        let is_there = self.model.tasks.contains_key(&self.model.at);
        if !is_there || self.is_governed() && self.dice.chance(7) {
            return self.govern();
        }
        let leaves = self.model.migrated.is_some() || !self.model.is_active;
        let op = if self.is_governed() && leaves && self.dice.chance(60) {
            self.leave()
        } else {
            self.play()
        };
        // Now and then about a task that is not there.
        let at = if self.is_governed() && self.dice.chance(1) {
            TASKS - 1
        } else {
            self.model.at
        };
        op.map(|op| op.about(at))
    }

    /// What is done in an active task.
    fn play(&mut self) -> Option<Op> {
        match self.dice.below(100) {
            0 => Some(Op::Fund {
                amount: self.amount(self.model.terms.bounty_per_round * 4),
            }),
            1 => Some(Op::SetActive {
                active: !self.model.is_active || self.dice.chance(70),
                who: Some(self.model.manager),
            }),
            2..5 => Some(self.stake()),
            5..7 => Some(self.withdraw()),
            7..28 => Some(self.submit()),
            28..50 => self.audit(),
            50..58 => self.resolve(),
            58..72 => self.propose(),
            72..78 => self.finalize(),
            78..86 => self.payout(),
            86..88 => Some(Op::Claim { node: self.node() }),
            88..90 => Some(Op::Compound { node: self.node() }),
            90..94 => self.close_vote(),
            94..97 => self.close_subject(),
            97..99 => self.close_cycle(),
            _ if self.dice.chance(35) => self.pause(),
            _ => Some(self.close_stake()),
        }
    }

    fn close_stake(&mut self) -> Op {
        Op::CloseStake {
            node: self.node(),
            closer: self.dice.chance(40).then(|| self.node()),
        }
    }

    fn node(&mut self) -> usize {
        let nodes = self.model.keys.len() as u64;
        usize::try_from(self.dice.below(nodes)).expect("few nodes")
    }

    /// Mostly up to `most`, now and then nothing, one, or far too much.
    fn amount(&mut self, most: u64) -> u64 {
        match self.dice.below(40) {
            0 => 0,
            1 => 1,
            2 => u64::MAX,
            3 => most,
            _ => self.dice.between(1, most.max(1)),
        }
    }

    /// To the next edge of a window, or one slot beside it; now and then far.
    fn warp(&mut self) -> Op {
        let model = &self.model;
        let Some(terms) = model.tasks.get(&model.at).map(|task| task.terms) else {
            return Op::Warp {
                slot: model.slot + 1,
            };
        };
        let round = model.round();
        let start = terms.starting_slot + round * terms.round_time;
        let submitted = start + terms.submission_window;
        let stagger = self.dice.below(8) * terms.submission_window / 8;
        let edges = [
            start + stagger,
            submitted,
            submitted + 1,
            submitted + terms.audit_window.div_ceil(2),
            submitted + terms.audit_window.div_ceil(2) + 1,
            submitted + terms.audit_window,
            submitted + terms.audit_window + 1,
            start + terms.round_time - 1,
            start + terms.round_time,
        ];
        let next = edges.into_iter().filter(|&edge| edge > model.slot).min();
        let slot = match self.dice.below(20) {
            0 => model.slot + terms.round_time * self.dice.between(1, 3),
            1..5 => model.slot + 1,
            5 if self.dice.chance(20) => {
                let rounds = 3 + u64::from(terms.allowed_failures) + terms.claim_window;
                model.slot + terms.round_time * rounds
            }
            _ => next.unwrap_or(model.slot + 1),
        };
        Op::Warp { slot }
    }

    fn stake(&mut self) -> Op {
        let node = self.node();
        let most = (self.model.terms.minimum_stake * 4).min(self.model.wallets[node]);
        let amount = if self.model.stakes.contains_key(&node) || self.dice.chance(10) {
            self.amount(most)
        } else {
            self.model.terms.minimum_stake + self.amount(most).min(most)
        };
        Op::Stake { node, amount }
    }

    fn withdraw(&mut self) -> Op {
        let node = self.node();
        let total = self.model.stakes.get(&node).map_or(0, |one| one.total());
        let amount = if self.dice.chance(30) {
            total
        } else {
            self.amount(total)
        };
        Op::Withdraw { node, amount }
    }

    fn submit(&mut self) -> Op {
        let under_review = self.model.round().wrapping_sub(1);
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
        Op::Submit {
            node: self.node(),
            cycle,
            length,
        }
    }

    /// A subject that `wanted` is true of; now and then any, or one that is not there.
    fn subject(&mut self, wanted: impl Fn(Status, u64) -> bool) -> Option<SubjectId> {
        let all: Vec<_> = self
            .model
            .subjects()
            .map(|(id, one)| (id, one.status, one.round))
            .collect();
        if self.dice.chance(2) {
            return Some(SubjectId::Submission {
                node: self.node(),
                cycle: self.model.round(),
            });
        }
        let any = self.dice.chance(8);
        let fitting: Vec<_> = all
            .into_iter()
            .filter(|&(_, status, round)| any || wanted(status, round))
            .map(|(id, ..)| id)
            .collect();
        self.dice.pick(&fitting)
    }

    fn audit(&mut self) -> Option<Op> {
        let now = self.model.round();
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
            .model
            .subject(subject)
            .is_some_and(|one| one.status == Status::Pending);
        Some(Op::Audit {
            node: self.node(),
            subject,
            valid: self.dice.chance(if is_pending { 4 } else { 55 }),
        })
    }

    fn resolve(&mut self) -> Option<Op> {
        let subject = self.subject(|status, _| status == Status::Challenged)?;
        Some(Op::Resolve { subject })
    }

    fn propose(&mut self) -> Option<Op> {
        let now = self.model.round();
        let cycles: Vec<u64> = self
            .model
            .cycles
            .keys()
            .copied()
            .filter(|cycle| cycle + 2 <= now)
            .collect();
        let cycle = self.dice.pick(&cycles)?;
        let attempt = now - cycle - 2 + u64::from(self.dice.chance(4));
        let attempt = u8::try_from(attempt).ok()?;
        let state = &self.model.cycles[&cycle];
        let authors: Vec<usize> = state.submissions.keys().copied().collect();
        let node = if self.dice.chance(95) {
            self.dice.pick(&authors)?
        } else {
            self.node()
        };
        let present = self.model.present_bounty();
        let bounty = if self.dice.chance(96) {
            present
        } else {
            self.amount(present)
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
            bounty,
            total,
            count,
            entries,
        }))
    }

    /// Who is paid what: mostly the authors, all the bounty; sometimes one only, or strangers, or
    /// somebody twice.
    fn entries(&mut self, authors: &[usize], bounty: u64) -> Vec<(usize, u64)> {
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

    fn list(&mut self, wanted: impl Fn(Status) -> bool) -> Option<(u64, u8)> {
        let id = self.subject(|status, _| wanted(status))?;
        let lists: Vec<_> = self
            .model
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

    fn finalize(&mut self) -> Option<Op> {
        let (cycle, attempt) =
            self.list(|status| !matches!(status, Status::Accepted | Status::Rejected))?;
        Some(Op::Finalize { cycle, attempt })
    }

    fn payout(&mut self) -> Option<Op> {
        let (cycle, attempt) = self.list(|status| status == Status::Accepted)?;
        let list = self.model.cycles.get(&cycle)?.lists.get(&attempt)?;
        let index = self.dice.index(list.entries.len())?;
        let (node, amount) = list.entries[index];
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

    fn close_vote(&mut self) -> Option<Op> {
        let decided =
            self.subject(|status, _| !matches!(status, Status::Pending | Status::Challenged))?;
        let audit = self.model.subject(decided)?.audit.as_ref();
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

    fn close_subject(&mut self) -> Option<Op> {
        let now = self.model.round();
        let subject = self.subject(|_, round| round < now)?;
        Some(Op::CloseSubject { subject })
    }

    fn close_cycle(&mut self) -> Option<Op> {
        let cycles: Vec<u64> = self.model.cycles.keys().copied().collect();
        let cycle = self.dice.pick(&cycles)?;
        Some(Op::CloseCycle { cycle })
    }
}
