//! The lanes, a column for each stretch of slots.

use crate::{
    chart::{Shape, Span as Rounds},
    view::{ABSENT, Kind, Lane, TaskFacts},
};
use ratatui::{
    Frame,
    layout::Rect,
    style::{Color, Modifier, Style, Stylize},
    text::{Line, Span},
};

/// Columns of a lane's name and stage.
const NAMES: u16 = 24;

/// Rows that the lanes take: rounds, lanes, the present, and what the letters mean.
pub(super) fn height(facts: &TaskFacts) -> usize {
    facts.lanes.len().saturating_add(3)
}

/// How a part of a lane is coloured. Its letter says the same.
fn style(kind: Kind) -> Style {
    let on = |colour, letter| Style::new().bg(colour).fg(letter);
    match kind {
        Kind::Work => Style::new(),
        Kind::Submit => on(Color::Cyan, Color::Black),
        Kind::Challenge => on(Color::Red, Color::White),
        Kind::Vote => on(Color::Yellow, Color::Black),
        Kind::List => on(Color::Blue, Color::White),
        Kind::Payout => on(Color::Green, Color::Black),
    }
}

/// Slots in columns.
struct Scale {
    from: u64,
    to: u64,
    width: u16,
}

impl Scale {
    /// The column of `slot`, if it is in the picture.
    fn column(&self, slot: u64) -> Option<u16> {
        let slots = u128::from(self.to.checked_sub(self.from)?);
        let into = u128::from(slot.checked_sub(self.from)?);
        let column = into
            .checked_mul(self.width.into())?
            .checked_div(slots)
            .and_then(|column| u16::try_from(column).ok())?;
        (column < self.width).then_some(column)
    }
}

/// Draws the lanes of `facts`, one a row.
pub(super) fn draw(frame: &mut Frame, area: Rect, facts: &TaskFacts) {
    let (schedule, now) = (facts.schedule(), facts.head.now.slot);
    let rounds = Rounds::around(schedule, now, Shape::WIDE);
    let end = rounds.first.saturating_add(rounds.rounds);
    let scale = Scale {
        from: schedule.boundary(rounds.first).unwrap_or_default(),
        to: schedule.boundary(end).unwrap_or(u64::MAX),
        width: area.width.saturating_sub(NAMES),
    };
    let begins = (rounds.first..end).filter_map(|round| {
        let slot = schedule.boundary(round)?;
        Some((round, scale.column(slot)?))
    });
    let present = scale.column(now);
    let mut lines = vec![ruler(begins, u64::from(scale.width) / rounds.rounds.max(1))];
    lines.extend(facts.lanes.iter().map(|lane| row(lane, &scale, now)));
    lines.push(marker(&scale, present, now));
    lines.push(legend());
    for (row, line) in area.rows().zip(lines) {
        frame.render_widget(line, row);
    }
}

/// The rounds, each at the column where it begins, with `room` columns.
fn ruler(begins: impl Iterator<Item = (u64, u16)>, room: u64) -> Line<'static> {
    let mut text = String::new();
    for (round, column) in begins {
        let column = usize::from(NAMES.saturating_add(column));
        let name = format!("|round {round}");
        let fits = name.len() as u64 <= room;
        let name = if fits { name } else { format!("|{round}") };
        text = format!("{text:<column$.column$}{name}");
    }
    Line::raw(text).dim()
}

fn row(lane: &Lane, scale: &Scale, now: u64) -> Line<'static> {
    let name = format!("cycle {} {}", lane.cycle, lane.stage);
    let names = usize::from(NAMES);
    let cut = names.saturating_sub(1);
    let mut spans = vec![Span::raw(format!("{name:<names$.cut$}"))];
    let columns = lane.columns((scale.from, scale.to), scale.width);
    let present = scale.column(now);
    for (column, first) in (0..).zip(columns) {
        // A column has several slots, and shows the first of them; the present one shows the present slot.
        let kind = if present == Some(column) {
            lane.at(now).and_then(|(kind, ..)| kind)
        } else {
            first
        };
        let mut style = kind.map(style).unwrap_or_default();
        if lane.stage == ABSENT {
            style = style.add_modifier(Modifier::DIM);
        }
        if present == Some(column) {
            style = style.add_modifier(Modifier::REVERSED);
        }
        spans.push(Span::styled(kind.map_or(" ", Kind::letter), style));
    }
    Line::from(spans)
}

/// Points at the present slot.
fn marker(scale: &Scale, present: Option<u16>, now: u64) -> Line<'static> {
    let Some(column) = present else {
        return Line::default();
    };
    let says = format!("now: slot {now}");
    let room = usize::from(scale.width.saturating_sub(column));
    let before = usize::from(NAMES.saturating_add(column));
    // To the left of the arrow where there is no room to its right.
    let text = if says.len().saturating_add(2) <= room {
        format!("{:before$}▲ {says}", "")
    } else {
        format!("{says:>width$} ▲", width = before.saturating_sub(1))
    };
    Line::raw(text).bold()
}

fn legend() -> Line<'static> {
    let mut spans = Vec::new();
    for kind in Kind::ALL {
        spans.push(Span::styled(kind.letter(), style(kind)));
        spans.push(Span::raw(format!(" {}   ", kind.name())));
    }
    Line::from(spans)
}
