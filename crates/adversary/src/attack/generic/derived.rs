//! Classes 8 and 9: two accounts that are one, and addresses with another bump.

use super::{Try, attempt};
use crate::attack::{
    fixture::{Fixture, Role},
    scene::scene,
};
use solana_sdk::{instruction::Instruction, pubkey::Pubkey};

/// Class 8.
pub(super) fn twins(fixture: &'static dyn Fixture) -> Vec<Try> {
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
pub(super) fn created(fixture: &'static dyn Fixture) -> Vec<Try> {
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
        p::CONFIG_SEED,
        p::TASK_SEED,
        p::METADATA_SEED,
        p::STAKE_POT_SEED,
        p::BOUNTY_POT_SEED,
        p::STAKE_SEED,
        p::CYCLE_SEED,
        p::SUBMISSION_SEED,
        p::LIST_SEED,
        p::VOTE_SEED,
    ];
    for kind in kinds {
        if Pubkey::find_program_address(&[kind], &gradual_consensus::ID).0 == *address {
            return vec![kind.to_vec()];
        }
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
