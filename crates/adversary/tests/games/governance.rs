//! What a manager and an admin can do for themselves.

use crate::game::{Game, equal};
use gradual_consensus::GradualError as E;
use gradual_consensus_adversary::vm::{Refusal, upgrade_authority};
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
    game.warp_in(4, 0);
    for node in [0, 1] {
        let (key, wallet) = (game.arena.node(node), game.arena.nodes[node].wallet);
        let claim = instruction::claim_reward(game.arena.tasks[0], key, wallet);
        game.done(claim);
        let leave = game.arena.withdraw(0, node, 1_000);
        game.done(leave);
    }
    assert_eq!(game.gain(&[0, 1]), 10_000 + 420);
}

/// A manager that activates its task only within its own transaction: at most nothing. What it was when
/// the round began is what it is for all submissions of the round; in the next nobody may submit.
#[test]
fn a_manager_that_lets_nobody_else_submit() {
    let mut game = Game::new(|_| (), &[1_000; 4]);
    let friend = 3;
    let manager = game.arena.manager.key;
    let set = |active: bool| instruction::set_active(game.task(), manager, active);
    let (on, off) = (set(true), set(false));
    game.done(off.clone());
    game.warp_in(2, 0);
    let alone = game.arena.submit_for(0, friend, 1);
    let refused = game.arena.run(&[on.clone(), alone, off.clone()]);
    assert_eq!(refused, Err(Refusal::Custom(E::TaskInactive.into())));
    game.done(on);
    game.warp_in(3, 0);
    game.done(off);
    for node in [0, 1, 2, friend] {
        let submit = game.arena.submit_for(0, node, 2);
        game.done(submit);
    }
}

/// An admin that ends its pause only within its own transaction, or begins one right behind its node's
/// submission: at most nothing. No cycle is opened in a window that saw a pause, and where its node opens
/// one, everybody else submits to it, paused or not, and is paid the same.
#[test]
fn an_admin_that_lets_nobody_else_submit() {
    let mut game = Game::new(|_| (), &[1_000; 4]);
    let (friend, others) = (3, [0, 1, 2]);
    let set = |paused: bool| instruction::set_paused(upgrade_authority(), paused);
    game.done(set(true));
    for offset in [1, 40] {
        game.warp_in(2, offset);
        let alone = game.arena.submit_for(0, friend, 1);
        let refused = game.arena.run(&[set(false), alone, set(true)]);
        assert_eq!(refused, Err(Refusal::Custom(E::PausedInWindow.into())));
    }
    for cycle in 2..=3 {
        // In the window's first slot the pause ends for all.
        game.warp_in(cycle + 1, 0);
        let first = game.arena.submit_for(0, friend, cycle);
        assert_eq!(game.arena.run(&[set(false), first, set(true)]), Ok(()));
        game.warp_in(cycle + 1, 40);
        for node in others {
            let submit = game.arena.submit_for(0, node, cycle);
            game.done(submit);
        }
    }
    game.done(set(false));
    let list = equal(&[0, 1, 2, friend]);
    for cycle in 2..=3 {
        game.propose(friend, cycle, 0, &list);
        game.finalize(cycle, 0);
        game.pay_all(cycle, 0, &list);
    }
    assert_eq!(game.gain(&[friend]), 5_000);
    assert_eq!(game.gain(&others), 15_000);
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
/// cycle in flight may need is its own for the taking. What funders give, they give to the manager's
/// judgement; stakes and rewards it cannot touch.
#[test]
fn a_manager_that_takes_the_free_bounty() {
    let mut game = Game::new(|_| (), &[1_000; 4]);
    game.submit(1, &[0, 1, 2, 3]);
    let mut terms = gradual_consensus_adversary::attack::scene::params();
    terms.starting_slot = None;
    terms.minimum_stake_amount = u64::MAX;
    game.arena.create_task(terms);
    let (task, successor) = (game.arena.tasks[0], game.arena.tasks[1].task);
    let manager = game.arena.manager.key;
    game.done(instruction::migrate_task(task, successor, manager));
    let moved = game.arena.task(1).bounty_available;
    assert!(moved >= 50_000, "{moved}");
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
