//! What a step in one task is on the program's side.

use super::sides::{Duel, Known, task_id};
use crate::{
    model::{Node, Person},
    script::{Op, Payout, Proposal, SubjectId, value},
    subject::subject_of,
};
use gradual_consensus::{
    ListProposal,
    rules::merkle::MerkleTree,
    state::{self, AuditVote, Cycle, Subject},
};
use gradual_consensus_client::{
    address,
    instruction::{self, Entry, TaskTokens},
};
use gradual_consensus_testkit::terms as testkit_terms;
use solana_sdk::{instruction::Instruction, pubkey::Pubkey};

/// What is sent in one task.
pub(super) struct Sender<'a> {
    pub(super) duel: &'a Duel,
    pub(super) tokens: TaskTokens,
    pub(super) number: usize,
    /// The terms of all tasks, those included that the same transaction creates before.
    pub(super) known: &'a Known,
}

impl Sender<'_> {
    fn key(&self, node: usize) -> Pubkey {
        self.duel.key(node)
    }

    /// Where a subject lives.
    fn address(&self, id: SubjectId) -> Pubkey {
        let task = self.tokens.task;
        match id {
            SubjectId::Submission { node, cycle } => {
                address::submission(&address::cycle(&task, cycle), &self.key(node))
            }
            SubjectId::List { cycle, attempt } => {
                address::list(&address::cycle(&task, cycle), attempt)
            }
        }
    }

    fn somebody(&self) -> Option<Node> {
        let task = self.duel.model.tasks.get(&self.number)?;
        task.stakes.keys().next().copied()
    }

    /// The subject as the program keeps it; where there is none, one that `node` might have made up.
    fn subject(&self, id: SubjectId) -> Subject {
        let address = self.address(id);
        let task = self.tokens.task;
        let (author, cycle) = match id {
            SubjectId::Submission { node, cycle } => (node, cycle),
            // Proposed in the same transaction, it may be anybody's who has a stake.
            SubjectId::List { cycle, .. } => (self.somebody().unwrap_or_default(), cycle),
        };
        let arena = &self.duel.arena;
        let found = arena
            .vm
            .account(&address)
            .and_then(|account| subject_of(&account));
        found.unwrap_or_else(|| Subject {
            task,
            cycle: address::cycle(&task, cycle),
            author: self.key(author),
            payer: self.key(author),
            ..bytemuck::Zeroable::zeroed()
        })
    }

    pub(super) fn instruction(&self, op: &Op) -> Option<Instruction> {
        let tokens = self.tokens;
        let task = tokens.task;
        let wallet = |node: usize| self.duel.wallet(node);
        let manager = self.duel.arena.manager;
        Some(match *op {
            Op::Fund { amount } => {
                instruction::fund_task(tokens, manager.key, manager.wallet, amount)
            }
            Op::Stake { node, amount } => {
                let key = self.key(node);
                instruction::stake(tokens, key, key, wallet(node), amount, None)
            }
            Op::Withdraw { node, amount } => {
                instruction::withdraw(tokens, self.key(node), wallet(node), amount)
            }
            Op::Claim { node } => instruction::claim_reward(tokens, self.key(node), wallet(node)),
            Op::Compound { node } => instruction::compound(tokens, self.key(node)),
            Op::Park { node } => instruction::park_stake(task, self.key(node)),
            Op::Resume { node } => instruction::resume_stake(task, self.key(node)),
            Op::CloseStake { node, closer } => {
                let closer = self.key(closer.unwrap_or(node));
                instruction::close_stake(task, self.key(node), self.key(node), closer)
            }
            _ => return self.working(op),
        })
    }

    /// Instructions of a cycle: submissions, audits, lists, and what is closed of them.
    fn working(&self, op: &Op) -> Option<Instruction> {
        let tokens = self.tokens;
        let task = tokens.task;
        Some(match *op {
            Op::OpenCycle { node, cycle } => {
                let key = self.key(node);
                instruction::open_cycle(task, key, key, cycle)
            }
            Op::Submit {
                node,
                cycle,
                length,
            } => {
                let key = self.key(node);
                instruction::submit(task, key, key, cycle, value(node, length))
            }
            Op::Audit {
                node,
                subject,
                valid,
            } => {
                let (key, author) = (self.key(node), self.subject(subject).author);
                instruction::audit(task, self.address(subject), author, key, key, valid)
            }
            Op::Resolve { subject } => {
                let state = self.subject(subject);
                instruction::resolve_audit(tokens, self.address(subject), &state)
            }
            Op::Propose(ref proposal) => self.propose(proposal),
            Op::Finalize { cycle, attempt } => {
                instruction::finalize_distribution(task, cycle, attempt)
            }
            Op::Payout(ref payout) => self.payout(payout),
            Op::PayoutEqual { node, cycle } => {
                instruction::payout_equal(task, cycle, self.key(node))
            }
            Op::CloseVote { subject, voter } => {
                let vote = AuditVote {
                    subject: self.address(subject),
                    voter: self.key(voter),
                    payer: self.key(voter),
                    weight: 0,
                    is_valid: 0,
                    bump: 0,
                    padding: [0; 6],
                };
                instruction::close_vote(task, &vote)
            }
            Op::CloseSubject { subject } => {
                instruction::close_subject(self.address(subject), &self.subject(subject))
            }
            Op::CloseCycle { cycle } => {
                let address = address::cycle(&task, cycle);
                let state = self
                    .duel
                    .arena
                    .find::<Cycle>(&address)
                    .unwrap_or_else(|| Cycle {
                        task,
                        number: cycle,
                        opener: self.key(0),
                        payer: self.key(0),
                        ..bytemuck::Zeroable::zeroed()
                    });
                instruction::close_cycle(&state)
            }
            _ => return self.governing(op),
        })
    }

    /// Section 9's instructions.
    fn governing(&self, op: &Op) -> Option<Instruction> {
        let key = |person: Person| self.key(person);
        let offered = |to: Option<Person>| to.map(key).unwrap_or_default();
        let (duel, tokens) = (self.duel, self.tokens);
        let people = &duel.model;
        Some(match *op {
            Op::InitializeConfig { who, manager } => {
                instruction::initialize_config(key(who), key(people.manager()), key(manager))
            }
            Op::CloseConfig { who } => instruction::close_config(key(who), key(people.manager())),
            Op::ProposeAdmin { who, to } => instruction::propose_admin(key(who), offered(to)),
            Op::AcceptAdmin { who } => instruction::accept_admin(key(who)),
            Op::SetPaused { paused, who } => {
                let who = who.unwrap_or_else(|| people.authority());
                instruction::set_paused(key(who), paused)
            }
            Op::InsertManager {
                first,
                second,
                manager,
            } => instruction::insert_manager(key(first), second.map(key), key(manager)),
            Op::RemoveManager {
                first,
                second,
                manager,
            } => instruction::remove_manager(key(first), second.map(key), key(manager)),
            Op::CreateTask { terms } => {
                let creator = key(people.creator(self.number));
                let number = task_id(self.number);
                let (mint, program) = (tokens.mint, tokens.token_program);
                let texts = testkit_terms::named("task");
                instruction::create_task(creator, number, mint, program, terms.params(), texts)
            }
            Op::AllowlistTask { who, listed } => {
                instruction::allowlist_task(tokens.task, key(who), listed)
            }
            Op::ProposeManager { who, to } => {
                instruction::propose_manager(tokens.task, key(who), offered(to))
            }
            Op::AcceptManager { who } => instruction::accept_manager(tokens.task, key(who)),
            Op::MigrateTask { who, to } => {
                instruction::migrate_task(tokens, duel.tokens(to, self.known).task, key(who))
            }
            Op::MigrateStake { node, to } => instruction::migrate_stake(
                tokens,
                duel.tokens(to, self.known).task,
                key(node),
                key(node),
            ),
            Op::CloseTask { who, destination } => {
                let named = state::Task {
                    creator: key(people.creator(self.number)),
                    mint: tokens.mint,
                    token_program: tokens.token_program,
                    ..bytemuck::Zeroable::zeroed()
                };
                let (task, destination) = (tokens.task, duel.wallet(destination));
                instruction::close_task(task, &named, key(who), destination)
            }
            Op::SetActive { active, who } => {
                let who = who.unwrap_or_else(|| people.manager());
                instruction::set_active(tokens.task, key(who), active)
            }
            _ => return None,
        })
    }

    fn tree(&self, cycle: u64, entries: &[(usize, u64)]) -> Option<MerkleTree> {
        let list = entries.iter();
        let list = list.map(|&(node, amount)| (self.key(node).to_bytes(), amount));
        MerkleTree::of_list(self.tokens.task.to_bytes(), cycle, list)
    }

    fn propose(&self, proposal: &Proposal) -> Instruction {
        let root = self
            .tree(proposal.cycle, &proposal.entries)
            .map_or([0; 32], |tree| tree.root());
        let key = self.key(proposal.node);
        let said = ListProposal {
            merkle_root: root,
            total: proposal.total,
            count: proposal.count,
            uri: String::new(),
        };
        let task = self.tokens.task;
        instruction::submit_distribution_list(
            task,
            proposal.cycle,
            proposal.attempt,
            key,
            key,
            said,
        )
    }

    fn payout(&self, payout: &Payout) -> Instruction {
        let tasks = &self.duel.model.tasks;
        let list = tasks
            .get(&self.number)
            .and_then(|task| task.cycles.get(&payout.cycle))
            .and_then(|cycle| cycle.lists.get(&payout.attempt));
        let tree = list.and_then(|list| self.tree(payout.cycle, &list.entries));
        let mut proof = tree
            .and_then(|tree| tree.proof(payout.index))
            .unwrap_or_default();
        if !payout.honest_proof {
            proof.push([7; 32]);
        }
        let entry = Entry {
            node: self.key(payout.node),
            index: payout.index,
            amount: payout.amount,
            proof,
        };
        instruction::payout(self.tokens.task, payout.cycle, payout.attempt, entry)
    }
}
