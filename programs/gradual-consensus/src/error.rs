//! What can go wrong, and what to do about it.

use crate::rules::mint::Refusal;
use anchor_lang::prelude::*;

/// The program's errors. Codes are stable: new ones are added at the end.
#[error_code]
#[derive(PartialEq, Eq, strum::FromRepr, strum::VariantArray)]
pub enum GradualError {
    // Parameters of a task.
    /// Section 2: the windows do not fit their round.
    #[msg(
        "windows do not fit: need submission_window >= 1, audit_window >= 2 (3 if the round is full), their sum <= round_time <= 2^32 - 1"
    )]
    InvalidSchedule,
    /// Section 3: a task starts after its creation.
    #[msg("starting_slot has passed: name a slot after the present one")]
    StartInPast,
    /// Sections 4 and 6: basis points out of range.
    #[msg(
        "basis points out of range: quorum 1 to 10000, slashes at most 10000, challenger + voter at most 10000"
    )]
    InvalidBps,
    /// Sections 2 and 3: an amount or a number of rounds is out of range.
    #[msg(
        "parameter out of range: minimum_stake_amount, bounty_amount_per_round and claim_window must be at least 1, allowed_failed_distributions at most 15"
    )]
    InvalidParameter,
    /// Section 3: a text is longer than its field.
    #[msg("text too long: at most 24 bytes for a name, 64 for any other text, endpoint or uri")]
    TextTooLong,

    /// Section 3.
    #[msg("the task exists already: use it, or name another task_id or other terms")]
    TaskExists,

    // Accounts that belong to something else.
    /// An account belongs to another task.
    #[msg("the account belongs to another task: pass the one derived from this task")]
    WrongTask,
    /// An account belongs to another cycle.
    #[msg("the account belongs to another cycle: pass the one derived from this cycle")]
    WrongCycle,
    /// A stake or submission belongs to another node.
    #[msg("the account belongs to another node: pass the one derived from this node")]
    WrongNode,
    /// The stake account passed is not the author's.
    #[msg("not the stake of the subject's author: pass the author's stake account")]
    WrongAuthor,
    /// The stake account passed is not the challenger's.
    #[msg("not the stake of the audit's challenger: pass the challenger's stake account")]
    WrongChallenger,
    /// The vote is on another subject, or of another voter.
    #[msg("vote on another subject, or of another voter: pass the vote derived from both")]
    WrongVote,
    /// The account passed did not pay the rent.
    #[msg("rent goes back to its payer: pass the payer that is stored in the account")]
    WrongRentPayer,
    /// The signer does not manage the task.
    #[msg("only the task's manager may do this: sign with the manager's key")]
    NotManager,
    /// The account passed is not the task's pot.
    #[msg("not this task's pot: pass the stake pot or bounty pot stored in the task")]
    WrongPot,
    /// The account passed is not the task's mint.
    #[msg("not this task's mint: pass the mint stored in the task")]
    WrongMint,
    /// The address is not the one that the program derives.
    #[msg("address does not match its seeds: derive it from the task, cycle and node named")]
    WrongAddress,
    /// Neither a submission nor a distribution list.
    #[msg("not a submission or distribution list of this program: pass one of these")]
    WrongSubject,

    // Windows.
    /// Section 2.
    #[msg(
        "outside of this cycle's opening window: open cycle r within B(r) ..= B(r) + submission_window"
    )]
    OpeningWindowClosed,
    /// Section 2.
    #[msg(
        "no submission of this cycle is accepted now: submit within B(r+1) ..= B(r+1) + submission_window"
    )]
    SubmissionWindowClosed,
    /// Section 2.
    #[msg("no audit of this subject is accepted now: vote within its audit window")]
    AuditWindowClosed,
    /// Section 2.
    #[msg("too late to open an audit: challenge in the first half of the audit window")]
    ChallengeWindowClosed,
    /// Section 2.
    #[msg("the audit window is still open: come back after its last slot")]
    AuditWindowOpen,
    /// Section 2.
    #[msg(
        "no list of this attempt is accepted now: submit within B(r+2+a) ..= B(r+2+a) + submission_window"
    )]
    ListWindowClosed,
    /// Section 2.
    #[msg("the task allows no such attempt: name one of 0 to allowed_failed_distributions")]
    AttemptsExhausted,
    /// Section 7.
    #[msg("not selected yet: others may propose first, wait for your stagger slot")]
    NotYetSelected,

    // Stake and money.
    /// The amount is 0.
    #[msg("amount must be at least 1 base unit")]
    ZeroAmount,
    /// A sum does not fit its field.
    #[msg("arithmetic overflow: use smaller amounts")]
    Overflow,
    /// Section 5.
    #[msg("the deposit leaves the stake below minimum_stake_amount: deposit more")]
    StakeBelowMinimum,
    /// Section 5.
    #[msg("active stake is below minimum_stake_amount: stake enough, two rounds ahead")]
    InsufficientActiveStake,
    /// Section 5.
    #[msg("less is staked than that: withdraw at most the whole stake")]
    InsufficientStake,
    /// Section 5.
    #[msg(
        "what is left must be 0, at least minimum_stake_amount, or just the active stake: withdraw less, or all"
    )]
    RemainderBelowMinimum,
    /// Section 4.
    #[msg("a pot cannot be the destination: name a token account of your own")]
    PotAsDestination,
    /// Section 5.
    #[msg("stake is locked by work in a running cycle: withdraw from locked_until_slot on")]
    StakeLocked,
    /// Section 5.
    #[msg("stake is held by an open audit: resolve the audit first")]
    StakeInAudit,
    /// Section 8.
    #[msg("available_balance is 0: wait for a payout")]
    NothingToClaim,

    /// Section 5.
    #[msg(
        "the node was active within idle_rounds, or the task parks no stake: leave the stake as it is"
    )]
    NotIdle,
    /// Section 5.
    #[msg("the stake is parked already: wait for its node to resume it")]
    AlreadyParked,
    /// Section 5.
    #[msg("nothing is staked here: park another node's stake")]
    NothingToPark,
    /// Section 5.
    #[msg("the stake is not parked: go on without resuming it")]
    NotParked,

    // Cycles and submissions.
    /// Section 4.
    #[msg("the cycle is open already: work for it, and submit in its review")]
    CycleAlreadyOpen,
    /// Section 4.
    #[msg("nobody opened this cycle, so it does not take place: submit for another")]
    CycleNotOpen,
    /// Section 4.
    #[msg(
        "bounty_available is less than bounty_amount_per_round: fund the task, then open the cycle"
    )]
    BountyTooSmall,
    /// Section 9.
    #[msg("task is inactive: ask its manager to activate it")]
    TaskInactive,
    /// Section 3.
    #[msg("a submission has 1 to 512 bytes: shorten it to a digest or a uri")]
    InvalidSubmissionLength,
    /// Section 3.
    #[msg("this node has submitted for this cycle already: submit for the next one")]
    AlreadySubmitted,

    // Audits.
    /// Section 6.
    #[msg("the author does not vote on its own subject: leave it to other nodes")]
    SelfAudit,
    /// Section 6.
    #[msg("nobody has challenged this subject: vote against it, or send nothing")]
    NothingToDefend,
    /// Section 6.
    #[msg("this node has voted on this subject already: send no second vote")]
    AlreadyVoted,
    /// Section 6.
    #[msg(
        "the node's stake pays for no further false challenge of a submission: resolve its open ones first"
    )]
    TooManyChallenges,
    /// Section 6.
    #[msg("no audit is open on this subject: finalize, pay or close it")]
    NoOpenAudit,
    /// Section 6.
    #[msg("an audit of this subject is open: resolve it first")]
    AuditUnresolved,

    // Lists.
    /// Section 7.
    #[msg("the proposer's submission is invalid or in dispute: leave the list to another node")]
    ProposerNotEligible,
    /// Section 7.
    #[msg("this node has proposed for this cycle already: leave the list to another node")]
    AlreadyProposed,
    /// Section 7.
    #[msg("a list of this cycle is pending: finalize it first")]
    ListPending,
    /// Section 7.
    #[msg("a list of this cycle was accepted already: pay its entries")]
    ListAlreadyAccepted,
    /// Section 8.
    #[msg(
        "a list needs 1 entry to as many as there were submissions, of at least 1 base unit each: recompute it"
    )]
    InvalidList,
    /// Section 8.
    #[msg("total is more than the cycle's bounty: divide the bounty that is stored in the cycle")]
    ListExceedsBounty,
    /// Section 8.
    #[msg("this list was finalized already: pay its entries, or propose in the next attempt")]
    ListNotPending,

    // Payout.
    /// Section 8.
    #[msg("this list was not accepted: name the accepted one, or finalize this one first")]
    ListNotAccepted,
    /// Section 8.
    #[msg("the Merkle proof does not show this node, index and amount in the list: recompute it")]
    InvalidProof,
    /// Section 8.
    #[msg("this submission was found invalid and is not paid: pay the others")]
    SubmissionInvalid,
    /// Section 8.
    #[msg("this node was paid for this cycle already: pay the others")]
    AlreadyPaid,
    /// Section 8.
    #[msg(
        "the entries add up to more than the list's total: the rest cannot be paid, wait for the next cycle"
    )]
    PayoutExceedsTotal,

    /// Section 8.
    #[msg("the task pays by list only: propose a list within the allowed attempts")]
    NotEqualShares,
    /// Section 8.
    #[msg(
        "the cycle has not failed: wait for its last attempt to end, and finalize the list that is pending"
    )]
    CycleNotFailed,
    /// Section 8.
    #[msg("the claim window of the equal shares is over: close the cycle")]
    ClaimWindowOver,
    /// Section 8.
    #[msg("the bounty is less than a base unit for each submission: close the cycle")]
    NothingToPay,

    // Closing.
    /// Section 3.
    #[msg("votes on this subject are still open: close them first")]
    VotesOpen,
    /// Section 8.
    #[msg("the cycle is not settled: pay what it owes, or wait for the end of its claim window")]
    CycleNotSettled,
    /// Section 8.
    #[msg("submissions or lists of this cycle are still open: close them first")]
    SubjectsOpen,
    /// Section 5.
    #[msg("stake account is not empty: withdraw the stake and claim the balance first")]
    StakeNotEmpty,
    /// Section 5.
    #[msg(
        "accounts that this node opened (submissions, votes, lists, cycles) are still open: close them first"
    )]
    NodeAccountsOpen,

    // The program's config.
    /// Section 9: nobody has initialised the program on this cluster.
    #[msg("the program has no config here yet: its upgrade authority runs gradual config init")]
    NoConfig,
    /// Section 9.
    #[msg("the config exists already: change it with propose_admin, set_paused and insert_manager")]
    ConfigExists,
    /// Section 9: not what the upgradeable loader keeps of this program.
    #[msg("not the program's own ProgramData account: derive it from the program's id")]
    WrongProgramData,
    /// Section 9.
    #[msg("only the program's upgrade authority may do this: sign with its key")]
    NotUpgradeAuthority,
    /// Section 9.
    #[msg("only the config's admin may do this: sign with the admin's key")]
    NotAdmin,
    /// Section 9.
    #[msg("the config is not being handed to this key: let the admin propose it first")]
    NotPendingAdmin,
    /// Section 9.
    #[msg("the program is paused: wait; audits, payouts, claims and withdrawals go on")]
    Paused,
    /// Section 9.
    #[msg("only a manager of the config may do this: sign with a manager's key")]
    NotConfigManager,
    /// Section 9.
    #[msg("one manager signed twice: two different managers must sign")]
    SameManagerTwice,
    /// Section 9.
    #[msg("a second manager must sign: one alone may act only while there is no other")]
    SecondManagerMissing,
    /// Section 9.
    #[msg("this key is a manager already: insert another one")]
    AlreadyManager,
    /// Section 9.
    #[msg("this key is no manager: name one of the managers")]
    UnknownManager,
    /// Section 9.
    #[msg("there is room for 16 managers: remove one first")]
    TooManyManagers,
    /// Section 9.
    #[msg("the last manager stays: insert another one first")]
    LastManager,

    // Mints.
    /// Section 4.
    #[msg(
        "not an initialized mint of this token program: pass a mint, and the program that owns it"
    )]
    NotAMint,
    /// Section 4.
    #[msg(
        "the mint has an extension that tasks do not accept: use a mint with those that docs/tokens.md lists"
    )]
    RefusedExtension,
    /// Section 4.
    #[msg(
        "new accounts of this mint are frozen, pots too: set its default account state to initialized"
    )]
    FrozenByDefault,

    // Closing a task, and migration to its successor.
    /// Section 9.
    #[msg("the task is not being handed to this key: let its manager propose it first")]
    NotPendingManager,
    /// Section 9.
    #[msg("the task has moved to its successor: use the task stored in migrated_to")]
    TaskMigrated,
    /// Section 9.
    #[msg("the task has no successor: its manager migrates it first")]
    TaskNotMigrated,
    /// Section 9.
    #[msg("not the successor of this task: pass the one stored in migrated_to")]
    WrongSuccessor,
    /// Section 9.
    #[msg("a task cannot succeed itself: create another one")]
    OwnSuccessor,
    /// Section 9.
    #[msg("the successor has another mint: create a successor with this task's mint")]
    SuccessorMint,
    /// Section 9.
    #[msg(
        "the successor was created by somebody else: let this task's creator or manager create it"
    )]
    SuccessorCreator,
    /// Section 9.
    #[msg("the successor has a successor of its own: name a task that has none")]
    SuccessorMigrated,
    /// Section 9.
    #[msg("nothing is staked here: stake in the successor instead")]
    NothingToMigrate,
    /// Section 9.
    #[msg("the stake is below the successor's minimum_stake_amount: withdraw it instead")]
    BelowSuccessorMinimum,
    /// Sections 5 and 9.
    #[msg(
        "the task is active: its manager deactivates it first, and until then each node alone closes its stake account"
    )]
    TaskActive,
    /// Section 9.
    #[msg("the task still has stake accounts, or a bounty in reserve: let them be closed first")]
    TaskInUse,
}

impl From<Refusal> for GradualError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotAMint => Self::NotAMint,
            Refusal::Extension => Self::RefusedExtension,
            Refusal::Frozen => Self::FrozenByDefault,
        }
    }
}
