//! One task on the screen of a terminal: the facts of its page, in as many rows and columns as there are. Pure.

mod lanes;
mod lines;
mod own;
mod tables;

use crate::{
    clock::Moment,
    history::{History, HistoryError},
    page::{audits_open, clock_time, short},
    snapshot::Snapshot,
    view::{Address, NodeFacts, TaskFacts, clean},
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::{Color, Style, Stylize},
    text::{Line, Span},
    widgets::{Paragraph, Wrap},
};
use solana_sdk::pubkey::Pubkey;

/// Columns and rows without which there is no room for a task.
const LEAST: (u16, u16) = (80, 24);
/// From so many rows on, parts are set apart, and what may be done now is told in words.
const ROOMY: u16 = 36;
/// How the screen is left.
const LEAVE: &str = "q quits";

/// What became of the task.
enum Shown {
    /// Nothing of it was read yet.
    Unread,
    /// It does not exist any more.
    Gone,
    /// It is there.
    Task(Box<TaskFacts>),
}

/// The node whose state is shown.
enum Own {
    /// None.
    Nobody,
    /// One without a stake in this task.
    Unstaked(Address),
    /// One that takes part.
    Node(Box<NodeFacts>),
}

/// What a screen shows.
pub struct Scene {
    task: Address,
    shown: Shown,
    own: Own,
    /// Why what is shown is older or less than it should be.
    problem: Option<String>,
}

impl Scene {
    /// `task` in `snapshot`, with the state of `node`, if one is given.
    ///
    /// # Errors
    /// The history's.
    pub fn of(
        snapshot: &Snapshot,
        history: &History,
        task: &Pubkey,
        node: Option<&Pubkey>,
    ) -> Result<Self, HistoryError> {
        let clock = &snapshot.clock;
        let mut scene = Self {
            task: Address(*task),
            shown: Shown::Unread,
            own: Own::Nobody,
            problem: snapshot.problem.as_deref().map(|problem| {
                format!(
                    "the ledger could not be read, this is as of slot {}: {}",
                    clock.slot,
                    clean(problem)
                )
            }),
        };
        match (snapshot.tasks.get(task), snapshot.books.get(task)) {
            (Some(entry), Some(read)) => {
                let books = &read.now.books;
                let facts = TaskFacts::of(entry, books, history, clock)?;
                scene.shown = Shown::Task(Box::new(facts));
                if let Some(node) = node {
                    let found = NodeFacts::of(entry, books, history, clock, node)?;
                    scene.own = found.map_or(Own::Unstaked(Address(*node)), |facts| {
                        Own::Node(Box::new(facts))
                    });
                }
                let gap = read.gap.as_deref();
                let gap = gap.map(|gap| format!("the past is not complete: {}", clean(gap)));
                scene.problem = scene.problem.or(gap);
            }
            (None, _) if clock.slot > 0 => scene.shown = Shown::Gone,
            _ => (),
        }
        Ok(scene)
    }
}

/// Draws `scene` on the whole of `frame`.
pub fn draw(frame: &mut Frame, scene: &Scene) {
    let area = frame.area();
    if area.width < LEAST.0 || area.height < LEAST.1 {
        let text = format!(
            "gradual watch needs {} columns and {} rows; this terminal has {} and {}. {LEAVE}.",
            LEAST.0, LEAST.1, area.width, area.height
        );
        return frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: true }), area);
    }
    match &scene.shown {
        Shown::Task(facts) => draw_task(frame, area, scene, facts),
        Shown::Unread => say(frame, area, scene, "is being read"),
        Shown::Gone => say(frame, area, scene, "is not there: it was closed"),
    }
}

/// Says what there is to say where there are no facts.
fn say(frame: &mut Frame, area: Rect, scene: &Scene, what: &str) {
    let lines = vec![
        Line::raw(format!("task {} {what}", scene.task.0)),
        Line::raw(scene.problem.clone().unwrap_or_default()).fg(Color::Red),
        Line::raw(LEAVE).dim(),
    ];
    frame.render_widget(Paragraph::new(lines), area);
}

fn draw_task(frame: &mut Frame, area: Rect, scene: &Scene, facts: &TaskFacts) {
    let is_roomy = area.height >= ROOMY;
    let rows = |height: usize| Constraint::Length(u16::try_from(height).unwrap_or(u16::MAX));
    let present = if is_roomy { facts.present.len() } else { 0 };
    let own = own::lines(&scene.own);
    let problem = scene
        .problem
        .iter()
        .map(|problem| Line::raw(problem.as_str()).fg(Color::Red));
    let problem: Vec<Line> = problem.collect();
    let money = lines::money(facts);
    let parts = [
        rows(2),
        rows(lanes::height(facts)),
        rows(present),
        rows(money.len()),
        Constraint::Fill(4),
        Constraint::Fill(3),
        rows(own.len()),
        rows(problem.len()),
    ];
    let [
        head,
        lanes,
        windows,
        money_area,
        cycles,
        audits,
        own_area,
        foot,
    ] = Layout::vertical(parts)
        .spacing(u16::from(is_roomy))
        .areas(area);
    draw_head(frame, head, facts);
    lanes::draw(frame, lanes, facts);
    put(frame, windows, lines::present(facts));
    put(frame, money_area, money);
    tables::cycles(frame, cycles, facts);
    tables::audits(frame, audits, facts);
    put(frame, own_area, own);
    put(frame, foot, problem);
}

/// Puts `lines` into `area`, one a row; where one is cut, points say so.
fn put(frame: &mut Frame, area: Rect, lines: Vec<Line>) {
    for (row, line) in area.rows().zip(lines) {
        let is_cut = line.width() > usize::from(row.width);
        frame.render_widget(line, row);
        if is_cut {
            let last = Rect {
                x: row.right().saturating_sub(1),
                width: 1,
                ..row
            };
            frame.render_widget("…", last);
        }
    }
}

fn draw_head(frame: &mut Frame, area: Rect, facts: &TaskFacts) {
    let head = &facts.head;
    let name = match head.name.as_str() {
        "" => "a task without a name",
        name => name,
    };
    let state = match facts.state {
        "active" => Style::new().fg(Color::Green),
        _ => Style::new().fg(Color::Red),
    };
    let round = match head.round {
        Some(round) => format!("round {round}"),
        None => format!("starts at slot {}", facts.terms.starting_slot),
    };
    let allowlisted = if facts.is_allowlisted {
        ", allowlisted"
    } else {
        ""
    };
    let audits = match facts.open_audits {
        0 => Span::raw("no open audit"),
        count => Span::raw(audits_open(count)).fg(Color::Yellow).bold(),
    };
    let left = vec![
        Line::from(vec![
            Span::raw(name).bold(),
            Span::raw(format!("  {}", short(&head.task.0))).dim(),
        ]),
        Line::from(vec![
            Span::styled(facts.state, state),
            Span::raw(format!("{allowlisted}, {round}, {}", time(head.now))),
        ]),
    ];
    let right = vec![Line::raw(LEAVE).dim(), Line::from(audits)];
    let width = right.iter().map(Line::width).max().unwrap_or_default();
    let width = u16::try_from(width).unwrap_or(u16::MAX);
    let columns = [Constraint::Fill(1), Constraint::Length(width)];
    let [left_area, right_area] = Layout::horizontal(columns).spacing(1).areas(area);
    put(frame, left_area, left);
    let right = right.into_iter().map(Line::right_aligned).collect();
    put(frame, right_area, right);
}

/// A slot, with its time.
fn time(moment: Moment) -> String {
    let slot = format!("slot {}", moment.slot);
    match moment.time.and_then(clock_time) {
        Some((_, text)) => format!("{slot}, {text}"),
        None => slot,
    }
}
