//! Classes 18 to 21: too early, too late, the wrong round, twice.

use super::{done, only_changed, refused, refused_with};
use crate::{
    arena::Arena,
    attack::{
        Attack,
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
    let mut all = vec![
        Attack::new(18, "withdraw", "submitted: locked until B(r+3)", || {
            opens_at(Stage::Resolved, 500, E::StakeLocked, |arena| {
                arena.withdraw(0, 0, STAKE)
            });
        }),
        Attack::new(18, "withdraw", "proposed: locked until B(r+3)", || {
            opens_at(Stage::Unchallenged, 500, E::StakeLocked, |arena| {
                arena.withdraw(0, 0, STAKE)
            });
        }),
        Attack::new(18, "withdraw", "only voted: locked until B(r+3)", || {
            let prepared = || {
                let mut arena = scene(Stage::Begun);
                let newcomer = arena.stake(0, NEWCOMER, STAKE);
                done(&mut arena, newcomer);
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
            for slot in [341, 381, 499] {
                arena.vm.set_slot(slot);
                let early = arena.withdraw(0, NEWCOMER, STAKE);
                refused(&mut arena, early, E::StakeLocked);
            }
            arena.vm.set_slot(500);
            let in_time = arena.withdraw(0, NEWCOMER, STAKE);
            done(&mut arena, in_time);
        }),
        Attack::new(18, "close_subject", "claim window: a submission", || {
            opens_at(Stage::Accepted, 700, E::CycleNotSettled, |arena| {
                arena.close_subject(arena.submission(0, 1))
            });
        }),
        Attack::new(18, "close_subject", "claim window: the list", || {
            opens_at(Stage::Accepted, 700, E::CycleNotSettled, |arena| {
                arena.close_subject(arena.list(0))
            });
        }),
        Attack::new(18, "close_subject", "after the last attempt", || {
            opens_at(Stage::Resolved, 700, E::CycleNotSettled, |arena| {
                arena.close_subject(arena.submission(0, 1))
            });
        }),
        Attack::new(18, "close_cycle", "after the last attempt", || {
            let mut arena = scene(Stage::Resolved);
            arena.vm.warp_to(699);
            let early = arena.close_cycle(0);
            refused(&mut arena, early, E::CycleNotSettled);
            arena.vm.warp_to(700);
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
        }),
        Attack::new(
            18,
            "submit_distribution_list",
            "the second attempt's window",
            || {
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
            },
        ),
        Attack::new(18, "payout", "an unsettled list pays however late", || {
            let mut arena = scene(Stage::Accepted);
            arena.vm.warp_to(100_000);
            let late = arena.payout(0, 0);
            done(&mut arena, late);
        }),
        Attack::new(19, "submit", "round number and account differ", || {
            only_changed(
                Stage::Active,
                |arena| arena.submit(0, 1),
                |arena, mut submit| {
                    let other = address::cycle(&arena.tasks[0].task, CYCLE + 1);
                    submit.accounts[4].pubkey = other;
                    submit.accounts[6].pubkey = address::submission(&other, &arena.node(1));
                    submit
                },
                E::WrongAddress,
            );
        }),
        Attack::new(
            19,
            "submit",
            "the next cycle into the last one's account",
            || {
                let mut arena = scene(Stage::Resolved);
                arena.vm.set_slot(400);
                let honest = arena.submit_for(0, 1, 2);
                let mut skewed = honest.clone();
                skewed.accounts[4].pubkey = arena.cycle_address(0);
                skewed.accounts[6].pubkey =
                    address::submission(&arena.cycle_address(0), &arena.node(NEWCOMER));
                let mut forged = arena.submit_for(0, 1, 2);
                forged.accounts[4].pubkey = arena.cycle_address(0);
                forged.accounts[6].pubkey = arena.submission(0, 1);
                refused(&mut arena, forged, E::WrongCycle);
                done(&mut arena, honest);
            },
        ),
        Attack::new(20, "submit", "another value in the same window", || {
            let mut arena = scene(Stage::Opened);
            let (task, payer) = (arena.tasks[0].task, arena.manager.key);
            let second = instruction::submit(task, arena.node(0), payer, CYCLE, b"better".to_vec());
            refused(&mut arena, second, E::AlreadySubmitted);
        }),
        Attack::new(20, "submit", "another value once audits are open", || {
            let mut arena = scene(Stage::Challenged);
            let (task, payer) = (arena.tasks[0].task, arena.manager.key);
            let node = arena.node(CHEAT);
            let second = instruction::submit(task, node, payer, CYCLE, b"better".to_vec());
            refused(&mut arena, second, E::SubmissionWindowClosed);
        }),
        Attack::new(20, "submit", "the first value once audits are open", || {
            let mut arena = scene(Stage::Opened);
            arena.vm.warp_to(341);
            let late = arena.submit(0, 1);
            refused(&mut arena, late, E::SubmissionWindowClosed);
        }),
        Attack::new(21, "audit", "both ways in one transaction", || {
            let mut arena = scene(Stage::Challenged);
            let subject = arena.submission(0, CHEAT);
            let both = [false, true].map(|valid| arena.audit(0, 1, subject, valid));
            refused_with(&mut arena, &both, Refusal::Custom(E::AlreadyVoted.into()));
            let [one, _] = both;
            done(&mut arena, one);
        }),
        Attack::new(21, "payout", "named twice in the list", || {
            let mut arena = scene(Stage::Resolved);
            let twice = [(0, 1_000), (0, 1_000), (1, 1_000)];
            let proposal = arena.proposal(0, &twice);
            let propose = arena.propose_list(0, 0, 0, proposal);
            done(&mut arena, propose);
            arena.vm.warp_to(481);
            let finalize = arena.finalize(0);
            done(&mut arena, finalize);
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
        }),
    ];
    for (name, cycle) in [
        ("the last cycle", CYCLE - 1),
        ("the next cycle", CYCLE + 1),
        ("a cycle far off", 1 << 40),
    ] {
        all.push(Attack::new(19, "submit", name, move || {
            only_changed(
                Stage::Active,
                |arena| arena.submit(0, 1),
                |arena, _| arena.submit_for(0, 1, cycle),
                E::SubmissionWindowClosed,
            );
        }));
    }
    for (name, cycle) in [
        ("the last cycle there is", u64::MAX),
        ("the last but one", u64::MAX - 1),
        ("beyond the last slot", u64::MAX / 100),
    ] {
        all.push(Attack::new(19, "submit", name, move || {
            only_changed(
                Stage::Active,
                |arena| arena.submit(0, 1),
                |arena, _| arena.submit_for(0, 1, cycle),
                E::Overflow,
            );
        }));
    }
    for (attempt, error) in [
        (1, E::ListWindowClosed),
        (2, E::ListWindowClosed),
        (3, E::AttemptsExhausted),
        (255, E::AttemptsExhausted),
    ] {
        let name = format!("attempt {attempt} in the window of the first");
        all.push(Attack::new(
            19,
            "submit_distribution_list",
            name,
            move || {
                only_changed(
                    Stage::Resolved,
                    |arena| arena.propose(0, 0),
                    |arena, _| {
                        let proposal = arena.proposal(0, &SHARES);
                        arena.propose_list(0, 0, attempt, proposal)
                    },
                    error,
                );
            },
        ));
    }
    all
}
