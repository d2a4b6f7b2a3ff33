//! The nodes of a task.

use super::parts::{Site, amount, brief, in_query, pager, table, task_head};
use crate::view::NodesFacts;
use maud::{Markup, html};

/// The page of `facts`.
pub fn nodes(site: Site, facts: &NodesFacts) -> Markup {
    let (head, unit) = (&facts.head, facts.head.counted_in());
    let task = head.task.0;
    let path = format!(
        "/task/{task}/nodes?search={}&page=",
        in_query(&facts.search)
    );
    let rows: Vec<Markup> = facts
        .nodes
        .rows
        .iter()
        .map(|row| {
            html! {
                td { (brief(row.node, site.node(head.task, row.node))) }
                td class="n" { (amount(unit, row.stake.active)) }
                td class="n" { (amount(unit, row.stake.warming)) }
                td class="n" { (amount(unit, row.stake.parked)) }
                td class="n" { (amount(unit, row.earned)) }
                td class={ "n" @if row.slashed.0 > 0 { " loss-text" } } { (amount(unit, row.slashed)) }
                td class="n" { (row.open_audits) }
                td class="n" { (row.last_active_round) }
                td class="wrap" { (row.endpoint) }
            }
        })
        .collect();
    html! {
        (task_head(site, head, "nodes"))
        form class="search" role="search" action={ "/task/" (task) "/nodes" } {
            input type="search" name="search" value=(facts.search) aria-label="Search nodes by address or endpoint"
                placeholder="address or endpoint" maxlength="64";
            button type="submit" { "Search" }
        }
        div id="nodes" data-live {
            @if facts.nodes.total == 0 { p { "No node is found." } } @else {
                (table("Nodes, the greatest stake first", &[
                    ("node", false), ("active stake", true), ("warming", true), ("parked", true), ("earned", true),
                    ("slashed", true), ("open audits", true), ("last active round", true), ("endpoint", false),
                ], &rows))
                (pager(&facts.nodes, &path))
            }
        }
    }
}
