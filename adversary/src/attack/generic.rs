//! The attacks that can be tried on any instruction.

use super::{
    Attack, Expect,
    caller::{self, BuiltinFunctionDefinition, Caller, Mode},
    fixture::{Fixture, Role, anchor, native, rule, token},
    fixtures,
    scene::{Stage, scene},
};
use crate::arena::{Arena, key};
use anchor_lang::{Discriminator, error::ErrorCode};
use gradual_consensus::GradualError as E;
use gradual_consensus_client::{address, books::Books, ledger::Ledger};
use solana_sdk::{
    account::Account,
    instruction::{Instruction, InstructionError},
    pubkey::Pubkey,
};
use std::collections::BTreeMap;

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
                let wrong = Books::read(&arena.vm, &arena.tasks[task].task)
                    .unwrap()
                    .unwrap()
                    .violations();
                assert_eq!(wrong, Vec::<String>::new());
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
        tries.extend(accounts(fixture));
        tries.extend(twins(fixture));
        tries.extend(created(fixture));
        tries.extend(repeated(fixture));
        tries.extend(data(fixture));
        tries.extend(edges(fixture));
        tries
    });
    let mut all: Vec<Attack> = all.map(Try::into_attack).collect();
    for fixture in fixtures::all() {
        all.extend(equal(fixture));
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

/// Classes 3, 4, 5, 7, 10, 12, 13, 14 and 39: one account is another.
fn accounts(fixture: &'static dyn Fixture) -> Vec<Try> {
    let mut tries = vec![];
    let honest = scene(fixture.stage());
    let (here, there) = (fixture.build(&honest, 0), fixture.build(&honest, 1));
    let slots = fixture.slots();
    assert_eq!(
        here.accounts.len(),
        slots.len(),
        "{} has other accounts than its fixture says",
        fixture.instruction()
    );
    for (index, slot) in slots.into_iter().enumerate() {
        let name = slot.name;
        let put = move |other: Pubkey| {
            move |_: &mut Arena, all: &mut Vec<Instruction>| {
                all[0].accounts[index].pubkey = other;
            }
        };
        let meta = &here.accounts[index];
        let foreign = there.accounts[index].pubkey;
        if meta.pubkey != foreign {
            tries.push(attempt(
                fixture,
                3,
                name,
                slot.foreign.clone(),
                move |_, all| fixture.put(&mut all[0], index, foreign),
            ));
        }
        if meta.is_writable {
            tries.push(attempt(
                fixture,
                14,
                name,
                slot.readonly.clone(),
                move |_, all| all[0].accounts[index].is_writable = false,
            ));
        }
        match slot.role {
            Role::Pot | Role::Mint | Role::Tokens => {
                tries.push(attempt(
                    fixture,
                    4,
                    name,
                    slot.fake.clone(),
                    move |arena, all| {
                        let real = arena.vm.account(&all[0].accounts[index].pubkey);
                        let real = real.expect("an account");
                        arena.vm.set_data(key(67, 7), OTHER_PROGRAM, real.data);
                        all[0].accounts[index].pubkey = key(67, 7);
                    },
                ));
            }
            Role::State => {
                tries.push(attempt(
                    fixture,
                    4,
                    name,
                    slot.fake.clone(),
                    move |arena, all| {
                        let address = all[0].accounts[index].pubkey;
                        disown(arena, address);
                    },
                ));
            }
            Role::Created => {
                tries.push(attempt(
                    fixture,
                    4,
                    name,
                    slot.fake.clone(),
                    move |arena, all| {
                        let address = all[0].accounts[index].pubkey;
                        arena.vm.set_data(address, OTHER_PROGRAM, vec![0; 64]);
                    },
                ));
            }
            _ => (),
        }
        if slot.role == Role::State {
            for (kind, other) in others(&honest, &meta.pubkey) {
                if name == "subject" && matches!(kind, "submission" | "list") {
                    continue; // Either is a subject.
                }
                tries.push(attempt(
                    fixture,
                    5,
                    format!("{name} is a {kind}"),
                    slot.cosplay.clone(),
                    move |_, all| fixture.put(&mut all[0], index, other),
                ));
            }
        }
        match slot.role {
            Role::TokenProgram => {
                let fake = anchor(ErrorCode::InvalidProgramId);
                tries.push(attempt(fixture, 7, name, fake, put(OTHER_PROGRAM)));
                let expect = if fixture.instruction() == "create_task" {
                    anchor(ErrorCode::InvalidProgramId)
                } else {
                    anchor(ErrorCode::ConstraintHasOne)
                };
                let token_2022 = spl_token_2022();
                tries.push(attempt(fixture, 39, "Token-2022", expect, put(token_2022)));
            }
            Role::SystemProgram => {
                let fake = anchor(ErrorCode::InvalidProgramId);
                tries.push(attempt(fixture, 7, name, fake, put(OTHER_PROGRAM)));
            }
            Role::Sysvar => {
                let fake = anchor(ErrorCode::ConstraintAddress);
                tries.push(attempt(fixture, 13, name, fake, move |arena, all| {
                    let real = arena.vm.account(&all[0].accounts[index].pubkey).unwrap();
                    arena
                        .vm
                        .set_data(key(67, 7), OTHER_PROGRAM, real.data.clone());
                    all[0].accounts[index].pubkey = key(67, 7);
                }));
                let other = anchor(ErrorCode::ConstraintAddress);
                let clock = solana_sdk::sysvar::clock::ID;
                tries.push(attempt(fixture, 13, "another sysvar", other, put(clock)));
            }
            Role::RentReceiver => {
                let thief = rule(E::WrongRentPayer);
                tries.push(attempt(fixture, 12, name, thief, put(attacker())));
            }
            Role::Pot => {
                let task = honest.tasks[0].task;
                let (stake, bounty) = (address::stake_pot(&task), address::bounty_pot(&task));
                let other = if meta.pubkey == stake { bounty } else { stake };
                let expect = slot.foreign.clone();
                tries.push(attempt(
                    fixture,
                    10,
                    format!("{name} is the task's other pot"),
                    expect.clone(),
                    put(other),
                ));
                tries.push(attempt(
                    fixture,
                    10,
                    format!("{name} is another account of the task's authority"),
                    expect,
                    move |arena, all| {
                        let task = arena.tasks[0].task;
                        arena.vm.set_tokens(key(68, 8), arena.mint, task, 1_000_000);
                        all[0].accounts[index].pubkey = key(68, 8);
                    },
                ));
                tries.push(attempt(
                    fixture,
                    39,
                    format!("{name} of another mint"),
                    slot.foreign.clone(),
                    move |arena, all| {
                        arena.vm.set_mint(key(69, 9), attacker(), None);
                        let task = arena.tasks[0].task;
                        arena.vm.set_tokens(key(68, 8), key(69, 9), task, 1_000_000);
                        all[0].accounts[index].pubkey = key(68, 8);
                    },
                ));
            }
            Role::Mint if fixture.instruction() != "create_task" => {
                tries.push(attempt(
                    fixture,
                    39,
                    name,
                    slot.foreign.clone(),
                    move |arena, all| {
                        arena.vm.set_mint(key(69, 9), attacker(), None);
                        all[0].accounts[index].pubkey = key(69, 9);
                    },
                ));
            }
            Role::Tokens => {
                tries.push(attempt(
                    fixture,
                    39,
                    format!("{name} of another mint"),
                    token(3),
                    move |arena, all| {
                        let signer = all[0].accounts[0].pubkey;
                        arena.vm.set_mint(key(69, 9), attacker(), None);
                        arena
                            .vm
                            .set_tokens(key(68, 8), key(69, 9), signer, 1_000_000);
                        all[0].accounts[index].pubkey = key(68, 8);
                    },
                ));
                let expect = native(InstructionError::InvalidAccountData);
                tries.push(attempt(
                    fixture,
                    39,
                    format!("{name} is no token account"),
                    expect,
                    put(honest.mint),
                ));
            }
            _ => (),
        }
    }
    tries
}

/// The Token-2022 program.
const fn spl_token_2022() -> Pubkey {
    Pubkey::from_str_const("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb")
}

/// The same bytes under another owner.
fn disown(arena: &mut Arena, address: Pubkey) {
    let account = arena.vm.account(&address).expect("an account");
    let fake = Account {
        owner: OTHER_PROGRAM,
        ..account
    };
    arena.vm.set(address, Some(fake));
}

/// One account of each other kind of the program's, all of the first task.
fn others(arena: &Arena, address: &Pubkey) -> Vec<(&'static str, Pubkey)> {
    use gradual_consensus::state::{
        AuditVote, DistributionList, NodeStake, Round, Submission, Task, TaskMetadata,
    };
    let kinds: [(&'static str, &[u8]); 7] = [
        ("task", Task::DISCRIMINATOR),
        ("metadata", TaskMetadata::DISCRIMINATOR),
        ("stake", NodeStake::DISCRIMINATOR),
        ("round", Round::DISCRIMINATOR),
        ("submission", Submission::DISCRIMINATOR),
        ("list", DistributionList::DISCRIMINATOR),
        ("vote", AuditVote::DISCRIMINATOR),
    ];
    let all = arena.vm.program_accounts(&[]).unwrap();
    let own = arena
        .vm
        .account(address)
        .map(|account| account.data[..8].to_vec());
    kinds
        .into_iter()
        .filter(|(_, discriminator)| own.as_deref() != Some(discriminator))
        .filter_map(|(kind, discriminator)| {
            let mut of_kind = all
                .iter()
                .filter(|(_, account)| account.data.starts_with(discriminator));
            of_kind.next().map(|(address, _)| (kind, *address))
        })
        .collect()
}

/// Class 8.
fn twins(fixture: &'static dyn Fixture) -> Vec<Try> {
    let position = |name: &str| {
        let slots = fixture.slots();
        slots
            .iter()
            .position(|slot| slot.name == name)
            .expect("an account of the fixture")
    };
    fixture
        .twins()
        .into_iter()
        .map(|(first, second, expect)| {
            let (from, to) = (position(first), position(second));
            let name = format!("{second} is the {first}");
            attempt(fixture, 8, name, expect, move |_, all| {
                all[0].accounts[to].pubkey = all[0].accounts[from].pubkey;
            })
        })
        .collect()
}

/// Class 9: an address with the same seeds and another bump.
fn created(fixture: &'static dyn Fixture) -> Vec<Try> {
    let honest = scene(fixture.stage());
    let here = fixture.build(&honest, 0);
    let mut tries = vec![];
    for (index, slot) in fixture.slots().into_iter().enumerate() {
        if slot.role == Role::Created {
            let address = here.accounts[index].pubkey;
            let seeds = seeds_of(&here, &address);
            let other = (0..=u8::MAX)
                .rev()
                .filter_map(|bump| {
                    let mut parts: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
                    let bump = [bump];
                    parts.push(&bump);
                    Pubkey::create_program_address(&parts, &gradual_consensus::ID).ok()
                })
                .nth(1)
                .expect("a second bump");
            tries.push(attempt(
                fixture,
                9,
                slot.name,
                slot.foreign.clone(),
                move |_, all| fixture.put(&mut all[0], index, other),
            ));
        }
    }
    tries
}

/// The seeds of `address`, found among what the instruction names.
fn seeds_of(instruction: &Instruction, address: &Pubkey) -> Vec<Vec<u8>> {
    use gradual_consensus as p;
    let numbers = (0..=3u64)
        .chain(10..=11)
        .map(|number| number.to_le_bytes().to_vec())
        .chain((0..=2u8).map(|number| vec![number]))
        .chain([vec![]]);
    let numbers: Vec<_> = numbers.collect();
    let keys: Vec<Vec<u8>> = instruction
        .accounts
        .iter()
        .map(|meta| meta.pubkey.to_bytes().to_vec())
        .collect();
    let kinds = [
        p::TASK_SEED,
        p::METADATA_SEED,
        p::STAKE_POT_SEED,
        p::BOUNTY_POT_SEED,
        p::STAKE_SEED,
        p::ROUND_SEED,
        p::SUBMISSION_SEED,
        p::LIST_SEED,
        p::VOTE_SEED,
    ];
    for kind in kinds {
        for first in &keys {
            for second in numbers.iter().chain(&keys) {
                let mut seeds = vec![kind.to_vec(), first.clone(), second.clone()];
                seeds.retain(|seed| !seed.is_empty());
                let parts: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
                if Pubkey::find_program_address(&parts, &gradual_consensus::ID).0 == *address {
                    return seeds;
                }
            }
        }
    }
    panic!("{address} is derived from nothing that the instruction names")
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

/// Class 15.
fn data(fixture: &'static dyn Fixture) -> Vec<Try> {
    let none = anchor(ErrorCode::InstructionFallbackNotFound);
    let mut tries = vec![
        attempt(fixture, 15, "no data", none.clone(), |_, all| {
            all[0].data.clear();
        }),
        attempt(fixture, 15, "part of a discriminator", none, |_, all| {
            all[0].data.truncate(7)
        }),
        attempt(
            fixture,
            15,
            "one byte short",
            fixture.truncated(),
            |_, all| {
                all[0].data.pop();
            },
        ),
    ];
    for at in fixture.lengths().into_iter().filter(|&at| at > 0) {
        let beyond = anchor(ErrorCode::InstructionDidNotDeserialize);
        for (name, length, expect) in [
            ("longest", u32::MAX, fixture.longest()),
            ("beyond the end", 10_000, beyond),
        ] {
            tries.push(attempt(
                fixture,
                15,
                format!("length {name}"),
                expect,
                move |_, all| {
                    all[0].data[at..at + 4].copy_from_slice(&length.to_le_bytes());
                },
            ));
        }
    }
    tries
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

/// Classes 16, 17 and 45: what must make no difference at all.
fn equal(fixture: &'static dyn Fixture) -> Vec<Attack> {
    let named = |name: &str| match fixture.variant() {
        "" => name.to_owned(),
        variant => format!("{variant}: {name}"),
    };
    let instruction = fixture.instruction();
    let mut attacks = vec![];
    let creates = fixture
        .slots()
        .iter()
        .any(|slot| slot.role == Role::Created);
    if creates {
        for (name, lamports) in [("one lamport", 1), ("many lamports", 5_000_000_000)] {
            attacks.push(Attack::new(16, instruction, named(name), move || {
                compare(fixture, |arena, all| {
                    for (meta, slot) in all[0].accounts.clone().iter().zip(fixture.slots()) {
                        if slot.role == Role::Created {
                            arena.vm.give(meta.pubkey, lamports);
                        }
                    }
                });
            }));
        }
    }
    attacks.push(Attack::new(
        15,
        instruction,
        named("bytes at the end"),
        move || {
            compare(fixture, |_, all| all[0].data.extend([255; 64]));
        },
    ));
    attacks.push(Attack::new(
        17,
        instruction,
        named("tokens to the pots"),
        move || {
            compare(fixture, |arena, _| {
                let task = arena.tasks[0].task;
                for pot in [address::stake_pot(&task), address::bounty_pot(&task)] {
                    arena
                        .vm
                        .change_tokens(pot, |account| account.amount += 7_777);
                }
            });
        },
    ));
    attacks.push(Attack::new(
        17,
        instruction,
        named("lamports to every account"),
        move || {
            compare(fixture, |arena, all| {
                for meta in all[0].accounts.clone() {
                    if arena
                        .vm
                        .account(&meta.pubkey)
                        .is_some_and(|one| !one.executable)
                    {
                        arena.vm.give(meta.pubkey, 123_456);
                    }
                }
            });
        },
    ));
    attacks.push(Attack::new(
        45,
        instruction,
        named("called by a program"),
        move || {
            compare(fixture, |_, all| {
                all[0] = caller::wrap(&all[0], Mode::Pass);
            });
        },
    ));
    let signs = |role: Role| matches!(role, Role::Signer | Role::Payer);
    if fixture.slots().iter().any(|slot| signs(slot.role)) {
        let forge = attempt(
            fixture,
            45,
            "a program forges the signature",
            native(InstructionError::PrivilegeEscalation),
            |_, all| all[0] = caller::wrap(&all[0], Mode::Forge),
        );
        attacks.push(forge.into_attack());
    }
    attacks
}

/// Does the instruction with and without `change` before it: the program's accounts must hold the
/// same bytes afterwards, and every token account must have changed by the same amount.
fn compare(fixture: &dyn Fixture, change: impl Fn(&mut Arena, &mut Vec<Instruction>)) {
    let outcome = |change: &dyn Fn(&mut Arena, &mut Vec<Instruction>)| {
        let mut arena = prepared(fixture.stage());
        let mut all = vec![fixture.build(&arena, 0)];
        change(&mut arena, &mut all);
        let before = tokens(&arena);
        arena.run(&all).expect("it succeeds");
        let after = tokens(&arena);
        let moved: BTreeMap<Pubkey, i128> = after
            .iter()
            .map(|(address, amount)| {
                let before = before.get(address).copied().unwrap_or_default();
                (*address, i128::from(*amount) - i128::from(before))
            })
            .collect();
        let state: BTreeMap<Pubkey, Vec<u8>> = arena
            .vm
            .program_accounts(&[])
            .unwrap()
            .into_iter()
            .map(|(address, account)| (address, account.data))
            .collect();
        (moved, state)
    };
    let (moved, state) = outcome(&|_, _| ());
    let (moved_too, state_too) = outcome(&change);
    assert_eq!(moved, moved_too);
    assert!(state == state_too, "the program's accounts differ");
}

fn tokens(arena: &Arena) -> BTreeMap<Pubkey, u64> {
    let all = arena.vm.everything();
    let tokens = all
        .into_iter()
        .filter(|(_, account)| account.owner == spl_token_interface::ID)
        .filter(|(_, account)| account.data.len() == 165);
    tokens
        .map(|(address, _)| (address, arena.vm.tokens(&address)))
        .collect()
}
