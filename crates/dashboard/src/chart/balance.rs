//! An audit's two weights against half of its electorate.

use super::{measure, part, px};
use crate::view::AuditFacts;
use maud::{Markup, html};

const WIDTH: f64 = 640.0;
const ROW: f64 = 22.0;

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
        svg class="balance" viewBox=(format!("0 0 {WIDTH} 66")) role="img" {
            title { (title) }
            desc { (text) }
            rect class="bed" x="0" y="2" width=(px(WIDTH)) height=(px(ROW)) {}
            rect class="bed" x="0" y="28" width=(px(WIDTH)) height=(px(ROW)) {}
            rect class="against" x="0" y="2" width=(px(width(invalid))) height=(px(ROW)) {}
            rect class="for" x="0" y="28" width=(px(width(valid))) height=(px(ROW)) {}
            rect class="author" x=(px(width(valid))) y="28" width=(px(width(author))) height=(px(ROW)) {}
            text class="in" x="8" y="17" { "invalid " (show(invalid)) }
            text class="in" x="8" y="43" { "valid " (show(valid)) @if author > 0 { " + author " (show(author)) } }
            line class="half" x1=(px(WIDTH / 2.0)) x2=(px(WIDTH / 2.0)) y1="0" y2="54" {}
            text class="label mid" x=(px(WIDTH / 2.0)) y="64" { "half: " (half) }
        }
    }
}
