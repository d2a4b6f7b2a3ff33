use super::{DistributionList, Subject, Task};
use crate::{
    checked::{add, count_up},
    error::GradualError,
    rules::{
        merkle::Digest,
        money::equal_share,
        schedule::{distribution_round, review_round},
        selection::{next_entropy, score, stagger},
    },
};
use anchor_lang::prelude::*;

/// One cycle: its bounty, set aside when it was opened, and what became of it.
///
/// Seeds: `["cycle", task, number LE]`.
#[account(zero_copy)]
#[derive(Debug, PartialEq, Eq)]
pub struct Cycle {
    /// The task.
    pub task: Pubkey,
    /// The node that opened the cycle.
    pub opener: Pubkey,
    /// Who paid this account's rent.
    pub payer: Pubkey,
    /// The cycle's number `r`: worked in round `r`, reviewed in `r + 1`, distributed in `r + 2`.
    pub number: u64,
    /// What was set aside when the cycle was opened, in base units: what its list divides.
    pub bounty: u64,
    /// What of the bounty is reserved, in base units: all of it, and once a list was accepted, the list's
    /// total.
    pub owed: u64,
    /// What of it was paid, in base units.
    pub paid: u64,
    /// Stirred by every submission; decides who proposes when (section 7).
    pub entropy: [u8; 32],
    /// The round in which a list was accepted, if one was.
    pub accepted_in_round: u64,
    /// Submissions made.
    pub submissions: u32,
    /// Submissions found invalid.
    pub invalid: u32,
    /// Submissions paid.
    pub paid_submissions: u32,
    /// Entries of the accepted list.
    pub entries: u32,
    /// Submissions and lists of this cycle that still exist.
    pub open_subjects: u32,
    /// 1 while a list is pending.
    pub list_pending: u8,
    /// 1 once a list was accepted.
    pub list_accepted: u8,
    /// The attempt that was accepted, if one was.
    pub accepted_attempt: u8,
    /// Canonical bump of this address.
    pub bump: u8,
}

impl Cycle {
    /// Size of the account, discriminator included, in bytes.
    pub const SPACE: usize = Self::DISCRIMINATOR.len() + size_of::<Self>();

    /// Counts `node`'s submission of `value` and stirs the entropy with it.
    ///
    /// # Errors
    /// [`GradualError::Overflow`].
    pub fn add_submission(
        &mut self,
        node: &Pubkey,
        value: &[u8],
        slot_hash: &[u8; 32],
    ) -> Result<()> {
        self.entropy = next_entropy(&self.entropy, &node.to_bytes(), value, slot_hash);
        count_up(&mut self.submissions)?;
        count_up(&mut self.open_subjects)
    }

    /// Whether a list waits to be finalized.
    pub const fn list_pending(&self) -> bool {
        self.list_pending == 1
    }

    /// Whether a list was accepted.
    pub const fn list_accepted(&self) -> bool {
        self.list_accepted == 1
    }

    /// First slot at which `node` may propose the list of attempt `attempt` (section 7).
    ///
    /// # Errors
    /// [`GradualError::Overflow`].
    pub fn proposal_slot(&self, task: &Task, node: &Pubkey, attempt: u8) -> Result<u64> {
        Ok(proposal_slot(
            task,
            self.number,
            &self.entropy,
            self.submissions,
            node,
            attempt,
        )
        .ok_or(GradualError::Overflow)?)
    }

    /// # Errors
    /// [`GradualError::ListPending`] or [`GradualError::ListAlreadyAccepted`] unless a new list may
    /// be submitted.
    pub fn require_list_wanted(&self) -> Result<()> {
        require!(!self.list_accepted(), GradualError::ListAlreadyAccepted);
        require!(!self.list_pending(), GradualError::ListPending);
        Ok(())
    }

    /// What is reserved and not paid, in base units.
    ///
    /// # Errors
    /// [`GradualError::Overflow`], which I5 excludes.
    pub fn unpaid(&self) -> Result<u64> {
        Ok(self
            .owed
            .checked_sub(self.paid)
            .ok_or(GradualError::Overflow)?)
    }

    /// Counts one submission as paid with `amount`.
    ///
    /// # Errors
    /// [`GradualError::Overflow`].
    pub fn pay(&mut self, amount: u64) -> Result<()> {
        add(&mut self.paid, amount)?;
        count_up(&mut self.paid_submissions)
    }

    /// Accepts `list` in `round`; returns what of the bounty it does not use, in base units.
    ///
    /// # Errors
    /// [`GradualError::Overflow`], which the list's limits exclude.
    pub fn accept(&mut self, list: &DistributionList, round: u64) -> Result<u64> {
        let unused = self.owed.checked_sub(list.total);
        self.list_accepted = 1;
        self.accepted_attempt = list.attempt;
        self.accepted_in_round = round;
        self.entries = list.count;
        self.owed = list.total;
        Ok(unused.ok_or(GradualError::Overflow)?)
    }

    /// Whether every attempt at a list has failed: the last one's round is over, and no list was accepted
    /// or waits to be finalized. This never changes again.
    pub fn has_failed(&self, task: &Task, now: u64) -> bool {
        let last = task.last_attempt_round(self.number);
        !self.list_accepted() && !self.list_pending() && last.is_some_and(|last| now > last)
    }

    /// What each submission that stands is owed once the cycle has failed, where pay is equal, in base
    /// units.
    pub fn equal_share(&self) -> u64 {
        equal_share(self.bounty, self.submissions).unwrap_or_default()
    }

    /// Whether the claim window of the accepted list, or of equal shares, is over in round `now`.
    pub fn is_claim_window_over(&self, task: &Task, now: u64) -> bool {
        let first = if self.list_accepted() {
            Some(self.accepted_in_round)
        } else {
            task.last_attempt_round(self.number)
        };
        first.is_some_and(|first| now > first.saturating_add(task.claim_window))
    }

    /// Whether nothing more can be paid for this cycle (section 8): all that is owed is paid, the claim
    /// window is over, every attempt has failed where pay is not equal, or nobody submitted.
    pub fn is_settled(&self, task: &Task, slot: u64) -> bool {
        let now = task.current_round(slot);
        if self.submissions == 0 {
            return review_round(self.number).is_some_and(|review| now > review);
        }
        let all_paid = if self.list_accepted() {
            self.paid_submissions == self.entries || self.paid == self.owed
        } else if !self.has_failed(task, now) {
            return false;
        } else {
            let standing = self.submissions.saturating_sub(self.invalid);
            !task.equal_shares() || self.paid_submissions == standing || self.equal_share() == 0
        };
        all_paid || self.is_claim_window_over(task, now)
    }

    /// # Errors
    /// [`GradualError::CycleNotSettled`] unless [`Cycle::is_settled`].
    pub fn require_settled(&self, task: &Task, slot: u64) -> Result<()> {
        require!(self.is_settled(task, slot), GradualError::CycleNotSettled);
        Ok(())
    }

    /// # Errors
    /// [`GradualError::WrongCycle`] unless `subject` belongs to the cycle at address `cycle`.
    pub fn require_own(cycle: &Pubkey, subject: &Subject) -> Result<()> {
        require_keys_eq!(subject.cycle, *cycle, GradualError::WrongCycle);
        Ok(())
    }
}

fn proposal_slot(
    task: &Task,
    cycle: u64,
    entropy: &Digest,
    count: u32,
    node: &Pubkey,
    attempt: u8,
) -> Option<u64> {
    let window = task
        .schedule
        .submission_window(distribution_round(cycle, attempt)?)?;
    let score = score(entropy, attempt, &node.to_bytes());
    let wait = stagger(score, count, task.schedule.submission_window)?;
    window.start.checked_add(wait)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    /// Rounds of ten slots from slot 0 on, two attempts at a list, three rounds to claim.
    fn task(equal_shares: bool) -> Task {
        let mut task = Task::zeroed();
        task.schedule.round_time = 10;
        task.schedule.submission_window = 4;
        task.schedule.audit_window = 4;
        task.allowed_failed_distributions = 1;
        task.claim_window = 3;
        task.equal_shares = u8::from(equal_shares);
        task
    }

    /// Cycle 5 is reviewed in round 6, and attempts at its list are made in rounds 7 and 8.
    fn cycle(submissions: u32, invalid: u32) -> Cycle {
        Cycle {
            number: 5,
            bounty: 100,
            owed: 100,
            submissions,
            invalid,
            ..Cycle::zeroed()
        }
    }

    fn settled_from(cycle: &Cycle, task: &Task) -> Option<u64> {
        (0..30).find(|&round| cycle.is_settled(task, round * 10))
    }

    #[test]
    fn a_cycle_fails_after_its_last_attempt_unless_a_list_waits() {
        let (task, mut cycle) = (task(true), cycle(3, 0));
        assert!(!cycle.has_failed(&task, 8));
        assert!(cycle.has_failed(&task, 9));
        cycle.list_pending = 1;
        assert!(!cycle.has_failed(&task, 20));
        (cycle.list_pending, cycle.list_accepted) = (0, 1);
        assert!(!cycle.has_failed(&task, 20));
    }

    #[test]
    fn a_cycle_without_submissions_is_settled_after_its_review() {
        assert_eq!(settled_from(&cycle(0, 0), &task(true)), Some(7));
        assert_eq!(settled_from(&cycle(0, 0), &task(false)), Some(7));
    }

    #[test]
    fn a_failed_cycle_is_settled_at_once_where_pay_is_not_equal() {
        assert_eq!(settled_from(&cycle(3, 0), &task(false)), Some(9));
    }

    #[test]
    fn a_failed_cycle_waits_for_its_equal_shares_to_be_paid() {
        let (task, mut cycle) = (task(true), cycle(3, 1));
        assert_eq!(settled_from(&cycle, &task), Some(12), "the claim window");
        cycle.pay(33).unwrap();
        assert_eq!(settled_from(&cycle, &task), Some(12));
        cycle.pay(33).unwrap();
        assert_eq!(settled_from(&cycle, &task), Some(9));
        assert_eq!(cycle.unpaid().unwrap(), 34);
    }

    #[test]
    fn a_share_of_nothing_counts_as_paid() {
        let mut cycle = cycle(101, 0);
        assert_eq!(cycle.equal_share(), 0);
        assert_eq!(settled_from(&cycle, &task(true)), Some(9));
        cycle.submissions = 100;
        assert_eq!(cycle.equal_share(), 1);
    }

    #[test]
    fn an_accepted_list_leaves_the_rest_of_the_bounty_and_is_owed() {
        let (task, mut cycle) = (task(true), cycle(3, 0));
        let mut list = DistributionList::zeroed();
        (list.total, list.count) = (90, 2);
        assert_eq!(cycle.accept(&list, 7).unwrap(), 10);
        assert_eq!(settled_from(&cycle, &task), Some(11), "the claim window");
        cycle.pay(40).unwrap();
        cycle.pay(50).unwrap();
        assert_eq!(settled_from(&cycle, &task), Some(0));
        assert_eq!(cycle.unpaid().unwrap(), 0);
    }

    #[test]
    fn a_list_that_waits_keeps_the_cycle_open() {
        let (task, mut cycle) = (task(true), cycle(3, 0));
        cycle.list_pending = 1;
        assert_eq!(settled_from(&cycle, &task), None);
    }
}
