//! Two values a cycle: what was paid above the line, what was slashed below it.

use super::{HEIGHT, WIDTH, chart, measure, part, px};
use maud::{Markup, html};

/// One cycle's bar.
#[derive(Clone, Debug)]
pub struct Bar {
    /// The cycle.
    pub cycle: u64,
    /// The value above the line, in base units.
    pub up: u64,
    /// The value below it.
    pub down: u64,
    /// Both in words.
    pub text: String,
}

const TOP: f64 = 22.0;
const BOTTOM: f64 = 22.0;
/// Bars are no wider than this.
const WIDEST: f64 = 44.0;
/// A value that is not nothing is at least this high.
const LEAST: f64 = 1.5;

/// `bars` in one picture, which `title` names; `top` says what the greatest value is.
pub fn bars(title: &str, description: &str, top: &str, bars: &[Bar]) -> Markup {
    let most = |value: fn(&Bar) -> u64| bars.iter().map(value).max().unwrap_or_default();
    let (up, down) = (measure(most(|bar| bar.up)), measure(most(|bar| bar.down)));
    let room = HEIGHT - TOP - BOTTOM;
    let zero = TOP
        + room
            * if up + down > 0.0 {
                up / (up + down)
            } else {
                1.0
            };
    let step = (WIDTH / measure(bars.len().max(1) as u64)).min(WIDEST * 1.4);
    let width = (step * 0.7).min(WIDEST);
    let height = |value: u64, most: f64, room: f64| {
        if value == 0 {
            0.0
        } else {
            (room * part(measure(value), 0.0, most)).max(LEAST)
        }
    };
    let content = html! {
        text class="label" x="0" y="13" { (top) }
        @for (number, bar) in bars.iter().enumerate() {
            @let x = measure(number as u64) * step;
            @let (over, under) = (height(bar.up, up, zero - TOP), height(bar.down, down, HEIGHT - BOTTOM - zero));
            g {
                title { (bar.text) }
                rect class="gain" x=(px(x)) width=(px(width)) y=(px(zero - over)) height=(px(over)) {}
                rect class="loss" x=(px(x)) width=(px(width)) y=(px(zero)) height=(px(under)) {}
                @if step >= 22.0 || number + 1 == bars.len() || number == 0 {
                    text class="label mid" x=(px(x + width / 2.0)) y=(px(HEIGHT - 6.0)) { (bar.cycle) }
                }
            }
        }
        line class="axis" x1="0" x2=(px(WIDTH)) y1=(px(zero)) y2=(px(zero)) {}
    };
    chart(title, description, &content)
}
