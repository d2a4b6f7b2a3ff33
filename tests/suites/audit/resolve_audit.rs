//! `resolve_audit`, of submissions and lists alike.

use gradual_consensus::{
    GradualError, VotingRule,
    rules::verdict::Verdict,
    state::{Status, Subject},
};
use gradual_consensus_client::{address, instruction};
use gradual_consensus_testkit::{
    BOUNTY, Build, STAKE, WALLET, World, assert_refused, on_every_build,
    suite::{
        AUTHOR, BOTH, HandedIn, Kind, decide, hand_in_for_audit, other_mint, second_task, vote,
        work_in,
    },
    swapped,
};

on_every_build! {
    upheld_slashes_the_author,
    dismissed_slashes_the_challenger,
    a_tie_is_undecided,
    without_a_quorum_a_lone_challenge_slashes_nobody,
    a_majority_of_what_was_cast_lets_either_stand,
    an_undecided_submission_falls_at_the_quorum,
    an_undecided_submission_falls_only_against_author_and_defenders,
    an_undecided_list_needs_more_votes_for_it_than_against,
    a_slash_of_the_author_needs_over_half,
    a_slash_of_the_challenger_needs_over_half_with_the_author,
    a_big_author_alone_slashes_nobody,
    one_vote_takes_no_more_than_one_stake,
    a_slash_of_less_than_the_minimum_is_of_the_whole,
    parked_stake_is_slashed,
    the_voting_rule_decides,
    roundings_of_an_upheld_audit_fall_to_the_bounty,
    roundings_of_a_dismissed_audit_fall_to_the_bounty,
    a_slash_may_take_nothing_or_all,
    a_slash_is_of_the_whole_stake_and_takes_active_stake_first,
    a_second_fault_is_slashed_from_what_is_left,
    an_audit_is_resolved_once,
    an_unchallenged_subject_has_nothing_to_resolve,
    anyone_may_resolve_however_late,
    both_stakes_are_released_whatever_the_verdict,
    refuses_other_nodes_cycles_and_subjects,
    refuses_other_pots_and_mints,
}

const RULES: [VotingRule; 2] = [VotingRule::PerNode, VotingRule::ByStake];

/// A world whose votes are weighed by `rule`, at the start of round 2. The minimum is [`STAKE`], so that
/// a slash is the same by both rules.
fn by(build: &Build, rule: VotingRule, stakes: &[u64], quorum_bps: u16) -> World {
    World::on(build.clone())
        .params(|params| {
            params.voting_rule = rule;
            params.quorum_bps = quorum_bps;
            params.minimum_stake_amount = STAKE;
        })
        .stakes(stakes)
        .start_active()
}

/// What node number `node` has staked, was slashed, and may claim.
fn money(world: &World, node: usize) -> (u64, u64, u64) {
    let stake = world.node_stake(node);
    (stake.stake.total(), stake.slashed, stake.available_balance)
}

/// What is in the stake pot, in the bounty pot, and in its available part.
fn pots(world: &World) -> (u64, u64, u64) {
    let (books, task) = (world.books(), world.task());
    // What an open cycle has set aside is the task's until somebody is paid.
    let available = task.bounty_available + task.bounty_reserved;
    (books.stake_pot, books.bounty_pot, available)
}

/// Asserts that the audit moved no base unit.
#[track_caller]
fn assert_nobody_slashed(world: &World, nodes: &[usize], staked: u64) {
    for &node in nodes {
        let stake = world.node_stake(node);
        assert_eq!(
            (stake.slashed, stake.available_balance, stake.open_audits),
            (0, 0, 0)
        );
    }
    assert_eq!(pots(world), (staked, BOUNTY, BOUNTY));
    assert_eq!(world.task().bounty_from_slashes, 0);
}

/// Lets these nodes vote on each kind of subject by each voting rule, in a world of that many nodes that
/// staked [`STAKE`] each, resolves the audit, and has `check` look at what became of it.
fn decided(
    build: &Build,
    nodes: usize,
    quorum_bps: u16,
    votes: &[(usize, bool)],
    check: impl Fn(&World, Kind, &Subject),
) {
    for rule in RULES {
        for kind in BOTH {
            let world = by(build, rule, &vec![STAKE; nodes], quorum_bps);
            let subject = decide(&world, kind, votes);
            check(&world, kind, &world.subject(&subject));
        }
    }
}

/// Asserts that a tie or a lone challenge was no verdict: a submission stands, a list falls.
#[track_caller]
fn assert_undecided(state: &Subject, kind: Kind) {
    assert_eq!(state.audit.verdict(), Some(Verdict::Undecided));
    let expected = match kind {
        Kind::Submission => Status::Standing,
        Kind::List => Status::Invalid,
    };
    assert_eq!(state.status(), expected);
}

/// `resolve_audit.2`, `resolve_audit.5`, `audit.10`: 1,000 staked, 700 slashed: 210 to the
/// challenger, 210 to the voters, 280 to the bounty.
fn upheld_slashes_the_author(build: Build) {
    decided(
        &build,
        5,
        3_300,
        &[(0, false), (1, false), (2, true), (4, false)],
        |world, kind, state| {
            assert_eq!(state.status(), Status::Invalid);
            assert_eq!(state.audit.verdict(), Some(Verdict::Upheld));
            assert_eq!(state.audit.slashed, 700);
            assert_eq!(
                (state.audit.voter_pool, state.audit.voter_pool_left),
                (210, 210)
            );
            assert_eq!(money(world, AUTHOR), (300, 700, 0));
            assert_eq!(money(world, 0), (STAKE, 0, 210));
            for voter in [1, 2, 4] {
                assert_eq!(money(world, voter), (STAKE, 0, 0));
            }
            assert_eq!(pots(world), (4_300, BOUNTY + 700, BOUNTY + 280));
            assert_eq!(world.task().bounty_from_slashes, 280);
            assert_eq!(world.cycle(1).invalid, u32::from(kind == Kind::Submission));
        },
    );
}

/// `resolve_audit.3`, `resolve_audit.5`, `audit.10`: 1,000 staked, 200 slashed: 60 to the
/// author, 60 to the voters, 80 to the bounty.
fn dismissed_slashes_the_challenger(build: Build) {
    decided(
        &build,
        4,
        3_300,
        &[(0, false), (1, true), (2, true)],
        |world, _, state| {
            assert_eq!(state.status(), Status::Standing);
            assert_eq!(state.audit.verdict(), Some(Verdict::Dismissed));
            assert_eq!(state.audit.slashed, 200);
            assert_eq!(
                (state.audit.voter_pool, state.audit.voter_pool_left),
                (60, 60)
            );
            assert_eq!(money(world, 0), (800, 200, 0));
            assert_eq!(money(world, AUTHOR), (STAKE, 0, 60));
            assert_eq!(money(world, 1), (STAKE, 0, 0));
            assert_eq!(pots(world), (3_800, BOUNTY + 200, BOUNTY + 80));
            assert_eq!(world.task().bounty_from_slashes, 80);
            assert_eq!(world.cycle(1).invalid, 0);
        },
    );
}

/// `resolve_audit.4`: a tie slashes nobody; a submission stands, a list falls.
fn a_tie_is_undecided(build: Build) {
    decided(
        &build,
        4,
        3_300,
        &[(0, false), (1, true)],
        |world, kind, state| {
            assert_undecided(state, kind);
            assert_eq!((state.audit.slashed, state.audit.voter_pool), (0, 0));
            assert_nobody_slashed(world, &[0, 1, 2, AUTHOR], 4_000);
            assert_eq!(world.cycle(1).invalid, 0);
        },
    );
}

/// `resolve_audit.4`: a challenge that nobody joins reaches no quorum; a submission stands, a
/// list falls.
fn without_a_quorum_a_lone_challenge_slashes_nobody(build: Build) {
    decided(&build, 5, 3_300, &[(0, false)], |world, kind, state| {
        assert_undecided(state, kind);
        assert_nobody_slashed(world, &[0, 1, 2, AUTHOR, 4], 5_000);
    });
}

/// `resolve_audit.4`: two against one, and with the author three of seven: no verdict, but a majority for
/// the list.
fn a_majority_of_what_was_cast_lets_either_stand(build: Build) {
    decided(
        &build,
        7,
        10_000,
        &[(0, false), (1, true), (2, true)],
        |world, _, state| {
            assert_eq!(state.audit.verdict(), Some(Verdict::Undecided));
            assert_eq!(state.status(), Status::Standing);
            assert_nobody_slashed(world, &[0, 1, 2, AUTHOR, 4, 5, 6], 7_000);
        },
    );
}

/// `resolve_audit.4`: two of five, where the quorum is just that, fell a submission; a hair less does not.
/// Nobody is slashed, and no vote earns anything.
fn an_undecided_submission_falls_at_the_quorum(build: Build) {
    for rule in RULES {
        for (quorum_bps, status) in [(4_000, Status::Invalid), (4_001, Status::Standing)] {
            let world = by(&build, rule, &[STAKE; 5], quorum_bps);
            let votes = [(0, false), (1, false)];
            let submission = decide(&world, Kind::Submission, &votes);
            let state = world.subject(&submission);
            assert_eq!(state.audit.verdict(), Some(Verdict::Undecided));
            assert_eq!(state.status(), status);
            let fell = u32::from(status == Status::Invalid);
            assert_eq!(world.cycle(1).invalid, fell);
            for (voter, _) in votes {
                world.close_vote(submission, voter).unwrap();
            }
            assert_nobody_slashed(&world, &[0, 1, 2, AUTHOR, 4], 5_000);
        }
    }
}

/// `resolve_audit.4`: the author counts for its submission, and so does whoever defends it.
fn an_undecided_submission_falls_only_against_author_and_defenders(build: Build) {
    for rule in RULES {
        for (votes, status) in [
            (&[(0, false), (1, false)][..], Status::Invalid),
            (&[(0, false), (1, false), (2, true)][..], Status::Standing),
            (&[(0, false)][..], Status::Standing),
        ] {
            let world = by(&build, rule, &[STAKE; 5], 1);
            let submission = decide(&world, Kind::Submission, votes);
            let state = world.subject(&submission);
            assert_eq!(state.audit.verdict(), Some(Verdict::Undecided));
            assert_eq!(state.status(), status, "{votes:?}");
            assert_nobody_slashed(&world, &[0, 1, 2, AUTHOR, 4], 5_000);
        }
    }
}

/// `resolve_audit.4`: a list's author does not count for it.
fn an_undecided_list_needs_more_votes_for_it_than_against(build: Build) {
    for rule in RULES {
        for (votes, status) in [
            (&[(0, false)][..], Status::Invalid),
            (&[(0, false), (1, true)][..], Status::Invalid),
            (&[(0, false), (1, true), (2, true)][..], Status::Standing),
        ] {
            let world = by(&build, rule, &[STAKE; 7], 3_300);
            let list = decide(&world, Kind::List, votes);
            let state = world.subject(&list);
            assert_eq!(state.audit.verdict(), Some(Verdict::Undecided));
            assert_eq!(state.status(), status, "{votes:?}");
            assert_nobody_slashed(&world, &[0, 1, 2, AUTHOR, 4, 5, 6], 7_000);
            assert_eq!(world.cycle(1).invalid, 0);
        }
    }
}

/// `resolve_audit.2`, `resolve_audit.4`: just half of the electorate slashes nobody, a base unit more does.
fn a_slash_of_the_author_needs_over_half(build: Build) {
    for kind in BOTH {
        for (stake, expected, slashed) in [
            (1_000, Verdict::Undecided, 0),
            (1_001, Verdict::Upheld, 700),
        ] {
            let world = World::on(build.clone())
                .stakes(&[stake, 1_000, 1_000, 1_000])
                .start_active();
            let subject = decide(&world, kind, &[(0, false), (1, false)]);
            let state = world.subject(&subject);
            let outcome = (state.audit.verdict(), state.audit.slashed);
            assert_eq!(outcome, (Some(expected), slashed));
            assert_eq!(state.status(), Status::Invalid);
        }
    }
}

/// `resolve_audit.3`, `resolve_audit.4`: just half of the electorate, the author counted, slashes no
/// challenger, a base unit more does.
fn a_slash_of_the_challenger_needs_over_half_with_the_author(build: Build) {
    for kind in BOTH {
        for (stakes, expected) in [
            ([500, 1_000, 1_500, 1_000], Verdict::Undecided),
            ([499, 1_001, 1_500, 1_000], Verdict::Dismissed),
        ] {
            let world = World::on(build.clone()).stakes(&stakes).start_active();
            let subject = decide(&world, kind, &[(0, false), (1, true)]);
            let state = world.subject(&subject);
            assert_eq!(state.audit.verdict(), Some(expected));
            assert_eq!(state.status(), Status::Standing);
            let is_slashed = world.node_stake(0).slashed > 0;
            assert_eq!(is_slashed, expected == Verdict::Dismissed);
        }
    }
}

/// `resolve_audit.3`: an author that holds over half by itself slashes no challenger of its subjects.
fn a_big_author_alone_slashes_nobody(build: Build) {
    for (votes, expected) in [
        (&[(0, false)][..], Verdict::Undecided),
        (&[(0, false), (1, true)][..], Verdict::Undecided),
        (&[(0, false), (1, true), (2, true)][..], Verdict::Dismissed),
    ] {
        let world = World::on(build.clone())
            .stakes(&[1_000, 1_000, 1_000, 6_000])
            .start_active();
        let submission = decide(&world, Kind::Submission, votes);
        let state = world.subject(&submission);
        assert_eq!(state.audit.verdict(), Some(expected), "{votes:?}");
        assert_eq!(state.status(), Status::Standing);
    }
}

/// `resolve_audit.7`: where each node has one vote, a slash is a share of the minimum stake, on either side
/// of the audit, however much is staked.
fn one_vote_takes_no_more_than_one_stake(build: Build) {
    let (yes, no) = (true, false);
    for kind in BOTH {
        for (rule, votes, slashed) in [
            (VotingRule::PerNode, [(0, no), (1, no), (2, no)], [0, 70]),
            (VotingRule::PerNode, [(0, no), (1, yes), (2, yes)], [20, 0]),
            (VotingRule::ByStake, [(0, no), (1, no), (2, no)], [0, 4_200]),
        ] {
            let world = World::on(build.clone())
                .params(|params| params.voting_rule = rule)
                .stakes(&[3_000, 2_000, 2_000, 6_000])
                .start_active();
            decide(&world, kind, &votes);
            let found = [0, AUTHOR].map(|node| world.node_stake(node).slashed);
            assert_eq!(found, slashed);
        }
    }
}

/// `resolve_audit.7`: or of the whole stake, where that is less than the minimum.
fn a_slash_of_less_than_the_minimum_is_of_the_whole(build: Build) {
    let world = World::on(build)
        .params(|params| (params.voting_rule, params.slash_bps) = (VotingRule::PerNode, 9_500))
        .stakes(&[STAKE, STAKE, STAKE, 100])
        .start_active();
    world.open_cycle(0, 2).unwrap();
    let all = [(0, false), (1, false), (2, false)];
    let first = hand_in_for_audit(&world, Kind::Submission).address;
    vote(&world, first, &all);
    world.warp_to_round(3);
    world.submit(AUTHOR, 2, b"again").unwrap();
    world.warp_to_audit(3);
    let second = world.submission_address(AUTHOR, 2);
    vote(&world, second, &all);
    world.warp_past_audit(3);
    world.resolve(first).unwrap();
    assert_eq!(money(&world, AUTHOR), (5, 95, 0));
    world.resolve(second).unwrap();
    assert_eq!(money(&world, AUTHOR), (1, 99, 0));
}

/// `resolve_audit.2`, `park_stake.5`: who submits while its parking is on notice is slashed as anybody.
fn parked_stake_is_slashed(build: Build) {
    let world = World::on(build)
        .params(|params| params.idle_rounds = 1)
        .start_active();
    world.park(AUTHOR).unwrap();
    let HandedIn { address, .. } = hand_in_for_audit(&world, Kind::Submission);
    vote(&world, address, &[(0, false), (1, false), (2, false)]);
    world.warp_past_audit(2);
    world.resolve(address).unwrap();
    assert_eq!(money(&world, AUTHOR), (300, 700, 0));
    let stake = world.node_stake(AUTHOR).stake;
    assert_eq!((stake.amounts, stake.parked), ([300, 300, 0], 300));
    assert_eq!(world.task().electorate.stake, [3_300, 3_300, 3_000]);
}

/// `resolve_audit.2`, `resolve_audit.3`, `resolve_audit.7`, `audit.7`: three small nodes against a large one.
fn the_voting_rule_decides(build: Build) {
    for kind in BOTH {
        for (rule, expected, slashed) in [
            (VotingRule::PerNode, Verdict::Upheld, 700),
            (VotingRule::ByStake, Verdict::Dismissed, 200),
        ] {
            let world = by(&build, rule, &[1_000, 1_000, 5_000, 1_000, 1_000], 3_300);
            let votes = [(0, false), (1, false), (2, true), (4, false)];
            let subject = decide(&world, kind, &votes);
            let audit = world.subject(&subject).audit;
            assert_eq!((audit.verdict(), audit.slashed), (Some(expected), slashed));
        }
    }
}

/// `resolve_audit.2`: of 1,003 staked 33.33% are 334.2..., of which a third is 111.3...: each
/// rounding falls to the bounty.
fn roundings_of_an_upheld_audit_fall_to_the_bounty(build: Build) {
    for kind in BOTH {
        let world = World::on(build.clone())
            .params(|params| {
                (params.slash_bps, params.challenger_bps, params.voter_bps) = (3_333, 3_333, 3_333);
            })
            .stakes(&[1_000, 1_000, 1_000, 1_003])
            .start_active();
        let subject = decide(&world, kind, &[(0, false), (1, false), (2, false)]);
        assert_eq!(money(&world, AUTHOR), (669, 334, 0));
        assert_eq!(money(&world, 0), (1_000, 0, 111));
        assert_eq!(world.subject(&subject).audit.voter_pool, 111);
        assert_eq!(world.task().bounty_from_slashes, 112);
        assert_eq!(pots(&world), (3_669, BOUNTY + 334, BOUNTY + 112));
    }
}

/// `resolve_audit.3`: of 1,009 staked 19.99% are 201.6..., of which 29.99% are 60.2... .
fn roundings_of_a_dismissed_audit_fall_to_the_bounty(build: Build) {
    for kind in BOTH {
        let world = World::on(build.clone())
            .params(|params| {
                params.false_challenge_bps = 1_999;
                (params.challenger_bps, params.voter_bps) = (2_999, 2_999);
            })
            .stakes(&[1_009, 1_000, 1_000, 1_000])
            .start_active();
        let subject = decide(&world, kind, &[(0, false), (1, true), (2, true)]);
        assert_eq!(money(&world, 0), (808, 201, 0));
        assert_eq!(money(&world, AUTHOR), (1_000, 0, 60));
        assert_eq!(world.subject(&subject).audit.voter_pool, 60);
        assert_eq!(pots(&world), (3_808, BOUNTY + 201, BOUNTY + 81));
    }
}

/// `resolve_audit.2`, `resolve_audit.5`: the ends of the range of a slash.
fn a_slash_may_take_nothing_or_all(build: Build) {
    for (slash_bps, slashed, winner, bounty) in [(0, 0, 0, 0), (10_000, 1_000, 300, 400)] {
        let world = World::on(build.clone())
            .params(|params| params.slash_bps = slash_bps)
            .start_active();
        let votes = [(0, false), (1, false), (2, false)];
        let subject = decide(&world, Kind::Submission, &votes);
        assert_eq!(world.subject(&subject).status(), Status::Invalid);
        assert_eq!(money(&world, AUTHOR), (STAKE - slashed, slashed, 0));
        assert_eq!(money(&world, 0), (STAKE, 0, winner));
        assert_eq!(
            pots(&world),
            (4_000 - slashed, BOUNTY + slashed, BOUNTY + bounty)
        );
    }
}

/// `resolve_audit.2`: warming stake is slashed too, active stake goes first, and who is left
/// below the minimum votes no more.
fn a_slash_is_of_the_whole_stake_and_takes_active_stake_first(build: Build) {
    let world = World::on(build).start_active();
    let HandedIn { address, .. } = hand_in_for_audit(&world, Kind::Submission);
    world.stake(AUTHOR, 500).unwrap();
    vote(&world, address, &[(0, false), (1, false), (2, false)]);
    world.warp_past_audit(2);
    world.resolve(address).unwrap();
    assert_eq!(world.node_stake(AUTHOR).stake.amounts, [0, 0, 450]);
    let electorate = world.task().electorate;
    assert_eq!(
        (electorate.stake, electorate.nodes),
        ([3_000, 3_000, 3_450], [3, 3, 4])
    );
    assert_eq!(money(&world, 0), (STAKE, 0, 315));
    assert_eq!(pots(&world), (3_450, BOUNTY + 1_050, BOUNTY + 420));
}

/// `resolve_audit.2`: two faults, two slashes, each of what is left.
fn a_second_fault_is_slashed_from_what_is_left(build: Build) {
    let world = World::on(build).start_active();
    world.open_cycle(0, 2).unwrap();
    let HandedIn { address: first, .. } = hand_in_for_audit(&world, Kind::Submission);
    vote(&world, first, &[(0, false), (1, false), (2, false)]);
    world.warp_to_round(3);
    world.submit(AUTHOR, 2, b"again").unwrap();
    world.warp_to_audit(3);
    let second = world.submission_address(AUTHOR, 2);
    vote(&world, second, &[(1, false), (2, false), (0, false)]);
    world.warp_past_audit(3);
    world.resolve(first).unwrap();
    assert_eq!(money(&world, AUTHOR), (300, 700, 0));
    world.resolve(second).unwrap();
    assert_eq!(money(&world, AUTHOR), (90, 910, 0));
    assert_eq!((money(&world, 0).2, money(&world, 1).2), (210, 63));
    assert_eq!(world.task().bounty_from_slashes, 280 + 84);
}

/// `resolve_audit.1`: one fault, one slash.
fn an_audit_is_resolved_once(build: Build) {
    for votes in [
        [(0, false), (1, false), (2, false)],
        [(0, false), (1, true), (2, true)],
    ] {
        for kind in BOTH {
            let world = World::on(build.clone()).start_active();
            let subject = decide(&world, kind, &votes);
            assert_refused(world.resolve(subject), GradualError::NoOpenAudit);
            world.warp_to(5_000);
            assert_refused(world.resolve(subject), GradualError::NoOpenAudit);
        }
    }
}

/// `resolve_audit.1`: there must be an audit.
fn an_unchallenged_subject_has_nothing_to_resolve(build: Build) {
    for kind in BOTH {
        let world = World::on(build.clone()).start_active();
        let HandedIn {
            address,
            window_round,
            ..
        } = hand_in_for_audit(&world, kind);
        let mut invented = world.subject(&address);
        invented.audit.challenger = world.nodes[0].pubkey();
        let resolve = instruction::resolve_audit(world.tokens, address, &invented);
        assert_refused(world.crank(resolve.clone()), GradualError::NoOpenAudit);
        world.warp_past_audit(window_round);
        assert_refused(world.crank(resolve), GradualError::NoOpenAudit);
    }
}

/// `resolve_audit.1`: anyone, whenever: it need not stake, and it costs no deadline.
fn anyone_may_resolve_however_late(build: Build) {
    for kind in BOTH {
        let world = World::on(build.clone())
            .stakes(&[STAKE, STAKE, 0, STAKE])
            .start_active();
        let HandedIn { address, .. } = hand_in_for_audit(&world, kind);
        vote(&world, address, &[(0, false), (1, false)]);
        world.warp_to(50_000);
        let state = world.subject(&address);
        let resolve = instruction::resolve_audit(world.tokens, address, &state);
        world.act(2, resolve).unwrap();
        assert_eq!(money(&world, AUTHOR), (300, 700, 0));
    }
}

/// `resolve_audit.6`
fn both_stakes_are_released_whatever_the_verdict(build: Build) {
    let (yes, no) = (true, false);
    for (votes, left) in [
        ([(0, no), (1, no), (2, no)], [1_000, 300]),
        ([(0, no), (1, yes), (2, yes)], [800, 1_000]),
    ] {
        for kind in BOTH {
            let world = World::on(build.clone()).start_active();
            decide(&world, kind, &votes);
            world.warp_to(700);
            for (node, left) in [0, AUTHOR].into_iter().zip(left) {
                assert_eq!(world.node_stake(node).open_audits, 0);
                world.withdraw(node, left).unwrap();
                assert_eq!(
                    world.balance(&world.nodes[node].wallet),
                    WALLET - STAKE + left
                );
            }
        }
    }
}

/// The stakes, the cycle and the subject are those of the audit.
fn refuses_other_nodes_cycles_and_subjects(build: Build) {
    let world = World::on(build).start();
    let second = second_task(&world, &[0, AUTHOR]);
    work_in(&world, second, AUTHOR);
    world.open_cycle(0, 2).unwrap();
    let in_second = |node: usize| address::node_stake(&second.task, &world.nodes[node].pubkey());
    let HandedIn { address, .. } = hand_in_for_audit(&world, Kind::Submission);
    vote(&world, address, &[(0, false), (1, false)]);
    world.warp_to_round(3);
    world.submit(1, 2, b"proof").unwrap();
    let (author, challenger) = (world.stake_address(AUTHOR), world.stake_address(0));
    let (cycle, other) = (world.cycle_address(1), world.stake_address(2));
    for (from, to, expected) in [
        (author, other, GradualError::WrongAuthor),
        (author, in_second(AUTHOR), GradualError::WrongTask),
        (challenger, other, GradualError::WrongChallenger),
        (challenger, in_second(0), GradualError::WrongTask),
        (cycle, world.cycle_address(2), GradualError::WrongCycle),
        (
            cycle,
            address::cycle(&second.task, 1),
            GradualError::WrongTask,
        ),
        (address, other, GradualError::WrongSubject),
        (
            address,
            world.submission_address(1, 2),
            GradualError::WrongCycle,
        ),
    ] {
        let state = world.subject(&address);
        let resolve = instruction::resolve_audit(world.tokens, address, &state);
        assert_refused(world.crank(swapped(resolve, from, to)), expected);
    }
    world.resolve(address).unwrap();
}

/// `resolve_audit.5`: between this task's pots, in its mint.
fn refuses_other_pots_and_mints(build: Build) {
    let world = World::on(build).start();
    let second = second_task(&world, &[]);
    world.begin_cycle(0, 1);
    let HandedIn { address, .. } = hand_in_for_audit(&world, Kind::Submission);
    vote(&world, address, &[(0, false), (1, false)]);
    world.warp_past_audit(2);
    let task = world.task_address();
    let (stake_pot, bounty_pot) = (address::stake_pot(&task), address::bounty_pot(&task));
    let (mint, _) = other_mint(&world, &world.nodes[0].pubkey());
    for (from, to, expected) in [
        (
            stake_pot,
            address::stake_pot(&second.task),
            GradualError::WrongPot,
        ),
        (
            bounty_pot,
            address::bounty_pot(&second.task),
            GradualError::WrongPot,
        ),
        (bounty_pot, world.nodes[0].wallet, GradualError::WrongPot),
        (world.tokens.mint, mint, GradualError::WrongMint),
    ] {
        let state = world.subject(&address);
        let resolve = instruction::resolve_audit(world.tokens, address, &state);
        assert_refused(world.crank(swapped(resolve, from, to)), expected);
    }
    world.resolve(address).unwrap();
}
