//! One script on both sides.

use super::{
    compare::{differences, explains},
    op::{Op, Payout, Proposal, Script, SubjectId, Terms, value},
};
use crate::{
    arena::Arena,
    model::{Fault, Model},
    vm::{Refusal, upgrade_authority},
};
use gradual_consensus::{
    GradualError, ListProposal,
    rules::merkle::MerkleTree,
    state::{AuditVote, Round, Subject},
};
use gradual_consensus_client::{
    address,
    instruction::{self, Entry},
};
use solana_sdk::{instruction::Instruction, pubkey::Pubkey};
use std::collections::BTreeMap;

/// Where program and model part.
#[derive(Clone, Debug)]
pub struct Divergence {
    /// Which step, from 0.
    pub step: usize,
    /// What is different.
    pub what: String,
}

/// How often which kind of step came to what.
pub type Tally = BTreeMap<(&'static str, String), u64>;

/// The program and the model side by side.
pub struct Duel {
    /// The program's side.
    pub arena: Arena,
    /// The model's side.
    pub model: Model,
    /// What came of the steps so far.
    pub tally: Tally,
}

impl Duel {
    /// Both sides before the first step: a task nobody has funded.
    pub fn new(terms: Terms) -> Self {
        let mut arena = Arena::new(terms.seed, terms.nodes, terms.wallet);
        arena.create_task(terms.params());
        let keys = arena.nodes.iter().map(|node| node.key.to_bytes()).collect();
        let model = Model::new(terms, keys, arena.vm.slot());
        Self {
            arena,
            model,
            tally: Tally::new(),
        }
    }

    /// Plays a whole script; the first divergence, if there is one.
    pub fn play(script: &Script) -> Option<Divergence> {
        Self::new(script.terms).play_on(&script.steps)
    }

    /// Plays these steps from here on.
    pub fn play_on(&mut self, steps: &[Op]) -> Option<Divergence> {
        steps.iter().enumerate().find_map(|(step, op)| {
            let what = self.step(op)?;
            Some(Divergence { step, what })
        })
    }

    /// Does `op` on both sides; says what is different afterwards, if anything is.
    pub fn step(&mut self, op: &Op) -> Option<String> {
        match *op {
            Op::Warp { slot } => {
                self.arena.vm.warp_to(slot);
                let _ = self.model.apply(op);
                None
            }
            Op::Donate { to_stake, amount } => {
                let task = self.arena.tasks[0].task;
                let pot = if to_stake {
                    address::stake_pot(&task)
                } else {
                    address::bounty_pot(&task)
                };
                self.arena
                    .vm
                    .change_tokens(pot, |account| account.amount += amount);
                let _ = self.model.apply(op);
                differences(&self.arena, &self.model)
            }
            _ => self.send(op),
        }
    }

    fn send(&mut self, op: &Op) -> Option<String> {
        let instructions = self.instructions(op)?;
        let did = self.what_it_does(op, &instructions);
        let before = self.arena.vm.named(&instructions);
        let result = self.arena.vm.run(&instructions);
        let outcome = match &result {
            Ok(()) => "done".to_owned(),
            Err(refusal) => describe(refusal),
        };
        *self.tally.entry((op.name(), outcome)).or_default() += 1;
        if let Err(refusal) = result {
            if before != self.arena.vm.named(&instructions) {
                return Some(format!("{op:?} was refused and changed something"));
            }
            if matches!(op, Op::Mangled { .. }) {
                return None;
            }
            let mut model = self.model.clone();
            return match model.apply(op) {
                Ok(()) => Some(format!("the program refuses {op:?}: {refusal:?}")),
                Err(faults) if explains(&refusal, &faults) => None,
                Err(faults) => Some(format!(
                    "the program refuses {op:?}: {}, the model: {faults:?}",
                    describe(&refusal)
                )),
            };
        }
        if let Err(faults) = self.model.apply(&did) {
            return Some(format!("the program does {op:?}, the model: {faults:?}"));
        }
        differences(&self.arena, &self.model)
    }

    /// A mangled instruction may be the right one for something else, as one that closes a round is for
    /// another round. Then that is what it does.
    fn what_it_does(&self, op: &Op, sent: &[Instruction]) -> Op {
        let Op::Mangled { op: meant, .. } = op else {
            return op.clone();
        };
        let subjects = || self.model.subjects().map(|(id, _)| id);
        let others: Vec<Op> = match **meant {
            Op::Resolve { .. } => subjects().map(|subject| Op::Resolve { subject }).collect(),
            Op::CloseSubject { .. } => subjects()
                .map(|subject| Op::CloseSubject { subject })
                .collect(),
            Op::Audit { node, valid, .. } => subjects()
                .map(|subject| Op::Audit {
                    node,
                    subject,
                    valid,
                })
                .collect(),
            Op::CloseRound { .. } => {
                let cycles = self.model.cycles.keys();
                cycles.map(|&cycle| Op::CloseRound { cycle }).collect()
            }
            _ => vec![],
        };
        let mut fitting = others
            .into_iter()
            .filter(|other| self.instruction(other).as_ref() == sent.first());
        fitting.next().unwrap_or_else(|| (**meant).clone())
    }

    fn key(&self, node: usize) -> Pubkey {
        self.arena.nodes[node].key
    }

    /// Where a subject lives.
    pub fn address(&self, id: SubjectId) -> Pubkey {
        let task = self.arena.tasks[0].task;
        match id {
            SubjectId::Submission { node, cycle } => {
                address::submission(&address::round(&task, cycle), &self.key(node))
            }
            SubjectId::List { cycle, attempt } => {
                address::list(&address::round(&task, cycle), attempt)
            }
        }
    }

    /// The subject as the program keeps it; where there is none, one that `node` might have made up.
    fn subject(&self, id: SubjectId) -> Subject {
        let address = self.address(id);
        let task = self.arena.tasks[0].task;
        let (author, cycle) = match id {
            SubjectId::Submission { node, cycle } => (node, cycle),
            SubjectId::List { cycle, .. } => (0, cycle),
        };
        let found = self
            .arena
            .vm
            .account(&address)
            .and_then(|account| crate::attack::subject_of(&account));
        found.unwrap_or_else(|| Subject {
            task,
            round: address::round(&task, cycle),
            author: self.key(author),
            payer: self.key(author),
            ..bytemuck::Zeroable::zeroed()
        })
    }

    /// The transaction that `op` is; `None` for what is none.
    fn instructions(&self, op: &Op) -> Option<Vec<Instruction>> {
        match op {
            Op::Together { ops } => {
                let all: Vec<_> = ops.iter().filter_map(|op| self.instructions(op)).collect();
                let all = all.concat();
                (!all.is_empty()).then_some(all)
            }
            Op::Mangled {
                op,
                position,
                other,
            } => {
                let mut all = self.instructions(op)?;
                let known = self.known_accounts();
                let metas = &mut all.first_mut()?.accounts;
                let mut places: Vec<_> = metas
                    .iter_mut()
                    .filter(|meta| !meta.is_signer && known.contains(&meta.pubkey))
                    .collect();
                let place = position.checked_rem(places.len())?;
                places[place].pubkey = known[other.checked_rem(known.len())?];
                Some(all)
            }
            op => Some(vec![self.instruction(op)?]),
        }
    }

    /// Every account of the program.
    fn known_accounts(&self) -> Vec<Pubkey> {
        use gradual_consensus_client::ledger::Ledger;
        let all = self
            .arena
            .vm
            .program_accounts(&[], None)
            .unwrap_or_default();
        all.into_iter().map(|(address, _)| address).collect()
    }

    fn instruction(&self, op: &Op) -> Option<Instruction> {
        let tokens = self.arena.tasks[0];
        let task = tokens.task;
        let wallet = |node: usize| self.arena.nodes[node].wallet;
        let manager = self.arena.manager;
        Some(match *op {
            Op::Warp { .. } | Op::Donate { .. } | Op::Together { .. } | Op::Mangled { .. } => {
                return None;
            }
            Op::Fund { amount } => {
                instruction::fund_task(tokens, manager.key, manager.wallet, amount)
            }
            Op::SetActive { active } => instruction::set_active(task, manager.key, active),
            Op::Stake { node, amount } => {
                let key = self.key(node);
                instruction::stake(tokens, key, key, wallet(node), amount, None)
            }
            Op::Withdraw { node, amount } => {
                instruction::withdraw(tokens, self.key(node), wallet(node), amount)
            }
            Op::Claim { node } => instruction::claim_reward(tokens, self.key(node), wallet(node)),
            Op::Compound { node } => instruction::compound(tokens, self.key(node)),
            Op::CloseStake { node, closer } => {
                let closer = self.key(closer.unwrap_or(node));
                instruction::close_stake(task, self.key(node), self.key(node), closer)
            }
            Op::SetPaused { paused } => instruction::set_paused(upgrade_authority(), paused),
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
            Op::CloseRound { cycle } => {
                let address = address::round(&task, cycle);
                let state = self.arena.find::<Round>(&address).unwrap_or_else(|| Round {
                    task,
                    number: cycle,
                    opener: self.key(0),
                    payer: self.key(0),
                    ..bytemuck::Zeroable::zeroed()
                });
                instruction::close_round(&state)
            }
        })
    }

    fn tree(&self, cycle: u64, entries: &[(usize, u64)]) -> Option<MerkleTree> {
        let list: Vec<_> = entries
            .iter()
            .map(|&(node, amount)| (self.key(node).to_bytes(), amount))
            .collect();
        MerkleTree::of_list(self.arena.tasks[0].task.to_bytes(), cycle, &list)
    }

    fn propose(&self, proposal: &Proposal) -> Instruction {
        let root = self
            .tree(proposal.cycle, &proposal.entries)
            .map_or([0; 32], |tree| tree.root());
        let key = self.key(proposal.node);
        let said = ListProposal {
            merkle_root: root,
            bounty: proposal.bounty,
            total: proposal.total,
            count: proposal.count,
            uri: String::new(),
        };
        let task = self.arena.tasks[0].task;
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
        let list = self
            .model
            .cycles
            .get(&payout.cycle)
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
        instruction::payout(
            self.arena.tasks[0].task,
            payout.cycle,
            payout.attempt,
            entry,
        )
    }
}

/// A refusal in words.
pub fn describe(refusal: &Refusal) -> String {
    let Refusal::Custom(code) = refusal else {
        return format!("{refusal:?}");
    };
    match code
        .checked_sub(anchor_lang::error::ERROR_CODE_OFFSET)
        .and_then(GradualError::from_repr)
    {
        Some(error) => format!("{error:?}"),
        None => format!("code {code}"),
    }
}

/// Whether the model's fault is the program's error.
pub(super) fn is_same(refusal: &Refusal, fault: Fault) -> bool {
    use anchor_lang::error::ErrorCode;
    let Refusal::Custom(code) = *refusal else {
        return false;
    };
    match fault {
        Fault::Rule(error) => code == u32::from(error),
        Fault::Missing => [
            ErrorCode::AccountOwnedByWrongProgram,
            ErrorCode::AccountNotInitialized,
        ]
        .into_iter()
        .any(|expected| code == u32::from(expected)),
        Fault::Poor => code == 1,
    }
}
