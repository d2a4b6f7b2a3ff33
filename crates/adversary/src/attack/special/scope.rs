//! Classes 41 to 45: who may govern what, who may block whom, and nodes that are programs.

use super::{done, only_changed, refused, refused_with};
use crate::{
    arena::{Arena, config_manager, key},
    attack::{
        Attack,
        caller::{self, Mode, own_address},
        fixtures,
        generic::{attacker, prepared},
        scene::{CHEAT, CYCLE, NEWCOMER, PENDING, STAKE, Stage, params, scene},
    },
    vm::{Refusal, upgrade_authority},
};
use anchor_lang::error::ErrorCode;
use gradual_consensus::GradualError as E;
use gradual_consensus_client::{
    address,
    instruction::{self, Entry},
};
use solana_sdk::pubkey::Pubkey;

/// Instructions that an inactive task refuses at once.
const NEED_ACTIVITY: [&str; 2] = ["stake", "compound"];
/// Instructions that a paused program refuses.
const NEED_A_RUNNING_PROGRAM: [&str; 4] = [
    "create_task",
    "stake",
    "compound",
    "submit_distribution_list",
];

/// All of them.
pub(super) fn attacks() -> Vec<Attack> {
    let mut all = governance();
    all.extend(inactive());
    all.extend(cranks());
    all.extend(programs());
    all
}

fn governance() -> Vec<Attack> {
    vec![
        Attack::new(
            41,
            "create_task",
            "at somebody else's address, by another signer",
            || {
                let mut arena = scene(Stage::Begun);
                arena.vm.give(attacker(), 10_000_000_000);
                let honest = arena.create_task_ix(10, params());
                let mut ahead = honest.clone();
                ahead.accounts[0].pubkey = attacker();
                let code = Refusal::Custom(ErrorCode::ConstraintSeeds.into());
                refused_with(&mut arena, &[ahead], code);
                done(&mut arena, honest);
                assert_eq!(arena.task(0).manager, arena.manager.key);
            },
        ),
        Attack::new(
            41,
            "initialize_config",
            "of a final program, by anyone",
            || {
                let mut arena = scene(Stage::Unconfigured);
                arena.vm.set_upgrade_authority(None);
                for signer in [upgrade_authority(), attacker(), arena.manager.key] {
                    let early = instruction::initialize_config(signer, arena.manager.key, signer);
                    refused(&mut arena, early, E::NotUpgradeAuthority);
                }
            },
        ),
        Attack::new(
            41,
            "initialize_config",
            "by the authority of another program",
            || {
                let mut arena = scene(Stage::Unconfigured);
                let data = arena.vm.account(&address::program_data()).unwrap();
                let other = key(75, 1);
                arena.vm.set(other, Some(data));
                let payer = arena.manager.key;
                let honest = instruction::initialize_config(upgrade_authority(), payer, payer);
                let mut changed = honest.clone();
                changed.accounts[3].pubkey = other;
                refused(&mut arena, changed, E::WrongProgramData);
                done(&mut arena, honest);
            },
        ),
        Attack::new(42, "accept_admin", "an offer that was replaced", || {
            let mut arena = scene(Stage::Offered);
            let offer = instruction::propose_admin(upgrade_authority(), attacker());
            done(&mut arena, offer);
            refused(
                &mut arena,
                instruction::accept_admin(PENDING),
                E::NotPendingAdmin,
            );
            done(&mut arena, instruction::accept_admin(attacker()));
            let old = instruction::set_paused(upgrade_authority(), true);
            refused(&mut arena, old, E::NotAdmin);
        }),
        Attack::new(42, "accept_manager", "an offer that was taken back", || {
            let mut arena = scene(Stage::Offered);
            let (task, manager) = (arena.tasks[0].task, arena.manager.key);
            let none = instruction::propose_manager(task, manager, Pubkey::default());
            done(&mut arena, none);
            let late = instruction::accept_manager(task, PENDING);
            refused(&mut arena, late, E::NotPendingManager);
        }),
        Attack::new(42, "propose_manager", "by the manager before last", || {
            let mut arena = scene(Stage::Offered);
            let (task, manager) = (arena.tasks[0].task, arena.manager.key);
            done(&mut arena, instruction::accept_manager(task, PENDING));
            let old = instruction::propose_manager(task, manager, manager);
            refused(&mut arena, old, E::NotManager);
        }),
        Attack::new(
            42,
            "remove_manager",
            "one alone, where there are two",
            || {
                let mut arena = scene(Stage::Offered);
                let (first, second) = (config_manager(0), config_manager(1));
                let alone = instruction::remove_manager(first, None, second);
                refused(&mut arena, alone, E::SecondManagerMissing);
                let alone = instruction::insert_manager(first, None, attacker());
                refused(&mut arena, alone, E::SecondManagerMissing);
            },
        ),
        Attack::new(42, "remove_manager", "the last one", || {
            let mut arena = scene(Stage::Begun);
            let only = config_manager(0);
            let last = instruction::remove_manager(only, None, only);
            refused(&mut arena, last, E::LastManager);
        }),
        Attack::new(42, "set_active", "by a node", || {
            only_changed(
                Stage::Begun,
                |arena| instruction::set_active(arena.tasks[0].task, arena.manager.key, false),
                |arena, _| instruction::set_active(arena.tasks[0].task, arena.node(0), false),
                E::NotManager,
            );
        }),
        Attack::new(42, "set_active", "by the manager of another task", || {
            let mut arena = scene(Stage::Begun);
            let other = key(71, 1);
            arena.vm.give(other, 10_000_000_000);
            let create = instruction::create_task(
                other,
                1,
                arena.mint,
                spl_token_interface::ID,
                params(),
                gradual_consensus::TaskTexts::default(),
            );
            done(&mut arena, create);
            let own = instruction::set_active(address::task(&other, 1), other, false);
            done(&mut arena, own);
            let foreign = instruction::set_active(arena.tasks[0].task, other, false);
            refused(&mut arena, foreign, E::NotManager);
        }),
        Attack::new(42, "migrate_task", "by the successor's manager", || {
            let mut arena = scene(Stage::Heirs);
            let honest = arena.migrate_task(0);
            let (manager, heir) = (arena.manager.key, honest.accounts[2].pubkey);
            for handover in [
                instruction::propose_manager(heir, manager, PENDING),
                instruction::accept_manager(heir, PENDING),
            ] {
                done(&mut arena, handover);
            }
            refused(&mut arena, honest.clone(), E::NotManager);
            let mut usurped = honest;
            usurped.accounts[0].pubkey = PENDING;
            refused(&mut arena, usurped, E::NotManager);
        }),
    ]
}

/// Class 43: what a task's deactivation and the program's pause stop, and that they stop no exit, whatever
/// the instruction.
fn inactive() -> Vec<Attack> {
    let mut all = vec![
        Attack::new(43, "submit", "in the rounds after a deactivation", || {
            let mut arena = scene(Stage::Active);
            let (task, manager) = (arena.tasks[0].task, arena.manager.key);
            done(&mut arena, instruction::set_active(task, manager, false));
            // Within a round all may submit or none.
            let submit = arena.submit(0, 0);
            done(&mut arena, submit);
            arena.vm.warp_to(400);
            let submit = arena.submit_for(0, 0, 2);
            refused(&mut arena, submit, E::TaskInactive);
            done(&mut arena, instruction::set_active(task, manager, true));
            let submit = arena.submit_for(0, 0, 2);
            refused(&mut arena, submit, E::TaskInactive);
        }),
        Attack::new(43, "submit", "first, in a window that saw a pause", || {
            let mut arena = scene(Stage::Active);
            arena.vm.warp_to(301);
            for paused in [true, false] {
                let set = instruction::set_paused(upgrade_authority(), paused);
                done(&mut arena, set);
            }
            let submit = arena.submit(0, 0);
            refused(&mut arena, submit, E::PausedInWindow);
        }),
        Attack::new(43, "stake", "without a config", || {
            let mut arena = scene(Stage::Unconfigured);
            let stake = arena.stake(0, NEWCOMER, STAKE);
            refused(&mut arena, stake, E::NoConfig);
            let leave = arena.withdraw(0, 0, STAKE);
            done(&mut arena, leave);
        }),
    ];
    for fixture in fixtures::all() {
        let instruction = fixture.instruction();
        let name = |what: &str| match fixture.variant() {
            "" => what.to_owned(),
            variant => format!("{variant}: {what}"),
        };
        let stage = fixture.stage();
        let has_config = stage != Stage::Unconfigured;
        // A task that has migrated is inactive for good.
        if has_config && stage != Stage::Migrated {
            let needs = NEED_ACTIVITY.contains(&instruction);
            let what = name("while the task is inactive");
            all.push(Attack::new(43, instruction, what, move || {
                let mut arena = scene(stage);
                let (task, manager) = (arena.tasks[0].task, arena.manager.key);
                done(&mut arena, instruction::set_active(task, manager, false));
                let tried = fixture.build(&arena, 0);
                if needs {
                    refused(&mut arena, tried, E::TaskInactive);
                } else {
                    done(&mut arena, tried);
                }
            }));
        }
        if has_config {
            let opens = (instruction, fixture.variant()) == ("submit", "first");
            let needs = opens || NEED_A_RUNNING_PROGRAM.contains(&instruction);
            let what = name("while the program is paused");
            all.push(Attack::new(43, instruction, what, move || {
                let mut arena = scene(stage);
                done(
                    &mut arena,
                    instruction::set_paused(upgrade_authority(), true),
                );
                let tried = fixture.build(&arena, 0);
                if needs {
                    refused(&mut arena, tried, E::Paused);
                } else {
                    done(&mut arena, tried);
                }
            }));
        }
    }
    all
}

/// Class 44: one bad node blocks nobody.
fn cranks() -> Vec<Attack> {
    vec![
        Attack::new(44, "payout", "an entry that nobody can pay", || {
            // Node 4 never submitted: its entry stays unpaid, the others are paid.
            let entries = [(0, 3_000), (NEWCOMER, 3_000), (2, 3_000)];
            let mut arena = scene(Stage::Resolved);
            let proposal = arena.proposal(0, &entries);
            let propose = arena.propose_list(0, 0, 0, proposal);
            done(&mut arena, propose);
            arena.vm.warp_to(481);
            let finalize = arena.finalize(0);
            done(&mut arena, finalize);
            let tree = arena.tree(0, CYCLE, &entries);
            for (index, (node, amount)) in (0..).zip(entries) {
                let entry = Entry {
                    node: arena.node(node),
                    index,
                    amount,
                    proof: tree.proof(index).unwrap(),
                };
                let pays = instruction::payout(arena.tasks[0].task, CYCLE, 0, entry);
                if node == NEWCOMER {
                    let absent = Refusal::Custom(ErrorCode::AccountOwnedByWrongProgram.into());
                    refused_with(&mut arena, &[pays], absent);
                } else {
                    done(&mut arena, pays);
                }
            }
            // The rest comes back once the claim window is over.
            arena.vm.warp_to(700);
            let before = arena.task(0).bounty_available;
            let close = arena.close_subject(arena.list(0));
            done(&mut arena, close);
            assert_eq!(arena.task(0).bounty_available, before + 3_000);
        }),
        Attack::new(
            44,
            "finalize_distribution",
            "an unresolved audit of a submission",
            || {
                // Nobody resolves the audit of node 3; the list goes its way.
                let mut arena = scene(Stage::Voted);
                arena.vm.warp_to(440);
                let propose = arena.propose(0, 0);
                done(&mut arena, propose);
                arena.vm.warp_to(481);
                let finalize = arena.finalize(0);
                done(&mut arena, finalize);
                for index in 0..3 {
                    let pays = arena.payout(0, index);
                    done(&mut arena, pays);
                }
            },
        ),
        Attack::new(44, "close_subject", "an open vote elsewhere", || {
            // The votes on node 3's submission are open; node 1's closes all the same.
            let mut arena = scene(Stage::Paid);
            let close = arena.close_subject(arena.submission(0, 1));
            done(&mut arena, close);
            let held = arena.close_subject(arena.submission(0, CHEAT));
            refused(&mut arena, held, E::VotesOpen);
        }),
        Attack::new(44, "close_vote", "voters that never come back", || {
            // Anybody closes their votes; their shares wait in their balances.
            let mut arena = scene(Stage::Resolved);
            arena.vm.warp_to(1_000_000);
            for node in 0..3 {
                let close = arena.close_vote(0, arena.submission(0, CHEAT), node);
                done(&mut arena, close);
            }
            assert_eq!(arena.stake_of(0, 2).available_balance, 70);
        }),
        Attack::new(
            44,
            "submit_distribution_list",
            "proposers that sleep",
            || {
                // In the last slot of the window it is everybody's turn.
                for node in 0..3 {
                    let mut arena = scene(Stage::Resolved);
                    let propose = arena.propose(0, node);
                    done(&mut arena, propose);
                }
            },
        ),
        Attack::new(44, "payout", "a node that paid itself first", || {
            let mut arena = scene(Stage::Accepted);
            let own = arena.payout(0, 0);
            done(&mut arena, own.clone());
            // A batch with an entry that was paid meanwhile fails as a whole; one by one, it does not.
            let batch = [own, arena.payout(0, 1)];
            refused_with(&mut arena, &batch, Refusal::Custom(E::AlreadyPaid.into()));
            let [_, other] = batch;
            done(&mut arena, other);
        }),
    ]
}

/// Class 45: a node that is a program, and signs by its seeds.
fn programs() -> Vec<Attack> {
    let by_itself = |arena: &mut Arena, inner: solana_sdk::instruction::Instruction| {
        done(arena, caller::wrap(&inner, Mode::SignForItself));
    };
    let prepared_node = |stage: Stage| {
        let mut arena = prepared(stage);
        let own = own_address();
        arena.vm.give(own, 10_000_000_000);
        arena.vm.set_tokens(key(72, 1), arena.mint, own, 10_000);
        arena
    };
    let stake_of_program = |arena: &Arena| {
        let (payer, own) = (arena.manager.key, own_address());
        instruction::stake(arena.tasks[0], own, payer, key(72, 1), STAKE, None)
    };
    vec![
        Attack::new(
            45,
            "withdraw",
            "a program stakes and withdraws for itself",
            move || {
                let mut arena = prepared_node(Stage::Begun);
                let stake = stake_of_program(&arena);
                by_itself(&mut arena, stake);
                assert_eq!(arena.vm.tokens(&key(72, 1)), 10_000 - STAKE);
                let leave = instruction::withdraw(arena.tasks[0], own_address(), key(72, 1), STAKE);
                let code = Refusal::Custom(ErrorCode::AccountNotSigner.into());
                let mut unsigned = leave.clone();
                unsigned.accounts[0].is_signer = false;
                refused_with(&mut arena, &[unsigned], code);
                by_itself(&mut arena, leave);
                assert_eq!(arena.vm.tokens(&key(72, 1)), 10_000);
            },
        ),
        Attack::new(
            45,
            "submit",
            "a program submits and is paid as any node",
            move || {
                let mut arena = prepared_node(Stage::Begun);
                let stake = stake_of_program(&arena);
                by_itself(&mut arena, stake);
                arena.vm.warp_to(300);
                let (task, payer, own) = (arena.tasks[0].task, arena.manager.key, own_address());
                let submit = instruction::submit(task, own, payer, CYCLE, b"proof".to_vec());
                by_itself(&mut arena, submit);
                let round = arena.cycle_address(0);
                let address = address::submission(&round, &own);
                assert_eq!(arena.subject(address).author, own);
            },
        ),
        Attack::new(
            45,
            "audit",
            "a program votes twice in one call",
            move || {
                let mut arena = prepared_node(Stage::Begun);
                let stake = stake_of_program(&arena);
                by_itself(&mut arena, stake);
                arena.vm.warp_to(300);
                let submit = arena.submit(0, CHEAT);
                done(&mut arena, submit);
                arena.vm.warp_to(341);
                let (task, payer, own) = (arena.tasks[0].task, arena.manager.key, own_address());
                let subject = arena.submission(0, CHEAT);
                let vote = instruction::audit(task, subject, arena.node(CHEAT), own, payer, false);
                let wrapped = caller::wrap(&vote, Mode::SignForItself);
                let twice = [wrapped.clone(), wrapped.clone()];
                refused_with(&mut arena, &twice, Refusal::Custom(E::AlreadyVoted.into()));
                done(&mut arena, wrapped);
            },
        ),
    ]
}
