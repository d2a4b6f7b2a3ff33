//! One cycle as it stands on the ledger, and the list that follows from it.

use crate::logic::Proof;
use gradual_consensus::{
    ListProposal,
    rules::{
        merkle::{Digest, MerkleTree},
        verdict::Tally,
    },
    state::{Cycle, DistributionList, Status, Subject, Submission},
};
use gradual_consensus_client::{
    account::{self, FullSubmission, Keyed},
    instruction::Entry,
    ledger::{Ledger, LedgerError},
};
use solana_sdk::pubkey::Pubkey;
use std::collections::HashMap;

/// One cycle as it stands on the ledger.
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
        let most = Submission::SPACE.max(DistributionList::SPACE);
        let found = ledger.program_accounts(
            &[gradual_consensus_client::account::of_cycle(
                &account.address,
            )],
            Some(most),
        )?;
        let mut submissions: Vec<Keyed<Submission>> = account::decode_all(&found);
        submissions.sort_by_key(|submission| submission.data.subject.author);
        Ok(Self {
            account,
            submissions,
            lists: account::decode_all(&found),
        })
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

    /// What `node` submitted.
    pub fn submission_of(&self, node: &Pubkey) -> Option<&Keyed<Submission>> {
        self.submissions
            .iter()
            .find(|submission| submission.data.subject.author == *node)
    }

    /// The submission at `address`, as its node's proof; `None` where this cycle has none there, or
    /// `values` do not know it.
    pub fn proof(&self, values: &Values, address: &Pubkey) -> Option<Proof> {
        let submission = self.submissions.iter().find(|s| s.address == *address)?;
        let subject = &submission.data.subject;
        Some(Proof {
            cycle: subject.cycle_number,
            node: subject.author,
            value: values.get(&self.account.address, address)?.clone(),
            slot: subject.slot,
        })
    }

    /// All proofs, and whether each stands: an audit that nobody resolved yet is decided by its
    /// tally, as the program would. `None` where `values` do not know all.
    pub fn proofs(&self, values: &Values, quorum_bps: u16) -> Option<(Vec<Proof>, Vec<bool>)> {
        self.submissions
            .iter()
            .map(|submission| {
                let subject = &submission.data.subject;
                let stands = match subject.status() {
                    Status::Invalid => false,
                    Status::Challenged => {
                        Tally::submission_stands(subject.audit.tally().verdict(quorum_bps))
                    }
                    _ => true,
                };
                Some((self.proof(values, &submission.address)?, stands))
            })
            .collect()
    }

    /// Its submissions and lists alike.
    pub(super) fn subjects(&self) -> impl Iterator<Item = (Pubkey, &Subject)> {
        let submissions = self
            .submissions
            .iter()
            .map(|submission| (submission.address, &submission.data.subject));
        let lists = self
            .lists
            .iter()
            .map(|list| (list.address, &list.data.subject));
        submissions.chain(lists)
    }
}

/// The values of submissions, by cycle and address. A value never changes, so each is read once.
#[derive(Clone, Debug, Default)]
pub struct Values(HashMap<Pubkey, HashMap<Pubkey, Vec<u8>>>);

impl Values {
    /// Reads those of `cycle` that are not known yet. One whose account was closed since the cycle
    /// was looked at stays unknown.
    ///
    /// # Errors
    /// The ledger's.
    pub fn read(&mut self, ledger: &impl Ledger, cycle: &CycleView) -> Result<(), LedgerError> {
        let known = self.0.entry(cycle.account.address).or_default();
        let all = cycle
            .submissions
            .iter()
            .map(|submission| submission.address);
        let unknown: Vec<Pubkey> = all.filter(|address| !known.contains_key(address)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let found = ledger.accounts(&unknown)?;
        for (address, account) in unknown.into_iter().zip(found) {
            if let Some(submission) = account.as_ref().and_then(account::decode::<FullSubmission>) {
                known.insert(address, submission.value);
            }
        }
        Ok(())
    }

    /// Forgets every cycle but `open`.
    pub fn keep(&mut self, open: &[Keyed<Cycle>]) {
        self.0
            .retain(|address, _| open.iter().any(|cycle| cycle.address == *address));
    }

    fn get(&self, cycle: &Pubkey, submission: &Pubkey) -> Option<&Vec<u8>> {
        self.0.get(cycle)?.get(submission)
    }
}

/// A list with its tree: what is proposed, audited and paid.
pub struct BuiltList {
    entries: Vec<(Pubkey, u64)>,
    tree: MerkleTree,
}

impl BuiltList {
    /// The list of `entries`; `None` when it is empty.
    pub fn new(task: &Pubkey, cycle: u64, entries: Vec<(Pubkey, u64)>) -> Option<Self> {
        let leaves: Vec<(Digest, u64)> = entries
            .iter()
            .map(|(node, amount)| (node.to_bytes(), *amount))
            .collect();
        let tree = MerkleTree::of_list(task.to_bytes(), cycle, &leaves)?;
        Some(Self { entries, tree })
    }

    /// Sum of the list, in base units; `None` where it does not fit.
    pub fn total(&self) -> Option<u64> {
        self.entries
            .iter()
            .try_fold(0u64, |total, (_, amount)| total.checked_add(*amount))
    }

    /// What to propose it as, out of `bounty`; `None` where it cannot be.
    pub fn proposal(&self, bounty: u64) -> Option<ListProposal> {
        Some(ListProposal {
            merkle_root: self.tree.root(),
            bounty,
            total: self.total()?,
            count: u32::try_from(self.entries.len()).ok()?,
            uri: String::new(),
        })
    }

    /// Whether `list` is this one.
    pub fn matches(&self, list: &DistributionList) -> bool {
        list.merkle_root == self.tree.root()
            && Some(list.total) == self.total()
            && list.count as usize == self.entries.len()
    }

    /// The entry that pays `node`, with its proof.
    pub fn entry(&self, node: &Pubkey) -> Option<Entry> {
        let position = self.entries.iter().position(|(paid, _)| paid == node)?;
        let index = u32::try_from(position).ok()?;
        let (node, amount) = *self.entries.get(position)?;
        Some(Entry {
            node,
            index,
            amount,
            proof: self.tree.proof(index)?,
        })
    }
}
