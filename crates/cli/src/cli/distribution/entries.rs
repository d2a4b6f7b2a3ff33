//! What a list is made of: read from a file, or recomputed from the cycle's submissions.

use crate::cli::{
    Failure,
    session::{FoundTask, Session},
};
use clap::Args as ClapArgs;
use gradual_consensus_node::{
    logic::equal_shares,
    runner::{BuiltList, CycleView, Values},
};
use solana_sdk::pubkey::Pubkey;
use std::{fs, path::PathBuf};

/// What a list is made of.
#[derive(ClapArgs)]
pub(super) struct Entries {
    /// File with one line for each node: its address and its amount in base units, in the list's order
    /// [default: the bounty in equal shares among the valid submissions]
    #[arg(long, value_name = "PATH")]
    entries: Option<PathBuf>,
}

impl Entries {
    /// Whether no file is named.
    pub(super) const fn are_default(&self) -> bool {
        self.entries.is_none()
    }

    /// The list that divides `bounty`.
    pub(super) fn build(
        &self,
        session: &Session,
        task: &FoundTask,
        cycle: &CycleView,
        bounty: u64,
    ) -> Result<BuiltList, Failure> {
        let entries = match &self.entries {
            Some(path) => {
                let text = fs::read_to_string(path).map_err(|error| {
                    Failure::Usage(format!("cannot read {}: {error}", path.display()))
                })?;
                parse(&text)
                    .map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))?
            }
            None => equal(session, task, cycle, bounty)?,
        };
        BuiltList::new(&task.address, cycle.number(), entries)
            .ok_or_else(|| Failure::Usage("the list is empty: there is nothing to propose".into()))
    }
}

/// The default list: equal shares. It can be computed while every submission of the cycle is on the
/// ledger.
fn equal(
    session: &Session,
    task: &FoundTask,
    cycle: &CycleView,
    bounty: u64,
) -> Result<Vec<(Pubkey, u64)>, Failure> {
    let closed = || {
        Failure::Usage(format!(
            "submissions of cycle {} are closed, and its list cannot be recomputed: give --entries",
            cycle.number()
        ))
    };
    if !cycle.has_all_submissions() {
        return Err(closed());
    }
    let proofs = cycle.read_proofs(&session.ledger, &mut Values::default(), &task.data)?;
    let (proofs, verdicts) = proofs.ok_or_else(closed)?;
    Ok(equal_shares(bounty, &proofs, &verdicts))
}

/// One entry a line: address and amount, separated by blanks or a comma; `#` begins a comment.
fn parse(text: &str) -> Result<Vec<(Pubkey, u64)>, String> {
    let mut entries = Vec::new();
    for (number, line) in (1u32..).zip(text.lines()) {
        let line = line.split('#').next().unwrap_or_default();
        let mut fields = line
            .split(|separator: char| separator == ',' || separator.is_whitespace())
            .filter(|field| !field.is_empty());
        let entry = match (fields.next(), fields.next(), fields.next()) {
            (None, ..) => continue,
            (Some(node), Some(amount), None) => node.parse().ok().zip(amount.parse().ok()),
            _ => None,
        };
        entries.push(entry.ok_or_else(|| {
            format!("line {number} is no entry: write an address and an amount in base units")
        })?);
    }
    Ok(entries)
}

/// The cycle `number` of `task`.
///
/// # Errors
/// Bad input: it has no account. Or the ledger's.
pub(super) fn cycle_of(
    session: &Session,
    task: &FoundTask,
    number: u64,
) -> Result<CycleView, Failure> {
    CycleView::find(&session.ledger, &task.address, number)?.ok_or_else(|| {
        Failure::Usage(format!(
            "cycle {number} of task {} has no account: nobody opened it, or it is closed",
            task.address
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_an_address_and_an_amount_a_line() {
        let [a, b] = [Pubkey::new_unique(), Pubkey::new_unique()];
        let text = format!("# who, what\n{a}, 12\n\n  {b}\t7 # the rest\n");
        assert_eq!(parse(&text), Ok(vec![(a, 12), (b, 7)]));
        for bad in [
            format!("{a}"),
            format!("{a} 1 2"),
            "x 1".into(),
            format!("{a} -1"),
        ] {
            assert!(
                parse(&format!("\n{bad}")).unwrap_err().contains("line 2"),
                "{bad}"
            );
        }
    }
}
