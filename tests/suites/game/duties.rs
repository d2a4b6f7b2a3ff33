//! What a node does for others and for its own safety: it opens cycles by a draw, resumes and parks, pays
//! absent nodes, judges in an order of its own, and tells what it lost.

use super::runner::{fresh_step, options};
use gradual_consensus::{rules::verdict::Verdict, state::Status};
use gradual_consensus_client::{account::Keyed, amount::Amount};
use gradual_consensus_node::{
    logic::{DistributionCycle, LogicError, Proof, TaskLogic},
    runner::{AUDIT_RATE, Action, CycleView, Fault, NodeRunner, RunnerOptions, Step},
};
use gradual_consensus_testkit::{Build, Echo, STAKE, World, bank::Bank, on_every_build};
use solana_sdk::pubkey::Pubkey;
use std::{cell::RefCell, collections::BTreeSet};

on_every_build! {
    opens_a_cycle_by_a_draw,
    closes_what_is_settled_before_it_opens,
    closes_what_was_audited_once,
    goes_on_where_others_have_left,
    resumes_before_all_else,
    works_on_while_its_parking_is_announced,
    parks_the_idle_once,
    has_equal_shares_paid,
    pays_absent_nodes_in_the_last_round,
    challenges_no_more_than_its_stake_covers,
    answers_a_late_challenge_with_a_slow_logic,
    judges_while_values_come_in,
    begins_to_judge_where_nobody_knows,
    gives_no_value_of_what_fell,
    judges_a_list_without_its_logic_where_it_can,
    tells_a_slash_at_once,
}

fn step(world: &World, node: usize) -> Step {
    fresh_step(world, &world.bank, node, None).unwrap()
}

/// Submits for each of `nodes` what their logic holds valid.
fn submit_all(world: &World, nodes: &[usize]) {
    for &node in nodes {
        let proof = world.nodes[node].pubkey().to_bytes();
        world.submit(node, 1, &proof).unwrap();
    }
}

fn view(world: &World, cycle: u64) -> CycleView {
    let (address, data) = (world.cycle_address(cycle), world.cycle(cycle));
    CycleView::read(&world.bank, Keyed { address, data }).unwrap()
}

/// Of all nodes one opens the cycle; while it sleeps, the next does, within half of a window.
fn opens_a_cycle_by_a_draw(build: Build) {
    let world = World::on(build).start();
    let start = world.schedule().boundary(1).unwrap();
    world.warp_to(start);
    let open = Action::Open { cycle: 1 };
    // Who comes first? Nobody else opens before its turn.
    let first = (0..4).find(|&node| {
        let key = &world.nodes[node].keypair;
        let logic = Echo {
            node: world.nodes[node].pubkey(),
            lies: false,
        };
        let (task, key) = (world.tokens.task, key.insecure_clone());
        let dear = RunnerOptions {
            min_reward: Amount::base_units(u64::MAX),
            ..options(&world, node)
        };
        // With a price that no cycle pays it opens nothing, whatever its turn.
        let mut declined = NodeRunner::new(&world.bank, task, key, logic, dear);
        assert_eq!(declined.step().unwrap().done, []);
        let wakes = step_without(&world, node);
        wakes.is_none()
    });
    let first = first.unwrap();
    let others: Vec<usize> = (0..4).filter(|&node| node != first).collect();
    // It sleeps: each of the others waits for its turn, and the next one in the draw opens.
    let mut turns: Vec<u64> = others
        .iter()
        .map(|&node| step_without(&world, node).unwrap())
        .collect();
    turns.sort_unstable();
    assert!(turns.windows(2).all(|pair| pair[0] < pair[1]), "{turns:?}");
    assert!(turns[2] <= start + 20, "{turns:?}");
    world.warp_to(turns[0]);
    let done: Vec<_> = others.iter().map(|&node| step(&world, node)).collect();
    assert!(done.iter().all(|step| step.failed.is_empty()));
    let opened = done.iter().filter(|step| step.done == [open]).count();
    assert_eq!(opened, 1);
    assert!(done.iter().any(|step| step.work == Some(1)));
    // The first one wakes and finds it done.
    let late = step(&world, first);
    assert_eq!((late.done, late.work), (vec![], Some(1)));
}

/// When `node` looks again, if it does not open the cycle at once. The world stays as it is: the node's
/// turn is read from a ledger on which it cannot send.
fn step_without(world: &World, node: usize) -> Option<u64> {
    use gradual_consensus_client::ledger::{LedgerError, Tap, Tapped};
    use solana_sdk::{instruction::Instruction, signature::Keypair};
    struct Deaf;
    impl Tap for Deaf {
        fn before_send<'a>(
            &'a self,
            _: &[Instruction],
            _: &mut Vec<&'a Keypair>,
        ) -> Result<(), LedgerError> {
            Err(LedgerError::Unavailable("it takes nothing".into()))
        }
    }
    let ledger = Tapped {
        ledger: &world.bank,
        tap: Deaf,
    };
    fresh_step(world, &ledger, node, None)
        .ok()
        .map(|step| step.wake_at)
}

/// The rest of an old cycle's bounty pays the new one: it is closed first, in the same step.
fn closes_what_is_settled_before_it_opens(build: Build) {
    // One bounty for two cycles; the first has no submissions.
    let world = World::on(build).bounty(10_000).start_active();
    world.warp_to_round(3);
    assert_eq!(world.task().bounty_available, 0);
    let step = step(&world, 0);
    assert_eq!(step.failed, []);
    let (closed, opened) = (Action::CloseCycle { cycle: 1 }, Action::Open { cycle: 3 });
    assert_eq!(step.done.first(), Some(&closed));
    // Its own turn may be later.
    world.warp_to(world.schedule().boundary(3).unwrap() + 20);
    let later = fresh_step(&world, &world.bank, 0, None).unwrap();
    assert!(step.done.contains(&opened) || later.done == [opened]);
}

/// A runner of `node` that works for no cycle and proposes nothing: what it closes waits for no submission.
fn idle_runner(world: &World, node: usize, audit_rate: u32) -> NodeRunner<'_, Bank, Echo> {
    let person = &world.nodes[node];
    let logic = Echo {
        node: person.pubkey(),
        lies: false,
    };
    let options = RunnerOptions {
        propose: false,
        min_reward: Amount::base_units(u64::MAX),
        audit_rate,
        ..options(world, node)
    };
    let key = person.keypair.insecure_clone();
    NodeRunner::new(&world.bank, world.tokens.task, key, logic, options)
}

/// A submission whose audit is decided is remembered, and closed once all the same.
fn closes_what_was_audited_once(build: Build) {
    let world = World::on(build).start_active();
    submit_all(&world, &[0, 1, 2, 3]);
    let subject = world.submission_address(1, 1);
    world.warp_to_audit(2);
    world.audit(3, subject, false).unwrap();
    for voter in [0, 2] {
        world.audit(voter, subject, true).unwrap();
    }
    world.warp_past_audit(2);
    world.resolve(subject).unwrap();
    for voter in [0, 2, 3] {
        world.close_vote(subject, voter).unwrap();
    }
    let mut runner = idle_runner(&world, 1, AUDIT_RATE);
    runner.step().unwrap();
    // No attempt was made: the cycle has failed.
    let last = world.task().last_attempt_round(1).unwrap();
    world.warp_to_round(last + 1);
    let close = Action::CloseSubject { subject };
    let step = runner.step().unwrap();
    assert!(step.done.contains(&close), "{step:?}");
    assert!(world.is_gone(&subject));
    let step = runner.step().unwrap();
    assert_eq!(
        (step.done, step.failed, step.found),
        (vec![], vec![], vec![])
    );
}

/// A node that was away for the whole claim window knew all submissions of a cycle, and most of them are closed
/// when it is back: their list cannot be recomputed, which stops nothing else.
fn goes_on_where_others_have_left(build: Build) {
    let world = World::on(build).start_active();
    submit_all(&world, &[0, 1, 2, 3]);
    world.warp_to_audit(2);
    // It lists the submissions, and reads no value.
    let mut runner = idle_runner(&world, 1, 0);
    runner.step().unwrap();
    world.warp_to_last_submission(3);
    let list = [(0, 100), (1, 100), (2, 100), (3, 100)];
    world.propose(0, 1, 0, &list).unwrap();
    world.warp_past_audit(3);
    world.finalize(1, 0).unwrap();
    let claim_window = world.task().claim_window;
    world.warp_to_round(3 + claim_window + 1);
    for (index, node) in [(0, 0), (2, 2), (3, 3)] {
        world.payout(1, 0, &list, index).unwrap();
        let submission = world.submission_address(node, 1);
        world.close_subject(submission).unwrap();
    }
    let subject = world.submission_address(1, 1);
    let step = runner.step().unwrap();
    assert!(step.done.contains(&Action::CloseSubject { subject }));
}

/// Terms under which idle stake is parked after one round.
fn parking(build: Build) -> World {
    World::on(build)
        .params(|params| {
            params.idle_rounds = 1;
            params.allowed_failed_distributions = 0;
        })
        .start()
}

/// A parked node resumes in its first transaction, alone, and even if all else fails.
fn resumes_before_all_else(build: Build) {
    let world = parking(build);
    world.warp_to_round(2);
    world.park(0).unwrap();
    world.warp_to_round(4);
    assert_eq!(world.node_stake(0).stake.at(4).active(), 0);
    let done = step(&world, 0);
    assert_eq!(
        (done.done.first(), done.failed.len()),
        (Some(&Action::Resume), 0)
    );
    assert!(!world.node_stake(0).stake.is_parked());
    assert_eq!(world.node_stake(0).stake.at(6).active(), STAKE);
    let again = step(&world, 0);
    assert!(!again.done.contains(&Action::Resume));
}

/// Parking has no effect in the round of its notice: the node resumes and goes on without a gap.
fn works_on_while_its_parking_is_announced(build: Build) {
    let world = parking(build);
    world.warp_to_round(2);
    world.begin_cycle(1, 2);
    world.park(0).unwrap();
    let done = step(&world, 0);
    assert_eq!(done.failed, []);
    assert_eq!(
        done.done[..2],
        [Action::Resume, Action::Submit { cycle: 2 }]
    );
    for round in 3..7 {
        assert_eq!(world.node_stake(0).stake.at(round).active(), STAKE);
    }
}

/// A node that is awake parks those that sleep, and nobody that it parked already.
fn parks_the_idle_once(build: Build) {
    let world = parking(build);
    for round in 1..3 {
        world.warp_to(world.schedule().boundary(round).unwrap() + 20);
        let done = step(&world, 0);
        assert_eq!(done.failed, []);
        let parked: Vec<_> = done
            .done
            .iter()
            .filter(|action| matches!(action, Action::Park { .. }))
            .collect();
        assert_eq!(parked.len(), if round == 2 { 2 } else { 0 });
        assert!(
            !step(&world, 1)
                .done
                .iter()
                .any(|action| matches!(action, Action::Park { .. }))
        );
        // Node 1 was awake lately.
        if round == 1 {
            world.stake(1, 1).unwrap();
            world.park(1).unwrap_err();
        }
    }
    assert!(world.node_stake(2).stake.is_parked());
    assert!(!world.node_stake(0).stake.is_parked());
}

/// Every attempt failed, and pay is equal: each has its share paid, and in the last round of the claim
/// window somebody has those paid that sleep.
fn has_equal_shares_paid(build: Build) {
    let world = World::on(build)
        .params(|params| {
            params.equal_shares = true;
            params.allowed_failed_distributions = 0;
        })
        .start_active();
    submit_all(&world, &[0, 1, 2, 3]);
    world.warp_past_audit(3);
    let early = step(&world, 0);
    assert!(!early.done.iter().any(is_equal));
    // Attempt 0 was in round 3; the claim window is two rounds more.
    world.warp_to_round(4);
    let node = world.nodes[0].pubkey();
    let done = step(&world, 0);
    assert!(done.done.contains(&Action::PayoutEqual { cycle: 1, node }));
    assert_eq!(
        done.done.iter().filter(|action| is_equal(action)).count(),
        1
    );
    assert_eq!(world.node_stake(0).earned, 2_500);
    assert_eq!(world.node_stake(0).claimed, 2_500);

    world.warp_to(world.schedule().audit_window(5).unwrap().end);
    let done = step(&world, 0);
    assert_eq!(done.failed, []);
    assert_eq!(
        done.done.iter().filter(|action| is_equal(action)).count(),
        3
    );
    assert!((0..4).all(|node| world.node_stake(node).earned == 2_500));
    world.check_books();
}

fn is_equal(action: &Action) -> bool {
    matches!(action, Action::PayoutEqual { .. })
}

/// Entries of an accepted list that are not paid when the claim window ends never are: in its last round
/// whoever is awake has them paid.
fn pays_absent_nodes_in_the_last_round(build: Build) {
    let world = World::on(build).start_active();
    submit_all(&world, &[0, 1, 2, 3]);
    world.warp_to_last_submission(3);
    let shares = [(0, 2_500), (1, 2_500), (2, 2_500), (3, 2_500)];
    // The list goes by addresses, as the logic's does.
    let mut shares = shares.to_vec();
    shares.sort_by_key(|&(node, _)| world.nodes[node].pubkey());
    world.propose(1, 1, 0, &shares).unwrap();
    world.warp_past_audit(3);
    world.finalize(1, 0).unwrap();
    let paid = |done: &Step| {
        let is_payout = |action: &&Action| matches!(action, Action::Payout { .. });
        done.done.iter().filter(is_payout).count()
    };
    assert_eq!(paid(&step(&world, 0)), 1);
    world.warp_to_round(4);
    assert_eq!(paid(&step(&world, 0)), 0);
    world.warp_to_round(5);
    assert_eq!(paid(&step(&world, 0)), 0, "they may still come");
    world.warp_to(world.schedule().audit_window(5).unwrap().end);
    assert_eq!(paid(&step(&world, 0)), 3);
    assert!((0..4).all(|node| world.node_stake(node).earned == 2_500));
    assert_eq!(paid(&step(&world, 1)), 0);
}

/// Five false submissions at once are all that a stake covers by the default terms. Before it challenges
/// more, its old audits are resolved.
fn challenges_no_more_than_its_stake_covers(build: Build) {
    let world = World::on(build).stakes(&[STAKE; 8]).start_active();
    for node in 1..8 {
        world.submit(node, 1, &[0]).unwrap();
    }
    world.warp_to_audit(2);
    let done = step(&world, 0);
    assert_eq!(done.failed, []);
    let challenged = |action: &&Action| matches!(action, Action::Audit { .. });
    assert_eq!(done.done.iter().filter(challenged).count(), 5);
    assert_eq!(world.node_stake(0).open_challenges, 5);
    let again = step(&world, 0);
    assert_eq!((again.done, again.failed), (vec![], vec![]));
    world.warp_past_audit(2);
    let done = step(&world, 0);
    let resolved = |action: &&Action| matches!(action, Action::Resolve { .. });
    assert_eq!(done.done.iter().filter(resolved).count(), 5);
    assert_eq!(world.node_stake(0).open_challenges, 0);
}

/// A logic that takes three slots for each submission, and remembers what it was asked.
struct Slow<'a> {
    world: &'a World,
    slots: u64,
    asked: &'a RefCell<Vec<Proof>>,
    /// What else happens while it thinks, once it was asked so often.
    meanwhile: &'a dyn Fn(usize),
}

impl TaskLogic for Slow<'_> {
    fn work(&mut self, _: u64) -> Result<Vec<u8>, LogicError> {
        Err("not asked".into())
    }

    fn audit(&mut self, proof: &Proof) -> Result<bool, LogicError> {
        self.world.warp_to(self.world.slot() + self.slots);
        self.asked.borrow_mut().push(proof.clone());
        (self.meanwhile)(self.asked.borrow().len());
        Ok(true)
    }

    fn distribution(
        &mut self,
        _: &DistributionCycle,
        _: &[Proof],
        _: &[bool],
    ) -> Result<Vec<(Pubkey, u64)>, LogicError> {
        Err("a value made it fail".into())
    }
}

fn slow_step(
    world: &World,
    node: usize,
    slots: u64,
    meanwhile: &dyn Fn(usize),
) -> (Step, Vec<Proof>) {
    let asked = RefCell::default();
    let logic = Slow {
        world,
        slots,
        asked: &asked,
        meanwhile,
    };
    let key = world.nodes[node].keypair.insecure_clone();
    // With a price that no cycle pays it opens nothing.
    let options = RunnerOptions {
        min_reward: Amount::base_units(u64::MAX),
        ..options(world, node)
    };
    let step = NodeRunner::new(&world.bank, world.tokens.task, key, logic, options).step();
    (step.unwrap(), asked.into_inner())
}

/// A challenge that is opened while the logic thinks about other submissions is answered before it thinks
/// about the rest.
fn answers_a_late_challenge_with_a_slow_logic(build: Build) {
    let world = World::on(build).stakes(&[STAKE; 8]).start_active();
    submit_all(&world, &[1, 2, 3, 4, 5, 6]);
    world.warp_to_audit(2);
    let victim = RefCell::new(None);
    let challenge = |asked: usize| {
        if asked == 1 {
            // One that node 0 has not judged: whichever comes last in its order is one of these.
            let subject = world.submission_address(6, 1);
            world.audit(7, subject, false).unwrap();
            victim.replace(Some(subject));
        }
    };
    let (step, asked) = slow_step(&world, 0, 6, &challenge);
    let subject = victim.into_inner().unwrap();
    assert_eq!(
        step.done,
        [Action::Audit {
            subject,
            is_valid: true
        }],
        "{:?}",
        step.failed
    );
    let defended = asked
        .iter()
        .position(|proof| proof.node == world.nodes[6].pubkey());
    assert!(defended.unwrap() <= 1, "it was judged first or next");
}

/// Values are public as soon as they are submitted: they are judged in the submission window.
fn judges_while_values_come_in(build: Build) {
    let world = World::on(build).stakes(&[STAKE; 4]).start_active();
    submit_all(&world, &[1, 2, 3]);
    world.warp_to(world.slot() + 20);
    let (step, asked) = slow_step(&world, 0, 0, &|_| ());
    assert!(step.done.is_empty());
    assert_eq!(asked.len(), 3);
}

/// While values come in, each node judges them in the order of addresses, beginning at a place of its own: where all are slow,
/// they do not all leave out the same.
fn begins_to_judge_where_nobody_knows(build: Build) {
    let world = World::on(build).stakes(&[STAKE; 16]).start_active();
    let (judges, submitters) = (0..8, [8, 9, 10, 11, 12, 13, 14, 15]);
    submit_all(&world, &submitters);
    world.warp_to(world.slot() + 20);
    let address_of = |proof: &Proof| {
        let is_author = |node: &usize| world.nodes[*node].pubkey() == proof.node;
        let author = submitters.into_iter().find(is_author).unwrap();
        world.submission_address(author, 1)
    };
    let firsts = judges.map(|judge| {
        let (_, asked) = slow_step(&world, judge, 0, &|_| ());
        let mut order: Vec<Pubkey> = asked.iter().map(address_of).collect();
        let first = order[0];
        let least = (0..order.len()).min_by_key(|&place| order[place]);
        order.rotate_left(least.unwrap());
        assert!(order.is_sorted() && order.len() == submitters.len());
        first
    });
    let firsts: BTreeSet<Pubkey> = firsts.collect();
    assert!(firsts.len() > 2, "{firsts:?}");
}

/// Who fell is on the ledger. A value of theirs reaches no distribution.
fn gives_no_value_of_what_fell(build: Build) {
    let world = World::on(build).start_active();
    submit_all(&world, &[0, 1, 2]);
    world.submit(3, 1, b"poison").unwrap();
    let subject = world.submission_address(3, 1);
    world.warp_to_audit(2);
    let judged = |of: u64| {
        let cycle = view(&world, of);
        let found = cycle.read_proofs(&world.bank, &world.task());
        let (proofs, stand) = found.unwrap().unwrap();
        let own = world.nodes[3].pubkey();
        let at = proofs.iter().position(|proof| proof.node == own).unwrap();
        assert_eq!(
            stand.iter().filter(|&&stands| stands).count(),
            3 + usize::from(stand[at])
        );
        (proofs[at].value.clone(), stand[at])
    };
    world.audit(0, subject, false).unwrap();
    // 1 of 4 is below the quorum; 2 are no more than half, but more than it and its author.
    assert_eq!(judged(1), (b"poison".to_vec(), true));
    world.audit(1, subject, false).unwrap();
    assert_eq!(judged(1), (vec![], false));
    world.warp_past_audit(2);
    world.resolve(subject).unwrap();
    assert_eq!(
        world.subject(&subject).audit.verdict(),
        Some(Verdict::Undecided)
    );
    assert_eq!(world.subject(&subject).status(), Status::Invalid);
    assert_eq!(judged(1), (vec![], false));
}

/// Its logic fails, but the ledger says that a list pays more nodes than can be paid.
fn judges_a_list_without_its_logic_where_it_can(build: Build) {
    for too_many in [false, true] {
        let world = World::on(build.clone()).start_active();
        submit_all(&world, &[0, 1, 2]);
        world.submit(3, 1, b"false").unwrap();
        world.warp_to_audit(2);
        let fallen = world.submission_address(3, 1);
        for node in 0..3 {
            world.audit(node, fallen, false).unwrap();
        }
        world.warp_past_audit(2);
        world.resolve(fallen).unwrap();
        world.warp_to_last_submission(3);
        let list: Vec<_> = (0..3 + usize::from(too_many))
            .map(|node| (node, 100))
            .collect();
        world.propose(1, 1, 0, &list).unwrap();
        world.warp_to_audit(3);
        let (step, _) = slow_step(&world, 0, 0, &|_| ());
        let subject = world.list_address(1, 0);
        let challenge = Action::Audit {
            subject,
            is_valid: false,
        };
        assert_eq!(step.done.contains(&challenge), too_many);
        assert_eq!(
            step.failed.iter().any(|(failed, _)| *failed == challenge),
            !too_many
        );
    }
}

/// A node that was slashed is told by the next step, once, for what and how much.
fn tells_a_slash_at_once(build: Build) {
    let world = World::on(build).start_active();
    submit_all(&world, &[1, 2, 3]);
    world.submit(0, 1, b"false").unwrap();
    let subject = world.submission_address(0, 1);
    world.warp_to_audit(2);
    for node in 1..4 {
        world.audit(node, subject, false).unwrap();
    }
    let logic = Echo {
        node: world.nodes[0].pubkey(),
        lies: true,
    };
    let key = world.nodes[0].keypair.insecure_clone();
    let (task, options) = (world.tokens.task, options(&world, 0));
    let mut runner = NodeRunner::new(&world.bank, task, key, logic, options);
    assert_eq!(runner.step().unwrap().slashes, []);
    world.warp_past_audit(2);
    world.resolve(subject).unwrap();
    let step = runner.step().unwrap();
    let [slash] = step.slashes.as_slice() else {
        panic!("{:?}", step.slashes);
    };
    assert_eq!(
        (slash.fault, slash.subject, slash.cycle, slash.amount),
        (Fault::Submission, subject, 1, STAKE * 7 / 10)
    );
    assert!(
        slash.reason().contains(&(3 * STAKE).to_string()),
        "{}",
        slash.reason()
    );
    assert_eq!(runner.step().unwrap().slashes, []);
}
