//! Bytes as all accounts of a task, as [`Accounts`] lays them out: a node looks at them and plays two steps. It
//! sends nothing that a logic did not say, and what it tells is one line each.

use crate::{
    check::assert_one_line,
    ledger::{Accounts, NODE_KEY, TASK},
};
use gradual_consensus_client::{account, amount::Amount, books::Books, ledger::Ledger};
use gradual_consensus_node::{
    logic::{DistributionCycle, LogicError, Proof, TaskLogic, equal_shares},
    runner::{AUDIT_RATE, CycleView, NodeRunner, Rewards, RunnerOptions},
    status::{self, NodeStatus},
};
use solana_sdk::{
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};
use std::sync::LazyLock;

static NODE: LazyLock<Keypair> = LazyLock::new(|| Keypair::new_from_array(NODE_KEY));

/// A logic whose proofs are one byte, and which calls every other one false.
struct OneByte;

impl TaskLogic for OneByte {
    fn work(&mut self, _: u64) -> Result<Vec<u8>, LogicError> {
        Ok(vec![1])
    }

    fn audit(&mut self, proof: &Proof) -> Result<bool, LogicError> {
        Ok(proof.value == [1])
    }

    fn distribution(
        &mut self,
        cycle: &DistributionCycle,
        submissions: &[Proof],
        verdicts: &[bool],
    ) -> Result<Vec<(Pubkey, u64)>, LogicError> {
        Ok(equal_shares(cycle.bounty, submissions, verdicts))
    }
}

pub(super) fn run(bytes: &[u8]) -> bool {
    let ledger = Accounts::new(bytes, &NODE.pubkey());
    look(&ledger);
    play(&ledger)
}

/// Everything that a command shows of a task and of a node.
fn look(ledger: &impl Ledger) {
    if let Ok(Some(books)) = Books::read(ledger, &TASK) {
        books
            .violations()
            .iter()
            .for_each(|rule| assert_one_line(rule));
        books.surplus();
    }
    if let Ok(Some(status)) = NodeStatus::find(ledger, &TASK, &NODE.pubkey()) {
        let each = status.handed_in.iter();
        let slashes = each
            .flat_map(|cycle| [cycle.submission, cycle.list])
            .flatten();
        let most = slashes.map(|handed| u128::from(handed.slashed)).sum();
        assert!(u128::from(status.slashed_in_open_cycles()) <= most);
    }
    let staked = status::stakes_of(ledger, &NODE.pubkey()).unwrap_or_default();
    assert!(staked.is_sorted_by_key(|staked| staked.task.address));
    for cycle in CycleView::open_cycles(ledger, &TASK).unwrap_or_default() {
        if let Ok(Some(task)) = account::fetch(ledger, &TASK)
            && let Ok(view) = CycleView::read(ledger, cycle)
            && let Ok(Some((proofs, verdicts))) = view.read_proofs(ledger, &task)
        {
            let list = equal_shares(cycle.data.bounty, &proofs, &verdicts);
            let total: u128 = list.iter().map(|(_, amount)| u128::from(*amount)).sum();
            assert!(total <= cycle.data.bounty.into(), "{list:?}");
        }
    }
}

/// Whether the node knew what to do.
fn play(ledger: &Accounts) -> bool {
    let options = RunnerOptions {
        propose: true,
        rewards: Rewards::Compound,
        min_reward: Amount::ZERO,
        audit_rate: AUDIT_RATE,
    };
    let key = NODE.insecure_clone();
    let mut runner = NodeRunner::new(ledger, TASK, key, OneByte, options);
    let steps = [(); 2].map(|()| {
        let step = runner.step();
        ledger.pass();
        match &step {
            Ok(step) => {
                let told = step.failed.iter().chain(&step.unsettled);
                told.for_each(|(_, why)| assert_one_line(why));
            }
            Err(error) => assert_one_line(&error.to_string()),
        }
        step.is_ok()
    });
    steps.contains(&true)
}
