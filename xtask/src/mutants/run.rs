//! Asks the judges: the built test programs, with one mutant switched on.

mod judge;
mod watch;

pub use judge::{Judge, Test, build};

use super::{report::Outcome, tree::Mutant};
use anyhow::{Result, bail};
use std::{
    cmp::Reverse,
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};
use watch::{Said, watch};

/// A mutant may take so many times as long as the program does, and so much longer.
const SLOWER: u32 = 10;
const GRACE: Duration = Duration::from_secs(30);
/// What the tests take together that are tried first; those tried next take twice as long.
const FIRST: Duration = Duration::from_millis(1500);

/// Finds out what every test reaches, where that is not known from an earlier run, in `folder`.
///
/// # Errors
/// Where a test fails although nothing is mutated.
pub fn explore(judges: &[Judge], folder: &Path, jobs: usize) -> Result<Vec<Test>> {
    fs::create_dir_all(folder)?;
    let mut all = Vec::new();
    for (at, judge) in judges.iter().enumerate() {
        let mut tests = judge.tests(at, folder)?;
        let unknown = tests.iter_mut().filter(|test| test.takes.is_zero());
        let waiting = Mutex::new(unknown.collect::<Vec<_>>().into_iter());
        let next = || waiting.lock().ok().and_then(|mut waiting| waiting.next());
        in_parallel(jobs, |job| {
            let notes = folder.join(format!("{job}.txt"));
            while let Some(test) = next() {
                judge.explore(test, &notes)?;
            }
            Ok(())
        })?;
        drop(waiting);
        // Whatever ends a later one: what took long is not done again.
        judge.keep(&tests, folder)?;
        all.extend(tests);
    }
    Ok(all)
}

/// All who are asked, and what they have found so far.
pub struct Court<'a> {
    judges: &'a [Judge],
    tests: &'a [Test],
    /// How often a test has caught a mutant within a function: it is the first to try on the next one.
    caught: Mutex<BTreeMap<(String, usize), u32>>,
}

impl<'a> Court<'a> {
    /// These judges, with these tests.
    pub const fn new(judges: &'a [Judge], tests: &'a [Test]) -> Self {
        Self {
            judges,
            tests,
            caught: Mutex::new(BTreeMap::new()),
        }
    }

    /// Asks about each of `mutants`, and tells `tell` what became of it.
    ///
    /// # Errors
    /// Where a judge cannot be started.
    pub fn ask(
        &self,
        mutants: &[Mutant],
        jobs: usize,
        tell: impl Fn(&Mutant, &Outcome) + Sync,
    ) -> Result<Vec<Outcome>> {
        let next = AtomicUsize::new(0);
        let outcomes = Mutex::new(vec![None; mutants.len()]);
        in_parallel(jobs, |_| {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(mutant) = mutants.get(index) else {
                    return Ok(());
                };
                let outcome = self.about(mutant)?;
                tell(mutant, &outcome);
                if let Ok(mut outcomes) = outcomes.lock()
                    && let Some(place) = outcomes.get_mut(index)
                {
                    *place = Some(outcome);
                }
            }
        })?;
        let outcomes = outcomes.into_inner().ok().into_iter().flatten();
        let outcomes: Vec<_> = outcomes.flatten().collect();
        if outcomes.len() != mutants.len() {
            bail!("not every mutant was judged");
        }
        Ok(outcomes)
    }

    /// What becomes of a mutant: the first test that fails decides.
    fn about(&self, mutant: &Mutant) -> Result<Outcome> {
        let tests = self.who_reach(mutant);
        if tests.is_empty() {
            return Ok(Outcome::NotReached);
        }
        for batch in batches(&tests, self.tests) {
            for (number, judge) in self.judges.iter().enumerate() {
                let own = batch.iter().filter_map(|&at| self.tests.get(at));
                let own: Vec<_> = own.filter(|test| test.judge == number).collect();
                if own.is_empty() {
                    continue;
                }
                match ask(judge, &own, mutant.number)? {
                    Said::Passed => (),
                    Said::Failed(test) => {
                        self.note(mutant, number, &judge.group(&test));
                        return Ok(Outcome::Caught(format!("{} {test}", judge.name)));
                    }
                    Said::TimedOut => return Ok(Outcome::TimedOut(judge.name.clone())),
                }
            }
        }
        Ok(Outcome::Survived)
    }

    /// The tests that reach `mutant`, the most promising first: those that caught others within the same
    /// function, then the quickest.
    fn who_reach(&self, mutant: &Mutant) -> Vec<usize> {
        let tests = self.tests.iter().enumerate();
        let reach = tests.filter(|(_, test)| test.reached.contains(&mutant.number));
        let caught = self.caught.lock().ok();
        let mut order: Vec<_> = reach
            .map(|(at, test)| {
                let key = (mutant.function(), at);
                let times = caught.as_ref().and_then(|caught| caught.get(&key));
                (Reverse(times.copied().unwrap_or_default()), test.takes, at)
            })
            .collect();
        drop(caught);
        order.sort_unstable();
        order.into_iter().map(|(_, _, at)| at).collect()
    }

    fn note(&self, mutant: &Mutant, judge: usize, test: &str) {
        let is_it = |of: &Test| of.judge == judge && of.name == test;
        if let Some(at) = self.tests.iter().position(is_it)
            && let Ok(mut caught) = self.caught.lock()
        {
            let times = caught.entry((mutant.function(), at)).or_default();
            *times = times.saturating_add(1);
        }
    }
}

/// Runs these tests of `judge` with `mutant` switched on.
fn ask(judge: &Judge, tests: &[&Test], mutant: u32) -> Result<Said> {
    for (mut command, takes) in judge.commands(tests) {
        command.env("GRADUAL_MUTANT", mutant.to_string());
        let limit = takes.saturating_mul(SLOWER).saturating_add(GRACE);
        match watch(command, limit)? {
            Said::Passed => (),
            failed => return Ok(failed),
        }
    }
    Ok(Said::Passed)
}

/// The tests in this order, in parts that take ever longer.
fn batches(order: &[usize], tests: &[Test]) -> Vec<Vec<usize>> {
    let mut batches = vec![Vec::new()];
    let (mut takes, mut most) = (Duration::ZERO, FIRST);
    for &at in order {
        takes += tests.get(at).map_or(Duration::ZERO, |test| test.takes);
        if takes > most && batches.last().is_some_and(|batch| !batch.is_empty()) {
            batches.push(Vec::new());
            takes = Duration::ZERO;
            most = most.saturating_mul(2);
        }
        if let Some(batch) = batches.last_mut() {
            batch.push(at);
        }
    }
    batches
}

/// Runs `work` on so many threads, which it knows by their number.
fn in_parallel(jobs: usize, work: impl Fn(usize) -> Result<()> + Sync) -> Result<()> {
    thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = (0..jobs)
            .map(|job| scope.spawn(move || work(job)))
            .collect();
        threads.into_iter().try_for_each(|thread| {
            let ended = thread.join();
            ended.unwrap_or_else(|_| bail!("a thread panicked"))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutants::find::Kind;
    use std::collections::BTreeSet;

    fn test(name: &str, millis: u64, reached: &[u32]) -> Test {
        Test {
            judge: 0,
            name: name.to_owned(),
            count: 1,
            takes: Duration::from_millis(millis),
            reached: BTreeSet::from_iter(reached.iter().copied()),
        }
    }

    #[test]
    fn the_quickest_are_tried_first_and_before_them_who_caught_a_neighbour() {
        let mutant = Mutant {
            number: 7,
            kind: Kind::Code,
            file: "pda.rs".to_owned(),
            line: 1,
            within: "close".to_owned(),
            change: String::new(),
        };
        let tests = [
            test("slow", 900, &[7]),
            test("elsewhere", 1, &[8]),
            test("quick", 10, &[7, 8]),
            test("middling", 800, &[7]),
        ];
        let court = Court::new(&[], &tests);
        assert_eq!(court.who_reach(&mutant), [2, 3, 0]);
        court.note(&mutant, 0, "slow");
        assert_eq!(court.who_reach(&mutant), [0, 2, 3]);
        assert_eq!(batches(&[0, 2, 3], &tests), [vec![0, 2], vec![3]]);
    }
}
