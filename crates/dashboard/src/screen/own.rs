//! The node whose state is shown.

use super::{
    Own,
    lines::{line, parts},
};
use crate::{
    page::short,
    view::{MovementRow, NodeFacts},
};
use gradual_consensus_client::amount::Unit;
use ratatui::text::Line;

/// What there is to say of it.
pub(super) fn lines(own: &Own) -> Vec<Line<'static>> {
    match own {
        Own::Nobody => Vec::new(),
        Own::Unstaked(node) => vec![line(
            "node",
            format!("{} has no stake in this task", short(&node.0)),
        )],
        Own::Node(facts) => node(facts),
    }
}

fn node(facts: &NodeFacts) -> Vec<Line<'static>> {
    let (row, unit) = (&facts.node, facts.head.counted_in());
    let bare = |units: u64| unit.number(units);
    let votes = if facts.votes {
        "votes in this round"
    } else {
        "DOES NOT VOTE in this round"
    };
    let held = match facts.locked_until {
        Some(until) => format!("; locked until slot {}", until.slot),
        None if row.open_audits > 0 => "; an open audit holds it".into(),
        None => String::new(),
    };
    let last = facts
        .movements
        .first()
        .map_or(String::new(), |last| moved(unit, last));
    vec![
        line(
            "node",
            format!(
                "{} {votes}; open audits {}, open accounts {}",
                short(&row.node.0),
                row.open_audits,
                row.open_accounts
            ),
        ),
        line(
            "",
            format!(
                "{} staked: {}{held}",
                bare(row.stake.total().0),
                parts(unit, &row.stake)
            ),
        ),
        line(
            "",
            format!(
                "{} earned, {} to claim, {} slashed{last}",
                bare(row.earned.0),
                bare(row.available.0),
                bare(row.slashed.0)
            ),
        ),
    ]
}

fn moved(unit: Unit, last: &MovementRow) -> String {
    let sign = match last.sign {
        1 => "+",
        -1 => "-",
        _ => "",
    };
    let (what, amount, slot) = (last.what, unit.number(last.amount.0), last.at.slot);
    format!("; last {sign}{amount} {what}, slot {slot}")
}
