//! When each action is allowed (protocol, section 2): pure functions of the slot.
//!
//! Every submission and every distribution list lives in one *window round* `k`: it is handed in
//! and audited between `B(k)` and `B(k + 1) - 1`. A submission of cycle `r` lives in round `r + 1`,
//! the list of attempt `a` in round `r + 2 + a`; all else about their windows is the same.

/// The four numbers that fix every window of a task. All are slots.
#[cfg_attr(feature = "idl-build", anchor_lang::zero_copy)]
#[cfg_attr(
    not(feature = "idl-build"),
    derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable),
    repr(C)
)]
#[derive(Debug, PartialEq, Eq)]
pub struct Schedule {
    /// First slot of round 0.
    pub starting_slot: u64,
    /// Length of a round, in slots.
    pub round_time: u64,
    /// Slots after a round's first one in which a subject may still be handed in.
    pub submission_window: u64,
    /// Slots after the submission window in which subjects are audited.
    pub audit_window: u64,
}

/// A range of slots, both ends inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First slot of the window.
    pub start: u64,
    /// Last slot of the window.
    pub end: u64,
}

impl Window {
    /// Whether `slot` lies in the window.
    pub const fn contains(&self, slot: u64) -> bool {
        self.start <= slot && slot <= self.end
    }
}

/// The window round in which cycle `cycle` is submitted and reviewed.
pub const fn review_round(cycle: u64) -> Option<u64> {
    cycle.checked_add(1)
}

/// The window round in which attempt `attempt` at the list of cycle `cycle` is made and audited.
pub const fn distribution_round(cycle: u64, attempt: u8) -> Option<u64> {
    match cycle.checked_add(2) {
        Some(first) => first.checked_add(attempt as u64),
        None => None,
    }
}

/// The window round of the last attempt at the list of cycle `cycle`, where `allowed_failed` attempts may
/// fail.
pub const fn last_attempt_round(cycle: u64, allowed_failed: u8) -> Option<u64> {
    distribution_round(cycle, allowed_failed)
}

impl Schedule {
    /// Longest round that is accepted, in slots: keeps every boundary far from overflow.
    pub const MAX_ROUND_TIME: u64 = u32::MAX as u64;

    /// Whether the parameters leave room for a submission, a challenge and an answer to it in each
    /// round: `submission_window >= 1`, `audit_window >= 2`, both within `round_time`, and an audit
    /// window of at least two slots even where the round's end cuts it short by one.
    pub fn is_valid(&self) -> bool {
        let Some(both) = self.submission_window.checked_add(self.audit_window) else {
            return false;
        };
        let Some(slack) = self.round_time.checked_sub(both) else {
            return false;
        };
        let shortest_audit = if slack == 0 { 3 } else { 2 };
        self.submission_window >= 1
            && self.audit_window >= shortest_audit
            && self.round_time <= Self::MAX_ROUND_TIME
    }

    /// The round that `slot` lies in; `None` before `starting_slot`, which belongs to no round.
    pub fn round_at(&self, slot: u64) -> Option<u64> {
        slot.checked_sub(self.starting_slot)?
            .checked_div(self.round_time)
    }

    /// `B(k)`: the first slot of round `round`. `None` on overflow.
    pub fn boundary(&self, round: u64) -> Option<u64> {
        round
            .checked_mul(self.round_time)?
            .checked_add(self.starting_slot)
    }

    /// Slots in which cycle `cycle` may be opened: the first ones of its work round, as many as a submission
    /// window has. So the rest of the round is left to everybody for its work.
    pub fn opening_window(&self, cycle: u64) -> Option<Window> {
        self.submission_window(cycle)
    }

    /// Slots in which a subject of window round `round` may be handed in.
    pub fn submission_window(&self, round: u64) -> Option<Window> {
        let start = self.boundary(round)?;
        Some(Window {
            start,
            end: start.checked_add(self.submission_window)?,
        })
    }

    /// Slots in which a subject of window round `round` may be audited.
    pub fn audit_window(&self, round: u64) -> Option<Window> {
        let handed_in = self.submission_window(round)?.end;
        let next_round = self.boundary(round.checked_add(1)?)?;
        Some(Window {
            start: handed_in.checked_add(1)?,
            end: handed_in
                .checked_add(self.audit_window)?
                .min(next_round.checked_sub(1)?),
        })
    }

    /// Slots in which an audit of a subject of window round `round` may be opened: the first half
    /// of the audit window, rounded up, and never its last slot, so that a challenge can always be
    /// answered.
    pub fn challenge_window(&self, round: u64) -> Option<Window> {
        let audit = self.audit_window(round)?;
        let half = self.audit_window.div_ceil(2);
        Some(Window {
            start: audit.start,
            end: audit
                .start
                .checked_add(half)?
                .checked_sub(1)?
                .min(audit.end.checked_sub(1)?),
        })
    }

    /// First slot at which a node may withdraw that has submitted for cycle `cycle`: the one after the audit
    /// window of the last attempt at its list, where `allowed_failed` attempts may fail (section 5).
    pub fn unlock_after_submission(&self, cycle: u64, allowed_failed: u8) -> Option<u64> {
        let last = last_attempt_round(cycle, allowed_failed)?;
        self.audit_window(last)?.end.checked_add(1)
    }

    /// First slot at which a node may withdraw that has voted on or proposed a subject of window round
    /// `window_round`: that of the next round (section 5).
    pub fn unlock_after_round(&self, window_round: u64) -> Option<u64> {
        self.boundary(window_round.checked_add(1)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn k2(round_time: u64, audit_window: u64, submission_window: u64) -> Schedule {
        Schedule {
            starting_slot: 0,
            round_time,
            submission_window,
            audit_window,
        }
    }

    /// Valid schedules of every shape, windows that fill the whole round among them.
    fn schedules() -> impl Strategy<Value = Schedule> {
        (0u64..1 << 40, 1u64..500, 2u64..500, 0u64..300)
            .prop_map(
                |(starting_slot, submission_window, audit_window, slack)| Schedule {
                    starting_slot,
                    round_time: submission_window + audit_window + slack,
                    submission_window,
                    audit_window,
                },
            )
            .prop_filter("valid", Schedule::is_valid)
    }

    #[test]
    fn worked_example_of_k2() {
        // Start 0, round_time 10, slot 45: round 4, so cycle 3 is under review, cycle 2 distributed.
        let schedule = k2(10, 4, 4);
        let round = schedule.round_at(45).unwrap();
        assert_eq!(review_round(round - 1), Some(round));
        assert_eq!(distribution_round(2, 0), Some(round));
    }

    #[test]
    fn windows_of_k2_tasks_in_use() {
        for (round_time, audit, submission) in [
            (1500, 350, 350),
            (1200, 500, 500),
            (3000, 1200, 1200),
            (600, 200, 200),
        ] {
            let schedule = k2(round_time, audit, submission);
            assert!(schedule.is_valid());
            let start = 3 * round_time;
            assert_eq!(
                schedule.submission_window(3),
                Some(Window {
                    start,
                    end: start + submission
                })
            );
            assert_eq!(
                schedule.audit_window(3),
                Some(Window {
                    start: start + submission + 1,
                    end: start + submission + audit
                })
            );
            assert_eq!(
                schedule.challenge_window(3).unwrap().end,
                start + submission + audit / 2
            );
        }
    }

    #[test]
    fn a_window_includes_both_its_ends() {
        let window = Window { start: 3, end: 5 };
        let inside: Vec<u64> = (0..9).filter(|&slot| window.contains(slot)).collect();
        assert_eq!(inside, [3, 4, 5]);
    }

    #[test]
    fn full_round_cuts_the_audit_window_inside_its_round() {
        let schedule = k2(10, 5, 5);
        let audit = schedule.audit_window(0).unwrap();
        assert_eq!((audit.start, audit.end), (6, 9));
        assert_eq!(schedule.challenge_window(0).unwrap().end, 8);
    }

    #[test]
    fn parameters_without_room_for_an_answer_are_refused() {
        assert!(!k2(10, 5, 0).is_valid());
        assert!(!k2(10, 1, 5).is_valid());
        assert!(!k2(10, 6, 5).is_valid());
        assert!(!k2(3, 2, 1).is_valid(), "one audit slot: no answer fits");
        assert!(k2(4, 2, 1).is_valid());
        assert!(k2(4, 3, 1).is_valid());
        assert!(!k2(u64::MAX, 2, 1).is_valid());
        assert!(!k2(10, u64::MAX, 1).is_valid());
        assert!(!k2(0, 0, 0).is_valid());
    }

    #[test]
    fn slots_before_the_start_belong_to_no_round() {
        let schedule = Schedule {
            starting_slot: 100,
            ..k2(10, 4, 4)
        };
        assert_eq!(schedule.round_at(99), None);
        assert_eq!(schedule.round_at(100), Some(0));
        assert_eq!(schedule.round_at(110), Some(1));
    }

    #[test]
    fn far_rounds_overflow_to_none() {
        let schedule = k2(10, 4, 4);
        assert_eq!(schedule.boundary(u64::MAX), None);
        assert_eq!(schedule.audit_window(u64::MAX), None);
        assert_eq!(schedule.unlock_after_submission(u64::MAX, 0), None);
        assert_eq!(schedule.unlock_after_round(u64::MAX), None);
        assert_eq!(review_round(u64::MAX), None);
        assert_eq!(distribution_round(u64::MAX - 2, 1), None);
    }

    #[test]
    fn a_submission_locks_through_the_last_attempt() {
        let schedule = k2(10, 4, 4);
        assert_eq!(schedule.unlock_after_submission(5, 0), Some(70 + 9));
        assert_eq!(schedule.unlock_after_submission(5, 3), Some(100 + 9));
        let full = k2(10, 5, 5);
        assert_eq!(full.unlock_after_submission(5, 0), full.boundary(8));
    }

    #[test]
    fn a_vote_locks_until_its_round_is_over() {
        let schedule = k2(10, 4, 4);
        assert_eq!(schedule.unlock_after_round(6), schedule.boundary(7));
    }

    proptest! {
        /// A node that submitted can still vote on every list of its cycle.
        #[test]
        fn a_submission_outlasts_every_audit_of_its_cycle(
            schedule in schedules(), cycle in 0u64..1000, failed in 0u8..=15, attempt in 0u8..=15,
        ) {
            let unlock = schedule.unlock_after_submission(cycle, failed).unwrap();
            prop_assert!(unlock > schedule.audit_window(review_round(cycle).unwrap()).unwrap().end);
            let attempt = attempt.min(failed);
            let list = distribution_round(cycle, attempt).unwrap();
            prop_assert!(unlock > schedule.audit_window(list).unwrap().end);
        }

        #[test]
        fn every_slot_belongs_to_at_most_one_window_of_a_cycle(
            schedule in schedules(), cycle in 0u64..1000, failed in 0u8..4, offset in 0u64..10_000,
        ) {
            let slot = schedule.boundary(cycle).unwrap() + offset;
            let mut rounds = vec![review_round(cycle).unwrap()];
            rounds.extend((0..=failed).map(|a| distribution_round(cycle, a).unwrap()));
            let open = rounds.iter().flat_map(|&k| [
                schedule.submission_window(k).unwrap(), schedule.audit_window(k).unwrap(),
            ]).filter(|w| w.contains(slot)).count();
            prop_assert!(open <= 1);
        }

        #[test]
        fn windows_stay_inside_their_round_and_leave_time_to_answer(
            schedule in schedules(), round in 0u64..1000,
        ) {
            let submit = schedule.submission_window(round).unwrap();
            let audit = schedule.audit_window(round).unwrap();
            let challenge = schedule.challenge_window(round).unwrap();
            prop_assert_eq!(submit.start, schedule.boundary(round).unwrap());
            prop_assert_eq!(audit.start, submit.end + 1);
            prop_assert!(audit.end < schedule.boundary(round + 1).unwrap());
            prop_assert_eq!(challenge.start, audit.start);
            prop_assert!(challenge.start <= challenge.end && challenge.end < audit.end);
        }

        #[test]
        fn rounds_tile_the_slots(schedule in schedules(), offset in 0u64..1 << 30) {
            let slot = schedule.starting_slot + offset;
            let round = schedule.round_at(slot).unwrap();
            prop_assert!(schedule.boundary(round).unwrap() <= slot);
            prop_assert!(slot < schedule.boundary(round + 1).unwrap());
        }
    }
}
