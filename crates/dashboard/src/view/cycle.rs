//! One cycle: its submissions, its audits, its lists, whose turn it is, and who was paid.

use super::{Address, AuditFacts, Clock, Head, Lane, Moment, Paged, Units, clean, lanes::lane};
use crate::{
    history::{History, HistoryError, MovementKind},
    snapshot::TaskEntry,
};
use gradual_consensus::{
    rules::schedule::{distribution_round, review_round},
    state::{Cycle, DistributionList, Status, Subject, Task},
};
use gradual_consensus_client::{
    account::{FullSubmission, Keyed},
    address,
    books::Books,
};
use gradual_consensus_node::{
    logic::{Proof, equal_shares},
    runner::BuiltList,
};
use serde::Serialize;
use solana_sdk::pubkey::Pubkey;

/// Audits, payments and turns on one page.
const ROWS: u32 = 1_000;

/// One submission.
#[derive(Clone, Debug, Serialize)]
pub struct SubmissionRow {
    /// Its address.
    pub submission: Address,
    /// Whose it is.
    pub node: Address,
    /// When it was handed in.
    pub at: Moment,
    /// `pending`, `challenged`, `standing`, `invalid` or `paid`.
    pub status: &'static str,
    /// Whether somebody challenged it.
    pub is_audited: bool,
    /// Bytes of its value.
    pub length: usize,
}

/// One entry of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The node.
    pub node: Address,
    /// What it is paid.
    pub amount: Units,
}

/// One list.
#[derive(Clone, Debug, Serialize)]
pub struct ListFacts {
    /// Its address.
    pub list: Address,
    /// The attempt, from 0.
    pub attempt: u8,
    /// Who proposed it.
    pub proposer: Address,
    /// When.
    pub at: Moment,
    /// `pending`, `challenged`, `standing`, `invalid`, `accepted` or `rejected`.
    pub status: &'static str,
    /// Whether somebody challenged it.
    pub is_audited: bool,
    /// Its sum.
    pub total: Units,
    /// How many entries it has.
    pub count: u32,
    /// Its Merkle root, in hexadecimal digits.
    pub merkle_root: String,
    /// Where its proposer says that it can be read; control characters are left out.
    pub uri: String,
    /// Whether the root is that of equal shares among the submissions that stand, recomputed from the accounts.
    /// `None` where that cannot be told: submissions are closed already, or votes may still come.
    pub is_equal_shares: Option<bool>,
    /// The entries, where they are known: those of equal shares, if the root is theirs. At most 1,000.
    pub entries: Vec<Entry>,
}

/// When a node may propose a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Turn {
    /// The node.
    pub node: Address,
    /// From when on.
    pub from: Moment,
    /// Whether it has proposed a list for this cycle already, or its submission fell.
    pub is_out: bool,
}

/// A payment of a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Payment {
    /// The node.
    pub node: Address,
    /// How much.
    pub amount: Units,
    /// When.
    pub at: Moment,
    /// What for.
    pub what: &'static str,
}

/// One cycle.
#[derive(Clone, Debug, Serialize)]
pub struct CycleFacts {
    /// The task.
    #[serde(flatten)]
    pub head: Head,
    /// The cycle's number.
    pub cycle: u64,
    /// Its windows.
    pub lane: Lane,
    /// How far it has come.
    pub stage: &'static str,
    /// Whether its account exists.
    pub is_open: bool,
    /// Whether its account exists or the history tells of it: if not, zeros below mean nothing.
    pub is_known: bool,
    /// Who opened it, where that is known.
    pub opener: Option<Address>,
    /// What was set aside for it.
    pub bounty: Units,
    /// What of that is reserved; `None` once it is closed.
    pub owed: Option<Units>,
    /// What was paid.
    pub paid: Units,
    /// Submissions made.
    pub submitted: u32,
    /// Submissions found invalid; `None` once it is closed.
    pub invalid: Option<u32>,
    /// Submissions that were paid.
    pub paid_submissions: u32,
    /// Stake that was slashed.
    pub slashed: Units,
    /// Its submissions that are open, in the order in which they came.
    pub submissions: Paged<SubmissionRow>,
    /// Its lists that are open, the first attempt first.
    pub lists: Vec<ListFacts>,
    /// Its audits, at most 1,000, newest first.
    pub audits: Vec<AuditFacts>,
    /// The attempt that the turns are of; `None` where no list is wanted.
    pub attempt: Option<u8>,
    /// Whose turn it is when to propose a list, at most 1,000.
    pub turns: Vec<Turn>,
    /// Who was paid, at most 1,000.
    pub payments: Vec<Payment>,
}

pub(super) const fn status(subject: &Subject) -> &'static str {
    match subject.status() {
        Status::Pending => "pending",
        Status::Challenged => "challenged",
        Status::Standing => "standing",
        Status::Invalid => "invalid",
        Status::Paid => "paid",
        Status::Accepted => "accepted",
        Status::Rejected => "rejected",
    }
}

/// What one cycle's facts are made of.
struct Source<'a> {
    task: &'a Task,
    account: Option<&'a Cycle>,
    submissions: Vec<&'a Keyed<FullSubmission>>,
    clock: &'a Clock,
}

impl CycleFacts {
    /// Cycle `number` of the task, with page number `page` of its submissions. `None` if neither its account nor
    /// the history nor the schedule knows of it.
    ///
    /// # Errors
    /// The history's.
    pub fn of(
        entry: &TaskEntry,
        books: &Books,
        history: &History,
        clock: &Clock,
        (number, page): (u64, usize),
    ) -> Result<Option<Self>, HistoryError> {
        let (task, address) = (&books.task.data, &books.task.address);
        let mut open = books.cycles.iter().map(|cycle| &cycle.data);
        let account = open.find(|cycle| cycle.number == number);
        let told = history.cycle(address, number)?;
        let past = told.unwrap_or_default();
        let Some(lane) = lane(task, number, account, clock.slot) else {
            return Ok(None);
        };
        let cycle_address = address::cycle(address, number);
        let own = |subject: &Subject| subject.cycle == cycle_address;
        let submissions = books.submissions.iter();
        let mut source = Source {
            task,
            account,
            submissions: submissions
                .filter(|one| own(&one.data.header.subject))
                .collect(),
            clock,
        };
        source.submissions.sort_by_key(|one| {
            let subject = &one.data.header.subject;
            (subject.slot, subject.author)
        });
        let mut lists: Vec<_> = books.lists.iter().collect();
        lists.retain(|list| own(&list.data.subject));
        lists.sort_by_key(|list| list.data.attempt);
        // Recomputing it takes a moment where submissions are many: once is enough.
        let equal = lists.first().and_then(|_| source.equal_list(address));
        let (attempt, turns) = source.turns(lane.attempt).unzip();
        let [by_list, in_equal_shares] = past.payouts;
        Ok(Some(Self {
            head: Head::of(entry, clock),
            cycle: number,
            stage: if account.is_none() && past.closed.is_some() {
                "closed"
            } else {
                lane.stage
            },
            lane,
            is_open: account.is_some(),
            is_known: account.is_some() || told.is_some(),
            opener: account.map(|cycle| Address(cycle.opener)),
            bounty: Units(account.map_or(past.bounty, |cycle| cycle.bounty)),
            owed: account.map(|cycle| Units(cycle.owed)),
            paid: Units(account.map_or(past.paid, |cycle| cycle.paid)),
            submitted: account.map_or(past.submissions, |cycle| cycle.submissions),
            invalid: account.map(|cycle| cycle.invalid),
            paid_submissions: account.map_or(by_list.saturating_add(in_equal_shares), |cycle| {
                cycle.paid_submissions
            }),
            slashed: Units(past.slashed),
            submissions: Paged::of(&source.submissions, page, |one| source.row(one)),
            lists: lists
                .iter()
                .map(|list| list_facts(list, equal.as_ref(), clock))
                .collect(),
            audits: AuditFacts::in_cycle(books, history, number, ROWS)?,
            attempt,
            turns: turns.unwrap_or_default(),
            payments: payments(history, books, clock, number)?,
        }))
    }
}

impl Source<'_> {
    fn row(&self, submission: &Keyed<FullSubmission>) -> SubmissionRow {
        let subject = &submission.data.header.subject;
        SubmissionRow {
            submission: Address(submission.address),
            node: Address(subject.author),
            at: self.clock.at(subject.slot),
            status: status(subject),
            is_audited: Address::known(subject.audit.challenger).is_some(),
            length: submission.data.value.len(),
        }
    }

    /// The list that pays equal shares, recomputed; `None` while votes may come or where submissions are closed.
    fn equal_list(&self, task: &Pubkey) -> Option<BuiltList> {
        let cycle = self.account?;
        let review = review_round(cycle.number)?;
        let votes = self.task.schedule.audit_window(review)?;
        let has_all = self.submissions.len() >= cycle.submissions as usize;
        if !has_all || self.clock.slot <= votes.end {
            return None;
        }
        let mut own: Vec<&Subject> = self
            .submissions
            .iter()
            .map(|one| &one.data.header.subject)
            .collect();
        own.sort_by_key(|subject| subject.author);
        let proof = |subject: &&Subject| Proof {
            cycle: cycle.number,
            node: subject.author,
            value: Vec::new(),
            slot: subject.slot,
            tally: None,
        };
        let proofs: Vec<Proof> = own.iter().map(proof).collect();
        let verdicts: Vec<bool> = own.iter().map(|own| self.stands(own)).collect();
        let entries = equal_shares(cycle.bounty, &proofs, &verdicts);
        BuiltList::new(task, cycle.number, entries)
    }

    /// Whether a submission stands: by its verdict, or as its votes would decide it now.
    fn stands(&self, subject: &Subject) -> bool {
        match subject.status() {
            Status::Invalid => false,
            Status::Challenged => {
                let tally = subject.audit.tally();
                tally.submission_stands(self.task.quorum_bps)
            }
            _ => true,
        }
    }

    /// Whose turn it is in `attempt`, the first one first; `None` where no list is wanted.
    fn turns(&self, attempt: u8) -> Option<(u8, Vec<Turn>)> {
        let cycle = self.account?;
        let reviewed = distribution_round(cycle.number, 0)?;
        let is_due = self.task.current_round(self.clock.slot).saturating_add(1) >= reviewed;
        let has_failed = cycle.has_failed(self.task, self.task.current_round(self.clock.slot));
        if cycle.list_accepted() || !is_due || has_failed {
            return None;
        }
        let mut turns: Vec<Turn> = self
            .submissions
            .iter()
            .filter_map(|one| {
                let header = &one.data.header;
                let node = header.subject.author;
                let slot = cycle.proposal_slot(self.task, &node, attempt).ok()?;
                Some(Turn {
                    node: Address(node),
                    from: self.clock.at(slot),
                    is_out: header.require_may_propose().is_err(),
                })
            })
            .collect();
        turns.sort_by_key(|turn| (turn.from.slot, turn.node));
        turns.truncate(usize::try_from(ROWS).unwrap_or(usize::MAX));
        Some((attempt, turns))
    }
}

/// The facts of `list`, where `equal` is the list of equal shares, if it can be told.
fn list_facts(
    list: &Keyed<DistributionList>,
    equal: Option<&BuiltList>,
    clock: &Clock,
) -> ListFacts {
    let (data, subject) = (&list.data, &list.data.subject);
    let matches = equal.map(|equal| equal.matches(data));
    let entries = equal.filter(|_| matches == Some(true));
    let entries = entries.into_iter().flat_map(BuiltList::entries);
    ListFacts {
        list: Address(list.address),
        attempt: data.attempt,
        proposer: Address(subject.author),
        at: clock.at(subject.slot),
        status: status(subject),
        is_audited: Address::known(subject.audit.challenger).is_some(),
        total: Units(data.total),
        count: data.count,
        merkle_root: data
            .merkle_root
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
        uri: clean(data.uri()),
        is_equal_shares: matches,
        entries: entries
            .take(usize::try_from(ROWS).unwrap_or(usize::MAX))
            .map(|&(node, amount)| Entry {
                node: Address(node),
                amount: Units(amount),
            })
            .collect(),
    }
}

fn payments(
    history: &History,
    books: &Books,
    clock: &Clock,
    number: u64,
) -> Result<Vec<Payment>, HistoryError> {
    let task = &books.task.address;
    let moved = history.movements_in(task, number, ROWS)?.into_iter();
    let paid = moved
        .filter(|movement| matches!(movement.kind, MovementKind::Paid | MovementKind::EqualShare))
        .map(|movement| {
            Ok(Payment {
                node: Address(movement.node),
                amount: Units(movement.amount),
                at: history.moment(clock, movement.slot)?,
                what: movement.kind.text(),
            })
        });
    let mut found = paid.collect::<Result<Vec<Payment>, HistoryError>>()?;
    found.sort_by_key(|payment| (std::cmp::Reverse(payment.amount), payment.node));
    Ok(found)
}
