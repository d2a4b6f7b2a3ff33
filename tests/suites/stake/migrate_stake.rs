//! `migrate_stake`.

use gradual_consensus::{
    GradualError, TaskParams, TaskTexts,
    state::{NodeStake, Task},
};
use gradual_consensus_client::{
    address,
    instruction::{self, TaskTokens},
};
use gradual_consensus_testkit::{
    Build, LAMPORTS, NewTask, STAKE, WALLET, World, assert_refused, assert_refused_with_code, key,
    on_every_build,
    suite::{another_task, distribute, migrate, migrate_stake, somebody, successor},
    swapped,
};
use solana_sdk::{pubkey::Pubkey, signature::Signer};

on_every_build! {
    the_whole_stake_moves_from_pot_to_pot,
    the_rent_of_the_new_account_is_its_payers,
    stake_moves_on_top_of_what_is_there,
    stake_follows_a_chain_of_successors,
    rewards_stay_to_be_claimed,
    stake_moves_to_the_stored_successor_only,
    stake_moves_with_its_own_accounts,
    a_successor_that_is_made_again_lives_elsewhere,
    locked_stake_stays,
    stake_arrives_as_a_deposit_made_now,
    before_the_start_all_arrive_alike,
    parked_stake_arrives_as_a_deposit,
    nobody_joins_within_a_round,
    less_than_the_successors_minimum_stays,
    lamports_at_the_new_address_block_nothing,
}

/// Where node number `node` keeps its stake in `task`.
fn stake_address(world: &World, node: usize, task: &TaskTokens) -> Pubkey {
    address::node_stake(&task.task, &world.nodes[node].pubkey())
}

/// What node number `node` has in `task`.
fn stake_in(world: &World, node: usize, task: &TaskTokens) -> NodeStake {
    world.fetch(&stake_address(world, node, task))
}

/// A world whose task has migrated to a task on terms changed by `change`, at once.
fn migrated(world: World, change: impl FnOnce(&mut TaskParams)) -> (World, TaskTokens) {
    let successor = another_task(&world, &world.manager.keypair, 2, change);
    migrate(&world, &successor).unwrap();
    (world, successor)
}

/// The same, in round 2, in which every stake is active; the successor begins in the next slot.
fn migrated_in_round_2(build: Build) -> (World, TaskTokens) {
    migrated(World::on(build).start_active(), |_| ())
}

/// Node number `node`'s active stake in `task`, by round from `round` on.
fn active(world: &World, node: usize, task: &TaskTokens, round: u64) -> [u64; 3] {
    let stake = stake_in(world, node, task).stake;
    [0, 1, 2].map(|ahead| {
        let mut stake = stake;
        stake.roll_to(round + ahead);
        stake.active()
    })
}

/// `migrate_stake.1`
fn the_whole_stake_moves_from_pot_to_pot(build: Build) {
    let (world, successor) = migrated_in_round_2(build);
    migrate_stake(&world, 1, &successor).unwrap();
    let old = world.node_stake(1);
    assert_eq!((old.stake.total(), old.withdrawn), (0, STAKE));
    let new = stake_in(&world, 1, &successor);
    assert_eq!((new.stake.total(), new.deposited), (STAKE, STAKE));
    assert_eq!(
        (new.task, new.node),
        (successor.task, world.nodes[1].pubkey())
    );
    let pots = [world.task_address(), successor.task].map(|task| address::stake_pot(&task));
    assert_eq!(pots.map(|pot| world.balance(&pot)), [3 * STAKE, STAKE]);
    assert_eq!(world.balance(&world.nodes[1].wallet), WALLET - STAKE);

    // Both accounts close in the end, and only the node's own stake ever moved.
    world.close_stake(1).unwrap();
    assert_refused(
        migrate_stake(&world, 0, &world.tokens),
        GradualError::WrongSuccessor,
    );
}

/// Somebody else may pay the rent of the new account, which names the payer.
fn the_rent_of_the_new_account_is_its_payers(build: Build) {
    let (world, successor) = migrated_in_round_2(build);
    let sponsor = somebody(&world, "sponsor");
    let node = &world.nodes[0];
    let migrate = instruction::migrate_stake(
        world.tokens,
        successor.task,
        node.pubkey(),
        sponsor.pubkey(),
    );
    world.send(&[migrate], &[&node.keypair, &sponsor]).unwrap();
    assert_eq!(stake_in(&world, 0, &successor).payer, sponsor.pubkey());
    assert!(world.lamports(&sponsor.pubkey()) < LAMPORTS);
}

/// `migrate_stake.1`: a node that has both, and where it can be reached, keeps its address.
fn stake_moves_on_top_of_what_is_there(build: Build) {
    let world = World::on(build).stakes(&[0, 0]).start();
    for (node, endpoint) in [(0, "old"), (1, "same")] {
        let (key, wallet) = (world.nodes[node].pubkey(), world.nodes[node].wallet);
        let endpoint = Some(endpoint.to_owned());
        let stake = instruction::stake(world.tokens, key, key, wallet, STAKE, endpoint);
        world.act(node, stake).unwrap();
    }
    world.warp_to_round(2);
    let (world, successor) = migrated(world, |_| ());
    let (key, wallet) = (world.nodes[0].pubkey(), world.nodes[0].wallet);
    let endpoint = Some("new".to_owned());
    let stake = instruction::stake(successor, key, key, wallet, 300, endpoint);
    world.act(0, stake).unwrap();
    for node in [0, 1] {
        migrate_stake(&world, node, &successor).unwrap();
    }
    assert_eq!(active(&world, 0, &successor, 0), [0, 0, STAKE + 300]);
    assert_eq!(stake_in(&world, 0, &successor).deposited, STAKE + 300);
    assert_eq!(stake_in(&world, 0, &successor).endpoint(), "new");
    assert_eq!(stake_in(&world, 1, &successor).endpoint(), "same");
}

/// `migrate_stake.1`: step by step, also when nothing along the chain is active any more.
fn stake_follows_a_chain_of_successors(build: Build) {
    let (world, second) = migrated_in_round_2(build);
    let manager = world.manager.pubkey();
    let third = another_task(&world, &world.manager.keypair, 3, |_| ());
    let on = instruction::migrate_task(second, third.task, manager);
    world.crank(on).unwrap();
    world
        .crank(instruction::set_active(third.task, manager, false))
        .unwrap();
    migrate_stake(&world, 0, &second).unwrap();
    let node = world.nodes[0].pubkey();
    let on = instruction::migrate_stake(second, third.task, node, node);
    world.act(0, on).unwrap();
    assert_eq!(stake_in(&world, 0, &second).stake.total(), 0);
    assert_eq!(stake_in(&world, 0, &third).stake.total(), STAKE);
    let out = instruction::withdraw(third, node, world.nodes[0].wallet, STAKE);
    world.act(0, out).unwrap();
    assert_eq!(world.balance(&world.nodes[0].wallet), WALLET);
}

/// Rewards are claimed in the task in which they were earned.
fn rewards_stay_to_be_claimed(build: Build) {
    let world = World::on(build).start_active();
    world.submit_all(&[0, 1], 1);
    distribute(&world, &[0, 1], 1, &[(0, 700)]);
    let (world, successor) = migrated(world, |_| ());
    world.warp_to_round(6);
    migrate_stake(&world, 0, &successor).unwrap();
    assert_eq!(stake_in(&world, 0, &successor).available_balance, 0);
    world.claim(0).unwrap();
    assert_eq!(world.balance(&world.nodes[0].wallet), WALLET - STAKE + 700);
}

/// `migrate_stake.2`
fn stake_moves_to_the_stored_successor_only(build: Build) {
    let world = World::on(build).start_active();
    let successor = successor(&world);
    assert_refused(
        migrate_stake(&world, 0, &successor),
        GradualError::TaskNotMigrated,
    );
    let other = another_task(&world, &world.manager.keypair, 3, |_| ());
    migrate(&world, &successor).unwrap();
    assert_refused(
        migrate_stake(&world, 0, &other),
        GradualError::WrongSuccessor,
    );
    let of_node = another_task(&world, &world.nodes[0].keypair, 2, |_| ());
    assert_refused(
        migrate_stake(&world, 0, &of_node),
        GradualError::WrongSuccessor,
    );
    migrate_stake(&world, 0, &successor).unwrap();
    assert_refused(
        migrate_stake(&world, 0, &successor),
        GradualError::NothingToMigrate,
    );
}

/// `migrate_stake.1`: only the node itself moves its stake, with the accounts of both tasks.
fn stake_moves_with_its_own_accounts(build: Build) {
    let (world, successor) = migrated_in_round_2(build);
    let [node, neighbour] = [0, 1].map(|node| world.nodes[node].pubkey());
    let migrate = || instruction::migrate_stake(world.tokens, successor.task, node, node);
    let mut unsigned = migrate();
    unsigned.accounts[0].is_signer = false;
    let code = anchor_lang::error::ErrorCode::AccountNotSigner.into();
    unsigned.accounts[1].pubkey = neighbour;
    assert_refused_with_code(world.act(1, unsigned), code);

    let old = world.task_address();
    let theft = swapped(
        instruction::migrate_stake(world.tokens, successor.task, neighbour, neighbour),
        world.stake_address(1),
        world.stake_address(0),
    );
    assert_refused(world.act(1, theft), GradualError::WrongNode);
    let (own, others) = (
        stake_address(&world, 0, &successor),
        stake_address(&world, 1, &successor),
    );
    let to_unopened = swapped(migrate(), own, others);
    assert_refused(world.act(0, to_unopened), GradualError::WrongAddress);
    migrate_stake(&world, 1, &successor).unwrap();
    let to_neighbour = swapped(migrate(), own, others);
    assert_refused(world.act(0, to_neighbour), GradualError::WrongNode);
    // To a stake account of the node's own in a third task.
    let third = another_task(&world, &world.manager.keypair, 3, |_| ());
    let (wallet, tokens) = (world.nodes[0].wallet, third);
    world
        .act(
            0,
            instruction::stake(tokens, node, node, wallet, STAKE, None),
        )
        .unwrap();
    let to_third = swapped(migrate(), own, stake_address(&world, 0, &third));
    assert_refused(world.act(0, to_third), GradualError::WrongTask);
    let back = swapped(migrate(), own, world.stake_address(0));
    assert!(world.act(0, back).is_err());

    let [from, to] = [old, successor.task].map(|task| address::stake_pot(&task));
    for (pot, other) in [
        (from, to),
        (to, from),
        (to, wallet),
        (to, address::bounty_pot(&old)),
    ] {
        let wrong = swapped(migrate(), pot, other);
        assert_refused(world.act(0, wrong), GradualError::WrongPot);
    }
    let mint = key("mint", 1).pubkey();
    world.bank.create_mint(&mint, &node, 6);
    let other_mint = swapped(migrate(), world.tokens.mint, mint);
    assert_refused(world.act(0, other_mint), GradualError::WrongMint);
}

/// `migrate_stake.2`, `create_task.6`: a successor that was closed, and made again by its creator with the
/// same number in another mint, is another task.
fn a_successor_that_is_made_again_lives_elsewhere(build: Build) {
    let (world, successor) = migrated_in_round_2(build);
    let (creator, wallet) = (world.manager.pubkey(), world.manager.wallet);
    world
        .crank(instruction::set_active(successor.task, creator, false))
        .unwrap();
    let state = world.fetch(&successor.task);
    world
        .crank(instruction::close_task(
            successor.task,
            &state,
            creator,
            wallet,
        ))
        .unwrap();
    let mint = key("mint", 1).pubkey();
    world.bank.create_mint(&mint, &creator, 6);
    let again = NewTask {
        creator,
        task_id: 2,
        mint,
        token_program: world.tokens.token_program,
        params: TaskParams {
            starting_slot: world.slot() + 1,
            ..world.params
        },
        texts: TaskTexts::default(),
    };
    world.crank(again.create()).unwrap();
    assert_ne!(again.tokens().task, successor.task);
    assert!(migrate_stake(&world, 0, &successor).is_err(), "it is gone");
    assert_refused(
        migrate_stake(&world, 0, &again.tokens()),
        GradualError::SuccessorMint,
    );
    world.withdraw(0, STAKE).unwrap();
}

/// `migrate_stake.3`
fn locked_stake_stays(build: Build) {
    let world = World::on(build).start_active();
    world.submit_all(&[0, 1], 1);
    world.warp_to_audit(2);
    let subject = world.submission_address(1, 1);
    world.audit(2, subject, false).unwrap();
    let (world, successor) = migrated(world, |_| ());
    assert_refused(
        migrate_stake(&world, 0, &successor),
        GradualError::StakeLocked,
    );
    for node in [1, 2] {
        assert_refused(
            migrate_stake(&world, node, &successor),
            GradualError::StakeInAudit,
        );
    }
    migrate_stake(&world, 3, &successor).unwrap();

    world.warp_to(680);
    assert_refused(
        migrate_stake(&world, 0, &successor),
        GradualError::StakeLocked,
    );
    world.warp_to(681);
    migrate_stake(&world, 0, &successor).unwrap();
    for node in [1, 2] {
        assert_refused(
            migrate_stake(&world, node, &successor),
            GradualError::StakeInAudit,
        );
    }
    world.resolve(subject).unwrap();
    for node in [1, 2] {
        let left = world.node_stake(node).stake.total();
        migrate_stake(&world, node, &successor).unwrap();
        assert_eq!(stake_in(&world, node, &successor).stake.total(), left);
    }
}

/// `migrate_stake.4`: veterans and newcomers alike, in whatever round of the successor they come.
fn stake_arrives_as_a_deposit_made_now(build: Build) {
    let world = World::on(build).stakes(&[STAKE, 0, 0, STAKE]).start();
    let slot = |round| world.schedule().boundary(round).unwrap();
    world.warp_to(slot(4));
    world.stake(1, STAKE).unwrap();
    world.warp_to(slot(5));
    world.stake(2, STAKE).unwrap();
    let (world, successor) = migrated(world, |_| ());
    world.warp_to(world.slot() + 50);
    for node in [0, 1, 2] {
        migrate_stake(&world, node, &successor).unwrap();
        assert_eq!(active(&world, node, &successor, 0), [0, 0, STAKE]);
        assert_eq!(stake_in(&world, node, &successor).last_active_round, 0);
    }
    world.warp_to(world.slot() + 300);
    migrate_stake(&world, 3, &successor).unwrap();
    assert_eq!(active(&world, 3, &successor, 3), [0, 0, STAKE]);
    assert_eq!(stake_in(&world, 3, &successor).last_active_round, 3);
}

/// `migrate_stake.4`: a successor that begins later has the same electorate from its round 2 on, whenever
/// each came.
fn before_the_start_all_arrive_alike(build: Build) {
    let world = World::on(build).stakes(&[STAKE, 0]).start();
    let slot = |round| world.schedule().boundary(round).unwrap();
    world.warp_to(slot(4));
    world.stake(1, STAKE).unwrap();
    let start = slot(8);
    let (world, successor) = migrated(world, |params| params.starting_slot = start);
    migrate_stake(&world, 0, &successor).unwrap();
    world.warp_to(start - 1);
    migrate_stake(&world, 1, &successor).unwrap();
    for node in [0, 1] {
        assert_eq!(active(&world, node, &successor, 0), [0, 0, STAKE]);
    }
    let task = world.fetch::<Task>(&successor.task);
    let electorate = [0, 1, 2].map(|round| task.electorate_in(round));
    assert_eq!(electorate, [0, 0, 2 * STAKE]);
}

/// `migrate_stake.4`, `park_stake.5`: on notice, or out of the electorate already.
fn parked_stake_arrives_as_a_deposit(build: Build) {
    let world = World::on(build)
        .params(|params| params.idle_rounds = 1)
        .stakes(&[STAKE, STAKE])
        .start();
    world.warp_to_round(2);
    world.park(0).unwrap();
    world.warp_to_round(4);
    world.park(1).unwrap();
    let (world, successor) = migrated(world, |_| ());
    for node in [0, 1] {
        migrate_stake(&world, node, &successor).unwrap();
        assert_eq!(active(&world, node, &successor, 0), [0, 0, STAKE]);
        let (old, new) = (world.node_stake(node), stake_in(&world, node, &successor));
        assert_eq!((old.stake.total(), old.withdrawn), (0, STAKE));
        assert_eq!((old.stake.parked, new.stake.parked), (0, 0));
    }
    assert_eq!(world.task().electorate_in(4), 0);
}

/// `migrate_stake.4`: who comes in the middle of a round neither opens, submits nor votes in it, and no
/// electorate that was counted grows.
fn nobody_joins_within_a_round(build: Build) {
    let (world, successor) = migrated_in_round_2(build);
    let inactive = GradualError::InsufficientActiveStake;
    let valid = world.valid_in(successor);
    let slot = |round| {
        let schedule = world.fetch::<Task>(&successor.task).schedule;
        schedule.submission_window(round).unwrap()
    };
    let open = |node: usize, cycle| world.act(node, valid.open_cycle(node, cycle));
    let submit = |node: usize, cycle| world.act(node, valid.submit(node, cycle, b"proof"));
    migrate_stake(&world, 0, &successor).unwrap();
    world.warp_to(slot(1).start);
    open(0, 1).unwrap();
    world.warp_to(slot(2).start);
    submit(0, 1).unwrap();
    migrate_stake(&world, 1, &successor).unwrap();
    assert_refused(submit(1, 1), inactive);
    assert_refused(open(1, 2), inactive);
    open(0, 2).unwrap();
    world.warp_to(slot(2).end + 1);
    let subject = valid.submission_address(0, 1);
    let vote = world.act(1, valid.audit(1, subject, false));
    assert_refused(vote, inactive);
    world.warp_to(slot(3).start);
    assert_refused(submit(1, 2), inactive);
    open(1, 3).unwrap();
    world.warp_to(slot(4).start);
    submit(1, 3).unwrap();
}

/// `migrate_stake.5`
fn less_than_the_successors_minimum_stays(build: Build) {
    let world = World::on(build).stakes(&[STAKE, STAKE]).start_active();
    let (world, successor) = migrated(world, |params| params.minimum_stake_amount = STAKE + 1);
    assert_refused(
        migrate_stake(&world, 0, &successor),
        GradualError::BelowSuccessorMinimum,
    );
    world.withdraw(0, STAKE).unwrap();
    assert_refused(
        migrate_stake(&world, 0, &successor),
        GradualError::NothingToMigrate,
    );
    let (key, wallet) = (world.nodes[1].pubkey(), world.nodes[1].wallet);
    let more = instruction::stake(successor, key, key, wallet, STAKE + 1, None);
    world.act(1, more).unwrap();
    migrate_stake(&world, 1, &successor).unwrap();
    assert_eq!(stake_in(&world, 1, &successor).stake.total(), 2 * STAKE + 1);
}

/// `migrate_stake.6`
fn lamports_at_the_new_address_block_nothing(build: Build) {
    let (world, successor) = migrated_in_round_2(build);
    world.bank.airdrop(&stake_address(&world, 0, &successor), 1);
    migrate_stake(&world, 0, &successor).unwrap();
    assert_eq!(stake_in(&world, 0, &successor).stake.total(), STAKE);
}
