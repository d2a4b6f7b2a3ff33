//! Whether a task's logic answers whatever it is asked, and always the same.
//!
//! Values are bytes that anybody may have chosen. A value on which the logic fails silences every honest
//! node that meets it, and an answer that differs from one process to the next costs stake. So a logic is
//! asked about hostile values: everything twice, of two processes, the second, after some work, in the reverse order, so
//! that nothing that it remembers, and no order of its hash tables, goes unnoticed.

use crate::logic::{DistributionCycle, LogicError, Proof, TaskLogic};
use serde::Serialize;
use solana_sdk::pubkey::Pubkey;
use solana_sha256_hasher::hashv;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

/// Longest values that can be submitted.
const LONGEST: usize = 512;
const _: () = assert!(LONGEST as u64 == gradual_consensus::MAX_SUBMISSION_LEN);
/// An answer is slow if it takes so many times as long as those about as many honest values...
const TIMES: u32 = 10;
/// ... and longer than this.
const PATIENCE: Duration = Duration::from_secs(1);
/// The bounty that lists divide, unless another is to be tried.
const BOUNTY: u64 = 10_000;
/// Submissions of a large cycle.
const MANY: u16 = 1_000;

/// One question, and what was found.
#[derive(Clone, Debug, Serialize)]
pub struct Asked {
    /// `work`, `audit` or `distribution`.
    pub question: &'static str,
    /// What it was about.
    pub about: String,
    /// The first answer.
    pub answer: String,
    /// How long the faster answer took, in seconds.
    pub seconds: f64,
    /// What is wrong, if anything is.
    pub finding: Option<String>,
}

/// A question.
enum Question {
    Work(u64),
    Audit(Proof),
    Distribution(DistributionCycle, Vec<Proof>, Vec<bool>),
}

impl Question {
    const fn name(&self) -> &'static str {
        match self {
            Self::Work(_) => "work",
            Self::Audit(_) => "audit",
            Self::Distribution(..) => "distribution",
        }
    }

    /// How many times as much it asks about as an honest question of its kind.
    fn size(&self) -> u32 {
        match self {
            Self::Work(_) | Self::Audit(_) => 1,
            Self::Distribution(_, proofs, _) => u32::try_from(proofs.len())
                .unwrap_or(u32::MAX)
                .div_ceil(3)
                .max(1),
        }
    }

    fn ask(&self, logic: &mut impl TaskLogic) -> Told {
        let begun = Instant::now();
        let answer = match self {
            Self::Work(cycle) => logic.work(*cycle).map(Answer::Proof),
            Self::Audit(proof) => logic.audit(proof).map(Answer::IsValid),
            Self::Distribution(cycle, proofs, verdicts) => logic
                .distribution(cycle, proofs, verdicts)
                .map(Answer::List),
        };
        Told {
            answer: answer.map_err(|error: LogicError| first_line(&error.to_string())),
            took: begun.elapsed(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Answer {
    Proof(Vec<u8>),
    IsValid(bool),
    List(Vec<(Pubkey, u64)>),
}

impl Answer {
    fn text(&self) -> String {
        match self {
            Self::Proof(value) => format!("{} bytes", value.len()),
            Self::IsValid(true) => "valid".into(),
            Self::IsValid(false) => "invalid".into(),
            Self::List(list) => {
                let total: u128 = list.iter().map(|(_, amount)| u128::from(*amount)).sum();
                format!("{total} to {} nodes", list.len())
            }
        }
    }
}

/// An answer, and how long it took.
struct Told {
    answer: Result<Answer, String>,
    took: Duration,
}

fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.chars()
        .filter(|letter| !letter.is_control())
        .take(200)
        .collect()
}

/// The cycle that the honest questions are about.
pub const CYCLE: u64 = 3;

/// Asks the logic of `node` that `start` starts. `tell` is told how many questions of how many are answered.
///
/// If the logic does not even work, or finds its own work invalid, nothing else is asked.
pub fn check<T: TaskLogic>(
    mut start: impl FnMut() -> T,
    node: Pubkey,
    mut tell: impl FnMut(usize, usize),
) -> Vec<Asked> {
    let mut logic = start();
    let cycle = CYCLE;
    let work = Question::Work(cycle);
    let told = work.ask(&mut logic);
    let honest = match &told.answer {
        Ok(Answer::Proof(value)) if (1..=LONGEST).contains(&value.len()) => value.clone(),
        _ => return vec![asked("cycle 3", &work, &told, None, None)],
    };
    let own = Question::Audit(proof(node, cycle, &honest));
    let judged = own.ask(&mut logic);
    if judged.answer != Ok(Answer::IsValid(true)) {
        let mut own = asked("its own work", &own, &judged, None, None);
        let finding = "it calls its own work invalid".to_owned();
        own.finding = own.finding.or(Some(finding));
        return vec![asked("cycle 3", &work, &told, None, None), own];
    }
    let cases = cases(node, cycle, &honest);
    let total = cases.len().saturating_mul(2);
    let mut answered = 0usize;
    let mut next = |question: &Question, logic: &mut T| {
        let told = question.ask(logic);
        answered = answered.saturating_add(1);
        tell(answered, total);
        told
    };
    let first: Vec<Told> = (cases.iter())
        .map(|(_, question)| next(question, &mut logic))
        .collect();
    drop(logic);
    // As a node does, it works before it judges.
    let mut logic = start();
    drop((work.ask(&mut logic), own.ask(&mut logic)));
    let mut second: Vec<Told> = (cases.iter().rev())
        .map(|(_, question)| next(question, &mut logic))
        .collect();
    second.reverse();
    // How long an honest question of its kind takes: the first of each kind is about honest values.
    let mut usual = BTreeMap::new();
    for ((_, question), told) in cases.iter().zip(&first) {
        usual.entry(question.name()).or_insert(told.took);
    }
    let all = cases.iter().zip(first.iter().zip(&second));
    all.map(|((about, question), (first, second))| {
        let usual = usual.get(question.name()).copied();
        asked(about, question, first, Some(second), usual)
    })
    .collect()
}

fn asked(
    about: &str,
    question: &Question,
    first: &Told,
    second: Option<&Told>,
    usual: Option<Duration>,
) -> Asked {
    // Once it may have been the machine.
    let took = second.map_or(first.took, |second| first.took.min(second.took));
    let text = |told: &Told| match &told.answer {
        Ok(answer) => answer.text(),
        Err(error) => error.clone(),
    };
    let failed = [Some(first), second].into_iter().flatten();
    let failed = failed.filter_map(|told| told.answer.as_ref().err()).next();
    // Only the data of the present may be there: work for another time may be refused.
    let may_refuse = matches!(question, Question::Work(cycle) if *cycle != CYCLE);
    let finding = if let Some(error) = failed {
        (!may_refuse).then(|| format!("no answer: {error}"))
    } else if let Some(second) = second.filter(|second| second.answer != first.answer) {
        let (first, second) = (text(first), text(second));
        Some(if first == second {
            format!("another answer in another process: both {first}, but not the same")
        } else {
            format!("another answer in another process: {first}, then {second}")
        })
    } else if let Some(fault) = fault(question, first) {
        Some(fault)
    } else {
        let times = TIMES.saturating_mul(question.size());
        let limit = usual.map(|usual| usual.saturating_mul(times).max(PATIENCE));
        limit.filter(|limit| took > *limit).map(|_| {
            format!(
                "slow: {:.1} s, about an honest value {:.3} s",
                took.as_secs_f64(),
                usual.unwrap_or_default().as_secs_f64()
            )
        })
    };
    Asked {
        question: question.name(),
        about: about.to_owned(),
        answer: text(first),
        seconds: took.as_secs_f64(),
        finding,
    }
}

/// Why no node could use the answer.
fn fault(question: &Question, told: &Told) -> Option<String> {
    match (question, &told.answer) {
        (Question::Work(_), Ok(Answer::Proof(value))) => {
            let fits = (1..=LONGEST).contains(&value.len());
            (!fits).then(|| format!("a proof has 1 to {LONGEST} bytes"))
        }
        (Question::Distribution(cycle, proofs, verdicts), Ok(Answer::List(list))) => {
            let standing = proofs.iter().zip(verdicts).filter(|(_, stands)| **stands);
            let standing: BTreeSet<Pubkey> = standing.map(|(proof, _)| proof.node).collect();
            let mut paid = BTreeSet::new();
            let mut total = 0u128;
            list.iter().find_map(|(node, amount)| {
                total = total.saturating_add((*amount).into());
                let is_new = paid.insert(*node);
                if *amount == 0 {
                    Some(format!("it lists {node} with 0"))
                } else if !is_new {
                    Some(format!("it lists {node} twice"))
                } else if !standing.contains(node) {
                    Some(format!("it pays {node}, whose submission does not stand"))
                } else {
                    let more = total > cycle.bounty.into();
                    more.then(|| "it pays more than the bounty".to_owned())
                }
            })
        }
        _ => None,
    }
}

fn proof(node: Pubkey, cycle: u64, value: &[u8]) -> Proof {
    Proof {
        cycle,
        node,
        value: value.to_vec(),
        slot: 1_042,
        tally: None,
    }
}

/// Every question, with what it is about. The first of each kind is about honest values.
fn cases(node: Pubkey, cycle: u64, honest: &[u8]) -> Vec<(String, Question)> {
    let other = Pubkey::new_from_array(hashv(&[b"another node", node.as_ref()]).to_bytes());
    let fallen = Pubkey::new_from_array(hashv(&[b"one that fell", node.as_ref()]).to_bytes());
    let mut cases = vec![("cycle 3".into(), Question::Work(cycle))];
    for (name, cycle) in [("cycle 0", 0), ("cycle 2^40", 1 << 40)] {
        cases.push((name.into(), Question::Work(cycle)));
    }
    let own = Question::Audit(proof(node, cycle, honest));
    cases.push(("its own work".into(), own));
    let hostile = hostile(honest);
    for (name, value) in &hostile {
        let audit = Question::Audit(proof(other, cycle, value));
        cases.push((name.clone(), audit));
    }
    // In the order of addresses; one stands that is honest, one that is whatever it is, and one fell.
    let list = |bounty: u64, value: &[u8], verdicts: [bool; 3]| {
        let [honest_stands, stands, fell] = verdicts;
        let mut all = [
            (proof(node, cycle, honest), honest_stands),
            (proof(other, cycle, value), stands),
            (proof(fallen, cycle, b""), fell),
        ];
        all.sort_by_key(|(proof, _)| proof.node);
        for (proof, stands) in &mut all {
            if !*stands {
                proof.value.clear();
            }
        }
        let (proofs, verdicts) = all.into_iter().unzip();
        Question::Distribution(of_cycle(cycle, bounty), proofs, verdicts)
    };
    let standing = [true, true, false];
    cases.push(("honest values".into(), list(BOUNTY, honest, standing)));
    for (name, value) in &hostile {
        cases.push((name.clone(), list(BOUNTY, value, standing)));
    }
    cases.push(("all fell".into(), list(BOUNTY, b"", [false; 3])));
    for (name, bounty) in [
        ("a bounty of 0", 0),
        ("a bounty of 1", 1),
        // What rounds it to a float pays too much.
        ("a bounty of 2^53 + 3", (1 << 53) + 3),
        ("a bounty of 2^64 - 1", u64::MAX),
    ] {
        cases.push((name.into(), list(bounty, honest, standing)));
    }
    let none = Question::Distribution(of_cycle(cycle, BOUNTY), vec![], vec![]);
    cases.push(("no submissions".into(), none));
    cases.push((format!("{MANY} submissions"), many(cycle)));
    cases
}

fn of_cycle(number: u64, bounty: u64) -> DistributionCycle {
    DistributionCycle {
        task: Pubkey::new_from_array(hashv(&[b"a task"]).to_bytes()),
        number,
        bounty,
    }
}

/// A large cycle: every third submission fell.
fn many(cycle: u64) -> Question {
    let node =
        |number: u16| Pubkey::new_from_array(hashv(&[b"a node", &number.to_le_bytes()]).to_bytes());
    let mut nodes: Vec<Pubkey> = (0..MANY).map(node).collect();
    nodes.sort();
    let verdicts: Vec<bool> = (0..MANY).map(|number| number % 3 > 0).collect();
    let proofs = nodes.iter().zip(&verdicts).map(|(node, stands)| {
        let value: &[u8] = if *stands { &[7; LONGEST] } else { b"" };
        proof(*node, cycle, value)
    });
    let bounty = u64::from(MANY).saturating_mul(BOUNTY);
    Question::Distribution(of_cycle(cycle, bounty), proofs.collect(), verdicts)
}

/// Values that are not what a logic expects.
fn hostile(honest: &[u8]) -> Vec<(String, Vec<u8>)> {
    let filled = |text: &str| -> Vec<u8> { text.bytes().cycle().take(LONGEST).collect() };
    let random: Vec<u8> = (0u8..)
        .flat_map(|number| hashv(&[b"random", &[number]]).to_bytes())
        .take(LONGEST)
        .collect();
    let mut longer = honest.to_vec();
    longer.push(b'\n');
    longer.truncate(LONGEST);
    let shorter = honest.get(1..).unwrap_or_default().to_vec();
    let depth = LONGEST / 6;
    let nested = format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    let all: [(&str, Vec<u8>); 27] = [
        ("another's honest work", honest.to_vec()),
        ("honest work and a line feed", longer),
        ("honest work without its first byte", shorter),
        ("empty", vec![]),
        ("a zero byte", vec![0]),
        ("512 zero bytes", vec![0; LONGEST]),
        ("512 random bytes", random),
        ("512 bytes 0xff", vec![0xff; LONGEST]),
        (
            "invalid UTF-8",
            b"\xc3\x28\xa0\xa1\xe2\x28\xa1\xf0\x28\x8c\xbc".to_vec(),
        ),
        ("a lone surrogate", b"\xed\xa0\x80".to_vec()),
        ("text with a zero byte", b"12\x0034".to_vec()),
        ("line feeds", filled("\r\n")),
        ("blanks", filled(" ")),
        ("quotes and backslashes", filled("\\\"'")),
        ("512 digits", filled("9")),
        ("a number of 2^64", b"18446744073709551616".to_vec()),
        ("a negative number", b"-1".to_vec()),
        ("a number of 10^999", b"1e999".to_vec()),
        ("not a number", b"NaN".to_vec()),
        ("digits that are not ASCII", "٣٤٥".into()),
        ("deep arrays", filled("[")),
        ("deep objects", nested.into_bytes()),
        (
            "JSON of another shape",
            b"{\"valid\":true,\"value\":null,\"list\":[[]]}".to_vec(),
        ),
        ("null", b"null".to_vec()),
        ("an empty object", b"{}".to_vec()),
        (
            "commands",
            b"$(exit 1);`exit 1`;%s%n{0}${x}'; DROP TABLE nodes; --".to_vec(),
        ),
        ("a path", b"/dev/zero".to_vec()),
    ];
    all.into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logic::equal_shares;
    use std::{cell::Cell, thread};

    const NODE: Pubkey = Pubkey::new_from_array([7; 32]);

    /// A logic that has one fault.
    #[derive(Clone, Copy, PartialEq, Eq)]
    enum Fault {
        None,
        Fails,
        Lies,
        FailsInLists,
        Panics2To64,
        Slow,
        Remembers,
        Rounds,
        PaysTheFallen,
        NoWork,
    }

    struct Logic {
        fault: Fault,
        asked: u32,
        process: u32,
    }

    fn honest(node: &Pubkey, cycle: u64) -> Vec<u8> {
        format!("{node} {cycle}").into_bytes()
    }

    impl TaskLogic for Logic {
        fn work(&mut self, cycle: u64) -> Result<Vec<u8>, LogicError> {
            if self.fault == Fault::NoWork {
                return Err("no data yet".into());
            }
            Ok(honest(&NODE, cycle))
        }

        fn audit(&mut self, proof: &Proof) -> Result<bool, LogicError> {
            self.asked += 1;
            match self.fault {
                Fault::Fails if std::str::from_utf8(&proof.value).is_err() => {
                    return Err("not UTF-8".into());
                }
                Fault::Lies => return Ok(false),
                Fault::Panics2To64 if proof.value.starts_with(b"184467") => {
                    return Err("out of range".into());
                }
                Fault::Slow if proof.value == b"/dev/zero" => {
                    thread::sleep(Duration::from_millis(1_100));
                }
                Fault::Remembers => return Ok(self.asked == 1 || self.process == 1),
                _ => {}
            }
            Ok(proof.value == honest(&proof.node, proof.cycle))
        }

        fn distribution(
            &mut self,
            cycle: &DistributionCycle,
            submissions: &[Proof],
            verdicts: &[bool],
        ) -> Result<Vec<(Pubkey, u64)>, LogicError> {
            match self.fault {
                Fault::FailsInLists if submissions.iter().any(|own| own.value == b"null") => {
                    Err("null".into())
                }
                Fault::Rounds => {
                    #[allow(
                        clippy::cast_precision_loss,
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss
                    )]
                    let bounty = cycle.bounty as f64 as u64;
                    Ok(equal_shares(bounty, submissions, verdicts))
                }
                Fault::PaysTheFallen => {
                    let all = vec![true; submissions.len()];
                    Ok(equal_shares(cycle.bounty, submissions, &all))
                }
                _ => Ok(equal_shares(cycle.bounty, submissions, verdicts)),
            }
        }
    }

    fn checked(fault: Fault) -> Vec<Asked> {
        let process = Cell::new(0);
        let start = || {
            process.set(process.get() + 1);
            Logic {
                fault,
                asked: 0,
                process: process.get(),
            }
        };
        check(start, NODE, |_, _| ())
    }

    /// What is found: the questions, and what about.
    fn found(fault: Fault) -> Vec<(&'static str, String, String)> {
        let asked = checked(fault).into_iter();
        let found = asked.filter_map(|asked| Some((asked.question, asked.about, asked.finding?)));
        found.collect()
    }

    #[track_caller]
    fn assert_found(fault: Fault, question: &str, about: &str, finding: &str) {
        let found = found(fault);
        assert!(
            found.iter().any(|(of, what, why)| {
                *of == question && what == about && why.contains(finding)
            }),
            "{found:?}"
        );
    }

    #[test]
    fn an_honest_logic_passes() {
        assert_eq!(found(Fault::None), []);
        let asked = checked(Fault::None);
        assert!(asked.len() > 60, "{}", asked.len());
        let mut seen = BTreeSet::new();
        assert!(
            asked
                .iter()
                .all(|asked| seen.insert((asked.question, &asked.about)))
        );
    }

    #[test]
    fn values_fit_into_submissions() {
        for honest in [&[1][..], &[7; LONGEST]] {
            for (name, value) in hostile(honest) {
                assert!(value.len() <= LONGEST, "{name}");
            }
        }
        let names: BTreeSet<_> = hostile(b"x").into_iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), hostile(b"x").len());
    }

    #[test]
    fn what_a_logic_fails_on_is_found() {
        let error = "no answer: not UTF-8";
        for about in ["512 random bytes", "invalid UTF-8", "a lone surrogate"] {
            assert_found(Fault::Fails, "audit", about, error);
        }
        assert_found(
            Fault::Panics2To64,
            "audit",
            "a number of 2^64",
            "out of range",
        );
        assert_found(
            Fault::FailsInLists,
            "distribution",
            "null",
            "no answer: null",
        );
        assert_eq!(found(Fault::FailsInLists).len(), 1);
    }

    #[test]
    fn answers_that_differ_are_found() {
        let differs = "another answer in another process: valid, then invalid";
        assert_found(Fault::Remembers, "audit", "null", differs);
    }

    #[test]
    fn slow_answers_are_found() {
        assert_found(Fault::Slow, "audit", "a path", "slow: 1.1 s");
        assert_eq!(found(Fault::Slow).len(), 1);
    }

    #[test]
    fn lists_that_no_node_could_use_are_found() {
        let more = "it pays more than the bounty";
        assert_found(Fault::Rounds, "distribution", "a bounty of 2^53 + 3", more);
        assert_eq!(found(Fault::Rounds).len(), 1);
        let pays = "whose submission does not stand";
        assert_found(Fault::PaysTheFallen, "distribution", "all fell", pays);
        assert_found(Fault::PaysTheFallen, "distribution", "empty", pays);
    }

    #[test]
    fn a_logic_that_does_not_work_is_asked_nothing_else() {
        let [(question, _, why)] = &found(Fault::NoWork)[..] else {
            panic!("not one finding");
        };
        assert_eq!(
            (*question, why.as_str()),
            ("work", "no answer: no data yet")
        );
        let lies = found(Fault::Lies);
        assert_eq!(lies.len(), 1);
        assert!(lies[0].2.contains("its own work invalid"));
        assert_eq!(checked(Fault::Lies).len(), 2);
    }
}
