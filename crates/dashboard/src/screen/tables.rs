//! The newest cycles and audits, as many as there is room for.

use crate::{
    page::short,
    view::{Address, AuditFacts, TaskFacts},
};
use ratatui::{
    Frame,
    layout::{Constraint, Rect},
    style::{Color, Style, Stylize},
    text::Line,
    widgets::{Cell, Row, Table},
};

/// Columns that an amount takes at most: 64 bits in decimals, with a point.
const MOST: u16 = 21;

/// Columns of a table, which need `least` together with their gaps; the last two, amounts, get what there is beside.
fn widths<const N: usize>(least: [u16; N], area: Rect) -> [u16; N] {
    let gaps = u16::try_from(N.saturating_sub(1)).unwrap_or(u16::MAX);
    let taken = least
        .iter()
        .fold(gaps, |sum, width| sum.saturating_add(*width));
    let each = area.width.saturating_sub(taken) / 2;
    let last = N.saturating_sub(2);
    let mut found = least;
    for width in found.iter_mut().skip(last) {
        *width = width.saturating_add(each).min(MOST);
    }
    found
}

/// A cell of a column of numbers that has `width` columns; where it is cut, points say so.
fn number(text: impl ToString, width: u16) -> Cell<'static> {
    let (mut text, width) = (text.to_string(), usize::from(width));
    if text.chars().count() > width {
        text = format!("{text:.kept$}…", kept = width.saturating_sub(1));
    }
    Cell::from(Line::raw(text).right_aligned())
}

/// Draws the newest cycles.
pub(super) fn cycles(frame: &mut Frame, area: Rect, facts: &TaskFacts) {
    let widths = widths([7, 13, 9, 7, 10, 14, 14], area);
    let [_, _, submitted, invalid, challenged, slashed, paid] = widths;
    let unit = facts.head.counted_in();
    let heads = Row::new([
        Cell::from("cycle"),
        Cell::from("stage"),
        number("submitted", submitted),
        number("invalid", invalid),
        number("challenged", challenged),
        number("slashed", slashed),
        number("paid", paid),
    ]);
    let rows = facts.cycles.iter().map(|row| {
        let found_invalid = row.invalid.map_or("·".into(), |count| count.to_string());
        Row::new([
            Cell::from(row.cycle.to_string()),
            Cell::from(row.stage),
            number(row.submissions, submitted),
            number(found_invalid, invalid),
            number(row.challenged, challenged),
            number(unit.number(row.slashed.0), slashed),
            number(unit.number(row.paid.0), paid),
        ])
    });
    let table = Table::new(rows, widths.map(Constraint::Length));
    frame.render_widget(table.header(heads.bold()), area);
}

/// Draws the newest audits: those that are open first.
pub(super) fn audits(frame: &mut Frame, area: Rect, facts: &TaskFacts) {
    if facts.audits.is_empty() {
        let none = "Nobody has challenged anything yet.";
        return frame.render_widget(Line::raw(none), area);
    }
    let widths = widths([7, 10, 9, 10, 20, 9, 9], area);
    let [.., against, standing] = widths;
    let (by_stake, unit) = (facts.terms.voting == "stake", facts.head.counted_in());
    let mut newest: Vec<&AuditFacts> = facts.audits.iter().collect();
    newest.sort_by_key(|audit| audit.outcome != "open");
    let node = |node: Option<Address>| node.map_or("unknown".into(), |node| short(&node.0));
    let heads = Row::new([
        Cell::from("cycle"),
        Cell::from("audit of"),
        Cell::from("author"),
        Cell::from("challenger"),
        Cell::from("outcome"),
        number("against", against),
        number("for", standing),
    ]);
    let rows = newest.into_iter().map(|audit| {
        let colour = match audit.outcome {
            "upheld" => Color::Red,
            "dismissed" => Color::Green,
            "open" => Color::Yellow,
            _ => Color::Reset,
        };
        let side = |side: u64, width| {
            let stake = by_stake.then(|| unit.number(side));
            number(stake.unwrap_or_else(|| side.to_string()), width)
        };
        Row::new([
            Cell::from(audit.cycle.to_string()),
            Cell::from(audit.kind),
            Cell::from(node(audit.author)),
            Cell::from(node(audit.challenger)),
            Cell::from(audit.outcome).style(Style::new().fg(colour)),
            side(audit.weight_invalid.0, against),
            side(audit.weight_for().0, standing),
        ])
    });
    let table = Table::new(rows, widths.map(Constraint::Length));
    frame.render_widget(table.header(heads.bold()), area);
}
