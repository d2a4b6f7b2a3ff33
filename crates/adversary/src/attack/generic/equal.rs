//! Classes 16, 17 and 45, and the end of class 15: what must make no difference.

use super::{attempt, prepared};
use crate::{
    arena::Arena,
    attack::{
        Attack,
        caller::{self, Mode},
        fixture::{Fixture, Role, native},
    },
};
use gradual_consensus_client::{address, ledger::Ledger};
use solana_sdk::{
    instruction::{Instruction, InstructionError},
    pubkey::Pubkey,
};
use std::collections::BTreeMap;

/// Classes 16, 17 and 45: what must make no difference at all.
pub(super) fn equal(fixture: &'static dyn Fixture) -> Vec<Attack> {
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
    if !fixture.takes_donations() {
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
    }
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
            .program_accounts(&[], None)
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
