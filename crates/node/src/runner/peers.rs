//! The other nodes of the task, read once a round: who takes turns, and whose stake is idle. Of a crowd nobody reads
//! all stakes: each node finds its turn by itself, and the first few look for idle ones.

use super::{
    Action, NodeRunner, Plan, RunnerError, Step, TaskView,
    draw::{Candidate, Draw, Place},
    send::Due,
};
use crate::logic::TaskLogic;
use gradual_consensus::{
    rules::schedule::review_round,
    state::{NodeStake, Task},
};
use gradual_consensus_client::{
    account::{self, Keyed},
    instruction,
    ledger::{Ledger, LedgerError},
};
use solana_sdk::pubkey::Pubkey;
use std::sync::Arc;

/// Rounds without an act after which a node counts as asleep in a draw.
const ROUNDS_AWAKE: u64 = 2;
/// Most stakes that a node parks in one round.
const MOST_PARKED: usize = 16;
/// Most stakes in a task that every node reads once a round. More are a crowd.
const MOST_LISTED: u64 = 1_000;
/// Nodes of a crowd that look for idle stakes in a round, the first of the draw.
const MOST_PARKERS: usize = 8;
/// Most idle stakes of a crowd that are read in a round.
const MOST_READ: usize = 64;

/// Whether the stakes in `task` are too many for every node to read.
const fn is_crowd(task: &Task) -> bool {
    task.node_count > MOST_LISTED
}

/// The nodes of the task, as they were when a round was first looked at.
#[derive(Debug, Default)]
pub(super) struct Peers {
    /// In which order they may do what one node does for all in this round.
    pub(super) draw: Draw,
    /// The stakes that did nothing for so long that they can be parked, once nothing holds them.
    idle: Vec<Keyed<NodeStake>>,
}

impl Peers {
    /// The peers that `stakes`, all stakes in the task of `view`, say.
    fn of(view: &TaskView, task: &Pubkey, mut stakes: Vec<Keyed<NodeStake>>) -> Self {
        let review = review_round(view.round).unwrap_or(u64::MAX);
        let eligible = |stake: &&NodeStake| view.task.weight_in(&stake.stake, review).is_some();
        let candidates = stakes.iter().map(|stake| &stake.data).filter(eligible);
        let candidates = candidates.map(|stake| Candidate {
            node: stake.node,
            is_idle: stake.last_active_round.saturating_add(ROUNDS_AWAKE) < view.round,
        });
        let draw = Draw::of(task, view.round, candidates);
        let idle_rounds = view.task.idle_rounds;
        stakes
            .retain(|stake| stake.data.last_active_round.saturating_add(idle_rounds) < view.round);
        Self { draw, idle: stakes }
    }

    /// The peers of a crowd: only its idle stakes that are not parked, of many of them others in each round, so that those
    /// which cannot be parked yet hide none.
    fn of_crowd(ledger: &impl Ledger, view: &TaskView, task: &Pubkey) -> Result<Self, LedgerError> {
        let idle_rounds = view.task.idle_rounds;
        let is_idle = |last: u64| last.saturating_add(idle_rounds) < view.round;
        let acted = account::fetch_last_active(ledger, task)?.into_iter();
        let idle = acted.filter(|one| is_idle(one.data));
        let idle: Vec<Pubkey> = idle.map(|one| one.address).collect();
        let round = usize::try_from(view.round).unwrap_or_default();
        let first = round.wrapping_mul(MOST_READ).checked_rem(idle.len());
        let read = idle.iter().cycle().skip(first.unwrap_or_default());
        let read: Vec<Pubkey> = read.take(idle.len().min(MOST_READ)).copied().collect();
        let found = read.iter().copied().zip(ledger.accounts(&read)?);
        let found = found.filter_map(|(address, found)| {
            let data = account::decode(found.as_ref()?)?;
            Some(Keyed { address, data })
        });
        Ok(Self {
            draw: Draw::default(),
            idle: found.collect(),
        })
    }

    /// The peers of `runner` in the present round.
    pub(super) fn of_round<L: Ledger, T: TaskLogic>(
        runner: &mut NodeRunner<'_, L, T>,
        view: &TaskView,
    ) -> Result<Arc<Self>, RunnerError> {
        if let Some((round, peers)) = &runner.peers
            && *round == view.round
        {
            return Ok(peers.clone());
        }
        let (ledger, task, listing) = (runner.ledger, runner.task, &mut runner.listing);
        let read = || {
            listing.list(view.slot, || {
                if is_crowd(&view.task) {
                    return Self::of_crowd(ledger, view, &task);
                }
                let stakes = account::fetch_all(ledger, account::of_task(&task))?;
                Ok(Self::of(view, &task, stakes))
            })
        };
        // Where none are listed, nobody's turn comes before this node's.
        let peers = runner.cache.peers(view.round, read)?.unwrap_or_default();
        runner.peers = Some((view.round, peers.clone()));
        Ok(peers)
    }
}

impl<L: Ledger, T: TaskLogic> NodeRunner<'_, L, T> {
    /// This node's place in the draw of the present round.
    pub(super) fn place_in_round(&mut self, view: &TaskView) -> Result<Place, RunnerError> {
        let node = self.node();
        if !is_crowd(&view.task) {
            return Ok(Peers::of_round(self, view)?.draw.place(&node));
        }
        let mut electorate = view.task.electorate;
        electorate.roll_to(review_round(view.round).unwrap_or(u64::MAX));
        let (_, nodes) = electorate.now();
        Ok(Place::expected(&self.task, view.round, &node, nodes))
    }

    /// Whether this node's turn has come to park idle stakes. If it is to come, there is a look at it.
    fn may_park(&mut self, view: &TaskView, plan: &mut Plan) -> Result<bool, RunnerError> {
        let place = self.place_in_round(view)?;
        if is_crowd(&view.task) && !place.is_among_first(MOST_PARKERS) {
            return Ok(false);
        }
        let turn = self.turn_in_round(view)?;
        if let Some(turn) = turn.filter(|&turn| turn > view.slot) {
            plan.look_at(turn);
            return Ok(false);
        }
        Ok(turn.is_some())
    }

    /// Parks the stakes of idle nodes in passing, from this node's turn on.
    pub(super) fn park_idle(
        &mut self,
        view: &TaskView,
        plan: &mut Plan,
    ) -> Result<(), RunnerError> {
        if view.task.idle_rounds == 0 || !view.task.is_active() || !view.may_take_part() {
            return Ok(());
        }
        if is_crowd(&view.task) && !self.may_park(view, plan)? {
            return Ok(());
        }
        let node = self.node();
        let is_idle = |stake: &NodeStake| {
            stake.node != node && stake.require_parkable(&view.task, view.slot).is_ok()
        };
        let peers = Peers::of_round(self, view)?;
        let idle = peers.idle.iter().filter(|stake| is_idle(&stake.data));
        let idle: Vec<_> = idle.map(|stake| stake.address).take(MOST_PARKED).collect();
        if idle.is_empty() || !self.may_park(view, plan)? {
            return Ok(());
        }
        // Another node may have parked them, and they may have woken.
        let found = self.ledger.accounts(&idle)?;
        let now = found.iter().flatten().filter_map(account::decode);
        for stake in now.filter(is_idle) {
            let park = instruction::park_stake(self.task, stake.node);
            plan.add(Due::anytime(Action::Park { node: stake.node }, park));
        }
        Ok(())
    }

    /// What ends the parking of this node's own stake, if it is parked. A step sends it before all else.
    pub(super) fn resume(&self, view: &TaskView, step: &Step) -> Option<Due> {
        let is_due = view.stake.stake.is_parked()
            && !step.tried().contains(&Action::Resume)
            && self.backoff.until(Action::Resume, view.slot).is_none();
        is_due.then(|| {
            let resume = instruction::resume_stake(self.task, self.node());
            Due::anytime(Action::Resume, resume)
        })
    }
}
