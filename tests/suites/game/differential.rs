//! Random instructions, valid and not, on both builds side by side: same results, same errors, same
//! bytes in every account.

use gradual_consensus::{ListProposal, rules::merkle::MerkleTree, state::AuditVote};
use gradual_consensus_client::{
    account, address,
    instruction::{self, Entry},
    ledger::{LedgerError, Receipt},
};
use gradual_consensus_tests::{Build, World, sbf_build};
use proptest::prelude::*;
use solana_sdk::{instruction::Instruction, pubkey::Pubkey};

/// Nodes in the world.
const NODES: usize = 3;

/// A subject: a node's submission in a cycle, or the list of an attempt in it.
#[derive(Clone, Copy, Debug)]
enum Target {
    Submission(usize, u64),
    List(u64, u8),
}

#[derive(Clone, Debug)]
enum Op {
    Wait(u64),
    Fund(u64),
    SetActive(bool),
    Stake(usize, u64),
    Withdraw(usize, u64),
    Submit(usize, u64, usize),
    Audit(usize, Target, bool),
    Resolve(Target),
    Propose(usize, u64, u8, u64),
    Finalize(u64, u8),
    Payout(usize, u64, u8, u64),
    Claim(usize),
    Compound(usize),
    CloseVote(usize, Target),
    CloseSubject(Target),
    CloseRound(u64),
    CloseStake(usize),
}

fn node() -> impl Strategy<Value = usize> + Clone {
    0..NODES
}

/// Cycles, mostly the ones that are under way early in a run.
fn cycle() -> impl Strategy<Value = u64> + Clone {
    prop_oneof![8 => 1u64..4, 1 => Just(0), 1 => Just(u64::MAX)]
}

fn target() -> impl Strategy<Value = Target> + Clone {
    prop_oneof![
        3 => (node(), cycle()).prop_map(|(node, cycle)| Target::Submission(node, cycle)),
        1 => (cycle(), 0u8..2).prop_map(|(cycle, attempt)| Target::List(cycle, attempt)),
    ]
}

fn amount() -> impl Strategy<Value = u64> + Clone {
    prop_oneof![6 => 1u64..2_000, 1 => Just(0), 1 => Just(u64::MAX)]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (1u64..45).prop_map(Op::Wait),
        1 => amount().prop_map(Op::Fund),
        1 => any::<bool>().prop_map(Op::SetActive),
        2 => (node(), amount()).prop_map(|(n, a)| Op::Stake(n, a)),
        2 => (node(), amount()).prop_map(|(n, a)| Op::Withdraw(n, a)),
        8 => (node(), cycle(), 0usize..40).prop_map(|(n, c, l)| Op::Submit(n, c, l)),
        6 => (node(), target(), any::<bool>()).prop_map(|(n, t, v)| Op::Audit(n, t, v)),
        3 => target().prop_map(Op::Resolve),
        4 => (node(), cycle(), 0u8..3, amount()).prop_map(|(n, c, a, t)| Op::Propose(n, c, a, t)),
        3 => (cycle(), 0u8..2).prop_map(|(c, a)| Op::Finalize(c, a)),
        3 => (node(), cycle(), 0u8..2, amount()).prop_map(|(n, c, a, t)| Op::Payout(n, c, a, t)),
        1 => node().prop_map(Op::Claim),
        1 => node().prop_map(Op::Compound),
        2 => (node(), target()).prop_map(|(n, t)| Op::CloseVote(n, t)),
        2 => target().prop_map(Op::CloseSubject),
        1 => cycle().prop_map(Op::CloseRound),
        1 => node().prop_map(Op::CloseStake),
    ]
}

/// A stretch of play that gets somewhere, with random instructions in between.
fn script() -> impl Strategy<Value = Vec<Op>> {
    prop::collection::vec(op(), 30..80)
}

fn address_of(world: &World, target: Target) -> Pubkey {
    match target {
        Target::Submission(node, cycle) => world.submission_address(node, cycle),
        Target::List(cycle, attempt) => world.list_address(cycle, attempt),
    }
}

/// The list that proposals and payouts of the script speak of: one entry, so that the total can be
/// any amount.
fn tree(world: &World, cycle: u64, node: usize, amount: u64) -> MerkleTree {
    let list = [(world.nodes[node].pubkey().to_bytes(), amount)];
    MerkleTree::of_list(world.tokens.task.to_bytes(), cycle, &list).unwrap()
}

/// The instruction and who signs it; `None` for one that needs an account that is not there.
fn instruction_of(world: &World, op: &Op) -> Option<(Instruction, Option<usize>)> {
    let (tokens, task) = (world.tokens, world.tokens.task);
    let key = |node: usize| world.nodes[node].pubkey();
    let wallet = |node: usize| world.nodes[node].wallet;
    let manager = &world.manager;
    let subject = |target: Target| {
        let address = address_of(world, target);
        let found = match target {
            Target::Submission(..) => {
                account::fetch::<gradual_consensus::state::Submission>(&world.bank, &address)
                    .unwrap()
                    .map(|submission| submission.subject)
            }
            Target::List(..) => {
                account::fetch::<gradual_consensus::state::DistributionList>(&world.bank, &address)
                    .unwrap()
                    .map(|list| list.subject)
            }
        };
        found.map(|state| (address, state))
    };
    Some(match *op {
        Op::Wait(_) => return None,
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
        Op::Submit(n, cycle, length) => (world.submit_ix(n, cycle, &vec![7; length]), Some(n)),
        Op::Audit(n, target, is_valid) => {
            let address = address_of(world, target);
            let author = subject(target).map_or(key(n), |(_, state)| state.author);
            let (me, author) = (key(n), author);
            (
                instruction::audit(task, address, author, me, me, is_valid),
                Some(n),
            )
        }
        Op::Resolve(target) => {
            let (address, state) = subject(target)?;
            (instruction::resolve_audit(tokens, address, &state), None)
        }
        Op::Propose(n, cycle, attempt, amount) => {
            let proposal = ListProposal {
                merkle_root: tree(world, cycle, n, amount).root(),
                bounty: world.proposal(cycle, &[(n, 1)]).bounty,
                total: amount,
                count: 1,
                uri: "list".into(),
            };
            (world.propose_ix(n, cycle, attempt, proposal), Some(n))
        }
        Op::Finalize(cycle, attempt) => (
            instruction::finalize_distribution(task, cycle, attempt),
            None,
        ),
        Op::Payout(n, cycle, attempt, amount) => {
            let list = account::fetch::<gradual_consensus::state::DistributionList>(
                &world.bank,
                &world.list_address(cycle, attempt),
            );
            // Mostly what was really proposed; else whatever was drawn.
            let (node, amount) = list
                .unwrap()
                .map_or((key(n), amount), |list| (list.subject.author, list.total));
            let entry = Entry {
                node,
                index: 0,
                amount,
                proof: vec![],
            };
            (instruction::payout(task, cycle, attempt, entry), None)
        }
        Op::Claim(n) => (
            instruction::claim_reward(tokens, key(n), wallet(n)),
            Some(n),
        ),
        Op::Compound(n) => (instruction::compound(tokens, key(n)), Some(n)),
        Op::CloseVote(n, target) => {
            let vote = address::vote(&address_of(world, target), &key(n));
            let vote: AuditVote = account::fetch(&world.bank, &vote).unwrap()?;
            (instruction::close_vote(task, &vote), None)
        }
        Op::CloseSubject(target) => {
            let (address, state) = subject(target)?;
            (instruction::close_subject(address, &state), None)
        }
        Op::CloseRound(cycle) => {
            let round = account::fetch(&world.bank, &world.round_address(cycle)).unwrap()?;
            (instruction::close_round(&round), None)
        }
        Op::CloseStake(n) => (instruction::close_stake(task, key(n), key(n)), Some(n)),
    })
}

fn play(world: &World, op: &Op) -> Option<Result<Receipt, LedgerError>> {
    if let Op::Wait(slots) = op {
        world.warp_to(world.slot() + slots);
        return None;
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
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn both_builds_do_the_same(script in script()) {
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
