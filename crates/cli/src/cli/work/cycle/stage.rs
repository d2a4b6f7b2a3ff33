//! How far a cycle has come, as its command says it.

use super::past::Past;
use crate::cli::{
    amount,
    session::{FoundTask, Session},
};
use gradual_consensus::state::{Cycle, Task};
use gradual_consensus_client::stage::Stage;

/// How far a cycle has come. What became of one without an account is known as far as the cluster's history
/// is.
#[derive(Clone, Copy)]
pub(super) enum Found {
    /// The ledger says it.
    Shown(Stage),
    /// It has no account.
    Gone(Past),
}

impl Found {
    /// Of cycle `number` at `slot`, whose account is `cycle`, if it has one.
    pub(super) fn of(
        session: &Session,
        task: &FoundTask,
        number: u64,
        cycle: Option<&Cycle>,
        slot: u64,
    ) -> Self {
        match Stage::of(&task.data, number, cycle, slot) {
            Stage::Gone => Self::Gone(Past::find(session, task, number)),
            stage => Self::Shown(stage),
        }
    }

    /// For programs.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Gone(past) => past.name(),
            Self::Shown(stage) => stage.name(),
        }
    }

    /// For people.
    pub(super) fn text(self, task: &Task) -> String {
        let stage = match self {
            Self::Gone(past) => return past.text(),
            Self::Shown(stage) => stage,
        };
        match stage {
            Stage::Ahead => "its work round is still to come".into(),
            Stage::NotOpen => {
                "not open: gradual cycle open opens it, in the first slots of this round".into()
            }
            Stage::Gone => Past::Unknown.text(),
            Stage::Work => "nodes work".into(),
            Stage::Review => "submissions are made and audited".into(),
            Stage::List(attempt) => format!("no list yet, attempt {attempt} is under way"),
            Stage::ListPending => "a list is proposed".into(),
            Stage::Accepted(attempt) => format!("the list of attempt {attempt} is accepted"),
            Stage::FailedEqual(share) => format!(
                "FAILED: no list was accepted; {} for each standing submission: gradual payout --all",
                amount::show(share, task)
            ),
            Stage::Failed => {
                "FAILED: no list was accepted, nothing more is paid; its accounts can be closed"
                    .into()
            }
            Stage::Settled => "settled: its accounts can be closed".into(),
        }
    }
}
