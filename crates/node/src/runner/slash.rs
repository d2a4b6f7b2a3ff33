//! What this node lost, told at once: which subject, why, and what to do.

use super::{NodeRunner, look::CycleLook};
use crate::logic::TaskLogic;
use gradual_consensus::{
    rules::verdict::{Tally, Verdict},
    state::{Cycle, Subject},
};
use gradual_consensus_client::{account::Keyed, ledger::Ledger};
use solana_sdk::pubkey::Pubkey;
use std::collections::HashMap;

/// What a node was slashed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Its submission was found invalid.
    Submission,
    /// The list that it proposed was found invalid.
    List,
    /// What it challenged was found valid.
    Challenge,
}

/// A slash of this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slash {
    /// What for.
    pub fault: Fault,
    /// The submission or list that was audited.
    pub subject: Pubkey,
    /// Its cycle.
    pub cycle: u64,
    /// The round in which it was audited.
    pub round: u64,
    /// What was lost, in base units.
    pub amount: u64,
    /// The votes.
    pub tally: Tally,
}

impl Slash {
    /// The slash of `node` that the audit of `subject`, at `address`, came to, if it did.
    fn find(node: &Pubkey, address: Pubkey, subject: &Subject, is_list: bool) -> Option<Self> {
        let audit = &subject.audit;
        let fault = match audit.verdict()? {
            Verdict::Upheld if subject.author == *node && is_list => Fault::List,
            Verdict::Upheld if subject.author == *node => Fault::Submission,
            Verdict::Dismissed if audit.challenger == *node => Fault::Challenge,
            _ => return None,
        };
        Some(Self {
            fault,
            subject: address,
            cycle: subject.cycle_number,
            round: subject.window_round,
            amount: audit.slashed,
            tally: audit.tally(),
        })
    }

    /// Why this node was slashed.
    pub fn reason(&self) -> String {
        let Tally {
            valid,
            invalid,
            electorate,
            ..
        } = self.tally;
        match self.fault {
            Fault::Submission => format!(
                "a weight of {invalid} out of {electorate} called this node's submission invalid"
            ),
            Fault::List => {
                format!("a weight of {invalid} out of {electorate} called this node's list invalid")
            }
            Fault::Challenge => {
                format!(
                    "a weight of {valid} out of {electorate} defended what this node challenged"
                )
            }
        }
    }

    /// What the operator should do.
    pub const fn advice(&self) -> &'static str {
        match self.fault {
            Fault::Submission => {
                "stop the node, and compare its logic, its data and their versions with the task's \
                 description and with other nodes before it works again"
            }
            Fault::List => {
                "stop the node or run it with --no-propose, and compare its logic's distribution with that \
                 of other nodes: amounts must agree to the last base unit"
            }
            Fault::Challenge => {
                "stop the node, and compare its logic's audit with that of other nodes: it calls invalid \
                 what they hold valid"
            }
        }
    }
}

/// The slashes that were found.
#[derive(Default)]
pub(super) struct Slashes {
    /// The subjects of those that were found, with their cycles' accounts.
    known: HashMap<Pubkey, Pubkey>,
    /// Those that no step has told yet.
    untold: Vec<Slash>,
}

impl Slashes {
    /// Forgets what belongs to no cycle of `open`.
    pub(super) fn keep(&mut self, open: &[Keyed<Cycle>]) {
        self.known
            .retain(|_, cycle| open.iter().any(|open| open.address == *cycle));
    }

    /// Those that no step has told yet.
    pub(super) fn take(&mut self) -> Vec<Slash> {
        std::mem::take(&mut self.untold)
    }

    fn look(&mut self, node: &Pubkey, cycle: &CycleLook) {
        for (address, subject) in cycle.subjects() {
            let is_list = cycle.list_at(&address).is_some();
            let Some(slash) = Slash::find(node, address, subject, is_list) else {
                continue;
            };
            if self.known.insert(address, cycle.account.address).is_none() {
                self.untold.push(slash);
            }
        }
    }
}

impl<L: Ledger, T: TaskLogic> NodeRunner<'_, L, T> {
    /// Notes what this node was slashed for in `cycle`.
    pub(super) fn look_for_slashes(&mut self, cycle: &CycleLook) {
        let node = self.node();
        self.slashes.look(&node, cycle);
    }
}
