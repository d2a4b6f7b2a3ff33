use super::{Cycle, DistributionList, Submission, Task};
use crate::{
    checked::{add, count_down, count_up},
    error::GradualError,
    pda,
    rules::verdict::{Tally, Verdict},
};
use anchor_lang::prelude::*;
use std::cell::RefMut;

/// How far a submission or list has come. It only moves forward:
///
/// ```text
/// Pending -> Challenged -> Standing | Invalid
/// submission: Pending | Standing -> Paid
/// list:       Pending | Standing -> Accepted,   Invalid -> Rejected
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Status {
    /// Handed in, and not challenged.
    Pending = 0,
    /// An audit is open.
    Challenged = 1,
    /// Audited, and it stands.
    Standing = 2,
    /// Audited, and it fell.
    Invalid = 3,
    /// A submission that was paid.
    Paid = 4,
    /// A list that was accepted.
    Accepted = 5,
    /// A list that was rejected.
    Rejected = 6,
}

impl Status {
    /// The status stored as `byte`; only the program writes it, so an unknown one is `Rejected`.
    pub const fn from_byte(byte: u8) -> Self {
        match byte {
            0 => Self::Pending,
            1 => Self::Challenged,
            2 => Self::Standing,
            3 => Self::Invalid,
            4 => Self::Paid,
            5 => Self::Accepted,
            _ => Self::Rejected,
        }
    }

    /// Whether a submission may be paid, and a list accepted: it is not challenged, or it stands.
    pub const fn is_payable(self) -> bool {
        matches!(self, Self::Pending | Self::Standing)
    }
}

/// What every subject of an audit has in common; the first field of [`Submission`] and of
/// [`DistributionList`], so that one path audits both.
#[zero_copy]
#[derive(Debug, PartialEq, Eq)]
pub struct Subject {
    /// The task.
    pub task: Pubkey,
    /// The account of the cycle it belongs to.
    pub cycle: Pubkey,
    /// The node that handed it in, and answers for it with its stake.
    pub author: Pubkey,
    /// Who paid this account's rent.
    pub payer: Pubkey,
    /// The number of the cycle.
    pub cycle_number: u64,
    /// The round in whose windows it is handed in and audited.
    pub window_round: u64,
    /// The slot at which it was handed in.
    pub slot: u64,
    /// The audit, once somebody challenges.
    pub audit: Audit,
    /// See [`Status`].
    pub status: u8,
    /// Canonical bump of this address.
    pub bump: u8,
    /// Unused, 0.
    pub padding: [u8; 6],
}

/// One audit, of a submission or a list alike (section 6).
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Who opened it; all zeros while nobody has.
    pub challenger: Pubkey,
    /// The slot at which it was opened.
    pub opened_slot: u64,
    /// Weight of all who could vote when it was opened, the author included. Stake only becomes active
    /// at the start of a round, so nobody joins the electorate during the audit.
    pub electorate: u64,
    /// The author's weight in it; 0 where its active stake was below the minimum.
    pub author_weight: u64,
    /// Weight of the votes that call the subject valid.
    pub weight_valid: u64,
    /// Weight of the votes that call it invalid.
    pub weight_invalid: u64,
    /// What was slashed, in base units.
    pub slashed: u64,
    /// What the voters in the right share, in base units.
    pub voter_pool: u64,
    /// What of it they have not collected yet, in base units.
    pub voter_pool_left: u64,
    /// Votes whose accounts still exist.
    pub open_votes: u32,
    /// 0 while the audit is not resolved; the number of its [`Verdict`] then. 1: upheld; 2: dismissed; 3:
    /// undecided.
    pub outcome: u8,
    /// Unused, 0.
    pub padding: [u8; 3],
}

impl Audit {
    /// The votes so far.
    pub const fn tally(&self) -> Tally {
        Tally {
            valid: self.weight_valid,
            invalid: self.weight_invalid,
            author: self.author_weight,
            electorate: self.electorate,
        }
    }

    /// What the audit came to; `None` before it is resolved.
    pub const fn verdict(&self) -> Option<Verdict> {
        Verdict::from_number(self.outcome)
    }

    /// Weight of the side that was in the right; `None` where neither was.
    pub fn winning_weight(&self, is_valid: bool) -> Option<u64> {
        match (self.verdict()?, is_valid) {
            (Verdict::Upheld, false) => Some(self.weight_invalid),
            (Verdict::Dismissed, true) => Some(self.weight_valid),
            _ => None,
        }
    }
}

/// Which of the two a subject is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub enum SubjectKind {
    /// A [`Submission`].
    Submission,
    /// A [`DistributionList`].
    List,
}

impl Subject {
    /// Makes this subject, all zeros before, the one that `author` hands in at `slot`, in the windows of `window_round`:
    /// nobody has challenged it.
    pub const fn hand_in(
        &mut self,
        (address, cycle): (&Pubkey, &Cycle),
        author: &Pubkey,
        payer: &Pubkey,
        (window_round, slot): (u64, u64),
        bump: u8,
    ) {
        self.task = cycle.task;
        self.cycle = *address;
        self.author = *author;
        self.payer = *payer;
        self.cycle_number = cycle.number;
        self.window_round = window_round;
        self.slot = slot;
        self.status = Status::Pending as u8;
        self.bump = bump;
    }

    /// How far it has come.
    pub const fn status(&self) -> Status {
        Status::from_byte(self.status)
    }

    /// Borrows the subject in `account`: the head of a submission or of a list.
    ///
    /// # Errors
    /// [`GradualError::WrongSubject`] for an account that is neither, not this program's, or not
    /// writable.
    pub fn load_mut<'a>(account: &'a AccountInfo) -> Result<(SubjectKind, RefMut<'a, Self>)> {
        if let Some(submission) = pda::load_mut::<Submission>(account) {
            let subject = RefMut::map(submission, |submission| &mut submission.subject);
            return Ok((SubjectKind::Submission, subject));
        }
        let list = pda::load_mut::<DistributionList>(account).ok_or(GradualError::WrongSubject)?;
        let subject = RefMut::map(list, |list| &mut list.subject);
        Ok((SubjectKind::List, subject))
    }

    /// Opens the audit: `challenger` holds the subject invalid, `electorate` is the weight of all who can
    /// vote, and `author_weight` the author's in it.
    pub const fn open_audit(
        &mut self,
        challenger: Pubkey,
        electorate: u64,
        author_weight: u64,
        slot: u64,
    ) {
        self.status = Status::Challenged as u8;
        self.audit.challenger = challenger;
        self.audit.opened_slot = slot;
        self.audit.electorate = electorate;
        self.audit.author_weight = author_weight;
    }

    /// Counts one vote.
    ///
    /// # Errors
    /// [`GradualError::Overflow`].
    pub fn count_vote(&mut self, is_valid: bool, weight: u64) -> Result<()> {
        count_up(&mut self.audit.open_votes)?;
        let side = if is_valid {
            &mut self.audit.weight_valid
        } else {
            &mut self.audit.weight_invalid
        };
        add(side, weight)
    }

    /// Counts a vote whose account was closed.
    ///
    /// # Errors
    /// [`GradualError::Overflow`].
    pub fn vote_closed(&mut self) -> Result<()> {
        count_down(&mut self.audit.open_votes)
    }

    /// What the open audit comes to, by its tally and the task's quorum, and whether the subject stands.
    ///
    /// # Errors
    /// [`GradualError::NoOpenAudit`] unless one is open.
    pub fn decide(&self, kind: SubjectKind, task: &Task) -> Result<(Verdict, bool)> {
        require!(
            self.status() == Status::Challenged,
            GradualError::NoOpenAudit
        );
        let tally = self.audit.tally();
        let stands = match kind {
            SubjectKind::Submission => tally.submission_stands(task.quorum_bps),
            SubjectKind::List => tally.list_stands(),
        };
        Ok((tally.verdict(), stands))
    }

    /// Ends the open audit with `verdict`.
    pub const fn resolve(&mut self, verdict: Verdict, stands: bool) {
        let status = if stands {
            Status::Standing
        } else {
            Status::Invalid
        };
        self.status = status as u8;
        self.audit.outcome = verdict as u8;
    }

    /// # Errors
    /// [`GradualError::AuditWindowOpen`] until the subject's audit window is over.
    pub fn require_audit_window_over(&self, task: &Task, slot: u64) -> Result<()> {
        let window = task
            .schedule
            .audit_window(self.window_round)
            .ok_or(GradualError::Overflow)?;
        require!(slot > window.end, GradualError::AuditWindowOpen);
        Ok(())
    }
}
