//! What instructions take in a cycle with many submissions. The accounts are written, not played:
//! the cycle, the task's totals, every single submission, and what each instruction needs beside it.

use crate::{
    case::Case,
    meter::Meter,
    sample::Samples,
    search::{self, Found},
    world::{self, NODES, STAKE},
};
use anyhow::{Context, Result};
use bytemuck::Zeroable;
use gradual_consensus::{
    rules::{
        merkle::MerkleTree,
        warming::{Electorate, StakeTimeline},
    },
    state::{Audit, Cycle, DistributionList, NodeStake, Status, Subject, Submission, Task},
};
use gradual_consensus_client::address;
use gradual_consensus_testkit::{
    tree::{self, Share},
    vm::Vm,
};
use solana_sdk::pubkey::Pubkey;

/// Submissions in the cycles that are compared.
pub const SIZES: [u32; 3] = [10, 1_000, 100_000];

/// Cases of the comparison, in the document's order.
pub const CASES: [Case; 8] = [
    Case::Submit,
    Case::Challenge,
    Case::Vote,
    Case::Upheld,
    Case::SubmitList,
    Case::Accept,
    Case::Payout100k,
    Case::PayoutEqual,
];

/// Under which case the table of instructions has the payouts of each of [`SIZES`].
pub const PAYOUTS: [Option<Case>; SIZES.len()] =
    [None, Some(Case::Payout1k), Some(Case::Payout100k)];

/// The cycle that is measured.
const CYCLE: u64 = 5;
const REVIEW: u64 = CYCLE + 1;
const LISTED: u64 = CYCLE + 2;
/// The round after the last attempt at a list.
const FAILED: u64 = LISTED + 3;
/// What each entry of a list pays, in base units.
const REWARD: u64 = 1;
/// Attempts at a list: one to come, one that is pending, one that was accepted.
const TO_COME: u8 = 0;
const PENDING: u8 = 1;
const ACCEPTED: u8 = 2;

/// Samples of [`CASES`] in a cycle with `size` submissions.
pub fn measure(binary: &[u8], size: u32) -> Result<Samples> {
    let mut crowd = Crowd::new(binary, size)?;
    crowd.measure()?;
    Ok(crowd.meter.samples)
}

/// Samples of payouts in such a cycle.
pub fn payouts(binary: &[u8], size: u32) -> Result<Samples> {
    let mut crowd = Crowd::new(binary, size)?;
    let shares = crowd.shares();
    let tree = crowd.tree(&shares);
    crowd.pay(&tree, &shares)?;
    Ok(crowd.meter.samples)
}

/// Samples of payouts from lists of one entry.
pub fn singles(binary: &[u8]) -> Result<Samples> {
    let mut crowd = Crowd::new(binary, NODES.into())?;
    crowd.pay_singles()?;
    Ok(crowd.meter.samples)
}

/// A world whose cycle has `size` submissions, some of them by its nodes.
struct Crowd {
    meter: Meter,
    size: u32,
    /// Who submitted, in the order of the list.
    members: Vec<Pubkey>,
    /// Positions among `members` of the first nodes.
    positions: Vec<u32>,
    cycle: Found,
    task: Task,
}

impl Crowd {
    fn new(binary: &[u8], size: u32) -> Result<Self> {
        let mut meter = world::begin(binary, 1)?;
        meter.samples.clear();
        let step = (size / u32::from(NODES)).max(1);
        let positions: Vec<u32> = (0..size)
            .step_by(usize::try_from(step)?)
            .take(NODES.into())
            .collect();
        let mut members: Vec<_> = (0..size).map(stranger).collect();
        for (&position, node) in positions.iter().zip(&meter.world.nodes) {
            if let Some(member) = members.get_mut(usize::try_from(position)?) {
                *member = node.pubkey();
            }
        }
        let cycle = search::cycle(&meter.world.tokens.task, CYCLE);
        let task = meter.world.task();
        let mut crowd = Self {
            meter,
            size,
            members,
            positions,
            cycle,
            task,
        };
        crowd.write()?;
        Ok(crowd)
    }

    /// Writes the task's totals, the nodes' stakes, the cycle, and every submission.
    fn write(&mut self) -> Result<()> {
        let tokens = self.meter.world.tokens;
        let nodes = u64::from(self.size.max(NODES.into()));
        let stake = nodes.saturating_mul(STAKE);
        self.task.electorate = Electorate {
            as_of_round: REVIEW,
            stake: [stake; 3],
            nodes: [nodes; 3],
        };
        self.task.total_stake = stake;
        let bounty = self.task.bounty_amount_per_round;
        self.task.bounty_available = self.task.bounty_available.saturating_sub(bounty);
        self.task.bounty_reserved = bounty;
        self.task.node_count = nodes;
        let task = self.task;
        self.vm().set_state(tokens.task, &task, &[]);
        let pot = self.task.stake_pot;
        self.vm().set_tokens(pot, tokens.mint, tokens.task, stake);
        for node in self.meter.valid().nodes {
            let found = search::node_stake(&tokens.task, &node.key);
            let state = NodeStake {
                task: tokens.task,
                node: node.key,
                payer: node.key,
                stake: StakeTimeline {
                    as_of_round: REVIEW,
                    amounts: [STAKE; 3],
                    parked: 0,
                },
                deposited: STAKE,
                open_audits: 1,
                open_challenges: 1,
                open_accounts: 1,
                bump: found.bump,
                ..NodeStake::zeroed()
            };
            self.vm().set_state(found.address, &state, &[]);
        }
        self.write_cycle(self.size);
        for position in 0..self.members.len() {
            self.write_submission(position, Status::Pending, Audit::default())?;
        }
        Ok(())
    }

    const fn vm(&mut self) -> &mut Vm {
        &mut self.meter.world.bank
    }

    fn manager(&self) -> Pubkey {
        self.meter.world.manager.pubkey()
    }

    fn write_cycle(&mut self, submissions: u32) {
        let (manager, bounty) = (self.manager(), self.task.bounty_amount_per_round);
        let state = Cycle {
            task: self.meter.world.tokens.task,
            opener: manager,
            payer: manager,
            number: CYCLE,
            bounty,
            owed: bounty,
            submissions,
            open_subjects: submissions,
            bump: self.cycle.bump,
            ..Cycle::zeroed()
        };
        let address = self.cycle.address;
        self.vm().set_state(address, &state, &[]);
    }

    fn electorate(&self) -> u64 {
        let (stake, _) = self.task.electorate.now();
        stake
    }

    fn subject(&self, author: Pubkey, window_round: u64, status: Status, audit: Audit) -> Subject {
        Subject {
            task: self.meter.world.tokens.task,
            cycle: self.cycle.address,
            author,
            payer: author,
            cycle_number: CYCLE,
            window_round,
            audit: Audit {
                electorate: self.electorate(),
                author_weight: STAKE,
                ..audit
            },
            status: status as u8,
            ..Subject::zeroed()
        }
    }

    fn write_submission(&mut self, position: usize, status: Status, audit: Audit) -> Result<()> {
        let author = *self.members.get(position).context("no such member")?;
        let found = search::submission(&self.cycle.address, &author);
        let mut state = Submission {
            subject: self.subject(author, REVIEW, status, audit),
            value_len: 32,
            ..Submission::zeroed()
        };
        state.subject.bump = found.bump;
        self.vm().set_state(found.address, &state, &[7; 32]);
        Ok(())
    }

    fn write_list(&mut self, attempt: u8, status: Status, tree: &MerkleTree, count: u32) {
        let found = search::list(&self.cycle.address, attempt);
        let mut state = DistributionList {
            subject: self.subject(self.manager(), LISTED, status, Audit::default()),
            merkle_root: tree.root(),
            total: u64::from(count).saturating_mul(REWARD),
            count,
            attempt,
            ..DistributionList::zeroed()
        };
        state.subject.bump = found.bump;
        self.vm().set_state(found.address, &state, &[]);
    }

    /// The tree of a list that pays each of these.
    fn tree(&self, shares: &[Share]) -> MerkleTree {
        tree::tree(&self.meter.world.tokens.task, CYCLE, shares)
    }

    /// What the list pays.
    fn shares(&self) -> Vec<Share> {
        let members = self.members.iter();
        members.map(|&member| (member, REWARD)).collect()
    }

    /// Measures all of [`CASES`]. Nothing is carried out, so that each finds the same cycle.
    fn measure(&mut self) -> Result<()> {
        self.meter.world.warp_to_round(REVIEW);
        self.submit()?;
        self.meter.world.warp_to_audit(REVIEW);
        self.audit()?;
        self.meter.world.warp_past_audit(REVIEW);
        self.resolve()?;
        let shares = self.shares();
        let tree = self.tree(&shares);
        self.meter.world.warp_to_last_submission(LISTED);
        self.propose(&tree, &shares)?;
        self.meter.world.warp_past_audit(LISTED);
        self.write_list(PENDING, Status::Pending, &tree, self.size);
        let finalize = self.meter.valid().finalize(CYCLE, PENDING);
        self.meter.simulate(Case::Accept, 0, finalize)?;
        self.pay(&tree, &shares)?;
        self.pay_equally()
    }

    /// Each node's submission is the last of the cycle's.
    fn submit(&mut self) -> Result<()> {
        self.write_cycle(self.size.saturating_sub(1));
        let last = self.members.len().saturating_sub(1);
        let stranger = *self.members.get(last).context("nobody")?;
        let address = address::submission(&self.cycle.address, &stranger);
        self.vm().take(address);
        for node in 0..usize::from(NODES) {
            let valid = self.meter.valid();
            let found = search::submission(&self.cycle.address, &valid.node(node));
            let submit = valid.submit(node, CYCLE, &[7; 32]);
            let kept = self.vm().take(found.address);
            self.meter
                .simulate(Case::Submit, found.attempts(), submit)?;
            self.vm().set(found.address, kept);
        }
        self.write_cycle(self.size);
        self.write_submission(last, Status::Pending, Audit::default())
    }

    /// The position among the members, and the submission, of the node that node number `voter` votes on.
    fn audited_by(&self, voter: usize) -> Result<(usize, Pubkey)> {
        let author = voter
            .saturating_add(1)
            .checked_rem(self.positions.len())
            .context("no nodes")?;
        let position = self.positions.get(author).context("no such node")?;
        let submission = self.meter.valid().submission_address(author, CYCLE);
        Ok((usize::try_from(*position)?, submission))
    }

    /// Every node challenges the submission of another, and votes on it once it is challenged.
    fn audit(&mut self) -> Result<()> {
        for voter in 0..usize::from(NODES) {
            let (position, subject) = self.audited_by(voter)?;
            let attempts = search::vote(&subject, &self.meter.valid().node(voter)).attempts();
            let open = Audit {
                challenger: self.manager(),
                weight_invalid: STAKE,
                open_votes: 1,
                ..Audit::default()
            };
            for (case, status, audit) in [
                (Case::Challenge, Status::Pending, Audit::default()),
                (Case::Vote, Status::Challenged, open),
            ] {
                self.write_submission(position, status, audit)?;
                let vote = self.meter.valid().audit(voter, subject, false);
                self.meter.simulate(case, attempts, vote)?;
            }
            self.write_submission(position, Status::Pending, Audit::default())?;
        }
        Ok(())
    }

    /// Every audit that a node opened is upheld.
    fn resolve(&mut self) -> Result<()> {
        let invalid = self.electorate();
        for challenger in 0..usize::from(NODES) {
            let (position, subject) = self.audited_by(challenger)?;
            let audit = Audit {
                challenger: self.meter.valid().node(challenger),
                weight_invalid: invalid,
                open_votes: 2,
                ..Audit::default()
            };
            self.write_submission(position, Status::Challenged, audit)?;
            let resolve = self.meter.valid().resolve(subject);
            self.meter.simulate(Case::Upheld, 0, resolve)?;
            self.write_submission(position, Status::Pending, Audit::default())?;
        }
        Ok(())
    }

    /// Every node that submitted proposes, at the end of the window, when all may.
    fn propose(&mut self, tree: &MerkleTree, shares: &[Share]) -> Result<()> {
        let proposal = tree::proposal(tree, shares);
        let attempts = search::list(&self.cycle.address, TO_COME).attempts();
        for node in 0..self.positions.len() {
            let valid = self.meter.valid();
            let list = valid.propose(node, CYCLE, TO_COME, proposal.clone());
            self.meter.simulate(Case::SubmitList, attempts, list)?;
        }
        Ok(())
    }

    fn pay(&mut self, tree: &MerkleTree, shares: &[Share]) -> Result<()> {
        self.write_list(ACCEPTED, Status::Accepted, tree, self.size);
        for index in self.positions.clone() {
            self.pay_entry(Case::Payout100k, tree, shares, index)?;
        }
        Ok(())
    }

    fn pay_entry(
        &mut self,
        case: Case,
        tree: &MerkleTree,
        shares: &[Share],
        index: u32,
    ) -> Result<()> {
        let entry = tree::entry(tree, shares, index);
        let payout = self.meter.valid().payout(CYCLE, ACCEPTED, entry);
        self.meter.simulate(case, 0, payout)
    }

    /// Pays each node that submitted its equal share, once every attempt has failed.
    fn pay_equally(&mut self) -> Result<()> {
        self.meter.world.warp_to_round(FAILED);
        for node in 0..self.positions.len() {
            let payout = self.meter.valid().payout_equal(node, CYCLE);
            self.meter.simulate(Case::PayoutEqual, 0, payout)?;
        }
        Ok(())
    }

    /// Pays each node from a list of its own.
    fn pay_singles(&mut self) -> Result<()> {
        for number in 0..self.positions.len() {
            let shares = [(self.meter.valid().node(number), REWARD)];
            let tree = self.tree(&shares);
            self.write_list(ACCEPTED, Status::Accepted, &tree, 1);
            self.pay_entry(Case::Payout1, &tree, &shares, 0)?;
        }
        Ok(())
    }
}

/// A submitter whose key nobody needs.
fn stranger(number: u32) -> Pubkey {
    let mut bytes = [9; 32];
    for (byte, digit) in bytes.iter_mut().zip(number.to_le_bytes()) {
        *byte = digit;
    }
    Pubkey::new_from_array(bytes)
}
