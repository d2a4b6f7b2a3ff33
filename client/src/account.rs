//! What the program's accounts hold, typed, and how to find them.

use crate::ledger::{Filter, Ledger, LedgerError};
use anchor_lang::{AccountDeserialize, Discriminator, ZeroCopy};
use gradual_consensus::state::{
    AuditVote, Config, Cycle, DistributionList, NodeStake, Subject, Submission, Task, TaskMetadata,
};
use solana_account::Account;
use solana_pubkey::Pubkey;
use std::mem::offset_of;

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
    Ok(decode_all(&ledger.program_accounts(&filters, T::LENGTH)?))
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
