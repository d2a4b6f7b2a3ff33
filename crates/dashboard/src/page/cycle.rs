//! One cycle.

use super::{
    parts::{
        Site, address, amount, brief, brief_moment, fact, lanes_figure, linked, moment, pager,
        strangers, table, task_head,
    },
    task::audits_table,
};
use crate::{
    chart::Span,
    view::{CycleFacts, ListFacts, link},
};
use gradual_consensus::rules::schedule::Schedule;
use maud::{Markup, html};

/// What stands where neither an account nor the history tells of the cycle.
const UNKNOWN: &str = "Nothing is known of any.";

/// The page of `facts`, whose task has this schedule and votes by stake or not.
pub fn cycle(site: Site, facts: &CycleFacts, schedule: &Schedule, by_stake: bool) -> Markup {
    let head = &facts.head;
    let unit = head.counted_in();
    let base = format!("/task/{}/cycle/", head.task.0);
    let lanes = std::slice::from_ref(&facts.lane);
    // Its work, its review, its lists, and its payout.
    let span = Span {
        first: facts.cycle,
        rounds: u64::from(facts.lane.attempt).saturating_add(4),
        now: Some(head.now.slot).filter(|slot| {
            let first = schedule.boundary(facts.cycle);
            let last = facts.lane.segments.last();
            first.is_some_and(|first| first <= *slot) && last.is_some_and(|last| *slot <= last.end)
        }),
    };
    let paid = format!(
        "{} of {} submissions",
        facts.paid_submissions, facts.submitted
    );
    html! {
        (task_head(site, head, ""))
        h2 {
            "Cycle " (facts.cycle) " " span class="tag" { (facts.stage) }
        }
        p class="crumbs" {
            @if let (Site::Server, Some(before)) = (site, facts.cycle.checked_sub(1)) {
                a rel="prev" href={ (base) (before) } { "cycle " (before) } " · "
                a rel="next" href={ (base) (facts.cycle.saturating_add(1)) } { "cycle " (facts.cycle.saturating_add(1)) }
            }
        }
        div id="cycle" data-live {
            (lanes_figure(site, head.task, lanes, schedule, |_| span))
            dl class="facts" {
                (fact("bounty", &amount(unit, facts.bounty), ""))
                @if let Some(owed) = facts.owed { (fact("owed", &amount(unit, owed), "the list's total, once one is accepted")) }
                (fact("paid", &amount(unit, facts.paid), &paid))
                (fact("slashed", &amount(unit, facts.slashed), ""))
            }
            @if let Some(opener) = facts.opener { p { "Opened by " (address(site, opener, site.node(head.task, opener))) "." } }
            @if !facts.is_known { p { "It has no account, and the history does not know it: it is still to come, it did not take place, or the history does not reach back to it." } }
        }
        section id="submissions" data-live { h2 { "Submissions" } (submissions(site, facts)) }
        section id="audits" data-live {
            h2 { "Audits" }
            @if facts.audits.is_empty() { p { @if facts.is_known { "Nobody has challenged anything in this cycle." } @else { (UNKNOWN) } } }
            @else { (audits_table(site, head, by_stake, &facts.audits)) }
        }
        section id="lists" data-live {
            h2 { "Lists" }
            @if facts.lists.is_empty() { p { "No list is open." } }
            @for list in &facts.lists { (one_list(site, facts, list)) }
            (turns(site, facts))
        }
        section id="payments" data-live { h2 { "Payouts" } (payments(site, facts)) }
    }
}

fn submissions(site: Site, facts: &CycleFacts) -> Markup {
    let head = &facts.head;
    if facts.submissions.total == 0 {
        return html! { p { @if facts.submitted > 0 { "All " (facts.submitted) " submissions are closed." } @else if facts.is_known { "Nobody has submitted." } @else { (UNKNOWN) } } };
    }
    let rows: Vec<Markup> = facts
        .submissions
        .rows
        .iter()
        .map(|row| {
            let status =
                html! { span class={ "tag " (status_class(row.status)) } { (row.status) } };
            let audit = site
                .audit(head.task, row.submission)
                .filter(|_| row.is_audited);
            html! {
                td { (brief(row.node, site.node(head.task, row.node))) }
                td { (linked(audit, &status)) }
                td { (brief_moment(row.at)) }
                td class="n" { (row.length) " bytes" }
                td { (brief(row.submission, None)) }
            }
        })
        .collect();
    let path = format!("/task/{}/cycle/{}?page=", head.task.0, facts.cycle);
    html! {
        (table("In the order in which they came; a status leads to its audit", &[
            ("node", false), ("status", false), ("slot", false), ("value", true), ("address", false),
        ], &rows))
        (pager(&facts.submissions, &path))
    }
}

fn status_class(status: &str) -> &'static str {
    match status {
        "paid" | "standing" | "accepted" => "good",
        "invalid" | "rejected" => "bad",
        "challenged" => "wait",
        _ => "",
    }
}

fn one_list(site: Site, facts: &CycleFacts, list: &ListFacts) -> Markup {
    let head = &facts.head;
    let unit = head.counted_in();
    let status = html! { span class={ "tag " (status_class(list.status)) } { (list.status) } };
    let audit = site.audit(head.task, list.list).filter(|_| list.is_audited);
    let rows: Vec<Markup> = list
        .entries
        .iter()
        .map(|entry| {
            html! { td { (brief(entry.node, site.node(head.task, entry.node))) } td class="n" { (amount(unit, entry.amount)) } }
        })
        .collect();
    html! {
        h3 { "Attempt " (list.attempt) " " (linked(audit, &status)) }
        p {
            (amount(unit, list.total)) " to " (list.count) " nodes, proposed by "
            (brief(list.proposer, site.node(head.task, list.proposer))) " at " (moment(list.at)) "."
            @if !list.uri.is_empty() { " Its proposer says it can be read at " (strangers(&list.uri, link(&list.uri))) "." }
        }
        p {
            @match list.is_equal_shares {
                Some(true) => { span class="tag good" { "root recomputed" } " Its root is that of equal shares among the submissions that stand." }
                Some(false) => { span class="tag wait" { "root differs" } " Its root is not that of equal shares. The task's logic may say other shares: its nodes recompute them." }
                None => { span class="tag" { "root not recomputed" } " Not all submissions can be seen, or votes on them may still come." }
            }
            " Merkle root " code title=(list.merkle_root) { (list.merkle_root.get(..12).unwrap_or_default()) "…" }
        }
        @if !rows.is_empty() {
            details { summary { "Its entries" } (table("Entries of the list", &[("node", false), ("amount", true)], &rows)) }
        }
    }
}

fn turns(site: Site, facts: &CycleFacts) -> Markup {
    let Some(attempt) = facts.attempt else {
        return html! {};
    };
    let rows: Vec<Markup> = facts
        .turns
        .iter()
        .map(|turn| {
            html! {
                td { (brief(turn.node, site.node(facts.head.task, turn.node))) }
                td { (brief_moment(turn.from)) }
                td { @if turn.is_out { "may not" } @else if turn.from.slot <= facts.head.now.slot { "may propose now" } @else { "waits" } }
            }
        })
        .collect();
    html! {
        h3 { "Whose turn it is in attempt " (attempt) }
        @if rows.is_empty() { p { "Nobody has submitted." } } @else {
            (table("From when on each node may propose the list, by the cycle's draw", &[("node", false), ("from slot", false), ("now", false)], &rows))
        }
    }
}

fn payments(site: Site, facts: &CycleFacts) -> Markup {
    let head = &facts.head;
    if facts.payments.is_empty() {
        return html! { p { @if facts.paid.0 > 0 { "The history does not reach back to its payouts." } @else if facts.is_known { "Nobody was paid yet." } @else { (UNKNOWN) } } };
    }
    let rows: Vec<Markup> = facts
        .payments
        .iter()
        .map(|payment| {
            html! {
                td { (brief(payment.node, site.node(head.task, payment.node))) }
                td class="n" { (amount(head.counted_in(), payment.amount)) }
                td { (payment.what) }
                td { (brief_moment(payment.at)) }
            }
        })
        .collect();
    table(
        "The greatest first",
        &[
            ("node", false),
            ("amount", true),
            ("what for", false),
            ("slot", false),
        ],
        &rows,
    )
}
