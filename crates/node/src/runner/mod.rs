//! One node, played through every phase of overlapping cycles from what the ledger shows.
//!
//! A [`NodeRunner`] keeps nothing that it could not read or work out again. Every
//! [`step`](NodeRunner::step) reads the ledger, sends what is due, and returns the slot of the next look.
//! A node may be stopped and restarted at any point. Many may run side by side: the first of them sends
//! what anyone may send, the others find it done.
//!
//! `view` is what a node reads of its task, `look` of a cycle, `cycle` a whole cycle, `peers` other nodes;
//! `cache` keeps what can change no more. `submit`, `audit`, `list`, `payout`, `decide`, `close`, `open`,
//! `peers` and `reward` are its duties; `draw` says whose turn it is, `sample` which submissions the node
//! judges, `ahead` what was said of them before their audit window, `values` keeps what was handed in, `prefix`
//! compares, sorts and finds addresses, `told` checks what an index tells of a cycle, `entries` what it tells of a
//! list. `ride` holds back what waits for the next submission. `send` sends what the duties plan, `action` names
//! it, and `slash` tells what the node lost. `outcome` tells what became of it, `backoff` when to try again, and
//! `listing` what is done where the ledger lists no accounts.
//!
//! # Adding a duty
//!
//! 1. Write its file: a method of [`NodeRunner`] that takes the view and a `Plan`. It compares what should
//!    be on the ledger with the view, and calls `Plan::add` with each missing instruction. If its turn
//!    comes later it calls `Plan::look_at` with that slot; if the logic fails it calls `Plan::fail`. What
//!    it remembers between steps is a type of its file, and a field of the runner that starts empty.
//! 2. Name the method in `TASK_DUTIES`, `CYCLE_DUTIES`, `SHARED_DUTIES` or `LAST_DUTIES`.
//! 3. Give [`Action`] a variant. The compiler asks for its name and whether nodes contest it.
//!
//! A duty sends nothing itself, and must plan nothing for what the ledger already shows as done: a step
//! repeats until nothing is due.

mod action;
mod ahead;
mod audit;
mod backoff;
mod cache;
mod close;
mod cycle;
mod decide;
mod draw;
mod entries;
mod list;
mod listing;
mod look;
mod open;
mod outcome;
mod payout;
mod peers;
mod prefix;
mod reward;
mod ride;
mod sample;
mod send;
mod slash;
mod submit;
mod told;
mod values;
mod view;

pub use action::Action;
pub(crate) use action::tell;
pub use cache::TaskCache;
pub use cycle::{CycleView, JudgedProofs, fetch_fallen};
pub use list::BuiltList;
pub use outcome::Missed;
pub use ride::ROUNDS_TO_CLAIM;
pub use sample::AUDIT_RATE;
pub use slash::{Fault, Slash};
pub(crate) use view::{decode_stake, decode_task};

use crate::{
    index::Indexes,
    logic::{LogicError, TaskLogic},
};
use audit::Opinions;
use backoff::Backoff;
use entries::Entries;
use gradual_consensus::{rules::money::equal_share, state::Cycle};
use gradual_consensus_client::{
    account::Keyed,
    address,
    amount::{Amount, Unit},
    ledger::{Ledger, LedgerError},
};
use list::Lists;
use listing::Listing;
use look::{CycleLook, Places};
use outcome::Outcomes;
use peers::Peers;
use sample::Secret;
use send::Due;
use slash::Slashes;
use solana_sdk::{
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use submit::Work;
use thiserror::Error;
use view::TaskView;

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
    /// The least that a cycle must promise each of its nodes for this one to work: its bounty divided by
    /// the submissions of the last cycle. A cycle that promises nothing is never worth the fees.
    pub min_reward: Amount,
    /// How many of a cycle's submissions the node judges on average, beside those that are challenged: all
    /// of them where there are no more.
    pub audit_rate: u32,
}

impl RunnerOptions {
    /// Whether the node works for a cycle of `bounty` base units of `unit` that so many `submissions`
    /// share.
    pub fn accepts(&self, unit: Unit, bounty: u64, submissions: u32) -> bool {
        let (share, least) = (
            equal_share(bounty, submissions.max(1)),
            self.min_reward.limit(unit),
        );
        share.is_some_and(|share| share >= least.max(1))
    }
}

/// The outcome of one step.
#[derive(Debug, Default)]
pub struct Step {
    /// The slot at which the step last read the ledger.
    pub slot: u64,
    /// What was sent and confirmed, in order.
    pub done: Vec<Action>,
    /// What an earlier step sent and confirmed before it broke off, in order.
    pub done_before: Vec<Action>,
    /// What was due and failed, and why. What is still due is tried again after a while, which is longer
    /// after each failure.
    pub failed: Vec<(Action, String)>,
    /// What was sent, and is not known yet to have landed or to be lost, and why.
    pub unsettled: Vec<(Action, String)>,
    /// What had failed or was not confirmed, in this step or before, and is done all the same: the ledger
    /// shows it. Another node may have done it.
    pub found: Vec<Action>,
    /// Windows that closed without what this node should have done in them, each once.
    pub missed: Vec<Missed>,
    /// Why the ledger lists no accounts, if it does not: the node does no more than its own addresses show.
    pub unlisted: Option<String>,
    /// What this node was slashed for, as far as no earlier step told it. A runner that starts tells
    /// what it finds in open cycles.
    pub slashes: Vec<Slash>,
    /// The cycle of the present round, if it is open and this node works for it: its proof can be worked
    /// out.
    pub work: Option<u64>,
    /// The cycle of the present round, if it promises less than the operator asks for.
    pub declined: Option<u64>,
    /// The slot at which there may be something to do again.
    pub wake_at: u64,
}

impl Step {
    /// What was sent in this step, or failed.
    fn tried(&self) -> HashSet<Action> {
        let open = self.failed.iter().chain(&self.unsettled);
        let open = open.map(|(action, _)| *action);
        self.done.iter().copied().chain(open).collect()
    }
}

/// Why a step stopped.
#[derive(Debug, Error)]
pub enum RunnerError {
    /// The ledger did not answer, or its answer could not be used.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// No task lives at the address given.
    #[error("no task at {0}: check the address and the cluster")]
    NoTask(Pubkey),
    /// The node has never staked in the task.
    #[error("node {0} has no stake in this task: stake first")]
    NotStaked(Pubkey),
    /// The ledger shows what was before what it showed already.
    #[error(
        "it shows slot {slot}, though slot {seen} was seen: it lags, or the cluster was set back; nothing \
         is sent until it is ahead again"
    )]
    Older {
        /// The slot that it shows.
        slot: u64,
        /// The newest that it showed.
        seen: u64,
    },
    /// Rewards cannot be claimed to the account that the operator named.
    #[error(
        "rewards cannot be claimed to {address}: {why}; name an open token account of mint {mint} with \
         --rewards claim:ADDRESS"
    )]
    Destination {
        /// The account.
        address: Pubkey,
        /// The task's mint.
        mint: Pubkey,
        /// What is wrong with it.
        why: &'static str,
    },
    /// What the ledger shows is so old that a window may be over before it is seen.
    #[error(
        "the ledger shows what was {lag} slots ago, and the task's shortest window has {window} slots: that \
         leaves no time to act; use --commitment confirmed"
    )]
    NoTime {
        /// How old it is, in slots.
        lag: u64,
        /// The task's shortest window, in slots.
        window: u64,
    },
    /// A slot or round that the schedule cannot count.
    #[error("the task's schedule overflows at this slot: leave the task")]
    Schedule,
}

impl RunnerError {
    /// The ledger was asked for some accounts and answered with more or less.
    pub(crate) fn wrong_count() -> Self {
        wrong_count().into()
    }
}

/// The ledger was asked for some accounts and answered with more or less.
fn wrong_count() -> LedgerError {
    let message = "it answered with another number of accounts than asked for: try another RPC";
    LedgerError::Unavailable(message.into())
}

/// What the duties of a node find due at one look.
struct Plan<'s> {
    /// The step that the look is part of.
    step: &'s mut Step,
    due: Vec<Due>,
    /// Slots at which this node's turn comes to do what others may do before it.
    turns: Vec<u64>,
    /// The task's open cycles, oldest first.
    cycles: Vec<Keyed<Cycle>>,
    /// Whether there is more to do, once the ledger was read again.
    look_again: bool,
    /// What was sent or failed in this step before the look.
    tried: HashSet<Action>,
    /// What failed in this step.
    failed: HashSet<Action>,
    /// What failed lately, and the slot until which it is left alone.
    waiting: HashMap<Action, u64>,
}

impl Plan<'_> {
    /// Cycle `number`, if it is open.
    fn cycle(&self, number: u64) -> Option<&Keyed<Cycle>> {
        self.cycles.iter().find(|cycle| cycle.data.number == number)
    }

    /// Whether something is due now that closes an account.
    fn closes_accounts(&self) -> bool {
        self.due
            .iter()
            .any(|due| due.action.is_closing() && !due.rides)
    }

    /// Whether something is due that has a window.
    fn has_window(&self) -> bool {
        self.due.iter().any(|due| due.until.is_some())
    }

    /// Plans `due`, unless it was tried in this step, or failed lately. Returns whether it is planned.
    fn add(&mut self, due: Due) -> bool {
        let is_due = !self.tried.contains(&due.action) && !self.is_waiting(due.action);
        if is_due {
            self.due.push(due);
        }
        is_due
    }

    /// Plans `due` if its `turn` has come at `slot`, and otherwise a look at that turn; nothing if there
    /// is no turn.
    fn add_at_turn(&mut self, slot: u64, turn: Option<u64>, due: Due) {
        match turn {
            Some(turn) if turn <= slot => {
                self.add(due);
            }
            Some(turn) => self.look_at(turn),
            None => {}
        }
    }

    /// Plans a look at `slot`.
    fn look_at(&mut self, slot: u64) {
        self.turns.push(slot);
    }

    /// The logic cannot say what `action` needs. It is not asked the same again in this step.
    fn fail(&mut self, action: Action, error: &LogicError) {
        self.step.failed.push((action, error.to_string()));
        self.tried.insert(action);
        self.failed.insert(action);
    }

    /// Whether `action` failed in this step, or lately: then it is looked at when its time comes.
    fn has_failed(&mut self, action: Action) -> bool {
        self.failed.contains(&action) || self.is_waiting(action)
    }

    fn is_waiting(&mut self, action: Action) -> bool {
        let until = self.waiting.get(&action).copied();
        self.turns.extend(until);
        until.is_some()
    }
}

/// A duty towards the task.
type TaskDuty<R> = fn(&mut R, &TaskView, &mut Plan) -> Result<(), RunnerError>;
/// A duty in one cycle.
type CycleDuty<R> = fn(&mut R, &TaskView, &CycleLook, &mut Plan) -> Result<(), RunnerError>;

/// One node of one task, on any ledger.
pub struct NodeRunner<'a, L, T> {
    ledger: &'a L,
    task: Pubkey,
    keypair: Keypair,
    logic: T,
    options: RunnerOptions,
    secret: Secret,
    opinions: Opinions,
    last_work: Option<Work>,
    /// The newest slot that the ledger showed: no older view is acted on.
    newest: u64,
    /// Where the node's stake and the program's config live.
    addresses: [Pubkey; 2],
    /// The other nodes, as of a round.
    peers: Option<(u64, Arc<Peers>)>,
    listing: Listing,
    backoff: Backoff,
    outcomes: Outcomes,
    slashes: Slashes,
    lists: Lists,
    entries: Entries,
    /// Where what it reads of open cycles lives, by the cycles' addresses.
    places: HashMap<Pubkey, Places>,
    cache: TaskCache,
    indexes: Indexes,
    /// Whether an index is waited for that has not read a cycle yet.
    awaits_index: bool,
}

impl<'a, L: Ledger, T: TaskLogic> NodeRunner<'a, L, T> {
    const TASK_DUTIES: [TaskDuty<Self>; 1] = [Self::submit_proof];
    const CYCLE_DUTIES: [CycleDuty<Self>; 4] = [
        Self::propose_list,
        Self::take_payouts,
        Self::close_accounts,
        Self::decide,
    ];
    /// What one node does for all, once its own duties are planned.
    const SHARED_DUTIES: [TaskDuty<Self>; 3] = [
        Self::open_cycle,
        Self::park_idle,
        // What was planned before may add to them.
        Self::take_rewards,
    ];
    /// What is done once nothing else is due.
    const LAST_DUTIES: [TaskDuty<Self>; 1] = [Self::leave];

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
            secret: Secret::of(&node),
            addresses: [
                address::node_stake(&task, &node.pubkey()),
                address::config(),
            ],
            keypair: node,
            logic,
            options,
            opinions: Opinions::default(),
            last_work: None,
            newest: 0,
            peers: None,
            listing: Listing::default(),
            backoff: Backoff::default(),
            outcomes: Outcomes::default(),
            slashes: Slashes::default(),
            lists: Lists::default(),
            entries: Entries::default(),
            places: HashMap::new(),
            cache: TaskCache::default(),
            indexes: Indexes::default(),
            awaits_index: false,
        }
    }

    /// The same runner, which reads into `cache` what other runners of the same task need too.
    #[must_use]
    pub fn sharing(mut self, cache: TaskCache) -> Self {
        self.cache = cache;
        self
    }

    /// The same runner, which asks `indexes` for a cycle's submissions, and for what its list pays, before the ledger.
    #[must_use]
    pub fn asking(mut self, indexes: Indexes) -> Self {
        self.indexes = indexes;
        self
    }

    /// The node.
    pub fn node(&self) -> Pubkey {
        self.keypair.pubkey()
    }

    /// The task it plays in.
    pub const fn task(&self) -> Pubkey {
        self.task
    }

    /// Its key.
    pub const fn keypair(&self) -> &Keypair {
        &self.keypair
    }

    /// Reads the ledger, sends everything that is due for this node, and returns when to look again.
    ///
    /// # Errors
    /// [`RunnerError`]: the step stopped where it was. A later step goes on from there.
    pub fn step(&mut self) -> Result<Step, RunnerError> {
        let mut step = Step::default();
        match self.play_on(&mut step) {
            Ok(()) => Ok(step),
            Err(error) => {
                // What it came to is looked for by the next one.
                self.outcomes.note_all(&step);
                self.outcomes.untold_done.append(&mut step.done_before);
                self.outcomes.untold_done.append(&mut step.done);
                Err(error)
            }
        }
    }

    /// Looks whether anything is to be done for this node, and sends nothing. If nothing is, this is what a
    /// [`step`](NodeRunner::step) would have come to; `None` if a step is needed. Many runners may look at the same time.
    ///
    /// # Errors
    /// Those of a step.
    pub fn look(&mut self) -> Result<Option<Step>, RunnerError> {
        let mut step = Step::default();
        let Some((view, planned)) = self.find_due(&mut step)? else {
            return Ok(Some(step));
        };
        if !planned.is_idle() {
            return Ok(None);
        }
        self.finish(&view, &planned.turns, &mut step)?;
        Ok(Some(step))
    }

    fn play_on(&mut self, step: &mut Step) -> Result<(), RunnerError> {
        while let Some((view, planned)) = self.find_due(step)? {
            let is_idle = planned.is_idle();
            self.send_all(&view, step, planned.due)?;
            if is_idle || step.done.contains(&Action::CloseStake) {
                return self.finish(&view, &planned.turns, step);
            }
        }
        Ok(())
    }

    /// What is due at the ledger's slot; `None` before the task begins.
    fn find_due(&mut self, step: &mut Step) -> Result<Option<(TaskView, Planned)>, RunnerError> {
        let view = self.view()?;
        step.slot = view.slot;
        self.outcomes.look(&view);
        if view.slot < view.task.schedule.starting_slot {
            step.wake_at = view.task.schedule.starting_slot;
            return Ok(None);
        }
        let planned = match self.resume(&view, step) {
            Some(resume) => Planned {
                due: vec![resume],
                turns: Vec::new(),
                look_again: true,
            },
            None => self.plan(&view, step)?,
        };
        Ok(Some((view, planned)))
    }

    /// Says in `step`, after which nothing is due in `view`, what became of it and when to look again.
    fn finish(
        &mut self,
        view: &TaskView,
        turns: &[u64],
        step: &mut Step,
    ) -> Result<(), RunnerError> {
        self.settle(view, step)?;
        step.wake_at = self.next_look(view, turns, step)?;
        step.slashes = self.slashes.take();
        step.unlisted = self.listing.refusal(view.slot).map(str::to_owned);
        Ok(())
    }

    /// Reads the task, as of no earlier slot than before.
    fn view(&mut self) -> Result<TaskView, RunnerError> {
        let view = TaskView::read(self.ledger, self.task, self.node(), self.addresses)?;
        let (slot, seen) = (view.slot, self.newest);
        if slot < seen {
            return Err(RunnerError::Older { slot, seen });
        }
        self.newest = slot;
        Ok(view)
    }

    fn plan(&mut self, view: &TaskView, step: &mut Step) -> Result<Planned, RunnerError> {
        (step.work, step.declined) = (None, None);
        let failed = step.failed.iter().map(|(action, _)| *action);
        let mut plan = Plan {
            tried: step.tried(),
            failed: failed.collect(),
            step,
            due: Vec::new(),
            turns: Vec::new(),
            cycles: self.open_cycles(view)?,
            look_again: false,
            waiting: self.backoff.waiting(view.slot),
        };
        self.opinions.keep(view.round);
        self.cache.keep(&plan.cycles);
        (self.places).retain(|cycle, _| plan.cycles.iter().any(|open| open.address == *cycle));
        self.slashes.keep(&plan.cycles);
        self.lists.keep(&plan.cycles);
        self.entries.keep(&plan.cycles);
        for duty in Self::TASK_DUTIES {
            duty(self, view, &mut plan)?;
        }
        let cycles = self.play_cycles(view, &mut plan)?;
        for duty in Self::SHARED_DUTIES {
            duty(self, view, &mut plan)?;
        }
        self.hold_back(view, &cycles, &mut plan);
        for duty in Self::LAST_DUTIES {
            if plan.due.is_empty() {
                duty(self, view, &mut plan)?;
            }
        }
        if std::mem::take(&mut self.awaits_index) {
            plan.look_at(view.slot.saturating_add(1));
        }
        let mut due = plan.due;
        due.sort_by_key(|due| due.until.unwrap_or(u64::MAX));
        Ok(Planned {
            due,
            turns: plan.turns,
            look_again: plan.look_again,
        })
    }

    /// The duties in open cycles: first in those that are in review or distribution, then in those that
    /// are paid and closed. Returns the former.
    fn play_cycles(
        &mut self,
        view: &TaskView,
        plan: &mut Plan,
    ) -> Result<Vec<CycleLook>, RunnerError> {
        let cycles = plan.cycles.clone();
        let is_past = |cycle: &Keyed<Cycle>| {
            let last = view.task.last_attempt_round(cycle.data.number);
            last.is_some_and(|last| last < view.round)
        };
        let (past, live) = cycles.split_at(cycles.partition_point(is_past));
        let views = self.play(view, live, plan)?;
        self.audit_subjects(view, &views, plan)?;
        if views.len() == live.len() {
            self.play(view, past, plan)?;
        }
        Ok(views)
    }

    /// Reads `cycles` and does this node's duties in each. On a slow ledger, what has a window is sent
    /// before the rest of them is read. Returns those that were read.
    fn play(
        &mut self,
        view: &TaskView,
        cycles: &[Keyed<Cycle>],
        plan: &mut Plan,
    ) -> Result<Vec<CycleLook>, RunnerError> {
        let patience = (view.slot).saturating_add(view.task.schedule.submission_window / 8);
        let mut views = Vec::with_capacity(cycles.len());
        for &account in cycles {
            if plan.has_window() && self.ledger.slot()? > patience {
                break;
            }
            let cycle = self.read_cycle(view, account)?;
            self.look_for_slashes(&cycle);
            self.look_for_submission(view, &cycle, plan);
            for duty in Self::CYCLE_DUTIES {
                duty(self, view, &cycle, plan)?;
            }
            views.push(cycle);
        }
        Ok(views)
    }

    /// The first slot after `view` at which there may be something to do.
    fn next_look(&self, view: &TaskView, turns: &[u64], step: &Step) -> Result<u64, RunnerError> {
        let schedule = &view.task.schedule;
        let after = |slot: u64| slot.checked_add(1);
        let audits = schedule.audit_window(view.round);
        let events = [
            audits.map(|window| window.start),
            audits.and_then(|window| after(window.end)),
            (schedule.challenge_window(view.round)).and_then(|window| after(window.end)),
            after(view.round).and_then(|next| schedule.boundary(next)),
        ];
        let open = step.failed.iter().chain(&step.unsettled);
        let retries = open.filter_map(|(action, _)| self.backoff.until(*action, view.slot));
        let events = events.into_iter().flatten();
        events
            .chain(turns.iter().copied())
            .chain(retries)
            .filter(|&slot| slot > view.slot)
            .min()
            .ok_or(RunnerError::Schedule)
    }
}

/// What is due now, the most urgent first, the slots of this node's later turns, and whether the ledger
/// is to be read again at once.
struct Planned {
    due: Vec<Due>,
    turns: Vec<u64>,
    look_again: bool,
}

impl Planned {
    /// Whether nothing is to be done now.
    fn is_idle(&self) -> bool {
        self.due.is_empty() && !self.look_again
    }
}
