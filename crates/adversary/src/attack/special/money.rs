//! Classes 37 to 40: amounts at the end of what 64 bits hold, rent, and mints.

use super::act::{done, refused, refused_with};
use crate::{
    arena::{Arena, Person, key},
    attack::{
        case::{Attack, cases, gathered},
        generic::attacker,
        idl::account,
        scene::{CHEAT, CYCLE, NEWCOMER, STAKE, Stage, later, params, scene},
    },
    vm::Refusal,
};
use anchor_lang::error::ErrorCode;
use gradual_consensus::{GradualError as E, TaskParams};
use gradual_consensus_client::{address, instruction};
use solana_sdk::pubkey::Pubkey;
use spl_token_interface::state::AccountState;

/// The token program's errors, by code.
const INSUFFICIENT_FUNDS: u32 = 1;
const ACCOUNT_FROZEN: u32 = 17;

/// `create_task` with changed terms is refused; with the honest ones it is done.
fn misconceived(error: E, change: impl Fn(&mut TaskParams)) {
    let mut arena = scene(Stage::Begun);
    let mut terms = later();
    change(&mut terms);
    let changed = arena.create_task_ix(10, terms);
    refused(&mut arena, changed, error);
    let honest = arena.create_task_ix(10, later());
    done(&mut arena, honest);
}

/// Freezes a token account, as the mint's freeze authority may.
fn freeze(arena: &mut Arena, address: Pubkey) {
    arena
        .vm
        .change_tokens(address, |account| account.state = AccountState::Frozen);
}

/// All of them.
pub(super) fn attacks() -> Vec<Attack> {
    let mut all = overflow();
    all.extend(rent());
    all.extend(mints());
    all
}

fn overflow() -> Vec<Attack> {
    gathered([
        cases!(
            37,
            "stake",
            the_largest_amount_on_top_of_stake,
            more_than_there_is,
            two_stakes_of_half_of_all_there_can_be
        ),
        cases!(37, "audit", weights_that_nearly_overflow),
        cases!(37, "resolve_audit", a_slash_that_nearly_overflows),
        cases!(
            37,
            "withdraw",
            withdrawal_of_the_largest_amount,
            one_unit_more_than_there_is
        ),
        cases!(
            37,
            "fund_task",
            funding_of_the_largest_amount,
            fundings_whose_sum_overflows
        ),
        cases!(
            37,
            "create_task",
            rounds_of_the_most_slots_there_are,
            windows_whose_sum_wraps_around,
            shares_whose_sum_wraps_around,
            shares_of_more_than_the_whole,
            no_quorum_at_all,
            a_minimum_of_nothing,
            cycles_that_pay_nothing,
            no_time_to_claim,
            more_attempts_than_there_may_be
        ),
        cases!(
            19,
            "create_task",
            a_start_in_the_past,
            a_start_at_the_end_of_time_blocks_no_exit
        ),
    ])
}

fn the_largest_amount_on_top_of_stake() {
    let mut arena = scene(Stage::Active);
    let most = arena.stake(0, 0, u64::MAX);
    refused(&mut arena, most, E::Overflow);
}

fn more_than_there_is() {
    let mut arena = scene(Stage::Active);
    let much = arena.stake(0, 0, 1 << 60);
    refused_with(&mut arena, &[much], Refusal::Custom(INSUFFICIENT_FUNDS));
}

fn two_stakes_of_half_of_all_there_can_be() {
    let mut arena = scene(Stage::Active);
    for node in [0, 1] {
        let wallet = arena.nodes[node].wallet;
        arena
            .vm
            .change_tokens(wallet, |account| account.amount = 1 << 63);
    }
    let first = arena.stake(0, 0, 1 << 63);
    done(&mut arena, first);
    let second = arena.stake(0, 1, 1 << 63);
    refused(&mut arena, second, E::Overflow);
}

fn weights_that_nearly_overflow() {
    let half = (1 << 63) - 10_000;
    let mut arena = Arena::new(1, 3, half);
    let mut terms = params();
    terms.slash_bps = 10_000;
    terms.quorum_bps = 10_000;
    arena.create_task(terms);
    arena.vm.warp_to(100);
    for (node, amount) in [(0, half), (1, half), (2, 1_000)] {
        let stake = arena.stake(0, node, amount);
        done(&mut arena, stake);
    }
    open_first(&mut arena);
    let submit = arena.submit(0, 2);
    done(&mut arena, submit);
    arena.vm.warp_to(341);
    let subject = arena.submission(0, 2);
    for node in [0, 1] {
        let vote = arena.audit(0, node, subject, false);
        done(&mut arena, vote);
    }
    let audit = arena.subject(subject).audit;
    assert_eq!(
        (audit.weight_invalid, audit.electorate),
        (2 * half, 2 * half + 1_000)
    );
    arena.vm.warp_to(381);
    let resolve = arena.resolve(0, subject);
    done(&mut arena, resolve);
    assert_eq!(arena.stake_of(0, 2).stake.total(), 0);
}

/// Funds a cycle, opens the first one, and waits for its review.
fn open_first(arena: &mut Arena) {
    let Person { wallet, .. } = arena.manager;
    arena
        .vm
        .change_tokens(wallet, |account| account.amount = 10_000);
    let fund = arena.valid(0).fund(arena.manager, 10_000);
    done(arena, fund);
    arena.vm.warp_to(200);
    let open = arena.open_cycle(0, 0, CYCLE);
    done(arena, open);
    arena.vm.warp_to(300);
}

fn a_slash_that_nearly_overflows() {
    // Nobody over half of the electorate is slashed: just below it is the most there is.
    let (half, most) = ((1 << 63) - 10_000, (1 << 63) - 10_001);
    let mut arena = Arena::new(1, 2, 0);
    let mut terms = params();
    terms.slash_bps = 10_000;
    arena.create_task(terms);
    arena.vm.warp_to(100);
    for (node, amount) in [(0, half), (1, most)] {
        let wallet = arena.nodes[node].wallet;
        arena
            .vm
            .change_tokens(wallet, |account| account.amount = amount);
        let stake = arena.stake(0, node, amount);
        done(&mut arena, stake);
    }
    open_first(&mut arena);
    let submit = arena.submit(0, 1);
    done(&mut arena, submit);
    arena.vm.warp_to(341);
    let subject = arena.submission(0, 1);
    let challenge = arena.audit(0, 0, subject, false);
    done(&mut arena, challenge);
    arena.vm.warp_to(381);
    let resolve = arena.resolve(0, subject);
    done(&mut arena, resolve);
    let close = arena.close_vote(0, subject, 0);
    done(&mut arena, close);
    let share = u64::try_from(u128::from(most) * 3 / 10).unwrap();
    assert_eq!(arena.stake_of(0, 0).available_balance, 2 * share);
    assert_eq!(arena.task(0).bounty_available, most - 2 * share);
}

fn withdrawal_of_the_largest_amount() {
    let mut arena = scene(Stage::Active);
    let most = arena.withdraw(0, 0, u64::MAX);
    refused(&mut arena, most, E::InsufficientStake);
}

fn one_unit_more_than_there_is() {
    let mut arena = scene(Stage::Active);
    let more = arena.withdraw(0, 0, STAKE + 1);
    refused(&mut arena, more, E::InsufficientStake);
}

fn funding_of_the_largest_amount() {
    let mut arena = scene(Stage::Active);
    let Person { key, wallet } = arena.manager;
    let most = instruction::fund_task(arena.tasks[0], key, wallet, u64::MAX);
    refused(&mut arena, most, E::Overflow);
}

fn fundings_whose_sum_overflows() {
    let mut arena = scene(Stage::Begun);
    let Person { key, wallet } = arena.manager;
    let most = u64::MAX - 100_000;
    arena
        .vm
        .change_tokens(wallet, |account| account.amount = u64::MAX);
    let first = instruction::fund_task(arena.tasks[0], key, wallet, most);
    done(&mut arena, first);
    arena
        .vm
        .change_tokens(address::bounty_pot(&arena.tasks[0].task), |pot| {
            pot.amount = 5
        });
    // The books no longer balance: what is looked at here is only the sum.
    let second = instruction::fund_task(arena.tasks[0], key, wallet, 1);
    let overflow = Refusal::Custom(E::Overflow.into());
    assert_eq!(arena.vm.run(&[second]), Err(overflow));
}

fn rounds_of_the_most_slots_there_are() {
    misconceived(E::InvalidSchedule, |terms| terms.round_time = u64::MAX);
}

fn windows_whose_sum_wraps_around() {
    misconceived(E::InvalidSchedule, |terms| {
        terms.submission_window = u64::MAX;
        terms.audit_window = 41;
    });
}

fn shares_whose_sum_wraps_around() {
    misconceived(E::InvalidBps, |terms| {
        terms.challenger_bps = 40_000;
        terms.voter_bps = 30_000;
    });
}

fn shares_of_more_than_the_whole() {
    misconceived(E::InvalidBps, |terms| terms.challenger_bps = 7_001);
}

fn no_quorum_at_all() {
    misconceived(E::InvalidBps, |terms| terms.quorum_bps = 0);
}

fn a_minimum_of_nothing() {
    misconceived(E::InvalidParameter, |terms| terms.minimum_stake_amount = 0);
}

fn cycles_that_pay_nothing() {
    misconceived(E::InvalidParameter, |terms| {
        terms.bounty_amount_per_round = 0;
    });
}

fn no_time_to_claim() {
    misconceived(E::InvalidParameter, |terms| terms.claim_window = 0);
}

fn more_attempts_than_there_may_be() {
    misconceived(E::InvalidParameter, |terms| {
        terms.allowed_failed_distributions = 16;
    });
}

fn a_start_in_the_past() {
    misconceived(E::StartInPast, |terms| terms.starting_slot = 99);
    misconceived(E::StartInPast, |terms| terms.starting_slot = 100);
}

fn a_start_at_the_end_of_time_blocks_no_exit() {
    let mut arena = Arena::new(1, 2, 10_000);
    let mut terms = params();
    terms.starting_slot = u64::MAX;
    arena.create_task(terms);
    let stake = arena.stake(0, 0, 1_000);
    done(&mut arena, stake);
    let open = arena.open_cycle(0, 0, 0);
    refused(&mut arena, open, E::OpeningWindowClosed);
    let submit = arena.submit(0, 0);
    refused(&mut arena, submit, E::Overflow);
    let leave = arena.withdraw(0, 0, 1_000);
    done(&mut arena, leave);
}

fn rent() -> Vec<Attack> {
    gathered([
        cases!(6, "stake", again_so_that_the_rent_goes_back_to_the_node),
        cases!(
            38,
            "close_stake",
            a_whole_life_costs_its_payer_no_rent,
            rent_to_the_node_that_did_not_pay_it
        ),
        cases!(17, "close_task", donations_go_where_the_manager_says),
        cases!(44, "close_task", while_anybody_has_a_stake_account),
        cases!(38, "close_vote", rent_to_the_voter_that_did_not_pay_it),
        cases!(38, "submit", rent_from_somebody_who_did_not_sign),
        cases!(38, "close_cycle", rent_of_a_cycle_to_who_closes_it),
        cases!(
            38,
            "close_subject",
            lamports_sent_to_it_go_to_its_payer_not_to_the_sender
        ),
    ])
}

fn again_so_that_the_rent_goes_back_to_the_node() {
    let mut arena = scene(Stage::Begun);
    let before = arena.stake_of(0, 1);
    let mut again = arena.stake(0, 1, STAKE);
    account(&mut again, "payer").pubkey = arena.node(1);
    done(&mut arena, again);
    let after = arena.stake_of(0, 1);
    assert_eq!((after.payer, after.bump), (before.payer, before.bump));
    assert_eq!(after.deposited, before.deposited + STAKE);
}

fn a_whole_life_costs_its_payer_no_rent() {
    // Task, texts and pots stay; everything else was paid by the manager and comes back.
    let begun = scene(Stage::Begun);
    let mut arena = scene(Stage::Left);
    for task in 0..2 {
        for node in 0..4 {
            let (tokens, payer) = (arena.tasks[task], arena.manager.key);
            let close =
                instruction::close_stake(tokens.task, arena.node(node), payer, arena.node(node));
            done(&mut arena, close);
        }
    }
    let stakes = (0..2).flat_map(|task| (0..4).map(move |node| (task, node)));
    let rent: u64 = stakes
        .map(|(task, node)| {
            let task = begun.tasks[task].task;
            begun
                .vm
                .lamports(&address::node_stake(&task, &begun.node(node)))
        })
        .sum();
    let manager = arena.manager.key;
    assert_eq!(
        arena.vm.lamports(&manager),
        begun.vm.lamports(&manager) + rent
    );
    for node in 0..5 {
        let key = arena.node(node);
        assert_eq!(arena.vm.lamports(&key), begun.vm.lamports(&key));
    }
}

fn donations_go_where_the_manager_says() {
    let mut arena = scene(Stage::Abandoned);
    let task = arena.tasks[0].task;
    for pot in [address::stake_pot(&task), address::bounty_pot(&task)] {
        arena
            .vm
            .change_tokens(pot, |account| account.amount += 7_777);
    }
    let Person { key, wallet } = arena.manager;
    let (left, before) = (arena.task(0).bounty_available, arena.vm.tokens(&wallet));
    let close = instruction::close_task(task, &arena.task(0), key, wallet);
    done(&mut arena, close);
    assert_eq!(arena.vm.tokens(&wallet), before + left + 2 * 7_777);
}

fn while_anybody_has_a_stake_account() {
    let mut arena = scene(Stage::Left);
    let Person { key, wallet } = arena.manager;
    let task = arena.tasks[0].task;
    let close = instruction::close_task(task, &arena.task(0), key, wallet);
    refused(&mut arena, close.clone(), E::TaskActive);
    done(&mut arena, instruction::set_active(task, key, false));
    refused(&mut arena, close, E::TaskInUse);
}

fn rent_to_the_voter_that_did_not_pay_it() {
    let mut arena = scene(Stage::Resolved);
    let honest = arena.close_vote(0, arena.submission(0, CHEAT), 1);
    let mut changed = honest.clone();
    account(&mut changed, "payer").pubkey = arena.node(1);
    refused(&mut arena, changed, E::WrongRentPayer);
    done(&mut arena, honest);
}

fn rent_to_the_node_that_did_not_pay_it() {
    let mut arena = scene(Stage::Left);
    let (node, payer) = (arena.node(1), arena.manager.key);
    let task = arena.tasks[0].task;
    let stolen = instruction::close_stake(task, node, node, node);
    refused(&mut arena, stolen, E::WrongRentPayer);
    done(
        &mut arena,
        instruction::close_stake(task, node, payer, node),
    );
}

fn rent_from_somebody_who_did_not_sign() {
    let mut arena = scene(Stage::HandedIn);
    let honest = arena.submit(0, 1);
    let mut changed = honest.clone();
    account(&mut changed, "payer").pubkey = arena.node(2);
    account(&mut changed, "payer").is_signer = false;
    let code = Refusal::Custom(ErrorCode::AccountNotSigner.into());
    refused_with(&mut arena, &[changed], code);
    done(&mut arena, honest);
}

fn rent_of_a_cycle_to_who_closes_it() {
    let mut arena = scene(Stage::Emptied);
    let honest = arena.close_cycle(0);
    let mut changed = honest.clone();
    account(&mut changed, "payer").pubkey = arena.node(1);
    refused(&mut arena, changed, E::WrongRentPayer);
    done(&mut arena, honest);
}

fn lamports_sent_to_it_go_to_its_payer_not_to_the_sender() {
    let mut arena = scene(Stage::Settled);
    let subject = arena.submission(0, 1);
    arena.vm.give(subject, 777);
    let before = arena.vm.lamports(&arena.manager.key);
    let held = arena.vm.lamports(&subject);
    let close = arena.close_subject(subject);
    done(&mut arena, close);
    assert_eq!(arena.vm.lamports(&arena.manager.key), before + held);
    assert_eq!(arena.vm.lamports(&subject), 0);
}

fn mints() -> Vec<Attack> {
    gathered([
        cases!(
            40,
            "create_task",
            a_mint_of_the_other_token_program,
            a_mint_that_is_not_initialized,
            a_token_account_for_a_mint
        ),
        cases!(40, "withdraw", a_frozen_destination_blocks_nobody_else),
        cases!(40, "claim_reward", a_frozen_destination_loses_nothing),
        cases!(
            40,
            "resolve_audit",
            a_frozen_pot_all_stands_still_nothing_is_lost
        ),
        cases!(40, "stake", from_a_frozen_account),
        cases!(
            39,
            "withdraw",
            the_other_tasks_pot_as_the_destination_is_a_gift
        ),
        cases!(39, "claim_reward", somebody_elses_account_named_by_the_node),
    ])
}

fn a_mint_of_the_other_token_program() {
    let mut arena = scene(Stage::Begun);
    let real = arena.vm.account(&arena.mint).unwrap();
    let token_2022 = Pubkey::from_str_const("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");
    arena.vm.set_data(key(70, 1), token_2022, real.data);
    let mut changed = arena.create_task_ix(10, later());
    account(&mut changed, "mint").pubkey = key(70, 1);
    refused(&mut arena, changed, E::NotAMint);
}

fn a_mint_that_is_not_initialized() {
    let mut arena = scene(Stage::Begun);
    arena
        .vm
        .set_data(key(70, 1), spl_token_interface::ID, vec![0; 82]);
    let mut changed = arena.create_task_ix(10, later());
    account(&mut changed, "mint").pubkey = key(70, 1);
    refused(&mut arena, changed, E::NotAMint);
}

fn a_token_account_for_a_mint() {
    let mut arena = scene(Stage::Begun);
    let mut changed = arena.create_task_ix(10, later());
    account(&mut changed, "mint").pubkey = arena.nodes[0].wallet;
    refused(&mut arena, changed, E::NotAMint);
}

fn a_frozen_destination_blocks_nobody_else() {
    let mut arena = scene(Stage::Active);
    freeze_wallet(&mut arena, 0);
    let frozen = arena.withdraw(0, 0, STAKE);
    refused_with(&mut arena, &[frozen], Refusal::Custom(ACCOUNT_FROZEN));
    let other = arena.withdraw(0, 1, STAKE);
    done(&mut arena, other);
    let Person { key, .. } = arena.nodes[0];
    let elsewhere = instruction::withdraw(arena.tasks[0], key, arena.nodes[1].wallet, STAKE);
    done(&mut arena, elsewhere);
}

fn a_frozen_destination_loses_nothing() {
    let mut arena = scene(Stage::Paid);
    freeze_wallet(&mut arena, 0);
    let Person { key, wallet } = arena.nodes[0];
    let frozen = instruction::claim_reward(arena.tasks[0], key, wallet);
    refused_with(&mut arena, &[frozen], Refusal::Custom(ACCOUNT_FROZEN));
    let elsewhere = arena.nodes[1].wallet;
    let claim = instruction::claim_reward(arena.tasks[0], key, elsewhere);
    done(&mut arena, claim);
}

fn a_frozen_pot_all_stands_still_nothing_is_lost() {
    // What a mint's freeze authority can do: the trust model says so.
    let mut arena = scene(Stage::Voted);
    let pot = address::stake_pot(&arena.tasks[0].task);
    freeze(&mut arena, pot);
    let resolve = arena.resolve(0, arena.submission(0, CHEAT));
    refused_with(
        &mut arena,
        std::slice::from_ref(&resolve),
        Refusal::Custom(ACCOUNT_FROZEN),
    );
    arena
        .vm
        .change_tokens(pot, |account| account.state = AccountState::Initialized);
    done(&mut arena, resolve);
}

fn from_a_frozen_account() {
    let mut arena = scene(Stage::Active);
    freeze_wallet(&mut arena, NEWCOMER);
    let stake = arena.stake(0, NEWCOMER, STAKE);
    refused_with(&mut arena, &[stake], Refusal::Custom(ACCOUNT_FROZEN));
}

fn the_other_tasks_pot_as_the_destination_is_a_gift() {
    // Base units in a pot beyond what is owed are nobody's (class 17).
    let mut arena = scene(Stage::Active);
    let other = address::stake_pot(&arena.tasks[1].task);
    let before = arena.task(1);
    let gift = instruction::withdraw(arena.tasks[0], arena.node(0), other, STAKE);
    done(&mut arena, gift);
    assert_eq!(arena.task(1), before);
}

fn somebody_elses_account_named_by_the_node() {
    let mut arena = scene(Stage::Paid);
    arena.vm.set_tokens(key(70, 2), arena.mint, attacker(), 0);
    let claim = instruction::claim_reward(arena.tasks[0], arena.node(0), key(70, 2));
    done(&mut arena, claim);
    assert_eq!(arena.vm.tokens(&key(70, 2)), 4_210);
}

fn freeze_wallet(arena: &mut Arena, node: usize) {
    let wallet = arena.nodes[node].wallet;
    freeze(arena, wallet);
}
