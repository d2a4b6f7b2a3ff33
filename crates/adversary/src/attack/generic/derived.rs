//! Classes 8 and 9: two accounts that are one, and addresses with another bump.

use super::trial::{Try, attempt};
use crate::attack::{
    fixture::{Fixture, Role},
    scene::scene,
};
use solana_sdk::pubkey::Pubkey;

/// Class 8.
pub(super) fn twins(fixture: &'static Fixture) -> Vec<Try> {
    let signature = fixture.signature();
    fixture
        .twins
        .iter()
        .cloned()
        .map(|(first, second, expect)| {
            let (from, to) = (signature.position(first), signature.position(second));
            let name = format!("{second} is the {first}");
            attempt(fixture, 8, name, expect, move |_, all| {
                all[0].accounts[to].pubkey = all[0].accounts[from].pubkey;
            })
        })
        .collect()
}

/// Class 9: an address with the same seeds and another bump.
pub(super) fn created(fixture: &'static Fixture) -> Vec<Try> {
    let honest = scene(fixture.stage);
    let here = fixture.build(&honest, 0);
    let mut tries = vec![];
    for (index, slot) in fixture.slots.iter().enumerate() {
        if slot.role == Role::Created {
            let seeds = fixture.seeds(index, &here);
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
