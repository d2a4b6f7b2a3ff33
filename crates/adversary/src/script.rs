//! The script of a duel: terms, nodes, subjects and steps, and how they are written down. The first
//! line is the terms, each further line one step, all in JSON.
//!
//! A new instruction is one variant of [`Op`] and one line in [`Op::name`].

use gradual_consensus::{TaskParams, VotingRule};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A task's terms, and the world it is played in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(
    missing_docs,
    reason = "as in TaskParams, which documents each of them"
)]
pub struct Terms {
    /// Decides slot hashes.
    pub seed: u64,
    /// How many nodes play.
    pub nodes: u8,
    /// Base units that everybody begins with.
    pub wallet: u64,
    pub starting_slot: u64,
    pub round_time: u64,
    pub submission_window: u64,
    pub audit_window: u64,
    pub minimum_stake: u64,
    pub bounty_per_round: u64,
    pub claim_window: u64,
    pub allowed_failures: u8,
    pub by_stake: bool,
    pub quorum_bps: u16,
    pub slash_bps: u16,
    pub false_challenge_bps: u16,
    pub challenger_bps: u16,
    pub voter_bps: u16,
    #[serde(default)]
    pub idle_rounds: u64,
    #[serde(default)]
    pub equal_shares: bool,
}

impl Terms {
    /// The same, for the program.
    pub const fn params(&self) -> TaskParams {
        TaskParams {
            starting_slot: self.starting_slot,
            round_time: self.round_time,
            submission_window: self.submission_window,
            audit_window: self.audit_window,
            minimum_stake_amount: self.minimum_stake,
            bounty_amount_per_round: self.bounty_per_round,
            claim_window: self.claim_window,
            idle_rounds: self.idle_rounds,
            allowed_failed_distributions: self.allowed_failures,
            voting_rule: if self.by_stake {
                VotingRule::ByStake
            } else {
                VotingRule::PerNode
            },
            equal_shares: self.equal_shares,
            quorum_bps: self.quorum_bps,
            slash_bps: self.slash_bps,
            false_challenge_bps: self.false_challenge_bps,
            challenger_bps: self.challenger_bps,
            voter_bps: self.voter_bps,
        }
    }
}

/// A submission or list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the protocol's own words")]
pub enum SubjectId {
    Submission { node: usize, cycle: u64 },
    List { cycle: u64, attempt: u8 },
}

/// A proposed list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the protocol's own words")]
pub struct Proposal {
    pub node: usize,
    pub cycle: u64,
    pub attempt: u8,
    pub total: u64,
    pub count: u32,
    pub entries: Vec<(usize, u64)>,
}

/// A payout of an entry of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the protocol's own words")]
pub struct Payout {
    pub cycle: u64,
    pub attempt: u8,
    pub node: usize,
    pub index: u32,
    pub amount: u64,
    /// Whether the proof is that of the list's entry `index`.
    pub honest_proof: bool,
}

/// One step of a script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "named as the instructions are")]
pub enum Op {
    Warp {
        slot: u64,
    },
    Donate {
        to_stake: bool,
        amount: u64,
    },
    /// All in one transaction.
    Together {
        ops: Vec<Op>,
    },
    /// The same with another of the program's accounts in one place: refused, or as if it were right.
    Mangled {
        op: Box<Op>,
        position: usize,
        other: usize,
    },
    /// The same about another task than number 0.
    In {
        task: usize,
        op: Box<Op>,
    },
    InitializeConfig {
        who: usize,
        manager: usize,
    },
    CloseConfig {
        who: usize,
    },
    ProposeAdmin {
        who: usize,
        to: Option<usize>,
    },
    AcceptAdmin {
        who: usize,
    },
    SetPaused {
        paused: bool,
        /// Who sends it, where that is not the upgrade authority.
        #[serde(default)]
        who: Option<usize>,
    },
    InsertManager {
        first: usize,
        second: Option<usize>,
        manager: usize,
    },
    RemoveManager {
        first: usize,
        second: Option<usize>,
        manager: usize,
    },
    CreateTask {
        terms: Terms,
    },
    AllowlistTask {
        who: usize,
        listed: bool,
    },
    ProposeManager {
        who: usize,
        to: Option<usize>,
    },
    AcceptManager {
        who: usize,
    },
    MigrateTask {
        who: usize,
        to: usize,
    },
    MigrateStake {
        node: usize,
        to: usize,
    },
    CloseTask {
        who: usize,
        destination: usize,
    },
    SetActive {
        active: bool,
        /// Who sends it, where that is not the first manager.
        #[serde(default)]
        who: Option<usize>,
    },
    Fund {
        amount: u64,
    },
    Stake {
        node: usize,
        amount: u64,
    },
    Withdraw {
        node: usize,
        amount: u64,
    },
    Claim {
        node: usize,
    },
    Compound {
        node: usize,
    },
    /// Sent by the manager, who has nothing to do with it.
    Park {
        node: usize,
    },
    Resume {
        node: usize,
    },
    CloseStake {
        node: usize,
        /// Who sends it, where that is not the node itself.
        #[serde(default)]
        closer: Option<usize>,
    },
    OpenCycle {
        node: usize,
        cycle: u64,
    },
    Submit {
        node: usize,
        cycle: u64,
        length: usize,
    },
    Audit {
        node: usize,
        subject: SubjectId,
        valid: bool,
    },
    Resolve {
        subject: SubjectId,
    },
    Propose(Proposal),
    Finalize {
        cycle: u64,
        attempt: u8,
    },
    Payout(Payout),
    PayoutEqual {
        node: usize,
        cycle: u64,
    },
    CloseVote {
        subject: SubjectId,
        voter: usize,
    },
    CloseSubject {
        subject: SubjectId,
    },
    CloseCycle {
        cycle: u64,
    },
}

impl Op {
    /// What kind of step this is, for tallies.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Warp { .. } => "(warp)",
            Self::Donate { .. } => "(donate)",
            Self::Together { .. } => "(together)",
            Self::Mangled { .. } => "(mangled)",
            Self::In { op, .. } => op.name(),
            Self::InitializeConfig { .. } => "initialize_config",
            Self::CloseConfig { .. } => "close_config",
            Self::ProposeAdmin { .. } => "propose_admin",
            Self::AcceptAdmin { .. } => "accept_admin",
            Self::InsertManager { .. } => "insert_manager",
            Self::RemoveManager { .. } => "remove_manager",
            Self::CreateTask { .. } => "create_task",
            Self::AllowlistTask { .. } => "allowlist_task",
            Self::ProposeManager { .. } => "propose_manager",
            Self::AcceptManager { .. } => "accept_manager",
            Self::MigrateTask { .. } => "migrate_task",
            Self::MigrateStake { .. } => "migrate_stake",
            Self::CloseTask { .. } => "close_task",
            Self::Fund { .. } => "fund_task",
            Self::SetActive { .. } => "set_active",
            Self::Stake { .. } => "stake",
            Self::Withdraw { .. } => "withdraw",
            Self::Claim { .. } => "claim_reward",
            Self::Compound { .. } => "compound",
            Self::Park { .. } => "park_stake",
            Self::Resume { .. } => "resume_stake",
            Self::CloseStake { .. } => "close_stake",
            Self::SetPaused { .. } => "set_paused",
            Self::OpenCycle { .. } => "open_cycle",
            Self::Submit { .. } => "submit",
            Self::Audit { .. } => "audit",
            Self::Resolve { .. } => "resolve_audit",
            Self::Propose(_) => "submit_distribution_list",
            Self::Finalize { .. } => "finalize_distribution",
            Self::Payout(_) => "payout",
            Self::PayoutEqual { .. } => "payout_equal",
            Self::CloseVote { .. } => "close_vote",
            Self::CloseSubject { .. } => "close_subject",
            Self::CloseCycle { .. } => "close_cycle",
        }
    }
}

impl Op {
    /// The task that this is about, and what is to happen in it.
    pub fn parts(&self) -> (usize, &Self) {
        match self {
            Self::In { task, op } => (*task, op),
            _ => (0, self),
        }
    }

    /// This, about `task`.
    pub fn about(self, task: usize) -> Self {
        if task == 0 {
            return self;
        }
        Self::In {
            task,
            op: Box::new(self),
        }
    }
}

/// What `node` submits, so many bytes long.
pub fn value(node: usize, length: usize) -> Vec<u8> {
    let byte = u8::try_from(node % 251).unwrap_or_default();
    vec![byte; length]
}

/// Terms, and what happens under them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// The terms.
    pub terms: Terms,
    /// The steps.
    pub steps: Vec<Op>,
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |json: serde_json::Result<String>| json.map_err(|_| fmt::Error);
        writeln!(f, "{}", line(serde_json::to_string(&self.terms))?)?;
        for step in &self.steps {
            writeln!(f, "{}", line(serde_json::to_string(step))?)?;
        }
        Ok(())
    }
}

impl std::str::FromStr for Script {
    type Err = serde_json::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut lines = text.lines().filter(|line| !line.starts_with('#'));
        let terms = serde_json::from_str(lines.next().unwrap_or_default())?;
        let steps = lines.map(serde_json::from_str).collect::<Result<_, _>>()?;
        Ok(Self { terms, steps })
    }
}
