//! How far a cycle has come, and what brings it there: four nodes that staked, one of which cheats and is
//! found out.
//!
//! Round `k` begins at slot `100 + 100 k`; its submission window ends 40 slots later, its audit window
//! 80 slots later. Cycle 1 is opened in round 1, reviewed in round 2 and distributed in round 3; where no
//! list of it is accepted, it has failed in round 6.

use crate::{terms, valid::Valid};
use gradual_consensus::{ListProposal, TaskParams};
use gradual_consensus_client::{instruction, ledger::Ledger};
use solana_sdk::{instruction::Instruction, pubkey::Pubkey};

pub use crate::world::{BOUNTY, STAKE};

/// The terms of the tasks: the default ones, where stake is parked and failed cycles are paid in equal
/// shares.
pub fn params() -> TaskParams {
    TaskParams {
        idle_rounds: 3,
        equal_shares: true,
        ..terms::default_params()
    }
}

/// The cycle that everything happens in.
pub const CYCLE: u64 = 1;
/// What the list pays.
pub const SHARES: [(usize, u64); 3] = [(0, 4_000), (1, 3_000), (2, 2_000)];
/// The node whose submission falls.
pub const CHEAT: usize = 3;
/// The node whose stake is parked.
pub const IDLER: usize = 3;
/// A node that has not staked.
pub const NEWCOMER: usize = 4;
/// Whom the admin and the manager offer their parts to.
pub const PENDING: Pubkey = Pubkey::new_from_array([73; 32]);

/// How far the tasks have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Funded; nodes 0 to 3 have staked. Slot 100.
    Begun,
    /// As `Begun`, and the config is closed.
    Unconfigured,
    /// As `Begun`; a second manager of the config, and [`PENDING`] may become admin and manager.
    Offered,
    /// As `Begun`, with a third and a fourth task, which are to be the successors of the first two.
    Heirs,
    /// The first two have moved to them.
    Migrated,
    /// As `Begun`, and every node has been idle for long. Slot 500.
    Idle,
    /// The stake of node 3 is parked.
    Parked,
    /// Cycle 1 is in its work round. Slot 200.
    Working,
    /// Node 0 has opened it.
    Opened,
    /// Their stake is active; the window for cycle 1's submissions begins. Slot 300.
    Active,
    /// Node 0 has submitted.
    HandedIn,
    /// The others have submitted too; audits begin. Slot 341.
    Submitted,
    /// As `Submitted`, and no list was made: the cycle has failed. Slot 700.
    Failed,
    /// Everybody has its equal share.
    EquallyPaid,
    /// Node 0 challenges node 3.
    Challenged,
    /// Nodes 1 and 2 vote against it too, and the window is over. Slot 381.
    Voted,
    /// It was slashed. The last slot in which a list is taken, and every node's turn. Slot 440.
    Resolved,
    /// Node 0 proposed a list; its audit begins. Slot 441.
    Proposed,
    /// Node 1 challenged it, nodes 2 and 3 voted for it, and the window is over. Slot 481.
    Defended,
    /// As `Proposed`, unchallenged, and the window is over. Slot 481.
    Unchallenged,
    /// The list is accepted.
    Accepted,
    /// Everybody in it was paid.
    Paid,
    /// All votes are closed.
    Settled,
    /// Submissions and the list are closed.
    Emptied,
    /// The cycle is closed, and the nodes have taken all they have. Slot 700.
    Left,
    /// The nodes have closed their stakes, and the tasks are inactive.
    Abandoned,
}

/// What lies between a stage and the one before it.
pub struct Leg {
    /// The stage before.
    pub from: Stage,
    /// The slot of the steps.
    pub slot: u64,
    /// The slot in which the stage is reached.
    pub until: u64,
}

impl Stage {
    /// The way to this stage; the first has none.
    pub const fn leg(self) -> Option<Leg> {
        let (from, slot, until) = match self {
            Self::Begun => return None,
            Self::Unconfigured | Self::Offered | Self::Heirs => (Self::Begun, 100, 100),
            Self::Migrated => (Self::Heirs, 100, 100),
            Self::Idle => (Self::Begun, 500, 500),
            Self::Parked => (Self::Idle, 500, 500),
            Self::Working => (Self::Begun, 200, 200),
            Self::Opened => (Self::Working, 200, 200),
            Self::Active => (Self::Opened, 300, 300),
            Self::HandedIn => (Self::Active, 300, 300),
            Self::Submitted => (Self::HandedIn, 300, 341),
            Self::Failed => (Self::Submitted, 700, 700),
            Self::EquallyPaid => (Self::Failed, 700, 700),
            Self::Challenged => (Self::Submitted, 341, 341),
            Self::Voted => (Self::Challenged, 350, 381),
            Self::Resolved => (Self::Voted, 381, 440),
            Self::Proposed => (Self::Resolved, 440, 441),
            Self::Defended => (Self::Proposed, 441, 481),
            Self::Unchallenged => (Self::Proposed, 481, 481),
            Self::Accepted => (Self::Unchallenged, 481, 481),
            Self::Paid => (Self::Accepted, 481, 481),
            Self::Settled => (Self::Paid, 481, 481),
            Self::Emptied => (Self::Settled, 481, 481),
            Self::Left => (Self::Emptied, 700, 700),
            Self::Abandoned => (Self::Left, 700, 700),
        };
        Some(Leg { from, slot, until })
    }

    /// What brings one task from the stage before to this one. `successor` is the task's, where it has
    /// one.
    pub fn steps<L: Ledger>(self, valid: &Valid<L>, successor: Option<Pubkey>) -> Vec<Instruction> {
        let cheat = valid.submission_address(CHEAT, CYCLE);
        let list = valid.list_address(CYCLE, 0);
        let votes = |subject, votes: &[(usize, bool)]| {
            let votes = votes.iter();
            votes
                .map(|&(voter, is_valid)| valid.audit(voter, subject, is_valid))
                .collect()
        };
        match self {
            Self::Begun
            | Self::Unconfigured
            | Self::Heirs
            | Self::Idle
            | Self::Working
            | Self::Active
            | Self::Failed
            | Self::Unchallenged => {
                vec![]
            }
            Self::Offered => {
                let (task, manager) = (valid.tokens.task, valid.manager.key);
                vec![instruction::propose_manager(task, manager, PENDING)]
            }
            Self::Migrated => {
                let successor = successor.into_iter();
                successor.map(|to| valid.migrate_task(to)).collect()
            }
            Self::Parked => vec![valid.park(IDLER)],
            Self::Opened => vec![valid.open_cycle(0, CYCLE)],
            Self::HandedIn => vec![valid.submit(0, CYCLE, PROOF)],
            Self::EquallyPaid => (0..4).map(|node| valid.payout_equal(node, CYCLE)).collect(),
            Self::Submitted => (1..4)
                .map(|node| valid.submit(node, CYCLE, PROOF))
                .collect(),
            Self::Challenged => votes(cheat, &[(0, false)]),
            Self::Voted => votes(cheat, &[(1, false), (2, false)]),
            Self::Resolved => vec![valid.resolve(cheat)],
            Self::Proposed => vec![valid.propose(0, CYCLE, 0, listed(valid, &SHARES))],
            Self::Defended => votes(list, &[(1, false), (2, true), (3, true)]),
            Self::Accepted => vec![valid.finalize(CYCLE, 0)],
            Self::Paid => (0..3)
                .map(|index| valid.payout(CYCLE, 0, valid.entry(CYCLE, &SHARES, index)))
                .collect(),
            Self::Settled => (0..3).map(|node| valid.close_vote(cheat, node)).collect(),
            Self::Emptied => {
                let submissions = (0..4).map(|node| valid.submission_address(node, CYCLE));
                let subjects = submissions.chain([list]);
                subjects
                    .map(|subject| valid.close_subject(subject))
                    .collect()
            }
            Self::Left => [valid.close_cycle(CYCLE)]
                .into_iter()
                .chain((0..4).flat_map(|node| takings(valid, node)))
                .collect(),
            Self::Abandoned => (0..4)
                .map(|node| valid.close_stake(node))
                .chain([valid.set_active(false)])
                .collect(),
        }
    }
}

/// What the nodes submit.
pub const PROOF: &[u8] = b"proof";

/// What a proposer says of a list of [`CYCLE`].
pub fn listed<L: Ledger>(valid: &Valid<L>, entries: &[(usize, u64)]) -> ListProposal {
    ListProposal {
        uri: "list".into(),
        ..valid.proposal(CYCLE, entries)
    }
}

/// `node` takes all that is its own.
fn takings<L: Ledger>(valid: &Valid<L>, node: usize) -> Vec<Instruction> {
    let stake = valid.node_stake(node);
    let claim = (stake.available_balance > 0).then(|| valid.claim(node));
    [valid.withdraw(node, stake.stake.total())]
        .into_iter()
        .chain(claim)
        .collect()
}
