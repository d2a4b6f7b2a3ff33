//! One task at a glance.

use super::parts::{
    Site, address, amount, amount_text, brief, brief_moment, fact, grouped, lanes_figure, linked,
    moment, strangers, table, task_head,
};
use crate::{
    chart::{self, Axis, Bar, Line, Part, Span},
    view::{Address, AuditFacts, BountyFacts, CycleRow, Head, Present, Stakes, TaskFacts},
};
use gradual_consensus_client::{amount::Unit, pace};
use maud::{Markup, html};

/// Rounds of a bounty's future that its picture shows at most.
const FORECAST: u64 = 12;

/// The page of `facts`.
pub fn task(site: Site, facts: &TaskFacts) -> Markup {
    let (head, unit) = (&facts.head, facts.head.counted_in());
    html! {
        (task_head(site, head, "at a glance"))
        p class="lead" { (facts.description) @if let Some(link) = &facts.metadata { " " (strangers(link, Some(link))) } }
        div id="glance" data-live {
            p {
                span class={ "tag " (if facts.state == "active" { "good" } else { "bad" }) } { (facts.state) } " "
                @if facts.is_allowlisted { span class="tag good" { "allowlisted" } " " }
                @if facts.open_audits > 0 { span class="tag wait" { (audits_open(facts.open_audits)) } " " }
                @match head.round {
                    Some(round) => { "round " (round) ", " }
                    None => { "starts at slot " (facts.terms.starting_slot) ", " }
                }
                (moment(head.now))
            }
            (lanes_figure(site, head.task, &facts.lanes, facts.schedule(), |shape| Span::around(facts.schedule(), head.now.slot, shape)))
            (present_table(site, head, &facts.present))
            dl class="facts" {
                (fact("bounty available", &amount(unit, facts.bounty.available), &until(facts)))
                (fact("set aside for open cycles", &amount(unit, facts.bounty.reserved), ""))
                (fact("paid so far", &amount(unit, facts.bounty.paid), ""))
                (fact("staked", &amount(unit, facts.stakes.total()), &format!("{} nodes, {} vote in this round", facts.node_count, facts.voters)))
            }
        }
        div class="pair" {
            section id="bounty" data-live {
                h2 { "Bounty" }
                (bounty_figure(unit, &facts.bounty, facts.terms.round_time, head.now.slot))
            }
            section id="paid" data-live {
                h2 { "Paid and slashed, cycle by cycle" }
                (cycles_figure(unit, &facts.cycles))
            }
        }
        section id="stake" data-live {
            h2 { "Stake" }
            (stakes_figure(unit, &facts.stakes))
        }
        section id="cycles" data-live {
            h2 { "Cycles" }
            (cycles_table(site, head, &facts.cycles))
        }
        section id="audits" data-live {
            h2 { "Audits" }
            @if facts.audits.is_empty() { p { "Nobody has challenged anything yet." } }
            @else { (audits_table(site, head, facts.terms.voting == "stake", &facts.audits)) }
        }
        section { h2 { "Terms" } (terms(site, facts)) }
    }
}

/// How many audits are open.
pub(crate) fn audits_open(count: usize) -> String {
    match count {
        1 => "1 open audit".into(),
        count => format!("{count} open audits"),
    }
}

fn present_table(site: Site, head: &Head, present: &[Present]) -> Markup {
    if present.is_empty() {
        return html! { p { "No cycle is under way." } };
    }
    let rows: Vec<Markup> = present
        .iter()
        .map(|row| {
            html! {
                td { (linked(site.cycle(head.task, row.cycle), &html! { "cycle " (row.cycle) })) }
                td class="n" { (row.open_audits) }
                td class="wrap" { (row.text()) }
                td { (brief_moment(row.until)) }
            }
        })
        .collect();
    table(
        "What nodes may do now",
        &[
            ("in", false),
            ("open audits", true),
            ("what", false),
            ("until slot", false),
        ],
        &rows,
    )
}

/// How long the available bounty lasts.
pub(crate) fn runway(facts: &TaskFacts) -> String {
    match facts.bounty.funded_rounds {
        0 => "less than one cycle's bounty: the task rests".into(),
        rounds => format!("pays for {}", pace::rounds(rounds, facts.terms.round_time)),
    }
}

/// The same, with the slot.
fn until(facts: &TaskFacts) -> String {
    let bounty = &facts.bounty;
    match bounty.lasts_until.filter(|_| bounty.funded_rounds > 0) {
        Some(until) => format!("{}, until slot {}", runway(facts), until.slot),
        None => runway(facts),
    }
}

/// The available bounty over time, and how long it lasts.
pub fn bounty_figure(unit: Unit, bounty: &BountyFacts, round_time: u64, now: u64) -> Markup {
    let mut known: Vec<(u64, u64)> = bounty
        .over_time
        .iter()
        .map(|&(slot, available)| (slot, available.0))
        .filter(|(slot, _)| *slot <= now)
        .collect();
    known.push((now, bounty.available.0));
    let rounds = bounty.funded_rounds.min(FORECAST);
    let spent = bounty.per_cycle.0.saturating_mul(rounds);
    let until = bounty.lasts_until.map(|until| until.slot);
    let end = until
        .filter(|_| (1..=FORECAST).contains(&bounty.funded_rounds))
        .unwrap_or_else(|| now.saturating_add(round_time.saturating_mul(rounds)));
    let forecast = vec![
        (now, bounty.available.0),
        (end, bounty.available.0.saturating_sub(spent)),
    ];
    let most = known.iter().map(|point| point.1).max().unwrap_or_default();
    let axis = Axis {
        top: amount_text(unit, most),
        left: format!("slot {}", known.first().map_or(now, |point| point.0)),
        right: format!("slot {end}"),
    };
    let (available, per_cycle) = (
        amount_text(unit, bounty.available.0),
        amount_text(unit, bounty.per_cycle.0),
    );
    let lasts = bounty.funded_rounds > 0;
    let text = if lasts {
        let rounds = pace::rounds(bounty.funded_rounds, round_time);
        format!(
            "{available} are available at slot {now}; at {per_cycle} a cycle that pays for {rounds}"
        )
    } else {
        format!("{available} are available at slot {now}: less than the {per_cycle} of a cycle")
    };
    let rows: Vec<Markup> = bounty
        .over_time
        .iter()
        .rev()
        .map(|(slot, available)| html! { td class="n" { (slot) } td class="n" { (amount(unit, *available)) } })
        .collect();
    html! {
        figure {
            (chart::lines("Available bounty over time", &text, &axis, &[
                Line { name: "available", class: "c0", points: known, is_forecast: false },
                Line { name: "", class: "c0", points: forecast, is_forecast: true },
            ]))
            figcaption {
                (text) "."
                @if lasts { " Dotted: the rounds to come, one cycle's bounty each." }
                @if let (Some(until), true) = (bounty.lasts_until, lasts) { " The first round that it does not pay for begins at " (moment(until)) "." }
            }
            details { summary { "The bounty as a table" }
                (table("Available bounty after each change, newest first", &[("slot", true), ("available", true)], &rows)) }
        }
    }
}

/// What was paid and slashed in each cycle.
pub fn cycles_figure(unit: Unit, cycles: &[CycleRow]) -> Markup {
    let bars: Vec<Bar> = cycles
        .iter()
        .rev()
        .map(|row| Bar {
            cycle: row.cycle,
            up: row.paid.0,
            down: row.slashed.0,
            text: format!(
                "cycle {}: paid {}, slashed {}",
                row.cycle,
                amount_text(unit, row.paid.0),
                amount_text(unit, row.slashed.0)
            ),
        })
        .collect();
    let most = bars.iter().map(|bar| bar.up).max().unwrap_or_default();
    let text: Vec<&str> = bars.iter().map(|bar| bar.text.as_str()).collect();
    html! {
        @if bars.is_empty() { p { "No cycle was opened yet." } } @else {
            figure {
                (chart::bars("Paid and slashed in each cycle", &text.join("; "), &format!("{} paid", amount_text(unit, most)), &bars))
                figcaption { "Above the line: bounty paid. Below it: stake slashed, on a scale of its own height. The table below has the numbers." }
            }
        }
    }
}

/// The parts of what is staked.
pub fn stakes_figure(unit: Unit, stakes: &Stakes) -> Markup {
    let part = |class, name: &str, value: u64| Part {
        class,
        value,
        text: format!("{name} {}", amount_text(unit, value)),
    };
    let parts = [
        part("active", "active", stakes.active.0),
        part("warming", "warming", stakes.warming.0),
        part("parked", "parked", stakes.parked.0),
    ];
    let locked = part("locked", "locked", stakes.locked.0);
    let notes = [
        "it votes",
        "it votes from the second round after its deposit on",
        "it is out of the electorate until its node resumes",
    ];
    html! {
        figure {
            (chart::stack("Stake by what it does", &parts, Some(&locked)))
            ul class="legend" {
                @for (one, note) in parts.iter().zip(notes) {
                    li { svg viewBox="0 0 22 18" aria-hidden="true" { rect class=(one.class) width="22" height="18" {} } (one.text) ": " (note) }
                }
                li { svg viewBox="0 0 22 18" aria-hidden="true" { rect class="locked" y="6" width="22" height="6" {} } (locked.text) ": a lock or an open audit holds it" }
            }
        }
    }
}

/// Cycles as rows, newest first.
pub fn cycles_table(site: Site, head: &Head, cycles: &[CycleRow]) -> Markup {
    let unit = head.counted_in();
    let rows: Vec<Markup> = cycles
        .iter()
        .map(|row| {
            html! {
                td { (linked(site.cycle(head.task, row.cycle), &html! { "cycle " (row.cycle) })) }
                td { (row.stage) }
                td class="n" { (row.submissions) }
                td class="n" { @match row.invalid { Some(invalid) => (invalid), None => "·" } }
                td class="n" { (row.challenged) }
                td class="n" { (row.upheld) " / " (row.dismissed) " / " (row.undecided) }
                td class="n" { (amount(unit, row.slashed)) }
                td class="n" { (amount(unit, row.bounty)) }
                td class="n" { (amount(unit, row.paid)) }
                td class="n" { (row.paid_submissions) }
            }
        })
        .collect();
    table(
        "The newest cycles. A point stands where a closed account said it",
        &[
            ("cycle", false),
            ("stage", false),
            ("submissions", true),
            ("invalid", true),
            ("challenged", true),
            ("upheld / dismissed / undecided", true),
            ("slashed", true),
            ("bounty", true),
            ("paid", true),
            ("nodes paid", true),
        ],
        &rows,
    )
}

/// A weight in an audit: stake, or a number of votes.
pub(super) fn weight(unit: Unit, by_stake: bool, weight: u64) -> String {
    if by_stake {
        return amount_text(unit, weight);
    }
    let s = if weight == 1 { "" } else { "s" };
    format!("{} vote{s}", grouped(&weight.to_string()))
}

/// Audits as rows.
pub fn audits_table(site: Site, head: &Head, by_stake: bool, audits: &[AuditFacts]) -> Markup {
    let unit = head.counted_in();
    let node = |node: Option<Address>| {
        html! { @match node { Some(node) => (brief(node, site.node(head.task, node))), None => "unknown" } }
    };
    let rows: Vec<Markup> = audits
        .iter()
        .map(|audit| {
            let text = html! { (audit.kind) " of cycle " (audit.cycle) };
            let half = audit
                .electorate
                .map(|all| weight(unit, by_stake, all.0 / 2));
            html! {
                td { (linked(site.audit(head.task, audit.subject), &text)) }
                td { (node(audit.author)) }
                td { (node(audit.challenger)) }
                td { span class={ "tag " (grade(audit.outcome)) } { (audit.outcome) } }
                td class="n" { (weight(unit, by_stake, audit.weight_invalid.0)) }
                td class="n" { (weight(unit, by_stake, audit.weight_for().0)) }
                td class="n" { (half.as_deref().unwrap_or("·")) }
                td class="n" { (amount(unit, audit.slashed)) }
            }
        })
        .collect();
    table(
        "Audits, newest first. The weight for it includes its author's",
        &[
            ("audit of a", false),
            ("author", false),
            ("challenger", false),
            ("outcome", false),
            ("against it", true),
            ("for it", true),
            ("half of the electorate", true),
            ("slashed", true),
        ],
        &rows,
    )
}

/// How an outcome is coloured.
pub(super) fn grade(outcome: &str) -> &'static str {
    match outcome {
        "upheld" => "bad",
        "dismissed" => "good",
        "open" => "wait",
        _ => "",
    }
}

fn terms(site: Site, facts: &TaskFacts) -> Markup {
    let (terms, unit) = (&facts.terms, facts.head.counted_in());
    let rounds = |count| pace::rounds(count, terms.round_time);
    let share = |bps: u16| format!("{} bps ({}.{:02} %)", bps, bps / 100, bps % 100);
    // Where each node has one vote, a vote costs a minimum stake, and a slash takes a share of no more.
    let of_stake = match terms.voting {
        "stake" => " of the stake",
        _ => " of the stake, which counts up to the minimum stake",
    };
    let rows: Vec<(&str, Markup)> = vec![
        ("task", address(site, facts.head.task, None)),
        ("creator", address(site, facts.creator, None)),
        ("manager", address(site, facts.manager, None)),
        (
            "successor",
            facts.successor.map_or_else(
                || html! { "none" },
                |next| address(site, next, site.task(next)),
            ),
        ),
        ("mint", address(site, facts.mint, None)),
        (
            "round",
            html! { (terms.round_time) " slots (" (pace::about(terms.round_time)) "): " (terms.submission_window) " to hand in, " (terms.audit_window) " to audit; round 0 begins at slot " (terms.starting_slot) },
        ),
        ("minimum stake", amount(unit, terms.minimum_stake)),
        ("bounty of a cycle", amount(unit, facts.bounty.per_cycle)),
        (
            "votes",
            html! { @if terms.voting == "stake" { "by stake" } @else { "one a node" } },
        ),
        (
            "quorum",
            html! { (share(terms.quorum_bps)) " of the electorate" },
        ),
        ("slash", html! { (share(terms.slash_bps)) (of_stake) }),
        (
            "false challenge",
            html! { (share(terms.false_challenge_bps)) (of_stake) },
        ),
        (
            "of a slash",
            html! { (share(terms.challenger_bps)) " to the party in the right, " (share(terms.voter_bps)) " to the voters in the right, the rest to the bounty" },
        ),
        (
            "lists",
            html! { (terms.allowed_failed_distributions) " attempts may fail; a failed cycle pays " @if terms.equal_shares { "equal shares" } @else { "nobody" } },
        ),
        ("payouts", html! { "for " (rounds(terms.claim_window)) }),
        (
            "parking",
            html! { @if terms.idle_rounds == 0 { "never" } @else { "after " (rounds(terms.idle_rounds)) " without an act" } },
        ),
    ];
    let rows: Vec<Markup> = rows
        .into_iter()
        .map(|(name, value)| html! { th scope="row" { (name) } td class="wrap" { (value) } })
        .collect();
    table(
        "Fixed when the task was created: its address stands for them",
        &[("term", false), ("value", false)],
        &rows,
    )
}
