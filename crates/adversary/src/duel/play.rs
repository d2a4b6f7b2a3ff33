//! One script on both sides.

use super::{
    compare::differences,
    refusal::{describe, explains},
    send::Sender,
    sides::{Duel, Known},
};
use crate::{
    model::{Model, TASKS, Task},
    script::{Op, Script},
};
use gradual_consensus_client::address;
use solana_sdk::instruction::Instruction;

/// Where program and model part.
#[derive(Clone, Debug)]
pub struct Divergence {
    /// Which step, from 0.
    pub step: usize,
    /// What is different.
    pub what: String,
}

impl Duel {
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
        if self.is_beyond(op) {
            return None;
        }
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
        let task = self.tokens(task, &self.model.known).task;
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
        let instructions = self.instructions(op, &mut self.model.known.clone())?;
        let did = self.effect(op, &instructions);
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

    /// What the instructions `sent` for `op` do. One with a wrong account may be the right one for another
    /// step: `close_cycle` with the account of another cycle closes that one.
    fn effect(&self, op: &Op, sent: &[Instruction]) -> Op {
        let Op::Mangled { op: meant, .. } = op else {
            return op.clone();
        };
        let (_, plain) = meant.parts();
        let numbers = self.model.tasks.iter();
        let mut fitting = numbers.flat_map(|(&number, task)| {
            let others = similar(plain, task).into_iter();
            others.map(move |other| other.about(number))
        });
        let known = &self.model.known;
        let found = fitting.find(|other| self.instruction(other, known).as_ref() == sent.first());
        found.unwrap_or_else(|| (**meant).clone())
    }

    /// Whether `op` creates a second task of a number that is in use: the program has room for both, at
    /// addresses of their own; the model has not.
    fn is_beyond(&self, op: &Op) -> bool {
        fn walk(model: &mut Model, op: &Op) -> bool {
            match op {
                Op::Together { ops } => ops.iter().any(|op| walk(model, op)),
                Op::Mangled { op, .. } => walk(model, op),
                op => {
                    let (number, plain) = op.parts();
                    let there = model.tasks.get(&number).map(|task| task.terms);
                    let is_second = matches!(
                        (plain, there),
                        (Op::CreateTask { terms }, Some(there)) if *terms != there
                    );
                    let _ = model.apply(op);
                    is_second
                }
            }
        }
        let creates = |op: &Op| matches!(op.parts().1, Op::CreateTask { .. });
        let concerns = match op {
            Op::Together { ops } => ops.iter().any(creates),
            Op::Mangled { op, .. } => creates(op),
            op => creates(op),
        };
        concerns && walk(&mut self.model.clone(), op)
    }

    /// The transaction that `op` is, where `known` are the terms of all tasks; `None` for what is none.
    fn instructions(&self, op: &Op, known: &mut Known) -> Option<Vec<Instruction>> {
        match op {
            Op::Together { ops } => {
                let mut all = vec![];
                for op in ops {
                    all.extend(self.instructions(op, known).unwrap_or_default());
                }
                (!all.is_empty()).then_some(all)
            }
            Op::Mangled {
                op,
                position,
                other,
            } => {
                let mut all = self.instructions(op, known)?;
                let accounts = self.known_accounts();
                let metas = &mut all.first_mut()?.accounts;
                let mut places: Vec<_> = metas
                    .iter_mut()
                    .filter(|meta| !meta.is_signer && accounts.contains(&meta.pubkey))
                    .collect();
                let place = position.checked_rem(places.len())?;
                places[place].pubkey = accounts[other.checked_rem(accounts.len())?];
                Some(all)
            }
            op => {
                if let (number, Op::CreateTask { terms }) = op.parts() {
                    known.insert(number, *terms);
                }
                Some(vec![self.instruction(op, known)?])
            }
        }
    }

    fn instruction(&self, op: &Op, known: &Known) -> Option<Instruction> {
        let (task, op) = op.parts();
        let sender = Sender {
            duel: self,
            tokens: self.tokens(task, known),
            number: task,
            known,
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
        Op::Park { .. } => {
            let nodes = task.stakes.keys();
            nodes.map(|&node| Op::Park { node }).collect()
        }
        Op::PayoutEqual { node, .. } => {
            let cycles = task.cycles.keys();
            cycles
                .map(|&cycle| Op::PayoutEqual { node, cycle })
                .collect()
        }
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
