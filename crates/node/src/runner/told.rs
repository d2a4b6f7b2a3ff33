//! A cycle's submissions as an index tells them, in the place of the ledger's own list.
//!
//! What an index tells is checked when it comes: there are as many as the cycle's account counts, each lives at the address
//! that follows from its author and the bump that the index tells, where nothing else can be, and a few, drawn by the node's secret, are on the ledger as they were told. That leaves
//! room for a lie in a large cycle. So a node signs nothing that an index alone says: it judges values that it read from the
//! ledger, learns from the ledger what is challenged, and before it proposes a list, votes on a list or holds one false it
//! reads the submissions from the ledger.

use super::{
    BuiltList, NodeRunner, RunnerError, TaskView, cycle::Submissions, look::CycleLook,
    sample::Secret, wrong_count,
};
use crate::{
    index::{Asked, Index, Indexes, Question, Source, Told},
    logic::{ListInput, LogicError, TaskLogic},
};
use gradual_consensus::{
    ID, SUBMISSION_SEED,
    rules::schedule::review_round,
    state::{Cycle, DistributionList, Submission},
};
use gradual_consensus_client::{
    account::{self, FullSubmission, HandedIn, Keyed},
    ledger::{Ledger, LedgerError},
};
use solana_sdk::pubkey::Pubkey;
use solana_sha256_hasher::hashv;
use std::{collections::HashMap, sync::Arc, time::Duration};

/// How many of the submissions that an index told are looked for on the ledger.
const CHECKED: usize = 16;
/// Submissions of a cycle that are all read, at a look in its review, to see which are challenged: what one call reads.
const MOST_IN_A_LOOK: u32 = 100;
/// The longest that a node waits for indexes.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a slot takes where nothing goes wrong.
const SLOT: Duration = Duration::from_millis(400);

/// The submissions of the cycle at `cycle` that `told` says, with their addresses. With a wrong bump an address is one that no
/// account of the program has.
fn with_addresses(cycle: &Pubkey, told: &[Told]) -> Submissions {
    let submission = |told: &Told| Keyed {
        address: address_by(cycle, &told.author, told.bump),
        data: told.author,
    };
    told.iter().map(submission).collect()
}

/// The address of the submission of `author`, if `bump` is the one with which the program made it (see
/// [`Pubkey::find_program_address`]). That a bump is none of an address is not looked at: it takes most of the time of finding one.
fn address_by(cycle: &Pubkey, author: &Pubkey, bump: u8) -> Pubkey {
    let digest = hashv(&[
        SUBMISSION_SEED,
        cycle.as_ref(),
        author.as_ref(),
        &[bump],
        ID.as_ref(),
        b"ProgramDerivedAddress",
    ]);
    Pubkey::new_from_array(digest.to_bytes())
}

/// Whether `found` is the submission of `cycle` that `told` says, as far as `input` was asked for.
fn is_so(found: &FullSubmission, cycle: &Pubkey, told: &Told, input: ListInput) -> bool {
    let (subject, handed_in) = (&found.header.subject, &told.handed_in);
    let has_slot = subject.slot == handed_in.slot;
    (subject.cycle, subject.author) == (*cycle, told.author)
        && match input {
            ListInput::Authors => true,
            ListInput::Slots => has_slot,
            ListInput::Values => has_slot && found.value == handed_in.value,
        }
}

/// Checks what an index `told` of `cycle`, whose `submissions` it names, when it was asked for `input`: some of it is looked for
/// on the ledger. Returns what is wrong with it. No submission of `cycle` can have been closed yet.
fn check(
    ledger: &impl Ledger,
    secret: &Secret,
    cycle: &Pubkey,
    (submissions, told): (&Submissions, &[Told]),
    input: ListInput,
) -> Result<Result<(), String>, LedgerError> {
    let checked = secret.checked(submissions, CHECKED);
    let addresses: Vec<Pubkey> = checked.iter().map(|one| one.address).collect();
    let found = ledger.accounts(&addresses)?;
    if found.len() != addresses.len() {
        return Err(wrong_count());
    }
    for (submission, found) in checked.into_iter().zip(found) {
        let author = submission.data;
        let Some(found) = found.as_ref().and_then(account::decode) else {
            return Ok(Err(format!("{author} submitted nothing")));
        };
        let place = told.binary_search_by_key(&author, |told| told.author);
        let told = place.ok().and_then(|place| told.get(place));
        if !told.is_some_and(|told| is_so(&found, cycle, told, input)) {
            return Ok(Err(format!("{author} submitted something else")));
        }
    }
    Ok(Ok(()))
}

/// The submissions that an index `told` of `cycle`, or what is wrong with them. `is_whole` says whether they must be all of
/// them; otherwise there are no more than the cycle counts, though the index may have read it later than the node.
fn named(cycle: &Keyed<Cycle>, told: &[Told], is_whole: bool) -> Result<Submissions, String> {
    let (count, counted) = (told.len(), cycle.data.submissions as usize);
    if is_whole && count != counted {
        return Err(format!(
            "it names {count} submissions, and the cycle counts {counted}"
        ));
    }
    if !told.is_sorted_by(|one, next| one.author < next.author) {
        return Err("it names an author twice, or its authors are not in order".into());
    }
    let told = told.get(..counted).unwrap_or(told);
    Ok(with_addresses(&cycle.address, told))
}

impl<L: Ledger, T: TaskLogic> NodeRunner<'_, L, T> {
    /// Whether indexes are asked about `cycle`: until a list of it is accepted or all have failed, no submission of it is
    /// closed, so that all can be looked for.
    fn may_ask(&self, view: &TaskView, cycle: &Cycle) -> bool {
        let is_open = !cycle.list_accepted() && !cycle.has_failed(&view.task, view.round);
        !self.indexes.is_empty() && is_open
    }

    /// How long indexes may take: an eighth of an audit window.
    pub(super) fn patience(view: &TaskView) -> Duration {
        let slots = u32::try_from(view.task.schedule.audit_window / 8);
        SLOT.saturating_mul(slots.unwrap_or(u32::MAX)).min(PATIENCE)
    }

    fn question(&self, cycle: &Cycle, is_whole: bool, input: ListInput) -> Question {
        Question {
            task: self.task,
            cycle: cycle.number,
            submissions: cycle.submissions,
            is_whole,
            input,
        }
    }

    /// The submissions of `cycle`, whose submission window is over: as an index tells them, or else as the ledger lists them;
    /// `None` where the ledger lists nothing, or an index is waited for.
    pub(super) fn submissions(
        &mut self,
        view: &TaskView,
        cycle: &Keyed<Cycle>,
    ) -> Result<Option<Arc<Submissions>>, RunnerError> {
        if let Some(known) = self.cache.known_submissions(&cycle.address) {
            return Ok(Some(known));
        }
        if self.may_ask(view, &cycle.data) {
            if cycle.data.submissions == 0 {
                return Ok(Some(Arc::default()));
            }
            let asked = self
                .cache
                .told(&cycle.address, || self.ask_whole(view, cycle))?;
            match asked {
                Asked::Told(_, submissions) => return Ok(Some(submissions)),
                Asked::NotYet if may_wait(view, &cycle.data) => {
                    self.awaits_index = true;
                    return Ok(None);
                }
                Asked::NotYet | Asked::Nobody => {}
            }
        }
        let (ledger, cache) = (self.ledger, &self.cache);
        let read = || cache.submissions(ledger, cycle);
        Ok(self.listing.list(view.slot, read)?)
    }

    fn ask_whole(
        &self,
        view: &TaskView,
        cycle: &Keyed<Cycle>,
    ) -> Result<Asked<Submissions>, LedgerError> {
        let question = self.question(&cycle.data, true, ListInput::Authors);
        let tell = |index: &dyn Index, patience| index.tell(&question, patience);
        self.indexes.ask(Self::patience(view), tell, |told| {
            let submissions = match named(cycle, &told, true) {
                Ok(submissions) => submissions,
                Err(why) => return Ok(Err(why)),
            };
            let (at, both) = (&cycle.address, (&submissions, told.as_slice()));
            let checked = check(self.ledger, &self.secret, at, both, question.input)?;
            Ok(checked.map(|()| submissions))
        })
    }

    /// Those submissions of `cycle` that an index tells while the submission window is open. What is read of them is read
    /// at their addresses, which follow from their authors.
    pub(super) fn ask_so_far(
        &self,
        view: &TaskView,
        cycle: &Keyed<Cycle>,
    ) -> Result<Asked<Submissions>, LedgerError> {
        if !self.may_ask(view, &cycle.data) {
            return Ok(Asked::Nobody);
        }
        let question = self.question(&cycle.data, false, ListInput::Authors);
        let tell = |index: &dyn Index, patience| index.tell(&question, patience);
        self.indexes.ask(Self::patience(view), tell, |told| {
            Ok(named(cycle, &told, false))
        })
    }

    /// What was handed in with `submissions` of `cycle`, as `source` tells it, which told the submissions.
    pub(super) fn ask_handed_in(
        &self,
        view: &TaskView,
        cycle: &Keyed<Cycle>,
        submissions: &Submissions,
        (source, input): (Arc<Source>, ListInput),
    ) -> Result<Asked<HashMap<Pubkey, HandedIn>>, LedgerError> {
        if !self.may_ask(view, &cycle.data) {
            return Ok(Asked::Nobody);
        }
        let question = self.question(&cycle.data, true, input);
        let only: Indexes = std::iter::once(source).collect();
        let tell = |index: &dyn Index, patience| index.tell(&question, patience);
        only.ask(Self::patience(view), tell, |told| {
            let authors = submissions.iter().map(|one| one.data);
            if !authors.eq(told.iter().map(|told| told.author)) {
                return Ok(Err("it names other authors than before".into()));
            }
            let both = (submissions, told.as_slice());
            let checked = check(self.ledger, &self.secret, &cycle.address, both, input)?;
            let addresses = submissions.iter().map(|one| one.address);
            let handed_in = told.into_iter().map(|told| told.handed_in);
            Ok(checked.map(|()| addresses.zip(handed_in).collect()))
        })
    }

    /// All submissions of `cycle`, read at their addresses, for a node that asks indexes: they are few, and all are there.
    /// `None` where they are many, or cannot be known yet.
    pub(super) fn read_few(
        &mut self,
        view: &TaskView,
        cycle: &Keyed<Cycle>,
    ) -> Result<Option<Vec<Keyed<Submission>>>, RunnerError> {
        if !self.may_ask(view, &cycle.data) || cycle.data.submissions > MOST_IN_A_LOOK {
            return Ok(None);
        }
        let Some(submissions) = self.submissions(view, cycle)? else {
            return Ok(None);
        };
        let addresses: Vec<Pubkey> = submissions.iter().map(|one| one.address).collect();
        let found = self.ledger.accounts(&addresses)?;
        let found = addresses.into_iter().zip(found);
        let found = found.filter_map(|(address, found)| {
            let data = account::decode(found.as_ref()?)?;
            Some(Keyed { address, data })
        });
        let read: Vec<Keyed<Submission>> = found.collect();
        if read.len() < cycle.data.submissions as usize {
            self.confirm(cycle)?;
            return Ok(None);
        }
        Ok(Some(read))
    }

    /// Reads from the ledger the submissions of `cycle`, if an index told them.
    pub(super) fn confirm(&self, cycle: &Keyed<Cycle>) -> Result<(), RunnerError> {
        Ok(self.cache.confirm(self.ledger, cycle)?)
    }

    /// Whether the submissions of `cycle` are what an index told.
    pub(super) fn is_told(&self, cycle: &CycleLook) -> bool {
        self.cache.told_by(&cycle.account.address).is_some()
    }

    /// The list of `cycle`, which is `expected` or else follows from what the ledger shows: a list that an index alone says
    /// is neither proposed nor a reason to hold another one false.
    pub(super) fn build_surely(
        &mut self,
        view: &TaskView,
        cycle: &CycleLook,
        expected: Option<&DistributionList>,
    ) -> Result<Result<Option<Arc<BuiltList>>, LogicError>, RunnerError> {
        if let Some(expected) = expected.filter(|_| self.is_told(cycle)) {
            let built = self.build_list(view, cycle)?;
            if matches!(&built, Ok(Some(built)) if built.matches(expected)) {
                return Ok(built);
            }
        }
        self.confirm(&cycle.account)?;
        self.build_list(view, cycle)
    }
}

/// Whether there is time to wait for an index that has not read `cycle` yet: an eighth of the audit window in which it is
/// reviewed.
fn may_wait(view: &TaskView, cycle: &Cycle) -> bool {
    let schedule = &view.task.schedule;
    let window = review_round(cycle.number).and_then(|round| schedule.audit_window(round));
    let until = window.and_then(|window| window.start.checked_add(schedule.audit_window / 8));
    until.is_some_and(|until| view.slot < until)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gradual_consensus_client::address;

    #[test]
    fn an_address_follows_from_its_bump_as_the_program_derives_it() {
        let key = |number: u8| Pubkey::new_from_array([number; 32]);
        for number in 0..50 {
            let (cycle, author) = (key(number), key(number + 100));
            let seeds = [SUBMISSION_SEED, cycle.as_ref(), author.as_ref()];
            let (expected, bump) = Pubkey::find_program_address(&seeds, &ID);
            assert_eq!(address_by(&cycle, &author, bump), expected);
            assert_eq!(address::submission(&cycle, &author), expected);
            assert_ne!(address_by(&cycle, &author, bump ^ 1), expected);
        }
    }
}
