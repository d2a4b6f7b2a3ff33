//! Whole cycles, from the first deposit until nothing is left.

use anchor_lang::error::ErrorCode;
use gradual_consensus::{GradualError, state::Status};
use gradual_consensus_client::{address, instruction};
use gradual_consensus_node::logic::{Proof, equal_shares};
use gradual_consensus_testkit::{
    BOUNTY, Build, LAMPORTS, Money, STAKE, WALLET, World, assert_refused, assert_refused_with_code,
    on_every_build,
    suite::{
        CYCLE, EVERYBODY, SHARES, accept, accepted, close_all, distribute, others, pay_all,
        propose_among, propose_first, propose_now, proposed, reject, reviewed, somebody, vote,
    },
};
use solana_sdk::{
    instruction::Instruction,
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};

on_every_build! {
    an_honest_cycle_pays_everybody_and_leaves_nothing_behind,
    a_disputed_cycle_leaves_nothing_behind_either,
    overlapping_cycles_keep_exact_books,
    after_a_rejected_list_another_nodes_list_is_paid,
    when_every_attempt_fails_the_bounty_is_intact,
    a_claim_window_that_runs_out_returns_the_unpaid_rest,
    a_late_payout_is_made_while_the_list_is_open,
    an_absent_node_blocks_nobody,
    what_equal_shares_leave_stays_in_the_bounty,
    donations_to_the_pots_change_nothing,
    donations_are_not_divided,
    donations_change_no_share,
}

/// Four nodes, and somebody who pays the rent of all they open, and nothing else.
struct Sponsored {
    world: World,
    sponsor: Keypair,
}

impl Sponsored {
    fn start(build: Build) -> Self {
        let world = World::on(build).stakes(&[0; 4]).start();
        let sponsor = somebody(&world, "sponsor");
        let sponsored = Self { world, sponsor };
        let payer = sponsored.sponsor.pubkey();
        let tokens = sponsored.world.tokens;
        for node in EVERYBODY {
            let (key, wallet) = sponsored.node(node);
            sponsored.act(
                node,
                instruction::stake(tokens, key, payer, wallet, STAKE, None),
            );
        }
        sponsored
    }

    fn node(&self, node: usize) -> (Pubkey, Pubkey) {
        (
            self.world.nodes[node].pubkey(),
            self.world.nodes[node].wallet,
        )
    }

    fn act(&self, node: usize, instruction: Instruction) {
        let signers = [&self.world.nodes[node].keypair, &self.sponsor];
        self.world.send(&[instruction], &signers).unwrap();
    }

    fn submit_all(&self) {
        let (task, payer) = (self.world.task_address(), self.sponsor.pubkey());
        self.world.warp_to_round(1);
        let (opener, _) = self.node(0);
        self.act(0, instruction::open_cycle(task, opener, payer, CYCLE));
        self.world.warp_to_round(2);
        for node in EVERYBODY {
            let (key, _) = self.node(node);
            self.act(
                node,
                instruction::submit(task, key, payer, CYCLE, b"proof".to_vec()),
            );
        }
    }

    fn audit(&self, voter: usize, author: usize, is_valid: bool) {
        let (task, payer) = (self.world.task_address(), self.sponsor.pubkey());
        let subject = self.world.submission_address(author, CYCLE);
        let ((author, _), (voter_key, _)) = (self.node(author), self.node(voter));
        self.act(
            voter,
            instruction::audit(task, subject, author, voter_key, payer, is_valid),
        );
    }

    fn propose(&self, among: &[usize], entries: &[(usize, u64)]) {
        let world = &self.world;
        world.warp_to_round(3);
        let (proposer, slot) = world.first_proposer(among, CYCLE, 0);
        world.warp_to(slot);
        let (task, payer) = (world.task_address(), self.sponsor.pubkey());
        let (key, _) = self.node(proposer);
        let proposal = world.proposal(CYCLE, entries);
        self.act(
            proposer,
            instruction::submit_distribution_list(task, CYCLE, 0, key, payer, proposal),
        );
    }

    /// Everybody takes all that is theirs and leaves. Afterwards nothing is left of the cycle, and
    /// every lamport of rent is back.
    fn leave(&self) {
        let world = &self.world;
        assert!(world.lamports(&self.sponsor.pubkey()) < LAMPORTS);
        close_all(world, CYCLE, 0, &EVERYBODY);
        world.warp_to_round(6);
        for node in EVERYBODY {
            let stake = world.node_stake(node);
            if stake.available_balance > 0 {
                world.claim(node).unwrap();
            }
            world.withdraw(node, stake.stake.total()).unwrap();
            world.close_stake(node).unwrap();
        }
        let books = world.books();
        assert!(books.stakes.is_empty() && books.cycles.is_empty() && books.votes.is_empty());
        assert!(books.submissions.is_empty() && books.lists.is_empty());
        assert_eq!(books.stake_pot, 0);
        assert_eq!(books.bounty_pot, books.task.data.bounty_available);
        let task = books.task.data;
        assert_eq!(
            (task.node_count, task.total_stake, task.bounty_reserved),
            (0, 0, 0)
        );
        assert_eq!(world.lamports(&self.sponsor.pubkey()), LAMPORTS);
    }

    fn wallets(&self) -> [u64; 4] {
        EVERYBODY.map(|node| self.world.balance(&self.world.nodes[node].wallet))
    }
}

/// `payout.1`, `claim_reward.1`, `close_subject.1`, `close_cycle.1`, `close_stake.1`
fn an_honest_cycle_pays_everybody_and_leaves_nothing_behind(build: Build) {
    let sponsored = Sponsored::start(build);
    sponsored.submit_all();
    sponsored.propose(&EVERYBODY, &SHARES);
    accept(&sponsored.world, CYCLE, 0);
    pay_all(&sponsored.world, CYCLE, 0, &SHARES);
    sponsored.leave();
    assert_eq!(sponsored.wallets(), SHARES.map(|(_, share)| WALLET + share));
    let task = sponsored.world.task();
    assert_eq!(
        (task.bounty_available, task.bounty_paid),
        (BOUNTY - 10_000, 10_000)
    );
}

/// `close_vote.1`, `close_subject.1`, `close_cycle.1`, `close_stake.1`: node 3 cheats. Of its 700
/// the challenger gets 210, the three voters 70 each, the bounty 280.
fn a_disputed_cycle_leaves_nothing_behind_either(build: Build) {
    let sponsored = Sponsored::start(build);
    let world = &sponsored.world;
    sponsored.submit_all();
    world.warp_to_audit(2);
    for voter in [0, 1, 2] {
        sponsored.audit(voter, 3, false);
    }
    world.warp_past_audit(2);
    let submission = world.submission_address(3, CYCLE);
    world.resolve(submission).unwrap();
    for voter in [0, 1, 2] {
        world.close_vote(submission, voter).unwrap();
    }
    let list = [(0, 3_333), (1, 3_333), (2, 3_333)];
    sponsored.propose(&[0, 1, 2], &list);
    accept(world, CYCLE, 0);
    pay_all(world, CYCLE, 0, &list);
    assert_eq!(world.cycle(CYCLE).invalid, 1);
    sponsored.leave();
    let honest = WALLET + 3_333 + 70;
    assert_eq!(
        sponsored.wallets(),
        [honest + 210, honest, honest, WALLET - 700]
    );
    assert_eq!(world.task().bounty_available, BOUNTY - 9_999 + 280);
}

/// Three cycles overlap in every round: one is worked on, one reviewed, one distributed. Node 0
/// claims, node 1 compounds, the others let their rewards lie.
fn overlapping_cycles_keep_exact_books(build: Build) {
    let world = World::on(build).start_active();
    let shares = EVERYBODY.map(|node| (node, 2_500));
    for round in 2..=7 {
        world.warp_to_round(round);
        let (reviewed, distributed) = (round - 1, round - 2);
        world.open_cycle(2, round).unwrap();
        world.submit_all(&EVERYBODY, reviewed);
        if distributed > 0 {
            distribute(&world, &EVERYBODY, distributed, &shares);
            world.claim(0).unwrap();
            world.compound(1).unwrap();
            close_all(&world, distributed, 0, &EVERYBODY);
        }
        let books = world.books();
        assert_eq!((books.cycles.len(), books.submissions.len()), (2, 4));
        let task = books.task.data;
        assert_eq!(task.bounty_paid, 10_000 * distributed);
        assert_eq!((task.bounty_reserved, books.lists.len()), (20_000, 0));
        assert_eq!(task.bounty_available, BOUNTY - task.bounty_paid - 20_000);
        assert_eq!(books.stake_pot, 4 * STAKE + 2_500 * distributed);
    }
    let earned = 5 * 2_500;
    assert_eq!(
        world.balance(&world.nodes[0].wallet),
        WALLET - STAKE + earned
    );
    assert_eq!(world.node_stake(1).stake.total(), STAKE + earned);
    let balances = EVERYBODY.map(|node| world.node_stake(node).available_balance);
    assert_eq!(balances, [0, 0, earned, earned]);
    assert_eq!(world.books().bounty_pot, BOUNTY - 50_000 + 2 * earned);
}

/// `finalize_distribution.3`: the first list would have paid its proposer alone.
fn after_a_rejected_list_another_nodes_list_is_paid(build: Build) {
    let world = reviewed(build);
    let (thief, _) = world.first_proposer(&EVERYBODY, CYCLE, 0);
    world.propose(thief, CYCLE, 0, &[(thief, 10_000)]).unwrap();
    let (list, cheated) = (world.list_address(CYCLE, 0), others(thief));
    world.warp_to_audit(3);
    for &node in &cheated {
        world.audit(node, list, false).unwrap();
    }
    world.warp_past_audit(3);
    world.resolve(list).unwrap();
    world.finalize(CYCLE, 0).unwrap();
    let honest = propose_first(&world, 1, &SHARES);
    assert_ne!(honest, thief);
    assert_eq!(world.list(CYCLE, 1).subject.slot / 100, 5, "round 4");
    accept(&world, CYCLE, 1);
    pay_all(&world, CYCLE, 1, &SHARES);
    for &node in &cheated {
        world.close_vote(list, node).unwrap();
    }
    world.close_subject(list).unwrap();
    close_all(&world, CYCLE, 1, &EVERYBODY);
    for (node, share) in SHARES {
        let reward = match cheated.iter().position(|&other| other == node) {
            Some(0) => 210 + 70,
            Some(_) => 70,
            None => 0,
        };
        let stake = world.node_stake(node);
        assert_eq!(stake.available_balance, share + reward);
        assert_eq!(stake.slashed, if node == thief { 700 } else { 0 });
    }
    let task = world.task();
    assert_eq!(
        (task.bounty_available, task.bounty_paid),
        (BOUNTY - 10_000 + 280, 10_000)
    );
}

/// `close_cycle.2`: three lists by three nodes fall; the fourth has no attempt left.
fn when_every_attempt_fails_the_bounty_is_intact(build: Build) {
    let world = reviewed(build);
    let mut votes = vec![];
    for attempt in 0..=2 {
        let proposer = propose_first(&world, attempt, &SHARES);
        let challenger = reject(&world, attempt, proposer);
        votes.push((world.list_address(CYCLE, attempt), challenger));
        assert_eq!(world.task().bounty_available, BOUNTY - 10_000);
    }
    assert_refused(world.close_cycle(CYCLE), GradualError::CycleNotSettled);
    world.warp_to(700);
    let last = EVERYBODY
        .into_iter()
        .find(|&node| world.submission(node, CYCLE).has_proposed == 0)
        .unwrap();
    assert_refused(
        propose_now(&world, last, 3, &SHARES),
        GradualError::AttemptsExhausted,
    );
    for (list, challenger) in votes {
        world.close_vote(list, challenger).unwrap();
        world.close_subject(list).unwrap();
    }
    for node in EVERYBODY {
        world
            .close_subject(world.submission_address(node, CYCLE))
            .unwrap();
    }
    world.close_cycle(CYCLE).unwrap();
    let task = world.task();
    assert_eq!((task.bounty_available, task.bounty_reserved), (BOUNTY, 0));
    assert_eq!(task.bounty_paid, 0);
}

/// `close_cycle.2`, `close_cycle.4`: nobody paid nodes 1 and 3 in time.
fn a_claim_window_that_runs_out_returns_the_unpaid_rest(build: Build) {
    let world = accepted(build, &SHARES);
    world.payout(CYCLE, 0, &SHARES, 0).unwrap();
    world.payout(CYCLE, 0, &SHARES, 2).unwrap();
    world.warp_to(700);
    close_all(&world, CYCLE, 0, &EVERYBODY);
    let task = world.task();
    assert_eq!(
        (task.bounty_available, task.bounty_paid),
        (BOUNTY - 6_000, 6_000)
    );
    let late = world.payout(CYCLE, 0, &SHARES, 1);
    assert_refused_with_code(late, ErrorCode::AccountOwnedByWrongProgram.into());
    world.claim(0).unwrap();
    world.claim(2).unwrap();
    assert_eq!(world.books().bounty_pot, BOUNTY - 6_000);
}

/// `payout.1`: until somebody closes the list, a payout after the claim window is still made.
fn a_late_payout_is_made_while_the_list_is_open(build: Build) {
    let world = accepted(build, &SHARES);
    world.warp_to(2_000);
    pay_all(&world, CYCLE, 0, &SHARES);
    close_all(&world, CYCLE, 0, &EVERYBODY);
    assert_eq!(world.task().bounty_available, BOUNTY - 10_000);
}

/// `payout.1`, `close_cycle.1`: node 3 submits and is never seen again; it is paid, and all that
/// the others wait for is done without it.
fn an_absent_node_blocks_nobody(build: Build) {
    let world = reviewed(build);
    distribute(&world, &[0, 1, 2], CYCLE, &SHARES);
    close_all(&world, CYCLE, 0, &EVERYBODY);
    world.warp_to_round(6);
    for node in [0, 1, 2] {
        world.claim(node).unwrap();
        world.withdraw(node, STAKE).unwrap();
        world.close_stake(node).unwrap();
    }
    assert_eq!(world.task().node_count, 1);
    let absent = world.node_stake(3);
    assert_eq!(
        (absent.available_balance, absent.stake.total()),
        (1_000, STAKE)
    );
    world.warp_to_round(1_000);
    world.claim(3).unwrap();
}

/// A bounty of 10000 among three is 3333 each; the 1 that is left stays available.
fn what_equal_shares_leave_stays_in_the_bounty(build: Build) {
    let world = World::on(build).stakes(&[STAKE; 3]).start_active();
    world.submit_all(&[0, 1, 2], CYCLE);
    let proofs = [0, 1, 2].map(|node: usize| Proof {
        cycle: CYCLE,
        node: world.nodes[node].pubkey(),
        value: b"proof".to_vec(),
        slot: 300,
        tally: None,
    });
    let shares = equal_shares(10_000, &proofs, &[true; 3]);
    assert_eq!(shares, proofs.map(|proof| (proof.node, 3_333)));
    let list = [(0, 3_333), (1, 3_333), (2, 3_333)];
    propose_among(&world, &[0, 1, 2], CYCLE, 0, &list);
    assert_eq!(world.task().bounty_available, BOUNTY - 10_000);
    accept(&world, CYCLE, 0);
    assert_eq!(world.task().bounty_available, BOUNTY - 9_999);
    pay_all(&world, CYCLE, 0, &list);
    close_all(&world, CYCLE, 0, &[0, 1, 2]);
    assert_eq!(world.task().bounty_available, BOUNTY - 9_999);
}

/// Tokens that somebody sends to the pots are nobody's: every number is as without them.
fn donations_to_the_pots_change_nothing(build: Build) {
    let (world, _) = proposed(build, &SHARES);
    let task = world.task_address();
    world.donate(address::bounty_pot(&task), 7_777);
    world.donate(address::stake_pot(&task), 333);
    accept(&world, CYCLE, 0);
    pay_all(&world, CYCLE, 0, &SHARES);
    close_all(&world, CYCLE, 0, &EVERYBODY);
    world.compound(0).unwrap();
    world.claim(1).unwrap();
    assert_eq!(
        world.balance(&world.nodes[1].wallet),
        WALLET - STAKE + 3_000
    );
    let books = world.books();
    assert_eq!(books.task.data.bounty_available, BOUNTY - 10_000);
    assert_eq!(books.task.data.total_stake, 4 * STAKE + 4_000);
    assert_eq!(books.bounty_pot, BOUNTY - 7_000 + 7_777);
    assert_eq!(books.stake_pot, 4 * STAKE + 4_000 + 333);
}

/// `open_cycle.4`, `submit_distribution_list.5`: a donation is not there to be set aside or divided.
fn donations_are_not_divided(build: Build) {
    let world = World::on(build).bounty(15_000).start_active();
    world.submit_all(&EVERYBODY, CYCLE);
    world.donate(address::bounty_pot(&world.task_address()), 5_000);
    let small = world.open_cycle(0, CYCLE + 1);
    assert_refused(small, GradualError::BountyTooSmall);
    world.warp_to(440);
    let greedy = propose_now(&world, 0, 0, &[(0, 10_001)]);
    assert_refused(greedy, GradualError::ListExceedsBounty);
    propose_now(&world, 0, 0, &[(0, 10_000)]).unwrap();
    assert_eq!(world.list(CYCLE, 0).subject.status(), Status::Pending);
}

/// What somebody sends to a pot changes no share, no reward and no stake.
fn donations_change_no_share(build: Build) {
    for money in Money::ALL {
        let worlds = [0, 12_345].map(|donation| {
            let world = World::on(build.clone()).money(money).start_active();
            let task = world.task_address();
            if donation > 0 {
                world.donate(address::stake_pot(&task), donation);
                world.donate(address::bounty_pot(&task), donation);
            }
            world.submit_all(&[0, 1, 2, 3], 1);
            world.warp_to_audit(2);
            let subject = world.submission_address(3, 1);
            vote(&world, subject, &[0, 1, 2].map(|node| (node, false)));
            world.warp_past_audit(2);
            world.resolve(subject).unwrap();
            for node in [0, 1, 2] {
                world.close_vote(subject, node).unwrap();
            }
            world
        });
        let [plain, rich] = worlds.each_ref().map(World::snapshot);
        assert_eq!(plain.accounts(), rich.accounts());
    }
}
