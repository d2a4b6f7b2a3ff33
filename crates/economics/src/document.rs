//! `docs/economics.md`: written from the tables, and compared with them.

use crate::{
    scene::{BOUNTY, CYCLES, MINIMUM, SMALL, TOTAL},
    strategies::{Row, rows},
    table::{self, AWAKE_SHARES, At, Cell, SHARES, TURNOUTS, fill},
};
use anyhow::{Context, Result, ensure};
use gradual_consensus_testkit::vm::root;
use std::{collections::BTreeMap, fmt::Write, fs, time::Instant};

/// The document, from the workspace's root.
const DOCUMENT: &str = "docs/economics.md";
/// Before each table: the per cent of the honest stake that is online in it.
const TURNOUT: &str = "<!-- turnout ";
/// After the name of a row that may pay, by a rule that the protocol has.
const KNOWN: &str = " \\*";

/// What the tables hold.
pub type Cells = BTreeMap<At, Cell>;

/// Plays all games, and writes the document.
///
/// # Errors
/// Where cheating pays that no rule of the protocol explains, or the document cannot be written.
pub fn write() -> Result<()> {
    let begun = Instant::now();
    let mut cells = Cells::new();
    for turnout in TURNOUTS {
        cells.extend(fill(&table::cells(turnout)));
        let seconds = begun.elapsed().as_secs();
        println!("{} cells played in {seconds} s", cells.len());
    }
    let file = root().join(DOCUMENT);
    fs::write(&file, render(&cells)).with_context(|| file.display().to_string())?;
    let rows = rows();
    let paying = cells.iter().filter(|(at, cell)| {
        cell.profit > 0 && at.turnout == TURNOUTS[0] && rows[at.row].known.is_none()
    });
    let paying: Vec<String> = paying.map(|(at, cell)| told(&rows, at, cell)).collect();
    ensure!(
        paying.is_empty(),
        "cheating pays, and no rule of the protocol says so:\n{}",
        paying.join("\n")
    );
    Ok(())
}

/// Plays a part of the games.
///
/// # Errors
/// Where a cell is above 0 that is not in the committed document, or the document has other rows.
pub fn check() -> Result<()> {
    let file = root().join(DOCUMENT);
    let committed = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let committed = parse(&committed)?;
    let part = table::part();
    let rows = rows();
    let mut grown = vec![];
    for (at, cell) in fill(&part) {
        let name = rows[at.row].name;
        let was = committed.get(&(at.turnout, name.to_owned(), at.share));
        let was = was.with_context(|| {
            format!("{DOCUMENT} does not tell of \"{name}\": run cargo xtask economics")
        })?;
        if *was <= 0 && cell.profit > 0 {
            grown.push(told(&rows, &at, &cell));
        }
    }
    ensure!(
        grown.is_empty(),
        "cheating pays that did not pay when {DOCUMENT} was written:\n{}",
        grown.join("\n")
    );
    println!("{} of the games: none pays that did not", part.len());
    Ok(())
}

fn told(rows: &[Row], at: &At, cell: &Cell) -> String {
    let (name, profit) = (rows[at.row].name, per_cent(cell.profit));
    let At { share, turnout, .. } = at;
    format!(
        "{name}: {profit} % of the bounty at {share} % of the stake, {turnout} % of the honest stake online"
    )
}

/// Thousandths as per cents.
fn per_cent(thousandths: i64) -> String {
    let sign = if thousandths < 0 { "-" } else { "" };
    let size = thousandths.unsigned_abs();
    format!("{sign}{}.{}", size / 10, size % 10)
}

/// The document of `cells`.
pub fn render(cells: &Cells) -> String {
    let mut text = head();
    for turnout in TURNOUTS {
        if turnout == TURNOUTS[1] {
            text.push_str(AWAKE);
        }
        table_of(cells, turnout, &mut text);
    }
    text
}

fn table_of(cells: &Cells, turnout: u64, text: &mut String) {
    let shares = if turnout == TURNOUTS[0] {
        &SHARES[..]
    } else {
        let _ = write!(text, "\n### {turnout} % of the honest stake online\n");
        &AWAKE_SHARES[..]
    };
    let columns: String = shares.iter().map(|share| format!(" {share} % |")).collect();
    let rule = "---:|".repeat(shares.len());
    let _ = write!(
        text,
        "\n{TURNOUT}{turnout} -->\n| strategy |{columns}\n|---|{rule}\n"
    );
    let rows = rows();
    for (row, it) in rows.iter().enumerate() {
        let line = shares.iter().filter_map(|&share| {
            let at = At {
                turnout,
                row,
                share,
            };
            cells.get(&at).map(shown)
        });
        let line: String = line.collect();
        if !line.is_empty() {
            let mark = it.known.map_or("", |_| KNOWN);
            let _ = writeln!(text, "| {}{mark} |{line}", it.name);
        }
    }
    if turnout == TURNOUTS[0] {
        exceptions(cells, &rows, text);
    }
}

fn shown(cell: &Cell) -> String {
    let (profit, honest) = (per_cent(cell.profit), per_cent(cell.honest));
    if cell.profit > 0 {
        format!(" **+{profit}** / {honest} |")
    } else {
        format!(" {profit} / {honest} |")
    }
}

/// The rows of the first table that have a cell above 0, and why.
fn exceptions(cells: &Cells, rows: &[Row], text: &mut String) {
    text.push_str("\n### Cells above 0\n\n");
    for (row, it) in rows.iter().enumerate() {
        let paying = SHARES.iter().filter(|&&share| {
            let turnout = TURNOUTS[0];
            let cell = cells.get(&At {
                turnout,
                row,
                share,
            });
            cell.is_some_and(|cell| cell.profit > 0)
        });
        let paying: Vec<String> = paying.map(|share| format!("{share} %")).collect();
        if !paying.is_empty() {
            let why = it.known.unwrap_or("**no rule explains it**");
            let _ = writeln!(text, "- *{}* (at {}): {why}.", it.name, paying.join(", "));
        }
    }
}

/// The profit of each cell of a document, by turnout, row and share.
fn parse(document: &str) -> Result<BTreeMap<(u64, String, u64), i64>> {
    let mut cells = BTreeMap::new();
    let (mut turnout, mut shares) = (0, vec![]);
    for line in document.lines() {
        if let Some(marked) = line.strip_prefix(TURNOUT) {
            turnout = marked.trim_end_matches(" -->").parse()?;
            shares.clear();
        }
        let columns: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [name, values @ ..] = &columns[..] else {
            continue;
        };
        if values.is_empty() || turnout == 0 || name.starts_with("---") {
            continue;
        }
        if *name == "strategy" {
            let numbers = values
                .iter()
                .map(|share| share.trim_end_matches(" %").parse());
            shares = numbers.collect::<Result<Vec<u64>, _>>()?;
            continue;
        }
        let name = name.trim_end_matches(KNOWN);
        for (share, value) in shares.iter().zip(values) {
            let profit = value.split(" / ").next().unwrap_or_default();
            let digits = profit.replace(['*', '+', '.'], "");
            let profit = digits
                .parse()
                .with_context(|| format!("\"{value}\" of {name}"))?;
            cells.insert((turnout, name.to_owned(), *share), profit);
        }
    }
    Ok(cells)
}

fn head() -> String {
    format!(
        "# What cheating pays

`cargo xtask economics` writes this file: it plays every strategy below on the sBPF binary, against nodes that keep
the protocol, and compares what the attacker and the honest nodes then own with what they own after the same game in
which all are honest. `cargo xtask economics --check` plays a part of it and fails where cheating pays that did not.

Each cell shows two numbers, in **per cent of a cycle's bounty, each cycle**: the attacker's profit relative to honest
play / what the honest node wins that wins least (less than 0 is its loss). Cells in which cheating pays are bold. A row with
\\* may pay by a rule that the protocol has; *Cells above 0* says which. All games are the same in every run.

## Assumptions

- The terms are the command's defaults: votes by stake, quorum 33 %, slash 70 %, false challenge 20 %, of each slash
  30 % to the winner, 30 % to the voters in the right, 40 % to the bounty; three failed lists; equal shares, unless the
  row says otherwise. Rounds of 100 slots with windows of 40: the lengths decide nothing here.
- A bounty of {BOUNTY} base units a cycle, a minimum stake of {MINIMUM}, and {TOTAL} staked in all: the bounty is one
  minimum stake, under the limit of which `gradual task create` warns ((F+1) * slash/2 * minimum stake = 1.4 of it).
- The honest stake is six equal nodes'. The attacker has {SMALL} nodes of the minimum, which it risks in turn, and one
  with the rest; 31 equal ones (10 at 1 %) in the rows of *every node*, *many nodes* and *the limits of challenges*.
  Where each node has one vote there are 100 nodes, all of the minimum.
- {CYCLES} overlapping cycles are worked and attacked, and played until all is paid. Slashed nodes are not replaced.
- The attacker moves first or last in each window, whichever is better for it: its lists before the honest ones, its
  challenges before all others' or in the last slot, its votes after all others'.
- Honest nodes are online, find out every wrong submission and list, challenge it, and vote the truth on everything;
  they propose right lists, and resume when they are parked, within the round.
- A node's work costs it all that it is paid for it, so that a garbage submission that stands wins a whole share. To a
  manager the work is worth what it costs; what is left in the bounty is the manager's.
- Transaction fees and rent are left out, and what an attack is worth outside the task.

## Everybody online
"
    )
}

const AWAKE: &str = "
## Honest nodes that are not online

A part of the honest stake neither works nor votes, and is not parked yet; it counts in every electorate. Nobody below
half of all stake slashes anybody here either, but whoever is more than the honest nodes that are awake passes lists and
fells submissions. Where half of all stake or less is awake and honest, garbage costs its author no stake; where that
is less than the quorum, or than what defends the garbage, it is paid: [known gaps](security.md#known-gaps). The rows with
many nodes are left out: what holds of stake holds of nodes.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_read_as_it_was_written() {
        let rows = rows();
        let cell = |at: &At| Cell {
            profit: i64::try_from(at.share).unwrap_or_default() - 20,
            honest: -3,
        };
        let cells = TURNOUTS.iter().flat_map(|&turnout| table::cells(turnout));
        let cells: Cells = cells.map(|at| (at, cell(&at))).collect();
        let read = parse(&render(&cells)).expect("a document");
        assert_eq!(read.len(), cells.len());
        for (at, cell) in &cells {
            let name = rows[at.row].name.to_owned();
            assert_eq!(read[&(at.turnout, name, at.share)], cell.profit);
        }
    }
}
