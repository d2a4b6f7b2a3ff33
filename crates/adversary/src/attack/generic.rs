//! The attacks that can be tried on any instruction.

mod accounts;
mod data;
mod derived;
mod equal;

use super::{
    Attack, Expect,
    caller::{self, BuiltinFunctionDefinition, Caller},
    fixture::{Fixture, Role, anchor},
    fixtures,
    scene::{Stage, scene},
};
use crate::arena::{Arena, key};
use anchor_lang::error::ErrorCode;
use gradual_consensus_client::books::Books;
use solana_sdk::{instruction::Instruction, pubkey::Pubkey};

/// Somebody with lamports and a token account, and nothing to do with the task.
pub fn attacker() -> Pubkey {
    key(66, 6)
}

/// A program that is neither the token program nor the system program, nor this one.
const OTHER_PROGRAM: Pubkey = caller::ID;

type Mutation = Box<dyn Fn(&mut Arena, &mut Vec<Instruction>) + Send + Sync>;

struct Try {
    fixture: &'static dyn Fixture,
    class: u8,
    name: String,
    mutate: Mutation,
    expect: Expect,
}

impl Try {
    fn into_attack(self) -> Attack {
        let Self {
            fixture,
            class,
            name,
            mutate,
            expect,
        } = self;
        let name = match fixture.variant() {
            "" => name,
            variant => format!("{variant}: {name}"),
        };
        Attack::new(class, fixture.instruction(), name, move || {
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
fn check(fixture: &dyn Fixture, mutate: &Mutation, expect: &Expect) {
    let mut honest = prepared(fixture.stage());
    let unchanged = fixture.build(&honest, 0);
    honest
        .run(std::slice::from_ref(&unchanged))
        .expect("the unchanged instruction succeeds");

    let mut arena = prepared(fixture.stage());
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

/// Every generic attack on every fixture.
pub fn attacks() -> Vec<Attack> {
    let fixtures = fixtures::all();
    let all = fixtures.into_iter().flat_map(|fixture| {
        let mut tries = vec![];
        tries.extend(signers(fixture));
        tries.extend(accounts::accounts(fixture));
        tries.extend(derived::twins(fixture));
        tries.extend(derived::created(fixture));
        tries.extend(repeated(fixture));
        tries.extend(data::data(fixture));
        tries.extend(edges(fixture));
        tries
    });
    let mut all: Vec<Attack> = all.map(Try::into_attack).collect();
    for fixture in fixtures::all() {
        all.extend(equal::equal(fixture));
    }
    all
}

fn attempt(
    fixture: &'static dyn Fixture,
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

/// Classes 1 and 2.
fn signers(fixture: &'static dyn Fixture) -> Vec<Try> {
    let mut tries = vec![];
    for (index, slot) in fixture.slots().into_iter().enumerate() {
        if !matches!(slot.role, Role::Signer | Role::Payer) {
            continue;
        }
        let unsigned = anchor(ErrorCode::AccountNotSigner);
        tries.push(attempt(fixture, 1, slot.name, unsigned, move |_, all| {
            all[0].accounts[index].is_signer = false;
        }));
        if slot.role == Role::Signer {
            tries.push(attempt(
                fixture,
                2,
                slot.name,
                slot.impostor,
                move |_, all| fixture.put(&mut all[0], index, attacker()),
            ));
        }
    }
    tries
}

/// Classes 6, 11 and 21: the same instruction twice in one transaction; and twice with the closed
/// account brought back to life in between.
fn repeated(fixture: &'static dyn Fixture) -> Vec<Try> {
    let again = fixture.again();
    let creates = fixture
        .slots()
        .iter()
        .any(|slot| slot.role == Role::Created);
    let closes = fixture
        .slots()
        .iter()
        .any(|slot| slot.role == Role::RentReceiver);
    let mut tries = vec![];
    if creates {
        tries.push(attempt(fixture, 6, "again", again.clone(), |arena, all| {
            arena.run(all).expect("the first time");
        }));
    }
    tries.push(attempt(
        fixture,
        21,
        "twice in one transaction",
        again.clone(),
        |_, all| all.push(all[0].clone()),
    ));
    if closes {
        tries.push(attempt(
            fixture,
            11,
            "lamports sent back in the same transaction",
            again,
            |_, all| {
                for meta in all[0].accounts.clone() {
                    if meta.is_writable {
                        all.push(system_transfer(attacker(), meta.pubkey, 10_000_000));
                    }
                }
                all.push(all[0].clone());
            },
        ));
    }
    tries
}

/// A transfer of lamports.
pub fn system_transfer(from: Pubkey, to: Pubkey, lamports: u64) -> Instruction {
    use solana_sdk::instruction::AccountMeta;
    let mut data = 2u32.to_le_bytes().to_vec();
    data.extend(lamports.to_le_bytes());
    Instruction {
        program_id: anchor_lang::system_program::ID,
        accounts: vec![AccountMeta::new(from, true), AccountMeta::new(to, false)],
        data,
    }
}

/// Class 18.
fn edges(fixture: &'static dyn Fixture) -> Vec<Try> {
    let honest = scene(fixture.stage());
    fixture
        .edges(&honest)
        .into_iter()
        .map(|(slot, expect)| {
            attempt(
                fixture,
                18,
                format!("at slot {slot}"),
                expect,
                move |arena, _| arena.vm.set_slot(slot),
            )
        })
        .collect()
}
