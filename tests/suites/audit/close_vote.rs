//! `close_vote`: rent, shares of the voters' pool, and what rounding leaves of it.

use gradual_consensus::{GradualError, VotingRule};
use gradual_consensus_client::instruction;
use gradual_consensus_testkit::{
    BOUNTY as FUNDED, Build, LAMPORTS, World, assert_refused, on_every_build,
    suite::{CYCLE, other_task, propose_first, reviewed, somebody, stranger},
    swapped,
};
use solana_sdk::{pubkey::Pubkey, signature::Signer};

on_every_build! {
    a_vote_is_closed_once_its_audit_is_resolved,
    anyone_closes_a_vote_and_its_payer_gets_the_rent,
    the_pool_is_shared_by_weight_and_its_dust_falls_to_the_bounty,
    a_false_challenge_pays_the_author_and_its_defenders,
    the_side_in_the_wrong_gets_nothing,
    nobody_gets_anything_from_an_undecided_audit,
    nodes_with_one_vote_each_share_alike,
    a_vote_is_closed_with_its_own_accounts,
    a_vote_is_not_closed_by_another_task,
}

/// What is available while cycle 1 has its bounty set aside.
const BOUNTY: u64 = FUNDED - 10_000;

/// Node 0's submission was audited by nodes 1 (the challenger), 2 and 3 with these votes, and the
/// audit resolved.
fn resolved(
    build: Build,
    rule: VotingRule,
    stakes: &[u64; 4],
    votes: [bool; 2],
) -> (World, Pubkey) {
    let (world, subject) = voted(build, rule, stakes, votes);
    world.warp_past_audit(2);
    world.resolve(subject).unwrap();
    (world, subject)
}

/// As [`resolved`], but for the resolution.
fn voted(build: Build, rule: VotingRule, stakes: &[u64; 4], votes: [bool; 2]) -> (World, Pubkey) {
    let world = World::on(build)
        .params(|params| params.voting_rule = rule)
        .stakes(stakes)
        .start_active();
    world.submit_all(&[0, 1], CYCLE);
    let subject = world.submission_address(0, CYCLE);
    world.warp_to_audit(2);
    world.audit(1, subject, false).unwrap();
    for (voter, is_valid) in [2, 3].into_iter().zip(votes) {
        world.audit(voter, subject, is_valid).unwrap();
    }
    (world, subject)
}

fn balances(world: &World) -> [u64; 4] {
    [0, 1, 2, 3].map(|node| world.node_stake(node).available_balance)
}

/// `close_vote.1`
fn a_vote_is_closed_once_its_audit_is_resolved(build: Build) {
    let rule = VotingRule::ByStake;
    let (world, subject) = voted(build, rule, &[1_000; 4], [false, false]);
    assert_refused(world.close_vote(subject, 1), GradualError::AuditUnresolved);
    world.warp_past_audit(2);
    assert_refused(world.close_vote(subject, 1), GradualError::AuditUnresolved);
    world.resolve(subject).unwrap();
    world.close_vote(subject, 1).unwrap();
    assert!(world.is_gone(&world.vote_address(&subject, 1)));
    assert_eq!(world.subject(&subject).audit.open_votes, 2);
}

/// `close_vote.1`
fn anyone_closes_a_vote_and_its_payer_gets_the_rent(build: Build) {
    let world = reviewed(build);
    let proposer = propose_first(&world, 0, &[(0, 1)]);
    let list = world.list_address(CYCLE, 0);
    let voter = &world.nodes[(proposer + 1) % 4];
    let sponsor = somebody(&world, "sponsor");
    let (task, author) = (world.task_address(), world.nodes[proposer].pubkey());
    let audit = instruction::audit(task, list, author, voter.pubkey(), sponsor.pubkey(), false);
    world.warp_to_audit(3);
    world.send(&[audit], &[&voter.keypair, &sponsor]).unwrap();
    assert!(world.lamports(&sponsor.pubkey()) < LAMPORTS);
    world.warp_past_audit(3);
    world.resolve(list).unwrap();
    let vote = world.fetch(&world.vote_address(&list, (proposer + 1) % 4));
    let close = instruction::close_vote(task, &vote);
    world.send(&[close], &[&stranger(&world)]).unwrap();
    assert_eq!(world.lamports(&sponsor.pubkey()), LAMPORTS);
}

/// `close_vote.2`, `close_vote.3`: 210 base units among weights of 1000, 500 and 300 are 116, 58
/// and 35, in whatever order the votes are closed; the last leaves 1 to the bounty.
fn the_pool_is_shared_by_weight_and_its_dust_falls_to_the_bounty(build: Build) {
    for order in [[1, 2, 3], [3, 2, 1], [2, 3, 1]] {
        let stakes = [1_000, 1_000, 500, 300];
        let (world, subject) =
            resolved(build.clone(), VotingRule::ByStake, &stakes, [false, false]);
        assert_eq!(
            balances(&world),
            [0, 210, 0, 0],
            "the challenger's own share"
        );
        assert_eq!(world.task().bounty_available, BOUNTY + 280);
        for voter in order {
            assert_eq!(world.task().bounty_available, BOUNTY + 280);
            world.close_vote(subject, voter).unwrap();
        }
        assert_eq!(balances(&world), [0, 210 + 116, 58, 35]);
        let task = world.task();
        assert_eq!(
            (task.bounty_available, task.bounty_from_slashes),
            (BOUNTY + 281, 281)
        );
        assert_eq!(world.subject(&subject).audit.voter_pool_left, 0);
    }
}

/// `close_vote.2`: of the challenger's 200 the author gets 60; 60 among weights of 1500 and 800
/// are 39 and 20.
fn a_false_challenge_pays_the_author_and_its_defenders(build: Build) {
    let stakes = [1_000, 1_000, 1_500, 800];
    let (world, subject) = resolved(build, VotingRule::ByStake, &stakes, [true, true]);
    for voter in [1, 2, 3] {
        world.close_vote(subject, voter).unwrap();
    }
    assert_eq!(balances(&world), [60, 0, 39, 20]);
    assert_eq!(world.task().bounty_available, BOUNTY + 80 + 1);
}

/// `close_vote.2`
fn the_side_in_the_wrong_gets_nothing(build: Build) {
    let stakes = [1_000, 1_000, 1_100, 1_000];
    let (world, subject) = resolved(build, VotingRule::ByStake, &stakes, [false, true]);
    for voter in [1, 2, 3] {
        world.close_vote(subject, voter).unwrap();
    }
    assert_eq!(balances(&world), [0, 210 + 100, 110, 0]);
    assert_eq!(world.task().bounty_available, BOUNTY + 280);
}

/// `close_vote.2`: as much was cast for the submission as against it, so that neither side was in the right.
fn nobody_gets_anything_from_an_undecided_audit(build: Build) {
    let stakes = [1_000, 1_500, 700, 800];
    let (world, subject) = resolved(build, VotingRule::ByStake, &stakes, [true, true]);
    for voter in [1, 2, 3] {
        world.close_vote(subject, voter).unwrap();
    }
    assert_eq!(balances(&world), [0; 4]);
    assert_eq!(world.task().bounty_available, BOUNTY);
}

/// `close_vote.2`: where a node has one vote, shares are equal. A slash of the minimum stake leaves 21 base
/// units for three.
fn nodes_with_one_vote_each_share_alike(build: Build) {
    let stakes = [1_111, 500, 5_000, 100];
    let (world, subject) = resolved(build, VotingRule::PerNode, &stakes, [false, false]);
    let audit = world.subject(&subject).audit;
    assert_eq!((audit.slashed, audit.voter_pool), (70, 21));
    for voter in [3, 1, 2] {
        world.close_vote(subject, voter).unwrap();
    }
    assert_eq!(balances(&world), [0, 21 + 7, 7, 7]);
    assert_eq!(world.task().bounty_available, BOUNTY + 70 - 2 * 21);
}

/// Accounts that do not belong to the vote are refused.
fn a_vote_is_closed_with_its_own_accounts(build: Build) {
    let (world, subject) = resolved(build, VotingRule::ByStake, &[1_000; 4], [false, false]);
    let task = world.task_address();
    let close = instruction::close_vote(task, &world.fetch(&world.vote_address(&subject, 1)));
    let another = world.submission_address(1, CYCLE);
    let other_subject = swapped(close.clone(), subject, another);
    assert_refused(world.crank(other_subject), GradualError::WrongVote);
    let (stake, neighbour) = (world.stake_address(1), world.stake_address(2));
    let other_voter = swapped(close.clone(), stake, neighbour);
    assert_refused(world.crank(other_voter), GradualError::WrongVote);
    let payer = world.nodes[1].pubkey();
    let other_payer = swapped(close.clone(), payer, world.nodes[2].pubkey());
    assert_refused(world.crank(other_payer), GradualError::WrongRentPayer);
    let other = other_task(&world);
    let other_stake = swapped(close.clone(), stake, other.stake);
    assert_refused(world.crank(other_stake), GradualError::WrongTask);
    world.crank(close).unwrap();
}

/// The pool of one task is not another's to divide.
fn a_vote_is_not_closed_by_another_task(build: Build) {
    let world = World::on(build).start_active();
    world.submit_all(&[0, 1], CYCLE);
    let subject = world.submission_address(1, CYCLE);
    world.warp_to_audit(2);
    world.audit(0, subject, false).unwrap();
    world.warp_past_audit(2);
    world.resolve(subject).unwrap();
    let vote = world.fetch(&world.vote_address(&subject, 0));
    let close = instruction::close_vote(world.task_address(), &vote);
    let other = other_task(&world);
    let elsewhere = swapped(close, world.task_address(), other.task);
    let elsewhere = swapped(elsewhere, world.stake_address(0), other.stake);
    assert_refused(world.crank(elsewhere), GradualError::WrongTask);
}
