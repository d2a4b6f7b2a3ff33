//! `audit`, of submissions and lists alike.

use anchor_lang::error::ErrorCode;
use gradual_consensus::{
    GradualError, VotingRule,
    state::{AuditVote, Status},
};
use gradual_consensus_client::{address, instruction};
use gradual_consensus_testkit::{
    Build, LAMPORTS, STAKE, World, assert_refused, assert_refused_by_anchor, on_every_build,
    suite::{AUTHOR, BOTH, HandedIn, Kind, hand_in_for_audit, propose_among, second_task, vote, work_in},
    swapped, unsigned,
};
use solana_sdk::rent::Rent;

on_every_build! {
    there_is_nothing_to_defend_before_a_challenge,
    the_author_does_not_vote,
    needs_the_minimum_of_active_stake,
    a_node_votes_once_and_does_not_change_its_mind,
    a_vote_weighs_the_voters_active_stake,
    a_vote_weighs_one_where_nodes_count,
    a_slash_meanwhile_leaves_no_dead_weight_in_the_electorate,
    opening_notes_the_electorate_and_the_author_and_holds_both,
    parking_meanwhile_changes_no_electorate,
    voting_locks_until_the_subjects_round_is_over,
    is_not_blocked_by_lamports_at_the_new_address,
    another_may_pay_the_rent,
    refuses_the_stakes_of_others,
    refuses_other_subjects,
    refuses_another_address,
    a_stake_pays_for_its_open_challenges,
    only_open_challenges_of_submissions_are_limited,
}

/// `audit.3`, `audit.10`
fn there_is_nothing_to_defend_before_a_challenge(build: Build) {
    for kind in BOTH {
        let world = World::on(build.clone()).start_active();
        let HandedIn { address, .. } = hand_in_for_audit(&world, kind);
        assert_refused(world.audit(0, address, true), GradualError::NothingToDefend);
        world.audit(0, address, false).unwrap();
        world.audit(1, address, true).unwrap();
    }
}

/// `audit.4`, `audit.10`
fn the_author_does_not_vote(build: Build) {
    for kind in BOTH {
        let world = World::on(build.clone()).start_active();
        let HandedIn { address, .. } = hand_in_for_audit(&world, kind);
        assert_refused(world.audit(AUTHOR, address, false), GradualError::SelfAudit);
        world.audit(0, address, false).unwrap();
        for is_valid in [false, true] {
            assert_refused(
                world.audit(AUTHOR, address, is_valid),
                GradualError::SelfAudit,
            );
        }
    }
}

/// `audit.5`, `audit.10`: the voter need not have submitted.
fn needs_the_minimum_of_active_stake(build: Build) {
    for kind in BOTH {
        let stakes = [100, 0, STAKE, STAKE, 0];
        let world = World::on(build.clone()).stakes(&stakes).start_active();
        let HandedIn { address, .. } = hand_in_for_audit(&world, kind);
        world.stake(1, STAKE).unwrap();
        world.withdraw(2, STAKE).unwrap();
        for node in [1, 2] {
            let result = world.audit(node, address, false);
            assert_refused(result, GradualError::InsufficientActiveStake);
        }
        let stranger = world.audit(4, address, false);
        assert_refused_by_anchor(stranger, ErrorCode::AccountOwnedByWrongProgram);
        world.audit(0, address, false).unwrap();
    }
}

/// `audit.6`, `audit.10`
fn a_node_votes_once_and_does_not_change_its_mind(build: Build) {
    for kind in BOTH {
        let world = World::on(build.clone()).start_active();
        let HandedIn {
            address,
            window_round,
            ..
        } = hand_in_for_audit(&world, kind);
        vote(&world, address, &[(0, false), (1, true)]);
        world.warp_to_last_audit(window_round);
        for node in [0, 1] {
            for is_valid in [false, true] {
                let again = world.audit(node, address, is_valid);
                assert_refused(again, GradualError::AlreadyVoted);
            }
        }
    }
}

/// `audit.7`, `audit.10`
fn a_vote_weighs_the_voters_active_stake(build: Build) {
    for kind in BOTH {
        let stakes = [300, 500, 700, STAKE];
        let world = World::on(build.clone()).stakes(&stakes).start_active();
        let HandedIn { address, .. } = hand_in_for_audit(&world, kind);
        world.stake(2, 11).unwrap();
        vote(&world, address, &[(0, false), (1, true), (2, true)]);
        let audit = world.subject(&address).audit;
        assert_eq!((audit.weight_invalid, audit.weight_valid), (300, 1_200));
        let cast: AuditVote = world.fetch(&world.vote_address(&address, 2));
        assert_eq!((cast.weight, cast.is_valid), (700, 1));
        assert_eq!(
            (cast.subject, cast.voter),
            (address, world.nodes[2].pubkey())
        );
    }
}

/// `audit.7`, `audit.10`
fn a_vote_weighs_one_where_nodes_count(build: Build) {
    for kind in BOTH {
        let world = World::on(build.clone())
            .params(|params| params.voting_rule = VotingRule::PerNode)
            .stakes(&[300, 500, 700, STAKE])
            .start_active();
        let HandedIn { address, .. } = hand_in_for_audit(&world, kind);
        vote(&world, address, &[(0, false), (1, true), (2, true)]);
        let audit = world.subject(&address).audit;
        assert_eq!(
            (audit.weight_invalid, audit.weight_valid, audit.electorate),
            (1, 2, 4)
        );
        assert_eq!(audit.author_weight, 1);
    }
}

/// `audit.8`: an author that was slashed since it handed in counts with what it has left, or with nothing
/// where that is below the minimum.
fn a_slash_meanwhile_leaves_no_dead_weight_in_the_electorate(build: Build) {
    for (slash_bps, left, weight) in [(7_000, 300, 300), (9_500, 50, 0)] {
        let world = World::on(build.clone())
            .params(|params| params.slash_bps = slash_bps)
            .stakes(&[2_000, 2_000, 2_000, 1_000])
            .start_active();
        world.submit(3, 1, b"first").unwrap();
        world.open_cycle(0, 2).unwrap();
        world.warp_to_audit(2);
        let first = world.submission_address(3, 1);
        vote(&world, first, &[(0, false), (1, false)]);
        world.warp_to_round(3);
        world.submit(3, 2, b"second").unwrap();
        world.resolve(first).unwrap();
        assert_eq!(world.node_stake(3).stake.total(), left);
        world.warp_to_audit(3);
        let second = world.submission_address(3, 2);
        vote(&world, second, &[(0, false)]);
        let audit = world.subject(&second).audit;
        assert_eq!((audit.electorate, audit.author_weight), (6_000 + weight, weight));
    }
}

/// `audit.8`, `audit.10`
fn opening_notes_the_electorate_and_the_author_and_holds_both(build: Build) {
    for kind in BOTH {
        let stakes = [300, 500, 700, STAKE];
        let world = World::on(build.clone()).stakes(&stakes).start_active();
        let HandedIn { address, .. } = hand_in_for_audit(&world, kind);
        world.audit(1, address, false).unwrap();
        let subject = world.subject(&address);
        assert_eq!(subject.status(), Status::Challenged);
        let audit = subject.audit;
        assert_eq!((audit.electorate, audit.author_weight), (2_500, STAKE));
        assert_eq!(audit.challenger, world.nodes[1].pubkey());
        assert_eq!(audit.opened_slot, world.slot());
        world.withdraw(2, 700).unwrap();
        world.audit(0, address, false).unwrap();
        let later = world.subject(&address).audit;
        assert_eq!((later.electorate, later.author_weight), (2_500, STAKE));
        assert_eq!(later.challenger, world.nodes[1].pubkey());
        let held = [0, 1, 2, AUTHOR].map(|node| world.node_stake(node).open_audits);
        assert_eq!(held, [0, 1, 0, 1]);
        let challenges = [0, 1, 2, AUTHOR].map(|node| world.node_stake(node).open_challenges);
        let counted = u32::from(kind == Kind::Submission);
        assert_eq!(challenges, [0, counted, 0, 0]);
    }
}

/// `audit.8`, `park_stake.2`: neither a slash nor parking changes what an open audit noted, and parked
/// stake votes as long as it is active.
fn parking_meanwhile_changes_no_electorate(build: Build) {
    let world = World::on(build)
        .params(|params| params.idle_rounds = 1)
        .start_active();
    let HandedIn { address, .. } = hand_in_for_audit(&world, Kind::Submission);
    world.park(1).unwrap();
    world.audit(0, address, false).unwrap();
    world.park(2).unwrap();
    world.audit(1, address, true).unwrap();
    let audit = world.subject(&address).audit;
    assert_eq!((audit.electorate, audit.weight_valid), (4_000, 1_000));
}

/// `audit.9`, `audit.10`: a submission's round is round 2, its list's round 3.
fn voting_locks_until_the_subjects_round_is_over(build: Build) {
    for (kind, unlock) in BOTH.into_iter().zip([400, 500]) {
        let world = World::on(build.clone()).start_active();
        let HandedIn {
            address,
            window_round,
            ..
        } = hand_in_for_audit(&world, kind);
        vote(&world, address, &[(0, false), (1, true)]);
        let locks = [0, 1, 2].map(|node| world.node_stake(node).locked_until_slot);
        assert_eq!(locks, [unlock, unlock, 0]);
        assert_eq!(world.node_stake(1).last_active_round, window_round);
    }
}

/// Lamports that somebody sent to the vote's address beforehand block nothing.
fn is_not_blocked_by_lamports_at_the_new_address(build: Build) {
    for lamports in [1, LAMPORTS] {
        let world = World::on(build.clone()).start_active();
        let HandedIn { address, .. } = hand_in_for_audit(&world, Kind::Submission);
        let cast = world.vote_address(&address, 0);
        world.bank.airdrop(&cast, lamports);
        world.audit(0, address, false).unwrap();
        let rent = Rent::default().minimum_balance(AuditVote::SPACE);
        assert_eq!(world.lamports(&cast), lamports.max(rent));
        assert_eq!(world.subject(&address).audit.weight_invalid, STAKE);
    }
}

/// Another may pay the rent, and the vote names the payer; only the node itself votes.
fn another_may_pay_the_rent(build: Build) {
    let world = World::on(build).start_active();
    let HandedIn { address, .. } = hand_in_for_audit(&world, Kind::Submission);
    let [voter, payer, author] = [0, 1, AUTHOR].map(|node| world.nodes[node].pubkey());
    let task = world.task_address();
    let audit = instruction::audit(task, address, author, voter, payer, false);
    let forged = unsigned(audit.clone(), voter);
    assert_refused_by_anchor(world.act(1, forged), ErrorCode::AccountNotSigner);
    let signers = [&world.nodes[1].keypair, &world.nodes[0].keypair];
    world.send(&[audit], &signers).unwrap();
    let cast: AuditVote = world.fetch(&world.vote_address(&address, 0));
    assert_eq!((cast.voter, cast.payer), (voter, payer));
}

/// The stakes are the author's and the voter's own, in this task.
fn refuses_the_stakes_of_others(build: Build) {
    for kind in BOTH {
        let world = World::on(build.clone()).start();
        let second = second_task(&world, &[0, AUTHOR]);
        world.begin_cycle(0, 1);
        let HandedIn { address, .. } = hand_in_for_audit(&world, kind);
        let in_second =
            |node: usize| address::node_stake(&second.task, &world.nodes[node].pubkey());
        let (voter, author) = (world.stake_address(0), world.stake_address(AUTHOR));
        for (from, to, expected) in [
            (author, world.stake_address(1), GradualError::WrongAuthor),
            (author, in_second(AUTHOR), GradualError::WrongTask),
            (voter, world.stake_address(1), GradualError::WrongNode),
            (voter, in_second(0), GradualError::WrongTask),
        ] {
            let audit = swapped(world.audit_ix(0, address, false), from, to);
            assert_refused(world.act(0, audit), expected);
        }
    }
}

/// Nothing but submissions and lists of this task is audited.
fn refuses_other_subjects(build: Build) {
    let world = World::on(build).start();
    let second = second_task(&world, &[AUTHOR]);
    work_in(&world, second, AUTHOR);
    let author = world.nodes[AUTHOR].pubkey();
    let theirs = address::submission(&address::cycle(&second.task, 1), &author);
    let HandedIn { address: own, .. } = hand_in_for_audit(&world, Kind::Submission);
    let (task, voter) = (world.task_address(), world.nodes[0].pubkey());
    for (subject, expected) in [
        (theirs, GradualError::WrongTask),
        (world.cycle_address(1), GradualError::WrongSubject),
        (world.nodes[1].wallet, GradualError::WrongSubject),
        (world.list_address(1, 0), GradualError::WrongSubject),
    ] {
        let audit = instruction::audit(task, subject, author, voter, voter, false);
        assert_refused(world.act(0, audit), expected);
    }
    let mut audit = world.audit_ix(0, own, false);
    for meta in audit.accounts.iter_mut().filter(|meta| meta.pubkey == own) {
        meta.is_writable = false;
    }
    assert_refused_by_anchor(world.act(0, audit), ErrorCode::ConstraintMut);
}

/// `audit.6`: a vote lives where its subject and voter say, so that a node has no second one.
fn refuses_another_address(build: Build) {
    let world = World::on(build).start_active();
    let HandedIn { address, .. } = hand_in_for_audit(&world, Kind::Submission);
    let (own, other) = (
        world.vote_address(&address, 0),
        world.vote_address(&address, 1),
    );
    let audit = swapped(world.audit_ix(0, address, false), own, other);
    assert_refused_by_anchor(world.act(0, audit), ErrorCode::ConstraintSeeds);
}

/// `audit.11`: a false challenge of a fifth of the stake pays for five.
fn a_stake_pays_for_its_open_challenges(build: Build) {
    for (false_challenge_bps, most) in [(10_000, 1), (6_000, 1), (5_000, 2), (2_000, 5), (0, 7)] {
        let world = World::on(build.clone())
            .params(|params| params.false_challenge_bps = false_challenge_bps)
            .stakes(&[STAKE; 8])
            .start_active();
        let authors: Vec<usize> = (1..8).collect();
        world.submit_all(&authors, 1);
        world.warp_to_audit(2);
        let submission = |author| world.submission_address(author, 1);
        for &author in &authors[..most] {
            world.audit(0, submission(author), false).unwrap();
        }
        for &author in &authors[most..] {
            let more = world.audit(0, submission(author), false);
            assert_refused(more, GradualError::TooManyChallenges);
        }
        assert_eq!(world.node_stake(0).open_challenges, most as u32);
    }
}

/// `audit.11`: votes on what others challenged are not limited, nor lists; who resolves its own may go on.
fn only_open_challenges_of_submissions_are_limited(build: Build) {
    let world = World::on(build)
        .params(|params| params.false_challenge_bps = 10_000)
        .start_active();
    world.open_cycle(0, 2).unwrap();
    world.submit_all(&[1, 2, 3], 1);
    world.warp_to_audit(2);
    let [first, second, third] = [1, 2, 3].map(|author| world.submission_address(author, 1));
    world.audit(0, first, false).unwrap();
    let more = world.audit(0, second, false);
    assert_refused(more, GradualError::TooManyChallenges);
    world.audit(1, second, false).unwrap();
    for is_valid in [false, true] {
        let voter = if is_valid { 3 } else { 0 };
        world.audit(voter, second, is_valid).unwrap();
    }

    world.warp_to_round(3);
    world.submit_all(&[1, 2, 3], 2);
    propose_among(&world, &[3], 1, 0, &[(1, 10_000)]);
    world.warp_to_audit(3);
    world.audit(0, world.list_address(1, 0), false).unwrap();
    let next = world.submission_address(2, 2);
    assert_refused(world.audit(0, next, false), GradualError::TooManyChallenges);
    world.resolve(first).unwrap();
    assert_eq!(world.node_stake(0).open_challenges, 0);
    assert_eq!(world.node_stake(0).open_audits, 1, "the list's");
    world.audit(0, next, false).unwrap();
    assert_eq!(world.subject(&third).status(), Status::Pending);
}
