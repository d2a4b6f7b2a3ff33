//! Bytes as the data of an account: every type that reads them writes them back unchanged, and what is shown
//! of a task is one line for each fact, whatever its texts are.

use crate::check::assert_one_line;
use anchor_lang::{AccountSerialize, ZeroCopy};
use bytemuck::Pod;
use gradual_consensus::state::{
    AuditVote, Config, Cycle, DistributionList, NodeStake, Submission, Task, TaskMetadata,
};
use gradual_consensus_cli::outside;
use gradual_consensus_client::account::{FullSubmission, Keyed, Stored};
use solana_sdk::pubkey::Pubkey;

pub(super) fn run(data: &[u8]) -> bool {
    let task: Option<Task> = same(data);
    let cycle: Option<Cycle> = same(data);
    let others = [
        same::<Config>(data).is_some(),
        same::<NodeStake>(data).is_some(),
        same::<Submission>(data).is_some(),
        same::<DistributionList>(data).is_some(),
        same::<AuditVote>(data).is_some(),
    ];
    if let Some(FullSubmission { header, value }) = FullSubmission::decode(data) {
        let written = [FullSubmission::TYPE, bytemuck::bytes_of(&header), &value].concat();
        assert!(data.starts_with(&written), "another submission is written");
    }
    let texts = TaskMetadata::decode(data);
    if let Some(texts) = &texts {
        let mut written = Vec::new();
        let done = texts.try_serialize(&mut written);
        assert!(done.is_ok() && data.starts_with(&written), "{texts:?}");
    }
    if task.is_some() || texts.is_some() {
        show(task, texts.as_ref());
    }
    if let Some(cycle) = cycle {
        let shares = u64::from(cycle.submissions);
        let paid = cycle.equal_share().checked_mul(shares);
        assert!(paid.is_some_and(|paid| paid <= cycle.bounty), "{cycle:?}");
    }
    task.is_some() || cycle.is_some() || texts.is_some() || others.contains(&true)
}

/// The account in `data`, which is written as it was read.
fn same<T: Stored + ZeroCopy + Pod>(data: &[u8]) -> Option<T> {
    let account = T::decode(data)?;
    let written = [T::TYPE, bytemuck::bytes_of(&account)].concat();
    assert!(data.starts_with(&written), "another account is written");
    Some(account)
}

/// Shows a task, or texts of one.
fn show(task: Option<Task>, texts: Option<&TaskMetadata>) {
    let task = Keyed {
        address: Pubkey::default(),
        data: task.unwrap_or_else(bytemuck::Zeroable::zeroed),
    };
    let start = task.data.schedule.starting_slot;
    for slot in [0, start, start.saturating_add(1_000), u64::MAX] {
        let (lines, _) = outside::task(&task, texts, slot);
        lines.iter().for_each(|line| assert_one_line(line));
    }
}
