//! Random instructions, valid and not, on both builds side by side: same results, same errors, same
//! bytes in every account.

use gradual_consensus::{
    ListProposal, TaskParams, TaskTexts, rules::merkle::MerkleTree, state::Subject,
};
use gradual_consensus_client::{
    books::Books,
    instruction::{self, Entry},
    ledger::{LedgerError, Receipt},
};
use gradual_consensus_testkit::{
    Build, LAMPORTS, NewTask, World, bank::upgrade_authority, config_manager, sbf_build,
};
use proptest::{prelude::*, sample::Index};
use solana_sdk::{instruction::Instruction, pubkey::Pubkey, signature::Signer};

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
    OpenCycle(usize, u64),
    Submit(usize, u64, usize),
    Park(usize),
    Resume(usize),
    Audit(usize, Index, bool),
    Resolve(Index),
    Propose(usize, Index, u8, u64),
    Finalize(Index),
    Payout(Index, u64),
    PayoutEqual(Index),
    Claim(usize),
    Compound(usize),
    CloseVote(Index),
    CloseSubject(Index),
    CloseCycle(Index),
    CloseStake(usize),
    SetPaused(bool),
    Reconfigure(bool),
    Admin(usize),
    ConfigManager(usize, bool),
    Allowlist(bool),
    OfferTask(usize),
    AcceptTask(usize),
    MigrateTask,
    MigrateStake(usize),
    CloseTask,
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
        10 => (node(), skew()).prop_map(|(n, s)| Op::OpenCycle(n, s)),
        12 => (node(), skew(), 0usize..40).prop_map(|(n, s, l)| Op::Submit(n, s, l)),
        2 => node().prop_map(Op::Park),
        2 => node().prop_map(Op::Resume),
        12 => (node(), pick(), prop::bool::weighted(0.3)).prop_map(|(n, p, v)| Op::Audit(n, p, v)),
        5 => pick().prop_map(Op::Resolve),
        8 => (node(), pick(), 0u8..5, amount()).prop_map(|(n, p, s, t)| Op::Propose(n, p, s, t)),
        5 => pick().prop_map(Op::Finalize),
        5 => (pick(), skew()).prop_map(|(p, s)| Op::Payout(p, s)),
        4 => pick().prop_map(Op::PayoutEqual),
        2 => node().prop_map(Op::Claim),
        2 => node().prop_map(Op::Compound),
        5 => pick().prop_map(Op::CloseVote),
        5 => pick().prop_map(Op::CloseSubject),
        2 => pick().prop_map(Op::CloseCycle),
        1 => node().prop_map(Op::CloseStake),
        2 => governance(),
    ]
}

fn governance() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => prop::bool::weighted(0.3).prop_map(Op::SetPaused),
        1 => any::<bool>().prop_map(Op::Reconfigure),
        1 => (0usize..3).prop_map(Op::Admin),
        2 => (0usize..3, any::<bool>()).prop_map(|(m, add)| Op::ConfigManager(m, add)),
        1 => any::<bool>().prop_map(Op::Allowlist),
        1 => node().prop_map(Op::OfferTask),
        1 => node().prop_map(Op::AcceptTask),
        1 => Just(Op::MigrateTask),
        3 => node().prop_map(Op::MigrateStake),
        1 => Just(Op::CloseTask),
    ]
}

/// The terms of the successor that the script's task may have.
fn successors_terms(world: &World) -> NewTask {
    NewTask {
        creator: world.manager.pubkey(),
        task_id: 2,
        mint: world.tokens.mint,
        token_program: world.tokens.token_program,
        params: TaskParams {
            starting_slot: 400,
            ..world.params
        },
        texts: TaskTexts::default(),
    }
}

/// Where it lives.
fn successor(world: &World) -> Pubkey {
    successors_terms(world).tokens().task
}

/// What the upgrade authority, the admin or the managers of the config do; `None` for all else.
fn govern(world: &World, op: &Op) -> Option<Result<Receipt, LedgerError>> {
    let (admin, others) = (upgrade_authority(), [0, 1, 2].map(config_manager));
    let me = admin.pubkey();
    let manager = |number: usize| others[number].pubkey();
    Some(match *op {
        Op::SetPaused(is_paused) => world.set_paused(is_paused),
        Op::Reconfigure(false) => world.send(&[instruction::close_config(me, me)], &[&admin]),
        Op::Reconfigure(true) => world
            .bank
            .initialize_config(&admin, config_manager(0).pubkey()),
        Op::Admin(to) => {
            let there = instruction::propose_admin(me, manager(to));
            let back = instruction::propose_admin(manager(to), me);
            let accept = [manager(to), me].map(instruction::accept_admin);
            let [accept, accept_back] = accept;
            let all = [there, accept, back, accept_back];
            world.send(&all, &[&admin, &others[to]])
        }
        Op::ConfigManager(number, add) => {
            let change = if add {
                instruction::insert_manager
            } else {
                instruction::remove_manager
            };
            let second = (number > 0).then(|| manager(1));
            let signers = [&others[0], &others[1]];
            let signers = &signers[..1 + usize::from(number > 0)];
            world.send(&[change(manager(0), second, manager(number))], signers)
        }
        Op::Allowlist(is_allowlisted) => {
            let task = world.task_address();
            let set = instruction::allowlist_task(task, manager(0), is_allowlisted);
            world.send(&[set], &[&others[0]])
        }
        _ => return None,
    })
}

fn picked<T>(from: &[T], pick: Index) -> Option<&T> {
    (!from.is_empty()).then(|| pick.get(from))
}

/// The list that proposals and payouts of the script speak of: one entry, so that the total can be
/// any amount.
fn tree(world: &World, cycle: u64, node: &Pubkey, amount: u64) -> MerkleTree {
    let list = [(node.to_bytes(), amount)];
    MerkleTree::of_list(world.tokens.task.to_bytes(), cycle, list).unwrap()
}

/// An instruction and who signs it.
type Signed = (Instruction, Option<usize>);

/// A world, and what its books hold at the moment.
struct Moment<'a> {
    world: &'a World,
    books: Books,
    now: u64,
}

/// The instruction and who signs it; `None` where there is nothing yet to do it to.
fn instruction_of(world: &World, op: &Op) -> Option<Signed> {
    let books = Books::read(&world.bank, &world.tokens.task).unwrap()?;
    let now = books.task.data.current_round(world.slot());
    let moment = Moment { world, books, now };
    match op {
        Op::NextEdge
        | Op::Wait(_)
        | Op::SetPaused(_)
        | Op::Reconfigure(_)
        | Op::Admin(_)
        | Op::ConfigManager(..)
        | Op::Allowlist(_) => None,
        Op::Fund(..)
        | Op::SetActive(..)
        | Op::OfferTask(..)
        | Op::AcceptTask(..)
        | Op::MigrateTask
        | Op::CloseTask => moment.task(op),
        Op::Stake(..)
        | Op::Withdraw(..)
        | Op::Park(..)
        | Op::Resume(..)
        | Op::Claim(..)
        | Op::Compound(..)
        | Op::CloseStake(..)
        | Op::MigrateStake(..) => moment.stake(op),
        Op::OpenCycle(..)
        | Op::Submit(..)
        | Op::Audit(..)
        | Op::Resolve(..)
        | Op::CloseVote(..) => moment.work_or_audit(op),
        Op::Propose(..)
        | Op::Finalize(..)
        | Op::Payout(..)
        | Op::PayoutEqual(..)
        | Op::CloseSubject(..)
        | Op::CloseCycle(..) => moment.distribution(op),
    }
}

impl Moment<'_> {
    fn key(&self, node: usize) -> Pubkey {
        self.world.nodes[node].pubkey()
    }

    fn wallet(&self, node: usize) -> Pubkey {
        self.world.nodes[node].wallet
    }

    fn subjects(&self) -> Vec<(Pubkey, Subject)> {
        let submissions = self.books.submissions.iter();
        let submissions = submissions.map(|s| (s.address, s.data.header.subject));
        let lists = self.books.lists.iter().map(|l| (l.address, l.data.subject));
        submissions.chain(lists).collect()
    }

    fn task(&self, op: &Op) -> Option<Signed> {
        let world = self.world;
        let tokens = self.world.tokens;
        let task = self.world.tokens.task;
        let manager = &self.world.manager;
        Some(match *op {
            Op::Fund(amount) => (
                instruction::fund_task(tokens, manager.pubkey(), manager.wallet, amount),
                None,
            ),
            Op::SetActive(active) => (
                instruction::set_active(task, manager.pubkey(), active),
                None,
            ),
            Op::OfferTask(n) => (
                instruction::propose_manager(task, manager.pubkey(), self.key(n)),
                None,
            ),
            Op::AcceptTask(n) => (instruction::accept_manager(task, self.key(n)), Some(n)),
            Op::MigrateTask => (
                instruction::migrate_task(tokens, successor(world), manager.pubkey()),
                None,
            ),
            Op::CloseTask => {
                let me = manager.pubkey();
                let close =
                    instruction::close_task(task, &self.books.task.data, me, manager.wallet);
                (close, None)
            }
            _ => unreachable!("an instruction of another room"),
        })
    }

    fn stake(&self, op: &Op) -> Option<Signed> {
        let world = self.world;
        let tokens = self.world.tokens;
        let task = self.world.tokens.task;
        Some(match *op {
            Op::Stake(n, amount) => (
                instruction::stake(
                    tokens,
                    self.key(n),
                    self.key(n),
                    self.wallet(n),
                    amount,
                    None,
                ),
                Some(n),
            ),
            Op::Withdraw(n, amount) => (
                instruction::withdraw(tokens, self.key(n), self.wallet(n), amount),
                Some(n),
            ),
            Op::Park(n) => (instruction::park_stake(task, self.key(n)), None),
            Op::Resume(n) => (instruction::resume_stake(task, self.key(n)), Some(n)),
            Op::Claim(n) => (
                instruction::claim_reward(tokens, self.key(n), self.wallet(n)),
                Some(n),
            ),
            Op::Compound(n) => (instruction::compound(tokens, self.key(n)), Some(n)),
            Op::CloseStake(n) => {
                // Anyone may, once the task is inactive.
                let active = self.books.task.data.is_active == 1;
                let closer = if active { n } else { (n + 1) % NODES };
                let close =
                    instruction::close_stake(task, self.key(n), self.key(n), self.key(closer));
                (close, Some(closer))
            }
            Op::MigrateStake(n) => (
                instruction::migrate_stake(tokens, successor(world), self.key(n), self.key(n)),
                Some(n),
            ),
            _ => unreachable!("an instruction of another room"),
        })
    }

    fn work_or_audit(&self, op: &Op) -> Option<Signed> {
        let world = self.world;
        let tokens = self.world.tokens;
        let task = self.world.tokens.task;
        Some(match *op {
            Op::OpenCycle(n, skew) => {
                let cycle = self.now.wrapping_add(skew);
                (world.open_cycle_ix(n, cycle), Some(n))
            }
            Op::Submit(n, skew, length) => {
                let cycle = self.now.wrapping_sub(1).wrapping_add(skew);
                (world.submit_ix(n, cycle, &vec![7; length]), Some(n))
            }
            Op::Audit(n, pick, is_valid) => {
                let subjects = self.subjects();
                let (address, state) = picked(&subjects, pick)?;
                let me = self.key(n);
                let vote = instruction::audit(task, *address, state.author, me, me, is_valid);
                (vote, Some(n))
            }
            Op::Resolve(pick) => {
                let subjects = self.subjects();
                let (address, state) = picked(&subjects, pick)?;
                (instruction::resolve_audit(tokens, *address, state), None)
            }
            Op::CloseVote(pick) => {
                let vote = picked(&self.books.votes, pick)?;
                (instruction::close_vote(task, &vote.data), None)
            }
            _ => unreachable!("an instruction of another room"),
        })
    }

    fn distribution(&self, op: &Op) -> Option<Signed> {
        let world = self.world;
        let task = self.world.tokens.task;
        Some(match *op {
            Op::Propose(n, pick, skew, amount) => {
                let cycle = picked(&self.books.cycles, pick)?.data.number;
                let attempt = self.now.saturating_sub(cycle + 2) as u8 + skew / 4;
                let proposal = ListProposal {
                    merkle_root: tree(world, cycle, &self.key(n), amount).root(),
                    total: amount,
                    count: 1,
                    uri: "list".into(),
                };
                (world.propose_ix(n, cycle, attempt, proposal), Some(n))
            }
            Op::Finalize(pick) => {
                let list = &picked(&self.books.lists, pick)?.data;
                let (cycle, attempt) = (list.subject.cycle_number, list.attempt);
                (
                    instruction::finalize_distribution(task, cycle, attempt),
                    None,
                )
            }
            Op::Payout(pick, skew) => {
                let list = &picked(&self.books.lists, pick)?.data;
                let entry = Entry {
                    node: list.subject.author,
                    index: 0,
                    amount: list.total.wrapping_add(skew),
                    proof: vec![],
                };
                let (cycle, attempt) = (list.subject.cycle_number, list.attempt);
                (instruction::payout(task, cycle, attempt, entry), None)
            }
            Op::PayoutEqual(pick) => {
                let submission = picked(&self.books.submissions, pick)?.data.header.subject;
                let (cycle, node) = (submission.cycle_number, submission.author);
                (instruction::payout_equal(task, cycle, node), None)
            }
            Op::CloseSubject(pick) => {
                let subjects = self.subjects();
                let (address, state) = picked(&subjects, pick)?;
                (instruction::close_subject(*address, state), None)
            }
            Op::CloseCycle(pick) => {
                let cycle = picked(&self.books.cycles, pick)?;
                (instruction::close_cycle(&cycle.data), None)
            }
            _ => unreachable!("an instruction of another room"),
        })
    }
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
    if let Some(result) = govern(world, op) {
        return Some(result);
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
        Some(Err(error)) => panic!("{error}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn both_builds_do_the_same(script in prop::collection::vec(op(), 60..160)) {
        let worlds = [Build::Native, sbf_build()]
            .map(|build| {
                let world = World::on(build).params(|params| {
                    params.idle_rounds = 1;
                    params.equal_shares = true;
                    params.allowed_failed_distributions = 1;
                });
                world.stakes(&[1_000, 800, 300]).start_active()
            });
        for world in &worlds {
            world.crank(successors_terms(world).create()).unwrap();
            world.bank.airdrop(&config_manager(2).pubkey(), LAMPORTS);
        }
        for op in &script {
            let [native, binary] = worlds.each_ref().map(|world| outcome(play(world, op)));
            prop_assert_eq!(native, binary, "{:?}", op);
            let [native, binary] = worlds.each_ref().map(World::snapshot);
            prop_assert_eq!(native, binary, "{:?}", op);
        }
    }
}
