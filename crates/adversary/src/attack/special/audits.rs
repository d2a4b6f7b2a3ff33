//! Classes 22, 23, 27 to 29 and 31: votes, verdicts and slashes.

use super::act::{done, judge, opened_in_time, refused, submitted};
use crate::{
    arena::Arena,
    attack::{
        case::{Attack, cases, gathered},
        idl::account,
        scene::{CHEAT, IDLER, STAKE, Stage, scene},
    },
};
use gradual_consensus::{
    GradualError as E, VotingRule,
    rules::verdict::Verdict,
    state::{AuditVote, Cycle, Status},
};
use gradual_consensus_client::address;
use solana_sdk::pubkey::Pubkey;

fn weights(arena: &Arena, subject: Pubkey) -> (u64, u64) {
    let audit = arena.subject(subject).audit;
    (audit.weight_invalid, audit.weight_valid)
}

/// What the votes on `subject` that are open add up to.
fn summed(arena: &Arena, subject: Pubkey) -> (u64, u64) {
    let votes = arena.books(0).votes.into_iter();
    let votes: Vec<AuditVote> = votes
        .map(|vote| vote.data)
        .filter(|vote| vote.subject == subject)
        .collect();
    let side = |valid: u8| {
        let side = votes.iter().filter(|vote| vote.is_valid == valid);
        side.map(|vote| vote.weight).sum()
    };
    (side(0), side(1))
}

/// The last node's submission is audited by these votes, and resolved.
fn judged(arena: &mut Arena, votes: &[(usize, bool)]) -> Pubkey {
    let subject = arena.submission(0, arena.nodes.len() - 1);
    judge(arena, subject, votes, 381);
    subject
}

fn total(arena: &Arena, node: usize) -> u64 {
    arena.stake_of(0, node).stake.total()
}

fn balance(arena: &Arena, node: usize) -> u64 {
    arena.stake_of(0, node).available_balance
}

/// The world in which the list of node 0 was judged by these votes.
fn list_judged(votes: &[(usize, bool)]) -> Arena {
    let mut arena = scene(Stage::Proposed);
    let list = arena.list(0);
    judge(&mut arena, list, votes, 481);
    arena
}

/// All of them.
pub(super) fn attacks() -> Vec<Attack> {
    let mut all = slashes();
    all.extend(verdicts());
    all
}

/// Who may vote, and what a slash takes.
fn slashes() -> Vec<Attack> {
    gathered([
        cases!(
            22,
            "audit",
            weights_are_the_sums_of_votes_always,
            one_a_node_where_nodes_count
        ),
        cases!(22, "close_vote", closing_votes_changes_no_weight),
        cases!(
            23,
            "audit",
            challenge_of_its_own_submission,
            vote_for_its_own_submission,
            vote_for_its_own_submission_another_stake_as_the_authors,
            challenge_of_its_own_list
        ),
        cases!(
            27,
            "resolve_audit",
            the_whole_stake_to_the_last_unit,
            twice_for_one_fault,
            nothing_where_terms_slash_nothing,
            a_stake_of_one_unit,
            two_faults_of_one_node_each_its_share_of_what_is_left,
            warming_stake_is_slashed_too,
            parked_stake_is_slashed_too,
            a_minimum_at_most_where_nodes_count
        ),
        cases!(
            28,
            "resolve_audit",
            another_node_as_the_challenger,
            another_node_as_the_author
        ),
        cases!(
            28,
            "close_vote",
            another_nodes_stake_for_the_vote,
            voters_on_the_wrong_side_get_nothing
        ),
    ])
}

/// What a tally comes to.
fn verdicts() -> Vec<Attack> {
    gathered([
        cases!(
            29,
            "resolve_audit",
            a_minority_below_the_quorum_comes_to_nothing,
            just_the_quorum_unanswered_fells_and_slashes_nobody,
            half_of_the_stake_slashes_nobody,
            one_unit_more_than_half_does,
            author_and_defenders_match_the_quorum,
            honest_defenders_complete_no_attackers_quorum,
            a_big_authors_own_stake_shields_it,
            a_big_author_alone_slashes_no_challenger,
            a_tie_slashes_nobody,
            an_answered_minority_pays_itself
        ),
        cases!(
            29,
            "audit",
            in_the_last_slot_where_nobody_could_answer,
            an_empty_vote_nothing_to_defend,
            without_any_electorate_but_author_and_challenger,
            more_open_challenges_than_its_stake_pays_for,
            one_open_challenge_where_a_false_one_costs_all,
            a_list_may_be_challenged_however_many_submissions_are
        ),
        cases!(
            31,
            "resolve_audit",
            a_submissions_audit_upheld,
            a_submissions_audit_dismissed,
            a_submissions_audit_undecided,
            a_lists_audit_upheld,
            a_lists_audit_dismissed,
            a_lists_audit_undecided
        ),
        cases!(
            31,
            "finalize_distribution",
            an_undecided_list_is_rejected_its_bounty_stays_set_aside,
            not_before_its_audit_is_resolved
        ),
    ])
}

fn weights_are_the_sums_of_votes_always() {
    let mut arena = submitted(|_| (), &[1_000, 333, 100, 77_777, 1_000]);
    let subject = arena.submission(0, 4);
    let mut expected = (0, 0);
    for (node, valid, weight) in [
        (1, false, 333),
        (0, true, 1_000),
        (3, false, 77_777),
        (2, true, 100),
    ] {
        let vote = arena.audit(0, node, subject, valid);
        done(&mut arena, vote.clone());
        if valid {
            expected.1 += weight;
        } else {
            expected.0 += weight;
        }
        assert_eq!(weights(&arena, subject), expected);
        assert_eq!(summed(&arena, subject), expected);
        refused(&mut arena, vote, E::AlreadyVoted);
        assert_eq!(weights(&arena, subject), expected);
    }
}

fn closing_votes_changes_no_weight() {
    let mut arena = scene(Stage::Resolved);
    let subject = arena.submission(0, CHEAT);
    let before = weights(&arena, subject);
    for node in 0..3 {
        let close = arena.close_vote(0, subject, node);
        done(&mut arena, close);
        assert_eq!(weights(&arena, subject), before);
    }
    assert_eq!(summed(&arena, subject), (0, 0));
}

fn one_a_node_where_nodes_count() {
    let mut arena = submitted(
        |terms| terms.voting_rule = VotingRule::PerNode,
        &[1_000, 100, 500_000, 1_000],
    );
    let subject = arena.submission(0, 3);
    for (node, valid) in [(0, false), (2, true), (1, false)] {
        let vote = arena.audit(0, node, subject, valid);
        done(&mut arena, vote);
    }
    assert_eq!(weights(&arena, subject), (2, 1));
    let audit = arena.subject(subject).audit;
    assert_eq!((audit.electorate, audit.author_weight), (4, 1));
}

fn challenge_of_its_own_submission() {
    let mut arena = scene(Stage::Submitted);
    let own = arena.audit(0, CHEAT, arena.submission(0, CHEAT), false);
    refused(&mut arena, own, E::SelfAudit);
}

fn vote_for_its_own_submission() {
    let mut arena = scene(Stage::Challenged);
    let own = arena.audit(0, CHEAT, arena.submission(0, CHEAT), true);
    refused(&mut arena, own, E::SelfAudit);
}

fn vote_for_its_own_submission_another_stake_as_the_authors() {
    let mut arena = scene(Stage::Challenged);
    let mut own = arena.audit(0, CHEAT, arena.submission(0, CHEAT), true);
    account(&mut own, "author_stake").pubkey =
        address::node_stake(&arena.tasks[0].task, &arena.node(0));
    refused(&mut arena, own, E::SelfAudit);
}

fn challenge_of_its_own_list() {
    let mut arena = scene(Stage::Proposed);
    let own = arena.audit(0, 0, arena.list(0), false);
    refused(&mut arena, own, E::SelfAudit);
}

fn the_whole_stake_to_the_last_unit() {
    let mut arena = submitted(|terms| terms.slash_bps = 10_000, &[1_000, 1_000, 777]);
    let subject = judged(&mut arena, &[(0, false), (1, false)]);
    assert_eq!(arena.subject(subject).audit.slashed, 777);
    assert_eq!(total(&arena, 2), 0);
    assert_eq!(arena.stake_of(0, 2).slashed, 777);
}

fn twice_for_one_fault() {
    let mut arena = scene(Stage::Resolved);
    let subject = arena.submission(0, CHEAT);
    let again = arena.resolve(0, subject);
    refused(&mut arena, again, E::NoOpenAudit);
    assert_eq!(total(&arena, CHEAT), 300);
}

fn nothing_where_terms_slash_nothing() {
    let mut arena = submitted(|terms| terms.slash_bps = 0, &[1_000, 1_000, 777]);
    let subject = judged(&mut arena, &[(0, false), (1, false)]);
    assert_eq!(arena.subject(subject).status(), Status::Invalid);
    assert_eq!((total(&arena, 2), balance(&arena, 0)), (777, 0));
}

fn a_stake_of_one_unit() {
    let mut arena = submitted(|terms| terms.minimum_stake_amount = 1, &[1_000, 1_000, 1]);
    judged(&mut arena, &[(0, false), (1, false)]);
    assert_eq!(total(&arena, 2), 1, "70 % of 1 is 0");
}

fn two_faults_of_one_node_each_its_share_of_what_is_left() {
    let mut arena = scene(Stage::Voted);
    // The second fault: a submission for cycle 2, while the first is not resolved.
    opened_in_time(&mut arena, 2);
    arena.vm.warp_to(400);
    let submit = arena.submit_for(0, CHEAT, 2);
    done(&mut arena, submit);
    arena.vm.warp_to(441);
    let cycle = address::cycle(&arena.tasks[0].task, 2);
    let second = address::submission(&cycle, &arena.node(CHEAT));
    for node in [0, 1, 2] {
        let vote = arena.audit(0, node, second, false);
        done(&mut arena, vote);
    }
    arena.vm.warp_to(481);
    for subject in [second, arena.submission(0, CHEAT)] {
        let resolve = arena.resolve(0, subject);
        done(&mut arena, resolve);
    }
    assert_eq!(total(&arena, CHEAT), 90);
    assert_eq!(arena.stake_of(0, CHEAT).slashed, 700 + 210);
}

fn warming_stake_is_slashed_too() {
    let mut arena = scene(Stage::Challenged);
    let top_up = arena.stake(0, CHEAT, 1_000);
    done(&mut arena, top_up);
    let subject = arena.submission(0, CHEAT);
    judge(&mut arena, subject, &[(1, false), (2, false)], 381);
    assert_eq!(arena.subject(subject).audit.slashed, 1_400);
    let stake = arena.stake_of(0, CHEAT).stake;
    assert_eq!((stake.active(), stake.total()), (0, 600));
}

fn another_node_as_the_challenger() {
    let mut arena = scene(Stage::Voted);
    let honest = arena.resolve(0, arena.submission(0, CHEAT));
    let mut changed = honest.clone();
    account(&mut changed, "challenger_stake").pubkey =
        address::node_stake(&arena.tasks[0].task, &arena.node(1));
    refused(&mut arena, changed, E::WrongChallenger);
    done(&mut arena, honest);
    // 700 slashed: 210 to the challenger, 210 to the voters, 280 to the bounty.
    assert_eq!([0, 1, 2].map(|node| balance(&arena, node)), [210, 0, 0]);
    assert_eq!(arena.task(0).bounty_available, 90_280);
}

fn another_node_as_the_author() {
    let mut arena = scene(Stage::Voted);
    let mut changed = arena.resolve(0, arena.submission(0, CHEAT));
    account(&mut changed, "author_stake").pubkey =
        address::node_stake(&arena.tasks[0].task, &arena.node(1));
    refused(&mut arena, changed, E::WrongAuthor);
}

fn another_nodes_stake_for_the_vote() {
    let mut arena = scene(Stage::Resolved);
    let honest = arena.close_vote(0, arena.submission(0, CHEAT), 1);
    let mut changed = honest.clone();
    account(&mut changed, "voter_stake").pubkey =
        address::node_stake(&arena.tasks[0].task, &arena.node(2));
    refused(&mut arena, changed, E::WrongVote);
    done(&mut arena, honest);
    assert_eq!(balance(&arena, 1), 70);
}

fn voters_on_the_wrong_side_get_nothing() {
    let mut arena = submitted(|_| (), &[1_000, 1_000, 500, 1_000]);
    let subject = judged(&mut arena, &[(0, false), (1, false), (2, true)]);
    for (node, credited) in [(2, 0), (1, 105), (0, 210 + 105)] {
        let close = arena.close_vote(0, subject, node);
        done(&mut arena, close);
        assert_eq!(balance(&arena, node), credited);
    }
}

/// Of 10,000 the author has 1,000; by these votes its submission comes to `status`, and nobody is slashed.
#[track_caller]
fn undecided(stakes: &[u64], votes: &[(usize, bool)], status: Status) {
    let mut arena = submitted(|_| (), stakes);
    let subject = judged(&mut arena, votes);
    let found = arena.subject(subject);
    assert_eq!(found.status(), status);
    assert_eq!(found.audit.verdict(), Some(Verdict::Undecided));
    for (node, &stake) in stakes.iter().enumerate() {
        assert_eq!((total(&arena, node), balance(&arena, node)), (stake, 0));
    }
    let cycle: Cycle = arena.fetch(&arena.cycle_address(0));
    assert_eq!(cycle.invalid, u32::from(status == Status::Invalid));
    for &(voter, _) in votes {
        let close = arena.close_vote(0, subject, voter);
        done(&mut arena, close);
        assert_eq!(balance(&arena, voter), 0, "no vote on it earns anything");
    }
}

fn a_minority_below_the_quorum_comes_to_nothing() {
    undecided(&[3_299, 5_701, 1_000], &[(0, false)], Status::Standing);
}

fn just_the_quorum_unanswered_fells_and_slashes_nobody() {
    undecided(&[3_300, 5_700, 1_000], &[(0, false)], Status::Invalid);
}

fn half_of_the_stake_slashes_nobody() {
    undecided(&[5_000, 4_000, 1_000], &[(0, false)], Status::Invalid);
}

fn one_unit_more_than_half_does() {
    let mut arena = submitted(|_| (), &[5_001, 3_999, 1_000]);
    let subject = judged(&mut arena, &[(0, false), (1, true)]);
    assert_eq!(arena.subject(subject).status(), Status::Invalid);
    assert_eq!(total(&arena, 2), 300);
}

fn author_and_defenders_match_the_quorum() {
    let stakes = [3_300, 2_300, 3_400, 1_000];
    undecided(&stakes, &[(0, false), (1, true)], Status::Standing);
    let stakes = [3_300, 2_299, 3_401, 1_000];
    undecided(&stakes, &[(0, false), (1, true)], Status::Invalid);
}

fn honest_defenders_complete_no_attackers_quorum() {
    let stakes = [1_700, 1_600, 6_600, 100];
    undecided(&stakes, &[(0, false), (1, true)], Status::Standing);
}

fn a_big_authors_own_stake_shields_it() {
    let stakes = [4_050, 3_950, 2_000];
    undecided(&stakes, &[(0, false), (1, true)], Status::Standing);
}

fn a_big_author_alone_slashes_no_challenger() {
    undecided(&[1_000, 3_000, 6_000], &[(0, false)], Status::Standing);
}

fn a_tie_slashes_nobody() {
    let mut arena = submitted(|_| (), &[1_000, 1_000, 1_000]);
    let subject = judged(&mut arena, &[(0, false), (1, true)]);
    assert_eq!(arena.subject(subject).status(), Status::Standing);
    assert_eq!([0, 1, 2].map(|node| total(&arena, node)), [1_000; 3]);
}

fn an_answered_minority_pays_itself() {
    let mut arena = submitted(|_| (), &[999, 1_000, 1_000]);
    let subject = judged(&mut arena, &[(0, false), (1, true)]);
    assert_eq!(arena.subject(subject).status(), Status::Standing);
    assert_eq!(total(&arena, 0), 999 - 199);
}

fn in_the_last_slot_where_nobody_could_answer() {
    let mut arena = scene(Stage::Submitted);
    arena.vm.warp_to(380);
    let challenge = arena.audit(0, 0, arena.submission(0, CHEAT), false);
    refused(&mut arena, challenge, E::ChallengeWindowClosed);
}

fn an_empty_vote_nothing_to_defend() {
    let mut arena = scene(Stage::Submitted);
    let vote = arena.audit(0, 0, arena.submission(0, CHEAT), true);
    refused(&mut arena, vote, E::NothingToDefend);
}

fn a_submissions_audit_upheld() {
    let arena = scene(Stage::Resolved);
    assert_eq!(total(&arena, CHEAT), 300);
    assert_eq!([0, 1, 2].map(|node| balance(&arena, node)), [210, 0, 0]);
    assert_eq!(arena.stake_of(0, 0).open_audits, 0);
    assert_eq!(arena.stake_of(0, CHEAT).open_audits, 0);
}

fn a_submissions_audit_dismissed() {
    let mut arena = submitted(|_| (), &[1_000, 2_000, 1_000]);
    let subject = judged(&mut arena, &[(0, false), (1, true)]);
    // 200 slashed: 60 to the author, 60 to the voter, 80 to the bounty.
    assert_eq!(
        [0, 1, 2].map(|node| total(&arena, node)),
        [800, 2_000, 1_000]
    );
    assert_eq!([0, 1, 2].map(|node| balance(&arena, node)), [0, 0, 60]);
    let close = arena.close_vote(0, subject, 1);
    done(&mut arena, close);
    assert_eq!(
        (balance(&arena, 1), arena.task(0).bounty_available),
        (60, 90_080)
    );
}

fn a_submissions_audit_undecided() {
    let mut arena = submitted(|_| (), &[1_000, 1_000, 1_000]);
    judged(&mut arena, &[(0, false), (1, true)]);
    for node in [0, 2] {
        assert_eq!(arena.stake_of(0, node).open_audits, 0);
    }
    arena.vm.warp_to(681);
    for node in 0..3 {
        let leave = arena.withdraw(0, node, 1_000);
        done(&mut arena, leave);
    }
}

fn a_lists_audit_upheld() {
    let arena = list_judged(&[(1, false), (2, false)]);
    assert_eq!(arena.subject(arena.list(0)).status(), Status::Invalid);
    assert_eq!((total(&arena, 0), balance(&arena, 1)), (300, 210));
}

fn a_lists_audit_dismissed() {
    let arena = list_judged(&[(1, false), (2, true), (3, true)]);
    assert_eq!(arena.subject(arena.list(0)).status(), Status::Standing);
    assert_eq!((total(&arena, 1), balance(&arena, 0)), (800, 210 + 60));
}

fn a_lists_audit_undecided() {
    let arena = list_judged(&[(1, false)]);
    assert_eq!(arena.subject(arena.list(0)).status(), Status::Invalid);
    assert_eq!([0, 1, 2].map(|node| total(&arena, node)), [STAKE; 3]);
}

fn an_undecided_list_is_rejected_its_bounty_stays_set_aside() {
    let mut arena = list_judged(&[(1, false)]);
    let finalize = arena.finalize(0);
    done(&mut arena, finalize);
    assert_eq!(arena.subject(arena.list(0)).status(), Status::Rejected);
    assert_eq!(arena.task(0).bounty_reserved, 10_000);
}

fn not_before_its_audit_is_resolved() {
    let mut arena = scene(Stage::Defended);
    let finalize = arena.finalize(0);
    refused(&mut arena, finalize, E::AuditUnresolved);
    let resolve = arena.resolve(0, arena.list(0));
    done(&mut arena, resolve);
    let finalize = arena.finalize(0);
    done(&mut arena, finalize);
}

fn without_any_electorate_but_author_and_challenger() {
    // Of two equals neither is over half.
    undecided(&[1_000, 1_000], &[(0, false)], Status::Standing);
    let mut arena = submitted(|_| (), &[1_001, 1_000]);
    judged(&mut arena, &[(0, false)]);
    assert_eq!(total(&arena, 1), 300);
}

fn more_open_challenges_than_its_stake_pays_for() {
    // 5 false challenges at 20 % each cost a stake; the sixth waits until one of them is resolved.
    let mut arena = submitted(|_| (), &[1_000; 8]);
    arena.vm.set_slot(340);
    for node in 1..7 {
        let submit = arena.submit(0, node);
        done(&mut arena, submit);
    }
    arena.vm.warp_to(341);
    let challenge =
        |arena: &Arena, author: usize| arena.audit(0, 0, arena.submission(0, author), false);
    for author in 1..6 {
        let honest = challenge(&arena, author);
        done(&mut arena, honest);
    }
    let sixth = challenge(&arena, 6);
    refused(&mut arena, sixth, E::TooManyChallenges);
    // A vote on another's challenge is none of its own.
    let other = arena.audit(0, 1, arena.submission(0, 6), false);
    done(&mut arena, other);
    let vote = challenge(&arena, 6);
    done(&mut arena, vote);
    assert_eq!(arena.stake_of(0, 0).open_challenges, 5);
}

fn one_open_challenge_where_a_false_one_costs_all() {
    for (bps, most) in [(10_000, 1), (5_001, 1), (5_000, 2), (0, 3)] {
        let mut arena = submitted(|terms| terms.false_challenge_bps = bps, &[1_000; 4]);
        arena.vm.set_slot(340);
        for node in [1, 2] {
            let submit = arena.submit(0, node);
            done(&mut arena, submit);
        }
        arena.vm.warp_to(341);
        for author in 1..=most {
            let challenge = arena.audit(0, 0, arena.submission(0, author), false);
            done(&mut arena, challenge);
        }
        if most < 3 {
            let more = arena.audit(0, 0, arena.submission(0, most + 1), false);
            refused(&mut arena, more, E::TooManyChallenges);
        }
    }
}

fn a_list_may_be_challenged_however_many_submissions_are() {
    let mut arena = submitted(|terms| terms.false_challenge_bps = 10_000, &[1_000; 3]);
    arena.vm.set_slot(340);
    let submit = arena.submit(0, 1);
    done(&mut arena, submit);
    arena.vm.warp_to(341);
    let challenge = arena.audit(0, 0, arena.submission(0, 2), false);
    done(&mut arena, challenge);
    arena.vm.warp_to(440);
    let proposal = arena.proposal(0, &[(1, 10_000)]);
    let propose = arena.propose_list(0, 1, 0, proposal);
    done(&mut arena, propose);
    arena.vm.warp_to(441);
    let challenge = arena.audit(0, 0, arena.list(0), false);
    done(&mut arena, challenge);
    let stake = arena.stake_of(0, 0);
    assert_eq!((stake.open_audits, stake.open_challenges), (2, 1));
}

fn a_minimum_at_most_where_nodes_count() {
    let mut arena = submitted(
        |terms| terms.voting_rule = VotingRule::PerNode,
        &[1_000, 1_000, 500_000],
    );
    let subject = judged(&mut arena, &[(0, false), (1, false)]);
    assert_eq!(arena.subject(subject).audit.slashed, 70);
    assert_eq!(total(&arena, 2), 499_930);
}

fn parked_stake_is_slashed_too() {
    // Parked once its submission's lock was over, for a list that nobody had resolved it cannot be: an
    // open audit holds it. So it is slashed while its notice runs, for what it submits then.
    let mut arena = scene(Stage::Parked);
    let open = arena.open_cycle(0, 0, 4);
    done(&mut arena, open);
    arena.vm.warp_to(600);
    let submit = arena.submit_for(0, IDLER, 4);
    done(&mut arena, submit);
    arena.vm.warp_to(641);
    let cycle = address::cycle(&arena.tasks[0].task, 4);
    let subject = address::submission(&cycle, &arena.node(IDLER));
    judge(
        &mut arena,
        subject,
        &[(0, false), (1, false), (2, false)],
        681,
    );
    let stake = arena.stake_of(0, IDLER);
    assert_eq!((stake.slashed, stake.stake.parked), (700, 300));
    assert_eq!(stake.stake.total(), 300);
}
