//! Votes on submissions and lists that are audited now. A node sends nothing about a subject that is
//! valid and that nobody has challenged.
//!
//! Challenged subjects are judged first, then lists, then submissions in an order of this node's own: what
//! a slow node does not come to is another at each of them, and nobody can know it beforehand. Judging
//! begins while the submission window is still open, since values are public then.

use super::{Action, CycleView, NodeRunner, Plan, RunnerError, TaskView, send::Due};
use crate::logic::{LogicError, TaskLogic};
use gradual_consensus::{
    rules::schedule::Window,
    state::{Status, Subject},
};
use gradual_consensus_client::{address, instruction, ledger::Ledger};
use solana_sdk::{
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};
use solana_sha256_hasher::hashv;
use std::collections::{HashMap, HashSet};

/// What a node signs for its secret. The signature is never sent.
const SECRET_MESSAGE: &[u8] = b"gradual consensus: the order in which this node judges";

/// The order in which one node judges. It is the same after a restart, and nobody else can tell it.
pub(super) struct OwnOrder([u8; 32]);

impl OwnOrder {
    /// The order of the node with `keypair`.
    pub(super) fn of(keypair: &Keypair) -> Self {
        let signature = keypair.sign_message(SECRET_MESSAGE);
        Self(hashv(&[signature.as_ref()]).to_bytes())
    }

    fn place(&self, subject: &Pubkey) -> [u8; 32] {
        hashv(&[&self.0, subject.as_ref()]).to_bytes()
    }

    /// Sorts `subjects`: those that are challenged first, then lists, each kind in the node's own order.
    fn sort(&self, subjects: &mut [Audited]) {
        subjects.sort_by_cached_key(|audited| {
            let place = self.place(&audited.address);
            (!audited.is_challenged(), !audited.is_list, place)
        });
    }
}

/// The logic's answers on subjects that are audited in one round, so that it is asked once about each.
#[derive(Default)]
pub(super) struct Opinions {
    round: u64,
    is_valid: HashMap<Pubkey, bool>,
    /// Those on which the logic failed before they could be voted on. It is asked again then.
    unclear: HashSet<Pubkey>,
}

impl Opinions {
    /// Forgets all of them when `round` is another round.
    pub(super) fn keep(&mut self, round: u64) {
        if self.round != round {
            *self = Self {
                round,
                ..Self::default()
            };
        }
    }
}

/// A submission or list that this node may judge.
#[derive(Clone, Copy)]
struct Audited<'c> {
    address: Pubkey,
    subject: &'c Subject,
    cycle: &'c CycleView,
    is_list: bool,
}

impl Audited<'_> {
    fn is_challenged(&self) -> bool {
        self.subject.status() == Status::Challenged
    }

    const fn action(&self, is_valid: bool) -> Action {
        Action::Audit {
            subject: self.address,
            is_valid,
        }
    }
}

impl<L: Ledger, T: TaskLogic> NodeRunner<'_, L, T> {
    /// Votes on the subjects of `cycles`, and challenges those that are not valid.
    pub(super) fn audit_subjects(
        &mut self,
        view: &TaskView,
        cycles: &[CycleView],
        plan: &mut Plan,
    ) -> Result<(), RunnerError> {
        let schedule = &view.task.schedule;
        if !view.may_take_part() {
            return Ok(());
        }
        let mut audited = self.audited(view, cycles);
        self.order.sort(&mut audited);
        if !view.is_over(schedule.submission_window(view.round)) {
            return self.judge_ahead(view, &audited, plan);
        }
        let audits = schedule.audit_window(view.round);
        let challenges = schedule.challenge_window(view.round);
        if !view.is_open(audits) {
            return Ok(());
        }
        if !view.is_open(challenges) {
            audited.retain(Audited::is_challenged);
        }
        let voted = self.voted(&audited)?;
        audited.retain(|audited| !voted.contains(&audited.address));
        let mut stake = view.stake;
        let (mut has_due, mut is_slow) = (false, false);
        for audited in audited {
            // The logic may take long: its first answer is sent before it is asked more, and a challenge
            // that came meanwhile is answered before the rest.
            let is_known = self.opinions.is_valid.contains_key(&audited.address);
            if !is_known {
                // What failed is asked about later, and holds up nothing else.
                if plan.has_failed(audited.action(false)) {
                    continue;
                }
                if has_due || is_slow {
                    plan.look_again = true;
                    continue;
                }
            }
            let opinion = self.opinion(view, &audited, plan)?;
            is_slow |= !is_known && self.is_late(view)?;
            let Some(is_valid) = opinion else {
                continue;
            };
            let is_challenged = audited.is_challenged();
            if !is_challenged && !audited.is_list && !is_valid {
                // So many at once, as the stake covers: the others fall to other nodes.
                if stake.require_challenge_covered(&view.task).is_err() {
                    continue;
                }
                stake.open_challenges = stake.open_challenges.saturating_add(1);
            }
            if is_challenged || !is_valid {
                let window = if is_challenged { audits } else { challenges };
                // One that failed in this step, or lately, is not due: the rest does not wait for it.
                has_due |= plan.add(self.vote(&audited, is_valid, window));
            }
        }
        Ok(())
    }

    fn vote(&self, audited: &Audited, is_valid: bool, window: Option<Window>) -> Due {
        let (node, author) = (self.node(), audited.subject.author);
        let vote = instruction::audit(self.task, audited.address, author, node, node, is_valid);
        let at_stake = audited.cycle.account.data.bounty;
        Due::within(window, audited.action(is_valid), vote).worth(at_stake)
    }

    /// The subjects of `cycles` that this node may judge in the present round.
    fn audited<'c>(&self, view: &TaskView, cycles: &'c [CycleView]) -> Vec<Audited<'c>> {
        let is_audited = |subject: &Subject| {
            subject.window_round == view.round
                && subject.author != self.node()
                && matches!(subject.status(), Status::Pending | Status::Challenged)
        };
        let all = cycles.iter().flat_map(|cycle| {
            // A list that cannot be recomputed cannot be judged.
            let is_judged =
                |address: &Pubkey| cycle.has_all_submissions() || cycle.list_at(address).is_none();
            let subjects = cycle
                .subjects()
                .filter(move |(address, _)| is_judged(address));
            subjects.map(move |(address, subject)| Audited {
                address,
                subject,
                cycle,
                is_list: cycle.list_at(&address).is_some(),
            })
        });
        all.filter(|audited| is_audited(audited.subject)).collect()
    }

    /// Asks the logic about subjects whose audit window is still to come, while nothing else is due.
    fn judge_ahead(
        &mut self,
        view: &TaskView,
        audited: &[Audited],
        plan: &mut Plan,
    ) -> Result<(), RunnerError> {
        let window = view.task.schedule.submission_window(view.round);
        let half = view.task.schedule.submission_window / 2;
        let middle = window.and_then(|window| window.start.checked_add(half));
        let has_cycle = (view.round.checked_sub(1)).is_some_and(|last| plan.cycle(last).is_some());
        if let Some(middle) = middle.filter(|&middle| has_cycle && middle > view.slot) {
            plan.look_at(middle);
        }
        if !plan.due.is_empty() {
            return Ok(());
        }
        for audited in audited {
            let address = audited.address;
            let is_known = self.opinions.is_valid.contains_key(&address);
            if is_known || self.opinions.unclear.contains(&address) {
                continue;
            }
            match self.judge(view, audited)? {
                Some(Ok(is_valid)) => {
                    self.opinions.is_valid.insert(address, is_valid);
                }
                Some(Err(_)) => {
                    self.opinions.unclear.insert(address);
                }
                None => continue,
            }
            if self.is_late(view)? {
                plan.look_again = true;
                break;
            }
        }
        Ok(())
    }

    /// Whether `view` is too old to go on with what has no hurry.
    fn is_late(&self, view: &TaskView) -> Result<bool, RunnerError> {
        let patience = view.task.schedule.audit_window / 8;
        Ok(self.ledger.slot()? > view.slot.saturating_add(patience))
    }

    /// Those challenged subjects that this node has voted on.
    fn voted(&self, audited: &[Audited]) -> Result<HashSet<Pubkey>, RunnerError> {
        let challenged = audited.iter().filter(|audited| audited.is_challenged());
        let challenged: Vec<Pubkey> = challenged.map(|audited| audited.address).collect();
        let votes: Vec<Pubkey> = challenged
            .iter()
            .map(|subject| address::vote(subject, &self.node()))
            .collect();
        let found = self.ledger.accounts(&votes)?;
        let voted = challenged
            .into_iter()
            .zip(found)
            .filter_map(|(subject, vote)| vote.map(|_| subject));
        Ok(voted.collect())
    }

    /// Whether this node holds `audited` valid; `None` if its logic cannot say.
    fn opinion(
        &mut self,
        view: &TaskView,
        audited: &Audited,
        plan: &mut Plan,
    ) -> Result<Option<bool>, RunnerError> {
        if let Some(&is_valid) = self.opinions.is_valid.get(&audited.address) {
            return Ok(Some(is_valid));
        }
        Ok(match self.judge(view, audited)? {
            None => None,
            Some(Ok(is_valid)) => {
                self.opinions.is_valid.insert(audited.address, is_valid);
                Some(is_valid)
            }
            Some(Err(error)) => {
                plan.fail(audited.action(false), &error);
                None
            }
        })
    }

    /// What the logic says of `audited`; `None` if its value is gone.
    fn judge(
        &mut self,
        view: &TaskView,
        audited: &Audited,
    ) -> Result<Option<Result<bool, LogicError>>, RunnerError> {
        let (cycle, address) = (audited.cycle, &audited.address);
        let Some(list) = cycle.list_at(address) else {
            if !self.values.has(&cycle.account.address, address) {
                self.values.read(self.ledger, cycle)?;
            }
            let proof = cycle.proof(&self.values, address);
            return Ok(proof.map(|proof| self.logic.audit(&proof)));
        };
        let built = self.build_list(view, cycle)?;
        Ok(Some(match built {
            Ok(built) => Ok(built.is_some_and(|built| built.matches(list))),
            // Without the logic: a list that pays more nodes than can be paid is false.
            Err(_) if list.count as usize > cycle.standing(view.task.quorum_bps) => Ok(false),
            Err(error) => Err(error),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;
    use gradual_consensus::state::Cycle;
    use gradual_consensus_client::account::Keyed;

    fn order(seed: u8) -> OwnOrder {
        OwnOrder::of(&Keypair::new_from_array([seed; 32]))
    }

    /// The order in which a node judges pending submissions 0 to 19, lists 20 and 21, and what is
    /// challenged: submission 22 and list 23.
    fn sorted(order: &OwnOrder) -> Vec<u8> {
        let cycle = CycleView {
            account: Keyed {
                address: Pubkey::default(),
                data: Cycle::zeroed(),
            },
            submissions: vec![],
            lists: vec![],
        };
        let pending = Subject::zeroed();
        let mut challenged = pending;
        challenged.status = Status::Challenged as u8;
        let audited = |number: u8| Audited {
            address: Pubkey::new_from_array([number; 32]),
            subject: if number < 22 { &pending } else { &challenged },
            cycle: &cycle,
            is_list: [20, 21, 23].contains(&number),
        };
        let mut all: Vec<_> = (0..24).map(audited).collect();
        order.sort(&mut all);
        all.iter()
            .map(|audited| audited.address.to_bytes()[0])
            .collect()
    }

    #[test]
    fn what_is_challenged_is_judged_first_then_lists_then_the_rest() {
        for seed in 0..20 {
            let sorted = sorted(&order(seed));
            assert_eq!(sorted[..2], [23, 22]);
            assert!(sorted[2..4].iter().all(|number| [20, 21].contains(number)));
            assert!(sorted[4..].iter().all(|&number| number < 20));
        }
    }

    #[test]
    fn each_node_has_an_order_of_its_own_that_a_restart_keeps() {
        assert_eq!(sorted(&order(1)), sorted(&order(1)));
        let first = (0..50).map(|seed| sorted(&order(seed))[4]);
        let first: HashSet<u8> = first.collect();
        assert!(first.len() > 10, "{first:?}");
        // Not by key.
        assert!(!sorted(&order(1))[4..].is_sorted());
    }

    #[test]
    fn the_order_is_not_known_from_the_nodes_address() {
        let keypair = Keypair::new_from_array([7; 32]);
        let public = hashv(&[keypair.pubkey().as_ref()]).to_bytes();
        assert_ne!(OwnOrder::of(&keypair).0, public);
        assert_ne!(sorted(&OwnOrder::of(&keypair)), sorted(&OwnOrder(public)));
    }
}
