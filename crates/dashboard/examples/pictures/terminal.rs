//! The terminal's screen as SVG.

use anyhow::Result;
use gradual_consensus_dashboard::{
    desk::Desk,
    screen::{Scene, draw},
};
use maud::{Markup, html};
use ratatui::{
    Terminal,
    backend::TestBackend,
    buffer::Cell,
    style::{Color, Modifier},
};
use solana_sdk::pubkey::Pubkey;

/// Columns and rows of the terminal.
const SIZE: (u16, u16) = (100, 36);
/// Size of a cell, and the margin around all.
const CELL: (f64, f64) = (8.4, 18.0);
const MARGIN: f64 = 12.0;
const PAPER: &str = "#10151b";
const INK: &str = "#e9eef3";

/// What `gradual watch` shows of `task` and `node` as they are on `desk`.
pub fn picture(desk: &Desk, task: &Pubkey, node: &Pubkey) -> Result<String> {
    let scene = Scene::of(&desk.snapshot(), &desk.history(), task, Some(node))?;
    let mut terminal = Terminal::new(TestBackend::new(SIZE.0, SIZE.1))?;
    terminal.draw(|frame| draw(frame, &scene))?;
    let (columns, rows) = (f64::from(SIZE.0), f64::from(SIZE.1));
    let (width, height) = (
        columns * CELL.0 + 2.0 * MARGIN,
        rows * CELL.1 + 2.0 * MARGIN,
    );
    let cells = &terminal.backend().buffer().content;
    let lines = (0..).zip(cells.chunks(usize::from(SIZE.0)));
    let lines: Vec<Markup> = lines
        .map(|(row, line)| runs(row, line))
        .collect::<Result<_>>()?;
    let svg = html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (width) " " (height) } role="img"
            font-family="ui-monospace, 'DejaVu Sans Mono', monospace" font-size="14" {
            title { "gradual watch in a terminal" }
            rect width=(width) height=(height) rx="6" fill=(PAPER) {}
            @for line in lines { (line) }
        }
    };
    Ok(svg.into_string())
}

/// A line in runs of cells that look the same.
fn runs(row: u16, line: &[Cell]) -> Result<Markup> {
    let runs = line
        .chunk_by(|one, next| (one.fg, one.bg, one.modifier) == (next.fg, next.bg, next.modifier));
    let mut column = 0;
    let mut all = Vec::new();
    for run in runs {
        let columns = u16::try_from(run.len())?;
        all.push(drawn((row, column), columns, run));
        column += columns;
    }
    Ok(html! { @for one in all { (one) } })
}

/// One run of so many columns, which begins at a row and column.
fn drawn((row, column): (u16, u16), columns: u16, run: &[Cell]) -> Markup {
    let Some(first) = run.first() else {
        return html! {};
    };
    let text: String = run.iter().map(Cell::symbol).collect();
    let (mut ink, mut paper) = (colour(first.fg, INK), colour(first.bg, PAPER));
    if first.modifier.contains(Modifier::REVERSED) {
        (ink, paper) = (paper, ink);
    }
    let left = f64::from(column).mul_add(CELL.0, MARGIN);
    let top = f64::from(row).mul_add(CELL.1, MARGIN);
    let width = CELL.0 * f64::from(columns);
    let weight = first.modifier.contains(Modifier::BOLD).then_some("700");
    let opacity = first.modifier.contains(Modifier::DIM).then_some("0.6");
    let px = |length: f64| format!("{length:.1}");
    html! {
        @if paper != PAPER { rect x=(px(left)) y=(px(top)) width=(px(width)) height=(px(CELL.1)) fill=(paper) {} }
        @if !text.trim().is_empty() {
            text x=(px(left)) y=(px(top + 13.5)) textLength=(px(width)) xml:space="preserve" fill=(ink)
                font-weight=[weight] opacity=[opacity] { (text) }
        }
    }
}

/// A colour of the terminal as most of them show it.
const fn colour(colour: Color, otherwise: &'static str) -> &'static str {
    match colour {
        Color::Black => "#0b1016",
        Color::White => "#ffffff",
        Color::Red => "#d0483e",
        Color::Green => "#5fbf7d",
        Color::Yellow => "#f0b03f",
        Color::Blue => "#5a55c8",
        Color::Cyan => "#4fb3bb",
        _ => otherwise,
    }
}
