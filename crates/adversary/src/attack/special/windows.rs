//! Classes 18 to 21: too early, too late, the wrong cycle, twice.

use super::act::{accept, done, only_changed, opened_in_time, refused, refused_with};
use crate::{
    arena::Arena,
    attack::{
        case::{Attack, cases, gathered},
        idl::account,
        scene::{CHEAT, CYCLE, NEWCOMER, SHARES, STAKE, Stage, scene},
    },
    vm::Refusal,
};
use gradual_consensus::GradualError as E;
use gradual_consensus_client::{address, instruction};

/// The last refused slot and the first allowed one, of what `act` does in the world of `stage`.
fn opens_at(
    stage: Stage,
    first: u64,
    error: E,
    act: impl Fn(&Arena) -> solana_sdk::instruction::Instruction,
) {
    let mut arena = scene(stage);
    arena.vm.set_slot(first - 1);
    let early = act(&arena);
    refused(&mut arena, early, error);
    arena.vm.set_slot(first);
    let in_time = act(&arena);
    done(&mut arena, in_time);
}

/// All of them.
pub(super) fn attacks() -> Vec<Attack> {
    let mut all = gathered([
        cases!(
            18,
            "withdraw",
            who_submitted_is_locked_through_the_last_attempts_audit,
            who_proposed_is_locked_through_the_last_attempts_audit,
            who_only_voted_is_locked_until_the_round_is_over
        ),
        cases!(
            18,
            "close_subject",
            claim_window_a_submission,
            claim_window_the_list,
            a_subject_after_the_last_attempt
        ),
        cases!(18, "close_cycle", a_cycle_after_the_last_attempt),
        cases!(
            18,
            "close_cycle",
            a_cycle_that_nobody_submitted_for_after_its_review
        ),
        cases!(18, "submit_distribution_list", the_second_attempts_window),
        cases!(18, "payout", an_unsettled_list_pays_however_late),
        cases!(
            19,
            "submit",
            a_cycle_that_nobody_opened,
            cycle_number_and_account_differ,
            the_next_cycle_into_the_last_ones_account
        ),
        cases!(
            20,
            "submit",
            another_value_in_the_same_window,
            another_value_once_audits_are_open,
            the_first_value_once_audits_are_open
        ),
        cases!(21, "audit", both_ways_in_one_transaction),
        cases!(21, "payout", named_twice_in_the_list),
    ]);
    all.extend(other_cycles());
    all.extend(other_works());
    all.extend(other_attempts());
    all
}

fn who_submitted_is_locked_through_the_last_attempts_audit() {
    opens_at(Stage::Resolved, 681, E::StakeLocked, |arena| {
        arena.withdraw(0, 0, STAKE)
    });
}

fn who_proposed_is_locked_through_the_last_attempts_audit() {
    opens_at(Stage::Unchallenged, 681, E::StakeLocked, |arena| {
        arena.withdraw(0, 0, STAKE)
    });
}

fn who_only_voted_is_locked_until_the_round_is_over() {
    let prepared = || {
        let mut arena = scene(Stage::Begun);
        let newcomer = arena.stake(0, NEWCOMER, STAKE);
        done(&mut arena, newcomer);
        arena.vm.warp_to(200);
        let open = arena.open_cycle(0, 0, CYCLE);
        done(&mut arena, open);
        arena.vm.warp_to(300);
        for node in [0, CHEAT] {
            let submit = arena.submit(0, node);
            done(&mut arena, submit);
        }
        arena.vm.warp_to(341);
        for node in [0, NEWCOMER] {
            let vote = arena.audit(0, node, arena.submission(0, CHEAT), false);
            done(&mut arena, vote);
        }
        arena
    };
    let mut arena = prepared();
    for slot in [341, 381, 399] {
        arena.vm.set_slot(slot);
        let early = arena.withdraw(0, NEWCOMER, STAKE);
        refused(&mut arena, early, E::StakeLocked);
    }
    arena.vm.set_slot(400);
    let in_time = arena.withdraw(0, NEWCOMER, STAKE);
    done(&mut arena, in_time);
}

fn claim_window_a_submission() {
    opens_at(Stage::Accepted, 700, E::CycleNotSettled, |arena| {
        arena.close_subject(arena.submission(0, 1))
    });
}

fn claim_window_the_list() {
    opens_at(Stage::Accepted, 700, E::CycleNotSettled, |arena| {
        arena.close_subject(arena.list(0))
    });
}

fn a_subject_after_the_last_attempt() {
    opens_at(Stage::Resolved, 900, E::CycleNotSettled, |arena| {
        arena.close_subject(arena.submission(0, 1))
    });
}

fn a_cycle_after_the_last_attempt() {
    let mut arena = scene(Stage::Resolved);
    arena.vm.warp_to(899);
    let early = arena.close_cycle(0);
    refused(&mut arena, early, E::CycleNotSettled);
    arena.vm.warp_to(900);
    for node in 0..3 {
        let vote = arena.close_vote(0, arena.submission(0, CHEAT), node);
        done(&mut arena, vote);
    }
    for node in 0..4 {
        let subject = arena.close_subject(arena.submission(0, node));
        done(&mut arena, subject);
    }
    let in_time = arena.close_cycle(0);
    done(&mut arena, in_time);
}

fn a_cycle_that_nobody_submitted_for_after_its_review() {
    let before = scene(Stage::Working).task(0).bounty_available;
    opens_at(Stage::Active, 400, E::CycleNotSettled, |arena| {
        arena.close_cycle(0)
    });
    let mut arena = scene(Stage::Active);
    assert_eq!(arena.task(0).bounty_available, before - 10_000);
    arena.vm.warp_to(400);
    let close = arena.close_cycle(0);
    done(&mut arena, close);
    assert_eq!(arena.task(0).bounty_available, before);
}

fn the_second_attempts_window() {
    for (slot, fits) in [(499, false), (500, true), (540, true), (541, false)] {
        let mut arena = scene(Stage::Resolved);
        arena.vm.set_slot(slot);
        let proposal = arena.proposal(0, &SHARES);
        let late = arena.propose_list(0, 1, 1, proposal);
        if fits {
            // In its first slot it need not be this node's turn.
            if let Err(refusal) = arena.run(&[late]) {
                assert_eq!(
                    (slot, refusal),
                    (500, Refusal::Custom(E::NotYetSelected.into()))
                );
            }
        } else {
            refused(&mut arena, late, E::ListWindowClosed);
        }
    }
}

fn an_unsettled_list_pays_however_late() {
    let mut arena = scene(Stage::Accepted);
    arena.vm.warp_to(100_000);
    let late = arena.payout(0, 0);
    done(&mut arena, late);
}

fn a_cycle_that_nobody_opened() {
    let mut arena = scene(Stage::Working);
    arena.vm.warp_to(300);
    let submit = arena.submit(0, 1);
    refused(&mut arena, submit, E::CycleNotOpen);
    // Nor is it opened late, as the first act of its review.
    let open = arena.open_cycle(0, 1, CYCLE);
    refused(&mut arena, open, E::OpeningWindowClosed);
}

fn cycle_number_and_account_differ() {
    only_changed(
        Stage::Active,
        |arena| arena.submit(0, 1),
        |arena, mut submit| {
            let other = address::cycle(&arena.tasks[0].task, CYCLE + 1);
            account(&mut submit, "cycle").pubkey = other;
            account(&mut submit, "submission").pubkey = address::submission(&other, &arena.node(1));
            submit
        },
        E::CycleNotOpen,
    );
}

fn the_next_cycle_into_the_last_ones_account() {
    let mut arena = scene(Stage::Resolved);
    opened_in_time(&mut arena, 2);
    arena.vm.set_slot(400);
    let honest = arena.submit_for(0, 1, 2);
    let mut forged = arena.submit_for(0, 1, 2);
    account(&mut forged, "cycle").pubkey = arena.cycle_address(0);
    account(&mut forged, "submission").pubkey = arena.submission(0, 1);
    refused(&mut arena, forged, E::WrongCycle);
    done(&mut arena, honest);
}

fn another_value_in_the_same_window() {
    let mut arena = scene(Stage::HandedIn);
    let (task, payer) = (arena.tasks[0].task, arena.manager.key);
    let second = instruction::submit(task, arena.node(0), payer, CYCLE, b"better".to_vec());
    refused(&mut arena, second, E::AlreadySubmitted);
}

fn another_value_once_audits_are_open() {
    let mut arena = scene(Stage::Challenged);
    let (task, payer) = (arena.tasks[0].task, arena.manager.key);
    let node = arena.node(CHEAT);
    let second = instruction::submit(task, node, payer, CYCLE, b"better".to_vec());
    refused(&mut arena, second, E::SubmissionWindowClosed);
}

fn the_first_value_once_audits_are_open() {
    let mut arena = scene(Stage::HandedIn);
    arena.vm.warp_to(341);
    let late = arena.submit(0, 1);
    refused(&mut arena, late, E::SubmissionWindowClosed);
}

fn both_ways_in_one_transaction() {
    let mut arena = scene(Stage::Challenged);
    let subject = arena.submission(0, CHEAT);
    let both = [false, true].map(|valid| arena.audit(0, 1, subject, valid));
    refused_with(&mut arena, &both, Refusal::Custom(E::AlreadyVoted.into()));
    let [one, _] = both;
    done(&mut arena, one);
}

fn named_twice_in_the_list() {
    let mut arena = scene(Stage::Resolved);
    let twice = [(0, 1_000), (0, 1_000), (1, 1_000)];
    let proposal = arena.proposal(0, &twice);
    accept(&mut arena, proposal);
    let tree = arena.tree(0, CYCLE, &twice);
    let pay = |arena: &Arena, index: u32| {
        let entry = instruction::Entry {
            node: arena.node(0),
            index,
            amount: 1_000,
            proof: tree.proof(index).unwrap(),
        };
        instruction::payout(arena.tasks[0].task, CYCLE, 0, entry)
    };
    let (first, second) = (pay(&arena, 0), pay(&arena, 1));
    done(&mut arena, first);
    refused(&mut arena, second, E::AlreadyPaid);
}

/// `submit` for another cycle than the one under review.
fn other_cycles() -> Vec<Attack> {
    let cycles = [
        ("the last cycle", CYCLE - 1, E::SubmissionWindowClosed),
        ("the next cycle", CYCLE + 1, E::SubmissionWindowClosed),
        ("a cycle far off", 1 << 40, E::SubmissionWindowClosed),
        ("the last cycle there is", u64::MAX, E::Overflow),
        ("the last but one", u64::MAX - 1, E::Overflow),
        ("beyond the last slot", u64::MAX / 100, E::Overflow),
    ];
    let attacks = cycles.map(|(name, cycle, error)| {
        Attack::new(19, "submit", name, move || {
            only_changed(
                Stage::Active,
                |arena| arena.submit(0, 1),
                |arena, _| arena.submit_for(0, 1, cycle),
                error,
            );
        })
    });
    attacks.into()
}

/// `open_cycle` of another cycle than the one that is worked.
fn other_works() -> Vec<Attack> {
    let cycles = [
        ("the last cycle", CYCLE - 1),
        ("the next cycle", CYCLE + 1),
        ("a cycle far off", 1 << 40),
        ("the last cycle there is", u64::MAX),
        ("beyond the last slot", u64::MAX / 100),
    ];
    let attacks = cycles.map(|(name, cycle)| {
        Attack::new(19, "open_cycle", name, move || {
            only_changed(
                Stage::Working,
                |arena| arena.open_cycle(0, 1, CYCLE),
                |arena, _| arena.open_cycle(0, 1, cycle),
                E::OpeningWindowClosed,
            );
        })
    });
    attacks.into()
}

/// A list of another attempt in the window of the first.
fn other_attempts() -> Vec<Attack> {
    let attempts = [
        (1, E::ListWindowClosed),
        (2, E::ListWindowClosed),
        (3, E::AttemptsExhausted),
        (255, E::AttemptsExhausted),
    ];
    let attacks = attempts.map(|(attempt, error)| {
        let name = format!("attempt {attempt} in the window of the first");
        Attack::new(19, "submit_distribution_list", name, move || {
            only_changed(
                Stage::Resolved,
                |arena| arena.propose(0, 0),
                |arena, _| {
                    let proposal = arena.proposal(0, &SHARES);
                    arena.propose_list(0, 0, attempt, proposal)
                },
                error,
            );
        })
    });
    attacks.into()
}
