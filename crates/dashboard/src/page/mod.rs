//! From facts to pages: templates without a server. [`Site`] says whether a page is served, with links to others,
//! or stands alone in a file.

mod audit;
mod books;
mod config;
mod cycle;
mod node;
mod nodes;
mod parts;
mod task;
mod tasks;

pub use audit::audit;
pub use books::books;
pub use config::config;
pub use cycle::cycle;
pub use node::node;
pub use nodes::nodes;
pub use parts::{Site, amount, grouped, lanes_figure, moment, short};
pub(crate) use parts::{amount_text, clock_time};
pub(crate) use task::{audits_open, runway};
pub use task::{audits_table, bounty_figure, cycles_figure, cycles_table, stakes_figure, task};
pub use tasks::tasks;

use crate::clock::Moment;
use maud::{DOCTYPE, Markup, html};

/// The style of pictures, and the colours of all.
pub const PICTURE_STYLE: &str = include_str!("../../assets/picture.css");
/// The style sheet of every page.
pub const STYLE: &str = concat!(
    include_str!("../../assets/picture.css"),
    include_str!("../../assets/page.css")
);
/// The script of served pages.
pub const SCRIPT: &str = include_str!("../../assets/live.js");

/// What stands around a page's content.
#[derive(Clone, Debug)]
pub struct Frame<'a> {
    /// The page's name.
    pub title: String,
    /// The slot as of which it is; `None` where nothing of the ledger is shown.
    pub now: Option<Moment>,
    /// Where changes are told, if they are.
    pub events: Option<String>,
    /// Why what is shown is older than it should be, if it is.
    pub problem: Option<&'a str>,
    /// Why the history does not tell all of the past, if it does not.
    pub gap: Option<&'a str>,
}

/// A whole page of the server.
pub fn framed(frame: &Frame, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { (frame.title) " · Gradual Consensus" }
                link rel="stylesheet" href="/assets/style.css";
                link rel="icon" href="data:,";
                script src="/assets/live.js" defer {}
            }
            body data-events=[frame.events.as_deref()] {
                a class="skip" href="#content" { "Skip to the content" }
                header {
                    div {
                        a class="brand" href="/" { "Gradual Consensus" }
                        a href="/" { "tasks" }
                        a href="/config" { "config" }
                        span class="slot" id="slot" data-live { @if let Some(now) = frame.now { (parts::moment(now)) } }
                    }
                }
                main id="content" {
                    div id="problem" data-live {
                        @if let Some(problem) = frame.problem {
                            p class="problem" role="status" {
                                "The ledger could not be read: " (problem) "."
                                @if let Some(now) = frame.now { " What is shown is as of slot " (now.slot) "." }
                            }
                        }
                        @if let Some(gap) = frame.gap {
                            p class="problem" role="status" {
                                "The past is not complete: " (gap) ". More may have happened than is shown."
                            }
                        }
                    }
                    (content)
                }
                footer {
                    div {
                        "Read from the ledger, which this page cannot change. The time of a slot is its block's where that is known, and else reckoned from the present one."
                    }
                }
            }
        }
    }
}

/// A page that says that something is not there, or not yet.
pub fn notice(title: &str, text: &str) -> Markup {
    html! {
        h1 { (title) }
        p { (text) }
        p { a href="/" { "All tasks" } }
    }
}
