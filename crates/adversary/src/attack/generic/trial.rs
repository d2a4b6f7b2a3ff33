//! One attempt of a generic attack: a fixture, and what is changed in its world and instruction.

use crate::{
    arena::{Arena, key},
    attack::{
        caller::{self, BuiltinFunctionDefinition, Caller},
        case::Attack,
        fixture::{Expect, Fixture},
        scene::{Stage, scene},
    },
};
use gradual_consensus_client::books::Books;
use solana_sdk::{instruction::Instruction, pubkey::Pubkey};

/// Somebody with lamports and a token account, and nothing to do with the task.
pub fn attacker() -> Pubkey {
    key(66, 6)
}

/// A program that is neither the token program nor the system program, nor this one.
pub(super) const OTHER_PROGRAM: Pubkey = caller::ID;

type Mutation = Box<dyn Fn(&mut Arena, &mut Vec<Instruction>) + Send + Sync>;

pub(super) struct Try {
    fixture: &'static Fixture,
    class: u8,
    name: String,
    mutate: Mutation,
    expect: Expect,
}

impl Try {
    pub(super) fn into_attack(self) -> Attack {
        let Self {
            fixture,
            class,
            name,
            mutate,
            expect,
        } = self;
        let name = fixture.named(&name);
        Attack::new(class, fixture.instruction, name, move || {
            check(fixture, &mutate, &expect);
        })
    }
}

/// The world of `stage`, with the attacker and the caller in it.
pub fn prepared(stage: Stage) -> Arena {
    let mut arena = scene(stage);
    arena.vm.give(attacker(), 1_000_000_000);
    arena.vm.add_builtin(caller::ID, Caller::register);
    arena
}

/// Tries the unchanged instruction, which must succeed, and then the changed one.
fn check(fixture: &Fixture, mutate: &Mutation, expect: &Expect) {
    let mut honest = prepared(fixture.stage);
    let unchanged = fixture.build(&honest, 0);
    honest
        .run(std::slice::from_ref(&unchanged))
        .expect("the unchanged instruction succeeds");

    let mut arena = prepared(fixture.stage);
    let mut instructions = vec![unchanged];
    mutate(&mut arena, &mut instructions);
    let before = arena.vm.everything();
    let result = arena.vm.run(&instructions);
    match expect {
        Expect::Refused(refusal) => {
            assert!(refusal.is(&result), "expected {refusal:?}, got {result:?}");
            assert!(before == arena.vm.everything(), "something changed");
        }
        Expect::Harmless(_) => {
            assert_eq!(result, Ok(()));
            for task in 0..arena.tasks.len() {
                let books = Books::read(&arena.vm, &arena.tasks[task].task).unwrap();
                let wrong = books.map(|books| books.violations());
                assert_eq!(wrong.unwrap_or_default(), Vec::<String>::new());
            }
        }
    }
}

pub(super) fn attempt(
    fixture: &'static Fixture,
    class: u8,
    name: impl Into<String>,
    expect: Expect,
    mutate: impl Fn(&mut Arena, &mut Vec<Instruction>) + Send + Sync + 'static,
) -> Try {
    Try {
        fixture,
        class,
        name: name.into(),
        mutate: Box::new(mutate),
        expect,
    }
}
