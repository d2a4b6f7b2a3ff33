//! Stake that comes late, leaves early, or moves; entropy that is ground.

use crate::game::{Game, equal};
use gradual_consensus::{
    GradualError as E,
    rules::selection::{next_entropy, score},
    state::Cycle,
};
use gradual_consensus_adversary::vm::slot_hash;
use gradual_consensus_client::{address, instruction};

/// A large late staker, 69 % of all stake, that comes when cycle 1 is handed in: at most nothing in the
/// round of its deposit and the next. It votes on no submission of cycles 1 and 2, and not on cycle 1's
/// first list; from the second round on it weighs what it is.
#[test]
fn a_large_late_staker() {
    let mut game = Game::new(|_| (), &[1_000, 1_000, 1_000, 1_000, 0]);
    let whale = 4;
    game.submit(1, &[0, 1, 2, 3]);
    game.stake(whale, 9_000);
    let early = game.arena.submit_for(0, whale, 1);
    game.refused(early, E::InsufficientActiveStake);
    game.open(0, 2);
    game.warp_in(2, 41);
    let vote = game.vote_ix(whale, game.submission(1, 0), false);
    game.refused(vote, E::InsufficientActiveStake);

    game.warp_in(3, 0);
    let early = game.arena.submit_for(0, whale, 2);
    game.refused(early, E::InsufficientActiveStake);
    game.open(0, 3);
    let list = equal(&[0, 1, 2, 3]);
    game.propose(0, 1, 0, &list);
    game.warp_in(3, 41);
    let vote = game.vote_ix(whale, game.list(1, 0), false);
    game.refused(vote, E::InsufficientActiveStake);
    game.finalize(1, 0);
    game.pay_all(1, 0, &list);
    assert_eq!(game.gain(&[whale]), 0);
    assert_eq!(game.gain(&[0, 1, 2, 3]), 10_000);

    game.submit(3, &[0, whale]);
    let electorate = game.arena.task(0).electorate_in(4);
    assert_eq!(electorate, 13_000);
}

/// Stake, cheat, withdraw before the verdict: at most -700 of 1,000, the whole slash. The stake is held
/// from the submission through the audit of the last attempt, and while an audit is open as long as that
/// takes.
#[test]
fn cheat_and_withdraw_before_the_verdict() {
    let mut game = Game::new(|_| (), &[1_000; 4]);
    let cheat = 3;
    game.submit(1, &[0, 1, 2, cheat]);
    for offset in [0, 40, 41] {
        game.warp_in(2, offset);
        let leave = game.arena.withdraw(0, cheat, 1_000);
        game.refused(leave, E::StakeLocked);
    }
    let subject = game.submission(1, cheat);
    game.vote(2, subject, &[(0, false), (1, false), (2, false)]);
    for round in [2, 3, 4, 50] {
        game.warp_in(round, 81);
        let leave = game.arena.withdraw(0, cheat, 1_000);
        game.refused(leave, E::StakeInAudit);
    }
    game.resolve(50, subject, &[0, 1, 2]);
    assert_eq!(game.gain(&[cheat]), -700);
    assert_eq!(game.gain(&[0, 1, 2]), 420);
    let leave = game.arena.withdraw(0, cheat, 300);
    game.done(leave);
}

/// Withdraw and vote again under a new key: at most one vote a unit of stake and subject. Whoever has
/// voted is locked until the round is over; whoever has not voted moves a stake that
/// weighs nothing for two rounds.
#[test]
fn withdraw_and_vote_again_under_a_new_key() {
    let mut game = Game::new(|_| (), &[1_000, 1_000, 1_000, 1_000, 0]);
    let (old, new) = (2, 4);
    game.submit(1, &[0, 3]);
    let subject = game.submission(1, 3);
    game.open(0, 2);
    game.vote(2, subject, &[(1, false), (old, true)]);
    game.warp_in(2, 99);
    let leave = game.arena.withdraw(0, old, 1_000);
    game.refused(leave, E::StakeLocked);
    game.warp_in(3, 0);
    let leave = game.arena.withdraw(0, old, 1_000);
    game.done(leave);
    game.stake(new, 1_000);
    for round in [3, 4] {
        game.open(0, round);
        game.submit(round - 1, &[0]);
        game.warp_in(round, 41);
        let again = game.submission(round - 1, 0);
        for node in [old, new] {
            let vote = game.vote_ix(node, again, false);
            game.refused(vote, E::InsufficientActiveStake);
        }
    }
}

/// Grinding one's own entropy: at most the first turn to propose, which pays nothing. An honest list
/// pays the grinder what it pays all; a false one costs it 70 % of its stake, and its one proposal for
/// the cycle is spent.
#[test]
fn grinding_ones_own_entropy() {
    let mut game = Game::new(|_| (), &[1_000; 4]);
    let grinder = 3;
    game.submit(1, &[0, 1, 2]);
    // It submits last, and tries values until its score is the lowest of all, in every attempt.
    let address = address::cycle(&game.task(), 1);
    let cycle: Cycle = game.arena.fetch(&address);
    let keys: Vec<[u8; 32]> = (0..4)
        .map(|node| game.arena.node(node).to_bytes())
        .collect();
    let hash = slot_hash(1, game.arena.vm.slot());
    let lucky = (0u32..)
        .map(|nonce| nonce.to_le_bytes())
        .find(|value| {
            let entropy = next_entropy(&cycle.entropy, &keys[grinder], value, &hash);
            (0..3).all(|attempt| {
                let own = score(&entropy, attempt, &keys[grinder]);
                keys[..grinder]
                    .iter()
                    .all(|key| own < score(&entropy, attempt, key))
            })
        })
        .unwrap();
    let (key, payer) = (game.arena.node(grinder), game.arena.manager.key);
    let submit = instruction::submit(game.task(), key, payer, 1, lucky.to_vec());
    game.done(submit);

    let cycle: Cycle = game.arena.fetch(&address);
    let task = game.arena.task(0);
    let turn = |node: usize| {
        cycle
            .proposal_slot(&task, &game.arena.node(node), 0)
            .unwrap()
    };
    assert!((0..3).all(|node| turn(grinder) <= turn(node)));

    let all = equal(&[0, 1, 2, grinder]);
    game.warp(turn(grinder));
    let greedy = game.propose_ix(grinder, 1, 0, game.proposal(1, &[(grinder, 10_000)]));
    game.done(greedy);
    let list = game.list(1, 0);
    game.vote(3, list, &[(0, false), (1, false), (2, false)]);
    game.resolve(3, list, &[0, 1, 2]);
    game.finalize(1, 0);
    assert_eq!(game.gain(&[grinder]), -700);
    game.warp_in(4, 40);
    let again = game.propose_ix(grinder, 1, 1, game.proposal(1, &all));
    game.refused(again, E::AlreadyProposed);
    game.propose(2, 1, 1, &all);
    game.finalize(1, 1);
    game.pay_all(1, 1, &all);
    assert_eq!(game.gain(&[grinder]), 2_500 - 700);
}

/// Whoever stays last, after the others have left: at most -70, the first false proposer's slash. Everybody
/// who submitted is held through the last attempt, and answers its list.
#[test]
fn leaving_early_and_listing_late() {
    let mut game = Game::new(|_| (), &[1_000, 1_000, 1_000, 100, 100]);
    let (honest, false_one, last) = ([0, 1, 2], 3, 4);
    let all = [0, 1, 2, false_one, last];
    game.submit(1, &all);
    for (attempt, proposer) in (0u8..).zip([false_one, last]) {
        let round = 3 + u64::from(attempt);
        game.propose(proposer, 1, attempt, &[(proposer, 10_000)]);
        let list = game.list(1, attempt);
        game.vote(round, list, &[(0, false), (1, false)]);
        game.resolve(round, list, &[0, 1]);
        game.finalize(1, attempt);
        game.warp_in(round + 1, 0);
        for node in honest {
            let leave = game.arena.withdraw(0, node, 1_000);
            game.refused(leave, E::StakeLocked);
        }
    }
    game.pay_equally(1, &all);
    assert_eq!(game.gain(&[false_one, last]), 2 * 2_000 - 140);
    assert_eq!(game.gain(&honest), 3 * 2_000 + 2 * 41);
}

/// A whale that has staked for many rounds in a task of its own with rounds of four slots, and moves into
/// this one: at most nothing in the round in which it comes, and the next. It is a deposit like any other.
#[test]
fn a_whale_through_a_throwaway_predecessor() {
    let mut game = Game::new(|_| (), &[1_000, 1_000, 1_000, 1_000, 0]);
    let whale = 4;
    let mut terms = gradual_consensus_adversary::attack::scene::params();
    (terms.starting_slot, terms.round_time) = (101, 4);
    (terms.submission_window, terms.audit_window) = (1, 2);
    game.arena.create_task(terms);
    let (from, to) = (game.arena.tasks[1], game.task());
    let stake = game.arena.stake(1, whale, 9_000);
    game.done(stake);
    game.submit(1, &[0, 1, 2, 3]);
    let (manager, key) = (game.arena.manager.key, game.arena.node(whale));
    game.done(instruction::migrate_task(from, to, manager));
    game.done(instruction::migrate_stake(from, to, key, manager));
    game.open(0, 2);
    for (round, cycle) in [(2, 1), (3, 2)] {
        if cycle == 2 {
            game.submit(2, &[0]);
        }
        game.warp_in(round, 41);
        let vote = game.vote_ix(whale, game.submission(cycle, 0), false);
        game.refused(vote, E::InsufficientActiveStake);
    }
    let task = game.arena.task(0);
    let electorates = [2, 3, 4].map(|round| task.electorate_in(round));
    assert_eq!(electorates, [4_000, 4_000, 13_000]);
}

/// Parking honest nodes in a quiet time, before a challenge or after: at most nothing. The electorate of this
/// round and the next has them still; who answers in either loses nothing, and whom an audit holds is
/// not parked.
#[test]
fn parking_honest_nodes_in_a_quiet_time() {
    let mut game = Game::new(|_| (), &[1_400, 1_000, 1_000, 600]);
    let (attacker, honest) = (0, [1, 2]);
    game.warp_in(4, 0);
    game.open(attacker, 4);
    for node in honest {
        let park = game.arena.valid(0).park(node);
        game.done(park);
    }
    game.submit(4, &[3]);
    let subject = game.submission(4, 3);
    game.vote(5, subject, &[(attacker, false), (1, true), (2, true)]);
    game.resolve(5, subject, &[attacker, 1, 2]);
    assert_eq!(game.gain(&[attacker]), -280);
    assert_eq!(game.arena.subject(subject).audit.electorate, 4_000);
    // They answer in the next round, in which they voted, and are in the electorate throughout.
    for node in honest {
        let resume = game.arena.valid(0).resume(node);
        game.done(resume);
    }
    let task = game.arena.task(0);
    let electorates = [5, 6, 7].map(|round| task.electorate_in(round));
    assert_eq!(electorates, [3_720; 3]);
}
