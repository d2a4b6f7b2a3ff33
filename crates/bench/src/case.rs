//! What is measured: every instruction, in the ways that cost differently, and what it may cost.

use gradual_consensus_client::compute::INSTRUCTIONS;

/// What the document says of a case beside its figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The instruction's name.
    pub instruction: &'static str,
    /// What sets this case apart from the instruction's others; may be empty.
    pub variant: &'static str,
    /// Accounts that it creates; empty where none.
    pub creates: &'static str,
    /// Most that the base figure may be, in compute units; 0 where there is no budget.
    pub budget: u64,
}

macro_rules! cases {
    ($($name:ident = $instruction:literal, $variant:literal, $creates:literal, $budget:literal;)+) => {
        /// One way in which an instruction is measured.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Case {
            $(
                #[doc = concat!("`", $instruction, "` ", $variant)]
                $name,
            )+
        }

        impl Case {
            /// All, in the document's order: that of the program's source.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Its row in the document.
            pub const fn row(self) -> Row {
                match self {
                    $(Self::$name => Row {
                        instruction: $instruction,
                        variant: $variant,
                        creates: $creates,
                        budget: $budget,
                    },)+
                }
            }
        }
    };
}

cases! {
    InitializeConfig = "initialize_config", "", "config", 0;
    CloseConfig = "close_config", "", "", 0;
    ProposeAdmin = "propose_admin", "", "", 0;
    AcceptAdmin = "accept_admin", "", "", 0;
    SetPaused = "set_paused", "", "", 0;
    InsertManager = "insert_manager", "", "", 0;
    RemoveManager = "remove_manager", "", "", 0;
    CreateTask = "create_task", "", "task, metadata, two pots", 0;
    FundTask = "fund_task", "", "", 0;
    SetActive = "set_active", "", "", 0;
    AllowlistTask = "allowlist_task", "", "", 0;
    ProposeManager = "propose_manager", "", "", 0;
    AcceptManager = "accept_manager", "", "", 0;
    MigrateTask = "migrate_task", "", "", 0;
    StakeFirst = "stake", "first", "stake", 13_000;
    StakeMore = "stake", "top-up", "", 6_500;
    Withdraw = "withdraw", "", "", 5_200;
    MigrateStakeFirst = "migrate_stake", "first", "stake", 0;
    MigrateStakeMore = "migrate_stake", "to a stake that is there", "", 0;
    ParkStake = "park_stake", "", "", 3_500;
    ResumeStake = "resume_stake", "", "", 3_500;
    OpenCycle = "open_cycle", "", "cycle", 9_000;
    Submit = "submit", "32 bytes", "submission", 5_900;
    SubmitLong = "submit", "512 bytes", "submission", 0;
    Challenge = "audit", "challenge of a submission", "vote", 5_700;
    Vote = "audit", "vote on a submission", "vote", 5_500;
    ChallengeList = "audit", "challenge of a list", "vote", 5_700;
    VoteList = "audit", "vote on a list", "vote", 5_500;
    Upheld = "resolve_audit", "upheld", "", 9_000;
    Dismissed = "resolve_audit", "dismissed", "", 9_000;
    Undecided = "resolve_audit", "undecided", "", 9_000;
    UpheldList = "resolve_audit", "upheld, of a list", "", 9_000;
    SubmitList = "submit_distribution_list", "", "list", 9_000;
    Accept = "finalize_distribution", "accepted", "", 5_000;
    Reject = "finalize_distribution", "rejected", "", 5_000;
    Payout1 = "payout", "list of 1", "", 5_700;
    Payout31 = "payout", "list of 31, all paid", "", 5_700;
    Payout1k = "payout", "list of 1,000", "", 5_700;
    Payout100k = "payout", "list of 100,000", "", 5_700;
    PayoutEqual = "payout_equal", "", "", 3_500;
    Claim = "claim_reward", "", "", 4_700;
    Compound = "compound", "", "", 0;
    CloseVote = "close_vote", "", "", 0;
    CloseSubmission = "close_subject", "submission", "", 0;
    CloseList = "close_subject", "accepted list", "", 0;
    CloseFallenList = "close_subject", "rejected list", "", 0;
    CloseCycle = "close_cycle", "", "", 0;
    CloseStake = "close_stake", "", "", 0;
    CloseTask = "close_task", "both pots empty", "", 0;
    CloseFundedTask = "close_task", "with bounty left", "", 0;
}

impl Case {
    /// Its name in the document: the instruction, and what sets the case apart.
    pub fn title(self) -> String {
        title(self.row().instruction, self.row().variant)
    }
}

/// A case's name in the document.
pub fn title(instruction: &str, variant: &str) -> String {
    if variant.is_empty() {
        format!("`{instruction}`")
    } else {
        format!("`{instruction}`: {variant}")
    }
}

/// Instructions that no case measures, and instructions of cases that do not exist.
pub fn gaps() -> (Vec<&'static str>, Vec<&'static str>) {
    let measured = || Case::ALL.iter().map(|case| case.row().instruction);
    let missing = INSTRUCTIONS
        .iter()
        .copied()
        .filter(|&name| !measured().any(|other| other == name))
        .collect();
    let unknown = measured()
        .filter(|name| !INSTRUCTIONS.contains(name))
        .collect();
    (missing, unknown)
}
