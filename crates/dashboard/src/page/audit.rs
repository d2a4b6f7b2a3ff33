//! One audit.

use super::{
    parts::{Site, address, amount, brief, brief_moment, fact, linked, moment, table, task_head},
    task::{grade, weight},
};
use crate::{
    chart,
    view::{Address, AuditPage},
};
use maud::{Markup, html};

/// The page of `facts`.
pub fn audit(site: Site, facts: &AuditPage) -> Markup {
    let (head, audit) = (&facts.head, &facts.audit);
    let unit = head.counted_in();
    let show = |value| weight(unit, facts.by_stake, value);
    let who = |node: Option<Address>| {
        html! { @match node { Some(node) => (address(site, node, site.node(head.task, node))), None => "unknown" } }
    };
    html! {
        (task_head(site, head, ""))
        h2 {
            "Audit of a " (audit.kind) " of "
            (linked(site.cycle(head.task, audit.cycle), &html! { "cycle " (audit.cycle) }))
        }
        div id="audit" data-live {
            p { span class={ "tag " (grade(audit.outcome)) } { (audit.outcome) } " " (audit.reason()) }
            figure {
                (chart::balance(audit, show))
                figcaption {
                    "A side needs more than half of the electorate"
                    @if let Some(all) = audit.electorate { " of " (show(all.0)) }
                    " to slash the other. The author's weight counts for what it handed in."
                }
            }
            dl class="facts" {
                (fact("author", &who(audit.author), ""))
                (fact("challenger", &who(audit.challenger), ""))
                (fact("subject", &address(site, audit.subject, None), ""))
                (fact("slashed", &amount(unit, audit.slashed), ""))
            }
            p {
                @if let Some(opened) = facts.opened { "Opened at " (moment(opened)) ". " }
                @if let Some(resolved) = facts.resolved { "Resolved at " (moment(resolved)) ". " }
                @else if let Some(until) = facts.votes_until { "Votes are taken until " (moment(until)) ". " }
            }
            (money(site, facts))
        }
        section id="votes" data-live { h2 { "Who voted how" } (votes(site, facts)) }
    }
}

fn money(site: Site, facts: &AuditPage) -> Markup {
    let (audit, unit) = (&facts.audit, facts.head.counted_in());
    if let Some((author, challenger)) = facts.at_stake {
        return html! {
            p { "If more than half calls it invalid, its author loses " (amount(unit, author)) ". If more than half defends it, the challenger loses " (amount(unit, challenger)) "." }
        };
    }
    let Some(slashed) = audit.slashed_node else {
        return html! { p { "No stake was taken." } };
    };
    let parts = [
        (
            if audit.outcome == "upheld" {
                "to the challenger"
            } else {
                "to the author"
            },
            audit.to_winner,
        ),
        ("to the voters in the right", audit.to_voters),
        ("to the bounty", audit.to_bounty),
    ];
    let rows: Vec<Markup> = parts
        .iter()
        .map(|(what, units)| html! { td { (what) } td class="n" { (amount(unit, *units)) } })
        .collect();
    html! {
        h3 { "Where the money went" }
        p { (amount(unit, audit.slashed)) " were taken from " (brief(slashed, site.node(facts.head.task, slashed))) "." }
        (table("The parts of the slash", &[("part", false), ("amount", true)], &rows))
    }
}

fn votes(site: Site, facts: &AuditPage) -> Markup {
    let (head, unit) = (&facts.head, facts.head.counted_in());
    let rows: Vec<Markup> = facts
        .votes
        .iter()
        .map(|vote| {
            html! {
                td { (brief(vote.voter, site.node(head.task, vote.voter))) }
                td { span class={ "tag " (if vote.is_valid { "good" } else { "bad" }) } { (if vote.is_valid { "valid" } else { "invalid" }) } }
                td class="n" { (weight(unit, facts.by_stake, vote.weight.0)) }
                td { @match vote.at { Some(at) => (brief_moment(at)), None => "·" } }
            }
        })
        .collect();
    if rows.is_empty() {
        return html! { p { "The votes are closed, and the history does not reach back to them." } };
    }
    table(
        "In the order in which they were cast",
        &[
            ("voter", false),
            ("says", false),
            ("weight", true),
            ("slot", false),
        ],
        &rows,
    )
}
