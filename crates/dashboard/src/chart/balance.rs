//! An audit's two weights against half of its electorate.

use super::{measure, part, px};
use crate::view::AuditFacts;
use maud::{Markup, html};

const WIDTH: f64 = 640.0;
const ROW: f64 = 20.0;

/// The weights of `audit` as two bars, with a mark at half of the electorate. Nothing where the electorate is not
/// known. `show` writes a weight with its unit.
pub fn balance(audit: &AuditFacts, show: impl Fn(u64) -> String) -> Markup {
    let Some(electorate) = audit.electorate else {
        return html! {};
    };
    let all = measure(electorate.0);
    let width = |weight: u64| WIDTH * part(measure(weight), 0.0, all);
    let (invalid, valid) = (audit.weight_invalid.0, audit.weight_valid.0);
    let author = audit.author_weight.map_or(0, |weight| weight.0);
    let title = format!("Audit of a {}: {}", audit.kind, audit.outcome);
    let half = show(electorate.0 / 2);
    let text = format!(
        "Invalid {}; valid {} and its author's {}; half of the electorate is {half}",
        show(invalid),
        show(valid),
        show(author),
    );
    html! {
        svg class="balance" viewBox=(format!("0 0 {WIDTH} 118")) role="img" {
            title { (title) }
            desc { (text) }
            text class="in" x="0" y="17" { "invalid " (show(invalid)) }
            rect class="bed" x="0" y="24" width=(px(WIDTH)) height=(px(ROW)) {}
            rect class="against" x="0" y="24" width=(px(width(invalid))) height=(px(ROW)) {}
            text class="in" x="0" y="65" { "valid " (show(valid)) @if author > 0 { " + author " (show(author)) } }
            rect class="bed" x="0" y="72" width=(px(WIDTH)) height=(px(ROW)) {}
            rect class="for" x="0" y="72" width=(px(width(valid))) height=(px(ROW)) {}
            rect class="author" x=(px(width(valid))) y="72" width=(px(width(author))) height=(px(ROW)) {}
            @for (top, bottom) in [("20", "48"), ("68", "98")] {
                line class="half" x1=(px(WIDTH / 2.0)) x2=(px(WIDTH / 2.0)) y1=(top) y2=(bottom) {}
            }
            text class="label mid" x=(px(WIDTH / 2.0)) y="114" { "half: " (half) }
        }
    }
}
