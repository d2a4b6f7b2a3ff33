//! What became of what was sent: told by the chain, not by the answer to a call. A transaction may land
//! though nobody said so, and what one node failed at another may have done.

use super::{Action, NodeRunner, Plan, RunnerError, Step, TaskView, look::CycleLook};
use crate::logic::TaskLogic;
use gradual_consensus::state::{NodeStake, Status, Subject};
use gradual_consensus_client::{
    account::{self, decode},
    address,
    ledger::Ledger,
};
use solana_sdk::{account::Account, pubkey::Pubkey};
use std::collections::{HashMap, HashSet};

/// Slots after which a transaction that is not on the ledger will not land any more: the life of a
/// blockhash, and some.
const SLOTS_TO_EXPIRE: u64 = 200;

/// Whether an account, or that it is gone, shows that an action is done.
type Shows = fn(Option<&Account>) -> bool;

fn is_there(account: Option<&Account>) -> bool {
    account.is_some_and(|account| account.owner == gradual_consensus::ID)
}

fn is_gone(account: Option<&Account>) -> bool {
    !is_there(account)
}

fn subject_of(account: Option<&Account>) -> Option<Subject> {
    use gradual_consensus::state::{DistributionList, Submission};
    let account = account?;
    let submission = decode(account).map(|one: Submission| one.subject);
    submission.or_else(|| decode(account).map(|one: DistributionList| one.subject))
}

fn is_paid(account: Option<&Account>) -> bool {
    subject_of(account).is_none_or(|subject| subject.status() == Status::Paid)
}

fn is_decided(account: Option<&Account>) -> bool {
    subject_of(account).is_none_or(|subject| subject.status() != Status::Challenged)
}

fn is_final(account: Option<&Account>) -> bool {
    let subject = subject_of(account);
    subject.is_none_or(|one| !one.status().is_payable() && one.status() != Status::Invalid)
}

fn stake_of(account: Option<&Account>) -> Option<NodeStake> {
    account.and_then(account::decode)
}

fn is_parked(account: Option<&Account>) -> bool {
    stake_of(account).is_some_and(|stake| stake.stake.is_parked())
}

fn is_awake(account: Option<&Account>) -> bool {
    stake_of(account).is_some_and(|stake| !stake.stake.is_parked())
}

fn is_taken(account: Option<&Account>) -> bool {
    stake_of(account).is_none_or(|stake| stake.available_balance == 0)
}

/// The account that shows whether `action` of `node` in `task` is done, and how.
fn evidence(action: Action, task: &Pubkey, node: &Pubkey) -> (Pubkey, Shows) {
    let cycle = |number| address::cycle(task, number);
    match action {
        Action::Resume => (address::node_stake(task, node), is_awake),
        Action::Park { node } => (address::node_stake(task, &node), is_parked),
        Action::Open { cycle: number } => (cycle(number), is_there),
        Action::Submit { cycle: number } => (address::submission(&cycle(number), node), is_there),
        Action::Audit { subject, .. } => (address::vote(&subject, node), is_there),
        Action::Resolve { subject } => (subject, is_decided),
        Action::Propose {
            cycle: number,
            attempt,
        } => (address::list(&cycle(number), attempt), is_there),
        Action::Finalize {
            cycle: number,
            attempt,
        } => (address::list(&cycle(number), attempt), is_final),
        Action::Payout {
            cycle: number,
            node,
        }
        | Action::PayoutEqual {
            cycle: number,
            node,
        } => (address::submission(&cycle(number), &node), is_paid),
        Action::CloseVote { subject, voter } => (address::vote(&subject, &voter), is_gone),
        Action::CloseSubject { subject } => (subject, is_gone),
        Action::CloseCycle { cycle: number } => (cycle(number), is_gone),
        Action::Claim | Action::Compound => (address::node_stake(task, node), is_taken),
        Action::CloseStake => (address::node_stake(task, node), is_gone),
    }
}

/// A window that closed without what this node should have done in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    /// What should have been done.
    pub action: Action,
    /// The round of the window.
    pub round: u64,
    /// Why it was not.
    pub why: String,
}

/// Something that is due or was sent, and is not known to be done.
#[derive(Clone, Debug)]
struct Open {
    round: u64,
    why: String,
    /// The slot of the last attempt, if it was sent and may still land.
    sent_at: Option<u64>,
}

/// What became of this node's actions, as far as it is open.
#[derive(Default)]
pub(super) struct Outcomes {
    open: HashMap<Action, Open>,
    /// The last cycle whose submission was told missed.
    missed_cycle: Option<u64>,
    /// The first slot that this runner saw: it missed nothing before.
    began: Option<u64>,
    /// The slot and round of the last view.
    slot: u64,
    round: u64,
    /// What steps that broke off had sent and confirmed, and that no step has told yet.
    pub(super) untold_done: Vec<Action>,
    /// Windows that were missed and that no step has told yet.
    untold: Vec<Missed>,
}

impl Outcomes {
    /// What follows is of `view`.
    pub(super) fn look(&mut self, view: &TaskView) {
        self.began.get_or_insert(view.slot);
        (self.slot, self.round) = (view.slot, view.round);
    }

    /// Whether `action` failed or was sent, and is not known to be done.
    pub(super) fn is_open(&self, action: Action) -> bool {
        self.open.contains_key(&action)
    }

    fn note(&mut self, action: Action, why: &str, is_sent: bool) {
        let before = self.open.get(&action).and_then(|open| open.sent_at);
        let open = Open {
            round: self.round,
            why: why.to_owned(),
            sent_at: is_sent.then_some(self.slot).or(before),
        };
        self.open.insert(action, open);
    }

    /// `action` is due, and waits: `why` it is missed, if it is.
    pub(super) fn wait_for(&mut self, action: Action, why: &str) {
        self.note(action, why, false);
    }

    /// Notes what came out of `step`, whether it ended or broke off.
    pub(super) fn note_all(&mut self, step: &Step) {
        for action in &step.done {
            self.close(*action);
        }
        for (action, why) in &step.failed {
            self.note(*action, why, false);
        }
        for (action, why) in &step.unsettled {
            self.note(*action, why, true);
        }
    }

    fn close(&mut self, action: Action) {
        self.open.remove(&action);
        if let Action::Audit { subject, is_valid } = action {
            let is_valid = !is_valid;
            self.open.remove(&Action::Audit { subject, is_valid });
        }
    }
}

impl<L: Ledger, T: TaskLogic> NodeRunner<'_, L, T> {
    /// Looks on the ledger for what failed in `step` or was sent and not confirmed, now or earlier. What is
    /// done goes from `failed` to `found`; what cannot land any more becomes a failure. What failed is left
    /// alone for a while.
    pub(super) fn settle(&mut self, view: &TaskView, step: &mut Step) -> Result<(), RunnerError> {
        self.outcomes.note_all(step);
        step.done_before.append(&mut self.outcomes.untold_done);
        for action in step.done.iter().chain(&step.done_before) {
            self.backoff.succeed(*action);
        }
        let open: Vec<Action> = self.outcomes.open.keys().copied().collect();
        let (task, node) = (self.task, self.node());
        let evidence: Vec<_> = open
            .iter()
            .map(|action| evidence(*action, &task, &node))
            .collect();
        let addresses: Vec<Pubkey> = evidence.iter().map(|(address, _)| *address).collect();
        let accounts = if addresses.is_empty() {
            Vec::new()
        } else {
            self.ledger.accounts(&addresses)?
        };
        let tried = step.tried();
        let mut shown = HashSet::new();
        for ((action, (_, shows)), account) in open.into_iter().zip(evidence).zip(accounts) {
            if shows(account.as_ref()) {
                let is_new = tried.contains(&action)
                    || (self.outcomes.open.get(&action)).is_some_and(|open| open.sent_at.is_some());
                shown.insert(action);
                self.outcomes.close(action);
                self.backoff.succeed(action);
                if is_new {
                    step.found.push(action);
                }
            }
        }
        step.failed.retain(|(failed, _)| !shown.contains(failed));
        step.unsettled.retain(|(sent, _)| !shown.contains(sent));
        for action in step
            .failed
            .iter()
            .chain(&step.unsettled)
            .map(|(action, _)| *action)
        {
            self.backoff.fail(action, view);
        }
        self.give_up(view, step);
        self.backoff.keep(view);
        step.missed.append(&mut self.outcomes.untold);
        Ok(())
    }

    /// Finds windows that are over, and what was sent and is lost.
    fn give_up(&mut self, view: &TaskView, step: &mut Step) {
        let schedule = &view.task.schedule;
        let mut lost = Vec::new();
        let Outcomes { open, untold, .. } = &mut self.outcomes;
        open.retain(|action, open| {
            let window = match action {
                // Submissions that are missed are found in their cycle.
                Action::Submit { .. } | Action::Audit { .. } => schedule.audit_window(open.round),
                _ => None,
            };
            if view.is_over(window) {
                if matches!(action, Action::Audit { .. }) {
                    untold.push(Missed {
                        action: *action,
                        round: open.round,
                        why: open.why.clone(),
                    });
                }
                return false;
            }
            let expires = open.sent_at.map(|at| at.saturating_add(SLOTS_TO_EXPIRE));
            if expires.is_some_and(|at| at < view.slot) {
                // A payout may have followed a claim that landed: the balance does not tell.
                if !action.takes_rewards() {
                    let why = format!("it was sent and never landed: {}", open.why);
                    lost.push((*action, why));
                }
                return false;
            }
            // What is not tried any more is somebody else's by now.
            open.sent_at.is_some() || open.round.saturating_add(1) >= view.round
        });
        step.failed.append(&mut lost);
    }

    /// Tells, once, that the submission window of the present round is over, and `cycle`, which is reviewed in
    /// it and worth its work, has no submission of this node.
    pub(super) fn look_for_submission(&mut self, view: &TaskView, cycle: &CycleLook, plan: &Plan) {
        let number = cycle.number();
        let window = view.task.schedule.submission_window(view.round);
        let was_there = (self.outcomes.began)
            .zip(window)
            .is_some_and(|(began, window)| began <= window.end);
        let is_missed = number.checked_add(1) == Some(view.round)
            && view.is_over(window)
            && was_there
            && view.may_take_part()
            && cycle.own.is_none()
            && self.outcomes.missed_cycle < Some(number)
            && self.accepts(view, plan, number, cycle.account.data.bounty);
        if !is_missed {
            return;
        }
        self.outcomes.missed_cycle = Some(number);
        let action = Action::Submit { cycle: number };
        let why = self.outcomes.open.get(&action).map_or_else(
            || "the ledger did not answer in time, or the node was busy".to_owned(),
            |open| open.why.clone(),
        );
        self.outcomes.untold.push(Missed {
            action,
            round: view.round,
            why,
        });
    }
}
