//! What a manager and an admin can do for themselves.

use crate::game::{Game, equal};
use gradual_consensus::GradualError as E;
use gradual_consensus_adversary::vm::upgrade_authority;
use gradual_consensus_client::instruction;

/// A manager that deactivates its task mid-cycle: at most nothing. What was submitted goes its way:
/// audit, list, payout, claim; everybody leaves.
#[test]
fn a_manager_that_deactivates_mid_cycle() {
    let mut game = Game::new(|_| (), &[1_000; 3]);
    game.submit(1, &[0, 1, 2]);
    let off = instruction::set_active(game.task(), game.arena.manager.key, false);
    game.done(off);
    let cheat = game.submission(1, 2);
    game.vote(2, cheat, &[(0, false), (1, false)]);
    game.resolve(2, cheat, &[0, 1]);
    let fair = equal(&[0, 1]);
    game.propose(0, 1, 0, &fair);
    game.finalize(1, 0);
    game.pay_all(1, 0, &fair);
    game.warp_in(6, 0);
    for node in [0, 1] {
        let (key, wallet) = (game.arena.node(node), game.arena.nodes[node].wallet);
        let claim = instruction::claim_reward(game.arena.tasks[0], key, wallet);
        game.done(claim);
        let leave = game.arena.withdraw(0, node, 1_000);
        game.done(leave);
    }
    assert_eq!(game.gain(&[0, 1]), 10_000 + 420);
}

/// A manager that activates its task only within its own transaction, or an admin that ends its pause only
/// there, in the last slot of the opening window: at most a head start. The cycle that its node opens alone is
/// open for all; everybody who has a submission hands it in, active or not, paused or not, and is paid the
/// same.
#[test]
fn a_cycle_that_is_opened_late_and_alone() {
    for by_pause in [false, true] {
        let mut game = Game::new(|_| (), &[1_000; 4]);
        let (friend, manager) = (3, game.arena.manager.key);
        let task = game.task();
        let runs = |runs: bool| {
            if by_pause {
                instruction::set_paused(upgrade_authority(), !runs)
            } else {
                instruction::set_active(task, manager, runs)
            }
        };
        game.done(runs(false));
        game.warp_in(1, 0);
        let early = game.open_ix(0, 1);
        let refusal = if by_pause { E::Paused } else { E::TaskInactive };
        game.refused(early, refusal);
        game.warp_in(1, 40);
        let alone = game.open_ix(friend, 1);
        assert_eq!(game.arena.run(&[runs(true), alone, runs(false)]), Ok(()));
        let all = [0, 1, 2, friend];
        game.submit(1, &all);
        game.propose(friend, 1, 0, &equal(&all));
        game.finalize(1, 0);
        game.pay_all(1, 0, &equal(&all));
        assert_eq!(game.gain(&[friend]), 2_500);
        assert_eq!(game.gain(&[0, 1, 2]), 7_500);
    }
}

/// A manager that pauses its work right behind its node's opening, or moves the task away: at most nothing.
/// Nothing stops what is open, and what it pays is set aside.
#[test]
fn nothing_stops_an_open_cycle() {
    let mut game = Game::new(|_| (), &[1_000; 3]);
    game.open(0, 1);
    let (task, manager) = (game.arena.tasks[0], game.arena.manager.key);
    let mut terms = gradual_consensus_adversary::attack::scene::params();
    terms.starting_slot = 1_000;
    game.arena.create_task(terms);
    let successor = game.arena.tasks[1].task;
    game.done(instruction::migrate_task(task, successor, manager));
    game.done(instruction::set_paused(upgrade_authority(), true));
    assert_eq!(game.available(), 0);
    let next = game.open_ix(0, 2);
    game.warp_in(2, 0);
    game.refused(next, E::Paused);
    let all = [0, 1, 2];
    game.submit(1, &all);
    game.propose(0, 1, 0, &equal(&all));
    game.finalize(1, 0);
    game.pay_all(1, 0, &equal(&all));
    assert_eq!(game.gain(&all), 9_999);
}

/// A manager, or an admin, that takes stake only within its own transaction: it decides who joins. At most
/// what nobody else is there to share: the whole bounty of a task that nobody had joined, and in any other
/// a node's share for each node that it brings. Whoever is in cannot be kept out.
///
/// The gap is known: `docs/security.md`, "Known gaps".
#[test]
fn a_manager_that_lets_nobody_else_join() {
    for (present, share) in [(&[][..], 10_000), (&[0, 1, 2][..], 2_500)] {
        let stakes = [0, 1, 2, 3, 4].map(|node| if present.contains(&node) { 1_000 } else { 0 });
        let (friend, newcomer) = (3, 4);
        let mut game = Game::new(|_| (), &stakes);
        let (task, manager) = (game.task(), game.arena.manager.key);
        let active = |active: bool| instruction::set_active(task, manager, active);
        let paused = |paused: bool| instruction::set_paused(upgrade_authority(), paused);
        for (open, shut, refusal) in [
            (active(true), active(false), E::TaskInactive),
            (paused(false), paused(true), E::Paused),
        ] {
            game.done(shut.clone());
            let alone = game.arena.stake(0, friend, 500);
            assert_eq!(game.arena.run(&[open.clone(), alone, shut]), Ok(()));
            let late = game.arena.stake(0, newcomer, 1_000);
            game.refused(late, refusal);
            game.done(open);
        }
        let nodes: Vec<usize> = present.iter().copied().chain([friend]).collect();
        game.submit(1, &nodes);
        let list = equal(&nodes);
        game.propose(friend, 1, 0, &list);
        game.finalize(1, 0);
        game.pay_all(1, 0, &list);
        assert_eq!(game.gain(&[friend]), share);
    }
}

/// A manager that moves its task to a successor whose minimum nobody else can stake: the bounty that no
/// open cycle has is its own for the taking. What funders give, they give to the manager's
/// judgement; stakes and rewards it cannot touch.
#[test]
fn a_manager_that_takes_the_free_bounty() {
    let mut game = Game::new(|_| (), &[1_000; 4]);
    game.submit(1, &[0, 1, 2, 3]);
    let mut terms = gradual_consensus_adversary::attack::scene::params();
    terms.starting_slot = 1_000;
    terms.minimum_stake_amount = u64::MAX;
    game.arena.create_task(terms);
    let (task, successor) = (game.arena.tasks[0], game.arena.tasks[1].task);
    let manager = game.arena.manager.key;
    game.done(instruction::migrate_task(task, successor, manager));
    let moved = game.arena.task(1).bounty_available;
    assert_eq!(moved, 90_000, "all but what cycle 1 has");
    // Cycle 1 is paid all the same.
    let fair = equal(&[0, 1, 2, 3]);
    game.propose(0, 1, 0, &fair);
    game.finalize(1, 0);
    game.pay_all(1, 0, &fair);
    assert_eq!(game.gain(&[0, 1, 2, 3]), 10_000);
    let (key, wallet) = (game.arena.manager.key, game.arena.manager.wallet);
    let before = game.arena.vm.tokens(&wallet);
    game.done(instruction::set_active(successor, manager, false));
    let close = instruction::close_task(successor, &game.arena.task(1), key, wallet);
    game.done(close);
    assert_eq!(game.arena.vm.tokens(&wallet), before + moved);
}
