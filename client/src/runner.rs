//! One node, played through every phase of overlapping cycles from what it sees on the ledger.
//!
//! A [`NodeRunner`] keeps nothing that matters: every [`step`](NodeRunner::step) looks at the ledger,
//! does what is due, and says when to look again. It may be stopped and started anew at any point,
//! and many may run side by side: whoever is first does what anyone may do, the others see it done.

use crate::{
    account::{self, FullSubmission, Keyed},
    address,
    instruction::{self, Entry, TaskTokens},
    ledger::{Ledger, LedgerError},
    logic::{DistributionRound, LogicError, Proof, TaskLogic},
};
use gradual_consensus::{
    ListProposal,
    rules::{
        merkle::{Digest, MerkleTree},
        schedule::{Window, distribution_round},
        verdict::Tally,
    },
    state::{AuditVote, Config, DistributionList, NodeStake, Round, Status, Subject, Task},
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
        round: u64,
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
        round: u64,
        /// The attempt.
        attempt: u8,
    },
    /// Finalizes a list.
    Finalize {
        /// The cycle.
        round: u64,
        /// The attempt.
        attempt: u8,
    },
    /// Has its own entry of an accepted list paid.
    Payout {
        /// The cycle.
        round: u64,
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
    CloseRound {
        /// The cycle.
        round: u64,
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
    /// A slot or round beyond what the schedule can count.
    #[error("the task's schedule overflows at this slot")]
    Schedule,
}

/// One cycle as it stands on the ledger.
#[derive(Clone, Debug)]
pub struct CycleView {
    /// The cycle's account.
    pub round: Keyed<Round>,
    /// Its submissions, in the order of their nodes' addresses.
    pub submissions: Vec<Keyed<FullSubmission>>,
    /// Its lists.
    pub lists: Vec<Keyed<DistributionList>>,
}

impl CycleView {
    /// Reads the cycle whose account is `round`.
    ///
    /// # Errors
    /// The ledger's.
    pub fn read(ledger: &impl Ledger, round: Keyed<Round>) -> Result<Self, LedgerError> {
        let of_round = || account::of_round(&round.address);
        let mut submissions: Vec<Keyed<FullSubmission>> = account::fetch_all(ledger, of_round())?;
        submissions.sort_by_key(|submission| submission.data.header.subject.author);
        Ok(Self {
            round,
            submissions,
            lists: account::fetch_all(ledger, of_round())?,
        })
    }

    /// Every open cycle of `task`, oldest first.
    ///
    /// # Errors
    /// The ledger's.
    pub fn open_rounds(
        ledger: &impl Ledger,
        task: &Pubkey,
    ) -> Result<Vec<Keyed<Round>>, LedgerError> {
        let mut rounds: Vec<Keyed<Round>> = account::fetch_all(ledger, account::of_task(task))?;
        rounds.sort_by_key(|round| round.data.number);
        Ok(rounds)
    }

    /// What `node` submitted.
    pub fn submission_of(&self, node: &Pubkey) -> Option<&Keyed<FullSubmission>> {
        self.submissions
            .iter()
            .find(|submission| submission.data.header.subject.author == *node)
    }

    /// The proofs, and whether each stands: an audit that nobody resolved yet is decided by its
    /// tally, as the program would.
    pub fn proofs(&self, quorum_bps: u16) -> (Vec<Proof>, Vec<bool>) {
        self.submissions
            .iter()
            .map(|submission| {
                let subject = &submission.data.header.subject;
                let stands = match subject.status() {
                    Status::Invalid => false,
                    Status::Challenged => {
                        Tally::submission_stands(subject.audit.tally().verdict(quorum_bps))
                    }
                    _ => true,
                };
                (proof_of(&submission.data), stands)
            })
            .unzip()
    }

    fn subjects(&self) -> impl Iterator<Item = (Pubkey, &Subject)> {
        let submissions = self
            .submissions
            .iter()
            .map(|submission| (submission.address, &submission.data.header.subject));
        let lists = self
            .lists
            .iter()
            .map(|list| (list.address, &list.data.subject));
        submissions.chain(lists)
    }
}

fn proof_of(submission: &FullSubmission) -> Proof {
    let subject = &submission.header.subject;
    Proof {
        round: subject.cycle,
        node: subject.author,
        value: submission.value.clone(),
        slot: subject.slot,
    }
}

/// A list with its tree: what is proposed, audited and paid.
pub struct BuiltList {
    entries: Vec<(Pubkey, u64)>,
    tree: MerkleTree,
}

impl BuiltList {
    /// The list of `entries`; `None` when it is empty.
    pub fn new(task: &Pubkey, round: u64, entries: Vec<(Pubkey, u64)>) -> Option<Self> {
        let leaves: Vec<(Digest, u64)> = entries
            .iter()
            .map(|(node, amount)| (node.to_bytes(), *amount))
            .collect();
        let tree = MerkleTree::of_list(task.to_bytes(), round, &leaves)?;
        Some(Self { entries, tree })
    }

    /// Sum of the list, in base units; `None` where it does not fit.
    pub fn total(&self) -> Option<u64> {
        self.entries
            .iter()
            .try_fold(0u64, |total, (_, amount)| total.checked_add(*amount))
    }

    /// What to propose it as, out of `bounty`; `None` where it cannot be.
    pub fn proposal(&self, bounty: u64) -> Option<ListProposal> {
        Some(ListProposal {
            merkle_root: self.tree.root(),
            bounty,
            total: self.total()?,
            count: u32::try_from(self.entries.len()).ok()?,
            uri: String::new(),
        })
    }

    /// Whether `list` is this one.
    pub fn matches(&self, list: &DistributionList) -> bool {
        list.merkle_root == self.tree.root()
            && Some(list.total) == self.total()
            && list.count as usize == self.entries.len()
    }

    /// The entry that pays `node`, with its proof.
    pub fn entry(&self, node: &Pubkey) -> Option<Entry> {
        let position = self.entries.iter().position(|(paid, _)| paid == node)?;
        let index = u32::try_from(position).ok()?;
        let (node, amount) = *self.entries.get(position)?;
        Some(Entry {
            node,
            index,
            amount,
            proof: self.tree.proof(index)?,
        })
    }
}

/// What a node sees of its task at one slot.
struct View {
    slot: u64,
    now: u64,
    task: Task,
    stake: NodeStake,
    /// Whether the program takes no submissions and lists at present.
    is_paused: bool,
}

impl View {
    fn may_take_part(&self) -> bool {
        self.task.weight_in(&self.stake.stake, self.now).is_some()
    }

    fn audit_is_over(&self, subject: &Subject) -> bool {
        let window = self.task.schedule.audit_window(subject.window_round);
        window.is_some_and(|window| self.slot > window.end)
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
    opinions_of_round: u64,
    /// The last work done, and the cycle it was for: a proof whose sending failed is sent again, not
    /// worked out again.
    worked: Option<(u64, Vec<u8>)>,
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
            opinions_of_round: 0,
            worked: None,
        }
    }

    /// The node.
    pub fn node(&self) -> Pubkey {
        self.node.pubkey()
    }

    /// Its key.
    pub const fn keypair(&self) -> &Keypair {
        &self.node
    }

    /// Does the work of cycle `round` before its proof can be handed in, for a caller with nothing
    /// else to do until then. Sends nothing.
    ///
    /// # Errors
    /// The logic's; it will be asked again when the proof is due.
    pub fn work_ahead(&mut self, round: u64) -> Result<(), LogicError> {
        self.work(round).map(drop)
    }

    fn work(&mut self, round: u64) -> Result<Vec<u8>, LogicError> {
        if let Some((_, value)) = self.worked.as_ref().filter(|(of, _)| *of == round) {
            return Ok(value.clone());
        }
        let value = self.logic.work(round)?;
        self.worked = Some((round, value.clone()));
        Ok(value)
    }

    /// Looks at the ledger, does everything that is due for this node, and says when to look again.
    ///
    /// # Errors
    /// [`RunnerError`]: the step stopped where it was; a later one carries on.
    pub fn step(&mut self) -> Result<Step, RunnerError> {
        let mut view = self.look()?;
        let mut step = Step {
            slot: view.slot,
            ..Step::default()
        };
        let schedule = view.task.schedule;
        if view.slot < schedule.starting_slot {
            step.wake_at = schedule.starting_slot;
            return Ok(step);
        }

        if self.opinions_of_round != view.now {
            self.opinions.clear();
            self.opinions_of_round = view.now;
        }
        if let Some(due) = self.due_submission(&view, &mut step)? {
            self.send(&mut step, due)?;
        }
        let mut proposal_slots = Vec::new();
        for round in CycleView::open_rounds(self.ledger, &self.task)? {
            proposal_slots.extend(self.play_cycle(&mut step, round)?);
        }
        view = self.look()?;
        let last = self.due_rewards(&view).or_else(|| self.due_leaving(&view));
        if let Some(due) = last {
            self.send(&mut step, due)?;
        }

        let events = [
            schedule.audit_window(view.now).map(|window| window.start),
            schedule
                .challenge_window(view.now)
                .and_then(|window| window.end.checked_add(1)),
            view.now
                .checked_add(1)
                .and_then(|next| schedule.boundary(next)),
            (!step.failed.is_empty()).then(|| view.slot.saturating_add(1)),
        ];
        step.wake_at = events
            .into_iter()
            .flatten()
            .chain(proposal_slots)
            .filter(|&slot| slot > view.slot)
            .min()
            .ok_or(RunnerError::Schedule)?;
        Ok(step)
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
            is_paused: config.is_none_or(|config| config.is_paused == 1),
        })
    }

    /// Sends what is due. A refusal is noted: most often somebody else was faster.
    fn send(&self, step: &mut Step, due: Due) -> Result<(), RunnerError> {
        if let Some(until) = due.until
            && self.ledger.slot()? > until
        {
            let late = format!("its window closed at slot {until}, before the node was ready");
            step.failed.push((due.action, late));
            return Ok(());
        }
        match self.ledger.send(&[due.instruction], &[&self.node]) {
            Ok(_) => step.done.push(due.action),
            Err(error @ LedgerError::Unavailable(_)) => return Err(error.into()),
            Err(error) => step.failed.push((due.action, error.to_string())),
        }
        Ok(())
    }

    /// The submission for the cycle that is handed in now, unless it is on the ledger already.
    fn due_submission(&mut self, view: &View, step: &mut Step) -> Result<Option<Due>, RunnerError> {
        let Some(round) = view.now.checked_sub(1) else {
            return Ok(None);
        };
        let window = view.task.schedule.submission_window(view.now);
        let open = window.is_some_and(|window| window.contains(view.slot));
        let wanted = view.task.takes_submissions(view.now)
            && !view.is_paused
            && self.options.accepts_bounty_of(&view.task);
        if !open || !wanted || !view.may_take_part() {
            return Ok(None);
        }
        let node = self.node();
        let address = address::submission(&address::round(&self.task, round), &node);
        if account::fetch::<FullSubmission>(self.ledger, &address)?.is_some() {
            return Ok(None);
        }
        let action = Action::Submit { round };
        match self.work(round) {
            Ok(value) => {
                let submit = instruction::submit(self.task, node, node, round, value);
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
            Rewards::Compound => (view.task.is_active == 1 && !view.is_paused).then(|| {
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

    /// Does all that is due in one cycle: looks, does the first thing that is due, and looks again.
    /// Returns the slot at which the node may propose the cycle's list, where that is still to come.
    fn play_cycle(
        &mut self,
        step: &mut Step,
        mut round: Keyed<Round>,
    ) -> Result<Option<u64>, RunnerError> {
        let mut tried: HashSet<Action> = HashSet::new();
        loop {
            let view = self.look()?;
            let cycle = CycleView::read(self.ledger, round)?;
            let due = self.due_in_cycle(&view, &cycle, &tried, step)?;
            let Some(due) = due else {
                return Ok(self.proposal_slot(&view, &cycle).map(|(_, slot)| slot));
            };
            tried.insert(due.action);
            self.send(step, due)?;
            match account::fetch(self.ledger, &round.address)? {
                Some(data) => round.data = data,
                None => return Ok(None),
            }
        }
    }

    fn due_in_cycle(
        &mut self,
        view: &View,
        cycle: &CycleView,
        tried: &HashSet<Action>,
        step: &mut Step,
    ) -> Result<Option<Due>, RunnerError> {
        let fresh = |due: &Due| !tried.contains(&due.action);
        if let Some(due) = self.due_audit(view, cycle, tried, step)? {
            return Ok(Some(due));
        }
        if let Some(due) = self.due_decision(view, cycle).filter(fresh) {
            return Ok(Some(due));
        }
        if let Some(due) = self.due_proposal(view, cycle, step).filter(fresh) {
            return Ok(Some(due));
        }
        if let Some(due) = self.due_payout(view, cycle, step).filter(fresh) {
            return Ok(Some(due));
        }
        Ok(self.due_closings(view, cycle)?.into_iter().find(fresh))
    }

    /// A vote on a submission or list that is audited now. Nothing is sent for what is valid and
    /// unchallenged.
    fn due_audit(
        &mut self,
        view: &View,
        cycle: &CycleView,
        tried: &HashSet<Action>,
        step: &mut Step,
    ) -> Result<Option<Due>, RunnerError> {
        let (audits, challenges) = (
            view.task.schedule.audit_window(view.now),
            view.task.schedule.challenge_window(view.now),
        );
        let in_window =
            |window: Option<Window>| window.is_some_and(|window| window.contains(view.slot));
        if !in_window(audits) || !view.may_take_part() {
            return Ok(None);
        }
        let me = self.node();
        for (address, subject) in cycle.subjects() {
            let votable = match subject.status() {
                Status::Pending => in_window(challenges),
                Status::Challenged => true,
                _ => false,
            };
            if subject.window_round != view.now || subject.author == me || !votable {
                continue;
            }
            let challenged = subject.status() == Status::Challenged;
            let vote = address::vote(&address, &me);
            if challenged && account::fetch::<AuditVote>(self.ledger, &vote)?.is_some() {
                continue;
            }
            let Some(is_valid) = self.opinion(view, cycle, address, step) else {
                continue;
            };
            let action = Action::Audit {
                subject: address,
                is_valid,
            };
            if (challenged || !is_valid) && !tried.contains(&action) {
                let author = subject.author;
                let vote = instruction::audit(self.task, address, author, me, me, is_valid);
                let window = if challenged { audits } else { challenges };
                return Ok(Some(Due::within(window, action, vote)));
            }
        }
        Ok(None)
    }

    /// Whether this node holds the subject at `address` valid; `None` where its logic cannot say.
    fn opinion(
        &mut self,
        view: &View,
        cycle: &CycleView,
        address: Pubkey,
        step: &mut Step,
    ) -> Option<bool> {
        if let Some(&opinion) = self.opinions.get(&address) {
            return Some(opinion);
        }
        let action = Action::Audit {
            subject: address,
            is_valid: false,
        };
        if step.has_failed(action) {
            return None;
        }
        let submission = cycle.submissions.iter().find(|s| s.address == address);
        let opinion = match submission {
            Some(submission) => self.logic.audit(&proof_of(&submission.data)),
            None => {
                let list = cycle.lists.iter().find(|list| list.address == address)?;
                let built = self.build_list(view, cycle, list.data.bounty);
                built.map(|built| built.is_some_and(|built| built.matches(&list.data)))
            }
        };
        match opinion {
            Ok(opinion) => {
                self.opinions.insert(address, opinion);
                Some(opinion)
            }
            Err(error) => {
                step.failed.push((action, error.to_string()));
                None
            }
        }
    }

    /// The list of this cycle as this node's logic writes it; `None` where nobody is to be paid.
    fn build_list(
        &mut self,
        view: &View,
        cycle: &CycleView,
        bounty: u64,
    ) -> Result<Option<BuiltList>, LogicError> {
        let number = cycle.round.data.number;
        let round = DistributionRound {
            task: self.task,
            number,
            bounty,
        };
        let (proofs, verdicts) = cycle.proofs(view.task.quorum_bps);
        let entries = self.logic.distribution(&round, &proofs, &verdicts)?;
        Ok(BuiltList::new(&self.task, number, entries))
    }

    /// The same, for `action`, which fails where the logic does.
    fn list_for(
        &mut self,
        action: Action,
        view: &View,
        cycle: &CycleView,
        bounty: u64,
        step: &mut Step,
    ) -> Option<BuiltList> {
        if step.has_failed(action) {
            return None;
        }
        match self.build_list(view, cycle, bounty) {
            Ok(built) => built,
            Err(error) => {
                step.failed.push((action, error.to_string()));
                None
            }
        }
    }

    /// An audit that can be resolved, or a list that can be finalized.
    fn due_decision(&self, view: &View, cycle: &CycleView) -> Option<Due> {
        let tokens = TaskTokens::of(self.task, &view.task);
        let over = |subject: &Subject| view.audit_is_over(subject);
        let open = cycle
            .subjects()
            .find(|(_, subject)| subject.status() == Status::Challenged && over(subject));
        if let Some((subject, state)) = open {
            let resolve = instruction::resolve_audit(tokens, subject, state);
            return Some(Due::anytime(Action::Resolve { subject }, resolve));
        }
        let list = cycle.lists.iter().find(|list| {
            let status = list.data.subject.status();
            matches!(status, Status::Pending | Status::Standing | Status::Invalid)
                && over(&list.data.subject)
        })?;
        let (round, attempt) = (cycle.round.data.number, list.data.attempt);
        let finalize = instruction::finalize_distribution(self.task, round, attempt);
        Some(Due::anytime(Action::Finalize { round, attempt }, finalize))
    }

    /// The attempt that is open now, and the slot from which this node may propose in it; `None`
    /// where it may not.
    fn proposal_slot(&self, view: &View, cycle: &CycleView) -> Option<(u8, u64)> {
        let round = &cycle.round.data;
        let attempt = u8::try_from(view.now.checked_sub(distribution_round(round.number, 0)?)?);
        let attempt = attempt.ok()?;
        let window = view.task.schedule.submission_window(view.now)?;
        let submission = cycle.submission_of(&self.node())?;
        let mut header = submission.data.header;
        let may = self.options.propose
            && !view.is_paused
            && attempt <= view.task.allowed_failed_distributions
            && window.contains(view.slot)
            && round.require_list_wanted().is_ok()
            && header.propose().is_ok()
            && view.may_take_part();
        let slot = round
            .proposal_slot(&view.task, &self.node(), attempt)
            .ok()?;
        may.then_some((attempt, slot))
    }

    fn due_proposal(&mut self, view: &View, cycle: &CycleView, step: &mut Step) -> Option<Due> {
        let (attempt, _) = self
            .proposal_slot(view, cycle)
            .filter(|&(_, slot)| view.slot >= slot)?;
        let bounty = view
            .task
            .bounty_amount_per_round
            .min(view.task.bounty_available);
        let (round, me) = (cycle.round.data.number, self.node());
        let action = Action::Propose { round, attempt };
        let list = self.list_for(action, view, cycle, bounty, step)?;
        let proposal = list.proposal(bounty)?;
        let propose =
            instruction::submit_distribution_list(self.task, round, attempt, me, me, proposal);
        let window = view.task.schedule.submission_window(view.now);
        Some(Due::within(window, action, propose))
    }

    /// This node's own entry of an accepted list.
    fn due_payout(&mut self, view: &View, cycle: &CycleView, step: &mut Step) -> Option<Due> {
        let me = self.node();
        let mine = cycle.submission_of(&me)?;
        let list = cycle
            .lists
            .iter()
            .find(|list| list.data.subject.status() == Status::Accepted)?;
        let unpaid = matches!(
            mine.data.header.subject.status(),
            Status::Pending | Status::Standing
        );
        if !unpaid {
            return None;
        }
        let round = cycle.round.data.number;
        let action = Action::Payout { round };
        let built = self.list_for(action, view, cycle, list.data.bounty, step)?;
        let entry = built.entry(&me).filter(|_| built.matches(&list.data))?;
        let payout = instruction::payout(self.task, round, list.data.attempt, entry);
        Some(Due::anytime(action, payout))
    }

    /// Accounts that can be closed: this node's own, and in a round that it opened, whatever others
    /// left behind for longer than every attempt could take.
    fn due_closings(&self, view: &View, cycle: &CycleView) -> Result<Vec<Due>, RunnerError> {
        let (me, round) = (self.node(), &cycle.round.data);
        let attempts = u64::from(view.task.allowed_failed_distributions);
        let left_behind = round.opener == me
            && view.now >= round.number.saturating_add(attempts).saturating_add(4);
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
        if !round.is_settled(&view.task, view.slot) {
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
        if round.open_subjects == 0 && round.opener == me {
            let number = round.number;
            due.push(Due::anytime(
                Action::CloseRound { round: number },
                instruction::close_round(round),
            ));
        }
        Ok(due)
    }
}
