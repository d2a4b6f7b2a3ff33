//! The document, and the rules that its figures must keep.

use crate::{
    case::{self, Case},
    growth,
    sample::{SEARCH_UNITS, Sample, Samples, Spread},
    sections::{self, Sections},
    stack::FRAME,
};
use anyhow::{Context, Result};
use gradual_consensus_client::text::grouped;
use std::fmt::Write;

/// Growth from the smallest cycle to a larger one that is still accepted, in hundredths of a percent.
const MOST_GROWTH: u64 = 200;

/// Cases that were brought nearer to the least they can take: the base that each had before, and that least as it was
/// once measured, in CU.
const FLOORS: [(Case, u64, u64); 5] = [
    (Case::Submit, 6_399, 3_760),
    (Case::Vote, 6_065, 3_764),
    (Case::Payout100k, 6_140, 2_754),
    (Case::Withdraw, 5_791, 2_788),
    (Case::Claim, 5_168, 2_784),
];

/// The heading above the table of instructions.
pub const TABLE: &str = "## Every instruction";

/// The line that says what built the binary begins so.
pub const TOOLCHAIN: &str = "| built by | ";

/// All that was measured.
pub struct Measured {
    /// What built the binary.
    pub toolchain: String,
    /// Bytes of the binary.
    pub size: usize,
    /// Its sha256, in hex.
    pub hash: String,
    /// Most bytes that a function uses of its stack frame.
    pub largest_frame: u64,
    /// Every case.
    pub samples: Samples,
    /// The cases of [`growth::CASES`] by submissions in the cycle.
    pub growth: Vec<(u32, Samples)>,
    /// Where the units of [`sections::CASES`] go.
    pub sections: Vec<(Case, Sections)>,
}

/// One line of the table of instructions.
struct Line {
    units: Spread,
    attempts: Spread,
    base: Spread,
}

impl Line {
    fn of(samples: &Samples, case: Case) -> Result<Self> {
        let all = samples
            .get(&case)
            .with_context(|| format!("{case:?} was not measured"))?;
        let spread = |figure: fn(&Sample) -> u64| Spread::of(all.iter().map(figure));
        Ok(Self {
            units: spread(|sample| sample.units),
            attempts: spread(|sample| sample.attempts),
            base: spread(Sample::base),
        })
    }
}

impl Measured {
    fn base(&self, case: Case) -> Result<u64> {
        Ok(Line::of(&self.samples, case)?.base.median)
    }

    /// Base figures of `case` by submissions in the cycle.
    fn grown(&self, case: Case) -> Result<Vec<u64>> {
        self.growth
            .iter()
            .map(|(_, samples)| Ok(Line::of(samples, case)?.base.median))
            .collect()
    }

    /// What must not be, each in one line.
    ///
    /// # Errors
    /// Where a case was not measured.
    pub fn faults(&self) -> Result<Vec<String>> {
        let (missing, unknown) = case::gaps();
        let mut faults: Vec<String> = Vec::new();
        faults.extend(
            missing
                .iter()
                .map(|name| format!("nothing measures `{name}`")),
        );
        faults.extend(
            unknown
                .iter()
                .map(|name| format!("the program has no instruction `{name}`")),
        );
        for &case in Case::ALL {
            let (row, line) = (case.row(), Line::of(&self.samples, case)?);
            if row.budget > 0 && line.base.median > row.budget {
                faults.push(format!(
                    "{} takes {} CU without bump searches, and its budget is {}",
                    case.title(),
                    line.base.median,
                    row.budget
                ));
            }
            if line.base.max.abs_diff(line.base.min) >= SEARCH_UNITS {
                faults.push(format!(
                    "{}: its bump searches are not counted right",
                    case.title()
                ));
            }
        }
        for case in growth::CASES {
            let grown = self.grown(case)?;
            let first = grown.first().copied().unwrap_or_default();
            let most = grown.iter().copied().max().unwrap_or_default();
            if case != Case::Payout100k && basis_points(first, most) >= MOST_GROWTH {
                faults.push(format!(
                    "{} takes {most} CU in a large cycle, {first} in a small one",
                    case.title()
                ));
            }
        }
        Ok(faults)
    }

    /// The document.
    ///
    /// # Errors
    /// Where a case was not measured.
    pub fn render(&self) -> Result<String> {
        let mut text = String::new();
        self.head(&mut text)?;
        self.table(&mut text)?;
        self.growth(&mut text)?;
        self.sections(&mut text)?;
        text.push_str(&self.costs()?);
        self.floors(&mut text)?;
        Ok(text)
    }

    fn head(&self, text: &mut String) -> Result<()> {
        let played = self.samples.iter();
        let played = played.filter(|(case, _)| !growth::PAYOUTS.contains(&Some(**case)));
        let written = self.growth.iter().flat_map(|(_, samples)| samples);
        let transactions: usize = played
            .chain(written)
            .map(|(_, samples)| samples.len())
            .sum();
        writeln!(
            text,
            "\
# Compute units

What each instruction costs. `cargo xtask cu` writes this file; `cargo xtask cu --check` fails where a
fresh run differs from it, where a median grew by more than 2 % since the last commit and the file was
not renewed, and where a budget is exceeded.

Measured in {} transactions of one instruction each, on litesvm (agave's virtual machine with mainnet's
features, p-token as the token program), with the binary of the **upstream toolchain**
(`toolchain/README.md`). Platform-tools' binaries cost something else: compare figures of one toolchain
only. Keys, slots and amounts are fixed, so every run on one toolchain gives the same figures; on a newer
one the check asks only that no median grew and no budget is exceeded.

| the binary | |
| --- | --- |
{TOOLCHAIN}{} |
| size | {} bytes |
| sha256 | `{}` |
| deepest stack frame of any function | {} of {} bytes |
",
            thousands(transactions as u64),
            self.toolchain,
            thousands(self.size as u64),
            self.hash,
            thousands(self.largest_frame),
            thousands(FRAME),
        )?;
        Ok(())
    }

    fn table(&self, text: &mut String) -> Result<()> {
        writeln!(
            text,
            "\
{TABLE}

Nine cycles of 32 nodes, one of which fails, from `create_task` to the last account's closing; payouts
from lists of 1, 1,000 and 100,000 in cycles whose accounts were written, not played. *Creates* names the accounts that a
case creates; cases without one create none.

An address is found by a search whose length depends on the keys: {} CU an attempt. *Tries*
are the attempts of the cheapest and of the dearest transaction, *base* is the median with all attempts
taken off, and *budget* is what the base must not exceed.

| instruction | creates | min | median | max | tries | base | budget | headroom |
| --- | --- | ---: | ---: | ---: | :---: | ---: | ---: | ---: |",
            thousands(SEARCH_UNITS),
        )?;
        for &case in Case::ALL {
            let (row, line) = (case.row(), Line::of(&self.samples, case)?);
            let tries = match (line.attempts.min, line.attempts.max) {
                (0, 0) => String::new(),
                (min, max) if min == max => min.to_string(),
                (min, max) => format!("{min} to {max}"),
            };
            let (budget, headroom) = match row.budget {
                0 => (String::new(), String::new()),
                budget => {
                    let left = budget.saturating_sub(line.base.median);
                    let share = left.saturating_mul(100).checked_div(budget);
                    (
                        thousands(budget),
                        format!("{} %", share.unwrap_or_default()),
                    )
                }
            };
            writeln!(
                text,
                "| {} | {} | {} | {} | {} | {tries} | {} | {budget} | {headroom} |",
                case.title(),
                row.creates,
                thousands(line.units.min),
                thousands(line.units.median),
                thousands(line.units.max),
                thousands(line.base.median),
            )?;
        }
        writeln!(text)?;
        Ok(())
    }

    fn growth(&self, text: &mut String) -> Result<()> {
        let sizes = growth::SIZES.map(|size| thousands(size.into()));
        writeln!(
            text,
            "\
## Growth with the cycle

Base figures in a cycle with {}, {} and {} submissions, each of which exists as an account.
The transactions are simulated, so that each meets the same cycle. No instruction touches more accounts in
a larger cycle, and none may grow by 2 % or more; a `payout` carries a proof of one hash more for each
doubling of its list.

| instruction | {} | {} | {} | growth |
| --- | ---: | ---: | ---: | ---: |",
            sizes[0], sizes[1], sizes[2], sizes[0], sizes[1], sizes[2],
        )?;
        for case in growth::CASES {
            let grown = self.grown(case)?;
            let (first, last) = (
                grown.first().copied().unwrap_or_default(),
                grown.last().copied().unwrap_or_default(),
            );
            let title = match case {
                Case::Payout100k => "`payout` (proof of 4, 10 and 17 hashes)".to_owned(),
                _ => case.title(),
            };
            let figures: Vec<_> = grown.into_iter().map(thousands).collect();
            writeln!(
                text,
                "| {title} | {} | {} |",
                figures.join(" | "),
                percent(first, last)
            )?;
        }
        let single = self.base(Case::Payout1)?;
        let deep = self.base(Case::Payout100k)?;
        let level = deep.saturating_sub(single).checked_div(17);
        writeln!(
            text,
            "\nA level of a proof takes {} CU.\n",
            level.unwrap_or_default(),
        )?;
        Ok(())
    }

    fn sections(&self, text: &mut String) -> Result<()> {
        writeln!(
            text,
            "\
## Where the units go

From a build with the feature `bench`, which logs the units that are left at the end of each section; its
readings' own cost and the bump searches are taken off, so that a line adds up to the base of one
transaction. *Accounts* is all that happens before the handler: reading the input, and the checks that
the accounts' declarations imply. *Check* to *tell* are the handler's phases, *create* that part of
*apply* in which an account is created, *exit* what happens after the handler.

| instruction | {} |
| --- |{}",
            sections::NAMES.join(" | "),
            " ---: |".repeat(sections::NAMES.len()),
        )?;
        for (case, sections) in &self.sections {
            let cells: Vec<_> = sections
                .iter()
                .map(|units| units.map(|units| units.to_string()).unwrap_or_default())
                .collect();
            writeln!(text, "| {} | {} |", case.title(), cells.join(" | "))?;
        }
        writeln!(text)?;
        Ok(())
    }

    /// How near [`FLOORS`] came.
    fn floors(&self, text: &mut String) -> Result<()> {
        writeln!(
            text,
            "
## How near the floor

Base figures of the instructions that nodes send most, before and after the last savings above. The *floor* is the least
that the same work was found to take, measured once on an earlier release (of the vote and the claim it is reckoned from a
ratio of two decimals); *ratio* is what the instruction takes in floors.

| instruction | before | now | saved | floor | ratio |
| --- | ---: | ---: | ---: | ---: | ---: |"
        )?;
        for (case, before, floor) in FLOORS {
            let now = self.base(case)?;
            let hundredths = now.saturating_mul(100).checked_div(floor);
            let ratio = hundredths.unwrap_or_default();
            writeln!(
                text,
                "| {} | {} | {} | {} | {} | {}.{:02} |",
                case.title(),
                thousands(before),
                thousands(now),
                thousands(before.saturating_sub(now)),
                thousands(floor),
                ratio / 100,
                ratio % 100,
            )?;
        }
        Ok(())
    }

    /// What was done about the largest of them, with the least and the most that each takes.
    fn costs(&self) -> Result<String> {
        let mut text = include_str!("costs.md").to_owned();
        for (place, name) in sections::NAMES.iter().enumerate() {
            let figures = || {
                self.sections
                    .iter()
                    .filter_map(|(_, sections)| sections.get(place).copied().flatten())
            };
            let (least, most) = figures()
                .min()
                .zip(figures().max())
                .with_context(|| format!("nothing has the section {name}"))?;
            let range = if least == most {
                format!("{most} CU")
            } else {
                format!("{least} to {most} CU")
            };
            text = text.replace(&format!("{{{name}}}"), &range);
        }
        let proof = self
            .base(Case::Payout100k)?
            .saturating_sub(self.base(Case::Payout1)?);
        text = text.replace("{proof}", &format!("{proof} CU"));
        let transfers = self.samples.get(&Case::Claim).and_then(|all| all.first());
        let token = transfers.map_or(0, |sample| sample.by_token_program);
        Ok(text.replace("{token}", &token.to_string()))
    }
}

/// `number` with commas.
fn thousands(number: u64) -> String {
    grouped(&number.to_string())
}

/// Growth from `before` to `after` in hundredths of a percent; 0 where it shrank.
pub fn basis_points(before: u64, after: u64) -> u64 {
    after
        .saturating_sub(before)
        .saturating_mul(10_000)
        .checked_div(before)
        .unwrap_or_default()
}

/// Growth as a percentage with one decimal, rounded down.
fn percent(before: u64, after: u64) -> String {
    let tenths = basis_points(before, after) / 10;
    format!("{}.{} %", tenths / 10, tenths % 10)
}
