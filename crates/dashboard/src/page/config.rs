//! The program's config: who may do what.

use super::parts::{Site, address, linked, table};
use crate::view::ConfigFacts;
use maud::{Markup, html};

/// The page of `facts`.
pub fn config(site: Site, facts: &ConfigFacts) -> Markup {
    let mut rows = vec![html! {
        td { "program" } td { (address(site, facts.program, None)) } td class="wrap" { "holds all accounts and pots" }
    }];
    if let Some(admin) = facts.admin {
        rows.push(html! { td { "admin" } td { (address(site, admin, None)) } td class="wrap" { "may pause the program, and hand the config over" } });
    }
    if let Some(pending) = facts.pending_admin {
        rows.push(html! { td { "offered to" } td { (address(site, pending, None)) } td class="wrap" { "may become the admin by accepting" } });
    }
    rows.extend(facts.managers.iter().map(|manager| {
        html! { td { "manager" } td { (address(site, *manager, None)) } td class="wrap" { "may allowlist tasks; two of them change the managers" } }
    }));
    html! {
        h1 { "Config and roles" }
        div id="config" data-live {
            p {
                @if !facts.exists {
                    span class="tag bad" { "no config" } " The program has no config: nobody may create tasks, stake, compound or open cycles."
                } @else if facts.is_paused {
                    span class="tag bad" { "paused" } " Nobody may create tasks, stake, compound or open cycles. What was begun goes on."
                } @else {
                    span class="tag good" { "running" }
                }
            }
            (table("Who may do what", &[("role", false), ("address", false), ("what it may do", false)], &rows))
            h2 { "Allowlisted tasks" }
            p { (facts.allowlisted.len()) " of " (facts.tasks) " tasks." }
            ul { @for task in &facts.allowlisted { li { (linked(site.task(*task), &html! { code { (task.0) } })) } } }
            p { "A task's manager may activate, migrate and close its task; the task's page names it." }
        }
    }
}
