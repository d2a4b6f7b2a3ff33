//! Classes 32 to 36: payouts that the list does not say, and lists that say too much.

use super::act::{accept, active, condemn, done, opened_in_time, refused, submitted};
use crate::{
    arena::Arena,
    attack::{
        case::{Attack, cases, gathered},
        idl::account,
        scene::{CHEAT, CYCLE, SHARES, Stage, scene},
    },
};
use gradual_consensus::{
    GradualError as E, ListProposal,
    rules::merkle::{Digest, Leaf, MerkleTree},
};
use gradual_consensus_client::{
    address,
    instruction::{self, Entry},
};
use solana_sdk::instruction::Instruction;
use solana_sha256_hasher::hashv;

/// Pays entry 0 of the accepted list, which succeeds; with `change`, it must not.
fn forged(change: impl Fn(&Arena, &mut Entry)) {
    forged_in(Stage::Accepted, E::InvalidProof, change);
}

fn forged_in(stage: Stage, error: E, change: impl Fn(&Arena, &mut Entry)) {
    let mut arena = scene(stage);
    let mut entry = arena.entry(0, 0);
    change(&arena, &mut entry);
    let changed = pay(&arena, entry);
    refused(&mut arena, changed, error);
    if stage == Stage::Accepted {
        let honest = arena.payout(0, 0);
        done(&mut arena, honest);
    }
}

fn pay(arena: &Arena, entry: Entry) -> Instruction {
    instruction::payout(arena.tasks[0].task, CYCLE, 0, entry)
}

/// Node 0 proposes this, whatever it is, and it is accepted.
fn accepted(proposal: impl Fn(&Arena) -> ListProposal) -> Arena {
    let mut arena = scene(Stage::Resolved);
    let proposal = proposal(&arena);
    accept(&mut arena, proposal);
    arena
}

/// Entry `index` of a list of any entries.
fn entry_of(arena: &Arena, entries: &[(usize, u64)], index: u32) -> Entry {
    let (node, amount) = entries[index as usize];
    Entry {
        node: arena.node(node),
        index,
        amount,
        proof: arena.tree(0, CYCLE, entries).proof(index).unwrap(),
    }
}

/// The honest proposal is taken; with `change` it is refused.
fn misproposed(error: E, change: impl Fn(&mut ListProposal)) {
    let mut arena = scene(Stage::Resolved);
    let mut proposal = arena.proposal(0, &SHARES);
    change(&mut proposal);
    let changed = arena.propose_list(0, 0, 0, proposal);
    refused(&mut arena, changed, error);
    let honest = arena.propose(0, 0);
    done(&mut arena, honest);
}

fn leaf(arena: &Arena, index: u32, node: usize, amount: u64) -> Digest {
    Leaf {
        task: arena.tasks[0].task.to_bytes(),
        cycle: CYCLE,
        index,
        node: arena.node(node).to_bytes(),
        amount,
    }
    .hash()
}

/// All of them.
pub(super) fn attacks() -> Vec<Attack> {
    let mut all = merkle();
    all.extend(swaps());
    all.extend(overpay());
    all.extend(rounding());
    all
}

fn merkle() -> Vec<Attack> {
    gathered([
        cases!(
            32,
            "payout",
            an_inner_node_as_a_leafs_sibling_path,
            a_root_made_of_an_inner_node_under_the_leaf_prefix,
            an_entry_below_the_depth_that_the_count_implies
        ),
        cases!(
            33,
            "payout",
            another_amount,
            an_amount_of_0,
            the_most_there_is,
            another_node,
            a_node_that_is_not_in_the_list,
            another_index,
            an_index_outside_the_list,
            the_last_index_there_is,
            a_proof_that_is_too_short,
            no_proof,
            a_proof_that_is_too_long,
            a_proof_in_another_order,
            a_proof_with_one_bit_changed,
            the_proof_of_another_tasks_list,
            the_proof_of_another_cycles_list,
            a_root_for_another_cycle
        ),
    ])
}

fn an_inner_node_as_a_leafs_sibling_path() {
    // The proof begins one level up, as if leaf 0 were the inner node over leaves 0 and 1.
    forged(|_, entry| {
        entry.proof.remove(0);
    });
}

fn a_root_made_of_an_inner_node_under_the_leaf_prefix() {
    // The proposer counts an inner node as a leaf: two entries, of which one is the hash of two.
    let mut arena = accepted(|arena| {
        let leaves = [
            leaf(arena, 0, 0, 4_000),
            leaf(arena, 1, 1, 3_000),
            leaf(arena, 2, 2, 2_000),
        ];
        let inner = hashv(&[&[0], &leaves[1], &leaves[2]]).to_bytes();
        let root = MerkleTree::new(vec![leaves[0], inner]).unwrap().root();
        ListProposal {
            merkle_root: root,
            count: 2,
            ..arena.proposal(0, &SHARES)
        }
    });
    let leaves = [leaf(&arena, 0, 0, 4_000), leaf(&arena, 2, 2, 2_000)];
    let entry = Entry {
        node: arena.node(1),
        index: 1,
        amount: 3_000,
        proof: vec![leaves[1], leaves[0]],
    };
    let hidden = pay(&arena, entry);
    refused(&mut arena, hidden, E::InvalidProof);
}

fn an_entry_below_the_depth_that_the_count_implies() {
    let mut arena = accepted(|arena| ListProposal {
        count: 1,
        ..arena.proposal(0, &SHARES)
    });
    let deep = arena.payout(0, 0);
    refused(&mut arena, deep, E::InvalidProof);
}

fn another_amount() {
    forged(|_, entry| entry.amount += 1);
}

fn an_amount_of_0() {
    forged(|_, entry| entry.amount = 0);
}

fn the_most_there_is() {
    forged(|_, entry| entry.amount = u64::MAX);
}

fn another_node() {
    forged(|arena, entry| entry.node = arena.node(1));
}

fn a_node_that_is_not_in_the_list() {
    forged(|arena, entry| entry.node = arena.node(CHEAT));
}

fn another_index() {
    forged(|_, entry| entry.index = 1);
}

fn an_index_outside_the_list() {
    forged(|_, entry| entry.index = 3);
}

fn the_last_index_there_is() {
    forged(|_, entry| entry.index = u32::MAX);
}

fn a_proof_that_is_too_short() {
    forged(|_, entry| {
        entry.proof.pop();
    });
}

fn no_proof() {
    forged(|_, entry| entry.proof.clear());
}

fn a_proof_that_is_too_long() {
    forged(|_, entry| entry.proof.push([0; 32]));
}

fn a_proof_in_another_order() {
    forged(|_, entry| entry.proof.reverse());
}

fn a_proof_with_one_bit_changed() {
    forged(|_, entry| entry.proof[1][31] ^= 1);
}

fn the_proof_of_another_tasks_list() {
    forged(|arena, entry| *entry = arena.entry(1, 0));
}

fn the_proof_of_another_cycles_list() {
    forged(|arena, entry| {
        let tree = arena.tree(0, CYCLE + 1, &SHARES);
        entry.proof = tree.proof(0).unwrap();
    });
}

fn a_root_for_another_cycle() {
    let mut arena = accepted(|arena| ListProposal {
        merkle_root: arena.tree(0, CYCLE + 1, &SHARES).root(),
        ..arena.proposal(0, &SHARES)
    });
    let tree = arena.tree(0, CYCLE + 1, &SHARES);
    let entry = Entry {
        proof: tree.proof(0).unwrap(),
        ..arena.entry(0, 0)
    };
    let pays = pay(&arena, entry);
    refused(&mut arena, pays, E::InvalidProof);
}

/// A world in which the cycle's first list fell, and every node may propose the second.
fn first_fell() -> Arena {
    let mut arena = scene(Stage::Proposed);
    let list = arena.list(0);
    condemn(&mut arena, list, [1, 2], 481);
    let finalize = arena.finalize(0);
    done(&mut arena, finalize);
    arena.vm.warp_to(540);
    arena
}

/// The same, and its second is accepted.
fn second_accepted() -> Arena {
    let mut arena = first_fell();
    let proposal = arena.proposal(0, &[(1, 5_000), (2, 5_000)]);
    let propose = arena.propose_list(0, 1, 1, proposal);
    done(&mut arena, propose);
    arena.vm.warp_to(581);
    let task = arena.tasks[0].task;
    done(
        &mut arena,
        instruction::finalize_distribution(task, CYCLE, 1),
    );
    arena
}

fn swaps() -> Vec<Attack> {
    gathered([
        cases!(
            34,
            "payout",
            a_pending_list,
            a_list_whose_audit_is_open,
            a_list_whose_window_is_over_not_finalized,
            a_list_that_was_replaced,
            the_replaced_lists_entry_in_the_accepted_one
        ),
        cases!(
            34,
            "submit_distribution_list",
            over_a_pending_list,
            after_the_accepted_one,
            a_second_proposal_of_the_same_node,
            by_a_node_whose_submission_fell,
            by_a_node_whose_submission_is_in_dispute
        ),
        cases!(
            34,
            "finalize_distribution",
            the_list_of_another_cycle_of_the_task
        ),
        cases!(
            34,
            "payout_equal",
            while_a_list_waits_to_be_finalized,
            where_a_list_was_accepted,
            where_pay_is_by_list,
            between_two_attempts
        ),
    ])
}

fn a_pending_list() {
    forged_in(Stage::Proposed, E::ListNotAccepted, |_, _| ());
}

fn a_list_whose_audit_is_open() {
    forged_in(Stage::Defended, E::ListNotAccepted, |_, _| ());
}

fn a_list_whose_window_is_over_not_finalized() {
    forged_in(Stage::Unchallenged, E::ListNotAccepted, |_, _| ());
}

fn a_list_that_was_replaced() {
    let mut arena = second_accepted();
    let first = arena.payout(0, 0);
    refused(&mut arena, first, E::ListNotAccepted);
}

fn the_replaced_lists_entry_in_the_accepted_one() {
    let mut arena = second_accepted();
    let task = arena.tasks[0].task;
    let entry = arena.entry(0, 1);
    let mixed = instruction::payout(task, CYCLE, 1, entry);
    refused(&mut arena, mixed, E::InvalidProof);
    let entry = entry_of(&arena, &[(1, 5_000), (2, 5_000)], 0);
    let honest = instruction::payout(task, CYCLE, 1, entry);
    done(&mut arena, honest);
}

fn over_a_pending_list() {
    let mut arena = scene(Stage::Proposed);
    arena.vm.set_slot(440);
    let proposal = arena.proposal(0, &[(1, 9_000)]);
    let over = arena.propose_list(0, 1, 0, proposal);
    refused(&mut arena, over, E::ListPending);
}

fn after_the_accepted_one() {
    let mut arena = scene(Stage::Accepted);
    arena.vm.warp_to(540);
    let proposal = arena.proposal(0, &[(1, 9_000)]);
    let over = arena.propose_list(0, 1, 1, proposal);
    refused(&mut arena, over, E::ListAlreadyAccepted);
}

fn a_second_proposal_of_the_same_node() {
    let mut arena = first_fell();
    let proposal = arena.proposal(0, &[(0, 9_000)]);
    let again = arena.propose_list(0, 0, 1, proposal);
    refused(&mut arena, again, E::AlreadyProposed);
}

fn by_a_node_whose_submission_fell() {
    let mut arena = scene(Stage::Resolved);
    let cheat = arena.propose(0, CHEAT);
    refused(&mut arena, cheat, E::ProposerNotEligible);
}

fn by_a_node_whose_submission_is_in_dispute() {
    let mut arena = scene(Stage::Voted);
    arena.vm.warp_to(440);
    let cheat = arena.propose(0, CHEAT);
    refused(&mut arena, cheat, E::ProposerNotEligible);
}

fn the_list_of_another_cycle_of_the_task() {
    let mut arena = scene(Stage::Unchallenged);
    // A second cycle, whose account is passed with the first one's list.
    let other = {
        let mut later = scene(Stage::Resolved);
        opened_in_time(&mut later, 2);
        let address = address::cycle(&later.tasks[0].task, 2);
        (address, later.vm.account(&address))
    };
    arena.vm.set(other.0, other.1);
    let mut mixed = arena.finalize(0);
    account(&mut mixed, "cycle").pubkey = other.0;
    let before = arena.vm.everything();
    let code = crate::vm::Refusal::Custom(E::WrongCycle.into());
    assert_eq!(arena.vm.run(&[mixed]), Err(code));
    assert!(before == arena.vm.everything());
}

fn while_a_list_waits_to_be_finalized() {
    for stage in [Stage::Proposed, Stage::Defended, Stage::Unchallenged] {
        let mut arena = scene(stage);
        arena.vm.warp_to(700);
        let pay = arena.payout_equal(0, 0);
        refused(&mut arena, pay, E::CycleNotFailed);
    }
}

fn where_a_list_was_accepted() {
    let mut arena = scene(Stage::Accepted);
    arena.vm.warp_to(700);
    let pay = arena.payout_equal(0, 0);
    refused(&mut arena, pay, E::CycleNotFailed);
}

fn where_pay_is_by_list() {
    let mut arena = submitted(|terms| terms.equal_shares = false, &[1_000, 1_000]);
    arena.vm.warp_to(700);
    let pay = arena.payout_equal(0, 1);
    refused(&mut arena, pay, E::NotEqualShares);
    // What nobody is owed goes back at once.
    let close = arena.close_subject(arena.submission(0, 1));
    done(&mut arena, close);
    let close = arena.close_cycle(0);
    done(&mut arena, close);
    assert_eq!(arena.task(0).bounty_available, 100_000);
}

fn between_two_attempts() {
    let mut arena = first_fell();
    for slot in [540, 599, 699] {
        arena.vm.warp_to(slot);
        let pay = arena.payout_equal(0, 1);
        refused(&mut arena, pay, E::CycleNotFailed);
    }
    arena.vm.warp_to(700);
    let pay = arena.payout_equal(0, 1);
    done(&mut arena, pay);
    // Where the first share is paid, no list can come any more.
    let proposal = arena.proposal(0, &[(1, 10_000)]);
    let late = arena.propose_list(0, 1, 2, proposal);
    refused(&mut arena, late, E::ListWindowClosed);
}

fn overpay() -> Vec<Attack> {
    gathered([
        cases!(
            35,
            "submit_distribution_list",
            more_than_the_bounty,
            the_largest_total_there_is,
            no_entries,
            more_entries_than_submissions,
            less_than_a_unit_an_entry
        ),
        cases!(35, "open_cycle", the_same_bounty_for_two_cycles),
        cases!(
            35,
            "payout_equal",
            to_a_submission_that_fell,
            to_a_submission_whose_audit_is_not_resolved,
            shares_never_exceed_the_bounty,
            less_than_a_unit_each
        ),
        cases!(
            35,
            "payout",
            entries_that_add_up_to_more_than_the_total,
            entries_whose_sum_wraps_around,
            a_submission_that_was_found_invalid,
            a_submission_whose_audit_is_not_resolved
        ),
    ])
}

fn more_than_the_bounty() {
    misproposed(E::ListExceedsBounty, |proposal| proposal.total = 10_001);
}

fn the_largest_total_there_is() {
    misproposed(E::ListExceedsBounty, |proposal| proposal.total = u64::MAX);
}

fn no_entries() {
    misproposed(E::InvalidList, |proposal| proposal.count = 0);
}

fn more_entries_than_submissions() {
    misproposed(E::InvalidList, |proposal| proposal.count = 5);
}

fn less_than_a_unit_an_entry() {
    misproposed(E::InvalidList, |proposal| proposal.total = 2);
}

fn the_same_bounty_for_two_cycles() {
    // 100,000 in all: two cycles cannot have 60,000 each.
    let mut arena = active(
        |terms| terms.bounty_amount_per_round = 60_000,
        &[1_000, 1_000],
    );
    let task = arena.task(0);
    assert_eq!(
        (task.bounty_available, task.bounty_reserved),
        (40_000, 60_000)
    );
    let second = arena.open_cycle(0, 1, 2);
    refused(&mut arena, second.clone(), E::BountyTooSmall);
    let fund = arena.valid(0).fund(arena.manager, 19_999);
    done(&mut arena, fund);
    refused(&mut arena, second.clone(), E::BountyTooSmall);
    let fund = arena.valid(0).fund(arena.manager, 1);
    done(&mut arena, fund);
    done(&mut arena, second);
    assert_eq!(arena.task(0).bounty_available, 0);
}

/// A world in which all four submitted, `votes` were cast on the last one's submission, and the cycle has
/// failed.
fn failed(votes: &[(usize, bool)]) -> Arena {
    let mut arena = scene(Stage::Submitted);
    let subject = arena.submission(0, CHEAT);
    for &(node, valid) in votes {
        let vote = arena.audit(0, node, subject, valid);
        done(&mut arena, vote);
    }
    arena.vm.warp_to(700);
    arena
}

fn to_a_submission_that_fell() {
    for voters in [&[0, 1][..], &[0, 1, 2]] {
        let votes: Vec<_> = voters.iter().map(|&node| (node, false)).collect();
        let mut arena = failed(&votes);
        let resolve = arena.resolve(0, arena.submission(0, CHEAT));
        done(&mut arena, resolve);
        let pay = arena.payout_equal(0, CHEAT);
        refused(&mut arena, pay, E::SubmissionInvalid);
        let pay = arena.payout_equal(0, 0);
        done(&mut arena, pay);
    }
}

fn to_a_submission_whose_audit_is_not_resolved() {
    let mut arena = failed(&[(0, false)]);
    let pay = arena.payout_equal(0, CHEAT);
    refused(&mut arena, pay, E::AuditUnresolved);
    let resolve = arena.resolve(0, arena.submission(0, CHEAT));
    done(&mut arena, resolve);
    let pay = arena.payout_equal(0, CHEAT);
    done(&mut arena, pay);
}

fn shares_never_exceed_the_bounty() {
    let mut arena = scene(Stage::EquallyPaid);
    for node in 0..4 {
        assert_eq!(arena.stake_of(0, node).available_balance, 2_500);
        let again = arena.payout_equal(0, node);
        refused(&mut arena, again, E::AlreadyPaid);
    }
    for node in 0..4 {
        let close = arena.close_subject(arena.submission(0, node));
        done(&mut arena, close);
    }
    let close = arena.close_cycle(0);
    done(&mut arena, close);
    let task = arena.task(0);
    assert_eq!((task.bounty_paid, task.bounty_reserved), (10_000, 0));
}

fn less_than_a_unit_each() {
    let mut arena = active(|terms| terms.bounty_amount_per_round = 2, &[1_000; 3]);
    for node in 0..3 {
        let submit = arena.submit(0, node);
        done(&mut arena, submit);
    }
    arena.vm.warp_to(700);
    let pay = arena.payout_equal(0, 0);
    refused(&mut arena, pay, E::NothingToPay);
    for node in 0..3 {
        let close = arena.close_subject(arena.submission(0, node));
        done(&mut arena, close);
    }
    let close = arena.close_cycle(0);
    done(&mut arena, close);
    assert_eq!(arena.task(0).bounty_available, 100_000);
}

fn entries_that_add_up_to_more_than_the_total() {
    let entries = [(0, 4_000), (1, 3_000), (2, 2_000)];
    let mut arena = accepted(|arena| ListProposal {
        total: 6_999,
        ..arena.proposal(0, &entries)
    });
    let first = pay(&arena, entry_of(&arena, &entries, 0));
    done(&mut arena, first);
    let second = pay(&arena, entry_of(&arena, &entries, 1));
    refused(&mut arena, second, E::PayoutExceedsTotal);
    let third = pay(&arena, entry_of(&arena, &entries, 2));
    done(&mut arena, third);
}

fn entries_whose_sum_wraps_around() {
    let entries = [(0, u64::MAX), (1, 2)];
    let mut arena = accepted(|arena| ListProposal {
        merkle_root: arena.tree(0, CYCLE, &entries).root(),
        count: 2,
        total: 1_000,
        ..arena.proposal(0, &SHARES)
    });
    let small = pay(&arena, entry_of(&arena, &entries, 1));
    done(&mut arena, small);
    let large = pay(&arena, entry_of(&arena, &entries, 0));
    refused(&mut arena, large, E::PayoutExceedsTotal);
}

fn a_submission_that_was_found_invalid() {
    let entries = [(0, 4_000), (CHEAT, 5_000)];
    let mut arena = accepted(|arena| arena.proposal(0, &entries));
    let cheat = pay(&arena, entry_of(&arena, &entries, 1));
    refused(&mut arena, cheat, E::SubmissionInvalid);
}

fn a_submission_whose_audit_is_not_resolved() {
    let mut arena = scene(Stage::Voted);
    arena.vm.warp_to(440);
    let entries = [(0, 4_000), (CHEAT, 5_000)];
    let proposal = arena.proposal(0, &entries);
    accept(&mut arena, proposal);
    let cheat = pay(&arena, entry_of(&arena, &entries, 1));
    refused(&mut arena, cheat, E::AuditUnresolved);
}

fn rounding() -> Vec<Attack> {
    gathered([
        cases!(36, "resolve_audit", a_split_never_exceeds_the_slash),
        cases!(36, "close_vote", what_rounding_leaves_goes_to_the_bounty),
        cases!(36, "payout", a_list_smaller_than_its_total_leaves_the_rest),
    ])
}

fn a_split_never_exceeds_the_slash() {
    for stake in [1, 2, 3, 7, 9, 11, 333, 9_999] {
        for (challenger_bps, voter_bps) in [(3_333, 3_333), (1, 9_999), (5_000, 5_000), (0, 0)] {
            let mut arena = submitted(
                |terms| {
                    terms.minimum_stake_amount = 1;
                    terms.slash_bps = 9_999;
                    (terms.challenger_bps, terms.voter_bps) = (challenger_bps, voter_bps);
                },
                &[10_000, 10_000, 10_000, stake],
            );
            let subject = arena.submission(0, 3);
            condemn(&mut arena, subject, 0..3, 381);
            for node in 0..3 {
                let close = arena.close_vote(0, subject, node);
                done(&mut arena, close);
            }
            let slashed = stake - arena.stake_of(0, 3).stake.total();
            let credited: u64 = (0..3)
                .map(|node| arena.stake_of(0, node).available_balance)
                .sum();
            let to_bounty = arena.task(0).bounty_available - 90_000;
            assert_eq!(slashed, stake * 9_999 / 10_000);
            assert_eq!(credited + to_bounty, slashed);
        }
    }
}

fn what_rounding_leaves_goes_to_the_bounty() {
    // A pool of 210 among 1,000, 1,000 and 999: 70, 70 and 69, and 1 is left.
    let mut arena = submitted(|_| (), &[1_000, 1_000, 999, 1_000]);
    let subject = arena.submission(0, 3);
    condemn(&mut arena, subject, 0..3, 381);
    for (node, credited) in [(1, 70), (2, 69), (0, 210 + 70)] {
        let close = arena.close_vote(0, subject, node);
        done(&mut arena, close);
        assert_eq!(arena.stake_of(0, node).available_balance, credited);
    }
    assert_eq!(arena.task(0).bounty_available, 90_000 + 280 + 1);
}

fn a_list_smaller_than_its_total_leaves_the_rest() {
    let entries = [(0, 3_333), (1, 3_333), (2, 3_333)];
    let mut arena = accepted(|arena| ListProposal {
        total: 10_000,
        ..arena.proposal(0, &entries)
    });
    for index in 0..3 {
        let pays = pay(&arena, entry_of(&arena, &entries, index));
        done(&mut arena, pays);
    }
    for node in 0..3 {
        let close = arena.close_vote(0, arena.submission(0, CHEAT), node);
        done(&mut arena, close);
    }
    let submissions = (0..4).map(|node| arena.submission(0, node));
    for subject in submissions.chain([arena.list(0)]).collect::<Vec<_>>() {
        let close = arena.close_subject(subject);
        done(&mut arena, close);
    }
    let close = arena.close_cycle(0);
    done(&mut arena, close);
    assert_eq!(arena.task(0).bounty_available, 100_280 - 9_999);
}
