//! `stake`.

use anchor_lang::error::ErrorCode;
use gradual_consensus::{GradualError, TaskParams, state::NodeStake};
use gradual_consensus_client::instruction;
use gradual_consensus_testkit::{
    BOUNTY, Build, LAMPORTS, STAKE, WALLET, World, assert_refused, assert_refused_by_anchor,
    assert_refused_with_code, on_every_build,
    suite::{
        AUTHOR, Kind, Sent, TOKEN_INSUFFICIENT_FUNDS, TOKEN_MINT_MISMATCH, TOKEN_OWNER_MISMATCH,
        another_task, decide, foreign_stake_accounts, other_mint,
    },
    swapped, unsigned,
};
use solana_sdk::{instruction::Instruction, rent::Rent};

on_every_build! {
    moves_the_amount_into_the_stake_pot,
    is_active_from_the_second_round_after_this_one,
    stake_from_before_the_start_is_active_in_round_2,
    a_top_up_warms_and_leaves_earlier_stake_as_it_is,
    refuses_amounts_that_leave_it_below_the_minimum,
    a_slashed_node_tops_up_to_the_minimum_or_not_at_all,
    an_endpoint_is_stored_replaced_and_kept,
    is_not_blocked_by_lamports_at_the_new_address,
    another_may_pay_the_rent,
    takes_nothing_but_what_is_the_nodes,
    refuses_the_accounts_of_others,
    refuses_more_than_can_be_counted,
    a_top_up_resumes_parked_stake,
}

/// `stake` of the default amount by node 0, at this endpoint.
fn stake_at(world: &World, endpoint: Option<&str>) -> Sent {
    let (key, wallet) = (world.nodes[0].pubkey(), world.nodes[0].wallet);
    let endpoint = endpoint.map(Into::into);
    world.act(
        0,
        instruction::stake(world.tokens, key, key, wallet, STAKE, endpoint),
    )
}

/// `stake` by node 0, whose rent node 1 pays.
fn stake_paid_by_node_1(world: &World, amount: u64) -> Instruction {
    let (node, payer) = (&world.nodes[0], world.nodes[1].pubkey());
    instruction::stake(
        world.tokens,
        node.pubkey(),
        payer,
        node.wallet,
        amount,
        None,
    )
}

/// `stake.1`
fn moves_the_amount_into_the_stake_pot(build: Build) {
    let world = World::on(build).stakes(&[0]).start();
    world.stake(0, STAKE).unwrap();
    assert_eq!(world.balance(&world.nodes[0].wallet), WALLET - STAKE);
    assert_eq!(world.books().stake_pot, STAKE);
    assert_eq!(world.node_stake(0).deposited, STAKE);
    assert_eq!(
        (world.task().node_count, world.task().total_stake),
        (1, STAKE)
    );
}

/// `stake.2`, `open_cycle.2`
fn is_active_from_the_second_round_after_this_one(build: Build) {
    let world = World::on(build).stakes(&[0, 0]).start();
    let inactive = GradualError::InsufficientActiveStake;
    world.warp_to(199);
    world.stake(0, STAKE).unwrap();
    world.warp_to(200);
    world.stake(1, STAKE).unwrap();
    assert_refused(world.open_cycle(1, 1), inactive);
    world.open_cycle(0, 1).unwrap();
    world.warp_to(300);
    world.submit(0, 1, b"proof").unwrap();
    assert_refused(world.submit(1, 1, b"proof"), inactive);
    world.open_cycle(1, 2).unwrap();
    world.warp_to(400);
    world.submit(1, 2, b"proof").unwrap();
}

/// `stake.2`: what comes before the first round counts as staked in it.
fn stake_from_before_the_start_is_active_in_round_2(build: Build) {
    let world = World::on(build).stakes(&[0]).start();
    let change = |params: &mut TaskParams| params.starting_slot = 1_000;
    let early = another_task(&world, &world.manager.keypair, 2, change);
    let valid = world.valid_in(early);
    world
        .crank(valid.fund(world.manager.party(), BOUNTY))
        .unwrap();
    world.act(0, valid.stake(0, STAKE)).unwrap();
    let open = |cycle| world.act(0, valid.open_cycle(0, cycle));
    world.warp_to(1_000);
    assert_refused(open(0), GradualError::InsufficientActiveStake);
    world.warp_to(1_100);
    open(1).unwrap();
    world.warp_to(1_200);
    world.act(0, valid.submit(0, 1, &[1])).unwrap();
}

/// `stake.3`
fn a_top_up_warms_and_leaves_earlier_stake_as_it_is(build: Build) {
    let world = World::on(build).stakes(&[STAKE]).start_active();
    world.stake(0, 500).unwrap();
    world.warp_to_round(3);
    world.stake(0, 30).unwrap();
    let stake = world.node_stake(0).stake;
    assert_eq!(
        (stake.as_of_round, stake.amounts),
        (3, [1_000, 1_500, 1_530])
    );
    let electorate = world.task().electorate;
    assert_eq!(
        (electorate.stake, electorate.nodes),
        ([1_000, 1_500, 1_530], [1, 1, 1])
    );
    assert_eq!(world.task().node_count, 1);
    assert_eq!(world.node_stake(0).deposited, 1_530);
}

/// `stake.4`
fn refuses_amounts_that_leave_it_below_the_minimum(build: Build) {
    let world = World::on(build).stakes(&[0]).start();
    assert_refused(world.stake(0, 0), GradualError::ZeroAmount);
    assert_refused(world.stake(0, 99), GradualError::StakeBelowMinimum);
    world.stake(0, 100).unwrap();
    assert_refused(world.stake(0, 0), GradualError::ZeroAmount);
    world.stake(0, 1).unwrap();
}

/// `stake.4`: after a slash the whole stake must reach the minimum again.
fn a_slashed_node_tops_up_to_the_minimum_or_not_at_all(build: Build) {
    let world = World::on(build)
        .params(|params| params.slash_bps = 9_500)
        .start_active();
    decide(
        &world,
        Kind::Submission,
        &[(0, false), (1, false), (2, false)],
    );
    assert_eq!(world.node_stake(AUTHOR).stake.total(), 50);
    assert_refused(world.stake(AUTHOR, 49), GradualError::StakeBelowMinimum);
    world.stake(AUTHOR, 50).unwrap();
    assert_eq!(world.node_stake(AUTHOR).stake.amounts, [50, 50, 100]);
    assert_eq!(world.task().electorate.nodes, [3, 3, 4]);
}

/// `stake.5`
fn an_endpoint_is_stored_replaced_and_kept(build: Build) {
    let world = World::on(build).stakes(&[0]).start();
    let longest = "e".repeat(64);
    assert_refused(
        stake_at(&world, Some(&"e".repeat(65))),
        GradualError::TextTooLong,
    );
    assert_refused(
        stake_at(&world, Some(&"e".repeat(256))),
        GradualError::TextTooLong,
    );
    for (given, stored) in [
        (None, ""),
        (Some(longest.as_str()), longest.as_str()),
        (None, longest.as_str()),
        (Some("http://node"), "http://node"),
        (Some(""), ""),
    ] {
        stake_at(&world, given).unwrap();
        assert_eq!(world.node_stake(0).endpoint(), stored);
    }
}

/// `stake.6`
fn is_not_blocked_by_lamports_at_the_new_address(build: Build) {
    for lamports in [1, LAMPORTS] {
        let world = World::on(build.clone()).stakes(&[0]).start();
        world.bank.airdrop(&world.stake_address(0), lamports);
        world.stake(0, STAKE).unwrap();
        let rent = Rent::default().minimum_balance(NodeStake::SPACE);
        assert_eq!(world.lamports(&world.stake_address(0)), lamports.max(rent));
        assert_eq!(world.node_stake(0).stake.total(), STAKE);
    }
}

/// `stake.1`: where another pays the rent, still only the node's tokens move, and the stake names the payer.
fn another_may_pay_the_rent(build: Build) {
    let world = World::on(build).stakes(&[0, 0]).start();
    let signers = [&world.nodes[1].keypair, &world.nodes[0].keypair];
    world
        .send(&[stake_paid_by_node_1(&world, STAKE)], &signers)
        .unwrap();
    assert_eq!(world.node_stake(0).payer, world.nodes[1].pubkey());
    assert_eq!(world.lamports(&world.nodes[0].pubkey()), LAMPORTS);
    assert_eq!(world.balance(&world.nodes[0].wallet), WALLET - STAKE);
    assert_eq!(world.balance(&world.nodes[1].wallet), WALLET);
}

/// `stake.1`: only the node itself, from its own account of the mint.
fn takes_nothing_but_what_is_the_nodes(build: Build) {
    let world = World::on(build).stakes(&[0, 0]).start();
    let forged = unsigned(stake_paid_by_node_1(&world, STAKE), world.nodes[0].pubkey());
    assert_refused_by_anchor(world.act(1, forged), ErrorCode::AccountNotSigner);
    assert_refused_with_code(world.stake(0, WALLET + 1), TOKEN_INSUFFICIENT_FUNDS);
    let (own, other) = (world.nodes[0].wallet, world.nodes[1].wallet);
    let stolen = world.act(0, swapped(world.stake_ix(0, STAKE), own, other));
    assert_refused_with_code(stolen, TOKEN_OWNER_MISMATCH);
    let (_, account) = other_mint(&world, &world.nodes[0].pubkey());
    let foreign = world.act(0, swapped(world.stake_ix(0, STAKE), own, account));
    assert_refused_with_code(foreign, TOKEN_MINT_MISMATCH);
}

/// `stake.1`: into this task's stake pot and this node's account.
fn refuses_the_accounts_of_others(build: Build) {
    let world = World::on(build).stakes(&[STAKE, STAKE, 0]).start();
    let (own, wrong) = (world.stake_address(0), foreign_stake_accounts(&world));
    let elsewhere = [
        (own, world.task_address(), GradualError::WrongNode),
        (own, world.stake_address(2), GradualError::WrongAddress),
    ];
    for (from, to, expected) in wrong.into_iter().chain(elsewhere) {
        let stake = swapped(world.stake_ix(0, STAKE), from, to);
        assert_refused(world.act(0, stake), expected);
    }
}

/// Sums that do not fit are refused, not wrapped.
fn refuses_more_than_can_be_counted(build: Build) {
    let world = World::on(build).stakes(&[0, 0]).start();
    let (wallet, owner) = (world.nodes[0].wallet, world.nodes[0].pubkey());
    let mint = world.tokens.mint;
    world
        .bank
        .create_token_account(&wallet, &mint, &owner, u64::MAX);
    world.stake(0, u64::MAX).unwrap();
    assert_refused(world.stake(1, STAKE), GradualError::Overflow);
    assert_refused(world.stake(0, 1), GradualError::Overflow);
}

/// `stake.3`: the first deposit after the parking ends it, and the node is active in this round.
fn a_top_up_resumes_parked_stake(build: Build) {
    for (round, amounts) in [(3, [STAKE; 3]), (4, [STAKE; 3]), (7, [0, 0, STAKE])] {
        let world = World::on(build.clone())
            .params(|params| params.idle_rounds = 2)
            .stakes(&[STAKE])
            .start();
        world.warp_to_round(3);
        world.park(0).unwrap();
        world.warp_to_round(round);
        world.stake(0, 50).unwrap();
        let [now, next, later] = amounts;
        let stake = world.node_stake(0);
        assert_eq!(stake.stake.amounts, [now, next, later + 50]);
        assert_eq!(stake.stake.parked, 0);
        assert_eq!(stake.last_active_round, round);
        assert_eq!(world.task().total_stake, STAKE + 50);
    }
}
