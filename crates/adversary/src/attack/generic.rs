//! The attacks that can be tried on any instruction.

mod accounts;
mod data;
mod derived;
mod equal;
mod trial;

pub use trial::{attacker, prepared};

use super::{
    case::Attack,
    fixture::{Fixture, Role, anchor},
    fixtures,
};
use anchor_lang::{error::ErrorCode, system_program};
use solana_sdk::{
    instruction::{AccountMeta, Instruction},
    pubkey::Pubkey,
};
use trial::{Try, attempt};

/// Every generic attack on every fixture.
pub fn attacks() -> Vec<Attack> {
    let fixtures = fixtures::all();
    let all = fixtures.iter().flat_map(|fixture| {
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
    for fixture in fixtures {
        all.extend(equal::equal(fixture));
    }
    all
}

/// Classes 1 and 2.
fn signers(fixture: &'static Fixture) -> Vec<Try> {
    let mut tries = vec![];
    for (index, slot) in fixture.slots.iter().enumerate() {
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
                slot.impostor.clone(),
                move |_, all| fixture.put(&mut all[0], index, attacker()),
            ));
        }
    }
    tries
}

/// Classes 6, 11 and 21: the same instruction twice in one transaction; and twice with the closed
/// account brought back to life in between.
fn repeated(fixture: &'static Fixture) -> Vec<Try> {
    let again = &fixture.again;
    let creates = fixture.has(Role::Created);
    let closes = fixture.has(Role::RentReceiver);
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
            again.clone(),
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

/// Class 18.
fn edges(fixture: &'static Fixture) -> Vec<Try> {
    fixture
        .edges
        .iter()
        .cloned()
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

/// A transfer of lamports.
fn system_transfer(from: Pubkey, to: Pubkey, lamports: u64) -> Instruction {
    let mut data = 2u32.to_le_bytes().to_vec();
    data.extend(lamports.to_le_bytes());
    Instruction {
        program_id: system_program::ID,
        accounts: vec![AccountMeta::new(from, true), AccountMeta::new(to, false)],
        data,
    }
}
