//! Every instruction, valid in its prepared world, and what guards each of its accounts.

use super::{
    fixture::{Expect, Fixture, Role, Slot, anchor, native, rule, token},
    scene::{CHEAT, NEWCOMER, STAKE, Stage, params},
};
use crate::arena::{Arena, Person};
use anchor_lang::error::ErrorCode;
use gradual_consensus::GradualError as E;
use gradual_consensus_client::{address, instruction};
use solana_sdk::instruction::{Instruction, InstructionError};

/// All of them, in the order of the program.
pub fn all() -> Vec<&'static dyn Fixture> {
    vec![
        &CreateTask,
        &FundTask,
        &SetActive,
        &StakeFirst,
        &StakeMore,
        &Withdraw,
        &SubmitFirst,
        &Submit,
        &Challenge,
        &Vote,
        &ChallengeList,
        &Resolve,
        &ResolveList,
        &Propose,
        &Finalize,
        &Payout,
        &Claim,
        &Compound,
        &CloseVote,
        &CloseSubmission,
        &CloseList,
        &CloseRound,
        &CloseStake,
    ]
}

/// An account of the program was expected, and there is none or another's.
fn absent() -> Expect {
    anchor(ErrorCode::AccountOwnedByWrongProgram)
}

fn no_instruction() -> Expect {
    anchor(ErrorCode::InstructionFallbackNotFound)
}

fn task() -> Slot {
    Slot::state("task", rule(E::WrongTask))
}

struct CreateTask;

impl Fixture for CreateTask {
    fn instruction(&self) -> &'static str {
        "create_task"
    }

    fn stage(&self) -> Stage {
        Stage::Begun
    }

    fn build(&self, arena: &Arena, task: usize) -> Instruction {
        arena.create_task_ix(10 + task as u64, params())
    }

    fn slots(&self) -> Vec<Slot> {
        let seeds = || anchor(ErrorCode::ConstraintSeeds);
        // The accounts are created before anything else is looked at.
        let readonly = || native(InstructionError::PrivilegeEscalation);
        let created = |name| Slot::created(name, token(0)).readonly(readonly());
        vec![
            Slot::signer("creator", seeds()).readonly(readonly()),
            created("task"),
            created("metadata"),
            Slot::mint().fake(anchor(ErrorCode::AccountOwnedByWrongProgram)),
            created("stake_pot"),
            created("bounty_pot"),
            Slot::token_program(),
            Slot::system_program(),
        ]
    }

    fn again(&self) -> Expect {
        token(0)
    }

    fn lengths(&self) -> Vec<usize> {
        // The texts are the last: a name of four bytes and five that are empty.
        vec![0]
    }
}

struct FundTask;

impl Fixture for FundTask {
    fn instruction(&self) -> &'static str {
        "fund_task"
    }

    fn stage(&self) -> Stage {
        Stage::Begun
    }

    fn build(&self, arena: &Arena, task: usize) -> Instruction {
        let Person { key, wallet } = arena.manager;
        instruction::fund_task(arena.tasks[task], key, wallet, 500)
    }

    fn slots(&self) -> Vec<Slot> {
        vec![
            Slot::signer("funder", token(4)),
            Slot::state("task", rule(E::WrongPot)),
            Slot::tokens("source"),
            Slot::pot("bounty_pot"),
            Slot::mint(),
            Slot::token_program(),
        ]
    }

    fn again(&self) -> Expect {
        Expect::Harmless("anybody may fund as often as it likes")
    }

    fn twins(&self) -> Vec<(&'static str, &'static str, Expect)> {
        vec![("bounty_pot", "source", token(4))]
    }
}

struct SetActive;

impl Fixture for SetActive {
    fn instruction(&self) -> &'static str {
        "set_active"
    }

    fn stage(&self) -> Stage {
        Stage::Begun
    }

    fn build(&self, arena: &Arena, task: usize) -> Instruction {
        instruction::set_active(arena.tasks[task].task, arena.manager.key, false)
    }

    fn slots(&self) -> Vec<Slot> {
        let other = Expect::Harmless("this manager's other task");
        vec![
            Slot::signer("manager", rule(E::NotManager)),
            Slot::state("task", other),
        ]
    }

    fn again(&self) -> Expect {
        Expect::Harmless("it is what it is")
    }
}

fn stake_slots(foreign: Expect, foreign_stake: Expect, other: &Expect) -> Vec<Slot> {
    vec![
        Slot::signer("node", foreign),
        Slot::payer(),
        Slot::state("task", rule(E::WrongPot)),
        Slot::looked_into("node_stake", foreign_stake, other),
        Slot::tokens("source"),
        Slot::pot("stake_pot"),
        Slot::mint(),
        Slot::token_program(),
        Slot::system_program(),
    ]
}

struct StakeFirst;

impl Fixture for StakeFirst {
    fn instruction(&self) -> &'static str {
        "stake"
    }

    fn variant(&self) -> &'static str {
        "first"
    }

    fn stage(&self) -> Stage {
        Stage::Begun
    }

    fn build(&self, arena: &Arena, task: usize) -> Instruction {
        arena.stake(task, NEWCOMER, STAKE)
    }

    fn slots(&self) -> Vec<Slot> {
        let mut slots = stake_slots(
            rule(E::WrongAddress),
            rule(E::WrongAddress),
            &rule(E::WrongNode),
        );
        slots[3].role = Role::Created;
        slots
    }

    fn again(&self) -> Expect {
        Expect::Harmless("a deposit like any other")
    }

    fn lengths(&self) -> Vec<usize> {
        vec![]
    }

    fn twins(&self) -> Vec<(&'static str, &'static str, Expect)> {
        vec![("stake_pot", "source", token(4))]
    }
}

struct StakeMore;

impl Fixture for StakeMore {
    fn instruction(&self) -> &'static str {
        "stake"
    }

    fn variant(&self) -> &'static str {
        "more"
    }

    fn stage(&self) -> Stage {
        Stage::Active
    }

    fn build(&self, arena: &Arena, task: usize) -> Instruction {
        let Person { key, wallet } = arena.nodes[0];
        let endpoint = Some("https://node.example.org".to_owned());
        let payer = arena.manager.key;
        instruction::stake(arena.tasks[task], key, payer, wallet, 500, endpoint)
    }

    fn slots(&self) -> Vec<Slot> {
        let other = rule(E::WrongNode);
        stake_slots(rule(E::WrongNode), rule(E::WrongTask), &other)
    }

    fn again(&self) -> Expect {
        Expect::Harmless("a deposit like any other")
    }

    fn lengths(&self) -> Vec<usize> {
        vec![8 + 8 + 1]
    }
}

struct Withdraw;

impl Fixture for Withdraw {
    fn instruction(&self) -> &'static str {
        "withdraw"
    }

    fn stage(&self) -> Stage {
        Stage::Active
    }

    fn build(&self, arena: &Arena, task: usize) -> Instruction {
        arena.withdraw(task, 0, STAKE)
    }

    fn slots(&self) -> Vec<Slot> {
        vec![
            Slot::signer("node", rule(E::WrongNode)),
            Slot::state("task", rule(E::WrongPot)),
            Slot::state("node_stake", rule(E::WrongTask)),
            Slot::tokens("destination"),
            Slot::pot("stake_pot"),
            Slot::mint(),
            Slot::token_program(),
        ]
    }

    fn again(&self) -> Expect {
        rule(E::InsufficientStake)
    }

    fn twins(&self) -> Vec<(&'static str, &'static str, Expect)> {
        vec![("stake_pot", "destination", rule(E::PotAsDestination))]
    }
}

fn submit_slots(round: Slot) -> Vec<Slot> {
    vec![
        Slot::signer("node", rule(E::WrongNode)),
        Slot::payer(),
        task(),
        round,
        Slot::state("node_stake", rule(E::WrongTask)),
        Slot::created("submission", rule(E::AlreadySubmitted)),
        Slot::sysvar("slot_hashes"),
        Slot::system_program(),
    ]
}

/// The submission's address follows from the round and the node.
fn derive_submission(instruction: &mut Instruction) {
    let accounts = &mut instruction.accounts;
    accounts[5].pubkey = address::submission(&accounts[3].pubkey, &accounts[0].pubkey);
}

struct SubmitFirst;

impl Fixture for SubmitFirst {
    fn instruction(&self) -> &'static str {
        "submit"
    }

    fn variant(&self) -> &'static str {
        "first"
    }

    fn stage(&self) -> Stage {
        Stage::Active
    }

    fn build(&self, arena: &Arena, task: usize) -> Instruction {
        arena.submit(task, 0)
    }

    fn slots(&self) -> Vec<Slot> {
        let mut round = Slot::looked_into("round", rule(E::WrongAddress), &rule(E::WrongRound));
        round.role = Role::Created;
        submit_slots(round)
    }

    fn derive_again(&self, instruction: &mut Instruction) {
        derive_submission(instruction);
    }

    fn again(&self) -> Expect {
        rule(E::AlreadySubmitted)
    }

    fn lengths(&self) -> Vec<usize> {
        vec![8 + 8]
    }

    fn edges(&self, _arena: &Arena) -> Vec<(u64, Expect)> {
        vec![
            (299, rule(E::SubmissionWindowClosed)),
            (300, Expect::Harmless("the first slot of the window")),
            (340, Expect::Harmless("the last slot of the window")),
            (341, rule(E::SubmissionWindowClosed)),
        ]
    }
}

struct Submit;

impl Fixture for Submit {
    fn instruction(&self) -> &'static str {
        "submit"
    }

    fn stage(&self) -> Stage {
        Stage::Opened
    }

    fn build(&self, arena: &Arena, task: usize) -> Instruction {
        arena.submit(task, 1)
    }

    fn slots(&self) -> Vec<Slot> {
        submit_slots(Slot::looked_into(
            "round",
            rule(E::WrongTask),
            &rule(E::WrongRound),
        ))
    }

    fn derive_again(&self, instruction: &mut Instruction) {
        derive_submission(instruction);
    }

    fn again(&self) -> Expect {
        rule(E::AlreadySubmitted)
    }
}

/// The vote's address follows from the subject and the voter.
fn derive_vote(instruction: &mut Instruction) {
    let accounts = &mut instruction.accounts;
    accounts[6].pubkey = address::vote(&accounts[3].pubkey, &accounts[0].pubkey);
}

fn audit_slots(author: Slot) -> Vec<Slot> {
    vec![
        Slot::signer("voter", rule(E::WrongNode)),
        Slot::payer(),
        task(),
        Slot::looked_into("subject", rule(E::WrongTask), &rule(E::WrongSubject)),
        author,
        Slot::state("voter_stake", rule(E::WrongTask)),
        Slot::created("vote", rule(E::AlreadyVoted)),
        Slot::system_program(),
    ]
}

struct Challenge;

impl Fixture for Challenge {
    fn instruction(&self) -> &'static str {
        "audit"
    }

    fn variant(&self) -> &'static str {
        "challenge"
    }

    fn stage(&self) -> Stage {
        Stage::Submitted
    }

    fn build(&self, arena: &Arena, task: usize) -> Instruction {
        arena.audit(task, 0, arena.submission(task, CHEAT), false)
    }

    fn slots(&self) -> Vec<Slot> {
        audit_slots(Slot::state("author_stake", rule(E::WrongTask)))
    }

    fn derive_again(&self, instruction: &mut Instruction) {
        derive_vote(instruction);
    }

    fn again(&self) -> Expect {
        rule(E::AlreadyVoted)
    }

    fn edges(&self, _arena: &Arena) -> Vec<(u64, Expect)> {
        vec![
            (340, rule(E::AuditWindowClosed)),
            (341, Expect::Harmless("the first slot of the window")),
            (360, Expect::Harmless("the last slot of its first half")),
            (361, rule(E::ChallengeWindowClosed)),
            (380, rule(E::ChallengeWindowClosed)),
            (381, rule(E::AuditWindowClosed)),
        ]
    }

    fn twins(&self) -> Vec<(&'static str, &'static str, Expect)> {
        vec![
            (
                "voter_stake",
                "author_stake",
                native(InstructionError::AccountBorrowFailed),
            ),
            ("author_stake", "voter_stake", rule(E::WrongNode)),
        ]
    }
}

struct Vote;

impl Fixture for Vote {
    fn instruction(&self) -> &'static str {
        "audit"
    }

    fn variant(&self) -> &'static str {
        "vote"
    }

    fn stage(&self) -> Stage {
        Stage::Challenged
    }

    fn build(&self, arena: &Arena, task: usize) -> Instruction {
        arena.audit(task, 1, arena.submission(task, CHEAT), true)
    }

    fn slots(&self) -> Vec<Slot> {
        audit_slots(Slot::state("author_stake", rule(E::WrongTask)))
    }

    fn derive_again(&self, instruction: &mut Instruction) {
        derive_vote(instruction);
    }

    fn again(&self) -> Expect {
        rule(E::AlreadyVoted)
    }

    fn edges(&self, _arena: &Arena) -> Vec<(u64, Expect)> {
        vec![
            (340, rule(E::AuditWindowClosed)),
            (341, Expect::Harmless("the first slot of the window")),
            (380, Expect::Harmless("the last slot of the window")),
            (381, rule(E::AuditWindowClosed)),
        ]
    }
}

struct ChallengeList;

impl Fixture for ChallengeList {
    fn instruction(&self) -> &'static str {
        "audit"
    }

    fn variant(&self) -> &'static str {
        "list"
    }

    fn stage(&self) -> Stage {
        Stage::Proposed
    }

    fn build(&self, arena: &Arena, task: usize) -> Instruction {
        arena.audit(task, 1, arena.list(task), false)
    }

    fn slots(&self) -> Vec<Slot> {
        audit_slots(Slot::state("author_stake", rule(E::WrongTask)))
    }

    fn derive_again(&self, instruction: &mut Instruction) {
        derive_vote(instruction);
    }

    fn again(&self) -> Expect {
        rule(E::AlreadyVoted)
    }

    fn edges(&self, _arena: &Arena) -> Vec<(u64, Expect)> {
        vec![
            (440, rule(E::AuditWindowClosed)),
            (441, Expect::Harmless("the first slot of the window")),
            (460, Expect::Harmless("the last slot of its first half")),
            (461, rule(E::ChallengeWindowClosed)),
            (481, rule(E::AuditWindowClosed)),
        ]
    }
}

fn resolve_slots() -> Vec<Slot> {
    vec![
        Slot::state("task", rule(E::WrongPot)),
        Slot::state("round", rule(E::WrongTask)),
        Slot::looked_into("subject", rule(E::WrongRound), &rule(E::WrongSubject)),
        Slot::state("author_stake", rule(E::WrongTask)),
        Slot::state("challenger_stake", rule(E::WrongTask)),
        Slot::pot("stake_pot"),
        Slot::pot("bounty_pot"),
        Slot::mint(),
        Slot::token_program(),
    ]
}

fn resolve_twins() -> Vec<(&'static str, &'static str, Expect)> {
    vec![
        ("author_stake", "challenger_stake", rule(E::WrongChallenger)),
        ("challenger_stake", "author_stake", rule(E::WrongAuthor)),
        ("stake_pot", "bounty_pot", rule(E::WrongPot)),
        ("bounty_pot", "stake_pot", rule(E::WrongPot)),
    ]
}

struct Resolve;

impl Fixture for Resolve {
    fn instruction(&self) -> &'static str {
        "resolve_audit"
    }

    fn stage(&self) -> Stage {
        Stage::Voted
    }

    fn build(&self, arena: &Arena, task: usize) -> Instruction {
        arena.resolve(task, arena.submission(task, CHEAT))
    }

    fn slots(&self) -> Vec<Slot> {
        resolve_slots()
    }

    fn again(&self) -> Expect {
        rule(E::NoOpenAudit)
    }

    fn truncated(&self) -> Expect {
        no_instruction()
    }

    fn edges(&self, _arena: &Arena) -> Vec<(u64, Expect)> {
        vec![
            (380, rule(E::AuditWindowOpen)),
            (381, Expect::Harmless("the first slot after the window")),
            (99_999, Expect::Harmless("as late as one likes")),
        ]
    }

    fn twins(&self) -> Vec<(&'static str, &'static str, Expect)> {
        resolve_twins()
    }
}

struct ResolveList;

impl Fixture for ResolveList {
    fn instruction(&self) -> &'static str {
        "resolve_audit"
    }

    fn variant(&self) -> &'static str {
        "list"
    }

    fn stage(&self) -> Stage {
        Stage::Defended
    }

    fn build(&self, arena: &Arena, task: usize) -> Instruction {
        arena.resolve(task, arena.list(task))
    }

    fn slots(&self) -> Vec<Slot> {
        resolve_slots()
    }

    fn again(&self) -> Expect {
        rule(E::NoOpenAudit)
    }

    fn truncated(&self) -> Expect {
        no_instruction()
    }

    fn edges(&self, _arena: &Arena) -> Vec<(u64, Expect)> {
        vec![
            (480, rule(E::AuditWindowOpen)),
            (481, Expect::Harmless("the first slot after the window")),
        ]
    }

    fn twins(&self) -> Vec<(&'static str, &'static str, Expect)> {
        resolve_twins()
    }
}

struct Propose;

impl Fixture for Propose {
    fn instruction(&self) -> &'static str {
        "submit_distribution_list"
    }

    fn stage(&self) -> Stage {
        Stage::Resolved
    }

    fn build(&self, arena: &Arena, task: usize) -> Instruction {
        arena.propose(task, 0)
    }

    fn slots(&self) -> Vec<Slot> {
        vec![
            Slot::signer("proposer", rule(E::WrongNode)),
            Slot::payer(),
            task(),
            Slot::state("round", rule(E::WrongTask)),
            Slot::state("submission", rule(E::WrongRound)),
            Slot::state("proposer_stake", rule(E::WrongTask)),
            Slot::created("list", rule(E::ListNotPending)),
            Slot::system_program(),
        ]
    }

    fn derive_again(&self, instruction: &mut Instruction) {
        let accounts = &mut instruction.accounts;
        accounts[6].pubkey = address::list(&accounts[3].pubkey, 0);
    }

    fn again(&self) -> Expect {
        rule(E::ListPending)
    }

    fn lengths(&self) -> Vec<usize> {
        vec![8 + 1 + 32 + 8 + 8 + 4]
    }

    fn edges(&self, arena: &Arena) -> Vec<(u64, Expect)> {
        let round: gradual_consensus::state::Round = arena.fetch(&arena.round_address(0));
        let turn = round
            .proposal_slot(&arena.task(0), &arena.node(0), 0)
            .expect("a slot");
        let before = if turn == 400 {
            rule(E::ListWindowClosed)
        } else {
            rule(E::NotYetSelected)
        };
        vec![
            (399, rule(E::ListWindowClosed)),
            (turn - 1, before),
            (turn, Expect::Harmless("the proposer's turn")),
            (440, Expect::Harmless("the last slot of the window")),
            (441, rule(E::ListWindowClosed)),
        ]
    }
}

struct Finalize;

impl Fixture for Finalize {
    fn instruction(&self) -> &'static str {
        "finalize_distribution"
    }

    fn stage(&self) -> Stage {
        Stage::Unchallenged
    }

    fn build(&self, arena: &Arena, task: usize) -> Instruction {
        arena.finalize(task)
    }

    fn slots(&self) -> Vec<Slot> {
        vec![
            task(),
            Slot::state("round", rule(E::WrongTask)),
            Slot::state("list", rule(E::WrongRound)),
        ]
    }

    fn again(&self) -> Expect {
        rule(E::ListNotPending)
    }

    fn truncated(&self) -> Expect {
        no_instruction()
    }

    fn edges(&self, _arena: &Arena) -> Vec<(u64, Expect)> {
        vec![
            (480, rule(E::AuditWindowOpen)),
            (481, Expect::Harmless("the first slot after the window")),
        ]
    }
}

struct Payout;

impl Fixture for Payout {
    fn instruction(&self) -> &'static str {
        "payout"
    }

    fn stage(&self) -> Stage {
        Stage::Accepted
    }

    fn build(&self, arena: &Arena, task: usize) -> Instruction {
        arena.payout(task, 0)
    }

    fn slots(&self) -> Vec<Slot> {
        vec![
            Slot::state("round", rule(E::WrongRound)),
            Slot::state("list", rule(E::WrongRound)),
            Slot::state("submission", rule(E::WrongRound)),
            Slot::state("node_stake", rule(E::WrongTask)),
        ]
    }

    fn longest(&self) -> Expect {
        anchor(ErrorCode::InstructionDidNotDeserialize)
    }

    fn again(&self) -> Expect {
        rule(E::AlreadyPaid)
    }

    fn lengths(&self) -> Vec<usize> {
        vec![8 + 4 + 8]
    }
}

struct Claim;

impl Fixture for Claim {
    fn instruction(&self) -> &'static str {
        "claim_reward"
    }

    fn stage(&self) -> Stage {
        Stage::Paid
    }

    fn build(&self, arena: &Arena, task: usize) -> Instruction {
        let Person { key, wallet } = arena.nodes[0];
        instruction::claim_reward(arena.tasks[task], key, wallet)
    }

    fn slots(&self) -> Vec<Slot> {
        vec![
            Slot::signer("node", rule(E::WrongNode)),
            Slot::state("task", rule(E::WrongPot)),
            Slot::state("node_stake", rule(E::WrongTask)),
            Slot::tokens("destination"),
            Slot::pot("bounty_pot"),
            Slot::mint(),
            Slot::token_program(),
        ]
    }

    fn again(&self) -> Expect {
        rule(E::NothingToClaim)
    }

    fn truncated(&self) -> Expect {
        no_instruction()
    }

    fn twins(&self) -> Vec<(&'static str, &'static str, Expect)> {
        vec![("bounty_pot", "destination", rule(E::PotAsDestination))]
    }
}

struct Compound;

impl Fixture for Compound {
    fn instruction(&self) -> &'static str {
        "compound"
    }

    fn stage(&self) -> Stage {
        Stage::Paid
    }

    fn build(&self, arena: &Arena, task: usize) -> Instruction {
        instruction::compound(arena.tasks[task], arena.node(0))
    }

    fn slots(&self) -> Vec<Slot> {
        vec![
            Slot::signer("node", rule(E::WrongNode)),
            Slot::state("task", rule(E::WrongPot)),
            Slot::state("node_stake", rule(E::WrongTask)),
            Slot::pot("stake_pot"),
            Slot::pot("bounty_pot"),
            Slot::mint(),
            Slot::token_program(),
        ]
    }

    fn again(&self) -> Expect {
        rule(E::NothingToClaim)
    }

    fn truncated(&self) -> Expect {
        no_instruction()
    }

    fn twins(&self) -> Vec<(&'static str, &'static str, Expect)> {
        vec![
            ("stake_pot", "bounty_pot", rule(E::WrongPot)),
            ("bounty_pot", "stake_pot", rule(E::WrongPot)),
        ]
    }
}

struct CloseVote;

impl Fixture for CloseVote {
    fn instruction(&self) -> &'static str {
        "close_vote"
    }

    fn stage(&self) -> Stage {
        Stage::Resolved
    }

    fn build(&self, arena: &Arena, task: usize) -> Instruction {
        arena.close_vote(task, arena.submission(task, CHEAT), 1)
    }

    fn slots(&self) -> Vec<Slot> {
        vec![
            task(),
            Slot::looked_into("subject", rule(E::WrongVote), &rule(E::WrongVote))
                .fake(rule(E::WrongSubject)),
            Slot::state("vote", rule(E::WrongVote)),
            Slot::state("voter_stake", rule(E::WrongTask)),
            Slot::rent_receiver(),
        ]
    }

    fn again(&self) -> Expect {
        absent()
    }

    fn truncated(&self) -> Expect {
        no_instruction()
    }
}

fn close_subject_slots() -> Vec<Slot> {
    vec![
        task(),
        Slot::state("round", rule(E::WrongTask)),
        Slot::looked_into("subject", rule(E::WrongRound), &rule(E::WrongSubject)),
        Slot::state("author_stake", rule(E::WrongTask)),
        Slot::rent_receiver(),
    ]
}

struct CloseSubmission;

impl Fixture for CloseSubmission {
    fn instruction(&self) -> &'static str {
        "close_subject"
    }

    fn variant(&self) -> &'static str {
        "submission"
    }

    fn stage(&self) -> Stage {
        Stage::Settled
    }

    fn build(&self, arena: &Arena, task: usize) -> Instruction {
        arena.close_subject(arena.submission(task, 1))
    }

    fn slots(&self) -> Vec<Slot> {
        close_subject_slots()
    }

    fn again(&self) -> Expect {
        rule(E::WrongSubject)
    }

    fn truncated(&self) -> Expect {
        no_instruction()
    }
}

struct CloseList;

impl Fixture for CloseList {
    fn instruction(&self) -> &'static str {
        "close_subject"
    }

    fn variant(&self) -> &'static str {
        "list"
    }

    fn stage(&self) -> Stage {
        Stage::Settled
    }

    fn build(&self, arena: &Arena, task: usize) -> Instruction {
        arena.close_subject(arena.list(task))
    }

    fn slots(&self) -> Vec<Slot> {
        close_subject_slots()
    }

    fn again(&self) -> Expect {
        rule(E::WrongSubject)
    }

    fn truncated(&self) -> Expect {
        no_instruction()
    }
}

struct CloseRound;

impl Fixture for CloseRound {
    fn instruction(&self) -> &'static str {
        "close_round"
    }

    fn stage(&self) -> Stage {
        Stage::Emptied
    }

    fn build(&self, arena: &Arena, task: usize) -> Instruction {
        arena.close_round(task)
    }

    fn slots(&self) -> Vec<Slot> {
        vec![
            task(),
            Slot::state("round", rule(E::WrongTask)),
            Slot::state("opener_stake", rule(E::WrongTask)),
            Slot::rent_receiver(),
        ]
    }

    fn again(&self) -> Expect {
        absent()
    }

    fn truncated(&self) -> Expect {
        no_instruction()
    }
}

struct CloseStake;

impl Fixture for CloseStake {
    fn instruction(&self) -> &'static str {
        "close_stake"
    }

    fn stage(&self) -> Stage {
        Stage::Left
    }

    fn build(&self, arena: &Arena, task: usize) -> Instruction {
        let (node, payer) = (arena.node(1), arena.manager.key);
        instruction::close_stake(arena.tasks[task].task, node, payer)
    }

    fn slots(&self) -> Vec<Slot> {
        vec![
            Slot::signer("node", rule(E::WrongNode)),
            task(),
            Slot::state("node_stake", rule(E::WrongTask)),
            Slot::rent_receiver(),
        ]
    }

    fn again(&self) -> Expect {
        absent()
    }

    fn truncated(&self) -> Expect {
        no_instruction()
    }
}
