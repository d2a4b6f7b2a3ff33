//! Pictures as SVG, drawn from numbers alone. Colours come from the page's style sheet, by class, so that a
//! picture is legible in light and dark. Each has a title and a description; the same numbers stand in a table
//! beside it.

mod balance;
mod bars;
mod lanes;
mod lines;
mod stack;

pub use balance::balance;
pub use bars::{Bar, bars};
pub use lanes::{Shape, Span, lanes};
pub use lines::{Axis, Line, lines};
pub use stack::{Part, stack};

use maud::{Markup, html};

/// Size of a chart over slots or cycles.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 200.0;

/// A chart of `content`, which `title` names and `description` tells in words.
fn chart(title: &str, description: &str, content: &Markup) -> Markup {
    html! {
        svg class="chart" viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" {
            title { (title) }
            desc { (description) }
            (content)
        }
    }
}

/// A length in a picture, with one decimal: enough for a tenth of a pixel.
fn px(length: f64) -> String {
    format!("{length:.1}")
}

/// A number of slots or base units as a length's measure. Pictures need no more than 53 bits.
#[allow(clippy::cast_precision_loss, reason = "a picture's measure")]
const fn measure(value: u64) -> f64 {
    value as f64
}

/// Where `value` lies between `from` and `to`, as a part of one; 0 where they are the same.
fn part(value: f64, from: f64, to: f64) -> f64 {
    if to > from {
        ((value - from) / (to - from)).clamp(0.0, 1.0)
    } else {
        0.0
    }
}
