//! `migrate_task`.

use gradual_consensus::{GradualError, TaskParams, TaskTexts, state::Task};
use gradual_consensus_client::{
    address,
    instruction::{self, TaskTokens},
};
use gradual_consensus_testkit::{
    BOUNTY, Build, NewTask, STAKE, WALLET, World, assert_refused, key, on_every_build,
    suite::{
        another_task, distribute, end_cycles, everybody_leaves, migrate, propose_among, successor,
    },
    swapped,
};
use solana_sdk::signature::Signer;

on_every_build! {
    the_manager_of_both_signs,
    a_task_does_not_succeed_itself,
    a_successor_has_the_same_mint,
    a_successor_is_the_creators_or_the_managers,
    a_successor_has_none_itself,
    a_task_that_has_migrated_stays_inactive,
    the_whole_bounty_of_an_idle_task_moves,
    open_cycles_keep_their_bounty,
    what_becomes_free_moves_later_to_the_same_successor,
    late_bounty_follows_a_chain,
    a_task_migrates_with_its_own_accounts,
}

/// Bounty of one round of the default terms.
const ROUND: u64 = 10_000;

fn task(world: &World, tokens: &TaskTokens) -> Task {
    world.fetch(&tokens.task)
}

/// `migrate_task.1`
fn the_manager_of_both_signs(build: Build) {
    let world = World::on(build).stakes(&[0]).start();
    let successor = successor(&world);
    let usurper = world.nodes[0].pubkey();
    let usurped = instruction::migrate_task(world.tokens, successor.task, usurper);
    assert_refused(world.act(0, usurped), GradualError::NotManager);

    // The successor is handed to somebody else, and then the task as well.
    let manager = world.manager.pubkey();
    let hand_over = |task, from, to| {
        let offer = instruction::propose_manager(task, from, to);
        world.crank(offer).unwrap();
        world.act(0, instruction::accept_manager(task, to)).unwrap();
    };
    hand_over(successor.task, manager, usurper);
    assert_refused(migrate(&world, &successor), GradualError::NotManager);
    let by_the_successors = instruction::migrate_task(world.tokens, successor.task, usurper);
    assert_refused(world.act(0, by_the_successors), GradualError::NotManager);
    hand_over(world.task_address(), manager, usurper);
    assert_refused(migrate(&world, &successor), GradualError::NotManager);
    let by_both = instruction::migrate_task(world.tokens, successor.task, usurper);
    world.act(0, by_both).unwrap();
    assert_eq!(world.task().migrated_to, successor.task);
}

/// `migrate_task.2`
fn a_task_does_not_succeed_itself(build: Build) {
    let world = World::on(build).stakes(&[]).start();
    assert_refused(migrate(&world, &world.tokens), GradualError::OwnSuccessor);
    assert_eq!(world.task().is_active, 1);
}

/// `migrate_task.2`
fn a_successor_has_the_same_mint(build: Build) {
    let world = World::on(build).stakes(&[]).start();
    let mint = key("mint", 1).pubkey();
    world.bank.create_mint(&mint, &world.manager.pubkey(), 6);
    let creator = world.manager.pubkey();
    let new = NewTask {
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
    world.crank(new.create()).unwrap();
    let other = TaskTokens {
        task: new.tokens().task,
        ..world.tokens
    };
    assert_refused(migrate(&world, &other), GradualError::SuccessorMint);
    let migrate = instruction::migrate_task(world.tokens, other.task, creator);
    let with_its_mint = swapped(migrate, world.tokens.mint, mint);
    assert_refused(world.crank(with_its_mint), GradualError::WrongMint);
}

/// `migrate_task.2`: a thief who manages both tasks still cannot send the bounty, and the nodes
/// after it, to a task that a stranger made.
fn a_successor_is_the_creators_or_the_managers(build: Build) {
    let world = World::on(build).stakes(&[0, 0]).start();
    let manager = world.manager.pubkey();
    let [successor, stranger] = [0, 1].map(|node| &world.nodes[node]);
    let of_stranger = another_task(&world, &stranger.keypair, 7, |_| ());
    let offer = instruction::propose_manager(of_stranger.task, stranger.pubkey(), manager);
    world.act(1, offer).unwrap();
    world
        .crank(instruction::accept_manager(of_stranger.task, manager))
        .unwrap();
    assert_refused(
        migrate(&world, &of_stranger),
        GradualError::SuccessorCreator,
    );

    // A later manager's own task will do, and so will the creator's.
    let task = world.task_address();
    world
        .crank(instruction::propose_manager(
            task,
            manager,
            successor.pubkey(),
        ))
        .unwrap();
    world
        .act(0, instruction::accept_manager(task, successor.pubkey()))
        .unwrap();
    let of_heir = another_task(&world, &successor.keypair, 7, |_| ());
    let by_heir = instruction::migrate_task(world.tokens, of_heir.task, successor.pubkey());
    world.act(0, by_heir).unwrap();
    assert_eq!(world.task().migrated_to, of_heir.task);
}

/// `migrate_task.2`: so chains never close to a ring.
fn a_successor_has_none_itself(build: Build) {
    let world = World::on(build).stakes(&[]).start();
    let [second, third] =
        [2, 3].map(|number| another_task(&world, &world.manager.keypair, number, |_| ()));
    let manager = world.manager.pubkey();
    let to_third = instruction::migrate_task(second, third.task, manager);
    world.crank(to_third).unwrap();
    assert_refused(migrate(&world, &second), GradualError::SuccessorMigrated);
    migrate(&world, &third).unwrap();
    let back = instruction::migrate_task(third, world.task_address(), manager);
    assert_refused(world.crank(back), GradualError::SuccessorMigrated);
}

/// `migrate_task.3`, `set_active.4`
fn a_task_that_has_migrated_stays_inactive(build: Build) {
    let world = World::on(build).start_active();
    let successor = successor(&world);
    migrate(&world, &successor).unwrap();
    assert_eq!(world.task().is_active, 0);
    for is_active in [true, false] {
        assert_refused(world.set_active(is_active), GradualError::TaskMigrated);
    }
    assert_refused(world.stake(0, STAKE), GradualError::TaskMigrated);
    assert_refused(world.compound(0), GradualError::TaskMigrated);
    world.fund(1).unwrap();
    // The cycle that is open takes place, the next does not.
    world.submit_all(&[0, 1], 1);
    assert_refused(world.open_cycle(0, 2), GradualError::TaskMigrated);
}

/// `migrate_task.4`: where no cycle is open, everything is available.
fn the_whole_bounty_of_an_idle_task_moves(build: Build) {
    let world = World::on(build).stakes(&[]).start();
    let successor = successor(&world);
    migrate(&world, &successor).unwrap();
    let (old, new) = (world.task(), task(&world, &successor));
    assert_eq!((old.bounty_available, old.bounty_migrated), (0, BOUNTY));
    assert_eq!((new.bounty_available, new.bounty_funded), (BOUNTY, BOUNTY));
    let pots = [world.task_address(), successor.task].map(|task| address::bounty_pot(&task));
    assert_eq!(pots.map(|pot| world.balance(&pot)), [0, BOUNTY]);
}

/// `migrate_task.4`: cycles 1 to 4 are open; what their lists leave goes back to this task.
fn open_cycles_keep_their_bounty(build: Build) {
    let world = World::on(build).start_active();
    for cycle in 1..=4 {
        world.warp_to_round(cycle + 1);
        if cycle < 4 {
            world.open_cycle(0, cycle + 1).unwrap();
        }
        world.submit_all(&[0, 1, 2, 3], cycle);
    }
    propose_among(&world, &[0, 1, 2, 3], 3, 0, &[(0, 7_000)]);
    let successor = successor(&world);
    migrate(&world, &successor).unwrap();
    let old = world.task();
    assert_eq!((old.bounty_available, old.bounty_reserved), (0, 4 * ROUND));
    assert_eq!(old.bounty_migrated, BOUNTY - 4 * ROUND);
    assert_eq!(
        task(&world, &successor).bounty_available,
        old.bounty_migrated
    );

    // The cycles go on as if nothing had happened.
    world.warp_past_audit(5);
    world.finalize(3, 0).unwrap();
    assert_eq!(world.task().bounty_available, ROUND - 7_000);
    world.payout(3, 0, &[(0, 7_000)], 0).unwrap();
    world.warp_to_round(6);
    distribute(&world, &[0, 1, 2, 3], 4, &[(1, ROUND)]);
    for (node, reward) in [(0, 7_000), (1, ROUND)] {
        world.claim(node).unwrap();
        assert_eq!(
            world.balance(&world.nodes[node].wallet),
            WALLET - STAKE + reward
        );
    }
}

/// `migrate_task.5`
fn what_becomes_free_moves_later_to_the_same_successor(build: Build) {
    let world = World::on(build).start_active();
    world.submit_all(&[0, 1, 2, 3], 1);
    let successor = successor(&world);
    migrate(&world, &successor).unwrap();
    assert_eq!(task(&world, &successor).bounty_funded, BOUNTY - ROUND);
    migrate(&world, &successor).unwrap();
    assert_eq!(
        task(&world, &successor).bounty_funded,
        BOUNTY - ROUND,
        "nothing has ended since"
    );

    let other = another_task(&world, &world.manager.keypair, 3, |_| ());
    assert_refused(migrate(&world, &other), GradualError::WrongSuccessor);
    // No list is made of cycle 1, and what is funded late moves too.
    world.fund(5).unwrap();
    end_cycles(&world, &world.bank, world.tokens);
    assert_eq!(world.task().bounty_available, ROUND + 5);
    assert_refused(migrate(&world, &other), GradualError::WrongSuccessor);
    migrate(&world, &successor).unwrap();
    assert_eq!(world.task().bounty_available, 0);
    assert_eq!(task(&world, &successor).bounty_funded, BOUNTY + 5);
    everybody_leaves(&world, &world.bank, world.tokens);
    world.close_task().unwrap();
}

/// `migrate_task.5`: also once the successor has moved on itself, and so on along the chain.
fn late_bounty_follows_a_chain(build: Build) {
    let world = World::on(build).start_active();
    world.submit_all(&[0, 1], 1);
    let (second, manager) = (successor(&world), world.manager.pubkey());
    migrate(&world, &second).unwrap();
    let third = another_task(&world, &world.manager.keypair, 3, |_| ());
    let on = || {
        world
            .crank(instruction::migrate_task(second, third.task, manager))
            .unwrap()
    };
    on();
    end_cycles(&world, &world.bank, world.tokens);
    migrate(&world, &second).unwrap();
    on();
    assert_eq!(task(&world, &third).bounty_available, BOUNTY);
    assert_eq!(task(&world, &second).bounty_migrated, BOUNTY);
}

/// The pots are those of the two tasks, and nothing else than a task succeeds one.
fn a_task_migrates_with_its_own_accounts(build: Build) {
    let world = World::on(build).stakes(&[STAKE]).start();
    let (successor, manager) = (successor(&world), world.manager.pubkey());
    let migrate = || instruction::migrate_task(world.tokens, successor.task, manager);
    let [old, new] = [world.task_address(), successor.task];
    let [from, to] = [old, new].map(|task| address::bounty_pot(&task));
    let [stake_pot, wallet] = [address::stake_pot(&old), world.manager.wallet];
    for (pot, other) in [
        (from, to),
        (from, stake_pot),
        (to, from),
        (to, stake_pot),
        (to, wallet),
    ] {
        let wrong = swapped(migrate(), pot, other);
        assert_refused(world.crank(wrong), GradualError::WrongPot);
    }
    assert!(
        world
            .crank(swapped(migrate(), new, world.stake_address(0)))
            .is_err()
    );
    assert!(
        world
            .crank(swapped(migrate(), new, world.manager.pubkey()))
            .is_err()
    );
    assert_eq!(world.task().is_active, 1);
}
