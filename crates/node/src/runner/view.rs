//! The ledger as one node sees it: its task at one slot, and each of the task's open cycles.

use super::RunnerError;
use crate::logic::Proof;
use gradual_consensus::{
    rules::schedule::Window,
    state::{Config, Cycle, DistributionList, NodeStake, Status, Subject, Submission, Task},
};
use gradual_consensus_client::{
    account::{self, FullSubmission, Keyed},
    address,
    ledger::{Ledger, LedgerError},
};
use solana_sdk::{account::Account, pubkey::Pubkey};
use std::collections::HashMap;

/// A node's task at one slot.
pub(super) struct TaskView {
    /// The slot as of which the task is read, and all else after it or later.
    pub(super) slot: u64,
    /// The newest slot: what is sent lands then.
    present: u64,
    /// The round that `slot` lies in.
    pub(super) round: u64,
    pub(super) task: Task,
    /// The node's stake.
    pub(super) stake: NodeStake,
    /// The program's config; `None` has the effect of a pause.
    config: Option<Config>,
}

impl TaskView {
    /// Reads `task` and the stake of `node` in it.
    pub(super) fn read(
        ledger: &impl Ledger,
        task: Pubkey,
        node: Pubkey,
    ) -> Result<Self, RunnerError> {
        let slot = ledger.slot()?;
        let stake_address = address::node_stake(&task, &node);
        let found = ledger.accounts(&[task, stake_address, address::config()])?;
        let [task_account, stake_account, config] = found.as_slice() else {
            return Err(RunnerError::wrong_count());
        };
        let task = decode_task(task, task_account.as_ref())?;
        let stake = decode_stake(node, stake_account.as_ref())?;
        Ok(Self {
            slot,
            present: slot.saturating_add(ledger.lag()?),
            round: task.current_round(slot),
            task,
            stake,
            config: config.as_ref().and_then(account::decode),
        })
    }

    /// Whether what is sent now lands in `window`: it has begun in this view, and is not over at present.
    pub(super) fn is_open(&self, window: Option<Window>) -> bool {
        window.is_some_and(|window| window.start <= self.slot && self.present <= window.end)
    }

    /// Whether `window` is over in this view: what it decided is read whole.
    pub(super) fn is_over(&self, window: Option<Window>) -> bool {
        window.is_some_and(|window| window.end < self.slot)
    }

    /// Whether the program refuses stakes, compounding and new cycles at present.
    pub(super) fn is_paused(&self) -> bool {
        self.config.is_none_or(|config| config.is_paused())
    }

    /// Whether the task takes new cycles, and its bounty pays for one.
    pub(super) fn takes_cycles(&self) -> bool {
        !self.is_paused()
            && self.task.require_active().is_ok()
            && self.task.bounty_available >= self.task.bounty_amount_per_round
    }

    /// Whether the node's stake counts in this round.
    pub(super) fn may_take_part(&self) -> bool {
        self.counts_in(self.round)
    }

    /// Whether the node's stake counts in `round`, as far as is known now.
    pub(super) fn counts_in(&self, round: u64) -> bool {
        self.task.weight_in(&self.stake.stake, round).is_some()
    }
}

/// The task that `account`, at address `task`, holds.
pub(crate) fn decode_task(task: Pubkey, account: Option<&Account>) -> Result<Task, RunnerError> {
    account
        .and_then(account::decode)
        .ok_or(RunnerError::NoTask(task))
}

/// The stake of `node` that `account` holds.
pub(crate) fn decode_stake(
    node: Pubkey,
    account: Option<&Account>,
) -> Result<NodeStake, RunnerError> {
    account
        .and_then(account::decode)
        .ok_or(RunnerError::NotStaked(node))
}

/// All proofs of a cycle, and whether each stands. Those that fell have an empty value.
pub type JudgedProofs = (Vec<Proof>, Vec<bool>);

/// One cycle as it stands on the ledger.
#[derive(Clone, Debug)]
pub struct CycleView {
    /// The cycle's account.
    pub account: Keyed<Cycle>,
    /// Its submissions without their values, in the order of their nodes' addresses.
    pub submissions: Vec<Keyed<Submission>>,
    /// Its lists, in the order of their addresses.
    pub lists: Vec<Keyed<DistributionList>>,
}

impl CycleView {
    /// Reads the cycle whose account is `account`, in one call.
    ///
    /// # Errors
    /// The ledger's.
    pub fn read(ledger: &impl Ledger, account: Keyed<Cycle>) -> Result<Self, LedgerError> {
        let prefix = Submission::SPACE.max(DistributionList::SPACE);
        let filters = [account::of_cycle(&account.address)];
        let found = ledger.program_accounts(&filters, Some(0..prefix))?;
        Ok(Self::of(account, &found))
    }

    /// The cycle whose account is `account`, with those of its accounts that were `found`.
    pub(super) fn of(account: Keyed<Cycle>, found: &[(Pubkey, Account)]) -> Self {
        let mut submissions: Vec<Keyed<Submission>> = account::decode_all(found);
        submissions.sort_by_key(|submission| submission.data.subject.author);
        Self {
            account,
            submissions,
            lists: account::decode_all(found),
        }
    }

    /// Reads cycle `number` of `task`; `None` if it is not open.
    ///
    /// # Errors
    /// The ledger's.
    pub fn find(
        ledger: &impl Ledger,
        task: &Pubkey,
        number: u64,
    ) -> Result<Option<Self>, LedgerError> {
        let address = address::cycle(task, number);
        account::fetch(ledger, &address)?
            .map(|data| Self::read(ledger, Keyed { address, data }))
            .transpose()
    }

    /// Every open cycle of `task`, oldest first.
    ///
    /// # Errors
    /// The ledger's.
    pub fn open_cycles(
        ledger: &impl Ledger,
        task: &Pubkey,
    ) -> Result<Vec<Keyed<Cycle>>, LedgerError> {
        let mut cycles: Vec<Keyed<Cycle>> = account::fetch_all(ledger, account::of_task(task))?;
        cycles.sort_by_key(|cycle| cycle.data.number);
        Ok(cycles)
    }

    /// Its number.
    pub const fn number(&self) -> u64 {
        self.account.data.number
    }

    /// The submission of `node`.
    pub fn submission_of(&self, node: &Pubkey) -> Option<&Keyed<Submission>> {
        self.submissions
            .iter()
            .find(|submission| submission.data.subject.author == *node)
    }

    /// The submission at `address`, as its node's proof; `None` if this cycle has none there, or if
    /// `values` lacks its value.
    pub fn proof(&self, values: &Values, address: &Pubkey) -> Option<Proof> {
        let submission = self.submissions.iter().find(|s| s.address == *address)?;
        self.proof_of(values, submission)
    }

    /// The same for one of its submissions.
    fn proof_of(&self, values: &Values, submission: &Keyed<Submission>) -> Option<Proof> {
        let subject = &submission.data.subject;
        let value = values.get(&self.account.address, &submission.address)?;
        Some(Proof {
            cycle: subject.cycle_number,
            node: subject.author,
            value: value.clone(),
            slot: subject.slot,
        })
    }

    /// All proofs, and whether each stands. An unresolved audit is decided by its votes, as the program
    /// would decide it. The value of a proof that fell is left out: no list may depend on it. `None` if
    /// `values` lacks a value.
    pub fn proofs(&self, values: &Values, quorum_bps: u16) -> Option<JudgedProofs> {
        self.submissions
            .iter()
            .map(|submission| {
                let stands = stands(&submission.data.subject, quorum_bps);
                let mut proof = self.proof_of(values, submission)?;
                if !stands {
                    proof.value.clear();
                }
                Some((proof, stands))
            })
            .collect()
    }

    /// Whether the submission of `node` stands, by the same reckoning; `None` if it has none.
    pub fn stands(&self, node: &Pubkey, quorum_bps: u16) -> Option<bool> {
        let submission = self.submission_of(node)?;
        Some(stands(&submission.data.subject, quorum_bps))
    }

    /// How many of its submissions stand, by the same reckoning.
    pub(super) fn standing(&self, quorum_bps: u16) -> usize {
        let subjects = self.submissions.iter().map(|own| &own.data.subject);
        subjects.filter(|own| stands(own, quorum_bps)).count()
    }

    /// The same for a cycle of `task`, after `values` has read what it lacks; `None` if a submission was
    /// closed since this cycle was read.
    ///
    /// # Errors
    /// The ledger's.
    pub fn read_proofs(
        &self,
        ledger: &impl Ledger,
        values: &mut Values,
        task: &Task,
    ) -> Result<Option<JudgedProofs>, LedgerError> {
        values.read(ledger, self)?;
        Ok(self.proofs(values, task.quorum_bps))
    }

    /// Whether all of its submissions are still open and were found, so that its list can be recomputed.
    pub fn has_all_submissions(&self) -> bool {
        self.submissions.len() >= self.account.data.submissions as usize
    }

    /// The list at `address`.
    pub(super) fn list_at(&self, address: &Pubkey) -> Option<&DistributionList> {
        let list = self.lists.iter().find(|list| list.address == *address);
        list.map(|list| &list.data)
    }

    /// Its submissions and its lists.
    pub(super) fn subjects(&self) -> impl Iterator<Item = (Pubkey, &Subject)> {
        let submissions = self
            .submissions
            .iter()
            .map(|submission| (submission.address, &submission.data.subject));
        let lists = self
            .lists
            .iter()
            .map(|list| (list.address, &list.data.subject));
        submissions.chain(lists)
    }
}

fn stands(submission: &Subject, quorum_bps: u16) -> bool {
    match submission.status() {
        Status::Invalid => false,
        Status::Challenged => submission.audit.tally().submission_stands(quorum_bps),
        _ => true,
    }
}

/// The values of submissions, by cycle and address. A value never changes, so each is read once.
#[derive(Clone, Debug, Default)]
pub struct Values(HashMap<Pubkey, HashMap<Pubkey, Vec<u8>>>);

impl Values {
    /// Reads the values of `cycle` that it lacks. It goes on lacking those of submissions that were
    /// closed after `cycle` was read.
    ///
    /// # Errors
    /// The ledger's.
    pub fn read(&mut self, ledger: &impl Ledger, cycle: &CycleView) -> Result<(), LedgerError> {
        let known = self.0.entry(cycle.account.address).or_default();
        let all = cycle
            .submissions
            .iter()
            .map(|submission| submission.address);
        let unknown: Vec<Pubkey> = all.filter(|address| !known.contains_key(address)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let found = ledger.accounts(&unknown)?;
        for (address, account) in unknown.into_iter().zip(found) {
            if let Some(submission) = account.as_ref().and_then(account::decode::<FullSubmission>) {
                known.insert(address, submission.value);
            }
        }
        Ok(())
    }

    /// Forgets every cycle but those of `open`.
    pub fn keep(&mut self, open: &[Keyed<Cycle>]) {
        self.0
            .retain(|address, _| open.iter().any(|cycle| cycle.address == *address));
    }

    /// Whether the value of `submission` in `cycle` was read.
    pub(super) fn has(&self, cycle: &Pubkey, submission: &Pubkey) -> bool {
        self.get(cycle, submission).is_some()
    }

    fn get(&self, cycle: &Pubkey, submission: &Pubkey) -> Option<&Vec<u8>> {
        self.0.get(cycle)?.get(submission)
    }
}
