//! Attacks that are written out: what only makes sense for some instructions.

mod audits;
mod lists;
mod money;
mod scope;
mod stakes;
mod windows;

use super::{
    Attack,
    scene::{Stage, scene},
};
use crate::{arena::Arena, vm::Refusal};
use gradual_consensus::GradualError;
use solana_sdk::instruction::Instruction;

/// All of them.
pub fn attacks() -> Vec<Attack> {
    let mut all = windows::attacks();
    all.extend(audits::attacks());
    all.extend(stakes::attacks());
    all.extend(lists::attacks());
    all.extend(money::attacks());
    all.extend(scope::attacks());
    all
}

/// One transaction that must succeed, books and all.
#[track_caller]
fn done(arena: &mut Arena, instruction: Instruction) {
    assert_eq!(arena.run(&[instruction]), Ok(()));
}

/// One transaction that must be refused with exactly `expected`, and change nothing.
#[track_caller]
fn refused_with(arena: &mut Arena, instructions: &[Instruction], expected: Refusal) {
    let before = arena.vm.everything();
    let result = arena.run(instructions);
    assert!(
        expected.is(&result),
        "expected {expected:?}, got {result:?}"
    );
    assert!(before == arena.vm.everything(), "something changed");
}

/// As [`refused_with`], by the program.
#[track_caller]
fn refused(arena: &mut Arena, instruction: Instruction, expected: GradualError) {
    refused_with(arena, &[instruction], Refusal::Custom(expected.into()));
}

/// In the world of `stage`, `honest` is done; the same with one thing changed is refused.
#[track_caller]
fn only_changed(
    stage: Stage,
    honest: impl Fn(&Arena) -> Instruction,
    change: impl Fn(&mut Arena, Instruction) -> Instruction,
    expected: GradualError,
) {
    let mut arena = scene(stage);
    let unchanged = honest(&arena);
    done(&mut arena, unchanged);
    let mut arena = scene(stage);
    let unchanged = honest(&arena);
    let changed = change(&mut arena, unchanged);
    refused(&mut arena, changed, expected);
}
