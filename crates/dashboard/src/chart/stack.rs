//! One whole in its parts.

use super::{measure, part, px};
use maud::{Markup, html};

/// A part of a whole.
#[derive(Clone, Debug)]
pub struct Part {
    /// The class that colours it.
    pub class: &'static str,
    /// How much it is, in base units.
    pub value: u64,
    /// What it is, in words.
    pub text: String,
}

const WIDTH: f64 = 640.0;

/// The whole of `parts` as one bar. `held` is the part of it, from the left, that a line below marks.
pub fn stack(title: &str, parts: &[Part], held: Option<&Part>) -> Markup {
    let whole = parts
        .iter()
        .fold(0u64, |sum, one| sum.saturating_add(one.value));
    let width = |value: u64| WIDTH * part(measure(value), 0.0, measure(whole));
    let mut from = 0.0;
    let placed: Vec<(f64, f64, &Part)> = parts
        .iter()
        .map(|one| {
            let at = from;
            from += width(one.value);
            (at, width(one.value), one)
        })
        .collect();
    let description: Vec<&str> = parts
        .iter()
        .chain(held)
        .map(|one| one.text.as_str())
        .collect();
    html! {
        svg class="stack" viewBox=(format!("0 0 {WIDTH} 40")) preserveAspectRatio="none" role="img" {
            title { (title) }
            desc { (description.join("; ")) }
            rect class="bed" x="0" y="0" width=(px(WIDTH)) height="28" {}
            @for (at, width, one) in placed {
                rect class=(one.class) x=(px(at)) y="0" width=(px(width)) height="28" { title { (one.text) } }
            }
            @if let Some(held) = held {
                rect class=(held.class) x="0" y="33" width=(px(width(held.value))) height="6" { title { (held.text) } }
            }
        }
    }
}
