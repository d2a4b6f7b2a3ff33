//! What version 2 of the protocol closes: one test for each row of its section 11. Each fails on the rules of
//! version 1.

use gradual_consensus::{
    GradualError, TaskParams, TaskTexts, VotingRule,
    rules::verdict::Verdict,
    state::{Status, Task},
};
use gradual_consensus_client::{address, instruction};
use gradual_consensus_testkit::{
    Build, NewTask, STAKE, World, assert_refused, on_every_build,
    suite::{
        AUTHOR, BOTH, CYCLE, EVERYBODY, Kind, another_task, close_all, decide, migrate,
        propose_first, propose_now, vote,
    },
};
use proptest::prelude::*;

on_every_build! {
    below_half_of_the_electorate_nobody_is_slashed,
    a_big_authors_own_stake_shields_it,
    failing_every_attempt_leaves_nobody_unpaid,
    a_vote_that_costs_a_minimum_takes_no_more_than_one,
    no_cycle_is_worked_for_a_bounty_that_is_not_there,
    a_list_pays_the_bounty_that_was_set_aside,
    nobody_leaves_before_the_last_list_is_judged,
    a_short_lived_predecessor_skips_no_warm_up,
    idle_stake_makes_no_verdict_impossible,
    parking_takes_no_weight_from_who_is_challenged_at_once,
    one_minimal_node_does_not_open_every_challenge,
    a_pause_or_deactivation_divides_no_cycle,
    however_late_a_cycle_is_opened_a_whole_round_is_left_for_its_work,
    just_under_half_fails_no_list_that_all_others_are_for,
    an_address_stands_for_its_terms,
}

/// Below the quorum, 17 % of the stake could slash because honest defenders completed it.
fn below_half_of_the_electorate_nobody_is_slashed(build: Build) {
    for kind in BOTH {
        let world = World::on(build.clone())
            .stakes(&[1_700, 1_600, 6_600, 100])
            .start_active();
        let subject = decide(&world, kind, &[(0, false), (1, true)]);
        let state = world.subject(&subject);
        assert_eq!(state.audit.verdict(), Some(Verdict::Undecided));
        let slashed = EVERYBODY.map(|node| world.node_stake(node).slashed);
        assert_eq!(slashed, [0; 4]);
        if kind == Kind::Submission {
            assert_eq!(state.status(), Status::Standing);
        }
    }
}

/// 59.5 % were honest, the author among them; it lost 1,400.
fn a_big_authors_own_stake_shields_it(build: Build) {
    let world = World::on(build)
        .stakes(&[4_050, 3_950, 0, 2_000])
        .start_active();
    let subject = decide(&world, Kind::Submission, &[(0, false), (1, true)]);
    assert_eq!(world.node_stake(AUTHOR).slashed, 0);
    assert_eq!(world.subject(&subject).status(), Status::Standing);
}

/// A manager's three minimal nodes waste every attempt at the list: the honest nodes are paid all the same.
fn failing_every_attempt_leaves_nobody_unpaid(build: Build) {
    let world = World::on(build)
        .params(|params| params.equal_shares = true)
        .stakes(&[1_000, 1_000, 1_000, 1_000, 100, 100, 100])
        .start_active();
    world.submit_all(&[0, 1, 2, 3, 4, 5, 6], CYCLE);
    for (attempt, thief) in [(0, 4), (1, 5), (2, 6)] {
        let round = 3 + u64::from(attempt);
        world.warp_to_last_submission(round);
        propose_now(&world, thief, attempt, &[(thief, 10_000)]).unwrap();
        let list = world.list_address(CYCLE, attempt);
        world.warp_to_audit(round);
        vote(&world, list, &EVERYBODY.map(|node| (node, false)));
        world.warp_past_audit(round);
        world.resolve(list).unwrap();
        world.finalize(CYCLE, attempt).unwrap();
        assert_eq!(world.node_stake(thief).slashed, 70);
    }
    world.warp_to_round(6);
    for node in 0..7 {
        let before = world.node_stake(node).available_balance;
        world.payout_equal(node, CYCLE).unwrap();
        let share = world.node_stake(node).available_balance - before;
        assert_eq!(share, 10_000 / 7);
    }
}

/// With one vote a node, three minimal stakes took 70 % of a stake of 50,000.
fn a_vote_that_costs_a_minimum_takes_no_more_than_one(build: Build) {
    for kind in BOTH {
        let world = World::on(build.clone())
            .params(|params| params.voting_rule = VotingRule::PerNode)
            .stakes(&[100, 100, 100, 50_000])
            .start_active();
        decide(&world, kind, &[(0, false), (1, false), (2, false)]);
        assert_eq!(world.node_stake(AUTHOR).slashed, 70);
    }
}

/// Funded for one round and a half, two cycles were worked for one bounty, and dust kept nodes working.
fn no_cycle_is_worked_for_a_bounty_that_is_not_there(build: Build) {
    let world = World::on(build).bounty(15_000).start_active();
    world.submit_all(&EVERYBODY, CYCLE);
    for node in EVERYBODY {
        let open = world.open_cycle(node, CYCLE + 1);
        assert_refused(open, GradualError::BountyTooSmall);
    }
    world.warp_to_round(3);
    let submit = world.submit(0, CYCLE + 1, b"for nothing");
    assert_refused(submit, GradualError::CycleNotOpen);
    let cycle = world.cycle(CYCLE);
    assert_eq!((cycle.bounty, cycle.owed), (10_000, 10_000));
}

/// Funding and migration on the way changed what a list could divide.
fn a_list_pays_the_bounty_that_was_set_aside(build: Build) {
    let world = World::on(build).bounty(10_000).start_active();
    world.submit_all(&EVERYBODY, CYCLE);
    world.fund(7).unwrap();
    let successor = another_task(&world, &world.manager.keypair, 2, |_| ());
    migrate(&world, &successor).unwrap();
    let shares = EVERYBODY.map(|node| (node, 2_500));
    world.warp_to_round(3);
    propose_first(&world, 0, &shares);
    world.warp_past_audit(3);
    world.finalize(CYCLE, 0).unwrap();
    for index in 0..4 {
        world.payout(CYCLE, 0, &shares, index).unwrap();
    }
    close_all(&world, CYCLE, 0, &EVERYBODY);
    assert_eq!(world.task().bounty_paid, 10_000);
}

/// Two nodes of 100 waited until the three of 1,000 had left, and gained 9,930 with a late list.
fn nobody_leaves_before_the_last_list_is_judged(build: Build) {
    let world = World::on(build)
        .stakes(&[1_000, 1_000, 1_000, 100, 100])
        .start_active();
    world.submit_all(&[0, 1, 2, 3, 4], CYCLE);
    let honest = [(0, false), (1, false), (2, false)];
    for (attempt, thief) in [(0, 3), (1, 4)] {
        let round = 3 + u64::from(attempt);
        world.warp_to_last_submission(round);
        for node in [0, 1, 2] {
            assert_refused(world.withdraw(node, 1_000), GradualError::StakeLocked);
        }
        propose_now(&world, thief, attempt, &[(thief, 10_000)]).unwrap();
        let list = world.list_address(CYCLE, attempt);
        world.warp_to_audit(round);
        vote(&world, list, &honest);
        world.warp_past_audit(round);
        world.resolve(list).unwrap();
        world.finalize(CYCLE, attempt).unwrap();
        assert_eq!(world.node_stake(thief).slashed, 70);
        assert_eq!(
            world.list(CYCLE, attempt).subject.status(),
            Status::Rejected
        );
    }
    assert_eq!(world.cycle(CYCLE).owed, 10_000);
}

/// Stake that was eleven slots in a task with rounds of four slots came into a running task as a veteran's.
fn a_short_lived_predecessor_skips_no_warm_up(build: Build) {
    let world = World::on(build).stakes(&[STAKE, 0]).start();
    world.warp_to_round(4);
    let predecessor = another_task(&world, &world.manager.keypair, 2, |params| {
        (params.round_time, params.submission_window) = (4, 1);
        params.audit_window = 2;
    });
    let valid = world.valid_in(predecessor);
    world.act(1, valid.stake(1, 50_000)).unwrap();
    world.warp_to(world.slot() + 12);
    world
        .crank(valid.migrate_task(world.task_address()))
        .unwrap();
    world
        .act(1, valid.migrate_stake(1, world.task_address()))
        .unwrap();
    assert_eq!(world.node_stake(1).stake.amounts, [0, 0, 50_000]);
    let electorate = [4, 5, 6].map(|round| world.task().electorate_in(round));
    assert_eq!(electorate, [1_000, 1_000, 51_000]);
    assert_refused(
        world.open_cycle(1, 4),
        GradualError::InsufficientActiveStake,
    );
}

/// 70 % of the stake sleep, so that junk stood for ever: parked, they leave the verdict to those awake.
fn idle_stake_makes_no_verdict_impossible(build: Build) {
    let world = World::on(build)
        .params(|params| params.idle_rounds = 2)
        .stakes(&[1_000, 7_000, 1_000, 1_000])
        .start_active();
    let junk = decide(&world, Kind::Submission, &[(0, false), (2, false)]);
    assert_eq!(world.subject(&junk).status(), Status::Standing);
    world.warp_to_round(3);
    world.park(1).unwrap();
    world.warp_to_round(4);
    world.open_cycle(0, 4).unwrap();
    world.warp_to_round(5);
    world.submit(AUTHOR, 4, b"junk").unwrap();
    let junk = world.submission_address(AUTHOR, 4);
    world.warp_to_audit(5);
    vote(&world, junk, &[(0, false), (2, false)]);
    world.warp_past_audit(5);
    world.resolve(junk).unwrap();
    assert_eq!(world.subject(&junk).status(), Status::Invalid);
    assert_eq!(world.node_stake(AUTHOR).slashed, 700);
    assert_eq!(
        world.node_stake(1).stake.total(),
        7_000,
        "it is still its own"
    );
}

/// Whoever parks others just before it challenges gains no weight by it: they vote in this round and the next.
fn parking_takes_no_weight_from_who_is_challenged_at_once(build: Build) {
    let world = World::on(build)
        .params(|params| params.idle_rounds = 1)
        .stakes(&[4_000, 3_000, 2_500, 500])
        .start_active();
    world.submit(AUTHOR, CYCLE, b"honest").unwrap();
    for node in [1, 2] {
        world.park(node).unwrap();
    }
    world.warp_to_audit(2);
    let subject = world.submission_address(AUTHOR, CYCLE);
    vote(&world, subject, &[(0, false), (1, true), (2, true)]);
    world.warp_past_audit(2);
    world.resolve(subject).unwrap();
    let audit = world.subject(&subject).audit;
    assert_eq!((audit.electorate, audit.slashed), (10_000, 800));
    assert_eq!(audit.verdict(), Some(Verdict::Dismissed));
}

/// One minimal node opened every challenge of a cycle, for the price of one stake.
fn one_minimal_node_does_not_open_every_challenge(build: Build) {
    let world = World::on(build)
        .stakes(&[100, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000])
        .start_active();
    let authors = [1, 2, 3, 4, 5, 6];
    world.submit_all(&authors, CYCLE);
    world.warp_to_audit(2);
    for author in authors {
        let challenge = world.audit(0, world.submission_address(author, CYCLE), false);
        match author {
            6 => assert_refused(challenge, GradualError::TooManyChallenges),
            _ => drop(challenge.unwrap()),
        }
    }
}

/// Pauses and deactivations needed a history to be fair: now the opening in the work round decides.
fn a_pause_or_deactivation_divides_no_cycle(build: Build) {
    let world = World::on(build).start_active();
    // In the work round of cycle 2 and the review of cycle 1.
    world.submit(0, CYCLE, b"proof").unwrap();
    world.set_paused(true).unwrap();
    world.set_active(false).unwrap();
    world.submit(1, CYCLE, b"proof").unwrap();
    world.warp_to(world.slot() + 1);
    world.set_paused(false).unwrap();
    world.set_active(true).unwrap();
    world.submit(2, CYCLE, b"proof").unwrap();
    world.open_cycle(0, CYCLE + 1).unwrap();
    // From the review of cycle 2 on, whoever submits.
    world.warp_to_round(3);
    world.set_active(false).unwrap();
    world.submit_all(&[0, 1], CYCLE + 1);
    world.set_active(true).unwrap();
    world.set_paused(true).unwrap();
    world.submit_all(&[2, 3], CYCLE + 1);
    assert_eq!(world.cycle(CYCLE).submissions, 3);
    assert_eq!(world.cycle(CYCLE + 1).submissions, 4);
}

/// Whoever had done the work beforehand opened the cycle in the last slot of its round, alone.
fn however_late_a_cycle_is_opened_a_whole_round_is_left_for_its_work(build: Build) {
    let world = World::on(build.clone()).start_active();
    world.warp_to_last_submission(2);
    world.open_cycle(0, 2).unwrap();
    world.warp_to(world.slot() + world.schedule().round_time);
    world.submit(1, 2, b"a whole round's work").unwrap();

    let world = World::on(build).start_active();
    world.warp_to_audit(2);
    assert_refused(world.open_cycle(0, 2), GradualError::OpeningWindowClosed);
}

/// 49 % voted down every list that the other 51 % were for, and its author's own stake did not count.
fn just_under_half_fails_no_list_that_all_others_are_for(build: Build) {
    let world = World::on(build)
        .stakes(&[4_900, 2_000, 0, 3_100])
        .start_active();
    let list = decide(&world, Kind::List, &[(0, false), (1, true)]);
    assert_eq!(world.subject(&list).status(), Status::Standing);
    let slashed = [0, 1, AUTHOR].map(|node| world.node_stake(node).slashed);
    assert_eq!(slashed, [0; 3]);
}

/// A task that was closed could be created again at its address with other terms.
fn an_address_stands_for_its_terms(build: Build) {
    let world = World::on(build).stakes(&[]).bounty(0).start();
    let terms = |slash_bps| NewTask {
        creator: world.manager.pubkey(),
        task_id: 2,
        mint: world.tokens.mint,
        token_program: world.tokens.token_program,
        params: TaskParams {
            starting_slot: 1_000,
            slash_bps,
            ..world.params
        },
        texts: TaskTexts::default(),
    };
    let (fair, unfair) = (terms(7_000), terms(10_000));
    let (task, manager) = (fair.tokens().task, world.manager.pubkey());
    world.crank(fair.create()).unwrap();
    world
        .crank(instruction::set_active(task, manager, false))
        .unwrap();
    let state: Task = world.fetch(&task);
    let close = instruction::close_task(task, &state, manager, world.manager.wallet);
    world.crank(close).unwrap();
    assert!(world.is_gone(&task));

    world.crank(unfair.create()).unwrap();
    assert_ne!(unfair.tokens().task, task);
    assert!(world.is_gone(&task));
    assert_ne!(
        address::node_stake(&task, &manager),
        address::node_stake(&unfair.tokens().task, &manager)
    );
    // The same terms may be created again.
    world.crank(fair.create()).unwrap();
    assert_eq!(world.fetch::<Task>(&task).slash_bps, 7_000);
}

/// Nodes beside the author whose votes are drawn.
const VOTERS: usize = 5;

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// `resolve_audit.2`, `resolve_audit.3`: whoever votes, sleeps or defends, and by either voting rule, an
    /// author or challenger that is slashed had over half of the electorate against it.
    #[test]
    fn at_any_turnout_nobody_below_half_slashes_anybody(
        stakes in prop::array::uniform6(100u64..5_000),
        votes in prop::array::uniform5(prop::option::weighted(0.7, any::<bool>())),
        challenger in 0..VOTERS,
        per_node: bool,
        kind in prop::sample::select(BOTH.to_vec()),
    ) {
        let rule = if per_node { VotingRule::PerNode } else { VotingRule::ByStake };
        // The author is node number 3.
        let voters: Vec<usize> = (0..=VOTERS).filter(|&node| node != AUTHOR).collect();
        let challenger = voters[challenger];
        let world = World::on(Build::Native)
            .params(|params| params.voting_rule = rule)
            .stakes(&stakes)
            .start_active();
        let cast = voters.iter().zip(votes).filter_map(|(&node, vote)| Some((node, vote?)));
        let cast = cast.filter(|&(node, _)| node != challenger);
        let cast: Vec<(usize, bool)> = [(challenger, false)].into_iter().chain(cast).collect();
        let subject = decide(&world, kind, &cast);

        let weight = |node: usize| rule.weight(stakes[node]);
        let of = |side: bool| {
            let side = cast.iter().filter(|&&(_, is_valid)| is_valid == side);
            side.map(|&(node, _)| weight(node)).sum::<u64>()
        };
        let (invalid, valid) = (of(false), of(true));
        let all: u64 = (0..=VOTERS).map(weight).sum();
        let slashed: Vec<usize> = (0..=VOTERS)
            .filter(|&node| world.node_stake(node).slashed > 0)
            .collect();
        let expected = if 2 * invalid > all {
            vec![AUTHOR]
        } else if 2 * (valid + weight(AUTHOR)) > all && valid > invalid {
            vec![challenger]
        } else {
            vec![]
        };
        prop_assert_eq!(slashed, expected);
        let audit = world.subject(&subject).audit;
        prop_assert_eq!((audit.electorate, audit.author_weight), (all, weight(AUTHOR)));
    }
}
