//! The protocol's book-keeping, I1 to I6 (section 4), checked from the accounts and pots on the ledger.

use crate::{
    account::{self, FullSubmission, Keyed},
    address,
    ledger::{Ledger, LedgerError},
};
use gradual_consensus::{
    rules::{money::share, warming::Electorate},
    state::{AuditVote, Cycle, DistributionList, NodeStake, Status, Subject, Task},
};
use solana_program_pack::Pack;
use solana_pubkey::Pubkey;
use spl_token_interface::state::Account as TokenAccount;
use std::{collections::HashMap, fmt::Display};

/// Everything on the ledger that belongs to one task.
#[derive(Clone, Debug)]
pub struct Books {
    /// The task.
    pub task: Keyed<Task>,
    /// Its nodes' stakes.
    pub stakes: Vec<Keyed<NodeStake>>,
    /// Its open cycles.
    pub cycles: Vec<Keyed<Cycle>>,
    /// Their open submissions.
    pub submissions: Vec<Keyed<FullSubmission>>,
    /// Their open lists.
    pub lists: Vec<Keyed<DistributionList>>,
    /// The open votes on both.
    pub votes: Vec<Keyed<AuditVote>>,
    /// Base units in the stake pot.
    pub stake_pot: u64,
    /// Base units in the bounty pot.
    pub bounty_pot: u64,
}

/// Base units in the token account at `address`; 0 if there is none.
///
/// # Errors
/// The ledger's.
pub fn token_balance(ledger: &impl Ledger, address: &Pubkey) -> Result<u64, LedgerError> {
    let accounts = ledger.accounts(&[*address])?;
    let account = accounts.first().and_then(Option::as_ref);
    // A Token-2022 account may carry extensions behind the same first bytes.
    let state = account
        .and_then(|account| account.data.get(..TokenAccount::LEN))
        .and_then(|data| TokenAccount::unpack(data).ok());
    Ok(state.map_or(0, |state| state.amount))
}

fn sum(amounts: impl Iterator<Item = u64>) -> u128 {
    amounts.map(u128::from).sum()
}

/// Collects the rules that do not hold.
#[derive(Default)]
struct Findings(Vec<String>);

impl Findings {
    fn expect(&mut self, holds: bool, rule: &str, what: impl FnOnce() -> String) {
        if !holds {
            self.0.push(format!("{rule}: {}", what()));
        }
    }

    fn equal(&mut self, rule: &str, what: impl Display, stored: impl Into<u128>, counted: u128) {
        let stored = stored.into();
        self.expect(stored == counted, rule, || {
            format!("{what}: stored {stored}, counted {counted}")
        });
    }
}

/// What one node has open.
#[derive(Clone, Copy, Default)]
struct Open {
    /// Accounts that it opened: submissions, lists, votes and cycles.
    accounts: u128,
    /// Audits that it opened, or that are about what it handed in.
    audits: u128,
    /// Those that it opened, of submissions.
    challenges: u128,
}

impl Books {
    /// Reads all accounts of the task at `task`; `None` if there is no task.
    ///
    /// # Errors
    /// The ledger's.
    pub fn read(ledger: &impl Ledger, task: &Pubkey) -> Result<Option<Self>, LedgerError> {
        let Some(data) = account::fetch::<Task>(ledger, task)? else {
            return Ok(None);
        };
        let of_task = || account::of_task(task);
        let submissions: Vec<Keyed<FullSubmission>> = account::fetch_all(ledger, of_task())?;
        let lists: Vec<Keyed<DistributionList>> = account::fetch_all(ledger, of_task())?;
        let mut votes = Vec::new();
        let audited = submissions
            .iter()
            .map(|submission| (submission.address, submission.data.header.subject))
            .chain(lists.iter().map(|list| (list.address, list.data.subject)))
            .filter(|(_, subject)| subject.audit.challenger != Pubkey::default());
        for (address, _) in audited {
            votes.extend(account::fetch_all(ledger, account::votes_on(&address))?);
        }
        Ok(Some(Self {
            task: Keyed {
                address: *task,
                data,
            },
            stakes: account::fetch_all(ledger, of_task())?,
            cycles: account::fetch_all(ledger, of_task())?,
            submissions,
            lists,
            votes,
            stake_pot: token_balance(ledger, &address::stake_pot(task))?,
            bounty_pot: token_balance(ledger, &address::bounty_pot(task))?,
        }))
    }

    /// Its open submissions and lists, as subjects of audits.
    pub fn subjects(&self) -> impl Iterator<Item = (Pubkey, &Subject)> {
        let submissions = self
            .submissions
            .iter()
            .map(|submission| (submission.address, &submission.data.header.subject));
        let lists = self
            .lists
            .iter()
            .map(|list| (list.address, &list.data.subject));
        submissions.chain(lists)
    }

    /// What the stake pot must hold (I1).
    pub fn stake_owed(&self) -> u128 {
        sum(self.stakes.iter().map(|stake| stake.data.stake.total()))
    }

    /// What the bounty pot must hold (I2).
    pub fn bounty_owed(&self) -> u128 {
        let unpaid = self
            .cycles
            .iter()
            .map(|cycle| cycle.data.owed.saturating_sub(cycle.data.paid));
        let balances = self.stakes.iter().map(|stake| stake.data.available_balance);
        let pools = self
            .subjects()
            .map(|(_, subject)| subject.audit.voter_pool_left);
        sum(std::iter::once(self.task.data.bounty_available))
            + sum(unpaid)
            + sum(balances)
            + sum(pools)
    }

    /// What cycles have paid so far, closed ones included, in base units.
    pub fn bounty_paid(&self) -> u64 {
        let open = self.cycles.iter().map(|cycle| cycle.data.paid);
        open.fold(self.task.data.bounty_paid, u64::saturating_add)
    }

    /// Base units in both pots beyond what anyone is owed: donations, or a fault in the program.
    pub fn surplus(&self) -> i128 {
        let held = u128::from(self.stake_pot) + u128::from(self.bounty_pot);
        let owed = self.stake_owed() + self.bounty_owed();
        i128::try_from(held).unwrap_or(i128::MAX) - i128::try_from(owed).unwrap_or(i128::MAX)
    }

    /// Every rule of the book-keeping that does not hold, in words. It is empty, unless the program has a
    /// fault.
    pub fn violations(&self) -> Vec<String> {
        let mut findings = Findings::default();
        self.check_pots(&mut findings);
        self.check_totals(&mut findings);
        let votes = self.votes_by_subject();
        for (address, subject) in self.subjects() {
            let votes = votes.get(&address).map_or(&[][..], Vec::as_slice);
            check_audit(&mut findings, votes, subject);
        }
        for cycle in &self.cycles {
            self.check_cycle(&mut findings, cycle);
        }
        let open = self.open_by_node();
        for stake in &self.stakes {
            let open = open.get(&stake.data.node).copied().unwrap_or_default();
            check_stake(&mut findings, &stake.data, open);
        }
        findings.0
    }

    fn votes_by_subject(&self) -> HashMap<Pubkey, Vec<&AuditVote>> {
        let mut votes: HashMap<Pubkey, Vec<&AuditVote>> = HashMap::new();
        for vote in &self.votes {
            votes.entry(vote.data.subject).or_default().push(&vote.data);
        }
        votes
    }

    fn open_by_node(&self) -> HashMap<Pubkey, Open> {
        let mut nodes: HashMap<Pubkey, Open> = HashMap::new();
        for (_, subject) in self.subjects() {
            let author = nodes.entry(subject.author).or_default();
            author.accounts += 1;
            if subject.status() == Status::Challenged {
                author.audits += 1;
                nodes.entry(subject.audit.challenger).or_default().audits += 1;
            }
        }
        for submission in &self.submissions {
            let subject = &submission.data.header.subject;
            if subject.status() == Status::Challenged {
                let challenger = nodes.entry(subject.audit.challenger).or_default();
                challenger.challenges += 1;
            }
        }
        for vote in &self.votes {
            nodes.entry(vote.data.voter).or_default().accounts += 1;
        }
        for cycle in &self.cycles {
            nodes.entry(cycle.data.opener).or_default().accounts += 1;
        }
        nodes
    }

    fn check_pots(&self, findings: &mut Findings) {
        let owed = self.stake_owed();
        findings.expect(u128::from(self.stake_pot) >= owed, "I1", || {
            format!("stake pot {} < {owed} staked", self.stake_pot)
        });
        let owed = self.bounty_owed();
        findings.expect(u128::from(self.bounty_pot) >= owed, "I2", || {
            format!("bounty pot {} < {owed} owed", self.bounty_pot)
        });
        let task = &self.task.data;
        let came = sum([task.bounty_funded, task.bounty_from_slashes].into_iter());
        let went = [
            task.bounty_available,
            task.bounty_reserved,
            task.bounty_paid,
            task.bounty_migrated,
        ];
        findings.equal("I2", "bounty", sum(went.into_iter()), came);
        let reserved = sum(self.cycles.iter().map(|cycle| cycle.data.owed));
        findings.equal("I2", "reserved", self.task.data.bounty_reserved, reserved);
    }

    fn check_totals(&self, findings: &mut Findings) {
        let task = &self.task.data;
        findings.equal("I3", "total stake", task.total_stake, self.stake_owed());
        findings.equal("I3", "nodes", task.node_count, self.stakes.len() as u128);
        let first = task.electorate.as_of_round;
        for round in (0..4).filter_map(|later| first.checked_add(later)) {
            let mut stored: Electorate = task.electorate;
            stored.roll_to(round);
            let eligible: Vec<u64> = self
                .stakes
                .iter()
                .map(|stake| {
                    let mut timeline = stake.data.stake;
                    timeline.roll_to(round);
                    timeline.active()
                })
                .filter(|&active| active >= task.minimum_stake_amount)
                .collect();
            let (stake, nodes) = stored.now();
            let what = format!("electorate of round {round}");
            findings.equal("I3", &what, stake, sum(eligible.iter().copied()));
            findings.equal("I3", &what, nodes, eligible.len() as u128);
        }
    }

    fn check_cycle(&self, findings: &mut Findings, cycle: &Keyed<Cycle>) {
        let mine = |subject: &Subject| subject.cycle == cycle.address;
        let open = self.subjects().filter(|(_, subject)| mine(subject)).count();
        findings.equal(
            "I5",
            "open subjects",
            cycle.data.open_subjects,
            open as u128,
        );
        let paid = self
            .submissions
            .iter()
            .map(|submission| &submission.data.header.subject)
            .filter(|subject| mine(subject) && subject.status() == Status::Paid)
            .count();
        let Cycle {
            bounty,
            owed,
            paid: amount,
            paid_submissions,
            invalid,
            submissions,
            ..
        } = cycle.data;
        findings.expect(paid <= paid_submissions as usize, "I5", || {
            format!("{paid} submissions paid, {paid_submissions} counted")
        });
        findings.expect(amount <= owed && owed <= bounty, "I5", || {
            format!("a cycle paid {amount}, owes {owed}, of a bounty of {bounty}")
        });
        let counted = u64::from(paid_submissions) + u64::from(invalid);
        findings.expect(counted <= submissions.into(), "I5", || {
            format!("{counted} paid or invalid of {submissions} submissions")
        });
        for list in self.lists.iter().filter(|list| mine(&list.data.subject)) {
            let total = list.data.total;
            findings.expect(total <= bounty, "I5", || {
                format!("a list of {total} divides a bounty of {bounty}")
            });
            let accepted = list.data.subject.status() == Status::Accepted;
            findings.expect(!accepted || total == owed, "I5", || {
                format!("a list of {total} was accepted, and {owed} is owed")
            });
        }
    }
}

fn check_audit(findings: &mut Findings, votes: &[&AuditVote], subject: &Subject) {
    let audit = &subject.audit;
    let weight = |valid: u8| {
        let side = votes.iter().filter(move |vote| vote.is_valid == valid);
        sum(side.map(|vote| vote.weight))
    };
    findings.equal("I4", "open votes", audit.open_votes, votes.len() as u128);
    if audit.verdict().is_none() {
        findings.equal("I4", "weight valid", audit.weight_valid, weight(1));
        findings.equal("I4", "weight invalid", audit.weight_invalid, weight(0));
        let weights = [
            audit.weight_valid,
            audit.weight_invalid,
            audit.author_weight,
        ];
        let counted = sum(weights.into_iter());
        findings.expect(counted <= u128::from(audit.electorate), "I4", || {
            format!("{counted} counted of an electorate of {}", audit.electorate)
        });
    }
    let owed = votes.iter().filter_map(|vote| {
        let all = audit.winning_weight(vote.is_valid == 1)?;
        share(audit.voter_pool, vote.weight, all)
    });
    let (left, owed) = (u128::from(audit.voter_pool_left), sum(owed));
    findings.expect(owed <= left, "I2", || {
        format!("{owed} owed to voters, {left} left in the pool")
    });
}

fn check_stake(findings: &mut Findings, stake: &NodeStake, open: Open) {
    let (node, held) = (stake.node, stake.stake.total());
    let gone = sum([held, stake.slashed, stake.withdrawn].into_iter());
    findings.equal(
        "I6",
        format_args!("deposits of {node}"),
        stake.deposited,
        gone,
    );
    let taken = [stake.available_balance, stake.claimed, stake.compounded];
    let taken = sum(taken.into_iter());
    findings.equal(
        "I6",
        format_args!("earnings of {node}"),
        stake.earned,
        taken,
    );
    let counts = [
        ("accounts opened by", stake.open_accounts, open.accounts),
        ("open audits of", stake.open_audits, open.audits),
        ("open challenges of", stake.open_challenges, open.challenges),
    ];
    for (what, stored, counted) in counts {
        findings.equal("I6", format_args!("{what} {node}"), stored, counted);
    }
    let parked = stake.stake.is_parked() && stake.stake.amounts[2] > 0;
    findings.expect(!parked, "I3", || {
        format!("stake of {node} is parked and active at once")
    });
}
