//! One script on both sides.

use super::{
    compare::{differences, explains},
    op::{Op, Script, Terms},
    send::Sender,
};
use crate::{
    arena::{Arena, config_manager},
    model::{Fault, Model, Person, TASKS, Task},
    vm::{Refusal, upgrade_authority},
};
use gradual_consensus::GradualError;
use gradual_consensus_client::{address, instruction::TaskTokens};
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
        let (task, plain) = op.parts();
        match *plain {
            Op::Warp { slot } => {
                self.arena.vm.warp_to(slot);
                let _ = self.model.apply(op);
                None
            }
            Op::Donate { to_stake, amount } => {
                self.donate(task, to_stake, amount);
                let _ = self.model.apply(op);
                differences(self)
            }
            _ => self.send(op),
        }
    }

    /// Base units in one of the task's pots that come from nowhere; a pot that is not there gets none.
    fn donate(&mut self, task: usize, to_stake: bool, amount: u64) {
        let task = self.tokens(task).task;
        let pot = if to_stake {
            address::stake_pot(&task)
        } else {
            address::bounty_pot(&task)
        };
        if self.arena.vm.account(&pot).is_some() {
            let vm = &mut self.arena.vm;
            vm.change_tokens(pot, |account| account.amount += amount);
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
        differences(self)
    }

    /// A mangled instruction may be the right one for something else, as one that closes a round is for
    /// another round. Then that is what it does.
    fn what_it_does(&self, op: &Op, sent: &[Instruction]) -> Op {
        let Op::Mangled { op: meant, .. } = op else {
            return op.clone();
        };
        let (_, plain) = meant.parts();
        let numbers = self.model.tasks.iter();
        let mut fitting = numbers.flat_map(|(&number, task)| {
            let others = similar(plain, task).into_iter();
            others.map(move |other| other.about(number))
        });
        let found = fitting.find(|other| self.instruction(other).as_ref() == sent.first());
        found.unwrap_or_else(|| (**meant).clone())
    }

    /// Anybody's key.
    pub fn key(&self, person: Person) -> Pubkey {
        let others = [
            self.arena.manager.key,
            upgrade_authority(),
            config_manager(0),
            config_manager(1),
        ];
        match self.arena.nodes.get(person) {
            Some(node) => node.key,
            None => others[person - self.arena.nodes.len()],
        }
    }

    pub(super) fn wallet(&self, person: Person) -> Pubkey {
        let node = self.arena.nodes.get(person);
        node.unwrap_or(&self.arena.manager).wallet
    }

    /// Task number `task`, be it there or not.
    pub fn tokens(&self, task: usize) -> TaskTokens {
        TaskTokens {
            task: address::task(&self.key(self.model.creator(task)), task as u64 + 1),
            ..self.arena.tasks[0]
        }
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
        let (task, op) = op.parts();
        let sender = Sender {
            duel: self,
            tokens: self.tokens(task),
            number: task,
        };
        sender.instruction(op)
    }
}

/// What the same kind of instruction may be about in `task`, where its accounts do not say which one is
/// meant.
fn similar(op: &Op, task: &Task) -> Vec<Op> {
    let subjects = || task.subjects().map(|(id, _)| id);
    match *op {
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
        Op::CloseCycle { .. } => {
            let cycles = task.cycles.keys();
            cycles.map(|&cycle| Op::CloseCycle { cycle }).collect()
        }
        Op::SetActive { .. }
        | Op::AllowlistTask { .. }
        | Op::ProposeManager { .. }
        | Op::AcceptManager { .. } => vec![op.clone()],
        Op::MigrateTask { who, .. } => (0..TASKS).map(|to| Op::MigrateTask { who, to }).collect(),
        _ => vec![],
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
        Fault::Taken => code == 0,
    }
}
