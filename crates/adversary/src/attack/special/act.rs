//! What written-out attacks do: one transaction that must succeed, or be refused, in worlds of their own.

use crate::{
    arena::Arena,
    attack::scene::{CYCLE, Stage, params, scene},
    vm::Refusal,
};
use gradual_consensus::{GradualError, ListProposal, TaskParams};
use gradual_consensus_client::instruction;
use solana_sdk::{instruction::Instruction, pubkey::Pubkey};

/// One transaction that must succeed, books and all.
#[track_caller]
pub(super) fn done(arena: &mut Arena, instruction: Instruction) {
    assert_eq!(arena.run(&[instruction]), Ok(()));
}

/// One transaction that must be refused with exactly `expected`, and change nothing.
#[track_caller]
pub(super) fn refused_with(arena: &mut Arena, instructions: &[Instruction], expected: Refusal) {
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
pub(super) fn refused(arena: &mut Arena, instruction: Instruction, expected: GradualError) {
    refused_with(arena, &[instruction], Refusal::Custom(expected.into()));
}

/// In the world of `stage`, `honest` is done; the same with one thing changed is refused.
#[track_caller]
pub(super) fn only_changed(
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

/// A task on changed terms in which node `n` stakes `stakes[n]`, and the first of them opens cycle 1; at the
/// first slot of round 2.
pub(super) fn active(change: impl Fn(&mut TaskParams), stakes: &[u64]) -> Arena {
    let nodes = u8::try_from(stakes.len()).unwrap();
    let mut arena = Arena::new(1, nodes, 1_000_000);
    let mut terms = params();
    change(&mut terms);
    arena.create_task(terms);
    let manager = arena.manager;
    let fund = instruction::fund_task(arena.tasks[0], manager.key, manager.wallet, 100_000);
    done(&mut arena, fund);
    arena.vm.warp_to(100);
    for (node, &amount) in stakes.iter().enumerate() {
        if amount > 0 {
            let stake = arena.stake(0, node, amount);
            done(&mut arena, stake);
        }
    }
    arena.vm.warp_to(200);
    let opener = stakes.iter().position(|&amount| amount > 0).unwrap();
    let open = arena.open_cycle(0, opener, CYCLE);
    done(&mut arena, open);
    arena.vm.warp_to(300);
    arena
}

/// Node 0 has opened the cycle of the present round, at its beginning.
pub(super) fn opened_in_time(arena: &mut Arena, cycle: u64) {
    let now = arena.vm.slot();
    let schedule = arena.task(0).schedule;
    arena.vm.set_slot(schedule.boundary(cycle).unwrap());
    let open = arena.open_cycle(0, 0, cycle);
    done(arena, open);
    arena.vm.set_slot(now);
}

/// As [`active`]; the last node has submitted, and its audit window begins.
pub(super) fn submitted(change: impl Fn(&mut TaskParams), stakes: &[u64]) -> Arena {
    let mut arena = active(change, stakes);
    let submit = arena.submit(0, stakes.len() - 1);
    done(&mut arena, submit);
    arena.vm.warp_to(341);
    arena
}

/// These votes on `subject`, which is resolved at slot `end`.
pub(super) fn judge(arena: &mut Arena, subject: Pubkey, votes: &[(usize, bool)], end: u64) {
    for &(node, valid) in votes {
        let vote = arena.audit(0, node, subject, valid);
        done(arena, vote);
    }
    arena.vm.warp_to(end);
    let resolve = arena.resolve(0, subject);
    done(arena, resolve);
}

/// As [`judge`], where all of `nodes` vote against it.
pub(super) fn condemn(
    arena: &mut Arena,
    subject: Pubkey,
    nodes: impl IntoIterator<Item = usize>,
    end: u64,
) {
    let votes: Vec<_> = nodes.into_iter().map(|node| (node, false)).collect();
    judge(arena, subject, &votes, end);
}

/// Node 0 proposes the cycle's first list, and it is accepted.
pub(super) fn accept(arena: &mut Arena, proposal: ListProposal) {
    let propose = arena.propose_list(0, 0, 0, proposal);
    done(arena, propose);
    arena.vm.warp_to(481);
    let finalize = arena.finalize(0);
    done(arena, finalize);
}
