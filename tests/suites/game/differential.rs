//! Random instructions, valid and not, on both builds side by side: same results, same errors, same
//! bytes in every account.

use gradual_consensus::{ListProposal, rules::merkle::MerkleTree};
use gradual_consensus_client::{
    instruction::{self, Entry},
    ledger::{LedgerError, Receipt},
};
use gradual_consensus_tests::{Build, World, sbf_build};
use proptest::{prelude::*, sample::Index};
use solana_sdk::{instruction::Instruction, pubkey::Pubkey};

/// Nodes in the world.
const NODES: usize = 3;

/// What is to be done. Which cycle, subject or vote it is done to is picked among those that exist
/// when it is played, so that scripts get somewhere; a skew makes some of them miss.
#[derive(Clone, Debug)]
enum Op {
    NextEdge,
    Wait(u64),
    Fund(u64),
    SetActive(bool),
    Stake(usize, u64),
    Withdraw(usize, u64),
    Submit(usize, u64, usize),
    Audit(usize, Index, bool),
    Resolve(Index),
    Propose(usize, Index, u8, u64),
    Finalize(Index),
    Payout(Index, u64),
    Claim(usize),
    Compound(usize),
    CloseVote(Index),
    CloseSubject(Index),
    CloseRound(Index),
    CloseStake(usize),
}

fn node() -> impl Strategy<Value = usize> + Clone {
    0..NODES
}

/// Mostly 0: on target.
fn skew() -> impl Strategy<Value = u64> + Clone {
    prop_oneof![9 => Just(0u64), 1 => 1u64..3, 1 => Just(u64::MAX)]
}

fn amount() -> impl Strategy<Value = u64> + Clone {
    prop_oneof![6 => 1u64..2_000, 1 => Just(0), 1 => Just(u64::MAX)]
}

fn op() -> impl Strategy<Value = Op> {
    let pick = any::<Index>;
    prop_oneof![
        12 => Just(Op::NextEdge),
        3 => (1u64..30).prop_map(Op::Wait),
        1 => amount().prop_map(Op::Fund),
        1 => prop::bool::weighted(0.8).prop_map(Op::SetActive),
        2 => (node(), amount()).prop_map(|(n, a)| Op::Stake(n, a)),
        2 => (node(), amount()).prop_map(|(n, a)| Op::Withdraw(n, a)),
        12 => (node(), skew(), 0usize..40).prop_map(|(n, s, l)| Op::Submit(n, s, l)),
        12 => (node(), pick(), prop::bool::weighted(0.3)).prop_map(|(n, p, v)| Op::Audit(n, p, v)),
        5 => pick().prop_map(Op::Resolve),
        8 => (node(), pick(), 0u8..5, amount()).prop_map(|(n, p, s, t)| Op::Propose(n, p, s, t)),
        5 => pick().prop_map(Op::Finalize),
        5 => (pick(), skew()).prop_map(|(p, s)| Op::Payout(p, s)),
        2 => node().prop_map(Op::Claim),
        2 => node().prop_map(Op::Compound),
        5 => pick().prop_map(Op::CloseVote),
        5 => pick().prop_map(Op::CloseSubject),
        2 => pick().prop_map(Op::CloseRound),
        1 => node().prop_map(Op::CloseStake),
    ]
}

fn picked<T>(from: &[T], pick: Index) -> Option<&T> {
    (!from.is_empty()).then(|| pick.get(from))
}

/// The list that proposals and payouts of the script speak of: one entry, so that the total can be
/// any amount.
fn tree(world: &World, cycle: u64, node: &Pubkey, amount: u64) -> MerkleTree {
    let list = [(node.to_bytes(), amount)];
    MerkleTree::of_list(world.tokens.task.to_bytes(), cycle, &list).unwrap()
}

/// The instruction and who signs it; `None` where there is nothing yet to do it to.
fn instruction_of(world: &World, op: &Op) -> Option<(Instruction, Option<usize>)> {
    let (tokens, task) = (world.tokens, world.tokens.task);
    let key = |node: usize| world.nodes[node].pubkey();
    let wallet = |node: usize| world.nodes[node].wallet;
    let manager = &world.manager;
    let books = world.books();
    let now = books.task.data.current_round(world.slot());
    let submissions = books
        .submissions
        .iter()
        .map(|s| (s.address, s.data.header.subject));
    let lists = books.lists.iter().map(|l| (l.address, l.data.subject));
    let subjects: Vec<_> = submissions.chain(lists).collect();
    Some(match *op {
        Op::NextEdge | Op::Wait(_) => return None,
        Op::Fund(amount) => (
            instruction::fund_task(tokens, manager.pubkey(), manager.wallet, amount),
            None,
        ),
        Op::SetActive(active) => (
            instruction::set_active(task, manager.pubkey(), active),
            None,
        ),
        Op::Stake(n, amount) => (
            instruction::stake(tokens, key(n), key(n), wallet(n), amount, None),
            Some(n),
        ),
        Op::Withdraw(n, amount) => (
            instruction::withdraw(tokens, key(n), wallet(n), amount),
            Some(n),
        ),
        Op::Submit(n, skew, length) => {
            let cycle = now.wrapping_sub(1).wrapping_add(skew);
            (world.submit_ix(n, cycle, &vec![7; length]), Some(n))
        }
        Op::Audit(n, pick, is_valid) => {
            let (address, state) = picked(&subjects, pick)?;
            let me = key(n);
            let vote = instruction::audit(task, *address, state.author, me, me, is_valid);
            (vote, Some(n))
        }
        Op::Resolve(pick) => {
            let (address, state) = picked(&subjects, pick)?;
            (instruction::resolve_audit(tokens, *address, state), None)
        }
        Op::Propose(n, pick, skew, amount) => {
            let cycle = picked(&books.rounds, pick)?.data.number;
            let attempt = now.saturating_sub(cycle + 2) as u8 + skew / 4;
            let proposal = ListProposal {
                merkle_root: tree(world, cycle, &key(n), amount).root(),
                bounty: world.proposal(cycle, &[(n, 1)]).bounty,
                total: amount,
                count: 1,
                uri: "list".into(),
            };
            (world.propose_ix(n, cycle, attempt, proposal), Some(n))
        }
        Op::Finalize(pick) => {
            let list = &picked(&books.lists, pick)?.data;
            let (cycle, attempt) = (list.subject.cycle, list.attempt);
            (
                instruction::finalize_distribution(task, cycle, attempt),
                None,
            )
        }
        Op::Payout(pick, skew) => {
            let list = &picked(&books.lists, pick)?.data;
            let entry = Entry {
                node: list.subject.author,
                index: 0,
                amount: list.total.wrapping_add(skew),
                proof: vec![],
            };
            let (cycle, attempt) = (list.subject.cycle, list.attempt);
            (instruction::payout(task, cycle, attempt, entry), None)
        }
        Op::Claim(n) => (
            instruction::claim_reward(tokens, key(n), wallet(n)),
            Some(n),
        ),
        Op::Compound(n) => (instruction::compound(tokens, key(n)), Some(n)),
        Op::CloseVote(pick) => {
            let vote = picked(&books.votes, pick)?;
            (instruction::close_vote(task, &vote.data), None)
        }
        Op::CloseSubject(pick) => {
            let (address, state) = picked(&subjects, pick)?;
            (instruction::close_subject(*address, state), None)
        }
        Op::CloseRound(pick) => {
            let round = picked(&books.rounds, pick)?;
            (instruction::close_round(&round.data), None)
        }
        Op::CloseStake(n) => (
            instruction::close_stake(task, key(n), key(n), key(n)),
            Some(n),
        ),
    })
}

/// The next slot at which some window opens or closes, or half a submission window has passed.
fn next_edge(world: &World) -> u64 {
    let schedule = world.schedule();
    let slot = world.slot();
    let round = schedule.round_at(slot).unwrap();
    let submit = schedule.submission_window(round).unwrap();
    let edges = [
        submit.start + schedule.submission_window / 2,
        submit.end,
        schedule.audit_window(round).unwrap().start,
        schedule.challenge_window(round).unwrap().end,
        schedule.audit_window(round).unwrap().end,
        schedule.boundary(round + 1).unwrap(),
    ];
    edges.into_iter().find(|&edge| edge > slot).unwrap()
}

fn play(world: &World, op: &Op) -> Option<Result<Receipt, LedgerError>> {
    match op {
        Op::NextEdge => world.warp_to(next_edge(world)),
        Op::Wait(slots) => world.warp_to(world.slot() + slots),
        _ => (),
    }
    let (instruction, node) = instruction_of(world, op)?;
    let signer = node.map_or(&world.manager, |node| &world.nodes[node]);
    Some(world.send(&[instruction], &[&signer.keypair]))
}

/// What the two builds must agree on: success, or the error.
fn outcome(result: Option<Result<Receipt, LedgerError>>) -> String {
    match result {
        None => "nothing sent".into(),
        Some(Ok(_)) => "done".into(),
        Some(Err(LedgerError::Program { error, .. })) => format!("{error:?}"),
        Some(Err(LedgerError::Transaction { message, .. })) => message,
        Some(Err(LedgerError::Unavailable(message))) => panic!("{message}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn both_builds_do_the_same(script in prop::collection::vec(op(), 60..160)) {
        let worlds = [Build::Native, sbf_build()]
            .map(|build| World::on(build).stakes(&[1_000, 800, 300]).start_active());
        for op in &script {
            let [native, binary] = worlds.each_ref().map(|world| outcome(play(world, op)));
            prop_assert_eq!(native, binary, "{:?}", op);
            let [native, binary] = worlds.each_ref().map(World::snapshot);
            prop_assert_eq!(native, binary, "{:?}", op);
        }
    }
}
