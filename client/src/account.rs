//! What the program's accounts hold, typed, and how to find them.

use crate::ledger::{Filter, Ledger, LedgerError};
use anchor_lang::{AccountDeserialize, Discriminator, ZeroCopy};
use gradual_consensus::{
    MAX_SUBMISSION_LEN,
    rules::verdict::Verdict,
    state::{
        AuditVote, Config, Cycle, DistributionList, NodeStake, Status, Subject, Submission, Task,
        TaskMetadata,
    },
};
use solana_account::Account;
use solana_pubkey::Pubkey;
use std::{mem::offset_of, ops::Range};

/// An account together with its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keyed<T> {
    /// Where it lives.
    pub address: Pubkey,
    /// What it holds.
    pub data: T,
}

/// A submission with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FullSubmission {
    /// The fixed part.
    pub header: Submission,
    /// The proof that was submitted.
    pub value: Vec<u8>,
}

/// An account type of the program.
pub trait Stored: Sized {
    /// The bytes that every such account begins with.
    const TYPE: &'static [u8];
    /// How many bytes of an account it is read from; `None` for the whole account.
    const LENGTH: Option<usize>;

    /// The bytes of an account that it is read from; `None` for all of them.
    fn part() -> Option<Range<usize>> {
        Self::LENGTH.map(|length| 0..length)
    }

    /// Decodes an account's data; `None` if the account is of another type.
    fn decode(data: &[u8]) -> Option<Self>;
}

/// The fixed part of a zero-copy account.
fn zero_copy<T: ZeroCopy>(data: &[u8]) -> Option<T> {
    let body = data.strip_prefix(T::DISCRIMINATOR)?;
    bytemuck::try_pod_read_unaligned(body.get(..size_of::<T>())?).ok()
}

macro_rules! stored_as_zero_copy {
    ($($account:ty),+) => {$(
        impl Stored for $account {
            const TYPE: &'static [u8] = <$account as Discriminator>::DISCRIMINATOR;
            const LENGTH: Option<usize> = Some(<$account>::SPACE);

            fn decode(data: &[u8]) -> Option<Self> {
                zero_copy(data)
            }
        }
    )+};
}

stored_as_zero_copy!(
    Config,
    Task,
    NodeStake,
    Cycle,
    Submission,
    DistributionList,
    AuditVote
);

impl Stored for FullSubmission {
    const TYPE: &'static [u8] = <Submission as Discriminator>::DISCRIMINATOR;
    const LENGTH: Option<usize> = None;

    fn decode(data: &[u8]) -> Option<Self> {
        let header = Submission::decode(data)?;
        let value = data.get(Submission::SPACE..)?;
        let value = value.get(..usize::from(header.value_len))?.to_vec();
        Some(Self { header, value })
    }
}

impl Stored for TaskMetadata {
    const TYPE: &'static [u8] = <TaskMetadata as Discriminator>::DISCRIMINATOR;
    const LENGTH: Option<usize> = None;

    fn decode(mut data: &[u8]) -> Option<Self> {
        Self::try_deserialize(&mut data).ok()
    }
}

/// Decodes `account`; `None` if it is not a `T` of the program.
pub fn decode<T: Stored>(account: &Account) -> Option<T> {
    (account.owner == gradual_consensus::ID)
        .then(|| T::decode(&account.data))
        .flatten()
}

/// The `T` at `address`; `None` where there is none.
///
/// # Errors
/// The ledger's.
pub fn fetch<T: Stored>(ledger: &impl Ledger, address: &Pubkey) -> Result<Option<T>, LedgerError> {
    let accounts = ledger.accounts(std::slice::from_ref(address))?;
    Ok(accounts
        .into_iter()
        .flatten()
        .next()
        .as_ref()
        .and_then(decode))
}

/// Every `T` that passes `filter`, in the order of addresses.
///
/// # Errors
/// The ledger's.
pub fn fetch_all<T: Stored>(
    ledger: &impl Ledger,
    filter: Filter,
) -> Result<Vec<Keyed<T>>, LedgerError> {
    let filters = [Filter::at(0, T::TYPE), filter];
    Ok(decode_all(&ledger.program_accounts(&filters, T::part())?))
}

/// Those of `accounts` that are a `T`.
pub fn decode_all<T: Stored>(accounts: &[(Pubkey, Account)]) -> Vec<Keyed<T>> {
    accounts
        .iter()
        .filter_map(|(address, account)| {
            let (address, data) = (*address, decode(account)?);
            Some(Keyed { address, data })
        })
        .collect()
}

/// What a node handed in for a cycle: the part of its submission that never changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HandedIn {
    /// The slot at which it was handed in.
    pub slot: u64,
    /// The proof.
    pub value: Vec<u8>,
}

impl From<FullSubmission> for HandedIn {
    fn from(submission: FullSubmission) -> Self {
        Self {
            slot: submission.header.subject.slot,
            value: submission.value,
        }
    }
}

/// The submissions of the cycle whose account is `cycle`, in the order of their addresses. `part` of each is
/// read, and decoded by `decode`.
fn fetch_of_cycle<T>(
    ledger: &impl Ledger,
    cycle: &Pubkey,
    part: Range<usize>,
    decode: impl FnMut(&[u8]) -> Option<T>,
) -> Result<Vec<Keyed<T>>, LedgerError> {
    let filters = [Filter::at(0, Submission::TYPE), of_cycle(cycle)];
    fetch_parts(ledger, &filters, part, decode)
}

/// The accounts that pass every one of `filters`, in the order of their addresses. `part` of each is read, and decoded by
/// `decode`.
fn fetch_parts<T>(
    ledger: &impl Ledger,
    filters: &[Filter],
    part: Range<usize>,
    mut decode: impl FnMut(&[u8]) -> Option<T>,
) -> Result<Vec<Keyed<T>>, LedgerError> {
    let found = ledger.program_accounts(filters, Some(part))?;
    // Collected, they would keep the place of all that was listed.
    let mut decoded = Vec::with_capacity(found.len());
    decoded.extend(found.into_iter().filter_map(|(address, account)| {
        let data = decode(&account.data)?;
        Some(Keyed { address, data })
    }));
    Ok(decoded)
}

/// The authors of the submissions of the cycle whose account is `cycle`, in the order of the submissions'
/// addresses. Nothing else of them is read.
///
/// # Errors
/// The ledger's.
pub fn fetch_authors(
    ledger: &impl Ledger,
    cycle: &Pubkey,
) -> Result<Vec<Keyed<Pubkey>>, LedgerError> {
    let author = BODY + offset_of!(Submission, subject.author);
    fetch_of_cycle(
        ledger,
        cycle,
        author..author + size_of::<Pubkey>(),
        |data| Pubkey::try_from(data).ok(),
    )
}

/// The slots at which the submissions of the cycle whose account is `cycle` were handed in, in the order of their
/// addresses. Nothing else of them is read.
///
/// # Errors
/// The ledger's.
pub fn fetch_slots(ledger: &impl Ledger, cycle: &Pubkey) -> Result<Vec<Keyed<u64>>, LedgerError> {
    let slot = BODY + offset_of!(Submission, subject.slot);
    fetch_of_cycle(ledger, cycle, slot..slot + size_of::<u64>(), number)
}

/// The rounds in which those nodes of `task` acted last whose stakes are not parked, in the order of the stakes'
/// addresses. Nothing else of the stakes is read.
///
/// # Errors
/// The ledger's.
pub fn fetch_last_active(
    ledger: &impl Ledger,
    task: &Pubkey,
) -> Result<Vec<Keyed<u64>>, LedgerError> {
    let round = BODY + offset_of!(NodeStake, last_active_round);
    let parked = BODY + offset_of!(NodeStake, stake.parked);
    let filters = [
        Filter::at(0, NodeStake::TYPE),
        of_task(task),
        Filter::at(parked, 0_u64.to_le_bytes()),
    ];
    fetch_parts(ledger, &filters, round..round + size_of::<u64>(), number)
}

/// The number that `data` begins with.
fn number(data: &[u8]) -> Option<u64> {
    data.first_chunk().copied().map(u64::from_le_bytes)
}

/// What `keep` makes of each slot and proof that was handed in for the cycle whose account is `cycle`, in the order of the
/// submissions' addresses.
///
/// # Errors
/// The ledger's.
pub fn fetch_handed_in<T>(
    ledger: &impl Ledger,
    cycle: &Pubkey,
    mut keep: impl FnMut(u64, &[u8]) -> T,
) -> Result<Vec<Keyed<T>>, LedgerError> {
    const SLOT: usize = BODY + offset_of!(Submission, subject.slot);
    const LENGTH: usize = BODY + offset_of!(Submission, value_len) - SLOT;
    const VALUE: usize = Submission::SPACE - SLOT;
    let longest = usize::try_from(MAX_SUBMISSION_LEN).unwrap_or(usize::MAX);
    let part = SLOT..Submission::SPACE.saturating_add(longest);
    fetch_of_cycle(ledger, cycle, part, |data| {
        let slot = number(data)?;
        let length = u16::from_le_bytes(*data.get(LENGTH..)?.first_chunk()?);
        let value = data.get(VALUE..)?.get(..usize::from(length))?;
        Some(keep(slot, value))
    })
}

/// Submissions and lists with this status.
pub fn with_status(status: Status) -> Filter {
    Filter::at(BODY + offset_of!(Subject, status), [status as u8])
}

/// Submissions and lists whose audit came to this verdict.
pub fn with_verdict(verdict: Verdict) -> Filter {
    Filter::at(BODY + offset_of!(Subject, audit.outcome), [verdict as u8])
}

/// Accounts of the program start their data with a discriminator of this many bytes.
const BODY: usize = Task::TYPE.len();

/// Every account that belongs to `task`: its texts, stakes, cycles, submissions and lists. Votes belong
/// to a subject: see [`votes_on`].
pub fn of_task(task: &Pubkey) -> Filter {
    const {
        // They all name their task first, so that one filter finds them.
        assert!(offset_of!(NodeStake, task) == 0);
        assert!(offset_of!(Cycle, task) == 0);
        assert!(offset_of!(Submission, subject.task) == 0);
        assert!(offset_of!(DistributionList, subject.task) == 0);
    }
    Filter::at(BODY, task)
}

/// Submissions and lists of the cycle whose account is `cycle`.
pub fn of_cycle(cycle: &Pubkey) -> Filter {
    const {
        assert!(offset_of!(Submission, subject) == 0);
        assert!(offset_of!(DistributionList, subject) == 0);
    }
    Filter::at(BODY + offset_of!(Subject, cycle), cycle)
}

/// Submissions and lists that `author` handed in.
pub fn handed_in_by(author: &Pubkey) -> Filter {
    Filter::at(BODY + offset_of!(Subject, author), author)
}

/// Stakes of `node`, in every task.
pub fn stakes_of(node: &Pubkey) -> Filter {
    Filter::at(BODY + offset_of!(NodeStake, node), node)
}

/// Votes on the submission or list at `subject`.
pub fn votes_on(subject: &Pubkey) -> Filter {
    Filter::at(BODY + offset_of!(AuditVote, subject), subject)
}

/// Votes of `voter`.
pub fn votes_of(voter: &Pubkey) -> Filter {
    Filter::at(BODY + offset_of!(AuditVote, voter), voter)
}
