//! What instructions take in a round with many submissions. The accounts are written, not played:
//! the round, the task's totals, every single submission, and what each instruction needs beside it.

use crate::{
    case::Case,
    sample::Samples,
    search::{self, Found},
    vm::Vm,
    world::{NODES, STAKE, World},
};
use anyhow::{Context, Result};
use bytemuck::Zeroable;
use gradual_consensus::{
    ListProposal,
    rules::{
        merkle::MerkleTree,
        warming::{Electorate, StakeTimeline},
    },
    state::{Audit, Cycle, DistributionList, NodeStake, Status, Subject, Submission, Task},
};
use gradual_consensus_client::{
    address,
    instruction::{self, Entry},
};
use solana_sdk::pubkey::Pubkey;

/// Submissions in the rounds that are compared.
pub const SIZES: [u32; 3] = [10, 1_000, 100_000];

/// Cases of the comparison, in the document's order.
pub const CASES: [Case; 7] = [
    Case::Submit,
    Case::Challenge,
    Case::Vote,
    Case::Upheld,
    Case::SubmitList,
    Case::Accept,
    Case::Payout100k,
];

/// Under which case the table of instructions has the payouts of each of [`SIZES`].
pub const PAYOUTS: [Option<Case>; SIZES.len()] =
    [None, Some(Case::Payout1k), Some(Case::Payout100k)];

/// The cycle that is measured.
const CYCLE: u64 = 5;
const REVIEW: u64 = CYCLE + 1;
const LISTED: u64 = CYCLE + 2;
/// What each entry of a list pays, in base units.
const REWARD: u64 = 1;
/// Attempts at a list: one to come, one that is pending, one that was accepted.
const TO_COME: u8 = 0;
const PENDING: u8 = 1;
const ACCEPTED: u8 = 2;

/// Samples of [`CASES`] in a round with `size` submissions.
pub fn measure(binary: &[u8], size: u32) -> Result<Samples> {
    let mut crowd = Crowd::new(binary, size)?;
    crowd.measure()?;
    Ok(crowd.world.vm.samples)
}

/// Samples of payouts in such a round.
pub fn payouts(binary: &[u8], size: u32) -> Result<Samples> {
    let mut crowd = Crowd::new(binary, size)?;
    let tree = crowd.tree(&crowd.members)?;
    crowd.pay(&tree)?;
    Ok(crowd.world.vm.samples)
}

/// Samples of payouts from lists of one entry.
pub fn singles(binary: &[u8]) -> Result<Samples> {
    let mut crowd = Crowd::new(binary, NODES.into())?;
    crowd.pay_singles()?;
    Ok(crowd.world.vm.samples)
}

/// A world whose round has `size` submissions, some of them by its nodes.
struct Crowd {
    world: World,
    size: u32,
    /// Who submitted, in the order of the list.
    members: Vec<Pubkey>,
    /// Positions among `members` of the first nodes.
    positions: Vec<u32>,
    round: Found,
    task: Task,
}

impl Crowd {
    fn new(binary: &[u8], size: u32) -> Result<Self> {
        let mut world = World::new(Vm::new(binary)?, 1)?;
        world.vm.samples.clear();
        let step = (size / u32::from(NODES)).max(1);
        let positions: Vec<u32> = (0..size)
            .step_by(usize::try_from(step)?)
            .take(NODES.into())
            .collect();
        let mut members: Vec<_> = (0..size).map(stranger).collect();
        for (&position, node) in positions.iter().zip(&world.nodes) {
            if let Some(member) = members.get_mut(usize::try_from(position)?) {
                *member = node.pubkey();
            }
        }
        let round = search::round(&world.tokens.task, CYCLE);
        let task = world.vm.state(&world.tokens.task)?;
        let mut crowd = Self {
            world,
            size,
            members,
            positions,
            round,
            task,
        };
        crowd.write()?;
        Ok(crowd)
    }

    /// Writes the task's totals, the nodes' stakes, the round, and every submission.
    fn write(&mut self) -> Result<()> {
        let tokens = self.world.tokens;
        let nodes = u64::from(self.size.max(NODES.into()));
        let stake = nodes.saturating_mul(STAKE);
        self.task.electorate = Electorate {
            as_of_round: REVIEW,
            stake: [stake; 3],
            nodes: [nodes; 3],
        };
        self.task.total_stake = stake;
        self.task.node_count = nodes;
        self.world.vm.set_state(tokens.task, &self.task, &[])?;
        self.world
            .vm
            .set_tokens(self.task.stake_pot, tokens.mint, tokens.task, stake)?;
        for number in 0..usize::from(NODES) {
            let node = self.world.node(number)?.pubkey();
            let found = search::node_stake(&tokens.task, &node);
            let state = NodeStake {
                task: tokens.task,
                node,
                payer: node,
                stake: StakeTimeline {
                    as_of_round: REVIEW,
                    amounts: [STAKE; 3],
                },
                deposited: STAKE,
                open_audits: 1,
                open_accounts: 1,
                bump: found.bump,
                ..NodeStake::zeroed()
            };
            self.world.vm.set_state(found.address, &state, &[])?;
        }
        self.write_cycle(self.size)?;
        for position in 0..self.members.len() {
            self.write_submission(position, Status::Pending, Audit::default())?;
        }
        Ok(())
    }

    fn write_cycle(&mut self, submissions: u32) -> Result<()> {
        let manager = self.world.manager.pubkey();
        let state = Cycle {
            task: self.world.tokens.task,
            opener: manager,
            payer: manager,
            number: CYCLE,
            submissions,
            open_subjects: submissions,
            bump: self.round.bump,
            ..Cycle::zeroed()
        };
        self.world.vm.set_state(self.round.address, &state, &[])
    }

    fn electorate(&self) -> u64 {
        let (stake, _) = self.task.electorate.now();
        stake
    }

    fn subject(&self, author: Pubkey, window_round: u64, status: Status, audit: Audit) -> Subject {
        Subject {
            task: self.world.tokens.task,
            cycle: self.round.address,
            author,
            payer: author,
            cycle_number: CYCLE,
            window_round,
            audit: Audit {
                electorate: self.electorate(),
                ..audit
            },
            status: status as u8,
            ..Subject::zeroed()
        }
    }

    fn write_submission(&mut self, position: usize, status: Status, audit: Audit) -> Result<()> {
        let author = *self.members.get(position).context("no such member")?;
        let found = search::submission(&self.round.address, &author);
        let mut state = Submission {
            subject: self.subject(author, REVIEW, status, audit),
            value_len: 32,
            ..Submission::zeroed()
        };
        state.subject.bump = found.bump;
        self.world.vm.set_state(found.address, &state, &[7; 32])
    }

    fn write_list(
        &mut self,
        attempt: u8,
        status: Status,
        tree: &MerkleTree,
        count: u32,
    ) -> Result<()> {
        let found = search::list(&self.round.address, attempt);
        let manager = self.world.manager.pubkey();
        let mut state = DistributionList {
            subject: self.subject(manager, LISTED, status, Audit::default()),
            merkle_root: tree.root(),
            bounty: count.into(),
            total: u64::from(count).saturating_mul(REWARD),
            count,
            attempt,
            ..DistributionList::zeroed()
        };
        state.subject.bump = found.bump;
        self.world.vm.set_state(found.address, &state, &[])
    }

    fn tree(&self, members: &[Pubkey]) -> Result<MerkleTree> {
        let list: Vec<_> = members
            .iter()
            .map(|member| (member.to_bytes(), REWARD))
            .collect();
        let task = self.world.tokens.task.to_bytes();
        MerkleTree::of_list(task, CYCLE, &list).context("an empty list")
    }

    /// Measures all of [`CASES`]. Nothing is carried out, so that each finds the same round.
    fn measure(&mut self) -> Result<()> {
        self.world.warp_to_round(REVIEW)?;
        self.submit()?;
        self.world.warp_to_audit(REVIEW)?;
        self.audit()?;
        self.world.warp_past_audit(REVIEW)?;
        self.resolve()?;
        let tree = self.tree(&self.members)?;
        self.world.warp_to_last_submission(LISTED)?;
        self.propose(&tree)?;
        self.world.warp_past_audit(LISTED)?;
        self.finalize(&tree)?;
        self.pay(&tree)
    }

    /// Each node's submission is the last of the round's.
    fn submit(&mut self) -> Result<()> {
        self.write_cycle(self.size.saturating_sub(1))?;
        let (task, round) = (self.world.tokens.task, self.round.address);
        let last = self.members.len().saturating_sub(1);
        let stranger = self.members.get(last).context("nobody")?;
        let World { vm, nodes, .. } = &mut self.world;
        vm.take(address::submission(&round, stranger))?;
        for node in nodes {
            let key = node.pubkey();
            let found = search::submission(&round, &key);
            let kept = vm.take(found.address)?;
            let submit = instruction::submit(task, key, key, CYCLE, vec![7; 32]);
            vm.simulate(Case::Submit, found.attempts(), submit, &node.keypair)?;
            vm.put(found.address, kept)?;
        }
        self.write_cycle(self.size)?;
        self.write_submission(last, Status::Pending, Audit::default())
    }

    /// The position and node number of the submission that node number `voter` votes on.
    fn audited_by(&self, voter: usize) -> Result<(usize, usize)> {
        let author = voter
            .saturating_add(1)
            .checked_rem(self.positions.len())
            .context("no nodes")?;
        let position = self.positions.get(author).context("no such node")?;
        Ok((usize::try_from(*position)?, author))
    }

    /// Every node challenges the submission of another, and votes on it once it is challenged.
    fn audit(&mut self) -> Result<()> {
        let task = self.world.tokens.task;
        for voter in 0..usize::from(NODES) {
            let (position, author) = self.audited_by(voter)?;
            let author = self.world.node(author)?.pubkey();
            let key = self.world.node(voter)?.pubkey();
            let subject = address::submission(&self.round.address, &author);
            let attempts = search::vote(&subject, &key).attempts();
            let open = Audit {
                challenger: self.world.manager.pubkey(),
                weight_invalid: STAKE,
                open_votes: 1,
                ..Audit::default()
            };
            for (case, status, audit) in [
                (Case::Challenge, Status::Pending, Audit::default()),
                (Case::Vote, Status::Challenged, open),
            ] {
                self.write_submission(position, status, audit)?;
                let vote = instruction::audit(task, subject, author, key, key, false);
                let keypair = self.world.node(voter)?.keypair.insecure_clone();
                self.world.vm.simulate(case, attempts, vote, &keypair)?;
            }
            self.write_submission(position, Status::Pending, Audit::default())?;
        }
        Ok(())
    }

    /// Every audit that a node opened is upheld.
    fn resolve(&mut self) -> Result<()> {
        let invalid = self.electorate();
        for challenger in 0..usize::from(NODES) {
            let (position, author) = self.audited_by(challenger)?;
            let author = self.world.node(author)?.pubkey();
            let audit = Audit {
                challenger: self.world.node(challenger)?.pubkey(),
                weight_invalid: invalid,
                open_votes: 2,
                ..Audit::default()
            };
            self.write_submission(position, Status::Challenged, audit)?;
            let address = address::submission(&self.round.address, &author);
            let subject = self.world.vm.state::<Submission>(&address)?.subject;
            let resolve = instruction::resolve_audit(self.world.tokens, address, &subject);
            let World { vm, manager, .. } = &mut self.world;
            vm.simulate(Case::Upheld, 0, resolve, &manager.keypair)?;
            self.write_submission(position, Status::Pending, Audit::default())?;
        }
        Ok(())
    }

    /// Every node that submitted proposes, at the end of the window, when all may.
    fn propose(&mut self, tree: &MerkleTree) -> Result<()> {
        let bounty = self
            .task
            .bounty_amount_per_round
            .min(self.task.bounty_available);
        let proposal = ListProposal {
            merkle_root: tree.root(),
            bounty,
            total: u64::from(self.size).saturating_mul(REWARD),
            count: self.size,
            uri: String::new(),
        };
        let attempts = search::list(&self.round.address, TO_COME).attempts();
        let World {
            vm, nodes, tokens, ..
        } = &mut self.world;
        for node in nodes.iter().take(self.positions.len()) {
            let key = node.pubkey();
            let list = instruction::submit_distribution_list(
                tokens.task,
                CYCLE,
                TO_COME,
                key,
                key,
                proposal.clone(),
            );
            vm.simulate(Case::SubmitList, attempts, list, &node.keypair)?;
        }
        Ok(())
    }

    fn finalize(&mut self, tree: &MerkleTree) -> Result<()> {
        self.write_list(PENDING, Status::Pending, tree, self.size)?;
        let World {
            vm,
            manager,
            tokens,
            ..
        } = &mut self.world;
        let finalize = instruction::finalize_distribution(tokens.task, CYCLE, PENDING);
        vm.simulate(Case::Accept, 0, finalize, &manager.keypair)
    }

    fn pay(&mut self, tree: &MerkleTree) -> Result<()> {
        self.write_list(ACCEPTED, Status::Accepted, tree, self.size)?;
        let positions = self.positions.clone();
        for (node, position) in positions.into_iter().enumerate() {
            self.pay_entry(Case::Payout100k, tree, node, position)?;
        }
        Ok(())
    }

    fn pay_entry(&mut self, case: Case, tree: &MerkleTree, node: usize, index: u32) -> Result<()> {
        let entry = Entry {
            node: self.world.node(node)?.pubkey(),
            index,
            amount: REWARD,
            proof: tree.proof(index).context("no such entry")?,
        };
        let World {
            vm,
            manager,
            tokens,
            ..
        } = &mut self.world;
        let payout = instruction::payout(tokens.task, CYCLE, ACCEPTED, entry);
        vm.simulate(case, 0, payout, &manager.keypair)
    }

    /// Pays each node from a list of its own.
    fn pay_singles(&mut self) -> Result<()> {
        for number in 0..self.positions.len() {
            let tree = self.tree(&[self.world.node(number)?.pubkey()])?;
            self.write_list(ACCEPTED, Status::Accepted, &tree, 1)?;
            self.pay_entry(Case::Payout1, &tree, number, 0)?;
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
