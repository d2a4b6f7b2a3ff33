//! Votes on submissions and lists that are audited now. A node sends nothing about a subject that is
//! valid and that nobody has challenged.
//!
//! Challenged subjects are judged first, then lists, then those submissions that this node drew, each kind in
//! an order of its own: what a slow node does not come to is another at each of them, and nobody can know it
//! beforehand. Where all submissions are judged, judging begins while the submission window is still open,
//! since values are public then: in the order of their addresses, beginning at a place of the node's own, another in each
//! cycle.

use super::{
    AUDIT_RATE, Action, NodeRunner, Plan, RunnerError, TaskView, ahead::Ahead, cycle::is_complete,
    look::CycleLook, prefix::compare, sample::Secret, send::Due, values::Value,
};
use crate::{
    index::{Asked, is_worth_listing},
    logic::{LogicError, Proof, TaskLogic},
};
use gradual_consensus::{
    rules::schedule::{Window, review_round},
    state::{Status, Subject},
};
use gradual_consensus_client::{
    account::{self, HandedIn, Keyed},
    address, instruction,
    ledger::Ledger,
};
use solana_sdk::pubkey::Pubkey;
use std::collections::{BTreeMap, HashMap, HashSet};

/// The logic's answers on subjects that are audited in one round, so that it is asked once about each.
#[derive(Default)]
pub(super) struct Opinions {
    round: u64,
    is_valid: HashMap<Pubkey, bool>,
    /// Those on which the logic failed before they could be voted on. It is asked again then.
    unclear: HashSet<Pubkey>,
    /// The submissions that this node drew of all that there are, without those that it held valid.
    drawn: Option<Vec<Keyed<Pubkey>>>,
    /// Lists that are held valid by what an index told.
    told: HashSet<Pubkey>,
    /// What was submitted while the submission window was open, where all of it is judged.
    ahead: Ahead,
}

impl Opinions {
    /// Forgets all of them when `round` is another round.
    pub(super) fn keep(&mut self, round: u64) {
        if self.round != round {
            *self = Self {
                round,
                ..Self::default()
            };
        }
    }

    /// Whether the logic was asked about the submission or list at `address` before it can be voted on.
    fn has_judged(&self, address: &Pubkey) -> bool {
        self.is_valid.contains_key(address)
            || self.unclear.contains(address)
            || self.ahead.has_judged(address)
    }

    /// Whether the logic holds the submission or list at `address` valid, as far as it said so.
    fn is_valid(&self, address: &Pubkey) -> Option<bool> {
        let is_valid = self.is_valid.get(address).copied();
        is_valid.or_else(|| self.ahead.is_valid(address))
    }

    /// Notes what the logic said of the list at `address`; `None` if it failed.
    fn note(&mut self, address: Pubkey, is_valid: Option<bool>) {
        match is_valid {
            Some(is_valid) => {
                self.is_valid.insert(address, is_valid);
            }
            None => {
                self.unclear.insert(address);
            }
        }
    }
}

/// A submission or list that this node may judge.
struct Audited<'c> {
    address: Pubkey,
    author: Pubkey,
    cycle: &'c CycleLook,
    is_challenged: bool,
    is_list: bool,
    /// What was handed in, once it was found.
    handed_in: Option<Value>,
}

impl<'c> Audited<'c> {
    fn of(cycle: &'c CycleLook, address: Pubkey, subject: &Subject, is_list: bool) -> Self {
        Self {
            address,
            author: subject.author,
            cycle,
            is_challenged: subject.status() == Status::Challenged,
            is_list,
            handed_in: None,
        }
    }

    const fn action(&self, is_valid: bool) -> Action {
        Action::Audit {
            subject: self.address,
            is_valid,
        }
    }
}

/// `subjects` in the order in which they are judged: those that are challenged first, then lists, each kind in the order of
/// `secret`. They are moved one by one: of a hundred thousand, who judges them may not come to the last.
fn sorted<'c>(
    secret: &Secret,
    subjects: Vec<Audited<'c>>,
) -> impl Iterator<Item = Audited<'c>> + use<'c> {
    let key = |audited: &Audited| {
        let place = secret.place(&audited.address);
        (!audited.is_challenged, !audited.is_list, place)
    };
    let mut order: Vec<_> = subjects.iter().map(key).zip(0_usize..).collect();
    order.sort_unstable();
    let mut subjects: Vec<Option<Audited>> = subjects.into_iter().map(Some).collect();
    order
        .into_iter()
        .filter_map(move |(_, place)| subjects.get_mut(place)?.take())
}

impl<L: Ledger, T: TaskLogic> NodeRunner<'_, L, T> {
    /// Votes on the subjects of `cycles`, and challenges those that are not valid.
    pub(super) fn audit_subjects(
        &mut self,
        view: &TaskView,
        cycles: &[CycleLook],
        plan: &mut Plan,
    ) -> Result<(), RunnerError> {
        let schedule = &view.task.schedule;
        if !view.may_take_part() {
            return Ok(());
        }
        if !view.is_over(schedule.submission_window(view.round)) {
            return self.judge_ahead(view, cycles, plan);
        }
        let audits = schedule.audit_window(view.round);
        let challenges = schedule.challenge_window(view.round);
        if !view.is_open(audits) {
            return Ok(());
        }
        let mut audited = self.audited(view, cycles)?;
        if view.is_open(challenges) {
            for cycle in cycles {
                self.add_drawn(view, cycle, &mut audited)?;
            }
        } else {
            audited.retain(|audited| audited.is_challenged);
        }
        let voted = self.voted(&audited)?;
        audited.retain(|audited| !voted.contains(&audited.address));
        self.read_values(&mut audited)?;
        if self.doubt_missing(&audited)? {
            plan.look_again = true;
            return Ok(());
        }
        let mut stake = view.stake;
        let (mut has_due, mut is_slow) = (false, false);
        for mut audited in sorted(&self.secret, audited) {
            self.doubt_told(&audited)?;
            // The logic may take long: its first answer is sent before it is asked more, and a challenge
            // that came meanwhile is answered before the rest.
            let is_known = self.opinions.is_valid(&audited.address).is_some();
            if !is_known {
                // What failed is asked about later, and holds up nothing else.
                if plan.has_failed(audited.action(false)) {
                    continue;
                }
                if has_due || is_slow {
                    plan.look_again = true;
                    continue;
                }
            }
            let opinion = self.opinion(view, &mut audited, plan)?;
            is_slow |= !is_known && self.is_late(view)?;
            let Some(is_valid) = opinion else {
                continue;
            };
            let is_challenged = audited.is_challenged;
            if !is_challenged && !audited.is_list && !is_valid {
                // So many at once, as the stake covers: the others fall to other nodes.
                if stake.require_challenge_covered(&view.task).is_err() {
                    continue;
                }
                stake.open_challenges = stake.open_challenges.saturating_add(1);
            }
            if is_challenged || !is_valid {
                let window = if is_challenged { audits } else { challenges };
                // One that failed in this step, or lately, is not due: the rest does not wait for it.
                has_due |= plan.add(self.vote(&audited, is_valid, window));
            }
        }
        Ok(())
    }

    fn vote(&self, audited: &Audited, is_valid: bool, window: Option<Window>) -> Due {
        let (node, author) = (self.node(), audited.author);
        let vote = instruction::audit(self.task, audited.address, author, node, node, is_valid);
        let at_stake = audited.cycle.account.data.bounty;
        Due::within(window, audited.action(is_valid), vote).worth(at_stake)
    }

    /// The challenged submissions and the lists of `cycles` that this node may judge in the present round.
    fn audited<'c>(
        &mut self,
        view: &TaskView,
        cycles: &'c [CycleLook],
    ) -> Result<Vec<Audited<'c>>, RunnerError> {
        let node = self.node();
        let is_audited = |subject: &Subject| {
            subject.window_round == view.round
                && subject.author != node
                && matches!(subject.status(), Status::Pending | Status::Challenged)
        };
        let mut audited = Vec::new();
        for cycle in cycles {
            let submissions = cycle
                .audited
                .iter()
                .map(|one| (one.address, &one.data.subject));
            let submissions = submissions.filter(|(_, subject)| is_audited(subject));
            audited.extend(
                submissions.map(|(address, subject)| Audited::of(cycle, address, subject, false)),
            );
            let lists = cycle
                .lists
                .iter()
                .map(|one| (one.address, &one.data.subject));
            let mut lists = lists.filter(|(_, subject)| is_audited(subject)).peekable();
            // A list that cannot be recomputed cannot be judged.
            if lists.peek().is_some() && self.can_build_list(view, cycle)? {
                audited.extend(
                    lists.map(|(address, subject)| Audited::of(cycle, address, subject, true)),
                );
            }
        }
        Ok(audited)
    }

    /// Adds to `audited` those submissions of `cycle` that this node drew, and that nobody has challenged.
    fn add_drawn<'c>(
        &mut self,
        view: &TaskView,
        cycle: &'c CycleLook,
        audited: &mut Vec<Audited<'c>>,
    ) -> Result<(), RunnerError> {
        if review_round(cycle.number()) != Some(view.round) {
            return Ok(());
        }
        let known = self.opinions.drawn.take();
        let (drawn, is_whole) = match known {
            Some(drawn) => (drawn, true),
            None => {
                let Some(all) = self.submissions(view, &cycle.account)? else {
                    return Ok(());
                };
                let (rate, count) = (self.options.audit_rate, cycle.account.data.submissions);
                let drawn = if self.holds_all_valid(cycle) {
                    Vec::new()
                } else {
                    let drawn = self.secret.sample(&all, rate, count).copied();
                    self.opinions.ahead.without_valid(drawn.collect())
                };
                (drawn, is_complete(&all, &cycle.account))
            }
        };
        let (node, is_valid) = (self.node(), &self.opinions.is_valid);
        let is_unsure =
            |one: &Keyed<Pubkey>| one.data != node && is_valid.get(&one.address) != Some(&true);
        let drawn: Vec<Keyed<Pubkey>> = drawn.into_iter().filter(is_unsure).collect();
        let touched: HashSet<Pubkey> = cycle.audited.iter().map(|one| one.address).collect();
        let pending = drawn.iter().filter(|one| !touched.contains(&one.address));
        audited.extend(pending.map(|one| pending_submission(cycle, one)));
        // What a list lacks may be in the next one.
        self.opinions.drawn = is_whole.then_some(drawn);
        Ok(())
    }

    /// Whether this node judged every submission of `cycle` but its own while they came in, and holds all of them
    /// valid.
    fn holds_all_valid(&self, cycle: &CycleLook) -> bool {
        let own = usize::from(cycle.own.is_some());
        let count = cycle.account.data.submissions as usize;
        self.opinions.ahead.valid().saturating_add(own) == count
    }

    /// Reads from the ledger the submissions of which an index told one of `audited` that is not there. Returns whether there
    /// is one.
    fn doubt_missing(&mut self, audited: &[Audited]) -> Result<bool, RunnerError> {
        let is_missing = |one: &&Audited| {
            let is_judged = || self.opinions.is_valid(&one.address).is_some();
            !one.is_list && one.handed_in.is_none() && !is_judged() && self.is_told(one.cycle)
        };
        let Some(missing) = audited.iter().find(is_missing) else {
            return Ok(false);
        };
        self.confirm(&missing.cycle.account)?;
        self.opinions.drawn = None;
        Ok(true)
    }

    /// Before this node votes on `audited`: if it is a list that is held valid by what an index told, the ledger is read and
    /// the list is judged again.
    fn doubt_told(&mut self, audited: &Audited) -> Result<(), RunnerError> {
        let address = &audited.address;
        if audited.is_challenged && self.opinions.told.remove(address) {
            self.confirm(&audited.cycle.account)?;
            self.opinions.is_valid.remove(address);
        }
        Ok(())
    }

    /// Reads what was handed in with those submissions of `audited` on which this node has no opinion.
    fn read_values(&self, audited: &mut [Audited]) -> Result<(), RunnerError> {
        let opinions = &self.opinions;
        let is_unknown =
            |one: &&mut Audited| !one.is_list && opinions.is_valid(&one.address).is_none();
        let mut unknown: BTreeMap<Pubkey, Vec<&mut Audited>> = BTreeMap::new();
        for one in audited.iter_mut().filter(is_unknown) {
            let of_cycle = unknown.entry(one.cycle.account.address).or_default();
            of_cycle.push(one);
        }
        for (cycle, mut of_cycle) in unknown {
            of_cycle.sort_unstable_by(|one, other| compare(&one.address, &other.address));
            let addresses: Vec<Pubkey> = of_cycle.iter().map(|one| one.address).collect();
            let values = self.cache.handed_in(self.ledger, &cycle, &addresses)?;
            for (one, found) in of_cycle.into_iter().zip(values.at(&addresses)) {
                one.handed_in = found;
            }
        }
        Ok(())
    }

    /// Asks the logic about subjects whose audit window is still to come, while nothing else is due but what
    /// may wait: about lists, and about submissions where this node judges all of them.
    fn judge_ahead(
        &mut self,
        view: &TaskView,
        cycles: &[CycleLook],
        plan: &mut Plan,
    ) -> Result<(), RunnerError> {
        let window = view.task.schedule.submission_window(view.round);
        let half = view.task.schedule.submission_window / 2;
        let middle = window.and_then(|window| window.start.checked_add(half));
        let has_cycle = (view.round.checked_sub(1)).is_some_and(|last| plan.cycle(last).is_some());
        if let Some(middle) = middle.filter(|&middle| has_cycle && middle > view.slot) {
            plan.look_at(middle);
        }
        if plan.due.iter().any(|due| !due.rides) {
            return Ok(());
        }
        let mut audited = self.audited(view, cycles)?;
        audited.retain(|audited| !self.opinions.has_judged(&audited.address));
        for mut audited in sorted(&self.secret, audited) {
            let Some(opinion) = self.judge(view, &mut audited)? else {
                continue;
            };
            self.opinions.note(audited.address, opinion.ok());
            if self.is_late(view)? {
                plan.look_again = true;
                return Ok(());
            }
        }
        for cycle in cycles {
            if !self.judge_submitted(view, cycle)? {
                plan.look_again = true;
                return Ok(());
            }
        }
        Ok(())
    }

    /// Asks the logic about the submissions of `cycle` that came in so far, if this node judges all of them. Returns whether
    /// there was time for all. They are judged in the order in which they stand in memory, which is fast, from a place on that
    /// nobody else knows.
    fn judge_submitted(&mut self, view: &TaskView, cycle: &CycleLook) -> Result<bool, RunnerError> {
        let submissions = cycle.account.data.submissions;
        let is_reviewed = review_round(cycle.number()) == Some(view.round);
        if !is_reviewed || submissions == 0 || submissions > self.options.audit_rate {
            return Ok(true);
        }
        self.list_submitted(view, cycle)?;
        let (node, ahead) = (self.node(), &self.opinions.ahead);
        let addresses = ahead.open(&node).map(|(_, one)| one.address);
        let addresses: Vec<Pubkey> = addresses.collect();
        if addresses.is_empty() {
            return Ok(true);
        }
        let ledger = self.ledger;
        let values = (self.cache).handed_in(ledger, &cycle.account.address, &addresses)?;
        let places = ahead.open(&node).map(|(place, _)| place);
        let mut open: Vec<_> = places.zip(values.places(&addresses)).collect();
        drop(addresses);
        // By their number, not by how addresses begin: whoever chooses addresses moves it no further than one for each.
        let begin = self.secret.rank(&cycle.account.address, ahead.listed());
        let first = open.partition_point(|(place, _)| *place < begin);
        open.rotate_left(first);
        for (place, place_of_value) in open {
            let author = self.opinions.ahead.author(place);
            let handed_in = place_of_value.and_then(|place| values.get(place));
            let (Some(node), Some(HandedIn { slot, value })) = (author, handed_in) else {
                continue;
            };
            let proof = Proof {
                cycle: cycle.number(),
                node,
                value,
                slot,
                tally: None,
            };
            let opinion = self.logic.audit(&proof);
            self.opinions.ahead.note(place, opinion.ok());
            if self.is_late(view)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Lists the submissions of `cycle` that came in so far, where it is worth it.
    fn list_submitted(&mut self, view: &TaskView, cycle: &CycleLook) -> Result<(), RunnerError> {
        let submissions = cycle.account.data.submissions;
        if is_worth_listing(self.opinions.ahead.listed(), submissions, AUDIT_RATE) {
            let ledger = self.ledger;
            let read = || account::fetch_authors(ledger, &cycle.account.address);
            let submitted = match self.ask_so_far(view, &cycle.account)? {
                Asked::Told(_, submitted) => Some(submitted),
                Asked::NotYet => None,
                Asked::Nobody => self.listing.list(view.slot, read)?,
            };
            if let Some(submitted) = submitted {
                let node = self.node();
                self.opinions.ahead.list(&node, submitted);
            }
        }
        Ok(())
    }

    /// Whether `view` is too old to go on with what has no hurry.
    fn is_late(&self, view: &TaskView) -> Result<bool, RunnerError> {
        let patience = view.task.schedule.audit_window / 8;
        Ok(self.ledger.slot()? > view.slot.saturating_add(patience))
    }

    /// Those challenged subjects that this node has voted on.
    fn voted(&self, audited: &[Audited]) -> Result<HashSet<Pubkey>, RunnerError> {
        let challenged = audited.iter().filter(|audited| audited.is_challenged);
        let challenged: Vec<Pubkey> = challenged.map(|audited| audited.address).collect();
        let votes: Vec<Pubkey> = challenged
            .iter()
            .map(|subject| address::vote(subject, &self.node()))
            .collect();
        let found = self.ledger.accounts(&votes)?;
        let voted = challenged
            .into_iter()
            .zip(found)
            .filter_map(|(subject, vote)| vote.map(|_| subject));
        Ok(voted.collect())
    }

    /// Whether this node holds `audited` valid; `None` if its logic cannot say.
    fn opinion(
        &mut self,
        view: &TaskView,
        audited: &mut Audited,
        plan: &mut Plan,
    ) -> Result<Option<bool>, RunnerError> {
        if let Some(is_valid) = self.opinions.is_valid(&audited.address) {
            return Ok(Some(is_valid));
        }
        Ok(match self.judge(view, audited)? {
            None => None,
            Some(Ok(is_valid)) => {
                self.opinions.is_valid.insert(audited.address, is_valid);
                Some(is_valid)
            }
            Some(Err(error)) => {
                plan.fail(audited.action(false), &error);
                None
            }
        })
    }

    /// What the logic says of `audited`; `None` if its value is gone.
    fn judge(
        &mut self,
        view: &TaskView,
        audited: &mut Audited,
    ) -> Result<Option<Result<bool, LogicError>>, RunnerError> {
        let cycle = audited.cycle;
        let Some(list) = cycle.list_at(&audited.address) else {
            let proof = audited.handed_in.take().map(|handed_in| {
                let HandedIn { slot, value } = handed_in.read();
                Proof {
                    cycle: cycle.number(),
                    node: audited.author,
                    value,
                    slot,
                    tally: None,
                }
            });
            return Ok(proof.map(|proof| self.logic.audit(&proof)));
        };
        // On what is challenged this node votes at once.
        let expected = Some(list).filter(|_| !audited.is_challenged);
        let built = self.build_surely(view, cycle, expected)?;
        if self.is_told(cycle) {
            self.opinions.told.insert(audited.address);
        }
        Ok(Some(match built {
            Ok(built) => Ok(built.is_some_and(|built| built.matches(list))),
            // Without the logic: a list that pays more nodes than can be paid is false.
            Err(_) if list.count as usize > cycle.standing(view.task.quorum_bps) => Ok(false),
            Err(error) => Err(error),
        }))
    }
}

/// A submission of `cycle` that nobody has challenged: its address and its author.
const fn pending_submission<'c>(cycle: &'c CycleLook, submission: &Keyed<Pubkey>) -> Audited<'c> {
    Audited {
        address: submission.address,
        author: submission.data,
        cycle,
        is_challenged: false,
        is_list: false,
        handed_in: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;
    use gradual_consensus::state::Cycle;
    use solana_sdk::signature::Keypair;

    fn secret(seed: u8) -> Secret {
        Secret::of(&Keypair::new_from_array([seed; 32]))
    }

    /// The order in which a node judges pending submissions 0 to 19, lists 20 and 21, and what is
    /// challenged: submission 22 and list 23.
    fn order(secret: &Secret) -> Vec<u8> {
        let cycle = CycleLook {
            account: Keyed {
                address: Pubkey::default(),
                data: Cycle::zeroed(),
            },
            own: None,
            audited: vec![],
            has_gaps: false,
            lists: vec![],
        };
        let audited = |number: u8| Audited {
            address: Pubkey::new_from_array([number; 32]),
            author: Pubkey::default(),
            cycle: &cycle,
            is_challenged: number >= 22,
            is_list: [20, 21, 23].contains(&number),
            handed_in: None,
        };
        let all = sorted(secret, (0..24).map(audited).collect());
        all.map(|audited| audited.address.to_bytes()[0]).collect()
    }

    #[test]
    fn what_is_challenged_is_judged_first_then_lists_then_the_rest() {
        for seed in 0..20 {
            let sorted = order(&secret(seed));
            assert_eq!(sorted[..2], [23, 22]);
            assert!(sorted[2..4].iter().all(|number| [20, 21].contains(number)));
            assert!(sorted[4..].iter().all(|&number| number < 20));
        }
    }

    #[test]
    fn each_node_has_an_order_of_its_own_that_a_restart_keeps() {
        assert_eq!(order(&secret(1)), order(&secret(1)));
        let first = (0..50).map(|seed| order(&secret(seed))[4]);
        let first: HashSet<u8> = first.collect();
        assert!(first.len() > 10, "{first:?}");
        // Not by key.
        assert!(!order(&secret(1))[4..].is_sorted());
    }
}
