//! Attackers below half of the stake, at any turnout: they slash nobody.

use crate::game::{Game, equal};
use gradual_consensus::{GradualError as E, VotingRule, state::Status};

/// 1,700 call an honest submission invalid, 1,600 defend it, 6,600 are silent: at most nothing. Defenders
/// complete no quorum for those whom they answer.
#[test]
fn honest_defenders_complete_no_quorum() {
    let mut game = Game::new(|_| (), &[1_700, 1_600, 6_600, 100]);
    let (attacker, defender, author) = (0, 1, 3);
    game.submit(1, &[author]);
    let subject = game.submission(1, author);
    game.vote(2, subject, &[(attacker, false), (defender, true)]);
    game.resolve(2, subject, &[attacker, defender]);
    assert_eq!(game.arena.subject(subject).status(), Status::Standing);
    assert_eq!(game.gain(&[attacker]), 0);
    assert_eq!(game.gain(&[author, defender]), 0);
}

/// 4,050 against 3,950 and an author of 2,000: at most nothing. The author's own stake counts for it.
#[test]
fn a_big_authors_stake_shields_it() {
    let mut game = Game::new(|_| (), &[4_050, 3_950, 2_000]);
    let (attacker, defender, author) = (0, 1, 2);
    game.submit(1, &[author]);
    let subject = game.submission(1, author);
    game.vote(2, subject, &[(attacker, false), (defender, true)]);
    game.resolve(2, subject, &[attacker, defender]);
    assert_eq!(game.arena.subject(subject).status(), Status::Standing);
    assert_eq!(game.gain(&[attacker, defender, author]), 0);
}

/// An author of 60 % that hands in junk, and challengers that nobody joins: at most nothing for it. It
/// cannot bleed them, as no vote of others stands beside its own stake.
#[test]
fn a_big_author_bleeds_no_challengers() {
    let mut game = Game::new(|_| (), &[100, 3_900, 6_000]);
    let (challenger, author) = (0, 2);
    game.submit(1, &[author]);
    let subject = game.submission(1, author);
    game.vote(2, subject, &[(challenger, false)]);
    game.resolve(2, subject, &[challenger]);
    assert_eq!(game.gain(&[challenger, author]), 0);
}

/// Every attacker's stake, and every turnout, in steps: nobody below half of the stake slashes anybody, be it
/// an author or a challenger, where each has one vote, or by stake.
#[test]
fn nobody_below_half_slashes_anybody() {
    for attacking in [1, 2, 3, 4] {
        for awake in [0, 2, 9 - attacking] {
            for counts_nodes in [false, true] {
                let rule = |terms: &mut gradual_consensus::TaskParams| {
                    if counts_nodes {
                        terms.voting_rule = VotingRule::PerNode;
                    }
                };
                let mut game = Game::new(rule, &[1_000; 10]);
                let (author, attackers) = (9, 0..attacking);
                game.submit(1, &[author]);
                let subject = game.submission(1, author);
                let against = attackers.clone().map(|node| (node, false));
                let defenders = attacking..(attacking + awake).min(9);
                let votes: Vec<_> = against
                    .chain(defenders.map(|node| (node, true)))
                    .collect();
                game.vote(2, subject, &votes);
                game.resolve(2, subject, &[]);
                assert!(game.gain(&[author]) >= 0, "{attacking} of 10, {awake} awake");
                assert!(game.gain(&attackers.collect::<Vec<_>>()) <= 0);
            }
        }
    }
}

/// One minimal node that would open every challenge of a cycle, to choose what it is asked: at most five at a
/// time, which is what its stake pays for.
#[test]
fn one_node_opens_no_more_challenges_than_it_can_pay() {
    let mut game = Game::new(|_| (), &[100, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000]);
    let authors = [1, 2, 3, 4, 5, 6];
    game.submit(1, &authors);
    for author in authors {
        let subject = game.submission(1, author);
        let challenge = game.vote_ix(0, subject, false);
        game.warp_in(2, 41);
        if author < 6 {
            game.done(challenge);
        } else {
            game.refused(challenge, E::TooManyChallenges);
        }
    }
}

/// A cycle funded once, and worked for in three rounds: at most what was funded is promised. A cycle whose
/// bounty is not there does not take place, and nobody works for it.
#[test]
fn no_two_cycles_count_on_the_same_bounty() {
    let mut game = Game::funded(10_000, |_| (), &[1_000; 3]);
    game.open(0, 1);
    game.warp_in(2, 0);
    let second = game.open_ix(1, 2);
    game.refused(second, E::BountyTooSmall);
    game.submit(1, &[0, 1, 2]);
    game.warp_in(3, 0);
    let without = game.arena.submit_for(0, 0, 2);
    game.refused(without, E::CycleNotOpen);
    let list = equal(&[0, 1, 2]);
    game.propose(0, 1, 0, &list);
    game.finalize(1, 0);
    game.pay_all(1, 0, &list);
    assert_eq!(game.gain(&[0, 1, 2]), 9_999);
}

/// Two thirds of the stake idle for ever, machines switched off, keys lost: junk was paid in every cycle,
/// as no verdict was possible. Anybody parks them, and the rest is the electorate.
#[test]
fn idle_stake_ends_no_verdicts() {
    for parks in [false, true] {
        let mut game = Game::new(|_| (), &[900, 900, 100, 2_000, 2_000]);
        let (junk, idle) = (2, [3, 4]);
        if parks {
            game.warp_in(4, 0);
            for node in idle {
                let park = game.arena.valid(0).park(node);
                game.done(park);
            }
        }
        game.open(0, 6);
        game.submit(6, &[junk]);
        let subject = game.submission(6, junk);
        game.vote(7, subject, &[(0, false), (1, false)]);
        game.resolve(7, subject, &[0, 1]);
        assert_eq!(game.gain(&[junk]), if parks { -70 } else { 0 });
    }
}
