//! One audit: who voted how, what came of it, and where the money went.

use super::{Address, Clock, Head, Moment, Units};
use crate::{
    history::{History, HistoryError, PastAudit},
    snapshot::TaskEntry,
};
use gradual_consensus::{
    VotingRule,
    rules::{
        money::{bps_of, split_slash},
        verdict::Verdict,
    },
    state::{Audit, Status, Subject},
};
use gradual_consensus_client::{books::Books, stage};
use serde::Serialize;
use solana_sdk::pubkey::Pubkey;
use std::collections::{HashMap, HashSet};

/// Votes on one page.
const VOTES: u32 = 1_000;

/// A vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Vote {
    /// Whose it is.
    pub voter: Address,
    /// Whether it is for the subject.
    pub is_valid: bool,
    /// What it weighs, in units of the electorate.
    pub weight: Units,
    /// When it was cast, where that is known.
    pub at: Option<Moment>,
}

/// One audit.
#[derive(Clone, Debug, Serialize)]
pub struct AuditFacts {
    /// The submission or list.
    pub subject: Address,
    /// `submission` or `list`.
    pub kind: &'static str,
    /// Its cycle.
    pub cycle: u64,
    /// Who handed it in, where that is known.
    pub author: Option<Address>,
    /// Who challenged it.
    pub challenger: Option<Address>,
    /// The slot in which that was, where it is known.
    pub opened: Option<u64>,
    /// `open`, `upheld`, `dismissed` or `undecided`, and what became of the subject then.
    pub outcome: &'static str,
    /// The slot in which it was resolved, where that is known.
    pub resolved: Option<u64>,
    /// Weight of the votes that call it invalid.
    pub weight_invalid: Units,
    /// Weight of the votes that call it valid.
    pub weight_valid: Units,
    /// The author's weight, which counts for the subject; `None` where it was not seen.
    pub author_weight: Option<Units>,
    /// Weight of all who could vote; `None` where it was not seen.
    pub electorate: Option<Units>,
    /// Who was slashed, if somebody was.
    pub slashed_node: Option<Address>,
    /// What was slashed.
    pub slashed: Units,
    /// Its part to the party that was in the right.
    pub to_winner: Units,
    /// Its part to the voters who were in the right.
    pub to_voters: Units,
    /// Its part to the bounty.
    pub to_bounty: Units,
}

impl AuditFacts {
    fn of_past(past: &PastAudit) -> Self {
        let (valid, invalid) = past.weights;
        let [slashed, to_winner, to_voters, to_bounty] = past.slashed.map(Units);
        Self {
            subject: Address(past.subject),
            kind: kind(past.is_list),
            cycle: past.cycle,
            author: past.author.map(Address),
            challenger: past.challenger.map(Address),
            opened: past.opened,
            outcome: stage::outcome_of(past.verdict, past.stands.unwrap_or(true)),
            resolved: past.resolved,
            weight_invalid: Units(invalid),
            weight_valid: Units(valid),
            author_weight: past.electorate.map(|(_, author)| Units(author)),
            electorate: past.electorate.map(|(all, _)| Units(all)),
            slashed_node: past.slashed_node.map(Address),
            slashed,
            to_winner,
            to_voters,
            to_bounty,
        }
    }

    /// The audit of an account that is still open; `None` if nobody has challenged it. The history knows when
    /// it was resolved.
    fn of_account(
        address: Pubkey,
        subject: &Subject,
        is_list: bool,
        shares: (u16, u16),
        past: Option<&PastAudit>,
    ) -> Option<Self> {
        let audit = &subject.audit;
        let challenger = Address::known(audit.challenger)?;
        let split = split_slash(audit.slashed, shares.0, shares.1).unwrap_or_default();
        Some(Self {
            subject: Address(address),
            kind: kind(is_list),
            cycle: subject.cycle_number,
            author: Some(Address(subject.author)),
            challenger: Some(challenger),
            opened: Some(audit.opened_slot),
            outcome: stage::outcome_of(audit.verdict(), stage::stands(subject)),
            resolved: past.and_then(|past| past.resolved),
            weight_invalid: Units(audit.weight_invalid),
            weight_valid: Units(audit.weight_valid),
            author_weight: Some(Units(audit.author_weight)),
            electorate: Some(Units(audit.electorate)),
            slashed_node: slashed(subject),
            slashed: Units(audit.slashed),
            to_winner: Units(split.winner),
            to_voters: Units(split.voters),
            to_bounty: Units(split.bounty),
        })
    }

    /// At most `most` audits of a task: those of open accounts, then those of the history, newest first.
    ///
    /// # Errors
    /// The history's.
    pub fn newest(books: &Books, history: &History, most: u32) -> Result<Vec<Self>, HistoryError> {
        let task = &books.task;
        let past = history.audits(&task.address, most)?;
        Ok(Self::merged(books, &past, |_| true, most))
    }

    /// The audits of cycle `cycle`, at most `most`, newest first.
    ///
    /// # Errors
    /// The history's.
    pub fn in_cycle(
        books: &Books,
        history: &History,
        cycle: u64,
        most: u32,
    ) -> Result<Vec<Self>, HistoryError> {
        let past = history.audits_in(&books.task.address, cycle, most)?;
        let is_own = |subject: &Subject| subject.cycle_number == cycle;
        Ok(Self::merged(books, &past, is_own, most))
    }

    fn merged(
        books: &Books,
        past: &[PastAudit],
        is_wanted: impl Fn(&Subject) -> bool,
        most: u32,
    ) -> Vec<Self> {
        let task = &books.task.data;
        let shares = (task.challenger_bps, task.voter_bps);
        let known: HashMap<Pubkey, &PastAudit> =
            past.iter().map(|past| (past.subject, past)).collect();
        let lists = books.lists.iter();
        let lists = lists.map(|list| (list.address, &list.data.subject, true));
        let submissions = books.submissions.iter();
        let submissions = submissions.map(|one| (one.address, &one.data.header.subject, false));
        let mut found: Vec<Self> = submissions
            .chain(lists)
            .filter(|(_, subject, _)| is_wanted(subject))
            .filter_map(|(address, subject, is_list)| {
                let past = known.get(&address).copied();
                Self::of_account(address, subject, is_list, shares, past)
            })
            .collect();
        let open: HashSet<Pubkey> = found.iter().map(|audit| audit.subject.0).collect();
        let closed = past.iter().filter(|past| !open.contains(&past.subject));
        found.extend(closed.map(Self::of_past));
        found.sort_by_key(|audit| std::cmp::Reverse((audit.cycle, audit.opened)));
        found.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        found
    }

    /// Weight for the subject: its votes, and its author's.
    pub fn weight_for(&self) -> Units {
        let author = self.author_weight.map_or(0, |weight| weight.0);
        Units(self.weight_valid.0.saturating_add(author))
    }

    /// Why the audit came to what it came to, in one sentence.
    pub fn reason(&self) -> &'static str {
        match self.outcome {
            "open" => "Votes are still counted, or nobody has resolved it yet.",
            "upheld" => {
                "More than half of the electorate calls it invalid: its author was slashed."
            }
            "dismissed" => {
                "More than half of the electorate stands for it, its author included: the challenger was slashed."
            }
            "undecided, it stands" => {
                "Neither side has more than half of the electorate: nobody was slashed, and it stands."
            }
            _ => {
                "Neither side has more than half of the electorate: nobody was slashed, but it falls."
            }
        }
    }
}

/// What of `books` is in an audit that nobody has resolved yet.
pub fn open_audits(books: &Books) -> impl Iterator<Item = &Subject> {
    let subjects = books.subjects().map(|(_, subject)| subject);
    subjects.filter(|subject| subject.status() == Status::Challenged)
}

const fn kind(is_list: bool) -> &'static str {
    if is_list { "list" } else { "submission" }
}

/// Who lost stake by the audit of `subject`.
fn slashed(subject: &Subject) -> Option<Address> {
    match subject.audit.verdict() {
        Some(Verdict::Upheld) => Some(Address(subject.author)),
        Some(Verdict::Dismissed) => Some(Address(subject.audit.challenger)),
        _ => None,
    }
}

/// An audit's page.
#[derive(Clone, Debug, Serialize)]
pub struct AuditPage {
    /// The task.
    #[serde(flatten)]
    pub head: Head,
    /// The audit.
    pub audit: AuditFacts,
    /// Whether weights are amounts of stake; otherwise each vote weighs 1.
    pub by_stake: bool,
    /// When it was opened.
    pub opened: Option<Moment>,
    /// When it was resolved.
    pub resolved: Option<Moment>,
    /// Last slot of its audit window, where its account is open.
    pub votes_until: Option<Moment>,
    /// Its votes, at most 1,000.
    pub votes: Vec<Vote>,
    /// What the author would lose if it is upheld now, and the challenger if it is dismissed; `None` once it is
    /// resolved.
    pub at_stake: Option<(Units, Units)>,
}

impl AuditPage {
    /// The audit of `subject`; `None` if nothing is known of one.
    ///
    /// # Errors
    /// The history's.
    pub fn of(
        entry: &TaskEntry,
        books: &Books,
        history: &History,
        clock: &Clock,
        subject: &Pubkey,
    ) -> Result<Option<Self>, HistoryError> {
        let past = history.audit(&books.task.address, subject)?;
        let task = &books.task.data;
        let is_it = |address: &Pubkey| address == subject;
        let submission = books.submissions.iter().find(|one| is_it(&one.address));
        let list = books.lists.iter().find(|one| is_it(&one.address));
        let open = submission
            .map(|one| (&one.data.header.subject, false))
            .or_else(|| list.map(|one| (&one.data.subject, true)));
        let shares = (task.challenger_bps, task.voter_bps);
        let from_account = open.and_then(|(found, is_list)| {
            AuditFacts::of_account(*subject, found, is_list, shares, past.as_ref())
        });
        let Some(audit) = from_account.or_else(|| past.as_ref().map(AuditFacts::of_past)) else {
            return Ok(None);
        };
        let window = open.and_then(|(found, _)| task.schedule.audit_window(found.window_round));
        let moment = |slot: Option<u64>| slot.map(|slot| history.moment(clock, slot)).transpose();
        Ok(Some(Self {
            head: Head::of(entry, clock),
            by_stake: task.voting() == VotingRule::ByStake,
            opened: moment(audit.opened)?,
            resolved: moment(audit.resolved)?,
            votes_until: window.map(|window| clock.at(window.end)),
            votes: votes(books, history, clock, subject)?,
            at_stake: open
                .filter(|(found, _)| found.audit.verdict().is_none())
                .map(|(found, _)| at_stake(books, found)),
            audit,
        }))
    }
}

/// The votes that the history tells, then those of open accounts that it does not tell yet.
fn votes(
    books: &Books,
    history: &History,
    clock: &Clock,
    subject: &Pubkey,
) -> Result<Vec<Vote>, HistoryError> {
    let past = history.votes(subject, VOTES)?;
    let told = past.iter().map(|vote| {
        Ok(Vote {
            voter: Address(vote.voter),
            is_valid: vote.is_valid,
            weight: Units(vote.weight),
            at: Some(history.moment(clock, vote.slot)?),
        })
    });
    let mut found = told.collect::<Result<Vec<Vote>, HistoryError>>()?;
    let known: HashSet<Pubkey> = past.iter().map(|vote| vote.voter).collect();
    let open = books.votes.iter().map(|vote| &vote.data);
    let open = open.filter(|vote| vote.subject == *subject && !known.contains(&vote.voter));
    found.extend(open.map(|vote| Vote {
        voter: Address(vote.voter),
        is_valid: vote.is_valid(),
        weight: Units(vote.weight),
        at: None,
    }));
    found.truncate(usize::try_from(VOTES).unwrap_or(usize::MAX));
    Ok(found)
}

fn at_stake(books: &Books, subject: &Subject) -> (Units, Units) {
    let task = &books.task.data;
    let Audit { challenger, .. } = subject.audit;
    let loses = |node: &Pubkey, bps: u16| {
        let stake = books.stakes.iter().find(|stake| stake.data.node == *node);
        let total = stake.map_or(0, |stake| stake.data.stake.total());
        let slashable = task.voting().slashable(total, task.minimum_stake_amount);
        Units(bps_of(slashable, bps).unwrap_or_default())
    };
    (
        loses(&subject.author, task.slash_bps),
        loses(&challenger, task.false_challenge_bps),
    )
}
