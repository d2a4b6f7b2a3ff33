//! Classes 16, 17 and 45, and the end of class 15: what must make no difference.

use super::trial::{attempt, prepared};
use crate::{
    arena::Arena,
    attack::{
        caller::{self, Mode},
        case::Attack,
        fixture::{Fixture, Role, native},
    },
};
use gradual_consensus_client::{address, ledger::Ledger};
use solana_sdk::{
    instruction::{Instruction, InstructionError},
    pubkey::Pubkey,
};
use std::collections::BTreeMap;

type Change = fn(&'static Fixture, &mut Arena, &mut [Instruction]);

/// Classes 16, 17 and 45: what must make no difference at all.
pub(super) fn equal(fixture: &'static Fixture) -> Vec<Attack> {
    let mut changes: Vec<(u8, &str, Change)> = vec![
        (15, "bytes at the end", |_, _, all| {
            all[0].data.extend([255; 64]);
        }),
        (17, "lamports to every account", lamports_to_every_account),
        (45, "called by a program", |_, _, all| {
            all[0] = caller::wrap(&all[0], Mode::Pass);
        }),
    ];
    if fixture.has(Role::Created) {
        changes.push((16, "one lamport", |fixture, arena, all| {
            give_to_created(fixture, arena, &all[0], 1);
        }));
        changes.push((16, "many lamports", |fixture, arena, all| {
            give_to_created(fixture, arena, &all[0], 5_000_000_000);
        }));
    }
    if !fixture.takes_donations {
        changes.push((17, "tokens to the pots", tokens_to_the_pots));
    }
    let mut attacks: Vec<Attack> = changes
        .into_iter()
        .map(|(class, name, change)| {
            Attack::new(class, fixture.instruction, fixture.named(name), move || {
                compare(fixture, |arena, all| change(fixture, arena, all));
            })
        })
        .collect();
    if fixture.has(Role::Signer) || fixture.has(Role::Payer) {
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

fn give_to_created(fixture: &Fixture, arena: &mut Arena, built: &Instruction, lamports: u64) {
    for (meta, slot) in built.accounts.iter().zip(&fixture.slots) {
        if slot.role == Role::Created {
            arena.vm.give(meta.pubkey, lamports);
        }
    }
}

fn tokens_to_the_pots(_: &Fixture, arena: &mut Arena, _: &mut [Instruction]) {
    let task = arena.tasks[0].task;
    for pot in [address::stake_pot(&task), address::bounty_pot(&task)] {
        let vm = &mut arena.vm;
        vm.change_tokens(pot, |account| account.amount += 7_777);
    }
}

fn lamports_to_every_account(_: &Fixture, arena: &mut Arena, all: &mut [Instruction]) {
    for meta in &all[0].accounts {
        let account = arena.vm.account(&meta.pubkey);
        if account.is_some_and(|one| !one.executable) {
            arena.vm.give(meta.pubkey, 123_456);
        }
    }
}

/// Does the instruction with and without `change` before it: the program's accounts must hold the
/// same bytes afterwards, and every token account must have changed by the same amount.
fn compare(fixture: &Fixture, change: impl Fn(&mut Arena, &mut Vec<Instruction>)) {
    let outcome = |change: &dyn Fn(&mut Arena, &mut Vec<Instruction>)| {
        let mut arena = prepared(fixture.stage);
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
