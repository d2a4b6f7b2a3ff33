//! Section 2: when what is allowed. Slots are reckoned in 128 bits, where nothing overflows.

use super::state::Task;

/// A range of slots, both ends inclusive.
pub(super) type Slots = std::ops::RangeInclusive<u128>;

impl Task {
    /// `B(k)`.
    pub(super) fn boundary(&self, round: u128) -> u128 {
        u128::from(self.terms.starting_slot) + round * u128::from(self.terms.round_time)
    }

    /// The round of `slot`; before the start, round 0.
    pub fn round(&self, slot: u64) -> u64 {
        slot.saturating_sub(self.terms.starting_slot) / self.terms.round_time
    }

    /// Slots in which subjects of window round `round` are handed in.
    pub(super) fn handing_in(&self, round: u128) -> Slots {
        let start = self.boundary(round);
        start..=start + u128::from(self.terms.submission_window)
    }

    /// Slots in which they are audited.
    pub(super) fn auditing(&self, round: u128) -> Slots {
        let handed_in = *self.handing_in(round).end();
        let end = handed_in + u128::from(self.terms.audit_window);
        handed_in + 1..=end.min(self.boundary(round + 1) - 1)
    }

    /// Slots in which an audit of them may be opened: the first half, rounded up, never the last.
    pub(super) fn challenging(&self, round: u128) -> Slots {
        let audit = self.auditing(round);
        let half = u128::from(self.terms.audit_window).div_ceil(2);
        let end = audit.start() + half - 1;
        *audit.start()..=end.min(audit.end() - 1)
    }

    /// Slots in which `cycle` is opened.
    pub(super) fn opening(&self, cycle: u128) -> Slots {
        let start = self.boundary(cycle);
        start..=start + u128::from(self.terms.submission_window)
    }

    /// The round of the last attempt to distribute `cycle`.
    pub(super) fn last_attempt(&self, cycle: u64) -> u128 {
        u128::from(cycle) + 2 + u128::from(self.terms.allowed_failures)
    }

    /// Until when a submission for `cycle` locks stake: through the audit of the last attempt (section 5).
    pub(super) fn unlock_author(&self, cycle: u64) -> u64 {
        let end = *self.auditing(self.last_attempt(cycle)).end();
        u64::try_from(end + 1).expect("a slot to come")
    }

    /// Until when a vote on a subject of window round `round`, or its proposal, locks stake.
    pub(super) fn unlock_voter(&self, round: u64) -> u64 {
        let end = self.boundary(u128::from(round) + 1);
        u64::try_from(end).expect("a slot to come")
    }
}
