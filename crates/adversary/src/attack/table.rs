//! The table of attacks in `docs/security.md`: how many by class and instruction, and why where none.

use super::{
    all,
    classes::CLASSES,
    fixture::{Fixture, Role},
    fixtures, idl,
    scene::Stage,
};
use crate::vm::root;
use anyhow::{Context, Result, ensure};
use gradual_consensus_client::compute::INSTRUCTIONS;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
};

/// The document, from the workspace's root.
const DOCUMENT: &str = "docs/security.md";
const BEGIN: &str = "<!-- attacks: written by cargo xtask attacks -->\n";
const END: &str = "<!-- end of attacks -->\n";

/// Why there is nothing to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    /// Nobody has to sign.
    Anyone,
    /// The account names no task, or the instruction creates its task.
    NoTask,
    /// It creates nothing.
    CreatesNothing,
    /// It calls no other program.
    CallsNothing,
    /// No two of its accounts are of the same kind.
    NoTwins,
    /// It closes nothing.
    ClosesNothing,
    /// It is told no sysvar.
    NoSysvar,
    /// It moves no tokens.
    NoTokens,
    /// It has no pot.
    NoPot,
    /// It has no window.
    NoWindow,
    /// It is told no cycle, or the cycle is the account's.
    NoCycle,
    /// The class is about other instructions.
    Elsewhere,
    /// Nothing of the program's exists before it.
    NoState,
}

impl Why {
    const fn letter(self) -> char {
        match self {
            Self::Anyone => 'a',
            Self::NoTask => 'b',
            Self::CreatesNothing => 'c',
            Self::CallsNothing => 'd',
            Self::NoTwins => 'e',
            Self::ClosesNothing => 'f',
            Self::NoSysvar => 'g',
            Self::NoTokens => 'h',
            Self::NoPot => 'i',
            Self::NoWindow => 'j',
            Self::NoCycle => 'k',
            Self::Elsewhere => '.',
            Self::NoState => 'l',
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Anyone => "anyone may send it: nobody in particular signs",
            Self::NoTask => "it is told no task that another could be passed for",
            Self::CreatesNothing => "it creates no account at a derived address",
            Self::CallsNothing => "it calls no other program",
            Self::NoTwins => "no two of its accounts are of one kind: another kind is class 5",
            Self::ClosesNothing => "it closes no account",
            Self::NoSysvar => {
                "it reads the clock and the rent by system call: there is nothing to fake"
            }
            Self::NoTokens => "it moves no tokens, and is told no mint",
            Self::NoPot => "no account of it is under the task's authority",
            Self::NoWindow => "it may be sent in any slot",
            Self::NoCycle => "it names no cycle and no attempt: those are in the account",
            Self::Elsewhere => "the class is about what other instructions do",
            Self::NoState => "no account of the program exists before it",
        }
    }
}

/// Why no attack of `class` is tried on `instruction`; `None` where there is no reason not to.
fn why(class: u8, instruction: &str) -> Option<Why> {
    let signature = idl::signature(instruction);
    let fixtures = || {
        let all = fixtures::all().iter();
        all.filter(|one| one.instruction == instruction)
    };
    let has = |role: Role| fixtures().any(|one| one.has(role));
    let is_windowed = fixtures().any(|one: &Fixture| !one.edges.is_empty());
    let is_told_a_task = signature.has("task") || signature.has("cycle");
    let moves_tokens = has(Role::TokenProgram);
    let creates = has(Role::Created);
    match class {
        1 | 2 if !has(Role::Signer) => Some(Why::Anyone),
        3 if !is_told_a_task => Some(Why::NoTask),
        5 if !has(Role::State) => Some(Why::NoState),
        6 | 9 | 16 if !creates => Some(Why::CreatesNothing),
        7 if !creates && !moves_tokens => Some(Why::CallsNothing),
        8 => Some(Why::NoTwins),
        10 if !has(Role::Pot) => Some(Why::NoPot),
        11 | 12 if !has(Role::RentReceiver) => Some(Why::ClosesNothing),
        13 if !has(Role::Sysvar) => Some(Why::NoSysvar),
        18 if !is_windowed => Some(Why::NoWindow),
        19 => Some(Why::NoCycle),
        39 if !moves_tokens => Some(Why::NoTokens),
        43 if fixtures().all(|one| one.stage == Stage::Unconfigured) => Some(Why::Elsewhere),
        20 | 22..=38 | 40..=42 | 44 => Some(Why::Elsewhere),
        _ => None,
    }
}

/// The table, as it stands in the document.
///
/// # Errors
/// Where a class has no attack at all, or a cell has neither an attack nor a reason.
pub fn render() -> Result<String> {
    let mut counts: BTreeMap<(u8, &str), usize> = BTreeMap::new();
    for attack in all() {
        ensure!(
            INSTRUCTIONS.contains(&attack.instruction),
            "{} is on no instruction",
            attack.full_name()
        );
        *counts
            .entry((attack.class, attack.instruction))
            .or_default() += 1;
    }
    let total: usize = counts.values().sum();
    let mut text = format!("{total} attacks.\n\n| class |");
    for (number, _) in INSTRUCTIONS.iter().enumerate() {
        write!(text, " {} |", number + 1)?;
    }
    text.push_str(" all |\n|---|");
    text.push_str(&"--:|".repeat(INSTRUCTIONS.len() + 1));
    text.push('\n');
    let mut reasons = BTreeSet::new();
    for (class, name) in CLASSES {
        write!(text, "| {class} {name} |")?;
        let mut sum = 0;
        for instruction in INSTRUCTIONS {
            match counts.get(&(class, *instruction)) {
                Some(count) => {
                    sum += count;
                    write!(text, " {count} |")?;
                }
                None => {
                    let why = why(class, instruction).with_context(|| {
                        format!("no attack of class {class} {name} on {instruction}, and no reason")
                    })?;
                    reasons.insert(why);
                    write!(text, " {} |", why.letter())?;
                }
            }
        }
        ensure!(sum > 0, "no attack of class {class} {name}");
        writeln!(text, " {sum} |")?;
    }
    text.push_str("\nInstructions: ");
    let names: Vec<String> = INSTRUCTIONS
        .iter()
        .enumerate()
        .map(|(number, name)| format!("{} `{name}`", number + 1))
        .collect();
    text.push_str(&names.join(", "));
    text.push_str(".\n\nA letter says why there is nothing to try:\n\n");
    for why in reasons {
        writeln!(text, "- `{}`: {}.", why.letter(), why.text())?;
    }
    Ok(text)
}

/// Writes the table into the document, or checks that it is there.
///
/// # Errors
/// Where the document is not to be read or written, or `check` finds another table in it.
pub fn write(check: bool) -> Result<()> {
    let file = root().join(DOCUMENT);
    let document = fs::read_to_string(&file).context(DOCUMENT)?;
    let (head, rest) = document
        .split_once(BEGIN)
        .context("docs/security.md has no place for the table")?;
    let (_, tail) = rest
        .split_once(END)
        .context("docs/security.md has no end of the table")?;
    let fresh = format!("{head}{BEGIN}\n{}\n{END}{tail}", render()?);
    if check {
        ensure!(
            fresh == document,
            "the table in docs/security.md is not that of the attacks: run cargo xtask attacks"
        );
    } else {
        fs::write(&file, fresh).context(DOCUMENT)?;
    }
    Ok(())
}
