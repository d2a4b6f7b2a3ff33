//! Classes 41 to 45: who may govern what, who may block whom, and nodes that are programs.

use super::act::{accept, done, only_changed, refused, refused_with};
use crate::{
    arena::{Arena, Person, config_manager, key},
    attack::{
        caller::{self, Mode, own_address},
        case::{Attack, cases, gathered},
        fixture::Fixture,
        fixtures,
        generic::{attacker, prepared},
        idl::account,
        scene::{CHEAT, CYCLE, NEWCOMER, PENDING, STAKE, Stage, later, scene},
    },
    vm::{Refusal, upgrade_authority},
};
use anchor_lang::error::ErrorCode;
use gradual_consensus::{GradualError as E, TaskParams, state::Task};
use gradual_consensus_client::{
    address,
    instruction::{self, Entry},
};
use solana_sdk::{instruction::Instruction, pubkey::Pubkey};

/// All of them.
pub(super) fn attacks() -> Vec<Attack> {
    let mut all = governance();
    all.extend(paused());
    all.extend(fixtures::all().iter().flat_map(stopped));
    all.extend(cranks());
    all.extend(programs());
    all
}

fn governance() -> Vec<Attack> {
    gathered([
        cases!(
            41,
            "create_task",
            at_somebody_elses_address_by_another_signer,
            at_the_address_of_other_terms
        ),
        cases!(
            11,
            "create_task",
            the_same_number_with_other_terms_lives_elsewhere
        ),
        cases!(
            41,
            "initialize_config",
            of_a_final_program_by_anyone,
            by_the_authority_of_another_program
        ),
        cases!(42, "accept_admin", an_offer_that_was_replaced),
        cases!(42, "accept_manager", an_offer_that_was_taken_back),
        cases!(42, "propose_manager", by_the_manager_before_last),
        cases!(
            42,
            "remove_manager",
            one_alone_where_there_are_two,
            the_last_one
        ),
        cases!(42, "set_active", by_a_node, by_the_manager_of_another_task),
        cases!(42, "migrate_task", by_the_successors_manager),
    ])
}

fn at_somebody_elses_address_by_another_signer() {
    let mut arena = scene(Stage::Begun);
    arena.vm.give(attacker(), 10_000_000_000);
    let honest = arena.create_task_ix(10, later());
    let mut ahead = honest.clone();
    account(&mut ahead, "creator").pubkey = attacker();
    refused(&mut arena, ahead, E::WrongAddress);
    done(&mut arena, honest);
    assert_eq!(arena.task(0).manager, arena.manager.key);
}

/// Terms that differ from the honest ones in one place each.
fn other_terms() -> Vec<TaskParams> {
    let changes: [fn(&mut TaskParams); 8] = [
        |terms| terms.starting_slot += 1,
        |terms| terms.minimum_stake_amount += 1,
        |terms| terms.bounty_amount_per_round -= 1,
        |terms| terms.idle_rounds += 1,
        |terms| terms.equal_shares = false,
        |terms| terms.quorum_bps += 1,
        |terms| terms.slash_bps -= 1,
        |terms| terms.voter_bps += 1,
    ];
    let changed = changes.into_iter().map(|change| {
        let mut terms = later();
        change(&mut terms);
        terms
    });
    changed.collect()
}

fn at_the_address_of_other_terms() {
    let mut arena = scene(Stage::Begun);
    let honest = arena.create_task_ix(10, later());
    for terms in other_terms() {
        // Its own data, at the addresses that were announced for others.
        let mut usurped = arena.create_task_ix(10, terms);
        usurped.accounts.clone_from(&honest.accounts);
        refused(&mut arena, usurped, E::WrongAddress);
    }
    done(&mut arena, honest);
}

fn the_same_number_with_other_terms_lives_elsewhere() {
    let mut arena = scene(Stage::Begun);
    let create = arena.create_task_ix(10, later());
    let address = create.accounts[2].pubkey;
    done(&mut arena, create);
    let Person { key, wallet } = arena.manager;
    done(&mut arena, instruction::set_active(address, key, false));
    let task = arena.fetch(&address);
    let close = instruction::close_task(address, &task, key, wallet);
    done(&mut arena, close);
    for terms in other_terms() {
        let again = arena.create_task_ix(10, terms);
        assert_ne!(again.accounts[2].pubkey, address);
        done(&mut arena, again);
    }
    assert!(arena.find::<Task>(&address).is_none());
    // With the same terms it is the same task once more.
    let again = arena.create_task_ix(10, later());
    done(&mut arena, again);
    assert_eq!(arena.fetch::<Task>(&address).schedule.starting_slot, 10_000);
}

fn of_a_final_program_by_anyone() {
    let mut arena = scene(Stage::Unconfigured);
    arena.vm.set_upgrade_authority(None);
    for signer in [upgrade_authority(), attacker(), arena.manager.key] {
        let early = instruction::initialize_config(signer, arena.manager.key, signer);
        refused(&mut arena, early, E::NotUpgradeAuthority);
    }
}

fn by_the_authority_of_another_program() {
    let mut arena = scene(Stage::Unconfigured);
    let data = arena.vm.account(&address::program_data()).unwrap();
    let other = key(75, 1);
    arena.vm.set(other, Some(data));
    let payer = arena.manager.key;
    let honest = instruction::initialize_config(upgrade_authority(), payer, payer);
    let mut changed = honest.clone();
    account(&mut changed, "program_data").pubkey = other;
    refused(&mut arena, changed, E::WrongProgramData);
    done(&mut arena, honest);
}

fn an_offer_that_was_replaced() {
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
}

fn an_offer_that_was_taken_back() {
    let mut arena = scene(Stage::Offered);
    let (task, manager) = (arena.tasks[0].task, arena.manager.key);
    let none = instruction::propose_manager(task, manager, Pubkey::default());
    done(&mut arena, none);
    let late = instruction::accept_manager(task, PENDING);
    refused(&mut arena, late, E::NotPendingManager);
}

fn by_the_manager_before_last() {
    let mut arena = scene(Stage::Offered);
    let (task, manager) = (arena.tasks[0].task, arena.manager.key);
    done(&mut arena, instruction::accept_manager(task, PENDING));
    let old = instruction::propose_manager(task, manager, manager);
    refused(&mut arena, old, E::NotManager);
}

fn one_alone_where_there_are_two() {
    let mut arena = scene(Stage::Offered);
    let (first, second) = (config_manager(0), config_manager(1));
    let alone = instruction::remove_manager(first, None, second);
    refused(&mut arena, alone, E::SecondManagerMissing);
    let alone = instruction::insert_manager(first, None, attacker());
    refused(&mut arena, alone, E::SecondManagerMissing);
}

fn the_last_one() {
    let mut arena = scene(Stage::Begun);
    let only = config_manager(0);
    let last = instruction::remove_manager(only, None, only);
    refused(&mut arena, last, E::LastManager);
}

fn by_a_node() {
    only_changed(
        Stage::Begun,
        |arena| instruction::set_active(arena.tasks[0].task, arena.manager.key, false),
        |arena, _| instruction::set_active(arena.tasks[0].task, arena.node(0), false),
        E::NotManager,
    );
}

fn by_the_manager_of_another_task() {
    let mut arena = scene(Stage::Begun);
    let other = key(71, 1);
    arena.vm.give(other, 10_000_000_000);
    let create = instruction::create_task(
        other,
        1,
        arena.mint,
        spl_token_interface::ID,
        later(),
        gradual_consensus::TaskTexts::default(),
    );
    let created = create.accounts[2].pubkey;
    done(&mut arena, create);
    let own = instruction::set_active(created, other, false);
    done(&mut arena, own);
    let foreign = instruction::set_active(arena.tasks[0].task, other, false);
    refused(&mut arena, foreign, E::NotManager);
}

fn by_the_successors_manager() {
    let mut arena = scene(Stage::Heirs);
    let mut honest = arena.migrate_task(0);
    let (manager, successor) = (arena.manager.key, account(&mut honest, "successor").pubkey);
    for handover in [
        instruction::propose_manager(successor, manager, PENDING),
        instruction::accept_manager(successor, PENDING),
    ] {
        done(&mut arena, handover);
    }
    refused(&mut arena, honest.clone(), E::NotManager);
    let mut usurped = honest;
    account(&mut usurped, "manager").pubkey = PENDING;
    refused(&mut arena, usurped, E::NotManager);
}

/// Class 43: what a task's deactivation and the program's pause stop, and that they stop no exit, whatever
/// the instruction.
fn paused() -> Vec<Attack> {
    gathered([
        cases!(
            43,
            "open_cycle",
            once_the_task_is_active_again,
            in_a_round_that_saw_a_pause,
            by_a_task_that_has_moved
        ),
        cases!(43, "submit", after_the_task_has_moved),
        cases!(43, "stake", without_a_config),
    ])
}

fn once_the_task_is_active_again() {
    let mut arena = scene(Stage::Working);
    let (task, manager) = (arena.tasks[0].task, arena.manager.key);
    done(&mut arena, instruction::set_active(task, manager, false));
    let open = arena.open_cycle(0, 0, CYCLE);
    refused(&mut arena, open.clone(), E::TaskInactive);
    done(&mut arena, instruction::set_active(task, manager, true));
    done(&mut arena, open);
}

fn in_a_round_that_saw_a_pause() {
    let mut arena = scene(Stage::Working);
    let open = arena.open_cycle(0, 0, CYCLE);
    done(
        &mut arena,
        instruction::set_paused(upgrade_authority(), true),
    );
    refused(&mut arena, open.clone(), E::Paused);
    done(
        &mut arena,
        instruction::set_paused(upgrade_authority(), false),
    );
    done(&mut arena, open);
}

/// A world in which cycle 1 is open, and its task has moved to another.
fn moved(stage: Stage) -> Arena {
    let mut arena = scene(stage);
    arena.create_task(later());
    let (task, successor) = (arena.tasks[0], arena.tasks[2].task);
    let manager = arena.manager.key;
    done(
        &mut arena,
        instruction::migrate_task(task, successor, manager),
    );
    arena
}

fn by_a_task_that_has_moved() {
    let mut arena = moved(Stage::Working);
    let open = arena.open_cycle(0, 0, CYCLE);
    refused(&mut arena, open, E::TaskMigrated);
}

fn after_the_task_has_moved() {
    // All of the bounty that was free has gone; what the open cycle needs has not.
    let mut arena = moved(Stage::Active);
    let task = arena.task(0);
    assert_eq!(
        (
            task.bounty_available,
            task.bounty_reserved,
            task.bounty_migrated
        ),
        (0, 10_000, 90_000)
    );
    let submit = arena.submit(0, 0);
    done(&mut arena, submit);
    arena.vm.warp_to(440);
    let proposal = arena.proposal(0, &[(0, 10_000)]);
    accept(&mut arena, proposal);
    let entry = arena.valid(0).entry(CYCLE, &[(0, 10_000)], 0);
    let pay = instruction::payout(arena.tasks[0].task, CYCLE, 0, entry);
    done(&mut arena, pay);
}

fn without_a_config() {
    let mut arena = scene(Stage::Unconfigured);
    let stake = arena.stake(0, NEWCOMER, STAKE);
    refused(&mut arena, stake, E::NoConfig);
    let leave = arena.withdraw(0, 0, STAKE);
    done(&mut arena, leave);
}

/// The same on a fixture: while its task is inactive, and while the program is paused.
fn stopped(fixture: &'static Fixture) -> Vec<Attack> {
    let stage = fixture.stage;
    let mut all = vec![];
    if stage == Stage::Unconfigured {
        return all;
    }
    let mut stop = |what: &str, by: fn(&Arena) -> Instruction, needs: bool, error: E| {
        let name = fixture.named(what);
        all.push(Attack::new(43, fixture.instruction, name, move || {
            let mut arena = scene(stage);
            let stops = by(&arena);
            done(&mut arena, stops);
            let tried = fixture.build(&arena, 0);
            if needs {
                refused(&mut arena, tried, error);
            } else {
                done(&mut arena, tried);
            }
        }));
    };
    // A task that has migrated is inactive for good.
    if stage != Stage::Migrated {
        let off = |arena: &Arena| {
            let (task, manager) = (arena.tasks[0].task, arena.manager.key);
            instruction::set_active(task, manager, false)
        };
        let needs = fixture.needs_activity;
        stop("while the task is inactive", off, needs, E::TaskInactive);
    }
    let pause = |_: &Arena| instruction::set_paused(upgrade_authority(), true);
    let needs = fixture.needs_running;
    stop("while the program is paused", pause, needs, E::Paused);
    all
}

/// Class 44: one bad node blocks nobody.
fn cranks() -> Vec<Attack> {
    gathered([
        cases!(
            44,
            "payout",
            an_entry_that_nobody_can_pay,
            a_node_that_paid_itself_first
        ),
        cases!(
            44,
            "finalize_distribution",
            an_unresolved_audit_of_a_submission
        ),
        cases!(44, "close_subject", an_open_vote_elsewhere),
        cases!(44, "close_vote", voters_that_never_come_back),
        cases!(44, "submit_distribution_list", proposers_that_sleep),
        cases!(
            44,
            "park_stake",
            idle_stake_makes_a_verdict_impossible_until_it_is_parked
        ),
        cases!(44, "payout_equal", attempts_that_all_fail),
    ])
}

fn an_entry_that_nobody_can_pay() {
    // Node 4 never submitted: its entry stays unpaid, the others are paid.
    let entries = [(0, 3_000), (NEWCOMER, 3_000), (2, 3_000)];
    let mut arena = scene(Stage::Resolved);
    let proposal = arena.proposal(0, &entries);
    accept(&mut arena, proposal);
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
    let cheat = arena.submission(0, CHEAT);
    for voter in 0..3 {
        let close = arena.close_vote(0, cheat, voter);
        done(&mut arena, close);
    }
    let submissions = (0..4).map(|node| arena.submission(0, node));
    for subject in submissions.chain([arena.list(0)]).collect::<Vec<_>>() {
        let close = arena.close_subject(subject);
        done(&mut arena, close);
    }
    let close = arena.close_cycle(0);
    done(&mut arena, close);
    assert_eq!(arena.task(0).bounty_available, before + 3_000);
}

fn an_unresolved_audit_of_a_submission() {
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
}

fn an_open_vote_elsewhere() {
    // The votes on node 3's submission are open; node 1's closes all the same.
    let mut arena = scene(Stage::Paid);
    let close = arena.close_subject(arena.submission(0, 1));
    done(&mut arena, close);
    let held = arena.close_subject(arena.submission(0, CHEAT));
    refused(&mut arena, held, E::VotesOpen);
}

fn voters_that_never_come_back() {
    // Anybody closes their votes; their shares wait in their balances.
    let mut arena = scene(Stage::Resolved);
    arena.vm.warp_to(1_000_000);
    for node in 0..3 {
        let close = arena.close_vote(0, arena.submission(0, CHEAT), node);
        done(&mut arena, close);
    }
    assert_eq!(arena.stake_of(0, 2).available_balance, 70);
}

fn proposers_that_sleep() {
    // In the last slot of the window it is everybody's turn.
    for node in 0..3 {
        let mut arena = scene(Stage::Resolved);
        let propose = arena.propose(0, node);
        done(&mut arena, propose);
    }
}

fn idle_stake_makes_a_verdict_impossible_until_it_is_parked() {
    // Nodes 1 to 3 have their machines switched off; node 0 is awake, and a newcomer with little stake
    // hands in junk. Where two idle ones are parked, node 0 is over half of those who may vote.
    for parks in [false, true] {
        let mut arena = scene(Stage::Idle);
        let newcomer = arena.stake(0, NEWCOMER, 100);
        done(&mut arena, newcomer);
        if parks {
            for idle in 1..4 {
                let park = instruction::park_stake(arena.tasks[0].task, arena.node(idle));
                done(&mut arena, park);
            }
        }
        arena.vm.warp_to(600);
        let open = arena.open_cycle(0, 0, 5);
        done(&mut arena, open);
        arena.vm.warp_to(700);
        let submit = arena.submit_for(0, NEWCOMER, 5);
        done(&mut arena, submit);
        arena.vm.warp_to(741);
        let cycle = address::cycle(&arena.tasks[0].task, 5);
        let junk = address::submission(&cycle, &arena.node(NEWCOMER));
        let vote = arena.audit(0, 0, junk, false);
        done(&mut arena, vote);
        arena.vm.warp_to(781);
        let resolve = arena.resolve(0, junk);
        done(&mut arena, resolve);
        let slashed = arena.stake_of(0, NEWCOMER).slashed;
        assert_eq!(slashed, if parks { 70 } else { 0 });
    }
}

fn attempts_that_all_fail() {
    // Nobody proposes anything: all who submitted are paid, by anybody.
    let mut arena = scene(Stage::Failed);
    for node in 0..4 {
        let pay = arena.payout_equal(0, node);
        done(&mut arena, pay);
    }
}

fn a_node_that_paid_itself_first() {
    let mut arena = scene(Stage::Accepted);
    let own = arena.payout(0, 0);
    done(&mut arena, own.clone());
    // A batch with an entry that was paid meanwhile fails as a whole; one by one, it does not.
    let batch = [own, arena.payout(0, 1)];
    refused_with(&mut arena, &batch, Refusal::Custom(E::AlreadyPaid.into()));
    let [_, other] = batch;
    done(&mut arena, other);
}

/// The node that is a program sends this.
fn by_itself(arena: &mut Arena, inner: &Instruction) {
    done(arena, caller::wrap(inner, Mode::SignForItself));
}

/// Where the tokens are of the node that is a program.
fn wallet_of_program() -> Pubkey {
    key(72, 1)
}

/// A world in which a program has staked.
fn program_that_staked() -> Arena {
    let mut arena = prepared(Stage::Begun);
    let own = own_address();
    arena.vm.give(own, 10_000_000_000);
    arena
        .vm
        .set_tokens(wallet_of_program(), arena.mint, own, 10_000);
    let (task, payer) = (arena.tasks[0], arena.manager.key);
    let stake = instruction::stake(task, own, payer, wallet_of_program(), STAKE, None);
    by_itself(&mut arena, &stake);
    arena
}

/// Class 45: a node that is a program, and signs by its seeds.
fn programs() -> Vec<Attack> {
    gathered([
        cases!(45, "withdraw", a_program_stakes_and_withdraws_for_itself),
        cases!(45, "submit", a_program_submits_and_is_paid_as_any_node),
        cases!(45, "audit", a_program_votes_twice_in_one_call),
    ])
}

fn a_program_stakes_and_withdraws_for_itself() {
    let mut arena = program_that_staked();
    assert_eq!(arena.vm.tokens(&wallet_of_program()), 10_000 - STAKE);
    let leave = instruction::withdraw(arena.tasks[0], own_address(), wallet_of_program(), STAKE);
    let code = Refusal::Custom(ErrorCode::AccountNotSigner.into());
    let mut unsigned = leave.clone();
    account(&mut unsigned, "node").is_signer = false;
    refused_with(&mut arena, &[unsigned], code);
    by_itself(&mut arena, &leave);
    assert_eq!(arena.vm.tokens(&wallet_of_program()), 10_000);
}

fn a_program_submits_and_is_paid_as_any_node() {
    let mut arena = program_that_staked();
    arena.vm.warp_to(200);
    let (task, payer, own) = (arena.tasks[0].task, arena.manager.key, own_address());
    let open = instruction::open_cycle(task, own, payer, CYCLE);
    by_itself(&mut arena, &open);
    arena.vm.warp_to(300);
    let submit = instruction::submit(task, own, payer, CYCLE, b"proof".to_vec());
    by_itself(&mut arena, &submit);
    let cycle = arena.cycle_address(0);
    let address = address::submission(&cycle, &own);
    assert_eq!(arena.subject(address).author, own);
}

fn a_program_votes_twice_in_one_call() {
    let mut arena = program_that_staked();
    arena.vm.warp_to(200);
    let open = arena.open_cycle(0, 0, CYCLE);
    done(&mut arena, open);
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
}
