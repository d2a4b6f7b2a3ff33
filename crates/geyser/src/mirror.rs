//! What is known of a task's accounts: read once, and changed by every block since.
//!
//! A block counts once the server has said that it has the commitment asked for. The server sends what is in a block
//! before that. The mirror's *head* is the last such block, and each must follow on one that is known: otherwise some
//! are missing, and everything is read again.
//!
//! What is read of the ledger has no slot of its own, but two that it lies between: no earlier than `from`, no later
//! than `to`. A change after `from` goes before it, so that nothing is lost; and until the head is at `to`, where every
//! such change has come, the mirror is not used.

use crate::{
    guard::Guard,
    update::{Change, Touch},
};
use gradual_consensus::state::{AuditVote, Cycle};
use gradual_consensus_client::{account, ledger::Filter};
use solana_sdk::{account::Account, pubkey::Pubkey};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    ops::Range,
};

/// Blocks for which it is known what transactions wrote, and an account stays known that only transactions tell about:
/// about a minute.
pub(crate) const REMEMBERED: u64 = 150;
/// Between two times that what is older is thrown away.
const TIDY_EVERY: u64 = 16;
/// What an account takes beside its data.
const BESIDE_DATA: usize = 256;
/// What is remembered of a place where a transaction wrote.
const WRITTEN: usize = 64;
/// Blocks whose parents are known at most.
const MOST_PARENTS: usize = 4_096;

/// An account, and the change that made it so.
#[derive(Debug)]
struct Held {
    account: Account,
    slot: u64,
    write: u64,
}

/// What a block brings, until it counts.
#[derive(Debug, Default)]
struct Block {
    changes: Vec<Change>,
    touches: Vec<Touch>,
}

/// What became of the message that a block counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// The head is at it.
    Moved,
    /// The head was there, or it is not known which block came before.
    Stayed,
    /// Blocks are missing: the mirror is empty, and begins with this one.
    Gap,
}

/// What the mirror says of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// What is there.
    Is(Option<Account>),
    /// It must be read.
    Unknown,
}

/// The accounts that a ledger showed, and the slots that they lie between.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading {
    pub(crate) accounts: Vec<(Pubkey, Option<Account>)>,
    pub(crate) from: u64,
    pub(crate) to: u64,
}

/// The accounts of one task, as of the head.
#[derive(Debug)]
pub(crate) struct Mirror {
    task: Pubkey,
    /// Accounts by their addresses, whoever owns them.
    named: Vec<Pubkey>,
    most_bytes: usize,
    /// Which filling it is.
    epoch: u64,
    /// All blocks after this one are known.
    since: Option<u64>,
    head: u64,
    /// The head from which on it may be used; `None` until it is filled.
    usable_from: Option<u64>,
    held: BTreeMap<Pubkey, Held>,
    /// What no stream of accounts brings, but transactions tell when it changes, with the slot at which it was read:
    /// votes, and that there is nothing.
    aside: HashMap<Pubkey, (Option<Account>, u64)>,
    /// Where transactions wrote lately: in which block, and whether nothing was left there.
    written: HashMap<Pubkey, (u64, bool)>,
    /// What must be read again: a transaction wrote it, and nothing of it came.
    doubts: BTreeMap<Pubkey, u64>,
    blocks: BTreeMap<u64, Block>,
    parents: BTreeMap<u64, u64>,
    bytes: usize,
    tidied_at: u64,
    /// What was told of submissions and lists, however often the mirror was emptied.
    pub(crate) guard: Guard,
}

impl Mirror {
    /// An empty mirror of `task` and of the accounts at `named`, which holds so many bytes at most.
    pub(crate) fn new(task: Pubkey, named: Vec<Pubkey>, most_bytes: usize) -> Self {
        Self {
            task,
            named,
            most_bytes,
            epoch: 0,
            since: None,
            head: 0,
            usable_from: None,
            held: BTreeMap::new(),
            aside: HashMap::new(),
            written: HashMap::new(),
            doubts: BTreeMap::new(),
            blocks: BTreeMap::new(),
            parents: BTreeMap::new(),
            bytes: 0,
            tidied_at: 0,
            guard: Guard::default(),
        }
    }

    /// The task.
    pub(crate) const fn task(&self) -> &Pubkey {
        &self.task
    }

    /// The accounts by their addresses.
    pub(crate) fn named(&self) -> &[Pubkey] {
        &self.named
    }

    /// Empties it.
    pub(crate) fn clear(&mut self) {
        let (named, epoch) = (
            std::mem::take(&mut self.named),
            self.epoch.saturating_add(1),
        );
        let guard = std::mem::take(&mut self.guard);
        *self = Self {
            epoch,
            guard,
            ..Self::new(self.task, named, self.most_bytes)
        };
    }

    /// The last block that counts, if there is one.
    pub(crate) fn head(&self) -> Option<u64> {
        self.since.map(|_| self.head)
    }

    /// What a filling must be no older than, and which one it would be; `None` where the mirror is filled or no block
    /// counts yet.
    pub(crate) fn wants_filling(&self) -> Option<(u64, u64)> {
        let since = self.since.filter(|_| self.usable_from.is_none())?;
        Some((since, self.epoch))
    }

    /// The addresses that must be read again, what that must be no older than, and which filling they are of.
    pub(crate) fn wants_reading(&self) -> Option<(Vec<Pubkey>, u64, u64)> {
        let newest = self
            .doubts
            .values()
            .max()
            .filter(|_| self.usable_from.is_some())?;
        Some((self.doubts.keys().copied().collect(), *newest, self.epoch))
    }

    /// The head from which on its answers are whole; `None` while it has none.
    pub(crate) fn whole_from(&self) -> Option<u64> {
        self.usable_from.filter(|_| self.doubts.is_empty())
    }

    /// Whether it holds more than it may.
    pub(crate) fn is_too_large(&self) -> bool {
        let written = self.written.len().saturating_mul(WRITTEN);
        let all = self.bytes.saturating_add(written);
        all.saturating_add(self.guard.weight()) > self.most_bytes
    }

    /// Takes what the block of `slot` changed.
    pub(crate) fn change(&mut self, slot: u64, change: Change) {
        if !self.is_kept(&change.address, &change.account) {
            return;
        }
        self.bytes = self.bytes.saturating_add(weight(&change.account));
        self.blocks.entry(slot).or_default().changes.push(change);
    }

    /// Takes where a transaction of the block of `slot` wrote.
    pub(crate) fn touch(&mut self, slot: u64, touch: Touch) {
        self.bytes = self.bytes.saturating_add(touch_weight(&touch));
        self.blocks.entry(slot).or_default().touches.push(touch);
    }

    /// Takes which block the one of `slot` follows on.
    pub(crate) fn follows(&mut self, slot: u64, parent: u64) {
        if self.parents.len() >= MOST_PARENTS {
            self.parents.clear();
        }
        if parent < slot {
            self.parents.insert(slot, parent);
        }
    }

    /// The block of `slot` counts.
    pub(crate) fn count(&mut self, slot: u64) -> Counted {
        if self.since.is_none() {
            self.begin(slot);
            return Counted::Gap;
        }
        if slot <= self.head {
            self.apply_blocks(slot);
            return Counted::Stayed;
        }
        let Some(parent) = self.parents.get(&slot).copied() else {
            return Counted::Stayed;
        };
        if parent > self.head || slot.abs_diff(self.head) > REMEMBERED {
            self.clear();
            self.begin(slot);
            return Counted::Gap;
        }
        self.apply_blocks(self.head);
        // What lies between was dropped by the cluster.
        let mut after = self.blocks.split_off(&slot);
        for dropped in std::mem::take(&mut self.blocks).into_values() {
            self.bytes = self.bytes.saturating_sub(dropped.weight());
        }
        let block = after.remove(&slot);
        self.blocks = after;
        if let Some(block) = block {
            self.apply(slot, block);
        }
        self.head = slot;
        if slot.saturating_sub(self.tidied_at) >= TIDY_EVERY {
            self.tidy();
        }
        Counted::Moved
    }

    /// Everything after the block of `slot` is known from now on; of that one itself a part may be missing.
    fn begin(&mut self, slot: u64) {
        (self.since, self.head, self.tidied_at) = (Some(slot), slot, slot);
    }

    /// Applies what came of all blocks up to that of `slot`.
    fn apply_blocks(&mut self, slot: u64) {
        while let Some(first) = self
            .blocks
            .first_entry()
            .filter(|first| *first.key() <= slot)
        {
            let (at, block) = first.remove_entry();
            self.apply(at, block);
        }
    }

    fn apply(&mut self, slot: u64, block: Block) {
        self.bytes = self.bytes.saturating_sub(block.weight());
        for change in block.changes {
            self.apply_change(slot, change);
        }
        let mut touches = block.touches;
        touches.sort_by_key(|touch| touch.index);
        // How the last one left it.
        let written: BTreeMap<Pubkey, bool> = touches
            .into_iter()
            .flat_map(|touch| touch.written)
            .collect();
        for (address, is_empty) in written {
            self.apply_write(slot, address, is_empty);
        }
    }

    fn apply_change(&mut self, slot: u64, change: Change) {
        let Change {
            address,
            account,
            write,
        } = change;
        let is_older = |known: &Held| (known.slot, known.write) >= (slot, write);
        let was_emptied = self
            .written
            .get(&address)
            .is_some_and(|(at, empty)| *empty && *at >= slot);
        if was_emptied || self.held.get(&address).is_some_and(is_older) {
            return;
        }
        self.aside.remove(&address);
        self.doubts.remove(&address);
        if account.lamports == 0 {
            self.written.insert(address, (slot, true));
            self.remove(&address);
        } else {
            self.hold(
                address,
                Held {
                    account,
                    slot,
                    write,
                },
            );
        }
    }

    fn apply_write(&mut self, slot: u64, address: Pubkey, is_empty: bool) {
        if self.written.get(&address).is_some_and(|(at, _)| *at > slot) {
            return;
        }
        self.written.insert(address, (slot, is_empty));
        self.aside.remove(&address);
        let is_older = self.held.get(&address).is_some_and(|held| held.slot < slot);
        if is_empty {
            if self
                .held
                .get(&address)
                .is_some_and(|held| held.slot <= slot)
            {
                self.remove(&address);
            }
            self.doubts.remove(&address);
        } else if is_older {
            self.doubts.insert(address, slot);
        }
    }

    fn hold(&mut self, address: Pubkey, held: Held) {
        self.remove(&address);
        self.bytes = self.bytes.saturating_add(weight(&held.account));
        self.guard.told(address, &held.account, held.slot);
        self.held.insert(address, held);
    }

    fn remove(&mut self, address: &Pubkey) {
        if let Some(held) = self.held.remove(address) {
            self.bytes = self.bytes.saturating_sub(weight(&held.account));
            self.guard.closed(address);
        }
    }

    fn tidy(&mut self) {
        self.tidied_at = self.head;
        let oldest = self.head.saturating_sub(REMEMBERED);
        self.parents = self.parents.split_off(&self.head);
        self.written.retain(|_, (slot, _)| *slot >= oldest);
        self.aside.retain(|_, (_, from)| *from >= oldest);
        self.guard
            .tidy(self.head, |address| self.held.contains_key(address));
    }

    /// Whether the mirror keeps `account` at `address`: it belongs to the task, or is one of those that are named.
    fn is_kept(&self, address: &Pubkey, account: &Account) -> bool {
        self.is_of_task(account) || self.named.contains(address)
    }

    fn is_of_task(&self, account: &Account) -> bool {
        account.owner == gradual_consensus::ID
            && account::of_task(&self.task).matches(&account.data)
    }

    /// Fills it with all accounts of the task and those that are named, unless it has begun anew since `epoch`.
    pub(crate) fn fill(&mut self, epoch: u64, reading: Reading) {
        if epoch != self.epoch || self.usable_from.is_some() {
            return;
        }
        let listed: HashSet<&Pubkey> = reading.accounts.iter().map(|(one, _)| one).collect();
        let closed = self
            .held
            .iter()
            .filter(|(address, held)| held.slot <= reading.from && !listed.contains(address));
        let closed: Vec<Pubkey> = closed.map(|(address, _)| *address).collect();
        closed.iter().for_each(|address| self.remove(address));
        self.usable_from = Some(reading.to);
        self.take(reading);
    }

    /// Takes what was read again.
    pub(crate) fn read_again(&mut self, epoch: u64, reading: Reading) {
        if epoch != self.epoch {
            return;
        }
        for (address, _) in &reading.accounts {
            if self
                .doubts
                .get(address)
                .is_some_and(|slot| *slot <= reading.from)
            {
                self.doubts.remove(address);
            }
        }
        self.usable_from = self.usable_from.map(|from| from.max(reading.to));
        self.take(reading);
    }

    fn take(&mut self, reading: Reading) {
        let from = reading.from;
        for (address, account) in reading.accounts {
            if self.held.get(&address).is_some_and(|held| held.slot > from) {
                continue;
            }
            let later = self
                .written
                .get(&address)
                .copied()
                .filter(|(slot, _)| *slot > from);
            match (account, later) {
                (_, Some((_, true))) | (None, None) => self.remove(&address),
                (account, later) => {
                    if let Some((slot, _)) = later {
                        self.doubts.insert(address, slot);
                    }
                    let kept = account.filter(|account| self.is_kept(&address, account));
                    match kept {
                        // Of that slot nothing newer comes: it is what the block made of it.
                        Some(account) => {
                            let write = u64::MAX;
                            self.hold(
                                address,
                                Held {
                                    account,
                                    slot: from,
                                    write,
                                },
                            );
                        }
                        None => self.remove(&address),
                    }
                }
            }
        }
    }

    /// Keeps what was read at `address` no earlier than `from`, where a transaction of the task would tell that it has
    /// changed.
    pub(crate) fn put_aside(&mut self, address: Pubkey, account: Option<Account>, from: u64) {
        let is_told = match &account {
            // A wallet gets SOL from anybody, but what has an address of a program is made by the program.
            None => !address.is_on_curve(),
            Some(account) => account::decode::<AuditVote>(account)
                .is_some_and(|vote| self.held.contains_key(&vote.subject)),
        };
        let has_changed = self
            .written
            .get(&address)
            .is_some_and(|(slot, _)| *slot > from);
        if is_told && !has_changed && !self.held.contains_key(&address) {
            self.aside.insert(address, (account, from));
        }
    }

    /// What is at `address`.
    pub(crate) fn at(&self, address: &Pubkey) -> Known {
        if let Some(held) = self.held.get(address) {
            return Known::Is(Some(held.account.clone()));
        }
        if self.named.contains(address) {
            return Known::Is(None);
        }
        if let Some((account, from)) = self.aside.get(address)
            && from.saturating_add(REMEMBERED) >= self.head
        {
            return Known::Is(account.clone());
        }
        match self.written.get(address) {
            Some((_, true)) if !address.is_on_curve() => Known::Is(None),
            _ => Known::Unknown,
        }
    }

    /// The accounts that pass every one of `filters`, as a ledger lists them; `None` where they may belong to another
    /// task, or are votes.
    pub(crate) fn list(
        &self,
        filters: &[Filter],
        part: Option<Range<usize>>,
    ) -> Option<Vec<(Pubkey, Account)>> {
        if !filters.iter().any(|filter| self.is_inside(filter)) {
            return None;
        }
        let passes = |account: &Account| {
            self.is_of_task(account) && filters.iter().all(|filter| filter.matches(&account.data))
        };
        let found = self.held.iter().filter(|(_, held)| passes(&held.account));
        let cut = |account: &Account| match &part {
            None => account.clone(),
            Some(part) => {
                let end = part.end.min(account.data.len());
                Account {
                    data: account
                        .data
                        .get(part.start..end)
                        .unwrap_or_default()
                        .to_vec(),
                    ..*account
                }
            }
        };
        Some(
            found
                .map(|(address, held)| (*address, cut(&held.account)))
                .collect(),
        )
    }

    /// Whether `filter` lets nothing pass but accounts of the task.
    fn is_inside(&self, filter: &Filter) -> bool {
        if *filter == account::of_task(&self.task) {
            return true;
        }
        let named = Pubkey::try_from(filter.bytes.as_slice()).ok();
        named.is_some_and(|cycle| {
            *filter == account::of_cycle(&cycle)
                && (self.held.get(&cycle))
                    .is_some_and(|held| account::decode::<Cycle>(&held.account).is_some())
        })
    }
}

impl Block {
    fn weight(&self) -> usize {
        let changes = self.changes.iter().map(|change| weight(&change.account));
        let touches = self.touches.iter().map(touch_weight);
        changes.chain(touches).fold(0, usize::saturating_add)
    }
}

fn weight(account: &Account) -> usize {
    account.data.len().saturating_add(BESIDE_DATA)
}

fn touch_weight(touch: &Touch) -> usize {
    touch.written.len().saturating_mul(WRITTEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task() -> Pubkey {
        Pubkey::new_from_array([7; 32])
    }

    /// An address that no wallet has.
    fn place(number: u8) -> Pubkey {
        Pubkey::find_program_address(&[&[number]], &gradual_consensus::ID).0
    }

    /// An account of the task with this `mark` in it.
    fn account(mark: u8) -> Account {
        let data = [&[0; 8], task().as_ref(), &[mark]].concat();
        Account {
            lamports: 1,
            owner: gradual_consensus::ID,
            data,
            ..Account::default()
        }
    }

    fn change(number: u8, mark: u8, write: u64) -> Change {
        Change {
            address: place(number),
            account: account(mark),
            write,
        }
    }

    fn touch(index: u64, written: &[(u8, bool)]) -> Touch {
        let written = written.iter();
        Touch {
            index,
            written: written
                .map(|(number, is_empty)| (place(*number), *is_empty))
                .collect(),
        }
    }

    /// What was read, all of it at `slot`: the accounts of these numbers and marks.
    fn reading(slot: u64, accounts: &[(u8, Option<u8>)]) -> Reading {
        let accounts = accounts.iter();
        Reading {
            accounts: accounts
                .map(|(number, mark)| (place(*number), mark.map(account)))
                .collect(),
            from: slot,
            to: slot,
        }
    }

    /// A mirror that is filled at slot 10 with account 1.
    fn filled() -> Mirror {
        let mut mirror = Mirror::new(task(), vec![], 1 << 20);
        assert_eq!(mirror.count(10), Counted::Gap);
        let (since, epoch) = mirror.wants_filling().unwrap();
        assert_eq!(since, 10);
        mirror.fill(epoch, reading(10, &[(1, Some(0))]));
        assert_eq!(mirror.whole_from(), Some(10));
        mirror
    }

    /// The block of `slot`, which follows on the one before it, counts.
    fn next(mirror: &mut Mirror, slot: u64) {
        mirror.follows(slot, slot - 1);
        assert_eq!(mirror.count(slot), Counted::Moved);
    }

    #[track_caller]
    fn assert_at(mirror: &Mirror, number: u8, expected: Option<u8>) {
        assert_eq!(mirror.at(&place(number)), Known::Is(expected.map(account)));
    }

    #[test]
    fn a_block_counts_whole_and_only_after_the_one_that_it_follows_on() {
        let mut mirror = filled();
        mirror.change(11, change(1, 1, 5));
        mirror.change(12, change(2, 1, 6));
        assert_at(&mirror, 1, Some(0));
        // Nobody has said yet on which one it follows.
        assert_eq!(mirror.count(11), Counted::Stayed);
        assert_at(&mirror, 1, Some(0));
        next(&mut mirror, 11);
        assert_at(&mirror, 1, Some(1));
        assert_eq!(mirror.at(&place(2)), Known::Unknown);
        // Slot 12 was dropped by the cluster, with all that was in it.
        mirror.follows(13, 11);
        assert_eq!(
            (mirror.count(13), mirror.head()),
            (Counted::Moved, Some(13))
        );
        assert_eq!(mirror.at(&place(2)), Known::Unknown);
        assert_eq!(mirror.count(13), Counted::Stayed);
        assert_eq!(mirror.count(9), Counted::Stayed);
    }

    #[test]
    fn a_missing_block_empties_it() {
        for (slot, parent) in [(13, 12), (13 + REMEMBERED, 10)] {
            let mut mirror = filled();
            mirror.follows(slot, parent);
            assert_eq!(mirror.count(slot), Counted::Gap);
            assert_eq!((mirror.head(), mirror.whole_from()), (Some(slot), None));
            assert_eq!(mirror.wants_filling().unwrap().0, slot);
            assert_eq!(mirror.bytes, 0);
            // What was read for the one before is of no use.
            mirror.fill(0, reading(10, &[(1, Some(0))]));
            assert_eq!(mirror.whole_from(), None);
        }
    }

    #[test]
    fn nothing_older_takes_the_place_of_what_is_newer() {
        let mut mirror = filled();
        for (mark, write) in [(2, 6), (3, 7), (1, 5)] {
            mirror.change(11, change(1, mark, write));
        }
        next(&mut mirror, 11);
        assert_at(&mirror, 1, Some(3));
        mirror.change(10, change(1, 9, 99));
        mirror.change(11, change(1, 9, 7));
        next(&mut mirror, 12);
        assert_at(&mirror, 1, Some(3));
    }

    #[test]
    fn what_is_left_empty_vanishes_and_may_be_made_again() {
        let mut mirror = filled();
        mirror.change(11, change(1, 1, 5));
        mirror.touch(11, touch(3, &[(1, true), (5, true)]));
        mirror.touch(11, touch(2, &[(1, false)]));
        next(&mut mirror, 11);
        assert_at(&mirror, 1, None);
        assert_at(&mirror, 5, None);
        assert_eq!(mirror.whole_from(), Some(10));
        // A change of a block before comes late.
        mirror.change(10, change(1, 8, 99));
        next(&mut mirror, 12);
        assert_at(&mirror, 1, None);
        mirror.change(13, change(1, 4, 9));
        mirror.touch(13, touch(0, &[(1, false)]));
        next(&mut mirror, 13);
        assert_at(&mirror, 1, Some(4));
        // Made and closed in one block.
        mirror.change(14, change(2, 4, 10));
        mirror.touch(14, touch(0, &[(2, false)]));
        mirror.touch(14, touch(1, &[(2, true)]));
        next(&mut mirror, 14);
        assert_at(&mirror, 2, None);
        assert_eq!(mirror.held.len(), 1);
        assert_eq!(mirror.bytes, weight(&account(4)));
    }

    #[test]
    fn what_was_written_and_did_not_come_is_in_doubt_until_it_is_read() {
        let mut mirror = filled();
        mirror.touch(11, touch(0, &[(1, false), (2, false)]));
        next(&mut mirror, 11);
        assert_eq!(mirror.whole_from(), None);
        let (addresses, since, epoch) = mirror.wants_reading().unwrap();
        assert_eq!((addresses, since), (vec![place(1)], 11));
        // An answer from before is none.
        mirror.read_again(epoch, reading(10, &[(1, Some(0))]));
        assert!(mirror.wants_reading().is_some());
        let mut newer = reading(11, &[(1, Some(2))]);
        newer.to = 14;
        mirror.read_again(epoch, newer);
        assert_at(&mirror, 1, Some(2));
        assert_eq!(
            mirror.whole_from(),
            Some(14),
            "it may be of a block to come"
        );
    }

    #[test]
    fn changes_that_came_while_it_was_filled_are_not_lost() {
        let mut mirror = Mirror::new(task(), vec![], 1 << 20);
        mirror.count(10);
        let (_, epoch) = mirror.wants_filling().unwrap();
        mirror.change(11, change(1, 1, 5));
        mirror.change(11, change(2, 1, 5));
        mirror.touch(
            11,
            touch(0, &[(1, false), (2, false), (3, true), (4, false)]),
        );
        next(&mut mirror, 11);
        // As of slot 10: neither change, 3 is there still, and 4 is as it was.
        mirror.fill(
            epoch,
            reading(10, &[(1, Some(0)), (3, Some(0)), (4, Some(0))]),
        );
        assert_at(&mirror, 1, Some(1));
        assert_at(&mirror, 2, Some(1));
        assert_at(&mirror, 3, None);
        assert_eq!(mirror.wants_reading().unwrap().0, [place(4)]);
        // As of slot 12: 2 is closed by now.
        let mut mirror = Mirror::new(task(), vec![], 1 << 20);
        mirror.count(10);
        mirror.change(11, change(2, 1, 5));
        next(&mut mirror, 11);
        let (_, epoch) = mirror.wants_filling().unwrap();
        mirror.fill(epoch, reading(12, &[]));
        assert_eq!(mirror.at(&place(2)), Known::Unknown);
        assert_eq!(mirror.whole_from(), Some(12));
    }

    #[test]
    fn an_empty_place_is_known_until_something_is_written_there() {
        let mut mirror = filled();
        mirror.put_aside(place(3), None, 10);
        assert_at(&mirror, 3, None);
        let wallet = Pubkey::new_from_array(*b"a wallet has an address like it.");
        if wallet.is_on_curve() {
            mirror.put_aside(wallet, None, 10);
            assert_eq!(mirror.at(&wallet), Known::Unknown);
        }
        mirror.touch(11, touch(0, &[(3, false)]));
        next(&mut mirror, 11);
        assert_eq!(mirror.at(&place(3)), Known::Unknown);
        // Read before that was written.
        mirror.put_aside(place(3), None, 10);
        assert_eq!(mirror.at(&place(3)), Known::Unknown);
        mirror.put_aside(place(4), None, 11);
        let last = 11 + REMEMBERED;
        (12..=last).for_each(|slot| next(&mut mirror, slot));
        assert_at(&mirror, 4, None);
        next(&mut mirror, last + 1);
        assert_eq!(mirror.at(&place(4)), Known::Unknown);
    }

    #[test]
    fn whatever_comes_its_memory_has_an_end() {
        let mut mirror = Mirror::new(task(), vec![], 100_000);
        mirror.count(10);
        for slot in 0..10_000 {
            mirror.follows(slot + 1_000_000, slot);
        }
        assert!(mirror.parents.len() <= MOST_PARENTS);
        let foreign = Account {
            owner: task(),
            data: vec![0; 1_000_000],
            ..account(0)
        };
        let write = 0;
        let address = place(1);
        mirror.change(
            11,
            Change {
                address,
                account: foreign,
                write,
            },
        );
        assert!(!mirror.is_too_large(), "what belongs to others is left out");
        // Blocks that never count.
        for slot in 11..1_000 {
            mirror.change(slot, change(1, 1, slot));
        }
        assert!(mirror.is_too_large());
        mirror.clear();
        assert!(!mirror.is_too_large());
    }
}
