//! What a node would lose stake by, if it acted on a lie: it holds a submission or a list false, or proposes a list.
//! Before it does, what the stream told of that is compared with what the ledger below shows.
//!
//! A runner keeps what it once read. So what was told is remembered after the mirror has changed, and what was once a
//! lie is never acted on.

use gradual_consensus::state::{DistributionList, Submission};
use gradual_consensus_client::{
    account::{self, FullSubmission, Keyed, Stored},
    compute::instruction_name,
    ledger::{Filter, Ledger, LedgerError},
};
use solana_sdk::{account::Account, hash::Hash, instruction::Instruction, pubkey::Pubkey};
use solana_sha256_hasher::hashv;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Slots after which it is forgotten what was told of a cycle that nobody hears of any more: some hours.
const FORGOTTEN_AFTER: u64 = 50_000;
/// The place of the verdict in the data of `audit`, behind the discriminator.
const VERDICT: usize = 8;

/// A submission or a list, as it was told.
#[derive(Clone, Debug)]
struct Told {
    cycle: Pubkey,
    is_list: bool,
    /// What never changes of it.
    digest: Hash,
    is_closed: bool,
    slot: u64,
}

/// What a stream has told of submissions and lists.
#[derive(Debug, Default)]
pub(crate) struct Guard {
    told: HashMap<Pubkey, Told>,
    /// How many submissions it listed of a cycle, where it was the last to list them.
    listed: HashMap<Pubkey, usize>,
    /// Subjects and cycles of which it told what was not so.
    spoilt: HashSet<Pubkey>,
}

/// What must be compared before something is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Question {
    subjects: Vec<Pubkey>,
    cycles: BTreeSet<Pubkey>,
}

/// What the ledger below shows of it.
pub(crate) struct Answer {
    subjects: Vec<(Pubkey, Option<Account>)>,
    /// The submissions of each cycle.
    cycles: Vec<(Pubkey, Vec<Keyed<FullSubmission>>)>,
}

impl Question {
    /// Asks `ledger`.
    ///
    /// # Errors
    /// The ledger's.
    pub(crate) fn ask(self, ledger: &impl Ledger) -> Result<Answer, LedgerError> {
        let found = if self.subjects.is_empty() {
            Vec::new()
        } else {
            ledger.accounts(&self.subjects)?
        };
        let listed = self.cycles.into_iter().map(|cycle| {
            let filters = [Filter::at(0, Submission::TYPE), account::of_cycle(&cycle)];
            let listed = ledger.program_accounts(&filters, None)?;
            Ok((cycle, account::decode_all(&listed)))
        });
        Ok(Answer {
            cycles: listed.collect::<Result<_, LedgerError>>()?,
            subjects: self.subjects.into_iter().zip(found).collect(),
        })
    }
}

/// What never changes of `account`, if it is a submission or a list of the program, with its cycle and which of both it
/// is.
fn essence(account: &Account) -> Option<(Pubkey, bool, Hash)> {
    if let Some(list) = account::decode::<DistributionList>(account) {
        let (subject, total, count) = (
            &list.subject,
            list.total.to_le_bytes(),
            list.count.to_le_bytes(),
        );
        let digest = hashv(&[subject.author.as_ref(), &list.merkle_root, &total, &count]);
        return Some((subject.cycle, true, digest));
    }
    let submission: FullSubmission = account::decode(account)?;
    Some((
        submission.header.subject.cycle,
        false,
        digest_of(&submission),
    ))
}

fn digest_of(submission: &FullSubmission) -> Hash {
    let subject = &submission.header.subject;
    let slot = subject.slot.to_le_bytes();
    hashv(&[subject.author.as_ref(), &slot, &submission.value])
}

/// The accounts that those of `instructions` name by which stake can be lost.
fn at_stake(instructions: &[Instruction]) -> HashSet<Pubkey> {
    let risky = instructions.iter().filter(|one| {
        one.program_id == gradual_consensus::ID
            && match instruction_name(&one.data) {
                Some("submit_distribution_list") => true,
                Some("audit") => one.data.get(VERDICT) == Some(&u8::from(false)),
                _ => false,
            }
    });
    let named = risky.flat_map(|one| &one.accounts);
    named.map(|meta| meta.pubkey).collect()
}

impl Guard {
    /// The stream told `account` at `address`, in the block of `slot`.
    pub(crate) fn told(&mut self, address: Pubkey, account: &Account, slot: u64) {
        if let Some((cycle, is_list, digest)) = essence(account) {
            let told = Told {
                cycle,
                is_list,
                digest,
                is_closed: false,
                slot,
            };
            self.told.insert(address, told);
        }
    }

    /// The account at `address` is closed.
    pub(crate) fn closed(&mut self, address: &Pubkey) {
        if let Some(told) = self.told.get_mut(address) {
            told.is_closed = true;
        }
    }

    /// The submissions that pass `filters` were listed: so many by the stream, or by the ledger below if `count` is
    /// none.
    pub(crate) fn listed(&mut self, filters: &[Filter], count: Option<usize>) {
        let [of_type, of_cycle] = filters else { return };
        let cycle = Pubkey::try_from(of_cycle.bytes.as_slice()).ok();
        let Some(cycle) = cycle.filter(|cycle| *of_cycle == account::of_cycle(cycle)) else {
            return;
        };
        if *of_type == Filter::at(0, Submission::TYPE) {
            match count {
                Some(count) => self.listed.insert(cycle, count),
                None => self.listed.remove(&cycle),
            };
        }
    }

    /// Forgets what is long over at `slot`, unless it `is_held`.
    pub(crate) fn tidy(&mut self, slot: u64, is_held: impl Fn(&Pubkey) -> bool) {
        let is_new = |told: &Told| told.slot.saturating_add(FORGOTTEN_AFTER) > slot;
        self.told
            .retain(|address, told| is_new(told) || is_held(address));
        let cycles: HashSet<Pubkey> = self.told.values().map(|told| told.cycle).collect();
        self.listed.retain(|cycle, _| cycles.contains(cycle));
    }

    /// Roughly what it takes in memory, in bytes.
    pub(crate) fn weight(&self) -> usize {
        self.told.len().saturating_mul(size_of::<(Pubkey, Told)>())
    }

    /// What must be compared before `instructions` are sent.
    pub(crate) fn question(&self, instructions: &[Instruction]) -> Question {
        let named = at_stake(instructions);
        let (mut subjects, mut cycles) = (Vec::new(), BTreeSet::new());
        if named.is_empty() {
            return Question::default();
        }
        for (address, told) in &self.told {
            if named.contains(address) {
                subjects.push(*address);
                cycles.extend(told.is_list.then_some(told.cycle));
            }
            if named.contains(&told.cycle) {
                cycles.insert(told.cycle);
            }
        }
        Question { subjects, cycles }
    }

    /// Whether the stream told what `answer` shows. What it did not is never acted on.
    pub(crate) fn holds(&mut self, answer: &Answer) -> bool {
        for (address, account) in &answer.subjects {
            let shown = account.as_ref().and_then(essence);
            let told = self.told.get(address).map(|told| told.digest);
            if shown.map(|(_, _, digest)| digest) != told {
                self.spoilt.insert(*address);
            }
        }
        for (cycle, shown) in &answer.cycles {
            let digests = shown.iter().map(|one| (one.address, digest_of(&one.data)));
            let digests: HashMap<Pubkey, Hash> = digests.collect();
            let is_told = |told: &Told| told.cycle == *cycle && !told.is_list && !told.is_closed;
            let mut told = self.told.iter().filter(|(_, told)| is_told(told));
            let listed = self.listed.get(cycle);
            let is_so = listed.is_none_or(|count| *count == shown.len())
                && told.all(|(address, told)| digests.get(address) == Some(&told.digest));
            if !is_so {
                self.spoilt.insert(*cycle);
            }
        }
        let mut subjects = answer.subjects.iter().map(|(address, _)| address);
        let mut cycles = answer.cycles.iter().map(|(cycle, _)| cycle);
        !subjects.any(|address| self.spoilt.contains(address))
            && !cycles.any(|cycle| self.spoilt.contains(cycle))
    }
}

impl Question {
    /// Whether nothing is to be compared.
    pub(crate) fn is_empty(&self) -> bool {
        self.subjects.is_empty() && self.cycles.is_empty()
    }
}
