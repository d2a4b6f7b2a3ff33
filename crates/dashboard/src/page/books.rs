//! The invariants of a task, with their numbers.

use super::parts::{Site, amount, fact, grouped, task_head};
use crate::view::{BooksFacts, PAGE, Rule};
use maud::{Markup, html};

/// The page of `facts`.
pub fn books(site: Site, facts: &BooksFacts) -> Markup {
    let unit = facts.head.counted_in();
    html! {
        (task_head(site, &facts.head, "books"))
        div id="books" data-live {
            p class="lead" {
                @if facts.balances { "The books balance to the last base unit." }
                @else { "Something does not add up in this reading." }
            }
            dl class="facts" {
                (fact("in the stake pot", &amount(unit, facts.stake_pot), ""))
                (fact("in the bounty pot", &amount(unit, facts.bounty_pot), ""))
                (fact("beyond what is owed", &html! { (grouped(&facts.surplus)) " " span class="unit" { "base units" } }, "donations, or a fault"))
            }
            @for rule in &facts.rules { (one(rule)) }
            p class="lead" {
                "One reading of a task takes several calls, and transactions land in between. So an invariant counts as broken only where two readings in a row say so."
            }
        }
    }
}

fn one(rule: &Rule) -> Markup {
    let (class, text) = match rule.state() {
        "holds" => ("good", "holds"),
        "broken" => ("bad", "broken"),
        _ => ("wait", "not in this reading: the next one decides"),
    };
    html! {
        h3 { (rule.id) " " span class={ "tag " (class) } { (text) } }
        p { (rule.says) }
        dl class="facts" {
            @for (name, value) in &rule.numbers { (fact(name, &html! { (grouped_text(value)) }, "")) }
        }
        @for violation in rule.violations.iter().take(PAGE) { p class="loss-text" { (violation) } }
        @if let Some(more @ 1..) = rule.violations.len().checked_sub(PAGE) { p class="loss-text" { "and " (more) " more" } }
    }
}

/// A number with its unit, or without one.
fn grouped_text(value: &str) -> String {
    match value.split_once(' ') {
        Some((number, unit)) => format!("{} {unit}", grouped(number)),
        None => grouped(value),
    }
}
