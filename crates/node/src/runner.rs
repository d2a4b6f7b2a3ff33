//! One node, played through every phase of overlapping cycles from what it sees on the ledger.
//!
//! A [`NodeRunner`] keeps nothing that matters: every [`step`](NodeRunner::step) looks at the ledger,
//! does what is due, and says when to look again. It may be stopped and started anew at any point,
//! and many may run side by side: whoever is first does what anyone may do, the others see it done.

mod cycle;

pub use cycle::{BuiltList, CycleView, Values};

use crate::logic::{DistributionCycle, LogicError, TaskLogic};
use gradual_consensus::{
    rules::{
        schedule::{Window, distribution_round},
        selection::{score, stagger},
    },
    state::{AuditVote, Config, Cycle, NodeStake, Status, Subject, Submission, Task},
};
use gradual_consensus_client::{
    account::{self, Keyed},
    address,
    instruction::{self, TaskTokens},
    ledger::{Ledger, LedgerError},
    packing::packed,
};
use solana_sdk::{
    instruction::Instruction,
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};
use std::collections::{HashMap, HashSet};
use thiserror::Error;

/// What a node does with its rewards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rewards {
    /// Leaves them in its available balance.
    Keep,
    /// Claims them to this token account.
    Claim(Pubkey),
    /// Adds them to its stake.
    Compound,
}

/// What the operator of a node may choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunnerOptions {
    /// Whether the node proposes lists when it is selected.
    pub propose: bool,
    /// What it does with its rewards.
    pub rewards: Rewards,
    /// Whether it submits while the task's bounty is empty, and nothing is to be earned.
    pub unpaid: bool,
}

impl RunnerOptions {
    /// Whether the node works for `task` as its bounty is now.
    pub const fn accepts_bounty_of(&self, task: &Task) -> bool {
        self.unpaid || task.bounty_available > 0
    }
}

/// Something a node sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Submits its proof for a cycle.
    Submit {
        /// The cycle.
        cycle: u64,
    },
    /// Votes on a submission or list; the first vote against one opens its audit.
    Audit {
        /// The submission or list.
        subject: Pubkey,
        /// What the node holds of it.
        is_valid: bool,
    },
    /// Resolves an audit.
    Resolve {
        /// The submission or list.
        subject: Pubkey,
    },
    /// Proposes a list.
    Propose {
        /// The cycle.
        cycle: u64,
        /// The attempt.
        attempt: u8,
    },
    /// Finalizes a list.
    Finalize {
        /// The cycle.
        cycle: u64,
        /// The attempt.
        attempt: u8,
    },
    /// Has its own entry of an accepted list paid.
    Payout {
        /// The cycle.
        cycle: u64,
    },
    /// Closes a vote.
    CloseVote {
        /// The submission or list voted on.
        subject: Pubkey,
        /// The voter.
        voter: Pubkey,
    },
    /// Closes a submission or list.
    CloseSubject {
        /// The submission or list.
        subject: Pubkey,
    },
    /// Closes a cycle.
    CloseCycle {
        /// The cycle.
        cycle: u64,
    },
    /// Claims its rewards.
    Claim,
    /// Compounds its rewards.
    Compound,
    /// Closes its empty stake account in a task that has ended.
    CloseStake,
}

/// What one step did.
#[derive(Debug, Default)]
pub struct Step {
    /// The slot at which the step looked.
    pub slot: u64,
    /// What was sent and confirmed, in order.
    pub done: Vec<Action>,
    /// What was due and did not succeed, and why. It is looked at afresh in the next step.
    pub failed: Vec<(Action, String)>,
    /// The slot at which there may be something to do again.
    pub wake_at: u64,
}

impl Step {
    /// Whether `action` failed in this step: a logic that failed is not asked the same again in it.
    fn has_failed(&self, action: Action) -> bool {
        self.failed.iter().any(|(failed, _)| *failed == action)
    }

    /// Whether `action` was sent in this step, with or without success.
    fn has_tried(&self, action: Action) -> bool {
        self.done.contains(&action) || self.has_failed(action)
    }
}

/// Why a step could not be made at all.
#[derive(Debug, Error)]
pub enum RunnerError {
    /// The ledger did not answer, or not with anything usable.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// No task lives at the address given.
    #[error("no task at {0}: check the address and the cluster")]
    NoTask(Pubkey),
    /// The node has never staked in the task.
    #[error("node {0} has no stake in this task: stake first")]
    NotStaked(Pubkey),
    /// A cycle was closed while it was read.
    #[error("the task changed while it was read: look again")]
    Changed,
    /// A slot or round beyond what the schedule can count.
    #[error("the task's schedule overflows at this slot")]
    Schedule,
}

/// What a node sees of its task at one slot.
struct View {
    slot: u64,
    now: u64,
    task: Task,
    stake: NodeStake,
    /// The program's config; `None` has the effect of a pause.
    config: Option<Config>,
}

impl View {
    /// Whether the program takes no compounding and lists at present.
    fn is_paused(&self) -> bool {
        self.config.is_none_or(|config| config.is_paused == 1)
    }

    /// Whether a cycle may be opened whose submission window begins at slot `start`.
    fn may_open_cycle(&self, start: u64) -> bool {
        self.config
            .is_some_and(|config| config.require_running_since(start).is_ok())
    }

    fn may_take_part(&self) -> bool {
        self.task.weight_in(&self.stake.stake, self.now).is_some()
    }
}

/// One node of one task, on whatever ledger.
pub struct NodeRunner<'a, L, T> {
    ledger: &'a L,
    task: Pubkey,
    node: Keypair,
    logic: T,
    options: RunnerOptions,
    /// What the logic said of subjects that are audited in this round, so that it need not say it
    /// again.
    opinions: HashMap<Pubkey, bool>,
    opinions_of_cycle: u64,
    /// The last work done, and the cycle it was for: a proof whose sending failed is sent again, not
    /// worked out again.
    worked: Option<(u64, Vec<u8>)>,
    /// What was submitted in open cycles, as far as it was needed.
    values: Values,
}

/// Something that is to be sent now.
struct Due {
    action: Action,
    instruction: Instruction,
    /// The last slot at which it may be sent: a logic may have taken its time since the slot was
    /// looked at.
    until: Option<u64>,
}

impl Due {
    /// May be sent whenever the node gets to it.
    const fn anytime(action: Action, instruction: Instruction) -> Self {
        Self {
            action,
            instruction,
            until: None,
        }
    }

    /// Only up to the end of `window`.
    fn within(window: Option<Window>, action: Action, instruction: Instruction) -> Self {
        Self {
            action,
            instruction,
            until: window.map(|window| window.end),
        }
    }
}

impl<'a, L: Ledger, T: TaskLogic> NodeRunner<'a, L, T> {
    /// A runner for `node` in `task`.
    pub fn new(
        ledger: &'a L,
        task: Pubkey,
        node: Keypair,
        logic: T,
        options: RunnerOptions,
    ) -> Self {
        Self {
            ledger,
            task,
            node,
            logic,
            options,
            opinions: HashMap::new(),
            opinions_of_cycle: 0,
            worked: None,
            values: Values::default(),
        }
    }

    /// The node.
    pub fn node(&self) -> Pubkey {
        self.node.pubkey()
    }

    /// The task it plays in.
    pub const fn task(&self) -> Pubkey {
        self.task
    }

    /// Its key.
    pub const fn keypair(&self) -> &Keypair {
        &self.node
    }

    /// Does the work of `cycle` before its proof can be handed in, for a caller with nothing
    /// else to do until then. Sends nothing.
    ///
    /// # Errors
    /// The logic's; it will be asked again when the proof is due.
    pub fn work_ahead(&mut self, cycle: u64) -> Result<(), LogicError> {
        self.work(cycle).map(drop)
    }

    fn work(&mut self, cycle: u64) -> Result<Vec<u8>, LogicError> {
        if let Some((_, value)) = self.worked.as_ref().filter(|(of, _)| *of == cycle) {
            return Ok(value.clone());
        }
        let value = self.logic.work(cycle)?;
        self.worked = Some((cycle, value.clone()));
        Ok(value)
    }

    /// Looks at the ledger, does everything that is due for this node, and says when to look again.
    ///
    /// # Errors
    /// [`RunnerError`]: the step stopped where it was; a later one carries on.
    pub fn step(&mut self) -> Result<Step, RunnerError> {
        let mut step = Step::default();
        loop {
            let view = self.look()?;
            step.slot = view.slot;
            if view.slot < view.task.schedule.starting_slot {
                step.wake_at = view.task.schedule.starting_slot;
                return Ok(step);
            }
            let (mut due, later) = self.due(&view, &mut step)?;
            due.retain(|due| !step.has_tried(due.action));
            if due.is_empty() {
                let last = self.due_rewards(&view).or_else(|| self.due_leaving(&view));
                due.extend(last.filter(|due| !step.has_tried(due.action)));
            }
            if due.is_empty() {
                step.wake_at = next_event(&view, &later, &step)?;
                return Ok(step);
            }
            self.send_all(&view, &mut step, due)?;
            if step.done.contains(&Action::CloseStake) {
                step.wake_at = next_event(&view, &later, &step)?;
                return Ok(step);
            }
        }
    }

    /// All that is due now, the most urgent first, and the slots at which this node's turn comes to do
    /// what others may do before it.
    fn due(&mut self, view: &View, step: &mut Step) -> Result<(Vec<Due>, Vec<u64>), RunnerError> {
        if self.opinions_of_cycle != view.now {
            self.opinions.clear();
            self.opinions_of_cycle = view.now;
        }
        let open = CycleView::open_cycles(self.ledger, &self.task)?;
        self.values.keep(&open);
        let mut due: Vec<Due> = self.due_submission(view, step)?.into_iter().collect();
        let mut later = Vec::new();
        let patience = (view.slot).saturating_add(view.task.schedule.submission_window / 8);
        for account in open {
            let cycle = CycleView::read(self.ledger, account)?;
            due.extend(self.due_in_cycle(view, &cycle, step)?);
            later.extend(self.proposal_slot(view, &cycle).map(|(_, slot)| slot));
            let (decisions, turns) = self.due_decisions(view, &cycle);
            due.extend(decisions);
            later.extend(turns);
            // What has a window does not wait until all is read from a slow ledger.
            let in_window = |due: &Due| due.until.is_some();
            if due.iter().any(in_window) && self.ledger.slot()? > patience {
                break;
            }
        }
        due.sort_by_key(|due| due.until.unwrap_or(u64::MAX));
        Ok((due, later))
    }

    fn look(&self) -> Result<View, RunnerError> {
        let slot = self.ledger.slot()?;
        let stake = address::node_stake(&self.task, &self.node());
        let found = self
            .ledger
            .accounts(&[self.task, stake, address::config()])?;
        let [task, stake, config] = found.as_slice() else {
            let message = "the ledger answered with another number of accounts";
            return Err(LedgerError::Unavailable(message.into()).into());
        };
        let task: Task =
            (task.as_ref().and_then(account::decode)).ok_or(RunnerError::NoTask(self.task))?;
        let stake: NodeStake = (stake.as_ref().and_then(account::decode))
            .ok_or(RunnerError::NotStaked(self.node()))?;
        let config: Option<Config> = config.as_ref().and_then(account::decode);
        let now = task.current_round(slot);
        Ok(View {
            slot,
            now,
            task,
            stake,
            config,
        })
    }

    /// Sends what is due, in as few transactions as it fits into. Where a new round begins meanwhile,
    /// its windows come first: what is left is looked at afresh.
    fn send_all(&self, view: &View, step: &mut Step, mut due: Vec<Due>) -> Result<(), RunnerError> {
        let instructions = due.iter().map(|due| due.instruction.clone()).collect();
        for batch in packed(&self.node(), instructions) {
            let rest = due.split_off(batch.len().min(due.len()));
            self.send(step, std::mem::replace(&mut due, rest))?;
            if !due.is_empty() && view.task.current_round(self.ledger.slot()?) != view.now {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Sends one transaction. What the program refuses is noted and left out; most often somebody else
    /// was faster.
    fn send(&self, step: &mut Step, mut batch: Vec<Due>) -> Result<(), RunnerError> {
        loop {
            self.leave_out_late(step, &mut batch)?;
            if batch.is_empty() {
                return Ok(());
            }
            let instructions: Vec<_> = batch.iter().map(|due| due.instruction.clone()).collect();
            let error = match self.ledger.send(&instructions, &[&self.node]) {
                Ok(_) => {
                    step.done.extend(batch.iter().map(|due| due.action));
                    return Ok(());
                }
                Err(error @ LedgerError::Unavailable(_)) => return Err(error.into()),
                Err(error) => error,
            };
            let culprit = match error {
                _ if batch.len() == 1 => 0,
                LedgerError::Program { instruction, .. } if instruction < batch.len() => {
                    instruction
                }
                // Whichever it was: each stands alone.
                _ => {
                    let mut alone = batch.into_iter();
                    return alone.try_for_each(|due| self.send(step, vec![due]));
                }
            };
            let refused = batch.remove(culprit);
            step.failed.push((refused.action, error.to_string()));
        }
    }

    /// Notes what may not be sent any more, and takes it out.
    fn leave_out_late(&self, step: &mut Step, batch: &mut Vec<Due>) -> Result<(), RunnerError> {
        if batch.iter().all(|due| due.until.is_none()) {
            return Ok(());
        }
        let slot = self.ledger.slot()?;
        batch.retain(|due| match due.until.filter(|&until| slot > until) {
            None => true,
            Some(until) => {
                let late = format!("its window closed at slot {until}, before the node was ready");
                step.failed.push((due.action, late));
                false
            }
        });
        Ok(())
    }

    /// The submission for the cycle that is handed in now, unless it is on the ledger already.
    fn due_submission(&mut self, view: &View, step: &mut Step) -> Result<Option<Due>, RunnerError> {
        let Some(number) = view.now.checked_sub(1) else {
            return Ok(None);
        };
        let window = view.task.schedule.submission_window(view.now);
        let Some(open) = window.filter(|window| window.contains(view.slot)) else {
            return Ok(None);
        };
        let wanted =
            view.task.takes_submissions(view.now) && self.options.accepts_bounty_of(&view.task);
        if !wanted || !view.may_take_part() {
            return Ok(None);
        }
        let node = self.node();
        let cycle = address::cycle(&self.task, number);
        let address = address::submission(&cycle, &node);
        if account::fetch::<Submission>(self.ledger, &address)?.is_some() {
            return Ok(None);
        }
        let opens = || account::fetch::<Cycle>(self.ledger, &cycle).map(|cycle| cycle.is_none());
        if !view.may_open_cycle(open.start) && opens()? {
            return Ok(None);
        }
        let action = Action::Submit { cycle: number };
        match self.work(number) {
            Ok(value) => {
                let submit = instruction::submit(self.task, node, node, number, value);
                Ok(Some(Due::within(window, action, submit)))
            }
            Err(error) => {
                step.failed.push((action, error.to_string()));
                Ok(None)
            }
        }
    }

    fn due_rewards(&self, view: &View) -> Option<Due> {
        let tokens = TaskTokens::of(self.task, &view.task);
        if view.stake.available_balance == 0 {
            return None;
        }
        match self.options.rewards {
            Rewards::Keep => None,
            Rewards::Claim(destination) => Some(Due::anytime(
                Action::Claim,
                instruction::claim_reward(tokens, self.node(), destination),
            )),
            Rewards::Compound => (view.task.is_active == 1 && !view.is_paused()).then(|| {
                Due::anytime(Action::Compound, instruction::compound(tokens, self.node()))
            }),
        }
    }

    /// The end of this node's part in a task that takes no more work: nothing is left in its stake
    /// account, and nothing it opened.
    fn due_leaving(&self, view: &View) -> Option<Due> {
        let ended = view.task.is_active == 0 && view.stake.require_empty().is_ok();
        let (node, payer) = (self.node(), view.stake.payer);
        ended.then(|| {
            let close = instruction::close_stake(self.task, node, payer, node);
            Due::anytime(Action::CloseStake, close)
        })
    }

    fn due_in_cycle(
        &mut self,
        view: &View,
        cycle: &CycleView,
        step: &mut Step,
    ) -> Result<Vec<Due>, RunnerError> {
        let mut due = self.due_audits(view, cycle, step)?;
        due.extend(self.due_proposal(view, cycle, step)?);
        due.extend(self.due_payout(view, cycle, step)?);
        due.extend(self.due_closings(view, cycle)?);
        Ok(due)
    }

    /// Votes on submissions and lists that are audited now. Nothing is sent for what is valid and
    /// unchallenged.
    fn due_audits(
        &mut self,
        view: &View,
        cycle: &CycleView,
        step: &mut Step,
    ) -> Result<Vec<Due>, RunnerError> {
        let (audits, challenges) = (
            view.task.schedule.audit_window(view.now),
            view.task.schedule.challenge_window(view.now),
        );
        let in_window =
            |window: Option<Window>| window.is_some_and(|window| window.contains(view.slot));
        let mut due = Vec::new();
        if !in_window(audits) || !view.may_take_part() {
            return Ok(due);
        }
        let me = self.node();
        let votable = |subject: &Subject| match subject.status() {
            Status::Pending => in_window(challenges),
            Status::Challenged => true,
            _ => false,
        };
        let audited = cycle.subjects().filter(|(_, subject)| {
            subject.window_round == view.now && subject.author != me && votable(subject)
        });
        let audited: Vec<(Pubkey, &Subject)> = audited.collect();
        let challenged = |subject: &Subject| subject.status() == Status::Challenged;
        let votes = (audited.iter())
            .filter(|(_, subject)| challenged(subject))
            .map(|(address, _)| address::vote(address, &me));
        let votes: Vec<Pubkey> = votes.collect();
        let voted = self.ledger.accounts(&votes)?;
        let voted: HashSet<Pubkey> = (votes.into_iter().zip(voted))
            .filter_map(|(vote, account)| account.map(|_| vote))
            .collect();
        for (address, subject) in audited {
            let challenged = challenged(subject);
            if challenged && voted.contains(&address::vote(&address, &me)) {
                continue;
            }
            // What was found out is sent before more is found out: a logic may take its time.
            if !due.is_empty() && !self.opinions.contains_key(&address) {
                continue;
            }
            let Some(is_valid) = self.opinion(view, cycle, address, step)? else {
                continue;
            };
            if challenged || !is_valid {
                let action = Action::Audit {
                    subject: address,
                    is_valid,
                };
                let author = subject.author;
                let vote = instruction::audit(self.task, address, author, me, me, is_valid);
                let window = if challenged { audits } else { challenges };
                due.push(Due::within(window, action, vote));
            }
        }
        Ok(due)
    }

    /// Whether this node holds the subject at `address` valid; `None` where its logic cannot say.
    fn opinion(
        &mut self,
        view: &View,
        cycle: &CycleView,
        address: Pubkey,
        step: &mut Step,
    ) -> Result<Option<bool>, RunnerError> {
        if let Some(&opinion) = self.opinions.get(&address) {
            return Ok(Some(opinion));
        }
        let action = Action::Audit {
            subject: address,
            is_valid: false,
        };
        if step.has_failed(action) {
            return Ok(None);
        }
        let list = cycle.lists.iter().find(|list| list.address == address);
        let opinion = if let Some(list) = list {
            let built = self.build_list(view, cycle, list.data.bounty)?;
            built.map(|built| built.is_some_and(|built| built.matches(&list.data)))
        } else {
            self.values.read(self.ledger, cycle)?;
            let Some(proof) = cycle.proof(&self.values, &address) else {
                return Ok(None);
            };
            self.logic.audit(&proof)
        };
        Ok(match opinion {
            Ok(opinion) => {
                self.opinions.insert(address, opinion);
                Some(opinion)
            }
            Err(error) => {
                step.failed.push((action, error.to_string()));
                None
            }
        })
    }

    /// The list of this cycle as this node's logic writes it; `None` where nobody is to be paid.
    fn build_list(
        &mut self,
        view: &View,
        cycle: &CycleView,
        bounty: u64,
    ) -> Result<Result<Option<BuiltList>, LogicError>, RunnerError> {
        let number = cycle.account.data.number;
        let asked = DistributionCycle {
            task: self.task,
            number,
            bounty,
        };
        self.values.read(self.ledger, cycle)?;
        let Some((proofs, verdicts)) = cycle.proofs(&self.values, view.task.quorum_bps) else {
            return Err(RunnerError::Changed);
        };
        let entries = self.logic.distribution(&asked, &proofs, &verdicts);
        Ok(entries.map(|entries| BuiltList::new(&self.task, number, entries)))
    }

    /// The same, for `action`, which fails where the logic does.
    fn list_for(
        &mut self,
        action: Action,
        view: &View,
        cycle: &CycleView,
        bounty: u64,
        step: &mut Step,
    ) -> Result<Option<BuiltList>, RunnerError> {
        if step.has_failed(action) {
            return Ok(None);
        }
        Ok(self
            .build_list(view, cycle, bounty)?
            .unwrap_or_else(|error| {
                step.failed.push((action, error.to_string()));
                None
            }))
    }

    /// Audits that can be resolved, and lists that can be finalized, as far as it is this node's turn;
    /// and the slots at which its turn comes for the others. One node does it for all: they take turns,
    /// drawn as those of proposers are, so that not everybody pays a fee for coming second.
    fn due_decisions(&self, view: &View, cycle: &CycleView) -> (Vec<Due>, Vec<u64>) {
        let tokens = TaskTokens::of(self.task, &view.task);
        let (mut due, mut later) = (Vec::new(), Vec::new());
        let mut at_turn = |address: &Pubkey, subject: &Subject, one: Due| match self
            .turn(view, cycle, address, subject)
        {
            Some(slot) if slot <= view.slot => due.push(one),
            turn => later.extend(turn),
        };
        for (subject, state) in cycle.subjects() {
            if state.status() == Status::Challenged {
                let resolve = instruction::resolve_audit(tokens, subject, state);
                let resolve = Due::anytime(Action::Resolve { subject }, resolve);
                at_turn(&subject, state, resolve);
            }
        }
        for Keyed { address, data } in &cycle.lists {
            let status = data.subject.status();
            if matches!(status, Status::Pending | Status::Standing | Status::Invalid) {
                let (number, attempt) = (cycle.account.data.number, data.attempt);
                let finalize = instruction::finalize_distribution(self.task, number, attempt);
                let finalize = Due::anytime(
                    Action::Finalize {
                        cycle: number,
                        attempt,
                    },
                    finalize,
                );
                at_turn(address, &data.subject, finalize);
            }
        }
        (due, later)
    }

    /// The slot from which this node decides the fate of `subject`, unless another has before.
    fn turn(
        &self,
        view: &View,
        cycle: &CycleView,
        address: &Pubkey,
        subject: &Subject,
    ) -> Option<u64> {
        let schedule = &view.task.schedule;
        let over = schedule
            .audit_window(subject.window_round)?
            .end
            .checked_add(1)?;
        let score = score(&address.to_bytes(), 0, &self.node().to_bytes());
        let nodes = u32::try_from(cycle.submissions.len()).ok()?;
        let wait = stagger(score, nodes, schedule.submission_window / 2)?;
        over.checked_add(wait)
    }

    /// The attempt that is open now, and the slot from which this node may propose in it; `None`
    /// where it may not.
    fn proposal_slot(&self, view: &View, cycle: &CycleView) -> Option<(u8, u64)> {
        let account = &cycle.account.data;
        let attempt = u8::try_from(
            view.now
                .checked_sub(distribution_round(account.number, 0)?)?,
        );
        let attempt = attempt.ok()?;
        let window = view.task.schedule.submission_window(view.now)?;
        let submission = cycle.submission_of(&self.node())?;
        let mut header = submission.data;
        let may = self.options.propose
            && !view.is_paused()
            && attempt <= view.task.allowed_failed_distributions
            && window.contains(view.slot)
            && account.require_list_wanted().is_ok()
            && header.propose().is_ok()
            && view.may_take_part();
        let slot = account
            .proposal_slot(&view.task, &self.node(), attempt)
            .ok()?;
        may.then_some((attempt, slot))
    }

    fn due_proposal(
        &mut self,
        view: &View,
        cycle: &CycleView,
        step: &mut Step,
    ) -> Result<Option<Due>, RunnerError> {
        let open = self.proposal_slot(view, cycle);
        let Some((attempt, _)) = open.filter(|&(_, slot)| view.slot >= slot) else {
            return Ok(None);
        };
        let bounty = view
            .task
            .bounty_amount_per_round
            .min(view.task.bounty_available);
        let (number, me) = (cycle.account.data.number, self.node());
        let action = Action::Propose {
            cycle: number,
            attempt,
        };
        let list = self.list_for(action, view, cycle, bounty, step)?;
        Ok(list.and_then(|list| list.proposal(bounty)).map(|proposal| {
            let propose =
                instruction::submit_distribution_list(self.task, number, attempt, me, me, proposal);
            let window = view.task.schedule.submission_window(view.now);
            Due::within(window, action, propose)
        }))
    }

    /// This node's own entry of an accepted list.
    fn due_payout(
        &mut self,
        view: &View,
        cycle: &CycleView,
        step: &mut Step,
    ) -> Result<Option<Due>, RunnerError> {
        let me = self.node();
        let is_unpaid = cycle.submission_of(&me).is_some_and(|mine| {
            let status = mine.data.subject.status();
            matches!(status, Status::Pending | Status::Standing)
        });
        let mut lists = cycle.lists.iter().map(|list| &list.data);
        let accepted = lists.find(|list| list.subject.status() == Status::Accepted);
        let Some(list) = accepted.filter(|_| is_unpaid) else {
            return Ok(None);
        };
        let number = cycle.account.data.number;
        let action = Action::Payout { cycle: number };
        let built = self.list_for(action, view, cycle, list.bounty, step)?;
        let entry = built
            .filter(|built| built.matches(list))
            .and_then(|built| built.entry(&me));
        Ok(entry.map(|entry| {
            let payout = instruction::payout(self.task, number, list.attempt, entry);
            Due::anytime(action, payout)
        }))
    }

    /// Accounts that can be closed: this node's own, and in a cycle that it opened, whatever others
    /// left behind for longer than every attempt could take.
    fn due_closings(&self, view: &View, cycle: &CycleView) -> Result<Vec<Due>, RunnerError> {
        let (me, account) = (self.node(), &cycle.account.data);
        let attempts = u64::from(view.task.allowed_failed_distributions);
        let left_behind = account.opener == me
            && view.now >= account.number.saturating_add(attempts).saturating_add(4);
        let mut due = Vec::new();

        let audited =
            |subject: &Subject| subject.audit.verdict().is_some() && subject.audit.open_votes > 0;
        for (subject, _) in cycle.subjects().filter(|(_, subject)| audited(subject)) {
            let votes: Vec<Keyed<AuditVote>> =
                account::fetch_all(self.ledger, account::votes_on(&subject))?;
            let closable = votes
                .iter()
                .map(|vote| &vote.data)
                .filter(|vote| vote.voter == me || left_behind);
            due.extend(closable.map(|vote| {
                let voter = vote.voter;
                let close = instruction::close_vote(self.task, vote);
                Due::anytime(Action::CloseVote { subject, voter }, close)
            }));
        }
        if !account.is_settled(&view.task, view.slot) {
            return Ok(due);
        }
        let closable = cycle.subjects().filter(|(_, subject)| {
            subject.audit.open_votes == 0
                && subject.status() != Status::Challenged
                && (subject.author == me || left_behind)
        });
        due.extend(closable.map(|(subject, state)| {
            let close = instruction::close_subject(subject, state);
            Due::anytime(Action::CloseSubject { subject }, close)
        }));
        if account.open_subjects == 0 && account.opener == me {
            let number = account.number;
            due.push(Due::anytime(
                Action::CloseCycle { cycle: number },
                instruction::close_cycle(account),
            ));
        }
        Ok(due)
    }
}

/// The first slot after `view` at which there may be something to do.
fn next_event(view: &View, later: &[u64], step: &Step) -> Result<u64, RunnerError> {
    let schedule = &view.task.schedule;
    let after = |slot: u64| slot.checked_add(1);
    let audits = schedule.audit_window(view.now);
    let events = [
        audits.map(|window| window.start),
        audits.and_then(|window| after(window.end)),
        (schedule.challenge_window(view.now)).and_then(|window| after(window.end)),
        after(view.now).and_then(|next| schedule.boundary(next)),
        (!step.failed.is_empty()).then(|| view.slot.saturating_add(1)),
    ];
    let events = events.into_iter().flatten();
    events
        .chain(later.iter().copied())
        .filter(|&slot| slot > view.slot)
        .min()
        .ok_or(RunnerError::Schedule)
}
