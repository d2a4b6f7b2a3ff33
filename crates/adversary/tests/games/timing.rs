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
    game.warp_in(2, 41);
    let vote = game.vote_ix(whale, game.submission(1, 0), false);
    game.refused(vote, E::InsufficientActiveStake);

    game.warp_in(3, 0);
    let early = game.arena.submit_for(0, whale, 2);
    game.refused(early, E::InsufficientActiveStake);
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
/// from the submission to `B(r+3)`, and while an audit is open as long as that takes.
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
    game.vote(2, subject, &[(0, false), (1, false)]);
    for round in [2, 3, 4, 50] {
        game.warp_in(round, 81);
        let leave = game.arena.withdraw(0, cheat, 1_000);
        game.refused(leave, E::StakeInAudit);
    }
    game.resolve(50, subject, &[0, 1]);
    assert_eq!(game.gain(&[cheat]), -700);
    assert_eq!(game.gain(&[0, 1]), 420);
    let leave = game.arena.withdraw(0, cheat, 300);
    game.done(leave);
}

/// Withdraw and vote again under a new key: at most one vote a unit of stake and subject. Whoever has
/// voted is locked until both audits of its round are over; whoever has not voted moves a stake that
/// weighs nothing for two rounds.
#[test]
fn withdraw_and_vote_again_under_a_new_key() {
    let mut game = Game::new(|_| (), &[1_000, 1_000, 1_000, 1_000, 0]);
    let (old, new) = (2, 4);
    game.submit(1, &[0, 3]);
    let subject = game.submission(1, 3);
    game.vote(2, subject, &[(1, false), (old, true)]);
    for round in [2, 3] {
        game.warp_in(round, 99);
        let leave = game.arena.withdraw(0, old, 1_000);
        game.refused(leave, E::StakeLocked);
    }
    game.warp_in(4, 0);
    let leave = game.arena.withdraw(0, old, 1_000);
    game.done(leave);
    game.stake(new, 1_000);
    for round in [4, 5] {
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
    game.vote(3, list, &[(0, false), (1, false)]);
    game.resolve(3, list, &[0, 1]);
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
