//! What is told in lines: a name, and what there is to say of it.

use crate::{
    page::{amount_text, audits_open, runway},
    view::{Stakes, TaskFacts},
};
use gradual_consensus_client::amount::Unit;
use ratatui::{
    style::Stylize,
    text::{Line, Span},
};

/// Columns of a line's name.
const NAME: usize = 7;

/// A name, and what there is to say of it.
pub(super) fn line(name: &str, text: String) -> Line<'static> {
    Line::from(vec![
        Span::raw(format!("{name:<NAME$} ")).bold(),
        Span::raw(text),
    ])
}

/// What may be done now, a cycle a line.
pub(super) fn present(facts: &TaskFacts) -> Vec<Line<'static>> {
    let rows = facts
        .present
        .iter()
        .zip(std::iter::once("now").chain(std::iter::repeat("")));
    rows.map(|(row, name)| {
        let audits = match row.open_audits {
            0 => String::new(),
            count => format!(", {}", audits_open(count)),
        };
        let (cycle, what, until) = (row.cycle, row.text(), row.until.slot);
        line(
            name,
            format!("cycle {cycle}: {what}, until slot {until}{audits}"),
        )
    })
    .collect()
}

/// The bounty and the stake.
pub(super) fn money(facts: &TaskFacts) -> Vec<Line<'static>> {
    let unit = facts.head.counted_in();
    let (bounty, stakes) = (&facts.bounty, &facts.stakes);
    let bare = |units: u64| unit.number(units);
    vec![
        line(
            "bounty",
            format!(
                "{} available: {}",
                amount_text(unit, bounty.available.0),
                runway(facts)
            ),
        ),
        line(
            "",
            format!(
                "{} set aside for open cycles, {} paid so far",
                bare(bounty.reserved.0),
                bare(bounty.paid.0)
            ),
        ),
        line(
            "stake",
            format!(
                "{} of {} nodes, {} vote in this round",
                amount_text(unit, stakes.total().0),
                facts.node_count,
                facts.voters
            ),
        ),
        line(
            "",
            format!("{}; {} locked", parts(unit, stakes), bare(stakes.locked.0)),
        ),
    ]
}

/// The parts of a stake.
pub(super) fn parts(unit: Unit, stakes: &Stakes) -> String {
    format!(
        "{} active, {} warming, {} parked",
        unit.number(stakes.active.0),
        unit.number(stakes.warming.0),
        unit.number(stakes.parked.0)
    )
}
