//! One cycle with all of its submissions, for those who need them all, and the proofs that its list is
//! written from.

use super::look::fetch_passing;
use crate::logic::Proof;
use gradual_consensus::{
    rules::verdict::Tally,
    state::{Cycle, DistributionList, Status, Subject, Submission, Task},
};
use gradual_consensus_client::{
    account::{self, HandedIn, Keyed},
    address,
    ledger::{Ledger, LedgerError},
};
use solana_sdk::pubkey::Pubkey;
use std::collections::{HashMap, HashSet};

/// The submissions of a cycle, in the order of their nodes' addresses: where each lives, and its author.
pub(super) type Submissions = Vec<Keyed<Pubkey>>;

/// Whether `submissions` are all of `cycle`, whose submission window is over.
pub(super) const fn is_complete(submissions: &Submissions, cycle: &Keyed<Cycle>) -> bool {
    submissions.len() >= cycle.data.submissions as usize
}

/// All proofs of a cycle, in the order of their nodes' addresses, and whether each stands. Those that fell
/// have an empty value: no list may depend on it.
pub type JudgedProofs = (Vec<Proof>, Vec<bool>);

/// The audits of a cycle's submissions, by their addresses: the votes, and whether the submission stands.
pub(super) type Audits = HashMap<Pubkey, (Tally, bool)>;

/// The audits of those of `submissions` that were challenged.
pub(super) fn audits<'s>(
    submissions: impl Iterator<Item = &'s Keyed<Submission>>,
    quorum_bps: u16,
) -> Audits {
    let subjects = submissions.map(|submission| (submission.address, &submission.data.subject));
    let challenged = subjects.filter(|(_, own)| own.audit.challenger != Pubkey::default());
    challenged
        .map(|(address, own)| (address, (own.audit.tally(), stands(own, quorum_bps))))
        .collect()
}

/// The proofs of `submissions` of cycle `number`, of which `handed_in` gives what was handed in at an address, and
/// `audits` has the audits; `None` if `handed_in` lacks one.
pub(super) fn judged(
    number: u64,
    submissions: &Submissions,
    mut handed_in: impl FnMut(&Pubkey) -> Option<HandedIn>,
    audits: &Audits,
) -> Option<JudgedProofs> {
    let count = submissions.len();
    let (mut proofs, mut verdicts) = (Vec::with_capacity(count), Vec::with_capacity(count));
    for submission in submissions {
        let HandedIn { slot, mut value } = handed_in(&submission.address)?;
        let audit = audits.get(&submission.address);
        let stands = audit.is_none_or(|(_, stands)| *stands);
        if !stands {
            value.clear();
        }
        proofs.push(Proof {
            cycle: number,
            node: submission.data,
            value,
            slot,
            tally: audit.map(|(tally, _)| *tally),
        });
        verdicts.push(stands);
    }
    Some((proofs, verdicts))
}

/// Whether a submission stands. An unresolved audit is decided by its votes, as the program would decide it.
pub(super) fn stands(submission: &Subject, quorum_bps: u16) -> bool {
    match submission.status() {
        Status::Invalid => false,
        Status::Challenged => submission.audit.tally().submission_stands(quorum_bps),
        _ => true,
    }
}

/// The authors of those submissions of the cycle at `cycle` that do not stand, once their audit window is over: those that
/// were found invalid, and those whose audits nobody has resolved and whose votes will fell them (protocol, section 6). They
/// are listed, and nothing else.
///
/// # Errors
/// The ledger's.
pub fn fetch_fallen(
    ledger: &impl Ledger,
    cycle: &Pubkey,
    quorum_bps: u16,
) -> Result<HashSet<Pubkey>, LedgerError> {
    let mut fallen = HashSet::new();
    for status in [Status::Invalid, Status::Challenged] {
        let found = fetch_passing(ledger, cycle, account::with_status(status))?;
        let subjects = found.iter().map(|found| &found.data.subject);
        let fell = subjects.filter(|subject| !stands(subject, quorum_bps));
        fallen.extend(fell.map(|subject| subject.author));
    }
    Ok(fallen)
}

/// One cycle as it stands on the ledger, with all of its submissions.
#[derive(Clone, Debug)]
pub struct CycleView {
    /// The cycle's account.
    pub account: Keyed<Cycle>,
    /// Its submissions without their values, in the order of their nodes' addresses.
    pub submissions: Vec<Keyed<Submission>>,
    /// Its lists, in the order of their addresses.
    pub lists: Vec<Keyed<DistributionList>>,
}

impl CycleView {
    /// Reads the cycle whose account is `account`, in one call.
    ///
    /// # Errors
    /// The ledger's.
    pub fn read(ledger: &impl Ledger, account: Keyed<Cycle>) -> Result<Self, LedgerError> {
        let prefix = Submission::SPACE.max(DistributionList::SPACE);
        let filters = [account::of_cycle(&account.address)];
        let found = ledger.program_accounts(&filters, Some(0..prefix))?;
        let mut submissions: Vec<Keyed<Submission>> = account::decode_all(&found);
        submissions.sort_by_key(|submission| submission.data.subject.author);
        Ok(Self {
            account,
            submissions,
            lists: account::decode_all(&found),
        })
    }

    /// Reads cycle `number` of `task`; `None` if it is not open.
    ///
    /// # Errors
    /// The ledger's.
    pub fn find(
        ledger: &impl Ledger,
        task: &Pubkey,
        number: u64,
    ) -> Result<Option<Self>, LedgerError> {
        let address = address::cycle(task, number);
        account::fetch(ledger, &address)?
            .map(|data| Self::read(ledger, Keyed { address, data }))
            .transpose()
    }

    /// Every open cycle of `task`, oldest first.
    ///
    /// # Errors
    /// The ledger's.
    pub fn open_cycles(
        ledger: &impl Ledger,
        task: &Pubkey,
    ) -> Result<Vec<Keyed<Cycle>>, LedgerError> {
        let mut cycles: Vec<Keyed<Cycle>> = account::fetch_all(ledger, account::of_task(task))?;
        cycles.sort_by_key(|cycle| cycle.data.number);
        Ok(cycles)
    }

    /// Its number.
    pub const fn number(&self) -> u64 {
        self.account.data.number
    }

    /// The submission of `node`.
    pub fn submission_of(&self, node: &Pubkey) -> Option<&Keyed<Submission>> {
        let author = |submission: &Keyed<Submission>| submission.data.subject.author;
        let place = self.submissions.binary_search_by_key(node, author).ok()?;
        self.submissions.get(place)
    }

    /// Whether the submission of `node` stands, as far as it is voted on; `None` if it has none.
    pub fn stands(&self, node: &Pubkey, quorum_bps: u16) -> Option<bool> {
        let submission = self.submission_of(node)?;
        Some(stands(&submission.data.subject, quorum_bps))
    }

    /// Its proofs, in a cycle of `task`; `None` if a submission was closed since this cycle was read.
    ///
    /// # Errors
    /// The ledger's.
    pub fn read_proofs(
        &self,
        ledger: &impl Ledger,
        task: &Task,
    ) -> Result<Option<JudgedProofs>, LedgerError> {
        let keep = |slot, value: &[u8]| HandedIn {
            slot,
            value: value.to_vec(),
        };
        let handed_in = account::fetch_handed_in(ledger, &self.account.address, keep)?;
        let handed_in = handed_in
            .into_iter()
            .map(|found| (found.address, found.data));
        let mut handed_in: HashMap<Pubkey, HandedIn> = handed_in.collect();
        let submissions = self.submissions.iter().map(|submission| Keyed {
            address: submission.address,
            data: submission.data.subject.author,
        });
        let submissions = submissions.collect();
        Ok(judged(
            self.number(),
            &submissions,
            |address| handed_in.remove(address),
            &audits(self.submissions.iter(), task.quorum_bps),
        ))
    }

    /// Whether all of its submissions are still open and were found, so that its list can be recomputed.
    pub fn has_all_submissions(&self) -> bool {
        self.submissions.len() >= self.account.data.submissions as usize
    }

    /// Its submissions and its lists.
    pub(super) fn subjects(&self) -> impl Iterator<Item = (Pubkey, &Subject)> {
        let submissions = self.submissions.iter();
        let submissions = submissions.map(|one| (one.address, &one.data.subject));
        let lists = self.lists.iter();
        submissions.chain(lists.map(|list| (list.address, &list.data.subject)))
    }
}
