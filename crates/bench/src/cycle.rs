//! Whole cycles, played by 32 nodes with nothing but transactions: every instruction, as often as it
//! occurs. The first cycle fails and is paid in equal shares; of the others, the first list is voted down
//! in every other. At the end every node has been idle for long, and its stake is parked.

use crate::{
    case::Case,
    meter::Meter,
    search,
    world::{IDLE_ROUNDS, NODES, STAKE, around, create_successor},
};
use anyhow::Result;
use gradual_consensus::{
    ListProposal,
    rules::verdict::Verdict,
    state::{Status, Subject},
};
use gradual_consensus_client::instruction;
use gradual_consensus_testkit::{Valid, vm::Vm};
use solana_sdk::{instruction::Instruction, pubkey::Pubkey};

/// The cycle that fails, and the round in which it has failed.
const FAILING: u64 = 1;
const FAILED: u64 = FAILING + 5;
/// The cycle after that.
const FIRST: u64 = FAILED + 1;
/// Rounds from one cycle to the next: they do not overlap.
const STRIDE: u64 = 4;
/// Votes on an audit beside the challenger's.
const VOTERS: usize = 20;
/// What a list pays each node, in base units.
const REWARD: u64 = 1_000;

/// Plays everything from the first stake over `cycles` cycles to the last account's closing.
pub fn play(meter: &mut Meter, cycles: u64) -> Result<()> {
    stake(meter)?;
    Cycle::new(meter, FAILING, 0).fail()?;
    let number = |turn: u64| turn.saturating_mul(STRIDE).saturating_add(FIRST);
    for turn in 0..cycles {
        Cycle::new(meter, number(turn), turn).play()?;
    }
    park(meter, number(cycles))?;
    leave(meter)
}

/// The nodes' numbers.
fn everybody() -> std::ops::Range<usize> {
    0..usize::from(NODES)
}

fn stake(meter: &mut Meter) -> Result<()> {
    meter.world.warp_to_round(0);
    for node in everybody() {
        let valid = meter.valid();
        let endpoint = Some("https://node.example.org:8899".to_owned());
        let attempts = search::node_stake(&valid.tokens.task, &valid.node(node)).attempts();
        let first = valid.stake_at(node, STAKE, endpoint);
        let (more, withdraw) = (valid.stake(node, STAKE), valid.withdraw(node, STAKE));
        meter.send(Case::StakeFirst, attempts, first)?;
        meter.send(Case::StakeMore, 0, more)?;
        meter.send(Case::Withdraw, 0, withdraw)?;
    }
    Ok(())
}

/// Parks every stake, `IDLE_ROUNDS` after round `last`. Half of the nodes answer within the round, the rest
/// once their stake is active no more.
fn park(meter: &mut Meter, last: u64) -> Result<()> {
    let idle = last.saturating_add(IDLE_ROUNDS).saturating_add(1);
    meter.world.warp_to_round(idle);
    for node in everybody() {
        let park = meter.valid().park(node);
        meter.send(Case::ParkStake, 0, park)?;
    }
    for turn in [0, 1] {
        for node in everybody().filter(|node| node % 2 == turn) {
            let resume = meter.valid().resume(node);
            meter.send(Case::ResumeStake, 0, resume)?;
        }
        meter.world.warp_to_round(idle.saturating_add(2));
    }
    Ok(())
}

fn leave(meter: &mut Meter) -> Result<()> {
    let heirs = create_successor(meter)?;
    let migrate = meter.valid().migrate_task(heirs.task);
    meter.send(Case::MigrateTask, 0, migrate)?;
    for node in everybody() {
        let valid = meter.valid();
        let attempts = search::node_stake(&heirs.task, &valid.node(node)).attempts();
        let migrate = valid.migrate_stake(node, heirs.task);
        let stake = meter.world.valid_in(heirs).stake(node, STAKE);
        let last = match node % 4 {
            // Half of the nodes go on in the successor, and half of those are there already.
            0 => {
                meter.send(Case::MigrateStakeFirst, attempts, migrate)?;
                heirs
            }
            1 => {
                meter.send(Case::StakeFirst, attempts, stake)?;
                meter.send(Case::MigrateStakeMore, 0, migrate)?;
                heirs
            }
            _ => meter.world.tokens,
        };
        let valid = meter.world.valid_in(last);
        let all = valid.node_stake(node).stake.total();
        let withdraw = valid.withdraw(node, all);
        meter.send(Case::Withdraw, 0, withdraw)?;
        let mut left = vec![meter.world.tokens];
        left.extend((last.task != meter.world.tokens.task).then_some(last));
        for task in left {
            let close = meter.world.valid_in(task).close_stake(node);
            meter.send(Case::CloseStake, 0, close)?;
        }
    }
    let deactivate = meter.world.valid_in(heirs).set_active(false);
    meter.send(Case::SetActive, 0, deactivate)?;
    for task in [meter.world.tokens, heirs] {
        let close = meter.world.valid_in(task).close_task();
        meter.send(Case::CloseTask, 0, close)?;
    }
    let manager = meter.world.manager.pubkey();
    let close = instruction::close_config(manager, manager);
    meter.send(Case::CloseConfig, search::program_data(), close)
}

/// The three cases that votes on one subject are measured as.
struct AuditCases {
    challenge: Case,
    vote: Case,
    resolve: Case,
}

/// One cycle.
struct Cycle<'a> {
    meter: &'a mut Meter,
    number: u64,
    /// Sets who plays which part in it.
    turn: usize,
    address: Pubkey,
    /// Every vote's subject and voter.
    votes: Vec<(Pubkey, usize)>,
    /// Every list.
    lists: Vec<Pubkey>,
}

impl<'a> Cycle<'a> {
    fn new(meter: &'a mut Meter, number: u64, turn: u64) -> Self {
        let address = meter.world.cycle_address(number);
        Self {
            meter,
            number,
            turn: usize::try_from(turn).unwrap_or_default(),
            address,
            votes: Vec::new(),
            lists: Vec::new(),
        }
    }

    /// Nobody makes a list of it: it fails, and everybody has its equal share.
    fn fail(mut self) -> Result<()> {
        self.open()?;
        self.submit()?;
        self.meter.world.warp_to_round(FAILED);
        for node in everybody() {
            let payout = self.valid().payout_equal(node, self.number);
            self.send(Case::PayoutEqual, payout)?;
            let claim = self.valid().claim(node);
            self.send(Case::Claim, claim)?;
        }
        self.close()
    }

    /// The node whose turn it is opens it in its work round.
    fn open(&mut self) -> Result<()> {
        self.meter.world.warp_to_round(self.number);
        let valid = self.valid();
        let attempts = search::cycle(&valid.tokens.task, self.number).attempts();
        let open = valid.open_cycle(around(self.turn), self.number);
        self.meter.send(Case::OpenCycle, attempts, open)
    }

    fn play(mut self) -> Result<()> {
        self.open()?;
        self.submit()?;
        let review = self.number.saturating_add(1);
        let first = self.turn.saturating_mul(4);
        self.meter.world.warp_to_audit(review);
        for (author, challenger, resolve) in [
            (0, 8, Case::Upheld),
            (1, 9, Case::Dismissed),
            (2, 10, Case::Undecided),
        ] {
            let [author, challenger] = [author, challenger].map(|n| first.saturating_add(n));
            let subject = self.submission(around(author));
            self.audit(
                subject,
                challenger,
                &AuditCases {
                    challenge: Case::Challenge,
                    vote: Case::Vote,
                    resolve,
                },
            )?;
        }
        self.meter.world.warp_past_audit(review);
        for author in 0..3 {
            let author = around(first.saturating_add(author));
            self.resolve(self.submission(author))?;
        }

        let mut attempt = 0;
        if self.turn % 2 == 1 {
            self.propose(attempt)?;
            self.vote_down(attempt)?;
            self.finalize(Case::Reject, attempt)?;
            attempt = 1;
        }
        self.propose(attempt)?;
        self.finalize(Case::Accept, attempt)?;
        self.pay(attempt)?;
        self.close()
    }

    fn valid(&self) -> Valid<'_, Vm> {
        self.meter.valid()
    }

    /// Where the submission of node number `node` lives.
    fn submission(&self, node: usize) -> Pubkey {
        self.valid().submission_address(node, self.number)
    }

    fn subject(&self, address: &Pubkey) -> Subject {
        self.valid().subject(address)
    }

    /// Sends what searches for no bump.
    fn send(&mut self, case: Case, instruction: Instruction) -> Result<()> {
        self.meter.send(case, 0, instruction)
    }

    /// Everybody submits, as soon as it may.
    fn submit(&mut self) -> Result<()> {
        self.meter
            .world
            .warp_to_round(self.number.saturating_add(1));
        let mut order: Vec<_> = everybody().collect();
        order.rotate_left(self.turn);
        for (position, node) in order.into_iter().enumerate() {
            let (case, length) = match position {
                0..4 => (Case::SubmitLong, 512),
                _ => (Case::Submit, 32),
            };
            let valid = self.valid();
            let attempts = search::submission(&self.address, &valid.node(node)).attempts();
            let submit = valid.submit(node, self.number, &vec![7; length]);
            self.meter.send(case, attempts, submit)?;
        }
        Ok(())
    }

    /// A challenge, and votes for the verdict that `cases` names.
    fn audit(&mut self, subject: Pubkey, challenger: usize, cases: &AuditCases) -> Result<()> {
        let author = self.subject(&subject).author;
        self.vote(cases.challenge, subject, around(challenger), false)?;
        let voters = match cases.resolve {
            Case::Undecided => 0,
            _ => VOTERS,
        };
        for voter in (1..=voters).map(|n| around(challenger.saturating_add(n))) {
            if self.valid().node(voter) != author {
                let is_valid = cases.resolve == Case::Dismissed;
                self.vote(cases.vote, subject, voter, is_valid)?;
            }
        }
        Ok(())
    }

    fn vote(&mut self, case: Case, subject: Pubkey, voter: usize, is_valid: bool) -> Result<()> {
        let valid = self.valid();
        let attempts = search::vote(&subject, &valid.node(voter)).attempts();
        let audit = valid.audit(voter, subject, is_valid);
        self.meter.send(case, attempts, audit)?;
        self.votes.push((subject, voter));
        Ok(())
    }

    /// Resolves an audit as the case that the votes make of it.
    fn resolve(&mut self, subject: Pubkey) -> Result<()> {
        let case = match self.subject(&subject).audit.tally().verdict() {
            _ if self.lists.contains(&subject) => Case::UpheldList,
            Verdict::Upheld => Case::Upheld,
            Verdict::Dismissed => Case::Dismissed,
            Verdict::Undecided => Case::Undecided,
        };
        let resolve = self.valid().resolve(subject);
        self.send(case, resolve)
    }

    /// What a list pays, in the order of the nodes' numbers.
    fn entries(&self) -> Vec<(usize, u64)> {
        let status = |node: &usize| self.subject(&self.submission(*node)).status();
        everybody()
            .filter(|node| status(node) != Status::Invalid)
            .map(|node| (node, REWARD))
            .collect()
    }

    fn window_round(&self, attempt: u8) -> u64 {
        self.number.saturating_add(2).saturating_add(attempt.into())
    }

    /// The first eligible node proposes that everybody whose submission stands be paid.
    fn propose(&mut self, attempt: u8) -> Result<()> {
        let (cycle, entries) = (self.number, self.entries());
        self.meter.world.warp_to_round(self.window_round(attempt));
        let valid = self.valid();
        let eligible: Vec<usize> = entries
            .iter()
            .map(|(node, _)| *node)
            .filter(|&node| valid.submission(node, cycle).has_proposed == 0)
            .collect();
        let (proposer, slot) = valid.first_proposer(&eligible, cycle, attempt);
        let proposal = ListProposal {
            uri: "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi".to_owned(),
            ..valid.proposal(cycle, &entries)
        };
        let list = valid.propose(proposer, cycle, attempt, proposal);
        let address = valid.list_address(cycle, attempt);
        self.meter.world.warp_to(slot);
        let attempts = search::list(&self.address, attempt).attempts();
        self.meter.send(Case::SubmitList, attempts, list)?;
        self.lists.push(address);
        Ok(())
    }

    /// Challenges the pending list and votes it down.
    fn vote_down(&mut self, attempt: u8) -> Result<()> {
        let window_round = self.window_round(attempt);
        self.meter.world.warp_to_audit(window_round);
        let list = self.valid().list_address(self.number, attempt);
        let author = self.subject(&list).author;
        let mut challenger = self.turn.saturating_mul(3);
        if self.valid().node(around(challenger)) == author {
            challenger = challenger.saturating_add(1);
        }
        self.audit(
            list,
            challenger,
            &AuditCases {
                challenge: Case::ChallengeList,
                vote: Case::VoteList,
                resolve: Case::UpheldList,
            },
        )?;
        self.meter.world.warp_past_audit(window_round);
        self.resolve(list)
    }

    fn finalize(&mut self, case: Case, attempt: u8) -> Result<()> {
        self.meter.world.warp_past_audit(self.window_round(attempt));
        let finalize = self.valid().finalize(self.number, attempt);
        self.send(case, finalize)
    }

    /// Pays everybody, closes the votes, and lets every other node claim and the rest compound.
    fn pay(&mut self, attempt: u8) -> Result<()> {
        let (cycle, entries) = (self.number, self.entries());
        for (index, _) in (0u32..).zip(&entries) {
            let entry = self.valid().entry(cycle, &entries, index);
            let payout = self.valid().payout(cycle, attempt, entry);
            self.send(Case::Payout31, payout)?;
        }
        for (subject, voter) in std::mem::take(&mut self.votes) {
            let close = self.valid().close_vote(subject, voter);
            self.send(Case::CloseVote, close)?;
        }
        for node in everybody() {
            let valid = self.valid();
            if valid.node_stake(node).available_balance == 0 {
                continue;
            }
            let (case, take) = match node % 2 {
                0 => (Case::Claim, valid.claim(node)),
                _ => (Case::Compound, valid.compound(node)),
            };
            self.send(case, take)?;
        }
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        for node in everybody() {
            let close = self.valid().close_subject(self.submission(node));
            self.send(Case::CloseSubmission, close)?;
        }
        for list in std::mem::take(&mut self.lists) {
            let case = match self.subject(&list).status() {
                Status::Accepted => Case::CloseList,
                _ => Case::CloseFallenList,
            };
            let close = self.valid().close_subject(list);
            self.send(case, close)?;
        }
        let close = self.valid().close_cycle(self.number);
        self.send(Case::CloseCycle, close)
    }
}
