//! Class 15: data that are cut short, too long, or lie about their length.

use super::{Try, attempt};
use crate::attack::fixture::{Fixture, anchor};
use anchor_lang::error::ErrorCode;

/// Class 15.
pub(super) fn data(fixture: &'static dyn Fixture) -> Vec<Try> {
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
