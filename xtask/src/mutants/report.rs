//! What became of the mutants.

use super::{find::Kind, tree::Mutant};
use std::collections::BTreeSet;

/// What became of a mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// This test failed.
    Caught(String),
    /// This test program did not end in time.
    TimedOut(String),
    /// Every test that reaches it passed.
    Survived,
    /// No test reaches it.
    NotReached,
}

impl Outcome {
    /// Whether a judge noticed.
    pub const fn is_caught(&self) -> bool {
        matches!(self, Self::Caught(_) | Self::TimedOut(_))
    }
}

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Rules,
    Handlers,
    Effects,
    Of(Kind),
}

/// The rows of the table, with the share in percent that must be caught; where everything must be, survivors
/// that are explained may be.
const ROWS: [(Group, &str, usize); 6] = [
    (Group::Rules, "pure rules", 95),
    (Group::Handlers, "states and handlers", 90),
    (
        Group::Effects,
        "a statement that changes something deleted",
        90,
    ),
    (Group::Of(Kind::Require), "a `require!` deleted", 100),
    (
        Group::Of(Kind::Constraint),
        "a constraint of an account made vacuous (`has_one`, `address`, `constraint`)",
        100,
    ),
    (
        Group::Of(Kind::Check),
        "a call of a checking method deleted",
        100,
    ),
];

impl Group {
    fn of(mutant: &Mutant) -> Self {
        match mutant.kind {
            Kind::Code if mutant.file.starts_with("rules/") => Self::Rules,
            Kind::Code => Self::Handlers,
            Kind::Effect => Self::Effects,
            kind => Self::Of(kind),
        }
    }
}

/// The table, the survivors, and what is not as it must be.
pub struct Report {
    /// As Markdown.
    pub text: String,
    /// Why it is not good enough; nothing where it is.
    pub faults: Vec<String>,
}

/// Reports on `judged`. `explained` are the names of mutants that may survive.
pub fn report(judged: &[(Mutant, Outcome)], explained: &BTreeSet<String>) -> Report {
    let mut text = String::from("| what | mutants | caught | survived |\n|---|---|---|---|\n");
    let mut faults = Vec::new();
    for (group, what, least) in ROWS {
        let all: Vec<_> = judged
            .iter()
            .filter(|(mutant, _)| Group::of(mutant) == group)
            .collect();
        let caught = all
            .iter()
            .filter(|(_, outcome)| outcome.is_caught())
            .count();
        let survived = all.len().saturating_sub(caught);
        let slow = |(_, outcome): &&&(Mutant, Outcome)| matches!(outcome, Outcome::TimedOut(_));
        let by_time = match all.iter().filter(slow).count() {
            0 => String::new(),
            count => format!(", {count} by the time limit"),
        };
        let percent = (caught * 100).checked_div(all.len()).unwrap_or(100);
        text += &format!(
            "| {what} | {} | {caught} ({percent} %){by_time} | {survived} |\n",
            all.len()
        );
        let excused = all.iter().filter(|(mutant, outcome)| {
            least == 100 && !outcome.is_caught() && explained.contains(&mutant.name())
        });
        if (caught + excused.count()) * 100 < least * all.len() {
            faults.push(format!("{what}: {caught} of {} are caught", all.len()));
        }
    }
    text += "\n";
    let mut survivors = judged
        .iter()
        .filter(|(_, outcome)| !outcome.is_caught())
        .peekable();
    if survivors.peek().is_none() {
        text += "No survivors.\n";
    }
    for (mutant, outcome) in survivors {
        let note = match outcome {
            _ if explained.contains(&mutant.name()) => " (explained)",
            Outcome::NotReached => " (no test reaches it)",
            _ => "",
        };
        text += &format!("- {}{note}\n", mutant.place());
    }
    // Two changes within a function may have one name: it is wrongly explained only if both are caught.
    let survivors = judged.iter().filter(|(_, outcome)| !outcome.is_caught());
    let survivors: BTreeSet<_> = survivors.map(|(mutant, _)| mutant.name()).collect();
    for (mutant, _) in judged.iter().filter(|(_, outcome)| outcome.is_caught()) {
        if explained.contains(&mutant.name()) && !survivors.contains(&mutant.name()) {
            faults.push(format!(
                "explained as a survivor, but caught: {}",
                mutant.name()
            ));
        }
    }
    Report { text, faults }
}

/// The names of the survivors that `docs` explain: the code at the beginning of each item below the heading.
pub fn explained(docs: &str) -> BTreeSet<String> {
    let below = docs.split_once(HEADING).map_or("", |(_, below)| below);
    let section = below.split("\n#").next().unwrap_or_default();
    let items = section.lines().filter_map(|line| line.strip_prefix("- ``"));
    let names = items.filter_map(|item| item.split_once("``"));
    names.map(|(name, _)| name.trim().to_owned()).collect()
}

/// Where the docs explain survivors.
pub const HEADING: &str = "\n### Mutants that may survive\n";

#[cfg(test)]
mod tests {
    use super::*;

    fn mutant(number: u32, kind: Kind, file: &str) -> Mutant {
        Mutant {
            number,
            kind,
            file: file.to_owned(),
            line: 7,
            within: "f".to_owned(),
            change: format!("without `{number}`"),
        }
    }

    fn caught() -> Outcome {
        Outcome::Caught("stake native::test".to_owned())
    }

    #[test]
    fn a_check_that_nobody_needs_is_a_fault_unless_it_is_explained() {
        let judged = [
            (mutant(1, Kind::Require, "pda.rs"), caught()),
            (mutant(2, Kind::Require, "pda.rs"), Outcome::Survived),
        ];
        let report_1 = report(&judged, &BTreeSet::new());
        assert_eq!(report_1.faults.len(), 1, "{:?}", report_1.faults);
        assert!(
            report_1
                .text
                .contains("| a `require!` deleted | 2 | 1 (50 %) | 1 |")
        );
        assert!(
            report_1
                .text
                .contains("- 2 programs/gradual-consensus/src/pda.rs:7 f: without `2`\n")
        );

        let docs =
            format!("x\n{HEADING}\n- `` pda.rs f: without `2` ``: why\n\n## Next\n- ``a``: b");
        let names = explained(&docs);
        assert_eq!(names.len(), 1);
        assert!(report(&judged, &names).faults.is_empty());
        let now_caught = [(mutant(2, Kind::Require, "pda.rs"), caught())];
        assert_eq!(report(&now_caught, &names).faults.len(), 1);
    }

    #[test]
    fn most_of_the_rules_and_handlers_must_be_caught() {
        let judged = |file: &str, survivors: u32| -> Vec<_> {
            let outcome = |number| {
                if number < survivors {
                    Outcome::NotReached
                } else {
                    caught()
                }
            };
            (0..20)
                .map(|number| (mutant(number, Kind::Code, file), outcome(number)))
                .collect()
        };
        let faults = |file, survivors| report(&judged(file, survivors), &BTreeSet::new()).faults;
        assert!(faults("rules/money.rs", 1).is_empty());
        assert_eq!(faults("rules/money.rs", 2).len(), 1);
        assert!(faults("state/task.rs", 2).is_empty());
        assert_eq!(faults("state/task.rs", 3).len(), 1);
    }
}
