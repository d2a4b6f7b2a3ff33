//! Submissions and lists, which are audited alike.

use gradual_consensus::state::{DistributionList, Subject, Submission};
use gradual_consensus_client::account::decode;
use solana_sdk::account::Account;

/// The subject in `account`: a submission's or a list's.
pub fn subject_of(account: &Account) -> Option<Subject> {
    let submission = decode::<Submission>(account).map(|one| one.subject);
    submission.or_else(|| decode::<DistributionList>(account).map(|one| one.subject))
}
