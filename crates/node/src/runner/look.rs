//! One cycle as a step sees it: its account, this node's submission, what was audited, and the lists. None of
//! that grows with the number of submissions.

use super::{NodeRunner, RunnerError, TaskView, cycle::stands};
use crate::logic::TaskLogic;
use gradual_consensus::{
    rules::{
        schedule::{Schedule, Window, distribution_round, review_round},
        verdict::Verdict,
    },
    state::{Cycle, DistributionList, Status, Subject, Submission, Task},
};
use gradual_consensus_client::{
    account::{self, Keyed},
    address,
    ledger::{Filter, Ledger, LedgerError},
};
use solana_sdk::pubkey::Pubkey;
use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

/// One cycle as it stands on the ledger, without those submissions that nobody challenged.
#[derive(Clone, Debug)]
pub(super) struct CycleLook {
    /// The cycle's account.
    pub(super) account: Keyed<Cycle>,
    /// This node's submission.
    pub(super) own: Option<Keyed<Submission>>,
    /// The submissions that are or were challenged.
    pub(super) audited: Vec<Keyed<Submission>>,
    /// Whether a submission that was challenged is closed: nobody can know any more whether it fell.
    pub(super) has_gaps: bool,
    /// Its lists, in the order of their attempts.
    pub(super) lists: Vec<Keyed<DistributionList>>,
}

impl CycleLook {
    /// Its number.
    pub(super) const fn number(&self) -> u64 {
        self.account.data.number
    }

    /// The list at `address`.
    pub(super) fn list_at(&self, address: &Pubkey) -> Option<&DistributionList> {
        let list = self.lists.iter().find(|list| list.address == *address);
        list.map(|list| &list.data)
    }

    /// The addresses of its submissions that do not stand, as far as they are voted on.
    pub(super) fn fallen(&self, quorum_bps: u16) -> impl Iterator<Item = Pubkey> {
        let fell = move |one: &&Keyed<Submission>| !stands(&one.data.subject, quorum_bps);
        self.audited.iter().filter(fell).map(|one| one.address)
    }

    /// How many of its submissions stand, as far as they are voted on.
    pub(super) fn standing(&self, quorum_bps: u16) -> usize {
        let all = self.account.data.submissions as usize;
        all.saturating_sub(self.fallen(quorum_bps).count())
    }

    /// What was handed in that is or was audited, or that this node handed in, and all lists.
    pub(super) fn subjects(&self) -> impl Iterator<Item = (Pubkey, &Subject)> {
        let own = self.own.iter();
        let is_own = |address: Pubkey| self.own.is_some_and(|own| own.address == address);
        let audited = self.audited.iter();
        let submissions = own.chain(audited.filter(move |one| !is_own(one.address)));
        let submissions = submissions.map(|one| (one.address, &one.data.subject));
        let lists = self.lists.iter();
        submissions.chain(lists.map(|list| (list.address, &list.data.subject)))
    }
}

/// Where what a step reads of a cycle lives.
pub(super) struct Places {
    own: Pubkey,
    lists: Vec<Pubkey>,
}

impl Places {
    fn of(task: &Task, cycle: &Pubkey, node: &Pubkey) -> Self {
        let attempts = 0..=task.allowed_failed_distributions;
        Self {
            own: address::submission(cycle, node),
            lists: attempts
                .map(|attempt| address::list(cycle, attempt))
                .collect(),
        }
    }

    /// Its own submission, and the lists that can have been proposed by `round`.
    fn by(&self, cycle: &Cycle, round: u64) -> Vec<Pubkey> {
        let first = distribution_round(cycle.number, 0);
        let rounds = first.map_or(0, |first| round.saturating_add(1).saturating_sub(first));
        let attempts = usize::try_from(rounds).unwrap_or(usize::MAX);
        let lists = self.lists.iter().take(attempts);
        std::iter::once(&self.own).chain(lists).copied().collect()
    }
}

/// The submissions of a cycle that are or were challenged.
#[derive(Default)]
struct Challenged {
    /// While more may be challenged: those that are, read in one call.
    read: Vec<Keyed<Submission>>,
    /// Once no more can be challenged: where all of them live.
    to_read: Arc<[Pubkey]>,
}

/// The submissions of the cycle at `cycle` that pass `filter`.
pub(super) fn fetch_passing(
    ledger: &impl Ledger,
    cycle: &Pubkey,
    filter: Filter,
) -> Result<Vec<Keyed<Submission>>, LedgerError> {
    let filters = [
        Filter::at(0, <Submission as account::Stored>::TYPE),
        account::of_cycle(cycle),
        filter,
    ];
    let found = ledger.program_accounts(&filters, <Submission as account::Stored>::part())?;
    Ok(account::decode_all(&found))
}

impl<L: Ledger, T: TaskLogic> NodeRunner<'_, L, T> {
    /// The cycle whose account is `account`, as far as it can be seen.
    pub(super) fn read_cycle(
        &mut self,
        view: &TaskView,
        account: Keyed<Cycle>,
    ) -> Result<CycleLook, RunnerError> {
        let (ledger, node) = (self.ledger, self.node());
        let places = (self.places)
            .entry(account.address)
            .or_insert_with(|| Places::of(&view.task, &account.address, &node));
        let own_address = places.own;
        let mut addresses = places.by(&account.data, view.round);
        let fixed = addresses.len();

        let Challenged {
            read: mut audited,
            to_read: challenged,
        } = self.read_challenged(view, &account)?;
        let mut settled = self.cache.settled(&account.address, &challenged);
        // What this node closed by now is not to be closed again.
        settled.retain(|one| one.address != own_address);
        let is_settled: HashSet<Pubkey> = settled.iter().map(|one| one.address).collect();
        addresses.extend(
            challenged
                .iter()
                .filter(|address| !is_settled.contains(*address)),
        );
        let found = ledger.accounts(&addresses)?;
        if found.len() != addresses.len() {
            return Err(RunnerError::wrong_count());
        }
        let mut found = addresses.into_iter().zip(found);
        let known: Vec<_> = found
            .by_ref()
            .take(fixed)
            .filter_map(|(address, found)| Some((address, found?)))
            .collect();
        let open: Vec<_> = found
            .filter_map(|(address, found)| Some((address, found?)))
            .collect();
        let open: Vec<Keyed<Submission>> = account::decode_all(&open);
        self.cache.settle(&account.address, &open);
        audited.extend(open);
        audited.extend(settled);
        let has_gaps = audited.len() < challenged.len();
        Ok(CycleLook {
            account,
            own: account::decode_all(&known).into_iter().next(),
            has_gaps,
            audited,
            lists: account::decode_all(&known),
        })
    }

    /// Which submissions of `cycle` are or were challenged.
    fn read_challenged(
        &mut self,
        view: &TaskView,
        cycle: &Keyed<Cycle>,
    ) -> Result<Challenged, RunnerError> {
        let (ledger, schedule) = (self.ledger, &view.task.schedule);
        let review = review_round(cycle.data.number);
        let is_known = self.cache.knows_challenged(&cycle.address);
        let window =
            |of: fn(&Schedule, u64) -> Option<Window>| review.and_then(|k| of(schedule, k));
        if !view.is_over(window(Schedule::submission_window)) {
            return Ok(Challenged::default());
        }
        // Without a list where they are few.
        let few = if is_known {
            None
        } else {
            self.read_few(view, cycle)?
        };
        let is_open = |one: &Keyed<Submission>| one.data.subject.status() == Status::Challenged;
        let open = || {
            fetch_passing(
                ledger,
                &cycle.address,
                account::with_status(Status::Challenged),
            )
        };
        if !view.is_over(window(Schedule::challenge_window)) {
            let found = match few {
                Some(few) => Some(few.into_iter().filter(is_open).collect()),
                None => self.listing.list(view.slot, open)?,
            };
            return Ok(Challenged {
                read: found.unwrap_or_default(),
                ..Challenged::default()
            });
        }
        let is_decided = view.is_over(window(Schedule::audit_window));
        let listing = &mut self.listing;
        let read = || {
            if let Some(few) = few {
                let was_challenged = |one: &Keyed<Submission>| {
                    one.data.subject.audit.challenger != Pubkey::default()
                };
                let challenged = few.into_iter().filter(was_challenged);
                return Ok(Some(challenged.map(|one| one.address).collect()));
            }
            listing.list(view.slot, || {
                let addresses =
                    |found: Vec<Keyed<Submission>>| found.into_iter().map(|one| one.address);
                let mut challenged: BTreeSet<Pubkey> = addresses(open()?).collect();
                // No audit is resolved before its window is over.
                if is_decided {
                    for verdict in [Verdict::Upheld, Verdict::Dismissed, Verdict::Undecided] {
                        let decided = account::with_verdict(verdict);
                        challenged.extend(addresses(fetch_passing(
                            ledger,
                            &cycle.address,
                            decided,
                        )?));
                    }
                }
                Ok(challenged.into_iter().collect())
            })
        };
        let challenged = self.cache.challenged(&cycle.address, read)?;
        Ok(Challenged {
            to_read: challenged.unwrap_or_default(),
            ..Challenged::default()
        })
    }
}
