//! Which of several ledgers to trust: decided from what came of asking them, without a clock or a ledger.
//! Times are durations since some beginning.

use std::{fmt, time::Duration};

/// Slots that an RPC may be behind the others, unless the operator says otherwise: about 20 seconds, less
/// than any window that `task create` does not warn about.
pub const DEFAULT_MAX_LAG: u64 = 50;
/// How long a ledger is not trusted after its first failure; twice as long after each further one, up to
/// [`LONGEST_REST`].
pub const FIRST_REST: Duration = Duration::from_secs(10);
/// No ledger rests longer after a failure.
pub const LONGEST_REST: Duration = Duration::from_secs(300);
/// How long a preferred ledger must be fit before it is trusted again: one that comes and goes would cost a
/// change over each time.
pub const SETTLED: Duration = Duration::from_secs(60);
/// Transactions in a row that one must fail to take before it counts as lacking: one may be lost anywhere.
const SENDS_FORGIVEN: u32 = 1;

/// What is asked of a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Its slot. One that does not tell it is down.
    Slot,
    /// Accounts by their addresses.
    Accounts,
    /// The program's accounts, by filters: many public RPCs refuse that.
    ProgramAccounts,
    /// To take a transaction.
    Send,
}

impl Need {
    const ALL: [Self; 4] = [
        Self::Slot,
        Self::Accounts,
        Self::ProgramAccounts,
        Self::Send,
    ];
}

/// Why a ledger is not trusted. The later ones are worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is so many slots behind the others.
    Lags(u64),
    /// It answers, but not this.
    Lacks(Need),
    /// It does not answer.
    Down,
}

impl Fault {
    const fn severity(self) -> u8 {
        match self {
            Self::Lags(_) => 1,
            Self::Lacks(_) => 2,
            Self::Down => 3,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Lags(slots) => write!(formatter, "it is {slots} slots behind the others"),
            Self::Lacks(Need::Accounts) => {
                write!(formatter, "it does not answer getMultipleAccounts")
            }
            Self::Lacks(Need::ProgramAccounts) => {
                write!(formatter, "it does not answer getProgramAccounts")
            }
            Self::Lacks(_) => write!(formatter, "it takes no transactions"),
            Self::Down => write!(formatter, "it does not answer"),
        }
    }
}

/// A change from one ledger to another, and what is wrong with the former; nothing is, if the latter is
/// preferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The ledger that was trusted.
    pub from: usize,
    /// The ledger that is.
    pub to: usize,
    /// What is wrong with the former.
    pub why: Option<Fault>,
}

/// What is known of one of a ledger's capabilities.
#[derive(Clone, Copy, Debug, Default)]
struct Capability {
    /// Failures since it last did it.
    failures: u32,
    /// Until when it is not tried again.
    rests_until: Duration,
}

/// What is known of one ledger.
#[derive(Clone, Copy, Debug, Default)]
struct Record {
    capabilities: [Capability; Need::ALL.len()],
    /// Slots behind the others, when they were last compared.
    lag: Option<u64>,
    failures: u64,
    /// Since when it has had no fault, as far as that was looked for.
    fit_since: Option<Duration>,
}

/// Which of several ledgers to trust.
#[derive(Clone, Debug)]
pub struct Policy {
    max_lag: u64,
    records: Vec<Record>,
    trusted: usize,
}

impl Policy {
    /// Of so many ledgers, the preferred one first. All are taken to be fit.
    pub fn new(ledgers: usize, max_lag: u64) -> Self {
        Self {
            max_lag,
            records: vec![Record::default(); ledgers],
            trusted: 0,
        }
    }

    /// The ledger that is trusted.
    pub const fn trusted(&self) -> usize {
        self.trusted
    }

    /// Slots that the ledger `who` was behind the others; `None` if it was not compared.
    pub fn lag(&self, who: usize) -> Option<u64> {
        self.records.get(who)?.lag
    }

    /// How often the ledger `who` failed.
    pub fn failures(&self, who: usize) -> u64 {
        self.records.get(who).map_or(0, |record| record.failures)
    }

    /// The ledger `who` did what was asked.
    pub fn answered(&mut self, who: usize, need: Need) {
        if let Some(record) = self.records.get_mut(who) {
            record.capabilities[need as usize] = Capability::default();
            record.capabilities[Need::Slot as usize] = Capability::default();
        }
    }

    /// The ledger `who` did not do what was asked.
    pub fn failed(&mut self, who: usize, need: Need, now: Duration) {
        let Some(record) = self.records.get_mut(who) else {
            return;
        };
        record.failures = record.failures.saturating_add(1);
        let capability = &mut record.capabilities[need as usize];
        capability.failures = capability.failures.saturating_add(1);
        let forgiven = if need == Need::Send {
            SENDS_FORGIVEN
        } else {
            0
        };
        let Some(repeats) = capability.failures.checked_sub(forgiven.saturating_add(1)) else {
            return;
        };
        let rest = FIRST_REST.saturating_mul(1 << repeats.min(8));
        capability.rests_until = now.saturating_add(rest.min(LONGEST_REST));
        record.fit_since = None;
    }

    /// The ledgers told these slots at about the same time; `None` where one did not answer.
    pub fn looked(&mut self, slots: &[Option<u64>], now: Duration) {
        for (who, slot) in slots.iter().enumerate() {
            match slot {
                Some(_) => self.answered(who, Need::Slot),
                None => self.failed(who, Need::Slot, now),
            }
            let lag = slot.map(|slot| lag_behind(slot, who, slots));
            if let Some(record) = self.records.get_mut(who) {
                record.lag = lag;
            }
        }
        for who in 0..self.records.len() {
            let is_fit = self.fault(who, now).is_none();
            if let Some(record) = self.records.get_mut(who) {
                record.fit_since = is_fit.then(|| record.fit_since.unwrap_or(now));
            }
        }
    }

    /// What is wrong with the ledger `who`.
    pub fn fault(&self, who: usize, now: Duration) -> Option<Fault> {
        let record = self.records.get(who)?;
        let rests = |need: &&Need| record.capabilities[**need as usize].rests_until > now;
        match Need::ALL.iter().find(rests) {
            Some(Need::Slot) => return Some(Fault::Down),
            Some(&need) => return Some(Fault::Lacks(need)),
            None => {}
        }
        let lag = record.lag.filter(|&lag| lag > self.max_lag);
        lag.map(Fault::Lags)
    }

    /// Decides which to trust from `now` on. The trusted one stays unless something is wrong with it, or a
    /// preferred one has been fit for [`SETTLED`]. Where something is wrong with all of them, the one with the least.
    pub fn choose(&mut self, now: Duration) -> Option<Change> {
        let severity = |who: usize| self.fault(who, now).map_or(0, Fault::severity);
        let from = self.trusted;
        let why = self.fault(from, now);
        let is_settled = |who: usize| {
            let since = self.records.get(who).and_then(|record| record.fit_since);
            since.is_some_and(|since| now.saturating_sub(since) >= SETTLED)
        };
        let to = if why.is_some() {
            // The first of those with the least wrong; the present one where others are no better.
            let others = (0..self.records.len()).filter(|&who| who != from);
            let best = others.min_by_key(|&who| (severity(who), who));
            best.filter(|&who| severity(who) < severity(from))
        } else {
            (0..from).find(|&who| severity(who) == 0 && is_settled(who))
        };
        let to = to?;
        self.trusted = to;
        Some(Change { from, to, why })
    }
}

/// How far `slot`, told by `who`, is behind the median of what the others told: one alone that runs ahead
/// makes nobody lag where there are three or more.
fn lag_behind(slot: u64, who: usize, slots: &[Option<u64>]) -> u64 {
    let others = slots.iter().enumerate();
    let others = others.filter(|&(other, _)| other != who);
    let mut others: Vec<u64> = others.filter_map(|(_, slot)| *slot).collect();
    others.sort_unstable();
    let middle = others.len().saturating_sub(1) / 2;
    let median = others.get(middle).copied().unwrap_or(slot);
    median.saturating_sub(slot)
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: fn(u64) -> Duration = Duration::from_secs;

    fn change(from: usize, to: usize, why: Option<Fault>) -> Option<Change> {
        Some(Change { from, to, why })
    }

    #[test]
    fn the_first_is_trusted_while_nothing_is_wrong_with_it() {
        let mut policy = Policy::new(3, 50);
        policy.looked(&[Some(100), Some(140), Some(150)], S(5));
        assert_eq!(policy.choose(S(5)), None);
        assert_eq!((policy.trusted(), policy.lag(0)), (0, Some(40)));
    }

    #[test]
    fn one_that_is_down_rests_and_is_trusted_again_once_it_has_settled() {
        let mut policy = Policy::new(2, 50);
        policy.failed(0, Need::Slot, S(0));
        assert_eq!(policy.choose(S(0)), change(0, 1, Some(Fault::Down)));
        policy.looked(&[None, Some(9)], S(5));
        assert_eq!(policy.fault(0, S(24)), Some(Fault::Down), "twice as long");
        let both = [Some(90), Some(90)];
        policy.looked(&both, S(30));
        assert_eq!(policy.choose(S(30)), None, "just back");
        policy.looked(&both, S(89));
        assert_eq!(policy.choose(S(89)), None);
        policy.looked(&both, S(90));
        assert_eq!(policy.choose(S(90)), change(1, 0, None));
    }

    #[test]
    fn one_that_comes_and_goes_does_not_settle() {
        let mut policy = Policy::new(2, 50);
        policy.failed(0, Need::Slot, S(0));
        policy.choose(S(0));
        for time in (20..400).step_by(20) {
            let first = (time % 40 == 0).then_some(time);
            policy.looked(&[first, Some(time)], S(time));
            assert_eq!(policy.choose(S(time)), None, "{time}");
        }
    }

    #[test]
    fn one_that_lags_is_left_and_one_that_runs_ahead_alone_is_not_followed() {
        let mut policy = Policy::new(3, 50);
        policy.looked(&[Some(100), Some(1_000_000), Some(101)], S(1));
        assert_eq!(policy.choose(S(1)), None, "two agree");
        policy.looked(&[Some(100), Some(151), Some(152)], S(2));
        assert_eq!(policy.choose(S(2)), change(0, 1, Some(Fault::Lags(51))));
        let mut two = Policy::new(2, 50);
        two.looked(&[Some(100), Some(150)], S(1));
        assert_eq!(two.choose(S(1)), None);
        two.looked(&[Some(100), None], S(2));
        assert_eq!((two.choose(S(2)), two.lag(0)), (None, Some(0)), "no other");
    }

    #[test]
    fn one_that_lacks_a_capability_is_left_though_it_answers() {
        let mut policy = Policy::new(2, 50);
        policy.failed(0, Need::ProgramAccounts, S(0));
        let why = Fault::Lacks(Need::ProgramAccounts);
        assert_eq!(policy.choose(S(0)), change(0, 1, Some(why)));
        assert!(why.to_string().contains("getProgramAccounts"));
        // That it tells its slot does not make up for it.
        policy.looked(&[Some(1), Some(1)], S(5));
        assert_eq!(policy.fault(0, S(5)), Some(why));
        assert_eq!(policy.fault(0, S(10)), None, "tried again");
    }

    #[test]
    fn a_transaction_that_is_not_taken_is_forgiven_once() {
        let mut policy = Policy::new(2, 50);
        policy.failed(0, Need::Send, S(0));
        assert_eq!(policy.choose(S(0)), None);
        policy.answered(0, Need::Send);
        policy.failed(0, Need::Send, S(1));
        assert_eq!(policy.choose(S(1)), None);
        policy.failed(0, Need::Send, S(2));
        let why = Fault::Lacks(Need::Send);
        assert_eq!(policy.choose(S(2)), change(0, 1, Some(why)));
        assert_eq!(policy.failures(0), 3);
    }

    #[test]
    fn where_something_is_wrong_with_all_the_least_bad_is_trusted() {
        let mut policy = Policy::new(3, 50);
        policy.failed(0, Need::Slot, S(0));
        policy.failed(1, Need::Slot, S(0));
        policy.failed(2, Need::Accounts, S(0));
        let down = Some(Fault::Down);
        assert_eq!(policy.choose(S(0)), change(0, 2, down));
        policy.failed(2, Need::Slot, S(1));
        assert_eq!(policy.choose(S(1)), None, "no other is better");
    }

    #[test]
    fn rests_grow_up_to_the_longest() {
        let mut policy = Policy::new(1, 50);
        for _ in 0..40 {
            policy.failed(0, Need::Slot, S(0));
        }
        let almost = LONGEST_REST - Duration::from_secs(1);
        assert_eq!(policy.fault(0, almost), Some(Fault::Down));
        assert_eq!(policy.fault(0, LONGEST_REST), None);
    }
}
