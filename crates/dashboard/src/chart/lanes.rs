//! The lanes of overlapping cycles, as `gradual schedule` draws them, with the present slot.

use super::{measure, part, px};
use crate::view::{ABSENT, Kind, Lane, Segment};
use gradual_consensus::rules::schedule::Schedule;
use maud::{Markup, html};

/// How a picture of lanes is laid out.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// The class of the picture: `wide` or `narrow`.
    name: &'static str,
    width: f64,
    /// Left of the lanes: the cycles' names.
    margin: f64,
    /// Above a lane's bar: its name, where there is no margin.
    above: f64,
}

impl Shape {
    /// Whether the cycles' names stand beside their lanes.
    pub const fn is_wide(self) -> bool {
        self.margin > 0.0
    }

    /// For a desk.
    pub const WIDE: Self = Self {
        name: "wide",
        width: 1_120.0,
        margin: 132.0,
        above: 0.0,
    };
    /// For a hand.
    pub const NARROW: Self = Self {
        name: "narrow",
        width: 360.0,
        margin: 0.0,
        above: 20.0,
    };
}

/// Which slots a picture shows.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// The first round.
    pub first: u64,
    /// How many rounds.
    pub rounds: u64,
    /// The slot to mark, if one is.
    pub now: Option<u64>,
}

impl Span {
    /// The rounds around `slot`, which is marked: five where there is room for them, three where not.
    pub fn around(schedule: &Schedule, slot: u64, shape: Shape) -> Self {
        let (before, rounds) = if shape.is_wide() { (2, 5) } else { (1, 3) };
        let present = schedule.round_at(slot).unwrap_or_default();
        Self {
            first: present.saturating_sub(before),
            rounds,
            now: Some(slot),
        }
    }
}

const RULER: f64 = 46.0;
const BAR: f64 = 26.0;
const GAP: f64 = 14.0;

struct Drawing<'a> {
    shape: Shape,
    schedule: &'a Schedule,
    span: Span,
    /// First slot of the picture, and the first one after it.
    slots: (f64, f64),
}

impl Drawing<'_> {
    fn x(&self, slot: u64) -> f64 {
        let width = self.shape.width - self.shape.margin;
        self.shape.margin + width * part(measure(slot), self.slots.0, self.slots.1)
    }

    fn row(&self) -> f64 {
        self.shape.above + BAR + GAP
    }

    fn top(&self, number: usize) -> f64 {
        RULER + measure(number as u64) * self.row() + self.shape.above
    }

    fn ruler(&self, height: f64) -> Markup {
        let end = self.span.first.saturating_add(self.span.rounds);
        let rounds = self.span.first..=end;
        let present = self.span.now.and_then(|slot| self.schedule.round_at(slot));
        let ticks = rounds.filter_map(|round| {
            let slot = self.schedule.boundary(round)?;
            Some((round, slot, self.x(slot)))
        });
        html! {
            @for (round, slot, x) in ticks {
                line class="tick" x1=(px(x)) x2=(px(x)) y1="4" y2=(px(height)) {}
                @if round < end {
                    text class=(if present == Some(round) { "round here" } else { "round" }) x=(px(x + 6.0)) y="16" {
                        "round " (round)
                    }
                    text class="slot" x=(px(x + 6.0)) y="32" { (slot) }
                }
            }
        }
    }

    fn segment(&self, segment: &Segment, top: f64) -> Markup {
        let Segment { kind, start, end } = *segment;
        let (from, to) = (self.x(start), self.x(end.saturating_add(1)));
        let width = to - from;
        if width < 0.5 {
            return html! {};
        }
        let middle = top + BAR / 2.0;
        let name = kind.name();
        // A letter of this font is less than eight units wide.
        let fits = measure(name.len() as u64) * 7.6 + 8.0 <= width;
        html! {
            g class={ "kind " (name) } {
                title { (kind.text()) ": slots " (start) " to " (end) }
                @if kind == Kind::Work {
                    line x1=(px(from + 5.0)) x2=(px(to - 2.0)) y1=(px(middle)) y2=(px(middle)) {}
                } @else {
                    rect x=(px(from + 0.5)) y=(px(top)) width=(px((width - 1.0).max(0.5))) height=(px(BAR)) {}
                    @if width >= 12.0 {
                        text x=(px(from + width / 2.0)) y=(px(middle + 4.5)) {
                            (if fits { name } else { kind.letter() })
                        }
                    }
                }
            }
        }
    }

    fn name(&self, lane: &Lane, top: f64, href: Option<String>) -> Markup {
        let name = html! {
            tspan class="cycle" { "cycle " (lane.cycle) }
            @if self.shape.is_wide() {
                @if !lane.stage.is_empty() { tspan class="stage" x="0" dy="15" { (lane.stage) } }
            } @else {
                tspan class="stage" dx="8" { (lane.stage) }
            }
        };
        let y = if self.shape.is_wide() {
            top + 10.0
        } else {
            top - 6.0
        };
        html! {
            @match href {
                Some(href) => a href=(href) { text class="name" x="0" y=(px(y)) { (name) } },
                None => text class="name" x="0" y=(px(y)) { (name) },
            }
        }
    }

    fn bed(&self, top: f64) -> Markup {
        html! {
            rect class="bed" x=(px(self.shape.margin)) y=(px(top)) height=(px(BAR))
                width=(px(self.shape.width - self.shape.margin)) {}
        }
    }

    /// A shade over the beds up to `slot`. What is done lies on it, and keeps its contrast.
    fn past(&self, slot: u64, height: f64) -> Markup {
        html! {
            rect class="past" x=(px(self.shape.margin)) y=(px(RULER - 6.0)) width=(px(self.x(slot) - self.shape.margin))
                height=(px(height - RULER + 6.0)) {}
        }
    }

    fn lane(&self, lane: &Lane, top: f64) -> Markup {
        html! {
            g class=[(lane.stage == ABSENT).then_some("absent")] {
                @for segment in &lane.segments { (self.segment(segment, top)) }
            }
        }
    }

    fn now(&self, slot: u64, height: f64) -> Markup {
        let x = self.x(slot);
        let end = if x > self.shape.width - 90.0 {
            "end"
        } else {
            "start"
        };
        let offset = if end == "end" { -6.0 } else { 6.0 };
        html! {
            line class="now" x1=(px(x)) x2=(px(x)) y1="36" y2=(px(height)) {}
            circle class="now" cx=(px(x)) cy="39" r="4" {}
            text class="now" x=(px(x + offset)) y=(px(height + 14.0)) text-anchor=(end) { "now: slot " (slot) }
        }
    }
}

/// Those of `lanes` that are in `span`. `href` is where a cycle's name leads.
pub fn lanes(
    lanes: &[Lane],
    schedule: &Schedule,
    span: Span,
    shape: Shape,
    href: impl Fn(u64) -> Option<String>,
) -> Markup {
    let from = schedule.boundary(span.first).unwrap_or_default();
    let end = span.first.saturating_add(span.rounds);
    let to = schedule.boundary(end).unwrap_or(u64::MAX);
    let drawing = Drawing {
        shape,
        schedule,
        span,
        slots: (measure(from), measure(to)),
    };
    let seen: Vec<&Lane> = lanes
        .iter()
        .filter(|lane| {
            let mut segments = lane.segments.iter();
            segments.any(|segment| segment.start < to && segment.end >= from)
        })
        .collect();
    let height = RULER + measure(seen.len() as u64) * drawing.row();
    let size = format!("0 0 {} {}", px(shape.width), px(height + 20.0));
    html! {
        svg class={ "lanes " (shape.name) } viewBox=(size) role="img" xmlns="http://www.w3.org/2000/svg" {
            title { "The lanes of overlapping cycles" @if let Some(slot) = span.now { " around slot " (slot) } }
            desc {
                @for lane in &seen { "Cycle " (lane.cycle) ": " (lane.stage) ". " }
            }
            (drawing.ruler(height))
            @for number in 0..seen.len() { (drawing.bed(drawing.top(number))) }
            @if let Some(slot) = span.now { (drawing.past(slot, height)) }
            @for (number, lane) in seen.iter().enumerate() { (drawing.lane(lane, drawing.top(number))) }
            @if let Some(slot) = span.now { (drawing.now(slot, height)) }
            @for (number, lane) in seen.iter().enumerate() {
                (drawing.name(lane, drawing.top(number), href(lane.cycle)))
            }
        }
    }
}
