//! `close_subject`.

use gradual_consensus::GradualError;
use gradual_consensus_client::instruction;
use gradual_consensus_testkit::{
    BOUNTY, Build, World, assert_refused, on_every_build,
    suite::{
        CYCLE, EVERYBODY, SHARES, accept, accepted, close_all, disputed, other_task, pay_all,
        propose_first, proposed, reject, reviewed, settled, stranger,
    },
    swapped,
};
use solana_sdk::pubkey::Pubkey;

on_every_build! {
    subjects_of_a_fully_paid_cycle_are_closed_for_their_rent,
    anyone_closes_a_subject,
    nothing_is_closed_while_its_cycle_is_under_way,
    subjects_are_closed_once_the_claim_window_is_over,
    a_list_that_is_finalized_late_has_its_whole_claim_window,
    subjects_are_closed_once_every_attempt_has_failed,
    a_subject_is_closed_after_its_audit_and_votes,
    subjects_of_an_inactive_task_are_closed,
    a_subject_is_closed_with_its_own_accounts,
}

/// Closes the subject, which must give exactly its rent back to `node`.
fn closes(world: &World, subject: Pubkey, node: usize) {
    let payer = world.nodes[node].pubkey();
    let (before, rent) = (world.lamports(&payer), world.lamports(&subject));
    world.close_subject(subject).unwrap();
    assert!(rent > 0 && world.is_gone(&subject));
    assert_eq!(world.lamports(&payer), before + rent);
}

/// All attempts failed: in the first the list was rejected, in the others there was none.
fn failed(build: Build) -> (World, usize) {
    let (world, proposer) = proposed(build, &SHARES);
    reject(&world, 0, proposer);
    (world, proposer)
}

/// `close_subject.1`
fn subjects_of_a_fully_paid_cycle_are_closed_for_their_rent(build: Build) {
    let (world, proposer) = proposed(build, &SHARES);
    accept(&world, CYCLE, 0);
    pay_all(&world, CYCLE, 0, &SHARES);
    for node in EVERYBODY {
        closes(&world, world.submission_address(node, CYCLE), node);
    }
    closes(&world, world.list_address(CYCLE, 0), proposer);
    assert_eq!(world.cycle(CYCLE).open_subjects, 0);
    assert_eq!(
        EVERYBODY.map(|node| world.node_stake(node).open_accounts),
        [1, 0, 0, 0]
    );
}

/// `close_subject.1`
fn anyone_closes_a_subject(build: Build) {
    let world = settled(build, &SHARES);
    let submission = world.submission_address(2, CYCLE);
    let close = instruction::close_subject(submission, &world.subject(&submission));
    world.send(&[close], &[&stranger(&world)]).unwrap();
    assert!(world.is_gone(&submission));
}

/// `close_subject.1`
fn nothing_is_closed_while_its_cycle_is_under_way(build: Build) {
    let world = reviewed(build);
    let submission = world.submission_address(0, CYCLE);
    let list = world.list_address(CYCLE, 0);
    assert_refused(
        world.close_subject(submission),
        GradualError::CycleNotSettled,
    );
    propose_first(&world, 0, &SHARES);
    assert_refused(world.close_subject(list), GradualError::CycleNotSettled);
    world.warp_past_audit(3);
    assert_refused(world.close_subject(list), GradualError::CycleNotSettled);
    world.finalize(CYCLE, 0).unwrap();
    for index in 0..3 {
        world.payout(CYCLE, 0, &SHARES, index).unwrap();
    }
    assert_refused(
        world.close_subject(submission),
        GradualError::CycleNotSettled,
    );
    world.payout(CYCLE, 0, &SHARES, 3).unwrap();
    world.close_subject(submission).unwrap();
}

/// `close_subject.1`, `close_cycle.2`: accepted in round 3, and 2 whole rounds after it are the claim
/// window, which is over with slot 700.
fn subjects_are_closed_once_the_claim_window_is_over(build: Build) {
    let world = accepted(build, &SHARES);
    let submission = world.submission_address(0, CYCLE);
    world.warp_to(699);
    assert_refused(
        world.close_subject(submission),
        GradualError::CycleNotSettled,
    );
    world.warp_to(700);
    closes(&world, submission, 0);
}

/// `close_subject.1`, `close_cycle.2`: the claim window begins when the list is finalized.
fn a_list_that_is_finalized_late_has_its_whole_claim_window(build: Build) {
    let (world, _) = proposed(build, &SHARES);
    world.warp_to(1_150);
    let submission = world.submission_address(0, CYCLE);
    assert_refused(
        world.close_subject(submission),
        GradualError::CycleNotSettled,
    );
    world.finalize(CYCLE, 0).unwrap();
    assert_eq!(world.cycle(CYCLE).accepted_in_round, 10);
    world.warp_to(1_399);
    assert_refused(
        world.close_subject(submission),
        GradualError::CycleNotSettled,
    );
    world.payout(CYCLE, 0, &SHARES, 0).unwrap();
    world.warp_to(1_400);
    world.close_subject(submission).unwrap();
}

/// `close_subject.1`, `close_cycle.2`: the last attempt is made in round 5, which ends with slot
/// 699.
fn subjects_are_closed_once_every_attempt_has_failed(build: Build) {
    let (world, proposer) = failed(build);
    let list = world.list_address(CYCLE, 0);
    world.close_vote(list, voter(&world, &list)).unwrap();
    world.warp_to(699);
    assert_refused(world.close_subject(list), GradualError::CycleNotSettled);
    world.warp_to(700);
    closes(&world, list, proposer);
    closes(&world, world.submission_address(1, CYCLE), 1);
    assert_eq!(
        world.task().bounty_available,
        BOUNTY - 10_000,
        "no subject's end moves money"
    );
}

/// `close_subject.2`
fn a_subject_is_closed_after_its_audit_and_votes(build: Build) {
    let world = disputed(build, true);
    let list = [(0, 1_000), (1, 2_000)];
    propose_first(&world, 0, &list);
    accept(&world, CYCLE, 0);
    pay_all(&world, CYCLE, 0, &list);
    let submission = world.submission_address(3, CYCLE);
    assert_refused(
        world.close_subject(submission),
        GradualError::AuditUnresolved,
    );
    world.resolve(submission).unwrap();
    for voter in [0, 1, 2] {
        assert_refused(world.close_subject(submission), GradualError::VotesOpen);
        world.close_vote(submission, voter).unwrap();
    }
    closes(&world, submission, 3);
}

/// `set_active.3`
fn subjects_of_an_inactive_task_are_closed(build: Build) {
    let world = settled(build, &SHARES);
    world.set_active(false).unwrap();
    close_all(&world, CYCLE, 0, &EVERYBODY);
    assert!(world.is_gone(&world.cycle_address(CYCLE)));
}

/// Accounts that do not belong to the subject are refused.
fn a_subject_is_closed_with_its_own_accounts(build: Build) {
    let world = settled(build, &SHARES);
    world.begin_cycle(1, CYCLE + 3);
    world.submit_all(&[1, 0], CYCLE + 3);
    let submission = world.submission_address(0, CYCLE);
    let close = instruction::close_subject(submission, &world.subject(&submission));
    let (stake, payer) = (world.stake_address(0), world.nodes[0].pubkey());
    let neighbour = swapped(close.clone(), stake, world.stake_address(1));
    assert_refused(world.crank(neighbour), GradualError::WrongAuthor);
    let other_payer = swapped(close.clone(), payer, world.nodes[1].pubkey());
    assert_refused(world.crank(other_payer), GradualError::WrongRentPayer);
    let later = swapped(
        close.clone(),
        submission,
        world.submission_address(0, CYCLE + 3),
    );
    assert_refused(world.crank(later), GradualError::WrongCycle);
    let no_subject = swapped(close.clone(), submission, world.stake_address(2));
    assert_refused(world.crank(no_subject), GradualError::WrongSubject);
    let other = other_task(&world);
    let foreign_task = swapped(close.clone(), world.task_address(), other.task);
    assert_refused(world.crank(foreign_task), GradualError::WrongTask);
    let foreign_stake = swapped(close.clone(), stake, other.stake);
    assert_refused(world.crank(foreign_stake), GradualError::WrongTask);
    world.crank(close).unwrap();
}

/// The node whose vote on `subject` is still open.
fn voter(world: &World, subject: &Pubkey) -> usize {
    let open = |&node: &usize| !world.is_gone(&world.vote_address(subject, node));
    EVERYBODY.into_iter().find(open).unwrap()
}
