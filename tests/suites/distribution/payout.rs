//! `payout`.

use anchor_lang::error::ErrorCode;
use gradual_consensus::{GradualError, rules::merkle::MerkleTree, state::Status};
use gradual_consensus_client::instruction::{self, Entry};
use gradual_consensus_testkit::{
    BOUNTY, Build, STAKE, World, assert_refused, assert_refused_with_code, on_every_build,
    suite::{
        CYCLE, EVERYBODY, SHARES, accept, accepted, close_all, disputed, fell, other_task, pay,
        pay_all, propose_among, propose_first, propose_now, proposed, reviewed, stranger,
        two_lists,
    },
    swapped,
};

on_every_build! {
    a_list_of_one_entry_pays_it,
    a_list_of_two_entries_pays_both,
    a_list_of_three_entries_pays_all,
    a_list_of_five_entries_pays_all,
    a_list_of_eight_entries_pays_all,
    anyone_pays_any_node,
    a_proof_shows_one_amount_node_and_index,
    a_proof_has_its_own_length_and_order,
    the_proof_of_a_promoted_leaf_is_short,
    a_proof_of_another_cycle_shows_nothing,
    a_list_made_for_another_task_pays_nobody,
    an_entry_of_nothing_is_not_paid,
    a_node_is_paid_once_a_cycle,
    a_node_that_is_listed_twice_is_paid_once,
    an_invalid_submission_is_not_paid,
    a_disputed_submission_is_paid_once_it_stands,
    a_pending_list_pays_nobody,
    a_fallen_list_pays_nobody,
    an_understated_total_is_never_exceeded,
    an_understated_total_that_is_used_up_settles_the_cycle,
    an_overstated_total_is_given_back,
    a_listed_node_that_did_not_submit_is_not_paid,
    an_inactive_task_pays,
    an_entry_is_paid_with_its_own_accounts,
}

/// As many nodes as entries, each of another amount; the list was accepted.
fn list_of(build: Build, entries: usize) -> (World, Vec<(usize, u64)>) {
    let list: Vec<(usize, u64)> = (1..).map(|i| 100 * i).enumerate().take(entries).collect();
    let nodes: Vec<usize> = (0..entries).collect();
    let world = World::on(build)
        .stakes(&vec![STAKE; entries])
        .start_active();
    world.submit_all(&nodes, CYCLE);
    propose_among(&world, &nodes, CYCLE, 0, &list);
    accept(&world, CYCLE, 0);
    (world, list)
}

/// A list of so many entries pays every one, and its cycle is settled with the last.
fn pays_all(build: Build, entries: usize) {
    let (world, list) = list_of(build, entries);
    for (index, &(node, amount)) in (0u32..).zip(&list) {
        assert_refused(world.close_cycle(CYCLE), GradualError::CycleNotSettled);
        world.payout(CYCLE, 0, &list, index).unwrap();
        let stake = world.node_stake(node);
        assert_eq!((stake.available_balance, stake.earned), (amount, amount));
        assert_eq!(world.submission(node, CYCLE).subject.status(), Status::Paid);
        assert_eq!(world.cycle(CYCLE).paid_submissions, index + 1);
    }
    let cycle = world.cycle(CYCLE);
    assert_eq!(
        (cycle.paid, cycle.paid_submissions),
        (cycle.owed, cycle.entries)
    );
    assert_refused(world.close_cycle(CYCLE), GradualError::SubjectsOpen);
}

/// A list of [`SHARES`] that says `total` is its sum was accepted.
fn with_total(build: Build, total: u64) -> World {
    let world = reviewed(build);
    world.warp_to(440);
    let mut proposal = world.proposal(CYCLE, &SHARES);
    proposal.total = total;
    world
        .act(0, world.propose_ix(0, CYCLE, 0, proposal))
        .unwrap();
    accept(&world, CYCLE, 0);
    world
}

/// A list with this root over two entries was accepted.
fn with_root(build: Build, root: impl FnOnce(&World) -> [u8; 32]) -> World {
    let world = reviewed(build);
    world.warp_to(440);
    let mut proposal = world.proposal(CYCLE, &[(0, 100), (1, 200)]);
    proposal.merkle_root = root(&world);
    world
        .act(0, world.propose_ix(0, CYCLE, 0, proposal))
        .unwrap();
    accept(&world, CYCLE, 0);
    world
}

/// Entry 0 of [`SHARES`] after `change`, which the list does not hold.
fn refused(world: &World, change: impl FnOnce(&mut Entry)) {
    let mut entry = world.entry(CYCLE, &SHARES, 0);
    change(&mut entry);
    assert_refused(pay(world, entry), GradualError::InvalidProof);
}

/// `payout.1`
fn a_list_of_one_entry_pays_it(build: Build) {
    pays_all(build, 1);
}

/// `payout.1`
fn a_list_of_two_entries_pays_both(build: Build) {
    pays_all(build, 2);
}

/// `payout.1`
fn a_list_of_three_entries_pays_all(build: Build) {
    pays_all(build, 3);
}

/// `payout.1`
fn a_list_of_five_entries_pays_all(build: Build) {
    pays_all(build, 5);
}

/// `payout.1`
fn a_list_of_eight_entries_pays_all(build: Build) {
    pays_all(build, 8);
}

/// `payout.1`
fn anyone_pays_any_node(build: Build) {
    let world = accepted(build, &SHARES);
    let entry = world.entry(CYCLE, &SHARES, 2);
    let payout = instruction::payout(world.task_address(), CYCLE, 0, entry);
    world.send(&[payout], &[&stranger(&world)]).unwrap();
    assert_eq!(world.node_stake(2).available_balance, 2_000);
    assert_eq!(world.books().bounty_pot, BOUNTY, "until it is claimed");
}

/// `payout.1`
fn a_proof_shows_one_amount_node_and_index(build: Build) {
    let world = accepted(build, &SHARES);
    refused(&world, |entry| entry.amount += 1);
    refused(&world, |entry| entry.amount -= 1);
    refused(&world, |entry| entry.amount = 0);
    refused(&world, |entry| entry.node = world.nodes[1].pubkey());
    refused(&world, |entry| entry.index = 1);
    refused(&world, |entry| entry.index = 2);
    refused(&world, |entry| entry.index = 4);
    refused(&world, |entry| entry.index = u32::MAX);
    pay(&world, world.entry(CYCLE, &SHARES, 0)).unwrap();
}

/// `payout.1`
fn a_proof_has_its_own_length_and_order(build: Build) {
    let world = accepted(build, &SHARES);
    refused(&world, |entry| entry.proof.clear());
    refused(&world, |entry| entry.proof.truncate(1));
    refused(&world, |entry| entry.proof.push([0; 32]));
    refused(&world, |entry| entry.proof.insert(0, [0; 32]));
    refused(&world, |entry| entry.proof.reverse());
    refused(&world, |entry| entry.proof[0][0] ^= 1);
    pay_all(&world, CYCLE, 0, &SHARES);
}

/// `payout.1`: the last of five leaves is promoted twice, so its proof is one digest long.
fn the_proof_of_a_promoted_leaf_is_short(build: Build) {
    let (world, list) = list_of(build, 5);
    let entry = world.entry(CYCLE, &list, 4);
    assert_eq!(entry.proof.len(), 1);
    let padded = |digest: [u8; 32]| Entry {
        proof: vec![digest, digest, entry.proof[0]],
        ..entry.clone()
    };
    assert_refused(pay(&world, padded([0; 32])), GradualError::InvalidProof);
    assert_refused(
        pay(&world, padded(entry.proof[0])),
        GradualError::InvalidProof,
    );
    let (bare, node) = (vec![], entry.node);
    assert_refused(
        pay(
            &world,
            Entry {
                proof: bare,
                node,
                ..entry
            },
        ),
        GradualError::InvalidProof,
    );
    pay(&world, entry).unwrap();
}

/// `payout.1`
fn a_proof_of_another_cycle_shows_nothing(build: Build) {
    let world = two_lists(build);
    world.finalize(CYCLE, 0).unwrap();
    world.finalize(CYCLE + 1, 0).unwrap();
    let entry = world.entry(CYCLE + 1, &SHARES, 0);
    assert_refused(pay(&world, entry), GradualError::InvalidProof);
}

/// `payout.1`
fn a_list_made_for_another_task_pays_nobody(build: Build) {
    let tree = |world: &World| {
        let list = [(0, 100), (1, 200)].map(|(n, a)| (world.nodes[n].pubkey().to_bytes(), a));
        MerkleTree::of_list([7; 32], CYCLE, list).unwrap()
    };
    let world = with_root(build, |world| tree(world).root());
    let entry = Entry {
        proof: tree(&world).proof(0).unwrap(),
        ..world.entry(CYCLE, &[(0, 100), (1, 200)], 0)
    };
    assert_refused(pay(&world, entry), GradualError::InvalidProof);
}

/// An entry of 0 base units is not paid, though the root holds it.
fn an_entry_of_nothing_is_not_paid(build: Build) {
    let list = [(0, 0), (1, 300)];
    let world = with_root(build, |world| world.tree(CYCLE, &list).root());
    let nothing = world.payout(CYCLE, 0, &list, 0);
    assert_refused(nothing, GradualError::InvalidProof);
    world.payout(CYCLE, 0, &list, 1).unwrap();
}

/// `payout.2`
fn a_node_is_paid_once_a_cycle(build: Build) {
    let world = accepted(build, &SHARES);
    world.payout(CYCLE, 0, &SHARES, 0).unwrap();
    assert_refused(
        world.payout(CYCLE, 0, &SHARES, 0),
        GradualError::AlreadyPaid,
    );
    assert_eq!(world.node_stake(0).available_balance, 4_000);
}

/// `payout.2`
fn a_node_that_is_listed_twice_is_paid_once(build: Build) {
    let list = [(0, 100), (0, 200), (1, 300)];
    let world = accepted(build, &list);
    world.payout(CYCLE, 0, &list, 1).unwrap();
    assert_refused(world.payout(CYCLE, 0, &list, 0), GradualError::AlreadyPaid);
    world.payout(CYCLE, 0, &list, 2).unwrap();
    assert_eq!(world.node_stake(0).available_balance, 200);
}

/// `payout.3`
fn an_invalid_submission_is_not_paid(build: Build) {
    let world = disputed(build, false);
    world.resolve(world.submission_address(3, CYCLE)).unwrap();
    propose_first(&world, 0, &SHARES);
    accept(&world, CYCLE, 0);
    assert_refused(
        world.payout(CYCLE, 0, &SHARES, 3),
        GradualError::SubmissionInvalid,
    );
    for index in 0..3 {
        world.payout(CYCLE, 0, &SHARES, index).unwrap();
    }
    assert_eq!(world.node_stake(3).available_balance, 0);
}

/// `payout.3`
fn a_disputed_submission_is_paid_once_it_stands(build: Build) {
    let world = disputed(build, true);
    propose_first(&world, 0, &SHARES);
    accept(&world, CYCLE, 0);
    assert_refused(
        world.payout(CYCLE, 0, &SHARES, 3),
        GradualError::AuditUnresolved,
    );
    world.resolve(world.submission_address(3, CYCLE)).unwrap();
    world.payout(CYCLE, 0, &SHARES, 3).unwrap();
    let balance = world.node_stake(3).available_balance;
    assert_eq!(
        balance,
        1_000 + 60,
        "with the author's share of the challenger's 200"
    );
}

/// `payout.4`
fn a_pending_list_pays_nobody(build: Build) {
    let (world, _) = proposed(build, &SHARES);
    assert_refused(
        world.payout(CYCLE, 0, &SHARES, 0),
        GradualError::ListNotAccepted,
    );
    world.warp_past_audit(3);
    assert_refused(
        world.payout(CYCLE, 0, &SHARES, 0),
        GradualError::ListNotAccepted,
    );
    world.finalize(CYCLE, 0).unwrap();
    world.payout(CYCLE, 0, &SHARES, 0).unwrap();
}

/// `payout.4`
fn a_fallen_list_pays_nobody(build: Build) {
    let (world, proposer) = proposed(build, &SHARES);
    fell(&world, 0, proposer);
    assert_refused(
        world.payout(CYCLE, 0, &SHARES, 0),
        GradualError::ListNotAccepted,
    );
    world.finalize(CYCLE, 0).unwrap();
    assert_refused(
        world.payout(CYCLE, 0, &SHARES, 0),
        GradualError::ListNotAccepted,
    );
}

/// `payout.5`
fn an_understated_total_is_never_exceeded(build: Build) {
    let world = with_total(build, 7_500);
    world.payout(CYCLE, 0, &SHARES, 0).unwrap();
    world.payout(CYCLE, 0, &SHARES, 1).unwrap();
    assert_refused(
        world.payout(CYCLE, 0, &SHARES, 2),
        GradualError::PayoutExceedsTotal,
    );
    assert_refused(
        world.payout(CYCLE, 0, &SHARES, 3),
        GradualError::PayoutExceedsTotal,
    );
    assert_eq!(
        (world.cycle(CYCLE).paid, world.cycle(CYCLE).owed),
        (7_000, 7_500)
    );
    assert_refused(world.close_cycle(CYCLE), GradualError::CycleNotSettled);
    world.warp_to_round(6);
    close_all(&world, CYCLE, 0, &EVERYBODY);
    assert_eq!(world.task().bounty_available, BOUNTY - 7_000);
}

/// `payout.5`: what is left of it is too little for the next entry, and the cycle is settled.
fn an_understated_total_that_is_used_up_settles_the_cycle(build: Build) {
    let world = with_total(build, 7_000);
    world.payout(CYCLE, 0, &SHARES, 0).unwrap();
    world.payout(CYCLE, 0, &SHARES, 1).unwrap();
    assert_refused(
        world.payout(CYCLE, 0, &SHARES, 2),
        GradualError::PayoutExceedsTotal,
    );
    close_all(&world, CYCLE, 0, &EVERYBODY);
    assert_eq!(world.task().bounty_available, BOUNTY - 7_000);
}

/// `payout.5`, `close_cycle.4`: what an overstated total reserved is given back.
fn an_overstated_total_is_given_back(build: Build) {
    let list = [(0, 100), (1, 200)];
    let world = reviewed(build);
    world.warp_to(440);
    let mut proposal = world.proposal(CYCLE, &list);
    proposal.total = 9_999;
    world
        .act(0, world.propose_ix(0, CYCLE, 0, proposal))
        .unwrap();
    accept(&world, CYCLE, 0);
    pay_all(&world, CYCLE, 0, &list);
    assert_eq!(world.task().bounty_available, BOUNTY - 9_999);
    close_all(&world, CYCLE, 0, &EVERYBODY);
    let task = world.task();
    assert_eq!(
        (task.bounty_available, task.bounty_reserved),
        (BOUNTY - 300, 0)
    );
    assert_eq!(task.bounty_paid, 300);
}

/// A node that did not submit has nothing to be paid for; it delays nobody else.
fn a_listed_node_that_did_not_submit_is_not_paid(build: Build) {
    let world = World::on(build).start_active();
    world.submit_all(&[0, 1, 2], CYCLE);
    world.warp_to(440);
    let list = [(0, 1_000), (3, 2_000), (1, 3_000)];
    propose_now(&world, 0, 0, &list).unwrap();
    accept(&world, CYCLE, 0);
    let absent = world.payout(CYCLE, 0, &list, 1);
    assert_refused_with_code(absent, ErrorCode::AccountOwnedByWrongProgram.into());
    let entry = world.entry(CYCLE, &list, 1);
    let borrowed = swapped(
        instruction::payout(world.task_address(), CYCLE, 0, entry),
        world.submission_address(3, CYCLE),
        world.submission_address(2, CYCLE),
    );
    assert_refused(world.crank(borrowed), GradualError::WrongNode);
    world.payout(CYCLE, 0, &list, 0).unwrap();
    world.payout(CYCLE, 0, &list, 2).unwrap();
    assert_eq!(world.node_stake(1).available_balance, 3_000);
}

/// `set_active.3`
fn an_inactive_task_pays(build: Build) {
    let world = accepted(build, &SHARES);
    world.set_active(false).unwrap();
    pay_all(&world, CYCLE, 0, &SHARES);
    assert_eq!(world.cycle(CYCLE).paid, 10_000);
}

/// Accounts of other tasks, cycles and nodes are refused.
fn an_entry_is_paid_with_its_own_accounts(build: Build) {
    let world = two_lists(build);
    world.finalize(CYCLE, 0).unwrap();
    world.finalize(CYCLE + 1, 0).unwrap();
    let entry = world.entry(CYCLE, &SHARES, 0);
    let payout = instruction::payout(world.task_address(), CYCLE, 0, entry);
    let other = other_task(&world).stake;
    let next = CYCLE + 1;
    let stake = world.stake_address(0);
    let (list, next_list) = (world.list_address(CYCLE, 0), world.list_address(next, 0));
    let submission = world.submission_address(0, CYCLE);
    let next_submission = world.submission_address(0, next);

    let foreign = swapped(payout.clone(), stake, other);
    assert_refused(world.crank(foreign), GradualError::WrongTask);
    let neighbour = swapped(payout.clone(), stake, world.stake_address(1));
    assert_refused(world.crank(neighbour), GradualError::WrongNode);
    let later_list = swapped(payout.clone(), list, next_list);
    assert_refused(world.crank(later_list), GradualError::WrongCycle);
    let later_submission = swapped(payout.clone(), submission, next_submission);
    assert_refused(world.crank(later_submission), GradualError::WrongCycle);
    world.crank(payout).unwrap();
}
