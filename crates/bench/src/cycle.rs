//! Whole cycles, played by 32 nodes with nothing but transactions: every instruction, as often as it
//! occurs. In every other cycle the first list is voted down.

use crate::{
    case::Case,
    search,
    world::{STAKE, World},
};
use anyhow::{Context, Result};
use gradual_consensus::{
    ListProposal,
    rules::merkle::MerkleTree,
    state::{self, AuditVote, DistributionList, NodeStake, Status, Subject, Submission, Task},
};
use gradual_consensus_client::{
    address,
    instruction::{self, Entry, TaskTokens},
};
use solana_sdk::pubkey::Pubkey;

/// Rounds from one cycle to the next: they do not overlap.
const STRIDE: u64 = 4;
/// Votes on an audit beside the challenger's.
const VOTERS: usize = 20;
/// What a list pays each node, in base units.
const REWARD: u64 = 1_000;

/// Plays everything from the first stake over `cycles` cycles to the last account's closing.
pub fn play(world: &mut World, cycles: u64) -> Result<()> {
    stake(world)?;
    for turn in 0..cycles {
        let number = turn.saturating_mul(STRIDE).saturating_add(1);
        Cycle::new(world, number, turn).play()?;
    }
    leave(world, cycles)
}

fn stake(world: &mut World) -> Result<()> {
    world.warp_to_round(0)?;
    let World {
        vm, tokens, nodes, ..
    } = world;
    for node in nodes {
        let key = node.pubkey();
        let endpoint = Some("https://node.example.org:8899".to_owned());
        let first = instruction::stake(*tokens, key, key, node.wallet, STAKE, endpoint);
        let attempts = search::node_stake(&tokens.task, &key).attempts();
        vm.send(Case::StakeFirst, attempts, first, &node.keypair)?;
        let more = instruction::stake(*tokens, key, key, node.wallet, STAKE, None);
        vm.send(Case::StakeMore, 0, more, &node.keypair)?;
        let withdraw = instruction::withdraw(*tokens, key, node.wallet, STAKE);
        vm.send(Case::Withdraw, 0, withdraw, &node.keypair)?;
    }
    Ok(())
}

fn leave(world: &mut World, cycles: u64) -> Result<()> {
    let after = cycles.saturating_add(1).saturating_mul(STRIDE);
    world.warp_to_round(after)?;
    let successor = world.create_successor()?;
    let World {
        vm,
        tokens,
        nodes,
        manager,
        ..
    } = world;
    let heirs = TaskTokens {
        task: successor,
        ..*tokens
    };
    let migrate = instruction::migrate_task(*tokens, successor, manager.pubkey());
    vm.send(Case::MigrateTask, 0, migrate, &manager.keypair)?;
    for (number, node) in nodes.iter().enumerate() {
        let key = node.pubkey();
        let attempts = search::node_stake(&successor, &key).attempts();
        let last = match number % 4 {
            // Half of the nodes go on in the successor, and half of those are there already.
            0 => {
                let migrate = instruction::migrate_stake(*tokens, successor, key, key);
                vm.send(Case::MigrateStakeFirst, attempts, migrate, &node.keypair)?;
                heirs
            }
            1 => {
                let stake = instruction::stake(heirs, key, key, node.wallet, STAKE, None);
                vm.send(Case::StakeFirst, attempts, stake, &node.keypair)?;
                let migrate = instruction::migrate_stake(*tokens, successor, key, key);
                vm.send(Case::MigrateStakeMore, 0, migrate, &node.keypair)?;
                heirs
            }
            _ => *tokens,
        };
        let address = address::node_stake(&last.task, &key);
        let all = vm.state::<NodeStake>(&address)?.stake.total();
        let withdraw = instruction::withdraw(last, key, node.wallet, all);
        vm.send(Case::Withdraw, 0, withdraw, &node.keypair)?;
        let mut left = vec![tokens.task];
        left.extend((last.task != tokens.task).then_some(last.task));
        for task in left {
            let close = instruction::close_stake(task, key, key, key);
            vm.send(Case::CloseStake, 0, close, &node.keypair)?;
        }
    }
    let (key, wallet) = (manager.pubkey(), manager.wallet);
    let deactivate = instruction::set_active(successor, key, false);
    vm.send(Case::SetActive, 0, deactivate, &manager.keypair)?;
    for address in [tokens.task, successor] {
        let task: Task = vm.state(&address)?;
        let close = instruction::close_task(address, &task, key, wallet);
        vm.send(Case::CloseTask, 0, close, &manager.keypair)?;
    }
    let close = instruction::close_config(key, key);
    let attempts = search::program_data();
    vm.send(Case::CloseConfig, attempts, close, &manager.keypair)
}

/// The three cases that votes on one subject are measured as.
struct AuditCases {
    challenge: Case,
    vote: Case,
    resolve: Case,
}

/// One cycle.
struct Cycle<'a> {
    world: &'a mut World,
    number: u64,
    /// Sets who plays which part in it.
    turn: usize,
    round: Pubkey,
    /// Every vote's voter, by subject.
    votes: Vec<(Pubkey, Pubkey)>,
    /// Every list.
    lists: Vec<Pubkey>,
}

impl<'a> Cycle<'a> {
    fn new(world: &'a mut World, number: u64, turn: u64) -> Self {
        let round = address::cycle(&world.tokens.task, number);
        Self {
            world,
            number,
            turn: usize::try_from(turn).unwrap_or_default(),
            round,
            votes: Vec::new(),
            lists: Vec::new(),
        }
    }

    fn play(mut self) -> Result<()> {
        let review = self.number.saturating_add(1);
        self.world.warp_to_round(review)?;
        self.submit()?;
        let first = self.turn.saturating_mul(4);
        self.world.warp_to_audit(review)?;
        for (author, challenger, resolve) in [
            (0, 8, Case::Upheld),
            (1, 9, Case::Dismissed),
            (2, 10, Case::Inconclusive),
        ] {
            let [author, challenger] = [author, challenger].map(|n| first.saturating_add(n));
            let subject = address::submission(&self.round, &self.node(author)?);
            self.audit(
                subject,
                challenger,
                &AuditCases {
                    challenge: Case::Challenge,
                    vote: Case::Vote,
                    resolve,
                },
            )?;
        }
        self.world.warp_past_audit(review)?;
        for author in 0..3 {
            let author = self.node(first.saturating_add(author))?;
            let subject = address::submission(&self.round, &author);
            let state = self.world.vm.state::<Submission>(&subject)?.subject;
            self.resolve(subject, &state)?;
        }

        let mut attempt = 0;
        if self.turn % 2 == 1 {
            self.propose(attempt)?;
            self.vote_down(attempt)?;
            self.finalize(Case::Reject, attempt)?;
            attempt = 1;
        }
        self.propose(attempt)?;
        self.finalize(Case::Accept, attempt)?;
        self.pay(attempt)?;
        self.close()
    }

    fn node(&self, number: usize) -> Result<Pubkey> {
        Ok(self.world.node(number)?.pubkey())
    }

    fn task(&self) -> Pubkey {
        self.world.tokens.task
    }

    /// Sends what anyone may send.
    fn crank(
        &mut self,
        case: Case,
        instruction: solana_sdk::instruction::Instruction,
    ) -> Result<()> {
        let manager = &self.world.manager;
        self.world.vm.send(case, 0, instruction, &manager.keypair)
    }

    fn submit(&mut self) -> Result<()> {
        let (task, number, round) = (self.task(), self.number, self.round);
        let World { vm, nodes, .. } = &mut *self.world;
        let mut order: Vec<_> = nodes.iter().collect();
        order.rotate_left(self.turn);
        for (position, node) in order.into_iter().enumerate() {
            let key = node.pubkey();
            let (case, length) = match position {
                0 => (Case::SubmitFirst, 32),
                1..4 => (Case::SubmitLong, 512),
                _ => (Case::Submit, 32),
            };
            let mut attempts = search::submission(&round, &key).attempts();
            if case == Case::SubmitFirst {
                attempts = attempts.saturating_add(search::round(&task, number).attempts());
            }
            let submit = instruction::submit(task, key, key, number, vec![7; length]);
            vm.send(case, attempts, submit, &node.keypair)?;
        }
        Ok(())
    }

    /// A challenge, and votes for the verdict that `cases` names.
    fn audit(&mut self, subject: Pubkey, challenger: usize, cases: &AuditCases) -> Result<()> {
        let author = self.subject(&subject)?.author;
        self.vote(cases.challenge, subject, author, challenger, false)?;
        let voters = match cases.resolve {
            Case::Inconclusive => 0,
            _ => VOTERS,
        };
        for voter in (1..=voters).map(|n| challenger.saturating_add(n)) {
            if self.node(voter)? != author {
                let is_valid = cases.resolve == Case::Dismissed;
                self.vote(cases.vote, subject, author, voter, is_valid)?;
            }
        }
        Ok(())
    }

    fn vote(
        &mut self,
        case: Case,
        subject: Pubkey,
        author: Pubkey,
        voter: usize,
        is_valid: bool,
    ) -> Result<()> {
        let (task, key) = (self.task(), self.node(voter)?);
        let audit = instruction::audit(task, subject, author, key, key, is_valid);
        let attempts = search::vote(&subject, &key).attempts();
        let keypair = self.world.node(voter)?.keypair.insecure_clone();
        self.world.vm.send(case, attempts, audit, &keypair)?;
        self.votes.push((subject, key));
        Ok(())
    }

    fn subject(&self, address: &Pubkey) -> Result<Subject> {
        let vm = &self.world.vm;
        match vm.state::<Submission>(address) {
            Ok(submission) => Ok(submission.subject),
            Err(_) => Ok(vm.state::<DistributionList>(address)?.subject),
        }
    }

    /// Resolves an audit as the case that the votes make of it.
    fn resolve(&mut self, address: Pubkey, subject: &Subject) -> Result<()> {
        let task = self.world.vm.state::<Task>(&self.task())?;
        let verdict = subject.audit.tally().verdict(task.quorum_bps);
        let case = match verdict {
            _ if self.lists.contains(&address) => Case::UpheldList,
            gradual_consensus::rules::verdict::Verdict::Upheld => Case::Upheld,
            gradual_consensus::rules::verdict::Verdict::Dismissed => Case::Dismissed,
            gradual_consensus::rules::verdict::Verdict::Inconclusive => Case::Inconclusive,
        };
        let resolve = instruction::resolve_audit(self.world.tokens, address, subject);
        self.crank(case, resolve)
    }

    /// The nodes that a list pays, in the order of their numbers.
    fn payees(&self) -> Result<Vec<Pubkey>> {
        let mut payees = Vec::new();
        for node in &self.world.nodes {
            let key = node.pubkey();
            let submission = address::submission(&self.round, &key);
            let state = self.world.vm.state::<Submission>(&submission)?;
            if state.subject.status() != Status::Invalid {
                payees.push(key);
            }
        }
        Ok(payees)
    }

    fn tree(&self, payees: &[Pubkey]) -> Result<MerkleTree> {
        let entries: Vec<_> = payees
            .iter()
            .map(|node| (node.to_bytes(), REWARD))
            .collect();
        MerkleTree::of_list(self.task().to_bytes(), self.number, &entries).context("an empty list")
    }

    fn window_round(&self, attempt: u8) -> u64 {
        self.number.saturating_add(2).saturating_add(attempt.into())
    }

    /// The first eligible node proposes that everybody whose submission stands be paid.
    fn propose(&mut self, attempt: u8) -> Result<()> {
        let window_round = self.window_round(attempt);
        self.world.warp_to_round(window_round)?;
        let task = self.world.vm.state::<Task>(&self.task())?;
        let round = self.world.vm.state::<state::Cycle>(&self.round)?;
        let payees = self.payees()?;
        let mut best: Option<(u64, usize)> = None;
        for (number, node) in self.world.nodes.iter().enumerate() {
            let key = node.pubkey();
            let submission = address::submission(&self.round, &key);
            let has_proposed = self.world.vm.state::<Submission>(&submission)?.has_proposed;
            if payees.contains(&key) && has_proposed == 0 {
                let slot = round.proposal_slot(&task, &key, attempt)?;
                best = best.min(Some((slot, number))).or(Some((slot, number)));
            }
        }
        let (slot, proposer) = best.context("nobody may propose")?;
        self.world.vm.warp_to(slot);
        let proposal = ListProposal {
            merkle_root: self.tree(&payees)?.root(),
            bounty: task.bounty_amount_per_round.min(task.bounty_available),
            total: REWARD.saturating_mul(payees.len() as u64),
            count: u32::try_from(payees.len())?,
            uri: "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi".to_owned(),
        };
        let (key, number, task) = (self.node(proposer)?, self.number, self.task());
        let list = instruction::submit_distribution_list(task, number, attempt, key, key, proposal);
        let attempts = search::list(&self.round, attempt).attempts();
        let keypair = self.world.node(proposer)?.keypair.insecure_clone();
        self.world
            .vm
            .send(Case::SubmitList, attempts, list, &keypair)?;
        self.lists.push(address::list(&self.round, attempt));
        Ok(())
    }

    /// Challenges the pending list and votes it down.
    fn vote_down(&mut self, attempt: u8) -> Result<()> {
        let window_round = self.window_round(attempt);
        self.world.warp_to_audit(window_round)?;
        let list = address::list(&self.round, attempt);
        let author = self.subject(&list)?.author;
        let mut challenger = self.turn.saturating_mul(3);
        if self.node(challenger)? == author {
            challenger = challenger.saturating_add(1);
        }
        self.audit(
            list,
            challenger,
            &AuditCases {
                challenge: Case::ChallengeList,
                vote: Case::VoteList,
                resolve: Case::UpheldList,
            },
        )?;
        self.world.warp_past_audit(window_round)?;
        let state = self.subject(&list)?;
        self.resolve(list, &state)
    }

    fn finalize(&mut self, case: Case, attempt: u8) -> Result<()> {
        let window_round = self.window_round(attempt);
        self.world.warp_past_audit(window_round)?;
        let finalize = instruction::finalize_distribution(self.task(), self.number, attempt);
        self.crank(case, finalize)
    }

    /// Pays everybody, closes the votes, and lets every other node claim and the rest compound.
    fn pay(&mut self, attempt: u8) -> Result<()> {
        let payees = self.payees()?;
        let tree = self.tree(&payees)?;
        for (index, &node) in (0u32..).zip(&payees) {
            let entry = Entry {
                node,
                index,
                amount: REWARD,
                proof: tree.proof(index).context("no such entry")?,
            };
            let payout = instruction::payout(self.task(), self.number, attempt, entry);
            self.crank(Case::Payout31, payout)?;
        }
        for (subject, voter) in std::mem::take(&mut self.votes) {
            let vote: AuditVote = self.world.vm.state(&address::vote(&subject, &voter))?;
            let close = instruction::close_vote(self.task(), &vote);
            self.crank(Case::CloseVote, close)?;
        }
        let World {
            vm, tokens, nodes, ..
        } = &mut *self.world;
        for (number, node) in nodes.iter().enumerate() {
            let key = node.pubkey();
            let stake: NodeStake = vm.state(&address::node_stake(&tokens.task, &key))?;
            if stake.available_balance == 0 {
                continue;
            }
            if number % 2 == 0 {
                let claim = instruction::claim_reward(*tokens, key, node.wallet);
                vm.send(Case::Claim, 0, claim, &node.keypair)?;
            } else {
                let compound = instruction::compound(*tokens, key);
                vm.send(Case::Compound, 0, compound, &node.keypair)?;
            }
        }
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        let submissions: Vec<_> = self
            .world
            .nodes
            .iter()
            .map(|node| address::submission(&self.round, &node.pubkey()))
            .collect();
        for address in submissions {
            let subject = self.subject(&address)?;
            let close = instruction::close_subject(address, &subject);
            self.crank(Case::CloseSubmission, close)?;
        }
        for address in std::mem::take(&mut self.lists) {
            let subject = self.subject(&address)?;
            let case = match subject.status() {
                Status::Accepted => Case::CloseList,
                _ => Case::CloseFallenList,
            };
            let close = instruction::close_subject(address, &subject);
            self.crank(case, close)?;
        }
        let round: state::Cycle = self.world.vm.state(&self.round)?;
        self.crank(Case::CloseCycle, instruction::close_cycle(&round))
    }
}
