//! All tasks.

use super::parts::{Site, amount, brief, grouped, in_query, linked, pager, table};
use crate::view::{TaskRow, TasksFacts};
use maud::{Markup, html};

/// The page of `facts`.
pub fn tasks(site: Site, facts: &TasksFacts) -> Markup {
    let rows: Vec<Markup> = facts.tasks.rows.iter().map(|row| line(site, row)).collect();
    let path = format!("/?search={}&page=", in_query(&facts.search));
    html! {
        h1 { "Tasks" }
        p class="lead" { "Staked work off chain: who offers it, for how long it is paid, and how many do it." }
        form class="search" role="search" action="/" {
            input type="search" name="search" value=(facts.search) aria-label="Search tasks by name, description or address"
                placeholder="name, description or address" maxlength="64";
            button type="submit" { "Search" }
        }
        div id="tasks" data-live {
            @if facts.tasks.total == 0 {
                p { @if facts.search.is_empty() { "There are no tasks yet. " code { "gradual task create" } " makes one." }
                    @else { "No task has this in its name, its description or its address." } }
            } @else {
                (table("Allowlisted tasks first, then active ones, then those with the most nodes", &[
                    ("task", false), ("address", false), ("state", false), ("round", true), ("nodes", true),
                    ("staked", true), ("bounty available", true), ("pays for", true),
                ], &rows))
                (pager(&facts.tasks, &path))
            }
        }
    }
}

fn line(site: Site, row: &TaskRow) -> Markup {
    let unit = row.counted_in();
    let name = if row.name.is_empty() {
        "without a name"
    } else {
        &row.name
    };
    let rounds = grouped(&row.funded_rounds.to_string());
    html! {
        td class="wrap" {
            (linked(site.task(row.task), &html! { (name) }))
            @if row.is_allowlisted { " " span class="tag good" { "allowlisted" } }
            @if !row.description.is_empty() { br; span class="unit" { (row.description) } }
        }
        td { (brief(row.task, site.task(row.task))) }
        td { span class={ "tag " (if row.state == "active" { "good" } else { "" }) } { (row.state) } }
        td class="n" { @match row.round { Some(round) => (round), None => "starts later" } }
        td class="n" { (grouped(&row.node_count.to_string())) }
        td class="n" { (amount(unit, row.total_stake)) }
        td class="n" { (amount(unit, row.bounty_available)) }
        td class="n" { (rounds) (if row.funded_rounds == 1 { " round" } else { " rounds" }) }
    }
}
