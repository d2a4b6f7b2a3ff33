//! Class 15: data that are cut short, too long, or lie about their length.

use super::trial::{Try, attempt};
use crate::attack::{
    fixture::{Fixture, anchor, native},
    scene::scene,
};
use anchor_lang::error::ErrorCode;
use solana_sdk::instruction::InstructionError;

/// Class 15.
pub(super) fn data(fixture: &'static Fixture) -> Vec<Try> {
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
    let built = fixture.build(&scene(fixture.stage), 0);
    for (field, at, is_bytes) in fixture.signature().layout(&built.data).lengths {
        let beyond = anchor(ErrorCode::InstructionDidNotDeserialize);
        let longest = if is_bytes {
            // Reserving it ends the program's heap, and with it the program.
            native(InstructionError::ProgramFailedToComplete)
        } else {
            beyond.clone()
        };
        for (name, length, expect) in [
            ("longest", u32::MAX, longest),
            ("beyond the end", 10_000, beyond),
        ] {
            let name = format!("length {name} of {field}");
            tries.push(attempt(fixture, 15, name, expect, move |_, all| {
                all[0].data[at..at + 4].copy_from_slice(&length.to_le_bytes());
            }));
        }
    }
    tries
}
