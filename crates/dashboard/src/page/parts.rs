//! What pages are made of: addresses, amounts, times, tables.

use crate::{
    chart::{self, Shape, Span},
    clock::Moment,
    view::{Address, Head, Kind, Lane, Paged, Units},
};
use gradual_consensus::rules::schedule::Schedule;
use gradual_consensus_client::amount::Unit;
pub use gradual_consensus_client::text::grouped;
use maud::{Markup, html};
use solana_sdk::pubkey::Pubkey;

/// Where a page stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// On the server, among others.
    Server,
    /// In a file of its own: it links to nothing.
    File,
}

impl Site {
    fn path(self, path: String) -> Option<String> {
        (self == Self::Server).then_some(path)
    }

    /// Where a task's page is.
    pub fn task(self, task: Address) -> Option<String> {
        self.path(format!("/task/{}", task.0))
    }

    /// Where the page of one of its cycles is.
    pub fn cycle(self, task: Address, cycle: u64) -> Option<String> {
        self.path(format!("/task/{}/cycle/{cycle}", task.0))
    }

    /// Where the page of one of its nodes is.
    pub fn node(self, task: Address, node: Address) -> Option<String> {
        self.path(format!("/task/{}/node/{}", task.0, node.0))
    }

    /// Where the page of an audit is.
    pub fn audit(self, task: Address, subject: Address) -> Option<String> {
        self.path(format!("/task/{}/audit/{}", task.0, subject.0))
    }
}

/// `text`, linked where there is something to link to.
pub(super) fn linked(href: Option<String>, text: &Markup) -> Markup {
    match href {
        Some(href) => html! { a href=(href) { (text) } },
        None => text.clone(),
    }
}

/// The ends of an address.
pub fn short(key: &Pubkey) -> String {
    let text = key.to_string();
    let end = text.len().saturating_sub(4);
    match (text.get(..4), text.get(end..)) {
        (Some(start), Some(end)) => format!("{start}…{end}"),
        _ => text,
    }
}

/// An address: its ends, which show the whole and lead to `href`, and a button that copies it.
pub(super) fn address(site: Site, address: Address, href: Option<String>) -> Markup {
    let whole = address.0.to_string();
    let code = html! { code title=(whole) { (short(&address.0)) } };
    html! {
        (linked(href, &code))
        @if site == Site::Server {
            button class="copy" type="button" data-copy=(whole) aria-label={ "Copy the address " (whole) } { "copy" }
        }
    }
}

/// The same without a button, for rows of which there are many.
pub(super) fn brief(address: Address, href: Option<String>) -> Markup {
    linked(
        href,
        &html! { code title=(address.0) { (short(&address.0)) } },
    )
}

/// An amount in the unit of its task, which is named.
pub fn amount(unit: Unit, amount: Units) -> Markup {
    html! { (grouped(&unit.number(amount.0))) " " span class="unit" { (unit.name()) } }
}

/// The same as plain text.
pub(crate) fn amount_text(unit: Unit, units: u64) -> String {
    format!("{} {}", grouped(&unit.number(units)), unit.name())
}

/// A time, in seconds since 1970: exactly, and for people.
pub(crate) fn clock_time(seconds: i64) -> Option<(String, String)> {
    let time = jiff::Timestamp::from_second(seconds).ok()?;
    let text = time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    Some((time.to_string(), text))
}

/// A slot, with its clock time.
pub fn moment(moment: Moment) -> Markup {
    html! {
        "slot " (moment.slot)
        @if let Some((exact, text)) = moment.time.and_then(clock_time) {
            ", " time datetime=(exact) { (text) }
        }
    }
}

/// A slot with its time of day, for rows.
pub(super) fn brief_moment(moment: Moment) -> Markup {
    let time = moment.time.and_then(clock_time);
    html! {
        (moment.slot)
        @if let Some((exact, text)) = time {
            " " time class="unit" datetime=(exact) title=(text) { (text.get(5..16).unwrap_or_default()) }
        }
    }
}

/// One fact beside others.
pub(super) fn fact(name: &str, value: &Markup, note: &str) -> Markup {
    html! {
        div {
            dt { (name) }
            dd { (value) @if !note.is_empty() { small { (note) } } }
        }
    }
}

/// A table that scrolls where it is too wide; it is reached by the keyboard.
pub(super) fn table(caption: &str, heads: &[(&str, bool)], rows: &[Markup]) -> Markup {
    html! {
        div class="scroll" tabindex="0" role="region" aria-label=(caption) {
            table {
                caption { (caption) }
                thead { tr { @for (head, is_number) in heads { th scope="col" class=[is_number.then_some("n")] { (head) } } } }
                tbody { @for row in rows { tr { (row) } } }
            }
        }
    }
}

/// The links to the pages of a list, if it has several. `path` ends with `page=` and everything before it.
pub(super) fn pager<T>(paged: &Paged<T>, path: &str) -> Markup {
    html! {
        @if paged.pages > 1 {
            nav aria-label="pages" class="crumbs" {
                @if paged.page > 1 { a rel="prev" href={ (path) (paged.page - 1) } { "previous" } " " }
                "page " (paged.page) " of " (paged.pages) ", " (paged.total) " in all "
                @if paged.page < paged.pages { a rel="next" href={ (path) (paged.page + 1) } { "next" } }
            }
        }
    }
}

/// `text` in a query.
pub(super) fn in_query(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// The way to a page, and the task's other pages.
pub(super) fn task_head(site: Site, head: &Head, here: &str) -> Markup {
    let name = if head.name.is_empty() {
        "a task without a name"
    } else {
        &head.name
    };
    let task = head.task.0;
    html! {
        p class="crumbs" { a href="/" { "tasks" } " / " (brief(head.task, site.task(head.task))) }
        h1 { (name) }
        nav class="tabs" aria-label="this task" {
            @for (path, text) in [("", "at a glance"), ("/nodes", "nodes"), ("/books", "books")] {
                a href={ "/task/" (task) (path) } aria-current=[(here == text).then_some("page")] { (text) }
            }
        }
    }
}

/// A text of a stranger, as a link where it is a plain web address.
pub(super) fn strangers(text: &str, link: Option<&str>) -> Markup {
    html! {
        @match link {
            Some(link) => a href=(link) rel="noopener noreferrer nofollow" { (text) },
            None => (text),
        }
    }
}

/// The lanes, wide and narrow, with a legend and the same as a table.
pub fn lanes_figure(
    site: Site,
    task: Address,
    lanes: &[Lane],
    schedule: &Schedule,
    span: impl Fn(Shape) -> Span,
) -> Markup {
    let href = |cycle| site.cycle(task, cycle);
    let mut rows = Vec::new();
    for lane in lanes {
        for segment in &lane.segments {
            rows.push(html! {
                td { "cycle " (lane.cycle) } td { (segment.kind.text()) }
                td class="n" { (segment.start) } td class="n" { (segment.end) }
            });
        }
    }
    html! {
        figure {
            (chart::lanes(lanes, schedule, span(Shape::WIDE), Shape::WIDE, href))
            (chart::lanes(lanes, schedule, span(Shape::NARROW), Shape::NARROW, href))
            (legend())
            details {
                summary { "The windows as a table" }
                (table("Windows of these cycles, in slots", &[("cycle", false), ("what is done", false), ("first slot", true), ("last slot", true)], &rows))
            }
        }
    }
}

fn legend() -> Markup {
    html! {
        ul class="legend" {
            @for kind in Kind::ALL {
                li {
                    svg viewBox="0 0 22 18" aria-hidden="true" {
                        g class={ "kind " (kind.name()) } {
                            @if kind == Kind::Work {
                                line x1="3" x2="21" y1="9" y2="9" {}
                            } @else {
                                rect x="0" y="0" width="22" height="18" {}
                                text x="11" y="13.5" { (kind.letter()) }
                            }
                        }
                    }
                    (kind.text())
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_keeps_what_was_searched_for() {
        assert_eq!(in_query("a b&c=\"<ü>"), "a%20b%26c%3D%22%3C%C3%BC%3E");
    }

    #[test]
    fn a_slot_has_its_clock_time() {
        let shown = moment(Moment {
            slot: 7,
            time: Some(0),
        });
        assert_eq!(
            shown.into_string(),
            "slot 7, <time datetime=\"1970-01-01T00:00:00Z\">1970-01-01 00:00:00 UTC</time>"
        );
    }
}
