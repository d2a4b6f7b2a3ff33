//! `migrate_stake`.

use gradual_consensus::{
    GradualError, TaskParams,
    state::{NodeStake, Task},
};
use gradual_consensus_client::{
    address,
    instruction::{self, TaskTokens},
};
use gradual_consensus_testkit::{
    Build, LAMPORTS, STAKE, WALLET, World, assert_refused, assert_refused_with_code, key,
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
    a_successor_made_again_in_another_mint_gets_nothing,
    locked_stake_stays,
    stake_keeps_its_age,
    a_successor_may_begin_with_veterans,
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

/// The same, in round 2, in which every stake is active.
fn migrated_veterans(build: Build) -> (World, TaskTokens) {
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
    let (world, successor) = migrated_veterans(build);
    migrate_stake(&world, 0, &successor).unwrap();
    let old = world.node_stake(0);
    assert_eq!((old.stake.total(), old.withdrawn), (0, STAKE));
    let new = stake_in(&world, 0, &successor);
    assert_eq!((new.stake.total(), new.deposited), (STAKE, STAKE));
    assert_eq!(
        (new.task, new.node),
        (successor.task, world.nodes[0].pubkey())
    );
    let pots = [world.task_address(), successor.task].map(|task| address::stake_pot(&task));
    assert_eq!(pots.map(|pot| world.balance(&pot)), [3 * STAKE, STAKE]);
    assert_eq!(world.balance(&world.nodes[0].wallet), WALLET - STAKE);

    // Both accounts close in the end, and only the node's own stake ever moved.
    world.close_stake(0).unwrap();
    assert_refused(
        migrate_stake(&world, 1, &world.tokens),
        GradualError::WrongSuccessor,
    );
}

/// Somebody else may pay the rent of the new account, which names the payer.
fn the_rent_of_the_new_account_is_its_payers(build: Build) {
    let (world, successor) = migrated_veterans(build);
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
    assert_eq!(active(&world, 0, &successor, 0), [0, STAKE, STAKE + 300]);
    assert_eq!(stake_in(&world, 0, &successor).deposited, STAKE + 300);
    assert_eq!(stake_in(&world, 0, &successor).endpoint(), "new");
    assert_eq!(stake_in(&world, 1, &successor).endpoint(), "same");
}

/// `migrate_stake.1`: step by step, also when nothing along the chain is active any more.
fn stake_follows_a_chain_of_successors(build: Build) {
    let (world, second) = migrated_veterans(build);
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
    world.warp_to_round(4);
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
    let (world, successor) = migrated_veterans(build);
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

/// `migrate_stake.2`: a successor that was closed, and made again by its creator in another mint,
/// gets nothing.
fn a_successor_made_again_in_another_mint_gets_nothing(build: Build) {
    let (world, successor) = migrated_veterans(build);
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
    let gone = migrate_stake(&world, 0, &successor);
    assert!(gone.is_err());
    let mint = key("mint", 1).pubkey();
    world.bank.create_mint(&mint, &creator, 6);
    let (program, params) = (world.tokens.token_program, world.params);
    let params = TaskParams {
        starting_slot: None,
        ..params
    };
    let create = instruction::create_task(creator, 2, mint, program, params, Default::default());
    world.crank(create).unwrap();
    assert_refused(
        migrate_stake(&world, 0, &successor),
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

    world.warp_to_round(4);
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

/// `migrate_stake.4`: a veteran works in the successor's next round, a newcomer when it would have
/// been active here, or a deposit there.
fn stake_keeps_its_age(build: Build) {
    let world = World::on(build).stakes(&[STAKE, 0, 0]).start();
    let slot = |round| world.schedule().boundary(round).unwrap();
    world.warp_to(slot(4));
    world.stake(1, STAKE).unwrap();
    world.warp_to(slot(5));
    world.stake(2, STAKE).unwrap();
    let (world, successor) = migrated(world, |_| ());
    world.warp_to(world.slot() + 50);
    for node in [0, 1, 2] {
        migrate_stake(&world, node, &successor).unwrap();
    }
    // Rounds begin in both at the same slots: the successor's round 0 is round 5 here.
    assert_eq!(active(&world, 0, &successor, 0), [0, STAKE, STAKE]);
    assert_eq!(active(&world, 1, &successor, 0), [0, STAKE, STAKE]);
    assert_eq!(active(&world, 2, &successor, 0), [0, 0, STAKE]);
}

/// `migrate_stake.4`: before a successor begins, age goes on growing, and all who are active then
/// begin with it.
fn a_successor_may_begin_with_veterans(build: Build) {
    let world = World::on(build).stakes(&[STAKE, 0]).start();
    let slot = |round| world.schedule().boundary(round).unwrap();
    world.warp_to(slot(4));
    world.stake(1, STAKE).unwrap();
    let start = slot(6) - 1;
    let (world, successor) = migrated(world, |params| params.starting_slot = Some(start));
    for node in [0, 1] {
        migrate_stake(&world, node, &successor).unwrap();
    }
    assert_eq!(active(&world, 0, &successor, 0), [STAKE, STAKE, STAKE]);
    assert_eq!(active(&world, 1, &successor, 0), [0, STAKE, STAKE]);
    world.warp_to(start);
    assert_eq!(world.fetch::<Task>(&successor.task).electorate_in(0), STAKE);
}

/// `migrate_stake.5`: who comes in the middle of a round neither submits nor votes in it, and no
/// electorate that was counted grows.
fn nobody_joins_within_a_round(build: Build) {
    let (world, successor) = migrated_veterans(build);
    let in_successor = |round: u64| {
        let schedule = world.fetch::<Task>(&successor.task).schedule;
        schedule.submission_window(round).unwrap()
    };
    migrate_stake(&world, 0, &successor).unwrap();
    world.warp_to(in_successor(2).start);
    let key = |node: usize| world.nodes[node].pubkey();
    let submit = |node: usize, cycle| {
        instruction::submit(
            successor.task,
            key(node),
            key(node),
            cycle,
            b"proof".to_vec(),
        )
    };
    world.act(0, submit(0, 1)).unwrap();
    migrate_stake(&world, 1, &successor).unwrap();
    assert_refused(
        world.act(1, submit(1, 1)),
        GradualError::InsufficientActiveStake,
    );
    let cycle = address::cycle(&successor.task, 1);
    let subject = address::submission(&cycle, &key(0));
    world.warp_to(in_successor(2).end + 1);
    let vote = instruction::audit(successor.task, subject, key(0), key(1), key(1), false);
    assert_refused(world.act(1, vote), GradualError::InsufficientActiveStake);
    world.warp_to(in_successor(3).start);
    world.act(1, submit(1, 2)).unwrap();
}

/// `migrate_stake.6`
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

/// `migrate_stake.7`
fn lamports_at_the_new_address_block_nothing(build: Build) {
    let (world, successor) = migrated_veterans(build);
    world.bank.airdrop(&stake_address(&world, 0, &successor), 1);
    migrate_stake(&world, 0, &successor).unwrap();
    assert_eq!(stake_in(&world, 0, &successor).stake.total(), STAKE);
}
