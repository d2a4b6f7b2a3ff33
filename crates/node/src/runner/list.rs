//! The list of a cycle: built from its proofs, and proposed when it is this node's turn.

use super::{
    Action, NodeRunner, Plan, RunnerError, TaskView,
    cycle::{Submissions, is_complete},
    look::CycleLook,
    send::Due,
};
use crate::logic::{DistributionCycle, LogicError, TaskLogic};
use gradual_consensus::{
    ListProposal,
    rules::{
        merkle::MerkleTree,
        schedule::{distribution_round, review_round},
    },
    state::{Cycle, DistributionList},
};
use gradual_consensus_client::{
    account::Keyed,
    instruction::{self, Entry},
    ledger::Ledger,
};
use solana_sdk::pubkey::Pubkey;
use std::{collections::HashMap, sync::Arc};

/// A list with its Merkle tree: what is proposed, audited and paid.
#[derive(Clone, Debug)]
pub struct BuiltList {
    entries: Vec<(Pubkey, u64)>,
    /// The places in `entries`, in the order of their nodes' addresses.
    by_node: Vec<u32>,
    tree: MerkleTree,
    /// Sum of `entries`; `None` if it overflows.
    total: Option<u64>,
}

/// The node of the entry at `place`.
fn node_at(entries: &[(Pubkey, u64)], place: u32) -> Option<Pubkey> {
    entries.get(place as usize).map(|(node, _)| *node)
}

impl BuiltList {
    /// The list of `entries`; `None` if it is empty, or longer than the program counts.
    pub fn new(task: &Pubkey, cycle: u64, entries: Vec<(Pubkey, u64)>) -> Option<Self> {
        let list = entries.iter();
        let list = list.map(|(node, amount)| (node.to_bytes(), *amount));
        let tree = MerkleTree::of_list(task.to_bytes(), cycle, list)?;
        let mut by_node: Vec<u32> = (0..u32::try_from(entries.len()).ok()?).collect();
        by_node.sort_unstable_by_key(|&place| node_at(&entries, place));
        let total = entries
            .iter()
            .try_fold(0u64, |total, (_, amount)| total.checked_add(*amount));
        Some(Self {
            entries,
            by_node,
            tree,
            total,
        })
    }

    /// Its nodes in their order, and what each is paid, in base units.
    pub fn entries(&self) -> &[(Pubkey, u64)] {
        &self.entries
    }

    /// Sum of the list, in base units; `None` if it overflows.
    pub const fn total(&self) -> Option<u64> {
        self.total
    }

    /// The proposal of this list; `None` if its total or its length overflows.
    pub fn proposal(&self) -> Option<ListProposal> {
        Some(ListProposal {
            merkle_root: self.tree.root(),
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
        let place = (self.by_node)
            .binary_search_by_key(&Some(*node), |&place| node_at(&self.entries, place));
        let index = *self.by_node.get(place.ok()?)?;
        let (node, amount) = *self.entries.get(index as usize)?;
        Some(Entry {
            node,
            index,
            amount,
            proof: self.tree.proof(index)?,
        })
    }

    /// The entries that pay those of `nodes` that it pays, with their proofs.
    pub(super) fn entries_of(&self, nodes: &[Pubkey]) -> Vec<Entry> {
        nodes.iter().filter_map(|node| self.entry(node)).collect()
    }
}

/// The lists of open cycles that the logic wrote, by the cycle's address. It wrote each of them once all
/// votes were in: no other answer can follow, but where an index told the submissions, which is said beside it.
#[derive(Default)]
pub(super) struct Lists(HashMap<Pubkey, (Option<Arc<BuiltList>>, bool)>);

impl Lists {
    /// Forgets every cycle but those of `open`.
    pub(super) fn keep(&mut self, open: &[Keyed<Cycle>]) {
        self.0
            .retain(|address, _| open.iter().any(|cycle| cycle.address == *address));
    }

    /// The list that was built of the cycle at `cycle`.
    pub(super) fn known(&self, cycle: &Pubkey) -> Option<Arc<BuiltList>> {
        let (built, _) = self.0.get(cycle)?;
        built.clone()
    }
}

impl<L: Ledger, T: TaskLogic> NodeRunner<'_, L, T> {
    /// The list of `cycle` as this node's logic writes it; `None` if nobody is to be paid.
    pub(super) fn build_list(
        &mut self,
        view: &TaskView,
        cycle: &CycleLook,
    ) -> Result<Result<Option<Arc<BuiltList>>, LogicError>, RunnerError> {
        // Votes may still come: nobody knows yet who is paid.
        let audits =
            (review_round(cycle.number())).and_then(|round| view.task.schedule.audit_window(round));
        if !view.is_over(audits) {
            return Ok(Err("its submissions may still be voted on".into()));
        }
        let unseen = "not all of its submissions can be seen";
        let Some(submissions) = self.all_submissions(view, cycle)? else {
            return Ok(Err(unseen.into()));
        };
        let is_told = self.is_told(cycle);
        if let Some((built, was_told)) = self.lists.0.get(&cycle.account.address)
            && *was_told == is_told
        {
            return Ok(Ok(built.clone()));
        }
        let asked = DistributionCycle {
            task: self.task,
            number: cycle.number(),
            bounty: cycle.account.data.bounty,
        };
        let input = match self.logic.list_input() {
            Ok(input) => input,
            Err(error) => return Ok(Err(error)),
        };
        let quorum_bps = view.task.quorum_bps;
        let ask = |source| {
            let asked = (source, input);
            self.ask_handed_in(view, &cycle.account, &submissions, asked)
        };
        let whole = (cycle, &*submissions);
        let judged = (self.cache).judged(self.ledger, whole, quorum_bps, input, ask)?;
        // One that was seen earlier may be closed by now.
        let Some(judged) = judged else {
            return Ok(Err(unseen.into()));
        };
        let (proofs, verdicts) = &*judged;
        let entries = self.logic.distribution(&asked, proofs, verdicts);
        Ok(entries.map(|entries| {
            let (task, address) = (self.task, cycle.account.address);
            let build = |entries| BuiltList::new(&task, cycle.number(), entries);
            let built = self.cache.list(&address, entries, build);
            self.lists.0.insert(address, (built.clone(), is_told));
            built
        }))
    }

    /// Whether all submissions of `cycle` can be seen, so that its list can be recomputed.
    pub(super) fn can_build_list(
        &mut self,
        view: &TaskView,
        cycle: &CycleLook,
    ) -> Result<bool, RunnerError> {
        Ok(self.all_submissions(view, cycle)?.is_some())
    }

    /// The submissions of `cycle`, if all of them can be seen.
    fn all_submissions(
        &mut self,
        view: &TaskView,
        cycle: &CycleLook,
    ) -> Result<Option<Arc<Submissions>>, RunnerError> {
        let submissions = review_round(cycle.number())
            .and_then(|round| view.task.schedule.submission_window(round));
        if cycle.has_gaps || !view.is_over(submissions) {
            return Ok(None);
        }
        let listed = self.submissions(view, &cycle.account)?;
        Ok(listed.filter(|all| is_complete(all, &cycle.account)))
    }

    /// The list of `cycle`, which is `expected` or follows from what the ledger shows, for `action`. If the logic fails the
    /// action fails.
    pub(super) fn list_for(
        &mut self,
        action: Action,
        view: &TaskView,
        (cycle, expected): (&CycleLook, Option<&DistributionList>),
        plan: &mut Plan,
    ) -> Result<Option<Arc<BuiltList>>, RunnerError> {
        if plan.has_failed(action) {
            return Ok(None);
        }
        let built = self.build_surely(view, cycle, expected)?;
        Ok(built.unwrap_or_else(|error| {
            plan.fail(action, &error);
            None
        }))
    }

    /// Proposes the list of the attempt that is open now, from this node's turn on.
    pub(super) fn propose_list(
        &mut self,
        view: &TaskView,
        cycle: &CycleLook,
        plan: &mut Plan,
    ) -> Result<(), RunnerError> {
        let Some((attempt, turn)) = self.open_attempt(view, cycle) else {
            return Ok(());
        };
        if turn > view.slot {
            plan.look_at(turn);
            return Ok(());
        }
        if !self.can_build_list(view, cycle)? {
            return Ok(());
        }
        let (number, node) = (cycle.number(), self.node());
        let action = Action::Propose {
            cycle: number,
            attempt,
        };
        let list = self.list_for(action, view, (cycle, None), plan)?;
        if let Some(proposal) = list.and_then(|list| list.proposal()) {
            let total = proposal.total;
            let propose = instruction::submit_distribution_list(
                self.task, number, attempt, node, node, proposal,
            );
            let window = view.task.schedule.submission_window(view.round);
            let at_stake = cycle.account.data.bounty;
            plan.add(
                Due::within(window, action, propose)
                    .worth(at_stake)
                    .of(total),
            );
        }
        Ok(())
    }

    /// The attempt that is open now, and the slot from which this node may propose in it; `None` if it
    /// may not propose.
    fn open_attempt(&self, view: &TaskView, cycle: &CycleLook) -> Option<(u8, u64)> {
        let (task, account) = (&view.task, &cycle.account.data);
        let first = distribution_round(account.number, 0)?;
        let attempt = u8::try_from(view.round.checked_sub(first)?).ok()?;
        let window = task.schedule.submission_window(view.round);
        let submission = &cycle.own?.data;
        let may_propose = self.options.propose
            && attempt <= task.allowed_failed_distributions
            && view.is_open(window)
            && account.require_list_wanted().is_ok()
            && submission.require_may_propose().is_ok()
            && view.may_take_part();
        let turn = account.proposal_slot(task, &self.node(), attempt).ok()?;
        may_propose.then_some((attempt, turn))
    }
}
