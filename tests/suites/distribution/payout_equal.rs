//! `payout_equal`: cycle 1 is reviewed in round 2, attempts at its list are made in rounds 3 to 5; where
//! all fail, its equal shares are paid in rounds 6 and 7. Slots are written out: round 6 begins at slot 700.

use anchor_lang::error::ErrorCode;
use gradual_consensus::{GradualError, state::Status};
use gradual_consensus_client::{address, instruction};
use gradual_consensus_testkit::{
    BOUNTY, Build, STAKE, World, assert_refused, assert_refused_by_anchor, on_every_build,
    suite::{
        CYCLE, EVERYBODY, Kind, SHARES, another_task, failed, fell, hand_in_for_audit, others, pay,
        propose_first, propose_now, reject, second_task, stranger, vote, work_in,
    },
    swapped,
};

on_every_build! {
    anyone_pays_any_submission_that_stands,
    a_task_that_pays_by_list_pays_no_equal_shares,
    shares_are_paid_once_the_last_attempt_is_over,
    a_list_that_waits_goes_before_equal_shares,
    a_challenged_list_goes_before_equal_shares,
    a_list_that_fell_late_gives_way_to_equal_shares,
    an_accepted_list_leaves_no_equal_shares,
    no_list_is_made_once_a_share_may_be_paid,
    a_share_is_the_bounty_over_all_submissions,
    a_share_of_nothing_is_not_paid,
    a_share_is_paid_once,
    an_invalid_submission_gets_no_share,
    a_disputed_submission_gets_its_share_once_it_stands,
    shares_are_paid_within_the_claim_window,
    shares_are_paid_whatever_is_stopped,
    a_share_is_paid_with_its_own_accounts,
}

/// Cycle 1 has failed in a task that pays equal shares. Slot 700.
fn failed_equally(build: Build) -> World {
    failed(build, |params| params.equal_shares = true)
}

/// Everybody has submitted in a task that pays equal shares; the window of the first list begins.
fn reviewed_equally(build: Build) -> World {
    let world = World::on(build)
        .params(|params| params.equal_shares = true)
        .start_active();
    world.submit_all(&EVERYBODY, CYCLE);
    world.warp_to_round(3);
    world
}

/// `payout_equal.1`
fn anyone_pays_any_submission_that_stands(build: Build) {
    let world = failed_equally(build);
    let share = instruction::payout_equal(world.task_address(), CYCLE, world.nodes[2].pubkey());
    world.send(&[share], &[&stranger(&world)]).unwrap();
    let stake = world.node_stake(2);
    assert_eq!((stake.available_balance, stake.earned), (2_500, 2_500));
    assert_eq!(world.submission(2, CYCLE).subject.status(), Status::Paid);
    let cycle = world.cycle(CYCLE);
    assert_eq!((cycle.paid, cycle.paid_submissions), (2_500, 1));
    assert_eq!((cycle.owed, cycle.list_accepted), (10_000, 0));
    assert_eq!(world.books().bounty_pot, BOUNTY, "until it is claimed");
    world.claim(2).unwrap();
    assert_eq!(world.books().bounty_pot, BOUNTY - 2_500);
}

/// `payout_equal.1`
fn a_task_that_pays_by_list_pays_no_equal_shares(build: Build) {
    let world = failed(build, |params| params.equal_shares = false);
    for node in EVERYBODY {
        assert_refused(
            world.payout_equal(node, CYCLE),
            GradualError::NotEqualShares,
        );
    }
}

/// `payout_equal.2`: by the task's own number of attempts.
fn shares_are_paid_once_the_last_attempt_is_over(build: Build) {
    for (failed, from) in [(0, 500), (2, 700)] {
        let world = World::on(build.clone())
            .params(|params| {
                params.equal_shares = true;
                params.allowed_failed_distributions = failed;
            })
            .start_active();
        world.submit(0, CYCLE, b"alone").unwrap();
        for slot in [341, 400, from - 1] {
            world.warp_to(slot);
            assert_refused(world.payout_equal(0, CYCLE), GradualError::CycleNotFailed);
        }
        world.warp_to(from);
        world.payout_equal(0, CYCLE).unwrap();
        assert_eq!(world.node_stake(0).available_balance, 10_000);
    }
}

/// `payout_equal.2`: an unchallenged list of the last attempt is accepted, however late it is finalized.
fn a_list_that_waits_goes_before_equal_shares(build: Build) {
    let world = reviewed_equally(build);
    world.warp_to_round(5);
    propose_first(&world, 2, &SHARES);
    for slot in [699, 700, 899] {
        world.warp_to(slot);
        for node in EVERYBODY {
            let share = world.payout_equal(node, CYCLE);
            assert_refused(share, GradualError::CycleNotFailed);
        }
    }
    world.finalize(CYCLE, 2).unwrap();
    let share = world.payout_equal(3, CYCLE);
    assert_refused(share, GradualError::CycleNotFailed);
    for index in 0..4 {
        world.payout(CYCLE, 2, &SHARES, index).unwrap();
    }
    let earned = EVERYBODY.map(|node| world.node_stake(node).available_balance);
    assert_eq!(earned, SHARES.map(|(_, amount)| amount));
}

/// `payout_equal.2`: a list whose audit is open, or that stood its audit, may be accepted yet.
fn a_challenged_list_goes_before_equal_shares(build: Build) {
    let world = reviewed_equally(build);
    world.warp_to_round(5);
    let proposer = propose_first(&world, 2, &SHARES);
    let list = world.list_address(CYCLE, 2);
    world.warp_to_audit(5);
    let [challenger, first, second] = others(proposer)[..] else {
        panic!("three others");
    };
    vote(
        &world,
        list,
        &[(challenger, false), (first, true), (second, true)],
    );
    world.warp_to(750);
    let early = || world.payout_equal(0, CYCLE);
    assert_refused(early(), GradualError::CycleNotFailed);
    world.resolve(list).unwrap();
    assert_refused(early(), GradualError::CycleNotFailed);
    world.finalize(CYCLE, 2).unwrap();
    assert_refused(early(), GradualError::CycleNotFailed);
    world.payout(CYCLE, 2, &SHARES, 0).unwrap();
}

/// `payout_equal.2`: one that fell is finalized first.
fn a_list_that_fell_late_gives_way_to_equal_shares(build: Build) {
    let world = reviewed_equally(build);
    world.warp_to_round(5);
    let proposer = propose_first(&world, 2, &[(0, 10_000)]);
    fell(&world, 2, proposer);
    world.warp_to(700);
    assert_refused(world.payout_equal(0, CYCLE), GradualError::CycleNotFailed);
    world.finalize(CYCLE, 2).unwrap();
    for node in EVERYBODY {
        world.payout_equal(node, CYCLE).unwrap();
    }
    assert_refused(world.finalize(CYCLE, 2), GradualError::ListNotPending);
    assert_eq!(world.cycle(CYCLE).paid, 10_000);
}

/// `payout_equal.2`: whether it is paid or not.
fn an_accepted_list_leaves_no_equal_shares(build: Build) {
    let world = reviewed_equally(build);
    propose_first(&world, 0, &[(0, 10_000)]);
    world.warp_past_audit(3);
    world.finalize(CYCLE, 0).unwrap();
    world.warp_to(700);
    for node in EVERYBODY {
        assert_refused(
            world.payout_equal(node, CYCLE),
            GradualError::CycleNotFailed,
        );
    }
}

/// `payout_equal.2`: before the first share or after it, nobody has an attempt left, and no list that was
/// rejected comes back.
fn no_list_is_made_once_a_share_may_be_paid(build: Build) {
    let world = reviewed_equally(build);
    let proposer = propose_first(&world, 0, &SHARES);
    reject(&world, 0, proposer);
    world.warp_to(700);
    for paid in [false, true] {
        if paid {
            world.payout_equal(0, CYCLE).unwrap();
        }
        for node in others(proposer) {
            for attempt in 0..=2 {
                let late = propose_now(&world, node, attempt, &SHARES);
                assert_refused(late, GradualError::ListWindowClosed);
            }
            let late = propose_now(&world, node, 3, &SHARES);
            assert_refused(late, GradualError::AttemptsExhausted);
        }
        assert_refused(world.finalize(CYCLE, 0), GradualError::ListNotPending);
        let entry = world.entry(CYCLE, &SHARES, 1);
        assert_refused(pay(&world, entry), GradualError::ListNotAccepted);
    }
}

/// `payout_equal.3`: 10,000 among three are 3,333 each.
fn a_share_is_the_bounty_over_all_submissions(build: Build) {
    let world = World::on(build)
        .params(|params| params.equal_shares = true)
        .start_active();
    world.submit_all(&[0, 1, 2], CYCLE);
    world.warp_to_round(6);
    for node in [0, 1, 2] {
        world.payout_equal(node, CYCLE).unwrap();
        assert_eq!(world.node_stake(node).available_balance, 3_333);
    }
    for node in [0, 1, 2] {
        world
            .close_subject(world.submission_address(node, CYCLE))
            .unwrap();
    }
    world.close_cycle(CYCLE).unwrap();
    assert_eq!(world.task().bounty_available, BOUNTY - 9_999);
}

/// `payout_equal.3`
fn a_share_of_nothing_is_not_paid(build: Build) {
    for (bounty, expected) in [(3, None), (4, Some(1)), (7, Some(1))] {
        let world = failed(build.clone(), |params| {
            params.equal_shares = true;
            params.bounty_amount_per_round = bounty;
        });
        let share = world.payout_equal(0, CYCLE);
        match expected {
            None => assert_refused(share, GradualError::NothingToPay),
            Some(amount) => {
                share.unwrap();
                assert_eq!(world.node_stake(0).available_balance, amount);
            }
        }
    }
}

/// `payout_equal.4`
fn a_share_is_paid_once(build: Build) {
    let world = failed_equally(build);
    world.payout_equal(0, CYCLE).unwrap();
    assert_refused(world.payout_equal(0, CYCLE), GradualError::AlreadyPaid);
    assert_eq!(world.node_stake(0).available_balance, 2_500);
    let absent = world.payout_equal(0, CYCLE + 1);
    assert_refused_by_anchor(absent, ErrorCode::AccountOwnedByWrongProgram);
}

/// `payout_equal.4`: whether it was slashed or fell undecided; the others' shares do not grow by it.
fn an_invalid_submission_gets_no_share(build: Build) {
    for votes in [
        &[(0, false), (1, false), (2, false)][..],
        &[(0, false), (1, false)][..],
    ] {
        let world = World::on(build.clone())
            .params(|params| params.equal_shares = true)
            .start_active();
        world.submit_all(&EVERYBODY, CYCLE);
        world.warp_to_audit(2);
        let fraud = world.submission_address(3, CYCLE);
        vote(&world, fraud, votes);
        world.warp_past_audit(2);
        world.resolve(fraud).unwrap();
        assert_eq!(world.subject(&fraud).status(), Status::Invalid);
        world.warp_to_round(6);
        let share = world.payout_equal(3, CYCLE);
        assert_refused(share, GradualError::SubmissionInvalid);
        world.payout_equal(2, CYCLE).unwrap();
        assert_eq!(world.node_stake(2).available_balance, 2_500);
    }
}

/// `payout_equal.4`
fn a_disputed_submission_gets_its_share_once_it_stands(build: Build) {
    let world = World::on(build)
        .params(|params| params.equal_shares = true)
        .start_active();
    let subject = hand_in_for_audit(&world, Kind::Submission);
    vote(&world, subject.address, &[(0, false), (1, true)]);
    world.warp_to_round(6);
    let early = world.payout_equal(3, CYCLE);
    assert_refused(early, GradualError::AuditUnresolved);
    world.resolve(subject.address).unwrap();
    world.payout_equal(3, CYCLE).unwrap();
    assert_eq!(world.node_stake(3).available_balance, 10_000);
}

/// `payout_equal.5`: the last attempt's round is round 5, and 2 rounds more are the claim window.
fn shares_are_paid_within_the_claim_window(build: Build) {
    let world = failed_equally(build);
    world.warp_to(899);
    world.payout_equal(0, CYCLE).unwrap();
    world.warp_to(900);
    assert_refused(world.payout_equal(1, CYCLE), GradualError::ClaimWindowOver);
}

/// `set_active.3`, `set_paused.3`
fn shares_are_paid_whatever_is_stopped(build: Build) {
    let world = failed_equally(build);
    world.set_active(false).unwrap();
    world.payout_equal(0, CYCLE).unwrap();
    world.set_paused(true).unwrap();
    world.payout_equal(1, CYCLE).unwrap();
    world.close_config().unwrap();
    world.payout_equal(2, CYCLE).unwrap();
}

/// Accounts of other tasks, cycles and nodes are refused.
fn a_share_is_paid_with_its_own_accounts(build: Build) {
    let world = World::on(build)
        .params(|params| params.equal_shares = true)
        .stakes(&[STAKE, STAKE])
        .start();
    let second = second_task(&world, &[0]);
    let third = another_task(&world, &world.manager.keypair, 3, |_| ());
    work_in(&world, second, 0);
    world.open_cycle(0, CYCLE + 1).unwrap();
    world.submit_all(&[0, 1], CYCLE);
    world.warp_to_round(3);
    world.submit_all(&[0, 1], CYCLE + 1);
    world.warp_to_round(7);
    let node = world.nodes[0].pubkey();
    let share = || world.valid().payout_equal(0, CYCLE);
    let (task, stake) = (world.task_address(), world.stake_address(0));
    let (cycle, submission) = (
        world.cycle_address(CYCLE),
        world.submission_address(0, CYCLE),
    );
    let elsewhere = address::cycle(&second.task, CYCLE);
    for (from, to, expected) in [
        (task, third.task, GradualError::WrongTask),
        (cycle, elsewhere, GradualError::WrongTask),
        (
            stake,
            address::node_stake(&second.task, &node),
            GradualError::WrongTask,
        ),
        (stake, world.stake_address(1), GradualError::WrongNode),
        (
            cycle,
            world.cycle_address(CYCLE + 1),
            GradualError::WrongCycle,
        ),
        (
            submission,
            world.submission_address(0, CYCLE + 1),
            GradualError::WrongCycle,
        ),
        (
            submission,
            address::submission(&elsewhere, &node),
            GradualError::WrongCycle,
        ),
        (
            submission,
            world.submission_address(1, CYCLE),
            GradualError::WrongNode,
        ),
    ] {
        assert_refused(world.crank(swapped(share(), from, to)), expected);
    }
    world.crank(share()).unwrap();
}
