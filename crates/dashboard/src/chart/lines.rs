//! Values over time, as steps: each holds until the next one.

use super::{HEIGHT, WIDTH, chart, measure, part, px};
use maud::{Markup, html};

/// What stands beside a picture's ends.
#[derive(Clone, Debug)]
pub struct Axis {
    /// What the greatest value is, with its unit.
    pub top: String,
    /// The first slot or cycle of the picture.
    pub left: String,
    /// The last one.
    pub right: String,
}

/// One line.
#[derive(Clone, Debug)]
pub struct Line<'a> {
    /// Its name, which stands at its end.
    pub name: &'a str,
    /// The class that colours it.
    pub class: &'a str,
    /// Slots or cycles, rising, and the value from each on.
    pub points: Vec<(u64, u64)>,
    /// Whether it is what will be if nothing changes.
    pub is_forecast: bool,
}

const LEFT: f64 = 4.0;
/// Room for the names at the lines' ends.
const RIGHT: f64 = 110.0;
const TOP: f64 = 24.0;
const BOTTOM: f64 = 24.0;

/// `all` in one picture, which `title` names and `description` tells in words.
pub fn lines(title: &str, description: &str, axis: &Axis, all: &[Line]) -> Markup {
    let points = || all.iter().flat_map(|line| &line.points);
    let from = points().map(|point| point.0).min().unwrap_or_default();
    let to = points().map(|point| point.0).max().unwrap_or_default();
    let most = points().map(|point| point.1).max().unwrap_or_default();
    let x = |at: u64| LEFT + (WIDTH - LEFT - RIGHT) * part(measure(at), measure(from), measure(to));
    let y = |value: u64| {
        HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * part(measure(value), 0.0, measure(most))
    };
    let floor = px(HEIGHT - BOTTOM);
    let names = names(all, y);
    let content = html! {
        line class="axis" x1=(px(LEFT)) x2=(px(WIDTH - RIGHT)) y1=(floor) y2=(floor) {}
        line class="grid" x1=(px(LEFT)) x2=(px(WIDTH - RIGHT)) y1=(px(TOP)) y2=(px(TOP)) {}
        text class="label" x=(px(LEFT)) y=(px(TOP - 7.0)) { (axis.top) }
        text class="label" x=(px(LEFT)) y=(px(HEIGHT - 6.0)) { (axis.left) }
        text class="label" x=(px(WIDTH - RIGHT)) y=(px(HEIGHT - 6.0)) text-anchor="end" { (axis.right) }
        @for line in all {
            @let path = steps(&line.points, x, y, line.is_forecast);
            @if let (false, Some(first), 1) = (line.is_forecast, line.points.first(), all.iter().filter(|line| !line.is_forecast).count()) {
                path class={ "area " (line.class) } d={ (path) " V" (floor) " H" (px(x(first.0))) " Z" } {}
            }
            path class={ (if line.is_forecast { "forecast " } else { "line " }) (line.class) } d=(path) {}
        }
        @for (name, class, height) in names {
            text class={ "end " (class) } x=(px(WIDTH - RIGHT + 8.0)) y=(px(height)) { (name) }
        }
    };
    chart(title, description, &content)
}

fn steps(
    points: &[(u64, u64)],
    x: impl Fn(u64) -> f64,
    y: impl Fn(u64) -> f64,
    is_straight: bool,
) -> String {
    let mut path = String::new();
    for (number, &(at, value)) in points.iter().enumerate() {
        let (x, y) = (px(x(at)), px(y(value)));
        path.push_str(&match number {
            0 => format!("M{x} {y}"),
            _ if is_straight => format!(" L{x} {y}"),
            _ => format!(" H{x} V{y}"),
        });
    }
    path
}

/// Where the lines' names stand: at their ends, but not upon one another.
fn names<'a>(all: &'a [Line], y: impl Fn(u64) -> f64) -> Vec<(&'a str, &'a str, f64)> {
    const APART: f64 = 15.0;
    let mut names: Vec<(&str, &str, f64)> = all
        .iter()
        .filter(|line| !line.name.is_empty())
        .filter_map(|line| {
            let last = line.points.last()?;
            Some((line.name, line.class, y(last.1) + 4.0))
        })
        .collect();
    names.sort_by(|one, other| other.2.total_cmp(&one.2));
    let mut below = f64::INFINITY;
    for (_, _, height) in &mut names {
        *height = height.min(below - APART);
        below = *height;
    }
    names
}
