//! One node in one task.

use super::parts::{
    Site, address, amount, brief, brief_moment, fact, linked, moment, strangers, table, task_head,
};
use crate::view::{Head, MovementRow, NodeFacts, OpenAccount};
use maud::{Markup, html};

/// The page of `facts`.
pub fn node(site: Site, facts: &NodeFacts) -> Markup {
    let (head, row) = (&facts.head, &facts.node);
    let unit = head.counted_in();
    let endpoint = if row.endpoint.is_empty() {
        html! { "not said" }
    } else {
        strangers(&row.endpoint, facts.link.as_deref())
    };
    let claimed = format!(
        "{} claimed, {} compounded",
        super::grouped(&unit.number(facts.claimed.0)),
        super::grouped(&unit.number(facts.compounded.0))
    );
    html! {
        (task_head(site, head, ""))
        h2 { "Node " (address(site, row.node, None)) }
        div id="node" data-live {
            p {
                @if facts.votes { span class="tag good" { "votes in this round" } }
                @else { span class="tag wait" { "does not vote in this round" } }
                " last active in round " (row.last_active_round) ", endpoint " (endpoint)
            }
            dl class="facts" {
                (fact("earned", &amount(unit, row.earned), &claimed))
                (fact("to claim", &amount(unit, row.available), ""))
                (fact("slashed", &html! { span class=[(row.slashed.0 > 0).then_some("loss-text")] { (amount(unit, row.slashed)) } }, ""))
                (fact("staked", &amount(unit, row.stake.total()), &format!("{} ever deposited", super::grouped(&unit.number(facts.deposited.0)))))
            }
            (super::stakes_figure(unit, &row.stake))
            @if let Some(until) = facts.locked_until { p { "A lock holds the stake until " (moment(until)) "." } }
            @if row.open_audits > 0 { p { "Audits that hold the stake until they are resolved: " (row.open_audits) "." } }
        }
        section id="movements" data-live { h2 { "What it gained and lost" } (movements(site, head, &facts.movements)) }
        section id="open" data-live { h2 { "Its open accounts" } (open(site, head, &facts.open)) }
    }
}

fn movements(site: Site, head: &Head, movements: &[MovementRow]) -> Markup {
    let unit = head.counted_in();
    if movements.is_empty() {
        return html! { p { "The history has nothing of it." } };
    }
    let rows: Vec<Markup> = movements
        .iter()
        .map(|row| {
            let (sign, class) = match row.sign {
                1 => ("+", "n gain-text"),
                -1 => ("−", "n loss-text"),
                _ => ("", "n"),
            };
            html! {
                td { (brief_moment(row.at)) }
                td { (row.what) }
                td class=(class) { (sign) (amount(unit, row.amount)) }
                td { @if let Some(cycle) = row.cycle { (linked(site.cycle(head.task, cycle), &html! { "cycle " (cycle) })) } }
                td { @if let Some(audit) = row.audit { (linked(site.audit(head.task, audit), &html! { "the audit" })) } }
            }
        })
        .collect();
    table(
        "Newest first",
        &[
            ("slot", false),
            ("what", false),
            ("amount", true),
            ("cycle", false),
            ("why", false),
        ],
        &rows,
    )
}

fn open(site: Site, head: &Head, open: &[OpenAccount]) -> Markup {
    if open.is_empty() {
        return html! { p { "None: nothing of its rent is lent." } };
    }
    let rows: Vec<Markup> = open
        .iter()
        .map(|row| {
            html! {
                td { (row.kind) }
                td { (brief(row.account, None)) }
                td { (row.status) }
                td { @if let Some(cycle) = row.cycle { (linked(site.cycle(head.task, cycle), &html! { "cycle " (cycle) })) } }
                td { @if let Some(audit) = row.audit { (linked(site.audit(head.task, audit), &html! { "the audit" })) } }
            }
        })
        .collect();
    table(
        "Accounts that it opened and that lend rent until they are closed",
        &[
            ("account", false),
            ("address", false),
            ("status", false),
            ("cycle", false),
            ("audit", false),
        ],
        &rows,
    )
}
