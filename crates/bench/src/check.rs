//! Whether the committed document is the one that a fresh run writes.

use crate::report::{TABLE, TOOLCHAIN, basis_points};
use anyhow::{Result, bail};
use gradual_consensus_client::compute::INSTRUCTIONS;
use std::{path::Path, process::Command};

/// Growth of a median since the last commit that is still let pass, in hundredths of a percent.
const MOST_GROWTH: u64 = 200;
/// The column of the medians, the case's name being the first.
const MEDIAN: usize = 3;

/// The document as of the last commit; `None` where there is none.
pub fn committed(root: &Path, path: &str) -> Option<String> {
    let output = Command::new("git")
        .current_dir(root)
        .args(["show", &format!("HEAD:{path}")])
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then_some(text)
}

/// Compares the document that is `present` and the one that was `committed` with a `fresh` one.
///
/// # Errors
/// In one line, what is wrong with it and what to do.
pub fn compare(present: &str, committed: Option<&str>, fresh: &str) -> Result<()> {
    let listed: Vec<&str> = medians(present)
        .filter_map(|(case, _)| case.split('`').nth(1))
        .collect();
    if let Some(name) = listed.iter().find(|name| !INSTRUCTIONS.contains(name)) {
        bail!("it lists `{name}`, which the program does not have: run cargo xtask cu");
    }
    if let Some(name) = INSTRUCTIONS.iter().find(|name| !listed.contains(name)) {
        bail!("it lacks `{name}`: run cargo xtask cu");
    }
    if present == fresh {
        return Ok(());
    }
    for (case, before) in committed.map(medians).into_iter().flatten() {
        let now = medians(fresh).find(|(other, _)| *other == case);
        if let Some((_, now)) = now.filter(|&(_, now)| basis_points(before, now) > MOST_GROWTH) {
            bail!(
                "the median of {case} grew from {before} to {now} CU, by more than 2 %: \
                 find out why, or commit what cargo xtask cu writes"
            );
        }
    }
    if built_by(present) != built_by(fresh) {
        println!("measured on another toolchain than the document: only growth was compared");
        return Ok(());
    }
    let line = present
        .lines()
        .zip(fresh.lines())
        .position(|(present, fresh)| present != fresh)
        .unwrap_or_else(|| present.lines().count().min(fresh.lines().count()));
    bail!(
        "it is stale: line {} should be {:?}: run cargo xtask cu",
        line.saturating_add(1),
        fresh.lines().nth(line).unwrap_or_default()
    )
}

/// The toolchain that a document speaks of.
fn built_by(document: &str) -> Option<&str> {
    document.lines().find(|line| line.starts_with(TOOLCHAIN))
}

/// The cases in the table of instructions, each with its median.
fn medians(document: &str) -> impl Iterator<Item = (&str, u64)> {
    let (_, rest) = document.split_once(TABLE).unwrap_or_default();
    rest.lines()
        .take_while(|line| !line.starts_with("## "))
        .filter(|line| line.starts_with("| `"))
        .filter_map(|line| {
            let mut cells = line.trim_start_matches('|').split('|').map(str::trim);
            let case = cells.next()?;
            let median = cells.nth(MEDIAN.saturating_sub(1))?.replace(',', "");
            Some((case, median.parse().ok()?))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A document in which the median of every instruction is `median`, but that of `odd` is 1,000.
    fn document(median: u64, odd: &str) -> String {
        let mut text = format!("intro\n{TABLE}\n\n| instruction | creates | min | median |\n");
        for name in INSTRUCTIONS {
            let median = if *name == odd { 1_000 } else { median };
            text.push_str(&format!("| `{name}`: some | x | 1 | {median} | 9 |\n"));
        }
        text + "\n## Next\n| `other` | | 5 | 5 |\n"
    }

    fn fault(present: &str, committed: Option<&str>, fresh: &str) -> String {
        compare(present, committed, fresh).unwrap_err().to_string()
    }

    #[test]
    fn a_fresh_document_passes_even_if_a_median_grew() {
        let fresh = document(2_000, "");
        compare(&fresh, Some(&document(1_000, "")), &fresh).unwrap();
    }

    #[test]
    fn a_median_that_grew_by_more_than_two_percent_is_named() {
        let old = document(1_000, "");
        let fault_of = |median| fault(&old, Some(&old), &document(median, "submit"));
        let first = INSTRUCTIONS.first().unwrap();
        let grew = format!("median of `{first}`: some grew from 1000 to 1021");
        assert!(fault_of(1_021).contains(&grew));
        assert!(fault_of(1_020).contains("stale: line 5 should be"));
        assert!(fault_of(900).contains("stale"));
    }

    #[test]
    fn another_toolchain_is_held_to_the_medians_only() {
        let on =
            |toolchain: &str, median| format!("{TOOLCHAIN}{toolchain} |\n{}", document(median, ""));
        let old = on("one", 1_000);
        compare(&old, Some(&old), &on("two", 1_020)).unwrap();
        assert!(fault(&old, Some(&old), &on("two", 1_021)).contains("grew"));
        assert!(fault(&old, Some(&old), &on("one", 1_020)).contains("stale"));
    }

    #[test]
    fn every_instruction_is_listed_and_no_other() {
        let fresh = document(1, "");
        let more = fresh.replace("`submit`", "`submit_work`");
        assert!(fault(&more, None, &fresh).contains("lists `submit_work`"));
        let fewer = fresh.replace("| `submit`", "| submit");
        assert!(fault(&fewer, None, &fresh).contains("lacks `submit`"));
    }
}
