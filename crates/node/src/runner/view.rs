//! The task as one node sees it at one slot.

use super::RunnerError;
use gradual_consensus::{
    rules::schedule::Window,
    state::{Config, NodeStake, Task},
};
use gradual_consensus_client::{account, ledger::Ledger};
use solana_sdk::{account::Account, pubkey::Pubkey};

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
    /// Reads `task` and the stake of `node` in it, which lives at `stake`; the program's config lives at `config`.
    pub(super) fn read(
        ledger: &impl Ledger,
        task: Pubkey,
        node: Pubkey,
        [stake, config]: [Pubkey; 2],
    ) -> Result<Self, RunnerError> {
        let slot = ledger.slot()?;
        let found = ledger.accounts(&[task, stake, config])?;
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
