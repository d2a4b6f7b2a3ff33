//! A node as its operator asks about it: its stakes in every task, and in one task what it handed in, what
//! it lost, and for how long its SOL lasts.

use gradual_consensus::{
    MAX_SUBMISSION_LEN,
    rules::verdict::Verdict,
    state::{Cycle, DistributionList, NodeStake, Status, Subject, Submission, Task},
};
use gradual_consensus_client::{
    account::{self, Keyed},
    address,
    ledger::{Ledger, LedgerError},
};
use solana_sdk::pubkey::Pubkey;
use std::collections::BTreeMap;

/// A stake and its task.
#[derive(Clone, Copy, Debug)]
pub struct Staked {
    /// The task.
    pub task: Keyed<Task>,
    /// The stake in it.
    pub stake: NodeStake,
}

/// Every stake of `node`, in the order of the tasks' addresses. Reads twice: the stakes, and their tasks.
///
/// # Errors
/// The ledger's.
pub fn stakes_of(ledger: &impl Ledger, node: &Pubkey) -> Result<Vec<Staked>, LedgerError> {
    let stakes: Vec<Keyed<NodeStake>> = account::fetch_all(ledger, account::stakes_of(node))?;
    let tasks: Vec<Pubkey> = stakes.iter().map(|stake| stake.data.task).collect();
    let found = ledger.accounts(&tasks)?;
    let mut staked: Vec<Staked> = stakes
        .into_iter()
        .zip(found)
        .filter_map(|(stake, task)| {
            let data = account::decode(task.as_ref()?)?;
            let address = stake.data.task;
            Some(Staked {
                task: Keyed { address, data },
                stake: stake.data,
            })
        })
        .collect();
    staked.sort_by_key(|staked| staked.task.address);
    Ok(staked)
}

/// What a node handed in for one cycle that is still open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandedIn {
    /// The cycle.
    pub cycle: u64,
    /// Its submission: where, when, and how far it has come.
    pub submission: Option<Handed>,
    /// The newest list that it proposed.
    pub list: Option<Handed>,
}

/// One submission or list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handed {
    /// Where it lives.
    pub address: Pubkey,
    /// The slot at which it was handed in.
    pub slot: u64,
    /// How far it has come.
    pub status: Status,
    /// What its author was slashed for it, in base units.
    pub slashed: u64,
}

impl Handed {
    fn of(address: Pubkey, subject: &Subject) -> Self {
        let is_upheld = subject.audit.verdict() == Some(Verdict::Upheld);
        Self {
            address,
            slot: subject.slot,
            status: subject.status(),
            slashed: if is_upheld { subject.audit.slashed } else { 0 },
        }
    }
}

/// A node in one task, at one slot.
#[derive(Clone, Debug)]
pub struct NodeStatus {
    /// The slot of the look.
    pub slot: u64,
    /// The round that it lies in.
    pub round: u64,
    /// The task.
    pub task: Keyed<Task>,
    /// The node's stake.
    pub stake: NodeStake,
    /// The node's SOL, in lamports.
    pub lamports: u64,
    /// What it handed in for cycles that are still open, oldest first.
    pub handed_in: Vec<HandedIn>,
}

impl NodeStatus {
    /// Reads it for the node and the task of `staked`.
    ///
    /// # Errors
    /// The ledger's.
    pub fn read(ledger: &impl Ledger, staked: &Staked) -> Result<Self, LedgerError> {
        let Staked { task, stake } = *staked;
        let slot = ledger.slot()?;
        let filters = [
            account::of_task(&task.address),
            account::handed_in_by(&stake.node),
        ];
        let prefix = Submission::SPACE.max(DistributionList::SPACE);
        let found = ledger.program_accounts(&filters, Some(0..prefix))?;
        let wallet = ledger.accounts(&[stake.node])?;
        let lamports = wallet.into_iter().flatten().next();
        Ok(Self {
            slot,
            round: task.data.current_round(slot),
            task,
            stake,
            lamports: lamports.map_or(0, |wallet| wallet.lamports),
            handed_in: handed_in(&account::decode_all(&found), &account::decode_all(&found)),
        })
    }

    /// Reads it for `node` in `task`; `None` if there is no such task, or no stake of the node in it.
    ///
    /// # Errors
    /// The ledger's.
    pub fn find(
        ledger: &impl Ledger,
        task: &Pubkey,
        node: &Pubkey,
    ) -> Result<Option<Self>, LedgerError> {
        let stake = address::node_stake(task, node);
        let found = ledger.accounts(&[*task, stake])?;
        let [of_task, stake] = found.as_slice() else {
            return Ok(None);
        };
        let (Some(data), Some(stake)) = (
            of_task.as_ref().and_then(account::decode),
            stake.as_ref().and_then(account::decode),
        ) else {
            return Ok(None);
        };
        let address = *task;
        let task = Keyed { address, data };
        Self::read(ledger, &Staked { task, stake }).map(Some)
    }

    /// What the node was slashed for in cycles that are still open, as an author; the stake's own sum also
    /// has false challenges and cycles that are closed.
    pub fn slashed_in_open_cycles(&self) -> u64 {
        let handed = self.handed_in.iter();
        let handed = handed.flat_map(|cycle| [cycle.submission, cycle.list]);
        let slashed = handed.flatten().map(|handed| handed.slashed);
        slashed.fold(0, u64::saturating_add)
    }
}

fn handed_in(
    submissions: &[Keyed<Submission>],
    lists: &[Keyed<DistributionList>],
) -> Vec<HandedIn> {
    let mut cycles: BTreeMap<u64, HandedIn> = BTreeMap::new();
    let mut of = |subject: &Subject, put: &dyn Fn(&mut HandedIn)| {
        let cycle = subject.cycle_number;
        put(cycles.entry(cycle).or_insert(HandedIn {
            cycle,
            submission: None,
            list: None,
        }));
    };
    for Keyed { address, data } in submissions {
        let handed = Handed::of(*address, &data.subject);
        of(&data.subject, &|cycle| cycle.submission = Some(handed));
    }
    for Keyed { address, data } in lists {
        let handed = Handed::of(*address, &data.subject);
        of(&data.subject, &|cycle| {
            if cycle.list.is_none_or(|list| list.slot < handed.slot) {
                cycle.list = Some(handed);
            }
        });
    }
    cycles.into_values().collect()
}

/// Lamports that a signature costs.
const BASE_FEE: u64 = 5_000;
/// Lamports that a byte of an account lends, and the bytes that every account has beside its data. They
/// are those of mainnet; a cluster with others makes the reckoning no worse than an estimate.
const RENT_A_BYTE: u64 = 6_960;
const BYTES_BESIDE: u64 = 128;
/// Transactions of a round in which nothing is disputed: an opening, a submission, a list, a finalization,
/// and one that closes a cycle.
const TRANSACTIONS: u64 = 5;
/// Instructions in them, and the compute units of each: a payout, a closing and a claim ride with the
/// submission.
const INSTRUCTIONS: u64 = 8;
const UNITS: u64 = 25_000;
/// Audits of a round whose votes a node can afford at the same time, beside that.
const VOTES: u64 = 4;
/// Rounds in which what a cycle's accounts lend is away, where nothing is disputed: submitted in the
/// first, listed in the second, paid in the third, closed in the fourth.
const ROUNDS_LENT: u64 = 4;

/// What playing costs a node at most in quiet rounds: fees, which are gone, and rent, which comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upkeep {
    /// Lamports of fees a round.
    pub fees: u64,
    /// Lamports of rent that one cycle lends.
    pub rent: u64,
    /// The least that a wallet must keep to exist.
    pub least: u64,
}

/// Lamports that an account with `bytes` bytes of data lends.
pub const fn rent_of(bytes: u64) -> u64 {
    bytes
        .saturating_add(BYTES_BESIDE)
        .saturating_mul(RENT_A_BYTE)
}

impl Upkeep {
    /// At a price of `price` micro-lamports a compute unit.
    pub const fn at(price: u64) -> Self {
        let priority = price.saturating_mul(UNITS).div_ceil(1_000_000);
        let submission = rent_of(Submission::SPACE as u64 + MAX_SUBMISSION_LEN);
        let list = rent_of(DistributionList::SPACE as u64);
        let cycle = rent_of(Cycle::SPACE as u64);
        let votes = VOTES * rent_of(gradual_consensus::state::AuditVote::SPACE as u64);
        Self {
            fees: (BASE_FEE * TRANSACTIONS).saturating_add(priority.saturating_mul(INSTRUCTIONS)),
            rent: submission + list + cycle + votes,
            least: rent_of(0),
        }
    }

    /// How many rounds a wallet of `lamports` pays for, with nothing lent now.
    pub const fn rounds(&self, lamports: u64) -> u64 {
        let free = lamports.saturating_sub(self.least);
        let begun = free / self.rent.saturating_add(self.fees);
        if begun < ROUNDS_LENT {
            return begun;
        }
        free.saturating_sub(self.rent.saturating_mul(ROUNDS_LENT)) / self.fees
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    #[test]
    fn what_was_handed_in_is_told_by_cycle_and_the_newest_list_counts() {
        let subject = |cycle_number, slot| Subject {
            cycle_number,
            slot,
            ..Subject::zeroed()
        };
        let submission = |cycle, slot| Keyed {
            address: Pubkey::new_unique(),
            data: Submission {
                subject: subject(cycle, slot),
                ..Submission::zeroed()
            },
        };
        let list = |cycle, slot| Keyed {
            address: Pubkey::new_unique(),
            data: DistributionList {
                subject: subject(cycle, slot),
                ..DistributionList::zeroed()
            },
        };
        let told = handed_in(
            &[submission(9, 90), submission(8, 80)],
            &[list(8, 95), list(8, 85), list(7, 75)],
        );
        let short = |handed: Option<Handed>| handed.map(|handed| handed.slot);
        let told: Vec<_> = told
            .into_iter()
            .map(|cycle| (cycle.cycle, short(cycle.submission), short(cycle.list)))
            .collect();
        assert_eq!(
            told,
            [
                (7, None, Some(75)),
                (8, Some(80), Some(95)),
                (9, Some(90), None)
            ]
        );
    }

    #[test]
    fn an_upkeep_is_fees_for_every_round_and_rent_for_a_few() {
        let base = Upkeep::at(0);
        assert_eq!(base.fees, 5 * 5_000);
        assert_eq!(Upkeep::at(200_000).fees, 5 * 5_000 + 8 * 5_000);
        let lent = base.least + 4 * base.rent;
        assert_eq!(base.rounds(0), 0);
        assert_eq!(base.rounds(base.least + base.rent + base.fees), 1);
        assert_eq!(base.rounds(lent + 4 * base.fees - 1), 3);
        assert_eq!(base.rounds(lent + 4 * base.fees), 4);
        assert_eq!(base.rounds(lent + 1_000 * base.fees), 1_000);
        assert_eq!(Upkeep::at(u64::MAX).rounds(1_000_000_000), 0);
    }
}
