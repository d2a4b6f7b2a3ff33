//! The names of what a node sends.

use solana_sdk::pubkey::Pubkey;

/// An instruction that a node sends, and what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Ends the parking of its own stake.
    Resume,
    /// Parks the stake of an idle node.
    Park {
        /// The idle node.
        node: Pubkey,
    },
    /// Opens a cycle in its work round.
    Open {
        /// The cycle.
        cycle: u64,
    },
    /// Submits its proof for a cycle.
    Submit {
        /// The cycle.
        cycle: u64,
    },
    /// Votes on a submission or list. The first vote against one opens its audit.
    Audit {
        /// The submission or list.
        subject: Pubkey,
        /// Whether the node votes that it is valid.
        is_valid: bool,
    },
    /// Resolves an audit.
    Resolve {
        /// The submission or list.
        subject: Pubkey,
    },
    /// Proposes a list.
    Propose {
        /// The cycle.
        cycle: u64,
        /// The attempt.
        attempt: u8,
    },
    /// Finalizes a list.
    Finalize {
        /// The cycle.
        cycle: u64,
        /// The attempt.
        attempt: u8,
    },
    /// Has an entry of an accepted list paid: its own, or an absent node's.
    Payout {
        /// The cycle.
        cycle: u64,
        /// The node that is paid.
        node: Pubkey,
    },
    /// Has an equal share of a failed cycle paid: its own, or an absent node's.
    PayoutEqual {
        /// The cycle.
        cycle: u64,
        /// The node that is paid.
        node: Pubkey,
    },
    /// Closes a vote.
    CloseVote {
        /// The submission or list voted on.
        subject: Pubkey,
        /// The voter.
        voter: Pubkey,
    },
    /// Closes a submission or list.
    CloseSubject {
        /// The submission or list.
        subject: Pubkey,
    },
    /// Closes a cycle.
    CloseCycle {
        /// The cycle.
        cycle: u64,
    },
    /// Claims its rewards.
    Claim,
    /// Compounds its rewards.
    Compound,
    /// Closes its empty stake account in a task that has ended.
    CloseStake,
}

/// Writes a line about an action to the log: which it is, and what it is about.
macro_rules! tell {
    ($level:ident, $action:expr, $($rest:tt)*) => {{
        let action: $crate::runner::Action = $action;
        tracing::$level!(
            cycle = action.cycle(),
            attempt = action.attempt(),
            subject = action.subject().map(tracing::field::display),
            node = action.other().map(tracing::field::display),
            verdict = action.verdict(),
            $($rest)*
        )
    }};
}
pub(crate) use tell;

impl Action {
    /// The cycle that it is about, if it names one.
    pub const fn cycle(self) -> Option<u64> {
        match self {
            Self::Open { cycle }
            | Self::Submit { cycle }
            | Self::Propose { cycle, .. }
            | Self::Finalize { cycle, .. }
            | Self::Payout { cycle, .. }
            | Self::PayoutEqual { cycle, .. }
            | Self::CloseCycle { cycle } => Some(cycle),
            _ => None,
        }
    }

    /// The attempt at a list that it is about.
    pub fn attempt(self) -> Option<u64> {
        match self {
            Self::Propose { attempt, .. } | Self::Finalize { attempt, .. } => Some(attempt.into()),
            _ => None,
        }
    }

    /// The submission or list that it is about.
    pub const fn subject(self) -> Option<Pubkey> {
        match self {
            Self::Audit { subject, .. }
            | Self::Resolve { subject }
            | Self::CloseVote { subject, .. }
            | Self::CloseSubject { subject } => Some(subject),
            _ => None,
        }
    }

    /// The node that it is about, where that may be another one.
    pub const fn other(self) -> Option<Pubkey> {
        match self {
            Self::Park { node } | Self::Payout { node, .. } | Self::PayoutEqual { node, .. } => {
                Some(node)
            }
            Self::CloseVote { voter, .. } => Some(voter),
            _ => None,
        }
    }

    /// What a vote says.
    pub const fn verdict(self) -> Option<&'static str> {
        match self {
            Self::Audit { is_valid: true, .. } => Some("valid"),
            Self::Audit {
                is_valid: false, ..
            } => Some("invalid"),
            _ => None,
        }
    }

    /// The name of its instruction, in metrics and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Resume => "resume_stake",
            Self::Park { .. } => "park_stake",
            Self::Open { .. } => "open_cycle",
            Self::Submit { .. } => "submit",
            Self::Audit { .. } => "audit",
            Self::Resolve { .. } => "resolve_audit",
            Self::Propose { .. } => "submit_distribution_list",
            Self::Finalize { .. } => "finalize_distribution",
            Self::Payout { .. } => "payout",
            Self::PayoutEqual { .. } => "payout_equal",
            Self::CloseVote { .. } => "close_vote",
            Self::CloseSubject { .. } => "close_subject",
            Self::CloseCycle { .. } => "close_cycle",
            Self::Claim => "claim_reward",
            Self::Compound => "compound",
            Self::CloseStake => "close_stake",
        }
    }

    /// Whether it can be done only within a window of its round.
    pub(super) const fn has_window(self) -> bool {
        matches!(
            self,
            Self::Open { .. } | Self::Submit { .. } | Self::Audit { .. } | Self::Propose { .. }
        )
    }

    /// Whether it closes an account, so that rent or bounty returns.
    pub(super) const fn is_closing(self) -> bool {
        matches!(
            self,
            Self::CloseVote { .. } | Self::CloseSubject { .. } | Self::CloseCycle { .. }
        )
    }

    /// Whether it takes what the node has earned.
    pub(super) const fn takes_rewards(self) -> bool {
        matches!(self, Self::Claim | Self::Compound)
    }

    /// Whether another node may do the same first, so that this one fails.
    pub const fn is_contested(self) -> bool {
        match self {
            Self::Park { .. }
            | Self::Open { .. }
            | Self::Resolve { .. }
            | Self::Propose { .. }
            | Self::Finalize { .. }
            | Self::Payout { .. }
            | Self::PayoutEqual { .. }
            | Self::CloseVote { .. }
            | Self::CloseSubject { .. }
            | Self::CloseCycle { .. } => true,
            Self::Resume
            | Self::Submit { .. }
            | Self::Audit { .. }
            | Self::Claim
            | Self::Compound
            | Self::CloseStake => false,
        }
    }
}
