//! One node in one task: what it earned, what it lost and why, and what of it is open.

use super::{Address, Clock, Head, Moment, NodeRow, Units, cycle::status, link};
use crate::{
    history::{History, HistoryError, Movement},
    snapshot::TaskEntry,
};
use gradual_consensus_client::books::Books;
use serde::Serialize;
use solana_sdk::pubkey::Pubkey;

/// Movements and open accounts on one page.
const ROWS: u32 = 500;

/// One change of a node's stake or balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct MovementRow {
    /// When.
    pub at: Moment,
    /// What happened.
    pub what: &'static str,
    /// 1 where the node gained, -1 where it lost, 0 where it moved what is its own.
    pub sign: i8,
    /// How much.
    pub amount: Units,
    /// The cycle that it came of.
    pub cycle: Option<u64>,
    /// The audit that it came of.
    pub audit: Option<Address>,
}

/// An account that a node opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OpenAccount {
    /// `cycle`, `submission`, `list` or `vote`.
    pub kind: &'static str,
    /// Its address.
    pub account: Address,
    /// The cycle that it belongs to, where that is known.
    pub cycle: Option<u64>,
    /// How far a submission or list has come, or what a vote says.
    pub status: &'static str,
    /// The audit that a vote belongs to, or that a subject is in.
    pub audit: Option<Address>,
}

/// One node in one task.
#[derive(Clone, Debug, Serialize)]
pub struct NodeFacts {
    /// The task.
    #[serde(flatten)]
    pub head: Head,
    /// The node.
    #[serde(flatten)]
    pub node: NodeRow,
    /// Where it can be reached, if what it says is a plain web address.
    pub link: Option<String>,
    /// Whether its stake votes in this round.
    pub votes: bool,
    /// All that it ever staked, compounded or moved here.
    pub deposited: Units,
    /// All that ever left by its will.
    pub withdrawn: Units,
    /// All that it ever claimed.
    pub claimed: Units,
    /// All that it ever compounded.
    pub compounded: Units,
    /// From when on its stake may be withdrawn, if a lock holds it.
    pub locked_until: Option<Moment>,
    /// Its newest movements, newest first, at most 500.
    pub movements: Vec<MovementRow>,
    /// Accounts that it opened and that still exist, at most 500.
    pub open: Vec<OpenAccount>,
}

impl NodeFacts {
    /// `node` in the task; `None` if it has no stake account there.
    ///
    /// # Errors
    /// The history's.
    pub fn of(
        entry: &TaskEntry,
        books: &Books,
        history: &History,
        clock: &Clock,
        node: &Pubkey,
    ) -> Result<Option<Self>, HistoryError> {
        let task = &books.task.data;
        let mut stakes = books.stakes.iter().map(|stake| &stake.data);
        let Some(stake) = stakes.find(|stake| stake.node == *node) else {
            return Ok(None);
        };
        let round = task.current_round(clock.slot);
        let movements = history.movements(&books.task.address, node, ROWS)?;
        Ok(Some(Self {
            head: Head::of(entry, clock),
            node: NodeRow::of(task, stake, clock.slot),
            link: link(stake.endpoint()).map(str::to_owned),
            votes: task.weight_in(&stake.stake, round).is_some(),
            deposited: Units(stake.deposited),
            withdrawn: Units(stake.withdrawn),
            claimed: Units(stake.claimed),
            compounded: Units(stake.compounded),
            locked_until: (clock.slot < stake.locked_until_slot)
                .then(|| clock.at(stake.locked_until_slot)),
            movements: movements
                .iter()
                .map(|one| Ok(row(one, history.moment(clock, one.slot)?)))
                .collect::<Result<_, HistoryError>>()?,
            open: open_accounts(books, node),
        }))
    }
}

fn row(movement: &Movement, at: Moment) -> MovementRow {
    MovementRow {
        at,
        what: movement.kind.text(),
        sign: movement.kind.sign(),
        amount: Units(movement.amount),
        cycle: movement.cycle,
        audit: movement.subject.map(Address),
    }
}

fn open_accounts(books: &Books, node: &Pubkey) -> Vec<OpenAccount> {
    let cycles = books.cycles.iter().filter(|one| one.data.opener == *node);
    let cycles = cycles.map(|one| OpenAccount {
        kind: "cycle",
        account: Address(one.address),
        cycle: Some(one.data.number),
        status: "opened",
        audit: None,
    });
    let submissions = books.submissions.iter();
    let submissions = submissions.map(|one| ("submission", one.address, &one.data.header.subject));
    let lists = books.lists.iter();
    let lists = lists.map(|one| ("list", one.address, &one.data.subject));
    let subjects = submissions
        .chain(lists)
        .filter(|(_, _, subject)| subject.author == *node)
        .map(|(kind, address, subject)| OpenAccount {
            kind,
            account: Address(address),
            cycle: Some(subject.cycle_number),
            status: status(subject),
            audit: Address::known(subject.audit.challenger).map(|_| Address(address)),
        });
    let votes = books.votes.iter().filter(|one| one.data.voter == *node);
    let votes = votes.map(|one| OpenAccount {
        kind: "vote",
        account: Address(one.address),
        cycle: None,
        status: if one.data.is_valid() {
            "for it"
        } else {
            "against it"
        },
        audit: Some(Address(one.data.subject)),
    });
    let rows = usize::try_from(ROWS).unwrap_or(usize::MAX);
    cycles.chain(subjects).chain(votes).take(rows).collect()
}
