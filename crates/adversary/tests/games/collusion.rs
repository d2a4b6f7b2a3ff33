//! Several that act as one, and what silence gives away.

use crate::game::{Game, equal};
use gradual_consensus::{GradualError as E, VotingRule, state::Status};

/// Colluding proposer and voters, 1,949 of 4,000: at most -70, the proposer's slash. Their list falls, and
/// the honest list of the next attempt pays everybody.
#[test]
fn colluders_just_below_half() {
    let mut game = Game::new(|_| (), &[100, 1_849, 2_051]);
    let (proposer, accomplice, honest) = (0, 1, 2);
    game.submit(1, &[proposer, accomplice, honest]);
    game.propose(proposer, 1, 0, &[(proposer, 5_000), (accomplice, 5_000)]);
    let list = game.list(1, 0);
    game.vote(3, list, &[(honest, false), (accomplice, true)]);
    game.resolve(3, list, &[honest, accomplice]);
    game.finalize(1, 0);
    assert_eq!(game.gain(&[proposer, accomplice]), -70);
    assert_eq!(game.gain(&[honest]), 42);
    let fair = equal(&[proposer, accomplice, honest]);
    game.propose(honest, 1, 1, &fair);
    game.finalize(1, 1);
    game.pay_all(1, 1, &fair);
    assert_eq!(game.gain(&[honest]), 42 + 3_333);
}

/// The same with 2,051 of 4,000: at most the whole bounty of each cycle, and of whoever
/// challenges 12 % of its stake (60 % of the 20 % slashed). Nothing of what others have staked and do
/// not put at risk by a challenge or a submission.
#[test]
fn colluders_just_above_half() {
    let mut game = Game::new(|_| (), &[100, 1_951, 1_949]);
    let (proposer, accomplice, honest) = (0, 1, 2);
    game.submit(1, &[proposer, accomplice, honest]);
    let greedy = [(proposer, 5_000), (accomplice, 5_000)];
    game.propose(proposer, 1, 0, &greedy);
    let list = game.list(1, 0);
    game.vote(3, list, &[(honest, false), (accomplice, true)]);
    game.resolve(3, list, &[honest, accomplice]);
    game.finalize(1, 0);
    game.pay_all(1, 0, &greedy);
    // 389 slashed: 116 to the proposer, 116 to the voter.
    assert_eq!(game.gain(&[honest]), -389);
    assert_eq!(game.gain(&[proposer, accomplice]), 10_000 + 232);
}

/// The same majority against an honest submission: at most 42 % of the author's stake (60 % of the
/// 70 % slashed), once a submission. An author that stays away loses nothing.
#[test]
fn a_majority_slashes_the_honest() {
    let mut game = Game::new(|_| (), &[100, 1_951, 1_949]);
    let (challenger, accomplice, honest) = (0, 1, 2);
    game.submit(1, &[honest]);
    let subject = game.submission(1, honest);
    game.vote(2, subject, &[(challenger, false), (accomplice, false)]);
    game.resolve(2, subject, &[challenger, accomplice]);
    assert_eq!(game.gain(&[honest]), -1_364);
    // 409 to the challenger, 409 to both as voters; 1 of them is lost to rounding, to the bounty.
    assert_eq!(game.gain(&[challenger, accomplice]), 409 + 408);
    game.warp_in(6, 0);
    let leave = game.arena.withdraw(0, honest, 585);
    game.done(leave);
}

/// A silent majority of 90 %: six of a hundred take a whole bounty from three that object, because
/// those who vote decide on a list. At most the bounty of each such cycle: nobody is slashed.
#[test]
fn a_silent_majority_lets_a_list_stand() {
    let mut game = Game::new(|_| (), &[100, 600, 300, 3_000, 3_000, 3_000]);
    let (proposer, accomplice, honest) = (0, 1, 2);
    game.submit(1, &[0, 1, 2, 3, 4, 5]);
    let greedy = [(proposer, 5_000), (accomplice, 5_000)];
    game.propose(proposer, 1, 0, &greedy);
    let list = game.list(1, 0);
    game.vote(3, list, &[(honest, false), (accomplice, true)]);
    game.resolve(3, list, &[honest, accomplice]);
    assert_eq!(game.arena.subject(list).status(), Status::Standing);
    game.finalize(1, 0);
    game.pay_all(1, 0, &greedy);
    assert_eq!(game.gain(&[proposer, accomplice]), 10_000);
    assert_eq!(game.gain(&[2, 3, 4, 5]), 0);
}

/// A silent majority, and a third that speaks: 34 % fell a silent node's honest submission, and slash
/// nobody: it is not paid, that is all. One vote of the silent against it turns it: the challenger pays.
#[test]
fn a_third_fells_and_slashes_nobody_where_the_rest_is_silent() {
    for answered in [false, true] {
        let mut game = Game::new(|_| (), &[3_400, 5_600, 1_000]);
        let (third, silent, victim) = (0, 1, 2);
        game.submit(1, &[victim]);
        let subject = game.submission(1, victim);
        game.vote(2, subject, &[(third, false)]);
        let mut voters = vec![third];
        if answered {
            game.vote(2, subject, &[(silent, true)]);
            voters.push(silent);
        }
        game.resolve(2, subject, &voters);
        let (gain, loss) = if answered { (-680, 204) } else { (0, 0) };
        assert_eq!(game.gain(&[third]), gain);
        assert_eq!(game.gain(&[victim]), loss);
    }
}

/// Ten nodes of the minimum, 1,000 in all, against one of 5,000, where nodes count: 41, of the 70 % of one
/// minimum stake that the big one loses. A vote that costs a minimum takes no more than a share of one.
#[test]
fn small_nodes_win_little_where_nodes_count() {
    let small: Vec<usize> = (0..10).collect();
    let (big, honest) = (10, 11);
    let stakes: Vec<u64> = [vec![100; 10], vec![5_000, 1_000]].concat();
    let mut game = Game::new(|terms| terms.voting_rule = VotingRule::PerNode, &stakes);
    game.submit(1, &[big]);
    let subject = game.submission(1, big);
    let votes: Vec<_> = small.iter().map(|&node| (node, false)).collect();
    game.vote(2, subject, &votes);
    game.vote(2, subject, &[(honest, true)]);
    let voters = [small.clone(), vec![honest]].concat();
    game.resolve(2, subject, &voters);
    assert_eq!((game.gain(&small), game.gain(&[big])), (41, -70));
}

/// The same ten by stake, against one of 5,000 with a friend of 1,001: at most -20, a fifth of the
/// challenger's 100.
#[test]
fn small_nodes_lose_by_stake() {
    let small: Vec<usize> = (0..10).collect();
    let (big, honest) = (10, 11);
    let stakes: Vec<u64> = [vec![100; 10], vec![5_000, 1_001]].concat();
    let mut game = Game::new(|_| (), &stakes);
    game.submit(1, &[big]);
    let subject = game.submission(1, big);
    let votes: Vec<_> = small.iter().map(|&node| (node, false)).collect();
    game.vote(2, subject, &votes);
    game.vote(2, subject, &[(honest, true)]);
    game.resolve(2, subject, &[honest]);
    assert_eq!(game.gain(&small), -20);
    assert_eq!((game.gain(&[big]), game.gain(&[honest])), (6, 6));
}

/// A cheat whose accomplice challenges it first: at most nothing, where no honest node votes. Where they
/// do, the accomplice has the challenger's part and little of the voters': 22 % of the stake at most comes
/// back.
#[test]
fn a_cheat_that_has_itself_challenged() {
    for (voters, gain) in [(vec![], 0), (vec![2, 3], -480)] {
        let mut game = Game::new(|terms| terms.quorum_bps = 1, &[1_000, 100, 1_000, 1_000]);
        let (cheat, accomplice) = (0, 1);
        game.submit(1, &[cheat, 2, 3]);
        let subject = game.submission(1, cheat);
        game.vote(2, subject, &[(accomplice, false)]);
        // Nobody else can be the challenger any more, but everybody can vote.
        let votes: Vec<_> = voters.iter().map(|&node| (node, false)).collect();
        game.vote(2, subject, &votes);
        let all = [vec![accomplice], voters].concat();
        game.resolve(2, subject, &all);
        assert_eq!(game.gain(&[cheat, accomplice]), gain);
    }
}

/// The same where winner and voters share the whole slash, and the accomplice is over half: it costs
/// nothing. A task's terms should leave a good part of each slash to the bounty.
#[test]
fn a_slash_that_leaves_nothing_to_the_bounty_deters_nobody() {
    let shares = |terms: &mut gradual_consensus::TaskParams| {
        terms.quorum_bps = 1;
        (terms.challenger_bps, terms.voter_bps) = (5_000, 5_000);
    };
    let mut game = Game::new(shares, &[1_000, 2_500, 1_000]);
    game.submit(1, &[0, 2]);
    let subject = game.submission(1, 0);
    game.vote(2, subject, &[(1, false)]);
    game.resolve(2, subject, &[1]);
    assert_eq!(game.gain(&[0, 1]), 0);
}

/// A proposer whose list nobody can see: at most the whole bounty of the cycle, if nobody challenges
/// within the first half of the audit window. A single challenge of any weight that no vote for it
/// outweighs ends it; over half of the stake against it, it costs 70 %.
#[test]
fn a_proposer_that_withholds_its_list() {
    let greedy = [(0, 10_000)];
    let submitted = || {
        let mut game = Game::new(|_| (), &[1_000, 1_000, 1_000, 100]);
        game.submit(1, &[0, 1, 2, 3]);
        game.propose(0, 1, 0, &greedy);
        game
    };

    let mut silent = submitted();
    silent.finalize(1, 0);
    silent.pay_all(1, 0, &greedy);
    assert_eq!(silent.gain(&[0]), 10_000);

    let mut objected = submitted();
    let list = objected.list(1, 0);
    objected.vote(3, list, &[(3, false)]);
    objected.resolve(3, list, &[3]);
    objected.finalize(1, 0);
    let pay = objected.payout_ix(1, 0, &greedy, 0);
    objected.refused(pay, E::ListNotAccepted);
    assert_eq!(
        objected.gain(&[0, 3]),
        0,
        "without over half nobody is slashed"
    );
    assert_eq!(objected.available(), 90_000);

    let mut audited = submitted();
    let list = audited.list(1, 0);
    audited.vote(3, list, &[(3, false), (1, false), (2, false)]);
    audited.resolve(3, list, &[3, 1, 2]);
    assert_eq!(audited.gain(&[0]), -700);
}

/// A root that stands for nothing, and that all let pass: at most nothing. Nobody is paid, and after
/// the claim window its total is available again.
#[test]
fn a_root_that_stands_for_nothing() {
    let mut game = Game::new(|_| (), &[1_000; 3]);
    game.submit(1, &[0, 1, 2]);
    game.warp_in(3, 40);
    let mut proposal = game.proposal(1, &equal(&[0, 1, 2]));
    proposal.merkle_root = [7; 32];
    let propose = game.propose_ix(0, 1, 0, proposal);
    game.done(propose);
    game.finalize(1, 0);
    let pay = game.payout_ix(1, 0, &equal(&[0, 1, 2]), 0);
    game.refused(pay, E::InvalidProof);
    game.warp_in(6, 0);
    game.close(1, &[0, 1, 2], &[0]);
    assert_eq!(game.available(), 100_000);
    assert_eq!(game.gain(&[0, 1, 2]), 0);
}
